#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The second barrier alone: nftables is flushed, and a guest writes every packet that it must not into the
tunnel. Nothing may come out anywhere; without the barrier it does.

   guest's packets -> [ tun 10.86.0.1, node, e0 192.168.7.2 ] ---- [ outside: everybody else ]
"""
import fcntl
import ipaddress
import json
import os
import struct
import subprocess
import sys
import threading
import time

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", part)
                for part in ("netns", "scenarios")]

import home_trials
import raw_guest
from home_trials import ICMP, ICMP6, TCP, UDP, Trials
from netns_lab import Lab, Report, inside, run, wait_for

TUN = "ht" + str(os.getpid() % 1000000)
GUEST, OTHER = ("10.86.0.2", "fd00:86::2"), ("10.86.0.3", "fd00:86::3")
GATEWAYS = ("10.86.0.1", "fd00:86::1")
ROUTER, WORLD, ALLOWED = "203.0.113.7", ("1.2.3.4", "2620:fe::fe"), ("198.51.100.9", "2001:db8:99::9")
HOME = (("router", "192.168.7.1"), ("LAN", "192.168.7.50"), ("another LAN", "10.9.8.7"),
        ("node", "192.168.7.2"), ("public address", ROUTER), ("global LAN", "2a00:7:0:1::50"),
        ("another subnet of the home", "2a00:7:0:8::1"), ("node", "2a00:7:0:1::2"),
        ("ULA", "fd00:99::1"), ("public address of the node", "1.9.9.9"),
        ("public address of the node", "2a01:9::9"))
POLICY = (f"exit net4=10.86.0.0/24 net6=fd00:86::/64 gateway={','.join(GATEWAYS)} egress=e0 "
          f"allow=198.51.100.0/24,2001:db8:99::/64 public={ROUTER}")
TUNSETIFF, IFF_TUN_NO_PI = 0x400454CA, 0x1001


class Node:
    def __init__(self, lab):
        self.lab = lab
        self.node, self.outside = lab.namespace("node"), lab.namespace("outside")
        ip = lambda space, *words: run("ip", "-n", space, *words)
        lab.wire(self.node, "e0", self.outside, "o0")
        with inside(self.node):
            self.tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(self.tun, TUNSETIFF, struct.pack("16sH", TUN.encode(), IFF_TUN_NO_PI))
        ip(self.node, "link", "set", TUN, "up")
        lab.address(self.node, TUN, "10.86.0.1/24", "fd00:86::1/64")
        lab.address(self.node, "e0", "192.168.7.2/24", "2a00:7:0:1::2/64")
        lab.address(self.node, "lo", "1.9.9.9/32", "2a01:9::9/128")
        lab.address(self.outside, "o0", "192.168.7.1/24", "2a00:7:0:1::1/64")
        ip(self.node, "route", "add", "default", "via", "192.168.7.1")
        ip(self.node, "-6", "route", "add", "default", "via", "2a00:7:0:1::1")
        for space in (self.node, self.outside):
            lab.settle(space)
        self.probe = lab.probe(self.node, TUN)

    def exec(self, *words, check=True):
        return run("ip", "netns", "exec", self.node, *words, check=check)

    def tc(self, *words):
        return self.exec("tc", *words)

    def note(self):
        """Flushes as another program does, and notes what a guest's packets then reach."""
        rules = ["flush ruleset", "table inet test {"]
        for number, kind in (("4", "ipv4_addr"), ("6", "ipv6_addr")):
            rules.append(f"set r{number} {{ type {kind} . inet_proto; size 65535; flags dynamic; }}")
        for hook in ("forward", "input"):
            rules += [f"chain {hook} {{", f"type filter hook {hook} priority 300;"]
            for number, ip in (("4", "ip"), ("6", "ip6")):
                rules.append(f"iifname {TUN} add @r{number} {{ {ip} daddr . meta l4proto }}")
            rules.append("}")
        subprocess.run(["ip", "netns", "exec", self.node, "nft", "-f", "-"], input="\n".join(rules) + "\n}\n",
                       text=True, check=True)

    def noted(self):
        """{(address, protocol number)} of what was reached."""
        names = {"tcp": TCP, "udp": UDP, "icmp": ICMP, "ipv6-icmp": ICMP6}
        elements = [element for entry in json.loads(self.exec("nft", "-j", "-p", "list", "table", "inet",
                                                              "test"))["nftables"]
                    for element in entry.get("set", {}).get("elem", [])]
        return {(address, names.get(protocol, protocol))
                for address, protocol in (element["concat"] for element in elements)}

    def send(self, rows):
        for number, row in enumerate(rows):
            source, target = (ipaddress.ip_address(row[name]) for name in ("source", "target"))
            build = raw_guest.packet4 if target.version == 4 else raw_guest.packet6
            for packet in build(number, row, source, target):
                self.write(packet)

    def write(self, packet):
        try:
            os.write(self.tun, packet)
        except OSError: # the kernel takes nothing that is too short for it
            pass


