# SPDX-License-Identifier: GPL-3.0-or-later
"""A guest who is root on a PC and writes packets by hand: raw_guest.py INTERFACE [PACE] < trials > answers

The packets go straight into the tunnel's interface, past the PC's own routes and firewall. A trial
(JSON, one a line) has "source", "target", "protocol" (a number) and "port"; "shape" may be
"fragment", "options" or "routing" (IPv4 loose source route, IPv6 routing header; then "via" is where
the packet is addressed to first). The answer to the trial of each line is a line: "none", "refused"
(an ICMP error that quotes it), or what came back: "syn-ack", "rst", "udp", "echo". PACE is the time
between two trials in seconds.
"""
import ipaddress
import json
import select
import socket
import struct
import sys
import time

FIRST_PORT = 40000
PACE, PATIENCE = 0.012, 1.2
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
FRAGMENT, ROUTING, LOOSE_ROUTE = 44, 43, 131
ERRORS = {4: (3, 5, 11), 6: (1, 2, 3, 4)}


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def transport(number, trial, source, target):
    port, protocol = FIRST_PORT + number, trial["protocol"]
    pseudo = source.packed + target.packed
    if protocol == TCP:
        body = struct.pack("!HHIIBBHHH", port, trial["port"], number, 0, 5 << 4, 2, 64240, 0, 0)
        at = 16
    elif protocol == UDP:
        body, at = struct.pack("!HHHH", port, trial["port"], 12, 0) + b"here", 6
    elif protocol in (ICMP, ICMP6):
        body, at = struct.pack("!BBHHH", 8 if protocol == ICMP else 128, 0, 0, port, 1), 2
    else:
        return b"\0" * 20
    covered = body if protocol == ICMP else pseudo + struct.pack("!II", len(body), protocol) + body
    return body[:at] + struct.pack("!H", checksum(covered)) + body[at + 2:]


def packet4(number, trial, source, target):
    shape, options, first = trial.get("shape"), b"", target
    if shape == "options":
        first = ipaddress.ip_address(trial["via"])
        options = struct.pack("!BBB", LOOSE_ROUTE, 7, 4) + target.packed + b"\0"
    body = transport(number, trial, source, target)

    def header(piece, offset):
        words = 5 + len(options) // 4
        head = struct.pack("!BBHHHBBH4s4s", 0x40 | words, 0, words * 4 + len(piece), number + 1,
                           offset, 64, trial["protocol"], 0, source.packed, first.packed) + options
        return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + piece
    if shape == "fragment":
        return [header(body[:8], 0x2000), header(body[8:], 1)]
    return [header(body, 0)]


def packet6(number, trial, source, target):
    shape, first, kind = trial.get("shape"), target, trial["protocol"]
    body = transport(number, trial, source, target)
    if shape == "routing":
        first = ipaddress.ip_address(trial["via"])
        body, kind = struct.pack("!BBBBI", kind, 2, 0, 1, 0) + target.packed + body, ROUTING
    pieces = [body]
    if shape == "fragment":
        head = struct.pack("!BB", kind, 0)
        pieces = [head + struct.pack("!HI", 1, number + 1) + body[:8],
                  head + struct.pack("!HI", 8, number + 1) + body[8:]]
        kind = FRAGMENT
    return [struct.pack("!IHBB", 6 << 28, len(piece), kind, 64) + source.packed + first.packed + piece
            for piece in pieces]


def answered(frame):
    """(number of the trial, word, port that it is from or 0), or None for what answers none."""
    version = frame[0] >> 4
    protocol, at = (frame[9], (frame[0] & 15) * 4) if version == 4 else (frame[6], 40)
    body = frame[at:]
    if protocol == TCP and len(body) >= 20:
        port, own = struct.unpack_from("!HH", body)
        return own - FIRST_PORT, "rst" if body[13] & 4 else "syn-ack", port
    if protocol == UDP and len(body) >= 8:
        port, own = struct.unpack_from("!HH", body)
        return own - FIRST_PORT, "udp", port
    if protocol not in (ICMP, ICMP6) or len(body) < 8:
        return None
    if body[0] in (0, 129):
        return struct.unpack_from("!H", body, 4)[0] - FIRST_PORT, "echo", 0
    quoted = body[8:]
    if body[0] not in ERRORS[version] or len(quoted) < 20:
        return None
    kind, inner = (quoted[9], (quoted[0] & 15) * 4) if version == 4 else (quoted[6], 40)
    where = inner + 4 if kind in (ICMP, ICMP6) else inner
    if len(quoted) < where + 2:
        return None
    return struct.unpack_from("!H", quoted, where)[0] - FIRST_PORT, "refused", 0


def main():
    trials = [json.loads(line) for line in sys.stdin]
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
    wire.bind((sys.argv[1], 0))
    answers, pace = {}, float(sys.argv[2]) if len(sys.argv) > 2 else PACE

    def listen(seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and select.select([wire], [], [], left)[0]:
            frame, address = wire.recvfrom(65536)
            if address[2] == 4 or len(frame) < 20:  # our own
                continue
            found = answered(frame)
            # Other programs of the PC use such ports, too; what answers comes from the port asked.
            if found and 0 <= found[0] < len(trials) and found[2] in (0, trials[found[0]]["port"]):
                answers.setdefault(found[0], found[1])

    for number, trial in enumerate(trials):
        source, target = (ipaddress.ip_address(trial[name]) for name in ("source", "target"))
        build, kind = (packet4, 0x0800) if target.version == 4 else (packet6, 0x86DD)
        for packet in build(number, trial, source, target):
            wire.sendto(packet, (sys.argv[1], kind))
        listen(pace)
    listen(PATIENCE)
    for number in range(len(trials)):
        print(answers.get(number, "none"))


if __name__ == "__main__":
    main()
