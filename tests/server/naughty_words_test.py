# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that programs stumble over, through every field, path, query and command: refused, or kept as they are, and
never obeyed; and what shows them (commands, the page, logs, metrics) stays what it is."""
import html.parser
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
import urllib.parse
import uuid

import postgres_test
from admin_test import Line
from boson import BIN, Answer, Node, Server, route_request
from naughty_words import MEGABYTE, RAW, SPELLED, shown_badly
from page_test import TOKEN, Visitor

FREE = [word for each in ("read", "register", "heartbeat", "metrics", "routing", "session", "turn", "signal",
                          "relay-open", "probe", "login", "work")
        for word in ("--limit", each + "-per-minute=1000000", "--limit", each + "-burst=1000000")]
DEFINITE = {200, 204, 400, 401, 403, 404, 405, 409, 413, 415, 426, 431, 503}


class Elements(html.parser.HTMLParser):
    """The names of what a page is made of."""

    def __init__(self):
        super().__init__()
        self.names = set()
        self.attributes = set()

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def places(value, path=()):
    """Every leaf of a document."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield from places(child, path + (name,))
    elif isinstance(value, list):
        for at, child in enumerate(value):
            yield from places(child, path + (at,))
    else:
        yield path


def replaced(value, path, leaf):
    """JSON text with `leaf`, which is JSON already, at the path."""
    if not path:
        return leaf
    if isinstance(value, list):
        return "[" + ",".join(replaced(each, path[1:], leaf) if at == path[0] else json.dumps(each)
                              for at, each in enumerate(value)) + "]"
    return "{" + ",".join(json.dumps(name) + ":" + (replaced(each, path[1:], leaf) if name == path[0]
                                                    else json.dumps(each)) for name, each in value.items()) + "}"


def spellings():
    """Name and JSON of every text: bytes in quotes where they have to be escaped no further."""
    for name, text in RAW.items():
        quoted = text.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        yield name + ", as it is", b'"' + quoted + b'"'
        try:
            yield name, json.dumps(text.decode()).encode()
        except UnicodeDecodeError:
            pass
    for name, text in SPELLED.items():
        yield name, text.encode()


class Words:
    def setUp(self):
        self.where = tempfile.mkdtemp(prefix="boson-naughty-")
        self.addCleanup(shutil.rmtree, self.where, True)
        token = os.path.join(self.where, "token")
        with open(token, "w", encoding="ascii") as file:
            file.write(TOKEN)
        os.chmod(token, 0o600)
        self.server = Server("--admin-token-file", token, *FREE, *self.database())
        self.server.start()
        self.addCleanup(shutil.rmtree, self.server.data, True)
        self.addCleanup(self.server.stop, signal.SIGKILL)
        self.line = None
        self.node = Node(self.server)
        self.assertEqual(self.node.register().status, 200)

    def command(self, *words):
        """Exit code, output and errors as bytes; what is shown is fit for a terminal."""
        done = subprocess.run([os.fsencode(BIN), b"--data-dir", os.fsencode(self.server.data),
                               *(word if isinstance(word, bytes) else word.encode() for word in words)],
                              capture_output=True, timeout=30, check=False)
        self.assertIn(done.returncode, (0, 1, 2), done.stderr[-300:])
        for text in (done.stdout, done.stderr):
            self.assertEqual(shown_badly(text), [], (words[:2], text[:300]))
        if done.returncode:
            self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr[:300])
        return done.returncode, done.stdout, done.stderr

    def all_is_well(self):
        """The node is there and alive, and all that shows something shows it as it always does."""
        self.assertEqual(self.node.heartbeat().status, 200)
        code, text, _ = self.command("node", "list")
        self.assertEqual(code, 0)
        self.assertIn(self.node.id.encode(), text)
        for words in (("access-key", "list"), ("ban", "list"), ("session", "list"), ("audit",), ("status",),
                      ("top", "--once"), ("privacy", "report")):
            self.assertEqual(self.command(*words)[0], 0, words)
        for words in (("access-key", "list", "--json"), ("ban", "list", "--json"), ("audit", "--json"),
                      ("node", "list", "--json"), ("top", "--once", "--json"), ("status", "--json")):
            code, text, _ = self.command(*words)
            self.assertEqual(code, 0, words)
            json.loads(text)
        operator = Visitor(self.server)
        self.assertEqual(operator.sign_in().status, 303)
        for path in ("/admin", "/admin/nodes", "/admin/keys", "/admin/sessions"):
            answer = operator.get(path)
            self.assertEqual(answer.status, 200)
            self.assertEqual(shown_badly(answer.body), [], path)
            page = Elements()
            page.feed(answer.body.decode())
            self.assertFalse(page.names & {"script", "img", "b", "iframe"}, path)
            self.assertFalse([name for name in page.attributes if name.startswith("on")], path)
        metrics = self.server.get("/metrics").body.decode()
        self.assertNotIn("forged", metrics)
        for line in metrics.splitlines():
            self.assertRegex(line, r"^(#|[a-z_]+(\{[^{}\n]*\})? \S+$)")
        log = self.server.log_text().encode()
        self.assertEqual(shown_badly(log), [])
        self.assertNotIn(b"event=\"forged", log.replace(b"\\\"", b""))

    def post(self, path, raw, token=None):
        """On one connection, as long as the server keeps it."""
        fields = {"Content-Type": "application/json", **({"Authorization": "Bearer " + token} if token else {})}
        for attempt in range(3):
            if self.line is None:
                self.line = self.server.connection()
            try:
                self.line.request("POST", path, raw, fields)
                response = self.line.getresponse()
                body = response.read()
                if response.will_close:
                    self.line.close()
                    self.line = None
                return Answer(response.status, response.headers, body)
            except (OSError, http.client.HTTPException):
                self.line.close()
                self.line = None
                if attempt == 2:
                    raise


