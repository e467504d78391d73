# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups of a server that runs, their restoring, and the copy that a change of the schema keeps."""
import contextlib
import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import tempfile
import time
import unittest

from boson import BIN, Node, Server, route_request, wait_for


def released_steps():
    """The steps of the schema as the server's source has them: lists of statements."""
    source = os.path.join(os.environ.get("HIGGS_SOURCE", "."), "server/storage/migrations.cpp")
    with open(source, encoding="utf-8") as file:
        text = file.read()
    text = text[text.index("list = {") + len("list = {"):text.index("return list;")]
    steps, depth, ended = [], 0, True
    for token in re.findall(r'//[^\n]*|"(?:[^"\\]|\\.)*"|[{},]', text):
        if token == "{":
            depth += 1
            steps.append([])
            ended = True
        elif token == "}":
            depth -= 1
            if depth < 0:
                break
        elif token == ",":
            ended = True
        elif token.startswith('"'):
            if ended:
                steps[-1].append("")
            steps[-1][-1] += token[1:-1]
            ended = False
    return steps


class DataTest(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="boson-test-")
        self.addCleanup(shutil.rmtree, self.top, True)
        self.data = os.path.join(self.top, "data")
        self.kept = os.path.join(self.top, "kept")
        os.mkdir(self.data)

    def command(self, *words, code=0, data=None):
        done = subprocess.run([BIN, "--data-dir", data or self.data, *words], capture_output=True,
                              text=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr)
        if code == 0:
            return done.stdout
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        return done.stderr

    def run_a_server(self):
        """A node and a session; the server's pin, and the two."""
        server = Server("--access", "key", data=self.data)
        server.start()
        self.addCleanup(server.stop)
        node = Node(server)
        node.register()
        key = self.command("keys", "add", "alice").strip()
        selected = server.post("/api/v1/routing/request", route_request(),
                               headers={"Higgs-Access-Key": key}).json["selectedRoute"]
        return server, node, key, selected


