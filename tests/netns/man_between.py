# SPDX-License-Identifier: GPL-3.0-or-later
"""A man on the way between two homes, who sees all that passes and sends what he likes, under any address.

    man_between.py record FILE SECONDS PORT...       what passes of STUN by these cables, once of each kind and direction
    man_between.py replay FILE KIND RATE SECONDS [ADDRESS:PORT...]    again, as it came, or as if from these addresses

Kinds: "binding" (a STUN server's answer), "request" and "answer" (of probes). It says "recorded KIND SOURCE TARGET", and
"sent NUMBER"."""
import collections
import json
import random
import select
import socket
import struct
import sys
import time

from hostile_end import COOKIE, REQUEST, SUCCESS, raw_udp

ETH_P_ALL, PACKET_OUTGOING, EACH = 3, 4, 20  # a bridge's ports give other sockets nothing
STUN_PORTS = (3478, 3479)


def seen(frame):
    """(kind, source, target, payload) of a STUN message, else None."""
    if len(frame) < 42 or frame[12:14] != b"\x08\0" or frame[23] != 17:
        return None
    head = 14 + (frame[14] & 15) * 4
    sport, dport, size = struct.unpack_from("!HHH", frame, head)
    payload = frame[head + 8:head + size]
    if len(payload) < 20 or struct.unpack_from("!I", payload, 4)[0] != COOKIE:
        return None
    method = struct.unpack_from("!H", payload)[0]
    kind = {REQUEST: "request", SUCCESS: "binding" if sport in STUN_PORTS else "answer"}.get(method)
    if kind is None or (kind == "request" and dport in STUN_PORTS):
        return None
    return (kind, (socket.inet_ntoa(frame[26:30]), sport), (socket.inet_ntoa(frame[30:34]), dport), payload)


def record(path, seconds, *ports):
    cables = []
    for port in ports:
        cable = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        cable.bind((port, 0))
        cables.append(cable)
    print("ready", flush=True)
    kept, until = {}, time.monotonic() + float(seconds)
    while (left := until - time.monotonic()) > 0:
        for cable in select.select(cables, [], [], left)[0]:
            frame, at = cable.recvfrom(4096)
            found = seen(frame) if at[2] != PACKET_OUTGOING else None
            if not found:
                continue
            kind, source, target, payload = found
            of = kept.setdefault(f"{kind} {source} {target}", [])
            if not of:
                print("recorded", kind, *source, *target, flush=True)
            if len(of) < EACH:
                of.append((kind, source, target, payload.hex()))
    with open(path, "w") as file:
        json.dump([one for of in kept.values() for one in of], file)
    print("kept", sum(map(len, kept.values())), flush=True)


def replay(path, kind, rate, seconds, *others):
    with open(path) as file:
        known = [one for one in json.load(file) if one[0] == kind]
    places = [(host, int(port)) for host, _, port in (each.rpartition(":") for each in others)]
    packets = []
    for _, source, target, payload in known:
        for place in places or [tuple(source)]:
            packets.append((raw_udp(place, tuple(target), bytes.fromhex(payload)), target[0], tuple(target)))
    random.shuffle(packets)  # so that few are of every kind, ...
    turns = collections.Counter()  # ... and go to everyone alike
    for number, (packet, to, target) in enumerate(packets):
        packets[number] = (turns[target], packet, to)
        turns[target] += 1
    packets.sort(key=lambda each: each[0])
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    begun, sent = time.monotonic(), 0
    while packets and (past := time.monotonic() - begun) < float(seconds):
        while sent < past * float(rate):
            _, packet, to = packets[sent % len(packets)]
            raw.sendto(packet, (to, 0))
            sent += 1
        time.sleep(0.001)
    print("sent", sent, flush=True)


if __name__ == "__main__":
    {"record": record, "replay": replay}[sys.argv[1]](*sys.argv[2:])
