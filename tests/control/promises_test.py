# SPDX-License-Identifier: GPL-3.0-or-later
"""higgs-vpnd's promises, under whatever order of requests, crashes and restarts: a random walk through
its verbs, in a network namespace. While lockdown is on the kill switch stands at every moment that can
be seen, and the status never says of the traffic what is not so.

usage: promises_test.py [--rounds N] [--seed N]"""
import ctypes
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

from scripted import BIN, needs

PIN = "ab" * 32
NODE = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
CLONE_NEWNET = 0x40000000
OPEN = "disconnected"


def run(*argv):
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)


def blocked():
    return "table inet higgs_vpn\n" in run("/usr/sbin/nft", "list", "tables").stdout


class Watch(threading.Thread):
    """Looks as often as it can whether the table is there while it must be."""

    def __init__(self):
        super().__init__(daemon=True)
        self.due = threading.Event()
        self.looks, self.gaps = 0, 0
        self.start()

    def run(self):
        while True:
            self.due.wait()
            there = blocked()
            # Only if it was due before and after: the answer is of some moment in between.
            if self.due.is_set():
                self.looks += 1
                self.gaps += not there


class Walk:
    def __init__(self, space, seed):
        self.space, self.random, self.watch = space, random.Random(seed), Watch()
        self.log = open(f"{space}/log", "w")
        self.daemon, self.steps = None, []
        self.start()

    def options(self):
        return ["--data-dir", f"{self.space}/vpn", "--control", f"{self.space}/vpn.sock"]

    def ctl(self, *words):
        return run(f"{BIN}/higgs-vpnctl", "--control", f"{self.space}/vpn.sock", *words)

    def status(self):
        return json.loads(self.ctl("status", "--json").stdout)

    def start(self):
        self.daemon = subprocess.Popen([f"{BIN}/higgs-vpnd", *self.options()], stderr=self.log)
        end = time.monotonic() + 15
        while self.ctl("status").returncode != 0:
            if self.daemon.poll() is not None or time.monotonic() > end:
                raise AssertionError("higgs-vpnd does not start")
            time.sleep(0.02)

    def end(self, number):
        self.daemon.send_signal(number)
        self.daemon.wait(15)

    # What a person, or fate, may do next.

    def connect(self):
        self.ctl("connect", "DE")

    def connect_refused(self):
        self.ctl("connect", "--path", "turn")

    def connect_to_node(self):
        self.ctl("connect", "--node", NODE)

    def disconnect(self):
        assert self.ctl("disconnect").returncode == 0, "disconnect always works"

    def lock(self):
        assert self.ctl("set", "lockdown", "on").returncode == 0, "lockdown can always be switched on"
        self.watch.due.set()

    def unlock(self):
        self.watch.due.clear()
        assert self.ctl("set", "lockdown", "off").returncode == 0, "lockdown can always be switched off"

    def settings(self):
        self.ctl("set", "lan", self.random.choice(("on", "off")))
        self.ctl("set", "dns", self.random.choice(("node", "192.0.2.53", "192.0.2.53,2001:db8::53")))
        self.ctl("set", "autoconnect", self.random.choice(("on", "off")))

    def pause(self):
        self.ctl("pause", "5")

    def resume(self):
        self.ctl("resume")

    def server(self):
        self.ctl("server", self.random.choice(("https://127.0.0.1:1", "https://127.0.0.2:1")), "--pin", PIN)

    def restore(self):
        self.watch.due.clear()
        assert self.ctl("restore-network").returncode == 0, "the machine can always be given back"
        self.given_back()

    def restart(self):
        self.end(signal.SIGTERM)
        self.start()

    def crash(self):
        self.end(signal.SIGKILL)
        self.start()

    def crash_and_restore(self):
        self.end(signal.SIGKILL)
        self.watch.due.clear()
        assert self.ctl("restore-network").returncode == 0, "also without the daemon"
        self.given_back()
        self.start()

    @staticmethod
    def given_back():
        assert not blocked(), "given back, the line is open"
        assert "3" not in {line.split(":")[0] for line in run("ip", "rule").stdout.splitlines()}, "no rule is left"

    def check(self):
        for _ in range(50):  # what begins by itself may lie between two looks
            status = self.status()
            block = blocked()
            if status == self.status():
                break
        state = status["state"]
        assert status["killSwitch"] == block, f"killSwitch is {status['killSwitch']}, the table {block}"
        assert block or not status["lockdown"], "lockdown is on and the line open"
        assert block == (state != OPEN), f"{state}, and the table {block}"
        assert status["lockdown"] == (status["settings"]["lockdown"] == "on"), "one lockdown, told twice"
        assert status["lockdown"] == self.watch.due.is_set(), "lockdown is as it was set"
        if status["pausedUntil"] is not None:
            assert state == OPEN and not status["lockdown"], f"paused, and {state}"
        if status["server"] is None:
            assert state in (OPEN, "blocked"), f"no server, and {state}"
        assert self.watch.gaps == 0, "under lockdown the kill switch was away for a moment"

    def step(self):
        steps = (self.connect, self.connect, self.connect_refused, self.connect_to_node, self.disconnect,
                 self.lock, self.lock, self.unlock, self.settings, self.pause, self.pause, self.resume,
                 self.server, self.restore, self.restart, self.crash, self.crash_and_restore)
        step = self.random.choice(steps)
        self.steps.append(step.__name__)
        step()
        self.check()


def sees_gaps(walk):
    """The positive control: the table is taken away behind everybody's back."""
    looks = walk.watch.looks
    walk.watch.due.set()
    run("/usr/sbin/nft", "delete", "table", "inet", "higgs_vpn")
    end = time.monotonic() + 10
    while walk.watch.gaps == 0 and time.monotonic() < end:
        time.sleep(0.02)
    return walk.watch.gaps > 0 and looks > 0


def option(name, default):
    return int(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else default


def main():
    needs("higgs-vpnd", "higgs-vpnctl")
    if os.geteuid() != 0 or ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        print("skipped: a network namespace needs root")
        return 77
    run("ip", "link", "set", "lo", "up")
    rounds, seed = option("--rounds", 120), option("--seed", random.SystemRandom().randrange(1 << 32))
    with tempfile.TemporaryDirectory() as space:
        walk = Walk(space, seed)
        try:
            for _ in range(rounds):
                walk.step()
        except AssertionError as fault:
            print(f"FAULT after {len(walk.steps)} steps (--seed {seed}): {fault}\n  ..." + ", ".join(walk.steps[-12:]))
            print(json.dumps(walk.status(), indent=1))
            with open(f"{space}/log") as log:
                print("".join(log.readlines()[-25:]))
            return 1
        finally:
            walk.daemon.kill()
            walk.daemon.wait()
        if not sees_gaps(walk):
            print("FAULT the watch does not see a table that is gone: nothing is proven")
            return 1
        print(f"ok {rounds} steps, {walk.watch.looks} looks under lockdown (--seed {seed})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
