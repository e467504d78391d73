# SPDX-License-Identifier: GPL-3.0-or-later
"""What a guest of a home tries that it must not reach: every special range and spelling, the home's own
hosts and services, other guests, mail and file sharing. home_attack.py sends it."""
import ipaddress

TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
PROTOCOLS = {TCP: "TCP", UDP: "UDP", ICMP: "ICMP", ICMP6: "ICMPv6"}
FORBIDDEN_EVERYWHERE = (25, 135, 136, 137, 138, 139, 445)
# What is spoken to one's own router only: a router may have addresses that nobody tells.
ROUTERS_ONLY = {UDP: (67, 161, 547, 1900, 5350, 5351), TCP: (5351, 7547)}
NEVER_OUTSIDE = (*FORBIDDEN_EVERYWHERE, *ROUTERS_ONLY[TCP], *ROUTERS_ONLY[UDP])

# The IANA special-purpose registries; the first, a middle and the last address of each is tried.
SPECIAL4 = ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
            "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
            "198.51.100.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32")
SPECIAL6 = ("::/128", "::1/128", "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96",
            "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/32", "2001:2::/48", "2001:10::/28",
            "2001:20::/28", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7",
            "fe80::/10", "fec0::/10", "ff00::/8")
# Not forbidden by nature: these are anycast services that anybody may reach.
OPEN_TO_ALL = ("192.31.196.0/24", "192.52.193.0/24", "192.175.48.0/24")
HOME_PORTS = ((TCP, 22), (TCP, 80), (TCP, 443), (TCP, 445), (TCP, 631), (TCP, 8080), (TCP, 9100),
              (UDP, 53), (UDP, 137), (UDP, 161), (UDP, 1900), (UDP, 5353))
TUNNELLED = (4, 41, 47, 50, 132)  # IP in IP, 6in4, GRE, ESP, SCTP
UNTRANSLATED = (33, 51, 136)  # DCCP, AH, UDP-Lite


def spellings(address4):
    """(how it is written, IPv6 address) of an IPv4 address."""
    number = int(ipaddress.IPv4Address(address4))

    def put(prefix, shift=0):
        return str(ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) + (number << shift)))
    yield "v4-compatible", put("::")
    yield "v4-mapped", put("::ffff:0:0")
    yield "v4-translated (SIIT)", put("::ffff:0:0:0")
    yield "NAT64", put("64:ff9b::")
    yield "NAT64 local", put("64:ff9b:1::")
    yield "6to4", put("2002::1", 80)
    yield "ISATAP", put("fe80::5efe:0:0")
    yield "Teredo", str(ipaddress.IPv6Address((0x20010000 << 96) + (number ^ 0xFFFFFFFF)))


def three_of(prefix):
    network = ipaddress.ip_network(prefix)
    last = int(network.broadcast_address) - (1 if network.num_addresses > 4 else 0)
    middle = int(network.network_address) + network.num_addresses // 2 + network.num_addresses // 7
    first = int(network.network_address) + (1 if network.num_addresses > 4 else 0)
    kind = ipaddress.IPv4Address if network.version == 4 else ipaddress.IPv6Address
    return sorted({str(kind(value)) for value in (first, min(middle, last), last)})


class Trials:
    def __init__(self, own4, own6):
        self.own4, self.own6, self.rows = own4, own6, []

    def add(self, kind, target, protocol, port=0, spelling="", source=None, **more):
        own = self.own6 if ":" in target else self.own4
        self.rows.append({"kind": kind, "target": target, "protocol": protocol, "port": port,
                          "spelling": spelling or "plain", "source": source or own, **more})

    def echo(self, kind, target, spelling=""):
        self.add(kind, target, ICMP6 if ":" in target else ICMP, 0, spelling)

    def ranges(self):
        for prefix in SPECIAL4 + SPECIAL6:
            if prefix in OPEN_TO_ALL:
                continue
            for target in three_of(prefix):
                self.add(f"range {prefix}", target, TCP, 80)
                self.add(f"range {prefix}", target, UDP, 53)
                self.echo(f"range {prefix}", target)

    def home(self, hosts):
        """hosts: (name, address)"""
        for name, address in hosts:
            for protocol, port in HOME_PORTS:
                self.add(name, address, protocol, port)
            self.echo(name, address)

    def written_otherwise(self, hosts):
        for name, address in hosts:
            for how, target in spellings(address):
                self.add(name, target, TCP, 80, f"{how} {address}")

    def discovery(self):
        for target in ("239.255.255.250", "ff02::c", "ff05::c", "255.255.255.255"):
            self.add("SSDP", target, UDP, 1900)
        for target in ("224.0.0.251", "ff02::fb"):
            self.add("mDNS", target, UDP, 5353)
        for target, port in (("224.0.0.252", 5355), ("ff02::1:3", 5355), ("192.168.21.255", 137)):
            self.add("LLMNR, NetBIOS", target, UDP, port)

    def shapes(self, hosts, outside):
        """Fragments, source routes and tunnels inside the tunnel."""
        for name, address in hosts:
            for protocol in TUNNELLED:
                self.add(name, address, protocol, 0, f"IP protocol {protocol}")
            self.add(name, address, TCP, 80, "in fragments", shape="fragment")
            shape, via = ("routing", outside[1]) if ":" in address else ("options", outside[0])
            self.add(name, address, TCP, 80, "source route", shape=shape, via=via)

    def spoofed(self, sources, outside):
        for source in sources:
            target = outside[1] if ":" in source else outside[0]
            self.add("spoofed source", target, TCP, 8443, f"from {source}", source=source)

    def mail_and_files(self, outside):
        for target in outside:
            for port in FORBIDDEN_EVERYWHERE:
                self.add("mail" if port == 25 else "SMB, NetBIOS", target, TCP, port)
                if port != 25:
                    self.add("SMB, NetBIOS", target, UDP, port)

    def for_routers(self, outside):
        for protocol, ports in ROUTERS_ONLY.items():
            for target in outside:
                for port in ports:
                    self.add("routers' protocols", target, protocol, port)

    def untranslated(self, outside):
        for target in outside:
            for protocol in TUNNELLED + UNTRANSLATED:
                self.add("other protocols", target, protocol, 0, f"IP protocol {protocol}")
