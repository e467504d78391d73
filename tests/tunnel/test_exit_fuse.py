#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fuse: a guest that scans a thousand hosts is cut within two seconds and for a minute; a heavy
browser, and everybody else, notice nothing."""
import socket
import time

from netns_lab import Capture, Lab, Report, inside, run, snapshot, wait_for
from test_exit_network import ALLOWED, GLOBAL, Node, POLICY, SURE, tcp


def reach_for(space, addresses, port=80):
    """One SYN to each, without waiting for answers; the sockets, to be closed later."""
    sockets = []
    with inside(space):
        for address in addresses:
            s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET,
                              socket.SOCK_STREAM)
            s.setblocking(False)
            s.connect_ex((address, port))
            sockets.append(s)
    return sockets


def close(sockets):
    for s in sockets:
        s.close()


def cut_guests(space, family=4):
    text = run("ip", "netns", "exec", space, "nft", "list", "set", "inet", "higgs_fuse", f"cut{family}")
    return [word for word in text.replace(",", " ").split() if word.startswith(("10.86.", "fd00:86:"))]


def scan(node, report, capture, family, target):
    name = f"IPv{family}"
    capture.clear()
    started = time.monotonic()
    sockets = reach_for(node.guest1, [target(i) for i in range(1000)])
    wait_for(lambda: cut_guests(node.node, family), 2)
    report.check(f"a scan of 1,000 hosts by {name} is cut within 2 s", time.monotonic() - started < 2)
    time.sleep(0.2)
    capture.catch_up()
    seen = len({to for protocol, to, _ in capture.packets if protocol == 6})
    report.check(f"and most of them never heard of it ({name})", 0 < seen <= 400, seen)
    capture.clear()
    more = reach_for(node.guest1, [target(i) for i in range(1000, 1200)])
    time.sleep(0.3)
    capture.catch_up()
    seen = {to for protocol, to, _ in capture.packets if protocol == 6}
    # What was let through before is tried again by TCP itself.
    later = {target(i) for i in range(1000, 1200)} & seen
    report.check(f"a cut guest gets no new connection ({name})", not later, len(later))
    close(sockets + more)


def browse(node, report):
    """Thirty tabs: 180 hosts, six connections to each, within some seconds."""
    hosts = [f"1.2.9.{i}" for i in range(1, 181)]
    sockets = []
    for _ in range(6):
        sockets += reach_for(node.guest2, hosts)
        time.sleep(0.2)
    report.check("a heavy browser is not cut", not cut_guests(node.node), cut_guests(node.node))
    report.check("and goes on", tcp(node.guest2, GLOBAL, timeout=SURE)[0] != "")
    close(sockets)


def fuse(node, report):
    capture = Capture(node.outside, "o0")
    control = reach_for(node.node, [f"1.3.{i // 250}.{i % 250 + 1}" for i in range(500)])
    wait_for(lambda: len({to for _, to, _ in capture.packets if to.startswith("1.3.")}) == 500)
    report.check("positive control: the capture sees 500 hosts asked for by the node itself", True)
    close(control)
    browse(node, report)
    with inside(node.guest1):
        standing = socket.create_connection((ALLOWED, 80))
    scan(node, report, capture, 4, lambda i: f"1.2.{i // 250}.{i % 250 + 1}")
    report.check("its neighbour is not cut", tcp(node.guest2, GLOBAL, timeout=SURE)[0] != "")
    report.check("a connection from before goes on", standing.recv(100) != b"")
    standing.close()
    scan(node, report, capture, 6, lambda i: f"2a00:99::{i + 1:x}")
    text = run("ip", "netns", "exec", node.node, "nft", "list", "table", "inet", "higgs_fuse")
    report.check("the kernel's sets hold no destination",
                 "1.2." not in text and "2a00:99" not in text)


def main():
    report = Report()
    with Lab() as lab:
        node = Node(lab, report)
        probe = node.probe()
        probe.do(POLICY + " egress=e0")
        # The scanned hosts lie behind the router; nobody answers there.
        run("ip", "-n", node.outside, "route", "add", "blackhole", "1.2.0.0/20")
        run("ip", "-n", node.outside, "route", "add", "blackhole", "1.3.0.0/16")
        run("ip", "-n", node.outside, "route", "add", "blackhole", "2a00:99::/32")
        fuse(node, report)
        probe.do("exit-restore")
        report.same("the fuse goes with the exit", node.before,
                    snapshot(node.node))
    report.end()


if __name__ == "__main__":
    main()
