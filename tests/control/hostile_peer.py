# SPDX-License-Identifier: GPL-3.0-or-later
"""A hostile controller: every way to write what no honest one would into a control socket."""
import json
import os
import resource
import socket
import struct
import subprocess
import time

MARK = "h1gg5"  # in every payload: nothing that a daemon starts, writes or names may have it
LARGEST = 1 << 20


def many_descriptors():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))


def connect(path, timeout=15):
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(timeout)
    peer.connect(path)
    return peer


def framed(document):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return struct.pack(">I", len(body)) + body


def read_exactly(peer, size):
    data = b""
    while len(data) < size:
        more = peer.recv(size - len(data))
        if not more:
            return None
        data += more
    return data


def read_frame(peer):
    """The next document; None at the end of the stream."""
    header = read_exactly(peer, 4)
    body = header and read_exactly(peer, struct.unpack(">I", header)[0])
    return body and json.loads(body)


def request(method, params=None, number=1):
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params or {}}


def answer_to(path, raw):
    """What comes back for these bytes, once: a document, or None when the connection was closed."""
    with connect(path) as peer:
        try:
            peer.sendall(raw)
        except (BrokenPipeError, ConnectionResetError):
            pass  # who is refused is told why all the same
        try:
            return read_frame(peer)
        except ConnectionResetError:
            return None


def ask(path, method, params=None):
    """The answer to one request, on a connection of its own: {"result": ...} or {"error": ...}."""
    return answer_to(path, framed(request(method, params)))


def error_code(answer):
    """ "forbidden" and so on; "none" for a result, "closed" for an end."""
    if answer is None:
        return "closed"
    return answer["error"]["data"]["code"] if "error" in answer else "none"


def seconds_until_closed(peer, limit):
    begun = time.monotonic()
    peer.settimeout(limit)
    try:
        while peer.recv(65536):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return limit
    return time.monotonic() - begun


BEHIND_ANOTHER_USER = """
import socket, struct, sys
peer = socket.socket(socket.AF_UNIX)
peer.settimeout(10)
try:
    peer.connect(sys.argv[1])
    body = b'{"jsonrpc":"2.0","id":1,"method":"status"}'
    try:
        peer.sendall(struct.pack(">I", len(body)) + body)
    except BrokenPipeError:
        pass
    print(peer.recv(65536)[4:].decode())
except PermissionError:
    print("no permission")
"""


def as_user(path, uid, gid, *groups):
    """What this user gets who asks for the status: "no permission", or the answer's text."""
    member = ["--groups", ",".join(map(str, groups))] if groups else ["--clear-groups"]
    return subprocess.run(
        ["setpriv", "--reuid", str(uid), "--regid", str(gid), *member, "/usr/bin/python3", "-c",
         BEHIND_ANOTHER_USER, path], capture_output=True, text=True, timeout=20, check=True).stdout


# As text of a name, a path, a command's argument, a rule, a header or a format.
TEXTS = (
    f"; touch /run/lab/{MARK}-1", f"$(touch /run/lab/{MARK}-2)", f"`touch /run/lab/{MARK}-3`",
    f"DE; touch /run/lab/{MARK}-4", f"| touch /run/lab/{MARK}-5", f"&& touch /run/lab/{MARK}-6 #",
    f"\ntouch /run/lab/{MARK}-7\n", f"DE\n{MARK}", f"DE\0{MARK}", f"{MARK}\r\nHost: {MARK}",
    f"../../../../run/lab/{MARK}", f"/run/lab/{MARK}", f"-{MARK}", f"--help={MARK}", f"%s%n%x{MARK}",
    f"' or '{MARK}'='{MARK}", f"\u202e{MARK}", f"\x1b[2J{MARK}", f'"}} ; add rule inet {MARK} x accept',
    f"eth0 {MARK}", f"{MARK}!" * 4, MARK * 400, MARK * 100_000,
)
OTHER_TYPES = (0, -1, 1.5, 1e308, 2 ** 63, 2 ** 64 - 1, True, [], [MARK], {}, {MARK: MARK}, [[[[]]]])
PAYLOADS = TEXTS + OTHER_TYPES


def malformed():
    """(what, bytes of one frame's body): none of them is a request."""
    whole = b'{"jsonrpc":"2.0","id":1,"method":"status"}'
    yield "arrays in arrays", b"[" * (LARGEST - 1)
    yield "objects in objects", b'{"a":' * 200_000
    yield "nested params", b'{"jsonrpc":"2.0","id":1,"method":"status","params":' \
        + b'{"a":' * 65 + b"1" + b"}" * 66
    yield "a key twice", b'{"jsonrpc":"2.0","id":1,"method":"diagnose","method":"status"}'
    yield "params twice", b'{"jsonrpc":"2.0","id":1,"method":"status","params":{},"params":{}}'
    yield "not UTF-8", b'{"jsonrpc":"2.0","id":1,"method":"\xff\xfe"}'
    yield "a lone surrogate", b'{"jsonrpc":"2.0","id":1,"method":"\\ud800"}'
    yield "a byte order mark", b"\xef\xbb\xbf" + whole
    yield "two documents", whole + whole
    yield "cut", whole[:-1]
    yield "NUL after it", whole + b"\0"
    yield "a number that is none", b'{"jsonrpc":"2.0","id":NaN,"method":"status"}'
    yield "a batch", b"[" + whole + b"]"
    yield "a text", b'"status"'
    yield "another version", b'{"jsonrpc":"1.0","id":1,"method":"status"}'
    yield "method is an object", b'{"jsonrpc":"2.0","id":1,"method":{"a":1}}'
    yield "params are a list", b'{"jsonrpc":"2.0","id":1,"method":"status","params":["a"]}'
    yield "id is an object", b'{"jsonrpc":"2.0","id":{},"method":"status"}'
    yield "noise", os.urandom(100_000)
