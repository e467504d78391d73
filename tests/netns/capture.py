# SPDX-License-Identifier: GPL-3.0-or-later
"""Notes every packet that arrives on an interface: capture.py INTERFACE FILE

One line each: "seconds protocol source source-port destination destination-port length", from a
raw packet socket, which sees what came over the cable before any firewall of this host does.
Only what the other end of the cable sent is noted. The time is the kernel's stamp (of CLOCK_REALTIME)
of the moment when the packet arrived, however busy this process is. Protocols: tcp udp icmp icmp6
arp, or a number. Instead of ports ICMP has its type and, of an echo, its identifier; neighbour
discovery has the address that it is about as destination; ARP has who speaks, its operation, and
whom it is about. The last number of both is 1 for a question that goes to that neighbour alone, as it was found before. The later pieces of a datagram that was cut have no ports: 0. On an interface
without Ethernet (a tunnel's) the packets are noted alike.
"""
import errno
import socket
import struct
import sys

ETH_P_ALL, PACKET_OUTGOING, ARPHRD_NONE = 3, 4, 0xFFFE
SO_TIMESTAMPNS, SO_RCVBUFFORCE = 35, 33
LONGEST = 65536
NAMES = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp6"}
ECHO = {("icmp", 0), ("icmp", 8), ("icmp6", 128), ("icmp6", 129)}
FRAGMENT = 44
NEIGHBOUR = (135, 136)  # solicitation, advertisement: RFC 4861


def note(frame):
    kind, later = struct.unpack_from("!H", frame, 12)[0], False
    if kind == 0x0800:
        later = struct.unpack_from("!H", frame, 20)[0] & 0x1FFF != 0
        header, protocol = 14 + (frame[14] & 15) * 4, frame[23]
        source = socket.inet_ntop(socket.AF_INET, frame[26:30])
        target = socket.inet_ntop(socket.AF_INET, frame[30:34])
    elif kind == 0x86DD:
        header, protocol = 54, frame[20]
        if protocol == 0:  # hop-by-hop options (multicast listener reports)
            protocol, header = frame[54], 54 + 8 * (frame[55] + 1)
        if protocol == FRAGMENT and len(frame) >= header + 8:
            later = struct.unpack_from("!H", frame, header + 2)[0] & 0xFFF8 != 0
            protocol, header = frame[header], header + 8
        source = socket.inet_ntop(socket.AF_INET6, frame[22:38])
        target = socket.inet_ntop(socket.AF_INET6, frame[38:54])
    elif kind == 0x0806:
        return (f"arp {socket.inet_ntop(socket.AF_INET, frame[28:32])} {frame[21]} "
                f"{socket.inet_ntop(socket.AF_INET, frame[38:42])} {int(frame[21] == 1 and not frame[0] & 1)}")
    else:
        return f"ether-{kind:04x} - 0 - 0"
    name, ports = NAMES.get(protocol, str(protocol)), (0, 0)
    if later:
        pass  # its ports are in the first piece
    elif protocol in (6, 17) and len(frame) >= header + 4:
        ports = struct.unpack_from("!HH", frame, header)
    elif protocol in (1, 58) and len(frame) >= header + 8:
        ports = (frame[header], 0)
        if (name, frame[header]) in ECHO:
            ports = (frame[header], struct.unpack_from("!H", frame, header + 4)[0])
        elif protocol == 58 and frame[header] in NEIGHBOUR and len(frame) >= header + 24:
            ports = (frame[header], int(frame[header] == NEIGHBOUR[0] and frame[38] != 0xFF))
            target = socket.inet_ntop(socket.AF_INET6, frame[header + 8:header + 24])
    return f"{name} {source} {ports[0]} {target} {ports[1]}"


def main():
    interface, path = sys.argv[1:]
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    wire.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
    wire.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    wire.bind((interface, 0))
    with open(path, "a", buffering=1) as log:
        print("ready", flush=True)
        while True:
            try:
                frame, control, _, address = wire.recvmsg(LONGEST, 128)
            except OSError as error:
                if error.errno != errno.ENETDOWN:  # told once when the interface goes down
                    raise
                continue
            if address[2] == PACKET_OUTGOING:
                continue
            if address[3] == ARPHRD_NONE:
                frame = bytes(12) + struct.pack("!H", address[1]) + frame
            seconds, nanoseconds = struct.unpack("qq", control[0][2])
            log.write(f"{seconds}.{nanoseconds // 1000:06d} {note(frame)} {len(frame)}\n")


main()
