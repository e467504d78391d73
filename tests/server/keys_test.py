# SPDX-License-Identifier: GPL-3.0-or-later
"""Access keys as accounts: who they are, what they may, and what is kept of their use."""
import asyncio
import contextlib
import json
import os
import sqlite3
import subprocess
import time
import unittest
import uuid

import websockets

from boson import BIN, DataDirCase, Node, Server, route_request, tls_context, wait_for


class KeysBase(DataDirCase):
    def keys(self):
        return {key["name"]: key for key in json.loads(self.command("keys", "--json"))["keys"]}

    def serve(self, *options):
        server = Server("--access", "key", *options, data=self.data)
        self.addCleanup(server.stop)
        server.start()
        node = Node(server, maxConnections=1000)
        self.assertEqual(node.register().status, 200)
        return server, node

    @staticmethod
    def ask(server, key, client=None):
        return server.post("/api/v1/routing/request", route_request(client),
                           headers={"Higgs-Access-Key": key})


class InvitationTest(KeysBase):
    def invite(self, *words):
        return json.loads(self.command("invite", *words, "--json"))

    def fails(self, said, *words):
        done = subprocess.run([BIN, "--data-dir", self.data, *words], capture_output=True, text=True, timeout=30,
                              check=False)
        self.assertNotEqual(done.returncode, 0, done)
        self.assertIn(said, done.stderr)
        self.assertEqual((done.stdout, done.stderr.count("\n")), ("", 1), done)

    def test_key_of_its_own(self):
        server, _ = self.serve("--public-host", "boson.example")
        made = self.invite("friend", "--from", "Анна", "--expires=2h", "--uses", "1")
        link = dict(each.split("=", 1) for each in made["link"].split("?")[1].split("&"))
        self.assertTrue(made["link"].startswith("higgs://join?pin="))
        self.assertEqual(link["server"], f"boson.example:{server.port}")
        self.assertEqual(link["from"], "%D0%90%D0%BD%D0%BD%D0%B0")
        self.assertEqual(link["pin"], json.loads(self.command("status", "--json"))["certificate"]["sha256"])
        self.assertEqual((made["name"], made["uses"], made["for"]), ("friend", 1, "use"))
        self.assertRegex(made["words"], r"^([bdfghjklmnprstvz][aiou]){2}[bdfghjklmnprstvz]( \w{5}){5}$")
        self.assertAlmostEqual(made["expiresAt"] / 1000, time.time() + 7200, delta=60)
        self.assertEqual(self.ask(server, link["key"]).status, 200)
        self.assertEqual(self.ask(server, link["key"]).status, 429, "for one at once")
        self.assertEqual(self.keys()["friend"]["sessions"], 1)
        self.command("access-key", "revoke", "friend")
        self.assertEqual(self.ask(server, link["key"]).status, 401)
        self.assertNotIn(link["key"], server.log_text())

    def test_a_cascade_is_two(self):
        server, _ = self.serve("--public-host", "boson.example")
        self.assertEqual(Node(server, country="DE", region=None).register().status, 200)
        wanted = {"preferredCountry": "US", "via": "DE"}
        for uses, status in ((1, 429), (2, 200)):
            made = self.invite(f"friend{uses}", "--uses", str(uses))
            key = made["link"].split("key=")[1].split("&")[0]
            answer = server.post("/api/v1/routing/request", route_request(requirements=wanted),
                                 headers={"Higgs-Access-Key": key})
            self.assertEqual(answer.status, status, answer.body)
            self.assertEqual(self.keys()[made["name"]]["sessions"], uses if status == 200 else 0)

    def test_names_are_made(self):
        self.serve("--public-host", "boson.example")
        names = {self.invite()["name"] for _ in range(3)}
        self.assertEqual(len(names), 3)
        self.assertEqual(names, set(self.keys()))
        text = self.command("invite", "--name", "friend", "--server", "192.0.2.7:443")
        self.assertIn("server=192.0.2.7:443", text)
        self.assertIn("access-key revoke friend", text)
        self.fails("a key of that name", "invite", "friend")

    def test_who_needs_no_key(self):
        self.serve("--public-host", "boson.example")
        made = self.invite("--node")  # --node-access is open
        self.assertIn("&for=share&", made["link"])
        self.assertNotIn("key=", made["link"])
        self.assertEqual((made["for"], made["name"]), ("share", None))
        self.assertEqual(self.keys(), {})
        self.fails("asks for no key", "invite", "--node", "--uses", "2")

    def test_who_is_approved(self):
        server, _ = self.serve("--public-host", "boson.example", "--node-access", "approve")
        made = self.invite("--node", "Boris", "--from", "Anna")
        self.assertIn("&for=share&", made["link"])
        self.assertIn("from=Anna", made["link"])
        self.assertIn("pin=" + server.pin, made["link"])
        self.assertNotIn("key=", made["link"])
        self.assertEqual((made["name"], made["approval"]), (None, True))
        self.assertEqual(self.keys(), {})
        text = self.command("invite", "--node", "Boris")
        self.assertIn("boson-server node approve ID", text)
        self.assertNotIn("may come", text)
        for option in ("--uses=2", "--expires=2h"):
            self.fails("approve", "invite", "--node", "Boris", option)
        # And so it is.
        home = Node(server)
        self.assertEqual(home.register().json["status"], "pending")
        self.assertRegex(self.command("node", "list"), home.id + ".*pending")
        self.command("node", "approve", home.id)
        self.assertEqual(home.register().json["status"], "registered")
        self.assertFalse(self.invite("Anna")["approval"])

    def test_what_is_wrong(self):
        self.fails("cannot invite", "invite")  # as no server runs
        self.serve()  # as localhost, where nobody comes
        for words, said in ((("--uses", "0"), "--uses is"), (("--expires", "x"), "--expires is"),
                            (("--from", "\u202ex"), "--from is"), (("--from", "x" * 65), "--from is"),
                            (("a", "b"), "invite needs"), (("--expires",), "invite needs"), (("-x",), "unknown"),
                            ((), "--public-host"), (("--server", "http://x"), "cannot invite")):
            self.fails(said, "invite", *words)
        self.assertEqual(self.keys(), {}, "and no key stays behind")


