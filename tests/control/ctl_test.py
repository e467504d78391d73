# SPDX-License-Identifier: GPL-3.0-or-later
"""higgs-vpnctl and higgs-nodectl against a scripted daemon on the real socket protocol: what they
ask, what they print, and their exit codes."""
import json
import re
import subprocess
import unittest

from scripted import BIN, ProgramTest, ScriptedDaemon, needs

DISCONNECTED = {"state": "disconnected", "killSwitch": False, "rxBytes": 0, "txBytes": 0}
CONNECTED = {"state": "connected", "path": "relay", "pathReason": "relay_only", "country": "DE",
             "nodeId": "6f9619ff-8b86-4011-b42d-00c04fc964ff", "exitIp": "203.0.113.21",
             "tunnelAddress": "10.86.0.2", "since": 1, "rxBytes": 1536, "txBytes": 10, "rttMs": 1.25,
             "killSwitch": True, "tunnel": "wireguard-go"}


class CtlTest(ProgramTest):
    def test_status(self):
        done = self.vpn({"status": [CONNECTED]}, "status", "--json")
        self.assertEqual((done.returncode, json.loads(done.stdout)), (0, CONNECTED))
        text = self.vpn({"status": [CONNECTED]}, "status").stdout
        for word in ("Connected", "Germany (DE)", "203.0.113.21", "relay", "10.86.0.2", "1.5 KiB",
                     "1.2 ms", "Kill switch   on"):
            self.assertIn(word, text)
        self.assertIn("Disconnected", self.vpn({"status": [DISCONNECTED]}, "status").stdout)

    def test_status_says_why_this_path(self):
        for reason in ("direct", "same_lan", "port_mapped", "probing", "both_symmetric",
                       "symmetric_behind_strict", "udp_blocked", "turn_relay", "pinned", "peer_cannot",
                       "relay_only", "cascade"):
            with self.subTest(reason=reason):
                text = self.vpn({"status": [CONNECTED | {"pathReason": reason}]}, "status").stdout
                said = re.search(r"^Path +relay \((.+)\)$", text, re.MULTILINE)
                self.assertIn(" ", said[1])  # a sentence
        gone = {"state": "blocked", "problem": "no_matching_node", "killSwitch": True, "request": {"country": "CA", "via": "US"}}
        text = self.vpn({"status": [CONNECTED | gone]}, "status").stdout
        self.assertIn("one in United States (US) to enter by and another one to leave from", text)
        self.assertIn("nothing leaves this machine", text)
        advice = {"why": "own_new_ports_exit_strict", "improve": ["another_network", "newer", "offer_turn"]}
        text = self.vpn({"status": [CONNECTED | {"pathAdvice": advice}]}, "status").stdout
        self.assertIn("relay: The router here chooses a new port", text)
        self.assertEqual(text.count("\nImprove it"), 2)
        self.assertIn("operator can offer a TURN server", text)
        text = self.vpn({"status": [CONNECTED | {"pathReason": "newer"}]}, "status").stdout
        self.assertRegex(text, r"(?m)^Path +relay \(newer\)$")

    def test_watch_prints_each_change_and_the_end(self):
        done = self.vpn({"subscribe": [DISCONNECTED, CONNECTED, "hang up"]}, "status", "--watch",
                        "--json")
        states = [json.loads(line)["state"] for line in done.stdout.splitlines()]
        self.assertEqual((states, done.returncode), (["disconnected", "connected"], 1))
        self.assertEqual(json.loads(done.stderr)["error"]["code"], "unavailable")

    def test_output_that_is_lost_is_a_failure(self):
        """A full disk, a closed descriptor: nobody may take an exit code of 0 for an answer."""
        places = {"full": "> /dev/full", "closed": ">&-", "all closed": "<&- >&- 2>&-"}
        programs = [(name, words) for name in ("higgs-vpnctl", "higgs-nodectl")
                    for words in (["status"], ["status", "--json"], ["--help"], ["--version"])]
        programs += [(name, [word]) for name in ("higgs-vpnd", "higgs-noded", "higgs-exclude", "boson-server")
                     for word in ("--help", "--version")]
        for name, words in programs:
            for title, place in [("control", "> /dev/null"), *places.items()]:
                if self.daemon:
                    self.daemon.close()
                self.daemon = ScriptedDaemon(self.socket, {"status": [DISCONNECTED]})
                options = ["--control", self.socket] if "ctl" in name else []
                done = subprocess.run(["sh", "-c", f'"$@" {place}', "sh", f"{BIN}/{name}", *options, *words],
                                      capture_output=True, text=True, timeout=20)
                with self.subTest(program=name, words=words, stdout=title):
                    self.assertEqual(done.returncode, 0 if title == "control" else 1, done)
                    if title in places and title != "all closed":
                        self.assertIn("stdout" if name != "boson-server" else "standard output", done.stderr)
                    # What was to be printed must not go to whoever got the free descriptor.
                    self.assertLessEqual({each[0] for each in self.daemon.asked}, {"status"})

    def test_what_people_paste(self):
        colons = ":".join(["AB"] * 32)
        self.vpn({"configureServer": [DISCONNECTED]}, "server", " HTTPS://B\u00f6son.example.:3000/ ",
                 "--pin", "sha256 Fingerprint=" + colons)
        self.assertEqual(self.daemon.asked[-1][1]["url"], "https://xn--bson-5qa.example:3000")
        self.assertEqual(self.daemon.asked[-1][1]["pin"].replace(":", "").lower(), "ab" * 32)
        table = {"subscribe": [DISCONNECTED], "connect": [DISCONNECTED]}
        for words, params in ((["UK"], {"country": "GB"}), (["uk-eng"], {"country": "GB", "region": "GB-ENG"}),
                              (["USA"], {"country": "US"}), (["Germany"], {"country": "DE"})):
            self.vpn(table, "connect", *words)
            self.assertEqual(self.daemon.asked[-1], ("connect", params))

    def test_letter(self):
        """What was shared in an hour, and the letter; nothing is said of what is not known."""
        hour = {"from": 1795010400000, "to": 1795014000000, "known": True, "knownSince": 1794000000000,
                "rxBytes": 3 << 20, "txBytes": 5 << 20, "guests": 2}
        status = {"server": {"host": "boson.example", "port": 3000, "pin": None}}

        def letter(answer, *words):
            done = self.node({"hour": [answer], "status": [status]}, "letter", "2026-11-18T14:25Z", *words)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            return done.stdout

        text = letter(hour)
        self.assertEqual([asked for asked in self.daemon.asked if asked[0] == "hour"][-1][1], {"at": 1795011900000})
        self.assertEqual(text.count("3.0 MiB from guests and 5.0 MiB to them"), 2)
        self.assertIn("at 2026-11-18 14:25 UTC", text)
        self.assertIn("operator of boson.example", text)
        self.assertIn("recorded nothing", letter({**hour, "rxBytes": 0, "txBytes": 0, "guests": 0}))
        unknown = letter({"from": hour["from"], "to": hour["to"], "known": False, "knownSince": None})
        self.assertIn("does not know", unknown)
        self.assertIn("has no record", unknown)
        self.assertIn("no record of who the guests are", json.loads(letter(hour, "--json"))["letter"])
        for time in ("yesterday", "2026-13-01 10:00", "1960-01-01 00:00", ""):
            self.fails(self.node({}, "letter", time), "higgs-nodectl: ", "2026-11-03 14:25", code=2)
        for answer in ([], None, "x", {"from": -1, "known": "yes"}, {"from": 2 ** 63, "to": "x", "known": True}):
            self.assertIn(self.node({"hour": [answer], "status": [[]]}, "letter", "2026-11-18T14:25Z").returncode, (0, 1))

    def test_no_daemon(self):
        self.fails(self.vpn(None, "status"), "higgs-vpnd does not answer at " + self.socket, "start")
        self.fails(self.node(None, "status"), "higgs-noded does not answer at " + self.socket, "start")

    def test_connect(self):
        connecting = {**DISCONNECTED, "state": "connecting", "killSwitch": True}
        table = {"subscribe": [DISCONNECTED, DISCONNECTED], "connect": [connecting, connecting, CONNECTED]}
        done = self.vpn(table, "connect", "DE", "--path", "relay", "--wait")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("203.0.113.21", done.stdout)
        self.assertEqual(self.daemon.asked[-1], ("connect", {"country": "DE", "path": "relay"}))
        done = self.vpn(table, "connect", "--node", CONNECTED["nodeId"], "--via", "FR")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("Connecting", done.stdout)
        self.assertEqual(self.daemon.asked[-1][1], {"nodeId": CONNECTED["nodeId"], "via": "FR"})
        done = self.vpn(table, "connect", "--wait=5", "--json")
        self.assertEqual(json.loads(done.stdout)["state"], "connected")

    def test_connect_fails(self):
        connecting = {**DISCONNECTED, "state": "connecting"}
        refused = {**DISCONNECTED, "problem": "no_matching_node"}
        blocked = {**DISCONNECTED, "state": "blocked", "problem": "server_unreachable", "killSwitch": True}
        table = {"subscribe": [DISCONNECTED], "connect": [connecting, refused]}
        self.fails(self.vpn(table, "connect", "AQ", "--wait"), "not connected", "nobody shares")
        table["connect"] = [connecting, blocked]
        self.fails(self.vpn(table, "connect", "--wait"), "nothing leaves", "the server does not answer")
        self.fails(self.vpn(table, "connect", "--wait=1"), "not connected after 1 s")
        table["connect"] = [("error", "invalid_argument", "country must be two letters")]
        self.fails(self.vpn(table, "connect", "XX"), "country must be")
        table["connect"] = [connecting, "hang up"]
        self.fails(self.vpn(table, "connect", "--wait"), "closed the connection")

    def test_disconnect_waits(self):
        leaving = {**CONNECTED, "state": "disconnecting"}
        done = self.vpn({"subscribe": [CONNECTED], "disconnect": [leaving, leaving, DISCONNECTED]},
                        "disconnect")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("as it was", done.stdout)

    def test_a_daemon_that_raises_its_block_for_long_is_waited_for(self):
        connecting = {**DISCONNECTED, "state": "connecting", "killSwitch": True}
        done = self.vpn({"subscribe": [DISCONNECTED], "connect": [("late", 11, connecting), CONNECTED]},
                        "connect", "--wait=19")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        leaving = {**CONNECTED, "state": "disconnecting"}
        done = self.vpn({"subscribe": [CONNECTED], "disconnect": [("late", 11, leaving), DISCONNECTED]},
                        "disconnect")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)

    def test_countries(self):
        answer = {"locations": [
            {"country": "US", "region": None, "nodes": 2, "available": 1, "load": 0.5, "latency": None},
            {"country": "DE", "region": "DE-BE", "nodes": 1, "available": 1, "load": 0, "latency": 9.5}]}
        text = self.vpn({"countries": [answer]}, "countries").stdout
        self.assertLess(text.index("Germany"), text.index("United States"))
        self.assertIn("1 of 2", text)
        self.assertEqual(json.loads(self.vpn({"countries": [answer]}, "countries", "--json").stdout), answer)
        self.assertIn("Nobody", self.vpn({"countries": [{"locations": []}]}, "countries").stdout)

    def test_set_diagnose_restore(self):
        done = self.vpn({"set": [{"country": "DE"}]}, "set", "country", "DE")
        self.assertEqual(done.stdout, "country = DE\n")
        self.assertEqual(self.daemon.asked, [("set", {"key": "country", "value": "DE"})])
        checks = {"ok": False, "checks": [{"name": "server", "ok": False, "detail": "no answer"}]}
        done = self.vpn({"diagnose": [checks]}, "diagnose")
        self.assertEqual((done.returncode, "FAILED  server" in done.stdout), (1, True))
        self.assertEqual(self.vpn({"restoreNetwork": [DISCONNECTED]}, "restore-network").returncode, 0)
        self.fails(self.vpn({"restoreNetwork": [("error", "system", "nft: no")]}, "restore-network"),
                   "nft: no")

    def test_node(self):
        status = {"state": "sharing", "natType": "FullCone", "mappedAddress": "203.0.113.21:4242",
                  "guests": 1, "rxBytes": 1, "txBytes": 2, "country": "DE",
                  "limits": {"maxGuests": 10, "upMbps": 0, "downMbps": 50}}
        text = self.node({"status": [status]}, "status").stdout
        for word in ("Sharing", "FullCone", "203.0.113.21:4242"):
            self.assertIn(word, text)
        text = self.node({"limits": [status["limits"]]}, "limits").stdout
        for word in ("10 at once", "50 Mbit/s"):
            self.assertIn(word, text)
        starting = {**status, "state": "starting"}
        table = {"subscribe": [{**status, "state": "off"}], "setSharing": [starting, status]}
        self.assertEqual(self.node(table, "on").stdout, "Sharing is on.\n")
        self.assertEqual(self.daemon.asked[-1], ("setSharing", {"on": True}))
        problem = {**status, "state": "problem", "problem": "server_untrusted"}
        self.fails(self.node({**table, "setSharing": [starting, problem]}, "on"), "certificate")
        self.assertEqual(self.node({**table, "setSharing": [{**status, "state": "off"}]}, "off").returncode, 0)
        done = self.node({"limits": [status["limits"]]}, "limits", "--max-guests", "3", "--up-mbps", "0")
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(self.daemon.asked, [("limits", {"maxGuests": 3, "upMbps": 0})])
        guest = {"since": 1, "path": "relay", "online": True, "rxBytes": 5, "txBytes": 2048}
        self.assertIn("2.0 KiB", self.node({"guests": [{"guests": [guest]}]}, "guests").stdout)
        self.assertEqual(self.node({"guests": [{"guests": []}]}, "guests").stdout, "No guests.\n")

    def test_usage(self):
        for arguments in ([], ["nonsense"], ["--nonsense"], ["connect", "Atlantis"], ["connect", "D1"],
                          ["connect", "DE", "FR"], ["connect", "--path", "carrier-pigeon"],
                          ["connect", "--node", "x"], ["connect", "--wait=soon"], ["connect", "--wait=0"],
                          ["status", "--node", "x"], ["set", "country"], ["disconnect", "now"]):
            with self.subTest(arguments=arguments):
                self.fails(self.vpn(None, *arguments), "higgs-vpnctl: ", code=2)
        for arguments in ([], ["nonsense"], ["on", "--watch"], ["limits", "--max-guests", "0"]):
            with self.subTest(arguments=arguments):
                self.fails(self.node(None, *arguments), "higgs-nodectl: ", code=2)

    def test_help_and_version(self):
        for name in ("higgs-vpnctl", "higgs-nodectl"):
            for option in ("--help", "-h", "--version"):
                done = self.run_program(name, None, option)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn(name, done.stdout)

    def test_hostile_daemon(self):
        """Whatever a daemon answers, the program ends with a code of its own."""
        for answer in ([], "x", None, {"state": 5, "since": "x", "rxBytes": -1, "limits": 3},
                       {"locations": [1, {"load": "x"}]}, {"checks": 1}, {"guests": [None]}):
            for program, command in (("higgs-vpnctl", "status"), ("higgs-vpnctl", "countries"),
                                     ("higgs-vpnctl", "diagnose"), ("higgs-vpnctl", "set"),
                                     ("higgs-nodectl", "status"), ("higgs-nodectl", "guests"),
                                     ("higgs-nodectl", "limits"), ("higgs-nodectl", "diagnose")):
                with self.subTest(answer=answer, command=command):
                    done = self.run_program(program, {command: [answer]}, command)
                    self.assertIn(done.returncode, (0, 1), done.stderr)


if __name__ == "__main__":
    needs("higgs-vpnctl", "higgs-nodectl")
    unittest.main()
