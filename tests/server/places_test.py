# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds a place on a running server and for how long, whose addresses it tells, and what a step of
the wall clock does to it: nothing."""
import asyncio
import base64
import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

import websockets

from boson import Node, Server, route_request, tls_context, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))


def ask(server, source="127.0.0.1", **changes):
    """A routing request from another address of this machine; each is another client."""
    connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=tls_context(),
                                             timeout=10, source_address=(source, 0))
    connection.request("POST", "/api/v1/routing/request", json.dumps(route_request(**changes)),
                       {"Content-Type": "application/json"})
    response = connection.getresponse()
    body = json.loads(response.read())
    connection.close()
    return response.status, body.get("error", {}).get("code"), body.get("selectedRoute")


def path_of(server, selected):
    return selected["relayEndpoint"].split(str(server.port), 1)[1]


def unfinished(server, path, token):
    """A relay connection that has sent a datagram's first 65,000 bytes."""
    tls = tls_context().wrap_socket(socket.create_connection(("127.0.0.1", server.port), 10))
    tls.sendall((f"GET {path} HTTP/1.1\r\nHost: boson\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                 f"Authorization: Bearer {token}\r\n\r\n").encode()
                + b"\x82\xfe\xff\xff" + bytes(4 + 65000))
    return tls


def resident_mb(server):
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024


def join(server, selected):
    path = path_of(server, selected)
    return websockets.connect(server.url(path), ssl=tls_context(),
                              extra_headers={"Authorization": "Bearer " + selected["sessionToken"]})


class PlacesTest(unittest.TestCase):
    def test_a_node_that_fails_clients_is_avoided(self):
        asyncio.run(self.failing_node())

    async def failing_node(self):
        """It is the nearest and answers the server, and no tunnel to it ever comes up."""
        with Server() as server:
            near, far = Node(server), Node(server)
            for node, latency in ((near, 5), (far, 80)):
                node.register()
                node.heartbeat(latency=latency)
            key = base64.b64encode(os.urandom(32)).decode()
            chosen = ask(server, clientPublicKey=key)[2]
            self.assertEqual(chosen["nodeEndpoint"]["nodeId"], near.id, "control")
            async with join(server, chosen) as relay:
                self.assertIn("connected", await asyncio.wait_for(relay.recv(), 5))
                await asyncio.sleep(5)  # longer than Routing::PatienceOfClients
            session = chosen["relayEndpoint"].rsplit("/", 1)[1]
            self.assertIn(server.request("DELETE", f"/api/v1/sessions/{session}",
                                         token=chosen["sessionToken"]).status, (204, 401))
            told = server.get("/api/v1/routes/explain?country=US").json["candidates"]
            self.assertEqual([(each["nodeId"], each["figures"]["failedSessions"] > 0.9)
                              for each in told], [(far.id, False), (near.id, True)])
            self.assertEqual(ask(server)[2]["nodeEndpoint"]["nodeId"], far.id)

    def test_ten_requests_do_not_fill_a_node_of_ten(self):
        asyncio.run(self.ten_requests())

    async def ten_requests(self):
        with Server("--limit", "waiting-is-safe=500", "--limit", "first-connection=3000") as server:
            node = Node(server, maxConnections=10)
            node.register()
            for _ in range(10):
                self.assertEqual(ask(server)[0], 200)
            self.assertEqual(ask(server, targetNodeId=node.id)[:2], (503, "node_full"), "control")
            chosen = wait_for(lambda: ask(server, "127.0.0.2")[2], 5, "a bystander's place")
            async with join(server, chosen) as relay:
                self.assertIn("connected", await asyncio.wait_for(relay.recv(), 5))
                # And all that nobody came for are given back.
                free = lambda: server.get("/api/v1/nodes").json["nodes"][0]["activeConnections"] == 1
                wait_for(free, 15, "the places to be given back")

    def test_idle_relay_connections_do_not_fill_a_node(self):
        asyncio.run(self.idle_connections())

    async def idle_connections(self):
        with Server("--limit", "unanswered-is-safe=1000") as server:
            node = Node(server, maxConnections=3)
            node.register()
            relays = []
            for _ in range(3):
                relays.append(await join(server, ask(server)[2]))
                self.assertIn("connected", await asyncio.wait_for(relays[-1].recv(), 5))
            self.assertEqual(ask(server, targetNodeId=node.id)[:2], (503, "node_full"), "control")
            chosen = wait_for(lambda: ask(server, "127.0.0.2")[2], 5, "a bystander's place")
            with self.assertRaises(websockets.ConnectionClosed) as closed:
                while True:
                    await asyncio.wait_for(relays[0].recv(), 5)
            self.assertEqual((closed.exception.code, closed.exception.reason),
                             (1000, "Place given to another network"))
            # The bystander's node answers, and nothing takes that place any more.
            async with join(server, chosen) as relay, websockets.connect(
                    server.url(path_of(server, chosen)), ssl=tls_context(),
                    extra_headers={"Authorization": "Bearer " + node.token}) as end:
                await asyncio.wait_for(end.recv(), 5)
                await end.send(b"datagram")
                while await asyncio.wait_for(relay.recv(), 5) != b"datagram":
                    pass
                for other in relays[1:]:
                    await other.ping()
                    await other.close()

    def test_a_neighbour_who_does_not_come_gives_way(self):
        with Server("--limit", "waiting-sessions-per-address=2", "--limit",
                    "waiting-is-safe=1000") as server:
            Node(server, maxConnections=100).register()
            self.assertEqual([ask(server)[0] for _ in range(2)], [200, 200])
            self.assertEqual(ask(server)[:2], (429, "too_many_sessions"), "control")
            wait_for(lambda: ask(server)[0] == 200, 5, "the longest waiting to give way")

    def test_what_is_full_is_said(self):
        with Server("--limit", "nodes-per-address=2", "--limit", "sessions=3", "--limit",
                    "waiting-sessions-per-address=2") as server:
            for _ in range(2):
                self.assertEqual(Node(server).register().status, 200)
            refused = Node(server).register()
            self.assertEqual((refused.status, refused.code), (503, "server_full"))
            self.assertIn("Retry-After", refused.headers)
            self.assertEqual([ask(server)[0] for _ in range(2)], [200, 200])
            self.assertEqual(ask(server)[:2], (429, "too_many_sessions"))
            self.assertEqual(ask(server, "127.0.0.2")[0], 200)
            self.assertEqual(ask(server, "127.0.0.3")[:2], (503, "server_full"))
        with Server("--limit", "nodes=1") as server:
            known = Node(server)
            self.assertEqual(known.register().status, 200)
            refused = Node(server).register()
            self.assertEqual((refused.status, refused.code), (503, "server_full"))
            self.assertEqual(known.register().status, 200, "who is known may register again")

    def test_one_address_has_so_many_sessions(self):
        asyncio.run(self.so_many_sessions())

    async def so_many_sessions(self):
        with Server("--limit", "sessions-per-address=3", "--limit", "waiting-sessions-per-address=2",
                    "--limit", "session-abandoned=500") as server:
            node = Node(server, maxConnections=100)
            node.register()
            relays = []
            for _ in range(3):
                relays.append(await join(server, ask(server)[2]))
                self.assertIn("connected", await asyncio.wait_for(relays[-1].recv(), 5))
            refused = lambda: ask(server)[:2] == (429, "too_many_sessions")
            wait_for(refused, 5, "the joined ones to count")
            self.assertEqual(ask(server, "127.0.0.2")[0], 200, "another address")
            relays[0].transport.abort()
            await relays[0].wait_closed()
            wait_for(lambda: ask(server)[0] == 200, 5, "one without its client to give way")
            self.assertTrue(refused())
            for relay in relays[1:]:
                await relay.ping()  # and those who are there stay
                await relay.close()

    def test_unfinished_messages_of_one_address(self):
        asyncio.run(self.unfinished_messages())

    async def unfinished_messages(self):
        with Server("--relay-threads", "1") as server:
            node = Node(server, maxConnections=1000)
            node.register()
            own = ask(server, "127.0.0.2")[2]
            headers = {"Authorization": "Bearer " + node.token}
            async with join(server, own) as client, websockets.connect(
                    server.url(path_of(server, own)), ssl=tls_context(), extra_headers=headers) as other:
                for end in (client, other):
                    self.assertIn("connected", await asyncio.wait_for(end.recv(), 5))
                before, ends = resident_mb(server), []
                for _ in range(400):
                    selected = ask(server)[2]
                    path = path_of(server, selected)
                    ends += [unfinished(server, path, selected["sessionToken"]),
                             unfinished(server, path, node.token)]
                for number in range(50):
                    await client.send(b"%d" % number)
                    self.assertEqual(await asyncio.wait_for(other.recv(), 5), b"%d" % number)
                self.assertLess(resident_mb(server) - before, 32)
                for end in ends:
                    end.close()
                wait_for(lambda: resident_mb(server) - before < 16, 30, "the memory to come back")

    def test_silent_nodes_are_forgotten(self):
        with Server("--limit", "unproven-forgotten=1") as server:
            unproven, proven = Node(server), Node(server)
            self.assertEqual(unproven.register(proof=False).status, 200)
            self.assertEqual(proven.register().status, 200)
            for node in (unproven, proven):
                self.assertEqual(node.heartbeat("offline").status, 200)
            wait_for(lambda: unproven.heartbeat("offline").status == 401, 10, "the node to be forgotten")
            self.assertEqual(proven.heartbeat("offline").status, 200)
            self.assertEqual(unproven.register(proof=False).status, 200, "it may come back")
            wait_for(lambda: unproven.heartbeat("offline").status == 401, 10, "it again")
            server.stop()
            server.start()
            self.assertEqual(unproven.heartbeat().status, 401, "in the database, too")
            self.assertEqual(proven.heartbeat().status, 200)

    def test_no_victim_is_told(self):
        with Server() as server:
            node = Node(server)
            for victim in ("127.0.0.1:22", "9.9.9.9:51820", "192.168.1.1:4000", "[::1]:4000"):
                network = {**node.registration()["networkInfo"], "stunMappedAddress": victim}
                self.assertEqual(node.register(networkInfo=network).status, 200)
                selected = ask(server)[2]
                self.assertIsNone(selected["nodeEndpoint"]["wireguardConfig"]["endpoint"], victim)
            info = {"natType": "FullCone", "stunMappedAddress": "127.0.0.1:22"}
            ask(server, clientNetworkInfo=info, clientPublicKey=Node(server).public_key)
            actions = node.heartbeat().json["actions"]
            told = [a for a in actions if a["type"] == "connect"]
            self.assertEqual([a["payload"]["candidates"] for a in told], [[]])


class ClockTest(unittest.TestCase):
    def setUp(self):
        self.space = tempfile.mkdtemp(prefix="boson-clock-")
        self.addCleanup(shutil.rmtree, self.space, True)
        self.library = os.path.join(self.space, "clock_step.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", self.library,
                        os.path.join(HERE, "..", "support", "clock_step.c"), "-ldl"], check=True)
        self.file = os.path.join(self.space, "step")
        self.step(0)

    def step(self, seconds):
        with open(self.file + ".new", "w", encoding="ascii") as file:
            file.write(str(seconds))
        os.replace(self.file + ".new", self.file)

    def test_an_hour_ahead(self):
        asyncio.run(self.stepped(3600))

    def test_an_hour_back(self):
        asyncio.run(self.stepped(-3600))

    def test_two_days_ahead(self):
        asyncio.run(self.stepped(2 * 86400))

    async def stepped(self, seconds):
        environment = {"LD_PRELOAD": self.library, "CLOCK_STEP_FILE": self.file}
        with Server("--session-ttl", "60", "--limit", "first-connection=600000",
                    env=environment) as server:
            node = Node(server)
            self.assertEqual(node.register().status, 200)
            selected = ask(server, clientPublicKey=Node(server).public_key)[2]
            waiting = ask(server)[2]
            clock = lambda: server.get("/api/v1/server").json["time"] / 1000
            async with join(server, selected) as relay:
                await asyncio.wait_for(relay.recv(), 5)
                self.step(seconds)
                self.assertLess(abs(clock() - time.time() - seconds), 60, "control: it sees the step")
                # Longer than all that looks at a clock each second needs to look.
                with self.assertRaises(asyncio.TimeoutError):
                    await asyncio.wait_for(relay.recv(), 4)
                self.assertTrue(relay.open)
            self.assertEqual(server.get("/api/v1/nodes").json["nodes"][0]["nodeId"], node.id)
            self.assertEqual(node.heartbeat().status, 200, "its token lives")
            session = waiting["relayEndpoint"].rsplit("/", 1)[1]
            renewed = server.post(f"/api/v1/sessions/{session}/renew", {}, token=waiting["sessionToken"])
            self.assertEqual(renewed.status, 200)
            self.assertLess(abs(renewed.json["expiresAt"] / 1000 - clock() - 60), 20)
            # A proof by the clock that the server tells, which may be earlier than the last one.
            proof = node.proof(int(clock() * 1000))
            self.assertEqual(server.post("/api/v1/nodes/register",
                                         node.registration(proof=proof)).status, 200)
            self.assertEqual(ask(server)[0], 200)
            # And what is written down of it, for a server that is started anew under that clock.
            wait_for(lambda: "wall clock was set" in server.log_text(), 10, "the step to be seen")
            server.stop()
            server.start()
            self.assertEqual(server.post(f"/api/v1/sessions/{session}/renew", {},
                                         token=waiting["sessionToken"]).status, 200)


if __name__ == "__main__":
    unittest.main()
