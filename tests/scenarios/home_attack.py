# SPDX-License-Identifier: GPL-3.0-or-later
"""A home under attack from a real guest, who is root on a PC and writes packets by hand into the tunnel.

    home_attack.py [--rounds N] [--table] [--straight | --turn]

The home has a router with an admin page, a NAS that owns the metadata address, a printer, the owner's
second PC, services on the node itself, and a second guest. What the guest sends is noted where it comes
out of the tunnel, so that a trial that was never carried is not counted as refused; then at every place
where it must not arrive: the node's cable, the NAS, the printer, the Internet's mail ports, the other
guest, and the node's own services. With --turn the guests come by a TURN server. With --straight the
guests come past the server, by a router that lets everybody in to the node's UDP socket, and somebody
else writes there, too.
"""
import contextlib
import ipaddress
import json
import os
import sys
import time

from product import Client, Node, Server, scenario  # makes the others known
from addresses import EXIT4, WEB4, WEB6, lan6, wan6
from capturing import Capture, Counters
from home_trials import FORBIDDEN_EVERYWHERE, ICMP, ICMP6, NEVER_OUTSIDE, PROTOCOLS, TCP, UDP, Trials
from host import wait_until
from patience import Stopwatch
from sandbox import SPACE
from test_turn import named
from topology import HERE, PYTHON, Laboratory

ROUNDS = int(sys.argv[sys.argv.index("--rounds") + 1]) if "--rounds" in sys.argv else 1
STRAIGHT = "--straight" in sys.argv
TURN = "--turn" in sys.argv
FIRST_PORT = 40000  # of raw_guest.py
FLUSHES, FLOOD, FLOOD_PACE = 2, 6000, 0.0005
MOST = 0.75  # of the trials are carried: WireGuard and the guest's own kernel hold some back
ATTEMPTS = 6  # where the node may be quicker than the guest
OUTSIDE = (WEB4, WEB6)
HOME6, ROUTER_WAN6 = lan6(21), wan6(21)
ROUTERS = ("192.168.21.1", f"{HOME6}1", "fe80::1")  # the node asks for them on its own account
SOLICITING = range(133, 137)  # ICMPv6 types of neighbour discovery, RFC 4861
NAMES = {TCP: "tcp", UDP: "udp", ICMP: "icmp", ICMP6: "icmp6"}


class Household:
    """Everything in the home and outside that notes who came."""

    def __init__(self):
        lab = self.lab = Laboratory(straight=True, node_nat="full-cone") if STRAIGHT else Laboratory()
        lab.second_user()
        lab.nas()
        self.printer, self.owner = lab.node_home.pc("printer", 60), lab.node_home.pc("owner", 70)
        self.hits = {}
        self._services(self.printer, "80", "631", "9100")
        self._services(lab.node, "22", "80", "8080")
        self._services(lab.user2, "22", "80", "8080")
        self._services(lab.web, *map(str, FORBIDDEN_EVERYWHERE), "8443", "587")
        self.cable = Capture(lab.node_home.router, "l2", "cable")
        self.nas = Capture(lab.nas_host, "eth0", "nas-wire")
        self.paper = Capture(self.printer, "eth0", "printer-wire")
        self.web = Capture(lab.web, "eth0", "web-wire")

    def _services(self, host, *ports):
        self.hits[host.name] = f"{SPACE}/{host.name}.services"
        host.start("services", PYTHON, f"{HERE}/logger.py", self.hits[host.name],
                   *ports).wait_for("ready")

    def heard(self, name):
        path = {"nas": self.lab.nas_log, "router": f"{SPACE}/homerouter.hits"}.get(name) or self.hits[name]
        with open(path) as log:
            return [line.split() for line in log.read().splitlines()]

    def forget(self):
        # Whom the node spoke to itself a moment ago it would soon look for again.
        self.lab.node.sh("ip neigh flush dev eth0; ip -6 neigh flush dev eth0")
        for capture in (self.cable, self.nas, self.paper, self.web):
            capture.fresh()


def addresses(client):
    """The guest's IPv4 and IPv6 address in the tunnel."""
    words = client.host.sh(f"ip -br address show dev {client.interface}").split()[2:]
    four = next(word for word in words if ":" not in word).split("/")[0]
    return four, next(word for word in words if ":" in word and not word.startswith("fe80")).split("/")[0]