class KeysTest(KeysBase):
    def test_one_key_for_an_office(self):
        server, _ = self.serve("--limit", "sessions-per-client=2")
        key = self.command("keys", "add", "office")
        # Each of many is a client of its own, whose place nobody else's takes.
        for _ in range(60):
            self.assertEqual(self.ask(server, key).status, 200)
        self.assertEqual(self.keys()["office"]["sessions"], 60)
        # And one client has what a client may have: its oldest give way.
        client = str(uuid.uuid4())
        for _ in range(5):
            self.assertEqual(self.ask(server, key, client).status, 200)
        self.assertEqual(self.keys()["office"]["sessions"], 62)

    def test_quota_of_sessions(self):
        server, _ = self.serve("--limit", "session-abandoned=2000",
                               "--limit", "first-connection=60000")
        key = self.command("keys", "add", "few", "sessions=3")
        other = self.command("keys", "add", "other")
        for _ in range(3):
            self.assertEqual(self.ask(server, key).status, 200)
        refused = self.ask(server, key)
        self.assertEqual((refused.status, refused.code), (429, "too_many_sessions"))
        self.assertIn("access key", refused.json["error"]["message"])
        self.assertIn("Retry-After", refused.headers)
        self.assertEqual(self.ask(server, other).status, 200, "of that key alone")
        # What somebody left behind gives way.
        wait_for(lambda: self.ask(server, key).status == 200, what="an abandoned session's place")
        self.command("keys", "set", "few", "sessions=5")
        for _ in range(2):
            self.assertEqual(self.ask(server, key).status, 200)
        self.command("keys", "set", "few", "sessions=default")
        self.assertIsNone(self.keys()["few"]["maxSessions"])

    def test_an_account(self):
        server, _ = self.serve()
        before = time.time() * 1000
        key = json.loads(self.command("keys", "add", "alice", "note=the flat, 2nd floor",
                                      "expires=30d", "sessions=7", "mbps=50", "--json"))
        self.assertEqual(key["name"], "alice")
        alice = self.keys()["alice"]
        self.assertEqual((alice["note"], alice["maxSessions"], alice["relayMbps"],
                          alice["lastUsed"], alice["sessions"]),
                         ("the flat, 2nd floor", 7, 50, None, 0))
        self.assertAlmostEqual(alice["expiresAt"], before + 30 * 86_400_000, delta=60_000)
        self.assertEqual(self.ask(server, key["key"]).status, 200)
        used = self.keys()["alice"]["lastUsed"]
        self.assertEqual(used % 3_600_000, 0, "by the hour, so that it is no diary")
        self.assertAlmostEqual(used, before, delta=3_700_000)
        text = self.command("keys")
        for part in ("alice", "sessions 1", "of 7", "Mbit/s 50", "last used 2", "until 2",
                     "the flat, 2nd floor"):
            self.assertIn(part, text)
        # Another key for the same account.
        second = self.command("keys", "rotate", "alice")
        self.assertEqual((self.ask(server, key["key"]).status, self.ask(server, second).status),
                         (401, 200))
        self.assertEqual(self.keys()["alice"]["note"], "the flat, 2nd floor")
        self.command("keys", "set", "alice", "note=", "expires=never", "mbps=any")
        alice = self.keys()["alice"]
        self.assertEqual((alice["note"], alice["expiresAt"], alice["relayMbps"]), ("", None, None))
        self.command("keys", "revoke", "alice")
        self.assertEqual(self.ask(server, second).status, 401)
        server.stop()
        with contextlib.closing(sqlite3.connect(os.path.join(self.data, "boson.db"))) as database:
            text = "\n".join(database.iterdump())
        for each in (key["key"], second):
            self.assertNotIn(each, text)
            self.assertNotIn(each, server.log_text())

    def test_last_use_is_kept(self):
        server, _ = self.serve()
        key = self.command("keys", "add", "alice")
        self.ask(server, key)
        used = self.keys()["alice"]["lastUsed"]
        server.stop()
        self.assertEqual(self.keys()["alice"]["lastUsed"], used)

    def test_a_key_has_its_end(self):
        server, _ = self.serve()
        key = self.command("keys", "add", "guest", "expires=10s")
        self.assertEqual(self.ask(server, key).status, 200)
        self.assertEqual(self.keys()["guest"]["sessions"], 1)
        wait_for(lambda: self.keys()["guest"]["sessions"] == 0, seconds=30, what="the end of its session")
        self.assertEqual(self.ask(server, key).status, 401)
        self.command("keys", "set", "guest", "expires=1h")
        self.assertEqual(self.ask(server, key).status, 200)

    def test_a_node_of_a_key_that_ends(self):
        with Server("--node-access", "key", data=self.data) as server:
            key = self.command("keys", "add", "home", "for=share", "expires=10s")
            node = Node(server)
            self.assertEqual(node.register(headers={"Higgs-Access-Key": key}).status, 200)
            self.assertEqual(node.heartbeat().status, 200)
            wait_for(lambda: node.heartbeat().status == 401, seconds=30, what="the end of the key")
            wait_for(lambda: server.get("/api/v1/locations").json["locations"] == [],
                     what="its being offered no more")

    def test_of_the_version_before(self):
        server, _ = self.serve()
        key = self.command("keys", "add", "alice")
        self.ask(server, key)
        server.stop()
        with contextlib.closing(sqlite3.connect(os.path.join(self.data, "boson.db"))) as database:
            # Whose sessions had the key's part alone.
            database.execute("UPDATE sessions SET client_group = SUBSTR(client_group, 1, 64)")
            for column in ("note", "expires_at", "last_used", "max_sessions", "relay_mbps", "purpose"):
                database.execute(f"ALTER TABLE access_keys DROP COLUMN {column}")
            database.execute("DROP TABLE session_journal")
            for name in ("sessions_by_key", "nodes_by_access_key"):
                database.execute(f"DROP INDEX {name}")
            database.execute("DELETE FROM schema_version WHERE version > 7")
            database.commit()
        server.start()
        self.assertEqual((self.keys()["alice"]["sessions"], self.keys()["alice"]["for"]), (1, "any"))
        self.assertEqual(self.ask(server, key).status, 200)
        self.command("keys", "revoke", "alice")
        self.assertEqual(json.loads(self.command("sessions", "--json"))["sessions"], [])

    def test_wrong_terms(self):
        self.serve()
        self.command("keys", "add", "a")
        for words in (["add"], ["add", "b", "c"], ["add", "b", "expires=soon"],
                      ["add", "b", "expires=0s"], ["add", "b", "sessions=0"],
                      ["add", "b", "sessions=1000001"], ["add", "b", "mbps=-1"],
                      ["add", "b", "mbps=fast"], ["add", "b", "=x"], ["set", "a"],
                      ["add", "b", "for=all"], ["add", "b", "for="], ["set", "a", "for=home"],
                      ["set", "a", "digest=" + "0" * 64], ["rotate", "a", "b"]):
            with self.subTest(words):
                self.assertEqual(len(self.command("keys", *words, code=2).splitlines()), 1)
        self.command("keys", "set", "nobody", "note=x", code=1)
        self.command("keys", "add", "b", "note=" + "x" * 201, code=1)
        self.command("keys", "add", "b", "note=a\nb", code=1)
        self.assertIn("to share a connection", self.command("keys", "add", "b", "for=share", "mbps=5", code=1))
        self.command("keys", "set", "a", "mbps=5")
        self.assertIn("mbps=any", self.command("keys", "set", "a", "for=share", code=1))
        self.command("keys", "set", "a", "for=share", "mbps=any")
        self.assertIn("mbps=any", self.command("keys", "set", "a", "mbps=5", code=1))
        self.assertEqual(list(self.keys()), ["a"])


