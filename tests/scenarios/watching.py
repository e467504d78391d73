# SPDX-License-Identifier: GPL-3.0-or-later
"""A user's cable under watch: nothing may leave it but the tunnel's own way to the server."""
from product import BOSON4
from addresses import TURN4, TURN6
from capturing import Capture, leaks, positive_control, spare_exit, start_probes, to_a_home


def to_server(packet):
    """The daemon's own traffic: API and relay by TCP, address discovery by STUN, to the exit, and by TURN."""
    if packet.target in (TURN4, TURN6):
        return (packet.protocol, packet.target_port) == ("udp", 3478)
    return to_a_home(packet) or (packet.target == BOSON4 and (packet.protocol, packet.target_port) in (
        ("tcp", 3000), ("udp", 3478), ("udp", 3479)))


class Watch:
    """Probes that try to leave every 10 ms, and a capture that has been shown to see them."""

    def __init__(self, check, home, pc, port, nodes):
        self.check = check
        for node in nodes:
            spare_exit(node.host, node.interface)
        self.capture = Capture(home.router, port, f"watch-{pc.name}")
        self.probes = start_probes(pc, BOSON4)
        seen = positive_control(self.capture)
        check(seen > 0, "positive control: with nothing in the way the capture sees every probe",
              f"{seen} packets")

    def allowed(self, packet):
        return to_server(packet)

    def forget(self):
        """What came so far is not judged."""
        self.capture.fresh()

    def nothing_left(self, when):
        fresh = self.capture.fresh()
        outside = leaks(fresh, self.allowed)
        self.check(not outside, f"nothing left outside the tunnel {when}",
                   f"{len(outside)} of {len(fresh)} packets, first {outside[:3]}" if outside else "")
        return not outside

    def again_visible(self, when):
        seen = positive_control(self.capture, 10)
        self.check(seen > 0, f"the probes are seen again {when}")

    def stop(self):
        self.probes.stop()