def node_addresses(node):
    words = node.host.sh(f"ip -br address show dev {node.interface}").split()[2:]
    return [word.split("/")[0] for word in words if not word.startswith("fe80")]


def trials(own, other, gateways):
    """In three parts: the fuse must not be what refuses."""
    home4 = [("router", "192.168.21.1"), ("NAS", "192.168.21.50"), ("printer", "192.168.21.60"),
             ("node, on the LAN", "192.168.21.2"), ("owner's PC", "192.168.21.70"),
             ("router's public address", EXIT4)]
    home6 = [("router", f"{HOME6}1"), ("NAS", f"{HOME6}50"), ("NAS", "fd21::50"),
             ("printer", f"{HOME6}60"), ("node, on the LAN", f"{HOME6}2"),
             ("router, link-local", "fe80::1"), ("the home's other networks", "2a01:21:0:ff::1"),
             ("the home's other networks", "2a01:21:0:ff00::1"), ("router's end of the line", ROUTER_WAN6)]
    inside = [("node, in the tunnel", address) for address in gateways] + \
             [("another guest", address) for address in other]
    metadata = [("metadata", "169.254.169.254"), ("metadata", "fd00:ec2::254"),
                ("metadata", "100.100.100.200"), ("metadata", "168.63.129.16")][:3]
    everything = Trials(*own)
    everything.home(home4 + home6 + inside + metadata)
    everything.ranges()
    everything.written_otherwise(home4 + [("metadata", "169.254.169.254"), ("loopback", "127.0.0.1"),
                                          ("another guest", other[0])])
    everything.discovery()
    everything.shapes([home4[1], home4[0], home6[1], inside[0], inside[-1]], OUTSIDE)
    everything.spoofed(("192.168.21.50", "127.0.0.1", EXIT4, other[0], other[1], f"{HOME6}50"),
                       OUTSIDE)
    everything.mail_and_files(OUTSIDE)
    everything.for_routers(OUTSIDE)
    everything.untranslated(OUTSIDE)
    return everything.rows


def send(host, interface, rows):
    text = "\n".join(json.dumps(row) for row in rows) + "\n"
    return host.run(PYTHON, f"{HERE}/raw_guest.py", interface, stdin=text, timeout=300).stdout.split()


def carried(rows, packets, own):
    """Which trials came out of the tunnel at the node: packets keep their ports until then."""
    exact = {(p.protocol, p.source_port if p.protocol in ("tcp", "udp") else p.target_port,
              ipaddress.ip_address(p.target)) for p in packets if p.source in own}
    loose = {ipaddress.ip_address(p.target) for p in packets}
    return [("shape" in row and ipaddress.ip_address(row.get("via", row["target"])) in loose)
            or (row["protocol"] not in NAMES and ipaddress.ip_address(row["target"]) in loose)
            or (NAMES.get(row["protocol"]), FIRST_PORT + number, ipaddress.ip_address(row["target"]))
            in exact for number, row in enumerate(rows)]


def arrivals(home):
    """(protocol, address, port) of what the home has seen from the node; whom the node looked for on its
    cable, to send it something, is "asked" for."""
    seen = set()
    for capture in (home.cable, home.nas, home.paper):
        for packet in capture.fresh():
            if packet.protocol == "arp" or (packet.protocol == "icmp6" and packet.source_port in SOLICITING):
                # Not whom it knows, and only asks whether he is still there.
                if capture is home.cable and packet.source_port in (1, 135) and packet.target_port != 1:
                    seen.add(("asked", packet.target, 0))
            else:
                seen.add((packet.protocol, packet.target, packet.target_port))
    return seen


def judge(rows, answers, tunnelled, seen):
    """A row is reached when its very packet was seen where it must not be, or when somebody answered."""
    hosts = {(protocol, target) for protocol, target, _ in seen}
    table = []
    for row, answer, went in zip(rows, answers, tunnelled):
        protocol = NAMES.get(row["protocol"], str(row["protocol"]))
        target = str(ipaddress.ip_address(row["target"]))
        arrived = ((protocol, target, row["port"]) in seen if protocol in ("tcp", "udp")
                   else (protocol, target) in hosts)
        arrived = arrived or (target not in ROUTERS and ("asked", target) in hosts)
        table.append((row, went, answer, arrived or answer in ("syn-ack", "rst", "udp", "echo")))
    return table


