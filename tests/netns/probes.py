# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries to get out, all the time: probes.py ADDRESS... sends UDP, TCP and ICMP every 10 ms to each.

What a machine does whose applications know nothing of the tunnel. Errors are what a kill switch
gives, and are ignored.
"""
import os
import socket
import struct
import sys
import time

PERIOD, PORT = 0.01, 9999


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def echo_request(v6, number):
    body = struct.pack("!HH", os.getpid() & 0xFFFF, number & 0xFFFF)
    if v6:
        return struct.pack("!BBH", 128, 0, 0) + body  # the kernel fills in the checksum
    return struct.pack("!BBH", 8, 0, checksum(struct.pack("!BBH", 8, 0, 0) + body)) + body


def attempt(action):
    try:
        return action()
    except OSError:
        return None


def tcp(family, address):
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setblocking(False)
    attempt(lambda: sock.connect((address, PORT)))
    return sock


def main():
    targets = []
    for address in sys.argv[1:]:
        v6 = ":" in address
        family = socket.AF_INET6 if v6 else socket.AF_INET
        targets.append((address, v6, family, socket.socket(family, socket.SOCK_DGRAM),
                        socket.socket(family, socket.SOCK_RAW,
                                      socket.IPPROTO_ICMPV6 if v6 else socket.IPPROTO_ICMP)))
    print("ready", flush=True)
    number, connections, due = 0, [], time.monotonic()
    while True:
        number += 1
        for address, v6, family, udp, icmp in targets:
            attempt(lambda: udp.sendto(b"probe", (address, PORT)))
            attempt(lambda: icmp.sendto(echo_request(v6, number), (address, 0)))
            connections.append(tcp(family, address))
        while len(connections) > 20 * len(targets):
            connections.pop(0).close()
        due = max(due + PERIOD, time.monotonic() - 1)
        time.sleep(max(0, due - time.monotonic()))


main()
