# SPDX-License-Identifier: GPL-3.0-or-later
"""boson-server's log: nobody who does not read it stops the server, refusals do not fill it, and its
JSON is JSON under any locale."""
import asyncio
import fcntl
import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest
import uuid

import websockets
from boson import BIN, Node, Server, tls_context, wait_for

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
