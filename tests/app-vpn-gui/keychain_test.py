#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The access key and a real Secret Service, on a session bus of the test's own: kept over restarts,
read back, forgotten; with a locked, an absent and an unreachable keychain kept in memory only. And
nowhere in clear text: no file of the person's, no argument, no output, not on the bus.

    keychain_test.py [--rounds N]
"""
import argparse
import base64
import contextlib
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time

PROBE = os.path.join(os.environ.get("HIGGS_BUILD", "build/release"), "tests/vpn_keychain_probe")
TOOLS = ("dbus-daemon", "dbus-send", "dbus-monitor", "gnome-keyring-daemon")
SERVICE = "org.freedesktop.secrets"
PATIENCE = 90  # seconds, on a busy machine

# No folder of services: nothing is started on demand, and no prompt can appear.
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={0}/bus</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""


def wait_for(what, condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"waited in vain for {what}")
        time.sleep(0.02)


def spellings(key):
    """The key as it could stand in a file."""
    raw = key.encode()
    yield from (raw, key.encode("utf-16-le"), raw.hex().encode(), raw.hex().upper().encode())
    for shift in range(3):  # inside a longer base64 text
        whole = base64.b64encode(b"\0" * shift + raw)
        yield whole[(0, 4, 4)[shift]:-4]


def traces(key, folder, extra=()):
    """Where the key can be read, in the files of the folder and in other texts."""
    found = [name for name, text in extra if any(each in text for each in spellings(key))]
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    text = file.read()
                if any(each in text for each in spellings(key)):
                    found.append(path)
    return found


class Desktop:
    """A person's home and session bus, and a keychain that comes and goes."""

    def __init__(self, home):
        self.home = home
        self.run = os.path.join(home, "run")
        os.mkdir(self.run, 0o700)
        self.env = {"PATH": os.environ["PATH"], "HOME": home, "LC_ALL": "C.UTF-8",
                    "XDG_RUNTIME_DIR": self.run, "QT_QPA_PLATFORM": "offscreen",
                    "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.run}/bus"}
        for name, folder in (("CONFIG", ".config"), ("DATA", ".local/share"), ("CACHE", ".cache")):
            self.env[f"XDG_{name}_HOME"] = os.path.join(home, folder)
        self.password = secrets.token_hex(16)
        self.keyring = None
        self.started = []
        self.said = []  # (what it is, text) of everything that a program of ours showed

    def start(self, command, **options):
        process = subprocess.Popen(command, env=self.env, cwd=self.home, **options)
        self.started.append(process)
        return process

    def start_bus(self):
        config = os.path.join(self.run, "bus.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(BUS.format(self.run))
        self.start(["dbus-daemon", "--config-file", config, "--nofork"],
                   stderr=subprocess.DEVNULL)
        wait_for("the bus", lambda: os.path.exists(f"{self.run}/bus"))
        self.heard = open(os.path.join(self.home, "bus.capture"), "wb")
        self.start(["dbus-monitor", "--binary"], stdout=self.heard, stderr=subprocess.DEVNULL)
        wait_for("the capture", lambda: os.path.getsize(self.heard.name) > 0)

    def has_keychain(self):
        answer = subprocess.run(
            ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/",
             "org.freedesktop.DBus.NameHasOwner", f"string:{SERVICE}"],
            env=self.env, capture_output=True, text=True, timeout=PATIENCE, check=False)
        return "boolean true" in answer.stdout

    def start_keychain(self, unlocked):
        self.stop_keychain()
        command = ["gnome-keyring-daemon", "--foreground", "--components=secrets",
                   f"--control-directory={self.run}/keyring"]
        self.keyring = self.start(command + (["--unlock"] if unlocked else []),
                                  stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        self.keyring.stdin.write(self.password.encode() if unlocked else b"")
        self.keyring.stdin.close()
        wait_for("the keychain", self.has_keychain)

    def stop_keychain(self):
        if self.keyring is None:
            return
        self.keyring.terminate()
        self.keyring.wait(PATIENCE)
        self.keyring = None
        wait_for("the keychain to go", lambda: not self.has_keychain())

    def ask(self, verb, key="", meanwhile=None):
        """One run of a program with the product's store; it is looked at while it still stands.
        `meanwhile` takes what it says first, and then it goes on."""
        probe = self.start([PROBE, verb], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE)
        probe.stdin.write(key.encode() + b"\n")
        probe.stdin.flush()
        if meanwhile:
            meanwhile(json.loads(probe.stdout.readline()))
            probe.stdin.write(b"\n")
            probe.stdin.flush()
        answer = probe.stdout.readline()
        for name in ("cmdline", "environ"):
            with open(f"/proc/{probe.pid}/{name}", "rb") as file:
                self.said.append((f"{name} of {verb}", file.read()))
        out, err = probe.communicate(timeout=PATIENCE)
        self.said.append((f"output of {verb}", answer + out + err))
        if probe.returncode != 0 or not answer:
            sys.exit(f"{verb} failed with {probe.returncode}: {err.decode(errors='replace')}")
        return json.loads(answer)

    def end(self):
        for process in reversed(self.started):
            if process.poll() is None:
                process.kill()
            process.wait()


def expect(what, got, **wanted):
    for name, value in wanted.items():
        if got.get(name) != value:
            sys.exit(f"{what}: {name} is {got.get(name)!r} instead of {value!r}: {got}")


def digest(key):
    return hashlib.sha256(key.encode()).hexdigest()


def expect_session_only(desktop, what, key):
    """A keychain that does not work: said so, nothing lost while the program runs."""
    told = desktop.ask("write", key)
    expect(what, told, home="session", secret=digest(key))
    if bool(told["reason"]) == (what == "locked"):
        sys.exit(f"{what}: the reason given is {told['reason']!r}")
    told = desktop.ask("window-keep", key)
    expect(what, told, secret=digest(key))
    said = "keychain is locked" if what == "locked" else "keychain is missing or does not work. It says: "
    if said not in told["texts"]:
        sys.exit(f"{what}: the window does not say so:\n{told['texts']}")
    expect(what, desktop.ask("forget"), forgotten=False)
    expect(f"{what}, after a restart", desktop.ask("read"), secret=None)


def unlocked_keychain(desktop, first, second):
    desktop.start_keychain(unlocked=True)
    expect("at first", desktop.ask("read"), home="keychain", reason="", secret=None)
    told = desktop.ask("window-keep", first)
    expect("entered in the settings", told, secret=digest(first))
    if "kept in this desktop's keychain" not in told["texts"]:
        sys.exit(f"the window does not say where the key is:\n{told['texts']}")
    expect("after a restart", desktop.ask("read"), home="keychain", secret=digest(first))
    expect("window after a restart", desktop.ask("window-start"), secret=digest(first))
    expect("replaced", desktop.ask("write", second), home="keychain", secret=digest(second))
    desktop.start_keychain(unlocked=True)
    expect("next login", desktop.ask("read"), home="keychain", secret=digest(second))
    desktop.ask("window-forget")
    expect("forgotten", desktop.ask("read"), home="keychain", secret=None)
    expect("forgotten twice", desktop.ask("forget"), home="keychain", forgotten=True)


def broken_keychains(desktop, kept, tried):
    expect("before", desktop.ask("write", kept), home="keychain")
    desktop.start_keychain(unlocked=False)
    expect_session_only(desktop, "locked", tried)
    desktop.stop_keychain()
    expect_session_only(desktop, "absent", tried)
    bus = desktop.env["DBUS_SESSION_BUS_ADDRESS"]
    desktop.env["DBUS_SESSION_BUS_ADDRESS"] = bus + ".nowhere"
    expect_session_only(desktop, "no bus", tried)
    desktop.env["DBUS_SESSION_BUS_ADDRESS"] = bus
    desktop.start_keychain(unlocked=True)
    expect("unlocked again", desktop.ask("read"), home="keychain", secret=digest(kept))
    desktop.stop_keychain()

    def appear(told):
        expect("not there yet", told, home="session")
        desktop.start_keychain(unlocked=True)

    expect("comes meanwhile", desktop.ask("recover", tried, appear), home="keychain", reason="")
    expect("after that", desktop.ask("read"), home="keychain", secret=digest(tried))


def check_no_traces(desktop, keys):
    canary = secrets.token_hex(20)  # the search finds what is there
    for number, text in enumerate(spellings(canary)):
        path = os.path.join(desktop.home, f"canary-{number}")
        with open(path, "wb") as file:
            file.write(b"x" + text + b"y")
        if traces(canary, desktop.home) != [path]:
            sys.exit(f"the search does not find spelling {number}")
        os.remove(path)
    desktop.heard.flush()
    with open(desktop.heard.name, "rb") as file:
        if b"vpn.example.net:3000" not in file.read():
            sys.exit("the capture of the bus does not show the store's questions")
    for key in keys:
        found = traces(key, desktop.home, desktop.said)
        if found:
            sys.exit(f"the key can be read in: {', '.join(found)}")


def one_round():
    keys = [secrets.token_hex(20) for _ in range(4)]
    with tempfile.TemporaryDirectory(prefix="higgs-keychain-") as home:
        desktop = Desktop(home)
        with contextlib.ExitStack() as ends:
            ends.callback(desktop.end)
            desktop.start_bus()
            unlocked_keychain(desktop, keys[0], keys[1])
            check_no_traces(desktop, keys)
            broken_keychains(desktop, keys[2], keys[3])
            check_no_traces(desktop, keys)
            return len(desktop.said)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=1)
    rounds = parser.parse_args().rounds
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        print(f"skipped: {', '.join(missing)} not installed")
        return 77
    for number in range(rounds):
        begun = time.monotonic()
        looked = one_round()
        print(f"round {number + 1}: kept, read back, forgotten; locked, absent and no bus said so; "
              f"no trace in the home, on the bus or in {looked} outputs and arguments "
              f"({time.monotonic() - begun:.1f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
