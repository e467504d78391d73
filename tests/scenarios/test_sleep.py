# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's PC sleeps with its tunnel up, for longer than every trust and keep-alive lasts. Meanwhile the network goes
on without it: nothing arrives, routers forget its mappings, and connections over TCP are dead without a word. When it
wakes, traffic flows within a second, on a straight way, by TURN and by the relay; TCP inside lives on; and nothing ever
leaves beside the tunnel. The same where the process alone stands still, and what it missed waits for it.

    test_sleep.py [--seconds N] [--only NAME] [--way WAY] [--home] [--strict]

A sleep is SIGSTOP for daemon and wireguard-go: the clocks go on, all of them. --seconds 300: WireGuard's keys are
over, too. --home: the exit's PC sleeps as well; where there is no other exit its guests wait for it, by the same session.
"""
import argparse
import os
import re
import signal
import time

from product import WEB4, Client, Node, Server, sandbox, scenario  # makes the others known
import turn
from addresses import TURN4, TURN6
from host import wait_until
from test_straight_roaming import FORGET
from test_turn import named
from topology import PYTHON, Laboratory
from watching import Watch

LIMIT, AIM, BUSY = 1.0, 0.2, 2  # BUSY: without --strict, as on a machine with twice the load
SHORT = 16  # seconds: beyond the trust in a way and the keep-alive of every socket, and what TCP waits for
WAYS = {"direct": "auto", "turn": "turn", "relay": "relay"}
STANDING = """
import itertools, socket, time
s = socket.create_connection((%r, 80), 10)
s.settimeout(900)
for number in itertools.count(1):
    s.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
    if not s.recv(4096):
        raise SystemExit("closed")
    print("answered", number, flush=True)
    time.sleep(0.2)
"""


class Sleeper:
    """A client on one of the ways, with a connection inside and pings."""

    def __init__(self, check, bed, way, number):
        self.way, self.bed = way, bed
        home = bed.lab.user_home
        self.host = bed.lab.user if number == 2 else home.pc(f"user{number}", number)
        self.client = Client(bed.server, self.host, interface=f"hgvpn{number}")
        self.watch = Watch(check, home, self.host, f"l{number}", [bed.node] if number == 2 else [])
        known = self.watch.allowed
        self.watch.allowed = lambda packet: known(packet) or packet.target in (TURN4, TURN6)
        self.client.connect("US", "--path", WAYS[way])
        self.watch.forget()
        self.pings = self.host.start("pings", "ping", "-D", "-n", "-i", "0.02", WEB4)
        self.standing = self.host.start("standing", PYTHON, "-c", STANDING % WEB4).wait_for("answered 3")
        self.session = self.client.status()["sessionId"]

    def answers(self, since=0):
        """When they came, of those that were sent after that: others lay in a queue of the sleeper's."""
        found = re.findall(r"^\[([0-9.]+)\] .*time=([0-9.]+) ms", self.pings.text(), re.M)
        return [float(at) for at, took in found if float(at) - float(took) / 1000 >= since]

    def goes(self, timeout=30):
        wait_until(lambda: self.client.status().get("path") == self.way and self.answers()[-1] > time.time() - 0.2,
                   timeout, f"the path is {self.way}: {self.client.status()}")


class Bed:
    def __init__(self, check, only):
        self.lab = Laboratory(straight=True)
        self.server = Server(self.lab, *named(self.lab.turn()))
        self.node = Node(self.server, self.lab.node).wait_online()
        numbers = zip(WAYS, (2, 4, 5))
        self.sleepers = [Sleeper(check, self, way, number) for way, number in numbers if only in way]