class BackupTest(DataTest):
    def test_of_a_server_that_runs(self):
        server, node, key, selected = self.run_a_server()
        with contextlib.closing(sqlite3.connect(
                f"file:{self.data}/boson.db?immutable=1", uri=True)) as database:
            with contextlib.suppress(sqlite3.OperationalError):
                self.assertEqual(database.execute("SELECT COUNT(*) FROM nodes").fetchone()[0], 0,
                                 "control: its file alone has nothing yet")
        said = self.command("backup", self.kept)
        for name in ("boson.db", "jwt.key", "server.key", "client-groups.key", "certificate.key"):
            self.assertIn(name, said)
        for name in os.listdir(self.kept):
            mode = os.stat(os.path.join(self.kept, name)).st_mode
            self.assertEqual(stat.S_IMODE(mode), 0o600, name)
        self.assertEqual(stat.S_IMODE(os.stat(self.kept).st_mode), 0o700)
        self.assertEqual(server.get("/readyz").status, 200)
        server.stop()

        # On another machine it is the same server: its pin, its nodes, keys and sessions.
        other = os.path.join(self.top, "other")
        self.command("restore", self.kept, data=other)
        with Server("--access", "key", data=other) as restored:
            self.assertEqual(restored.pin, server.pin)
            node.server = restored
            self.assertEqual(node.heartbeat().status, 200)
            session = selected["relayEndpoint"].rsplit("/", 1)[1]
            renewed = restored.post(f"/api/v1/sessions/{session}/renew",
                                    token=selected["sessionToken"])
            self.assertEqual(renewed.status, 200)
            self.assertEqual(restored.post("/api/v1/routing/request", route_request(),
                                           headers={"Higgs-Access-Key": key}).status, 200)
            self.assertIn("a server runs", self.command("restore", self.kept, data=other, code=1))

    def test_what_was_there_is_kept(self):
        server, node, _, _ = self.run_a_server()
        self.command("backup", self.kept)
        late = Node(server)
        late.register()
        server.stop()
        said = self.command("restore", self.kept)
        aside = [name for name in os.listdir(self.data) if name.startswith("replaced-")]
        self.assertEqual(len(aside), 1)
        self.assertIn(aside[0], said)
        with Server(data=self.data) as again:
            node.server = late.server = again
            self.assertEqual(node.heartbeat().status, 200)
            self.assertEqual(late.heartbeat().status, 401, "it came after the backup")
        # And back.
        shutil.copytree(os.path.join(self.data, aside[0]), os.path.join(self.top, "old"))
        with Server(data=os.path.join(self.top, "old")) as old:
            late.server = old
            self.assertEqual(late.heartbeat().status, 200)

    def test_what_is_no_backup(self):
        server, node, _, _ = self.run_a_server()
        self.command("backup", self.kept)
        self.assertIn("not there", self.command("backup", self.kept, code=1))
        server.stop()
        self.command("backup", code=2)
        self.command("restore", code=2)
        self.command("backup", self.kept + "-a", "b", code=2)
        self.command("backup", os.path.join(self.top, "b"), data=os.path.join(self.top, "none"),
                     code=1)
        self.assertEqual(sorted(os.listdir(self.top)), ["data", "kept"], "nothing half-done")
        before = sorted(os.listdir(self.data))

        def spoil(name, change):
            bad = os.path.join(self.top, "bad")
            shutil.rmtree(bad, ignore_errors=True)
            shutil.copytree(self.kept, bad)
            change(os.path.join(bad, name))
            said = self.command("restore", bad, code=1)
            self.assertEqual(sorted(os.listdir(self.data)), before, said)
            return said

        def flip(path):
            with open(path, "r+b") as file:
                file.seek(20)
                byte = file.read(1)
                file.seek(20)
                file.write(bytes([byte[0] ^ 1]))

        def manifest(**more):
            def change(path):
                with open(path, encoding="utf-8") as file:
                    told = json.load(file)
                told.update(more)
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(told, file)
            return change

        self.assertIn("not what was backed up", spoil("boson.db", flip))
        self.assertIn("not what was backed up", spoil("jwt.key", flip))
        self.assertIn("jwt.key", spoil("jwt.key", os.unlink))
        self.assertIn("no backup", spoil("backup.json", os.unlink))
        self.assertIn("newer", spoil("backup.json", manifest(format=2)))
        self.assertIn("manifest", spoil("backup.json", manifest(files=[])))
        self.assertIn("not ours", spoil("backup.json", manifest(files={"../../etc/passwd": "x"})))
        self.assertIn("manifest", spoil("backup.json", lambda path: open(path, "w").close()))
        with Server(data=self.data) as again:
            node.server = again
            self.assertEqual(node.heartbeat().status, 200, "all as it was")

    def test_cut_off_at_any_step(self):
        """Killed at each call that changes what is there, it leaves the old server or the new one, whole."""
        if not shutil.which("strace"):
            self.skipTest("strace is not installed")
        server, node, _, _ = self.run_a_server()
        self.command("backup", self.kept)
        late = Node(server)
        late.register()
        server.stop()
        original = os.path.join(self.top, "original")
        shutil.copytree(self.data, original)
        # Control: what is restored is another identity, too.
        shutil.rmtree(self.kept + "-other", ignore_errors=True)
        other = os.path.join(self.top, "other")
        os.mkdir(other)
        with Server(data=other) as another:
            stranger = Node(another)
            stranger.register()
            self.command("backup", self.kept + "-other", data=other)
            pins = {server.pin: "old", another.pin: "new"}
        outcomes = {"old": 0, "new": 0}
        for call in ("rename", "mkdir", "unlink", "fsync", "write"):
            for number in range(1, 200, 1 if call != "write" else 4):
                shutil.rmtree(self.data)
                shutil.copytree(original, self.data)
                calls = ",".join("?" + each for each in {
                    "rename": ("rename", "renameat", "renameat2"), "mkdir": ("mkdir", "mkdirat"),
                    "unlink": ("unlink", "unlinkat"), "fsync": ("fsync", "fdatasync"),
                    "write": ("write", "pwrite64")}[call])
                done = subprocess.run(
                    ["strace", "-qq", "-f", "-o", "/dev/null", "-e", "trace=" + calls,
                     "-e", f"inject={calls}:signal=KILL:when={number}",
                     BIN, "--data-dir", self.data, "restore", self.kept + "-other"],
                    capture_output=True, text=True, timeout=60)
                if "ptrace" in done.stderr:
                    self.skipTest("strace cannot trace here")
                with self.subTest(call=call, number=number):
                    with Server(data=self.data) as again:
                        which = pins.get(again.pin)
                        self.assertIsNotNone(which, "another identity than either")
                        late.server = stranger.server = again
                        self.assertEqual((late.heartbeat().status, stranger.heartbeat().status),
                                         (200, 401) if which == "old" else (401, 200))
                        if done.returncode == 0:
                            self.assertEqual(which, "new")
                        self.assertNotIn("lost", again.log_text())
                    self.assertFalse(os.path.exists(os.path.join(self.data, "restoring.json")))
                    outcomes[which] += 1
                if done.returncode == 0:
                    break
        self.assertGreater(min(outcomes.values()), 3, outcomes)

    def test_postgresql_has_its_own(self):
        server, _, _, _ = self.run_a_server()
        server.stop()
        url = "postgresql://nobody@127.0.0.1:1/none"
        said = self.command("--database", url, "backup", self.kept)
        self.assertIn("pg_dump", said)
        self.assertNotIn("boson.db", os.listdir(self.kept))
        self.assertIn("PostgreSQL", self.command("restore", self.kept, code=1))
        said = self.command("--database", url, "restore", self.kept)
        self.assertIn("pg_restore", said)

    def test_a_change_of_the_schema_keeps_a_copy(self):
        server, node, _, _ = self.run_a_server()
        server.stop()
        with contextlib.closing(sqlite3.connect(os.path.join(self.data, "boson.db"))) as database:
            for column in ("note", "expires_at", "last_used", "max_sessions", "relay_mbps", "purpose"):
                database.execute(f"ALTER TABLE access_keys DROP COLUMN {column}")
            database.execute("DROP TABLE session_journal")
            for name in ("sessions_by_key", "nodes_by_access_key"):
                database.execute(f"DROP INDEX {name}")
            database.execute("DELETE FROM schema_version WHERE version > 7")
            database.commit()
        with Server(data=self.data) as again:
            node.server = again
            self.assertEqual(node.heartbeat().status, 200)
            self.assertRegex(again.log_text(), "schema changes.*from=7")
        copy = os.path.join(self.data, "boson.db.schema-7")
        self.assertEqual(stat.S_IMODE(os.stat(copy).st_mode), 0o600)
        with contextlib.closing(sqlite3.connect(copy)) as database:
            self.assertEqual(database.execute("SELECT MAX(version) FROM schema_version")
                             .fetchone()[0], 7)
            self.assertEqual(database.execute("SELECT node_id FROM nodes").fetchone()[0], node.id)
        # One start more changes nothing, and so keeps none.
        os.unlink(copy)
        with Server(data=self.data):
            self.assertFalse(os.path.exists(copy))


    def test_from_every_earlier_schema(self):
        steps = released_steps()
        self.assertGreaterEqual(len(steps), 7)
        with contextlib.closing(sqlite3.connect(":memory:")) as whole:
            for statement in sum(steps, []):
                whole.execute(statement)
            latest = self.tables(whole)
        for version in range(1, len(steps)):
            with self.subTest(version):
                shutil.rmtree(self.data)
                os.mkdir(self.data)
                path = os.path.join(self.data, "boson.db")
                node = "11111111-2222-4333-8444-%012d" % version
                with contextlib.closing(sqlite3.connect(path)) as database:
                    database.execute("CREATE TABLE schema_version (version INTEGER NOT NULL)")
                    for number, step in enumerate(steps[:version], 1):
                        for statement in step:
                            database.execute(statement)
                        database.execute("INSERT INTO schema_version VALUES (?)", (number,))
                    database.execute(
                        "INSERT INTO nodes (node_id, public_key, nat_type, local_port,"
                        " max_connections, country, region, heartbeat_interval, approved,"
                        " token_generation, last_proof, registered_at, last_seen) VALUES"
                        " (?, ?, 'Unknown', 1, 1, 'DE', '', 30, 1, 'g', 1, 1, ?)",
                        (node, "A" * 42 + "E=", int(time.time() * 1000)))
                    database.execute("INSERT INTO access_keys (name, digest, created_at)"
                                     " VALUES ('old', ?, 1)", ("0" * 64,))
                    database.commit()
                with Server(data=self.data):
                    self.assertIn(node, self.command("node", "list"))
                    self.assertEqual(self.command("keys"), "old  for any\n")
                with contextlib.closing(sqlite3.connect(path)) as database:
                    self.assertEqual(self.tables(database), latest)
                copy = f"{path}.schema-{version}"
                with contextlib.closing(sqlite3.connect(copy)) as database:
                    self.assertEqual(database.execute("SELECT node_id FROM nodes").fetchall(),
                                     [(node,)])

    @staticmethod
    def tables(database):
        """Every table's columns and every index, in whatever order they were added."""
        names = [name for name, in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'") if name != "schema_version"]
        columns = {name: sorted(row[1:4] for row in database.execute(f"PRAGMA table_info({name})"))
                   for name in names}
        return columns, sorted(database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"))


class ErasureTest(DataTest):
    def bytes_of_files(self):
        found = b""
        for name in os.listdir(self.data):
            if name.startswith("boson.db"):
                with open(os.path.join(self.data, name), "rb") as file:
                    found += file.read()
        return found

    def test_nothing_is_left_in_any_file(self):
        server, node, _, _ = self.run_a_server()
        other = Node(server)
        other.register()
        node.heartbeat()
        self.command("node", "maintenance", node.id, "on")
        self.assertIn(node.id.encode(), self.bytes_of_files(), "control")
        self.assertIn(node.public_key.encode(), self.bytes_of_files(), "control")
        self.assertIn(node.id, self.command("audit"), "control")
        self.command("privacy", "erase", node.id)
        for trace in (node.id, node.public_key):
            self.assertNotIn(trace.encode(), self.bytes_of_files())
        # The audit is written behind the answer, by a thread of its own.
        wait_for(lambda: node.id not in self.command("audit"), what="being forgotten by the audit")
        self.assertIn(other.id.encode(), self.bytes_of_files(), "of the others all is there")


class AuditTest(DataTest):
    def test_who_changed_what(self):
        server, node, _, _ = self.run_a_server()
        self.command("node", "unapprove", node.id)
        self.command("keys", "revoke", "nobody", code=1)
        self.command("drain")
        self.command("sessions"), self.command("status")
        server.stop()
        self.command("keys", "set", "alice", "note=secret words", "sessions=4")
        told = json.loads(self.command("audit", "--json"))["changes"]
        self.assertEqual([each["verb"] for each in told],
                         ["access-key.add", "node.unapprove", "access-key.revoke", "server.drain",
                          "access-key.set"])
        self.assertEqual({each["uid"] for each in told}, {os.geteuid()})
        self.assertEqual(told[0]["subject"], "name=alice")
        self.assertEqual(told[1]["subject"], "nodeId=" + node.id)
        self.assertEqual([each["outcome"] == "done" for each in told],
                         [True, True, False, True, True])
        with open(os.path.join(self.data, "audit.log"), encoding="utf-8") as file:
            text = file.read()
        self.assertNotIn("secret words", text)
        self.assertNotIn("digest", text)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(self.data, "audit.log")).st_mode), 0o600)
        self.assertIn("FAILED: no key of that name", self.command("audit"))
        self.command("audit", "more", code=2)

    def test_it_is_kept_as_long_as_chosen(self):
        path = os.path.join(self.data, "audit.log")
        line = lambda days, verb: json.dumps({
            "at": int((time.time() - days * 86400) * 1000), "verb": verb,
            "subject": "", "uid": 0, "pid": 1, "outcome": "done"}) + "\n"
        with open(path, "w", encoding="ascii") as file:
            file.write(line(8, "old") + "rubbish\n" + line(6, "young"))
        with Server("--limit", "audit-days=7", data=self.data):
            told = lambda: [each["verb"] for each in
                            json.loads(self.command("audit", "--json"))["changes"]]
            wait_for(lambda: told() == ["young"], what="the old one to go")
        with open(path, encoding="ascii") as file:
            self.assertNotIn("old", file.read())

    def test_it_does_not_grow_for_ever(self):
        path = os.path.join(self.data, "audit.log")
        with Server(data=self.data):
            self.command("drain")
            wait_for(lambda: os.path.exists(path), what="the first line")
            with open(path, "ab") as file:
                file.write(b" " * (2 * 1024 * 1024) + b"\n")
            self.command("drain", "--off")
            wait_for(lambda: os.path.exists(path + ".older"), what="another file")
            wait_for(lambda: os.path.exists(path) and os.stat(path).st_size > 0, what="its line")
            self.assertLess(os.stat(path).st_size, 1000)
            told = json.loads(self.command("audit", "--json"))["changes"]
            self.assertEqual([each["subject"] for each in told], ["on=true", "on=false"])


