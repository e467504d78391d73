# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens before a request: key exchange, deadlines, rates and caps of networks, PROXY headers."""
import http.client
import socket
import struct
import subprocess
import sys
import time

import boson
from boson import Server, wait_for


def tcp(server, source="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", server.port), timeout=15,
                                    source_address=(source, 0))


def healthz(server, source="127.0.0.1", before=b"", path="/healthz", host="h"):
    """The status that somebody at this address gets, or None if nobody answers."""
    try:
        with tcp(server, source) as plain:
            if before:
                plain.sendall(before)
            with boson.tls_context().wrap_socket(plain) as tls:
                tls.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n"
                            "Connection: close\r\n\r\n".encode())
                response = http.client.HTTPResponse(tls)
                response.begin()
                return response.status
    except (OSError, http.client.HTTPException):
        return None


def closed_after(connection):
    began = time.monotonic()
    try:
        assert connection.recv(1) == b""
    except ConnectionResetError:
        pass
    return time.monotonic() - began


def refused(server, kind):
    for line in server.get("/metrics").body.decode().splitlines():
        if line.startswith("boson_rate_limited_total{") and f'class="{kind}"' in line:
            return float(line.rsplit(" ", 1)[1])
    return 0.0


def groups():
    def shake(name):
        return subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-groups", name],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False).returncode
    with Server() as server:
        assert shake("X25519") == 0 and shake("P-256") == 0
        assert shake("ffdhe8192:X25519") == 0, "another group is asked for"
        for dear in ("ffdhe2048", "ffdhe8192", "P-521"):
            assert shake(dear) != 0, dear


def deadline():
    with Server("--limit", "tls-handshake=7000") as server, tcp(server) as silent:
        assert closed_after(silent) > 6.5, "the deadline is the configured one"
    with Server("--limit", "tls-handshake=300") as server, tcp(server) as silent:
        assert closed_after(silent) < 5


def rates():
    with Server("--limit", "handshake-burst=20", "--limit", "handshake-per-minute=60") as server:
        good = sum(healthz(server, "127.0.9.1") == 200 for _ in range(60))
        assert 20 <= good < 60, good
        assert healthz(server) == 200, "somebody else is served"
        assert refused(server, "handshake") > 0


def caps():
    with Server("--limit", "connections-per-address=3", "--limit",
                "connections-per-network=5") as server:
        held = [tcp(server, "127.0.9.1") for _ in range(3)]
        held += [tcp(server, "127.0.9.2") for _ in range(2)]
        assert healthz(server, "127.0.9.1") is None
        assert healthz(server, "127.0.9.3") is None, "the network has its five"
        assert healthz(server) == 200
        assert refused(server, "connections") >= 2
        for each in held:
            each.close()
        wait_for(lambda: healthz(server, "127.0.9.3") == 200, what="places to come back")


def waiting():
    """A flood that never goes on gives way, not the others."""
    with Server("--limit", "handshakes-waiting=10", "--limit", "tls-handshake=60000") as server:
        held = [tcp(server, "127.0.9.1") for _ in range(30)]
        assert all(healthz(server) == 200 for _ in range(5))
        assert refused(server, "full") >= 20
        for each in held:
            each.close()


def proxied():
    def line(source):
        return f"PROXY TCP4 {source} 127.0.0.1 4000 3000\r\n".encode()

    def binary(source):
        block = socket.inet_aton(source) + socket.inet_aton("127.0.0.1") + struct.pack(
            ">HH", 4000, 3000)
        return b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack(">H", len(block)) + block

    with Server("--proxy-protocol-from", "127.0.7.0/24,127.0.8.1", "--limit",
                "connections-per-address=1") as server:
        front = "127.0.7.1"
        assert healthz(server, front, line("198.51.100.6")) == 200
        assert healthz(server, front, binary("198.51.100.7")) == 200
        assert healthz(server, "127.0.8.1", b"PROXY UNKNOWN\r\n") == 200
        assert healthz(server, front) is None, "a front that says nothing is not guessed at"
        assert healthz(server, front, b"PROXY TCP4 x y 1 2\r\n") is None
        assert healthz(server) == 200
        assert healthz(server, before=line("198.51.100.7")) is None, "no front, no word"
        # Behind one front each client has a count of its own.
        with tcp(server, front) as held:
            held.sendall(line("198.51.100.8"))
            wait_for(lambda: healthz(server, front, line("198.51.100.8")) is None,
                     what="the client's place to be taken")
            assert healthz(server, front, line("198.51.100.9")) == 200
        # Who speaks for somebody unnamed has no right of the machine's own.
        operator = dict(path="/metrics", host="localhost")
        mapped = b"PROXY TCP6 ::ffff:127.0.0.1 ::1 4000 3000\r\n"
        for header in (b"PROXY UNKNOWN\r\n", line("127.0.0.1"), mapped):
            answers = set()  # until the one before has given its place back
            wait_for(lambda: answers.add(healthz(server, "127.0.8.1", header, **operator)) or
                     answers != {None}, what="an answer")
            assert answers <= {None, 401}, (header, answers)
        assert healthz(server, **operator) == 200
        # In pieces.
        with tcp(server, front) as plain:
            for piece in (b"PRO", b"XY TCP4 198.51.100.11 ", b"127.0.0.1 1 2\r", b"\n"):
                plain.sendall(piece)
                time.sleep(0.02)
            with boson.tls_context().wrap_socket(plain):
                pass


if __name__ == "__main__":
    for step in (groups, rates, caps, waiting, proxied, deadline):
        step()
        print("ok", step.__name__)
    sys.exit(0)