def short(ports):
    """"TCP 22 80, UDP 53": each protocol once."""
    grouped = {}
    for name in ports:
        protocol, _, port = name.partition(" ")
        grouped.setdefault(protocol, []).append(port)
    return ", ".join(" ".join([protocol, *numbers]).strip() for protocol, numbers in grouped.items())


def show(table):
    """One line for each target, spelling and protocol."""
    print(f"\n{'what':<26}{'target':<40}{'spelling':<32}{'tried':<66}{'answer':<16}reached")
    groups = {}
    for row, went, answer, reached in table:
        key = row["kind"], row["target"], row["spelling"]
        group = groups.setdefault(key, [[], set(), False])
        name = PROTOCOLS.get(row["protocol"], f"{row['protocol']}")
        group[0].append(name + (f" {row['port']}" if row["port"] else "") + ("" if went else "*"))
        group[1].add(answer)
        group[2] = group[2] or reached
    for (kind, target, spelling), (ports, words, reached) in groups.items():
        print(f"{kind:<26}{target:<40}{spelling:<32}{short(ports):<66}{'/'.join(sorted(words)):<16}"
              f"{'YES' if reached else 'no'}")
    print("* not carried to the node: WireGuard or the guest's own kernel let it go no further\n")


def owner_reaches_it_all(check, home):
    """Positive control: the same listeners, and the same captures."""
    lab = home.lab
    home.forget()
    for host, url in ((home.owner, "http://192.168.21.50:445/"), (home.owner, f"http://[{HOME6}50]:8080/"),
                      (home.owner, "http://192.168.21.60:9100/"), (home.owner, "http://192.168.21.1/"),
                      (home.owner, f"http://{EXIT4}/"), (home.owner, f"http://[{ROUTER_WAN6}]/"), (home.owner, "http://192.168.21.2:22/"),
                      (home.owner, f"http://[{HOME6}2]:22/"), (lab.node, "http://127.0.0.1:22/"),
                      (lab.node, "http://169.254.169.254/"), (lab.node, "http://[fd21::50]:8080/"),
                      (home.owner, f"http://{OUTSIDE[0]}:25/")):
        host.run("curl", "-sg", "--http0.9", "-m", "3", "-o", "/dev/null", url, check=False)
    heard = {name: len(home.heard(name)) for name in ("nas", "printer", "router", "node", "web")}
    check(heard["nas"] >= 4 and heard["printer"] >= 1 and heard["router"] >= 3 and heard["node"] >= 3
          and heard["web"] >= 1, "positive control: from the LAN every listener is reached", heard)


def node_tries_the_same(check, home, rows):
    """Positive control: what the guest may not, the node's own programs may, and the captures see it."""
    script = """
import json, socket, sys
for row in map(json.loads, sys.stdin):
    six = ":" in row["target"]
    try:
        s = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        s.sendto(b"here", (row["target"], row["port"] or 9))
    except OSError:
        pass
"""
    path = f"{SPACE}/owner_tries.py"
    with open(path, "w") as file:
        file.write(script)
    home.forget()
    home.lab.node.run(PYTHON, path, stdin="\n".join(map(json.dumps, rows)) + "\n")
    seen, tried = set(), {str(ipaddress.ip_address(row["target"])) for row in rows}

    def most():
        seen.update(target for _, target, _ in arrivals(home))
        return len(seen & tried) > 60
    with contextlib.suppress(TimeoutError):
        wait_until(most, 10, "the captures have noted it", interval=0.2)
    check(len(seen & tried) > 60, "positive control: the captures see the same destinations when the node "
          "itself writes to them", f"{len(seen & tried)} of {len(tried)}; the others its kernel refuses")


def spelt_for_programs(check, home, guest):
    """Names and numbers as programs take them, through the operating system of the guest."""
    home.forget()
    before = {name: len(home.heard(name)) for name in ("nas", "printer", "router", "node", "user2")}
    guest.host.sh("printf '192.168.21.50 rebound.example\\n' >> /etc/hosts")
    names = ("0xc0a81532", "3232240946", "0300.0250.025.062", "192.168.5426", "rebound.example",
             "[::ffff:192.168.21.50]", "[::ffff:c0a8:1532]", "0x7f.1", "127.0.0.2", "0", "[::]", "[::1]",
             EXIT4, ".".join(hex(int(part)) for part in EXIT4.split(".")), "2852039166", "169.254.169.254")
    jobs = " ".join(f"curl -sg -m 2 --interface {guest.interface} -o /dev/null 'http://{name}{port}/' &"
                    for name in names for port in ("", ":445", ":22"))
    guest.host.sh(f"{jobs} wait || true", timeout=60)
    after = {name: len(home.heard(name)) for name in before}
    check.equal(after, before, f"{len(names)} spellings for programs reach no listener either")


