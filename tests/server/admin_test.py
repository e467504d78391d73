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
            node.heartbeat()
            self.assertEqual(server.post("/api/v1/routing/request", route_request(requirements={})).status, 200)
            row = json.loads(self.command("node", "list", "--json"))["nodes"][0]
            self.assertEqual((row["online"], row["sessions"], row["places"], row["natType"]),
                             (True, 1, 100, "Symmetric"))
            self.assertEqual(row["figures"]["latency"], node.metrics["latency"])
            self.assertIn("online, 1 of 100 places", self.command("node", "list"))
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
        # As a service user's is: in a place where only root makes any.
        self.data = os.path.join(self.data, "service")
        os.mkdir(self.data, 0o700)
        os.chown(self.data, nobody, -1)
        with Server(data=self.data):
            self.command("access-key", "add", "alice")
        self.command("access-key", "add", "bob")
        owners = {name: os.lstat(os.path.join(self.data, name)).st_uid
                  for name in os.listdir(self.data) if name not in ("log", "admin.socket")}
        self.assertEqual({name: uid for name, uid in owners.items() if uid != nobody}, {})
        self.assertIn("boson.db", owners)


PLANTED = r"""
import json, os, socket, struct, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
server.listen()
print("ready", flush=True)
answers = {"server.status": {"publicHost": "boson.example", "publicPort": 3000, "access": "key", "nodeAccess": "key",
                             "certificate": {"public": False, "sha256": "ee" * 32}}}
while True:
    connection, _ = server.accept()
    with connection, connection.makefile("rb") as stream:
        while head := stream.read(4):
            request = json.loads(stream.read(struct.unpack(">I", head)[0]))
            print("asked", request["method"], flush=True)
            text = json.dumps({"jsonrpc": "2.0", "id": request["id"],
                               "result": answers.get(request["method"], {})}).encode()
            connection.sendall(struct.pack(">I", len(text)) + text)
"""


