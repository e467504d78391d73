# SPDX-License-Identifier: GPL-3.0-or-later
"""What HTTP takes and what it costs: HTTP/1.0, who may read /metrics, and one hostile address beside an innocent
one, against a real server over real TLS."""
import http.client
import json
import os
import random
import socket
import tempfile
import threading
import time
import unittest
import uuid

from boson import Node, Server, route_request, tls_context, wait_for

HOSTILE, INNOCENT = "127.0.0.66", "127.0.0.1"
# What one address may cost the server, and what it may cost another one.
MOST_GROWTH_KB = 32 * 1024
MOST_P99 = 0.25
CHUNKED = b"POST /api/v1/routing/request HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


def resident_kb(server):
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def dial(server, source):
    tcp = socket.create_connection(("127.0.0.1", server.port), 10, (source, 0))
    return tls_context().wrap_socket(tcp)


class Bystander:
    """Asks again and again from an address of its own, and notes how long each answer took."""

    def __init__(self, server):
        self.server, self.took, self.faults, self.done = server, [], [], threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()

    def run(self):
        connection = http.client.HTTPSConnection("127.0.0.1", self.server.port, context=tls_context(), timeout=10,
                                                 source_address=(INNOCENT, 0))
        while not self.done.is_set():
            began = time.monotonic()
            connection.request("GET", "/api/v1/server")
            answer = connection.getresponse()
            answer.read()
            self.took.append(time.monotonic() - began)
            if answer.status != 200:
                self.faults.append(answer.status)
            time.sleep(0.02)
        connection.close()

    def p99(self):
        return sorted(self.took)[int(len(self.took) * 0.99)]


