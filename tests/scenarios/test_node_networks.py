# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's network for guests is a network of the node's home: the node notices, wherever it is, says
so and shares nothing, since the owner's PC would not reach it any more."""
from product import Node, Server, scenario  # makes the others known
from host import Host, plug, wait_until
from topology import Laboratory

REFUSES = 40


def refuses(check, node, what, sign):
    if node.status().get("sharing"):
        node.ctl("off")
    node.ctl("on", check=False)
    wait_until(lambda: node.status().get("problem") == "exit_failed", REFUSES,
               f"the node refuses: {what} (it is {node.status()})")
    detail = node.status()["problemDetail"]
    check("network for guests" in detail and sign in detail, f"{what}: nothing is shared, and why", detail)
    node.ctl("off")


def shares(check, node, what):
    node.ctl("on")
    node.wait_online(REFUSES)
    check(True, what)


def stops(check, node, what, sign):
    wait_until(lambda: node.status().get("problem") == "exit_failed", REFUSES,
               f"the node stops: {what} (it is {node.status()})")
    detail = node.status()["problemDetail"]
    check(sign in detail, f"{what} while it shares: it stops, and says why", detail)
    node.ctl("off")


def second_router(lab):
    """In the node's LAN; it has the whole of the guests' network behind it, where nobody answers."""
    garage = Host("garage")
    plug(garage, "eth0", lab.node_home.router, "lan", "l9")
    garage.address("eth0", f"{lab.node_home.lan4}.9/24")
    garage.sysctl("net.ipv4.ip_forward", 1)
    garage.sh(f"ip link add inner type bridge; ip link set inner up; ip route add 10.86.0.0/16 dev inner;"
              f"ip route add default via {lab.node_home.lan4}.1")
    return f"{lab.node_home.lan4}.9"


def body(check):
    lab = Laboratory()
    router, here = lab.node_home.router, lab.node
    # As many routers have it, which speak by another name to each of a PC's addresses.
    router.address("lan", "fd21::1/64")
    here.address("eth0", "fd21::2/64")
    server = Server(lab)
    node = Node(server, here).wait_online(REFUSES)
    check(True, "control: where nobody has the network, the node shares")

    # While it shares; by a table of its own, as networkd's RouteTable= and many VPNs have.
    here.sh("ip link add other type bridge; ip link set other up; ip route add 10.86.7.0/24 dev other table 77")
    stops(check, node, "a route of this machine's to a part of it, in any table", "10.86.7.0/24")
    refuses(check, node, "the same at the start", "10.86.7.0/24")
    here.sh("ip link del other")

    resolver = here.sh("cat /etc/resolv.conf")
    here.sh("printf 'nameserver 10.86.0.53\\n' > /etc/resolv.conf")
    refuses(check, node, "the resolver that this machine was given is there", "10.86.0.53")
    here.run("tee", "/etc/resolv.conf", stdin=resolver)

    # Nothing on this machine tells of the next ones.
    router.sh("ip link add lan2 type bridge; ip link set lan2 up; ip address add 10.86.5.1/24 dev lan2")
    here.sysctl("net.ipv4.ping_group_range", "'1 0'")
    refuses(check, node, "a second LAN of the router's, on a machine that gives nobody pings", "10.86.5.1")
    here.sysctl("net.ipv4.ping_group_range", "'0 2147483647'")
    router.nft('table inet shy { chain i { type filter hook input priority 0; udp dport 33434 drop; }; }')
    refuses(check, node, "the same, of a router that answers pings only", "10.86.5.1")
    router.nft("delete table inet shy")
    router.sh("ip link del lan2")

    there = second_router(lab)
    router.sh(f"ip route add 10.86.0.0/16 via {there}; nft insert rule inet router forward iifname lan oifname "
              "lan accept")
    refuses(check, node, "a second router, behind which nobody answers", there)
    router.sh("ip route del 10.86.0.0/16; ip route flush cache")
    here.sh("ip route flush cache")
    shares(check, node, "control: without it the node shares")
    # A line that changes is a reason to look again.
    router.sh(f"ip route add 10.86.0.0/16 via {there}")
    here.address("eth0", f"{lab.node_home.lan4}.222/24")
    stops(check, node, "a network behind the router that comes with another line", there)


if __name__ == "__main__":
    scenario(body)
