# SPDX-License-Identifier: GPL-3.0-or-later
"""How boson-server is drained and ended, what its supervisor hears, and what a crash leaves."""
import asyncio
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import websockets

from boson import BIN, DataDirCase, Node, Server, route_request, tls_context, wait_for


class LifeTest(DataDirCase):
    def answered(self, *words):
        return json.loads(self.command(*words, "--json"))


class DrainTest(LifeTest):
    def test_by_the_operator(self):
        asyncio.run(self.by_the_operator())

    async def by_the_operator(self):
        with Server(data=self.data) as server:
            node = Node(server)
            node.register()
            selected = server.post("/api/v1/routing/request", route_request()).json["selectedRoute"]
            path = selected["relayEndpoint"].split(str(server.port), 1)[1]
            token = {"Authorization": "Bearer " + selected["sessionToken"]}
            async with websockets.connect(server.url(path), ssl=tls_context(),
                                          extra_headers=token) as relay:
                await asyncio.wait_for(relay.recv(), 5)
                self.assertEqual(server.get("/readyz").status, 200, "control")
                self.assertIn("no new sessions", self.command("drain"))
                ready = server.get("/readyz")
                self.assertEqual((ready.status, ready.code), (503, "unavailable"))
                self.assertIn("Retry-After", ready.headers)
                refused = server.post("/api/v1/routing/request", route_request())
                self.assertEqual((refused.status, refused.code), (503, "unavailable"))
                self.assertEqual(server.get("/healthz").status, 200)
                # What there is goes on: the session, its renewal, a second leg, the node.
                renewed = server.post("/api/v1/sessions/%s/renew" % path.rsplit("/", 1)[1],
                                      token=selected["sessionToken"])
                self.assertEqual(renewed.status, 200)
                self.assertEqual(node.heartbeat().status, 200)
                self.assertEqual(node.register().status, 200)
                await relay.ping()
                self.assertTrue(relay.open)
                self.assertEqual(self.answered("status")["standing"], "drained")
                self.assertEqual(self.answered("drain", "--off")["standing"], "serving")
                self.assertEqual(server.get("/readyz").status, 200)
                self.assertEqual(server.post("/api/v1/routing/request", route_request()).status,
                                 200)

    def test_wrong_words(self):
        with Server(data=self.data):
            for words in (["drain", "on"], ["drain", "--off", "--off"], ["status", "all"],
                          ["session"], ["session", "end"], ["session", "end", "xyz"],
                          ["session", "list", "xyz"], ["sessions", "a", "b"]):
                self.command(*words, code=2)
            self.command("session", "end", "00000000-0000-4000-8000-000000000000", code=1)
        for words in (["drain"], ["status"], ["sessions"]):
            self.assertIn("server", self.command(*words, code=1))


class EndTest(LifeTest):
    def test_who_watches_the_readiness_is_told_first(self):
        with Server("--limit", "drain-notice=3000", data=self.data) as server:
            node = Node(server)
            node.register()
            self.assertEqual(server.get("/readyz").status, 200)
            server.process.send_signal(signal.SIGTERM)
            # The port is open still, and says that nobody should come here any more.
            wait_for(lambda: server.get("/readyz").status == 503, what="the notice")
            self.assertEqual(server.get("/healthz").status, 200)
            self.assertEqual(server.post("/api/v1/routing/request", route_request()).status, 503)
            began = time.monotonic()
            self.assertEqual(server.process.wait(15), 0)
            self.assertGreater(time.monotonic() - began, 1)
            self.assertIn('noticeMs=3000', server.log_text())

    def test_nobody_is_waited_for_where_none_watches(self):
        with Server("--limit", "drain-notice=60000", data=self.data) as server:
            self.assertEqual(server.get("/healthz").status, 200)
            self.assertEqual(server.stop(), 0)

    def test_both_ends_of_each_link_hear_it(self):
        asyncio.run(self.both_ends())

    async def both_ends(self):
        with Server(data=self.data) as server:
            node = Node(server)
            node.register()
            selected = server.post("/api/v1/routing/request", route_request()).json["selectedRoute"]
            path = selected["relayEndpoint"].split(str(server.port), 1)[1]
            ends = []
            for where, token in ((path, selected["sessionToken"]), (path, node.token),
                                 (f"/api/v1/nodes/{node.id}/signal", node.token)):
                ends.append(await websockets.connect(
                    server.url(where), ssl=tls_context(),
                    extra_headers={"Authorization": "Bearer " + token}))
            for end in ends[:2]:
                await asyncio.wait_for(end.recv(), 5)
            server.process.send_signal(signal.SIGTERM)
            for end in ends:
                with self.assertRaises(websockets.ConnectionClosed):
                    while True:
                        await asyncio.wait_for(end.recv(), 10)
                self.assertEqual(end.close_code, 1001)
            loop = asyncio.get_running_loop()
            self.assertEqual(await loop.run_in_executor(None, server.process.wait, 15), 0)

    def test_a_second_signal_ends_it_at_once(self):
        with Server("--limit", "drain-notice=60000", data=self.data) as server:
            server.get("/readyz")
            server.process.send_signal(signal.SIGTERM)
            wait_for(lambda: server.get("/readyz").status == 503, what="the notice")
            # One asking, as of a terminal and its script, is not two.
            wait_for(lambda: "draining" in server.log_text(), what="the log")
            time.sleep(0.6)
            began = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            self.assertEqual(server.process.wait(5), 1)
            self.assertLess(time.monotonic() - began, 3)
            self.assertIn("ended at once", server.log_text())


