# SPDX-License-Identifier: GPL-3.0-or-later
"""The same liar over TCP and TLS: lying_turn_stream.py ADDRESS SECRET MODE PLACE CERTIFICATE KEY. With a certificate it is
TLS at 5349 alone, else TCP at 3478. It says "ready", then "joined" of each connection and "asked METHOD" of each request."""
import os
import socket
import ssl
import struct
import sys
import threading
import time

from lying_turn import DATA, DATA_METHOD, ERROR, INDICATION, METHODS, Liar, attributes_of, error, message
from turn_server import ALLOCATE, COOKIE, PEER, attribute, xor_address

PORT, TLS_PORT = 3478, 5349
LONGEST = 65532  # a message's length


class StreamLiar(Liar):
    def __init__(self, address, secret, mode, place, certificate="", key=""):
        super().__init__(address, secret, mode, place)
        threading.Thread(target=self.refuse, daemon=True).start()
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate, key)
        self.listener = socket.create_server((address, TLS_PORT if certificate else PORT), backlog=64)

    def refuse(self):
        """Over UDP, so that nobody waits for it."""
        while True:
            datagram, source = self.udp.recvfrom(2048)
            method = struct.unpack_from("!H", datagram)[0]
            self.udp.sendto(message(method | ERROR, datagram[8:20], error(403)), source)

    def challenge(self, method, transaction, code):
        if self.mode == "realm":  # every time another one
            self.realm, code = b"realm-" + os.urandom(60).hex().encode(), 401
        return super().challenge(method, transaction, code)

    def answer(self, method, transaction, has, source):
        if self.mode == "realm":
            return self.challenge(method, transaction, 401)
        return super().answer(method, transaction, has, source)

    def send(self, stream, method, answer):
        """The answer, as the mode delivers it. False: it is over."""
        if self.mode == "half":
            stream.sendall(answer[:12])
        elif self.mode == "close":
            stream.sendall(answer[:-7])
            return False
        elif self.mode == "framing":
            stream.sendall(answer[:2] + struct.pack("!H", len(answer) + 3) + answer[4:])
        elif self.mode == "trickle":
            for byte in answer:
                stream.sendall(bytes([byte]))
                time.sleep(0.1)
        elif self.mode == "garbage":
            stream.sendall(os.urandom(100000))
        elif self.mode == "endless":
            while True:  # messages of the greatest length, each from a peer that nobody knows
                peer = attribute(PEER, xor_address("9.9.9.9", 4000, bytes(12)))
                stream.sendall(message(DATA_METHOD | INDICATION, bytes(12),
                                       peer + attribute(DATA, bytes(LONGEST - len(peer) - 4))))
        elif self.mode == "drip":
            stream.sendall(struct.pack("!HHI", DATA_METHOD | INDICATION, LONGEST, COOKIE) + bytes(12))
            while True:
                stream.sendall(bytes(1))
                time.sleep(0.01)
        elif self.mode == "storm" and method == ALLOCATE:
            for number in range(3000):
                stream.sendall(struct.pack("!HH", 0x4000 + number % 4096, 60) + os.urandom(60))
            stream.sendall(answer)
        else:
            stream.sendall(answer)
        return True

    def attend(self, stream, source):
        print("joined", flush=True)
        try:
            if self.mode == "mute":  # no handshake, and no word
                time.sleep(600)
            if self.context:
                if self.mode == "plain":
                    stream.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" + os.urandom(2000))
                    time.sleep(600)
                stream = self.context.wrap_socket(stream, server_side=True)
            came = b""
            while True:
                while len(came) < 20 or len(came) < 20 + struct.unpack_from("!H", came, 2)[0]:
                    more = stream.recv(4096)
                    if not more:
                        return
                    came += more
                size = 20 + struct.unpack_from("!H", came, 2)[0]
                request, came = came[:size], came[size:]
                method = struct.unpack_from("!H", request)[0]
                print("asked", METHODS.get(method, method), flush=True)
                answer = self.answer(method, request[8:20], attributes_of(request), source)
                if answer and not self.send(stream, method, answer):
                    return
        except OSError:
            pass
        finally:
            stream.close()

    def serve(self):
        print("ready", flush=True)
        while True:
            stream, source = self.listener.accept()
            threading.Thread(target=self.attend, args=(stream, source[:2]), daemon=True).start()


if __name__ == "__main__":
    StreamLiar(*sys.argv[1:]).serve()
