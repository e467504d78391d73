# SPDX-License-Identifier: GPL-3.0-or-later
"""The path changes under traffic: relay, direct, the straight way dies, relay, direct. Not one ping is lost where
the path improves, the silence when it dies is short, and a TCP connection lives through all of it.

    test_path_change.py [--rounds N] [--delays MS,...]

A delay is one way, from home to home; 100 pings a second and 4 Mbit/s of TCP go all the time. Of each ping that is
lost it says between which two hosts, and what was counted on the way, by the kernels and by the product itself.

The node's owner asks nobody to give way here. The lines have no queue, but a far home's is a process: where the
machine stops that for 50 ms, the node takes it for a line that somebody else wants, holds its guests to less than they
send for seconds, and drops the rest, as it should. That is no matter of the path, and test_good_neighbour.py's.
"""
import argparse
import collections
import subprocess
import sys
import time

from product import Client, Node, Server, WEB4, scenario  # makes the others known
from host import wait_until
from losses import Drops, Pings, Way, lost_between, own_losses, silence
from measure import median
from topology import HERE, PYTHON, Laboratory

SINK_PORT = 9998
FOUND_WITHIN, SILENT_AT_MOST = 12, 3.0
# Sends at a steady pace; at SIGTERM it waits until all of it has been acknowledged, and says how it went.
FLOW = """
import array, fcntl, signal, socket, struct, sys, termios, time
over = []
signal.signal(signal.SIGTERM, lambda *_: over.append(1))
s = socket.create_connection((%r, %d), 10)
s.settimeout(20)
print("ready", flush=True)
sent, longest, late, begun, left = 0, 0, False, time.monotonic(), array.array("i", [1])
while not over:
    before = time.monotonic()
    s.sendall(b"x" * 5000)
    longest, sent = max(longest, time.monotonic() - before), sent + 5000
    fcntl.ioctl(s, termios.TIOCOUTQ, left)
    behind = time.monotonic() - begun + (left[0] - sent) / 500000
    if behind > 0.5 and not late:
        late = True
        print("late", flush=True)
    elif behind < 0.4 and late:
        late = False
        print("level", flush=True)
    time.sleep(max(0, begun + sent / 500000 - time.monotonic()))
until = time.monotonic() + 10
while left[0] and time.monotonic() < until:
    fcntl.ioctl(s, termios.TIOCOUTQ, left)
    time.sleep(0.02)
again = struct.unpack_from("I", s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 100)[0]
print("done", sent, left[0], again, round(longest, 2), flush=True)
"""


def goes(client, path, timeout):
    wait_until(lambda: client.status().get("path") == path, timeout, f"the path is {path}: {client.status()}")


def one_round(lab, client, node, way, drops, own):
    """Pings lost at each improvement, seconds of silence when the way died, what became of the connection. own:
    takes up what the product says that it lost itself at an improvement, of TCP's as well."""
    def both_go(path):
        goes(client, path, FOUND_WITHIN)
        wait_until(lambda: node.guests()[0]["path"] == path, 5, f"the node goes that way, too: {path}")

    begun = time.time()
    pings = Pings(lab.user)
    flow = lab.user.start("flow", PYTHON, "-c", FLOW % (WEB4, SINK_PORT)).wait_for("ready")
    marks, found, risen = [], [], []

    def catches_up():
        # What waited would fill every queue, on any path.
        wait_until(lambda: flow.text().count("level") == flow.text().count("late"), 20, "TCP has caught up")
    for improves in (True, False, True):
        time.sleep(1)
        catches_up()
        drops.rise()
        marks.append(time.time())
        lab.internet.part_homes(not improves)
        both_go("direct" if improves else "relay")
        if improves:
            found.append(time.time() - marks[-1])
        time.sleep(1.5)
        marks.append(time.time())
        risen.append(drops.rise())
    flow.popen.terminate()
    flow.wait_for("done", 30)
    time.sleep(0.7)
    answers = pings.stop()
    lab.internet.part_homes()
    goes(client, "relay", 6)
    lost = []
    for number, at in enumerate((0, 4)):
        when = lost_between(answers, marks[at], marks[at + 1])
        changed = marks[at] + found[number]
        lost.append(len(when))
        for one, where in way.lost_at(when, begun).items():
            print(f"     lost {when[one] - changed:.2f} s from the change: {where}")
        if when:
            print("     counted:", ", ".join(f"{what} {count}" for what, count in risen[number * 2].items()))
    done = flow.text().split("done ")[-1].split()
    own.update({what: count for each in (risen[0], risen[2]) for what, count in each.items() if " lost" in what})
    return lost, silence(answers, marks[2], marks[3]), found, done


