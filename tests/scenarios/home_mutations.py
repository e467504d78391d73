# SPDX-License-Identifier: GPL-3.0-or-later
"""Is a fault in the exit's rules noticed? Each mutation spoils one rule on its way into the kernel, so that
what is in force is what the node believes to be right, and the second barrier is away. Then the node's
self-test must refuse to share, or the guest's attack must arrive somewhere.

    home_mutations.py [NAME...]
"""
import os
import sys

from product import Client, Node, Server, scenario  # makes the others known
from home_attack import OUTSIDE, Household, addresses, arrivals, judge, node_addresses, send, trials
from home_trials import NEVER_OUTSIDE
from host import wait_until
from sandbox import SPACE

SETTLED = 40
# name -> (sed's expression for what `nft -f` is given, the kinds of trials that must show it)
MUTATIONS = {
    "private IPv4 is let through": ("s/ip daddr @special4 goto refuse//", ("NAS", "printer")),
    "the home's IPv6 is let through": ("s/ip6 daddr @special6 goto refuse//; s/ip6 daddr @router6 goto refuse//",
                                       ("NAS", "router", "router's end of the line")),
    "the router's public address": ("s/ip daddr @router4 goto refuse//", ("router's public address",)),
    "all of IPv4": ("s/chain from_guest {/& meta nfproto ipv4 accept/", ("NAS", "printer", "mail")),
    "all of IPv6": ("s/chain from_guest {/& meta nfproto ipv6 accept/", ("NAS", "router", "mail")),
    "the node's own services": ("/chain input {/,/^    }/s/^ *drop$//", ("node, on the LAN",)),
    "guests among each other": ('s/oifname "hgnode0" drop//; s/oifname != .* goto refuse//; '
                                "s/ip daddr @special4 goto refuse//", ("another guest", "NAS")),
    "mail": ("s/tcp dport {.*goto refuse//", ("mail",)),
    "file sharing": ("s/udp dport {.*goto refuse//", ("SMB, NetBIOS",)),
    "what is spoken to routers only": ("s/5350-5351, //; s/5351, //; s/, 7547//; s/ 1900,//; s/161-162, //",
                                       ("routers' protocols",)),
    "protocols that nobody translates": ("s/meta l4proto != .* drop//", ("other protocols",)),
    "no chain at all": ("s/iifname {[^}]*} goto from_guest/&_not/; s/goto from_guest_not/accept/",
                        ("NAS", "printer", "mail")),
}
WRAPPER = """#!/bin/sh
# Rules come as a file on the standard input.
[ "$1 $2" = "-f -" ] || exec {space}/nft "$@"
sed -f {space}/mutation | {space}/nft -f -
"""


class Spoiler:
    """The node's `nft` is a wrapper, and it has no `tc`."""

    def __init__(self, host):
        self.host = host
        nft, tc = os.path.realpath("/usr/sbin/nft"), os.path.realpath("/usr/sbin/tc")
        with open(f"{SPACE}/nft.sh", "w") as file:
            file.write(WRAPPER.format(space=SPACE))
        os.chmod(f"{SPACE}/nft.sh", 0o755)
        self.spoil("")
        host.sh(f"cp {nft} {SPACE}/nft; mount --bind {SPACE}/nft.sh {nft}; mount --bind /dev/null {tc}")

    def spoil(self, expression):
        with open(f"{SPACE}/mutation", "w") as file:
            file.write(expression.replace("; ", "\n") + "\n")


def arrived(home, node, guest, second, kinds):
    """What of these kinds reached something, or left the home."""
    rows = [row for row in trials(addresses(guest), addresses(second), node_addresses(node))
            if row["kind"] in kinds]
    home.forget()
    answers = send(home.lab.user, guest.interface, rows)
    reached = [row for row, _, _, bad in judge(rows, answers, [True] * len(rows), arrivals(home)) if bad]
    left = [packet for packet in home.web.fresh() if packet.target in OUTSIDE and packet.protocol != "icmp"
            and (packet.target_port in NEVER_OUTSIDE or packet.protocol not in ("tcp", "udp", "icmp6"))]
    return len(reached) + len(left), len(rows)


def verdict(home, node, guest, second, spoiler, expression, kinds):
    """Who notices, in words; empty: nobody."""
    for each in (guest, second):
        each.ctl("disconnect")
    node.ctl("off")
    spoiler.spoil(expression)
    node.ctl("on", check=False)
    wait_until(lambda: node.status()["state"] == "sharing" or node.status()["problem"] == "exit_unsafe", SETTLED,
               "the node shares, or says why not")
    if node.status()["state"] != "sharing":
        return f"the self-test: {node.status()['problemDetail']}"
    for each in (guest, second):
        each.connect()
    seen, tried = arrived(home, node, guest, second, kinds)
    return f"the attack: {seen} of {tried}" if seen else ""


def body(check):
    home = Household()
    server = Server(home.lab)
    spoiler = Spoiler(home.lab.node)
    # What it asks of the router by itself is no guest's.
    node = Node(server, home.lab.node, options=("--port-mapping", "off")).wait_online()
    guest, second = Client(server, home.lab.user), Client(server, home.lab.user2)
    every = sorted({kind for _, kinds in MUTATIONS.values() for kind in kinds})
    check.equal(verdict(home, node, guest, second, spoiler, "", every), "",
                "control: with all rules nobody has anything to notice")
    wanted = sys.argv[1:] or MUTATIONS
    for name in wanted:
        noticed = verdict(home, node, guest, second, spoiler, *MUTATIONS[name])
        check(noticed, f"noticed: {name}", noticed[:90])


if __name__ == "__main__":
    scenario(body)
