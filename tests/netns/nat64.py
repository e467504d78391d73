# SPDX-License-Identifier: GPL-3.0-or-later
"""The provider's NAT64 and DNS64, for homes that have IPv6 alone: tayga, and a resolver of our own."""
import shutil

import nat
from addresses import (BOSON4, BOSON_NAME, NAT64_4, NAT64_6, NAT64_PREFIX, TURN4, TURN_NAME, WEB4, WEB_NAME)
from sandbox import SPACE
from uplink import HERE, PYTHON

PROGRAM = "/usr/sbin/tayga"
POOL, INNER4, INNER6 = "192.168.255.0/24", "192.168.255.1", "2a02:64:64::1"
CONFIGURATION = f"""
tun-device nat64
ipv4-addr {INNER4}
ipv6-addr {INNER6}
prefix %s/96
dynamic-pool {POOL}
data-dir {SPACE}/tayga
"""
# Like a port-restricted router's; names are asked for over IPv6.
TRANSLATION = f"""
table ip nat64 {{
  chain postrouting {{
    type nat hook postrouting priority srcnat; policy accept;
    oifname "eth0" ip saddr {POOL} meta l4proto {{ tcp, udp }} snat to {NAT64_4}:{nat.PORTS}
    oifname "eth0" ip saddr {POOL} masquerade
  }}
  chain input {{
    type filter hook input priority filter; policy accept;
    iifname "eth0" ct state new drop
  }}
}}
"""
# By RFC 7050 a host finds the prefix by asking for a name that has IPv4 addresses alone.
NAMES = {BOSON_NAME: BOSON4, WEB_NAME: WEB4, TURN_NAME: TURN4, "ipv4only.arpa": "192.0.0.170"}


def available():
    return shutil.which(PROGRAM) is not None


class Nat64:
    """On a host of the Internet: the prefix is translated to the host's IPv4 address."""

    def __init__(self, internet, host):
        self.internet, self.host = internet, host
        self._configure(NAT64_PREFIX)
        host.sh(f"mkdir -p {SPACE}/tayga /run/net; tayga -c {SPACE}/tayga.conf --mktun;"
                f"ip link set nat64 up; ip route add {POOL} dev nat64")
        host.sysctl("net.ipv4.ip_forward", 1)
        host.sysctl("net.ipv6.conf.all.forwarding", 1)
        host.nft(TRANSLATION)
        self._begin(NAT64_PREFIX)

    def renumber(self, prefix):
        """Another prefix; the old one leads nowhere."""
        self.process.stop()
        self.resolver.stop()
        self.internet.sh(f"ip -6 route del {NAT64_PREFIX}/96")
        self.host.sh(f"ip -6 route del {NAT64_PREFIX}/96 dev nat64")
        self._configure(prefix)
        self._begin(prefix)

    @staticmethod
    def _configure(prefix):
        with open(f"{SPACE}/tayga.conf", "w") as file:
            file.write(CONFIGURATION % prefix)

    def _begin(self, prefix):
        self.host.sh(f"ip -6 route add {prefix}/96 dev nat64")
        self.internet.sh(f"ip -6 route add {prefix}/96 via {NAT64_6}")
        self.process = self.host.start("tayga", PROGRAM, "-c", f"{SPACE}/tayga.conf", "-d", "-p", f"{SPACE}/tayga.pid")
        self.resolver = self.host.start("dns64", PYTHON, f"{HERE}/dns64.py", NAT64_6, prefix,
                                        *(f"{name}={address}" for name, address in NAMES.items())).wait_for("ready")
