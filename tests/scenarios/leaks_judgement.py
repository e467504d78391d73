# SPDX-License-Identifier: GPL-3.0-or-later
"""Which packet may leave a blocked machine, and the account of those that did."""
import collections
import ipaddress
import os

import port_mapping
from capturing import DNS, KINDS, NEIGHBOURS, OTHER, is_link_talk, probe_kind
from topology import BOSON4
from watching import to_server

# The daemon gives the line back, and then says so. Its word may come this much later (seconds): some
# ms for it, and the rest for a busy machine. How much it was stands in the table.
TELLING, TELLING_WHEN_OVERLOADED = 0.25, 1.0
LAN4, LAN6 = "192.168.31.1", "fd31::1"  # the home router, which is the resolver there
RENUMBERED = "192.168.41"  # its network when the DHCP server gives other addresses
NAMES = ("udp53", "udp", "tcp53", "tcp", "icmp", "flow")
MAPPING_PORTS = {1900, 5351, port_mapping.HTTP_PORT}
LAN = [ipaddress.ip_network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                                             "169.254.0.0/16", "fc00::/7", "fe80::/10")]
WANTED = ({(name, version, place) for name, version in KINDS for place in ("internet", "lan")} |
          {(name, 4, "server") for name, version in KINDS} |
          {("flow", 4, "internet"), ("flow", 6, "internet")})


# By which printers and the like are found: no router passes it on.
LINK_MULTICAST = [ipaddress.ip_network(net) for net in ("224.0.0.0/24", "239.255.255.250/32",
                                                        "ff02::/16")]


def telling():
    overloaded = os.getloadavg()[0] > 4 * os.cpu_count()
    return TELLING_WHEN_OVERLOADED if overloaded else TELLING


def is_in(address, networks):
    parsed = ipaddress.ip_address(address)
    return any(parsed in net for net in networks if net.version == parsed.version)


def is_lan(address):
    return is_in(address, LAN)


def as_probe(packet):
    """(kind, family, place) of a probe, None for anything else."""
    kind = probe_kind(packet)
    if not kind:
        return None
    place = "server" if packet.target == BOSON4 else "lan" if is_lan(packet.target) else "internet"
    return (*kind, place)


def names_foreign(packet, foreign):
    """Talk on the link about an address that nobody on the link should hear of."""
    if packet.source in foreign:
        return True
    asks = packet.protocol == "arp" or packet.source_port in NEIGHBOURS
    # Of a neighbour that was spoken to before, the kernel asks it alone whether it is there still, seconds later.
    return asks and packet.target in foreign and packet.target_port == 0


def verdict(packet, lan_allowed, foreign, outside=(), resolver=None, routers=()):
    """True if the packet may leave a machine whose kill switch is up.

    foreign: addresses that nobody outside may hear of; outside: addresses that only programs speak
    to that the person excluded from the tunnel (their ports are rewritten on the way out); routers: whom the daemon
    may ask to open its port.
    """
    if packet.source in foreign:
        return False
    if is_link_talk(packet):
        return not names_foreign(packet, foreign)
    if lan_allowed and is_in(packet.target, LAN + LINK_MULTICAST):
        return packet.protocol not in ("udp", "tcp") or packet.target_port != DNS
    if packet.target in outside:
        return packet.protocol in ("icmp", "icmp6") or packet.target_port == OTHER
    if probe_kind(packet):
        return False
    if (packet.protocol, packet.target, packet.target_port) == ("udp", resolver, DNS):
        return True
    if packet.target in routers and packet.target_port in MAPPING_PORTS:
        return True
    return to_server(packet)


class Tally:
    """What was counted over the rounds of one transition."""

    def __init__(self, name):
        self.name, self.rounds, self.captured, self.allowed = name, 0, 0, 0
        self.leaked, self.faults = [], []
        self.early = 0.0  # seconds before the daemon's word that a probe left by the opened line
        self.controls, self.controls_made = collections.Counter(), 0

    def note(self, packet, allowed):
        self.captured += 1
        if allowed:
            self.allowed += 1
        else:
            self.leaked.append(packet)

    def leaked_kinds(self):
        return collections.Counter(as_probe(p) or (p.protocol, p.target) for p in self.leaked)

    def held(self):
        complete = all(self.controls[(name, version)] == self.controls_made
                       for name in NAMES for version in (4, 6))
        return not self.leaked and not self.faults and complete and self.rounds > 0

    @staticmethod
    def head():
        columns = "".join(f"{name + '/' + str(v):>8}" for v in (4, 6) for name in NAMES)
        return f"{'transition':<26}{'rounds':>7}{'packets':>9}{'allowed':>9}{'leaked':>8}{'early':>7}  {columns}"

    def line(self):
        columns = "".join(f"{self.controls[(name, v)]:>8}" for v in (4, 6) for name in NAMES)
        return (f"{self.name:<26}{self.rounds:>7}{self.captured:>9}{self.allowed:>9}"
                f"{len(self.leaked):>8}{self.early * 1000:>7.1f}  {columns}" + ("" if self.held() else "  FAULT"))
