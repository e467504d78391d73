#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exit policy: what a guest reaches, what it does not, and a machine left as it was.

   [ guest1 10.86.0.2 ]--\\
   [ guest2 10.86.0.3 ]--- hg0 10.86.0.1 [ node ] e0 192.168.7.2 ---- [ outside: router and hosts ]
                                          d0 192.168.8.1 ---- [ other: a LAN behind the node ]

The tunnel interface is a bridge here: the policy knows it by name only. "outside" answers to every
address below on TCP and UDP; each refusal stands beside proof that the node itself gets there. Two
addresses are global, as only such a one can show that the rest of the Internet is open; nothing
leaves these namespaces.
"""
import json
import os
import socket
import threading
import time

from netns_lab import Lab, Report, inside, run, snapshot

TUNNEL = "hg" + str(os.getpid() % 1000000)
ALLOWED, GLOBAL, ROUTER = "203.0.113.9", "1.2.3.4", "203.0.113.7"
ALLOWED6, GLOBAL6 = "2001:db8:99::9", "2a00:77::1234"
REFUSED = ["192.168.7.1", "10.1.1.1", "172.16.3.3", "100.64.0.1", "169.254.169.254",
           "198.51.100.9", "192.0.2.9"]
# The last two are global, but on the owner's own link, and in his home's delegated network.
REFUSED6 = ["2001:db8:7::1", "fd00:99::1", "64:ff9b::102:304", "2002:102:304::1",
            "2a00:7:0:1::1", "2a00:7:0:8::1"]
POLICY = (f"exit net4=10.86.0.0/24 net6=fd00:86::/64 gateway=10.86.0.1,fd00:86::1 "
          f"allow=203.0.113.0/24,2001:db8:99::/64")
# Silence lasts as long as we wait. A refusal that arrives while connect() still holds the socket
# (everything here is on one machine) counts at the first retransmission only, after a second.
PATIENCE, QUICK = 4.0, 2.5
# An answer that must come ends the waiting; a busy machine may take its time.
SURE = 10.0
PORTS = (80, 25, 139, 445)


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class Servers:
    """TCP that tells the caller its address, and UDP that does the same, in one namespace."""

    def __init__(self, space, tcp_ports, udp_ports, udp_address="::"):
        with inside(space):
            for port in tcp_ports:
                listener = socket.create_server(("::", port), family=socket.AF_INET6,
                                                dualstack_ipv6=True)
                threading.Thread(target=self.accept, args=(listener,), daemon=True).start()
            for port in udp_ports:
                s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
                s.bind((udp_address, port))
                threading.Thread(target=self.echo, args=(s,), daemon=True).start()

    def accept(self, listener):
        while True:
            connection, peer = listener.accept()
            try:
                connection.sendall(peer[0].removeprefix("::ffff:").encode())
            except OSError:
                pass
            connection.close()

    def echo(self, s):
        while True:
            _, peer = s.recvfrom(2000)
            s.sendto(peer[0].removeprefix("::ffff:").encode(), peer)


def tcp(space, address, port=80, timeout=1.0, source_port=0):
    """The address that the server saw, or "" with the seconds that the refusal took."""
    with inside(space):
        s = socket.socket(family_of(address), socket.SOCK_STREAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    start = time.monotonic()
    with s:
        s.settimeout(timeout)
        try:
            if source_port:
                s.bind(("", source_port))
            s.connect((address, port))
            return s.recv(100).decode(), 0.0
        except OSError:
            return "", time.monotonic() - start


def udp(space, address, port, timeout=0.5):
    with inside(space):
        s = socket.socket(family_of(address), socket.SOCK_DGRAM)
    with s:
        s.settimeout(timeout)
        try:
            s.connect((address, port))
            s.send(b"x")
            return s.recv(100).decode()
        except OSError:
            return ""


class Node:
    def __init__(self, lab, report):
        self.lab, self.report = lab, report
        names = ("node", "outside", "guest1", "guest2", "other")
        self.node, self.outside, self.guest1, self.guest2, self.other = map(lab.namespace, names)
        ip = lambda space, *words: run("ip", "-n", space, *words)
        lab.wire(self.node, "e0", self.outside, "o0")
        lab.wire(self.node, "d0", self.other, "x0")
        ip(self.node, "link", "add", TUNNEL, "type", "bridge")
        ip(self.node, "link", "set", TUNNEL, "up")
        for number, guest in ((2, self.guest1), (3, self.guest2)):
            lab.wire(self.node, f"p{number}", guest, "g0")
            ip(self.node, "link", "set", f"p{number}", "master", TUNNEL)
            lab.address(guest, "g0", f"10.86.0.{number}/32", f"fd00:86::{number}/128")
        lab.address(self.node, TUNNEL, "10.86.0.1/24", "fd00:86::1/64")
        self.introduce()
        for guest in (self.guest1, self.guest2):
            for gateway in ("10.86.0.1", "fd00:86::1"):
                ip(guest, "route", "add", gateway, "dev", "g0")
                ip(guest, "route", "add", "default", "via", gateway, "dev", "g0")
        lab.address(self.node, "e0", "192.168.7.2/24", "2001:db8:7::2/64", "2a00:7:0:1::2/64")
        lab.address(self.node, "d0", "192.168.8.1/24")
        lab.address(self.other, "x0", "192.168.8.2/24")
        ip(self.other, "route", "add", "default", "via", "192.168.8.1")
        lab.address(self.outside, "o0", "192.168.7.1/24", "2001:db8:7::1/64", "2a00:7:0:1::1/64")
        for address in [ALLOWED, GLOBAL, ROUTER, *REFUSED[1:]]:
            lab.address(self.outside, "lo", address + "/32")
        for address in [ALLOWED6, GLOBAL6, *REFUSED6[1:4], REFUSED6[5]]:
            lab.address(self.outside, "lo", address + "/128")
        ip(self.node, "route", "add", "default", "via", "192.168.7.1")
        ip(self.node, "-6", "route", "add", "default", "via", "2001:db8:7::1")
        ip(self.outside, "route", "add", "10.86.0.0/24", "via", "192.168.7.2")
        ip(self.outside, "route", "add", "192.168.8.0/24", "via", "192.168.7.2")
        ip(self.outside, "-6", "route", "add", "fd00:86::/64", "via", "2001:db8:7::2")
        for space in (self.node, self.outside, self.guest1, self.guest2, self.other):
            lab.settle(space)
        Servers(self.outside, PORTS, (53,), "::ffff:" + ALLOWED)
        Servers(self.node, (80,), (3478, 3479))
        Servers(self.guest1, (80,), ())
        Servers(self.guest2, (80,), ())
        Servers(self.other, (80,), ())
        self.before = snapshot(self.node)

    def introduce(self):
        """A tunnel has no neighbour discovery, and the policy lets none through."""
        mac = lambda space, interface: json.loads(run(
            "ip", "-n", space, "-j", "link", "show", "dev", interface))[0]["address"]
        for number, guest in ((2, self.guest1), (3, self.guest2)):
            run("ip", "-n", self.node, "neigh", "add", f"fd00:86::{number}", "lladdr",
                mac(guest, "g0"), "dev", TUNNEL)
            run("ip", "-n", guest, "neigh", "add", "fd00:86::1", "lladdr",
                mac(self.node, TUNNEL), "dev", "g0")

    def probe(self):
        return self.lab.probe(self.node, TUNNEL)

    def refused(self, address, port=80, quick=False):
        """quick: by ICMP, which the kernel limits to a few in a row, so not asked of every one."""
        got, seconds = tcp(self.guest1, address, port, timeout=PATIENCE if quick else 1.0)
        control, _ = tcp(self.node, address, port, SURE)
        self.report.check(f"a guest does not reach {address} port {port}",
                          not got and control and (seconds < QUICK or not quick),
                          f"got {got!r}, node itself {control!r}, {seconds:.1f} s")

    def reached(self, address, port=80, seen="192.168.7.2", space=None):
        got, _ = tcp(space or self.guest1, address, port, SURE)
        self.report.check(f"a guest reaches {address} port {port} as {seen}", got == seen, got)


def open_places(node):
    node.reached(ALLOWED)
    node.reached(GLOBAL)
    # Which of the node's addresses it is, the kernel chooses (RFC 6724).
    for address in (ALLOWED6, GLOBAL6):
        got, _ = tcp(node.guest1, address, timeout=SURE)
        node.report.check(f"a guest reaches {address} as the node",
                          got in ("2001:db8:7::2", "2a00:7:0:1::2"), got)
    node.report.check("UDP, too", udp(node.guest1, ALLOWED, 53, SURE) == "192.168.7.2")
    both = [tcp(guest, ALLOWED, timeout=SURE, source_port=40000)[0]
            for guest in (node.guest1, node.guest2)]
    node.report.check("two guests with one source port", both == ["192.168.7.2"] * 2, str(both))


def closed_places(node):
    report = node.report
    for address in REFUSED + REFUSED6:
        node.refused(address, quick=address in (REFUSED[0], REFUSED6[0]))
    for port in PORTS[1:]:
        node.refused(GLOBAL, port)
        node.refused(ALLOWED, port)
    got = [tcp(node.guest1, address)[0]
           for address in ("10.86.0.1", "192.168.7.2", "fd00:86::1", "2001:db8:7::2")]
    control = [tcp(node.node, "10.86.0.1", timeout=SURE)[0],
               tcp(node.outside, "192.168.7.2", timeout=SURE)[0],
               tcp(node.outside, "2001:db8:7::2", timeout=SURE)[0]]
    report.check("the node itself gives a guest nothing", not any(got) and all(control),
                 f"{got} {control}")
    for gateway in ("10.86.0.1", "fd00:86::1"):
        report.check(f"but the STUN port of {gateway}", udp(node.guest1, gateway, 3478, SURE) != "")
        report.check(f"and no other of {gateway}", udp(node.guest1, gateway, 3479) == "")
    report.check("nor STUN on another address", udp(node.guest1, "192.168.7.2", 3478) == "")
    for guest in ("10.86.0.3", "fd00:86::3"):
        report.check(f"a guest does not reach the guest {guest}", tcp(node.guest1, guest)[0] == "")
        got, seconds = tcp(node.node, guest, timeout=PATIENCE)
        report.check(f"nor does a program of the owner's that means another {guest}, and it is told",
                     not got and seconds < QUICK, f"{got!r} after {seconds:.1f} s")


def from_outside(node):
    report = node.report
    report.check("nobody outside reaches a guest",
                 tcp(node.outside, "10.86.0.2")[0] == "" and
                 tcp(node.outside, "fd00:86::2")[0] == "")
    report.check("nor the node's address in the tunnel", tcp(node.outside, "10.86.0.1")[0] == "")
    report.check("the machine has not become a router for others",
                 tcp(node.outside, "192.168.8.2")[0] == "" and
                 tcp(node.other, "192.168.7.1")[0] == "")
    run("ip", "netns", "exec", node.node, "nft", "delete", "table", "inet", "higgs_node")
    report.check("control: without the table all of these get through",
                 tcp(node.outside, "10.86.0.2", timeout=SURE)[0] != "" and
                 tcp(node.outside, "192.168.8.2", timeout=SURE)[0] != "")


def policy(node):
    report = node.report
    report.check("control: before, a guest reaches nothing", tcp(node.guest1, ALLOWED)[0] == "")
    probe = node.probe()
    probe.do(POLICY)
    open_places(node)
    closed_places(node)
    node.reached(ROUTER)
    probe.do(f"exit-public address={ROUTER}")
    node.refused(ROUTER)
    node.reached(ALLOWED)
    probe.do(f"exit-public address=203.0.113.8")
    node.reached(ROUTER)
    from_outside(node)
    probe.do(POLICY)
    node.reached(ALLOWED)
    probe.do("exit-restore")
    report.same("restore leaves all as before", node.before, snapshot(node.node))
    probe.kill()


def without_ipv6(node):
    run("ip", "-n", node.node, "-6", "route", "del", "default")
    probe = node.probe()
    probe.do(POLICY)
    got, seconds = tcp(node.guest1, ALLOWED6, timeout=PATIENCE)
    node.report.check("no IPv6 at the node: a guest is told at once", not got and seconds < QUICK,
                      f"{got!r} after {seconds:.1f} s")
    node.reached(ALLOWED)
    probe.do("exit-restore")
    run("ip", "-n", node.node, "-6", "route", "add", "default", "via", "2001:db8:7::1")
    probe.kill()


def mistakes(node):
    report = node.report
    probe = node.probe()
    answer = probe.answer(POLICY + " egress=nowhere0")
    report.check("an egress that is not there", answer.startswith("error not_found"), answer)
    run("ip", "-n", node.node, "route", "del", "default")
    run("ip", "-n", node.node, "-6", "route", "del", "default")
    answer = probe.answer(POLICY)
    report.check("no way to the Internet", answer.startswith("error unavailable"), answer)
    report.check("a guest gets nowhere then", tcp(node.guest1, ALLOWED)[0] == "")
    run("ip", "-n", node.node, "route", "add", "default", "via", "192.168.7.1")
    run("ip", "-n", node.node, "-6", "route", "add", "default", "via", "2001:db8:7::1")
    report.same("and nothing was changed", node.before, snapshot(node.node))
    probe.kill()


def kills(node):
    report = node.report
    run_node = lambda *words: run("ip", "netns", "exec", node.node, *words)
    for forwarding in ("0", "1"):
        run_node("sysctl", "-qw", f"net.ipv4.ip_forward={forwarding}")
        before = snapshot(node.node)
        probe = node.probe()
        probe.do(POLICY)
        probe.kill()
        node.reached(ALLOWED)
        heir = node.probe()
        heir.do(POLICY)
        heir.do("exit-restore")
        report.same(f"killed, taken over, restored (ip_forward was {forwarding})", before,
                    snapshot(node.node))
        heir.do(POLICY)
        if forwarding == "1":
            report.check("a machine that is a router stays one",
                         tcp(node.outside, "192.168.8.2", timeout=SURE)[0] != "")
        heir.kill()
        # The bridge stands for the tunnel; a real one would be removed here, and this is not one.
        medic = node.lab.probe(node.node, "unused0")
        answer = medic.answer("offline-exit")
        report.check("the offline restore leaves foreign interfaces alone",
                     "is not a tunnel" in answer, answer)
        report.same(f"killed, restored offline (ip_forward was {forwarding})", before,
                    snapshot(node.node))
        medic.kill()
    run_node("sysctl", "-qw", "net.ipv4.ip_forward=0")
    for turn in range(6):
        probe = node.probe()
        probe.send(POLICY)
        time.sleep(0.01 * turn) # any moment is a good one to die
        probe.kill()
        heir = node.probe()
        heir.do("exit-restore")
        report.same("killed within apply, restored by an heir", node.before, snapshot(node.node))
        heir.kill()


def main():
    report = Report()
    with Lab() as lab:
        node = Node(lab, report)
        policy(node)
        without_ipv6(node)
        mistakes(node)
        kills(node)
    report.end()


if __name__ == "__main__":
    main()
