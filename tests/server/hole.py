# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP forwarder on loopback that can fall silent: its peers see no end, as after a power loss."""
import select
import socket
import threading


class Hole:
    """Forwards 127.0.0.1:`port` to `target`. While silent nothing passes, and new connections are
    taken and left alone; connections of that time stay dead afterwards, as their peer is gone."""

    def __init__(self, target):
        self.target = target
        self.silent = False
        self.held = False
        self.pairs = []
        self.dead = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.wake = socket.socketpair()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def swallow(self):
        self.silent = True
        self.wake[0].send(b"x")

    def hold(self):
        """What is sent waits from now on, on connections that go on when it is let through."""
        self.held = True
        self.wake[0].send(b"x")

    def let_through(self):
        self.held = False
        self.wake[0].send(b"x")

    def heal(self):
        self.silent = False

    def close(self):
        self.listener.close()
        for one in self.dead + [end for pair in self.pairs for end in pair]:
            one.close()

    def run(self):
        try:
            while True:
                self.turn()
        except (OSError, ValueError):
            pass  # closed

    def turn(self):
        if self.silent and self.pairs:
            self.dead += [end for pair in self.pairs for end in pair]
            self.pairs = []
        ends = {end: other for a, b in self.pairs for end, other in ((a, b), (b, a))}
        watched = [self.wake[1]] if self.held else [self.listener, self.wake[1], *ends]
        for one in select.select(watched, [], [])[0]:
            if one is self.wake[1]:
                one.recv(16)
            elif one is self.listener:
                self.accept()
            elif not self.silent:
                self.forward(one, ends[one])

    def accept(self):
        near, _ = self.listener.accept()
        if self.silent:
            self.dead.append(near)
            return
        try:
            self.pairs.append((near, socket.create_connection(("127.0.0.1", self.target))))
        except OSError:
            near.close()  # nobody is there

    def forward(self, one, other):
        try:
            data = one.recv(65536)
            if data:
                other.sendall(data)
        except OSError:
            data = b""
        if not data:
            self.pairs = [pair for pair in self.pairs if one not in pair]
            one.close()
            other.close()
