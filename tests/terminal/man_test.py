# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual pages: mandoc finds no fault in them, and each says of its program exactly what the
program's --help says."""
import re
import shutil
import subprocess
import sys
import unittest

import help_text

PAGES = {"higgs-vpnctl": 1, "higgs-vpn": 1, "higgs-nodectl": 1, "higgs-node": 1, "higgs-vpnd": 8,
         "higgs-noded": 8, "boson-server": 8, "higgs-exclude": 8}


def page(program):
    return f"{help_text.SOURCE}/installer/man/{program}.{PAGES[program]}"


def read(program):
    with open(page(program)) as file:
        return file.read()


def section(program, name):
    text = read(program)
    return text.split(f".Sh {name}\n")[1].split("\n.Sh ")[0] if f".Sh {name}\n" in text else ""


def items(program, name, macro):
    """What stands first in the tags of a section's list."""
    found = []
    for line in section(program, name).splitlines():
        if line.startswith(f".It {macro} "):
            words = line.split()[2:]
            found.append(words[0])
            if "," in words:
                found.append(words[words.index(",") + 1])
    return found


def built():
    missing = [program for program in PAGES if not help_text.is_built(program)]
    if missing:
        print("not compared, because not built:", *missing)
    return [program for program in PAGES if program not in missing]


class ManTest(unittest.TestCase):
    def test_mandoc_finds_no_fault(self):
        for program in PAGES:
            for check in (["-T", "lint", "-W", "warning"], ["-T", "utf8", "-W", "warning"]):
                with self.subTest(program=program, check=check[1]):
                    done = subprocess.run(["mandoc", *check, page(program)], capture_output=True, text=True)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    if check[1] == "lint":
                        self.assertEqual(done.stdout, "")
                    else:
                        self.assertIn(program.upper(), done.stdout.split("\n")[0])

    def test_options(self):
        for program in built():
            with self.subTest(program=program):
                described = [name.lstrip("-") for name in items(program, "OPTIONS", "Fl")]
                self.assertEqual(sorted(described), sorted(help_text.options(program)))

    def test_commands(self):
        for program in built():
            with self.subTest(program=program):
                self.assertEqual(sorted(items(program, "COMMANDS", "Cm")),
                                 sorted(help_text.first_words(program, "commands")))

    def test_settings(self):
        self.assertEqual(items("higgs-vpnctl", "SETTINGS", "Cm"), list(help_text.settings("higgs-vpnctl")))

    def test_limits(self):
        self.assertEqual(items("boson-server", "LIMITS", "Cm"), help_text.first_words("boson-server", "limits"))

    def test_defaults(self):
        """A path or a number that both name as a default is the same."""
        for program in built():
            text = re.sub(r"\s+", " ", re.sub(r"^\.\w+ ?", "", read(program), flags=re.MULTILINE))
            for line in help_text.sections(program).get("options", []):
                for default in re.findall(r"default (/\S+?|higgs\S+?|\d+)\)", line):
                    self.assertTrue(default in text, f"{program}: {line}")

    def test_pages_that_are_named_exist(self):
        for program in PAGES:
            for name, number in re.findall(r"\.Xr ((?:higgs|boson)\S*) (\d)", read(program)):
                self.assertEqual(PAGES.get(name), int(number), f"{program} names {name}({number})")


if __name__ == "__main__":
    if shutil.which("mandoc") is None:
        print("skipped: mandoc is not installed")
        sys.exit(77)
    if not help_text.is_built("higgs-vpnctl"):
        print("skipped: higgs-vpnctl is not built")
        sys.exit(77)
    unittest.main()
