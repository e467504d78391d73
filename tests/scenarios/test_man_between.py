# SPDX-License-Identifier: GPL-3.0-or-later
"""A man on the way between client and node sends again what he saw: answers of the STUN server, probes and their answers,
later, from where they came and from elsewhere, now and then and as a flood. All of it is refused and counted, nobody is
written to for it, and the way goes on without losing a packet."""
import threading

from product import Client, Node, Server, sandbox, scenario  # makes the others known
from addresses import BOSON4, CANARY4, WEB4, public4, public_lan4
from capturing import Capture
from host import wait_until
from measure import lost_of, round_trips
from topology import HERE, PYTHON, Laboratory

RECORDING, SECONDS, PINGS = 7, 1.7, 200
FEW, FLOOD = 20, 4000  # packets a second
ELSEWHERE = [f"{public_lan4(41)}.2:40000", f"{CANARY4}:40001", f"{WEB4}:40002", f"{BOSON4}:40003", f"{BOSON4}:3478",
             "192.168.21.50:40004", f"{public4(22)}:40005"]
# In which of their counters each kind is found, at either end.
COUNTED = {"binding": ("strangers", "foreign"), "request": ("repeated",), "answer": ("strangers", "foreign")}


class Bench:
    def __init__(self):
        lab = self.lab = Laboratory(straight=True, node_nat="full-cone", user_nat="full-cone")  # all reaches both ends
        self.server = Server(lab)
        self.node = Node(self.server, lab.node).wait_online()
        self.client = Client(self.server, lab.user)
        self.client.connect()
        wait_until(lambda: self.client.status().get("path") == "direct", 15, "the way is straight")
        self.cables = (Capture(lab.user_home.router, "l2", "user"), Capture(lab.node_home.router, "l2", "node"))
        self.kept, self.number = f"{sandbox.SPACE}/kept.json", 0

    def man(self, *words):
        self.number += 1
        return self.lab.core.start(f"man{self.number}", PYTHON, f"{HERE}/man_between.py", *map(str, words))

    def moves(self):
        """The machines' networks change, so that the STUN server is asked."""
        for host in (self.lab.node, self.lab.user):
            host.sh("ip address add 10.99.99.1/32 dev lo; ip address delete 10.99.99.1/32 dev lo")

    def refused(self):
        return [each.status()["udpRefused"] for each in (self.client, self.node)]

    def to_elsewhere(self):
        """What client and node sent to whom the man pretended to be, but for what is a STUN server's and a guest's own."""
        places = {tuple(each.rsplit(":", 1)) for each in ELSEWHERE if not each.endswith(":3478")}
        return [packet for cable in self.cables for packet in cable.fresh()
                if (packet.target, str(packet.target_port)) in places]


def recorded(check, bench):
    man = bench.man("record", bench.kept, RECORDING, "p21", "p31", "s10")
    man.wait_for("ready")
    bench.moves()
    round_trips(bench.lab.user, 100, 0.02)
    man.wait_for("kept ", RECORDING + 5)
    kinds = {tuple(line.split()[1::3]) for line in man.text().splitlines() if line.startswith("recorded")}
    ends = {public4(21), public4(31)}
    missing = [(kind, end) for kind in COUNTED for end in ends if (kind, end) not in kinds]
    check(not missing, "positive control: probes and answers of both directions were recorded", missing or len(kinds))


def again(check, bench, kind, rate, others=()):
    what = f"{kind}s of before, {rate} a second" + (", from elsewhere" if others else "")
    before = bench.refused()
    bench.to_elsewhere()
    lost = []
    pings = threading.Thread(target=lambda: lost.append(round_trips(bench.lab.user, PINGS, 0.01)[1]))
    pings.start()
    man = bench.man("replay", bench.kept, kind, rate, SECONDS, *others)
    man.wait_for("sent ", 30)
    pings.join()
    sent = int(man.text().split()[-1])
    more = [{name: now[name] - then[name] for name in COUNTED[kind]} for now, then in zip(bench.refused(), before)]
    check.equal([lost[0], bench.client.status()["path"]], [0, "direct"], f"{what}: the way goes on, and nothing is lost")
    check(sent > 0.8 * rate * SECONDS and all(sum(each.values()) > 0 for each in more), f"{what}: refused and counted",
          f"{sent} sent, {more}")
    packets = bench.to_elsewhere()
    check(not packets, f"{what}: nobody is written to for it", packets[:3] or "")


def body(check):
    bench = Bench()
    recorded(check, bench)
    for kind in COUNTED:
        again(check, bench, kind, FEW)
        again(check, bench, kind, FEW, ELSEWHERE)
        again(check, bench, kind, FLOOD)
        again(check, bench, kind, FLOOD, ELSEWHERE)
    check.equal(lost_of(bench.lab.user, 100), 0, "afterwards as before: 100 pings, none lost")


if __name__ == "__main__":
    scenario(body)
