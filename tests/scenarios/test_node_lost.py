# SPDX-License-Identifier: GPL-3.0-or-later
"""The node dies while somebody uses it: another of its country takes over, and nothing leaks."""
import time

from product import Client, Node, Server, scenario, wait_until
from addresses import EXIT2_4, EXIT4
from topology import Laboratory
from watching import Watch

EXITS = {"node": EXIT4, "node2": EXIT2_4}


def kill_node(node):
    """kill -9 of the daemon and of its WireGuard, as when a PC loses power but for the FIN."""
    for pid in reversed(node.process.tree()[1:]):
        node.host.run("kill", "-9", pid, check=False)
    node.process.kill()


def moved(client, address):
    return client.exit4(1) == address and client.state() == "connected"


def body(check):
    lab = Laboratory()
    server = Server(lab)
    lab.second_node()
    nodes = {"node": Node(server, lab.node), "node2": Node(server, lab.node2)}
    for node in nodes.values():
        node.wait_online()
    client = Client(server, lab.user)
    watch = Watch(check, lab.user_home, lab.user, "l2", nodes.values())
    client.connect()
    watch.forget()
    used = wait_until(client.exit4, 15, "a page is had through the tunnel")
    check(used in EXITS.values(), "connected through one of two nodes", used)
    first = next(name for name, address in EXITS.items() if address == used)
    second = next(name for name in EXITS if name != first)

    begun = time.monotonic()
    kill_node(nodes[first])
    wait_until(lambda: moved(client, EXITS[second]), 15, "the client leaves by the other node")
    check(True, "the other node carries the traffic", f"after {time.monotonic() - begun:.1f} s")
    watch.nothing_left("while the node was replaced")

    kill_node(nodes[second])
    client.wait_state("reconnecting", "blocked", timeout=15)
    time.sleep(3)
    watch.nothing_left("with no node left")
    check(client.state() in ("reconnecting", "blocked", "connecting"), "it says so", client.state())

    nodes[first].start().wait_online()
    wait_until(lambda: moved(client, EXITS[first]), 45, "the client is back when a node is")
    watch.nothing_left("until a node came back")

    lab.node_home.router.sh("ip link set l2 down") if first == "node" else \
        lab.node2_home.router.sh("ip link set l2 down")
    nodes[second].start().wait_online()
    begun = time.monotonic()
    wait_until(lambda: moved(client, EXITS[second]), 40, "a pulled cable is noticed, too")
    check(True, "another node after a pulled cable", f"{time.monotonic() - begun:.1f} s")
    watch.nothing_left("after the pulled cable")
    client.disconnect()
    watch.again_visible("after disconnect")


if __name__ == "__main__":
    scenario(body)
