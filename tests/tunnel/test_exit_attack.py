#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The self-test that attacks the home: it passes behind our rules, no packet of it arrives anywhere,
and it fails for each rule and each range that is taken away. With --table it prints both tables."""
import json
import re
import sys

from netns_lab import Capture, Lab, Report, run, wait_for
from test_exit_network import GLOBAL, Node, POLICY, ROUTER, tcp

TABLE = "--table" in sys.argv
PUBLIC = f" public={ROUTER} egress=e0"


def nft(space, *words, check=True):
    return run("ip", "netns", "exec", space, "nft", *words, check=check)


class Attacker:
    """A tunnel_probe whose trials are read, too."""

    def __init__(self, node):
        self.probe = node.probe()

    def attack(self):
        """The faults, and all trials as rows."""
        self.probe.said()
        answer = self.probe.answer("exit-attack")
        rows = [line.split("\t") for line in self.probe.said().splitlines() if line.count("\t") == 5]
        if answer != "ok" and not answer.startswith("error forbidden"):
            raise RuntimeError(answer)
        return ([] if answer == "ok" else answer.split(" ", 2)[2].split("; ")), rows


def passes(node, attacker, report):
    node_wire = Capture(node.outside, "o0"), Capture(node.other, "x0"), Capture(node.guest1, "g0")
    faults, rows = attacker.attack()
    report.check("behind our rules the attack reaches nothing", not faults, faults)
    kinds = {row[0] for row in rows}
    wanted = {"special4", "special6", "mapped", "nat64", "sixtofour", "lan", "router", "router_admin",
              "discovery", "metadata", "node", "guest", "spoofed", "mail", "smb",
              "protocol", "control"}
    report.check("every sort of target is among what it tries", kinds == wanted, wanted - kinds)
    report.check("in both families", {":" in row[1] for row in rows} == {True, False})
    open_rows = [row for row in rows if row[0] == "control"]
    report.check("positive controls: the Internet and the probe responder are open, in both families",
                 len(open_rows) >= 5 and all(row[4] == "reached" for row in open_rows), open_rows)
    for capture in node_wire:
        capture.catch_up()
    arrived = [entry for capture in node_wire for entry in capture.beyond_neighbours()]
    # The laboratory's own noise has other destinations than the attack.
    targets = {row[1] for row in rows}
    report.check("not one of its packets arrives anywhere",
                 not [entry for entry in arrived if entry[1] in targets], arrived[:5])
    tcp(node.node, GLOBAL)
    wait_for(lambda: 6 in node_wire[0].seen(GLOBAL))
    report.check("positive control: the captures see the node's own packets", True)
    left = nft(node.node, "list", "ruleset") + run("ip", "-n", node.node, "-br", "link")
    report.check("it leaves nothing behind", "canary" not in left and f"{attacker_name(node)} " not in left)
    if TABLE:
        print("\n| target | as | kind | protocol | port | result |\n|---|---|---|---|---|---|")
        for kind, address, protocol, port, seen, spelling in rows:
            name = {"6": "TCP", "17": "UDP", "1": "ICMP", "58": "ICMPv6"}.get(protocol, protocol)
            print(f"| {address} | {spelling} | {kind} | {name} | {port} | {seen} |")
    print(f"     {len(rows)} trials")


def attacker_name(node):
    links = json.loads(run("ip", "-n", node.node, "-j", "link"))
    return next(link["ifname"] for link in links if link["ifname"].startswith("hg"))[:14] + "c"


def rules_of(space, table="higgs_node"):
    """(chain, handle, text) of every rule of the table."""
    chain, found = "", []
    for line in nft(space, "-a", "-t", "list", "table", "inet", table).splitlines():
        words = line.strip()
        if words.startswith("chain "):
            chain = words.split()[1]
        match = re.fullmatch(r"(.*) # handle (\d+)", words)
        if match and not words.startswith(("chain", "set", "table", "type ")):
            found.append((chain, match.group(2), match.group(1)))
    return found


def elements_of(space):
    found = []
    document = json.loads(nft(space, "-j", "list", "table", "inet", "higgs_node"))
    for entry in document["nftables"]:
        for element in entry.get("set", {}).get("elem", []):
            name = entry["set"]["name"]
            if name.startswith("allowed"):
                continue
            text = element
            if isinstance(element, dict) and "prefix" in element:
                text = f"{element['prefix']['addr']}/{element['prefix']['len']}"
            elif isinstance(element, dict) and "range" in element:
                text = "-".join(element["range"])
            found.append((name, text))
    return found


def mutated(node, attacker, report, policy, what, *command):
    """True: the packets alone found it out; else only the comparison of the rules did."""
    nft(node.node, *command)
    faults, _ = attacker.attack()
    by_packets = [fault for fault in faults if not fault.startswith("rules ")]
    report.check(f"without {what} the self-test fails", bool(faults))
    attacker.probe.do(policy)
    return by_packets


def mutations(node, attacker, report, policy):
    table = []
    rules = [(name, chain, text) for name in ("higgs_node", "higgs_fuse")
             for chain, _, text in rules_of(node.node, name)]
    for name, chain, text in rules:
        handle = next(h for c, h, t in rules_of(node.node, name) if (c, t) == (chain, text))
        found = mutated(node, attacker, report, policy, f"{chain}: {text}", "delete", "rule", "inet",
                        name, chain, "handle", handle)
        table.append((f"{chain}: {text}", found))
    for name, element in elements_of(node.node):
        found = mutated(node, attacker, report, policy, f"{name} {element}", "delete", "element", "inet",
                        "higgs_node", name, "{ " + element + " }")
        table.append((f"{name}: {element}", found))
        # A range without which nothing is reached would not be worth its line.
        report.check(f"the packets alone find {element} open", bool(found) or name.startswith("router6")
                     or element in KERNEL_REFUSES | {ALLOWED_HERE} or covered(element), found)
    if TABLE:
        print("\n| rule removed | self-test | found by |\n|---|---|---|")
        for what, found in table:
            print(f"| `{what}` | refuses | {'; '.join(found[:3]) if found else 'comparison of the rules'} |")
    print(f"     {len(table)} mutations, {sum(1 for _, found in table if found)} found by packets alone")


# The laboratory's Internet, which its owner lets guests reach.
ALLOWED_HERE = "203.0.113.0/24"
# Nobody forwards these, with or without rules.
KERNEL_REFUSES = {"127.0.0.0/8", "0.0.0.0/8", "224.0.0.0/4", "224.0.0.0/3", "240.0.0.0/4",
                  "224.0.0.0-255.255.255.255"}


def covered(element):
    """IPv6 outside of 2000::/3 is refused by a rule of its own as well."""
    return ":" in element and not element.startswith(("2", "3"))


def flushed(node, attacker, report, policy):
    nft(node.node, "flush", "ruleset")
    faults, _ = attacker.attack()
    report.check("after another program's 'flush ruleset' the self-test fails", len(faults) > 50,
                 len(faults))
    attacker.probe.do(policy)
    faults, _ = attacker.attack()
    report.check("and passes when our rules stand again", not faults, faults)
    nft(node.node, "add", "table", "inet", "stranger")
    nft(node.node, "add", "chain", "inet", "stranger", "forward",
        "{ type filter hook forward priority 10; policy drop; }")
    faults, _ = attacker.attack()
    report.check("another firewall that lets no guest out makes the attack prove nothing",
                 any(fault.startswith("control ") for fault in faults), faults)
    nft(node.node, "delete", "table", "inet", "stranger")


def main():
    report = Report()
    with Lab() as lab:
        node = Node(lab, report)
        attacker = Attacker(node)
        policy = POLICY + PUBLIC
        attacker.probe.do(policy)
        passes(node, attacker, report)
        mutations(node, attacker, report, policy)
        flushed(node, attacker, report, policy)
        attacker.probe.do("exit-restore")
    report.end()


if __name__ == "__main__":
    main()