def evil():
    """Everything that the barrier must stop; mail and SMB, which it leaves to nftables, are not there."""
    trials = Trials(*GUEST)
    trials.home(HOME + tuple(("another guest", address) for address in OTHER))
    trials.ranges()
    trials.written_otherwise([("LAN", "192.168.7.50"), ("loopback", "127.0.0.1")])
    trials.discovery()
    trials.shapes([("LAN", "192.168.7.50"), ("LAN", "2a00:7:0:1::50")], WORLD)
    trials.spoofed(("192.168.7.50", "127.0.0.1", ROUTER, "10.87.0.1", "2a00:7:0:1::50", "fd00:87::1"), WORLD)
    trials.untranslated(WORLD)
    for address in GATEWAYS:
        for protocol, port in home_trials.HOME_PORTS:
            trials.add("gateway", address, protocol, port)
        trials.echo("gateway", address)
        trials.add("gateway", address, TCP, 3478)
        trials.add("gateway", address, UDP, 3479)
        trials.add("gateway", address, UDP, 3478, shape="fragment")
    # The owner's exceptions, of which some special ranges of the laboratory are.
    allowed = [ipaddress.ip_network(text) for text in ("198.51.100.0/24", "2001:db8:99::/64")]
    return [row for row in trials.rows if not any(ipaddress.ip_address(row["target"]) in each for each in allowed)]


def good():
    trials = Trials(*GUEST)
    for target in WORLD + ALLOWED:
        trials.add("world", target, TCP, 443)
        trials.add("world", target, UDP, 443)
        trials.add("world", target, UDP, 443, shape="fragment")
        trials.echo("world", target)
    for target in GATEWAYS:
        trials.add("gateway", target, UDP, 3478)
    return trials.rows


def cut_short(rows):
    """The packets of some trials, cut at every length: a load beyond the end must not mean "let pass"."""
    for number, row in enumerate(rows):
        source, target = (ipaddress.ip_address(row[name]) for name in ("source", "target"))
        build = raw_guest.packet4 if target.version == 4 else raw_guest.packet6
        for packet in build(number, row, source, target):
            for length in range(1, len(packet)):
                short = bytearray(packet[:length])
                if target.version == 4 and length >= 20: # consistent, so that the kernel goes on with it
                    short[2:4] = struct.pack("!H", length)
                    short[10:12] = b"\0\0"
                    short[10:12] = struct.pack("!H", raw_guest.checksum(bytes(short[:20])))
                elif target.version == 6 and length >= 40:
                    short[4:6] = struct.pack("!H", length - 40)
                yield bytes(short)


def holds(node, report):
    rows = evil()
    node.note()
    node.send(rows)
    for packet in cut_short([row for row in rows if row["protocol"] in (TCP, UDP, ICMP, ICMP6)][::7]):
        node.write(packet)
    report.check(f"with nftables flushed, of {len(rows)} packets to {len({r['target'] for r in rows})} "
                 "addresses none reaches anything", not node.noted(), sorted(node.noted())[:8])
    node.note()
    node.send(good())
    wanted = {(row["target"], row["protocol"]) for row in good()}
    report.check("the Internet, the owner's exceptions and the probe responder are open",
                 node.noted() == wanted, wanted ^ node.noted())


def opened(node, report):
    rows = evil()
    node.tc("qdisc", "del", "dev", TUN, "clsact")
    node.note()
    node.send(rows)
    found = {address for address, _ in node.noted()}
    # The kernel itself forwards no loopback and no multicast.
    report.check("control: without it they arrive", len(found) > 60 and
                 {address for _, address in HOME} <= found, {address for _, address in HOME} - found)


def tells(node, report):
    node.probe.do(POLICY)
    node.probe.do("exit-barrier")
    report.check("what stands is ours", node.probe.answer("exit-change") == "ok")
    for what, command in (("removed", ("qdisc", "del", "dev", TUN, "clsact")),
                          ("replaced", ("filter", "replace", "dev", TUN, "ingress", "protocol", "all",
                                        "pref", "1", "handle", "1", "bpf", "bytecode", "1,6 0 0 0",
                                        "direct-action")),
                          ("passed by", ("filter", "add", "dev", TUN, "ingress", "protocol", "all",
                                         "prio", "1", "handle", "2", "bpf", "bytecode", "1,6 0 0 0",
                                         "direct-action"))):
        node.tc(*command)
        answer = node.probe.answer("exit-change")
        report.check(f"a barrier that was {what} is noticed", answer.startswith("error forbidden"), answer)
        attack = node.probe.answer("exit-attack")
        report.check("and the self-test fails", "second barrier" in attack, attack)
        node.exec("tc", "qdisc", "del", "dev", TUN, "clsact", check=False)
        node.probe.do("exit-restore")
        node.probe.do(POLICY)
        node.probe.do("exit-barrier")
        report.check("raised again it is ours", node.probe.answer("exit-change") == "ok")