def tried(check, delay, rounds):
    far = {"far_ms": delay / 2} if delay else {}
    lab = Laboratory(straight=True, node_home=far, user_home=far)
    lab.internet.part_homes()
    lab.web.start("sink", PYTHON, f"{HERE}/sink.py", str(SINK_PORT)).wait_for("ready")
    server = Server(lab)
    node = Node(server, lab.node).wait_online(30)
    client = Client(server, lab.user)
    client.connect()
    node.ctl("limits", "--good-neighbour", "off")
    own = collections.Counter()
    way = Way(("client", lab.user, "hgvpn0"), ("node", lab.node, "hgnode0"), ("web", lab.web, "eth0"))
    drops = Drops(lab.user, lab.user_home.router, lab.core, lab.boson, lab.node_home.router, lab.node, lab.web,
                  also=lambda: own_losses(server, node, client))
    lost, silent, found, broken, again = [], [], [], 0, []
    for number in range(rounds):
        result = one_round(lab, client, node, way, drops, own)
        lost += result[0]
        silent.append(result[1])
        found += result[2]
        sent, left, resent, stalled = result[3]
        broken += left != "0"
        again.append(int(resent))
        print(f"     {delay:g} ms, round {number + 1}: lost {result[0]}, silent {result[1]:.2f} s, found after "
              f"{result[2][0]:.1f} and {result[2][1]:.1f} s; TCP {int(sent) // 1000} kB, {resent} segments "
              f"again, longest stall {stalled} s", flush=True)
    reconnects = client.status()["reconnects"]
    check.equal(sum(lost), 0, f"{delay:g} ms: no ping is lost when the path improves, {len(lost)} times")
    print(f"     the product's own losses while it improved: {dict(own) or 'none'}")
    check(max(silent) < SILENT_AT_MOST, f"{delay:g} ms: when the straight way dies, the relay carries",
          f"silence p50 {median(silent):.2f} s, longest {max(silent):.2f} s")
    check.equal(broken, 0, f"{delay:g} ms: TCP survives")
    check.equal(reconnects, 0, f"{delay:g} ms: in one session")
    print(f"row {delay:>9g}{rounds:>8}{sum(lost):>10} of {len(lost):<3}{median(silent):>12.2f}{max(silent):>8.2f}"
          f"{median(found):>10.1f}{rounds - broken:>8}{max(again):>8}")


HEAD = (f"{'delay ms':>9}{'rounds':>8}{'lost, improved':>17}{'silent p50':>12}{'max s':>8}{'found s':>10}"
        f"{'TCP ok':>8}{'resent':>8}")


def each_delay(options):
    """One after the other, each in a laboratory of its own."""
    rows, worst = [HEAD], 0
    for delay in options.delays.split(","):
        command = [PYTHON, __file__, "--rounds", str(options.rounds), "--delays", delay]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as one:
            for line in one.stdout:
                print(line, end="", flush=True)
                if line.startswith("row "):
                    rows.append(line[4:].rstrip())
        worst = max(worst, one.returncode)
    print("\n".join(rows))
    return worst


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=1)
    arguments.add_argument("--delays", default="0")
    options = arguments.parse_args()
    if "," in options.delays:
        sys.exit(each_delay(options))
    scenario(lambda check: tried(check, float(options.delays), options.rounds))


if __name__ == "__main__":
    main()
