# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator watches: /metrics as Prometheus wants it, the alerts, and the dashboard, whose every
query finds something in a real Prometheus that scraped a real server under traffic."""
import asyncio
import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import unittest
import urllib.parse
import uuid

import websockets
from boson import Node, Server, route_request, tls_context, wait_for

SOURCE = os.environ.get("HIGGS_SOURCE", ".")
MONITORING = os.path.join(SOURCE, "installer/monitoring")
STUN_REQUEST = bytes.fromhex("000100002112a442") + bytes(12)
SCRAPES = 200  # milliseconds between two
RANGE = "2s"   # for rate(): several scrapes
# A server that is alone has no others to hear.
EMPTY_WHEN_ALONE = {"The other servers are heard"}


def needs(program):
    return unittest.skipUnless(shutil.which(program), f"{program} is not installed (Debian: prometheus)")


def promtool(*arguments, text=None, cwd=None):
    return subprocess.run(["promtool", *arguments], input=text, capture_output=True, text=True, timeout=30,
                          cwd=cwd)


def series(text):
    return {line.rsplit(" ", 1)[0] for line in text.splitlines() if line and not line.startswith("#")}


def value(text, name):
    return next(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                if line.rsplit(" ", 1)[0] == name)


async def relayed(server, node):
    """A session with both ends on the relay, and datagrams each way."""
    chosen = server.post("/api/v1/routing/request", route_request()).json["selectedRoute"]
    url = server.url("/relay/" + chosen["relayEndpoint"].rsplit("/", 1)[1])
    ends = contextlib.AsyncExitStack()
    async def join(token):
        return await ends.enter_async_context(websockets.connect(
            url, ssl=tls_context(), extra_headers={"Authorization": "Bearer " + token}))
    client = await join(chosen["sessionToken"])
    other = await join(node.token)
    for _ in range(20):
        await client.send(b"x" * 1000)
        await other.send(b"y" * 500)
    return ends


class Prometheus:
    """Scrapes one server, quickly, until it is closed."""

    def __init__(self, target):
        self.place = tempfile.mkdtemp(prefix="boson-prometheus-")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        with open(self.place + "/prometheus.yml", "w", encoding="ascii") as file:
            json.dump({"global": {"scrape_interval": f"{SCRAPES}ms", "scrape_timeout": f"{SCRAPES}ms",
                                  "evaluation_interval": "1s"},
                       "rule_files": [os.path.abspath(MONITORING + "/boson-alerts.yml")],
                       "scrape_configs": [{"job_name": "boson", "scheme": "https",
                                           "tls_config": {"insecure_skip_verify": True},
                                           "static_configs": [{"targets": [target]}]}]}, file)
        with open(self.place + "/log", "wb") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={self.place}/prometheus.yml",
                 f"--storage.tsdb.path={self.place}/data", f"--web.listen-address=127.0.0.1:{self.port}"],
                stdout=log, stderr=log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=10)
        shutil.rmtree(self.place, ignore_errors=True)

    def ask(self, path, **query):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path + "?" + urllib.parse.urlencode(query))
            return json.loads(connection.getresponse().read())
        except (OSError, ValueError):
            return {}
        finally:
            connection.close()

    def found(self, expression):
        answer = self.ask("/api/v1/query", query=expression)
        if answer.get("status") == "error":
            raise AssertionError(f"{expression}: {answer['error']}")
        return answer.get("data", {}).get("result", [])


def dashboard_queries():
    with open(MONITORING + "/boson-dashboard.json", encoding="utf-8") as file:
        dashboard = json.load(file)
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]


def filled(expression):
    return expression.replace("$__rate_interval", RANGE).replace("$instance", ".+")


class MonitoringTest(unittest.TestCase):
    @needs("promtool")
    def test_the_alerts(self):
        with tempfile.TemporaryDirectory() as place:
            shutil.copy(MONITORING + "/boson-alerts.yml", place)
            shutil.copy(os.path.join(SOURCE, "tests/monitoring/alerts_test.yml"), place)
            done = promtool("test", "rules", "alerts_test.yml", cwd=place)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            checked = promtool("check", "rules", "boson-alerts.yml", cwd=place)
            self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
            with open(place + "/boson-alerts.yml", encoding="utf-8") as rules, \
                    open(place + "/alerts_test.yml", encoding="utf-8") as tests:
                names = [line.split()[-1] for line in rules if "- alert:" in line]
                tested = tests.read()
            for name in names:
                self.assertEqual(len(re.findall(rf"alertname: {name}\b", tested)), 2, f"{name}: when it fires, and when not")
            # Control: a rule that says nothing any more is found.
            with open(place + "/boson-alerts.yml", encoding="utf-8") as file:
                broken = file.read().replace("boson_storage_up == 0", "boson_storage_up == 7")
            with open(place + "/boson-alerts.yml", "w", encoding="utf-8") as file:
                file.write(broken)
            self.assertNotEqual(promtool("test", "rules", "alerts_test.yml", cwd=place).returncode, 0)

    @needs("promtool")
    def test_the_text(self):
        with Server("--stun", "127.0.0.1:0") as server:
            Node(server).register()
            text = server.get("/metrics").body.decode()
        checked = promtool("check", "metrics", text=text)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))

    def test_what_a_peer_sends_makes_no_series(self):
        with Server("--stun", "127.0.0.1:0") as server:
            node = Node(server)
            node.register()
            def strange(number):
                server.get(f"/nothing-{number}")
                server.get(f"/relay/{number}")
                server.get(f"/api/v1/nodes/{uuid.uuid4()}/signal")
                server.request(f"M{number}", "/healthz")
                server.post("/api/v1/nodes/register", {"location": {"country": f"Q{number}"}})
                server.post("/api/v1/metrics", {"nodeId": str(uuid.uuid4())}, token=f"token-{number}")
            strange(0)
            server.get("/metrics")
            before = series(server.get("/metrics").body.decode())
            for number in range(1, 20):
                strange(number)
            after = series(server.get("/metrics").body.decode())
            self.assertLess(len(before), 200)
            self.assertEqual(after - before, set())

    def test_the_condition(self):
        with Server("--stun", "off", "--limit", "nodes=1") as server:
            read = lambda: server.get("/metrics").body.decode()
            node = Node(server, country="FI")
            node.register()
            node.heartbeat()
            text = wait_for(lambda: (now := read()) and "boson_storage_probe_seconds" in now and now,
                            what="a probe of the storage")
            for name, expected in (("boson_ready", 1), ("boson_drained", 0), ("boson_storage_up", 1),
                                   ("boson_cluster_instances", 1), ("boson_log_lines_dropped_total", 0),
                                   ('boson_country_nodes{country="FI"}', 1),
                                   ('boson_limit_used{limit="nodes"}', 1), ('boson_limit{limit="nodes"}', 1),
                                   ('boson_limit_reached_total{limit="nodes"}', 0)):
                self.assertEqual(value(text, name), expected, name)
            self.assertNotIn("boson_cluster_bus_up", series(text))
            self.assertNotIn("boson_stun_requests_total{", text, "STUN is off")
            self.assertGreater(value(text, "boson_control_lag_seconds_count"), 0)
            self.assertGreater(value(text, "process_resident_memory_bytes"), 1e6)
            self.assertEqual(Node(server).register().status, 503)
            self.assertEqual(value(read(), 'boson_limit_reached_total{limit="nodes"}'), 1)
            ends = value(text, "boson_certificate_expiry_timestamp_seconds")
            self.assertGreater(ends, value(text, "process_start_time_seconds"))

    @needs("prometheus")
    def test_the_dashboard(self):
        with Server("--stun", "127.0.0.1:0") as server:
            node = Node(server)
            node.register()
            stun = next(int(entry["port"]) for entry in server.get("/api/v1/turn/stun").json["servers"])
            async def under_traffic():
                ends = await relayed(server, node)
                with Prometheus(f"127.0.0.1:{server.port}") as prometheus:
                    await asyncio.to_thread(self.every_query, prometheus, server, node, stun)
                await ends.aclose()
            asyncio.run(under_traffic())

    def every_query(self, prometheus, server, node, stun):
        wait_for(lambda: prometheus.found("boson_build_info"), 20, "the first scrape")
        queries = list(dashboard_queries())
        self.assertGreater(len(queries), 30)
        missing = dict()
        def all_found():
            # What there is a rate of goes on meanwhile.
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
                line.settimeout(2)
                line.sendto(STUN_REQUEST, ("127.0.0.1", stun))
                line.recv(1500)
            node.heartbeat(latency=20)
            missing.clear()
            for title, expression in queries:
                rows = prometheus.found(filled(expression))
                useless = [row for row in rows if row["value"][1] == "NaN"]
                if title not in EMPTY_WHEN_ALONE and (not rows or useless):
                    missing[title] = expression
                self.assertFalse(title in EMPTY_WHEN_ALONE and rows, title)
            return not missing
        try:
            wait_for(all_found, 15, "every query")
        except AssertionError:
            self.fail(f"these find nothing: {missing}")
        # Control: a name that is none finds nothing.
        self.assertEqual(prometheus.found("boson_nothing_of_the_kind"), [])
        rules = prometheus.ask("/api/v1/rules")["data"]["groups"][0]["rules"]
        self.assertEqual([rule["name"] for rule in rules if rule["health"] == "err"], [])


if __name__ == "__main__":
    unittest.main()
