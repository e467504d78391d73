# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody on the LAN who asks a machine whether it owns an address: stranger.py INTERFACE MAC IP...

Every 20 ms to the machine's MAC address, about each IP: ARP or neighbour solicitation, a TCP SYN, a
UDP datagram and a ping, the way a stranger does who has set a route of his own.
"""
import socket
import struct
import subprocess
import sys
import time

PERIOD = 0.02
PORTS = (22, 80, 9999)


def route(interface, mac, address):
    family = "-6" if ":" in address else "-4"
    bits = "128" if ":" in address else "32"
    subprocess.run(["ip", family, "route", "replace", f"{address}/{bits}", "dev", interface], check=True)
    subprocess.run(["ip", family, "neigh", "replace", address, "lladdr", mac, "dev", interface,
                    "nud", "permanent"], check=True)


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def arp_request(own_mac, own, wanted):
    ether = b"\xff" * 6 + own_mac + struct.pack("!H", 0x0806)
    return (ether + struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + own_mac + own + bytes(6)
            + socket.inet_pton(socket.AF_INET, wanted))


def solicitation(own_mac, own, mac, wanted):
    """For all nodes on the link: the machine does not listen to the address's own group here."""
    target = socket.inet_pton(socket.AF_INET6, wanted)
    everyone = socket.inet_pton(socket.AF_INET6, "ff02::1")
    body = struct.pack("!BBHI", 135, 0, 0, 0) + target + b"\x01\x01" + own_mac
    pseudo = own + everyone + struct.pack("!II", len(body), 58)
    body = body[:2] + struct.pack("!H", checksum(pseudo + body)) + body[4:]
    head = struct.pack("!IHBB", 6 << 28, len(body), 58, 255) + own + everyone
    return mac + own_mac + struct.pack("!H", 0x86DD) + head + body


def ping(v6, number):
    body = struct.pack("!HH", 4242, number & 0xFFFF)
    if v6:
        return struct.pack("!BBH", 128, 0, 0) + body
    return struct.pack("!BBH", 8, 0, checksum(struct.pack("!BBH", 8, 0, 0) + body)) + body


def shown(what, interface, family="-0"):
    return subprocess.run(["ip", family, "-br", what, "show", "dev", interface], text=True,
                          stdout=subprocess.PIPE, check=True).stdout.split()


def own_address(interface, family):
    words = shown("address", interface, family)[2:]
    text = next(word for word in words if not word.startswith("fe80")).split("/")[0]
    return socket.inet_pton(socket.AF_INET if family == "-4" else socket.AF_INET6, text)


def main():
    interface, mac, *addresses = sys.argv[1:]
    # Not from /sys, which shows the network namespace that it was mounted in.
    own_mac = bytes.fromhex(shown("link", interface)[2].replace(":", ""))
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind((interface, 0))
    own4, own6 = own_address(interface, "-4"), own_address(interface, "-6")
    plain = []
    for address in addresses:
        v6 = ":" in address
        route(interface, mac, address)
        family = socket.AF_INET6 if v6 else socket.AF_INET
        plain.append((address, v6, family, socket.socket(family, socket.SOCK_DGRAM), socket.socket(
            family, socket.SOCK_RAW, socket.IPPROTO_ICMPV6 if v6 else socket.IPPROTO_ICMP)))
    print("ready", flush=True)
    number, held = 0, []
    while True:
        number += 1
        for address, v6, family, udp, icmp in plain:
            wire.send(solicitation(own_mac, own6, bytes.fromhex(mac.replace(":", "")), address) if v6
                      else arp_request(own_mac, own4, address))
            actions = [lambda: udp.sendto(b"who?", (address, 9999)),
                       lambda: icmp.sendto(ping(v6, number), (address, 0))]
            for port in PORTS:
                sock = socket.socket(family, socket.SOCK_STREAM)
                sock.setblocking(False)
                held.append(sock)
                actions.append(lambda s=sock, p=port: s.connect((address, p)))
            for action in actions:
                try:
                    action()
                except OSError:
                    pass
        while len(held) > 60:
            held.pop(0).close()
        time.sleep(PERIOD)


main()
