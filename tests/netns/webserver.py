# SPDX-License-Identifier: GPL-3.0-or-later
"""The laboratory's "Internet" host: whoever asks learns the address that it was seen with.

HTTP on 80 (any path: the caller's address), UDP echo on 7, DNS on 53 (every name is the web host, but
boson.example the server).
Each request is a line "protocol caller" in the log file given as argument.
"""
import http.server
import ipaddress
import socket
import struct
import sys
import threading

from addresses import BOSON4, BOSON6, DNS4, DNS6, WEB4, WEB6

BOSON_NAME = b"\x05boson\x07example\x00"
log = open(sys.argv[1], "a", buffering=1)


def plain(address):
    parsed = ipaddress.ip_address(address.split("%")[0])
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        caller = plain(self.client_address[0])
        log.write(f"http {caller}\n")
        body = (caller + "\n").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Web(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
    request_queue_size = 128


def answer(query):
    """A DNS reply that gives the host's address for an A or AAAA question."""
    end = 12
    while query[end]:
        end += query[end] + 1
    kind = struct.unpack_from("!H", query, end + 1)[0]
    question = query[12:end + 5]
    four, six = (BOSON4, BOSON6) if question.lower().startswith(BOSON_NAME) else (WEB4, WEB6)
    record = {1: socket.inet_pton(socket.AF_INET, four),
              28: socket.inet_pton(socket.AF_INET6, six)}.get(kind)
    reply = query[:2] + struct.pack("!HHHHH", 0x8180, 1, 1 if record else 0, 0, 0) + question
    if record:
        reply += struct.pack("!HHHIH", 0xC00C, kind, 1, 5, len(record)) + record
    return reply


def datagrams(port, respond, name, *addresses):
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.bind((address, port))
        threading.Thread(target=serve, args=(sock, respond, name), daemon=True).start()


def serve(sock, respond, name):
    while True:
        query, caller = sock.recvfrom(65535)
        log.write(f"{name} {plain(caller[0])}\n")
        try:
            sock.sendto(respond(query), caller)
        except (OSError, IndexError, struct.error):
            pass


datagrams(7, lambda data: data, "echo", WEB4, WEB6)
datagrams(53, answer, "dns", DNS4, DNS6)
web = Web(("::", 80), Page)
print("ready", flush=True)
web.serve_forever()