def comes_by(*guests):
    """Waits until they come by the path that is under attack."""
    path = "direct" if STRAIGHT else "turn" if TURN else "relay"
    wait_until(lambda: all(each.status().get("path") == path for each in guests), 20,
               f"the guests come by {path}: {[each.status().get('path') for each in guests]}")


# What WireGuard, STUN and nobody speaks, under three addresses; inside, packets for the home in clear.
WIRE = """
import os, socket, struct, sys, time
sys.path.insert(0, sys.argv[1])
from hostile_end import raw_udp
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
node = (sys.argv[2], int(sys.argv[3]))
inner = raw_udp(("10.86.0.2", 5000), ("192.168.21.50", 445), b"x" * 40)
kinds = (os.urandom(148), b"\\1\\0\\0\\0" + os.urandom(144), b"\\4\\0\\0\\0" + bytes(12) + inner, inner,
         b"\\2\\0\\0\\0" + os.urandom(88), b"\\0\\1\\0\\0\\x21\\x12\\xa4\\x42" + os.urandom(12), b"")
for turn in range(100):
    for source in sys.argv[4:]:
        host, _, port = source.rpartition(":")
        for kind in kinds:
            raw.sendto(raw_udp((host, int(port)), node, kind), (node[0], 0))
    time.sleep(0.005)
"""


def from_elsewhere(check, home, node, guest):
    """Somebody on the Internet writes to the node's UDP socket: by its own address, a guest's, and the NAS's."""
    comes_by(guest)
    host, _, port = node.status()["mappedAddress"].rpartition(":")
    own = guest.status()["mappedAddress"]
    entered = Counters(home.lab.node, whole=f'iifname "eth0" ip saddr {{ {WEB4}, 192.168.21.50 }} meta l4proto udp')
    tunnel = Capture(home.lab.node, node.interface, "elsewhere")
    home.forget()
    heard = {name: len(home.heard(name)) for name in ("nas", "printer", "router", "node", "user2")}
    home.lab.web.run(PYTHON, "-c", WIRE, HERE, host, port, f"{WEB4}:40000", own, "192.168.21.50:40000")
    time.sleep(0.5)
    check(entered["whole"] > 1000, "positive control: what somebody else writes arrives at the node",
          f"{entered['whole']} datagrams")
    entered.remove()
    out = [packet for packet in tunnel.fresh() if packet.target in ("192.168.21.50",)]
    check(not out, "nothing of it comes out of the tunnel", out[:3] or "")
    seen = {where for where in arrivals(home) if where[1] in (WEB4, "192.168.21.50", "192.168.21.60")
            and where[0] not in ("tcp", "icmp")}
    check(not seen, "nobody gets an answer", seen or "")
    check.equal({name: len(home.heard(name)) for name in heard}, heard, "no listener heard anything of that")
    comes_by(guest)
    guest_may(check, home, guest)


