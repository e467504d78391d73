# SPDX-License-Identifier: GPL-3.0-or-later
"""How commands speak to the running server: the admin socket, who may, and what hostile bytes do."""
import json
import os
import pwd
import shutil
import signal
import socket
import stat
import struct
import subprocess
import tempfile
import unittest

from boson import BIN, Node, Server, route_request, wait_for


def run(*arguments, stdout=subprocess.PIPE):
    return subprocess.run([BIN, *arguments], stdout=stdout, stderr=subprocess.PIPE, text=True,
                          timeout=30)


def frame(value):
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return struct.pack("!I", len(text)) + text


class Line:
    """The admin socket as a stranger to our own client would use it."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(15)
        self.socket.connect(path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def read(self):
        head = b""
        while len(head) < 4:
            part = self.socket.recv(4 - len(head))
            if not part:
                return None
            head += part
        body = b""
        while len(body) < struct.unpack("!I", head)[0]:
            body += self.socket.recv(65536)
        return json.loads(body)

    def ask(self, method, params=None):
        self.send(frame({"jsonrpc": "2.0", "id": 1, "method": method,
                         **({} if params is None else {"params": params})}))
        return self.read()


class AdminTest(unittest.TestCase):
    def setUp(self):
        self.data = tempfile.mkdtemp(prefix="boson-test-")
        self.addCleanup(shutil.rmtree, self.data, True)

    @property
    def path(self):
        return os.path.join(self.data, "admin.socket")

    def command(self, *words, code=0):
        done = run("--data-dir", self.data, *words)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout.strip() if code == 0 else done.stderr.strip()

    def test_in_force_when_the_command_ends(self):
        with Server("--access", "key", data=self.data) as server:
            Node(server).register()
            ask = lambda key: server.post("/api/v1/routing/request", route_request(),
                                          headers={"Higgs-Access-Key": key}).status
            self.assertEqual(ask("hk_wrong"), 401, "control")
            first = self.command("access-key", "add", "alice")
            self.assertEqual(ask(first), 200)
            second = self.command("access-key", "rotate", "alice")
            self.assertNotEqual(first, second)
            self.assertEqual((ask(first), ask(second)), (401, 200))
            self.assertEqual(self.command("access-key", "list").split()[0], "alice")
            self.command("access-key", "revoke", "alice")
            self.assertEqual(ask(second), 401)
            self.assertNotIn(second, server.log_text())
            for words in (["rotate", "alice"], ["revoke", "alice"]):
                self.assertIn("no key of that name", self.command("access-key", *words, code=1))

    def test_nodes(self):
        with Server("--node-access", "approve", data=self.data) as server:
            node = Node(server)
            node.register()
            self.assertIn("pending", self.command("node", "list"))
            self.command("node", "approve", node.id)
            self.assertTrue(server.get("/api/v1/locations").json["locations"])
            self.command("node", "maintenance", node.id, "on", "60")
            self.assertEqual(server.get("/api/v1/locations").json["locations"], [])
            self.command("node", "remove", node.id)
            self.assertEqual(node.heartbeat().status, 401)
            self.assertEqual(self.command("node", "list"), "")

    def test_routes_are_explained(self):
        with Server(data=self.data) as server:
            near, far, full, away = (Node(server) for _ in range(4))
            near.register(location={"country": "DE", "region": "DE-BE"})
            near.heartbeat(latency=10)
            far.register(location={"country": "DE"})
            far.heartbeat(latency=150)
            full.capabilities["maxConnections"] = 1
            full.register(location={"country": "DE"})
            self.assertEqual(server.post("/api/v1/routing/request",
                                         route_request(requirements={}, targetNodeId=full.id)).status, 200)
            away.register(location={"country": "US"})
            words = ("country=DE", "client-leg=30", "nat=FullCone")
            told = json.loads(self.command("route", "explain", "json", *words, f"node={away.id}"))
            self.assertEqual([each["nodeId"] for each in told["candidates"]], [near.id, far.id])
            self.assertEqual((told["nodes"], told["considered"], told["offered"]), (4, 2, 2))
            for each in told["candidates"]:
                self.assertAlmostEqual(sum(each["parts"].values()), each["score"], delta=0.1)
            self.assertEqual([each["estimatedLatency"] for each in told["candidates"]], [40, 180])
            self.assertEqual({each["reason"]: each["nodes"] for each in told["leftOut"]},
                             {"full": [full.id], "other_country": [away.id]})
            self.assertEqual(told["target"], {"nodeId": away.id, "leftOut": "other_country",
                                              "rank": None})
            text = self.command("route", "explain", *words, "max-latency=100", f"node={near.id}")
            self.assertIn(f"left out, latency: 1 {far.id}", text)
            self.assertIn(f"{near.id}: rank 1", text)
            self.assertIn("entries:", self.command("route", "explain", "country=DE", "via=US"))
            # The same question by HTTP, for this machine alone.
            path = "/api/v1/routes/explain?country=DE&maxLatency=100"
            asked = server.get(path)
            self.assertEqual((asked.status, len(asked.json["candidates"])), (200, 1))
            self.assertEqual(server.get(path, headers={"X-Forwarded-For": "9.9.9.9"}).status, 401)
            for query in ("country=ZZ", "maxLatency=x", "region=DE-BE&country=US", "clientLeg=-1"):
                self.assertEqual(server.get("/api/v1/routes/explain?" + query).status, 400, query)
            for wrong in ("country=ZZ", "max-latency=soon", "node=me"):
                self.assertIn("cannot explain", self.command("route", "explain", wrong, code=1))
            self.command("route", "explain", "nonsense", code=2)
            self.assertEqual(server.get("/api/v1/locations").json["locations"][0]["available"], 1)
        self.assertIn("server", self.command("route", "explain", code=1))

    def test_a_key_that_could_not_be_shown_is_not_valid(self):
        with Server(data=self.data), open("/dev/full", "w", encoding="ascii") as full:
            done = run("--data-dir", self.data, "access-key", "add", "lost", stdout=full)
            self.assertEqual(done.returncode, 1)
            self.assertIn("standard output", done.stderr)
            self.assertEqual(self.command("access-key", "list"), "")
            self.command("access-key", "add", "kept")
            for words in (["access-key", "rotate", "kept"], ["access-key", "list"], ["openapi"],
                          ["--help"], ["--version"]):
                done = run("--data-dir", self.data, *words, stdout=full)
                self.assertEqual(done.returncode, 1, words)
                self.assertIn("standard output", done.stderr, words)

    def test_no_database_is_ever_made(self):
        for words in (["access-key", "add", "a"], ["access-key", "list"], ["node", "list"]):
            said = self.command(*words, code=1)
            self.assertIn(self.data, said)
            self.assertIn("--data-dir", said)
            self.assertEqual(os.listdir(self.data), [], "nothing is left behind")
        below = os.path.join(self.data, "not", "there")
        done = run("--data-dir", below, "access-key", "add", "a")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertFalse(os.path.exists(os.path.join(self.data, "not")))

    def test_the_database_of_a_server_that_is_down(self):
        with Server("--access", "key", data=self.data) as server:
            Node(server).register()
        key = self.command("access-key", "add", "alice")
        self.assertEqual(self.command("access-key", "list").split()[0], "alice")
        with Server("--access", "key", data=self.data) as server:
            self.assertEqual(server.post("/api/v1/routing/request", route_request(),
                                         headers={"Higgs-Access-Key": key}).status, 200)
        # One that was killed leaves its socket's file, and nobody behind it.
        with Server(data=self.data) as server:
            server.stop(signal.SIGKILL)
            self.assertTrue(os.path.exists(self.path))
            self.assertEqual(self.command("access-key", "list").split()[0], "alice")
            server.start()
            self.assertEqual(self.command("access-key", "list").split()[0], "alice")

    def test_wrong_words_are_told_as_such(self):
        some = "00000000-0000-4000-8000-000000000000"
        with Server(data=self.data):
            for words, says, code in (
                    (["ban", "address", "192.0.2.1", "0s"], 'not "0s"', 2),
                    (["ban", "address", "192.0.2.1", "-5m"], 'not "-5m"', 2),
                    (["ban", "address", "192.0.2.1", "99999999999d"], "at most 3650d", 2),
                    (["ban", "address", "192.0.2.1", "3651d"], "at most 3650d", 2),
                    (["ban", "address", "192.0.2.1", "5"], "30m", 2),
                    (["ban", "network", "0.0.0.0/0"], "at least /8", 1),
                    (["unban", "network", "0.0.0.0/0"], "it is not banned", 1),
                    (["unban", "network", "::/0"], "it is not banned", 1),
                    (["unban", "address", "192.0.2.1"], "it is not banned", 1),
                    (["unban", "network", "rubbish"], "a network is like", 1),
                    (["node", "approve", "xyz"], '"xyz" is no node\'s ID', 2),
                    (["node", "remove", ""], "is no node's ID", 2),
                    (["node", "maintenance", "xyz", "on"], '"xyz" is no node\'s ID', 2),
                    (["node", "maintenance", some, "on", "-5"], 'from 0 to 86400, not "-5"', 2),
                    (["node", "maintenance", some, "on", "86401"], "from 0 to 86400", 2),
                    (["node", "maintenance", some, "off", "5"], '"off" takes none', 2)):
                with self.subTest(words):
                    done = run("--data-dir", self.data, *words)
                    self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
                    self.assertIn(says, done.stderr)
                    self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.command("ban", "address", "192.0.2.1", "3650d")
            self.command("unban", "address", "192.0.2.1")

    def test_a_second_server_on_the_directory(self):
        with Server(data=self.data):
            done = run("--data-dir", self.data, "--listen", "127.0.0.1:0", "--stun", "off")
            self.assertEqual(done.returncode, 1)
            self.assertIn("another boson-server", done.stderr)

    def test_a_long_name(self):
        self.data = os.path.join(self.data, "d" * 100, "e" * 60)
        os.makedirs(self.data)
        with Server("--access", "key", data=self.data) as server:
            Node(server).register()
            key = self.command("access-key", "add", "alice")
            self.assertEqual(server.post("/api/v1/routing/request", route_request(),
                                         headers={"Higgs-Access-Key": key}).status, 200)

    def test_whom_it_is_for(self):
        with Server(data=self.data) as server:
            status = os.lstat(self.path)
            self.assertTrue(stat.S_ISSOCK(status.st_mode))
            self.assertEqual(status.st_mode & 0o777, 0o600)
            if os.geteuid() != 0:
                self.skipTest("only root can try it as another user")
            # As if its directory and file were open to all: the credentials still decide.
            os.chmod(self.data, 0o755)
            os.chmod(self.path, 0o666)
            nobody = pwd.getpwnam("nobody").pw_uid
            program = ("import socket,sys\ns=socket.socket(socket.AF_UNIX)\ns.settimeout(10)\n"
                       f"s.connect({self.path!r})\nsys.stdout.write(repr(s.recv(4096)))")
            done = subprocess.run(["/usr/bin/python3", "-c", program], capture_output=True,
                                  text=True, timeout=20, user=nobody, group=nobody,
                                  extra_groups=[])
            self.assertIn("only root", done.stdout, done.stderr)
            with Line(self.path) as line:
                self.assertIn("result", line.ask("access-key.list"), "control: root may")
            self.assertEqual(server.get("/healthz").status, 200)

    def test_hostile_bytes(self):
        with Server(data=self.data) as server:
            digest = "0" * 64
            bad = [None, [], 1, {"name": "x"}, {"name": 1, "digest": digest},
                   {"name": "x", "digest": digest, "more": 1}, {"name": "", "digest": digest},
                   {"name": "x" * 65, "digest": digest}, {"name": "a\nb", "digest": digest},
                   {"name": "x", "digest": digest[1:]}, {"name": "x", "digest": "G" * 64},
                   {"name": "\u202ex", "digest": digest}, {"name": " x", "digest": digest}]
            for params in bad:
                with Line(self.path) as line:
                    self.assertIn("error", line.ask("access-key.add", params), params)
            for verb, params in (("node.approve", {"nodeId": "x"}), ("node.list", {"after": 1}),
                                 ("access-key.list", {"x": 1}), ("nothing", {}), ("", {}),
                                 ("node.maintenance", {"nodeId": "x", "on": "yes"})):
                with Line(self.path) as line:
                    self.assertIn("error", line.ask(verb, params), verb)
            for text in (b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a":1,"a":1}', b"[" * 60000,
                         b'{"jsonrpc":"2.0","id":1,"method":"access-key.list"} x'):
                with Line(self.path) as line:
                    line.send(frame(text))
                    answer = line.read()
                    self.assertTrue(answer is None or "error" in answer, text[:40])
            for raw in (b"\xff\xff\xff\xff", b"\x00\x10\x00\x01", b"GET / HTTP/1.1\r\n\r\n"):
                with Line(self.path) as line:
                    line.send(raw)
                    self.assertIsNone(line.read(), raw)
            crowd = [Line(self.path) for _ in range(200)]
            for line in crowd:
                line.socket.close()
            wait_for(lambda: run("--data-dir", self.data, "access-key", "list").returncode == 0,
                     what="room for a command after a crowd")
            self.assertEqual(self.command("access-key", "list"), "", "nothing of it was taken")
            self.assertEqual(server.get("/healthz").status, 200)

    def test_files_have_the_owner_of_their_directory(self):
        if os.geteuid() != 0:
            self.skipTest("only root can run a command for another user's directory")
        nobody = pwd.getpwnam("nobody").pw_uid
        os.chown(self.data, nobody, -1)
        with Server(data=self.data):
            self.command("access-key", "add", "alice")
        self.command("access-key", "add", "bob")
        owners = {name: os.lstat(os.path.join(self.data, name)).st_uid
                  for name in os.listdir(self.data) if name not in ("log", "admin.socket")}
        self.assertEqual({name: uid for name, uid in owners.items() if uid != nobody}, {})
        self.assertIn("boson.db", owners)


if __name__ == "__main__":
    unittest.main()