class HttpLimitsTest(unittest.TestCase):
    def unharmed(self, server, attack):
        """The attack while somebody else uses the server; returns what the attack returned."""
        before = resident_kb(server)
        most = before
        with Bystander(server) as bystander:
            wait_for(lambda: len(bystander.took) > 5, what="the bystander")
            worker = threading.Thread(target=lambda: setattr(self, "outcome", attack()))
            worker.start()
            while worker.is_alive():
                most = max(most, resident_kb(server))
                time.sleep(0.02)
            worker.join()
        self.assertEqual(bystander.faults, [])
        self.assertLess(bystander.p99(), MOST_P99)
        self.assertLess(most - before, MOST_GROWTH_KB)
        return self.outcome

    # --- HTTP/1.0 ---------------------------------------------------------------------------------

    def test_the_old_version_is_answered_on_every_route(self):
        routes = (("GET", "/healthz"), ("HEAD", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics"),
                  ("GET", "/api/v1/server"), ("GET", "/api/v1/nodes"), ("GET", "/api/v1/locations"),
                  ("GET", "/api/v1/turn/stun"), ("GET", "/api/v1/turn/ice"), ("GET", "/nothing"),
                  ("OPTIONS", "/"), ("OPTIONS", "*"), ("DELETE", "/healthz"), ("GET", "/relay/x"),
                  ("GET", f"/api/v1/nodes/{uuid.uuid4()}/signal"), ("POST", "/api/v1/nodes/register"),
                  ("POST", "/api/v1/routing/request"), ("DELETE", f"/api/v1/sessions/{uuid.uuid4()}"))
        with Server() as server:
            for method, path in routes:
                body = b"{}" if method == "POST" else b""
                rest = b"Content-Length: %d\r\n" % len(body)
                line = f"{method} {path} HTTP/1.".encode()
                host = b"Host: localhost\r\n"
                new = server.raw(line + b"1\r\n" + host + rest + b"Connection: close\r\n\r\n" + body)
                for fields in (host, b"") if path != "/metrics" else (host,):
                    old = server.raw(line + b"0\r\n" + fields + rest + b"\r\n" + body)
                    self.assertEqual(old[:12], new[:12], (method, path))
                    self.assertNotIn(old[9:12], (b"", b"505"))
                    self.assertIn(b"\r\nConnection: close\r\n", old)
            kept = b"GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
            answers = server.raw(kept * 3 + b"GET /healthz HTTP/1.0\r\n\r\n")
            self.assertEqual(answers.count(b"HTTP/1.1 200"), 4)
            self.assertEqual(answers.count(b"Connection: keep-alive"), 3)

    # --- /metrics ---------------------------------------------------------------------------------

    def test_metrics_are_the_operators(self):
        proxied = ({"X-Forwarded-For": "192.0.2.1"}, {"Forwarded": "for=192.0.2.1"}, {"Via": "1.1 proxy"},
                   {"X-Real-IP": "192.0.2.1"}, {"x-forwarded-proto": "https"}, {"Host": "boson.example"},
                   {"Host": "127.0.0.1.example"}, {"Host": ""})
        with Server() as server:
            self.assertEqual(server.get("/metrics").status, 200)  # control: this machine's own
            self.assertEqual(server.get("/metrics", headers={"Host": "localhost:3000"}).status, 200)
            for headers in proxied:
                self.assertEqual(server.get("/metrics", headers=headers).status, 401, headers)
        with tempfile.NamedTemporaryFile("w", suffix=".token") as file:
            file.write("let-me-see\n")
            file.flush()
            with Server("--metrics-token-file", file.name) as server:
                self.assertEqual(server.get("/metrics").status, 401)
                self.assertEqual(server.get("/metrics", token="wrong").status, 401)
                for headers in ({}, *proxied):
                    answer = server.get("/metrics", token="let-me-see", headers=headers)
                    self.assertEqual(answer.status, 200, headers)

    # --- Work and memory --------------------------------------------------------------------------

    def test_a_body_without_end_is_not_kept(self):
        endless = {
            "extension": CHUNKED + b"1;" + b"e" * 20_000_000,
            "extensions": CHUNKED + b"1;e=" + b"f" * 1000 + b"\r\nx\r\n" * 20_000,
            "trailers": CHUNKED + b"0\r\n" + b"T: t\r\n" * 3_000_000,
            "size": CHUNKED + b"0" * 20_000_000,
            "chunks": CHUNKED + b"1\r\nx\r\n" * 3_000_000,
            "header": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 3_000_000,
            "line": b"GET /" + b"a" * 20_000_000,
            "empty lines": b"\r\n" * 10_000_000,
        }

        def attack():
            statuses = {}
            for name, text in endless.items():
                with dial(server, HOSTILE) as tls:
                    try:
                        tls.sendall(text)
                    except OSError:
                        pass  # it was refused in between
                    try:
                        statuses[name] = tls.recv(4096)[9:12].decode()
                    except OSError:
                        statuses[name] = "cut"
            return statuses

        with Server() as server:
            for name, status in self.unharmed(server, attack).items():
                self.assertIn(status, ("400", "413", "431", "cut"), name)
            answer = server.raw(CHUNKED + b"1;e\r\nx\r\n0\r\n\r\n")
            self.assertEqual(answer[9:12], b"400")
            answer = server.raw(CHUNKED + b"2\r\n{}\r\n0\r\nT: t\r\n\r\n")
            self.assertEqual(answer[9:12], b"400")

    def test_header_bytes_are_a_total(self):
        with Server() as server:
            for total, piece, status in ((16384, 16384, b"200"), (16384, 100, b"200"), (16385, 16385, b"431"),
                                         (16385, 3000, b"431"), (20000, 7000, b"431")):
                begin = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: "
                text = begin + b"y" * (total - len(begin) - 4) + b"\r\n\r\n"
                with dial(server, INNOCENT) as tls:
                    for at in range(0, total, piece):
                        tls.sendall(text[at:at + piece])
                    self.assertEqual(tls.recv(4096)[9:12], status, (total, piece))

    def test_dear_bodies_are_paid_for(self):
        body = json.dumps({"clientId": str(uuid.uuid4()), "x": [{str(i): [i]} for i in range(3500)]}).encode()
        head = b"POST /api/v1/routing/request HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
        statuses = []

        def attack():
            with dial(server, HOSTILE) as tls:
                for _ in range(200):
                    tls.sendall(head + body)
                    statuses.append(tls.recv(65536)[9:12])
                    if statuses[-1] == b"429":
                        return None
            return None

        self.assertLess(len(body), 65536)
        with Server() as server:
            self.unharmed(server, attack)
            self.assertEqual(statuses[-1], b"429")
            self.assertEqual(set(statuses[:-1]), {b"404", b"503"} & set(statuses))
            # Control: the same number of small ones is within the limit.
            for _ in statuses:
                self.assertNotEqual(server.post("/api/v1/routing/request", route_request()).status, 429)

    def test_pipelined_requests_wait_for_others(self):
        flood = b"GET /api/v1/server HTTP/1.1\r\nHost: x\r\n\r\n" * 1500

        def attack():
            connections = [dial(server, HOSTILE) for _ in range(20)]
            for tls in connections:
                tls.setblocking(False)
                try:
                    tls.send(flood)
                except OSError:
                    pass
            end = time.monotonic() + 3
            while time.monotonic() < end:
                for tls in connections:
                    try:
                        tls.recv(65536)
                    except OSError:
                        pass
                time.sleep(0.01)
            for tls in connections:
                tls.close()

        with Server() as server:
            self.unharmed(server, attack)

    def test_probes_are_counted_by_themselves(self):
        with Server("--limit", "probe-burst=3", "--limit", "probe-per-minute=6", "--limit", "read-burst=2",
                    "--limit", "read-per-minute=6") as server:
            probes = [server.get("/healthz").status for _ in range(4)]
            self.assertEqual(probes, [200, 200, 200, 429])
            self.assertEqual([server.get("/x").status for _ in range(3)], [404, 404, 429])

    def test_half_bodies_of_one_address_are_bounded(self):
        head = b"POST /api/v1/routing/request HTTP/1.1\r\nHost: x\r\nContent-Length: 65536\r\n\r\n"

        def attack():
            connections = []
            for _ in range(300):
                try:
                    connections.append(dial(server, HOSTILE))
                    connections[-1].sendall(head + b"x" * 65000)
                except OSError:
                    break  # a limit of connections comes first
            for tls in connections:
                tls.close()
            return len(connections)

        with Server() as server:
            self.assertGreater(self.unharmed(server, attack), 50)

    # --- Lists ------------------------------------------------------------------------------------

    def test_regions_are_what_can_be_asked_for(self):
        with Server() as server:
            for region in ("Bavaria", "x" * 64, "US", "US-ZZ", "DE-BE", "US-" + "A" * 4, ""):
                answer = Node(server, region=region).register(proof=False)
                self.assertEqual((answer.status, answer.paths), (400, ["/location/region"]), region)
            for region in (None, "US-NY", "us-tx"):
                self.assertEqual(Node(server, region=region).register(proof=False).status, 200, region)
            places = server.get("/api/v1/locations").json["locations"]
            self.assertEqual({place["region"] for place in places}, {None, "US-NY", "US-TX"})
            for place in places:
                wanted = {"preferredLocation": place["region"] or place["country"]}
                answer = server.post("/api/v1/routing/request", route_request(requirements=wanted))
                self.assertEqual(answer.status, 200, place)
            answer = server.post("/api/v1/routing/request",
                                 route_request(requirements={"preferredLocation": "US-ZZ"}))
            self.assertEqual((answer.status, answer.paths), (400, ["/requirements/preferredLocation"]))

    def test_lists_are_whole_while_some_do_not_read(self):
        with Server("--limit", "register-burst=5000") as server:
            nodes = [Node(server, region=random.choice(("US-CA", "US-NY", None))) for _ in range(300)]
            for number, node in enumerate(nodes):
                connection = http.client.HTTPSConnection(
                    "127.0.0.1", server.port, context=tls_context(), timeout=10,
                    source_address=(f"127.0.{1 + number // 4}.{1 + number % 4}", 0))
                connection.request("POST", "/api/v1/nodes/register", json.dumps(node.registration()),
                                   {"Content-Type": "application/json"})
                answer = connection.getresponse()
                self.assertEqual(answer.status, 200)
                answer.read()
                connection.close()
            ids = {node.id for node in nodes}

            def attack():
                deaf = []
                for _ in range(60):
                    try:
                        deaf.append(dial(server, HOSTILE))
                        deaf[-1].sendall(b"GET /api/v1/nodes HTTP/1.1\r\nHost: x\r\n\r\n" * 40)
                    except OSError:
                        break
                whole = [{node["nodeId"] for node in server.get("/api/v1/nodes").json["nodes"]} == ids
                         for _ in range(20)]
                for tls in deaf:
                    tls.close()
                return whole

            self.assertEqual(self.unharmed(server, attack), [True] * 20)
            # A node that goes is not listed for a second more.
            nodes[0].register()
            nodes[0].heartbeat(status="offline")
            listed = {node["nodeId"] for node in server.get("/api/v1/nodes?country=us").json["nodes"]}
            self.assertEqual(listed, ids - {nodes[0].id})


if __name__ == "__main__":
    unittest.main()
