# SPDX-License-Identifier: GPL-3.0-or-later
"""Real DHCP in a laboratory: dnsmasq on a router, dhclient on a PC."""
import itertools
import re

from host import wait_until
from sandbox import SPACE

count = itertools.count(1)  # every process has a log of its own


class DhcpServer:
    """Leases of NET.100 to NET.150 on the router's interface lan."""

    def __init__(self, router, net, *options):
        """net: "192.168.31"; options: "121,0.0.0.0/1,192.168.31.66" and such, see dnsmasq(8)."""
        number = next(count)
        self.process = router.start(
            f"dnsmasq{number}", "dnsmasq", "--keep-in-foreground", "--log-facility=-", "--port=0",
            "--conf-file=/dev/null", "--user=root", "--pid-file=", "--interface=lan", "--no-ping",
            "--dhcp-authoritative", f"--dhcp-leasefile={SPACE}/dnsmasq{number}.leases",
            f"--dhcp-range={net}.100,{net}.150,255.255.255.0,2m", f"--dhcp-option=3,{net}.1",
            *(f"--dhcp-option={option}" for option in ("6", *options)))
        self.process.wait_for("DHCP, IP range")

    def stop(self):
        self.process.stop()


class DhcpClient:
    """dhclient for eth0, with the system's own script; what it set stays when it is stopped."""

    def __init__(self, pc):
        self.pc, self.process = pc, None
        pc.sh("mkdir -p /run/dhcp")

    def ask(self):
        """Begins anew, as when the link came up; returns the address that was leased."""
        self.stop()
        self.process = self.pc.start(f"dhclient{next(count)}", "dhclient", "-4", "-d", "-v", "-lf",
                                     "/run/dhcp/leases", "-pf", "/run/dhcp/pid", "eth0")
        return wait_until(lambda: re.search(r"bound to ([\d.]+)", self.process.text()), 20,
                          "dhclient gets an address").group(1)

    def stop(self):
        if self.process:
            self.process.stop()
            self.process = None
