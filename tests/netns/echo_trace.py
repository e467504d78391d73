# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes every IPv4 echo that passes an interface, either way: echo_trace.py INTERFACE FILE

One line each: "seconds out|in request|reply number", stamped by the kernel. What is no echo is sorted out by
the kernel, so that a fast flow beside them costs nothing here.
"""
import ctypes
import socket
import struct
import sys

ETH_P_ALL, PACKET_OUTGOING = 3, 4
SO_ATTACH_FILTER, SO_TIMESTAMPNS, SO_RCVBUFFORCE = 26, 35, 33
PROTOCOL = 0xFFFFF000  # SKF_AD_OFF + SKF_AD_PROTOCOL, of linux/filter.h
# Without the frame's header: IPv4, and of it ICMP.
ONLY_ICMP = ((0x28, 0, 0, PROTOCOL), (0x15, 0, 3, 0x0800), (0x30, 0, 0, 9), (0x15, 0, 1, 1), (0x06, 0, 0, 256),
             (0x06, 0, 0, 0))
KINDS = {8: "request", 0: "reply"}


def echoes(interface):
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in ONLY_ICMP))
    wire.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                    struct.pack("HL", len(ONLY_ICMP), ctypes.addressof(code)))
    wire.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
    wire.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    wire.bind((interface, ETH_P_ALL))
    return wire


def main():
    interface, path = sys.argv[1:]
    wire = echoes(interface)
    with open(path, "a", buffering=1) as log:
        print("ready", flush=True)
        while True:
            packet, control, _, address = wire.recvmsg(256, 128)
            header = (packet[0] & 15) * 4
            if len(packet) < header + 8 or packet[header] not in KINDS:
                continue
            seconds, nanoseconds = struct.unpack("qq", control[0][2])
            way = "out" if address[2] == PACKET_OUTGOING else "in"
            number = struct.unpack_from("!H", packet, header + 6)[0]
            log.write(f"{seconds}.{nanoseconds // 1000:06d} {way} {KINDS[packet[header]]} {number}\n")


main()