class StatusTest(LifeTest):
    def test_status_and_sessions(self):
        with Server("--access", "key", "--limit", "drain=500", data=self.data) as server:
            node, other = Node(server), Node(server)
            node.register()
            other.register()
            key = self.command("keys", "add", "alice").strip()
            ask = lambda **more: server.post("/api/v1/routing/request", route_request(**more),
                                             headers={"Higgs-Access-Key": key})
            selected = ask(targetNodeId=node.id).json["selectedRoute"]
            session = selected["relayEndpoint"].rsplit("/", 1)[1]
            ask(targetNodeId=other.id)
            told = self.answered("status")
            self.assertEqual((told["standing"], told["ready"], told["storageUp"]),
                             ("serving", True, True))
            self.assertEqual(told["nodes"], {"online": 2, "offline": 0, "pending": 0,
                                             "maintenance": 0})
            self.assertEqual(told["sessions"], {"connected": 0, "waiting": 2})
            self.assertEqual((told["access"], told["accessKeys"]), ("key", 1))
            self.assertEqual(told["certificate"]["sha256"], server.pin)
            self.assertGreater(told["certificate"]["notAfter"], time.time() * 1000)
            self.assertNotIn(key, self.command("status"))
            self.assertIn("2 waiting", self.command("status"))
            listed = self.answered("sessions")["sessions"]
            self.assertEqual(len(listed), 2)
            self.assertEqual(self.answered("session", "list", node.id)["sessions"],
                             [each for each in listed if each["nodeId"] == node.id])
            self.assertIn(session, self.command("session", "list"))
            # Who the client is, is nobody's to list.
            for each in listed:
                self.assertNotIn("127.0.0.1", json.dumps(each))
                self.assertEqual(set(each), {"sessionId", "nodeId", "type", "from", "createdAt",
                                             "expiresAt", "clientOpen", "nodeOpen", "answered"})
            self.command("session", "end", session)
            self.assertEqual([each["nodeId"] for each in self.answered("sessions")["sessions"]],
                             [other.id])
            self.command("session", "end", session, code=1)
            self.assertEqual(len(self.answered("nodes")["nodes"]), 2)
            self.command("ban", "address", "192.0.2.9")
            self.assertEqual(self.answered("bans")["bans"][0]["subject"], "192.0.2.9/32")


class SupervisorTest(LifeTest):
    def listen(self, watchdog=None):
        path = os.path.join(self.data, "notify")
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.notify.close)
        self.notify.bind(path)
        self.notify.settimeout(20)
        return {"NOTIFY_SOCKET": path, **({"WATCHDOG_USEC": str(watchdog)} if watchdog else {})}

    def until(self, word):
        heard = []
        while word not in heard:
            heard += self.notify.recv(4096).decode().splitlines()
        return heard

    def test_ready_alive_and_stopping(self):
        env = self.listen(watchdog=200_000)
        with Server(data=self.data, env=env) as server:
            self.assertEqual(self.until("READY=1"), ["READY=1"], "not before it serves")
            self.assertEqual(server.get("/healthz").status, 200)
            for _ in range(3):
                self.until("WATCHDOG=1")
            # A thread that hangs says nothing, and so is started anew.
            server.process.send_signal(signal.SIGSTOP)
            self.notify.settimeout(0.7)
            with self.assertRaises(TimeoutError):
                while True:
                    self.notify.recv(4096)
            self.notify.settimeout(20)
            server.process.send_signal(signal.SIGCONT)
            self.until("WATCHDOG=1")
            server.process.send_signal(signal.SIGTERM)
            self.until("STOPPING=1")
            self.assertEqual(server.process.wait(15), 0)

    def test_one_that_does_not_start_is_never_ready(self):
        env = dict(os.environ, **self.listen())
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            done = subprocess.run([BIN, "--data-dir", self.data, "--stun", "off", "--listen",
                                   "127.0.0.1:%d" % taken.getsockname()[1]],
                                  env=env, capture_output=True, timeout=20, check=False)
        self.assertEqual(done.returncode, 1)
        self.notify.settimeout(0.1)
        with self.assertRaises(TimeoutError):
            self.notify.recv(4096)

    def test_a_low_port_with_one_capability(self):
        if os.geteuid() != 0:
            self.skipTest("only root can give a capability")
        os.chmod(self.data, 0o777)
        run = ["unshare", "--net", "sh", "-ec",
               'ip link set lo up; exec setpriv --reuid nobody --regid nogroup --clear-groups '
               '--no-new-privs --inh-caps "$1" --ambient-caps "$1" --bounding-set "$1" "$2" '
               '--data-dir "$3" --listen 127.0.0.1:443 --stun off', "sh"]
        data = os.path.join(self.data, "own")
        without = subprocess.run([*run, "-all", BIN, data], capture_output=True, text=True,
                                 timeout=20, check=False)
        self.assertEqual(without.returncode, 1, "control")
        self.assertIn("ermission denied", without.stderr)
        process = subprocess.Popen([*run, "-all,+net_bind_service", BIN, data], text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait, 15)
        self.addCleanup(process.terminate)
        self.assertIn("certificate", process.stdout.readline())
        self.assertIn("127.0.0.1:443", process.stdout.readline())


