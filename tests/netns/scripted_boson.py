# SPDX-License-Identifier: GPL-3.0-or-later
"""A BosonServer that says to a node whatever a scenario wants, and keeps what the node said.

It listens on a laboratory host, and lives in the scenario's own process: a socket belongs to the
network namespace in which it was made.
"""
import base64
import ctypes
import hashlib
import json
import os
import queue
import socket
import ssl
import struct
import subprocess
import threading
import time

from host import wait_until
from sandbox import SPACE

CLONE_NEWNET = 0x40000000
WEBSOCKET_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE = 1, 8
NOBODYS_KEY = base64.b64encode(bytes([9]) + bytes(31)).decode()  # the base point: valid, and public
_libc = ctypes.CDLL(None, use_errno=True)


def on_host(host, make):
    """make() on a thread inside the host's network namespace."""
    made = queue.Queue()

    def body():
        with open(f"/proc/{host.pid}/ns/net") as namespace:
            if _libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                made.put(OSError(ctypes.get_errno(), "setns"))
                return
        try:
            made.put(make())
        except OSError as error:
            made.put(error)
    threading.Thread(target=body).start()
    value = made.get()
    if isinstance(value, OSError):
        raise value
    return value


class Link:
    """One WebSocket of the node, after the upgrade."""

    def __init__(self, stream, path, rest):
        self.stream, self.path, self.buffer = stream, path, rest
        self.open, self.close_code = True, None

    def frame(self, opcode, payload):
        size = len(payload)
        head = bytes([size]) if size < 126 else b"\x7e" + struct.pack(">H", size)
        self.stream.sendall(bytes([0x80 | opcode]) + head + payload)

    def say(self, message):
        self.frame(TEXT, json.dumps(message).encode())

    def control(self, session, action, **payload):
        self.say({"type": "control", "sessionId": session, "direction": "server",
                  "payload": {"action": action, **payload}})

    def take(self, size):
        while len(self.buffer) < size:
            more = self.stream.recv(65536)
            if not more:
                raise EOFError
            self.buffer += more
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def read(self):
        """Until the node closes; a frame of a client is masked, and none here is long."""
        try:
            while True:
                first, size = self.take(2)
                size &= 0x7f
                if size == 126:
                    size, = struct.unpack(">H", self.take(2))
                mask = self.take(4)
                payload = bytes(b ^ mask[i % 4] for i, b in enumerate(self.take(size)))
                if first & 0xf == CLOSE:
                    self.close_code = int.from_bytes(payload[:2], "big")
                    self.frame(CLOSE, payload)
                    break
        except (OSError, EOFError):
            pass
        self.open = False
        self.stream.close()

    def cut(self):
        """Without a word, as a line that breaks."""
        self.stream.shutdown(socket.SHUT_RDWR)


