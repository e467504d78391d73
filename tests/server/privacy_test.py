# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server keeps of people, and that it goes: on SQLite and on PostgreSQL."""
import contextlib
import hashlib
import os
import shutil
import sqlite3
import subprocess
import time
import unittest
import uuid

import postgres_test
from boson import BIN, Node, Server, route_request, wait_for

ADDRESS = "127.0.0.1"


class Privacy:
    def command(self, *words):
        return subprocess.run([BIN, "--data-dir", self.server.data, *self.options, *words],
                              capture_output=True, text=True, check=False, timeout=30)

    def kept(self, *node):
        done = self.command("privacy", "report", *node)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {line.split()[0]: int(line.split()[1]) for line in done.stdout.splitlines()}

    def node_with_all(self, server):
        """A registered node with metrics, and a client's session on it."""
        node = Node(server)
        self.assertEqual(node.register().status, 200)
        if time.time() % 3600 > 3590:  # a report may be an hour old, and no older
            time.sleep(10)
        hour = int(time.time()) // 3600 * 3600
        for before in (0, 1):  # two hours, at any minute of one
            report = {"nodeId": node.id, "timestamp": hour * 1000 - before,
                      "metrics": {"network": {"latency": 70, "jitter": 1, "packetLoss": 0,
                                              "bandwidth": {"up": 1, "down": 1}}}}
            self.assertEqual(server.post("/api/v1/metrics", report, token=node.token).status, 200)
        client = str(uuid.uuid4())
        answer = server.post("/api/v1/routing/request", route_request(client))
        self.assertEqual(answer.status, 200)
        # A client on loopback has no mapped address that would be believed.
        self.run_sql("UPDATE sessions SET client_mapped = '9.9.9.9:40000'")
        return node, client, answer.json["selectedRoute"]

    def test_a_clients_traces_go_with_its_session(self):
        with self.started() as server:
            _, client, route = self.node_with_all(server)
            self.assertEqual(self.one("SELECT client_mapped FROM sessions"), "9.9.9.9:40000")
            group = self.one("SELECT client_group FROM sessions")
            for said in (f"client|{client}|{ADDRESS}", ADDRESS):
                self.assertNotIn(hashlib.sha256(said.encode()).hexdigest(), group)
            key = os.path.join(server.data, "client-groups.key")
            self.assertEqual(os.stat(key).st_mode & 0o777, 0o600)
            session = route["relayEndpoint"].rsplit("/", 1)[1]
            self.assertEqual(server.request("DELETE", "/api/v1/sessions/" + session,
                                            token=route["sessionToken"]).status, 204)
            wait_for(lambda: self.kept()["liveSessions"] == 0, what="the session's end")
            self.assertEqual(self.kept()["clientAddresses"], 0)
            self.assertEqual(self.one("SELECT client_id || client_group FROM sessions"), "")

    def test_groups_of_an_earlier_version_are_made_anew(self):
        with self.started() as server:
            _, client, _ = self.node_with_all(server)
            server.stop()
            old = hashlib.sha256(f"client|{client}|{ADDRESS}".encode()).hexdigest()
            self.run_sql(f"UPDATE sessions SET client_group = '{old}'")
            server.start()
            wait_for(lambda: self.one("SELECT client_group FROM sessions").startswith("keyed-"),
                     what="another group")

    def test_metrics_are_by_the_hour_and_go_with_the_node(self):
        with self.started() as server:
            node, _, _ = self.node_with_all(server)
            server.stop()  # which writes them
            self.assertEqual(self.kept()["metricsHours"], 2)  # a minute of each of two hours
            self.assertEqual(self.kept()["metricsMinutes"], 0)
            server.start()
            self.assertEqual(self.command("node", "remove", node.id).returncode, 0)
            self.assertEqual(self.kept()["metricsHours"], 0)

    def test_nothing_is_left_of_a_node_that_is_erased(self):
        with self.started() as server:
            node, _, _ = self.node_with_all(server)
            server.stop()
            server.start()
            before = self.kept(node.id)
            self.assertEqual((before["nodes"], before["liveSessions"], before["clientAddresses"],
                              before["metricsHours"]), (1, 1, 1, 2))
            erased = self.command("privacy", "erase", node.id)
            self.assertEqual((erased.returncode, erased.stderr), (0, ""))
            self.assertEqual({line.split()[1] for line in erased.stdout.splitlines()}, {"0"})
            self.assertEqual(server.get("/api/v1/nodes").json["nodes"], [])
            self.assertEqual(node.heartbeat().status, 401)
            server.stop()
            self.assertEqual(set(self.kept(node.id).values()), {0}, "also what was in memory")
            self.assertEqual(self.command("privacy", "erase", "x").returncode, 1)
            self.assertEqual(self.command("privacy", "erase").returncode, 2)


class SqliteTest(Privacy, unittest.TestCase):
    def started(self):
        self.options = []
        self.server = Server()
        return self.server

    def run_sql(self, statement):
        with contextlib.closing(sqlite3.connect(os.path.join(self.server.data, "boson.db"))) as db:
            rows = db.execute(statement).fetchall()
            db.commit()
            return rows

    def one(self, statement):
        return self.run_sql(statement)[0][0]

    def test_a_whole_file_is_read_by_command_only(self):
        with self.started() as server:
            done = self.command("check-database")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            server.stop()
            path = os.path.join(server.data, "boson.db")
            self.run_sql("CREATE TABLE other AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
                         " SELECT i + 1 FROM n WHERE i < 5000) SELECT i, hex(randomblob(40)) FROM n")
            with open(path, "r+b") as file:
                file.seek(os.path.getsize(path) - 65536)
                file.write(os.urandom(65536))
            damaged = self.command("check-database")
            self.assertEqual(damaged.returncode, 1)
            self.assertIn("boson.db", damaged.stderr)
            server.start()  # nothing of that is needed
            self.assertEqual(server.get("/readyz").status, 200)

    def test_a_start_without_the_nodes_is_refused(self):
        with self.started() as server:
            self.node_with_all(server)
            server.stop()
            path = os.path.join(server.data, "boson.db")
            page = self.one("PRAGMA page_size")
            root = self.one("SELECT rootpage FROM sqlite_master WHERE name = 'nodes'")
            with open(path, "r+b") as file:
                file.seek((root - 1) * page)
                file.write(os.urandom(page))
            done = self.command("--listen", "127.0.0.1:0", "--stun", "off")
            self.assertEqual(done.returncode, 1)
            self.assertIn("corrupt", done.stderr)


class PostgresTest(Privacy, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if postgres_test.binaries() is None or (os.geteuid() == 0 and
                                                shutil.which("runuser") is None):
            raise unittest.SkipTest("PostgreSQL is not installed")
        cls.postgres = postgres_test.Postgres()

    @classmethod
    def tearDownClass(cls):
        cls.postgres.remove()

    def started(self):
        self.options = ["--database", self.postgres.url]
        self.server = Server(*self.options)
        self.addCleanup(self.postgres.ask, "DELETE FROM nodes; DELETE FROM sessions")
        return self.server

    def run_sql(self, statement):
        return self.postgres.ask(statement)

    one = run_sql


if __name__ == "__main__":
    unittest.main()
