# SPDX-License-Identifier: GPL-3.0-or-later
"""The provider's translation (NAT64) gets another prefix while a client with IPv6 alone is connected: it is found again,
with a straight way, as what it is."""
from product import Client, Node, Server, scenario  # makes the others known
from host import wait_until
from topology import Laboratory

OTHER_PREFIX = "2a02:6464::"
# Three silent rounds of questions, and what the discovery takes.
FOUND_AGAIN_WITHIN = 90


def body(check):
    lab = Laboratory(straight=True, user_home={"ipv4": False}, node_home={"ipv6": "none"})
    translation = lab.internet.nat64()
    server = Server(lab)
    Node(server, lab.node).wait_online()
    client = Client(server, lab.user)
    client.connect()
    goes = lambda seconds: wait_until(lambda: client.status().get("path") == "direct", seconds,
                                      f"the way is straight: {client.status()}")
    goes(20)
    kind = client.status()["natType"]
    check.equal(kind, "PortRestricted", "control: the translation is known, and leads to the exit")
    translation.renumber(OTHER_PREFIX)
    wait_until(lambda: client.status().get("path") != "direct", 20, "the old prefix leads nowhere")
    goes(FOUND_AGAIN_WITHIN)
    check(True, "with another prefix the way is straight again")
    wait_until(lambda: client.status()["natType"] != "Unknown", 20, "its kind is found again")
    check.equal(client.status()["natType"], kind, "and it is what it was")


if __name__ == "__main__":
    scenario(body)
