#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A resolver that makes IPv6 addresses of IPv4 ones (RFC 6147): dns64.py ADDRESS PREFIX NAME=IPV4..."""
import ipaddress
import socket
import struct
import sys

ADDRESS, PREFIX, *KNOWN = sys.argv[1:]
KNOWN = dict(word.split("=") for word in KNOWN)
A, AAAA = 1, 28
NO_ERROR, NO_SUCH_NAME = 0x8180, 0x8183
TTL = 5


def name_of(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += query[at] + 1
    return ".".join(labels).lower(), at + 5


def answer(query):
    name, end = name_of(query)
    kind = struct.unpack_from("!H", query, end - 4)[0]
    address = socket.inet_aton(KNOWN[name]) if name in KNOWN else b""
    if kind == AAAA and address:
        address = ipaddress.ip_address(PREFIX).packed[:12] + address
    elif kind != A:
        address = b""
    reply = query[:2] + struct.pack("!HHHHH", NO_ERROR if name in KNOWN else NO_SUCH_NAME, 1,
                                    1 if address else 0, 0, 0) + query[12:end]
    if address:
        reply += struct.pack("!HHHIH", 0xC00C, kind, 1, TTL, len(address)) + address
    return reply


sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
sock.bind((ADDRESS, 53))
print("ready", flush=True)
while True:
    question, caller = sock.recvfrom(65535)
    try:
        sock.sendto(answer(question), caller)
    except (IndexError, UnicodeDecodeError, struct.error):
        pass  # no question
