# SPDX-License-Identifier: GPL-3.0-or-later
"""What answers to who asks a router for a port, and means ill: lying_router.py ADDRESS OTHER MODE-FILE

The mode is read anew for each question; OTHER is somebody else's address, of this LAN or of the Internet.
Prints a line for each question that it was asked.
"""
import os
import socket
import struct
import sys
import threading
import time

HTTP = 49152
WAN = "urn:schemas-upnp-org:service:WANIPConnection:1"
PCP_MODES = ("foreign-pcp", "epochs", "garbage")
MEGABYTE = b"A" * (1 << 20)


def mode():
    with open(sys.argv[3]) as file:
        return file.read().strip()


def found(host):
    return (f"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nLOCATION: http://{host}:{HTTP}/root.xml\r\n\r\n").encode()


def ssdp(address, other):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, 1900))
    while True:
        _, peer = sock.recvfrom(2048)
        print(f"ssdp {mode()}\n", end="", flush=True)
        if mode() in PCP_MODES:
            continue
        if mode() == "flood":
            end = time.monotonic() + 4
            while time.monotonic() < end:
                for _ in range(200):
                    sock.sendto(b"HTTP/1.1 200 OK\r\nLOCATION: http://" + os.urandom(700).hex().encode(), peer)
                time.sleep(0.005)
            continue
        sock.sendto(found(other if mode() == "elsewhere" else address), peer)


def description(other):
    place = f"http://{other}:{HTTP}/control" if mode() == "control-elsewhere" else "/control"
    return (f"<?xml version='1.0'?><root><device><serviceList><service><serviceType>{WAN}</serviceType>"
            f"<controlURL>{place}</controlURL></service></serviceList></device></root>").encode()


BOMB = (b"<?xml version='1.0'?><!DOCTYPE r [<!ENTITY a0 'aaaaaaaaaa'>"
        + b"".join(b"<!ENTITY a%d '%s'>" % (i, b"&a%d;" % (i - 1) * 10) for i in range(1, 12)) + b"]><r>&a11;</r>")
DEEP = b"<a>" * 20000


def answer(body, status="200 OK"):
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def soap(inside):
    return answer(b"<Envelope><Body><R>" + inside.encode() + b"</R></Body></Envelope>")


def serve(peer, other):
    asked = peer.recv(65536)
    print(f"http {mode()} " + asked.split(b"\r\n")[0].decode() + "\n", end="", flush=True)  # whole, from any thread
    if mode() == "bomb":
        peer.sendall(answer(BOMB))
    elif mode() == "deep":
        peer.sendall(answer(DEEP))
    elif mode() == "redirect":
        peer.sendall(f"HTTP/1.1 302 Found\r\nLocation: http://{other}:{HTTP}/root.xml\r\n"
                     "Content-Length: 0\r\n\r\n".encode())
    elif mode() == "endless":
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n<root>")
        while True:
            peer.sendall(MEGABYTE)
    elif mode() == "endless-head":
        peer.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            peer.sendall(b"X: " + MEGABYTE[:1000] + b"\r\n")
    elif mode() == "slow":
        for byte in answer(description(other)):
            peer.sendall(bytes([byte]))
            time.sleep(0.5)
    elif asked.startswith(b"GET"):
        peer.sendall(answer(description(other)))
    elif b"#GetExternalIPAddress" in asked:
        peer.sendall(soap(f"<NewExternalIPAddress>{other}</NewExternalIPAddress>"))
    else:
        peer.sendall(soap(""))


def conversation(peer, other):
    try:
        with peer:
            serve(peer, other)
    except OSError:
        pass  # whoever asked has had enough


def http(address, other):
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, HTTP))
    sock.listen(16)
    while True:
        peer, _ = sock.accept()
        threading.Thread(target=conversation, args=(peer, other), daemon=True).start()


def pcp(address, other):
    """Answers MAP with somebody else's address, or with another epoch each time; else refuses the version."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, 5351))
    number = 0
    while True:
        question, peer = sock.recvfrom(2048)
        print(f"pcp {mode()}\n", end="", flush=True)
        if mode() == "garbage":
            for size in (1, 24, 60, 61, 1100, 1400):
                sock.sendto(os.urandom(size), peer)
            continue
        if mode() not in PCP_MODES or question[0] != 2:
            sock.sendto(b"\x00\x80\x00\x01" + bytes(4), peer)  # NAT-PMP, which refuses as well
            continue
        number += 1
        epoch = number * 7919 * 7919 % 2**32
        head = struct.pack("!BBxBII12x", 2, question[1] | 0x80, 0, 3600, epoch)
        if question[1] == 0:
            sock.sendto(head, peer)
            continue
        outer = other if mode() == "foreign-pcp" else sys.argv[4]
        sock.sendto(head + question[24:44] + b"\0" * 10 + b"\xff\xff" + socket.inet_aton(outer), peer)


def main():
    address, other = sys.argv[1:3]
    for part in (ssdp, http, pcp):
        threading.Thread(target=part, args=(address, other), daemon=True).start()
    print("ready", flush=True)
    threading.Event().wait()


main()