class Stored(Words):
    """What reaches the database."""

    # --- fields of the API -----------------------------------------------------------------------

    def requests(self):
        yield "/api/v1/nodes/register", self.node.registration(proof=self.node.proof()), None
        yield f"/api/v1/nodes/{self.node.id}/heartbeat", {"status": "online", "metrics": self.node.metrics}, \
            self.node.token
        yield "/api/v1/routing/request", route_request(
            clientPublicKey=self.node.public_key, targetNodeId=self.node.id,
            requirements={"preferredCountry": "US", "preferredLocation": "US-CA", "minBandwidth": 1, "maxLatency": 1,
                          "via": "US"}), None
        yield "/api/v1/metrics", {"nodeId": self.node.id, "timestamp": 1, "metrics": {
            "network": {"latency": 1, "jitter": 1, "packetLoss": 0, "bandwidth": {"up": 1, "down": 1}}}}, \
            self.node.token

    def test_in_every_field(self):
        for path, body, token in self.requests():
            for place in places(body):
                for name, text in spellings():
                    raw = replaced(body, place, "\0\0").encode().replace(b"\0\0", text)
                    answer = self.post(path, raw, token)
                    self.assertIn(answer.status, DEFINITE, (path, place, name))
                    self.assertNotEqual(answer.status, 500)
                    self.assertEqual(shown_badly(answer.body), [], (path, place, name))
                    answer.json  # is JSON, whatever it repeats
            with self.subTest(path, whole=True):
                for raw in (MEGABYTE, b"\xef\xbb\xbf{}", b"\xff\xfe{\0}\0", b"{\"a\":1}\0", b"{\"a\":1,\"a\":2}"):
                    answer = self.post(path, raw, token)
                    self.assertIn(answer.status, (400, 413), raw[:20])
        # One of them may have been good: the node is registered as it was.
        self.assertEqual(self.node.register().status, 200)
        self.all_is_well()

    # --- what operators write --------------------------------------------------------------------

    def kept(self, listing, accepted):
        """Whether all that was accepted, by their names, is listed as it was given."""
        code, shown, _ = self.command(*listing, "--json")
        self.assertEqual(code, 0)
        words = {json.loads(each) for each in re.findall(r'"(?:[^"\\]|\\.)*"', shown.decode())}
        for name, text in accepted:
            with self.subTest(name, listing=listing):
                try:
                    given = {text.decode(), text.decode().lstrip("\ufeff")}
                except UnicodeDecodeError:
                    self.fail(f"{name} is no text, and was accepted")
                self.assertTrue(not text or given & words, f"{name} is not kept as it is")

    def test_in_what_operators_write(self):
        keys, notes, bans = [], [], []
        for number, (name, text) in enumerate(RAW.items()):
            if b"\0" in text or text.startswith(b"--"):
                continue  # no program can be given one; and the other is a question
            with self.subTest(name):
                if self.command("access-key", "add", text)[0] == 0:
                    keys.append((name, text))
                if self.command("access-key", "add", f"key{number}", b"note=" + text)[0] == 0:
                    notes.append((name, text))
                if self.command("ban", "network", f"192.0.{number}.0/24", "7d", text)[0] == 0:
                    bans.append((name, text))
        for accepted in (keys, notes, bans):
            self.assertIn("Russian", [name for name, _ in accepted])
        self.kept(("access-key", "list"), keys + notes)
        self.kept(("ban", "list"), bans)
        self.all_is_well()

    def test_by_the_admin_socket(self):
        verbs = {"access-key.add": ("name", "digest", "note"), "access-key.set": ("name", "note"),
                 "access-key.revoke": ("name",), "access-key.rotate": ("name", "digest"),
                 "ban.add": ("kind", "subject", "reason"), "ban.remove": ("kind", "subject"),
                 "node.approve": ("nodeId",), "node.remove": ("nodeId",), "session.end": ("sessionId",),
                 "privacy.erase": ("nodeId",), "route.explain": ("country", "client"), "session.list": ("nodeId",),
                 "session.journal": ("nodeId", "at")}
        good = {"name": "name", "digest": "0" * 64, "kind": "key", "subject": "name"}
        with Line(os.path.join(self.server.data, "admin.socket")) as line:
            for verb, fields in verbs.items():
                for field in fields:
                    for name, text in spellings():
                        params = json.dumps({**{each: good.get(each, str(uuid.uuid4())) for each in fields
                                                if each != field}})
                        raw = b'{"jsonrpc":"2.0","id":1,"method":"' + verb.encode() + b'","params":' + \
                            params[:-1].encode() + (b"," if len(fields) > 1 else b"") + \
                            f'"{field}":'.encode() + text + b"}}"
                        try:
                            line.send(len(raw).to_bytes(4, "big") + raw)
                            answer = line.read()
                        except (ConnectionError, BrokenPipeError):
                            answer = None
                        if answer is None:  # what is no document ends the line
                            line.socket.close()
                            line.__init__(os.path.join(self.server.data, "admin.socket"))
                            continue
                        self.assertTrue("result" in answer or "error" in answer, (verb, field, name))
        self.all_is_well()


