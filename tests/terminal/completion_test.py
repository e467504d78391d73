# SPDX-License-Identifier: GPL-3.0-or-later
"""Completion in bash, zsh and fish, the real ones: they offer the commands, options and values that
the programs have, and the countries that the daemon has, without noise when it has none."""
import functools
import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "control"))

import help_text  # noqa: E402
import shells  # noqa: E402
from scripted import BIN, ScriptedDaemon, needs  # noqa: E402

COUNTRIES = {"locations": [
    {"country": country, "region": region, "nodes": 1, "available": 1, "load": 0, "latency": None}
    for country, region in (("DE", None), ("US", "US-CA"), ("DE", "DE-BE"), ("$(touch pwned)", "$(touch pwned)"),
                            ("de", "DE-;"), ("X;Y", "X;Y"))]}
PROGRAMS = ("higgs-vpnctl", "higgs-nodectl")


@functools.cache  # by each shell's test
def takes(program, command, option):
    """Whether the program takes the option with the command, by its own words. Nothing is done: after
    the options the number of arguments is looked at, and these are too many."""
    value = ["1"] if option in help_text.options_with_value(program) else []
    nobody = [] if option == "control" else ["--control", "/dev/null/nobody"]
    done = subprocess.run([f"{BIN}/{program}", command, f"--{option}", *value, *nobody, *"xxxxx"],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=20)
    if done.returncode != 2 and command != "exclude":  # that takes any number, but finds no daemon
        raise AssertionError(f"{program} {command} did something: {done}")
    return "does not take" not in done.stderr


class CompletionTest:
    """Of one shell; `name` is set by who inherits."""

    name = ""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.space = cls.directory.name
        cls.shell = shells.start(cls.name, f"{cls.space}/{cls.name}")
        if cls.shell is None:
            cls.directory.cleanup()
            print(f"skipped: {cls.name} is not installed")
            raise unittest.SkipTest(f"{cls.name} is not installed")
        cls.daemon = ScriptedDaemon(f"{cls.space}/d.sock", {"countries": [COUNTRIES]})
        cls.vpn = f"higgs-vpnctl --control {cls.space}/d.sock "

    @classmethod
    def tearDownClass(cls):
        cls.shell.close()
        cls.daemon.close()
        cls.directory.cleanup()

    def tearDown(self):
        self.assertEqual(self.shell.errors(), "")
        self.assertFalse(os.path.exists("pwned"))

    def offers(self, line, *words):
        found = self.shell.offers(line)
        if not words and not line.endswith("-"):
            # zsh names the options where no argument is left.
            found = [word for word in found if not word.startswith("--")]
        self.assertEqual(found, sorted(words), line)

    def test_commands(self):
        for program in PROGRAMS:
            commands = help_text.first_words(program, "commands")
            for before in ("", "--json ", "--control /x ", "--control=/x "):
                self.offers(f"{program} {before}", *commands)
            for command in commands:
                self.assertIn(command, self.shell.offers(f"{program} {command[:2]}"))
            self.offers(f"{program} nothing-like-it")

    def test_options(self):
        for program in PROGRAMS:
            for command in help_text.first_words(program, "commands"):
                wanted = [f"--{option}" for option in help_text.options(program)
                          if option in ("help", "version") or takes(program, command, option)]
                with self.subTest(program=program, command=command):
                    self.offers(f"{program} {command} --", *wanted)

    def test_countries_of_the_daemon(self):
        self.offers(self.vpn + "connect ", "DE", "DE-BE", "US", "US-CA")
        self.offers(self.vpn + "connect --json ", "DE", "DE-BE", "US", "US-CA")
        self.offers(self.vpn + "connect D", "DE", "DE-BE")
        self.offers(self.vpn + "connect DE-", "DE-BE")
        self.offers(self.vpn + "connect --via ", "DE", "US")
        self.offers(self.vpn + "connect DE ")
        self.offers(self.vpn + "set country ", "DE", "US", "any")
        self.offers(self.vpn + "set via ", "DE", "US", "none")
        self.offers(f"higgs-vpnctl set --control {self.space}/d.sock via ", "DE", "US", "none")
        self.offers(f"higgs-vpnctl --control={self.space}/d.sock connect U", "US", "US-CA")

    def test_a_daemon_that_is_not_there_or_says_nothing(self):
        self.offers(f"higgs-vpnctl --control {self.space}/none connect ")
        silent = socket.socket(socket.AF_UNIX)
        silent.bind(f"{self.space}/silent.sock")
        silent.listen()
        begun = time.monotonic()
        self.offers(f"higgs-vpnctl --control {self.space}/silent.sock connect ")
        self.assertLess(time.monotonic() - begun, 5)
        silent.close()
        os.unlink(f"{self.space}/silent.sock")

    def test_what_is_typed_is_never_executed(self):
        for word in ("$(touch pwned)", "`touch pwned`", ";touch pwned;", "'$(touch pwned)'"):
            self.shell.offers(f"higgs-vpnctl --control {word} connect ")
            self.shell.offers(f"higgs-vpnctl set {word} ")
        self.assertEqual(subprocess.run(["find", self.space, "-name", "pwned"], capture_output=True).stdout, b"")

    def test_settings(self):
        settings = help_text.settings("higgs-vpnctl")
        self.offers("higgs-vpnctl set ", *settings)
        for key, values in settings.items():
            wanted = [value for value in values if value.islower() and "," not in value]
            found = self.shell.offers(f"{self.vpn}set {key} ")
            self.assertEqual([value for value in found if value.islower()], sorted(wanted), key)
        self.offers("higgs-vpnctl set lockdown on ")
        self.offers("higgs-vpnctl --json set lan o", "off", "on")

    def test_values(self):
        self.offers("higgs-vpnctl connect --path ", "auto", "direct", "relay", "turn")
        self.offers("higgs-vpnctl connect --path d", "direct")
        self.offers("higgs-vpnctl pause ", "5", "15", "60")
        self.offers("higgs-vpnctl log --lines ")
        self.offers("higgs-vpnctl server ")

    def test_values_of_the_node(self):
        self.offers("higgs-nodectl pause ", "15", "60", "tomorrow")
        self.offers("higgs-nodectl limits --battery ", "share", "stop")
        self.offers("higgs-nodectl limits --monthly ")
        self.offers("higgs-nodectl limits --good-neighbour o", "off", "on")
        self.offers("higgs-nodectl limits --port-mapping o", "off", "on")
        self.offers("higgs-nodectl set ", "country", "region")
        self.offers("higgs-nodectl schedule mon", "mon", "mon-fri")
        self.offers("higgs-nodectl schedule mon-fri 9-17 ", "off", "on")

    def test_programs_to_exclude(self):
        self.assertIn("higgs-nodectl", self.shell.offers("higgs-vpnctl exclude -- higgs-nodec"))

    def test_files(self):
        found = self.shell.offers(f"higgs-vpnctl --control {self.space}/d.so")
        self.assertTrue(any(word.endswith("d.sock") for word in found), found)


class BashTest(CompletionTest, unittest.TestCase):
    name = "bash"


class ZshTest(CompletionTest, unittest.TestCase):
    name = "zsh"


class FishTest(CompletionTest, unittest.TestCase):
    name = "fish"


if __name__ == "__main__":
    needs(*PROGRAMS)
    unittest.main()
