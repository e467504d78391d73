# SPDX-License-Identifier: GPL-3.0-or-later
"""What each operation answers, provoked in every way that it knows, is what openapi.yaml says of it, and the other
way round."""
import base64
import collections
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import uuid

try:
    import yaml
except ImportError:
    print("skipped: python3-yaml is not installed")
    sys.exit(77)

from boson import BIN, Node, Server, route_request, wait_for

ROOT = os.environ.get("HIGGS_SOURCE", os.getcwd())
METHODS = {"get", "post", "put", "patch", "delete"}
CLASSES = ("read", "register", "heartbeat", "metrics", "routing", "session", "turn", "signal", "relay-open", "probe")
UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": base64.b64encode(b"k" * 16).decode()}


def document():
    with open(os.path.join(ROOT, "openapi.yaml"), encoding="utf-8") as file:
        paths = yaml.safe_load(file)["paths"]
    return {f"{method} {path}": set(item[method]["responses"])
            for path, item in paths.items() for method in METHODS & set(item)}


BODIES = (("{", "application/json"), ("{}", "text/plain"), ("{}", "application/json"),
          ("[" * 100, "application/json"), ("x" * 70_000, "application/json"))


class OpenApiTest(unittest.TestCase):
    seen = collections.defaultdict(set)

    def setUp(self):
        self.wanted = document()
        self.where = tempfile.mkdtemp(prefix="boson-openapi-")
        self.addCleanup(shutil.rmtree, self.where, True)

    def server(self, *options, start=True):
        server = Server(*options)
        if start:
            server.start()
            self.addCleanup(server.stop, signal.SIGKILL)
        self.addCleanup(shutil.rmtree, server.data, True)
        return server

    def place(self, operation, node=None, session=None):
        return operation.split(" ")[1].replace("{nodeId}", node or str(uuid.uuid4())).replace(
            "{sessionId}", session or str(uuid.uuid4()))

    def ask(self, server, operation, path=None, **more):
        """One request, whose answer has to be one that the document knows of."""
        answer = server.request(operation.split(" ")[0].upper(), path or self.place(operation), **more)
        status = str(answer.status)
        self.assertIn(status, self.wanted[operation], f"{operation}: {answer.body[:200]}")
        self.seen[operation].add(status)
        return answer

    def everywhere(self, server, **more):
        for operation in self.wanted:
            self.ask(server, operation, **more)

    @staticmethod
    def command(server, *words):
        subprocess.run([BIN, "--data-dir", server.data, *words], check=True, stdout=subprocess.DEVNULL, timeout=30)

    def test_1_each_in_every_way(self):
        token = os.path.join(self.where, "token")
        with open(token, "w", encoding="utf-8") as file:
            file.write("an operator's secret text")
        server = self.server("--admin-token-file", token,
                             *[f for c in CLASSES for f in ("--limit", f"{c}-per-minute=100000",
                                                            "--limit", f"{c}-burst=100000")])
        self.everywhere(server)
        for body, kind in BODIES:
            self.everywhere(server, raw=body, headers={"Content-Type": kind})
            self.everywhere(server, raw=body, headers={"Content-Type": kind, **UPGRADE})
        for fields in (UPGRADE, {**UPGRADE, "Sec-WebSocket-Version": "12"}, {**UPGRADE, "Sec-WebSocket-Key": "x"}):
            self.everywhere(server, headers=fields)
        self.with_tokens(server)
        self.command(server, "drain")
        self.everywhere(server)
        self.command(server, "drain", "--off")
        self.command(server, "ban", "address", "127.0.0.1")
        self.everywhere(server)

    def with_tokens(self, server):
        nodes = [Node(server), Node(server)]
        for node in nodes:
            self.ask(server, "post /api/v1/nodes/register", body=node.registration(proof=node.proof()))
            self.assertEqual(node.register().status, 200)
        self.ask(server, "post /api/v1/nodes/register", body=nodes[0].registration())
        self.ask(server, "post /api/v1/nodes/register",
                 body=nodes[0].registration(proof={**nodes[0].proof(), "mac": base64.b64encode(b"m" * 32).decode()}))
        first, second = nodes
        heartbeat, report = {"status": "online"}, {"nodeId": first.id, "timestamp": 0, "metrics": {}}
        for token in (first.token, second.token):
            for operation in self.wanted:
                if "{nodeId}" in operation:
                    path = self.place(operation, node=first.id)
                    body = heartbeat if operation.startswith("post") else None
                    self.ask(server, operation, path, token=token, body=body)
                    if "signal" in operation:
                        self.ask(server, operation, path, token=token, headers=UPGRADE)
            self.ask(server, "post /api/v1/metrics", token=token, body=report)
            self.ask(server, "post /api/v1/metrics", token=token,
                     body={**report, "timestamp": server.get("/api/v1/server").json["time"],
                           "metrics": first.metrics})
            for turn in ("servers", "ice"):
                self.ask(server, "get /api/v1/turn/" + turn, token=token)
        for body, kind in BODIES:
            for operation in ("post /api/v1/metrics", "post /api/v1/nodes/{nodeId}/heartbeat"):
                self.ask(server, operation, self.place(operation, node=first.id), token=first.token, raw=body,
                         headers={"Content-Type": kind})
        ask = "post /api/v1/routing/request"
        self.ask(server, ask, body=route_request(targetNodeId=str(uuid.uuid4())))
        opened = self.ask(server, ask, body=route_request()).json["selectedRoute"]
        session = opened["relayEndpoint"].rsplit("/", 1)[1]
        for operation in ("post /api/v1/sessions/{sessionId}/renew", "delete /api/v1/sessions/{sessionId}"):
            self.ask(server, operation, self.place(operation, session=session), token=opened["sessionToken"])
        self.ask(server, "get /api/v1/nodes", "/api/v1/nodes?country=XX")
        self.ask(server, "get /api/v1/routes/explain", "/api/v1/routes/explain?country=XX")

    def test_2_only_with_a_key(self):
        token = os.path.join(self.where, "metrics")
        with open(token, "w", encoding="utf-8") as file:
            file.write("a monitor's secret text")
        self.everywhere(self.server("--access", "key", "--node-access", "key", "--metrics-token-file", token))

    def test_2_too_often(self):
        server = self.server(*[f for c in CLASSES for f in ("--limit", f"{c}-per-minute=1", "--limit", f"{c}-burst=1")])
        for _ in range(2):
            self.everywhere(server)

    def test_3_a_database_that_is_not_there(self):
        server = self.server("--database", "postgresql://boson@127.0.0.1:1/boson")
        wait_for(lambda: server.get("/readyz").status == 503, what="the outage")
        self.everywhere(server)
        self.everywhere(server, headers=UPGRADE)

    def test_4_nothing_is_said_that_never_comes(self):
        missing = {operation: sorted(statuses - self.seen[operation])
                   for operation, statuses in self.wanted.items() if statuses - self.seen[operation]}
        self.assertEqual(missing, {})


if __name__ == "__main__":
    unittest.main()
