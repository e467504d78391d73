# SPDX-License-Identifier: GPL-3.0-or-later
"""The network under a session changes its family: from a network with IPv4 alone to one with IPv6 alone, with the
provider's translation (NAT64) or without, and back; on a straight way and by the relay. Traffic flows within a second of
the network being back, and a TCP connection inside lives on.

Not in the suite: the session comes back, by the relay, and no straight way is found again in the other family.

    test_family_roaming.py [--rounds N] [--strict]
"""
import argparse
import re
import time

from product import WEB4, Client, Node, Server, scenario  # makes the others known
from addresses import BOSON4, BOSON6, BOSON_NAME
from host import plug, wait_until
from home import LINK_LOCAL
from measure import median
from test_sleep import STANDING, waited
from topology import PYTHON, Laboratory

LIMIT, BUSY = 1.0, 2  # BUSY: without --strict, as on a machine with twice the load


class Mover:
    """A PC with a cable into each of two homes."""

    def __init__(self, bed, way, number):
        self.way, self.bed = way, bed
        lab = bed.lab
        self.host = lab.user if number == 2 else lab.user_home.pc(f"user{number}", number)
        plug(self.host, "eth1", bed.six.router, "lan", f"l{number}")
        self.host.address("eth1", f"{bed.six.lan6}{number}/64")
        self.host.sh(f"printf '{BOSON6} {BOSON_NAME}\\n{BOSON4} {BOSON_NAME}\\n' >/etc/hosts")
        self.client = Client(bed.server, self.host, interface=f"hgvpn{number}")
        self.client.connect("US", "--path", "auto" if way == "direct" else way)
        self.pings = self.host.start("pings", "ping", "-D", "-n", "-i", "0.02", WEB4)
        self.standing = self.host.start("standing", PYTHON, "-c", STANDING % WEB4).wait_for("answered 3")
        self.session = self.client.status()["sessionId"]

    def answers(self):
        return [float(at) for at in re.findall(r"^\[([0-9.]+)\] .*bytes from", self.pings.text(), re.M)]

    def goes(self):
        wait_until(lambda: self.client.status().get("path") == self.way and self.answers()[-1] > time.time() - 0.2, 40,
                   f"the path is {self.way}: {self.client.status()}")

    def move(self, to_six):
        self.host.sh(f"ip -4 route del default; ip -6 route add default via {LINK_LOCAL} dev eth1" if to_six else
                     f"ip -6 route del default; ip -4 route add default via {self.bed.lab.user_home.lan4}.1 dev eth0")
        return time.time()


class Bed:
    def __init__(self):
        lab = self.lab = Laboratory(straight=True, user_home={"ipv6": "none"})
        lab.internet.nat64()
        self.six = lab.internet.home("sixrouter", 33, ipv4=False)
        self.server = Server(lab, stun="[::]:3478")
        self.node = Node(self.server, lab.node).wait_online()
        self.movers = [Mover(self, "direct", 2), Mover(self, "relay", 4)]


def moved(check, bed, to_six, limit):
    name = "to IPv6 alone" if to_six else "to IPv4 alone"
    gaps = []
    for each in bed.movers:
        each.goes()
    for each in bed.movers:
        back = each.move(to_six)
        waited(lambda: (got := each.answers()) and got[-1] > back + 1.5, 30)
        came = [at for at in each.answers() if at > back - 0.3]
        gap = max((b - a for a, b in zip(came, came[1:])), default=99)
        gaps.append(gap)
        check(gap < limit, f"{name}, {each.way}: traffic flows within {limit:g} s", f"{gap:.2f} s")
    for each in bed.movers:
        each.goes()
        check.equal(each.client.status()["sessionId"], each.session, f"{name}, {each.way}: the same session")
        beats = each.standing.text().count("answered")
        check(waited(lambda: each.standing.text().count("answered") > beats + 2, 20),
              f"{name}, {each.way}: TCP inside lives on")
    return gaps


def body(check, options):
    bed = Bed()
    limit = LIMIT if options.strict else BUSY * LIMIT
    rows = {"to IPv6 alone": [], "to IPv4 alone": []}
    for turn in range(2 * options.rounds):
        rows["to IPv4 alone" if turn % 2 else "to IPv6 alone"].append(moved(check, bed, turn % 2 == 0, limit))
    for name, gaps in rows.items():
        for number, each in enumerate(bed.movers):
            of = [gap[number] for gap in gaps]
            print(f"{name:<20}{each.way:<8}{median(of):>8.2f}{max(of):>8.2f}")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=1)
    arguments.add_argument("--strict", action="store_true", help="judged as on a machine that does nothing else")
    chosen = arguments.parse_args()
    scenario(lambda check: body(check, chosen))
