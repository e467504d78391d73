#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Port shadow: a guest makes the exit's address translation take a stranger's packets for answers to
the guest ("Attacking Connection Tracking Frameworks as used by Virtual Private Networks", 2024).

A client outside talks to a service on the node's machine, which may be the node's own port for
tunnels. The malicious guest sends one packet from the service's port number to the client's address
and port. If the exit keeps that port, answers to the guest have the same addresses and ports as the
client's packets to the service: those go to the guest. The other way, two guests behind one exit
ask the same server from the same port, and one tries to get the other's answers.

Guests leave from ports that neither a service nor a call of the machine has, so there is nothing that
could be taken for theirs. Each attack runs against our rules, where it must fail, and as a positive
control against rules that lack one thing, where it must succeed.
"""
import select
import socket
import sys

from netns_lab import Capture, Lab, Report, inside, run, wait_for
from test_exit_network import ALLOWED, ALLOWED6, Node, POLICY, family_of

GUEST = {4: "10.86.0.2", 6: "fd00:86::2"}
OTHER = {4: "10.86.0.3", 6: "fd00:86::3"}
CLIENT = {4: ALLOWED, 6: ALLOWED6}
FIRST_GUEST_PORT = 61000
# A service below 1024, usual ones above, and what the kernel gives to the machine's own calls.
PORTS = (443, 8080, 40000, 50123)
KINDS = {"UDP": (socket.SOCK_DGRAM, 17), "TCP": (socket.SOCK_STREAM, 6)}
ROUNDS = int(sys.argv[sys.argv.index("--rounds") + 1]) if "--rounds" in sys.argv else 1


def bound(space, address, port, kind):
    with inside(space):
        s = socket.socket(family_of(address), kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, port))
    s.setblocking(False)
    return s


def readable(s, seconds=5.0):
    return bool(select.select([s], [], [], seconds)[0])


def nft(space, *words):
    return run("ip", "netns", "exec", space, "nft", *words)


class Shadow:
    def __init__(self, lab, report):
        self.report = report
        self.node = Node(lab, report)
        self.probe = self.node.probe()
        self.wires = Capture(self.node.guest1, "g0"), Capture(self.node.guest2, "g0")
        self.client_port = 30000
        # As every home's firewall: nobody calls the client. Else it would reset the guest's call.
        nft(self.node.outside, "add table inet home; add chain inet home input { type filter hook "
            "input priority 0; }; add rule inet home input tcp dport 30000-39999 "
            "tcp flags & (syn | ack) == syn drop")
        self.ours()
        self.exit = {family: self.exit_address(family) for family in (4, 6)}

    def ours(self):
        self.probe.do(POLICY)

    def next_port(self):
        """Every attack with tuples of its own: conntrack remembers the earlier ones."""
        self.client_port += 1
        return self.client_port

    def exit_address(self, family):
        """The address that guests go out with; of several in IPv6 the kernel chooses (RFC 6724)."""
        port = self.next_port()
        client = bound(self.node.outside, CLIENT[family], port, socket.SOCK_DGRAM)
        guest = bound(self.node.guest1, GUEST[family], 0, socket.SOCK_DGRAM)
        with client, guest:
            guest.sendto(b"x", (CLIENT[family], port))
            readable(client)
            return client.recvfrom(100)[1][0]

    def stolen(self, wire, protocol, port):
        """Whether a packet from that port of the client's arrived at a guest."""
        with wire.lock:
            packets = list(wire.packets)
        return any(kind == protocol and packet[(40 if packet[0] >> 4 == 6 else 20):][:2] ==
                   port.to_bytes(2, "big") for kind, _, packet in packets)

    def attack(self, family, name, port, established):
        """Who got what the client sent to the service: "service", "guest" or both."""
        kind, protocol = KINDS[name]
        client_port = self.next_port()
        at = (self.exit[family], port)
        service = bound(self.node.node, *at, kind)
        client = bound(self.node.outside, CLIENT[family], client_port, kind)
        guest = bound(self.node.guest1, GUEST[family], port, kind)
        with service, client, guest:
            if name == "TCP":
                service.listen()
            end = service
            if established:
                end = self.talk(name, service, client, at)
            guest.setblocking(False)
            sent = Capture(self.node.outside, "o0")
            if name == "TCP":
                guest.connect_ex((CLIENT[family], client_port))
            else:
                guest.sendto(b"shadow", (CLIENT[family], client_port))
            wait_for(lambda: protocol in sent.seen(CLIENT[family]))
            sent.socket.close()
            if name == "TCP" and not established:
                client.connect_ex(at)
            else:
                client.sendto(b"secret", at) if name == "UDP" else client.send(b"secret")
            stolen = lambda: self.stolen(self.wires[0], protocol, client_port)
            wait_for(lambda: stolen() or readable(end, 0.02))
            got = [who for who, has in (("service", readable(end, 0)), ("guest", stolen())) if has]
            if end is not service:
                end.close()
            return " and ".join(got)

    def talk(self, name, service, client, at):
        """A conversation that conntrack has seen in both directions."""
        if name == "TCP":
            client.connect_ex(at)
            readable(service)
            end, _ = service.accept()
            end.send(b"hello")
        else:
            client.sendto(b"hello", at)
            readable(service)
            _, peer = service.recvfrom(100)
            service.sendto(b"hello", peer)
            end = service
        readable(client)
        client.recv(100)
        return end

    def each(self, what, port, established, wanted):
        for family in (4, 6):
            for name in KINDS:
                # A control shows that there is an attack: one of three tries is enough, where another flow has the port.
                for _ in range(3 if wanted == "guest" else 1):
                    for wire in self.wires:
                        wire.clear()
                    got = self.attack(family, name, port, established)
                    if got == wanted:
                        break
                self.report.check(f"{what} ({name} over IPv{family})", got == wanted, got)

    def neighbours(self):
        """Two guests, one server, one source port, the attacker first and last."""
        for family in (4, 6):
            for name, (kind, _) in KINDS.items():
                port, server_port = self.next_port(), 20000 + self.client_port % 10000
                server = bound(self.node.outside, CLIENT[family], server_port, kind)
                ends = [bound(space, address[family], port, kind) for space, address in
                        ((self.node.guest1, GUEST), (self.node.guest2, OTHER))]
                peers, answers = [], []
                if name == "TCP":
                    server.listen()
                for number, end in enumerate(ends):
                    if name == "TCP":
                        end.connect_ex((CLIENT[family], server_port))
                        readable(server)
                        connection, peer = server.accept()
                        peers.append((peer, connection.send))
                    else:
                        end.sendto(b"x", (CLIENT[family], server_port))
                        readable(server)
                        peer = server.recvfrom(100)[1]
                        peers.append((peer, lambda data, to=peer: server.sendto(data, to)))
                for number, (_, answer) in enumerate(peers):
                    answer(str(number).encode())
                for end in ends:
                    answers.append(end.recv(100) if readable(end) else b"")
                more = [readable(end, 0) for end in ends] if name == "UDP" else []
                self.report.check(f"two guests from one port get their own answers "
                                  f"({name} over IPv{family})",
                                  answers == [b"0", b"1"] and not any(more) and
                                  peers[0][0] != peers[1][0], f"{answers} {peers}")
                for s in (*ends, server):
                    s.close()

    def one_port_for_all(self):
        """Endpoint-independent mapping (RFC 4787), without which a guest's calls to others fail."""
        for family in (4, 6):
            ports = [self.next_port(), self.next_port()]
            ends = [bound(self.node.outside, CLIENT[family], port, socket.SOCK_DGRAM) for port in ports]
            guest = bound(self.node.guest1, GUEST[family], 0, socket.SOCK_DGRAM)
            seen = set()
            for end, port in zip(ends, ports):
                guest.sendto(b"x", (CLIENT[family], port))
                readable(end)
                seen.add(end.recvfrom(100)[1][1])
                end.close()
            self.report.check(f"a guest's socket has one port for all whom it calls (IPv{family})",
                              len(seen) == 1 and min(seen) >= FIRST_GUEST_PORT, seen)
            guest.close()

    def warned(self):
        """A machine that gives guests' ports to its own programs, too."""
        for last, wanted in (("60999", False), ("65000", True)):
            run("ip", "netns", "exec", self.node.node, "sysctl", "-qw",
                f"net.ipv4.ip_local_port_range=32768 {last}")
            self.probe.said()
            self.probe.do(POLICY)
            said = "ports that guests leave from" in self.probe.said()
            self.report.check(f"own programs' ports up to {last}: "
                              f"{'a warning' if wanted else 'no word'}", said == wanted)

    def with_zones(self):
        """What looks like a remedy: guests' connections in zones of their own."""
        self.with_kept_ports()
        for family, net in (("ip", "10.86.0.0/24"), ("ip6", "fd00:86::/64")):
            nft(self.node.node, f"add rule inet higgs_node prerouting {family} saddr {net} "
                f"ct original zone set jhash {family} saddr mod 65535 offset 1")

    def with_kept_ports(self):
        """Masquerade as it is by default: a free port is kept, whichever it is."""
        nft(self.node.node, "flush chain inet higgs_node postrouting")
        nft(self.node.node, "add rule inet higgs_node postrouting oifname e0 masquerade")


def main():
    report = Report()
    with Lab() as lab:
        shadow = Shadow(lab, report)
        for _ in range(ROUNDS):
            for port in PORTS:
                shadow.each(f"a conversation with port {port} stays where it is", port, True, "service")
                shadow.each(f"a call to port {port} arrives there", port, False, "service")
            shadow.neighbours()
            shadow.one_port_for_all()
            shadow.with_zones()
            # With ports of their own: the kernel goes on with a translation that it remembers.
            for port in (port + 1 for port in PORTS):
                shadow.each(f"control: in zones and with kept ports, the guest takes the conversation with "
                            f"port {port} over", port, True, "guest")
            shadow.ours()
            shadow.with_kept_ports()
            for port in (port + 2 for port in PORTS):
                shadow.each(f"control: with kept ports, the guest gets the call to port {port}", port, False,
                            "guest")
            shadow.ours()
        shadow.warned()
        shadow.probe.do("exit-restore")
    report.end()


if __name__ == "__main__":
    main()
