# SPDX-License-Identifier: GPL-3.0-or-later
"""One end of a session in Python, with valid keys and bad manners: it tells the other end of any address, and
probes as it likes. X25519 is RFC 7748's, probes are the product's (check_message.h): STUN with MESSAGE-INTEGRITY-
SHA256 and FINGERPRINT."""
import base64
import hashlib
import hmac
import json
import os
import socket
import ssl
import struct
import uuid
import zlib

P25519 = 2 ** 255 - 19
COOKIE = 0x2112A442
REQUEST, SUCCESS = 0x0001, 0x0101
USERNAME, XOR_MAPPED, USE_CANDIDATE, CONTROLLING = 0x0006, 0x0020, 0x0025, 0x802A
INTEGRITY256, FINGERPRINT = 0x001C, 0x8028


def x25519(scalar, point):
    """Montgomery's ladder; nobody measures its time here."""
    number = bytearray(scalar)
    number[0] &= 248
    number[31] = number[31] & 127 | 64
    k, u = int.from_bytes(number, "little"), int.from_bytes(point, "little") % 2 ** 255
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for bit in range(254, -1, -1):
        now = k >> bit & 1
        if swap ^ now:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = now
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a, b * b, d * a, c * b
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % P25519, u * (da - cb) ** 2 % P25519
        x2, z2 = aa * bb % P25519, e * (aa + 121665 * e) % P25519
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P25519 - 2, P25519) % P25519).to_bytes(32, "little")


def attribute(kind, value):
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def finished(kind, transaction, attributes, key):
    """The message with its MAC and its checksum."""
    def head(size):
        return struct.pack("!HHI", kind, size, COOKIE) + transaction
    mac = hmac.new(key, head(len(attributes) + 36) + attributes, hashlib.sha256).digest()
    attributes += attribute(INTEGRITY256, mac)
    text = head(len(attributes) + 8) + attributes
    return text + attribute(FINGERPRINT, struct.pack("!I", zlib.crc32(text) ^ 0x5354554E))


