# SPDX-License-Identifier: GPL-3.0-or-later
"""On a straight way the network changes under client and node: another address, another uplink, and a
home's router that forgets its mappings or gets another address. Traffic flows within a second of the network
being back, a TCP connection inside lives on where the exit's router still knows it, and the way is straight again by itself.

    test_straight_roaming.py [--rounds N] [--only NAME] [--strict]
"""
import argparse
import re
import time

from product import WEB4, Client, Node, Server, scenario  # makes the others known
from addresses import ACCESS_GATEWAY4
from host import wait_until
from measure import median
from topology import PYTHON, Laboratory

LIMIT, AIM = 1.0, 0.2
BUSY = 2  # without --strict: the same on a machine with twice the load
MOVE = """ip -batch - <<E
address del {old}/24 dev {of}
address add {new}/24 dev {of}
route replace default via {gateway} dev {of}
E"""
STANDING = """
import socket, time
s = socket.create_connection((%r, 80), 10)
s.settimeout(25)
print("ready", flush=True)
while True:
    s.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
    if not s.recv(4096):
        raise SystemExit("closed")
    time.sleep(0.2)
"""
# What `conntrack -F` does: IPCTNL_MSG_CT_DELETE for everything (linux/netfilter/nfnetlink_conntrack.h).
FORGET = """
import socket, struct
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
s.send(struct.pack("=IHHIIBBH", 20, 0x102, 5, 1, 0, 0, 0, 0))
raise SystemExit(struct.unpack_from("=i", s.recv(4096), 16)[0])
"""


class Bed:
    def __init__(self):
        lab = self.lab = Laboratory(straight=True)
        self.server = Server(lab)
        self.node = Node(self.server, lab.node).wait_online()
        self.client = Client(self.server, lab.user)
        # Another way out of the user's home: a second router beside the first.
        self.other = lab.internet.home("otherrouter", 33)
        self.second_cable()
        self.client.connect()
        self.standing = lab.user.start("standing", PYTHON, "-c", STANDING % WEB4).wait_for("ready")
        self.pings = lab.user.start("pings", "ping", "-D", "-n", "-i", "0.02", WEB4)

    def second_cable(self):
        from host import plug
        user = self.lab.user
        plug(user, "eth1", self.other.router, "lan", "l2")
        user.address("eth1", f"{self.other.lan4}.2/24")

    def answers(self):
        return [float(at) for at in re.findall(r"^\[([0-9.]+)\] .*bytes from", self.pings.text(), re.M)]

    def direct(self, timeout=30):
        def both():
            return self.client.status().get("path") == "direct" and \
                any(each["path"] == "direct" and each["online"] for each in self.node.guests())
        wait_until(both, timeout, f"the way is straight: {self.client.status()}")


def played(check, bed, name, change, rounds, limit):
    gaps, straight = [], []
    for turn in range(rounds):
        bed.direct()
        wait_until(lambda: bed.answers() and bed.answers()[-1] > time.time() - 0.1, 20, "pings come back")
        session = bed.client.status()["sessionId"]
        begun = time.time()
        change(turn)
        back = time.time()  # the network is
        wait_until(lambda: (got := bed.answers()) and got[-1] > back + 1.5, 30, f"{name}: pings come back again")
        came = [at for at in bed.answers() if at > begun - 0.3]
        gaps.append(max(b - a for a, b in zip(came, came[1:])))
        bed.direct()
        straight.append(time.time() - back)
    check(max(gaps) < limit, f"{name}: traffic flows within {limit:g} s",
          f"gap p50 {median(gaps):.2f}, longest {max(gaps):.2f} s; straight again after {max(straight):.1f} s")
    check.equal(bed.client.status()["sessionId"], session, f"{name}: the same session")
    if "client" in name:  # the exit's router has forgotten the others'
        check(bed.standing.running(), f"{name}: TCP inside lives on")
    return f"{name:<44}{median(gaps):>8.2f}{max(gaps):>8.2f}{median(straight):>8.1f}{max(straight):>8.1f}" \
           f"{'  aim' if median(gaps) <= AIM else ''}"


def changes(bed):
    lab = bed.lab
    user, node_router = lab.user, lab.node_home.router
    first, second = "192.168.31.1", f"{bed.other.lan4}.1"

    def address(turn):
        old, new = (("192.168.31.2", "192.168.31.9"), ("192.168.31.9", "192.168.31.2"))[turn % 2]
        user.sh(MOVE.format(old=old, new=new, gateway=first, of="eth0"))

    def uplink(turn):
        via, of = ((second, "eth1"), (first, "eth0"))[turn % 2]
        user.sh(f"ip route replace default via {via} dev {of}")

    def forgets(_turn):
        node_router.run(PYTHON, "-c", FORGET)

    def outside(turn):
        old, new = (("81.0.113.21", "81.0.113.28"), ("81.0.113.28", "81.0.113.21"))[turn % 2]
        node_router.sh(MOVE.format(old=old, new=new, gateway=ACCESS_GATEWAY4, of="wan"))
        lab.node_home.uplink.outer4 = new
        lab.node_home.set_nat(lab.node_home.kind)
        node_router.run(PYTHON, "-c", FORGET)
    return {"the client's address changes": (address, 4), "another uplink of the client's": (uplink, 4),
            "the node's router forgets its mappings": (forgets, 3),
            "the node's router gets another address": (outside, 2)}


def body(check, options):
    bed = Bed()
    rows = [f"{'seconds':<44}{'gap p50':>8}{'max':>8}{'straight':>8}{'max':>8}"]
    for name, (change, rounds) in changes(bed).items():
        if options.only and options.only not in name:
            continue
        rows.append(played(check, bed, name, change, rounds * options.rounds,
                           LIMIT if options.strict else BUSY * LIMIT))
    print("\n".join(rows))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=1)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--strict", action="store_true", help="judged as on a machine that does nothing else")
    chosen = arguments.parse_args()
    scenario(lambda check: body(check, chosen))
