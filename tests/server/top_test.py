# SPDX-License-Identifier: GPL-3.0-or-later
"""boson-server top: once for scripts, and on a terminal until somebody presses q."""
import fcntl
import json
import os
import signal
import struct
import subprocess
import termios
import unittest

from boson import BIN, DataDirCase, Node, Server, route_request, wait_for

ENTER, LEAVE = b"\033[?1049h", b"\033[?1049l"


class Terminal:
    """A program on a pseudo-terminal."""

    def __init__(self, *words, size=(24, 100)):
        self.master, self.slave = os.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen([BIN, *words], stdin=self.slave, stdout=self.slave, stderr=self.slave,
                                        start_new_session=True)
        os.set_blocking(self.master, False)
        self.shown = b""

    def resize(self, rows, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self):
        try:
            self.shown += os.read(self.master, 65536)
        except BlockingIOError:
            pass
        return self.shown

    def wait_for(self, text, seconds=15):
        wait_for(lambda: text in self.read(), seconds, f"{text} in {self.shown[-300:]}")

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


class TopTest(DataDirCase):
    def populated(self, server):
        node = Node(server, country="FI", region=None)
        node.register()
        node.heartbeat()
        key = self.command("access-key", "add", "office")
        self.assertEqual(server.post("/api/v1/routing/request", route_request(requirements={}),
                                     headers={"Higgs-Access-Key": key}).status, 200)
        return node

    def test_once(self):
        with Server(data=self.data) as server:
            node = self.populated(server)
            shown = self.command("top")  # no terminal
            for part in ("1 online", "0 connected, 1 waiting", node.id, "office", "Finland", "bit/s to nodes",
                         "storage   answers"):
                self.assertIn(part, shown)
            self.assertNotIn("\033", shown)
            told = json.loads(self.command("top", "--once", "--json"))
            self.assertEqual(told["busiestNodes"][0]["nodeId"], node.id)
            self.assertEqual(told["keysInUse"], [{"name": "office", "sessions": 1}])
            self.assertEqual(told["countries"], [{"country": "FI", "nodes": 1, "available": 1}])
            self.assertEqual(set(told["throughput"]), {"clientToNodeBitsPerSecond", "nodeToClientBitsPerSecond"})
            self.assertIn("top", self.command("top", "sideways", code=2))
        self.assertIn("no server runs", self.command("top", code=1).replace("needs the running server",
                                                                             "no server runs"))

    def on_terminal(self, end, code=0):
        with Server(data=self.data) as server:
            self.populated(server)
            terminal = Terminal("--data-dir", self.data, "top")
            self.addCleanup(terminal.close)
            terminal.wait_for(ENTER)
            terminal.wait_for(b"office")
            end(server, terminal)
            self.assertEqual(terminal.process.wait(timeout=15), code)
            shown = terminal.read()
            self.assertEqual(shown.count(LEAVE), 1)
            self.assertIn(b"\033[?25h", shown, "the cursor is back")
            self.assertEqual(termios.tcgetattr(terminal.slave), terminal.before, "the terminal is as it was")
            return shown

    def test_until_q(self):
        def end(server, terminal):
            Node(server, country="SE", region=None).register()
            terminal.wait_for(b"Sweden")  # again by itself
            terminal.resize(6, 40)
            os.kill(terminal.process.pid, signal.SIGWINCH)
            os.write(terminal.master, b"x")
            os.write(terminal.master, b"q")
        self.on_terminal(end)

    def test_until_control_c(self):
        self.on_terminal(lambda server, terminal: os.write(terminal.master, b"\x03"))

    def test_until_sigterm(self):
        self.on_terminal(lambda server, terminal: terminal.process.terminate())

    def test_until_the_server_goes(self):
        shown = self.on_terminal(lambda server, terminal: server.stop(), code=1)
        self.assertIn(b"boson-server: ", shown.split(LEAVE)[1], "why is said on the first screen")


if __name__ == "__main__":
    unittest.main()
