#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A guest's share: what one guest may take of the ports and connections that all guests have.

One guest calls one server as fast as it can, and as often; another guest's calls to that server must
get through. Every limit has a positive control: without its rule the guest goes past it."""
import contextlib
import resource
import socket
import threading
import time

from netns_lab import Lab, Report, inside, run, skip, wait_for
from test_exit_network import ALLOWED, ALLOWED6, Node, POLICY, SURE, family_of, tcp

HELD, BURST, RATE = 1500, 1200, 15
SERVER_PORT = 7000
DESCRIPTORS = 10000


class Server:
    """Accepts and holds every connection, and takes datagrams, on ALLOWED and ALLOWED6."""

    def __init__(self, space):
        self.held, self.sinks = [], []
        for address in (ALLOWED, ALLOWED6):
            with inside(space):
                listener = socket.create_server((address, SERVER_PORT), family=family_of(address), backlog=4096)
                self.sinks.append(socket.socket(family_of(address), socket.SOCK_DGRAM))
            self.sinks[-1].bind((address, SERVER_PORT))
            threading.Thread(target=self.accept, args=(listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            self.held.append(listener.accept()[0])


def nft(node, *words):
    return run("ip", "netns", "exec", node.node, "nft", *words)


def without(node, start):
    """Takes away the rules of the share that begin so."""
    for line in nft(node, "-a", "-t", "list", "chain", "inet", "higgs_fuse", "share").splitlines():
        if line.strip().startswith(start):
            nft(node, "delete", "rule", "inet", "higgs_fuse", "share", "handle", line.split()[-1])


def datagrams(space, address, ports):
    """One datagram from each of as many sockets; the sockets."""
    sockets = []
    with inside(space):
        for _ in range(ports):
            s = socket.socket(family_of(address), socket.SOCK_DGRAM)
            s.connect((address, SERVER_PORT))
            sockets.append(s)
    for s in sockets:
        s.send(b"x")
    return sockets


def entries(node):
    """How many connections the machine knows."""
    return int(run("ip", "netns", "exec", node.node, "cat", "/proc/sys/net/netfilter/nf_conntrack_count"))


def pace(node, report, probe, address):
    family = "IPv6" if ":" in address else "IPv4"
    probe.do(POLICY)
    before, begun = entries(node), time.monotonic()
    sockets = datagrams(node.guest1, address, HELD - 100)
    with contextlib.suppress(TimeoutError):
        wait_for(lambda: entries(node) - before >= BURST - 10)
    got, allowed = entries(node) - before, BURST + RATE * (time.monotonic() - begun + 1)
    report.check(f"a guest begins {BURST} connections at once, then {RATE} a second ({family})",
                 BURST - 10 <= got <= allowed, f"{got} of {HELD - 100}, at most {allowed:.0f}")
    # What it has begun goes on: only a connection's first datagram counts.
    for _ in range(3):
        for s in sockets[:200]:
            s.send(b"more")
    report.check(f"its neighbour begins one ({family})", tcp(node.guest2, address, 80, SURE)[0] != "")
    without(node, "update @fresh")
    before = entries(node)
    more = datagrams(node.guest1, address, HELD - BURST - 50)
    with contextlib.suppress(TimeoutError):
        wait_for(lambda: entries(node) - before >= HELD - BURST - 60)
    report.check(f"control: without the pace all of them begin ({family})",
                 entries(node) - before >= HELD - BURST - 60, entries(node) - before)
    for s in (*sockets, *more):
        s.close()


def held(node, report, probe, server, address):
    family = "IPv6" if ":" in address else "IPv4"
    probe.do(POLICY) # which also forgets what was counted
    without(node, "update @fresh")
    server.held.clear()
    sockets = []

    def call(times):
        with inside(node.guest1):
            for _ in range(times):
                s = socket.socket(family_of(address), socket.SOCK_STREAM)
                s.setblocking(False)
                s.connect_ex((address, SERVER_PORT))
                sockets.append(s)

    for _ in range(10): # as the server's queue takes them
        call((HELD + 200) // 10)
        time.sleep(0.1)
    wait_for(lambda: len(server.held) >= HELD)
    time.sleep(0.3)
    report.check(f"a guest has {HELD} connections and no more ({family})", len(server.held) == HELD,
                 len(server.held))
    got, seconds = tcp(node.guest1, address, 80, timeout=3)
    report.check(f"another one is refused ({family})", not got, (got, seconds))
    report.check(f"its neighbour gets one to that server ({family})",
                 tcp(node.guest2, address, SERVER_PORT)[1] > 0.9, "connected, nothing said for a second")
    report.check(f"and to others ({family})", tcp(node.guest2, address, 80, SURE)[0] != "")
    for s in sockets[:100]:
        s.close()
    for s in server.held[:150]:
        s.close()
    wait_for(lambda: tcp(node.guest1, address, 80)[0] != "", 20)
    report.check(f"when some have ended it gets new ones ({family})", True)
    without(node, "add @held")
    before = len(server.held)
    call(300)
    wait_for(lambda: len(server.held) - before >= 300)
    report.check(f"control: without the limit it gets {HELD + 100} and more ({family})", True)
    for s in (*sockets, *server.held):
        s.close()


def main():
    report = Report()
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    except (OSError, ValueError):
        skip(f"{DESCRIPTORS} open files are not allowed here")
    with Lab() as lab:
        node = Node(lab, report)
        server = Server(node.outside)
        probe = node.probe()
        probe.do(POLICY)
        for address in (ALLOWED, ALLOWED6):
            pace(node, report, probe, address)
            held(node, report, probe, server, address)
        probe.do("exit-restore")
    report.end()


if __name__ == "__main__":
    main()
