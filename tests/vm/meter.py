# SPDX-License-Identifier: GPL-3.0-or-later
"""What left a guest: every packet as the home's router saw it, and what of it may leave a blocked machine."""
import collections
import ipaddress

from capturing import Capture, is_link_talk, to_a_home
from topology import BOSON4, BOSON6, BOSON_NAME

# By the second STUN port a client learns whether its router makes the same mapping for every destination.
SERVER_PORTS = {("tcp", 3000), ("udp", 3000), ("udp", 3478), ("udp", 3479)}
MEMBERSHIP = range(130, 133)  # ICMPv6 types of multicast listeners, RFC 2710; and RFC 3810:
MEMBERSHIP_V2 = 143
IGMP = "2"


class Meter:
    """The port of a guest at its router, and that router's resolver."""

    def __init__(self, home, port, services):
        self.capture, self.services, self.home = Capture(home.router, port, "meter"), services, home
        self.reset()

    def reset(self):
        self.capture.fresh()
        self.services.fresh_questions()

    def _is_home(self, address):
        parsed = ipaddress.ip_address(address)
        return (parsed.is_link_local or str(parsed).startswith(f"{self.home.lan4}.")
                or parsed in ipaddress.ip_network(f"{self.home.lan6}/64"))

    def _may_leave(self, packet):
        if packet.protocol.startswith("ether-") or packet.protocol == IGMP or is_link_talk(packet):
            return True
        if packet.protocol == "icmp6" and (packet.source_port in MEMBERSHIP
                                           or packet.source_port == MEMBERSHIP_V2):
            return True
        # Questions to the home's resolver are judged by the name that it was asked for.
        if packet.target_port == 53 and self._is_home(packet.target):
            return True
        return to_a_home(packet) or packet.target in (BOSON4, BOSON6) and (packet.protocol, packet.target_port) in SERVER_PORTS

    def outside(self):
        """[(time, what)] that must not leave a blocked machine, since the last call."""
        left = [(packet.time, f"{packet.protocol} {packet.target}:{packet.target_port}")
                for packet in self.capture.fresh() if not self._may_leave(packet)]
        names = [name for name in self.services.fresh_questions() if name != BOSON_NAME]
        # The resolver's log has no time of its own: when it was read is all that is known.
        return left + [(float("inf"), f"name {name}") for name in names]


def summary(left):
    """"39 packets: 20 x udp 82.51.100.200:9999, ..." """
    kinds = collections.Counter(what for _, what in left)
    return f"{len(left)} left" + ("" if not left else ": " + ", ".join(
        f"{count} x {kind}" for kind, count in kinds.most_common(6)))
