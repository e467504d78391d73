# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds of home routers, as the node tells them and the server then lists them. With --all every kind that
the laboratory has, else one whose filter tells it and one whose mapping does. And the client's, which it
finds out from behind its block, and tells with the first one; also where IPv6 is alone, and the router that
matters is the provider's translation."""
import re
import sqlite3
import sys

from product import Client, Node, Server, scenario  # makes the others known
from addresses import NAT64_4, public4
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
    check.equal(told_of_client(), "Symmetric", "the first connection tells the server")
    wait_until(lambda: client.status()["natType"] == "Symmetric", WITHIN, "the client knows its router")
    address = client.status()["mappedAddress"]
    check(address.startswith(f"{lab.user_home.public4}:"), "and where the router shows its socket", address)
    client.disconnect()
    client.connect()
    check.equal(told_of_client(), "Symmetric", "and the next one")
    return client


def check_translated(check, lab, server):
    """Its second address the server names as IPv4."""
    lab.internet.nat64()
    client = Client(server, lab.internet.home("sixrouter", 33, ipv4=False).pc("six", 2))
    client.connect()
    wait_until(lambda: client.status()["natType"] == "PortRestricted", WITHIN,
               f"the client knows the translation's kind: {client.status()}")
    check(client.status()["mappedAddress"].startswith(f"{NAT64_4}:"), "IPv6 alone: the translation is its router")
    wait_until(lambda: client.status()["pathReason"] == "symmetric_behind_strict", WITHIN,
               f"and with it the client says why it is relayed: {client.status()}")


def check_words(check, client, node):
    """Behind a router of the same kind at both ends: why there is no better way, and what would help."""
    advised = lambda: (client.status().get("pathAdvice") or {}).get("why")
    wait_until(lambda: advised() == "both_new_ports", WITHIN, "the client says which routers stand in the way")
    check.equal(client.status()["pathAdvice"]["improve"], ["another_network", "exit_opens_port", "offer_turn"],
                "and what would help")
    text = client.ctl("status").stdout
    check("Both routers, the one here and" in text and text.count("\nImprove it") == 3, "the terminal too", text)
    text = client.ctl("diagnose", check=False).stdout
    check("chooses a new port for every destination" in text and "by STUN of " in text,
          "its diagnosis names the router, and who was asked", text)
    status = node.status()
    check.equal((status["pathAdvice"]["why"], status["pathAdvice"]["improve"]), ("only_open", ["fix_port"]),
                "the node says who reaches it, and what would help")
    check.equal(status["guestPaths"]["relay"], 1, "and by which way its guest has come")
    text = node.ctl("status").stdout
    check("0 directly, 1 through the relay" in text and "Turn on UPnP" in text, "its terminal too", text)
    text = node.ctl("diagnose", check=False).stdout
    check("by STUN of " in text and "guests here now: 0 directly, 1 through the relay" in text,
          "and its diagnosis", text)


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
    check_words(check, check_client(check, lab, server), node)
    check_translated(check, lab, server)
    check(not any(step.isdigit() for step in steps[:-1]), "control: those of the others do not", steps)


if __name__ == "__main__":
    scenario(body)
