# SPDX-License-Identifier: GPL-3.0-or-later
"""Many guests at once on one node, each a higgs-vpnd of its own on a PC of its own.

    crowd.py [--guests N] [--steps A,B,...] [--seconds S]

At each step that many guests load at once from one web server through the node: with the owner's limit,
which makes the node's own queue the bottleneck, and without. The table has the sum, Jain's index of
fairness (1: everybody has the same; 1/N: one has it all), and what the guests cost the node.
"""
import argparse
import json
import os
import time

from product import Client, Node, Server, scenario  # makes the others known
from host import wait_until
from topology import HERE, PYTHON, Laboratory, WEB4

PORT, PER_HOME = 7000, 50
PROGRAMS = ("higgs-noded", "wireguard-go")
FAIR, FULL = 0.95, 0.85  # Jain's index; part of the limit that arrives as TCP's payload


def jain(values):
    return sum(values) ** 2 / (len(values) * sum(v * v for v in values)) if any(values) else 0


class Cost:
    """CPU seconds and resident megabytes of the node's programs."""

    def __init__(self, node):
        self.pids = {}
        for pid in node.process.tree():
            try:
                with open(f"/proc/{pid}/comm") as file:
                    name = file.read().strip()
            except OSError:
                continue  # a tool that the daemon asked, and that has ended
            # The first of a name: a child that has not begun its tool yet bears its parent's, and ends.
            if name in PROGRAMS:
                self.pids.setdefault(name, pid)

    def seconds(self, name):
        with open(f"/proc/{self.pids[name]}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def megabytes(self, name):
        with open(f"/proc/{self.pids[name]}/smaps_rollup") as rollup:
            return next(int(line.split()[1]) for line in rollup if line.startswith("Pss:")) / 1024


class Crowd:
    def __init__(self, lab, server):
        self.lab, self.server, self.clients, self.homes = lab, server, [], [lab.user_home]

    def grow(self, size):
        """Connects guests until there are that many, a few at a time."""
        while len(self.clients) < size:
            number = len(self.clients)
            if number // PER_HOME >= len(self.homes):
                place = 31 + len(self.homes)
                self.homes.append(self.lab.internet.home(f"userrouter{place}", place))
            pc = self.homes[number // PER_HOME].pc(f"guest{number}", 10 + number % PER_HOME)
            client = Client(self.server, pc)
            self.clients.append(client)
            client.connect()

    def load(self, seconds):
        """Bytes a second of each guest."""
        done = self.lab.web.run(PYTHON, f"{HERE}/crowd_load.py", "guests", seconds, WEB4, PORT,
                                *(client.host.pid for client in self.clients), timeout=seconds + 90)
        found = json.loads(done.stdout)
        return [count / found["seconds"] for count in found["bytes"]]


def row(crowd, node, limit, seconds):
    cost = Cost(node)
    names = sorted(cost.pids)
    begun, clock = {name: cost.seconds(name) for name in names}, time.monotonic()
    speeds = crowd.load(seconds)
    took = time.monotonic() - clock
    cpu = {name: (cost.seconds(name) - begun[name]) / took for name in names}
    mbps = [speed * 8 / 1e6 for speed in speeds]
    print(f"{len(speeds):>7}{limit or '-':>8}{sum(mbps):>9.2f}{min(mbps):>8.3f}{max(mbps):>8.3f}"
          f"{jain(mbps):>8.4f}" + "".join(f"{cost.megabytes(n):>10.1f}{100 * cpu[n]:>8.1f}" for n in names),
          flush=True)
    return sum(mbps), jain(mbps), mbps, {n: cost.megabytes(n) for n in names}


def idle(crowd, node, seconds=5):
    cost = Cost(node)
    begun = {name: cost.seconds(name) for name in cost.pids}
    time.sleep(seconds)
    for name in sorted(cost.pids):
        print(f"        {len(crowd.clients)} guests, idle: {name} {cost.megabytes(name):.1f} MB, "
              f"{100 * (cost.seconds(name) - begun[name]) / seconds:.1f} % of a core")


def options():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--guests", type=int, default=100)
    arguments.add_argument("--steps", help="numbers of guests, ascending")
    arguments.add_argument("--limit", type=int, default=20, help="the owner's limit in Mbit/s")
    arguments.add_argument("--seconds", type=float, default=8)
    return arguments.parse_args()


def body(check, chosen):
    lab = Laboratory()
    server = Server(lab)
    node = Node(server, lab.node, options=("--max-guests", "100")).wait_online()
    node.ctl("limits", "--good-neighbour", "off")
    lab.web.start("crowd-source", PYTHON, f"{HERE}/crowd_load.py", "source", PORT).wait_for("ready")
    crowd = Crowd(lab, server)
    idle(crowd, node)
    steps = [int(step) for step in chosen.steps.split(",")] if chosen.steps else [chosen.guests]
    names = sorted(Cost(node).pids)
    print(f"\n{'guests':>7}{'limit':>8}{'Mbit/s':>9}{'least':>8}{'most':>8}{'Jain':>8}"
          + "".join(f"{name[:9] + ' MB':>13}{'CPU %':>8}" for name in names))
    for step in steps:
        begun = time.monotonic()
        crowd.grow(step)
        print(f"        {step} guests are connected {time.monotonic() - begun:.0f} s later", flush=True)
        wait_until(lambda: node.status()["guests"] == step, 20, "the node counts them all")
        idle(crowd, node)
        node.ctl("limits", "--up-mbps", chosen.limit, "--down-mbps", chosen.limit)
        total, index, speeds, _ = row(crowd, node, chosen.limit, chosen.seconds)
        check(index >= FAIR, f"{step} guests share {chosen.limit} Mbit/s fairly", f"Jain {index:.4f}")
        check(FULL * chosen.limit <= total <= 1.05 * chosen.limit, "and have all of it", f"{total:.2f}")
        check(min(speeds) > 0, "no guest is starved")
        node.ctl("limits", "--up-mbps", 0, "--down-mbps", 0)
        row(crowd, node, 0, chosen.seconds)
    check.equal(node.status()["guests"], steps[-1], "all guests are still there")


if __name__ == "__main__":
    chosen_options = options()
    scenario(lambda check: body(check, chosen_options))
