# SPDX-License-Identifier: GPL-3.0-or-later
"""The network under a session changes its family: from one with IPv4 alone to one with IPv6 alone, with the provider's
translation (NAT64), and back; on a straight way, by the relay, and to an exit with IPv4 alone, for which the relay has to
do meanwhile. Or one of two families goes and comes, at the client and at the exit. Traffic flows within a second of the
network being back, each end finds the way that there is, and a TCP connection inside lives on.

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

# Who knows the server by one family alone shows it one address, and nobody is told of another.
BOTH = f"printf '{BOSON6} {BOSON_NAME}\\n{BOSON4} {BOSON_NAME}\\n' >/etc/hosts"
LIMIT, AIM, BUSY = 1.0, 0.2, 2  # BUSY: without --strict, as on a machine with twice the load


class Mover:
    """A PC with a cable into each of two homes: one has IPv4 alone, the other IPv6 alone."""

    def __init__(self, bed, name, number, country="US", path="auto"):
        self.name, self.bed = name, bed
        lab = bed.lab
        self.host = lab.user if number == 2 else lab.user_home.pc(f"user{number}", number)
        plug(self.host, "eth1", bed.six.router, "lan", f"l{number}")
        self.host.address("eth1", f"{bed.six.lan6}{number}/64")
        self.host.sh(BOTH)
        self.client = Client(bed.server, self.host, interface=f"hgvpn{number}")
        self.client.connect(country, "--path", path)
        self.pings = self.host.start("pings", "ping", "-D", "-n", "-i", "0.02", WEB4)
        self.standing = self.host.start("standing", PYTHON, "-c", STANDING % WEB4).wait_for("answered 3")
        self.session = self.client.status()["sessionId"]

    def answers(self):
        return [float(at) for at in re.findall(r"^\[([0-9.]+)\] .*bytes from", self.pings.text(), re.M)]

    def goes(self, way):
        wait_until(lambda: self.client.status().get("path") == way and self.answers()[-1] > time.time() - 0.2, 40,
                   f"{self.name}: the path is {way}: {self.client.status()}")

    def has(self, four=None, six=None):
        """Default routes: had, lost or as they are."""
        for had, change in ((False, "del"), (True, "add")):
            if four is had:
                self.host.sh(f"ip -4 route {change} default via {self.bed.lab.user_home.lan4}.1 dev eth0")
            if six is had:
                self.host.sh(f"ip -6 route {change} default via {LINK_LOCAL} dev eth1")


class Bed:
    def __init__(self):
        lab = self.lab = Laboratory(straight=True, user_home={"ipv6": "none"})
        lab.internet.nat64()
        self.six = lab.internet.home("sixrouter", 33, ipv4=False)
        self.server = Server(lab, stun="[::]:3478")
        lab.node.sh(BOTH)
        self.node = Node(self.server, lab.node).wait_online()
        self.four = Node(self.server, lab.second_node(), country="CA", region="").wait_online()
        self.movers = [Mover(self, "direct", 2), Mover(self, "relay", 4, path="relay"),
                       Mover(self, "IPv4 exit", 5, "CA")]
        self.both = Mover(self, "both", 6)
        self.both.has(six=True)

    def node_has_six(self, has):
        self.lab.node.sh(f"ip -6 route {'add' if has else 'del'} default via {self.lab.node_home.lan6}1")


def changed(check, rows, limit, name, each, before, change, after):
    """A mover goes one way, and after the change of the network another one."""
    each.goes(before)
    change()
    back = time.time()
    waited(lambda: (got := each.answers()) and got[-1] > back + 1.5, 30)
    came = [at for at in each.answers() if at > back - 0.3]
    gap = max((b - a for a, b in zip(came, came[1:])), default=99)
    rows.setdefault(f"{each.name}: {name}", []).append(gap)
    check(gap < limit, f"{each.name}, {name}: traffic flows within {limit:g} s", f"{gap:.2f} s")
    each.goes(after)
    check.equal(each.client.status()["sessionId"], each.session, f"{each.name}, {name}: the same session")
    beats = each.standing.text().count("answered")
    check(waited(lambda: each.standing.text().count("answered") > beats + 2, 20),
          f"{each.name}, {name}: TCP inside lives on")


def body(check, options):
    bed = Bed()
    limit = LIMIT if options.strict else BUSY * LIMIT
    rows = {}
    for _ in range(options.rounds):
        for each in bed.movers:
            four, six = {"direct": ("direct", "direct"), "relay": ("relay", "relay"),
                         "IPv4 exit": ("direct", "relay")}[each.name]
            changed(check, rows, limit, "to IPv6 alone", each, four, lambda: each.has(four=False, six=True), six)
            changed(check, rows, limit, "to IPv4 alone", each, six, lambda: each.has(six=False, four=True), four)
        both = bed.both
        for name, change in {"loses IPv6": lambda: both.has(six=False), "gets IPv6": lambda: both.has(six=True),
                             "loses IPv4": lambda: both.has(four=False), "gets IPv4": lambda: both.has(four=True),
                             "the exit loses IPv6": lambda: bed.node_has_six(False),
                             "the exit gets IPv6": lambda: bed.node_has_six(True)}.items():
            changed(check, rows, limit, name, both, "direct", change, "direct")
    print(f"{'s without an answer':<40}{'median':>8}{'most':>8}")
    for name, gaps in rows.items():
        print(f"{name:<40}{median(gaps):>8.2f}{max(gaps):>8.2f}{'  aim' if max(gaps) <= AIM else ''}")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=1)
    arguments.add_argument("--strict", action="store_true", help="judged as on a machine that does nothing else")
    chosen = arguments.parse_args()
    scenario(lambda check: body(check, chosen))
