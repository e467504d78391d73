# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's STUN on real sockets, UDP and TCP, one address and two; and what the tools of others
(coturn's turnutils_*, stun-client's stun) make of it."""
import os
import shutil
import socket
import struct
import subprocess
import unittest

from boson import Server, wait_for

COOKIE = 0x2112A442
FIRST, SECOND = "127.0.0.1", "127.0.0.2"
CHANGE_REQUEST, UNKNOWN, ORIGIN, OTHER = 0x0003, 0x000A, 0x802B, 0x802C
HEADERS = 28  # of IPv4 and UDP


def request(*attributes):
    body = b"".join(struct.pack("!HH", kind, len(value)) + value for kind, value in attributes)
    return struct.pack("!HHI", 1, len(body), COOKIE) + os.urandom(12) + body


def change(address, port):
    return (CHANGE_REQUEST, struct.pack("!I", 4 * address + 2 * port))


def attributes(answer):
    found, at = {}, 20
    while at < len(answer):
        kind, size = struct.unpack_from("!HH", answer, at)
        found[kind] = answer[at + 4:at + 4 + size]
        at += 4 + (size + 3) // 4 * 4
    return found


def place(value):
    return socket.inet_ntoa(value[4:8]), struct.unpack_from("!H", value, 2)[0]


def pair_of_ports():
    """Two that are free for UDP and TCP at both addresses."""
    for _ in range(50):
        held = []
        try:
            ports = []
            for _ in range(2):
                udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                held.append(udp)
                udp.bind((FIRST, 0))
                ports.append(udp.getsockname()[1])
            for port in ports:
                for address, kind in ((SECOND, socket.SOCK_DGRAM), (FIRST, socket.SOCK_STREAM),
                                      (SECOND, socket.SOCK_STREAM)):
                    other = socket.socket(socket.AF_INET, kind)
                    held.append(other)
                    other.bind((address, port))
            return ports
        except OSError:
            continue
        finally:
            for each in held:
                each.close()
    raise RuntimeError("no free ports")


def start(wildcard=False, second=True):
    first, other = pair_of_ports()
    address = "0.0.0.0" if wildcard else FIRST
    server = Server("--stun", f"{address}:{first}",
                    *(["--stun-alternate", f"{SECOND}:{other}"] if second else []))
    server.first, server.other = first, other
    return server


class Udp(socket.socket):
    def __init__(self):
        super().__init__(socket.AF_INET, socket.SOCK_DGRAM)
        self.settimeout(5)

    def ask(self, message, to):
        self.sendto(message, to)
        answer, whence = self.recvfrom(2048)
        assert answer[8:20] == message[8:20], "another's answer"
        return answer, whence


class TwoAddresses(unittest.TestCase):
    def test_four_sockets(self):
        for wildcard in (False, True):
            with start(wildcard) as server, Udp() as udp:
                here = (FIRST, server.first)
                for address in (0, 1):
                    for port in (0, 1):
                        message = request(change(address, port))
                        answer, whence = udp.ask(message, here)
                        expected = ((FIRST, SECOND)[address], (server.first, server.other)[port])
                        self.assertEqual(whence, expected)
                        told = attributes(answer)
                        self.assertEqual(place(told[OTHER]), (SECOND, server.other))
                        self.assertEqual(place(told[ORIGIN]), expected)
                        self.assertLessEqual(len(answer) + HEADERS, 1.6 * (len(message) + HEADERS))
                for where in ((SECOND, server.first), (SECOND, server.other), (FIRST, server.other)):
                    answer, whence = udp.ask(request(), where)
                    self.assertEqual(whence, where)

    def test_a_small_request_gets_little(self):
        with start() as server, Udp() as udp:
            message = request()
            answer, _ = udp.ask(message, (FIRST, server.first))
            self.assertLessEqual(len(answer) + HEADERS, 1.6 * (len(message) + HEADERS))
            self.assertIn(OTHER, attributes(answer))

    def test_over_tcp(self):
        with start() as server:
            for where in ((FIRST, server.first), (SECOND, server.first), (FIRST, server.other),
                          (SECOND, server.other)):
                with socket.create_connection(where, timeout=5) as tcp:
                    for _ in range(2):
                        message = request()
                        tcp.sendall(message)
                        answer = tcp.recv(2048)
                        self.assertEqual(answer[:2] + answer[8:20], b"\x01\x01" + message[8:20])
                    tcp.sendall(request(change(1, 0)))
                    answer = tcp.recv(2048)
                    self.assertEqual(attributes(answer)[UNKNOWN], struct.pack("!H", CHANGE_REQUEST))
                    tcp.sendall(b"GET / HTTP/1.1\r\n\r\n")
                    self.assertEqual(tcp.recv(2048), b"")


class OneAddress(unittest.TestCase):
    def test_no_change_is_pretended(self):
        with start(second=False) as server, Udp() as udp:
            answer, whence = udp.ask(request(change(1, 1)), (FIRST, server.first))
            self.assertEqual(whence, (FIRST, server.first))
            told = attributes(answer)
            self.assertEqual(told[UNKNOWN], struct.pack("!H", CHANGE_REQUEST))
            self.assertNotIn(OTHER, told)

    def test_a_second_port_of_itself(self):
        with start(second=False) as server, Udp() as udp:
            told = server.get("/api/v1/server").json["stunServers"]
            self.assertEqual([each["port"] for each in told], [server.first, server.first + 1])
            self.assertEqual(len({each["host"] for each in told}), 1)
            for port in told:
                answer, whence = udp.ask(request(change(0, 1)), (FIRST, port["port"]))
                self.assertEqual({whence[1], port["port"]}, {server.first, server.first + 1})
                self.assertNotIn(OTHER, attributes(answer))

    def test_without_it_where_somebody_has_it(self):
        first, _ = pair_of_ports()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind((FIRST, first + 1))
            with Server("--stun", f"{FIRST}:{first}") as server, Udp() as udp:
                udp.ask(request(), (FIRST, first))
                self.assertEqual(len(server.get("/api/v1/server").json["stunServers"]), 1)

    def test_silence_for_what_is_not_stun(self):
        with start(second=False) as server, Udp() as udp:
            where = (FIRST, server.first)
            for junk in (b"", b"\0", b"\x01" * 148, request()[:-1], b"\x00\x03" + request()[2:]):
                udp.sendto(junk, where)
            udp.ask(request(), where)  # the first thing that comes back

    def test_an_address_of_others_is_told(self):
        with self.assertRaises(RuntimeError) as refused, \
                Server("--stun", "0.0.0.0:0", "--stun-alternate", "192.0.2.77"):
            pass
        self.assertIn("192.0.2.77 is no address of this machine", str(refused.exception))


def tool(name):
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin")
    return unittest.skipUnless(found, f"no {name} here")


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


class OthersTools(unittest.TestCase):
    @tool("turnutils_stunclient")
    def test_turnutils_stunclient(self):
        with start() as server:
            _, said = run("turnutils_stunclient", "-p", str(server.first), FIRST)
            self.assertIn("RFC 5780 response 2", said)
            self.assertIn(f"Response origin: : {SECOND}:{server.other}", said)

    @tool("turnutils_natdiscovery")
    def test_turnutils_natdiscovery(self):
        for wildcard in (False, True):
            with start(wildcard) as server:
                _, said = run("turnutils_natdiscovery", "-m", "-f", "-p", str(server.first), FIRST)
                self.assertIn("NAT with Endpoint Independent Mapping!", said)
                self.assertIn("NAT with Endpoint Independent Filtering!", said)

    @tool("stun")
    def test_stun_client(self):
        """A client of RFC 3489, without the magic cookie."""
        with start() as server:
            # It takes a port at random, which may be somebody's.
            wait_for(lambda: "Primary: Open" in run("stun", f"{FIRST}:{server.first}")[1],
                     what="an open line", seconds=60)


if __name__ == "__main__":
    unittest.main()
