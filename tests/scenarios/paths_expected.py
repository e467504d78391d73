# SPDX-License-Identifier: GPL-3.0-or-later
"""Which way two homes' routers let a session take, as measured with hole punching alone in this laboratory."""
MUST, MAY, CANNOT = "must be direct", "may be direct", "cannot be direct"

NAT64 = "nat64"  # IPv6 alone, and the provider's port-restricted translation
DEPENDENT = ("symmetric", "sequential")  # another port for each destination
NARROW = "narrow"  # port-restricted, and an uplink of 1492 bytes (PPPoE)
PREDICTABLE = ("sequential",)
# Let in answers only, from the very address and port that was asked.
STRICT = (*DEPENDENT, "port-restricted", "port-preserving", "firewall", "carrier-grade", NAT64, NARROW)
MAPPABLE = ("full-cone", "address-restricted", "port-restricted", "port-preserving", "symmetric", "sequential")


def ways(client, node, ipv6, mapping):
    """MUST, MAY (by guessing the next port) or CANNOT.

    ipv6: both have it, behind stateful firewalls. mapping: the node's router opens ports when asked.
    """
    if "udp-blocked" in (client, node):
        return CANNOT
    if ipv6:
        return MUST  # two firewalls without translation
    if mapping and node in MAPPABLE:
        return MUST
    for one, other in ((client, node), (node, client)):
        if one in DEPENDENT and other in STRICT:
            return MAY if all(kind in PREDICTABLE or kind not in DEPENDENT for kind in (client, node)) else CANNOT
    return MUST


def reasons(client, node, path, mapping):
    """Those that a truthful program may give for the path that it has."""
    if path == "direct":
        return {"direct", "port_mapped"} if mapping and node in MAPPABLE else {"direct"}
    if path == "turn":
        return {"turn_relay"}
    if client == "udp-blocked":
        return {"udp_blocked"}
    if node == "udp-blocked":
        return {"udp_blocked", "peer_cannot"}
    if client in DEPENDENT and node in DEPENDENT:
        return {"both_symmetric"}
    if client in DEPENDENT or node in DEPENDENT:
        return {"symmetric_behind_strict"}
    return set()
