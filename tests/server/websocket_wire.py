# SPDX-License-Identifier: GPL-3.0-or-later
"""WebSocket frames as bytes (RFC 6455), right and wrong, on a TLS socket, without any of our code."""
import base64
import os
import socket
import struct

from boson import tls_context

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


def frame(opcode, payload=b"", fin=True, rsv=0, mask=b"mask", length=None, form=None):
    """`length` lies about the payload's; `form` 126 or 127 takes a longer field than is needed."""
    size = len(payload) if length is None else length
    form = form or (size if size < 126 else 126 if size < 65536 else 127)
    head = bytes([(0x80 if fin else 0) | rsv << 4 | opcode, (0x80 if mask else 0) | form])
    head += struct.pack(">H", size) if form == 126 else struct.pack(">Q", size) if form == 127 else b""
    if not mask:
        return head + payload
    whole = payload + bytes(-len(payload) % 4)
    words = int.from_bytes(whole, "big") ^ int.from_bytes(mask * (len(whole) // 4), "big")
    return head + mask + words.to_bytes(len(whole), "big")[:len(payload)]


def close(code=None, reason=b""):
    return frame(CLOSE, b"" if code is None else struct.pack(">H", code) + reason)


class Wire:
    """A connection after its upgrade."""

    def __init__(self, port, path, token, fields=""):
        tcp = socket.create_connection(("127.0.0.1", port), timeout=10)
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.tls = tls_context().wrap_socket(tcp)
        key = base64.b64encode(os.urandom(16)).decode()
        self.tls.sendall((f"GET {path} HTTP/1.1\r\nHost: boson\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                          f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
                          f"Authorization: Bearer {token}\r\n{fields}\r\n").encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        self.head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        if b" 101 " not in self.head.split(b"\r\n")[0]:
            raise AssertionError(self.head)

    def more(self):
        chunk = self.tls.recv(65536)
        if not chunk:
            raise EOFError
        self.buffer += chunk

    def take(self, size):
        while len(self.buffer) < size:
            self.more()
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def frame(self):
        """Opcode and payload of the server's next one, which has to be as a server's are."""
        first, second = self.take(2)
        if second & 0x80 or first & 0x30 or not first & 0x80:
            raise AssertionError(f"a frame that no server sends: {first:#x} {second:#x}")
        size = second & 0x7f
        size = struct.unpack(">H", self.take(2))[0] if size == 126 else \
            struct.unpack(">Q", self.take(8))[0] if size == 127 else size
        return first & 0x0f, self.take(size)

    def send(self, data):
        self.tls.sendall(data)

    def until(self, opcode, payload=None):
        """Frames up to that one; a close ends them, too, as does the end without one."""
        frames = []
        try:
            while True:
                frames.append(self.frame())
                if frames[-1][0] == CLOSE or (frames[-1][0] == opcode and payload in (None, frames[-1][1])):
                    return frames
        except (EOFError, OSError):
            return frames + [("gone", b"")]

    def lives(self):
        """What came before the answer to a ping, which has to come."""
        word = os.urandom(8)
        self.send(frame(PING, word))
        frames = self.until(PONG, word)
        if frames[-1] != (PONG, word):
            raise AssertionError(f"it does not live: {frames[-3:]}")
        return frames[:-1]

    def close_code(self):
        """None: without one; "gone": without a close."""
        opcode, payload = self.until(CLOSE)[-1]
        if opcode != CLOSE:
            return opcode
        return struct.unpack(">H", payload[:2])[0] if payload else None

    def end(self):
        self.tls.close()
