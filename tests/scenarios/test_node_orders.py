# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator asks of a node, which hears of it with its next heartbeat: maintenance, which empties it of
guests without leaving one offline, a restart, and a fresh registration."""
from product import Client, Node, Server, program, scenario  # makes the others known
from host import wait_until
from test_node_power import Nodes, EXITS, wireguard
from topology import Laboratory

HEARTBEAT = 35  # one in 30 s
RECOVERY = 40


def order(server, verb, node, *words):
    server.host.run(program("boson-server"), "--data-dir", server.data, "node", verb, node.identity(),
                    *words)


def offered(server, node):
    return node.identity() in {known.get("nodeId") for known in server.nodes()}


def registrations(server, node):
    return sum("info nodes: registered" in line and node.identity() in line
               for line in server.process.text().splitlines())


def maintenance(check, server, client, used, other, addresses):
    order(server, "maintenance", used, "on")
    wait_until(lambda: not offered(server, used), 10, "nobody new is sent to the node")
    check(offered(server, other), "positive control: the other one is offered")
    wait_until(lambda: used.status()["state"] == "limited", HEARTBEAT, "the node has heard of it")
    check.equal((used.status()["limitReason"], used.status()["guests"]), ("maintenance", 1),
                "it says why it is limited, and whoever is there stays")
    check.equal(client.exit4(), addresses[0], "and goes on leaving by it")
    order(server, "maintenance", used, "on", "1")
    wait_until(lambda: used.status()["guests"] == 0, HEARTBEAT, "in time the last guest has to go")
    wait_until(lambda: client.exit4(1) == addresses[1], 15, "and is online by the other node")
    check.equal(client.state(), "connected", "its user sees no more than a change of exit")


def all_at_once(check, server, client, used, other):
    """Each hears all that is meant for it with one heartbeat."""
    known, tunnel = registrations(server, used), wireguard(other)
    check(known > 0, "positive control: the server's log has the node's registrations", known)
    order(server, "maintenance", used, "off")
    order(server, "refresh", used)
    order(server, "restart", other)
    wait_until(lambda: used.status()["state"] == "sharing", HEARTBEAT, "the end of maintenance is heard, too")
    check(offered(server, used), "and the node is offered again")
    wait_until(lambda: registrations(server, used) > known, HEARTBEAT, "it has registered anew")
    wait_until(lambda: wireguard(other) not in ([], tunnel), HEARTBEAT, "the other one has begun anew")
    other.wait_online(RECOVERY)
    check(other.process.running(), "its daemon has gone on")
    wait_until(lambda: client.exit4(1) in EXITS.values(), 15, "its guest is online")
    check.equal(client.state(), "connected", "and says so")
    check.equal(used.status()["state"], "sharing", "and the node that registered anew has gone on sharing")


def body(check):
    lab = Laboratory()
    server = Server(lab)
    nodes = Nodes(lab, server)
    client = Client(server, lab.user)
    client.connect()
    used, other = nodes.roles(client)
    maintenance(check, server, client, nodes.all[used], nodes.all[other], (EXITS[used], EXITS[other]))
    all_at_once(check, server, client, nodes.all[used], nodes.all[other])


if __name__ == "__main__":
    scenario(body)
