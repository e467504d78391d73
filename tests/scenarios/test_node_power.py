# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's ends without a word: kill -9 of its WireGuard, kill -9 of the daemon, and the power cut. At the
next start nothing of before is left; guests go on by another node; the server knows within 90 s.
test_node_power.py [--rounds N] [--only wireguard|daemon|power]"""
import difflib
import json
import os
import re
import subprocess
import sys
import time

from product import Client, Node, Server, scenario  # makes the others known
from addresses import BOSON4, BOSON_NAME, EXIT2_4, EXIT4, WEB4, WEB_NAME
from host import Host, plug, wait_until
from patience import Stopwatch
from topology import Laboratory

ROUNDS = int(sys.argv[sys.argv.index("--rounds") + 1]) if "--rounds" in sys.argv else 1
ONLY = sys.argv[sys.argv.index("--only") + 1] if "--only" in sys.argv else ""
EXITS = {"node": EXIT4, "node2": EXIT2_4}
KNOWN_OFFLINE = 90  # after the last heartbeat, which may have come with the cut itself
LOOKS = 1.5  # the server looks once a second, and we do twice
FAILOVER = 15
CANARY_INTERFACE = "hgnode0c"


def network(host):
    """What a node may have left: rules, interfaces, routes' rules, forwarding. What passes by itself (the
    fuse's memory of a minute) and differs from start to start (link-local addresses) is not in it."""
    text = host.sh("nft -s -t list table inet higgs_fuse 2>&1; nft -s list table inet higgs_node 2>&1;"
                   "nft list tables; ip -br link | sed 's/@.*//' | awk '{print $1}';"
                   "ip -br address | sed 's/@if[0-9]*//'; ip -4 rule; ip -6 rule;"
                   "cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding")
    # What the node attacks itself with stands for a moment only.
    text = re.sub(rf"(?m)^({CANARY_INTERFACE}\b.*|table inet higgs_canary)\n", "", text)
    return re.sub(r"fe80::\S+|seed 0x\w+", "", text)


def wireguard(node):
    """The process ids of wireguard-go on the node's host."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm") as name:
                own = os.readlink(f"/proc/{pid}/ns/net") == os.readlink(f"/proc/{node.host.pid}/ns/net")
                if own and name.read().startswith("wireguard"):
                    found.append(pid)
        except OSError:
            pass
    return found


def guests(node):
    return json.loads(node.ctl("guests", "--json").stdout)["guests"]


def through(client, address, within, what):
    """Until the client's traffic leaves from the address."""
    watch = Stopwatch()
    wait_until(lambda: client.exit4(1) == address, within, what)
    return watch


class Nodes:
    def __init__(self, lab, server):
        lab.second_node()
        self.all = {"node": Node(server, lab.node), "node2": Node(server, lab.node2)}
        for node in self.all.values():
            node.wait_online()

    def roles(self, client):
        """Names: the node that the client uses, and the other."""
        address = wait_until(lambda: client.exit4(1), 30, "the client is online")
        used = next(name for name, value in EXITS.items() if value == address)
        return used, next(name for name in EXITS if name != used)


def offline_at_server(server, identity):
    return identity not in {node.get("nodeId", node.get("id")) for node in server.nodes()}


def whole_again(check, node, sharing, what):
    """After the restart it is exactly as it was after the first start."""
    node.wait_online(30)
    check.equal(len(wireguard(node)), 1, f"{what}: one WireGuard runs")

    def changed():
        lines = difflib.unified_diff(sharing.split("\n"), network(node.host).split("\n"), n=0)
        return [line for line in lines if line[0] in "+-"][2:]
    wait_until(lambda: not changed(), 5,
               lambda: f"{what}: rules, interfaces and settings are those of a first start: {changed()[:6]}")
    check(True, f"{what}: rules, interfaces and settings are those of a first start")


