# SPDX-License-Identifier: GPL-3.0-or-later
"""A home of the laboratory: a router of some kind, and the PCs behind it."""
import os

import nat
import port_mapping
from addresses import (ACCESS_GATEWAY4, ACCESS_GATEWAY6, BOSON4, BOSON_NAME, WEB4, WEB_NAME, delegated6, lan4, lan6,
                       public4, wan6)
from host import Host, bridge, plug
from sandbox import SPACE

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"
LINK_LOCAL = "fe80::1"  # of every home's router


class Home:
    """A router with a NAT, and the PCs behind it; it may be far from everything else.

    kind: one of nat.KINDS. upnp: PCs may ask the router for port mappings and pinholes.
    """

    def __init__(self, internet, router_name, number, kind="port-restricted", far_ms=0, upnp=False):
        self.number, self.kind, self.forwards = number, kind, []
        self.mapper = port_mapping.PortMapper(self) if upnp else None
        self.public4, self.wan6 = public4(number), wan6(number)
        self.lan4, self.lan6 = lan4(number), lan6(number)
        self.router = Host(router_name)
        if far_ms:
            self._long_cable(internet, f"p{number}", far_ms)
        else:
            plug(self.router, "wan", internet, "wan", f"p{number}")
        self.router.address("wan", f"{self.public4}/24", f"{self.wan6}/64")
        bridge(self.router, "lan", f"{self.lan4}.1/24", f"{self.lan6}1/64", f"{LINK_LOCAL}/64")
        self.router.sysctl("net.ipv4.ip_forward", 1)
        self.router.sysctl("net.ipv6.conf.all.forwarding", 1)
        self.router.sh(f"ip route add default via {ACCESS_GATEWAY4};"
                       f"ip -6 route add default via {ACCESS_GATEWAY6}")
        internet.sh(f"ip -6 route add {delegated6(number)} via {self.wan6}")
        self.set_nat(kind)
        self.admin = self.router.start("admin", PYTHON, f"{HERE}/logger.py", f"{SPACE}/{router_name}.hits",
                                       "80", "443")
        if upnp:
            self.mapper.start()

    def _long_cable(self, internet, port, milliseconds):
        """milliseconds: one way."""
        self.cable = self.router.start("cable", PYTHON, f"{HERE}/long_cable.py", self.router.pid, "wan",
                                       internet.pid, port, milliseconds).wait_for("ready")
        self.router.sh("ip link set wan up")
        internet.sh(f"ip link set {port} up master wan")

    def set_nat(self, kind):
        self.kind = kind
        self.router.nft(nat.ruleset(kind, self.public4, self.forwards,
                                    port_mapping.CHAINS if self.mapper else ""))

    def forward(self, protocol, port, pc_number):
        self.forwards.append((protocol, port, f"{self.lan4}.{pc_number}"))
        self.set_nat(self.kind)

    def admin_addresses(self):
        """Where the router's admin page is, as a PC of the home writes it."""
        return [f"{self.lan4}.1", f"{self.lan6}1", self.public4, self.wan6, f"{LINK_LOCAL}%eth0"]

    def pc(self, name, number):
        pc = Host(name)
        plug(pc, "eth0", self.router, "lan", f"l{number}")
        pc.address("eth0", f"{self.lan4}.{number}/24", f"{self.lan6}{number}/64")
        pc.sh(f"ip route add default via {self.lan4}.1;"
              f"ip -6 route add default via {self.lan6}1;"
              f"printf '{BOSON4} {BOSON_NAME}\\n{WEB4} {WEB_NAME}\\n' >> /etc/hosts")
        pc.home = self
        return pc
