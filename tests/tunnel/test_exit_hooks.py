#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a guest's packets do beside being forwarded: notes of connections, fragments, errors about other
people's calls, what a traceroute shows, who answers for the tunnel's address; and the exit beside other
firewalls and containers. The laboratory is test_exit_network's."""
import socket
import struct
import time

from netns_lab import Capture, Lab, Report, inside, run, snapshot, wait_for
from test_exit_network import (ALLOWED, ALLOWED6, GLOBAL, GLOBAL6, PATIENCE, POLICY, QUICK, ROUTER, SURE, Node, tcp,
                               udp)

BEYOND, BEYOND6 = "1.2.3.5", "2a00:77::9999"  # nobody has these: the router says so
PUBLIC = f" public={ROUTER}"
ASKED = 1500
DOCKER = """
table ip filter {
  chain DOCKER-USER { return; }
  chain FORWARD { type filter hook forward priority filter; policy drop; jump DOCKER-USER; }
}
"""
STRANGER = "table inet stranger { chain f { type filter hook forward priority 10; policy drop; }; }"


def sh(space, script):
    return run("ip", "netns", "exec", space, "sh", "-c", script)


def nft(space, text):
    sh(space, f"nft -f - <<'E'\n{text}\nE")


def count(space):
    return int(sh(space, "cat /proc/sys/net/netfilter/nf_conntrack_count"))


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ask_from_many_ports(space, address, port, how_many):
    for number in range(how_many):
        with inside(space), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("", 20000 + number))
            s.sendto(b"x", (address, port))


def notes_of_connections(node):
    report = node.report
    before = count(node.node)
    report.check("control: the probe responder answers", udp(node.guest1, "10.86.0.1", 3478, SURE) != "")
    ask_from_many_ports(node.guest1, "10.86.0.1", 3478, ASKED)
    report.check(f"{ASKED} source ports to the gateway's own port leave no notes in the kernel",
                 count(node.node) - before < 20, count(node.node) - before)
    before = count(node.node)
    ask_from_many_ports(node.guest1, ALLOWED, 53, 100)
    report.check("control: through the exit each leaves one", count(node.node) - before >= 100,
                 count(node.node) - before)


def forged_errors(node):
    """As if the home said of its own conversation that nobody is there."""
    report = node.report
    wire = Capture(node.outside, "o0")
    with inside(node.node), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.settimeout(SURE)
        own.connect((ALLOWED, 53))
        own.send(b"x")
        report.check("control: the owner's program talks to somebody", own.recv(100) != b"")
        port = own.getsockname()[1]
    inner = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 1, 0, 60, 17, 0, socket.inet_aton(ALLOWED),
                        socket.inet_aton("192.168.7.2")) + struct.pack("!HHHH", 53, port, 20, 0) + b"x" * 12
    with inside(node.guest1):
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    with raw:
        for kind, code in ((3, 3), (3, 4), (11, 0), (12, 0), (5, 1), (0, 0), (13, 0)):
            head = struct.pack("!BBHI", kind, code, 0, 1000)
            raw.sendto(head[:2] + struct.pack("!H", checksum(head + inner)) + head[4:] + inner, (ALLOWED, 0))
        echo = struct.pack("!BBHHH", 8, 0, 0, 7, 7)
        raw.sendto(echo[:2] + struct.pack("!H", checksum(echo)) + echo[4:], (ALLOWED, 0))
    def kinds():
        with wire.lock:
            return {packet[20] for protocol, to, packet in wire.packets if protocol == 1 and to == ALLOWED}
    wait_for(lambda: 8 in kinds())
    report.check("of a guest's ICMP only the question of a ping leaves the home", kinds() == {8}, kinds())


def errors_name_nobody(node):
    report = node.report
    run("ip", "netns", "exec", node.outside, "sysctl", "-qw", "net.ipv4.ip_forward=1",
        "net.ipv6.conf.all.forwarding=1")
    for family, protocol, target, gateway, home in (
            (socket.AF_INET, socket.IPPROTO_ICMP, BEYOND, "10.86.0.1", "192.168.7.1"),
            (socket.AF_INET6, socket.IPPROTO_ICMPV6, BEYOND6, "fd00:86::1", "2a00:7:0:1::1")):
        told = {}
        for space in (node.node, node.guest1):
            with inside(space):
                errors = socket.socket(family, socket.SOCK_RAW, protocol)
                s = socket.socket(family, socket.SOCK_DGRAM)
            with errors, s:
                errors.settimeout(SURE)
                s.sendto(b"x", (target, 33434))
                while True:
                    packet, sender = errors.recvfrom(2000)
                    kind = packet[20] if family == socket.AF_INET else packet[0]
                    if kind in (1, 3):
                        break
            told[space] = sender[0]
        report.check(f"control: the node is told by {home} that {target} is not there",
                     told[node.node] in (home, "2001:db8:7::1"), told[node.node])
        report.check("a guest is told the same, and not by whom in the home", told[node.guest1] == gateway,
                     told[node.guest1])


