# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries to get out, all the time: probes.py [options] ADDRESS... every 10 ms, to each address: UDP and
TCP to port 53 and to another, and ICMP.

What a machine does whose applications know nothing of the tunnel, or work against it: --device and
--source bind every socket, --raw sends finished IP packets beside them. Errors are what a kill
switch gives, and are ignored. Source ports (and ICMP identifiers) begin at --base, outside the range
that the system chooses from, so that a capture knows a probe from everything else.
"""
import argparse
import os
import select
import signal
import socket
import struct
import time

PERIOD, DNS, OTHER, FLOW = 0.01, 53, 9999, 9998
BASE, STREAM = 20000, 2000  # source ports: of the first stream of probes; how many each has
DATAGRAM, FLOW_SOURCE, RAW_SOURCE, FIRST_TCP = 1, 2, 3, 10  # source ports' use, from the base
HELD = 20  # rounds that a TCP attempt is held for
ONE_HOP = 1
IP_FREEBIND, IPV6_FREEBIND, IPV6_HDRINCL, SO_BINDTODEVICE = 15, 78, 36, 25


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def echo_request(v6, identifier, number):
    body = struct.pack("!HH", identifier, number & 0xFFFF)
    if v6:
        return struct.pack("!BBH", 128, 0, 0) + body  # the kernel fills in the checksum
    return struct.pack("!BBH", 8, 0, checksum(struct.pack("!BBH", 8, 0, 0) + body)) + body


def whole_packet(source, target, source_port, port):
    """A finished UDP datagram with its IP header."""
    v6 = ":" in target
    family = socket.AF_INET6 if v6 else socket.AF_INET
    ends = socket.inet_pton(family, source) + socket.inet_pton(family, target)
    pseudo = ends + struct.pack("!HH", socket.IPPROTO_UDP, 12)
    udp = struct.pack("!HHHH", source_port, port, 12, 0) + b"raw\0"
    udp = udp[:6] + struct.pack("!H", checksum(pseudo + udp) or 0xFFFF) + udp[8:]
    if v6:
        return struct.pack("!IHBB", 6 << 28, len(udp), socket.IPPROTO_UDP, 64) + ends + udp
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, socket.IPPROTO_UDP, 0) + ends
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + udp


def attempt(action):
    try:
        return action()
    except OSError:
        return None


class Target:
    def __init__(self, text, options):
        address, _, extra = text.partition("+")  # "+port": TCP to this port, too, for one hop only
        self.options, self.v6 = options, ":" in address
        self.family = socket.AF_INET6 if self.v6 else socket.AF_INET
        self.address, self.extra = address, int(extra or 0)
        self.source = next((a for a in options.source if (":" in a) == self.v6), None)
        self.udp = self.bound(socket.SOCK_DGRAM, 0, DATAGRAM)
        self.icmp = self.bound(socket.SOCK_RAW,
                               socket.IPPROTO_ICMPV6 if self.v6 else socket.IPPROTO_ICMP, None)
        self.raw = self.whole = None
        if options.raw and self.source:
            self.raw = socket.socket(self.family, socket.SOCK_RAW, socket.IPPROTO_RAW)
            if self.v6:
                self.raw.setsockopt(socket.IPPROTO_IPV6, IPV6_HDRINCL, 1)
            self.whole = [whole_packet(self.source, address, options.base + RAW_SOURCE, port)
                          for port in (DNS, OTHER)]
        self.held, self.flow = [], None

    def bound(self, kind, protocol, port):
        sock = socket.socket(self.family, kind, protocol)
        sock.setblocking(False)
        if self.options.device:
            sock.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, self.options.device.encode() + b"\0")
        if self.v6:
            if kind != socket.SOCK_RAW:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_FREEBIND, 1)  # the address may come and go
        else:
            sock.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.source or port is not None:
            number = 0 if port is None else self.options.base + port
            attempt(lambda: sock.bind((self.source or ("::" if self.v6 else "0.0.0.0"), number)))
        return sock

    def tcp(self, port, number):
        span = STREAM - FIRST_TCP
        sock = self.bound(socket.SOCK_STREAM, 0, FIRST_TCP + number % span)
        if port == self.extra:
            level, hops = ((socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS) if self.v6
                           else (socket.IPPROTO_IP, socket.IP_TTL))
            sock.setsockopt(level, hops, ONE_HOP)
        attempt(lambda: sock.connect((self.address, port)))
        self.held.append(sock)

    def reopen_flow(self):
        """A connection of before the tunnel: it must not go on outside it."""
        if self.flow:
            self.flow.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.flow.close()
        self.flow = self.bound(socket.SOCK_STREAM, 0, FLOW_SOURCE)
        self.flow.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        attempt(lambda: self.flow.connect((self.address, FLOW)))

    def send(self, number):
        for port in (DNS, OTHER):
            attempt(lambda: self.udp.sendto(b"probe", (self.address, port)))
            self.tcp(port, number)
        if self.extra:
            self.tcp(self.extra, number)
        echo = echo_request(self.v6, self.options.base, number)
        attempt(lambda: self.icmp.sendto(echo, (self.address, 0)))
        for packet in self.whole or ():
            attempt(lambda: self.raw.sendto(packet, (self.address, 0)))
        if self.flow:
            attempt(lambda: self.flow.send(b"x"))
        while len(self.held) > HELD * (3 if self.extra else 2):
            self.held.pop(0).close()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--base", type=int, default=BASE)
    arguments.add_argument("--device")
    arguments.add_argument("--source", action="append", default=[])
    arguments.add_argument("--raw", action="store_true")
    arguments.add_argument("--flow", action="append", default=[], help="one that has a sink")
    arguments.add_argument("address", nargs="+")
    options = arguments.parse_args()
    targets = [Target(address, options) for address in options.address]
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.signal(signal.SIGUSR1, lambda *_: os.write(woken, b"f"))
    print("ready", flush=True)
    number, due = 0, time.monotonic()
    while True:
        number += 1
        for target in targets:
            target.send(number)
        due = max(due + PERIOD, time.monotonic() - 1)
        if select.select([wake], [], [], max(0, due - time.monotonic()))[0]:
            os.read(wake, 1)
            for target in targets:
                if target.address in options.flow:
                    target.reopen_flow()


main()
