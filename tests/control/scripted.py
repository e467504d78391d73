# SPDX-License-Identifier: GPL-3.0-or-later
"""A scripted daemon on the real socket protocol, and the programs run against it."""
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

BIN = os.environ.get("HIGGS_BIN", "build/release/bin")


def needs(*programs):
    """Ends the test as skipped when one of ours is not built."""
    for program in programs:
        if not os.path.exists(f"{BIN}/{program}"):
            print(f"skipped: {BIN}/{program} is not built")
            sys.exit(77)


class ScriptedDaemon:
    """Answers each method from a table: method -> [reply, notification, notification, ...], where a
    reply is a result or ("error", name, text), or ("late", seconds, result)."""

    def __init__(self, path, table):
        self.path, self.table, self.asked = path, table, []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        self.serving = threading.Thread(target=self.serve, daemon=True)
        self.serving.start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.speak, args=(connection,), daemon=True).start()

    @staticmethod
    def send(connection, message):
        text = json.dumps({"jsonrpc": "2.0", **message}).encode()
        connection.sendall(struct.pack(">I", len(text)) + text)

    def speak(self, connection):
        with connection, connection.makefile("rb") as stream:
            self.converse(connection, stream)

    def converse(self, connection, stream):
        while header := stream.read(4):
            request = json.loads(stream.read(struct.unpack(">I", header)[0]))
            self.asked.append((request["method"], request["params"]))
            reply, *events = self.table[request["method"]]
            if isinstance(reply, tuple) and reply[0] == "late":
                time.sleep(reply[1])
                reply = reply[2]
            if isinstance(reply, tuple):
                self.send(connection, {"id": request["id"], "error": {
                    "code": -32000, "message": reply[2], "data": {"code": reply[1]}}})
            else:
                self.send(connection, {"id": request["id"], "result": reply})
            for event in events:
                if event == "hang up":
                    connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send(connection, {"method": "status", "params": event})

    def close(self):
        # A thread on its way into accept() would else accept for the next listener with this number.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.serving.join()
        self.listener.close()
        os.unlink(self.path)


class ProgramTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.socket = self.directory.name + "/d.sock"
        self.daemon = None

    def tearDown(self):
        if self.daemon:
            self.daemon.close()
        self.directory.cleanup()

    def run_program(self, name, table, *arguments, **options):
        if self.daemon:
            self.daemon.close()
        self.daemon = ScriptedDaemon(self.socket, table) if table is not None else None
        return subprocess.run([f"{BIN}/{name}", "--control", self.socket, *arguments],
                              capture_output=True, text=True, timeout=20, **options)

    def vpn(self, table, *arguments, **options):
        return self.run_program("higgs-vpnctl", table, *arguments, **options)

    def node(self, table, *arguments, **options):
        return self.run_program("higgs-nodectl", table, *arguments, **options)

    def fails(self, done, *words, code=1):
        self.assertEqual(done.returncode, code, done)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
