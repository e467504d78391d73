# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole system, relayed, against wireguard-go alone over the same cables in the same run.

Rounds alternate between the two, medians are printed. The bare way is shut for both: by the kill
switch for the product, by a firewall rule for the reference.
"""
import argparse
import os
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "scenarios"))

import product  # noqa: E402
from addresses import EXIT4  # noqa: E402
import sandbox  # noqa: E402
from host import CommandFailed  # noqa: E402
from measure import Reference, median, round_trips, saturated, throughput  # noqa: E402
from topology import Laboratory  # noqa: E402

CONNECTS = 5


class Figures:
    def __init__(self):
        self.values = {}

    def note(self, side, name, value):
        self.values.setdefault((side, name), []).append(value)

    def __getitem__(self, key):
        return median(self.values.get(key, []))


def measure_round(figures, side, host, cpu, seconds, port):
    """cpu() is the sum of CPU seconds that the side's programs have used."""
    figures.note(side, "idle", median(round_trips(host, 200, 0.01)[0]))
    for name, reverse in (("up", False), ("down", True)):
        begun = cpu()
        speed, moved = throughput(host, seconds, reverse, port)
        figures.note(side, name, speed)
        figures.note(side, "cpu " + name, (cpu() - begun) / (moved / 1e9))
    figures.note(side, "loaded", median(saturated(host, seconds, port=port)))


def connect_times(figures, client, count):
    for _ in range(count):
        begun = time.monotonic()
        client.ctl("connect", "US", "--wait=15")
        address = client.exit4()
        if address != EXIT4:
            raise CommandFailed(f"connected, and the web server sees {address or 'nothing'}")
        figures.note("higgs", "connect", time.monotonic() - begun)
        client.disconnect()


def rows(f):
    """(what, Higgs, wireguard-go alone, value to judge, floor, aim, as text)"""
    def against(name):
        return f"{f['higgs', name]:.0f}", f"{f['wg', name]:.0f}", f["higgs", name] / f["wg", name]

    for name in ("up", "down"):
        ours, plain, ratio = against(name)
        yield f"TCP {name}, Mbit/s", ours, plain, ratio, (">=", 0.60), "x"
    for name, floor in (("idle", 0.8), ("loaded", 9.0)):
        yield (f"RTT p50 {name}, ms", f"{f['higgs', name]:.2f}", f"{f['wg', name]:.2f}",
               f["higgs", name], ("<=", floor), " ms")
    for name in ("up", "down"):
        ours, plain = f["higgs", "cpu " + name], f["wg", "cpu " + name]
        yield f"CPU s/GB {name}, all programs", f"{ours:.1f}", f"{plain:.1f}", ours / plain, None, "x"
    yield ("connect to first byte, s", f"{f['higgs', 'connect']:.2f}", "-", f["higgs", "connect"],
           ("<=", 1.5), " s")


AIMS = {"RTT p50 idle, ms": "0.5 ms", "RTT p50 loaded, ms": "4 ms", "connect to first byte, s": "0.5 s"}


def report(figures):
    """Prints the table; returns whether every floor was kept."""
    kept = True
    print(f"{'whole system, relayed':<32}{'Higgs':>10}{'wg-go alone':>13}{'ratio':>8}"
          f"{'floor':>10}{'aim':>9}")
    for what, ours, plain, value, floor, unit in rows(figures):
        verdict = limit = ""
        if floor:
            good = value >= floor[1] if floor[0] == ">=" else value <= floor[1]
            kept, verdict = kept and good, "  pass" if good else "  SHORT"
            limit = f"{floor[1]:g}{unit}"
        ratio = f"{float(ours) / float(plain):.2f}x" if plain != "-" else "-"
        print(f"{what:<32}{ours:>10}{plain:>13}{ratio:>8}{limit:>10}{AIMS.get(what, '-'):>9}{verdict}")
    return kept


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=int, default=5)
    options = arguments.parse_args()
    for name in ("boson-server", "higgs-noded", "higgs-vpnd", "higgs-vpnctl"):
        product.program(name)
    sandbox.enter()
    figures = Figures()
    try:
        lab = Laboratory()
        whole = product.Whole(lab)
        reference = Reference(lab)
        connect_times(figures, whole.client, CONNECTS)
        whole.client.connect()
        programs = (whole.server.process, whole.node.process, whole.client.process)
        for _ in range(options.rounds):
            measure_round(figures, "wg", reference.user, reference.cpu_seconds, options.seconds, 5202)
            measure_round(figures, "higgs", lab.user,
                          lambda: sum(p.cpu_seconds() for p in programs), options.seconds, 5201)
    except (CommandFailed, TimeoutError) as error:
        product.show_logs()
        print(f"Failed: {error}", file=sys.stderr)
        return 1
    return 0 if report(figures) else 1


if __name__ == "__main__":
    sys.exit(main())
