# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints what one hostile address costs a bystander, one row an attack. tests/attack/run builds and
starts it; --help says the rest."""
import argparse
import contextlib
import json
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [HERE] + [os.path.join(os.path.dirname(HERE), each) for each in ("netns", "server")]

import sandbox  # noqa: E402  (needs the path above)

API_P99_MS, RELAY_P99_MS = 250.0, 5.0
LOG_KB = 25.0  # a second; what one address can have written
BACK_MB = 8.0  # what is left after an attack and is no growth: pools, caches
QUIET_SECONDS, RUN_OUT_SECONDS, BACK_SECONDS = 3, 1.5, 15
PROBES = ("healthz", "server", "locations", "routing")

LEGEND = f"""
Measure: under attack the bystander's calls are all answered 200 and the p99 of each kind stays under
{API_P99_MS:g} ms; his relay session, on the same relay thread, loses nothing and its p99 (one way) stays under
{RELAY_P99_MS:g} ms; the server grows by at most 32 MB and comes back to within {BACK_MB:g} MB in {BACK_SECONDS} s; its
log grows by at most {LOG_KB:g} kB a second.
"cost" is what the attacker sends, headers included. The attacker runs at nice 19 on the last processor
only, server and bystander go before everything else on the machine: what is left of competition for the
CPU shows in the row "busy", where the attacker's processor is used up and nothing is sent. A row that
fails while "busy" fails as well says nothing, and a time counts only if it was short enough in the three
seconds before the attack. Every row has a server of its own with default limits, but for "announcements": its
1,200 people come from few addresses.
"""


def judge(row, limits_mb, timed):
    """What the row fails, in words. A time that was too long before the attack, too, is the machine's."""
    faults = []
    under, quiet = row["under"], row["quiet"]

    def slow(kind, limit):
        return timed and under[kind]["p99"] >= limit > quiet[kind]["p99"]
    if not row["alive"]:
        faults.append("the server ended")
    for probe in PROBES:
        figures = under[probe]
        if figures["bad"]:
            faults.append(f"{figures['bad']} of {figures['count']} {probe} calls failed")
        if slow(probe, API_P99_MS):
            faults.append(f"{probe} p99 {figures['p99']:.0f} ms")
    relay = under["relay"]
    if relay["lost"]:
        faults.append(f"relay lost {100 * relay['lost'] / max(relay['sent'], 1):.1f} %")
    if not relay["alive"]:
        faults.append("the relay session was closed")
    if slow("relay", RELAY_P99_MS):
        faults.append(f"relay p99 {relay['p99']:.1f} ms")
    memory = row["memory"]
    if memory["peak"] - memory["before"] > limits_mb:
        faults.append(f"memory +{memory['peak'] - memory['before']:.0f} MB")
    if memory["after"] - memory["before"] > BACK_MB:
        faults.append(f"memory stays +{memory['after'] - memory['before']:.0f} MB")
    if row["log"] > 1000 * LOG_KB:
        faults.append(f"log {row['log'] / 1000:.0f} kB/s")
    return faults


def perform(bed, attack, seconds, timed=True):
    """One row."""
    from attacks import Scene
    from bed import Attacker, Bystander, MemoryWatch, Target, wait_for
    with Target(*attack.options, unread=attack.unread) as target, Bystander(bed, target) as bystander:
        scene = Scene(bed, target, bystander, seconds + RUN_OUT_SECONDS)
        loads = attack.start(scene)
        time.sleep(1)
        bystander.phase()
        time.sleep(QUIET_SECONDS)
        quiet = bystander.phase()
        before, log_before, sent_before = target.resident_mb(), target.log_bytes(), bed.attacker_bytes()
        watch = MemoryWatch(target)
        began = time.monotonic()
        attackers = [Attacker(bed, target, mode, length, *options, **more)
                     for mode, length, options, more in loads]
        time.sleep(seconds)
        took = time.monotonic() - began
        sent, logged = bed.attacker_bytes() - sent_before, target.log_bytes() - log_before
        under = bystander.phase()
        outcomes = [attacker.outcome() for attacker in attackers]
        if attack.judge and target.alive():
            try:
                attack.judge(scene, under)
            except (OSError, ValueError, KeyError) as error:
                scene.faults.append(f"no answer: {error}")
        wait_for(lambda: target.resident_mb() - before <= BACK_MB, BACK_SECONDS)
        row = {"name": attack.name, "quiet": quiet, "under": under, "alive": target.alive(),
               "cost": sent / took, "log": logged / took, "outcomes": outcomes, "notes": scene.notes,
               "memory": {"before": before, "peak": watch.stop(), "after": target.resident_mb()}}
        row["faults"] = judge(row, attack.memory_mb, timed) + scene.faults
        return row


