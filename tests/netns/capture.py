# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes every packet that arrives on an interface: capture.py INTERFACE FILE

One line each: "milliseconds protocol source source-port destination destination-port length", from a
raw packet socket, which sees what came over the cable before any firewall of this host does.
Only what the other end of the cable sent is noted. Protocols: tcp udp icmp icmp6 arp, or a number.
"""
import socket
import struct
import sys
import time

ETH_P_ALL, PACKET_OUTGOING = 3, 4
NAMES = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6"}


def note(frame):
    kind = struct.unpack_from("!H", frame, 12)[0]
    if kind == 0x0800:
        header, protocol = 14 + (frame[14] & 15) * 4, frame[23]
        source = socket.inet_ntop(socket.AF_INET, frame[26:30])
        target = socket.inet_ntop(socket.AF_INET, frame[30:34])
    elif kind == 0x86DD:
        header, protocol = 54, frame[20]
        if protocol == 0:  # hop-by-hop options (multicast listener reports)
            protocol, header = frame[54], 54 + 8 * (frame[55] + 1)
        source = socket.inet_ntop(socket.AF_INET6, frame[22:38])
        target = socket.inet_ntop(socket.AF_INET6, frame[38:54])
    elif kind == 0x0806:
        return "arp - 0 - 0"
    else:
        return f"ether-{kind:04x} - 0 - 0"
    ports = (0, 0)
    if protocol in (6, 17) and len(frame) >= header + 4:
        ports = struct.unpack_from("!HH", frame, header)
    return f"{NAMES.get(protocol, protocol)} {source} {ports[0]} {target} {ports[1]}"


def main():
    interface, path = sys.argv[1:]
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    wire.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE
    wire.bind((interface, 0))
    print("ready", flush=True)
    with open(path, "a", buffering=1) as log:
        while True:
            frame, (_, _, direction, _, _) = wire.recvfrom(65536)
            if direction != PACKET_OUTGOING:
                log.write(f"{time.monotonic() * 1000:.0f} {note(frame)} {len(frame)}\n")


main()