def arp_answers(space, targets):
    """Who of `targets`, of which the last answers, says that it is here."""
    with inside(space):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
        s.bind(("o0", 0))
    own = s.getsockname()[4]
    answered = []
    with s:
        s.settimeout(SURE)
        for target in targets:
            s.send(b"\xff" * 6 + own + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x800, 6, 4, 1) + own +
                   socket.inet_aton("192.168.7.1") + bytes(6) + socket.inet_aton(target))
        while targets[-1] not in answered:
            frame = s.recv(2000)
            if frame[20:22] == b"\0\2":
                answered.append(socket.inet_ntoa(frame[28:32]))
    return answered


def neighbours(node):
    seen = arp_answers(node.outside, ["10.86.0.1", "192.168.7.2"])
    node.report.check("nobody on the LAN is told of the tunnel's address", seen == ["192.168.7.2"], seen)


def fragments(node):
    report = node.report
    def held():
        words = sh(node.node, "cat /proc/net/sockstat").split("FRAG:")[1].split()
        return int(words[1])
    with inside(node.guest1):
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    with raw:
        for number in range(1, 800):
            raw.sendto(struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28, number, 0x2000, 64, 17, 0,
                                   socket.inet_aton("10.86.0.2"), socket.inet_aton(GLOBAL)) +
                       struct.pack("!HHHH", 9, 9, 100, 0), (GLOBAL, 0))
    report.check("of 800 halves of packets the machine keeps few", 0 < held() < 200, held())


def no_way(node, probe):
    """Answers that came no way are the router's, whatever address they bear."""
    report = node.report
    probe.do(POLICY + " afar=1")
    for target in (GLOBAL, GLOBAL6):
        report.check(f"{target} on the router itself gives a guest no answer",
                     tcp(node.guest1, target)[0] == "" and tcp(node.node, target, timeout=SURE)[0] != "")
    report.check("but names are answered, as many routers do for others",
                 udp(node.guest1, ALLOWED, 53, SURE) != "")
    sh(node.outside, "sysctl -qw net.ipv4.ip_default_ttl=63 net.ipv6.conf.o0.hop_limit=63;"
       "ip -6 route change fd00:86::/64 via 2001:db8:7::2 hoplimit 63;"
       "ip -6 route change 2001:db8:7::/64 dev o0 hoplimit 63 2>/dev/null;"
       "ip -6 route change 2a00:7:0:1::/64 dev o0 hoplimit 63 2>/dev/null; true")
    for target in (GLOBAL, GLOBAL6):
        report.check(f"{target} a hop further is reached", tcp(node.guest1, target, timeout=SURE)[0] != "")
    sh(node.outside, "sysctl -qw net.ipv4.ip_default_ttl=64")
    probe.do(POLICY)


def router(node, probe):
    report = node.report
    probe.do(POLICY + " home=2a00:77::/64")
    report.check("a network in which the router has addresses is closed",
                 tcp(node.guest1, GLOBAL6)[0] == "" and tcp(node.node, GLOBAL6, timeout=SURE)[0] != "")
    probe.do(POLICY + PUBLIC + " unknown=6")
    got, seconds = tcp(node.guest1, GLOBAL6, timeout=PATIENCE)
    report.check("while the router's IPv6 is not known, guests have none, and are told at once",
                 not got and seconds < QUICK, f"{got!r} {seconds:.1f} s")
    report.check("and IPv4 goes on", tcp(node.guest1, GLOBAL, timeout=SURE)[0] != "")
    probe.do(POLICY + PUBLIC + " unknown=4")
    answer = probe.answer("exit-attack")
    report.check("an attack that did not know the router proves nothing",
                 answer == "error forbidden unknown public address of the router", answer)
    probe.do(POLICY + PUBLIC)
    report.check("control: one that knows it does", probe.answer("exit-attack") == "ok")


