# SPDX-License-Identifier: GPL-3.0-or-later
"""Bans on a running server: of access keys, nodes, addresses and networks. Sessions end within two
seconds and say why, nothing comes back by itself, and a ban that is lifted or over is over."""
import asyncio
import http.client
import shutil
import subprocess
import tempfile
import time
import unittest

import websockets

from boson import BIN, Node, Server, route_request, tls_context, wait_for

PROMPT = 2  # seconds in which a session ends


class BansTest(unittest.TestCase):
    def setUp(self):
        self.data = tempfile.mkdtemp(prefix="boson-test-")
        self.addCleanup(shutil.rmtree, self.data, True)

    def command(self, *words, code=0):
        done = subprocess.run([BIN, "--data-dir", self.data, *words], capture_output=True, text=True,
                              timeout=30)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout.strip() if code == 0 else done.stderr.strip()

    @staticmethod
    def get_from(server, source, path="/api/v1/server"):
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=tls_context(),
                                                 timeout=10, source_address=(source, 0))
        connection.request("GET", path)
        status = connection.getresponse().status
        connection.close()
        return status

    @staticmethod
    def joined(server, selected):
        path = selected["relayEndpoint"].split(str(server.port), 1)[1]
        headers = {"Authorization": "Bearer " + selected["sessionToken"]}
        return websockets.connect(server.url(path), ssl=tls_context(), extra_headers=headers)

    async def ends(self, end, within=PROMPT):
        """How a WebSocket is closed, and that it is soon."""
        begun = time.monotonic()
        with self.assertRaises(websockets.ConnectionClosed) as closed:
            while True:
                await asyncio.wait_for(end.recv(), 10)
        self.assertLess(time.monotonic() - begun, within)
        return closed.exception.code, closed.exception.reason

    async def lives(self, end):
        with self.assertRaises(asyncio.TimeoutError):
            await asyncio.wait_for(end.recv(), 1)
        self.assertTrue(end.open)

    async def two_sessions(self, server, first=None, second=None):
        opened = []
        for headers in (first, second):
            selected = server.post("/api/v1/routing/request", route_request(),
                                   headers=headers).json["selectedRoute"]
            relay = await self.joined(server, selected)
            await asyncio.wait_for(relay.recv(), 5)
            opened.append(relay)
        return opened

    def test_a_revoked_key(self):
        asyncio.run(self.key(["access-key", "revoke", "alice"], "Access key revoked"))

    def test_a_rotated_key(self):
        asyncio.run(self.key(["access-key", "rotate", "alice"], "Access key revoked"))

    def test_a_banned_key(self):
        asyncio.run(self.key(["ban", "key", "alice"], "Banned"))

    async def key(self, words, why):
        with Server("--access", "key", data=self.data) as server:
            Node(server).register()
            alice, bob = ({"Higgs-Access-Key": self.command("access-key", "add", name)}
                          for name in ("alice", "bob"))
            hers, his = await self.two_sessions(server, alice, bob)
            self.command(*words)
            self.assertEqual(await self.ends(hers), (1008, why))
            await self.lives(his)
            again = lambda key: server.post("/api/v1/routing/request", route_request(), headers=key)
            self.assertEqual((again(alice).status, again(bob).status), (401, 200))
            if words[0] == "ban":
                self.command("unban", "key", "alice")
                self.assertEqual(again(alice).status, 200)
                self.assertIn("not banned", self.command("unban", "key", "alice", code=1))
            await his.close()

    def test_nodes_of_a_revoked_key(self):
        asyncio.run(self.node_of_key(["access-key", "revoke", "alice"]))

    def test_nodes_of_a_rotated_key(self):
        asyncio.run(self.node_of_key(["access-key", "rotate", "alice"]))

    def test_nodes_of_a_banned_key(self):
        asyncio.run(self.node_of_key(["ban", "key", "alice"]))

    async def node_of_key(self, words):
        """Who was let in by a key goes with it, whatever token it has got meanwhile."""
        with Server("--node-access", "key", data=self.data) as server:
            alice, bob = ({"Higgs-Access-Key": self.command("access-key", "add", name, "for=share")}
                          for name in ("alice", "bob"))
            hers, his = Node(server), Node(server)
            self.assertEqual(hers.register().status, 401, "control: a key is needed")
            self.assertEqual((hers.register(headers=alice).status, his.register(headers=bob).status),
                             (200, 200))
            link = await websockets.connect(
                server.url(f"/api/v1/nodes/{hers.id}/signal"), ssl=tls_context(),
                extra_headers={"Authorization": "Bearer " + hers.token})
            client, other = [await self.joined(server, server.post(
                "/api/v1/routing/request", route_request(targetNodeId=node.id)).json["selectedRoute"])
                for node in (hers, his)]
            for each in (client, other):
                await asyncio.wait_for(each.recv(), 5)
            self.command(*words)
            self.assertEqual(await self.ends(client), (1008, "Access key revoked"))
            self.assertEqual(await self.ends(link), (1008, "Node removed"))
            for _ in range(2):
                self.assertEqual((hers.heartbeat().status, his.heartbeat().status), (401, 200))
                self.assertEqual(hers.register(headers=alice).status, 401)
                self.assertEqual([n["nodeId"] for n in server.get("/api/v1/nodes").json["nodes"]],
                                 [his.id])
                server.stop()
                server.start()
            self.assertEqual(hers.register(headers=bob).status, 200, "another key lets it in again")
            self.assertEqual(hers.heartbeat().status, 200)

    def test_a_removed_node(self):
        asyncio.run(self.node(["node", "remove"], "Node removed"))

    def test_a_banned_node(self):
        asyncio.run(self.node(["ban", "node"], "Banned"))

    async def node(self, words, why):
        with Server(data=self.data) as server:
            node, other = Node(server), Node(server, country="DE", region=None)
            self.assertEqual((node.register().status, other.register().status), (200, 200))
            link = await websockets.connect(
                server.url(f"/api/v1/nodes/{node.id}/signal"), ssl=tls_context(),
                extra_headers={"Authorization": "Bearer " + node.token})
            client, _ = await self.two_sessions(server)
            self.command(*words, node.id)
            self.assertEqual(await self.ends(client), (1008, why))
            self.assertEqual(await self.ends(link), (1008, "Node removed"))
            for _ in range(2):
                self.assertEqual(node.heartbeat().status, 401)
                refused = node.register()
                self.assertEqual((refused.status, refused.code), (403, "forbidden"))
                thief = Node(server)
                thief.key = node.key
                self.assertEqual(thief.register().status, 403, "its key under another name")
                self.assertEqual(other.heartbeat().status, 200)
                self.assertEqual([n["nodeId"] for n in server.get("/api/v1/nodes").json["nodes"]],
                                 [other.id])
                server.stop()
                server.start()
            self.command("unban", "node", node.id)
            self.assertEqual(node.register().status, 200)
            self.assertEqual(node.heartbeat().status, 200)

    def test_an_address_and_a_network(self):
        asyncio.run(self.addresses())

    async def addresses(self):
        with Server(data=self.data) as server:
            node = Node(server)
            node.register()
            self.assertEqual(self.get_from(server, "127.0.0.5"), 200, "control")
            self.command("ban", "address", "127.0.0.5", "1h", "floods")
            self.assertEqual(self.get_from(server, "127.0.0.5"), 403)
            self.assertEqual(self.get_from(server, "127.0.0.6"), 200)
            self.assertEqual(self.get_from(server, "127.0.0.5", "/relay/x"), 403)
            self.assertEqual(self.get_from(server, "127.0.0.5", "/healthz"), 200)
            self.assertRegex(self.command("ban", "list"), r"network 127.0.0.5/32  for another 3\d+ s  floods")
            self.command("unban", "address", "127.0.0.5")
            self.assertEqual(self.get_from(server, "127.0.0.5"), 200)
            # Whoever has one address of a /64 has the next, too, and lifts the ban by any.
            self.assertIn("2620:fe:0:7::/64", self.command("ban", "address", "2620:fe:0:7::9"))
            self.assertIn("network 2620:fe:0:7::/64", self.command("ban", "list"))
            self.command("unban", "address", "2620:fe:0:7::a")
            self.assertEqual(self.command("ban", "list"), "")
            self.command("ban", "network", "127.0.9.0/24", "2s")
            self.assertEqual(self.get_from(server, "127.0.9.200"), 403)
            self.assertEqual(self.get_from(server, "127.0.8.200"), 200)
            wait_for(lambda: self.get_from(server, "127.0.9.200") == 200, 10, "the ban to be over")
            # What is connected from there ends, too.
            link = await websockets.connect(
                server.url(f"/api/v1/nodes/{node.id}/signal"), ssl=tls_context(),
                extra_headers={"Authorization": "Bearer " + node.token})
            client, second = await self.two_sessions(server)
            self.command("ban", "address", "127.0.0.1")
            self.assertEqual(await self.ends(client), (1008, "Banned"))
            self.assertEqual(await self.ends(second), (1008, "Banned"))
            self.assertEqual(await self.ends(link), (1008, "Node removed"))
            self.assertEqual(node.heartbeat().status, 403)
            self.command("unban", "address", "127.0.0.1")
            self.assertEqual(node.heartbeat().status, 200)

    def test_without_a_server(self):
        with Server(data=self.data) as server:
            node = Node(server)
            node.register()
        self.command("ban", "node", node.id, "7d")
        self.command("ban", "network", "127.0.9.0/24")
        with Server(data=self.data) as server:
            node.server = server
            self.assertEqual(node.heartbeat().status, 401)
            self.assertEqual(server.get("/api/v1/nodes").json["nodes"], [])
            self.assertEqual(self.get_from(server, "127.0.9.1"), 403)

    def test_usage(self):
        with Server(data=self.data):
            for words in (["ban"], ["ban", "node"], ["ban", "address", "1.2.3.4", "soon"],
                          ["ban", "address", "1.2.3.4", "1h", "a", "b"], ["unban", "node"]):
                self.command(*words, code=2)
            for words in (["ban", "node", "x"], ["ban", "address", "1.2.3"], ["ban", "key", ""],
                          ["ban", "network", "1.2.3.4/24"], ["ban", "network", "0.0.0.0/0"],
                          ["unban", "address", "1.2.3.4"]):
                self.assertEqual(len(self.command(*words, code=1).splitlines()), 1)


if __name__ == "__main__":
    unittest.main()