def wireguard_dies(check, nodes, client):
    used, _ = nodes.roles(client)
    node = nodes.all[used]
    sharing = network(node.host)
    node.host.run("kill", "-9", *wireguard(node))
    watch = Stopwatch()
    wait_until(lambda: client.exit4(1) in EXITS.values() and client.state() == "connected", 40,
               "the guest is online again")
    check(not watch.passed(5), "kill -9 of wireguard-go: the guest is told, and online again within 5 s",
          watch)
    whole_again(check, node, sharing, "kill -9 of wireguard-go")
    check(len(guests(node)) <= 1, "kill -9 of wireguard-go: the guest is listed once at most",
          len(guests(node)))


def daemon_dies(check, nodes, client):
    used, other = nodes.roles(client)
    node = nodes.all[used]
    sharing = network(node.host)
    node.process.kill()
    took = through(client, EXITS[other], FAILOVER, "the guest goes on by the other node")
    check(True, "kill -9 of the daemon: the guest goes on by the other node", took)
    check(not wireguard(node), "its WireGuard died with it", wireguard(node))
    check("higgs" in network(node.host), "the rules that deny stay until the next start")
    node.start()
    whole_again(check, node, sharing, "kill -9 of the daemon")
    check.equal(guests(node), [], "kill -9 of the daemon: it has no guest")


def power_cut(host):
    """Nothing says goodbye: the cable goes first, then every process, then the network namespace."""
    router = host.home.router
    router.sh("ip link delete l2")
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/ns/net") == os.readlink(f"/proc/{host.pid}/ns/net") \
                    and int(pid) != host.pid:
                os.kill(int(pid), 9)
        except OSError:
            pass
    host.holder.kill()
    host.holder.wait()


def boot(old):
    """The same PC, started again: its disk is as it was, everything else is new."""
    home = old.home
    subprocess.run(["umount", "-l", f"/run/lab/etc-{old.name}"], check=False, stderr=subprocess.DEVNULL)
    pc = Host(old.name)
    plug(pc, "eth0", home.router, "lan", "l2")
    pc.address("eth0", f"{home.lan4}.2/24", f"{home.lan6}2/64")
    pc.sh(f"ip route add default via {home.lan4}.1; ip -6 route add default via {home.lan6}1;"
          f"printf '{BOSON4} {BOSON_NAME}\\n{WEB4} {WEB_NAME}\\n' >> /etc/hosts")
    pc.home = home
    return pc


def power_fails(check, nodes, server, client):
    used, other = nodes.roles(client)
    node, identity = nodes.all[used], nodes.all[used].identity()
    sharing = network(node.host)
    check(not offline_at_server(server, identity), "positive control: the server lists the node")
    power_cut(node.host)
    cut = time.monotonic()
    took = through(client, EXITS[other], 60, "the guest goes on by the other node")
    check(not took.passed(FAILOVER), "power loss: the guest goes on by the other node", took)
    wait_until(lambda: offline_at_server(server, identity), KNOWN_OFFLINE + 5, "the server knows")
    known = time.monotonic() - cut
    check(known <= KNOWN_OFFLINE + LOOKS, "power loss: the server lists it no more within 90 s", f"{known:.1f} s")
    node.host = boot(node.host)
    node.start().wait_online(30)
    check.equal(node.identity(), identity, "started again it is the same node")
    whole_again(check, node, sharing, "power loss")
    check.equal(guests(node), [], "power loss: it has no guest")
    wait_until(lambda: not offline_at_server(server, identity), 10, "the server lists it again")


def body(check):
    lab = Laboratory()
    server = Server(lab)
    nodes = Nodes(lab, server)
    client = Client(server, lab.user)
    client.connect()
    for _ in range(ROUNDS):
        if ONLY in ("", "wireguard"):
            wireguard_dies(check, nodes, client)
        if ONLY in ("", "daemon"):
            daemon_dies(check, nodes, client)
        if ONLY in ("", "power"):
            power_fails(check, nodes, server, client)


if __name__ == "__main__":
    scenario(body)