def other_firewalls(node, probe):
    report = node.report
    probe.do(POLICY + PUBLIC)
    nft(node.node, DOCKER)
    report.check("Docker's policy lets no guest out", tcp(node.guest1, GLOBAL)[0] == "")
    probe.do("exit-ask")
    report.check("asked in the chain that it has for that, it does",
                 tcp(node.guest1, GLOBAL, timeout=SURE)[0] != "")
    probe.do("exit-ask")
    rules = sh(node.node, "nft list chain ip filter DOCKER-USER").count("higgs-exit")
    report.check("asking again leaves no second rules", rules == 3, rules)
    report.check("the self-test passes beside it", probe.answer("exit-attack") == "ok")
    probe.do("exit-restore")
    report.check("nothing of it stays", "higgs" not in sh(node.node, "nft list ruleset"))
    nft(node.node, "delete table ip filter")
    probe.do(POLICY + PUBLIC)
    nft(node.node, STRANGER)
    report.check("another's own policy is not touched", probe.answer("exit-ask").startswith("error not_found"))
    remedy = probe.answer("exit-remedy")
    report.check("but its name is told, and the command", "inet stranger" in remedy, remedy)
    sh(node.node, remedy.split("run '")[1].split("'")[0].replace("{", "'{'").replace("}", "'}'"))
    report.check("which is the right one", probe.answer("exit-attack") == "ok")
    report.check("so that a guest gets out", tcp(node.guest1, GLOBAL, timeout=SURE)[0] != "")
    nft(node.node, "delete table inet stranger")


def containers(node, probe):
    """A bridge with a container comes up while the node shares."""
    report = node.report
    probe.do(POLICY)
    box = node.lab.namespace("box")
    sh(node.node, "ip link add cb0 type bridge; ip address add 172.30.0.1/16 dev cb0; ip link set cb0 up")
    node.lab.wire(node.node, "cb0p", box, "c0")
    sh(node.node, "ip link set cb0p master cb0")
    node.lab.address(box, "c0", "172.30.0.2/16")
    run("ip", "-n", box, "route", "add", "default", "via", "172.30.0.1")
    nft(node.node, 'table ip boxes { chain p { type nat hook postrouting priority 100; '
        'oifname "e0" ip saddr 172.30.0.0/16 masquerade; }; }')
    report.check("control: before the node has looked, a new bridge's are not let through",
                 tcp(box, GLOBAL)[0] == "")
    report.check("a new bridge is seen", probe.answer("exit-refresh") == "ok")
    report.check("a container that starts while the node shares has its Internet",
                 tcp(box, GLOBAL, timeout=SURE)[0] != "")
    report.check("but nothing of the owner's other networks", tcp(box, "192.168.8.2")[0] == "")
    report.check("and the machine is still no router for the LAN", tcp(node.other, "192.168.7.1")[0] == "")
    probe.do("exit-restore")
    report.check("it keeps it when sharing ends", tcp(box, GLOBAL, timeout=SURE)[0] != "")
    sh(node.node, "ip link del cb0; nft delete table ip boxes; sysctl -qw net.ipv4.ip_forward=0")


def answers(node, probe):
    """Another program's routing rule, with a way out of its own, would lead answers to guests out again."""
    report = node.report
    led = lambda: [line.split(":")[0] for f in ("-4", "-6") for line in sh(node.node, f"ip {f} rule").splitlines()
                   if line.endswith("proto 73")]
    probe.do(POLICY)
    report.check("beside nobody's rules we have none", probe.answer("exit-lead") == "ok" and not led(), led())
    sh(node.node, "ip route add default via 192.168.7.1 table 100; ip rule add pref 100 lookup 100; "
       "ip -6 route add default via 2a00:7::1 table 100; ip -6 rule add pref 100 lookup 100")
    report.check("control: a guest gets no answer", tcp(node.guest1, GLOBAL)[0] == "")
    answer = probe.answer("exit-attack")
    report.check("the self-test asks the kernel, and names the rule",
                 "answers to guests go by e0" in answer and "priority 100 (table 100)" in answer, answer)
    for cause in ("another's rule is led past", "a rule of ours that somebody removed is put back"):
        report.check(f"{cause}", probe.answer("exit-lead") == "ok" and led() == ["99", "99"], led())
        for target in (GLOBAL, ALLOWED6):
            report.check(f"so that a guest is answered from {target}", tcp(node.guest1, target, timeout=SURE)[0] != "")
        report.check("and the self-test passes", probe.answer("exit-attack") == "ok")
        if cause.startswith("another"):
            sh(node.node, "ip rule del pref 99; ip -6 rule del pref 99")
    sh(node.node, "ip rule add pref 0 to 10.86.0.0/24 lookup 100")
    probe.do("exit-lead")
    answer = probe.answer("exit-attack")
    report.check("where nobody can stand before it that is told, and nothing is shared",
                 "answers to guests go by e0" in answer and "priority 0 (table 100)" in answer, answer)
    sh(node.node, "ip rule del pref 0 to 10.86.0.0/24 lookup 100")
    probe.do("exit-lead")
    probe.kill()
    report.check("control: one that is killed leaves its rules", led() == ["99", "99"], led())
    probe = node.probe()
    answer = probe.answer("offline-exit") # the bridge that stands for the tunnel is none that it removes
    report.check("the offline restore takes them, and theirs stay",
                 not led() and "100:" in sh(node.node, "ip rule"), (led(), answer))
    sh(node.node, "ip rule del pref 100; ip -6 rule del pref 100")
    sh(node.node, "ip route flush table 100; ip -6 route flush table 100")
    return probe


