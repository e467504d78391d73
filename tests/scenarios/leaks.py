# SPDX-License-Identifier: GPL-3.0-or-later
"""What leaves a machine past its kill switch: leaks.py --rounds 20 [--only NAME]... [--seed N]
leaks.py --mutate spoils the kill switch instead, and fails if that goes unseen.

Every transition is played so many times, at random moments, while probes try to get out every 10 ms
and the router at the other end of the cable notes every packet. Prints a table, and exits with 1
when one packet left that must not, when a sort of probe was not seen while nothing hindered it, or
when the machine was not given back as it was.
"""
import argparse
import secrets
import sys
import time

import product
import sandbox
from leaks_attacks import ATTACKS
from leaks_containers import CONTAINERS
from leaks_damage import DAMAGE
from leaks_judgement import Tally
from leaks_laboratory import LeakLaboratory
from leaks_mutations import mutate
from leaks_settings import SETTINGS
from leaks_transitions import ENDS_BY_DISCONNECT, Skipped, TRANSITIONS

GROUPS = {"transitions": TRANSITIONS, "settings": SETTINGS, "attacks": ATTACKS,
          "damage": DAMAGE, "containers": CONTAINERS}
ALL = {name: play for group in GROUPS.values() for name, play in group.items()}


def tell(tally):
    print(tally.line(), flush=True)
    for kind, count in tally.leaked_kinds().items():
        print(f"    leaked: {count} x {' '.join(map(str, kind))}")
    for packet in tally.leaked[:5]:
        print(f"    {packet}")
    for fault in tally.faults[:10]:
        print(f"    {fault}", flush=True)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=20)
    arguments.add_argument("--only", action="append", choices=[*GROUPS, *ALL], metavar="NAME",
                           help=f"one of {', '.join([*GROUPS, *ALL])}; may be repeated")
    arguments.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32))
    arguments.add_argument("--mutate", action="store_true",
                           help="spoil the kill switch, to show that the laboratory would see it")
    arguments.add_argument("--straight", action="store_true",
                           help="let sessions find a way past the relay, which they then take")
    arguments.add_argument("--turn", action="store_true", help="every session by a TURN server")
    arguments.add_argument("--mapping", action="store_true",
                           help="the daemon may ask the router to open its port, and sessions go by it")
    options = arguments.parse_args()
    for name in ("boson-server", "higgs-noded", "higgs-vpnd", "higgs-vpnctl"):
        product.program(name)
    sandbox.enter()
    if options.mutate:
        return 0 if mutate(LeakLaboratory(options.seed)) else 1
    print(f"seed {options.seed}, {options.rounds} rounds each. The last columns: how often each sort "
          "of probe\nwas seen when nothing hindered it, before and after each round. Early: at most so "
          "many ms\nbefore its word the daemon had opened the line, when it was told to.")
    lab = LeakLaboratory(options.seed, options.straight, options.turn, options.mapping)
    print(Tally.head(), flush=True)
    held, begun = True, time.monotonic()
    for name in [one for name in options.only or GROUPS for one in GROUPS.get(name, [name])]:
        tally = Tally(name)
        end = LeakLaboratory.disconnect if name in ENDS_BY_DISCONNECT else None
        try:
            for number in range(options.rounds):
                lab.play(name, ALL[name], number, tally, end)
        except Skipped as reason:
            print(f"{name}: skipped: {reason}", flush=True)
            continue
        tell(tally)
        held = held and tally.held()
    for way, wanted in (("TURN", options.turn), ("port mapping", options.mapping)):
        if wanted:
            print(f"{lab.ways[way]} packets of the daemon's own for {way}")
            held = held and lab.ways[way] > 0
    print(f"{'Nothing leaked' if held else 'FAULT'}: {time.monotonic() - begun:.0f} s, seed {options.seed}")
    if not held:
        product.show_logs()
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
