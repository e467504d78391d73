# SPDX-License-Identifier: GPL-3.0-or-later
"""Every endpoint and every status code of the API, against a real server over real TLS."""
import asyncio
import base64
import json
import time
import unittest
import uuid

import websockets

from boson import Node, Server, route_request, tls_context, wait_for
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey


class ApiTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--limit", "register-burst=5000", "--turn", "turn.example:3478,tls=5349",
                            "--turn-secret-file", cls.secret_file())
        cls.server.start()

    @staticmethod
    def secret_file():
        import tempfile
        with tempfile.NamedTemporaryFile("w", delete=False, suffix=".secret") as file:
            file.write("s3cret\n")
        return file.name

    @classmethod
    def tearDownClass(cls):
        assert cls.server.stop() == 0

    def node(self, **more):
        node = Node(self.server, **more)
        self.assertEqual(node.register().status, 200)
        return node

    def check_error(self, answer, status, code):
        self.assertEqual((answer.status, answer.code), (status, code), answer.body)

    # --- Where a request is judged before its route -------------------------------------------

    def test_a_body_that_nobody_asked_for(self):
        self.node()
        selected = self.server.post("/api/v1/routing/request", route_request()).json["selectedRoute"]
        session, token = selected["relayEndpoint"].rsplit("/", 1)[1], selected["sessionToken"]
        renew = f"/api/v1/sessions/{session}/renew"
        for raw, status in ((None, 200), (b"{}", 200), (b'"x"', 200), (b"{", 400), (b"x=1", 400)):
            answer = self.server.request("POST", renew, raw=raw, token=token)
            self.assertEqual(answer.status, status, raw)
        self.check_error(self.server.request("GET", "/api/v1/server", raw=b"{"), 400, "malformed_json")
        self.check_error(self.server.request("POST", renew, raw=b"{}", token=token,
                                             headers={"Content-Type": "text/plain"}),
                         415, "unsupported_media_type")

    def test_targets_that_are_not_percent_encoded(self):
        upgrade = ("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nConnection: close\r\n")
        for target in ("/relay/%zz", "/relay/%00", "/relay/x?token=%", "/relay/x?token=%0", "/relay/x?%00",
                       "/api/v1/nodes?country=%GG"):
            said = self.server.raw(f"GET {target} HTTP/1.1\r\nHost: x\r\n{upgrade}\r\n".encode())
            self.assertTrue(said.startswith(b"HTTP/1.1 400"), (target, said[:40]))
        said = self.server.raw(f"GET /relay/%78?token=%41 HTTP/1.1\r\nHost: x\r\n{upgrade}\r\n".encode())
        self.assertTrue(said.startswith(b"HTTP/1.1 101"), said[:40])

    def test_a_websocket_path_without_an_upgrade(self):
        for path in ("/relay/x", f"/api/v1/nodes/{uuid.uuid4()}/signal"):
            self.check_error(self.server.get(path), 426, "upgrade_required")

    def test_estimates_are_numbers(self):
        country = {"requirements": {"preferredCountry": "TV"}}
        silent = Node(self.server, country="TV", region=None)
        silent.metrics = {}
        self.assertEqual(silent.register(capabilities={"maxConnections": 10}).status, 200)

        def estimates():
            answer = self.server.post("/api/v1/routing/request", route_request(**country))
            return {route["path"][0]: (route["estimatedLatency"], route["estimatedBandwidth"])
                    for route in answer.json["routes"]}
        latency, bandwidth = estimates()[silent.id]
        self.assertTrue(100 <= latency < 150 and bandwidth == 10, (latency, bandwidth))
        measured = Node(self.server, country="TV", region=None)
        measured.metrics = {"latency": 30}
        measured.register(capabilities={"maxConnections": 10, "bandwidth": {"up": 40, "down": 80}})
        latency, bandwidth = estimates()[measured.id]
        self.assertTrue(30 <= latency < 80 and bandwidth == 40, (latency, bandwidth))

    def test_a_node_that_does_not_route_is_offered_to_nobody(self):
        for unable in ("routing", "natting"):
            node = Node(self.server, country="NR", region=None, **{unable: False})
            self.assertEqual(node.register().status, 200)
            self.assertEqual(node.heartbeat().status, 200)
            listed = self.server.get("/api/v1/nodes?country=NR").json["nodes"]
            self.assertEqual(listed, [])
            asked = self.server.post("/api/v1/routing/request", route_request(targetNodeId=node.id,
                                                                              requirements={}))
            self.check_error(asked, 503, "node_offline")
            self.assertEqual(node.register(capabilities={"maxConnections": 10}).status, 200)
            self.assertEqual(len(self.server.get("/api/v1/nodes?country=NR").json["nodes"]), 1)
            self.server.post(f"/api/v1/nodes/{node.id}/heartbeat", {"status": "offline"}, token=node.token)

    # --- The house ---------------------------------------------------------------------------

    def test_health(self):
        self.assertEqual(self.server.get("/healthz").status, 200)
        self.assertEqual(self.server.get("/readyz").status, 200)
        self.assertEqual(self.server.request("HEAD", "/healthz").body, b"")

    def test_server_info(self):
        info = self.server.get("/api/v1/server").json
        self.assertEqual(len(base64.b64decode(info["publicKey"])), 32)
        self.assertEqual(info["access"], "open")
        self.assertEqual(info["relayServers"][0]["port"], self.server.port)
        self.assertEqual(info["tunnel"]["network4"], "10.86.0.0/16")
        self.assertLess(abs(info["time"] - time.time() * 1000), 5000)
        self.assertNotIn("clientAddress", info)  # one that is not on the Internet says nothing

    def test_metrics_text(self):
        text = self.server.get("/metrics").body.decode()
        for family in ("boson_nodes", "boson_sessions", "boson_relay_connections",
                       "boson_relay_bytes_total", "boson_relay_frames_total",
                       "boson_relay_dropped_frames_total", "boson_http_requests_total",
                       "boson_http_request_duration_seconds", "boson_rate_limited_total",
                       "boson_reconnects_total", "boson_errors_total",
                       "boson_node_latency_seconds"):
            self.assertIn("# HELP " + family + " ", text)
            self.assertIn("# TYPE " + family + " ", text)

    def test_unknown_path_and_method(self):
        self.check_error(self.server.get("/api/v1/nothing"), 404, "not_found")
        answer = self.server.get("/api/v1/nodes/register")
        self.check_error(answer, 405, "method_not_allowed")
        self.assertEqual(answer.headers["Allow"], "POST")
        answer = self.server.post("/api/v1/locations", {})
        self.check_error(answer, 405, "method_not_allowed")
        self.assertEqual(answer.headers["Allow"], "GET, HEAD")

    def test_websocket_paths_need_an_upgrade(self):
        for path in ("/relay/abc", f"/api/v1/nodes/{uuid.uuid4()}/signal"):
            self.check_error(self.server.get(path), 426, "upgrade_required")

    def test_body_rules(self):
        path = "/api/v1/nodes/register"
        big = b'{"a":"' + b"x" * 70000 + b'"}'
        self.check_error(self.server.request("POST", path, raw=big), 413, "payload_too_large")
        answer = self.server.request("POST", path, raw=b"{}",
                                     headers={"Content-Type": "text/plain"})
        self.check_error(answer, 415, "unsupported_media_type")
        answer = self.server.request("POST", path, raw=b"{}",
                                     headers={"Content-Type": "Application/JSON; charset=utf-8"})
        self.check_error(answer, 400, "validation_failed")
        self.check_error(self.server.request("POST", path, raw=b"{}"), 400, "validation_failed")
        answer = self.server.get("/healthz", headers={"X-Long": "y" * 20000})
        self.check_error(answer, 431, "headers_too_large")

    def test_strict_json(self):
        for text in (b"", b"{", b"{} x", b'{"a":1,}', b'{"a":-2.}', b'{"a":"\x01"}',
                     b'{"a":"\xff"}', b'{"a":"\\ud800"}', b'{"a":1,"a":2}', b"[" * 60000,
                     b"\xef\xbb\xbf{}", b"{'a':1}", b'{"a":01}', b'{"a":NaN}'):
            began = time.monotonic()
            answer = self.server.request("POST", "/api/v1/nodes/register", raw=text)
            self.check_error(answer, 400, "malformed_json")
            self.assertLess(time.monotonic() - began, 2)

    def test_pipelining_and_keep_alive(self):
        one = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        last = b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        self.assertEqual(self.server.raw(one * 50 + last).count(b"HTTP/1.1 200 OK"), 51)

    def test_http_is_strict(self):
        for head, status in (
                (b"GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n", b"505"),
                (b"GET /healthz HTTP/1.1\r\n\r\n", b"400"),
                (b"GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n", b"400"),
                (b"garbage\r\n\r\n", b"400"),
                (b"POST /api/v1/metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
                 b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
                (b"POST /api/v1/metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
                 b"501"),
                (b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
                 b"400")):
            self.assertEqual(self.server.raw(head)[9:12], status, head)

    def test_chunked_body(self):
        head = (b"POST /api/v1/routing/request HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n")
        self.assertIn(b"validation_failed", self.server.raw(head + b"2\r\n{}\r\n0\r\n\r\n"))

    # --- Nodes -------------------------------------------------------------------------------

    def test_register_answer(self):
        answer = Node(self.server).register()
        body = answer.json
        self.assertEqual(body["status"], "registered")
        self.assertEqual(body["relayServers"][0]["protocol"], "websocket")
        self.assertLess(abs(body["expiresAt"] - time.time() * 1000 - 86400000), 5000)
        header, claims, _ = body["sessionToken"].split(".")
        decode = lambda part: json.loads(base64.urlsafe_b64decode(part + "=="))
        self.assertEqual(decode(header)["alg"], "HS256")
        self.assertEqual(decode(claims)["sub"], body["nodeId"])
        self.assertEqual(decode(claims)["exp"] - decode(claims)["iat"], 86400)

    def test_register_faults(self):
        for change, path in ((
                {"nodeId": "nope"}, "/nodeId"), ({"publicKey": "AAAA"}, "/publicKey"),
                ({"publicKey": base64.b64encode(bytes(32)).decode()}, "/publicKey"),
                ({"heartbeatInterval": 9}, "/heartbeatInterval"),
                ({"location": {"country": "XX"}}, "/location/country"),
                ({"capabilities": {"maxConnections": 0}}, "/capabilities/maxConnections"),
                ({"networkInfo": {"natType": "Odd", "localPort": 1}}, "/networkInfo/natType")):
            answer = Node(self.server).register(proof=False, **change)
            self.check_error(answer, 400, "validation_failed")
            self.assertIn(path, answer.paths, answer.body)

    def test_reregistration_matrix(self):
        node = self.node()
        first = node.token
        # The same key: a proof or the token.
        self.check_error(node.register(proof=False), 409, "already_registered")
        self.assertEqual(node.register(proof=False, token=first).status, 200)
        self.assertEqual(node.register().status, 200)
        # A wrong proof is 401 on any registration, also with a good token or a new id.
        wrong = {"timestamp": int(time.time() * 1000), "mac": base64.b64encode(bytes(32)).decode()}
        register = lambda body, **more: self.server.post("/api/v1/nodes/register", body, **more)
        self.check_error(register(node.registration(proof=wrong), token=first), 401,
                         "invalid_proof")
        other = Node(self.server)
        self.check_error(register(other.registration(proof=wrong)), 401, "invalid_proof")
        # Stale, early and replayed proofs.
        now = int(time.time() * 1000)
        for stamp in (now - 121000, now + 125000):
            self.check_error(register(node.registration(proof=node.proof(stamp))), 401,
                             "invalid_proof")
        replay = node.registration(proof=node.proof())
        self.assertEqual(register(replay).status, 200)
        self.check_error(register(replay), 401, "invalid_proof")
        # Another node's key, another node's token.
        thief = self.node()
        self.check_error(register(thief.registration(publicKey=node.public_key),
                                  token=thief.token), 409, "key_already_registered")
        self.check_error(node.register(proof=False, token=thief.token), 409, "already_registered")
        # A new key: the token and a proof by it; then older tokens are dead.
        token = node.token
        node.key = X25519PrivateKey.generate()
        self.check_error(node.register(), 409, "already_registered")
        self.check_error(node.register(proof=False, token=token), 409, "already_registered")
        self.assertEqual(node.register(token=token).status, 200)
        renewed, node.token = node.token, token
        self.check_error(node.heartbeat(), 401, "unauthorized")
        node.token = renewed
        self.assertEqual(node.heartbeat().status, 200)

    def test_heartbeat(self):
        node = self.node()
        answer = node.heartbeat()
        self.assertEqual(answer.json, {"status": "ok", "nextHeartbeat": 30, "actions": []})
        other = self.node()
        path = f"/api/v1/nodes/{node.id}/heartbeat"
        self.check_error(self.server.post(path, {"status": "online"}, token=other.token), 403,
                         "forbidden")
        for token in (None, "x", "a.b.c", node.token[:-2], node.token + "A"):
            self.check_error(self.server.post(path, {"status": "online"}, token=token), 401,
                             "unauthorized")
        self.check_error(self.server.post(path, {"status": "great"}, token=node.token), 400,
                         "validation_failed")

    def test_metrics_report(self):
        node, other = self.node(), self.node()
        report = {"nodeId": node.id, "timestamp": int(time.time() * 1000),
                  "metrics": {"network": {"latency": 50, "jitter": 5, "packetLoss": 0.1,
                                          "bandwidth": {"up": 10, "down": 50}},
                              "system": {"cpuUsage": 30, "memoryUsage": 40, "diskUsage": 60,
                                         "loadAverage": 1.5},
                              "wireguard": {"packets": {"sent": 1, "received": 2, "errors": 0},
                                            "bytes": {"sent": 1, "received": 2}},
                              "connections": {"active": 5, "total": 100, "failed": 2}}}
        post = lambda token, **change: self.server.post("/api/v1/metrics", {**report, **change},
                                                        token=token)
        self.assertEqual(post(node.token).json, {"status": "ok"})
        self.check_error(post(other.token), 403, "forbidden")
        self.check_error(post(None), 401, "unauthorized")
        for skew in (-3700000, 400000):
            answer = post(node.token, timestamp=report["timestamp"] + skew)
            self.check_error(answer, 400, "validation_failed")
            self.assertEqual(answer.paths, ["/timestamp"])

    def test_locations_and_nodes(self):
        node = self.node(country="IS", region="IS-1", maxConnections=3)
        found = [entry for entry in self.server.get("/api/v1/locations").json["locations"]
                 if entry["country"] == "IS"]
        self.assertEqual(found, [{"country": "IS", "region": "IS-1", "nodes": 1, "available": 1,
                                  "load": 0.0, "latency": 50.0}])
        nodes = self.server.get("/api/v1/nodes?country=is").json["nodes"]
        self.assertEqual([entry["nodeId"] for entry in nodes], [node.id])
        text = json.dumps(nodes)
        self.assertNotIn(node.public_key, text)
        self.assertNotIn("203.0.113.1", text)
        self.check_error(self.server.get("/api/v1/nodes?country=ZZ"), 400, "validation_failed")
        node.heartbeat(status="offline")
        self.assertEqual(self.server.get("/api/v1/nodes?country=IS").json["nodes"], [])

    # --- Routing and sessions ----------------------------------------------------------------

    def route(self, expected=200, **changes):
        answer = self.server.post("/api/v1/routing/request", route_request(**changes))
        self.assertEqual(answer.status, expected, answer.body)
        return answer.json if expected == 200 else answer

    def test_route_answer(self):
        node = self.node(country="NO", region="NO-03")
        body = self.route(requirements={"preferredCountry": "no"},
                          clientPublicKey=Node(self.server).public_key)
        selected = body["selectedRoute"]
        self.assertEqual(body["routes"][0]["id"], selected["id"])
        self.assertEqual(body["routes"][0]["path"], [node.id])
        config = selected["nodeEndpoint"]["wireguardConfig"]
        self.assertEqual(config["publicKey"], node.public_key)
        self.assertEqual(config["address"], "10.86.0.2/32")
        self.assertTrue(config["addressV6"].endswith(":2/128"), config)
        self.assertEqual(config["allowedIps"], ["0.0.0.0/0", "::/0"])
        self.assertIsNone(config["endpoint"], "it is not where the node was seen")
        self.assertEqual((config["persistentKeepalive"], config["mtu"]), (25, 1420))
        self.assertTrue(selected["relayEndpoint"].startswith(
            f"wss://127.0.0.1:{self.server.port}/relay/"))
        self.assertEqual(str(uuid.UUID(selected["sessionToken"])), selected["sessionToken"])
        self.assertEqual(len(selected["turnConfig"]["iceServers"]), 1)

    def test_cascade(self):
        entry, exit_node = self.node(country="AT"), self.node(country="BE")
        key = Node(self.server).public_key
        body = self.route(requirements={"preferredCountry": "BE", "via": "AT"}, clientPublicKey=key)
        selected, route = body["selectedRoute"], body["routes"][0]
        self.assertEqual((route["type"], route["path"]), ("cascade", [entry.id, exit_node.id]))
        self.assertEqual(selected["nodeEndpoint"]["nodeId"], exit_node.id)
        self.assertEqual(selected["nodeEndpoint"]["wireguardConfig"]["publicKey"], exit_node.public_key)
        self.assertIsNone(selected["nodeEndpoint"]["wireguardConfig"]["endpoint"])
        self.assertFalse(selected["nodeEndpoint"]["directConnection"])
        told = {node.id: [each["payload"] for each in node.heartbeat().json["actions"]]
                for node in (entry, exit_node)}
        first, second = told[entry.id][0], told[exit_node.id][0]
        self.assertEqual((first["role"], second["role"]), ("forward", "exit"))
        self.assertEqual(selected["relayEndpoint"], first["relayEndpoint"])
        self.assertEqual(first["forward"]["relayEndpoint"], second["relayEndpoint"])
        self.assertIsNone(first.get("clientPublicKey"), "the entry is told nothing of what is inside")
        self.assertEqual(second["clientPublicKey"], key)
        self.assertEqual((second["candidates"], second["natType"]), ([], "Unknown"),
                         "the exit is told nothing of where it came from")
        self.assertNotIn(selected["sessionToken"], json.dumps(told))
        session = selected["relayEndpoint"].rpartition("/")[2]
        renewed = self.server.post(f"/api/v1/sessions/{session}/renew", {}, token=selected["sessionToken"])
        self.assertEqual(renewed.status, 200, renewed.body)
        ended = self.server.request("DELETE", f"/api/v1/sessions/{session}", token=selected["sessionToken"])
        self.assertEqual(ended.status, 204)
        for node in (entry, exit_node):
            self.assertEqual(node.heartbeat().json["actions"], [], "both are over")
        # Nobody is both, and nobody else is taken instead.
        for via, country in (("AT", "AT"), ("GL", "BE"), ("AT", "GL")):
            self.check_error(self.route(404, requirements={"preferredCountry": country, "via": via}), 404,
                             "no_matching_node")

    def test_a_direct_way_is_expected_where_the_nats_allow_it(self):
        for country, node_nat, client_nat, direct in (
                ("LU", "FullCone", "FullCone", True), ("FO", "PortRestricted", "RestrictedCone", True),
                ("AX", "FullCone", "Symmetric", True), ("LI", "PortRestricted", "Symmetric", False),
                ("MC", "Symmetric", "Symmetric", False), ("SM", "Unknown", "FullCone", False)):
            node = self.node(country=country)
            node.nat = node_nat
            self.assertEqual(node.register().status, 200)
            info = {"natType": client_nat, "stunMappedAddress": None}
            body = self.route(targetNodeId=node.id, requirements={}, clientNetworkInfo=info)
            self.assertEqual((body["routes"][0]["type"],
                              body["selectedRoute"]["nodeEndpoint"]["directConnection"]),
                             ("direct" if direct else "relay", direct), (node_nat, client_nat))
            self.assertTrue(body["selectedRoute"]["relayEndpoint"], "and the relay is there all the same")

    def test_a_cascade_has_other_exits(self):
        """Whoever finds an exit silent asks for the next, by an entry all the same; both legs count."""
        entry, near, far = self.node(country="MK"), self.node(country="MT"), self.node(country="MT")
        for node, latency in ((entry, 30), (near, 20), (far, 50)):
            node.metrics = {"latency": latency}
            self.assertEqual(node.heartbeat().status, 200)
        routes = self.route(requirements={"preferredCountry": "MT", "via": "MK"})["routes"]
        self.assertEqual(sorted(route["path"] for route in routes),
                         sorted([entry.id, exit_node.id] for exit_node in (near, far)))
        self.assertEqual({route["type"] for route in routes}, {"cascade"})
        legs = {route["path"][1]: route["estimatedLatency"] for route in routes}
        self.assertTrue(50 <= legs[near.id] < 80 <= legs[far.id] < 110, legs)
        other = self.route(targetNodeId=far.id, requirements={"preferredCountry": "MT", "via": "MK"})
        self.assertEqual(other["routes"][0]["path"], [entry.id, far.id])
        # An entry that is an exit of the same list is left out of it.
        routes = self.route(requirements={"preferredCountry": "MT", "via": "MT"})["routes"]
        self.assertEqual([sorted(route["path"]) for route in routes], [sorted([near.id, far.id])])

    def test_country_is_a_promise(self):
        self.node(country="SE")
        self.check_error(self.route(404, requirements={"preferredCountry": "GL"}), 404,
                         "no_matching_node")
        answer = self.route(400, requirements={"preferredCountry": "SE",
                                               "preferredLocation": "US-CA"})
        self.assertEqual(answer.paths, ["/requirements/preferredLocation"])

    def test_target(self):
        node = self.node(country="DK", maxConnections=1)
        self.check_error(self.route(404, targetNodeId=str(uuid.uuid4())), 404, "unknown_node")
        self.check_error(self.route(404, targetNodeId=node.id,
                                    requirements={"preferredCountry": "SE"}), 404,
                         "no_matching_node")
        self.route(targetNodeId=node.id, requirements={})
        answer = self.route(503, targetNodeId=node.id, requirements={})
        self.check_error(answer, 503, "node_full")
        self.assertIn("Retry-After", answer.headers)
        node.heartbeat(status="offline")
        self.check_error(self.route(503, targetNodeId=node.id, requirements={}), 503,
                         "node_offline")

    def test_filters(self):
        self.node(country="FI", bandwidth={"up": 20, "down": 5})
        want = {"preferredCountry": "FI"}
        self.route(404, requirements={**want, "minBandwidth": 10})
        self.route(requirements={**want, "minBandwidth": 5})
        self.route(404, requirements={**want, "maxLatency": 49})
        self.route(requirements={**want, "maxLatency": 50})

    def test_low_order_client_key(self):
        self.node(country="EE")
        answer = self.route(400, clientPublicKey=base64.b64encode(bytes(32)).decode())
        self.assertEqual(answer.paths, ["/clientPublicKey"])

    def test_route_ids_are_stable(self):
        self.node(country="LV")
        client = str(uuid.uuid4())
        ids = {self.route(client=client, requirements={"preferredCountry": "LV"})
               ["selectedRoute"]["id"] for _ in range(3)}
        self.assertEqual(len(ids), 1)

    def test_eight_sessions_oldest_gives_way(self):
        self.node(country="LT")
        client = str(uuid.uuid4())
        routes = [self.route(client=client, requirements={"preferredCountry": "LT"})
                  for _ in range(9)]
        status = [self.renew(body["selectedRoute"]).status for body in routes]
        self.assertEqual(status, [401] + [200] * 8)
        addresses = {body["selectedRoute"]["nodeEndpoint"]["wireguardConfig"]["address"]
                     for body in routes}
        self.assertEqual(len(addresses), 9)

    def renew(self, selected, token=None):
        session = selected["relayEndpoint"].rsplit("/", 1)[1]
        return self.server.post(f"/api/v1/sessions/{session}/renew",
                                token=token or selected["sessionToken"])

    def test_session_life(self):
        self.node(country="PL")
        selected = self.route(requirements={"preferredCountry": "PL"})["selectedRoute"]
        session = selected["relayEndpoint"].rsplit("/", 1)[1]
        renewed = self.renew(selected)
        self.assertEqual(renewed.json["sessionId"], session)
        self.assertGreaterEqual(renewed.json["expiresAt"], selected["expiresAt"])
        self.check_error(self.renew(selected, token=str(uuid.uuid4())), 401, "unauthorized")
        path = f"/api/v1/sessions/{session}"
        self.check_error(self.server.request("DELETE", path), 401, "unauthorized")
        self.assertEqual(self.server.request("DELETE", path,
                                             token=selected["sessionToken"]).status, 204)
        self.check_error(self.renew(selected), 401, "unauthorized")

    # --- TURN --------------------------------------------------------------------------------

    def test_turn(self):
        import hashlib
        import hmac
        node = self.node()
        self.assertEqual(self.server.get("/api/v1/turn/stun").json, {"servers": []})
        for path in ("/api/v1/turn/servers", "/api/v1/turn/ice"):
            self.check_error(self.server.get(path), 401, "unauthorized")
        entry = self.server.get("/api/v1/turn/servers", token=node.token).json["servers"][0]
        mac = hmac.new(b"s3cret", entry["username"].encode(), hashlib.sha1).digest()
        self.assertEqual(entry["password"], base64.b64encode(mac).decode())
        self.assertEqual((entry["host"], entry["port"], entry["realm"], entry["ttl"]),
                         ("turn.example", 3478, "bosonserver", 3600))
        self.assertLess(abs(int(entry["username"].split(":")[0]) - time.time() - 3600), 5)
        selected = self.route(targetNodeId=node.id, requirements={})["selectedRoute"]
        ice = self.server.get("/api/v1/turn/ice", token=selected["sessionToken"]).json
        urls = ice["iceServers"][0]["urls"]
        self.assertTrue(any(url.startswith("turns:turn.example:5349") for url in urls), urls)
        # However often they are asked for, one session is one user there, and another session another.
        def users(session):
            return {each["username"].split(":")[1] for each in
                    session["turnConfig"]["iceServers"] + self.server.get(
                        "/api/v1/turn/ice", token=session["sessionToken"]).json["iceServers"] if "username" in each}
        other = self.route(targetNodeId=node.id, requirements={})["selectedRoute"]
        self.assertEqual((len(users(selected)), len(users(other)), len(users(selected) | users(other))), (1, 1, 2))
        self.assertNotIn(selected["sessionToken"], str(users(selected)))

    # --- Signal link and relay ---------------------------------------------------------------

    def connect(self, path, token=None, **more):
        headers = {"Authorization": "Bearer " + token} if token else {}
        return websockets.connect(self.server.url(path), ssl=tls_context(),
                                  extra_headers=headers, **more)

    def test_signal_link(self):
        asyncio.run(self.signal_link())

    async def signal_link(self):
        node = self.node(country="CH")
        path = f"/api/v1/nodes/{node.id}/signal"
        for token in (None, "bad"):
            with self.assertRaises(websockets.InvalidStatusCode) as refused:
                async with self.connect(path, token):
                    pass
            self.assertEqual(refused.exception.status_code, 401)
        client_key = Node(self.server).public_key
        ask = lambda: self.route(requirements={"preferredCountry": "CH"},
                                 clientPublicKey=client_key)["selectedRoute"]
        before = ask()
        # No link: the heartbeat carries the offer, again and again.
        for _ in range(2):
            actions = node.heartbeat().json["actions"]
            self.assertEqual([action["type"] for action in actions], ["connect"])
            self.assertEqual(actions[0]["payload"]["clientPublicKey"], client_key)
            self.assertIn(actions[0]["payload"]["sessionId"], before["relayEndpoint"])
        async with self.connect(path, node.token) as link:
            first = json.loads(await asyncio.wait_for(link.recv(), 5))
            self.assertIn(first["sessionId"], before["relayEndpoint"])
            loop = asyncio.get_running_loop()
            selected = await loop.run_in_executor(None, ask)
            offer = json.loads(await asyncio.wait_for(link.recv(), 5))
            self.assertEqual((offer["type"], offer["direction"]), ("control", "server"))
            payload = offer["payload"]
            self.assertEqual((payload["action"], payload["role"]), ("connect", "exit"))
            self.assertEqual(payload["relayEndpoint"], selected["relayEndpoint"])
            self.assertEqual(payload["clientAddress"],
                             selected["nodeEndpoint"]["wireguardConfig"]["address"])
            self.assertEqual(payload["expiresAt"], selected["expiresAt"])
            self.assertEqual(node.heartbeat().json["actions"], [])
            await loop.run_in_executor(
                None, lambda: self.server.request(
                    "DELETE", "/api/v1/sessions/" + offer["sessionId"],
                    token=selected["sessionToken"]))
            gone = json.loads(await asyncio.wait_for(link.recv(), 5))
            self.assertEqual((gone["sessionId"], gone["payload"]["action"]),
                             (offer["sessionId"], "disconnect"))
            # A second link takes over.
            async with self.connect(path, node.token) as second:
                with self.assertRaises(websockets.ConnectionClosed) as closed:
                    await asyncio.wait_for(link.recv(), 5)
                self.assertEqual(closed.exception.code, 1000)
                json.loads(await asyncio.wait_for(second.recv(), 5))

    def test_relay(self):
        asyncio.run(self.relay())

    async def relay(self):
        node, other = self.node(country="AT"), self.node(country="AT", maxConnections=1)
        selected = self.route(targetNodeId=node.id, requirements={})["selectedRoute"]
        path = selected["relayEndpoint"].split(str(self.server.port), 1)[1]
        for bad, token in ((path, None), (path, "x"), (path, other.token),
                           ("/relay/" + str(uuid.uuid4()), selected["sessionToken"]),
                           ("/relay/", None), ("/relay/a/b", None)):
            async with self.connect(bad, token) as refused:
                with self.assertRaises(websockets.ConnectionClosed) as closed:
                    await asyncio.wait_for(refused.recv(), 5)
                self.assertEqual((closed.exception.code, closed.exception.reason),
                                 (1008, "Invalid session"))
        async with self.connect(path, selected["sessionToken"]) as client, \
                self.connect(path + "?token=" + node.token) as exit_end:
            for end in (client, exit_end):
                hello = json.loads(await asyncio.wait_for(end.recv(), 5))
                self.assertEqual(hello["payload"]["action"], "connected")
            for size in (1, 1452, 65535):
                await client.send(bytes([size % 251]) * size)
                while not isinstance(got := await asyncio.wait_for(exit_end.recv(), 5), bytes):
                    pass
                self.assertEqual(got, bytes([size % 251]) * size)
            text = self.server.get("/metrics").body.decode()
            self.assertIn('boson_sessions{state="connected"} 1', text)
            session = path.rsplit("/", 1)[1]
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, lambda: self.server.request(
                "DELETE", "/api/v1/sessions/" + session, token=selected["sessionToken"]))
            with self.assertRaises(websockets.ConnectionClosed) as closed:
                while True:
                    await asyncio.wait_for(client.recv(), 5)
            self.assertEqual((closed.exception.code, closed.exception.reason),
                             (1000, "Session closed"))
        log = self.server.log_text()
        for secret in (selected["sessionToken"], node.token):
            self.assertNotIn(secret, log)


if __name__ == "__main__":
    unittest.main()
