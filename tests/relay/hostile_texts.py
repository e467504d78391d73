#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one end of a session does to another session on the same relay thread: texts that inflate and
parse, pings, data for nobody. The bystander loses nothing, and memory comes back. The attacks print
what they cost it. Needs HIGGS_BIN; exit code 77 = skipped."""
import base64
import os
import socket
import struct
import sys
import threading
import time
import zlib

import relay_bed

PACE = 0.005
PACKETS = 600
FIRST_OF_ALL = 0xFFFFFFFF
LIMIT_KB = 32 * 1024


def frame(opcode, payload, compressed=False):
    """A masked frame of a client (RFC 6455 section 5.2)."""
    head = bytes([0x80 | (0x40 if compressed else 0) | opcode])
    size = len(payload)
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65536:
        head += bytes([0x80 | 126]) + struct.pack(">H", size)
    else:
        head += bytes([0x80 | 127]) + struct.pack(">Q", size)
    return head + bytes(4) + payload  # the key of zeros masks nothing


def deflated(text):
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (squeeze.compress(text) + squeeze.flush(zlib.Z_SYNC_FLUSH))[:-4]


class Raw:
    """One end as bytes on a socket, so that a flood costs its sender nothing."""

    def __init__(self, server, session, role):
        self.tcp = server.tls.wrap_socket(
            socket.create_connection(("127.0.0.1", server.port), timeout=20),
            server_hostname="localhost")
        key = base64.b64encode(os.urandom(16)).decode()
        self.tcp.sendall((
            f"GET {session.path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; "
            "server_no_context_takeover\r\n"
            f"Authorization: Bearer {session.token(role)}\r\n\r\n").encode())
        self.input = b""
        while b"\r\n\r\n" not in self.input:
            self.input += self.more()
        assert self.input.startswith(b"HTTP/1.1 101"), self.input
        self.input = self.input.split(b"\r\n\r\n", 1)[1]

    def more(self):
        data = self.tcp.recv(65536)
        if not data:
            raise ConnectionError("closed")
        return data

    def frames(self):
        """(opcode, payload) of all that comes; none of it is compressed but texts."""
        while True:
            while len(self.input) < 2:
                self.input += self.more()
            size, at = self.input[1] & 0x7F, 2
            if size == 126:
                while len(self.input) < 4:
                    self.input += self.more()
                size, at = struct.unpack(">H", self.input[2:4])[0], 4
            while len(self.input) < at + size:
                self.input += self.more()
            first, payload = self.input[0], self.input[at:at + size]
            self.input = self.input[at + size:]
            yield first & 0x0F, payload

    def close(self):
        self.tcp.close()


class Flood(threading.Thread):
    """Sends the same bytes again and again until it is told to stop, or the server has enough."""

    def __init__(self, end, data, read):
        super().__init__(daemon=True)
        self.end, self.data = end, data
        self.sent = 0
        self.stopped = False
        self.drained = threading.Thread(target=self.drain, daemon=True) if read else None

    def run(self):
        self.end.tcp.settimeout(0.5)
        if self.drained:
            self.drained.start()
        while not self.stopped:
            try:
                self.sent += self.end.tcp.send(self.data)
            except (TimeoutError, socket.timeout):
                continue
            except OSError:
                return

    def end_it(self):
        """Nobody reads any more when the socket is closed: the next one has its number, and would be read in its place."""
        self.stopped = True
        self.join()
        if self.drained:
            self.drained.join()
        self.end.close()

    def drain(self):
        while not self.stopped:
            try:
                if not self.end.tcp.recv(65536):
                    return
            except (TimeoutError, socket.timeout):
                continue
            except OSError:
                return


def bystander(server, session):
    """Datagrams at an even pace through a session of one's own: how many came, and how late."""
    client, node = Raw(server, session, "client"), Raw(server, session, "node")
    late, seen, both = [], set(), threading.Event()

    def receive():
        node.tcp.settimeout(15)
        try:
            for opcode, payload in node.frames():
                if opcode == 2:
                    number, sent = struct.unpack(">Id", payload[:12])
                    both.set()
                    if number == FIRST_OF_ALL:
                        continue
                    seen.add(number)
                    late.append(time.monotonic() - sent)
                    if number == PACKETS - 1:
                        return
        except (OSError, ConnectionError):
            pass

    receiver = threading.Thread(target=receive)
    receiver.start()
    # A connection is answered before the relay has it: until then little is held for it.
    while not both.wait(0.1) and receiver.is_alive():
        client.tcp.sendall(frame(2, struct.pack(">Id", FIRST_OF_ALL, time.monotonic())))
    for number in range(PACKETS):
        client.tcp.sendall(frame(2, struct.pack(">Id", number, time.monotonic()) + bytes(200)))
        time.sleep(PACE)
    receiver.join(20)
    client.close()
    node.close()
    late.sort()
    return PACKETS - len(seen), late[len(late) * 99 // 100] * 1000 if late else 0.0


def heartbeat(session, more):
    return ('{"type":"heartbeat","sessionId":"%s","direction":"client-to-node",'
            '"payload":{"timestamp":1},"x":%s}' % (session.id, more)).encode()


def fill(text, room):
    return "[" + text * ((room - 200) // len(text)) + "0]"


# name: (bytes to repeat, as a function of the session; whether what comes back is read)
ATTACKS = {
    "bombs": (lambda s: frame(1, deflated(heartbeat(s, fill("0,", 131072))), True), True),
    "bombs of keys": (lambda s: frame(1, deflated(heartbeat(
        s, "{" + ",".join('"%d":0' % i for i in range(12000)) + "}")), True), True),
    "the largest heartbeats": (lambda s: frame(1, deflated(heartbeat(
        s, fill("0,", 8192))), True) * 10, True),
    "the largest of keys": (lambda s: frame(1, deflated(heartbeat(
        s, "{" + ",".join('"%d":0' % i for i in range(850)) + "}")), True) * 10, True),
    "squeezed json": (lambda s: frame(1, deflated(s.message(
        "data", "client-to-node", base64.b64encode(bytes(65535)).decode()).encode()), True) * 10,
        True),
    "small heartbeats": (lambda s: frame(1, heartbeat(s, "0")) * 100, True),
    "unread heartbeats": (lambda s: frame(1, heartbeat(s, "0")) * 100, False),
    "squeezed small texts": (lambda s: frame(1, deflated(heartbeat(s, "0")), True) * 100, True),
    "json datagrams": (lambda s: frame(1, s.message(
        "data", "client-to-node", base64.b64encode(bytes(65535)).decode()).encode()), True),
    "squeezed datagrams": (lambda s: frame(2, deflated(bytes(65535)), True) * 10, True),
    "held datagrams": (lambda s: frame(2, bytes(65535)), True),
    "unread pings": (lambda s: frame(9, bytes(125)) * 100, False),
    "candidates": (lambda s: frame(1, s.message("control", "client-to-node", {
        "action": "candidates",
        "candidates": [{"type": "host", "address": "192.168.2.1:%d" % (2000 + i)}
                       for i in range(32)]}).encode()) * 10, True),
}


def trial(server, name, attackers=4):
    make, read = ATTACKS[name]
    before = server.resident_kilobytes()
    floods = []
    for _ in range(attackers):
        session = server.session()
        floods.append(Flood(Raw(server, session, "client"), make(session), read))
    for flood in floods:
        flood.start()
    began = time.monotonic()
    lost, p99 = bystander(server, server.session())
    grown = server.resident_kilobytes() - before
    rate = sum(flood.sent for flood in floods) / (time.monotonic() - began)
    for flood in floods:
        flood.end_it()
    said = "%-22s %9.0f bytes/s  lost %d of %d  p99 %.1f ms  memory %+d KB" % (name, rate, lost, PACKETS, p99, grown)
    print(said, flush=True)
    return said if lost or grown > LIMIT_KB else ""


def main():
    names = sys.argv[1:] or list(ATTACKS)
    failed = []
    with relay_bed.Server("--relay-threads", "1") as server:
        lost, p99 = bystander(server, server.session())
        print("%-22s lost %d of %d  p99 %.1f ms" % ("nobody", lost, PACKETS, p99), flush=True)
        assert lost == 0
        for name in names:
            server.register_node()  # one that has been silent for no time
            failed.append(trial(server, name))
        assert server.process.poll() is None, "the server ended"
    for said in filter(None, failed):
        print("FAILED: " + said)
    if any(failed):
        sys.exit(1)


if __name__ == "__main__":
    main()
