# SPDX-License-Identifier: GPL-3.0-or-later
"""boson-server's log: nobody who does not read it stops the server, refusals do not fill it, and its
JSON is JSON under any locale."""
import asyncio
import fcntl
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
import urllib.parse
import uuid

import websockets
from boson import BIN, Node, Server, route_request, tls_context, wait_for

F_GETPIPE_SZ = 1032


class StuckServer(Server):
    """Its stderr is a pipe that nobody reads."""

    def start(self, listen="127.0.0.1:0"):
        self.read_end, write_end = os.pipe()
        self.process = subprocess.Popen(
            [BIN, "--data-dir", self.data, "--listen", listen, "--stun", "off", *self.options],
            stdout=subprocess.PIPE, stderr=write_end, env=self.env, text=True)
        os.close(write_end)
        self.pin = self.process.stdout.readline().split()[-1]
        self.port = int(self.process.stdout.readline().split()[-1].rsplit(":", 1)[1])
        self.log = open(os.devnull, "rb")

    def waiting(self):
        import array
        count = array.array("i", [0])
        fcntl.ioctl(self.read_end, 0x541B, count)  # FIONREAD
        return count[0]


def many(server, path, count, source="127.0.0.1"):
    connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=tls_context(),
                                             timeout=20, source_address=(source, 0))
    statuses = set()
    for _ in range(count):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        statuses.add(answer.status)
    connection.close()
    return statuses


def sessions(server, count):
    """Sessions that are opened, joined and left, which writes some lines each."""
    node = Node(server, maxConnections=1000)
    node.register()

    async def come():
        for _ in range(count):
            selected = server.post("/api/v1/routing/request", {"clientId": str(uuid.uuid4())}
                                   ).json["selectedRoute"]
            url = server.url("/relay/" + selected["relayEndpoint"].rsplit("/", 1)[1])
            async with websockets.connect(
                    url, ssl=tls_context(),
                    extra_headers={"Authorization": "Bearer " + selected["sessionToken"]}) as relay:
                await relay.recv()
    asyncio.run(come())


