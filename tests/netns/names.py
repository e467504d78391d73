#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A home router's resolver: notes every name that it is asked for, and answers while it may.

names.py ADDRESS LOG SILENT NAME=ADDRESS: silent as long as the file SILENT exists; other names do not exist.
"""
import os
import socket
import struct
import sys

ADDRESS, LOG, SILENT, *KNOWN = sys.argv[1:]
KNOWN = dict(word.split("=") for word in KNOWN)


def name_of(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += query[at] + 1
    return ".".join(labels), at + 5


def answer(query, name, end):
    kind = struct.unpack_from("!H", query, end - 4)[0]
    record = socket.inet_aton(KNOWN[name]) if name in KNOWN and kind == 1 else b""
    flags = 0x8180 if name in KNOWN else 0x8183
    reply = query[:2] + struct.pack("!HHHHH", flags, 1, 1 if record else 0, 0, 0) + query[12:end]
    if record:
        reply += struct.pack("!HHHIH", 0xC00C, kind, 1, 5, len(record)) + record
    return reply


asked = open(LOG, "a", buffering=1)
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind((ADDRESS, 53))
print("ready", flush=True)
while True:
    question, caller = sock.recvfrom(65535)
    wanted, after = name_of(question)
    asked.write(wanted + "\n")
    if not os.path.exists(SILENT):
        sock.sendto(answer(question, wanted, after), caller)
