#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A guest leaves, and the next one gets its address: late answers to the first must not reach the second.
Controls: without forgetting they do, and what is nobody's business stays as it was."""
import socket

from netns_lab import Capture, Lab, Report, run, wait_for
from test_exit_network import ALLOWED, ALLOWED6, Node, POLICY
from test_port_shadow import bound, readable

ADDRESS = {4: "10.86.0.2", 6: "fd00:86::2"}
NEIGHBOUR = {4: "10.86.0.3", 6: "fd00:86::3"}
SERVER = {4: ALLOWED, 6: ALLOWED6}
LENGTH = {4: "/32", 6: "/128"}


def conversation(node, space, address, family, port, kind):
    """Both ends of one between a guest and a server, and how the server answers late."""
    server = bound(node.outside, SERVER[family], port, kind)
    guest = bound(space, address, 0, kind)
    if kind == socket.SOCK_STREAM:
        server.listen()
        guest.connect_ex((SERVER[family], port))
        readable(server)
        end, peer = server.accept()
        return guest, server, lambda data: end.send(data), end
    guest.connect((SERVER[family], port))
    guest.send(b"x")
    readable(server)
    peer = server.recvfrom(10)[1]
    server.sendto(b"hello", peer)
    readable(guest)
    guest.recv(10)
    return guest, server, lambda data: server.sendto(data, peer), None


def change(node, report, probe, family, kind, forget):
    """Whether the next guest of the address gets the answer to the last."""
    what = f"{'TCP' if kind == socket.SOCK_STREAM else 'UDP'} over IPv{family}"
    change.port += 2
    ends = conversation(node, node.guest1, ADDRESS[family], family, change.port, kind)
    other = conversation(node, node.guest2, NEIGHBOUR[family], family, change.port + 1, kind)
    if forget:
        probe.do(f"forget source={ADDRESS[family]}{LENGTH[family]}")
    # The next guest is the same interface with a fresh look: nothing of it has asked for anything.
    wire = Capture(node.guest1, "g0")
    ends[2](b"late answer")
    other[2](b"for the neighbour")
    readable(other[0])
    report.check(f"its neighbour's conversation goes on ({what})",
                 other[0].recv(100) == b"for the neighbour")
    if forget:
        wire.catch_up()
        heard = b"late answer" in b"".join(packet for _, _, packet in wire.packets)
        report.check(f"the next guest hears no late answer ({what})", not heard)
    else:
        wait_for(lambda: b"late answer" in b"".join(packet for _, _, packet in wire.packets))
        report.check(f"control: without forgetting it does ({what})", True)
    for each in (*ends, *other):
        if isinstance(each, socket.socket):
            each.close()


change.port = 21000


def main():
    report = Report()
    with Lab() as lab:
        node = Node(lab, report)
        probe = node.probe()
        probe.do(POLICY)
        for family in (4, 6):
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                for forget in (False, True):
                    change(node, report, probe, family, kind, forget)
        # Many at once, as a busy guest leaves.
        sockets = []
        for port in range(500):
            s = bound(node.guest1, ADDRESS[4], 0, socket.SOCK_DGRAM)
            s.sendto(b"x", (SERVER[4], 30000 + port))
            sockets.append(s)
        count = lambda: int(run("ip", "netns", "exec", node.node, "cat",
                                "/proc/sys/net/netfilter/nf_conntrack_count"))
        before = count()
        probe.do(f"forget source={ADDRESS[4]}/32")
        report.check("five hundred connections are forgotten at once", before - count() >= 500,
                     f"{before} -> {count()}")
        probe.do("exit-restore")
    report.end()


if __name__ == "__main__":
    main()
