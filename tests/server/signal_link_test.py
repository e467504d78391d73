# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's signal link against those who would close it, and its codes, from outside."""
import asyncio
import json
import os
import sqlite3
import sys
import unittest
import uuid

try:
    import websockets
except ImportError:
    print("SKIPPED: python3-websockets is not installed")
    sys.exit(77)

from boson import Node, Server, route_request, tls_context, wait_for

SESSIONS = 1500  # of which 620 once were too many
FREE = ["--limit", "routing-per-minute=1000000", "--limit", "routing-burst=1000000",
        "--limit", "signal-per-minute=1000000", "--limit", "signal-burst=1000000",
        "--limit", "relay-open-per-minute=1000000", "--limit", "relay-open-burst=1000000",
        "--limit", "waiting-sessions-per-address=100000",
        "--limit", "waiting-sessions-per-site=100000",
        "--limit", "waiting-sessions-per-network=100000",
        "--limit", "first-connection=600000"]


class SignalLink(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(*FREE)
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def node(self, **more):
        node = Node(self.server, **more)
        self.assertEqual(node.register().status, 200)
        return node

    def link(self, node, **more):
        return websockets.connect(self.server.url(f"/api/v1/nodes/{node.id}/signal"),
                                  ssl=tls_context(), ping_interval=None, max_size=None,
                                  extra_headers={"Authorization": "Bearer " + node.token}, **more)

    def relay(self, selected):
        path = "/relay/" + selected["relayEndpoint"].rsplit("/", 1)[1]
        return websockets.connect(
            self.server.url(path), ssl=tls_context(), ping_interval=None,
            extra_headers={"Authorization": "Bearer " + selected["sessionToken"]})

    def sessions(self, node, count):
        connection = self.server.connection()
        selected = []
        for _ in range(count):
            connection.request("POST", "/api/v1/routing/request", json.dumps(route_request(
                targetNodeId=node.id, requirements={}, clientPublicKey=self.key)),
                {"Content-Type": "application/json"})
            answer = connection.getresponse()
            body = json.loads(answer.read())
            self.assertEqual(answer.status, 200, body)
            selected.append(body["selectedRoute"])
        connection.close()
        return selected

    @property
    def key(self):
        return Node(self.server).public_key

    @staticmethod
    async def say(link, session, action, direction="node-to-client", **more):
        await link.send(json.dumps({"type": "control", "sessionId": session,
                                    "direction": direction, "payload": {"action": action, **more}}))

    def test_many_sessions_are_announced(self):
        async def run():
            node = self.node(maxConnections=10000)
            expected = {one["relayEndpoint"].rsplit("/", 1)[1]
                        for one in self.sessions(node, SESSIONS)}
            seen = set()
            # A small receive queue: the socket fills, and drains as it is read.
            async with self.link(node, max_queue=4, read_limit=4096) as link:
                await asyncio.sleep(0)
                while seen != expected:
                    message = json.loads(await asyncio.wait_for(link.recv(), 20))
                    self.assertEqual(message["payload"]["action"], "connect")
                    self.assertNotIn(message["sessionId"], seen)
                    seen.add(message["sessionId"])
                # And it is open for what comes after.
                later = self.sessions(node, 1)[0]
                message = json.loads(await asyncio.wait_for(link.recv(), 20))
                self.assertIn(message["sessionId"], later["relayEndpoint"])
        asyncio.run(run())

    def test_a_clients_candidates_close_no_link(self):
        async def run():
            node = self.node()
            selected = self.sessions(node, 1)[0]
            session = selected["relayEndpoint"].rsplit("/", 1)[1]
            async with self.link(node, max_queue=2, read_limit=1024) as link:
                json.loads(await asyncio.wait_for(link.recv(), 10))
                async with self.relay(selected) as client:
                    await client.recv()
                    for number in range(3000):
                        await client.send(json.dumps({
                            "type": "control", "sessionId": session,
                            "direction": "client-to-node",
                            "padding": "x" * 4000,
                            "payload": {"action": "candidates", "candidates": [
                                {"type": "host", "address": f"192.0.2.1:{1 + number % 1000}"}
                            ] * 32}}))
                    pong = await client.ping()
                    await asyncio.wait_for(pong, 60)
                    # The end of the session comes by the link that is still there.
                    await client.close(1000)
                got = []
                while True:
                    message = json.loads(await asyncio.wait_for(link.recv(), 20))
                    if message["payload"]["action"] == "disconnect":
                        break
                    got.append(message)
                self.assertGreater(len(got), 0)  # the control: some were given
                self.assertLess(len(got), 100)
                for message in got:
                    self.assertNotIn("padding", message)
                    self.assertEqual(message["payload"]["action"], "candidates")
                    self.assertLessEqual(len(message["payload"]["candidates"]), 32)
        asyncio.run(run())

    def test_no_candidates_of_a_session_that_was_not_announced(self):
        async def run():
            node = self.node()
            answer = self.server.post("/api/v1/routing/request", route_request(
                targetNodeId=node.id, requirements={}))  # without a key
            selected = answer.json["selectedRoute"]
            session = selected["relayEndpoint"].rsplit("/", 1)[1]
            async with self.link(node) as link, self.relay(selected) as client:
                await client.recv()
                await client.send(json.dumps({
                    "type": "control", "sessionId": session, "direction": "client-to-node",
                    "payload": {"action": "candidates", "candidates": []}}))
                await asyncio.wait_for(await client.ping(), 10)
                told = self.sessions(node, 1)[0]
                message = json.loads(await asyncio.wait_for(link.recv(), 10))
                self.assertIn(message["sessionId"], told["relayEndpoint"])
        asyncio.run(run())

    def test_direction(self):
        async def run():
            node = self.node()
            selected = self.sessions(node, 1)[0]
            session = selected["relayEndpoint"].rsplit("/", 1)[1]
            async with self.link(node) as link, self.relay(selected) as client:
                await link.recv()
                await client.recv()
                for direction in ("client-to-node", "server"):
                    await self.say(link, session, "candidates", direction, candidates=[])
                    error = json.loads(await asyncio.wait_for(link.recv(), 10))
                    self.assertEqual(
                        (error["type"], error["direction"], error["payload"]["action"],
                         error["payload"]["errorCode"], error["sessionId"]),
                        ("control", "server", "error", "wrong_direction", session))
                await self.say(link, session, "disconnect", "server")
                await asyncio.wait_for(link.recv(), 10)
                await self.say(link, session, "candidates", candidates=[
                    {"type": "host", "address": "192.0.2.9:9"}])
                got = json.loads(await asyncio.wait_for(client.recv(), 10))
                self.assertEqual((got["direction"], got["payload"]["action"]),
                                 ("node-to-client", "candidates"))
                await self.say(link, session, "disconnect")
                with self.assertRaises(websockets.ConnectionClosed) as closed:
                    await asyncio.wait_for(client.recv(), 10)
                self.assertEqual(closed.exception.code, 1000)
        asyncio.run(run())

    def test_close_codes(self):
        async def run():
            node = self.node()

            async def code_after(message):
                async with self.link(node) as link:
                    await link.send(message)
                    with self.assertRaises(websockets.ConnectionClosed) as closed:
                        await asyncio.wait_for(link.recv(), 10)
                    return closed.exception.code
            self.assertEqual(await code_after(b"binary"), 1003)
            self.assertEqual(await code_after("x" * 131073), 1009)
            self.assertEqual(await code_after(b"x" * 65536), 1009)
            async with self.link(node) as first, self.link(node):
                with self.assertRaises(websockets.ConnectionClosed) as closed:
                    await asyncio.wait_for(first.recv(), 10)
                self.assertEqual((closed.exception.code, closed.exception.reason),
                                 (1000, "Replaced"))
        asyncio.run(run())


class StorageAway(unittest.TestCase):
    def test_what_cannot_be_checked_is_1011(self):
        """A session that nobody knows, while the storage that may know it is away."""
        async def code(server, node):
            async with websockets.connect(
                    server.url("/relay/" + str(uuid.uuid4())), ssl=tls_context(),
                    extra_headers={"Authorization": "Bearer " + str(uuid.uuid4())}) as end:
                with self.assertRaises(websockets.ConnectionClosed) as closed:
                    await asyncio.wait_for(end.recv(), 10)
                return closed.exception.code, closed.exception.reason

        with Server() as server:
            node = Node(server)
            self.assertEqual(asyncio.run(code(server, node)), (1008, "Invalid session"))
            files = [name for name in os.listdir(server.data) if name.endswith((".db", ".sqlite"))]
            self.assertEqual(len(files), 1, os.listdir(server.data))
            blocker = sqlite3.connect(os.path.join(server.data, files[0]), isolation_level=None)
            blocker.execute("BEGIN EXCLUSIVE")
            wait_for(lambda: server.get("/readyz").status == 503, 30, "a storage that is away")
            self.assertEqual(asyncio.run(code(server, node)), (1011, "Internal server error"))
            blocker.execute("ROLLBACK")
            blocker.close()
            wait_for(lambda: server.get("/readyz").status == 200, 30, "the storage")
            self.assertEqual(asyncio.run(code(server, node)), (1008, "Invalid session"))


if __name__ == "__main__":
    unittest.main()