class PurposeTest(KeysBase):
    """A key is good for what it was made for."""

    def setUp(self):
        super().setUp()
        self.server = Server("--access", "key", "--node-access", "key", "--public-host", "boson.example",
                             "--limit", "register-burst=100", data=self.data)
        self.addCleanup(self.server.stop)
        self.server.start()

    def invited(self, *words):
        made = json.loads(self.command("invite", *words, "--json"))
        return made["link"].split("key=")[1].split("&")[0]

    def home(self, key):
        """A new one, and what is said to it."""
        node = Node(self.server)
        return node, node.register(headers={"Higgs-Access-Key": key})

    def test_an_invitation_is_for_one_thing(self):
        anna, boris = self.invited("anna"), self.invited("boris", "--node")
        self.assertEqual({name: key["for"] for name, key in self.keys().items()}, {"anna": "use", "boris": "share"})
        _, refused = self.home(anna)
        _, wrong = self.home("hk_wrong")
        self.assertEqual((refused.status, refused.code), (401, "unauthorized"))
        self.assertEqual(refused.json["error"]["message"], wrong.json["error"]["message"], "as a wrong one")
        self.assertIsNone(self.keys()["anna"]["lastUsed"], "for nothing it was used")
        _, admitted = self.home(boris)
        self.assertEqual(admitted.status, 200)
        self.assertEqual((self.ask(self.server, boris).status, self.ask(self.server, anna).status), (401, 200))
        text = self.command("keys")
        self.assertRegex(text, "anna  for use  sessions 1")
        self.assertRegex(text, "boris  for share  homes 1")

    def test_a_key_for_both(self):
        self.command("keys", "add", "users")
        self.assertEqual(self.keys()["users"]["for"], "use", "the least, if nothing is said")
        key = self.command("keys", "add", "both", "for=any")
        node, admitted = self.home(key)
        self.assertEqual((admitted.status, self.ask(self.server, key).status), (200, 200))
        self.assertEqual((self.keys()["both"]["homes"], self.keys()["both"]["sessions"]), (1, 1))
        # What it is good for no more ends.
        self.command("keys", "set", "both", "for=share")
        self.assertEqual((self.keys()["both"]["sessions"], node.heartbeat().status), (0, 200))
        self.assertEqual(self.ask(self.server, key).status, 401)
        self.command("keys", "set", "both", "for=use")
        self.assertEqual(node.heartbeat().status, 401)
        self.assertEqual(self.server.get("/api/v1/nodes").json["nodes"], [])
        self.command("keys", "rotate", "both")
        self.assertEqual(self.keys()["both"]["for"], "use", "another key for the same account")

    def test_homes_are_counted(self):
        boris = self.invited("boris", "--node", "--uses", "2")
        first, _ = self.home(boris)
        second, admitted = self.home(boris)
        self.assertEqual(admitted.status, 200)
        _, refused = self.home(boris)
        self.assertEqual((refused.status, refused.code), (503, "server_full"))
        self.assertIn("as many homes", refused.json["error"]["message"])
        with_key = {"Higgs-Access-Key": boris}
        for node in (first, second, first):
            self.assertEqual(node.register(headers=with_key).status, 200, "who renews takes no place")
        self.assertEqual(self.keys()["boris"]["homes"], 2)
        self.server.stop()
        self.server.start()
        self.assertEqual(self.home(boris)[1].status, 503, "nor after another start")
        self.assertEqual(first.register(headers=with_key).status, 200)
        self.command("privacy", "erase", second.id)
        self.assertEqual(self.home(boris)[1].status, 200, "the place of one that is gone")
        self.command("keys", "set", "boris", "sessions=default")
        self.assertEqual(self.home(boris)[1].status, 200)

    def test_homes_are_not_counted_where_none_needs_a_key(self):
        boris = self.invited("boris", "--node", "--uses", "1")
        self.server.stop()
        self.server.options[self.server.options.index("--node-access") + 1] = "open"
        self.server.start()
        for _ in range(2):
            self.assertEqual(self.home(boris)[1].status, 200)