class TokenKeyTest(DataTest):
    def test_a_new_key_logs_nobody_out(self):
        server, node, _, _ = self.run_a_server()
        key_file = os.path.join(self.data, "jwt.key")
        with open(key_file, encoding="ascii") as file:
            first = file.read()
        self.command("token-key", "rotate")
        with open(key_file, encoding="ascii") as file:
            self.assertNotEqual(file.read(), first)
        self.assertEqual(node.heartbeat().status, 200, "its token is good")
        old = node.token
        self.assertEqual(node.register().status, 200)
        self.assertNotEqual(node.token, old)
        self.assertEqual(node.heartbeat().status, 200)
        server.stop()
        with Server(data=self.data) as again:
            node.server = again
            self.assertEqual(node.heartbeat().status, 200)
            node.token = old
            self.assertEqual(node.heartbeat().status, 200, "after a restart, too")
        # A day later no token is older than the key.
        former = os.path.join(self.data, "jwt.key.former")
        with open(former, encoding="ascii") as file:
            secret, replaced = file.read().split()
        self.assertEqual(stat.S_IMODE(os.stat(former).st_mode), 0o600)
        with open(former, "w", encoding="ascii") as file:
            file.write(f"{secret}\n{int(replaced) - 86_401_000}\n")
        with Server(data=self.data) as again:
            node.server = again
            self.assertEqual(node.heartbeat().status, 401)
            self.assertFalse(os.path.exists(former))
            self.assertEqual(node.register().status, 200, "it proves its key, and goes on")
        self.assertIn("running server", self.command("token-key", "rotate", code=1))


class ApprovalTest(DataTest):
    def test_an_approval_is_taken_back(self):
        with Server("--node-access", "approve", data=self.data) as server:
            node = Node(server)
            node.register()
            self.command("node", "approve", node.id)
            self.assertEqual(server.post("/api/v1/routing/request", route_request()).status, 200)
            self.command("node", "unapprove", node.id)
            self.assertEqual(json.loads(self.command("sessions", "--json"))["sessions"], [])
            self.assertEqual(server.get("/api/v1/locations").json["locations"], [])
            self.assertEqual(server.post("/api/v1/routing/request", route_request()).status, 503)
            self.assertEqual(node.register().json["status"], "pending")
            self.assertEqual(node.heartbeat().status, 200, "it is kept, and waits")
            self.command("node", "approve", node.id)
            self.assertEqual(server.post("/api/v1/routing/request", route_request()).status, 200)
            self.command("node", "unapprove", "00000000-0000-4000-8000-000000000000", code=1)


if __name__ == "__main__":
    unittest.main()
