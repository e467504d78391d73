# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said to a guest: commands by its serial port, and orders to its machine by QEMU's QMP."""
import base64
import json
import os
import socket
import threading
import time

ANSWERS_WITHIN = 900  # seconds for a boot, on a busy host


class GuestFailed(Exception):
    """A guest or its machine did not do what it was told."""


class Serial:
    """Runs one command at a time in the guest, as root; tests/vm/guest/usr/local/sbin/lab-agent."""

    def __init__(self, path):
        self.path, self.turn = path, threading.Lock()

    def run(self, text, timeout):
        """(exit status, output); what hangs raises TimeoutError."""
        with self.turn:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.connect(self.path)
                end = time.monotonic() + timeout
                self._meet(line, end)
                mine = os.urandom(6).hex().encode()
                line.sendall(mine + b" " + base64.b64encode(text.encode()) + b"\n")
                answer = self._answer(line, mine + b" ", end)
                if answer is None:
                    raise TimeoutError(f"not within {timeout:g} s in the guest: {text.strip()[:200]}")
                _, status, said = (answer + b" ").split(b" ")[:3]
                return int(status), base64.b64decode(said).decode(errors="replace")

    def _meet(self, line, end):
        """Past what an interrupted command left, and an agent that does not run yet."""
        while True:
            tag = os.urandom(6).hex().encode()
            try:
                line.settimeout(5)
                line.sendall(tag + b"\n")
            except TimeoutError:
                pass
            if self._answer(line, tag, min(end, time.monotonic() + 5)):
                return
            if time.monotonic() > end:
                raise TimeoutError("the guest does not answer on its serial port")

    @staticmethod
    def _answer(line, tag, until):
        seen = b""
        while time.monotonic() < until:
            line.settimeout(max(0.05, until - time.monotonic()))
            try:
                piece = line.recv(1 << 20)
            except TimeoutError:
                return None
            if not piece:
                raise GuestFailed("the machine closed its serial port")
            seen += piece
            for one in seen.split(b"\n")[:-1]:
                if one.startswith(tag):
                    return one
        return None


class Monitor:
    """QEMU's QMP: orders, and events with the host's wall time."""

    def __init__(self, path):
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.line.connect(path)
        self.file = self.line.makefile("rw")
        self.events = []  # (name, seconds of CLOCK_REALTIME)
        self._read(lambda message: "QMP" in message, 60)
        self.order("qmp_capabilities")

    def _read(self, wanted, seconds):
        self.line.settimeout(seconds)
        while True:
            text = self.file.readline()
            if not text:
                raise GuestFailed("the machine ended")
            message = json.loads(text)
            if "event" in message:
                stamp = message["timestamp"]
                self.events.append((message["event"], stamp["seconds"] + stamp["microseconds"] / 1e6))
            if wanted(message):
                return message

    def order(self, command, /, **arguments):
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        answer = self._read(lambda message: "return" in message or "error" in message, 60)
        if "error" in answer:
            raise GuestFailed(f"{command}: {answer['error']}")
        return answer["return"]

    def happened(self, event, after):
        """The wall time of the event's first occurrence after a time, None if there was none."""
        self.order("query-status")  # what waits in the socket is read on the way
        return next((at for name, at in self.events if name == event and at > after), None)
