# SPDX-License-Identifier: GPL-3.0-or-later
"""A TURN server that knows the secret and lies: lying_turn.py ADDRESS SECRET MODE [PLACE]. It says "ready", then of each
request "asked METHOD", and of each place that it named "named PLACE"."""
import base64
import hashlib
import hmac
import os
import random
import socket
import struct
import sys

from turn_server import (ALLOCATE, CHANNEL_BIND, CHANNEL_NUMBER, COOKIE, CREATE_PERMISSION, ERROR_CODE, INTEGRITY, NONCE, PEER,
                         REALM, REFRESH, RELAYED, USERNAME, attribute, xor_address)

LIFETIME, XOR_MAPPED, DATA, ALTERNATE = 0x0D, 0x20, 0x13, 0x8023
SUCCESS, ERROR, INDICATION, DATA_METHOD = 0x100, 0x110, 0x10, 7
METHODS = {ALLOCATE: "allocate", REFRESH: "refresh", CREATE_PERMISSION: "permission", CHANNEL_BIND: "channel"}


def message(kind, transaction, attributes, key=None):
    if key is None:
        return struct.pack("!HHI", kind, len(attributes), COOKIE) + transaction + attributes
    head = struct.pack("!HHI", kind, len(attributes) + 24, COOKIE) + transaction
    return head + attributes + attribute(INTEGRITY, hmac.new(key, head + attributes, hashlib.sha1).digest())


def error(code, text=b"no"):
    return attribute(ERROR_CODE, struct.pack("!HBB", 0, code // 100, code % 100) + text)


def attributes_of(datagram):
    found, at = {}, 20
    while at + 4 <= len(datagram):
        number, size = struct.unpack_from("!HH", datagram, at)
        found.setdefault(number, datagram[at + 4:at + 4 + size])
        at += 4 + size + -size % 4
    return found


class Liar:
    def __init__(self, address, secret, mode, place):
        self.secret, self.mode, self.nonce = secret.encode(), mode, 0
        self.host, _, port = (place or ":0").rpartition(":")
        self.place = self.host.strip("[]"), int(port)
        self.address, self.realm = address, b"liar"
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind((address, 3478))
        self.beside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.beside.bind((address, 3479))

    def key(self, user):
        password = base64.b64encode(hmac.new(self.secret, user, hashlib.sha1).digest())
        return hashlib.md5(user + b":" + self.realm + b":" + password).digest()

    def challenge(self, method, transaction, code):
        self.nonce += 1
        return message(method | ERROR, transaction, error(code) + attribute(REALM, self.realm) +
                       attribute(NONCE, b"%08d" % self.nonce))

    def allocated(self, method, transaction, source, key, relayed):
        body = (attribute(RELAYED, xor_address(*relayed, transaction)) +
                attribute(XOR_MAPPED, xor_address(*source, transaction)) + attribute(LIFETIME, struct.pack("!I", 600)))
        return message(method | SUCCESS, transaction, body, key)

    def answer(self, method, transaction, has, source):
        """What goes back, by which socket."""
        if self.mode == "never":
            return None
        if USERNAME not in has:
            return self.challenge(method, transaction, 401)
        key, mode = self.key(has[USERNAME]), self.mode
        if method != ALLOCATE:
            return message(method | SUCCESS, transaction, attribute(LIFETIME, struct.pack("!I", 600))
                           if method == REFRESH else b"", key)
        good = self.address, random.randint(50000, 60000)
        if mode == "stale":
            return self.challenge(method, transaction, 438)
        if mode == "transaction":
            return self.allocated(method, os.urandom(12), source, key, good)
        if mode == "integrity":
            return self.allocated(method, transaction, source, bytes(16), good)
        if mode == "redirect":
            print("named", self.place, flush=True)
            where = struct.pack("!BBH", 0, 1, self.place[1]) + socket.inet_aton(self.place[0])
            return message(method | ERROR, transaction, error(300) + attribute(ALTERNATE, where), key)
        if mode in ("relayed", "source"):
            print("named", self.place, flush=True)
            return self.allocated(method, transaction, source, key, self.place if mode == "relayed" else good)
        return self.allocated(method, transaction, source, key, good)

    def storm(self, to):
        """From peers that nobody permitted, by channels that nobody bound, longer than they are, and nothing at all."""
        for number in range(200):
            body = attribute(PEER, xor_address(f"9.9.9.{number + 1}", 4000, bytes(12))) + attribute(DATA, os.urandom(100))
            self.udp.sendto(message(DATA_METHOD | INDICATION, bytes(12), body), to)
            self.udp.sendto(struct.pack("!HH", 0x4000 + number * 20, 60) + os.urandom(60), to)
            self.udp.sendto(struct.pack("!HH", 0x4000, 65535) + os.urandom(30), to)
            self.udp.sendto(os.urandom(number * 7), to)
        self.udp.sendto(struct.pack("!HH", 0x4000, 65000) + bytes(65000), to)

    def serve(self):
        print("ready", flush=True)
        while True:
            datagram, source = self.udp.recvfrom(65535)
            if len(datagram) < 20 or datagram[0] & 0xC0 or datagram[1] & 0x10 or datagram[0] & 1:
                continue
            method = struct.unpack_from("!H", datagram)[0]
            print("asked", METHODS.get(method, method), flush=True)
            answer = self.answer(method, datagram[8:20], attributes_of(datagram), source)
            if answer:
                (self.beside if self.mode == "source" else self.udp).sendto(answer, source)
            if self.mode == "storm" and method == CREATE_PERMISSION:
                self.storm(source)


if __name__ == "__main__":
    Liar(*sys.argv[1:4], sys.argv[4] if len(sys.argv) > 4 else "").serve()