def ways_out(node, probe):
    """Guests may leave by one card: a default route of several next hops takes some of them to another one, and a
    default route in a table of its own is a way out as well."""
    report = node.report
    probe.do(POLICY)
    report.check("control: one way out, and the self-test passes", probe.answer("exit-attack") == "ok")
    sh(node.node, "ip route replace default nexthop via 192.168.7.1 dev e0 nexthop via 192.168.8.2 dev d0")
    answer = probe.answer("exit-attack")
    report.check("a default route by two cards is told, with a remedy",
                 "out by e0 and d0" in answer and "ip rule add from 10.86.0.0/24 lookup 73" in answer, answer)
    sh(node.node, "ip link set d0 down")
    report.check("a next hop that is dead leads nobody", probe.answer("exit-attack") == "ok")
    sh(node.node, "ip link set d0 up; ip route replace default nexthop via 192.168.7.1 dev e0 "
       "nexthop via 192.168.8.2 dev d0")
    report.check("alive, it does again", "out by e0 and d0" in probe.answer("exit-attack"))
    sh(node.node, "ip route add default via 192.168.7.1 dev e0 table 73; ip rule add from 10.86.0.0/24 lookup 73")
    probe.do("exit-lead")
    answer = probe.answer("exit-attack")
    report.check("the remedy is one", answer == "ok", answer)
    report.check("and guests are out", tcp(node.guest1, GLOBAL, timeout=SURE)[0] != "")
    sh(node.node, "ip rule del from 10.86.0.0/24 lookup 73; ip route flush table 73; "
       "ip route replace default via 192.168.7.1 dev e0")
    probe.do("exit-restore")
    sh(node.node, "ip route add default via 192.168.7.1 table 100; ip rule add pref 100 lookup 100; "
       "ip -6 route add default via 2001:db8:7::1 table 100; ip -6 rule add pref 100 lookup 100; "
       "ip route del default; ip -6 route del default")
    answer = probe.answer(POLICY.replace(" egress=e0", ""))
    report.check("a default route in a table of its own is found", answer == "ok", answer)
    report.check("and leads guests out", probe.answer("exit-lead") == "ok"
                 and tcp(node.guest1, GLOBAL, timeout=SURE)[0] != "")
    probe.do("exit-restore")
    sh(node.node, "ip route add default via 192.168.7.1; ip -6 route add default via 2001:db8:7::1; "
       "ip rule del pref 100; ip -6 rule del pref 100; ip route flush table 100; ip -6 route flush table 100")


def card_in_a_bridge(node, probe):
    """The owner puts a card of his into a bridge, as for a virtual machine: its network is the LAN still."""
    report = node.report
    neighbour = lambda: tcp(node.other, "192.168.7.1")[0]
    probe.do(POLICY)
    report.check("control: a neighbour is not carried into another network", neighbour() == "")
    sh(node.node, "ip link add br0 type bridge forward_delay 0; ip link set br0 up")
    report.check("an empty bridge is seen", probe.answer("exit-refresh") == "ok")
    # A cable of the laboratory would be taken for a container's.
    sh(node.node, "ip address flush dev d0; ip link add link d0 name card type macvlan mode passthru; "
       "ip link set card up master br0; ip address add 192.168.8.1/24 dev br0")
    report.check("so is the card in it", probe.answer("exit-refresh") == "ok")
    report.check("by the bridge he is not either", neighbour() == "")
    nft(node.node, 'insert rule inet higgs_node others iifname br0 accept')
    report.check("control: he would be, were it a container's", tcp(node.other, "192.168.7.1", timeout=SURE)[0] != "")
    probe.do("exit-restore")
    report.check("and when sharing ends nobody is forwarded any more",
                 sh(node.node, "cat /proc/sys/net/ipv4/ip_forward").strip() == "0" and neighbour() == "")
    sh(node.node, "ip link del br0; ip link del card; ip address add 192.168.8.1/24 dev d0")


def main():
    report = Report()
    with Lab() as lab:
        node = Node(lab, report)
        probe = node.probe()
        probe.do(POLICY)
        notes_of_connections(node)
        forged_errors(node)
        errors_name_nobody(node)
        neighbours(node)
        fragments(node)
        no_way(node, probe)
        router(node, probe)
        other_firewalls(node, probe)
        probe.do("exit-restore")
        report.same("restore leaves all as before", node.before, snapshot(node.node))
        probe = answers(node, probe)
        ways_out(node, probe)
        containers(node, probe)
        card_in_a_bridge(node, probe)
    report.end()


if __name__ == "__main__":
    main()
