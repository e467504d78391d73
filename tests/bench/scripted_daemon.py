# SPDX-License-Identifier: GPL-3.0-or-later
"""A control socket that says "connected" and counts as if this many Mbit/s passed, once a second.

    scripted_daemon.py SOCKET STATUS.json MBITS

STATUS.json is a real daemon's status, so that the window shows what it always shows. For the bench only:
no laboratory of two cores carries as much as the window must show cheaply.
"""
import json
import os
import selectors
import socket
import struct
import sys
import time


class Connection:
    def __init__(self, stream):
        self.stream, self.pending, self.subscribed = stream, b"", False

    def requests(self):
        """The whole requests that came; None when the other end is gone."""
        more = self.stream.recv(65536)
        if not more:
            return None
        self.pending += more
        found = []
        while len(self.pending) >= 4:
            (length,) = struct.unpack_from("!I", self.pending)
            if len(self.pending) < 4 + length:
                break
            found.append(json.loads(self.pending[4:4 + length]))
            self.pending = self.pending[4 + length:]
        return found

    def say(self, message):
        text = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.stream.sendall(struct.pack("!I", len(text)) + text)


class Daemon:
    def __init__(self, path, status, mbits):
        self.status, self.rate, self.ticks = dict(status), mbits * 125_000, 0
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen(8)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)

    def tick(self):
        """A second passed. Not a straight line: a graph that has to rescale is the dearer one."""
        self.ticks += 1
        swing = (0.8, 0.9, 1.0, 1.1, 1.2)[self.ticks * 3 % 5]
        self.status["rxBytes"] += int(self.rate * swing)
        self.status["txBytes"] += int(self.rate * swing / 20)
        self.status["rttMs"] = 20 + self.ticks % 9

    def answer(self, connection, request):
        method = request.get("method")
        if method == "subscribe":
            connection.subscribed = True
        result = {"locations": []} if method == "countries" else self.status
        connection.say({"id": request["id"], "result": result})

    def serve(self, connection):
        requests = connection.requests()
        if requests is None:
            self.selector.unregister(connection.stream)
            connection.stream.close()
            return
        for request in requests:
            self.answer(connection, request)

    def run(self):
        due = time.monotonic() + 1
        print("ready", flush=True)
        while True:
            for key, _ in self.selector.select(max(0, due - time.monotonic())):
                if key.data is None:
                    stream, _ = self.listener.accept()
                    self.selector.register(stream, selectors.EVENT_READ, Connection(stream))
                else:
                    self.serve(key.data)
            if time.monotonic() < due:
                continue
            due += 1
            self.tick()
            for key in list(self.selector.get_map().values()):
                if key.data is not None and key.data.subscribed:
                    key.data.say({"method": "status", "params": self.status})


def main():
    with open(sys.argv[2]) as file:
        status = json.load(file)
    if os.path.exists(sys.argv[1]):
        os.unlink(sys.argv[1])
    Daemon(sys.argv[1], status, float(sys.argv[3])).run()


if __name__ == "__main__":
    main()
