# SPDX-License-Identifier: GPL-3.0-or-later
"""What left a machine: a capture beyond its uplink, and the probes that try to get out."""
import collections
import os

from host import wait_until
from sandbox import SPACE
from topology import CANARY4, CANARY6, HERE, PYTHON

Packet = collections.namedtuple("Packet", "ms protocol source source_port target target_port length")


class Capture:
    """Everything that a PC sends over its cable, noted by the router at the other end."""

    def __init__(self, router, port, label="capture"):
        self.path = f"{SPACE}/{label}.packets"
        self.process = router.start(label, PYTHON, f"{HERE}/capture.py", port, self.path)
        self.process.wait_for("ready")
        self.seen = 0

    def packets(self):
        with open(self.path) as file:
            lines = file.read().rpartition("\n")[0].splitlines()
        return [Packet(int(f[0]), f[1], f[2], int(f[3]), f[4], int(f[5]), int(f[6]))
                for f in map(str.split, lines)]

    def fresh(self):
        """The packets since the last call."""
        packets = self.packets()
        fresh, self.seen = packets[self.seen:], len(packets)
        return fresh


def start_probes(pc, *more):
    return pc.start("probes", PYTHON, f"{HERE}/probes.py", CANARY4, CANARY6, *more).wait_for("ready")


def leaks(packets, allowed):
    """Packets that are neither the link's own talk (ARP, NDP, multicast listening) nor allowed."""
    def harmless(packet):
        if packet.protocol == "arp" or packet.target.lower().startswith(("ff02:", "fe80:")):
            return True
        return allowed(packet)
    return [packet for packet in packets if not harmless(packet)]


KINDS = {("udp", 4), ("udp", 6), ("tcp", 4), ("tcp", 6), ("icmp", 4), ("icmp6", 6)}


def kinds(packets):
    """Which sorts of probes to the canaries are among the packets."""
    return {(p.protocol, 6 if ":" in p.target else 4) for p in packets
            if p.target in (CANARY4, CANARY6)}


def positive_control(capture, timeout=5):
    """The capture must see every sort of probe while nothing hinders them, or it proves nothing."""
    wait_until(lambda: kinds(capture.packets()[capture.seen:]) >= KINDS, timeout,
               "the capture sees UDP, TCP and ICMP probes over IPv4 and IPv6")
    return len(capture.fresh())


class Counters:
    """Packets that reached a host, by nftables expression, counted before its firewall."""

    def __init__(self, host, **matches):
        self.host = host
        rules = "\n".join(f"    {match} counter name {name}" for name, match in matches.items())
        names = "\n".join(f"  counter {name} {{ }}" for name in matches)
        host.nft(f"table inet counting {{\n{names}\n  chain seen {{\n"
                 f"    type filter hook prerouting priority raw;\n{rules}\n  }}\n}}\n")

    def __getitem__(self, name):
        text = self.host.sh(f"nft list counter inet counting {name}")
        return int(text.split("packets ")[1].split()[0])

    def remove(self):
        self.host.nft("delete table inet counting")