@unittest.skipIf(os.geteuid() != 0, "only root can try it as another user")
class PlantedTest(unittest.TestCase):
    """What another user has put where a command looks is not believed."""

    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="boson-test-")
        self.addCleanup(shutil.rmtree, self.root, True)
        os.chmod(self.root, 0o755)
        self.mallory = pwd.getpwnam("nobody").pw_uid
        self.bin = os.path.abspath(BIN)

    def directory(self, *names, owner=0, mode=0o755):
        path = os.path.join(self.root, *names)
        os.mkdir(path)
        os.chown(path, owner, owner)
        os.chmod(path, mode)
        return path

    def plant(self, directory, user):
        """A server of somebody's own; returns how to end it, which tells what it was asked."""
        planted = subprocess.Popen(["/usr/bin/python3", "-c", PLANTED, os.path.join(directory, "admin.socket")],
                                   stdout=subprocess.PIPE, text=True, user=user, group=user, extra_groups=[])
        self.addCleanup(planted.stdout.close)
        self.addCleanup(planted.wait)
        self.addCleanup(planted.kill)
        self.assertEqual(planted.stdout.readline(), "ready\n")

        def end():
            planted.kill()
            return planted.stdout.read()
        return end

    def refused(self, words, *says, where=None, user=None):
        more = {"user": user, "group": user, "extra_groups": []} if user is not None else {}
        done = subprocess.run([self.bin, *words], capture_output=True, text=True, timeout=30, check=False,
                              cwd=where or "/", **more)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for each in (*says, "--data-dir"):
            self.assertIn(each, done.stderr)

    def test_a_server_in_a_directory_of_somebodys(self):
        home = self.directory("home", owner=self.mallory)
        data = self.directory("home", "boson-data", owner=self.mallory)
        end = self.plant(data, self.mallory)
        for words in (["invite", "anna"], ["access-key", "add", "anna"], ["status"], ["audit"],
                      ["backup", os.path.join(self.root, "kept")], ["token-key", "rotate"]):
            self.refused(["--data-dir", "boson-data", *words], "belongs to nobody", where=home)
        # Nor by a link, or as a server of root's.
        os.symlink(data, os.path.join(self.root, "link"))
        self.refused(["--data-dir", os.path.join(self.root, "link"), "invite"], "belongs to nobody")
        self.refused(["--data-dir", data, "--listen", "127.0.0.1:0", "--stun", "off"], "belongs to nobody")
        self.assertEqual(end(), "", "and nothing was asked")

    def test_in_a_place_where_everybody_makes_some(self):
        shared = self.directory("shared", mode=0o1777)
        end = self.plant(self.directory("shared", "boson-data", owner=self.mallory), self.mallory)
        self.refused(["--data-dir", "boson-data", "invite"], "belongs to nobody", where=shared)
        self.assertEqual(end(), "")

    def test_a_server_of_somebodys_in_ones_own_directory(self):
        data = self.directory("open", mode=0o777)
        end = self.plant(data, self.mallory)
        self.refused(["--data-dir", data, "invite"], "is nobody, and not its server")
        if os.access(self.bin, os.X_OK):
            program = shutil.copy(self.bin, os.path.join(self.root, "program"))
            self.bin = program
            self.refused(["--data-dir", data, "invite"], "is nobody, and not its server",
                         user=pwd.getpwnam("daemon").pw_uid)
        self.assertEqual(end(), "")

    def test_files_of_somebodys(self):
        with Server(data=self.directory("data", mode=0o700)) as server:
            made = server.data
        data = self.directory("open", mode=0o777)
        for name in ("boson.db", "audit.log"):
            if os.path.exists(os.path.join(made, name)):
                shutil.copy(os.path.join(made, name), data)
        for words in (["access-key", "list"], ["audit"], ["check-database"],
                      ["backup", os.path.join(self.root, "kept")]):
            self.refused(["--data-dir", data, *words], "can put files into")
        closed = self.directory("closed", mode=0o700)
        self.refused(["--data-dir", closed, "--database", f"sqlite:{data}/boson.db", "access-key", "list"],
                     "can put files into")
        # Control: where nobody else can.
        os.chmod(data, 0o755)
        done = run("--data-dir", data, "access-key", "list")
        self.assertEqual(done.returncode, 0, done.stderr)
        # Nor where another can have it be another directory.
        home = self.directory("home", owner=self.mallory)
        shutil.move(data, home)
        self.refused(["--data-dir", os.path.join(home, "open"), "access-key", "list"], "another directory")

    def test_whose_a_service_users_server_is(self):
        service = pwd.getpwnam("daemon").pw_uid
        data = self.directory("service", owner=service, mode=0o700)
        program = shutil.copy(self.bin, os.path.join(self.root, "program"))
        server = subprocess.Popen([program, "--data-dir", data, "--listen", "127.0.0.1:0", "--stun", "off",
                                   "--public-host", "boson.example", "--access", "key"], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL,
                                  text=True, user=service, group=service, extra_groups=[])
        try:
            for _ in range(2):
                self.assertTrue(server.stdout.readline())
            for name in (data, os.path.join(self.root, "link")):
                if name != data:
                    os.symlink(data, name)
                done = run("--data-dir", name, "invite", "--json")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("key=", json.loads(done.stdout)["link"])
        finally:
            server.terminate()
            server.wait(timeout=15)
            server.stdout.close()

    def test_commands_find_the_installed_server(self):
        if shutil.which("unshare") is None or subprocess.run(["unshare", "-m", "true"], check=False).returncode != 0:
            self.skipTest("no mount namespace can be had")
        script = ("mount -t tmpfs none /var/lib && mkdir {0} && cd {1} && mkdir boson-data && exec {2} access-key list")
        for made, says in (("/var/lib/boson-server", "/var/lib/boson-server"), ("/var/lib/another", "boson-data")):
            where = self.directory(os.path.basename(made))
            done = subprocess.run(["unshare", "-m", "sh", "-c", script.format(made, where, self.bin)],
                                  capture_output=True, text=True, timeout=30, check=False)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn("with the data directory " + says + ",", done.stderr)


if __name__ == "__main__":
    unittest.main()
