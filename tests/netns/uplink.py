# SPDX-License-Identifier: GPL-3.0-or-later
"""How a home's router is connected to the laboratory's Internet."""
import os

import nat
from addresses import ACCESS_GATEWAY4, ACCESS_GATEWAY6, public4, shared4, uplink6, wan6
from host import Host, bridge, link, plug

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"


class Uplink:
    """A cable into the provider's switch.

    outer4, outer6: the router's own addresses there. gateway4, gateway6: its way to the Internet. via6: through
    whom the Internet finds the home's IPv6 networks.
    """

    def __init__(self, internet, router, number):
        self.internet, self.router, self.number = internet, router, number
        self.outer4, self.gateway4 = public4(number), ACCESS_GATEWAY4
        self.outer6, self.gateway6 = wan6(number), ACCESS_GATEWAY6
        self.via6 = self.outer6
        self.plug()

    def delegate(self, network):
        """Gives the home an IPv6 network."""
        self.internet.sh(f"ip -6 route add {network} via {self.via6}")

    def plug(self):
        plug(self.router, "wan", self.internet, "wan", f"p{self.number}")


class LongUplink(Uplink):
    """To somebody who is far from everything; milliseconds: one way."""

    def __init__(self, internet, router, number, milliseconds):
        self.milliseconds = milliseconds
        super().__init__(internet, router, number)

    def plug(self):
        port = f"p{self.number}"
        self.cable = self.router.start("cable", PYTHON, f"{HERE}/long_cable.py", self.router.pid, "wan",
                                       self.internet.pid, port, self.milliseconds).wait_for("ready")
        # A burst may wait for a machine that does something else: what is lost is the product's to lose.
        self.router.sh("ip link set wan up txqueuelen 10000")
        self.internet.sh(f"ip link set {port} up txqueuelen 10000 master wan")


class NarrowUplink(Uplink):
    """A cable of its own with a smaller MTU, as with PPPoE or in a tunnel.

    too_big: whether the ICMP errors that say so arrive; some networks drop them.
    """

    def __init__(self, internet, router, number, mtu, too_big):
        self.mtu, self.too_big = mtu, too_big
        super().__init__(internet, router, number)

    def plug(self):
        port, number = f"p{self.number}", self.number
        link(self.router, "wan", self.internet, port)
        self.outer6, self.gateway6 = f"{uplink6(number)}2", f"{uplink6(number)}1"
        self.via6 = self.outer6
        self.router.sh(f"ip link set wan mtu {self.mtu}")
        self.internet.address(port, f"{self.gateway6}/64")
        # Its IPv4 address is one of the switch's network, so each side answers for the other.
        self.internet.sh(f"ip link set {port} mtu {self.mtu}; ip route add {self.outer4}/32 dev {port};"
                         f"echo 1 >/proc/sys/net/ipv4/conf/{port}/proxy_arp;"
                         "echo 1 >/proc/sys/net/ipv4/conf/wan/proxy_arp")
        if not self.too_big:
            self._drop_errors()

    def _drop_errors(self):
        """The router's own are its rule set's to drop. An error carries the packet that was too big, whose
        destination (16 or 24 bytes into it, and 8 into the ICMP message) tells whose uplink it was."""
        destination = int.from_bytes(bytes(map(int, self.outer4.split("."))), "big")
        network = 0x2a01 << 32 | int(str(self.number), 16) << 16
        self.internet.nft(f"""
            table inet narrow{self.number} {{
            chain output {{
              type filter hook output priority filter; policy accept;
              icmp type destination-unreachable icmp code 4 @th,192,32 {destination} drop
              icmpv6 type packet-too-big @th,256,48 {network} drop
            }}
            }}""")


class CarrierUplink(Uplink):
    """Behind the provider's own NAT. The home's router has an address of RFC 6598, and IPv6 as ever."""

    def __init__(self, internet, router, number, kind="port-restricted"):
        self.kind = kind
        super().__init__(internet, router, number)

    def plug(self):
        number, carrier = self.number, Host(f"carrier{self.number}")
        self.carrier = carrier
        plug(carrier, "wan", self.internet, "wan", f"p{number}")
        carrier.address("wan", f"{public4(number)}/24", f"{wan6(number)}/64")
        self.outer4, self.gateway4 = f"{shared4(number)}.2", f"{shared4(number)}.1"
        self.outer6, self.gateway6 = f"{uplink6(number)}2", f"{uplink6(number)}1"
        bridge(carrier, "lan", f"{self.gateway4}/24", f"{self.gateway6}/64")
        plug(self.router, "wan", carrier, "lan", "home")
        carrier.sysctl("net.ipv4.ip_forward", 1)
        carrier.sysctl("net.ipv6.conf.all.forwarding", 1)
        carrier.sh(f"ip route add default via {ACCESS_GATEWAY4}; ip -6 route add default via {ACCESS_GATEWAY6}")
        carrier.nft(nat.ruleset(self.kind, public4(number), ipv6="open"))

    def delegate(self, network):
        super().delegate(network)
        self.carrier.sh(f"ip -6 route add {network} via {self.outer6}")
