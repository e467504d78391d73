# SPDX-License-Identifier: GPL-3.0-or-later
"""Every address of the laboratory's Internet: ordinary global unicast ones, as a product under test meets
them. They are somebody's outside, so the laboratory is sealed: topology.py sees to it that no way leads out.
"""
import ipaddress

# The access provider's network, in which home routers have their outer ends.
ACCESS4, ACCESS6 = "81.0.113.0/24", "2a02:113::/64"
ACCESS_GATEWAY4, ACCESS_GATEWAY6 = "81.0.113.1", "2a02:113::1"
BOSON4, BOSON6, BOSON_NAME = "81.0.113.10", "2a02:10::10", "boson.example"
BOSON_GATEWAY6 = "2a02:10::1"
TURN4, TURN_OTHER4, TURN6, TURN_NAME = "81.0.113.12", "81.0.113.13", "2a02:10::12", "turn.example"
# The provider's translation for homes that have IPv6 alone (RFC 6052, RFC 6147).
NAT64_4, NAT64_6, NAT64_PREFIX = "81.0.113.64", "2a02:113::64", "64:ff9b::"
WEB_NET4, WEB_NET6 = "82.51.100.0/24", "2a02:51::/64"
WEB_GATEWAY4, WEB_GATEWAY6 = "82.51.100.1", "2a02:51::1"
WEB4, WEB6, WEB_NAME = "82.51.100.80", "2a02:51::80", "web.example"
DNS4, DNS6 = "82.51.100.53", "2a02:51::53"
CANARY4, CANARY6 = "82.51.100.200", "2a02:51::200"
# Where homes are, for what shall not pass between them.
HOMES4, HOMES6 = "81.0.113.16-81.0.113.254", "2a01::/16"
PUBLIC_LANS4 = "81.1.0.0/16"  # of homes whose PCs have public addresses


def is_home(address):
    """Of a home's router, or of a PC with an address of its own."""
    first, last = HOMES4.split("-")
    parsed = ipaddress.ip_address(address)
    if parsed.version == 6:
        return parsed in ipaddress.ip_network(HOMES6)
    if parsed in ipaddress.ip_network(PUBLIC_LANS4):
        return True
    return ipaddress.ip_address(first) <= parsed <= ipaddress.ip_address(last)


NOWHERE4, NOWHERE6 = "9.9.9.9", "2620:fe::fe"  # on the Internet, and not in the laboratory's


def public4(home):
    """Of the home's router."""
    return f"81.0.113.{home}"


def wan6(home):
    """Of the home's router, in the provider's network."""
    return f"2a02:113::{home}"


def delegated6(home):
    """The networks that the provider gave the home."""
    return f"2a01:{home}::/48"


def lan4(home):
    """Without the last number."""
    return f"192.168.{home}"


def lan6(home):
    """The network of the home's PCs, a /64 of the delegated ones."""
    return f"2a01:{home}:0:1::"


def public_lan4(home):
    """Like lan4, of a home whose PCs have public addresses."""
    return f"81.1.{home}"


def shared4(home):
    """Between a provider's NAT and the home (RFC 6598), without the last number."""
    return f"100.64.{home}"


def uplink6(home):
    """The network between home and provider, where it has a cable of its own."""
    return f"2a02:64:{home}::"


# What the web host sees: the node's home, a second node's, and the user's own.
EXIT4, EXIT2_4, USER4 = public4(21), public4(22), public4(31)
EXIT6, USER6 = f"{lan6(21)}2", f"{lan6(31)}2"
