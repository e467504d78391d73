# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose access key used a node at a time: known for as long as the operator chose, and not after; by
default not at all."""
import contextlib
import os
import signal
import sqlite3
import time
import unittest
import uuid

from boson import DataDirCase, Node, Server, route_request, wait_for

DAY = 86_400_000


def when(milliseconds=None):
    seconds = time.time() if milliseconds is None else milliseconds / 1000
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


class JournalTest(DataDirCase):
    def open(self, server, node, key=None):
        """A session on the node; what ends it."""
        answer = server.post("/api/v1/routing/request", route_request(requirements={}, targetNodeId=node.id),
                             headers={"Higgs-Access-Key": key} if key else {})
        self.assertEqual(answer.status, 200)
        selected = answer.json["selectedRoute"]
        session = selected["relayEndpoint"].rsplit("/", 1)[1]
        return session, lambda: server.request("DELETE", f"/api/v1/sessions/{session}",
                                               token=selected["sessionToken"])

    def rows(self):
        with contextlib.closing(sqlite3.connect(os.path.join(self.data, "boson.db"))) as database:
            return database.execute("SELECT node_id, key_name, began, ended FROM session_journal").fetchall()

    def shift(self, days):
        with contextlib.closing(sqlite3.connect(os.path.join(self.data, "boson.db"), timeout=10)) as database:
            database.execute("UPDATE session_journal SET began = began - ?, ended = ended - ?",
                             (int(days * DAY), int(days * DAY)))
            database.commit()

    def test_by_default_nothing(self):
        with Server(data=self.data) as server:
            node = Node(server)
            node.register()
            key = self.command("access-key", "add", "alice")
            _, end = self.open(server, node, key)
            self.assertIn("nothing is kept", self.command("session", "at", when(), node.id, code=1))
            end()
            self.assertEqual(self.rows(), [])

    def test_whose_key_it_was(self):
        with Server("--session-journal", "7", data=self.data) as server:
            node, other = Node(server), Node(server)
            node.register(), other.register()
            keys = {name: self.command("access-key", "add", name) for name in ("alice", "bob")}
            first, end = self.open(server, node, keys["alice"])
            self.open(server, other, keys["bob"])
            self.open(server, node)
            time.sleep(1.1)  # the clock of the answer has seconds
            at = when()
            shown = self.command("session", "at", at, node.id)
            self.assertRegex(shown, rf"key alice  session {first}  from .*  to still there")
            self.assertIn("no access key", shown)
            self.assertNotIn("bob", shown)
            self.assertIn("bob", self.command("session", "at", at, other.id))
            self.assertEqual(self.command("session", "at", at, str(uuid.uuid4())), "")
            time.sleep(1.1)
            end()
            time.sleep(1.1)
            self.assertIn("alice", self.command("session", "at", at, node.id), "it is known afterwards")
            self.assertNotIn("alice", self.command("session", "at", when(), node.id), "it has ended")
            # The minute that it was asked about first: the clock's own may have begun after its end.
            minute = at[len("2026-11-29T"):-len(":00")]
            self.assertIn("alice", self.command("session", "at", minute, node.id), "within that minute")
            self.assertEqual(self.command("session", "at", when(time.time() * 1000 - 3_600_000), node.id), "")
            # Who the client was is in none of it.
            for row in self.rows():
                self.assertNotIn("127.0.0.1", " ".join(map(str, row)))
            audit = self.command("audit")
            self.assertRegex(audit, rf"session\.journal  nodeId={node.id}")
            server.stop(signal.SIGKILL)
        # Also without a server, and what a killed one left is closed when it expires.
        self.assertIn("alice", self.command("session", "at", at, node.id))

    def test_not_after(self):
        with Server("--session-journal", "7", data=self.data) as server:
            node = Node(server)
            node.register()
            key = self.command("access-key", "add", "alice")
            _, end = self.open(server, node, key)
            time.sleep(1.1)
            at = time.time() * 1000
            time.sleep(1.1)
            end()
            wait_for(lambda: self.rows()[0][3], what="its end")
            self.shift(6.9)
            self.assertIn("alice", self.command("session", "at", when(at - 6.9 * DAY), node.id), "control")
            self.shift(0.2)
            said = self.command("session", "at", when(at - 7.1 * DAY), node.id, code=1)
            self.assertIn("longer ago", said)
            answer = self.command("session", "at", when(at - 7.1 * DAY), node.id, "--json")
            self.assertIn('"sessions": []', answer)
            self.assertEqual(len(self.rows()), 1, "control: it is there until it is swept")
        with Server("--session-journal", "7", data=self.data):
            wait_for(lambda: self.rows() == [], what="being forgotten")

    def test_turned_off(self):
        ini = os.path.join(self.data, "b.ini")
        def write(days):
            with open(ini, "w", encoding="ascii") as file:
                file.write(f"session-journal={days}\n")
        write(30)
        with Server("--config", ini, data=self.data) as server:
            node = Node(server)
            node.register()
            self.open(server, node)
            self.assertEqual(len(self.rows()), 1)
            write(0)
            server.process.send_signal(signal.SIGHUP)
            wait_for(lambda: self.rows() == [], what="all being forgotten")
            self.open(server, node)
            self.assertEqual(self.rows(), [])
            self.command("session", "at", when(), node.id, code=1)

    def test_erased_with_its_node(self):
        with Server("--session-journal", "7", data=self.data) as server:
            nodes = [Node(server), Node(server)]
            for node in nodes:
                node.register()
                self.open(server, node)
            self.assertEqual(len(self.rows()), 2)
            self.command("privacy", "erase", nodes[0].id)
            self.assertEqual([row[0] for row in self.rows()], [nodes[1].id])
            self.assertIn("journalledSessions", self.command("privacy", "report"))

    def test_words(self):
        with Server("--session-journal", "7", data=self.data) as server:
            node = Node(server)
            node.register()
            for word in ("yesterday", "25:00", "2026-13-01T00:00", "2026-02-30T00:00", "2026-01-01", "", "14:3",
                         "2026-01-01T00:00:60", "9" * 200, "14:03\n"):
                self.command("session", "at", word, node.id, code=2)
            for word in ("00:00", "00:00:00", "2026-01-01T00:00Z", "2026-01-01 00:00:00"):
                done = self.command("session", "at", word, node.id, "--json")
                self.assertIn('"days": 7', done)
            self.command("session", "at", "00:00", "no-node", code=2)
        for days in ("-1", "3651", "many"):
            self.assertIn("0 to 3650", self.command("--session-journal", days, "--listen", "127.0.0.1:0", code=2))


if __name__ == "__main__":
    unittest.main()