EXCHANGES = 100


def without_gap(node, report):
    """With nftables flushed, the barrier is exchanged again and again under a flood to the LAN."""
    done = threading.Event()
    row = {"protocol": UDP, "port": 53}
    packet = raw_guest.packet4(1, row, *map(ipaddress.ip_address, (GUEST[0], "192.168.7.50")))[0]
    sent = [0]

    def flood():
        while not done.is_set():
            os.write(node.tun, packet)
            sent[0] += 1
    node.note()
    flooding = threading.Thread(target=flood)
    flooding.start()
    for _ in range(EXCHANGES):
        node.probe.do("exit-barrier")
        before = sent[0]
        wait_for(lambda: sent[0] > before + 100)
    done.set()
    flooding.join()
    report.check(f"exchanged {EXCHANGES} times under a flood of {sent[0]} packets it let nothing pass", not node.noted(),
                 node.noted())
    node.tc("qdisc", "del", "dev", TUN, "clsact")
    node.write(packet)
    report.check("control: the flood's packet passes without it", len(node.noted()) == 1)


def routes(node, verb, targets):
    lines = "".join(f"route {verb} {target} via 192.168.7.1\n" for target in targets)
    subprocess.run(["ip", "netns", "exec", node.node, "ip", "-batch", "-"], input=lines, text=True, check=True)


def passed(node, targets):
    """Which of them a guest's packets pass to, with nftables flushed."""
    node.note()
    node.send([{"source": GUEST[0], "target": target, "protocol": UDP, "port": 443} for target in targets])
    return {address for address, _ in node.noted()}


def any_number_of_routes(node, report):
    """Lists for split routing have thousands: that ends no sharing, and takes no barrier away."""
    near = [f"93.{i // 128}.{i % 128 * 2}.0/24" for i in range(1000)] # no two are halves of one
    far = [f"{first}.{i * 16 + 1}.0.1/32" for first in range(20, 90, 2) for i in range(16)]
    home, listed, world = "192.168.7.50", {"93.0.2.1", "93.7.206.1"}, "1.2.3.4"
    asked = [home, world, *listed]
    node.probe.do(POLICY)
    node.probe.do("exit-barrier")
    report.check("control: without the lists the Internet is open", passed(node, asked) == {world} | listed)
    for what, targets, opened in (("near each other", near, {world}),
                                  ("all over the Internet", far, {world} | listed)):
        node.probe.do(POLICY)
        routes(node, "add", targets)
        node.probe.do("exit-refresh")
        report.check(f"with {len(targets)} routes {what} the exit stands", node.probe.answer("exit-change") == "ok")
        fault = node.probe.answer("exit-barrier-fault")
        report.check("what the barrier lacks is said",
                     "too many for the filter" in fault if targets is far else fault == "ok", fault)
        rules = node.exec("nft", "list", "set", "inet", "higgs_node", "special4")
        report.check("the rules have them all, covered where that can be", 0 < rules.count("93.") <= 96 if targets is near else
                     all(target.removesuffix("/32") in rules for target in far), rules[-300:])
        reached = passed(node, asked)
        report.check("with nftables flushed no more than that is open", reached == opened, reached)
        node.probe.do(POLICY)
        routes(node, "del", targets)
        node.probe.do("exit-refresh")
        report.check("without them the barrier is whole", node.probe.answer("exit-barrier-fault") == "ok")


def main():
    report = Report()
    with Lab() as lab:
        node = Node(lab)
        node.probe.do(POLICY)
        node.probe.do("exit-barrier")
        print(f"     {node.tc('filter', 'show', 'dev', TUN, 'ingress').count(',')} instructions")
        holds(node, report)
        opened(node, report)
        node.probe.do("exit-restore")
        tells(node, report)
        any_number_of_routes(node, report)
        without_gap(node, report)
        node.probe.do("exit-restore")
        os.close(node.tun)
        time.sleep(0.1)
        report.check("it goes with its interface", TUN not in run("ip", "-n", node.node, "link"))
    report.end()


if __name__ == "__main__":
    main()