HEADER = (f"{'attack':20} {'cost':>11} {'healthz p99 ms':>15} {'API p99 ms':>13} {'failed':>6} "
          f"{'relay loss, p99 ms':>19} {'memory MB':>15} {'log':>8}")


def arrow(before, under, form):
    return f"{before:{form}} > {under:{form}}"


def line(row):
    quiet, under, memory = row["quiet"], row["under"], row["memory"]

    def slowest(figures):
        return max(figures[probe]["p99"] for probe in PROBES[1:])
    bad = sum(under[probe]["bad"] for probe in PROBES)
    calls = sum(under[probe]["count"] for probe in PROBES)
    relay = under["relay"]
    loss = (f"{100 * relay['lost'] / max(relay['sent'], 1):.1f}% "
            f"{arrow(quiet['relay']['p99'], relay['p99'], '.1f')}")
    text = (f"{row['name']:20} {row['cost'] / 1000:8.1f}kB/s "
            f"{arrow(quiet['healthz']['p99'], under['healthz']['p99'], '.0f'):>15} "
            f"{arrow(slowest(quiet), slowest(under), '.0f'):>13} {100 * bad / max(calls, 1):5.0f}% "
            f"{loss:>19} {memory['before']:4.0f}>{memory['peak']:4.0f}>{memory['after']:4.0f} "
            f"{row['log'] / 1000:6.1f}kB ")
    return text + ("FAILS: " + "; ".join(row["faults"]) if row["faults"] else "ok")


def chosen(attacks, names):
    if not names:
        return attacks
    wanted = names.split(",")
    unknown = set(wanted) - {each.name for each in attacks}
    if unknown:
        raise SystemExit("attack: no such attack: " + ", ".join(sorted(unknown)) + " (see --list)")
    return [each for each in attacks if each.name in wanted]


def main():
    parser = argparse.ArgumentParser(prog="tests/attack/run", description=__doc__)
    parser.add_argument("--only", metavar="NAME,...", help="these attacks alone")
    parser.add_argument("--seconds", type=float, default=10, help="how long each lasts (10)")
    parser.add_argument("--list", action="store_true", help="names and words, and nothing is done")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    parser.add_argument("--untimed", action="store_true",
                        help="judge answers, loss and memory alone: for machines that do other things")
    options = parser.parse_args()
    sys.path.insert(0, HERE)
    from attacks import ATTACKS
    attacks = chosen(ATTACKS, options.only)
    if options.list:
        for each in attacks:
            print(f"{each.name:20} {each.words}")
        return 0
    sandbox.enter()
    with contextlib.suppress(OSError):
        os.nice(-19)
    from bed import Bed
    bed = Bed()
    if not options.json:
        print(HEADER, flush=True)
    failed = 0
    for each in attacks:
        row = perform(bed, each, options.seconds, not options.untimed)
        failed += bool(row["faults"]) and not each.control
        print(json.dumps(row) if options.json else line(row), flush=True)
    if not options.json:
        print(LEGEND + f"{failed} of {sum(not each.control for each in attacks)} attacks harm a bystander")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
