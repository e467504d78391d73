# SPDX-License-Identifier: GPL-3.0-or-later
"""The same storage tests, and a running server, on a real PostgreSQL that this script starts."""
import glob
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

from boson import Node, Server, route_request, wait_for
from hole import Hole


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


def binaries():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    return os.path.dirname(found[-1]) if found else None


class Postgres:
    """A cluster of its own in a temporary directory, on a Unix socket and a loopback port."""

    def __init__(self):
        self.bin = binaries()
        self.dir = tempfile.mkdtemp(prefix="boson-pg-")
        self.user = []
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            os.chown(self.dir, account.pw_uid, account.pw_gid)
            self.user = ["runuser", "-u", "postgres", "--"]
        import socket
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"postgresql://boson:secret@127.0.0.1:{self.port}/boson"
        self.run("initdb", "-D", self.dir + "/data", "-U", "boson", "--auth=trust", "-E", "UTF8",
                 "--no-sync")
        self.start()
        self.run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "boson", "boson")

    def run(self, program, *arguments):
        subprocess.run([*self.user, f"{self.bin}/{program}", *arguments], check=True,
                       stdout=subprocess.DEVNULL, cwd="/")

    def start(self):
        if self.is_running():
            return
        self.run("pg_ctl", "-D", self.dir + "/data", "-w", "-l", self.dir + "/log", "-o",
                 f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.dir} -c fsync=off",
                 "start")

    def is_running(self):
        return subprocess.run([*self.user, f"{self.bin}/pg_ctl", "-D", self.dir + "/data", "status"],
                              stdout=subprocess.DEVNULL, cwd="/", check=False).returncode == 0

    def stop(self):
        self.run("pg_ctl", "-D", self.dir + "/data", "-w", "-m", "immediate", "stop")

    def signal(self, number):
        """To all of its processes."""
        with open(self.dir + "/data/postmaster.pid", encoding="ascii") as file:
            parent = int(file.readline())
        with open(f"/proc/{parent}/task/{parent}/children", encoding="ascii") as file:
            for each in [parent, *map(int, file.read().split())]:
                os.kill(each, number)

    def ask(self, statement):
        return subprocess.run([f"{self.bin}/psql", "-h", "127.0.0.1", "-p", str(self.port), "-U",
                               "boson", "-At", "-c", statement, "boson"], check=True, text=True,
                              capture_output=True, cwd="/").stdout.strip()

    def remove(self):
        try:
            self.stop()
        except subprocess.CalledProcessError:
            pass
        shutil.rmtree(self.dir, ignore_errors=True)


class PostgresTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres()

    @classmethod
    def tearDownClass(cls):
        cls.postgres.remove()

    def setUp(self):
        self.postgres.start()

    def test_storage(self):
        for name in ("server_storage", "server_session_claims"):
            program = os.path.join(os.environ["HIGGS_BUILD"], "tests", name)
            done = subprocess.run([program], capture_output=True, text=True, check=False,
                                  env=dict(os.environ, HIGGS_TEST_POSTGRES=self.postgres.url))
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertIn("postgres", subprocess.run([program, "-datatags"], text=True,
                                                     capture_output=True, check=True,
                                                     env=dict(os.environ, HIGGS_TEST_POSTGRES="x")
                                                     ).stdout)

    def test_server_loses_and_finds_it(self):
        with Server("--database", self.postgres.url) as server:
            node = Node(server)
            self.assertEqual(node.register().status, 200)
            self.assertEqual(server.post("/api/v1/routing/request", route_request()).status, 200)
            self.postgres.stop()
            wait_for(lambda: server.get("/readyz").status == 503, what="not ready")
            answer = server.post("/api/v1/routing/request", route_request())
            self.assertEqual(answer.status, 503)
            self.assertIn("Retry-After", answer.headers)
            self.assertEqual(server.get("/healthz").status, 200)
            self.postgres.start()
            wait_for(lambda: server.get("/readyz").status == 200, 8, what="ready again")
            self.assertEqual(server.post("/api/v1/routing/request", route_request()).status, 200)
            self.assertEqual(node.heartbeat().status, 200)
            self.assertNotIn("secret", server.log_text())

    def test_a_second_server_is_refused(self):
        from boson import BIN
        with Server("--database", self.postgres.url) as server:
            node = Node(server)
            node.register()
            data = tempfile.mkdtemp(prefix="boson-test-")
            self.addCleanup(shutil.rmtree, data, True)
            second = [BIN, "--data-dir", data, "--listen", "127.0.0.1:0", "--stun", "off",
                      "--database", self.postgres.url]
            done = subprocess.run(second, capture_output=True, text=True, timeout=30, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("another boson-server", done.stderr)
            self.assertNotIn("secret", done.stderr)
            self.assertEqual(node.heartbeat().status, 200)
            # The first one dies: the next takes over.
            server.stop(signal.SIGKILL)
            server.start()
            self.assertEqual(node.register().status, 200)

    def session_of(self, server, node):
        """A session with its token and the time of its end."""
        answer = server.post("/api/v1/routing/request", route_request())
        self.assertEqual(answer.status, 200, answer.body)
        chosen = answer.json["selectedRoute"]
        return chosen["relayEndpoint"].rsplit("/", 1)[1], chosen["sessionToken"], chosen["expiresAt"]

    def expiry_in_database(self, session):
        return int(self.postgres.ask(
            f"SELECT expires_at FROM sessions WHERE session_id = '{session}'"))

    def check_served_from_memory(self, server, node, session, token):
        self.assertEqual(node.heartbeat().status, 200)
        self.assertEqual(server.get("/api/v1/locations").json["locations"][0]["country"], "US")
        listed = [one["nodeId"] for one in server.get("/api/v1/nodes").json["nodes"]]
        self.assertIn(node.id, listed)
        renewed = server.post(f"/api/v1/sessions/{session}/renew", token=token)
        self.assertEqual(renewed.status, 200)
        self.assertEqual(server.get("/healthz").status, 200)
        self.assertEqual(server.get("/readyz").status, 503)
        return renewed.json["expiresAt"]

    def test_an_outage_is_served_from_memory_and_written_down_afterwards(self):
        with Server("--database", self.postgres.url) as server:
            node = Node(server)
            self.assertEqual(node.register().status, 200)
            session, token, first = self.session_of(server, node)
            ended, ended_token, _ = self.session_of(server, node)
            self.assertEqual(self.expiry_in_database(session), first)
            self.postgres.stop()
            wait_for(lambda: server.get("/readyz").status == 503, what="not ready")
            until = self.check_served_from_memory(server, node, session, token)
            self.assertGreater(until, first)
            self.assertEqual(
                server.request("DELETE", f"/api/v1/sessions/{ended}", token=ended_token).status, 204)
            self.postgres.start()
            wait_for(lambda: server.get("/readyz").status == 200, 8, what="ready again")
            wait_for(lambda: self.expiry_in_database(session) == until, what="the renewal is kept")
            wait_for(lambda: self.postgres.ask("SELECT count(*) FROM sessions WHERE status = 'active'"
                                               f" AND session_id = '{ended}'") == "0",
                     what="the end is kept")

    def test_a_peer_that_is_gone_without_a_word(self):
        hole = Hole(self.postgres.port)
        self.addCleanup(hole.close)
        url = f"postgresql://boson:secret@127.0.0.1:{hole.port}/boson"
        with Server("--database", url) as server:
            node = Node(server)
            self.assertEqual(node.register().status, 200)
            session, token, _ = self.session_of(server, node)
            hole.swallow()
            answer = server.post("/api/v1/routing/request", route_request())
            self.assertEqual((answer.status, answer.code), (503, "unavailable"))
            wait_for(lambda: server.get("/readyz").status == 503, what="not ready")
            self.check_served_from_memory(server, node, session, token)
            wait_for(lambda: "thread left behind" in server.log_text(), 20, what="another thread")
            hole.heal()
            wait_for(lambda: server.get("/readyz").status == 200, 20, what="ready again")
            self.assertEqual(server.post("/api/v1/routing/request", route_request()).status, 200)
            hole.swallow()
            self.assertEqual(server.stop(), 0)

    def test_a_database_that_is_not_there_at_the_start(self):
        with Server("--database", self.postgres.url) as server:
            node = Node(server)
            self.assertEqual(node.register().status, 200)
            session, token, _ = self.session_of(server, node)
            server.stop()
            self.postgres.stop()
            server.start()
            self.assertEqual(server.get("/healthz").status, 200)
            self.assertEqual(server.get("/readyz").status, 503)
            for answer in (node.heartbeat(), server.get("/api/v1/locations"),
                           server.post("/api/v1/routing/request", route_request()),
                           server.post(f"/api/v1/sessions/{session}/renew", token=token)):
                self.assertEqual((answer.status, answer.code), (503, "unavailable"))
            self.postgres.start()
            wait_for(lambda: server.get("/readyz").status == 200, 20, what="ready")
            self.assertEqual(node.heartbeat().status, 200)
            self.assertEqual(
                server.post(f"/api/v1/sessions/{session}/renew", token=token).status, 200)
            self.assertNotIn("secret", server.log_text())

    def test_what_the_operator_wrote_wrong_ends_the_start(self):
        """Nobody waits for what does not come by waiting."""
        place = f"127.0.0.1:{self.postgres.port}"
        for url, says in ((f"postgresql://nobody:hidden@{place}/boson", "nobody"),
                          (f"postgresql://boson:hidden@{place}/nowhere", "nowhere"),
                          (f"postgresql://boson:hidden@{place}/boson?sslmode=require", "SSL"),
                          (f"postgresql://boson:hidden@{place}/boson?sslmode=verify-full"
                           "&sslrootcert=/no/where.crt", "SSL|certificate")):
            with tempfile.TemporaryDirectory() as data:
                from boson import BIN
                done = subprocess.run([BIN, "--data-dir", data, "--listen",
                                       "127.0.0.1:0", "--stun", "off", "--database", url],
                                      capture_output=True, text=True, check=False, timeout=60)
                self.assertEqual(done.returncode, 1, (url, done.stderr))
                self.assertRegex(done.stderr, says)
                self.assertNotIn("hidden", done.stderr)

    def test_it_ends_without_a_database(self):
        with Server("--database", "postgresql://u:hidden@127.0.0.1:1/none") as server:
            self.assertEqual(server.get("/readyz").status, 503)
            self.assertIn("127.0.0.1:1/none", server.log_text())
            self.assertIn("Connection refused", server.log_text())
            self.assertNotIn("QPSQL", server.log_text())
            self.assertEqual(server.stop(), 0)
            self.assertNotIn("hidden", server.log_text())


if __name__ == "__main__":
    if binaries() is None:
        skip("PostgreSQL is not installed")
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        skip("PostgreSQL does not run as root, and there is no runuser")
    unittest.main()
