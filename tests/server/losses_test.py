# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL and Redis go in every way that they know, alone and together, while clients and nodes go on asking: each
request gets a definite answer in time, what was answered 200 is there afterwards, what was refused is not, and the
relay loses no frame meanwhile."""
import asyncio
import base64
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

if not shutil.which("redis-server"):
    print("SKIPPED: redis-server is not installed")
    sys.exit(77)
try:
    import websockets
except ImportError:
    print("SKIPPED: python3-websockets is not installed")
    sys.exit(77)

from boson import Node, Server, route_request, wait_for
from cluster import Redis, connect
from hole import Hole
from postgres_test import Postgres, binaries, skip

LASTS = 6          # seconds of a loss: longer than the storage's deadline of 5
IN_TIME = 3        # seconds: 1.8 for the storage, and what a busy machine needs
KEY = base64.b64encode(b"k" * 32).decode()
FREE = [word for each in ("routing", "register", "session", "heartbeat", "relay-open", "read", "work", "probe")
        for word in ("--limit", each + "-per-minute=1000000", "--limit", each + "-burst=1000000")] + \
    ["--limit", "waiting-sessions-per-address=100000", "--limit", "waiting-sessions-per-site=100000",
     "--limit", "waiting-sessions-per-network=100000", "--limit", "first-connection=600000",
     "--limit", "sessions-per-address=100000", "--limit", "sessions-per-site=100000",
     "--limit", "sessions-per-network=100000", "--limit", "nodes-per-address=100000",
     "--limit", "nodes-per-site=100000", "--limit", "nodes-per-network=100000"]


class Garbage:
    """In Redis' place, with what no Redis says."""

    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", port))
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        says = [b"*2147483647\r\n", b"$99999999999\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\xff" * 999,
                b"+OK\r\n" * 99, b"*-9\r\n", b":1\r\n" * 50, b"*1\r\n" * 5000]
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            says.append(says.pop(0))
            with peer:
                try:
                    peer.sendall(says[0])
                    peer.settimeout(0.2)
                    peer.recv(1000)
                except OSError:
                    pass  # it has gone, or says nothing

    def close(self):
        # Closed alone, it would listen on for as long as somebody waits in accept().
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()


class Relayed(threading.Thread):
    """A session whose client sends a numbered datagram each 20 ms, and whose node sends it back."""

    def __init__(self, server, node):
        super().__init__(daemon=True)
        answer = server.post("/api/v1/routing/request", route_request(targetNodeId=node.id, requirements={}))
        self.selected = answer.json["selectedRoute"]
        self.node = node
        self.sent = 0
        self.back = set()
        self.ending = threading.Event()
        self.running = threading.Event()
        self.fault = None

    def run(self):
        try:
            asyncio.run(self.carry())
        except (OSError, websockets.WebSocketException, asyncio.TimeoutError) as fault:
            self.fault = fault
            self.running.set()

    async def carry(self):
        endpoint = self.selected["relayEndpoint"]
        async with connect(endpoint, self.selected["sessionToken"]) as client, \
                connect(endpoint, self.node.token) as node:
            echoing = asyncio.ensure_future(self.echo(node))
            reading = asyncio.ensure_future(self.read(client))
            while not self.ending.is_set():
                await client.send(self.sent.to_bytes(8, "big") * 100)
                self.sent += 1
                if len(self.back) > 3:
                    self.running.set()
                await asyncio.sleep(0.02)
            for _ in range(100):
                if len(self.back) == self.sent:
                    break
                await asyncio.sleep(0.05)
            echoing.cancel()
            reading.cancel()

    @staticmethod
    async def echo(node):
        try:
            async for message in node:
                if isinstance(message, bytes):
                    await node.send(message)
        except websockets.ConnectionClosed:
            pass  # its client has ended the session

    async def read(self, client):
        try:
            async for message in client:
                if isinstance(message, bytes):
                    self.back.add(int.from_bytes(message[:8], "big"))
        except websockets.ConnectionClosed:
            pass  # what is missing is counted


class LossesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres()
        cls.redis = Redis()
        cls.redis.start()

    @classmethod
    def tearDownClass(cls):
        cls.redis.remove()
        cls.postgres.remove()

    def setUp(self):
        self.postgres.start()
        if self.redis.process is None:
            self.redis.start()
        self.hole = Hole(self.postgres.port)
        self.addCleanup(self.hole.close)
        self.server = Server("--database", f"postgresql://boson:secret@127.0.0.1:{self.hole.port}/boson",
                             "--redis", self.redis.url, *FREE)
        self.server.start()
        self.addCleanup(shutil.rmtree, self.server.data, True)
        self.addCleanup(self.server.stop, signal.SIGKILL)
        self.node = Node(self.server, maxConnections=10000)
        self.assertEqual(self.node.register().status, 200)
        wait_for(lambda: self.bus_is_up(), what="Redis")
        self.answers = []   # (kind, seconds, status)
        self.sessions = {}  # id -> token, of those that were answered 200
        self.ended = set()
        self.nodes = []
        self.lock = threading.Lock()

    def bus_is_up(self):
        return "Redis is there" in self.server.log_text()

    def tearDown(self):
        self.postgres.start()
        self.postgres.ask("DELETE FROM sessions; DELETE FROM nodes")

    def ask(self, kind, request):
        begun = time.monotonic()
        answer = request()
        with self.lock:
            self.answers.append((kind, time.monotonic() - begun, answer.status))
        return answer

    def routes(self, until):
        while time.monotonic() < until:
            answer = self.ask("route", lambda: self.server.post(
                "/api/v1/routing/request", route_request(targetNodeId=self.node.id, requirements={},
                                                         clientPublicKey=KEY)))
            if answer.status == 200:
                selected = answer.json["selectedRoute"]
                with self.lock:
                    self.sessions[selected["relayEndpoint"].rsplit("/", 1)[1]] = selected["sessionToken"]
            time.sleep(0.05)

    def registers(self, until):
        while time.monotonic() < until:
            node = Node(self.server)
            if self.ask("register", lambda: node.register(proof=False)).status == 200:
                self.nodes.append(node)
            time.sleep(0.1)

    def lives(self, until):
        """Renewals, ends and heartbeats, which are not to fail."""
        turn = 0
        while time.monotonic() < until:
            self.ask("heartbeat", self.node.heartbeat)
            with self.lock:
                known = [each for each in self.sessions if each not in self.ended]
            if known:
                turn += 1
                session = known[turn % len(known)]
                path, token = "/api/v1/sessions/" + session, self.sessions[session]
                if turn % 5 == 0:
                    self.ended.add(session)
                    self.ask("end", lambda: self.server.request("DELETE", path, token=token))
                else:
                    self.ask("renew", lambda: self.server.post(path + "/renew", token=token))
            time.sleep(0.05)

    def during(self, begin, end, database=True):
        """What is asked before, during and after a loss, and what is left of it."""
        relayed = Relayed(self.server, self.node)
        own = relayed.selected["relayEndpoint"].rsplit("/", 1)[1]
        relayed.start()
        self.assertTrue(relayed.running.wait(10), relayed.fault)
        until = time.monotonic() + LASTS + 4
        askers = [threading.Thread(target=each, args=(until,)) for each in
                  (self.routes, self.routes, self.registers, self.lives)]
        for asker in askers:
            asker.start()
        time.sleep(1)
        begin()
        time.sleep(LASTS)
        end()
        for asker in askers:
            asker.join()
        wait_for(lambda: self.server.get("/readyz").status == 200, 60, "ready again")
        relayed.ending.set()
        relayed.join()
        self.assertIsNone(relayed.fault)
        self.assertEqual(len(relayed.back), relayed.sent, "the relay lost something")
        self.assertGreater(relayed.sent, 100)
        self.judge(own, database)

    def judge(self, own, database):
        slow = [each for each in self.answers if each[1] > IN_TIME]
        self.assertFalse(slow, "answers that came late")
        allowed = {"route": {200, 503}, "register": {200, 503}, "renew": {200}, "end": {204}, "heartbeat": {200}}
        odd = [each for each in self.answers if each[2] not in allowed[each[0]]]
        self.assertFalse(odd[:5])
        refused = sum(1 for kind, _, status in self.answers if status == 503)
        self.assertEqual(refused > 0, database, f"{refused} refused: the loss was one, or none")
        live = set(self.sessions) - self.ended - {own}  # whose ends have closed it

        def active():
            return set(self.postgres.ask("SELECT session_id FROM sessions WHERE status = 'active'").split())
        try:
            wait_for(lambda: active() == live, 30, "the very sessions that were answered 200")
        except AssertionError as error:
            left = active() - live
            raise AssertionError(f"{error}: not in the base {live - active()}, ended {left & self.ended}, refused "
                                 f"{left - set(self.sessions)}\n{self.server.log_text()[-4000:]}") from None
        known = {self.node.id} | {each.id for each in self.nodes}
        wait_for(lambda: set(self.postgres.ask("SELECT node_id FROM nodes").split()) == known, 30,
                 "the very nodes that were answered 200")
        for node in self.nodes:
            self.assertEqual(node.heartbeat().status, 200)
        for session in list(live)[:20]:
            self.assertEqual(self.server.post(f"/api/v1/sessions/{session}/renew",
                                              token=self.sessions[session]).status, 200)
        for session in list(self.ended)[:20]:
            self.assertEqual(self.server.post(f"/api/v1/sessions/{session}/renew",
                                              token=self.sessions[session]).status, 401)
        kinds = {kind: sum(1 for each in self.answers if each[0] == kind) for kind in allowed}
        print(f"{self.id().rsplit('_in_', 1)[-1]}: {kinds}, {refused} refused, "
              f"{len(live)} sessions and {len(known)} nodes kept", flush=True)

    # --- one row each ----------------------------------------------------------------------------

    def test_in_postgresql_gone(self):
        self.during(self.postgres.stop, self.postgres.start)

    def test_in_postgresql_that_stands_still(self):
        self.during(lambda: self.postgres.signal(signal.SIGSTOP), lambda: self.postgres.signal(signal.SIGCONT))

    def test_in_postgresql_out_of_reach(self):
        self.during(self.hole.swallow, self.hole.heal)

    def test_in_postgresql_slow(self):
        ending = threading.Event()

        def stutter():
            while not ending.is_set():
                self.hole.hold()
                ending.wait(2.2)
                self.hole.let_through()
                ending.wait(0.3)
        self.during(threading.Thread(target=stutter, daemon=True).start, ending.set)

    def test_in_postgresql_that_refuses(self):
        def refuse():
            self.ask_elsewhere("ALTER DATABASE boson ALLOW_CONNECTIONS false")
            self.ask_elsewhere("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'boson'")
        self.during(refuse, lambda: self.ask_elsewhere("ALTER DATABASE boson ALLOW_CONNECTIONS true"))

    def ask_elsewhere(self, statement):
        subprocess.run([f"{self.postgres.bin}/psql", "-h", "127.0.0.1", "-p", str(self.postgres.port), "-U", "boson",
                        "-At", "-c", statement, "postgres"], check=True, stdout=subprocess.DEVNULL, cwd="/")

    def test_in_postgresql_read_only(self):
        def turn(how):
            self.ask_elsewhere(f"ALTER SYSTEM SET default_transaction_read_only = {how}")
            self.ask_elsewhere("SELECT pg_reload_conf()")
        self.addCleanup(turn, "off")
        # Whoever turns it back has to be allowed to write: ALTER SYSTEM is no transaction's.
        self.during(lambda: turn("on"), lambda: turn("off"))

    def test_in_postgresql_whose_disk_is_full(self):
        tables = ("sessions", "nodes")
        make = ("CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$; ")
        # Each by itself: two tables at once could wait for the server, and it for them.
        make = [make] + [f"CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {each} EXECUTE FUNCTION full_disk()"
                         for each in tables]
        drop = [f"DROP TRIGGER full_disk ON {each}" for each in tables]
        had = []

        def begin():
            for each in make:
                self.postgres.ask(each)
            had.append(self.connections())

        def end():
            # A new one costs more than the call, those behind it wait for it, and it would be refused as well.
            self.assertEqual(self.connections(), had[0], "refused calls keep their connections")
            for each in drop:
                self.postgres.ask(each)
        self.during(begin, end)

    def connections(self):
        return self.postgres.ask("SELECT string_agg(pid::text, ' ' ORDER BY pid) FROM pg_stat_activity WHERE"
                                 " datname = 'boson' AND pid <> pg_backend_pid()")

    def test_in_redis_gone(self):
        self.during(self.redis.stop, self.redis.start, database=False)

    def test_in_redis_that_stands_still(self):
        self.during(lambda: self.redis.signal(signal.SIGSTOP), lambda: self.redis.signal(signal.SIGCONT),
                    database=False)

    def test_in_redis_with_garbage(self):
        def begin():
            self.redis.stop()
            self.garbage = Garbage(self.redis.port)

        def end():
            self.garbage.close()
            wait_for(lambda: self.started(), what="Redis on its port again")
        self.during(begin, end, database=False)

    def started(self):
        try:
            self.redis.start()
            return True
        except AssertionError:
            self.redis.stop()
            return False

    def test_in_both_gone(self):
        def begin():
            self.redis.stop()
            self.postgres.stop()

        def end():
            self.postgres.start()
            self.redis.start()
        self.during(begin, end)


if __name__ == "__main__":
    if binaries() is None:
        skip("PostgreSQL is not installed")
    unittest.main()
