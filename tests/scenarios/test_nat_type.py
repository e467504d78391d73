# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of home routers, as the node tells them and the server then lists them. With --all every kind that
the laboratory has, else one whose filter tells it and one whose mapping does. And the client's, which it
finds out from behind its block, beside the connection, and tells with the next one."""
import re
import sqlite3
import sys

from product import Client, Node, Server, scenario  # makes the others known
from addresses import public4
from host import wait_until
from sandbox import SPACE
from topology import Laboratory

SECOND4 = public4(12)
WITHIN = 30
KINDS = {
    "address-restricted": "RestrictedCone",
    "sequential": "Symmetric",
}
ALL = {
    "full-cone": "FullCone",
    "port-restricted": "PortRestricted",
    "symmetric": "Symmetric",
    **KINDS,
}


def told(server, node):
    listed = server.nodes()
    return node.status().get("natType"), listed[0]["natType"] if listed else None


def becomes(check, server, node, kind, expected):
    try:
        wait_until(lambda: told(server, node) == (expected, expected), WITHIN, "the type is told")
    except TimeoutError:
        pass  # the check says what there is instead
    check.equal(told(server, node), (expected, expected), f"{kind}: by node and server")


def told_of_client():
    """With its latest request."""
    with sqlite3.connect(f"{SPACE}/boson/boson.db") as database:
        return database.execute("SELECT client_nat_type FROM sessions ORDER BY created_at DESC").fetchone()[0]


def check_client(check, lab, server):
    lab.user_home.set_nat("symmetric")
    client = Client(server, lab.user)
    client.connect()
    check.equal(told_of_client(), "Unknown", "the first connection did not wait for it")
    wait_until(lambda: client.status()["natType"] == "Symmetric", WITHIN, "the client knows its router")
    address = client.status()["mappedAddress"]
    check(address.startswith(f"{lab.user_home.public4}:"), "and where the router shows its socket", address)
    client.disconnect()
    client.connect()
    check.equal(told_of_client(), "Symmetric", "the next connection tells the server")


def body(check):
    kinds = ALL if "--all" in sys.argv else KINDS
    lab = Laboratory(node_nat=next(iter(kinds)))
    lab.boson.address("eth0", f"{SECOND4}/24")
    server = Server(lab, "--stun-alternate", SECOND4)
    node = Node(server, lab.node).wait_online()
    for number, (kind, expected) in enumerate(kinds.items()):
        if number:
            node.ctl("off")
            lab.node_home.set_nat(kind)
            node.ctl("on")
            node.wait_online()
        becomes(check, server, node, kind, expected)
    steps = re.findall(r"portStep=(\w+)", node.process.text())
    check(steps[-1].isdigit(), "sequential: and its ports come in order", steps)
    check_client(check, lab, server)
    check(not any(step.isdigit() for step in steps[:-1]), "control: those of the others do not", steps)


if __name__ == "__main__":
    scenario(body)