class QuotaTest(KeysBase):
    SECONDS = 2.0

    async def carried(self, server, node, key):
        """Bytes that get through from a client that sends all it can."""
        selected = self.ask(server, key).json["selectedRoute"]
        path = selected["relayEndpoint"].split(str(server.port), 1)[1]
        ends = []
        for token in (selected["sessionToken"], node.token):
            ends.append(await websockets.connect(
                server.url(path), ssl=tls_context(), compression=None,
                extra_headers={"Authorization": "Bearer " + token}))
        client, home = ends
        got = 0

        async def read():
            nonlocal got
            with contextlib.suppress(websockets.ConnectionClosed):
                async for message in home:
                    got += len(message) if isinstance(message, bytes) else 0

        reader = asyncio.ensure_future(read())
        end = time.monotonic() + self.SECONDS
        while time.monotonic() < end:
            for _ in range(20):
                await client.send(bytes(1200))
            await asyncio.sleep(0)
        await asyncio.sleep(0.2)
        for each in ends:
            await each.close()
        await reader
        return got

    def test_of_the_relay(self):
        server, node = self.serve()
        free = self.command("keys", "add", "free")
        bound = self.command("keys", "add", "bound", "mbps=1")
        run = lambda key: asyncio.run(self.carried(server, node, key))
        without = run(free)
        self.assertGreater(without, 2_000_000, "control")
        # A quarter of a second at once, and then a megabit a second.
        most = 125_000 * (self.SECONDS + 0.25 + 1)
        least = 125_000 * self.SECONDS * 0.5
        self.assertLess(run(bound), most)
        self.assertGreater(run(bound), least)

        async def both():
            return sum(await asyncio.gather(self.carried(server, node, bound),
                                            self.carried(server, node, bound)))
        self.assertLess(asyncio.run(both()), most, "all sessions of a key share it")
        dropped = [line for line in server.get("/metrics").body.decode().splitlines()
                   if 'reason="quota"' in line]
        self.assertGreater(float(dropped[0].split()[-1]), 100)
        self.command("keys", "set", "bound", "mbps=any")
        self.assertGreater(run(bound), most)


if __name__ == "__main__":
    unittest.main()
