# SPDX-License-Identifier: GPL-3.0-or-later
"""An exit whose home has IPv4 alone, and a client that knows its server by IPv6 alone: all that the client could ask behind
the exit is of a family that the exit has not, and whose silence says nothing. Control: one that has it, and whose IPv6 is
dropped behind it without a word, is still found out."""
import time

from product import Client, CommandFailed, Node, Server, scenario  # makes the others known
from measure import round_trips
from test_two_families import knows
from topology import BOSON6, Laboratory

ASKED_AGAIN = 15  # seconds, behind the exit
# The exit itself knows the server by IPv4.
MUTE = f"table inet mute {{ chain f {{ type filter hook forward priority -10; ip6 daddr {BOSON6} drop; }}; }}"


def body(check):
    lab = Laboratory(node_home={"ipv6": "none"})
    server = Server(lab, stun="[::]:3478")
    Node(server, lab.node).wait_online()
    Node(server, lab.second_node(), country="CA", region=None, interface="hgnode2").wait_online()
    knows(lab.user, BOSON6)
    lab.user.sh("ip -4 route del default")
    client = Client(server, lab.user)
    begun = time.monotonic()
    client.connect("US")
    check(True, "connected by an exit with IPv4 alone", f"{time.monotonic() - begun:.1f} s")
    session = client.status()["sessionId"]
    rounds = [round_trips(lab.user, 100, 0.1)[1] for _ in range(2)]  # each of ten seconds
    check(time.monotonic() - begun > ASKED_AGAIN, "control: it was asked again")
    check.equal([rounds, client.state(), client.status()["sessionId"]], [[0, 0], "connected", session],
                "and stays so, without a ping lost")
    client.disconnect()
    lab.node2_home.router.nft(MUTE)
    try:
        client.connect("CA")
        state = "connected"
    except CommandFailed:
        state = client.state()
    check(state != "connected", "control: an exit with IPv6 that leads nowhere is not taken", state)


if __name__ == "__main__":
    scenario(body)