class HostileEnd:
    """What both ends of a session have in common."""
    direction = ""

    def __init__(self, server, port=3000):
        self.server, self.port, self.number = server, port, 1 << 60
        self.private = os.urandom(32)
        self.public = x25519(self.private, (9).to_bytes(32, "little"))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("0.0.0.0", 0))
        self.udp.settimeout(0.3)

    def meet(self, session, other):
        """The session's key is of both ends' keys."""
        self.session = session
        self.key = hmac.new(x25519(self.private, other), f"higgs path check\n{session}".encode(), hashlib.sha256).digest()

    def connection(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(socket.create_connection((self.server, self.port), 10))

    def post(self, path, body):
        text = json.dumps(body)
        with self.connection() as stream:
            stream.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json"
                           f"\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode())
            answer = b"".join(iter(lambda: stream.recv(65536), b""))
        head, _, content = answer.partition(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise OSError(f"{path}: {answer!r}")
        return json.loads(content)

    def upgrade(self, path, token):
        """A WebSocket, and what came behind the answer."""
        stream = self.connection()
        stream.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                       f"Authorization: Bearer {token}\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += stream.recv(4096) or b"\r\n\r\n"
        return stream, head.partition(b"\r\n\r\n")[2]

    def tell(self, candidates):
        """(type, "address:port"), at most 16 of them, to the other end."""
        text = json.dumps({"type": "control", "sessionId": self.session, "direction": self.direction, "payload": {
            "action": "candidates", "candidates": [{"type": kind, "address": at} for kind, at in candidates]}}).encode()
        size = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + struct.pack("!H", len(text))
        self.relay.sendall(b"\x81" + size + bytes(4) + text)

    def request(self, nominated=False, key=None):
        self.number += 1
        attributes = attribute(USERNAME, f"{self.session}:{self.direction}".encode())
        if nominated:
            attributes += attribute(USE_CANDIDATE, b"")
        attributes += attribute(CONTROLLING, struct.pack("!Q", self.number))
        return finished(REQUEST, os.urandom(12), attributes, key or self.key)

    def answer(self, transaction, at):
        seen = struct.pack("!BBHI", 0, 1, at[1] ^ COOKIE >> 16,
                           int.from_bytes(socket.inet_aton(at[0]), "big") ^ COOKIE)
        return finished(SUCCESS, transaction, attribute(XOR_MAPPED, seen), self.key)

    def hear(self):
        """What came next: ("request" or "answer", transaction, from), or None."""
        try:
            datagram, source = self.udp.recvfrom(2048)
        except OSError:
            return None
        kind = struct.unpack_from("!H", datagram)[0]
        return {REQUEST: "request", SUCCESS: "answer"}.get(kind, "other"), datagram[8:20], source


class HostileGuest(HostileEnd):
    """A client's end of a session at a server, made by its API and joined at its relay."""
    direction = "client-to-node"

    def __init__(self, server, port=3000):
        super().__init__(server, port)
        answer = self.post("/api/v1/routing/request", {
            "clientId": str(uuid.uuid4()), "clientPublicKey": base64.b64encode(self.public).decode(), "requirements": {},
            "clientNetworkInfo": {"natType": "FullCone"}})
        route = answer["selectedRoute"]
        node = base64.b64decode(route["nodeEndpoint"]["wireguardConfig"]["publicKey"])
        address, _, at = (route["nodeEndpoint"]["wireguardConfig"]["endpoint"] or ":0").rpartition(":")
        self.node = (address, int(at))
        self.meet(route["relayEndpoint"].rpartition("/")[2], node)
        self.relay, _ = self.upgrade(f"/relay/{self.session}", route["sessionToken"])


class HostileNode(HostileEnd):
    """A node that has nothing to offer: registered, online, and joined to the session of whoever comes."""
    direction = "node-to-client"

    def __init__(self, server, country, port=3000):
        super().__init__(server, port)
        self.id = str(uuid.uuid4())
        self.token = self.post("/api/v1/nodes/register", {
            "nodeId": self.id, "publicKey": base64.b64encode(self.public).decode(),
            "networkInfo": {"natType": "FullCone", "localPort": self.udp.getsockname()[1]},
            "capabilities": {"maxConnections": 100}, "location": {"country": country}})["sessionToken"]
        self.signal = list(self.upgrade(f"/api/v1/nodes/{self.id}/signal", self.token))
        self.joined = None

    @staticmethod
    def message(link):
        """The next text of [stream, what came of it so far]."""
        def take(size):
            while len(link[1]) < size:
                more = link[0].recv(65536)
                if not more:
                    raise OSError("the server has closed")
                link[1] += more
            taken, link[1] = link[1][:size], link[1][size:]
            return taken
        while True:
            opcode, size = take(2)
            size = {126: lambda: struct.unpack("!H", take(2))[0],
                    127: lambda: struct.unpack("!Q", take(8))[0]}.get(size, lambda: size)()
            payload = take(size)
            if opcode & 15 == 1:
                return json.loads(payload)

    def guest(self):
        """Waits for a client and joins it; (address, port) of it, as it tells."""
        while True:
            told = self.message(self.signal)
            payload = told.get("payload", {})
            if payload.get("action") == "connect":
                break
        self.meet(payload["relayEndpoint"].rpartition("/")[2], base64.b64decode(payload["clientPublicKey"]))
        self.joined = list(self.upgrade(f"/relay/{self.session}", self.token))
        self.relay = self.joined[0]
        while not payload.get("candidates"):
            payload = self.message(self.joined).get("payload", {})
        host, _, port = payload["candidates"][0]["address"].rpartition(":")
        return host, int(port)


def raw_udp(source, target, payload):
    """An IPv4 datagram under anybody's address."""
    udp = struct.pack("!HHHH", source[1], target[1], 8 + len(payload), 0) + payload
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 255, 17, 0, socket.inet_aton(source[0]),
                       socket.inet_aton(target[0]))
    return head + udp
