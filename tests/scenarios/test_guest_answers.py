# SPDX-License-Identifier: GPL-3.0-or-later
"""An owner's firewall that lets guests' packets out, or its own self-test's, and loses the answers: at whatever
hook, of whatever kind, the node offers itself no more, names what to look at, and is back when it is gone."""
from product import Client, Node, Server, scenario  # makes the others known
from addresses import EXIT4
from host import wait_until
from topology import Laboratory

RECOVERY = 60  # a failed exit is tried again after 15 s

LOSSES = (
    ("answers, in forward", "chain c { type filter hook forward priority 0; iifname eth0 drop; }",
     "the Internet answers"),
    ("the tunnel by its name, in input", "chain c { type filter hook input priority 0; iifname hgnode0 drop; }",
     "this node answers"),
    ("what is translated, behind that", "chain c { type filter hook postrouting priority 400; "
     "meta l4proto tcp tcp sport 61000-65535 drop; }", "the Internet answers over IPv4 (TCP)"),
    ("answers, at the tunnel itself", "chain c { type filter hook postrouting priority 400; "
     "oifname hgnode0 udp sport 3478 ip saddr != 10.0.0.0/8 drop; }", "the Internet answers over IPv4 (UDP)"),
)


def lost(check, lab, server, node, what, chain, word):
    said = node.process.text().count("guests get no answers")
    lab.node.nft(f"table inet own {{ {chain}; }}")
    wait_until(lambda: node.status()["problem"] == "exit_failed", 40, f"{what}: sharing stops")
    detail = node.status()["problemDetail"]
    check(word in detail and "inet own" in detail, f"{what}: lost, and named with its table", detail)
    safety = node.status()["safety"]
    check(safety["state"] == "failed" and safety["failed"][0].startswith("ways lost: "),
          "and the safety test says so, too", safety)
    wait_until(lambda: not server.nodes(), 10, "the server offers the node no more")
    return said


def body(check):
    lab = Laboratory()
    server = Server(lab)
    node = Node(server, lab.node).wait_online()
    client = Client(server, lab.user)
    client.connect()
    check.equal(client.exit4(), EXIT4, "control: a guest is out")
    for number, (what, chain, word) in enumerate(LOSSES):
        said = lost(check, lab, server, node, what, chain, word)
        if number == 0:
            online = server.process.text().count("registered node=")
            wait_until(lambda: node.process.text().count("guests get no answers") >= said + 2, 60, "it is tried again")
            check.equal(server.process.text().count("registered node="), online, "and offered to nobody meanwhile")
        lab.node.nft("delete table inet own")
        node.wait_online(RECOVERY)
    client.wait_state("connected", timeout=60)
    check.equal(client.exit4(), EXIT4, "the guest is out again")
    check("hgnode0e" in lab.node.sh("ip -br link"), "control: the trial's interface stands")
    node.ctl("off")
    wait_until(lambda: node.status()["state"] == "off", 10, "sharing is off")
    check("hgnode0" not in lab.node.sh("ip -br link"), "and goes with the tunnel")


if __name__ == "__main__":
    scenario(body)
