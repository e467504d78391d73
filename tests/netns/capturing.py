# SPDX-License-Identifier: GPL-3.0-or-later
"""What left a machine: a capture beyond its uplink, and the probes that try to get out."""
import collections
import ipaddress
import itertools

from host import wait_until
from sandbox import SPACE
from addresses import is_home
from topology import CANARY4, CANARY6, HERE, PYTHON

# time: seconds of CLOCK_REALTIME
Packet = collections.namedtuple("Packet", "time protocol source source_port target target_port length")
PROBE_PORTS = range(20000, 30000)  # source ports and ICMP identifiers of probes.py
NUMBER = itertools.count(1)  # of captures, which may have the same label
DNS, OTHER, FLOW, RAW_SOURCE, STREAM = 53, 9999, 9998, 3, 2000


class Capture:
    """Everything that a PC sends over its cable, noted by the router at the other end."""

    def __init__(self, router, port, label="capture"):
        self.path = f"{SPACE}/{label}-{next(NUMBER)}.packets"
        self.process = router.start(label, PYTHON, f"{HERE}/capture.py", port, self.path)
        self.process.wait_for("ready")
        self.file, self.half = open(self.path), ""

    def fresh(self):
        """The packets since the last call."""
        whole, _, self.half = (self.half + self.file.read()).rpartition("\n")
        return [Packet(float(f[0]), f[1], f[2], int(f[3]), f[4], int(f[5]), int(f[6]))
                for f in map(str.split, whole.splitlines())]


def start_probes(pc, *more, label="probes"):
    """more: options and addresses for probes.py beside the canaries."""
    return pc.start(label, PYTHON, f"{HERE}/probes.py", CANARY4, CANARY6, *more).wait_for("ready")


def spare_exit(host, tunnel):
    """On a node's host: what probes send through the tunnel ends here. Hundreds of new connections a
    second are more than an exit gives to one guest: after three seconds the tunnel would hardly carry
    anything else, and nobody could tell whether it is back. Where questions for names are redirected,
    their ports are not the probes' own; everybody else asks by UDP."""
    ports = f"{PROBE_PORTS.start}-{PROBE_PORTS.stop - 1}"
    host.nft(f"table inet probes {{\n  chain arrive {{\n    type filter hook prerouting priority raw;\n"
             f'    iifname "{tunnel}" meta l4proto {{ tcp, udp }} th sport {ports} drop\n'
             f'    iifname "{tunnel}" tcp dport {DNS} drop\n  }}\n}}\n')


NEIGHBOURS = (131, 132, 143, *range(133, 137))  # ICMPv6 types: of listeners to groups, RFC 2710 and 3810; RFC 4861


def is_link_talk(packet):
    """What a machine says to find its neighbours and to get an address."""
    if packet.protocol == "arp" or (packet.protocol == "icmp6" and packet.source_port in NEIGHBOURS):
        return True
    ports = (packet.protocol, packet.source_port, packet.target_port)
    if ports == ("udp", 68, 67):
        return packet.target == "255.255.255.255" or ipaddress.ip_address(packet.target).is_private
    return ports == ("udp", 546, 547)


def to_a_home(packet):
    """What the daemon's one UDP socket sends on a straight way: no probe goes to a home's router."""
    return packet.protocol == "udp" and packet.target_port >= 1024 and is_home(packet.target)


def leaks(packets, allowed):
    """Packets that are neither the link's own talk (ARP, NDP, DHCP) nor allowed."""
    return [packet for packet in packets if not is_link_talk(packet) and not allowed(packet)]


def family(packet):
    return 6 if ":" in packet.target else 4


def probe_kind(packet):
    """Which sort of probe a packet is: (name, 4 or 6), or None for a packet that is none.

    Names: udp53 udp tcp53 tcp icmp, flow (a connection of before), raw; followed by the number of
    the stream where that is not the first.
    """
    if packet.protocol in ("icmp", "icmp6"):
        number, name = packet.target_port, "icmp"
    else:
        number, name = packet.source_port, packet.protocol
    if number not in PROBE_PORTS or name not in ("udp", "tcp", "icmp"):
        return None
    stream, use = divmod(number - PROBE_PORTS.start, STREAM)
    if name == "udp" and use == RAW_SOURCE:
        name = "raw"
    elif name == "tcp" and packet.target_port == FLOW:
        name = "flow"
    elif packet.target_port == DNS and name != "icmp":
        name += "53"
    return name + (f".{stream}" if stream else ""), family(packet)


KINDS = {(name, version) for name in ("udp53", "udp", "tcp53", "tcp", "icmp") for version in (4, 6)}


def kinds(packets):
    """Which sorts of probes to the canaries are among the packets."""
    return {probe_kind(p) for p in packets if p.target in (CANARY4, CANARY6)} - {None}


def positive_control(capture, timeout=5):
    """The capture must see every sort of probe while nothing hinders them, or it proves nothing."""
    seen = []

    def all_seen():
        seen.extend(capture.fresh())
        return kinds(seen) >= KINDS
    try:
        wait_until(all_seen, timeout, "the capture sees UDP and TCP, to port 53 and others, and ICMP "
                                      "probes over IPv4 and IPv6")
    except TimeoutError as late:
        raise TimeoutError(f"{late}: none of {sorted(KINDS - kinds(seen))}") from None
    return len(seen)


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