class SurfaceTest(Words, unittest.TestCase):
    """What no database decides: with one of them."""

    def database(self):
        return []

    def test_in_names_of_fields(self):
        for name, text in RAW.items():
            quoted = text.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
            answer = self.server.request("POST", "/api/v1/routing/request", raw=b'{"' + quoted + b'": 1}',
                                         headers={"Content-Type": "application/json"})
            self.assertIn(answer.status, (400, 413), name)
            self.assertEqual(shown_badly(answer.body), [], name)
        self.all_is_well()

    def test_in_paths_queries_and_headers(self):
        for name, text in {**RAW, "megabyte": MEGABYTE}.items():
            short = text[:3000] if name != "megabyte" else text
            escaped = urllib.parse.quote_from_bytes(short, safe="")
            for path in ("/" + escaped, f"/api/v1/nodes/{escaped}/heartbeat", f"/api/v1/nodes/{escaped}/signal",
                         f"/api/v1/sessions/{escaped}/renew", f"/relay/{escaped}", f"/relay/x?token={escaped}",
                         f"/api/v1/nodes?country={escaped}", f"/api/v1/routes/explain?{escaped}={escaped}",
                         f"/admin/{escaped}", f"/metrics?{escaped}"):
                for method in ("GET", "POST"):
                    first = self.first_line(f"{method} {path} HTTP/1.1\r\nHost: boson\r\n\r\n".encode())
                    self.assertRegex(first, rb"^HTTP/1\.1 (2|3|4)\d\d |^HTTP/1\.1 503 ", (name, path[:60]))
            # Whatever a header may not have, ends it, and is a fault.
            for header in (b"Higgs-Access-Key", b"Authorization", b"Cookie", b"X-Forwarded-For", b"User-Agent",
                           b"Content-Type", b"Origin", b"Accept-Language"):
                first = self.first_line(b"GET /api/v1/server HTTP/1.1\r\nHost: boson\r\n" + header + b": " +
                                        short + b"\r\n\r\n")
                self.assertRegex(first, rb"^HTTP/1\.1 (200|4\d\d) ", (name, header))
            first = self.first_line(b"GET /" + short.replace(b" ", b"") + b" HTTP/1.1\r\nHost: boson\r\n\r\n")
            self.assertRegex(first, rb"^HTTP/1\.1 (200|4\d\d) ", name)
        self.all_is_well()

    def first_line(self, request):
        request = request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
        try:
            answer = self.server.raw(request)
        except (ConnectionError, BrokenPipeError):  # told, and not read to the end
            return b"HTTP/1.1 431 "
        self.assertEqual(shown_badly(answer.replace(b"\r\n", b"\n")), [])
        return answer.split(b"\r\n")[0]

    def test_in_names_of_others(self):
        """Where operators name what is there, nothing is found by them. Each text goes to a third of the commands."""
        commands = (("access-key", "revoke"), ("access-key", "rotate"), ("ban", "key"), ("ban", "node"),
                    ("ban", "address"), ("unban", "network"), ("node", "approve"), ("node", "remove"),
                    ("node", "maintenance"), ("session", "end"), ("session", "at"), ("privacy", "erase"),
                    ("route", "explain"), ("restore",), ("turn-config",))
        for number, (name, text) in enumerate(RAW.items()):
            if b"\0" in text or text.startswith(b"--"):
                continue  # no program can be given one; and the other is a question
            with self.subTest(name):
                for words in commands[number % 3::3]:
                    if name in ("path", "device", "URL") and words[0] == "turn-config":
                        continue  # it is a file's name, and would be written
                    if words == ("turn-config",):
                        words = ("turn-config", "--turn-config-nothing")
                    code, _, _ = self.command(*words, text)
                    if code == 0 and words not in (("access-key", "revoke"), ("access-key", "rotate"), ("ban", "key"),
                                                   ("route", "explain")):
                        self.fail(f"{words} takes {name}")
        self.all_is_well()

    def test_by_the_page(self):
        operator = Visitor(self.server)
        self.assertEqual(operator.sign_in().status, 303)
        for name, text in RAW.items():
            for action, field in (("approve", "nodeId"), ("unapprove", "nodeId"), ("add-key", "name"),
                                  ("revoke-key", "name"), ("end-session", "sessionId")):
                fields = urllib.parse.urlencode({"form": operator.word(), field: text[:20_000], "note": text[:20_000]})
                answer = self.server.request(
                    "POST", "/admin/" + action, raw=fields,
                    headers={"Content-Type": "application/x-www-form-urlencoded", "Cookie": operator.cookie})
                self.assertIn(answer.status, (200, 303, 400, 403, 404, 409, 413), (name, action))
                self.assertEqual(shown_badly(answer.body), [], (name, action))
                page = Elements()
                page.feed(answer.body.decode())
                self.assertFalse(page.names & {"script", "img", "b"}, (name, action))
        self.all_is_well()


class SqliteTest(Stored, unittest.TestCase):
    def database(self):
        return []


@unittest.skipIf(postgres_test.binaries() is None, "PostgreSQL is not installed")
class PostgresTest(Stored, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = postgres_test.Postgres()

    @classmethod
    def tearDownClass(cls):
        cls.postgres.remove()

    def database(self):
        self.postgres.ask("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        return ["--database", self.postgres.url]


if __name__ == "__main__":
    unittest.main()
