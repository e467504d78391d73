# SPDX-License-Identifier: GPL-3.0-or-later
"""A server whose database lies on a real small filesystem that fills up, becomes read-only, or whose
file is locked, damaged, taken away or exchanged: it says so, serves what it has in memory, and is
back by itself. Needs root, for a mount of its own."""
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest

from boson import BIN, Node, Server, route_request, wait_for

SIZE_MB = 8


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


class SmallDisk(unittest.TestCase):
    def setUp(self):
        self.disk = tempfile.mkdtemp(prefix="boson-disk-")
        self.mount("-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=0700", "tmpfs", self.disk)
        self.addCleanup(shutil.rmtree, self.disk, ignore_errors=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=False)
        self.database = os.path.join(self.disk, "boson.db")

    def mount(self, *words):
        subprocess.run(["mount", *words], check=True, capture_output=True)

    def server(self):
        return Server("--database", "sqlite:" + self.database)

    def fill(self):
        """Leaves not a byte."""
        with open(os.path.join(self.disk, "filler"), "ab", buffering=0) as filler:
            for size in (1 << 20, 4096, 1):
                try:
                    while True:
                        filler.write(b"x" * size)
                except OSError:
                    pass

    def begin(self, server):
        self.assertEqual(server.get("/readyz").status, 200)
        node = Node(server)
        self.assertEqual(node.register().status, 200)
        self.assertEqual(self.ask(server).status, 200)
        return node

    def ask(self, server):
        return server.post("/api/v1/routing/request", route_request())

    def check_down(self, server, node):
        wait_for(lambda: server.get("/readyz").status == 503, what="not ready")
        answer = self.ask(server)
        self.assertEqual((answer.status, answer.code), (503, "unavailable"))
        self.assertEqual(server.get("/healthz").status, 200)
        self.assertEqual(node.heartbeat().status, 200)
        self.assertEqual(len(server.get("/api/v1/nodes").json["nodes"]), 1)

    def check_back(self, server, node):
        wait_for(lambda: server.get("/readyz").status == 200, 15, what="ready again")
        self.assertEqual(self.ask(server).status, 200)
        self.assertEqual(node.heartbeat().status, 200)

    def check_said_once(self, server):
        wait_for(lambda: "storage: is back" in server.log_text(), what="the good news")
        log = server.log_text()
        self.assertEqual((log.count("storage: is down"), log.count("storage: is back")), (1, 1), log)

    def test_full(self):
        with self.server() as server:
            node = self.begin(server)
            self.fill()
            self.check_down(server, node)
            # It stays so, whatever a checkpoint gives back: nothing flaps.
            for _ in range(3):
                self.ask(server)
            self.assertEqual(server.get("/readyz").status, 503)
            os.remove(os.path.join(self.disk, "filler"))
            self.check_back(server, node)
            self.check_said_once(server)
            self.check_words(server, "the disk is full: free space")

    def test_a_small_disk_is_room_enough(self):
        """A new file's schema stands on the disk once, not in its journal as well."""
        self.mount("-o", "remount,size=256k", self.disk)
        with Server("--data-dir", self.disk) as server:
            self.assertEqual(server.get("/readyz").status, 200)
            with sqlite3.connect(self.database) as database:
                self.assertEqual(database.execute("PRAGMA journal_mode").fetchone(), ("wal",))

    def check_words(self, server, says):
        """What happened and what to do, and nothing of the driver's."""
        self.assertIn(says, server.log_text())
        for words in ("Unable to", "QSQLITE", "QPSQL"):
            self.assertNotIn(words, server.log_text())

    def test_read_only(self):
        with self.server() as server:
            node = self.begin(server)
            # What is open for writing keeps a remount away: as a disk with errors the whole is
            # gone from under the server, and there again read-only.
            copy = tempfile.mkdtemp(prefix="boson-copy-")
            self.addCleanup(shutil.rmtree, copy, ignore_errors=True)
            shutil.copytree(self.disk, copy, dirs_exist_ok=True)
            self.mount("--bind", copy, self.disk)
            self.mount("-o", "remount,bind,ro", self.disk)
            self.check_down(server, node)
            subprocess.run(["umount", "-l", self.disk], check=True)
            self.check_back(server, node)
            self.check_said_once(server)

    def test_locked(self):
        with self.server() as server:
            node = self.begin(server)
            lock = sqlite3.connect(self.database, isolation_level=None)
            lock.execute("BEGIN EXCLUSIVE")
            self.check_down(server, node)
            lock.execute("ROLLBACK")
            lock.close()
            self.check_back(server, node)
            self.check_words(server, "locked: end that one")

    def test_damaged(self):
        with self.server() as server:
            node = self.begin(server)
            good = self.database + ".good"
            source, target = sqlite3.connect(self.database), sqlite3.connect(good)
            source.backup(target)
            source.close()
            target.close()
            damaged = self.database + ".damaged"
            with open(damaged, "wb") as file:
                file.write(b"this is no database" * 4096)
            os.rename(damaged, self.database)
            self.check_down(server, node)
            self.check_words(server, "no SQLite database: name another one, or restore it")
            os.rename(good, self.database)  # as an operator restores a copy
            self.check_back(server, node)

    def test_gone(self):
        with self.server() as server:
            node = self.begin(server)
            os.rename(self.database, self.database + ".away")
            self.check_down(server, node)
            os.rename(self.database + ".away", self.database)
            self.check_back(server, node)

    def test_restored_by_rename(self):
        """A copy put in place of the file is what is written to from then on."""
        with self.server() as server:
            node = self.begin(server)
            copy = self.database + ".copy"
            source, target = sqlite3.connect(self.database), sqlite3.connect(copy)
            source.backup(target)
            source.close()
            target.close()
            late = Node(server)
            self.assertEqual(late.register().status, 200)
            os.rename(copy, self.database)
            self.check_back(server, node)
            self.assertEqual(self.rows_of(late), 0)
            other = Node(server)
            self.assertEqual(other.register().status, 200)
            self.assertEqual(self.rows_of(other), 1)

    def rows_of(self, node):
        database = sqlite3.connect(self.database)
        count, = database.execute("SELECT count(*) FROM nodes WHERE node_id = ?",
                                  (node.id,)).fetchone()
        database.close()
        return count

    def test_full_at_the_first_start(self):
        """Nothing half made is left in the way of the next start."""
        data = os.path.join(self.disk, "data")
        self.fill()
        os.mkdir(data)
        done = subprocess.run([BIN, "--data-dir", data, "--listen", "127.0.0.1:0", "--stun", "off"],
                              capture_output=True, text=True, timeout=20, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("No space left on device", done.stderr)
        os.remove(os.path.join(self.disk, "filler"))
        with Server(data=data) as server:
            self.assertEqual(server.get("/readyz").status, 200)


if __name__ == "__main__":
    if os.geteuid() != 0:
        skip("mounting needs root")
    if os.environ.get("SMALL_DISK_NAMESPACE") != "own":
        os.environ["SMALL_DISK_NAMESPACE"] = "own"
        if subprocess.run(["unshare", "-m", "true"], check=False).returncode != 0:
            skip("no mount namespaces here")
        os.execvp("unshare", ["unshare", "-m", "--propagation", "private", sys.executable,
                              *sys.argv])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    unittest.main()
