# SPDX-License-Identifier: GPL-3.0-or-later
"""A user whose own network has the numbers that tunnels have: the PC has the very address that it gets inside, or
another of that network, and its router the exit's. It connects and stays so, and has its line back afterwards."""
from product import Client, Node, Server, scenario  # makes the others known
from addresses import EXIT4, USER4, WEB4
from host import Host, link
from measure import lost_of
from topology import BOSON4, BOSON_NAME, Laboratory, http_get

ROUTER = "10.86.0.1"


def pc_at(lab, address):
    """A PC on a cable of its own to the user's router, which translates what comes from a LAN."""
    router = lab.user_home.router
    pc = Host("pc")
    link(pc, "eth0", router, "lan9")
    router.address("lan9", f"{ROUTER}/24")
    pc.address("eth0", f"{address}/24")
    pc.sh(f"ip route add default via {ROUTER}; printf '{BOSON4} {BOSON_NAME}\\n' >> /etc/hosts")
    return pc


def seen_by_web(pc):
    return http_get(pc, f"http://{WEB4}/", check=False)


def body(check):
    lab = Laboratory()
    server = Server(lab)
    Node(server, lab.node).wait_online()
    for address in ("10.86.0.2", "10.86.0.77"):
        pc = pc_at(lab, address)
        check.equal(seen_by_web(pc), USER4, f"{address}: the bare line works")
        client = Client(server, pc)
        client.connect("US")
        check.equal(client.exit4(), EXIT4, "it leaves by the node")
        lost = lost_of(pc, 60, 0.1)
        check((client.state(), lost) == ("connected", 0), "and goes on doing so", (client.state(), lost))
        client.disconnect()
        check.equal(seen_by_web(pc), USER4, "the bare line is back")
        client.process.stop()
        lab.user_home.router.sh("ip link delete lan9")


scenario(body)
