# SPDX-License-Identifier: GPL-3.0-or-later
"""Another home is asked for while connected. The old tunnel carries until the new home is reached; where that cannot
be, it stays, and the reason is said. Nothing leaves outside of both, and the time without a way is measured.

    test_switch.py [--rounds N]
"""
import argparse
import json
import signal
import time

from product import Client, Node, Server, scenario
from host import wait_until
from losses import Pings, lost_between, silence
from topology import Laboratory
from watching import Watch

# The device, its routes and names are made anew, by programs; the handshake and a probe take two round trips.
SILENT_AT_MOST = 1.5
# A hundred a second: what a machine that stops for a moment may lose is no gap.
FEW = 3


def none_missed(check, pings, begun, words):
    time.sleep(0.3)  # the last of them are on their way
    lost = lost_between(pings.answers(), begun, time.time() - 0.2)
    check(len(lost) <= FEW, words, f"{len(lost)} pings of {(time.time() - begun) * 100:.0f} lost")


def nobody_there(check, client, pings, old):
    begun = time.time()
    said = client.ctl("connect", "JP", "--wait=20", check=False)
    check(said.returncode != 0 and "still connected" in said.stderr, "a place without a home is refused in words",
          said.stderr.strip())
    status = client.status()
    check.equal((status["state"], status["nodeId"]), ("connected", old["nodeId"]), "the old tunnel stays")
    check.equal((status["switchFault"]["country"], status["switchFault"]["problem"]), ("JP", "no_matching_node"),
                "and the status says why")
    check.equal(status["since"], old["since"], "since when it did")
    def wish():
        with open(f"{client.data}/settings.json", encoding="utf-8") as file:
            return json.load(file)["wish"]["country"]
    wait_until(lambda: wish() == "US", 5, "a restart would go there, too")
    none_missed(check, pings, begun, "the tunnel went on carrying")


def server_silent(check, server, client, pings, old):
    """The question for the new home has no answer yet."""
    begun = time.time()
    server.process.signal(signal.SIGSTOP)
    client.ctl("connect", "CA")
    status = client.status()
    check.equal((status["state"], status["switching"]), ("connecting", True), "it is switching")
    check.equal((status["switchingFrom"]["country"], status["switchingFrom"]["carries"]), ("US", True),
                "from a home that carries still")
    check("traffic still leaves" in client.ctl("status").stdout, "which the terminal says, too")
    check.equal(client.exit4(), old["exitIp"], "and so it does")
    client.ctl("back", "--wait=5")
    server.process.signal(signal.SIGCONT)
    status = client.status()
    check.equal((status["state"], status["nodeId"]), ("connected", old["nodeId"]), "back is where it was")
    check.equal(status["switchFault"], None, "which was a wish and no fault")
    none_missed(check, pings, begun, "from the wish to its end the tunnel carried")


def switched(check, client, pings, country, address):
    begun = time.time()
    client.ctl("connect", country, "--wait=20")
    check.equal(client.exit4(), address, f"in {country} the traffic leaves there")
    time.sleep(0.3)
    ended = time.time() - 0.2
    answers = pings.answers()
    gap, lost = silence(answers, begun, ended), len(lost_between(answers, begun, ended))
    check(gap < SILENT_AT_MOST, f"to {country} it was without a way for a moment", f"{gap * 1000:.0f} ms, {lost} pings")
    return gap


def body(check, rounds):
    lab = Laboratory(straight=True)
    server = Server(lab)
    far = lab.internet.home("router41", 41, far_ms=5)
    us, ca = Node(server, lab.node), Node(server, far.pc("node41", 2), "CA", "CA-ON")
    for node in (us, ca):
        node.wait_online()
    watch = Watch(check, lab.user_home, lab.user, "l2", [us, ca])
    client = Client(server, lab.user)
    client.connect("US")
    wait_until(lambda: client.status()["path"] == "direct", 12, "the path is direct")
    watch.forget()
    pings = Pings(lab.user)
    old = client.status()
    nobody_there(check, client, pings, old)
    server_silent(check, server, client, pings, old)
    gaps = []
    for _ in range(rounds):
        gaps.append(switched(check, client, pings, "CA", far.public4))
        gaps.append(switched(check, client, pings, "US", lab.node_home.public4))
    print("     without a way, ms: " + " ".join(f"{gap * 1000:.0f}" for gap in gaps))
    wait_until(lambda: ca.guests() == [], 10, "the home that was left has no guest")
    watch.nothing_left("in all of it")
    pings.stop()
    client.disconnect()
    watch.again_visible("after it")
    watch.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=2)
    chosen = parser.parse_args()
    scenario(lambda check: body(check, chosen.rounds))
