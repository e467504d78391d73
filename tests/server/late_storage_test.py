# SPDX-License-Identifier: GPL-3.0-or-later
"""A storage that is late but does what it was asked: who was told 503 finds nothing done. A lock is
no lateness, as what waits for one fails in time: here the line to PostgreSQL is slow."""
import contextlib
import os
import shutil
import unittest

import postgres_test
from boson import Node, Server, route_request, wait_for
from hole import Hole


class LateStorageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = postgres_test.Postgres()

    @classmethod
    def tearDownClass(cls):
        cls.postgres.remove()

    def setUp(self):
        self.hole = Hole(self.postgres.port)
        self.addCleanup(self.hole.close)
        self.server = Server("--database",
                             f"postgresql://boson:secret@127.0.0.1:{self.hole.port}/boson")
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)

    def tearDown(self):
        self.hole.let_through()
        self.server.stop()
        self.postgres.ask("DELETE FROM nodes; DELETE FROM sessions")

    def rows(self, what):
        return int(self.postgres.ask("SELECT count(*) FROM " + what))

    def sessions(self):
        text = self.server.get("/metrics").body.decode()
        return sum(float(line.split()[-1]) for line in text.splitlines()
                   if line.startswith("boson_sessions{"))

    @contextlib.contextmanager
    def given_up(self, request):
        """The body runs when `request` has been answered 503, and the storage has not done it yet;
        afterwards it does."""
        self.hole.hold()
        answer = request()
        self.assertEqual((answer.status, answer.code), (503, "unavailable"))
        self.assertIn("Retry-After", answer.headers)
        yield
        self.hole.let_through()
        wait_for(lambda: self.server.get("/readyz").status == 200, what="ready again")

    def test_a_registration(self):
        node = Node(self.server)
        with self.given_up(lambda: node.register(proof=False)):
            self.assertIn(b'boson_nodes{state="online"} 0', self.server.get("/metrics").body)
        # Nobody knows its token: so it is not registered, and may be without any proof.
        wait_for(lambda: self.rows("nodes") == 0, what="the row that was given up is gone")
        self.assertEqual(self.server.get("/api/v1/nodes").json["nodes"], [])
        self.assertEqual(node.register(proof=False).status, 200)
        self.assertEqual(self.rows("nodes"), 1)

    def test_a_new_registration_of_a_known_node(self):
        node = Node(self.server)
        self.assertEqual(node.register().status, 200)
        node.country, node.region = "DE", None
        proof = node.proof()
        with self.given_up(lambda: node.register(proof=proof)):
            pass
        wait_for(lambda: self.rows("nodes WHERE country = 'US'") == 1, what="the former row")
        self.assertEqual(self.server.get("/api/v1/nodes").json["nodes"][0]["country"], "US")
        self.assertEqual(node.heartbeat().status, 200)
        self.assertEqual(node.register().status, 200)
        self.assertEqual(self.rows("nodes WHERE country = 'DE'"), 1)

    def test_what_was_not_written_is_asked_for_again(self):
        """The line is gone for good: the row is taken back when there is another one."""
        node = Node(self.server)
        with self.given_up(lambda: node.register(proof=False)):
            self.hole.swallow()
            self.hole.heal()
        wait_for(lambda: self.rows("nodes") == 0, what="no row")
        self.assertEqual(node.register(proof=False).status, 200)
        self.assertEqual(self.rows("nodes"), 1)

    def test_a_session(self):
        node = Node(self.server, maxConnections=1)
        self.assertEqual(node.register().status, 200)
        ask = lambda: self.server.post("/api/v1/routing/request", route_request())
        with self.given_up(ask):
            self.assertEqual(self.sessions(), 0)
        wait_for(lambda: self.rows("sessions WHERE status = 'active'") == 0, what="no session")
        self.assertEqual(self.sessions(), 0)
        self.assertEqual(ask().status, 200)  # the only place is free
        self.assertEqual(self.sessions(), 1)


if __name__ == "__main__":
    if postgres_test.binaries() is None:
        postgres_test.skip("PostgreSQL is not installed")
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        postgres_test.skip("PostgreSQL does not run as root, and there is no runuser")
    unittest.main()
