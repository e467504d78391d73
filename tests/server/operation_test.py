# SPDX-License-Identifier: GPL-3.0-or-later
"""How boson-server starts, refuses to start, loses its storage, restarts, reloads and stops."""
import asyncio
import contextlib
import ctypes
import errno
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import tempfile
import time
import unittest
import uuid

import websockets

from boson import BIN, Node, Server, route_request, tls_context, wait_for


def run(*arguments, env=None):
    return subprocess.run([BIN, *arguments], capture_output=True, text=True, timeout=20,
                          env=dict(os.environ, **(env or {})))


def without_ipv6():
    """Of a process to be: socket(AF_INET6) is EAFNOSUPPORT, as with ipv6.disable=1."""
    libc = ctypes.CDLL(None)
    word, equal, answer = 0x20, 0x15, 0x06  # BPF: load a word, jump if equal, return
    number = {"x86_64": 41, "aarch64": 198}[os.uname().machine]
    code = [(word, 0, 0, 0), (equal, 0, 3, number), (word, 0, 0, 16),
            (equal, 0, 1, socket.AF_INET6), (answer, 0, 0, 0x00050000 | errno.EAFNOSUPPORT),
            (answer, 0, 0, 0x7fff0000)]
    filters = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *row) for row in code))
    program = struct.pack("HL", len(code), ctypes.addressof(filters))
    if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, program, 0, 0) != 0:
        raise OSError("no seccomp")