class Asleep:
    """PCs of one home, as they stand, while the block lasts that it is used in.

    gone: the network goes on without them: nothing arrives, and nobody is told. At the end the router knows
    nothing of what they spoke of before, and whoever goes on with an old connection over TCP speaks to nobody.
    """

    def __init__(self, home, hosts, processes, more=(), gone=True):
        self.home, self.hosts, self.gone = home, hosts, gone
        self.processes, self.more = processes, more

    def _rules(self, *rules):
        lines = "\n".join(rules)
        self.home.router.nft(f"""table inet asleep {{}}
delete table inet asleep
table inet asleep {{
  chain forward {{
    type filter hook forward priority -10; policy accept;
{lines}
  }}
}}""")

    def _send(self, number):
        for pid in self.pids:
            os.kill(pid, number)

    def __enter__(self):
        self.pids = [pid for each in self.processes for pid in each.tree()] + [each.pid for each in self.more]
        self._send(signal.SIGSTOP)
        if self.gone:
            self._rules(*(f"ip {end} {address} drop" for address in self.hosts for end in ("saddr", "daddr")))

    def __exit__(self, *_):
        if self.gone:
            old = [f"ip saddr {address} tcp sport {port} drop" for address, host in self.hosts.items()
                   for port in connections(host)]
            self.home.router.run(PYTHON, "-c", FORGET)
            self._rules(*old)
        self.since = time.time()
        self._send(signal.SIGCONT)


def connections(host):
    """The ports of its TCP connections."""
    text = host.run("ss", "-Htn", "state", "established").stdout
    return sorted({int(line.split()[2].rpartition(":")[2]) for line in text.splitlines()})


def waited(condition, timeout):
    try:
        return wait_until(condition, timeout, "")
    except TimeoutError:
        return None


def wakes(check, bed, name, sleep, seconds, limit):
    for each in bed.sleepers:
        each.goes()
        each.watch.nothing_left(f"{name}: before ({each.way})")
    with sleep:
        time.sleep(seconds)
    rows = []
    for each in bed.sleepers:
        def back():
            came = each.answers(sleep.since)
            return came and came[0] - sleep.since
        gap = waited(back, 40) or 99
        rows.append(f"{name:<28}{each.way:<8}{gap:>8.2f}{'  aim' if gap <= AIM else ''}")
        check(gap < limit, f"{name}: traffic flows within {limit:g} s ({each.way})", f"{gap:.2f} s")
    for each in bed.sleepers:
        each.goes(60)
        check(each.client.status()["killSwitch"], f"{name}: the block stands ({each.way})")
        each.watch.nothing_left(f"{name} ({each.way})")
        rows.append(f"{'':<28}{each.way:<8}{time.time() - sleep.since:>8.1f}  its way again")
        beats = each.standing.text().count("answered")
        check.equal(each.client.status()["sessionId"], each.session, f"{name}: the same session ({each.way})")
        # TCP inside that went on alone waits as long as it was silent until it tries again.
        patience = 20 + (2 * seconds if "home" in name else 0)
        lives = waited(lambda: each.standing.text().count("answered") > beats + 2, patience)
        check(lives, f"{name}: TCP inside lives on ({each.way})")
    return rows


def body(check, options):
    bed = Bed(check, options.way)
    lab = bed.lab
    limit = LIMIT if options.strict else BUSY * LIMIT
    users = {f"{lab.user_home.lan4}.{2 if each.host is lab.user else each.host.name[4:]}": each.host
             for each in bed.sleepers}
    clients = [each.client.process for each in bed.sleepers]
    inside = [each.standing for each in bed.sleepers]
    sleeps = {
        "the client's PC sleeps": Asleep(lab.user_home, users, clients, inside),
        "the client's PC stands": Asleep(lab.user_home, users, clients, inside, gone=False),
        "the home's PC sleeps": Asleep(lab.node_home, {f"{lab.node_home.lan4}.2": lab.node}, [bed.node.process]),
        "the home's PC stands": Asleep(lab.node_home, {}, [bed.node.process], gone=False),
    }
    rows = []
    for name, sleep in sleeps.items():
        if options.only in name and (options.home or "home" not in name):
            rows += wakes(check, bed, name, sleep, options.seconds, limit)
    print("\n".join(rows))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seconds", type=int, default=SHORT)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--way", default="")
    arguments.add_argument("--home", action="store_true")
    arguments.add_argument("--strict", action="store_true", help="judged as on a machine that does nothing else")
    if not turn.available():
        print("skipped: there is no turnserver (package coturn)")
        raise SystemExit(sandbox.SKIPPED)
    chosen = arguments.parse_args()
    scenario(lambda check: body(check, chosen))