class ScriptedBoson:
    """One server. Change `tunnel`, `stun`, `refuse_signal` before the node asks for them."""

    def __init__(self, host, name, stun_address):
        self.host, self.name = host, name
        self.tunnel = {"network4": "10.86.0.0/16", "network6": "fd86::/64"}
        self.stun = {"host": name, "port": 3478}
        self.refuse_signal = 0  # so many upgrades get 401
        self.requests, self.links, self.accepted, self.asked_stun = [], [], [], []
        self.tokens, self.guests = 0, 1
        self._make_certificate()
        listener = on_host(host, self._listen)
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        answering = on_host(host, lambda: self._bind_stun(stun_address))
        threading.Thread(target=self._answer_stun, args=(answering,), daemon=True).start()

    def _make_certificate(self):
        cert, key = f"{SPACE}/scripted.crt", f"{SPACE}/scripted.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert,
                        "-subj", f"/CN={self.name}"], check=True, stderr=subprocess.DEVNULL)
        with open(cert) as pem:
            self.pin = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.read())).hexdigest()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.load_cert_chain(cert, key)

    @staticmethod
    def _listen():
        listener = socket.create_server(("0.0.0.0", 3000))
        listener.listen(64)
        return listener

    @staticmethod
    def _bind_stun(address):
        answering = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        answering.bind((address, 3478))
        return answering

    def _accept(self, listener):
        while True:
            connection, _ = listener.accept()
            self.accepted.append(connection.getsockname()[0])
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            stream = self.context.wrap_socket(connection, server_side=True)
            text = b""
            while True:
                while b"\r\n\r\n" not in text:
                    more = stream.recv(65536)
                    if not more:
                        return
                    text += more
                head, _, text = text.partition(b"\r\n\r\n")
                lines = head.decode().split("\r\n")
                fields = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
                size = int(fields.get("content-length", 0))
                while len(text) < size:
                    text += stream.recv(65536)
                body, text = text[:size], text[size:]
                path = lines[0].split(" ")[1]
                if fields.get("upgrade") == "websocket":
                    self._upgrade(stream, path, fields, text)
                    return
                self.requests.append((path, json.loads(body) if body else None))
                self._answer(stream, "200 OK", self._content(path, body))
        except (OSError, ValueError):
            connection.close()

    @staticmethod
    def _answer(stream, status, content):
        body = json.dumps(content).encode()
        stream.sendall(f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
                       f"Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def _content(self, path, body):
        now = int(time.time() * 1000)
        servers = {"relayServers": [], "stunServers": [self.stun]}
        if path == "/api/v1/server":
            return {"name": "scripted", "version": "1", "time": now, "publicKey": NOBODYS_KEY,
                    "access": "open", "nodeAccess": "open", "tunnel": self.tunnel, **servers}
        if path == "/api/v1/nodes/register":
            self.tokens += 1
            return {"nodeId": json.loads(body)["nodeId"], "status": "registered",
                    "sessionToken": f"token-{self.tokens}", "expiresAt": now + 86_400_000, **servers}
        return {"status": "ok", "nextHeartbeat": 2, "actions": []}

    def _upgrade(self, stream, path, fields, rest):
        signal = path.endswith("/signal")
        if signal and self.refuse_signal > 0:
            self.refuse_signal -= 1
            self._answer(stream, "401 Unauthorized",
                         {"error": {"code": "unauthorized", "message": "no"}})
            stream.close()
            return
        accept = hashlib.sha1(fields["sec-websocket-key"].encode() + WEBSOCKET_GUID).digest()
        stream.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                       b"Connection: Upgrade\r\nSec-WebSocket-Accept: "
                       + base64.b64encode(accept) + b"\r\n\r\n")
        link = Link(stream, path, rest)
        if not signal:
            link.control(path.rpartition("/")[2], "connected")
        self.links.append(link)
        link.read()

    def _answer_stun(self, answering):
        while True:
            request, (address, port) = answering.recvfrom(2048)
            self.asked_stun.append((address, port))
            seen = struct.pack(">BBH", 0, 1, port ^ 0x2112) + bytes(
                a ^ b for a, b in zip(socket.inet_aton(address), b"\x21\x12\xa4\x42"))
            answering.sendto(struct.pack(">HHI", 0x101, 12, 0x2112a442) + request[8:20]
                             + struct.pack(">HH", 0x20, 8) + seen, (address, port))

    # What a scenario asks.

    def sent(self, what):
        """The bodies of the requests whose path ends so."""
        return [body for path, body in list(self.requests) if path.endswith(what)]

    def link(self, end, timeout=10):
        """The node's open WebSocket whose path ends so."""
        def found():
            return next((each for each in reversed(self.links)
                         if each.open and each.path.endswith(end)), None)
        return wait_until(found, timeout, f"the node opens a WebSocket ...{end}")

    def offer(self, session, key, address4, relay_host=None):
        """Tells the node of a guest."""
        self.guests += 1
        self.link("/signal").control(
            session, "connect", role="exit", natType="Unknown", candidates=[],
            relayEndpoint=f"wss://{relay_host or self.name}:3000/relay/{session}",
            clientPublicKey=key, clientAddress=address4,
            clientAddressV6=f"fd86::{self.guests:x}/128",
            expiresAt=int(time.time() * 1000) + 3_600_000)
