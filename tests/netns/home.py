# SPDX-License-Identifier: GPL-3.0-or-later
"""A home of the laboratory: a router of some kind, and the PCs behind it."""
import nat
import port_mapping
from addresses import (BOSON4, BOSON_NAME, NAT64_6, TURN4, TURN_NAME, WEB4, WEB_NAME, delegated6, lan4, lan6,
                       public4, public_lan4)
from host import Host, bridge, plug
from sandbox import SPACE
from uplink import HERE, PYTHON, CarrierUplink, LongUplink, NarrowUplink, Uplink

LINK_LOCAL = "fe80::1"  # of every home's router
KNOWN_HOSTS = f"{BOSON4} {BOSON_NAME}\\n{WEB4} {WEB_NAME}\\n{TURN4} {TURN_NAME}\\n"


def upnp_options(upnp):
    return upnp if isinstance(upnp, dict) else {}


class Home:
    """A router and the PCs behind it; it may be far from everything else.

    kind: one of nat.KINDS. upnp: PCs may ask the router for port mappings and pinholes; a
    dictionary: with these options of PortMapper.
    ipv4: False where it has IPv6 alone, and the provider translates (Internet.nat64() has to be there).
    ipv6: "firewall", "open" or "none". mtu: of the uplink; too_big: its ICMP errors arrive.
    hairpin: PCs reach each other by their mapped addresses (full cone).
    """

    def __init__(self, internet, router_name, number, kind="port-restricted", far_ms=0, upnp=False, ipv4=True,
                 ipv6=None, mtu=1500, too_big=True, hairpin=False):
        self.number, self.kind, self.forwards = number, kind, []
        self.ipv4, self.ipv6 = ipv4, ipv6 or ("open" if kind == "open" else "firewall")
        self.mtu, self.too_big, self.hairpin = mtu, too_big, hairpin
        self.mapper = port_mapping.PortMapper(self, **upnp_options(upnp)) if upnp else None
        self.public4 = public4(number)
        self.lan4, self.lan6 = lan4(number), lan6(number)
        if kind in nat.UNTRANSLATED:
            self.lan4 = public_lan4(number)
        self.router = Host(router_name)
        self.uplink = self._uplink(internet, far_ms)
        self.wan6 = self.uplink.outer6
        self._addresses(internet)
        self.set_nat(kind)
        self.admin = self.router.start("admin", PYTHON, f"{HERE}/logger.py", f"{SPACE}/{router_name}.hits",
                                       "80", "443")
        if upnp:
            self.mapper.start()

    def _uplink(self, internet, far_ms):
        if self.kind == "carrier-grade":
            return CarrierUplink(internet, self.router, self.number)
        if far_ms:
            return LongUplink(internet, self.router, self.number, far_ms)
        if self.mtu < 1500:
            return NarrowUplink(internet, self.router, self.number, self.mtu, self.too_big)
        return Uplink(internet, self.router, self.number)

    def _addresses(self, internet):
        router, up = self.router, self.uplink
        router.sysctl("net.ipv4.ip_forward", 1)
        router.sysctl("net.ipv6.conf.all.forwarding", 1)
        bridge(router, "lan", f"{LINK_LOCAL}/64")
        if self.ipv4:
            router.address("wan", f"{up.outer4}/24")
            router.address("lan", f"{self.lan4}.1/24")
            router.sh(f"ip route add default via {up.gateway4}")
            if self.kind in nat.UNTRANSLATED:
                internet.sh(f"ip route add {self.lan4}.0/24 via {up.outer4}")
        if self.ipv6 != "none":
            router.address("wan", f"{up.outer6}/64")
            router.address("lan", f"{self.lan6}1/64")
            router.sh(f"ip -6 route add default via {up.gateway6}")
            up.delegate(delegated6(self.number))

    def set_nat(self, kind):
        """Another kind of router, whose PCs keep their addresses: not to or from nat.UNTRANSLATED."""
        if (kind in nat.UNTRANSLATED) != (self.kind in nat.UNTRANSLATED):
            raise ValueError(f"from {self.kind} to {kind}")
        self.kind = kind
        self.router.nft(nat.ruleset(
            kind, self.uplink.outer4, self.forwards, self.mapper.chains() if self.mapper else "",
            self.ipv6, self.mtu, self.too_big, self.hairpin))

    def forward(self, protocol, port, pc_number):
        self.forwards.append((protocol, port, f"{self.lan4}.{pc_number}"))
        self.set_nat(self.kind)

    def admin_addresses(self):
        """Where the router's admin page is, as a PC of the home writes it."""
        return [f"{self.lan4}.1", f"{self.lan6}1", self.uplink.outer4, self.wan6, f"{LINK_LOCAL}%eth0"]

    def pc(self, name, number):
        # Where IPv6 is alone, names are asked for: the provider's resolver makes addresses up.
        pc = Host(name) if self.ipv4 else Host(name, NAT64_6)
        plug(pc, "eth0", self.router, "lan", f"l{number}")
        if self.ipv4:
            pc.address("eth0", f"{self.lan4}.{number}/24")
            pc.sh(f"ip route add default via {self.lan4}.1; printf '{KNOWN_HOSTS}' >> /etc/hosts")
        if self.ipv6 != "none":
            pc.address("eth0", f"{self.lan6}{number}/64")
            pc.sh(f"ip -6 route add default via {self.lan6}1")
        pc.home = self
        return pc