class LogTest(unittest.TestCase):
    def test_nobody_reads_stderr(self):
        with StuckServer("--limit", "read-burst=1000000", "--limit", "read-per-minute=1000000") as server:
            fcntl.fcntl(server.read_end, 1031, 4096)  # F_SETPIPE_SZ: soon full
            size = fcntl.fcntl(server.read_end, F_GETPIPE_SZ)
            self.assertEqual(many(server, "/api/v1/server", 1500), {200})
            self.assertGreater(server.waiting(), size // 2, "control: the pipe is full")
            self.assertEqual(server.get("/healthz").status, 200)
            process = server.process
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(timeout=15), 0)
            os.close(server.read_end)

    def test_refusals_are_counted(self):
        with Server() as server:
            self.assertEqual(many(server, "/nothing", 300), {404})
            self.assertEqual(many(server, "/api/v1/server", 7), {200})
            server.stop()
            lines = server.log_text().splitlines()
            refused = [line for line in lines if "status=404" in line]
            self.assertEqual(len(refused), 5)
            self.assertTrue(any("kind=404 more=295" in line for line in lines), lines[-3:])
            served = [line for line in lines if "status=200" in line and "/api/v1/server" in line]
            self.assertEqual(len(served), 7, "control: what is served is logged in full")

    def test_one_network_does_not_fill_the_log(self):
        with Server() as server:
            self.assertEqual(many(server, "/api/v1/server", 500), {200})
            self.assertEqual(many(server, "/api/v1/server", 7, "127.0.9.1"), {200})
            sessions(server, 100)
            server.stop()
            lines = server.log_text().splitlines()
        served = [line for line in lines if "status=200" in line and "/api/v1/server" in line]
        own = [line for line in served if "from=127.0.9.0/24" in line]
        self.assertEqual(len(own), 7, "control: another network has its own lines")
        # What is written in full is so much in ten seconds.
        windows = 1 + sum("events of one network, and more" in line for line in lines)
        self.assertLessEqual(len(lines), 60 * windows + 30)
        more = [int(line.split("more=")[1].split()[0]) for line in lines
                if "events of one network, and more from=127.0.0.0/24" in line]
        self.assertGreater(sum(more), 500, lines[-3:])

    def test_each_request_has_its_id(self):
        with Server() as server:
            answers = [server.get("/api/v1/server"), server.get("/nothing"), server.post("/api/v1/nodes/register", {})]
            node = Node(server)
            answers.append(node.register())
            opened = server.post("/api/v1/routing/request", route_request())
            ids = [answer.headers["X-Request-Id"] for answer in [*answers, opened]]
            for broken in (b"\0\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
                head = server.raw(broken).decode()
                ids.append(re.search("X-Request-Id: (\\S+)", head)[1])
            self.assertEqual(len(set(ids)), len(ids))
            given = server.get("/api/v1/server", headers={"X-Request-Id": "forged"})
            self.assertNotEqual(given.headers["X-Request-Id"], "forged")
            server.stop()
            lines = server.log_text().splitlines()
            for one in ids:
                self.assertTrue([line for line in lines if f"id={one} " in line], one)
            for event, one in (("registered", ids[3]), ("opened", ids[4])):
                self.assertTrue([line for line in lines if event in line and f"request={one} " in line], event)

    def test_no_secret_and_no_address(self):
        for form in ("text", "json"):
            self.secrets = []
            with tempfile.TemporaryDirectory() as place, Server(
                    "--limit", "login-burst=100", "--limit", "login-per-minute=100",
                    "--access", "key", "--log-format", form, "--admin-token-file", self.secret(place, "admin"),
                    "--metrics-token-file", self.secret(place, "metrics"), "--turn", "turn.example:3478",
                    "--turn-relay", "192.0.2.9", "--turn-secret-file", self.secret(place, "turn")) as server:
                key = subprocess.run([BIN, "--data-dir", server.data, "access-key", "add", "alice"],
                                     capture_output=True, text=True, check=True).stdout.strip()
                node = Node(server)
                node.register()
                chosen = server.post("/api/v1/routing/request", route_request(clientPublicKey=node.public_key),
                                     headers={"Higgs-Access-Key": key}).json["selectedRoute"]
                secrets = [key, node.token, chosen["sessionToken"], *self.secrets, node.public_key,
                           server.get("/api/v1/turn/ice", token=node.token).json["iceServers"][0].get("credential", key)]
                relay = "/relay/" + chosen["relayEndpoint"].rsplit("/", 1)[1]
                for secret in secrets:
                    server.get("/admin", headers={"Cookie": "__Host-boson=" + secret})
                    server.get(relay + "?token=" + secret)
                    server.get("/metrics", token=secret)
                    server.get("/" + secret)
                    server.request("POST", "/admin/sign-in", raw="token=" + secret,
                                   headers={"Content-Type": "application/x-www-form-urlencoded"})
                    server.post("/api/v1/routing/request", {"clientId": secret}, headers={"Higgs-Access-Key": secret})
                    server.post("/api/v1/nodes/register", {"publicKey": secret}, token=secret)
                async def joins():
                    for end in (chosen["sessionToken"], node.token):
                        async with websockets.connect(server.url(f"{relay}?token={end}"), ssl=tls_context()):
                            pass
                asyncio.run(joins())
                server.get("/api/v1/server")
                server.stop()
                text = server.log_text()
            self.assertIn("signed in", text, "control")
            for secret in secrets:
                self.assertNotIn(secret, text)
            self.assertIn("127.0.0.0/24", text, "control")
            self.assertNotRegex(text.replace("listening", ""), r"from\S*127\.0\.0\.1\b")
            self.assertNotIn("203.0.113.1", text, "a mapped address")

    def secret(self, place, name):
        self.secrets = [*self.secrets, f"the-{name}-secret-{uuid.uuid4()}"]
        path = os.path.join(place, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(self.secrets[-1])
        return path

    def test_nobody_writes_lines_of_ours(self):
        naughty = "a\r\n2026 error server: forged\x1b[2J\u009b31m\u2028\u202e"
        for form in ("text", "json"):
            with Server("--log-format", form) as server:
                node = Node(server)
                node.register(location={"country": "US", "region": naughty})
                node.register(location={"country": naughty})
                quoted = urllib.parse.quote(naughty)
                for path in ("/" + quoted, "/relay/" + quoted, "/relay/x?token=" + quoted,
                             f"/api/v1/nodes/{quoted}/signal", "/api/v1/nodes?country=" + quoted):
                    server.get(path)
                server.post("/api/v1/routing/request", {"clientId": naughty})
                for raw in (b"GET /\x1b[2J HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"G\x1bT / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                            b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: \x9b31m\r\n\r\n",
                            b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-For: 1\r\n forged\r\n\r\n"):
                    server.raw(raw)
                server.stop()
                text = server.log_text()
            for character in text:
                self.assertTrue(character == "\n" or character >= " ", repr(character))
            for never in ("\x7f", "\u009b", "\u2028", "\u202e"):
                self.assertNotIn(never, text)
            for line in text.split("\n")[:-1]:
                self.assertFalse(line.startswith("2026 error"), line)
                if form == "json":
                    json.loads(line)
                else:
                    self.assertRegex(line, r"^\d{4}-\d\d-\d\dT[0-9:.]+Z (debug|info|warning|error) \w+: ")

    def test_a_comma_locale(self):
        place = tempfile.mkdtemp(prefix="boson-test-")
        self.addCleanup(shutil.rmtree, place, True)
        if not shutil.which("localedef") or subprocess.run(
                ["localedef", "-i", "de_DE", "-f", "UTF-8", place + "/de_DE.UTF-8"],
                capture_output=True).returncode > 1:
            self.skipTest("localedef cannot make a locale here")
        env = {"LOCPATH": place, "LC_ALL": "de_DE.UTF-8"}
        control = subprocess.run(["/usr/bin/printf", "%.1f", "1,5"], capture_output=True, text=True,
                                 env=dict(os.environ, **env)).stdout
        self.assertEqual(control, "1,5", "control: the locale has a decimal comma")
        with Server("--log-format", "json", env=env) as server:
            many(server, "/api/v1/server", 5)
            metrics = server.get("/metrics").body.decode()
            server.stop()
            lines = [json.loads(line) for line in server.log_text().splitlines()]
            self.assertTrue([line for line in lines if isinstance(line.get("ms"), float)])
        values = [line.rsplit(" ", 1)[1] for line in metrics.splitlines() if not line.startswith("#")]
        self.assertFalse([value for value in values if "," in value])


if __name__ == "__main__":
    unittest.main()
