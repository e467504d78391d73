# SPDX-License-Identifier: GPL-3.0-or-later
"""A real coturn by the configuration that boson-server prints, and a small TURN client beside ours."""
import base64
import hashlib
import hmac
import ipaddress
import os
import shutil
import socket
import struct
import subprocess
import time

PROGRAM = shutil.which("turnserver")
SECRET = "laboratory-secret"
COOKIE = 0x2112A442
ALLOCATE, REFRESH, CREATE_PERMISSION, CHANNEL_BIND = 3, 4, 8, 9
USERNAME, ERROR_CODE, CHANNEL_NUMBER, PEER, REALM, NONCE = 0x06, 0x09, 0x0C, 0x12, 0x14, 0x15
RELAYED, FAMILY, TRANSPORT, INTEGRITY = 0x16, 0x17, 0x19, 0x08


def boson():
    return os.path.join(os.environ.get("HIGGS_BIN", "build/release/bin"), "boson-server")


def write_configuration(directory, place, *options, command=(boson(),)):
    """Has boson-server write what it would have a coturn do; returns the file's name."""
    secret = os.path.join(directory, "turn-secret")
    with open(os.open(secret, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
        file.write(SECRET + "\n")
    path = os.path.join(directory, "turnserver.conf")
    subprocess.run([*command, "--data-dir", directory, "--turn", place, "--turn-secret-file", secret,
                    *options, "turn-config", path], check=True)
    return path


class Coturn:
    """Runs until it leaves the context. `extra`: lines behind what boson-server wrote."""

    def __init__(self, configuration, *extra, prefix=()):
        self.directory = os.path.dirname(configuration)
        self.log = os.path.join(self.directory, "coturn.log")
        path = configuration + ".used"
        with open(configuration, encoding="ascii") as file:
            text = file.read()
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(text + "\n".join(extra) + f"\nuserdb={self.directory}/turndb\npidfile={self.directory}/pid\n")
        self.command = [*prefix, PROGRAM, "-c", path, "--log-file", "stdout", "--simple-log"]
        self.process = None

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        deadline = time.monotonic() + 20
        while "Total General servers" not in self.text():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("coturn does not run:\n" + self.text())
            time.sleep(0.05)
        return self

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def attribute(number, value):
    return struct.pack("!HH", number, len(value)) + value + bytes(-len(value) % 4)


def xor_address(address, port, transaction):
    """As it is written: an IPv4-mapped address stays one of IPv6."""
    packed = ipaddress.ip_address(address).packed
    mask = struct.pack("!I", COOKIE) + transaction
    return (struct.pack("!BBH", 0, 1 if len(packed) == 4 else 2, port ^ (COOKIE >> 16))
            + bytes(a ^ b for a, b in zip(packed, mask)))


class Client:
    """One allocation by UDP, of one family."""

    def __init__(self, server, port=3478, v6=False):
        self.server = (server, port)
        self.socket = socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM)
        self.user = f"{int(time.time()) + 3600}:test".encode()
        password = base64.b64encode(hmac.new(SECRET.encode(), self.user, hashlib.sha1).digest())
        self.password = password
        self.realm = self.nonce = None
        self.channel = 0x4000
        wanted = attribute(TRANSPORT, b"\x11\0\0\0") + (attribute(FAMILY, b"\2\0\0\0") if v6 else b"")
        self.allocated = self.ask(ALLOCATE, lambda _: wanted)

    def ask(self, method, body):
        """0 for success, else the error's number."""
        for _ in range(3):
            code = self.ask_once(method, body)
            if code not in (401, 438):
                return code
        return code

    def ask_once(self, method, body):
        transaction = os.urandom(12)
        attributes = body(transaction)
        if self.nonce:
            attributes += attribute(USERNAME, self.user) + attribute(REALM, self.realm) + attribute(NONCE, self.nonce)
            head = struct.pack("!HHI", method, len(attributes) + 24, COOKIE) + transaction
            key = hashlib.md5(b":".join((self.user, self.realm, self.password))).digest()
            attributes += attribute(INTEGRITY, hmac.new(key, head + attributes, hashlib.sha1).digest())
        request = struct.pack("!HHI", method, len(attributes), COOKIE) + transaction + attributes
        for wait in (0.5, 1, 2, 4):
            self.socket.sendto(request, self.server)
            self.socket.settimeout(wait)
            try:
                reply = self.socket.recv(2000)
                while reply[8:20] != transaction:
                    reply = self.socket.recv(2000)
                return self.result(reply)
            except socket.timeout:
                continue
        raise TimeoutError("no answer from the TURN server")

    def result(self, reply):
        error, at = 0, 20
        while at + 4 <= len(reply):
            number, length = struct.unpack_from("!HH", reply, at)
            value = reply[at + 4:at + 4 + length]
            if number == ERROR_CODE:
                error = value[2] * 100 + value[3]
            elif number == REALM:
                self.realm = value
            elif number == NONCE:
                self.nonce = value
            at += 4 + length + -length % 4
        return error

    def permit(self, peer):
        return self.ask(CREATE_PERMISSION, lambda t: attribute(PEER, xor_address(peer, 4000, t)))

    def bind(self, peer):
        self.channel += 1
        channel = self.channel
        return self.ask(CHANNEL_BIND, lambda t: attribute(CHANNEL_NUMBER, struct.pack("!HH", channel, 0))
                        + attribute(PEER, xor_address(peer, 4000, t)))
