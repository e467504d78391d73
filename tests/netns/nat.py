# SPDX-License-Identifier: GPL-3.0-or-later
"""Home routers: nftables rule sets for the kinds of NAT that people have.

ICMPv6 is written 58, since a small system has no /etc/protocols to know its name from.

The WAN side drops what nobody asked for; a dropped packet leaves no conntrack entry, so an early
hole punch from outside does not occupy the tuple.
"""
PORTS = "61000-65000"

KINDS = ("full-cone", "address-restricted", "port-restricted", "symmetric", "sequential")


def ruleset(kind, wan, forwards=(), mapping_chains=""):
    """The whole rule set of a router with interfaces wan and lan.

    wan: its public IPv4 address. forwards: (protocol, port, LAN address) of port forwardings.
    mapping_chains: those of a port mapper, of which one is called miniupnpd and lets in.
    """
    if kind not in KINDS:
        raise ValueError(kind)
    source = {
        "symmetric": 'oifname "wan" masquerade random,fully-random',
        "sequential": f'oifname "wan" meta l4proto {{ tcp, udp }} '
                      f'snat to {wan} : numgen inc mod 4000 offset 61000\n'
                      '    oifname "wan" masquerade',
    }.get(kind, f'oifname "wan" meta l4proto {{ tcp, udp }} snat to {wan}:{PORTS}\n'
                '    oifname "wan" masquerade')
    destination = "\n".join(f'    iifname "wan" {protocol} dport {port} dnat to {address}:{port}'
                            for protocol, port, address in forwards)
    learn = admit = ""
    if kind in ("full-cone", "address-restricted"):
        learn = ('oifname "wan" meta l4proto udp update @learned '
                 '{ udp sport : ct original ip saddr . ct original proto-src }')
        admit = 'iifname "wan" meta l4proto udp dnat to udp dport map @learned'
    if kind == "address-restricted":
        learn += '\n    oifname "wan" meta l4proto udp update @spoken { udp sport . ip daddr }'
        admit = ('iifname "wan" meta l4proto udp udp dport . ip saddr @spoken '
                 'dnat to udp dport map @learned')
    return f"""
flush ruleset
table ip nat {{
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
}}
table inet router {{{mapping_chains}
  chain input {{
    type filter hook input priority filter; policy accept;
    iifname "wan" ct state established,related accept
    iifname "wan" meta l4proto 58 accept
    iifname "wan" drop
  }}
  chain forward {{
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname "lan*" oifname "wan" accept
    ct status dnat accept
    meta l4proto 58 accept
    {'jump miniupnpd' if mapping_chains else ''}
  }}
}}
"""
