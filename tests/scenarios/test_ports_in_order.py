# SPDX-License-Identifier: GPL-3.0-or-later
"""Routers that give a new port for every other end, in order: the straight way is found by the ports that come
next, at the node, at the client and at both, with a server of one address; also when the home's own traffic
has used ports since the router was looked at, and at the first connection, when the client's is not known yet."""
from product import Client, Node, Server, scenario  # makes the others known
from host import wait_until
from topology import BOSON4, Laboratory

FOUND_WITHIN = 8
USED = 40  # ports


def use_ports(host):
    """The home goes on: as many other ends as a page with pictures has."""
    host.run("bash", "-c", f"for port in {{20001..{20000 + USED}}}; do echo x >/dev/udp/{BOSON4}/$port; done")


def found(client):
    def direct():
        return client.status().get("path") == "direct"
    try:
        wait_until(direct, FOUND_WITHIN, "the path is direct")
    except TimeoutError:
        pass  # the check says what there is instead
    status = client.status()
    return status.get("path"), status.get("pathReason")


def body(check):
    lab = Laboratory(node_nat="sequential", user_nat="port-restricted", straight=True)
    server = Server(lab)
    node = Node(server, lab.node).wait_online()
    wait_until(lambda: "portStep=1" in node.process.text(), 20, "the node knows its router")
    check.equal(node.status()["natType"], "Symmetric", "with one address of the server's the type is known")
    client = Client(server, lab.user)
    for user_nat in ("port-restricted", "sequential"):
        lab.user_home.set_nat(user_nat)
        for when in ("first", "next"):
            use_ports(lab.node)
            client.connect()
            check.equal(found(client), ("direct", "direct"), f"{user_nat} to sequential, {when} connection")
            client.disconnect()
    client.process.stop()  # its socket has ways by now
    lab.user_home.set_nat("symmetric")
    client = Client(server, lab.user)
    client.connect()
    check.equal(found(client)[0], "relay", "control: a router that gives them at random is not met")
    client.disconnect()
    client.process.stop()
    node.ctl("off")
    lab.node_home.set_nat("port-restricted")
    lab.user_home.set_nat("sequential")
    node.ctl("on")
    node.wait_online()
    client = Client(server, lab.user)
    for when in ("first", "next"):
        client.connect()
        check.equal(found(client), ("direct", "direct"), f"sequential to port-restricted, {when} connection")
        client.disconnect()
        use_ports(lab.user)


if __name__ == "__main__":
    scenario(body)
