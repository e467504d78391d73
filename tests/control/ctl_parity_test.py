# SPDX-License-Identifier: GPL-3.0-or-later
"""What higgs-vpnctl has besides connecting: settings, pause, server, invitation, access key, log,
and JSON of every command and of every error."""
import json
import os
import pty
import select
import subprocess
import time
import unittest

from scripted import BIN, ProgramTest, needs

PIN = "ab" * 32
DOTTED = ":".join(["AB"] * 32)
SETTINGS = {"country": "any", "path": "auto", "via": "none", "autoconnect": "off", "lockdown": "off",
            "lan": "off", "dns": "node"}
STATUS = {"state": "disconnected", "killSwitch": False, "rxBytes": 0, "txBytes": 0,
          "controlVersion": 2, "switching": False, "health": None, "pausedUntil": None,
          "lockdown": False, "server": {"host": "boson.example", "port": 3000, "pin": PIN},
          "accessKey": "none", "settings": SETTINGS, "request": None}
CONNECTED = {**STATUS, "state": "connected", "health": "unstable", "killSwitch": True}


class ParityTest(ProgramTest):
    def asked(self):
        return self.daemon.asked

    def test_status(self):
        text = self.vpn({"status": [CONNECTED]}, "status").stdout
        for word in ("Health        unstable", "Lockdown      off", "Server        boson.example:3000"):
            self.assertIn(word, text)
        left = {"country": "DE", "region": None, "nodeId": None, "request": {}, "carries": True}
        self.assertIn("your traffic still leaves", self.vpn(
            {"status": [{**STATUS, "state": "connecting", "switching": True, "killSwitch": True,
                         "switchingFrom": left}]}, "status").stdout)
        self.assertIn("Switching", self.vpn(
            {"status": [{**STATUS, "state": "connecting", "switching": True}]}, "status").stdout)
        until = int((time.time() + 600) * 1000)
        text = self.vpn({"status": [{**STATUS, "pausedUntil": until}]}, "status").stdout
        self.assertIn("Paused until " + time.strftime("%H:%M", time.localtime(until / 1000)), text)
        locked = {**STATUS, "state": "blocked", "problem": "lockdown", "lockdown": True, "killSwitch": True}
        text = self.vpn({"status": [locked]}, "status").stdout
        self.assertIn("lockdown is on", text)
        self.assertNotIn("Problem", text)
        text = self.vpn({"status": [{**STATUS, "problem": "no_server", "server": None}]}, "status").stdout
        self.assertIn("higgs-vpnctl server URL", text)
        self.assertNotIn("Server  ", text)

    def test_disconnect_under_lockdown_is_success(self):
        locked = {**STATUS, "state": "blocked", "problem": "lockdown", "lockdown": True, "killSwitch": True}
        leaving = {**CONNECTED, "state": "disconnecting"}
        table = {"subscribe": [CONNECTED], "disconnect": [leaving, leaving, locked]}
        done = self.vpn(table, "disconnect")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("Lockdown is on", done.stdout)
        done = self.vpn(table, "disconnect", "--json")
        self.assertEqual(json.loads(done.stdout)["problem"], "lockdown")

    def test_settings(self):
        done = self.vpn({"set": [SETTINGS]}, "settings")
        self.assertEqual(done.stdout.splitlines(),
                         sorted(f"{key} = {value}" for key, value in SETTINGS.items()))
        self.assertEqual(self.asked(), [("set", {})])
        self.assertEqual(json.loads(self.vpn({"set": [SETTINGS]}, "settings", "--json").stdout), SETTINGS)
        for key, value in (("dns", "192.0.2.1,2001:db8::1"), ("lan", "on"), ("via", "FR")):
            self.assertEqual(self.vpn({"set": [SETTINGS]}, "set", key, value).returncode, 0)
            self.assertEqual(self.asked(), [("set", {"key": key, "value": value})])
        self.fails(self.vpn({"set": [("error", "invalid_argument", "lan must be on or off")]},
                            "set", "lan", "x"), "lan must be")

    def test_pause_and_resume(self):
        until = int((time.time() + 300) * 1000)
        done = self.vpn({"pause": [{**STATUS, "pausedUntil": until}]}, "pause", "5")
        self.assertIn("Paused until " + time.strftime("%H:%M", time.localtime(until / 1000)), done.stdout)
        self.assertEqual(self.asked(), [("pause", {"minutes": 5})])
        self.fails(self.vpn({"pause": [("error", "forbidden", "lockdown forbids a pause")]}, "pause", "5"),
                   "lockdown forbids")
        for words in ([], ["0"], ["1441"], ["soon"], ["-5"], ["5", "6"]):
            self.fails(self.vpn({}, "pause", *words), code=2)
        connecting = {**STATUS, "state": "connecting"}
        table = {"subscribe": [STATUS], "resume": [connecting, connecting, CONNECTED]}
        self.assertEqual(self.vpn(table, "resume").returncode, 0)
        done = self.vpn(table, "resume", "--wait", "--json")
        self.assertEqual(json.loads(done.stdout)["state"], "connected")

    def test_back(self):
        connecting = {**STATUS, "state": "connecting"}
        table = {"subscribe": [STATUS], "cancelSwitch": [connecting, connecting, CONNECTED]}
        self.assertEqual(self.vpn({**table, "cancelSwitch": [connecting]}, "back").returncode, 0)
        self.assertEqual(self.asked(), [("subscribe", {}), ("cancelSwitch", {})])
        done = self.vpn(table, "back", "--wait", "--json")
        self.assertEqual(json.loads(done.stdout)["state"], "connected")
        kept = {**CONNECTED, "country": "DE",
                "switchFault": {"country": "JP", "problem": "no_matching_node", "problemDetail": None}}
        asked = {"subscribe": [CONNECTED], "connect": [connecting, kept]}
        self.fails(self.vpn(asked, "connect", "JP", "--wait"), "still connected to Germany (DE), not to Japan (JP)")
        table["cancelSwitch"] = [("error", "invalid_argument", "nothing is being switched")]
        self.fails(self.vpn(table, "back"), "nothing is being switched")
        for words in (["DE"], ["--node", "00000000-0000-4000-8000-000000000001"], ["--wait=never"]):
            self.fails(self.vpn({}, "back", *words), code=2)

    def test_server(self):
        table = {"configureServer": [STATUS], "status": [STATUS]}
        for given, url in (("https://boson.example:3000", "https://boson.example:3000"),
                           ("https://boson.example", "https://boson.example:443"),
                           ("boson.example", "https://boson.example:3000"),
                           ("[2001:db8::1]:444", "https://[2001:db8::1]:444")):
            self.assertEqual(self.vpn(table, "server", given).returncode, 0)
            self.assertEqual(self.asked(), [("configureServer", {"url": url})])
        done = self.vpn(table, "server", "boson.example", "--pin", DOTTED)
        self.assertEqual(self.asked()[0][1]["pin"], PIN)
        self.assertIn(DOTTED, done.stdout)
        self.assertIn(DOTTED, self.vpn(table, "server").stdout)
        self.assertEqual(json.loads(self.vpn(table, "server", "--json").stdout), {"server": STATUS["server"]})
        self.assertIn("No server", self.vpn({"status": [{**STATUS, "server": None}]}, "server").stdout)
        for words in (["http://boson.example"], ["boson.example/x"], ["boson.example", "--pin", "12"],
                      ["--pin", PIN], ["a;b"], [""]):
            self.fails(self.vpn(table, "server", *words), code=2)
        self.fails(self.vpn({"configureServer": [("error", "forbidden", "disconnect first")]},
                            "server", "boson.example"), "disconnect first")

    def ordered(self):
        """What was asked for that changes something."""
        return [each for each in self.asked() if each[0] != "status"]

    def test_join(self):
        link = f"higgs://join?server=boson.example:3000&pin={PIN}"
        table = {"configureServer": [STATUS], "status": [{**STATUS, "server": None}]}
        done = self.vpn(table, "join", link, "--yes")
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(self.ordered(), [("configureServer", {"url": "https://boson.example:3000", "pin": PIN})])
        done = self.vpn(table, "join", link, stdin=subprocess.DEVNULL)
        self.fails(done, "--yes", code=2)
        self.assertEqual(self.ordered(), [])
        for wrong in ("https://boson.example", link + "&exec=x", "higgs://join?pin=" + PIN):
            self.fails(self.vpn(table, "join", wrong, "--yes"), "invitation", code=2)
        for reply, code, asks in ((b"y\n", 0, 1), (b"n\n", 1, 0), (b"\n", 1, 0)):
            shown, status = self.on_terminal(table, reply, "[y/N]", "join", link)
            self.assertEqual((status, len(self.ordered())), (code, asks))
            for word in ("boson.example:3000", DOTTED):
                self.assertIn(word, shown)

    def test_join_with_a_key(self):
        link = f"higgs://join?pin={PIN}&key=hk_secret&from=Anna&server=boson.example:3000"
        table = {"configureServer": [STATUS], "status": [{**STATUS, "server": None}]}
        asked = [("configureServer", {"url": "https://boson.example:3000", "pin": PIN, "accessKey": "hk_secret"})]
        for words, stdin in (((link,), None), ((), link + "\n")):
            for program in (self.vpn, self.node):
                done = program(table, "join", *words, "--yes", **({"input": stdin} if stdin else {}))
                self.assertEqual(done.returncode, 0, done)
                self.assertEqual(self.ordered(), asked)
                self.assertNotIn("hk_secret", done.stdout + done.stderr)
        shown, _ = self.on_terminal(table, b"n\n", "[y/N]", "join", link)
        for word in ('"Anna" says', "check words: povor povor", "access key of your own"):
            self.assertIn(word, shown)
        self.assertNotIn("hk_secret", shown)
        # One to share a connection is for the node alone.
        share = f"higgs://join?pin={PIN}&for=share&server=boson.example:3000"
        self.fails(self.vpn(table, "join", share, "--yes"), "higgs-nodectl join", code=2)
        self.assertEqual(self.ordered(), [])
        self.assertEqual(self.node(table, "join", share, "--yes").returncode, 0)

    def test_join_the_server_in_use(self):
        """Its certificate is not exchanged by the way."""
        present = {**STATUS, "server": {"host": "boson.example", "port": 3000, "pin": DOTTED, "accessNeeded": None}}
        table = {"configureServer": [STATUS], "status": [present]}
        for link in ("higgs://join?server=boson.example:3000",
                     f"higgs://join?server=boson.example:3000&pin={'cd' * 32}"):
            for program in (self.vpn, self.node):
                self.fails(program(table, "join", link, "--yes"), "another certificate")
                self.assertEqual(self.ordered(), [])
            shown, _ = self.on_terminal(table, b"n\n", "[y/N]", "join", link)
            self.assertIn("BEWARE", shown)
            self.assertEqual(self.ordered(), [])
        same = f"higgs://join?server=boson.example:3000&pin={PIN}&key=hk_new"
        self.assertEqual(self.vpn(table, "join", same, "--yes").returncode, 0)
        self.assertEqual(len(self.ordered()), 1)
        shown, _ = self.on_terminal(table, b"n\n", "[y/N]", "join", "higgs://join?server=other.example")
        self.assertIn("takes the place of https://boson.example:3000", shown)

    def on_terminal(self, table, typed, prompt, *arguments):
        """What a person sees who types this at the prompt, and the exit code."""
        self.vpn(table, "--version")  # a fresh scripted daemon
        master, slave = pty.openpty()
        process = subprocess.Popen([f"{BIN}/higgs-vpnctl", "--control", self.socket, *arguments],
                                   stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        shown, sent = b"", False
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if not select.select([master], [], [], 0.1)[0]:
                if process.poll() is not None:
                    break
                continue
            try:
                more = os.read(master, 4096)
            except OSError:  # the other end is closed
                break
            shown += more
            if prompt.encode() in shown and not sent:
                os.write(master, typed)
                sent = True
        os.close(master)
        return shown.decode(), process.wait(10)

    def test_access_key(self):
        table = {"setAccessKey": [{"accessKey": "set"}]}
        done = self.vpn(table, "access-key", input="  secret-key \n")
        self.assertEqual((done.returncode, self.asked()), (0, [("setAccessKey", {"key": "secret-key"})]))
        self.assertNotIn("secret-key", done.stdout + done.stderr)
        self.assertEqual(self.vpn(table, "access-key", "--forget").returncode, 0)
        self.assertEqual(self.asked(), [("setAccessKey", {"key": ""})])
        self.fails(self.vpn(table, "access-key", input=""), "stdin")
        self.fails(self.vpn(table, "access-key", input="x" * 5000), "longer than")
        self.fails(self.vpn(table, "access-key", "secret-key"), code=2)  # never in argv
        self.assertEqual(self.asked(), [])

    def test_access_key_is_not_shown_while_typed(self):
        table = {"setAccessKey": [{"accessKey": "set"}]}
        shown, status = self.on_terminal(table, b"wrong\x15secret-kex\x7fy\r", "Access key: ", "access-key")
        self.assertEqual((status, self.asked()), (0, [("setAccessKey", {"key": "secret-key"})]))
        self.assertNotIn("secret", shown)
        shown, status = self.on_terminal(table, b"secret\x03", "Access key: ", "access-key")
        self.assertEqual((status, self.asked()), (1, []))
        self.assertNotIn("secret", shown)

    def test_exclude(self):
        unable = {"mechanism": None, "reason": "there is no group higgs-exclude"}
        self.fails(self.vpn({"exclude": [unable]}, "exclude", "--", "true"), "there is no group")
        self.assertEqual(self.asked(), [("exclude", {"action": "describe"})])
        done = self.vpn({"exclude": [unable]}, "exclude")
        self.assertEqual((done.returncode, "there is no group" in done.stdout), (1, True))
        self.fails(self.vpn({"exclude": [{"mechanism": "newer"}]}, "exclude", "--", "true"), "versions")
        self.fails(self.vpn({}, "exclude", "-x"), code=2)
        # The daemon does not choose what is executed.
        evil = f"{self.directory.name}/evil"
        with open(evil, "w") as file:
            file.write(f"#!/bin/sh\ntouch {evil}.ran\n")
        os.chmod(evil, 0o755)
        able = {"mechanism": "group", "group": "higgs-exclude", "gid": 5, "launcher": evil}
        done = self.vpn({"exclude": [able]}, "exclude", "--", "sh", "-c", "exit 3; $(touch)", evil)
        # 126: higgs-exclude is there, and has not the group that it needs; 3: it has.
        self.assertIn(done.returncode, (1, 3, 126), done)
        self.assertFalse(os.path.exists(evil + ".ran"))
        self.assertEqual(self.vpn({"exclude": [able]}, "exclude", "--json").returncode, 0)

    def test_log(self):
        lines = {"lines": [{"time": 1e12, "level": "info", "area": "vpnd", "text": "ready"},
                           {"time": 1000, "level": "warning", "area": "control", "text": "a\x1b[2Jb\nc"}]}
        done = self.vpn({"log": [lines]}, "log", "--lines", "2")
        self.assertEqual(self.asked(), [("log", {"lines": 2})])
        self.assertEqual(len(done.stdout.splitlines()), 2)
        self.assertTrue(done.stdout.endswith("warning control a [2Jb c\n"), done.stdout)
        for wrong in ("0", "1001", "x"):
            self.fails(self.vpn({}, "log", "--lines", wrong), "--lines", code=2)
        self.assertEqual(json.loads(self.vpn({"log": [lines]}, "log", "--json").stdout), lines)

    def test_a_terminal_is_not_commanded_by_what_is_shown(self):
        evil = "x\x1b]0;title\x07\x9b2J\n\x7f"
        places = {"locations": [{"country": evil, "region": evil, "nodes": 1, "available": 1, "load": 0}]}
        status = {**CONNECTED, "state": evil, "problemDetail": evil, "problem": evil, "country": evil,
                  "path": evil, "nodeId": evil, "server": {"host": evil, "port": 1}}
        checks = {"ok": True, "checks": [{"name": evil, "ok": True, "detail": evil}]}
        for table, words in (({"countries": [places]}, ["countries"]), ({"status": [status]}, ["status"]),
                             ({"diagnose": [checks]}, ["diagnose"]), ({"set": [{evil: evil}]}, ["settings"]),
                             ({"status": [("error", "system", evil)]}, ["status"])):
            done = self.vpn(table, *words)
            for character in "\x1b\x07\x7f\x9b":
                self.assertNotIn(character, done.stdout + done.stderr, words)

    def test_errors_as_json(self):
        def error(done, code):
            self.assertEqual((done.returncode, done.stdout), (code, ""), done)
            return json.loads(done.stderr)["error"]
        self.assertEqual(error(self.vpn(None, "status", "--json"), 1)["code"], "unavailable")
        for words in (["--json"], ["nonsense", "--json"], ["--json", "--nonsense"], ["pause", "x", "--json"],
                      ["status", "--lines", "1", "--json"], ["server", "http://x", "--json"]):
            self.assertEqual(error(self.vpn({}, *words), 2)["code"], "usage", words)
        refused = ("error", "forbidden", "disconnect first")
        found = error(self.vpn({"configureServer": [refused]}, "server", "a.example", "--json"), 1)
        self.assertEqual(found, {"code": "forbidden", "message": "disconnect first"})
        blocked = {**STATUS, "state": "blocked", "problem": "server_unreachable", "killSwitch": True}
        found = error(self.vpn({"subscribe": [STATUS], "connect": [blocked]}, "connect", "--wait", "--json"), 1)
        self.assertEqual(found["code"], "timeout")

    def test_every_command_has_json(self):
        answers = {"status": [STATUS], "subscribe": [STATUS, STATUS], "connect": [STATUS], "resume": [STATUS],
                   "cancelSwitch": [STATUS],
                   "disconnect": [STATUS], "pause": [STATUS], "set": [SETTINGS], "countries": [{"locations": []}],
                   "configureServer": [STATUS], "setAccessKey": [STATUS], "diagnose": [{"ok": True, "checks": []}],
                   "log": [{"lines": []}],
                   "receipt": [{"counting": True, "seconds": 5, "gaps": 0, "left": {}, "refused": {}}],
                   "restoreNetwork": [STATUS], "exclude": [{"mechanism": "none"}]}
        arguments = {"pause": ["5"], "server": ["a.example"], "set": ["lan", "on"],
                     "join": ["higgs://join?server=a.example", "--yes"]}
        text = self.vpn(None, "--help").stdout
        commands = [line.split()[0] for line in
                    text.split("Commands:\n")[1].split("\n\n")[0].splitlines()]
        self.assertIn("join", commands)
        for command in commands:
            with self.subTest(command=command):
                done = self.vpn(answers, command, *arguments.get(command, []), "--json", input="key\n")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                json.loads(done.stdout)

    def test_hostile_answers(self):
        for answer in ([], "x", None, {"server": 5, "pausedUntil": "x", "health": {}, "lines": 3},
                       {"server": {"host": 5, "port": -1, "pin": []}, "pausedUntil": 2 ** 63},
                       {"lines": [None, {"time": -1, "text": 5}]}):
            table = {name: [answer] for name in ("status", "set", "log", "pause", "configureServer",
                                                 "setAccessKey")}
            for words in (["status"], ["settings"], ["log"], ["pause", "5"], ["server"],
                          ["server", "a.example"], ["access-key", "--forget"]):
                with self.subTest(answer=answer, words=words):
                    self.assertIn(self.vpn(table, *words).returncode, (0, 1))


if __name__ == "__main__":
    needs("higgs-vpnctl")
    unittest.main()
