# SPDX-License-Identifier: GPL-3.0-or-later
"""What the attacks say, as bytes: HTTP requests, masked WebSocket frames, JSON at its worst."""
import base64
import json
import struct
import zlib

# attack_load replaces these by fresh ones of the same form.
ANY_UUID = "UUUUUUUU-UUUU-4UUU-8UUU-UUUUUUUUUUUU"
ANY_KEY = "K" * 43 + "="
BODY_LIMIT = 65536
TEXT_LIMIT = 131072
DATAGRAM_LIMIT = 65535


def get(path, token=None):
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nHost: boson\r\n{bearer}\r\n".encode()


def post(path, body, token=None):
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    return (f"POST {path} HTTP/1.1\r\nHost: boson\r\n{bearer}Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def chunked(path, rest):
    return (f"POST {path} HTTP/1.1\r\nHost: boson\r\nContent-Type: application/json\r\n"
            "Transfer-Encoding: chunked\r\n\r\n").encode() + rest


def upgrade(path, token=None, deflate=False):
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    extension = "Sec-WebSocket-Extensions: permessage-deflate\r\n" if deflate else ""
    return (f"GET {path} HTTP/1.1\r\nHost: boson\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            f"{bearer}{extension}\r\n").encode()


TEXT, BINARY, PING, COMPRESSED = 0x81, 0x82, 0x89, 0x40


def frame(first, payload):
    """Masked with zeros, which is a mask, too."""
    size = len(payload)
    if size < 126:
        length = struct.pack("!B", 0x80 | size)
    elif size < 65536:
        length = struct.pack("!BH", 0x80 | 126, size)
    else:
        length = struct.pack("!BQ", 0x80 | 127, size)
    return bytes([first]) + length + bytes(4) + payload


def packed(payload):
    packer = zlib.compressobj(9, wbits=-15)
    return (packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


def text(message, deflate=False):
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return frame(TEXT | COMPRESSED, packed(payload)) if deflate else frame(TEXT, payload)


def binary(payload, deflate=False):
    return frame(BINARY | COMPRESSED, packed(payload)) if deflate else frame(BINARY, payload)


def envelope(kind, session, payload):
    return {"type": kind, "sessionId": session, "direction": "client-to-node", "payload": payload}


def padded(message, size, unit="[],"):
    """The message with a field that nobody knows, which makes it `size` bytes of small values."""
    raw = json.dumps(message).encode()[:-1] + b',"x":['
    return raw + (unit.encode() * ((size - len(raw) - 4) // len(unit)))[:-1] + b"]}"


def heartbeat(session):
    return envelope("heartbeat", session, {"timestamp": 1})


def data(session, datagram):
    return envelope("data", session, base64.b64encode(datagram).decode())


def candidates(session, count):
    """The most that is allowed, with addresses of full length, all of which are passed on."""
    each = [{"type": "host", "address": f"192.168.113.{100 + i}:{50000 + i}"} for i in range(count)]
    return envelope("control", session, {"action": "candidates", "candidates": each})


def registration(region=None, country="DE"):
    return {"nodeId": ANY_UUID, "publicKey": ANY_KEY,
            "networkInfo": {"natType": "FullCone", "localPort": 51820},
            "capabilities": {"maxConnections": 10, "routing": True, "natting": True},
            "location": {"country": country, "region": region}}


def routing(**changes):
    return {"clientId": ANY_UUID, "requirements": {},
            "clientNetworkInfo": {"natType": "Symmetric"}, **changes}
