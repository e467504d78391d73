# SPDX-License-Identifier: GPL-3.0-or-later
"""The account of a run: one row a claim, with what was seen."""
import sys
import time

from channel import GuestFailed
from host import CommandFailed

SEEN_AT_MOST = 220


class Table:
    def __init__(self):
        self.rows, self.step = [], ""

    def __call__(self, claim, held, seen=""):
        """Notes a claim, and tells it at once; returns whether it held."""
        seen = " ".join(str(seen).split())[:SEEN_AT_MOST]
        self.rows.append((self.step, claim, bool(held), seen))
        print(f"{time.strftime('%T')} {'ok   ' if held else 'FAULT'} {claim}" + (f" [{seen}]" if seen else ""),
              flush=True)
        return held

    def equal(self, claim, seen, wanted):
        return self(claim, seen == wanted, seen if seen == wanted else f"{seen!r}, not {wanted!r}")

    def holds(self, claim, machine, command, user=None):
        """A command in a guest succeeds; what it printed last is what was seen."""
        status, said = machine.ask(command, user=user)
        return self(claim, status == 0, " ".join(said.strip().splitlines()[-3:]))

    def within(self, claim, wait):
        """wait() returns something before its time is over."""
        begun = time.monotonic()
        try:
            seen = wait()
        except TimeoutError as error:
            return self(claim, False, error)
        return self(claim, True, f"{time.monotonic() - begun:.1f} s" + (f", {seen}" if seen else ""))

    def play(self, name, body, *arguments):
        """One step; what breaks it off is a row of its own, and the next step goes on."""
        self.step, begun = name, time.monotonic()
        print(f"{time.strftime('%T')} ----- {name}", flush=True)
        try:
            body(*arguments)
        except (GuestFailed, CommandFailed, TimeoutError, OSError) as error:
            self("the step went to its end", False, error)
        print(f"{time.strftime('%T')} ----- {name}: {time.monotonic() - begun:.0f} s", flush=True)

    def print(self):
        width = max((len(claim) for _, claim, _, _ in self.rows), default=0)
        print(f"\n{'step':<11} {'claim':<{width}} verdict  seen")
        for step, claim, held, seen in self.rows:
            print(f"{step:<11} {claim:<{width}} {'ok   ' if held else 'FAULT'}    {seen}")
        failed = sum(not held for _, _, held, _ in self.rows)
        print(f"\n{len(self.rows) - failed} hold, {failed} do not", flush=True)
        sys.stdout.flush()
        return failed
