# SPDX-License-Identifier: GPL-3.0-or-later
"""Home routers: nftables rule sets for the kinds of NAT and firewall that people have.

ICMPv6 is written 58, since a small system has no /etc/protocols to know its name from.

The WAN side drops what nobody asked for; a dropped packet leaves no conntrack entry, so an early
hole punch from outside does not occupy the tuple.
"""
PORTS = "61000-65000"
SEQUENTIAL_FROM, SEQUENTIAL_COUNT = 61000, 2000

CONES = ("full-cone", "address-restricted", "port-restricted")
# No NAT: the PCs have public addresses, behind nothing or behind a stateful firewall.
UNTRANSLATED = ("open", "firewall")
KINDS = (*UNTRANSLATED, *CONES, "port-preserving", "symmetric", "sequential", "carrier-grade", "udp-blocked")
LEAVES_ANYWAY = "{ 443, 3000 }"  # TCP ports, where UDP is blocked


def ruleset(kind, wan, forwards=(), mapping_chains="", ipv6="firewall", mtu=1500, too_big=True,
            hairpin=False):
    """The whole rule set of a router with interfaces wan and lan.

    wan: its outer IPv4 address. forwards: (protocol, port, LAN address) of port forwardings.
    mapping_chains: those of a port mapper, of which one is called miniupnpd and lets in.
    ipv6: "firewall" or "open". mtu: of the uplink; the router lowers what TCP announces to it, as routers do.
    too_big: its ICMP errors about that arrive. hairpin: PCs reach each other by their mapped addresses, with a
    full cone.
    """
    if kind not in KINDS:
        raise ValueError(kind)
    return f"""
flush ruleset
{"" if kind in UNTRANSLATED else _translation(kind, wan, forwards, hairpin)}
table inet router {{{mapping_chains}
  chain input {{
    type filter hook input priority filter; policy accept;
    iifname "wan" ct state established,related accept
    iifname "wan" meta l4proto 58 accept
    iifname "wan" drop
  }}
  chain output {{
    type filter hook output priority filter; policy accept;
    {'' if too_big else 'icmp type destination-unreachable icmp code 4 drop; icmpv6 type packet-too-big drop'}
  }}
  chain forward {{
    type filter hook forward priority filter; policy drop;
    {_clamp(mtu)}
    ct state established,related accept
    {_leaves(kind)}
    ct status dnat accept
    meta l4proto 58 accept
    {'meta nfproto ipv4 accept' if kind == "open" else ''}
    {'meta nfproto ipv6 accept' if ipv6 == "open" else ''}
    {'jump miniupnpd' if mapping_chains else ''}
  }}
}}
"""


def _clamp(mtu):
    if mtu >= 1500:
        return ""
    return (f"meta nfproto ipv4 tcp flags syn tcp option maxseg size set {mtu - 40}\n"
            f"    meta nfproto ipv6 tcp flags syn tcp option maxseg size set {mtu - 60}")


def _leaves(kind):
    if kind == "udp-blocked":
        return f'iifname "lan*" oifname "wan" tcp dport {LEAVES_ANYWAY} accept'
    return 'iifname "lan*" oifname "wan" accept'


def _source(kind, wan):
    """How connections that begin inside are translated."""
    if kind == "symmetric":
        return 'oifname "wan" masquerade random,fully-random'
    if kind == "port-preserving":
        return 'oifname "wan" masquerade'
    if kind == "sequential":
        # By a map: nft writes a bare number into the port in the machine's byte order, and they come 256 apart.
        ports = ", ".join(f"{number} : {SEQUENTIAL_FROM + number}" for number in range(SEQUENTIAL_COUNT))
        return (f'oifname "wan" meta l4proto {{ tcp, udp }} '
                f'snat to {wan} : numgen inc mod {SEQUENTIAL_COUNT} map {{ {ports} }}\n'
                '    oifname "wan" masquerade')
    return (f'oifname "wan" meta l4proto {{ tcp, udp }} snat to {wan}:{PORTS}\n'
            '    oifname "wan" masquerade')


def _translation(kind, wan, forwards, hairpin):
    destination = "\n".join(f'    iifname "wan" {protocol} dport {port} dnat to {address}:{port}'
                            for protocol, port, address in forwards)
    source = _source(kind, wan)
    learn = admit = ""
    if kind in ("full-cone", "address-restricted"):
        learn = ('oifname "wan" meta l4proto udp update @learned '
                 '{ udp sport : ct original ip saddr . ct original proto-src }')
        admit = 'iifname "wan" meta l4proto udp dnat to udp dport map @learned'
    if kind == "address-restricted":
        learn += '\n    oifname "wan" meta l4proto udp update @spoken { udp sport . ip daddr }'
        admit = ('iifname "wan" meta l4proto udp udp dport . ip saddr @spoken '
                 'dnat to udp dport map @learned')
    if hairpin:
        admit += f'\n    iifname "lan" ip daddr {wan} meta l4proto udp dnat to udp dport map @learned'
        source = f'oifname "lan" ct status dnat meta l4proto udp snat to {wan}:{PORTS}\n    {source}'
    return f"""table ip nat {{
  map learned {{ type inet_service : ipv4_addr . inet_service; flags dynamic, timeout; timeout 2m; }}
  set spoken {{ type inet_service . ipv4_addr; flags dynamic, timeout; timeout 2m; }}
  chain prerouting {{
    type nat hook prerouting priority dstnat; policy accept;
{destination}
    {admit}
  }}
  chain postrouting {{
    type nat hook postrouting priority srcnat; policy accept;
    {source}
  }}
  chain learning {{
    type filter hook postrouting priority srcnat + 10; policy accept;
    {learn}
  }}
}}"""