class StartTest(unittest.TestCase):
    def setUp(self):
        self.data = tempfile.mkdtemp(prefix="boson-test-")
        self.addCleanup(shutil.rmtree, self.data, True)

    def refused(self, code, *arguments, says="", env=None):
        options = ["--data-dir", self.data, "--listen", "127.0.0.1:0", "--stun", "off"]
        done = run(*options, *arguments, env=env)
        self.assertEqual(done.returncode, code, done.stderr)
        line = done.stderr.strip().splitlines()[-1]
        self.assertTrue(line.startswith("boson-server: "), line)
        self.assertEqual(len([l for l in done.stderr.splitlines()
                              if l.startswith("boson-server: ")]), 1, done.stderr)
        self.assertIn(says, line)
        self.assertEqual(done.stdout, "")

    def test_help_and_version(self):
        self.assertIn("--listen", run("--help").stdout)
        self.assertIn("register-per-minute", run("--help").stdout)
        self.assertRegex(run("--version").stdout, r"^boson-server \d")

    def test_usage(self):
        self.refused(2, "--nonsense", says="--nonsense")
        self.refused(2, "--listen", "nowhere")
        self.refused(2, "--listen")
        self.refused(2, "--access", "maybe", says="open or key")
        self.refused(2, "--session-ttl", "0")
        self.refused(2, "--database", "mysql://x")
        self.refused(2, "--limit", "nothing=1", says="nothing")
        self.refused(2, "nonsense")
        self.refused(2, "--tls-cert", "/dev/null")

    def test_redis_urls(self):
        self.refused(2, "--redis", "127.0.0.1:6379", says="redis://")
        self.refused(2, "--redis", "rediss://127.0.0.1?verify=no", says="ca=FILE")
        self.refused(2, "--redis", "redis://127.0.0.1:0", says="port")

    def test_port_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            self.refused(1, "--listen", "127.0.0.1:%d" % taken.getsockname()[1], says="in use")

    def test_stun_port_taken(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            self.refused(1, "--stun", "127.0.0.1:%d" % taken.getsockname()[1], says="STUN")

    def test_corrupt_database(self):
        with open(os.path.join(self.data, "boson.db"), "wb") as file:
            file.write(b"this is no database" * 1000)
        self.refused(1, says="boson.db")

    def test_a_second_server_on_the_same_database(self):
        path = os.path.join(self.data, "shared.db")
        other = tempfile.mkdtemp(prefix="boson-test-")
        self.addCleanup(shutil.rmtree, other, True)
        with Server("--database", "sqlite:" + path, data=other) as server:
            node = Node(server)
            node.register()
            self.refused(1, "--database", "sqlite:" + path, says="another boson-server")
            self.assertEqual(node.heartbeat().status, 200)
            server.stop(signal.SIGKILL)
            with Server("--database", "sqlite:" + path, data=self.data) as second:
                self.assertEqual(second.get("/readyz").status, 200, "it takes over")

    def test_half_corrupt_database(self):
        with Server(data=self.data):
            pass
        path = os.path.join(self.data, "boson.db")
        with open(path, "r+b") as file:
            file.seek(1024)
            file.write(os.urandom(os.path.getsize(path) - 1024))
        self.refused(1, says="boson.db")

    def test_unwritable_data_directory(self):
        file = os.path.join(self.data, "file")
        open(file, "w").close()
        self.refused(1, "--data-dir", os.path.join(file, "below"), says="data directory")
        self.refused(1, "--data-dir", "/proc/boson", says="data directory")

    def test_bad_certificate(self):
        self.refused(1, "--tls-cert", BIN, "--tls-key", BIN, says="certificate")

    def test_missing_configuration_file(self):
        self.refused(1, "--config", "/nonexistent.ini", says="nonexistent")

    def test_unknown_key_in_configuration(self):
        path = os.path.join(self.data, "b.ini")
        with open(path, "w", encoding="ascii") as file:
            file.write("lissen=127.0.0.1:0\n")
        self.refused(2, "--config", path, says="lissen")

    def test_sources_of_options(self):
        path = os.path.join(self.data, "b.ini")
        with open(path, "w", encoding="ascii") as file:
            file.write("session-ttl=100\npublic-host=ini.example\ndns=192.0.2.1,192.0.2.2\n"
                       "[limits]\nread-burst=3\nread-per-minute=6\n")
        with Server("--config", path, data=self.data,
                    env={"BOSON_PUBLIC_HOST": "env.example"}) as server:
            info = server.get("/api/v1/server").json
            self.assertEqual(info["relayServers"][0]["host"], "env.example")
            node = Node(server)
            node.register(proof=False)
            selected = server.post("/api/v1/routing/request", route_request()).json["selectedRoute"]
            self.assertLess(selected["expiresAt"] - time.time() * 1000, 101000)
            self.assertEqual(selected["nodeEndpoint"]["wireguardConfig"]["dns"],
                             ["192.0.2.1", "192.0.2.2"])
            server.get("/api/v1/server"), server.get("/api/v1/server")
            answer = server.get("/api/v1/server")
            self.assertEqual((answer.status, answer.code), (429, "rate_limited"))
            self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
            self.assertEqual(server.get("/healthz").status, 200)

    def test_secrets_are_private(self):
        with Server(data=self.data):
            for name in ("jwt.key", "server.key", "certificate.key", "boson.db"):
                self.assertEqual(os.stat(os.path.join(self.data, name)).st_mode & 0o077, 0, name)

    def test_certificate_is_kept(self):
        with Server(data=self.data) as server:
            first = server.pin
        with Server(data=self.data) as server:
            self.assertEqual(server.pin, first)
            self.assertRegex(first, "^[0-9a-f]{64}$")


class CommandTest(unittest.TestCase):
    def setUp(self):
        self.data = tempfile.mkdtemp(prefix="boson-test-")
        self.addCleanup(shutil.rmtree, self.data, True)

    def command(self, *words, code=0):
        done = run("--data-dir", self.data, *words)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout.strip()

    def test_access_keys(self):
        with Server(data=self.data):
            pass  # a command makes no database
        key = self.command("access-key", "add", "alice", "for=any")
        self.command("access-key", "add", "alice", code=1)
        self.assertEqual(self.command("access-key", "list"), "alice  for any")
        with open(os.path.join(self.data, "boson.db"), "rb") as file:
            self.assertNotIn(key.encode(), file.read())
        with Server("--access", "key", "--node-access", "key", data=self.data) as server:
            node = Node(server)
            self.assertEqual(node.register().status, 401)
            with_key = {"Higgs-Access-Key": key}
            self.assertEqual(node.register(headers=with_key).status, 200)
            ask = lambda value: server.post("/api/v1/routing/request", route_request(),
                                            headers={"Higgs-Access-Key": value}).status
            self.assertEqual(server.post("/api/v1/routing/request", route_request()).status, 401)
            self.assertEqual(ask("hk_wrong"), 401)
            self.assertEqual(ask(key), 200)
            # A running server hears of new and removed keys.
            second = self.command("access-key", "add", "bob")
            wait_for(lambda: ask(second) == 200, what="the new key")
            self.command("access-key", "remove", "alice")
            wait_for(lambda: ask(key) == 401, what="the removed key")
        self.command("access-key", "remove", "nobody", code=1)

    def test_approval(self):
        with Server("--node-access", "approve", data=self.data) as server:
            node = Node(server)
            self.assertEqual(node.register().json["status"], "pending")
            self.assertEqual(node.heartbeat().status, 200)
            self.assertEqual(server.get("/api/v1/locations").json["locations"], [])
            answer = server.post("/api/v1/routing/request", route_request())
            self.assertEqual((answer.status, answer.code), (503, "no_node_online"))
            self.assertIn("Retry-After", answer.headers)
            self.assertIn("pending", self.command("node", "list"))
            self.command("node", "approve", node.id)
            wait_for(lambda: server.get("/api/v1/locations").json["locations"], what="approval")
            self.assertEqual(node.register().json["status"], "registered")
            self.command("node", "remove", node.id)
            wait_for(lambda: node.heartbeat().status == 401, what="removal")
        self.command("node", "remove", node.id, code=1)
        self.command("node", "approve", "nonsense", code=2)

    def test_orders(self):
        with Server(data=self.data) as server:
            node = Node(server)
            node.register()
            told = lambda status="online": node.heartbeat(status).json["actions"]
            offered = lambda: server.get("/api/v1/locations").json["locations"]
            self.assertEqual(told(), [])
            self.command("node", "restart", node.id)
            self.assertEqual(wait_for(told, what="the restart"), [{"type": "restart", "payload": {}}])
            self.assertEqual(told(), [], "an order is given once")
            self.command("node", "refresh", node.id)
            self.assertEqual(wait_for(told, what="the refresh"),
                             [{"type": "updateConfig", "payload": {}}])
            self.command("node", "maintenance", node.id, "on", "60")
            wait_for(lambda: not offered(), what="nobody being sent there")
            chosen = server.post("/api/v1/routing/request", route_request(targetNodeId=node.id))
            self.assertEqual((chosen.status, chosen.code), (503, "node_offline"))
            self.assertEqual(told(), [{"type": "maintenance", "payload": {"enabled": True, "within": 60}}])
            self.assertEqual(told("degraded"), [])
            self.assertEqual(told(), [{"type": "maintenance", "payload": {"enabled": True}}],
                             "one that was started anew is reminded")
            self.assertIn("maintenance", self.command("node", "list"))
            node.register()
            self.assertEqual(offered(), [], "a registration does not end it")
        # Neither does a new server, which also gives what the old one could not.
        self.command("node", "restart", node.id)
        with Server(data=self.data) as server:
            node.server = server
            self.assertEqual(server.get("/api/v1/locations").json["locations"], [])
            self.assertEqual(node.heartbeat("degraded").json["actions"],
                             [{"type": "restart", "payload": {}}])
            self.command("node", "maintenance", node.id, "off")
            off = [{"type": "maintenance", "payload": {"enabled": False}}]
            wait_for(lambda: node.heartbeat("degraded").json["actions"] == off, what="the end of it")
            self.assertTrue(server.get("/api/v1/locations").json["locations"])
        for words in (["restart"], ["restart", node.id, "now"], ["maintenance", node.id],
                      ["maintenance", node.id, "maybe"], ["maintenance", node.id, "on", "soon"],
                      ["maintenance", node.id, "on", "86401"], ["maintenance", node.id, "off", "5"]):
            self.command("node", *words, code=2)
        self.command("node", "restart", "00000000-0000-4000-8000-000000000000", code=1)

    def test_a_database_of_the_first_version(self):
        with Server(data=self.data) as server:
            node = Node(server)
            node.register()
        with contextlib.closing(sqlite3.connect(os.path.join(self.data, "boson.db"))) as database:
            database.execute("ALTER TABLE nodes DROP COLUMN maintenance")
            database.execute("DROP TABLE node_orders")
            database.execute("DROP TABLE bans")
            database.execute("DROP TABLE metrics_hours")
            database.execute("ALTER TABLE nodes DROP COLUMN registered_from")
            database.execute("DROP INDEX nodes_by_access_key")
            database.execute("ALTER TABLE nodes DROP COLUMN access_key")
            database.execute("DROP TABLE instances")
            database.execute("DROP TABLE shared_secrets")
            database.execute("DROP TABLE session_journal")
            for name in ("sessions_by_address", "sessions_by_client", "sessions_by_key"):
                database.execute(f"DROP INDEX {name}")
            database.execute("ALTER TABLE sessions DROP COLUMN instance")
            # Two live sessions of one address, as an end that was never written down left them.
            for session, created in (("a", 1), ("b", 2), ("c", 2)):
                database.execute(
                    "INSERT INTO sessions VALUES (?, ?, 'client', 'group', 'route', 'relay', 'digest', NULL,"
                    " 'Unknown', NULL, 7, 'active', ?, 1)", (session, node.id, created))
            for column in ("note", "expires_at", "last_used", "max_sessions", "relay_mbps", "purpose"):
                database.execute(f"ALTER TABLE access_keys DROP COLUMN {column}")
            database.execute("DELETE FROM schema_version WHERE version > 1")
            database.commit()
        with Server(data=self.data) as server:
            node.server = server
            self.assertEqual(node.heartbeat().status, 200, "its node is known")
            self.command("node", "maintenance", node.id, "on")
            wait_for(lambda: node.heartbeat().json["actions"], what="the order")
        with contextlib.closing(sqlite3.connect(os.path.join(self.data, "boson.db"))) as database:
            left = database.execute("SELECT session_id FROM sessions WHERE status = 'active'").fetchall()
        self.assertEqual(left, [("c",)], "the latest one keeps the address")

    def test_turn_config_and_openapi(self):
        secret = os.path.join(self.data, "secret")
        with open(secret, "w", encoding="ascii") as file:
            file.write("abc\n")
        text = self.command("--turn", "turn.example:3478", "--turn-secret-file", secret,
                            "turn-config")
        self.assertIn("static-auth-secret=abc", text)
        self.assertIn("denied-peer-ip=10.0.0.0-10.255.255.255", text)
        turn = ["--turn", "turn.example:3478", "--turn-secret-file", secret, "turn-config"]
        written = os.path.join(self.data, "turnserver.conf")
        self.command(*turn, written)
        redirected = os.path.join(self.data, "redirected.conf")
        with open(redirected, "w", encoding="ascii") as file:
            os.fchmod(file.fileno(), 0o644)
            subprocess.run([BIN, "--data-dir", self.data, *turn], stdout=file, check=True)
        for path in (written, redirected):
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600, path)
            with open(path, encoding="ascii") as file:
                self.assertIn("static-auth-secret=abc", file.read())
        master, terminal = os.openpty()
        process = subprocess.Popen([BIN, "--data-dir", self.data, *turn], stdout=terminal)
        os.close(terminal)
        shown = b""
        with contextlib.suppress(OSError):  # EIO at its end
            while piece := os.read(master, 4096):
                shown += piece
        os.close(master)
        self.assertEqual(process.wait(), 0)
        self.assertIn(b"denied-peer-ip=", shown)
        self.assertNotIn(b"static-auth-secret=abc", shown)
        self.command(*turn, written, "another", code=2)
        self.command("turn-config", code=2)
        self.command("openapi")