class CrashTest(LifeTest):
    def test_no_core_has_its_memory(self):
        # As far as this process may: a shell with "ulimit -c unlimited".
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        unlimited = lambda: resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
        server = Server(data=self.data)
        server.log = open(os.path.join(self.data, "log"), "ab")
        self.addCleanup(server.log.close)
        process = subprocess.Popen([BIN, "--data-dir", self.data, "--listen", "127.0.0.1:0",
                                    "--stun", "off"], stdout=subprocess.PIPE, stderr=server.log,
                                   text=True, cwd=self.data, preexec_fn=unlimited)
        self.addCleanup(process.stdout.close)
        self.assertTrue(process.stdout.readline())
        self.assertTrue(process.stdout.readline())
        with open(f"/proc/{process.pid}/limits", encoding="ascii") as file:
            line = next(each for each in file if each.startswith("Max core file size"))
            self.assertEqual(line.split()[4:6], ["0", "0"])
        # What a pipe of core_pattern would get, which heeds no limit: none of its memory.
        with open(f"/proc/{process.pid}/coredump_filter", encoding="ascii") as file:
            self.assertEqual(int(file.read(), 16), 0)
        process.send_signal(signal.SIGSEGV)
        self.assertEqual(process.wait(15), -signal.SIGSEGV)
        self.assertEqual([name for name in os.listdir(self.data) if name.startswith("core")], [])


class UnitTest(unittest.TestCase):
    UNIT = os.path.join(os.environ.get("HIGGS_SOURCE", "."), "installer/systemd")

    def read(self, name):
        with open(os.path.join(self.UNIT, name), encoding="ascii") as file:
            return file.read()

    def test_what_the_units_promise(self):
        for daemon in ("boson-server", "higgs-noded", "higgs-vpnd"):
            text = self.read(daemon + ".service.in")
            for line in ("Type=notify", "WatchdogSec=", "LimitCORE=0", "NoNewPrivileges=yes"):
                self.assertRegex(text, "(?m)^" + re.escape(line), daemon)
        self.assertRegex(self.read("boson-server.service.in"),
                         "(?m)^AmbientCapabilities=CAP_NET_BIND_SERVICE$")

    def test_systemd_takes_it(self):
        if shutil.which("systemd-analyze") is None:
            self.skipTest("no systemd-analyze")
        with tempfile.TemporaryDirectory(prefix="boson-unit-") as where:
            unit = self.read("boson-server.service.in")
            unit = unit.replace("@CMAKE_INSTALL_FULL_SBINDIR@/boson-server", os.path.abspath(BIN))
            unit = unit.replace("@CMAKE_INSTALL_FULL_DOCDIR@", where)
            path = os.path.join(where, "boson-server.service")
            with open(path, "w", encoding="ascii") as file:
                file.write(unit)
            os.mkdir(path + ".d")
            shutil.copy(os.path.join(self.UNIT, "boson-server-letsencrypt.conf"), path + ".d")
            verify = lambda: subprocess.run(["systemd-analyze", "verify", "--man=no", path],
                                            capture_output=True, text=True, timeout=60, check=False)
            done = verify()
            self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
            with open(path, "a", encoding="ascii") as file:
                file.write("[Service]\nWatchdogSec=nonsense\n")
            self.assertIn("nonsense", verify().stderr, "control")


if __name__ == "__main__":
    unittest.main()
