# SPDX-License-Identifier: GPL-3.0-or-later
"""A STUN server that lies: lying_stun.py PORT[,PORT...] MODE [PLACE]. It says "ready", and at its end, of all questions,
"asked NUMBER"."""
import os
import random
import selectors
import signal
import socket
import struct
import sys

COOKIE = 0x2112A442
REQUEST, SUCCESS, ERROR, INDICATION = 0x0001, 0x0101, 0x0111, 0x0011
MAPPED, ERROR_CODE, XOR_MAPPED, ALTERNATE, OTHER = 0x0001, 0x0009, 0x0020, 0x8023, 0x802C
UNKNOWN_REQUIRED, UNKNOWN_OPTIONAL = 0x7F01, 0xC001
# What no server on the Internet can have seen.
IMPOSSIBLE = [("127.0.0.1", 5000), ("192.168.21.1", 5000), ("10.0.0.1", 5000), ("172.16.0.1", 53), ("169.254.169.254", 80),
              ("224.0.0.251", 5353), ("239.255.255.250", 1900), ("255.255.255.255", 9), ("0.0.0.0", 5000), ("240.1.2.3", 5000),
              ("::1", 5000), ("fe80::1", 5000), ("fd21::50", 80), ("ff02::1", 5353), ("::", 5000)]


def attribute(kind, value):
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def plain(place):
    v6 = ":" in place[0]
    return struct.pack("!BBH", 0, 2 if v6 else 1, place[1]) + socket.inet_pton(
        socket.AF_INET6 if v6 else socket.AF_INET, place[0])


def xored(place, transaction):
    value = bytearray(plain(place))
    mask = struct.pack("!I", COOKIE) + transaction
    value[2:4] = bytes(a ^ b for a, b in zip(value[2:4], mask))
    value[4:] = bytes(a ^ b for a, b in zip(value[4:], mask))
    return bytes(value)


def message(kind, transaction, attributes=b""):
    return struct.pack("!HHI", kind, len(attributes), COOKIE) + transaction + attributes


def sees(place, transaction, more=b""):
    return message(SUCCESS, transaction, attribute(XOR_MAPPED, xored(place, transaction)) + more)


class Liar:
    def __init__(self, ports, mode, place):
        self.mode, self.asked = mode, 0
        host, _, port = (place or "0.0.0.0:1").rpartition(":")
        self.place = host.strip("[]"), int(port)
        self.waiting = selectors.DefaultSelector()
        for family, anywhere in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            for port in ports:
                one = socket.socket(family, socket.SOCK_DGRAM)
                if family == socket.AF_INET6:
                    one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                one.bind((anywhere, port))
                self.waiting.register(one, selectors.EVENT_READ)

    def answers(self, transaction, source):
        """What goes back to it, one after another."""
        true, mode = sees(source, transaction), self.mode
        if mode == "transaction":
            return [sees(source, os.urandom(12)) for _ in range(20)]
        if mode == "place":
            return [sees(self.place, transaction)]
        if mode == "each":
            return [sees((f"45.{random.randrange(256)}.{random.randrange(256)}.7", random.randrange(1024, 65536)),
                         transaction)]
        if mode == "impossible":
            return [sees(IMPOSSIBLE[self.asked % len(IMPOSSIBLE)], transaction)]
        if mode == "twice":  # the lie first, and the truth behind it
            return [sees(IMPOSSIBLE[self.asked % len(IMPOSSIBLE)], transaction), true]
        if mode == "required":
            return [sees(self.place, transaction, attribute(UNKNOWN_REQUIRED, bytes(8)))]
        if mode == "huge":
            return [sees(self.place, transaction, attribute(UNKNOWN_OPTIONAL, bytes(1000)) * 60), true]
        if mode == "redirect":
            return [message(ERROR, transaction, attribute(ERROR_CODE, b"\0\0\3\0") + attribute(ALTERNATE, plain(self.place)))]
        if mode == "other":
            return [sees(source, transaction, attribute(OTHER, plain(self.place)))]
        if mode == "storm":
            noise = [os.urandom(random.randrange(1200)) for _ in range(30)]
            noise += [sees(self.place, os.urandom(12)) for _ in range(60)]
            noise += [message(INDICATION, os.urandom(12), attribute(XOR_MAPPED, xored(self.place, transaction)))] * 30
            noise += [message(REQUEST, os.urandom(12))] * 30
            return noise + [true] * 20
        return [true]

    def serve(self):
        print("ready", flush=True)
        while True:
            for key, _ in self.waiting.select():
                datagram, source = key.fileobj.recvfrom(2048)
                if len(datagram) < 20 or struct.unpack_from("!H", datagram)[0] != REQUEST:
                    continue
                self.asked += 1
                for each in self.answers(datagram[8:20], source[:2]):
                    key.fileobj.sendto(each, source)


if __name__ == "__main__":
    liar = Liar([int(port) for port in sys.argv[1].split(",")], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else "")

    def ends(*_):
        print("asked", liar.asked, flush=True)
        sys.exit(0)

    signal.signal(signal.SIGTERM, ends)
    liar.serve()
