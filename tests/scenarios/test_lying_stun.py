# SPDX-License-Identifier: GPL-3.0-or-later
"""A STUN server that lies to client and node: what runs goes on without a loss, what is told of either is true or
nothing, nobody is written to whom it names, guests go on to be kept from the home's router, and what cannot be is counted."""
import json
import re
import threading
import time

from product import Client, Node, Server, scenario  # makes the others known
from addresses import BOSON4, CANARY4, CANARY6
from capturing import Capture
from host import wait_until
from measure import lost_of, round_trips
from topology import HERE, PYTHON, Laboratory

PORTS, TRUE_PORTS = (4478, 4479), (3478, 3479)
CANARY = f"{CANARY4}:40000"
# How it lies, and whom it names. The node's line is measured, and its server asked, all the time.
LIES = (("place", CANARY), ("place", f"{BOSON4}:3478"), ("each", ""), ("impossible", ""), ("twice", ""), ("transaction", ""),
        ("required", CANARY), ("huge", CANARY), ("redirect", CANARY), ("storm", CANARY))
PINGS = 200  # one each 10 ms
MANY_SECONDS = 12
SECOND_PLACE = 40  # questions at most to what it calls its second place, which is asked like the first one
ENDPOINT = f"import sys; sys.path.insert(0, {HERE!r}); from hostile_end import HostileGuest; " \
           f"print('registered', *HostileGuest({BOSON4!r}).node)"


class Bench:
    def __init__(self):
        lab = self.lab = Laboratory(straight=True)
        self.server = Server(lab)
        self.node = Node(self.server, lab.node, options=("--max-guests", "50")).wait_online()
        self.client = Client(self.server, lab.user)
        self.other = lab.second_user()
        self.cables = (Capture(lab.user_home.router, "l2", "user"), Capture(lab.node_home.router, "l2", "node"))
        self.number, self.liar = 0, None

    def lies(self, mode, place=""):
        self.ends()
        self.number += 1
        self.liar = self.lab.boson.start(f"liar{self.number}", PYTHON, f"{HERE}/lying_stun.py",
                                         ",".join(map(str, PORTS)), mode, place).wait_for("ready")
        pairs = "; ".join(f"udp dport {true} redirect to :{false}" for true, false in zip(TRUE_PORTS, PORTS))
        self.lab.boson.nft("table inet lies\ndelete table inet lies\ntable inet lies {\n  chain arrives {\n"
                           f"    type nat hook prerouting priority dstnat; {pairs}\n  }}\n}}\n")

    def ends(self):
        """How much it was asked; the true one answers again."""
        if not self.liar:
            return 0
        self.lab.boson.nft("table inet lies\ndelete table inet lies\n")
        liar, self.liar = self.liar, None
        liar.signal(15)
        liar.popen.wait(10)
        return int(re.search(r"asked (\d+)", liar.text()).group(1))

    def registered(self):
        """Where the server says that the node is."""
        said = self.other.run(PYTHON, "-c", ENDPOINT).stdout.split()
        return said[1] if len(said) > 2 else ""

    def closed(self):
        """The home's router stands among what guests must not reach."""
        rules = self.lab.node.run("nft", "-j", "list", "ruleset").stdout
        sets = [each["set"] for each in json.loads(rules)["nftables"] if each.get("set", {}).get("name") == "router4"]
        return sets and all(self.lab.node_home.public4 in each.get("elem", []) for each in sets)

    def to_canary(self):
        return [packet for cable in self.cables for packet in cable.fresh() if packet.target in (CANARY4, CANARY6)]

    def moves(self):
        """The machines' networks change, so that all is asked anew."""
        for host in (self.lab.node, self.lab.user):
            host.sh("ip address add 10.99.99.1/32 dev lo; ip address delete 10.99.99.1/32 dev lo")


def refused(program):
    return program.status()["udpRefused"]


def pinged(check, bench, what, path):
    """The address that is told of the node, while the networks change under a series of pings. A lie does harm
    each time; a machine that stands still for as long as an answer may take, now and then."""
    for last in (False, False, True):
        lost = []
        pings = threading.Thread(target=lambda: lost.append(round_trips(bench.lab.user, PINGS, 0.01)[1]))
        bench.moves()
        pings.start()
        told = bench.registered()
        pings.join()
        if last or lost == [0]:
            check.equal(lost, [0], f"{what}: nothing is lost")
            wait_until(lambda: bench.client.status().get("path") == path, 10, f"{what}: the way is as before")
            return told


def lie(check, bench, mode, place):
    what = f"{mode} {place}".strip()
    before = [refused(each) for each in (bench.client, bench.node)]
    path = bench.client.status()["path"]
    bench.to_canary()
    bench.lies(mode, place)
    if mode == "each":
        time.sleep(MANY_SECONDS)  # another address in each answer: what it costs adds up
    told = pinged(check, bench, what, path)
    after = [refused(each) for each in (bench.client, bench.node)]
    check(told in ("", bench.lab.node_home.public4), f"{what}: what is told of the node is true, or nothing", told)
    check(bench.closed(), f"{what}: guests are kept from the home's router")
    packets = bench.to_canary()
    check(not packets, f"{what}: nobody writes to whom it names", packets[:3] or "")
    check(bench.ends() > 0, f"{what}: positive control: it is asked")
    if mode in ("impossible", "twice"):
        more = [now["untrue"] - then["untrue"] for now, then in zip(after, before)]
        check(all(more), f"{what}: what cannot be is counted at client and node", more)


def from_the_start(check, bench):
    """Nothing is known, and nothing is made up."""
    bench.client.disconnect()
    bench.lies("impossible")
    bench.node.process.stop()
    bench.node.start()
    status = wait_until(lambda: bench.node.status().get("state") == "problem" and bench.node.status(), 20,
                        "the node gives up")
    check.equal([status["problem"], status["mappedAddress"]], ["exit_failed", None],
                "from the start: a node that hears only lies of its router shares nothing, and says so")
    check(status["natType"] != "Blocked", "and does not call it a network without UDP", status["natType"])
    bench.ends()
    bench.node.ctl("off")
    bench.node.ctl("on")
    bench.node.wait_online()
    bench.lies("impossible")
    bench.client.process.stop()
    bench.client.start()
    bench.client.connect()
    status = wait_until(lambda: refused(bench.client)["untrue"] and bench.client.status(), 10, "the client was lied to")
    check.equal(status["mappedAddress"], None, "from the start: nor has the client an address then")
    check.equal(lost_of(bench.lab.user, 50), 0, "and is connected all the same")
    bench.ends()


def second_place(check, bench):
    """What a server calls its second place is asked as it is by the standard: few questions, and not on and on."""
    bench.client.process.stop()
    bench.to_canary()
    bench.lies("other", CANARY)
    bench.client.start()
    bench.client.connect()
    packets = wait_until(bench.to_canary, 15, "the second place is asked")
    round_trips(bench.lab.user, PINGS, 0.01)
    packets += bench.to_canary()
    check(0 < len(packets) <= SECOND_PLACE, "a false second place is asked, and seldom", len(packets))
    bench.ends()


def body(check):
    bench = Bench()
    bench.client.connect()
    wait_until(lambda: bench.client.status().get("path") == "direct", 15, "the way is straight")
    check.equal([bench.registered(), bool(bench.closed())], [bench.lab.node_home.public4, True],
                "positive control: an honest server's word is told of the node, and closes the router to guests")
    for mode, place in LIES:
        lie(check, bench, mode, place)
    second_place(check, bench)
    from_the_start(check, bench)


if __name__ == "__main__":
    scenario(body)
