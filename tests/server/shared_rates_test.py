# SPDX-License-Identifier: GPL-3.0-or-later
"""Rate limits of two boson-servers that act as one: one budget for both, and each its own where Redis is away."""
import http.client
import json
import shutil
import signal
import subprocess
import time
import unittest

from boson import Server, tls_context, wait_for
from cluster import Redis
from postgres_test import Postgres, binaries, skip

BURST = 40
# So slow that nothing comes back while it is looked at.
LIMITS = ["--limit", f"turn-burst={BURST}", "--limit", "turn-per-minute=1"]


class SharedRatesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres()
        cls.redis = Redis()
        cls.redis.start()
        cls.servers = [Server("--database", cls.postgres.url, "--redis", cls.redis.url, *LIMITS) for _ in range(2)]
        for server in cls.servers:
            server.start()

    @classmethod
    def tearDownClass(cls):
        for server in cls.servers:
            server.stop(signal.SIGKILL)
            shutil.rmtree(server.data, ignore_errors=True)
        cls.redis.remove()
        cls.postgres.remove()

    def setUp(self):
        if self.redis.process is None:
            self.redis.start()
        wait_for(self.together, 10, "the servers to know each other")

    def together(self):
        return all(len(server.get("/api/v1/server").json["relayServers"]) == 2
                   and b"boson_cluster_bus_up 1" in server.get("/metrics").body for server in self.servers)

    @staticmethod
    def admitted(server, source, most=2 * BURST):
        """How many of so many requests from that address are answered, one after the other."""
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=tls_context(), timeout=10,
                                                 source_address=(source, 0))
        count = 0
        for _ in range(most):
            connection.request("GET", "/api/v1/turn/stun")
            answer = connection.getresponse()
            answer.read()
            if answer.status == 429:
                break
            assert answer.status == 200, answer.status
            count += 1
        connection.close()
        return count

    def is_told(self, server, source):
        """The news take a quarter of a second, on a machine that has the time."""
        asked = 0
        while self.admitted(server, source, 1):
            asked += 1
            self.assertLess(asked, BURST // 2, "it has a budget of its own")
            time.sleep(0.25)

    def test_one_budget(self):
        one, two = self.servers
        self.assertEqual(self.admitted(one, "127.0.0.11"), BURST)
        self.is_told(two, "127.0.0.11")
        self.assertEqual(self.admitted(two, "127.0.0.12"), BURST, "control: another address has its own")
        self.is_told(one, "127.0.0.12")

    def test_some_of_it_here_and_some_there(self):
        one, two = self.servers
        self.assertEqual(self.admitted(one, "127.0.0.21", BURST // 2), BURST // 2)
        time.sleep(2)
        self.assertEqual(self.admitted(two, "127.0.0.21"), BURST // 2)

    def test_without_redis_each_has_its_own(self):
        self.redis.stop()
        for server in self.servers:
            self.assertEqual(self.admitted(server, "127.0.0.31"), BURST)
        self.redis.start()
        wait_for(self.together, 10, "the servers to know each other")
        self.assertEqual(self.admitted(self.servers[0], "127.0.0.32"), BURST)
        self.is_told(self.servers[1], "127.0.0.32")

    def test_nobody_else_spends_it_or_reads_who_it_is(self):
        one, two = self.servers
        with subprocess.Popen(["redis-cli", "-p", str(self.redis.port), "-n", "2", "--no-auth-warning", "-a",
                               self.redis.PASSWORD, "SUBSCRIBE", "boson:events"],
                              stdout=subprocess.PIPE, text=True) as listener:
            for _ in range(3):
                listener.stdout.readline()
            self.admitted(one, "127.0.0.41", BURST // 2)
            seen = ""
            while '"rates"' not in seen:
                seen = listener.stdout.readline()
            listener.kill()
        self.assertNotIn("127.0.0.41", seen)
        message = json.loads(seen)
        time.sleep(1)
        # The same again, with another number, under another name, and what nobody has sealed.
        for change in ({}, {"seq": message["seq"] + 1000}, {"run": message["run"] + 1}, {"sealed": "AAAA"},
                       {"sealed": message["sealed"][:-4] + "AAAA"}, {"sealed": 5}, {"sealed": "x" * 20_000}):
            for _ in range(5):
                self.redis.says("PUBLISH", "boson:events", json.dumps({**message, **change}))
        time.sleep(2)
        self.assertEqual(self.admitted(two, "127.0.0.41"), BURST // 2, "what is left, and no less")
        self.assertTrue(self.together())


if __name__ == "__main__":
    if binaries() is None:
        skip("PostgreSQL is not installed")
    if shutil.which("redis-server") is None:
        skip("redis-server is not installed")
    unittest.main()
