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


class HostileGuest:
    """A client's end of a session at a server, made by its API and joined at its relay."""

    def __init__(self, server, port=3000):
        self.server, self.port, self.number = server, port, 1 << 60
        self.private = os.urandom(32)
        public = x25519(self.private, (9).to_bytes(32, "little"))
        answer = self._post("/api/v1/routing/request", {
            "clientId": str(uuid.uuid4()), "clientPublicKey": base64.b64encode(public).decode(), "requirements": {},
            "clientNetworkInfo": {"natType": "FullCone"}})
        route = answer["selectedRoute"]
        self.session = route["relayEndpoint"].rpartition("/")[2]
        node = base64.b64decode(route["nodeEndpoint"]["wireguardConfig"]["publicKey"])
        address, _, at = (route["nodeEndpoint"]["wireguardConfig"]["endpoint"] or ":0").rpartition(":")
        self.node = (address, int(at))
        self.key = hmac.new(x25519(self.private, node), f"higgs path check\n{self.session}".encode(),
                            hashlib.sha256).digest()
        self.relay = self._join(route["sessionToken"])
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("0.0.0.0", 0))
        self.udp.settimeout(0.3)

    def _connection(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context.wrap_socket(socket.create_connection((self.server, self.port), 10))

    def _post(self, path, body):
        text = json.dumps(body)
        with self._connection() as stream:
            stream.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json"
                           f"\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode())
            answer = b"".join(iter(lambda: stream.recv(65536), b""))
        head, _, content = answer.partition(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise OSError(f"{path}: {answer!r}")
        return json.loads(content)

    def _join(self, token):
        stream = self._connection()
        stream.sendall(f"GET /relay/{self.session} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                       f"Authorization: Bearer {token}\r\n\r\n".encode())
        stream.recv(4096)
        return stream

    def tell(self, candidates):
        """(type, "address:port"), at most 16 of them, to the other end."""
        text = json.dumps({"type": "control", "sessionId": self.session, "direction": "client-to-node", "payload": {
            "action": "candidates", "candidates": [{"type": kind, "address": at} for kind, at in candidates]}}).encode()
        size = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + struct.pack("!H", len(text))
        self.relay.sendall(b"\x81" + size + bytes(4) + text)

    def request(self, nominated=False, key=None):
        self.number += 1
        attributes = attribute(USERNAME, f"{self.session}:client-to-node".encode())
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


def raw_udp(source, target, payload):
    """An IPv4 datagram under anybody's address."""
    udp = struct.pack("!HHHH", source[1], target[1], 8 + len(payload), 0) + payload
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 255, 17, 0, socket.inet_aton(source[0]),
                       socket.inet_aton(target[0]))
    return head + udp