class RunningTest(unittest.TestCase):
    def test_restart_keeps_sessions(self):
        asyncio.run(self.restart_keeps_sessions())

    async def restart_keeps_sessions(self):
        with Server() as server:
            node = Node(server)
            node.register()
            selected = server.post("/api/v1/routing/request",
                                   route_request(clientPublicKey=Node(server).public_key)
                                   ).json["selectedRoute"]
            port = server.port
            server.stop(signal.SIGKILL)
            server.start(f"127.0.0.1:{port}")
            self.assertEqual(node.heartbeat().json["actions"][0]["type"], "connect")
            path = selected["relayEndpoint"].split(str(port), 1)[1]
            headers = {"Authorization": "Bearer " + selected["sessionToken"]}
            async with websockets.connect(server.url(path), ssl=tls_context(),
                                          extra_headers=headers) as relay:
                self.assertIn("connected", await asyncio.wait_for(relay.recv(), 5))
            self.assertEqual(node.register().status, 200)

    def test_session_expires(self):
        asyncio.run(self.session_expires())

    async def session_expires(self):
        with Server("--session-ttl", "2") as server:
            node = Node(server)
            node.register()
            selected = server.post("/api/v1/routing/request", route_request()
                                   ).json["selectedRoute"]
            path = selected["relayEndpoint"].split(str(server.port), 1)[1]
            headers = {"Authorization": "Bearer " + selected["sessionToken"]}
            async with websockets.connect(server.url(path), ssl=tls_context(),
                                          extra_headers=headers) as relay:
                with self.assertRaises(websockets.ConnectionClosed) as closed:
                    while True:
                        await asyncio.wait_for(relay.recv(), 8)
                self.assertEqual((closed.exception.code, closed.exception.reason),
                                 (1008, "Session expired"))

    def test_live_sessions_do_not_give_way(self):
        asyncio.run(self.live_sessions())

    async def live_sessions(self):
        with Server("--limit", "sessions-per-client=2") as server:
            node = Node(server)
            node.register()
            client = str(uuid.uuid4())
            ask = lambda: server.post("/api/v1/routing/request", route_request(client))
            open_ends = []
            for _ in range(2):
                selected = ask().json["selectedRoute"]
                path = selected["relayEndpoint"].split(str(server.port), 1)[1]
                headers = {"Authorization": "Bearer " + selected["sessionToken"]}
                end = await websockets.connect(server.url(path), ssl=tls_context(),
                                               extra_headers=headers)
                await asyncio.wait_for(end.recv(), 5)
                open_ends.append(end)
            await asyncio.sleep(0.1)
            answer = ask()
            self.assertEqual((answer.status, answer.code), (429, "too_many_sessions"))
            await open_ends[0].close()
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, wait_for, lambda: ask().status == 200)
            await open_ends[1].close()

    def test_a_full_node_does_not_wait_for_crashed_clients(self):
        with Server("--limit", "session-abandoned=2000") as server:
            node = Node(server, maxConnections=1)
            node.register()
            ask = lambda: server.post("/api/v1/routing/request", route_request(str(uuid.uuid4())))
            self.assertEqual(ask().status, 200)
            self.assertEqual(ask().code, "no_matching_node")
            wait_for(lambda: ask().status == 200, what="the abandoned session gave its place up")

    def test_storage_lost_and_back(self):
        with Server() as server:
            node = Node(server)
            node.register()
            database = os.path.join(server.data, "boson.db")
            lock = sqlite3.connect(database, isolation_level=None)
            lock.execute("BEGIN EXCLUSIVE")
            began = time.monotonic()
            answer = server.post("/api/v1/routing/request", route_request())
            self.assertEqual((answer.status, answer.code), (503, "unavailable"))
            self.assertLess(time.monotonic() - began, 2.5)
            self.assertIn("Retry-After", answer.headers)
            wait_for(lambda: server.get("/readyz").status == 503, what="not ready")
            self.assertEqual(server.get("/healthz").status, 200)
            began = time.monotonic()
            # What is in memory is still said.
            places = server.get("/api/v1/locations")
            self.assertEqual((places.status, places.json["locations"][0]["region"]), (200, "US-CA"))
            self.assertLess(time.monotonic() - began, 1)
            # A node's figures are taken, and told, and written down when that can be done again.
            report = {"nodeId": node.id, "timestamp": int(time.time() * 1000),
                      "metrics": {"network": {"latency": 77, "jitter": 1, "packetLoss": 0,
                                              "bandwidth": {"up": 1, "down": 1}}}}
            self.assertEqual(server.post("/api/v1/metrics", report, token=node.token).status, 200)
            wait_for(lambda: server.get("/api/v1/nodes").json["nodes"][0]["latency"] == 77,
                     what="the latest figure")
            lock.execute("ROLLBACK")
            lock.close()
            wait_for(lambda: server.get("/readyz").status == 200, 5, what="ready again")
            self.assertEqual(server.post("/api/v1/routing/request", route_request()).status, 200)
            # The file itself goes away, and comes back.
            os.rename(database, database + ".away")
            wait_for(lambda: server.get("/readyz").status == 503, what="not ready")
            self.assertEqual(node.heartbeat().status, 200)
            os.rename(database + ".away", database)
            wait_for(lambda: server.get("/readyz").status == 200, 6, what="ready again")
            self.assertEqual(node.heartbeat().status, 200)
            self.assertIn(b'boson_errors_total{kind="metrics_dropped"} 0', server.get("/metrics").body)
            server.stop()
            with contextlib.closing(sqlite3.connect(database)) as kept:
                self.assertEqual(kept.execute("SELECT latency FROM metrics_hours").fetchall(), [(77.0,)])

    def test_slow_clients_are_dropped(self):
        with Server("--limit", "header-deadline=500", "--limit", "idle=500", "--limit",
                    "tls-handshake=500") as server:
            self.assertIn(b" 408 ", server.raw(b"GET /healthz HTTP/1.1\r\nHost:"))
            self.assertEqual(server.raw(b""), b"")
            with socket.create_connection(("127.0.0.1", server.port), timeout=8) as silent:
                self.assertEqual(silent.recv(1), b"")

    def test_connections_per_address(self):
        with Server("--limit", "connections-per-address=3") as server:
            held = [socket.create_connection(("127.0.0.1", server.port), timeout=5)
                    for _ in range(3)]
            # Turned away by a reset, which may come before connect() has returned: a flood leaves nothing
            # behind that waits.
            with self.assertRaises(ConnectionResetError):
                with socket.create_connection(("127.0.0.1", server.port), timeout=5) as fourth:
                    fourth.recv(1)
            for tcp in held:
                tcp.close()
            wait_for(lambda: self.answers(server), what="room again")

    @staticmethod
    def answers(server):
        try:
            return server.get("/healthz").status == 200
        except OSError:
            return False

    def test_drain(self):
        asyncio.run(self.drain())

    async def drain(self):
        with Server() as server:
            node = Node(server)
            node.register()
            headers = {"Authorization": "Bearer " + node.token}
            selected = server.post("/api/v1/routing/request", route_request()
                                   ).json["selectedRoute"]
            path = selected["relayEndpoint"].split(str(server.port), 1)[1]
            signal_path = f"/api/v1/nodes/{node.id}/signal"
            async with websockets.connect(server.url(path), ssl=tls_context(),
                                          extra_headers=headers) as relay, \
                    websockets.connect(server.url(signal_path), ssl=tls_context(),
                                       extra_headers=headers) as link:
                await relay.recv()
                server.process.send_signal(signal.SIGTERM)
                for end in (relay, link):
                    with self.assertRaises(websockets.ConnectionClosed) as closed:
                        while True:
                            await asyncio.wait_for(end.recv(), 5)
                    self.assertEqual(closed.exception.code, 1001)
            self.assertEqual(server.process.wait(timeout=6), 0)

    def test_drain_of_signal_links_alone(self):
        asyncio.run(self.drain_links())

    async def drain_links(self):
        with Server() as server:
            node = Node(server)
            node.register()
            headers = {"Authorization": "Bearer " + node.token}
            async with websockets.connect(server.url(f"/api/v1/nodes/{node.id}/signal"),
                                          ssl=tls_context(), extra_headers=headers) as link:
                await asyncio.sleep(0)
                server.process.send_signal(signal.SIGTERM)
                with self.assertRaises(websockets.ConnectionClosed) as closed:
                    await asyncio.wait_for(link.recv(), 5)
                self.assertEqual(closed.exception.code, 1001)
            self.assertEqual(server.process.wait(timeout=6), 0)

    def test_reload(self):
        with Server() as server:
            path = os.path.join(server.data, "b.ini")
            server.stop()
            with open(path, "w", encoding="ascii") as file:
                file.write("[limits]\nread-burst=1000\n")
            server.options += ["--config", path]
            server.start()
            with open(path, "w", encoding="ascii") as file:
                file.write("[limits]\nread-burst=1\nread-per-minute=1\n")
            for name in ("certificate.pem", "certificate.key"):
                os.remove(os.path.join(server.data, name))
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                            "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=new", "-keyout",
                            os.path.join(server.data, "certificate.key"), "-out",
                            os.path.join(server.data, "certificate.pem")], check=True,
                           capture_output=True)
            server.process.send_signal(signal.SIGHUP)
            wait_for(lambda: server.get("/api/v1/server").status == 429, what="the new limit")
            import hashlib
            with socket.create_connection(("127.0.0.1", server.port)) as tcp:
                with tls_context().wrap_socket(tcp) as tls:
                    seen = hashlib.sha256(tls.getpeercert(True)).hexdigest()
            self.assertNotEqual(seen, server.pin)

    def test_stun(self):
        with Server("--stun", "127.0.0.1:0") as server:
            port = wait_for(lambda: (server.get("/api/v1/turn/stun").json["servers"] or
                                     [{}])[0].get("port"))
            transaction = os.urandom(12)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                udp.settimeout(5)
                udp.sendto(struct.pack("!HHI", 1, 0, 0x2112A442) + transaction,
                           ("127.0.0.1", port))
                answer = udp.recv(2048)
                self.assertEqual(answer[:2], b"\x01\x01")
                self.assertEqual(answer[8:20], transaction)

    def test_a_kernel_without_ipv6(self):
        """All addresses are then those of IPv4, for every listener; one of IPv6 is refused."""
        with tempfile.TemporaryDirectory() as data:
            command = [BIN, "--data-dir", data, "--listen", "[::]:0"]
            process = subprocess.Popen([*command, "--stun", "[::]:0", "--metrics", "[::]:0"],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                       preexec_fn=without_ipv6)
            try:
                lines = [process.stdout.readline() for _ in range(2)]
                self.assertTrue(lines[1].startswith("listening on 0.0.0.0:"), lines)
            finally:
                process.send_signal(signal.SIGTERM)
                said = process.communicate(timeout=20)[1]
            self.assertIn("metrics address=0.0.0.0:", said)
            self.assertNotIn("STUN is off", said)
            self.assertEqual(process.returncode, 0, said)
            for option in ("--stun", "--metrics"):
                done = subprocess.run([*command, "--stun", "off", option, "[::1]:0"],
                                      capture_output=True, text=True, timeout=20,
                                      preexec_fn=without_ipv6)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("[::1]:0: ", done.stderr)

    def test_metrics_listener_and_token(self):
        import http.client
        with tempfile.NamedTemporaryFile("w", suffix=".token") as token:
            token.write("scrape\n")
            token.flush()
            with Server("--metrics", "127.0.0.1:0", "--metrics-token-file", token.name) as server:
                port = int(wait_for(lambda: re.search(r"metrics address=127\.0\.0\.1:(\d+)",
                                                      server.log_text()),
                                    what="the listener").group(1))
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.request("GET", "/metrics")
                answer = connection.getresponse()
                self.assertEqual(answer.status, 200)
                self.assertIn(b"boson_nodes", answer.read())
                connection.close()
                self.assertEqual(server.get("/metrics", token="scrape").status, 200)

    def test_log_lines(self):
        with Server("--log-format", "json") as server:
            server.get("/healthz?token=topsecret", token="alsosecret")
            answer = server.get("/healthz")
            server.stop()
            lines = [json.loads(line) for line in server.log_text().splitlines()]
            self.assertNotIn("secret", server.log_text())
            requests = [line for line in lines if answer.headers["X-Request-Id"] in str(line)]
            self.assertEqual(len(requests), 1)
            self.assertNotIn("127.0.0.1", json.dumps(requests[0]))


if __name__ == "__main__":
    unittest.main()