def attack(check, home, node, guest, second):
    own, other = addresses(guest), addresses(second)
    rows = trials(own, other, node_addresses(node))
    tunnel = Capture(home.lab.node, node.interface, "tunnel")
    beside = Capture(home.lab.user2, second.interface, "beside")
    entered = Counters(home.lab.node, whole=f'iifname "{node.interface}"')
    comes_by(guest, second)
    home.forget()
    heard = {name: len(home.heard(name)) for name in ("nas", "printer", "router", "node", "user2", "web")}
    answers = send(home.lab.user, guest.interface, rows)
    wait_until(lambda: guest.status()["state"] == "connected", 5, "the guest is still connected")
    comes_by(guest, second)
    packets = []

    def came():
        packets.extend(tunnel.fresh())
        return sum(carried(rows, packets, own)) > MOST * len(rows)
    with contextlib.suppress(TimeoutError):
        wait_until(came, 10, "what was carried is noted", interval=0.2)
    went = carried(rows, packets, own)
    table = judge(rows, answers, went, arrivals(home))
    if "--table" in sys.argv:
        show(table)
    reached = [(r["kind"], r["target"], r["protocol"], r["port"], r["spelling"], a)
               for r, _, a, bad in table if bad]
    check(not reached, f"of {len(rows)} trials to {len({r['target'] for r in rows})} addresses none reaches "
          "anything: zero SYNs", reached[:8] or "")
    check(sum(went) > MOST * len(rows), "and they did come out of the tunnel at the node",
          f"{sum(went)} of {len(rows)}, {entered['whole']} packets")
    now = {name: len(home.heard(name)) for name in heard}
    check.equal(now, heard, "no listener heard anything")
    left = [p for p in home.web.fresh() if p.target in OUTSIDE
            # ARP is the web host's own network's: no router passes it on.
            and (p.target_port in (*NEVER_OUTSIDE, 8443) or p.protocol not in (*NAMES.values(), "arp"))]
    check(not left, "nothing for mail, SMB, routers, of other protocols or from a false source left the home",
          left[:3] or "")
    crossed = [p for p in beside.fresh() if p.source in own]
    check(not crossed, "nothing arrives at the other guest", crossed[:3] or "")
    check.equal(node.status()["fuseTrips"], 0, "it was not the fuse that refused")
    entered.remove()
    return rows


def guest_may(check, home, guest):
    seen = [guest.host.run("curl", "-sg", "-m", "3", f"http://{target}/", check=False).stdout.strip()
            for target in (OUTSIDE[0], f"[{OUTSIDE[1]}]")]
    check(all(seen), "positive control: the guest reaches the web by IPv4 and IPv6", seen)
    hits = len(home.heard("web"))
    guest.host.run("curl", "-sg", "--http0.9", "-m", "3", "-o", "/dev/null", f"http://{OUTSIDE[0]}:587/",
                   check=False)
    wait_until(lambda: len(home.heard("web")) > hits, 10, "a port beside the forbidden ones is reached")
    check(True, "positive control: a port beside the forbidden ones is reached")


def flood(home, guest, rows, event):
    """Sends the rows while `event` is run on the node; when the NAS and the router got which, and whose
    services on the node answered. The first is how many came out of the tunnel after the event began."""
    home.forget()
    tunnel = Capture(home.lab.node, "hgnode0", "flood")
    with open(f"{SPACE}/rows", "w") as file:
        file.write("".join(json.dumps(row) + "\n" for row in rows))
    sending = home.lab.user.start("raw", "sh", "-c", f"exec {PYTHON} {HERE}/raw_guest.py {guest.interface} "
                                  f"{FLOOD_PACE} < {SPACE}/rows > {SPACE}/answers")
    targets = {row["target"] for row in rows}
    wait_until(lambda: targets & {packet.target for packet in tunnel.fresh()}, 10,
               "the flood comes out of the tunnel")
    home.lab.node.sh(event)
    sending.popen.wait(60)
    wait_until(lambda: node_closed(home), 10, "the node closes its exit")
    during = sum(packet.target in targets for packet in tunnel.fresh())
    tunnel.process.stop()
    asked = {(row["target"], row["port"]) for row in rows}
    arrived = [packet.time for packet in home.cable.fresh() if packet.protocol == "tcp" and
               (str(ipaddress.ip_address(packet.target)), packet.target_port) in asked]
    with open(f"{SPACE}/answers") as file:
        answered = [row["target"] for row, word in zip(rows, file.read().split()) if word in ("syn-ack", "rst")]
    return during, arrived, answered


def node_closed(home):
    return "hgnode0" not in home.lab.node.sh("ip -br link")


def homeward(guest, count):
    """Packets to the NAS, the router and the node's own services in turn, each to a port of its own."""
    rows = Trials(*addresses(guest))
    for number in range(count):
        name, target = (("NAS", "192.168.21.50"), ("node", "192.168.21.2"), ("router", "192.168.21.1"),
                        ("NAS", f"{HOME6}50"), ("node", f"{HOME6}2"), ("router", f"{HOME6}1"))[number % 6]
        rows.add(name, target, TCP, 1000 + number)
    return rows.rows


def sharing_again(node, guest):
    node.wait_online(40)
    guest.wait_state("connected", timeout=60)
    wait_until(lambda: guest.host.run("curl", "-sg", "-m", "3", f"http://{OUTSIDE[0]}/", check=False).stdout,
               20, "the guest is back on the web")


