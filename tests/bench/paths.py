# SPDX-License-Identifier: GPL-3.0-or-later
"""What each kind of path is worth: direct, TURN (a real coturn), relay and cascade against wireguard-go alone, over
the same cables in the same run.

Every figure of a path has one of wireguard-go's that was measured right beside it, and their ratio; printed are the
medians of all rounds. CPU is that of all programs on a path: daemons, their wireguard-go, the server and coturn. The
bare way is shut for both: by the kill switch for the product, by a firewall rule for the reference.
"""
import argparse
import json
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "scenarios"))

import product  # noqa: E402
import sandbox  # noqa: E402
import turn  # noqa: E402
from addresses import EXIT2_4, EXIT4  # noqa: E402
from host import CommandFailed, wait_until  # noqa: E402
from measure import Reference, median, percentile, round_trips, saturated, throughput  # noqa: E402
from test_turn import named  # noqa: E402
from topology import Laboratory  # noqa: E402

# What is asked for, and the exit that it must lead to.
PATHS = {"direct": (("US", "--path", "direct"), EXIT4),
         "turn": (("US", "--path", "turn"), EXIT4),
         "relay": (("US", "--path", "relay"), EXIT4),
         "cascade": (("CA", "--via", "US"), EXIT2_4)}
ALONE = "wireguard-go alone"
WAYS = {"up": False, "down": True}
# (key, words, digits)
FIGURES = (("up", "TCP up, Mbit/s", 0), ("down", "TCP down, Mbit/s", 0),
           ("idle50", "RTT idle p50, ms", 2), ("idle99", "RTT idle p99, ms", 2),
           ("loaded50", "RTT loaded p50, ms", 2), ("loaded99", "RTT loaded p99, ms", 2),
           ("cpu up", "CPU s/GB up", 1), ("cpu down", "CPU s/GB down", 1))
# What we hold ourselves to: of wireguard-go's throughput, on wireguard-go.
FLOORS = {("direct", "up"): 0.85, ("direct", "down"): 0.85}


class Side:
    """One end's host, and what its programs have used."""

    def __init__(self, host, cpu, port):
        self.host, self.cpu, self.port = host, cpu, port

    def flow(self, way, seconds):
        begun = self.cpu()
        speed, moved = throughput(self.host, seconds, WAYS[way], self.port)
        return {way: speed, "cpu " + way: (self.cpu() - begun) / (moved / 1e9)}

    def idle(self):
        times, _ = round_trips(self.host, 200, 0.005)
        return {"idle50": median(times), "idle99": percentile(times, 99)}

    def loaded(self, seconds):
        times = saturated(self.host, seconds + 1.5, port=self.port)
        return {"loaded50": median(times), "loaded99": percentile(times, 99)}


class Table:
    def __init__(self):
        self.values = {}

    def note(self, path, ours, plain):
        """Figures of a path, and those of wireguard-go alone that belong to them."""
        for key, value in ours.items():
            self.values.setdefault((path, key), []).append(value)
            self.values.setdefault((path, key, "ratio"), []).append(value / plain[key])
            self.values.setdefault((ALONE, key), []).append(plain[key])

    def __getitem__(self, key):
        return median(self.values[key])

    def as_dictionary(self, paths):
        result = {ALONE: {key: self[ALONE, key] for key, _, _ in FIGURES}}
        for path in paths:
            result[path] = {key: {"value": self[path, key], "ratio": self[path, key, "ratio"],
                                  "all": self.values[path, key]} for key, _, _ in FIGURES}
        return result


def measure(table, path, ours, plain, seconds):
    """One round of a path; who goes first changes with each figure."""
    steps = [lambda side, way=way: side.flow(way, seconds) for way in WAYS]
    steps += [lambda side: side.idle(), lambda side: side.loaded(seconds)]
    for number, step in enumerate(steps):
        if number % 2:
            mine, other = step(ours), step(plain)
        else:
            other, mine = step(plain), step(ours)
        table.note(path, mine, other)


def take(client, path):
    """Connects by the path, and sees to it that it is the one."""
    wish, address = PATHS[path]
    client.connect(*wish)
    wait_until(lambda: client.status().get("path") == path, 10, f"the path is {path}: {client.status()}")
    if client.exit4() != address:
        raise CommandFailed(f"by {path} the web server sees {client.exit4() or 'nothing'}, not {address}")


def report(table, paths):
    """Prints the table; returns whether every floor was kept."""
    print(f"{'':<20}{ALONE:>20}" + "".join(f"{path:>17}" for path in paths))
    for key, words, digits in FIGURES:
        cells = [f"{table[path, key]:.{digits}f} ({table[path, key, 'ratio']:.2f}x)" for path in paths]
        print(f"{words:<20}{table[ALONE, key]:>20.{digits}f}" + "".join(f"{cell:>17}" for cell in cells))
    kept = True
    for (path, key), floor in FLOORS.items():
        if path not in paths:
            continue
        ratio = table[path, key, "ratio"]
        good = ratio >= floor
        kept = kept and good
        print(f"{path} {key}: {100 * ratio:.0f} % of {ALONE}, floor {100 * floor:.0f} %"
              f"  {'pass' if good else 'SHORT'}")
    return kept


def laid_out(lab):
    """All programs of all paths: who runs idle costs nothing."""
    relay = lab.turn()
    server = product.Server(lab, *named(relay))
    nodes = [product.Node(server, lab.node),
             product.Node(server, lab.second_node(), country="CA", region="")]
    for node in nodes:
        node.wait_online()
    client = product.Client(server, lab.user)
    return client, [program.process for program in (relay, server, *nodes, client)]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=int, default=2, help="of one flow")
    arguments.add_argument("--path", action="append", choices=list(PATHS), help="only these")
    arguments.add_argument("--json", help="write the figures there")
    options = arguments.parse_args()
    paths = options.path or list(PATHS)
    for name in ("boson-server", "higgs-noded", "higgs-vpnd", "higgs-vpnctl", "higgs-nodectl"):
        product.program(name)
    if not turn.available():
        print("skipped: there is no turnserver (package coturn)")
        return sandbox.SKIPPED
    output = open(options.json, "w") if options.json else None  # the box hides what is outside
    sandbox.enter()
    table = Table()
    try:
        lab = Laboratory(straight=True)
        client, programs = laid_out(lab)
        reference = Reference(lab)
        ours = Side(lab.user, lambda: sum(p.cpu_seconds() for p in programs), 5201)
        plain = Side(reference.user, reference.cpu_seconds, 5202)
        for _ in range(options.rounds):
            for path in paths:
                take(client, path)
                measure(table, path, ours, plain, options.seconds)
                client.disconnect()
    except (CommandFailed, TimeoutError) as error:
        product.show_logs()
        print(f"Failed: {error}", file=sys.stderr)
        return 1
    if output:
        with output:
            json.dump(table.as_dictionary(paths), output, indent=1)
    return 0 if report(table, paths) else 1


if __name__ == "__main__":
    sys.exit(main())
