# SPDX-License-Identifier: GPL-3.0-or-later
"""Several servers on one PostgreSQL and one Redis act as one, lose either and each other, and heal."""
import asyncio
import base64
import concurrent.futures
import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
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

from boson import BIN, Node, Server, route_request, wait_for
from cluster import ClientEnd, NodeEnd, Redis, connect
from postgres_test import Postgres, binaries, skip

FREE = ["--limit", "routing-per-minute=1000000", "--limit", "routing-burst=1000000",
        "--limit", "signal-per-minute=1000000", "--limit", "signal-burst=1000000",
        "--limit", "register-per-minute=1000000", "--limit", "register-burst=1000000",
        "--limit", "relay-open-per-minute=1000000", "--limit", "relay-open-burst=1000000",
        "--limit", "waiting-sessions-per-address=100000",
        "--limit", "waiting-sessions-per-site=100000",
        "--limit", "waiting-sessions-per-network=100000",
        "--limit", "first-connection=600000"]
KEY = base64.b64encode(b"k" * 32).decode()


class ClusterTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres()
        cls.redis = Redis()
        cls.redis.start()
        cls.servers = [Server("--database", cls.postgres.url, "--redis", cls.redis.url, *FREE)
                       for _ in range(3)]
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
        for server in self.servers:
            if server.process is None:
                server.start(f"127.0.0.1:{server.port}")
        self.together()

    def ports(self, server):
        return {each["port"] for each in server.get("/api/v1/server").json["relayServers"]}

    def together(self, seconds=10):
        alive = [server for server in self.servers if server.process]
        ports = {server.port for server in alive}
        return wait_for(lambda: all(self.ports(server) == ports for server in alive), seconds,
                        what="all servers to know each other")

    def node(self, server, **more):
        node = Node(server, **more)
        self.assertEqual(node.register().status, 200)
        for other in self.servers:
            if other.process:
                wait_for(lambda: self.knows(other, node), what="the node on every server")
        return node

    @staticmethod
    def knows(server, node):
        return node.id in [each["nodeId"] for each in server.get("/api/v1/nodes").json["nodes"]]

    def route(self, server, node, headers=None, **more):
        return server.post("/api/v1/routing/request", route_request(
            targetNodeId=node.id, requirements={}, clientPublicKey=KEY, **more), headers=headers)

    # --- as one ----------------------------------------------------------------------------------

    def test_each_names_all(self):
        names = [[each["id"] for each in server.get("/api/v1/server").json["relayServers"]]
                 for server in self.servers]
        self.assertEqual([set(each) for each in names], [{"relay-1", "relay-2", "relay-3"}] * 3)
        self.assertEqual(len({each[0] for each in names}), 3, "each itself first")
        keys = {server.get("/api/v1/server").json["publicKey"] for server in self.servers}
        self.assertEqual(len(keys), 1)
        certificates = {ssl.get_server_certificate(("127.0.0.1", server.port)) for server in self.servers}
        self.assertEqual(len(certificates), 1, "who pins one of them knows all")
        for server in self.servers:
            self.assertNotIn(Redis.PASSWORD, server.log_text())
            self.assertNotIn("PRIVATE KEY", server.log_text())

    def test_a_node_is_everybodys(self):
        one, two, three = self.servers
        node = self.node(one)
        node.server = two
        self.assertEqual(node.heartbeat(latency=77).status, 200, "its token is good everywhere")
        latency = lambda: [each["latency"] for each in three.get("/api/v1/nodes").json["nodes"]
                           if each["nodeId"] == node.id]
        wait_for(lambda: latency() == [77], what="its figures")
        self.assertEqual(node.register().status, 200, "a proof made with the shared key")
        wait_for(lambda: self.redis.says("GET", "boson:metrics:" + node.id), what="its metrics")
        node.server = three
        node.heartbeat(status="offline")
        wait_for(lambda: not self.knows(one, node), what="that it is offline")
        wait_for(lambda: node.id in self.redis.says("SMEMBERS", "boson:nodes:offline"), what="the set")
        subprocess.run([BIN, "--data-dir", one.data, "privacy", "erase", node.id], check=True, capture_output=True)
        wait_for(lambda: node.id not in self.redis.says("SMEMBERS", "boson:nodes:offline"), what="Redis to forget")
        self.assertFalse(self.redis.says("GET", "boson:metrics:" + node.id))
        self.assertEqual(node.heartbeat().status, 401, "nor is it known to another server")

    def test_a_client_here_and_its_node_there(self):
        asyncio.run(self.client_here_node_there())

    async def client_here_node_there(self):
        one, two, three = self.servers
        node = self.node(three)
        end = NodeEnd(node, two)
        await end.open()
        answer = await asyncio.to_thread(self.route, one, node)
        self.assertEqual(answer.status, 200, answer.body)
        selected = answer.json["selectedRoute"]
        self.assertIn(f":{one.port}/", selected["relayEndpoint"])
        client = ClientEnd(selected)
        await client.open()
        took = await client.echoes(5)
        # Once more where the client was there before its node.
        self.assertEqual(set(end.told), {(client.session, selected["relayEndpoint"])},
                         "both are told the same relay")
        self.assertLess(took, 2)
        self.assertIn("nodeId", self.redis.says("GET", "boson:session:" + client.session))
        # The third renews it, and ends it.
        token = selected["sessionToken"]
        path = "/api/v1/sessions/" + client.session
        renewed = await asyncio.to_thread(three.post, path + "/renew", token=token)
        self.assertEqual(renewed.status, 200)
        done = await asyncio.to_thread(three.request, "DELETE", path, token=token)
        self.assertEqual(done.status, 204)
        with self.assertRaises(websockets.ConnectionClosed) as closed:
            while True:
                await asyncio.wait_for(client.relay.recv(), 5)
        self.assertEqual(closed.exception.code, 1000)
        for _ in range(50):
            if end.ended:
                break
            await asyncio.sleep(0.1)
        self.assertEqual(end.ended, [client.session])
        await end.close()

    def test_what_one_has_made_another_knows_at_once(self):
        one, two, three = self.servers
        node = self.node(one, maxConnections=1000)
        for tells in (True, False):  # nor by Redis' words alone
            if not tells:
                self.redis.stop()
            for _ in range(10):
                young = Node(one)
                self.assertEqual(young.register().status, 200)
                young.server = two
                self.assertEqual(young.heartbeat().status, 200, "its first heartbeat, elsewhere")
                selected = self.route(one, node).json["selectedRoute"]
                if tells:
                    self.assertEqual(three.get("/api/v1/turn/ice", token=selected["sessionToken"]).status, 200)
                path = "/api/v1/sessions/" + selected["relayEndpoint"].rsplit("/", 1)[1]
                self.assertEqual(two.post(path + "/renew", token=selected["sessionToken"]).status, 200)
                done = three.request("DELETE", path, token=selected["sessionToken"])
                self.assertEqual(done.status, 204, "at once, elsewhere")

    def test_what_nobody_has_made(self):
        one = self.servers[0]
        made_up = "00000000-0000-4000-8000-00000000000a"
        asyncio.run(self.closed(one, made_up, 1008))
        path = f"/api/v1/sessions/{made_up}/renew"
        known = one.post(path, token="x").status
        self.assertIn(known, (401, 404))
        self.postgres.signal(signal.SIGSTOP)
        try:
            begun = time.monotonic()
            other = one.post(path.replace("00a", "00b"), token="x")
            self.assertEqual(other.status, 503, "the database does not say")
            self.assertLess(time.monotonic() - begun, 3)
            self.assertEqual(one.post(path, token="x").status, known, "asked a moment ago")
            asyncio.run(self.closed(one, made_up[:-1] + "c", 1011))
        finally:
            self.postgres.signal(signal.SIGCONT)
        wait_for(lambda: one.post(path.replace("00a", "00b"), token="x").status == known, what="the database")

    async def closed(self, server, session, code):
        async with connect(server.url("/relay/" + session), "x") as relay:
            with self.assertRaises(websockets.ConnectionClosed) as closed:
                while True:
                    await asyncio.wait_for(relay.recv(), 10)
        self.assertEqual(closed.exception.code, code)

    def test_candidates_go_by_the_bus(self):
        asyncio.run(self.candidates_by_the_bus())

    async def candidates_by_the_bus(self):
        one, two, _ = self.servers
        node = self.node(one)
        link = await connect(
            two.url(f"/api/v1/nodes/{node.id}/signal"), node.token)
        selected = (await asyncio.to_thread(self.route, one, node)).json["selectedRoute"]
        offer = json.loads(await asyncio.wait_for(link.recv(), 5))
        session = offer["sessionId"]
        client = ClientEnd(selected)
        await client.open()
        mine = {"action": "candidates", "candidates": [{"type": "host", "address": "10.1.2.3:51820"}]}
        await client.relay.send(json.dumps({"type": "control", "sessionId": session,
                                            "direction": "client-to-node", "payload": mine}))
        got = json.loads(await asyncio.wait_for(link.recv(), 5))
        self.assertEqual(got["payload"]["candidates"], mine["candidates"])
        await link.send(json.dumps({"type": "control", "sessionId": session,
                                    "direction": "node-to-client", "payload": mine}))
        while True:
            message = await asyncio.wait_for(client.relay.recv(), 5)
            if isinstance(message, str) and json.loads(message)["payload"].get("action") == "candidates":
                break
        self.assertEqual(json.loads(message)["payload"]["candidates"], mine["candidates"])
        await client.close()
        await link.close()

    def test_what_only_one_may_have(self):
        node = self.node(self.servers[0], maxConnections=50)
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda n: self.route(self.servers[n % 3], node), range(90)))
        given = [each.json["selectedRoute"]["nodeEndpoint"]["wireguardConfig"]["address"]
                 for each in answers if each.status == 200]
        self.assertEqual(len(given), len(set(given)), "no address twice")
        self.assertEqual(len(given), 50, [each.status for each in answers])
        self.assertEqual({each.code for each in answers if each.status != 200}, {"node_full"})
        many = self.node(self.servers[0], maxConnections=1000)
        client = "11111111-2222-4333-8444-555555555555"
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda n: self.route(self.servers[n % 3], many, clientId=client),
                                    range(40)))
        # Those that gave way are written down a moment after the answer.
        wait_for(lambda: 7 <= int(self.postgres.ask(
            f"SELECT COUNT(*) FROM sessions WHERE status = 'active' AND client_id = '{client}'")) <= 8,
            what="a client to have what one client may")
        self.assertTrue({each.status for each in answers} <= {200, 429}, answers)

    def command(self, server, *words):
        return subprocess.run([BIN, "--data-dir", server.data, *words], check=True, capture_output=True,
                              text=True, timeout=30).stdout.strip()

    def test_a_keys_users_at_several_servers(self):
        node = self.node(self.servers[0], maxConnections=1000)
        keys = [self.command(self.servers[0], "access-key", "add", f"few{n}", "sessions=1") for n in range(8)]
        known = lambda server: json.loads(self.command(server, "status", "--json"))["accessKeys"]
        wait_for(lambda: all(known(server) == len(keys) for server in self.servers), what="all to know the keys")
        for key in keys:
            ask = lambda server: self.route(server, node, headers={"Higgs-Access-Key": key})
            with concurrent.futures.ThreadPoolExecutor(3) as pool:
                answers = list(pool.map(ask, self.servers))
            self.assertEqual(sorted(each.status for each in answers), [200, 429, 429])
            self.assertEqual({each.code for each in answers if each.status != 200}, {"too_many_sessions"})

    # --- losses ----------------------------------------------------------------------------------

    def test_a_killed_server(self):
        asyncio.run(self.killed_server())

    async def killed_server(self, sessions=20):
        one, two, three = self.servers
        node = self.node(two, maxConnections=1000)
        end = NodeEnd(node, two)
        await end.open()
        clients = []
        for _ in range(sessions):
            selected = (await asyncio.to_thread(self.route, one, node)).json["selectedRoute"]
            client = ClientEnd(selected, [two, three])
            await client.open()
            clients.append(client)
        await asyncio.gather(*(client.echoes() for client in clients))
        killed = time.monotonic()
        await asyncio.to_thread(one.stop, signal.SIGKILL)

        async def comes_back(client, index):
            # Half of them to one server, half to the other.
            client.endpoints = client.endpoints[1:] if index % 2 else client.endpoints[:0:-1]
            await client.open(20)
            await client.echoes(20)
            return time.monotonic() - killed
        took = sorted(await asyncio.gather(*(comes_back(client, index)
                                             for index, client in enumerate(clients))))
        print(f"killed under {sessions} sessions: p50 {took[len(took) // 2]:.2f} s, "
              f"p95 {took[int(len(took) * .95)]:.2f} s, last {took[-1]:.2f} s")
        self.assertLess(took[-1], 15)
        owners = self.postgres.ask("SELECT COUNT(DISTINCT instance), COUNT(*) FROM sessions WHERE"
                                   f" status = 'active' AND node_id = '{node.id}'")
        self.assertEqual(owners, f"2|{sessions}", "nothing twice, nothing lost")
        await asyncio.to_thread(self.together)
        for client in clients:
            await client.close()
        await end.close()

    def test_redis_comes_and_goes(self):
        asyncio.run(self.redis_comes_and_goes())

    async def comes_back(self, relay, frame):
        """However busy the machine is: a frame that the relay has dropped never comes."""
        await relay.send(frame)
        try:
            while await asyncio.wait_for(relay.recv(), 10) != frame:
                pass
        except asyncio.TimeoutError:
            self.fail(f"relayed traffic loses no frame: {frame}")

    async def redis_comes_and_goes(self):
        one, two, _ = self.servers
        node = self.node(two)
        end = NodeEnd(node, two)
        await end.open()
        selected = (await asyncio.to_thread(self.route, one, node)).json["selectedRoute"]
        client = ClientEnd(selected)
        await client.open()
        await client.echoes()
        sent = 0
        for loss in ("stopped", "killed", "flushed", "of other types"):
            if loss == "stopped":
                self.redis.signal(signal.SIGSTOP)
            elif loss == "killed":
                self.redis.stop()
            elif loss == "flushed":
                self.redis.says("FLUSHALL")
            else:
                self.redis.says("FLUSHALL")
                self.redis.says("SET", "boson:nodes:offline", "text")
                self.redis.says("SADD", "boson:session:" + client.session, "x")
            until = time.monotonic() + 5
            while time.monotonic() < until:
                sent += 1
                await self.comes_back(client.relay, b"frame %d" % sent)
                await asyncio.sleep(0.02)
            begun = time.monotonic()
            answer = await asyncio.to_thread(self.route, two, node)
            self.assertEqual(answer.status, 200, (loss, answer.body))
            self.assertLess(time.monotonic() - begun, 2, loss)
            # With what it knows: the node of another server is told when the database was read.
            there = await asyncio.to_thread(self.route, one, node)
            self.assertIn(there.status, (200, 503), (loss, there.body))
            if there.status == 200:
                mine = ClientEnd(there.json["selectedRoute"])
                await mine.open()
                await mine.echoes(9)
                await mine.close()
            if loss == "stopped":
                self.redis.signal(signal.SIGCONT)
            elif loss == "killed":
                await asyncio.to_thread(self.redis.start)
            begun = time.monotonic()
            await asyncio.to_thread(self.together)
            self.assertLess(time.monotonic() - begun, 5, loss)
            if loss == "killed":
                await asyncio.to_thread(wait_for, lambda: "nodeId" in self.redis.says(
                    "GET", "boson:session:" + client.session), 10, "what was kept to be kept again")
            self.assertEqual((await asyncio.to_thread(self.route, one, node)).status, 200, loss)
        self.assertGreater(sent, 20)
        await client.close()
        await end.close()

    def test_nobody_gives_orders_by_redis(self):
        one, two, _ = self.servers
        node = self.node(one)
        session = "00000000-0000-4000-8000-000000000001"
        number = 1
        for text in ("", "{}", "[]", "x" * 70000, "null", '{"type":"rows"}', "\xff",
                     json.dumps({"type": "rows", "nodes": [node.id], "sessions": [session]}),
                     json.dumps({"type": "heard", "rows": [{"node": node.id, "said": {"status": "offline"}}]}),
                     json.dumps({"type": "legs", "rows": 5}),
                     json.dumps({"type": "here", "host": "evil.example", "port": 1, "number": 9})):
            for sender in ("00000000-0000-4000-8000-0000000000ff", node.id, "x"):
                try:
                    body = json.dumps({**json.loads(text), "from": sender, "run": 1, "seq": number})
                except (ValueError, TypeError):
                    body = text
                number += 1
                self.redis.says("PUBLISH", "boson:events", body)
        # What it could do is to be listed for a moment, and to have the database read.
        self.assertEqual(one.get("/healthz").status, 200)
        answer = self.route(two, node)
        self.assertIn(answer.status, (200, 503))
        wait_for(lambda: len(self.ports(one)) == 3, 10, "it to be forgotten")
        node.heartbeat()
        wait_for(lambda: self.route(two, node).status == 200, what="the node to be online again")

    def test_without_redis_at_the_start(self):
        self.redis.stop()
        server = self.servers[2]
        server.stop()
        server.start(f"127.0.0.1:{server.port}")
        node = Node(server)
        self.assertEqual(node.register().status, 200)
        self.assertEqual(self.route(server, node).status, 200)
        self.redis.start()
        self.together(5)
        wait_for(lambda: self.knows(self.servers[0], node), 5, "what happened meanwhile")

    def test_one_that_does_not_know_the_others_is_refused(self):
        import subprocess
        import tempfile
        data = tempfile.mkdtemp(prefix="boson-test-")
        done = subprocess.run([BIN, "--data-dir", data, "--listen", "127.0.0.1:0", "--stun", "off",
                               "--database", self.postgres.url], capture_output=True, text=True,
                              timeout=30, check=False)
        shutil.rmtree(data)
        self.assertEqual(done.returncode, 1)
        self.assertIn("--redis", done.stderr)


if __name__ == "__main__":
    if binaries() is None:
        skip("PostgreSQL is not installed")
    unittest.main()
