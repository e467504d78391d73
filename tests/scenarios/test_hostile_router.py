# SPDX-License-Identifier: GPL-3.0-or-later
"""A router, or whoever has its address, that answers to the node's asking for a port with texts that grow or have
no end, slowly, with other hosts' addresses: refused, counted, and nobody else's affair."""
import threading

import product  # noqa: F401 (makes the others known)
import sandbox
from product import Client, Node, Server, scenario
from addresses import WEB4
from host import wait_until
from measure import round_trips
from topology import HERE, PYTHON, Laboratory

MOST_GROWTH_KB = 4096
WITHIN = 40
# Mode, state that it comes to, whether a refused answer is counted.
TRIALS = (("bomb", "refused", True), ("deep", "refused", True), ("endless", "refused", False),
          ("endless-head", "refused", False), ("slow", "refused", False),
          ("redirect", "refused", True), ("elsewhere", "refused", True),
          ("control-elsewhere", "refused", True), ("flood", "refused", True),
          ("garbage", "unavailable", True), ("foreign-upnp", "mismatch", False), ("foreign-pcp", "mismatch", False),
          ("epochs", "mapped", False))


def resident_kb(process):
    with open(f"/proc/{process.popen.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


class Liar:
    def __init__(self, lab, other):
        self.path = f"{sandbox.SPACE}/lie"
        self.tell("bomb")
        home = lab.node_home
        self.process = home.router.start("liar", PYTHON, f"{HERE}/lying_router.py", f"{home.lan4}.1", other,
                                         self.path, home.public4).wait_for("ready")

    def tell(self, mode):
        with open(self.path, "w") as file:
            file.write(mode)

    def asked(self, word):
        return sum(line.startswith(word) for line in self.process.text().splitlines())


def trial(check, node, liar, mode, state, counted):
    node.ctl("limits", "--port-mapping", "off")
    liar.tell(mode)
    before = node.status()["portMapping"]["refusedAnswers"]
    node.ctl("limits", "--port-mapping", "on")
    settled = wait_until(lambda: (found := node.status()["portMapping"])["state"] not in ("asking", "unconfirmed")
                         and found, WITHIN, f"{mode}: the asking comes to an end")
    check.equal(settled["state"], state, f"{mode}: it comes to that")
    if counted:
        check(settled["refusedAnswers"] > before, f"{mode}: refused and counted",
              settled["refusedAnswers"] - before)
    if state == "mismatch":
        check.equal(settled["external"].rsplit(":", 1)[0], WEB4 if mode == "foreign-pcp" else liar.other,
                    f"{mode}: the address is somebody else's")


def body(check):
    lab = Laboratory(node_home={"ipv6": "none"}, straight=True)
    other = lab.node_home.pc("other", 50)
    hits = other.start("ear", PYTHON, f"{HERE}/logger.py", f"{sandbox.SPACE}/other.hits", "49152", "80")
    liar = Liar(lab, WEB4)
    liar.other = WEB4
    server = Server(lab)
    node = Node(server, lab.node).wait_online(30)
    client = Client(server, lab.user)
    client.connect()
    wait_until(lambda: client.status().get("path") == "direct", 20, "a straight way")
    lost = []
    pings = threading.Thread(target=lambda: lost.append(round_trips(lab.user, 300, 0.1)[1]))
    pings.start()
    size = None
    for mode, state, counted in TRIALS:
        trial(check, node, liar, mode, state, counted)
        size = size or resident_kb(node.process)
    for mode, state, counted in TRIALS[:4] * 2:
        trial(check, node, liar, mode, state, counted)
    grown = resident_kb(node.process) - size
    check(grown < MOST_GROWTH_KB, "the node has not grown by it", f"{grown} KB")
    pings.join()
    check.equal(lost[0], 0, "nothing was lost on the running path meanwhile")
    check.equal([client.status()["path"], node.status()["state"]], ["direct", "sharing"], "which stands")
    check(hits.running(), "control: somebody else's ear listens")
    check.equal(node.process.text().count(" error "), 0, "and nothing of it is an error of the node's")
    trial(check, node, liar, "epochs", "mapped", False)
    before = liar.asked("pcp")
    wait_until(lambda: liar.asked("pcp") > before, 90, "a router whose clock jumps is asked again")
    check(liar.asked("pcp") - before < 8, "by no more than a question a minute", liar.asked("pcp") - before)
    elsewhere(check, lab, node, liar, other)


def elsewhere(check, lab, node, liar, other):
    """With a PC of the home's network as the other host: it is not knocked at."""
    liar.process.stop()
    near = Liar(lab, f"{lab.node_home.lan4}.50")
    near.other = f"{lab.node_home.lan4}.50"
    for mode in ("redirect", "elsewhere", "control-elsewhere"):
        trial(check, node, near, mode, "refused", True)
    with open(f"{sandbox.SPACE}/other.hits") as file:
        check.equal(file.read(), "", "a PC that the router names is not spoken to")
    other.run(PYTHON, "-c", "import socket; socket.create_connection(('127.0.0.1', 49152)).close()")
    wait_until(lambda: open(f"{sandbox.SPACE}/other.hits").read(), 5, "control: it would have been heard")


if __name__ == "__main__":
    scenario(body)