def second_barrier(check, home, node, guest):
    """Another program takes the rules away, and until the node notices the barrier alone stands. A node
    that notices before the guest's next packets has left nothing to see: then once more."""
    seen = 0
    for _ in range(ATTEMPTS):
        during, arrived, answered = flood(home, guest, homeward(guest, FLOOD), "nft flush ruleset")
        check(not arrived and not answered, "when another program removes the rules, not one packet reaches "
              "NAS, router or the node's own services",
              f"{during} came out of the tunnel in that time, {len(arrived)} and {len(answered)} arrived")
        check.equal((node.status()["state"], node.status()["problem"]), ("problem", "exit_unsafe"),
                    "the node says why it stops sharing")
        sharing_again(node, guest)
        seen += during > 5
        if seen == FLUSHES:
            break
    check.equal(seen, FLUSHES, "times that there was something to stop")


def without_rules(check, home, node, guest):
    """Positive control: the very same packets do arrive when the barrier is removed with the rules, until the
    node notices; and how soon it does."""
    for attempt in range(ATTEMPTS):
        if attempt:
            sharing_again(node, guest)
        watch = Stopwatch()
        # At once: a node that notices the first has closed its exit before the second.
        during, arrived, answered = flood(home, guest, homeward(guest, FLOOD),
                                          f"tc qdisc del dev {node.interface} clsact & nft flush ruleset; wait")
        if arrived:
            break
    check(arrived, "positive control: without the barrier the same packets reach NAS and router",
          f"{len(arrived)} of {during}, and {len(answered)} the node's services")
    exposed = max(arrived) - min(arrived) if arrived else 0
    waited = watch.elapsed() - watch.counted()
    check(exposed < 1 + waited, "and the node ends that at once", f"after {exposed * 1000:.0f} ms, {watch}")
    check.equal((node.status()["state"], node.status()["problem"]), ("problem", "exit_unsafe"), "saying why")
    node.wait_online(40)
    guest.wait_state("connected", timeout=60)
    home.lab.node.sh(f"tc qdisc del dev {node.interface} clsact")
    wait_until(lambda: node.status()["problem"] == "exit_unsafe", 5, "the node notices")
    check(True, "a barrier that somebody removed ends sharing, too")


def under_attack(check, home, node, guest, second):
    for _ in range(ROUNDS):
        guest_may(check, home, guest)
        rows = attack(check, home, node, guest, second)
        spelt_for_programs(check, home, guest)
        guest_may(check, home, guest)
    return rows


def barrier_of(node):
    """Whether the node says that it has the second one."""
    checks = json.loads(node.ctl("diagnose", "--json", check=False).stdout)["checks"]
    return next(each["ok"] for each in checks if each["name"] == "second barrier")


def body(check):
    home = Household()
    server = Server(home.lab, *(named(home.lab.turn()) if TURN else ()))
    words = ("US", "--path", "turn") if TURN else ()
    owner_reaches_it_all(check, home)
    # A machine that can have no second barrier: nftables alone guards the home, and that is said.
    tc = os.path.realpath("/usr/sbin/tc")
    home.lab.node.sh(f"mount --bind /dev/null {tc}")
    # What it asks of the router by itself is no guest's.
    node = Node(server, home.lab.node, options=("--port-mapping", "off")).wait_online()
    check(not barrier_of(node), "without tc the node shares, and says that there is no second barrier")
    guest, second = Client(server, home.lab.user), Client(server, home.lab.user2)
    guest.connect(*words)
    second.connect(*words)
    if TURN:
        wait_until(lambda: [each["path"] for each in node.guests()] == ["turn", "turn"], 10,
                   "the node sees both come by TURN")
        check(True, "both guests come by TURN")
    under_attack(check, home, node, guest, second)
    home.lab.node.sh(f"umount {tc}")
    node.ctl("off")
    node.ctl("on")
    node.wait_online(40)
    check(barrier_of(node), "with tc there is one")
    for each in (guest, second): # they would notice by themselves, later
        each.ctl("disconnect")
        each.connect(*words)
    rows = under_attack(check, home, node, guest, second)
    if STRAIGHT:
        from_elsewhere(check, home, node, guest)
    node_tries_the_same(check, home, rows)
    second_barrier(check, home, node, guest)
    without_rules(check, home, node, guest)


if __name__ == "__main__":
    scenario(body)
