# SPDX-License-Identifier: GPL-3.0-or-later
"""The kill switch lets out the daemon's own sockets, by their mark, and nothing else, on every way that a session goes:
counted where packets leave the PC, by mark, and at the home's router. Beside them others try all the time: root, who is
the daemon's user here, without the mark and with a wrong one, from other ports and, when the daemon was killed, from the
daemon's own; and somebody else with the right mark."""
import json
import os
import re
import time

from product import Node, Server, sandbox, scenario  # makes the others known
import port_mapping
import turn
from addresses import BOSON4, BOSON6, BOSON_NAME, DNS4, DNS6, EXIT4, EXIT6, TURN4, TURN6, WEB4, WEB6
from host import wait_until
from test_turn import named
from test_turn_pinned import TrustingClient, shut
from topology import HERE, Laboratory, PYTHON

TAG = b"INTRUDER"
OTHERS_PORTS = 20000, 20999  # as of probes that an exit need not carry
NOBODY = 65534
# Round and round: a datagram to each place from a port of its own and from each of the daemon's, which may be had when
# it is dead; a connection to each, too.
INTRUDER = r"""
import errno, json, random, socket, struct, sys, time
tag, first, last, known, way = sys.argv[1].encode(), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
told = set()
def opened(family, kind, port, mark):
    s = socket.socket(family, kind)
    s.setblocking(False)
    if mark: s.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, struct.pack("I", mark))
    if kind == socket.SOCK_STREAM: s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", port))
    return s
while True:
    try: now = json.load(open(known))
    except (OSError, ValueError): continue
    marks = [now["mark"]] if way == "marked" else [0, 1, now["mark"] ^ 1]
    for host, port in now["places"]:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            for own in [random.randint(first, last)] + (now["ports"] if kind == socket.SOCK_DGRAM else []):
                try:
                    with opened(family, kind, own, random.choice(marks)) as s:
                        if own in now["ports"] and own not in told:
                            told.add(own)
                            print("bound", own, flush=True)
                        s.connect_ex((host, port))
                        if kind == socket.SOCK_DGRAM: s.send(tag)
                except OSError as error:
                    if error.errno == errno.EPERM and way == "marked" and "mark" not in told:
                        told.add("mark")
                        print("no", error, flush=True)
    print("ready", flush=True) if "ready" not in told else None
    told.add("ready")
    time.sleep(0.02)
"""
PATHS = {"relay": ("relay", ()), "direct": ("direct", ()), "TURN by UDP": ("turn", ()),
         "TURN by TCP": ("turn", ("udp dport 3478",)), "TURN by TLS": ("turn", ("udp dport 3478", "tcp dport 3478"))}
# Protocol, whereto and port of what carries.
CARRIERS = {"relay": ("tcp", (BOSON4, BOSON6), 3000), "direct": ("udp", (EXIT4, EXIT6), None),
            "TURN by UDP": ("udp", (TURN4, TURN6), 3478), "TURN by TCP": ("tcp", (TURN4, TURN6), 3478),
            "TURN by TLS": ("tcp", (TURN4, TURN6), 5349)}


class Bench:
    def __init__(self):
        self.lab = lab = Laboratory("full-cone", "full-cone", straight=True, user_home={"upnp": {"protocols": ("pcp",)}})
        self.relay = lab.turn()
        # Names are asked for, of somebody who knows them.
        lab.boson.start("names", PYTHON, f"{HERE}/names.py", BOSON4, f"{sandbox.SPACE}/asked", f"{sandbox.SPACE}/silent",
                        f"{BOSON_NAME}={BOSON4}", f"{self.relay.name}={TURN4}").wait_for("ready")
        lab.user.sh(f"echo nameserver {BOSON4} >/etc/resolv.conf; sed -i '/{BOSON_NAME}/d; /{self.relay.name}/d' /etc/hosts")
        self.names = set()
        self.server = Server(lab, *named(self.relay))
        self.node = Node(self.server, lab.node).wait_online()
        lab.node.nft(f"""table inet spare {{
            chain arrive {{ type filter hook prerouting priority raw;
            iifname "{self.node.interface}" meta l4proto {{ tcp, udp }} th sport {OTHERS_PORTS[0]}-{OTHERS_PORTS[1]} drop
            }}
        }}""")  # what goes by the tunnel is more than an exit carries for one guest
        TrustingClient.certificate = self.relay.certificate
        self.client = TrustingClient(self.server, lab.user)
        self.known, self.mark = f"{sandbox.SPACE}/known.json", 0
        home = lab.user_home
        self.routers = [f"{home.lan4}.1", f"{home.lan6}1"]
        self.places = [(WEB4, 9999), (WEB6, 9999), (EXIT4, 40000), (EXIT6, 40000), (BOSON4, 3000), (BOSON6, 3000),
                       (BOSON4, 3478), (TURN4, 3478), (TURN6, 3478), (TURN4, 5349), (DNS4, 53), (DNS6, 53),
                       *((router, port) for router in self.routers for port in (53, 1900, 5351))]
        home.router.nft(f"""table inet intruders {{
            counter udp4 {{ }}
            counter udp6 {{ }}
            counter tcp4 {{ }}
            counter tcp6 {{ }}
            chain arrive {{ type filter hook prerouting priority -300;
                meta nfproto ipv4 udp length 16 @th,64,64 0x{TAG.hex()} counter name udp4
                meta nfproto ipv6 udp length 16 @th,64,64 0x{TAG.hex()} counter name udp6
                meta nfproto ipv4 tcp sport {OTHERS_PORTS[0]}-{OTHERS_PORTS[1]} counter name tcp4
                meta nfproto ipv6 tcp sport {OTHERS_PORTS[0]}-{OTHERS_PORTS[1]} counter name tcp6
            }}
        }}""")
        self.tell_intruders()
        self.begin()

    def begin(self):
        words = PYTHON, "-c", INTRUDER, TAG.decode(), *OTHERS_PORTS, self.known
        self.root = self.lab.user.start("root", *words, "unmarked").wait_for("ready")
        self.nobody = self.lab.user.start(
            "nobody", "setpriv", f"--reuid={NOBODY}", "--clear-groups", "--inh-caps=+net_raw", "--ambient-caps=+net_raw",
            *words, "marked").wait_for("ready")

    def tell_intruders(self, ports=()):
        with open(self.known + ".new", "w") as file:
            json.dump({"mark": self.mark, "ports": list(ports), "places": self.places}, file)
        os.chmod(self.known + ".new", 0o644)
        os.rename(self.known + ".new", self.known)

    def arrived(self):
        """What the router got of the intruders, by kind."""
        text = self.lab.user_home.router.sh("nft list counters table inet intruders")
        return {name: int(count) for name, count in re.findall(r"counter (\w+) \{\s+packets (\d+)", text)}

    def ports(self):
        """Of the daemon's UDP sockets that are open to the world."""
        lines = self.lab.user.sh("ss -Hulnp").splitlines()
        return sorted({int(line.split()[3].rsplit(":", 1)[1]) for line in lines
                       if "higgs-vpnd" in line and not line.split()[3].startswith(("127.", "[::1]"))})

    def learn(self):
        """The mark is another one at each start; the counters begin with it."""
        rules = self.lab.user.sh("nft list table inet higgs_vpn")
        self.mark = int(re.search(r"meta mark (0x[0-9a-f]+) meta skuid", rules).group(1), 16)
        sets = "".join(f"set {name}{v} {{ type inet_proto . ipv{v}_addr . inet_service; size 65535; flags dynamic; }}\n"
                       for name in ("by_mark", "others") for v in (4, 6))
        note = "\n".join(f"meta mark {sign}{self.mark:#x} meta nfproto ipv{v} update @{name}{v} "
                         f"{{ meta l4proto . {family} daddr . th dport }}"
                         for sign, name in (("", "by_mark"), ("!= ", "others")) for v, family in ((4, "ip"), (6, "ip6")))
        self.lab.user.nft(f"""table inet marks
            delete table inet marks
            table inet marks {{ {sets}
              counter neither {{ }}
              chain judge {{
                icmpv6 type {{ 131, 132, 133, 134, 135, 136, 143 }} return
                udp dport {{ 67, 547 }} return
                meta l4proto != {{ tcp, udp }} counter name neither return
                {note}
              }}
              chain out {{ type filter hook postrouting priority 900; oifname "eth0" goto judge; }}
            }}""")
        self.tell_intruders()

    def left(self, name):
        """(protocol, address, port) of what left the PC with the mark, or as others'."""
        found = set()
        for v in (4, 6):
            said = json.loads(self.lab.user.run("nft", "-j", "list", "set", "inet", "marks", f"{name}{v}").stdout)
            for one in next(each["set"] for each in said["nftables"] if "set" in each).get("elem", ()):
                found.add(tuple(one.get("elem", one).get("val", one)["concat"] if "elem" in one else one["concat"]))
        return found

    def neither(self):
        text = self.lab.user.sh("nft list counter inet marks neither")
        return int(re.search(r"packets (\d+)", text).group(1))


def is_seen(bench, when, check):
    before = bench.arrived()
    wait_until(lambda: all(count > before[name] for name, count in bench.arrived().items()), 10,
               f"positive control: intruders of all kinds are seen {when}")
    check(True, f"positive control: intruders of all kinds are seen {when}", bench.arrived())


def nothing_else(check, bench, before, when):
    check.equal([bench.left("others"), bench.neither()], [set(), 0], f"{when}: without the mark nothing left the PC")
    check.equal(bench.arrived(), before, f"{when}: the router got nothing of the intruders")


def goes_by(check, bench, name):
    """The session on this way."""
    path, closed = PATHS[name]
    shut(bench.lab.user_home, *closed)
    bench.client.connect("US", "--path", path)
    wait_until(lambda: bench.client.status()["path"] == path, 10, f"by {name}: {bench.client.status()}")
    bench.lab.user.run("ping", "-n", "-c5", "-i0.05", "-W2", WEB4, check=False)
    left = bench.left("by_mark")
    protocol, targets, at = CARRIERS[name]
    good = [each for each in left if each[0] == protocol and each[1] in targets and at in (None, each[2])]
    check(good, f"{name}: positive control: it leaves with the mark", good or sorted(left))


def killed(check, bench, before, name):
    """With the daemon its sockets go, and whoever takes their ports has no more right than others."""
    ports = bench.ports()
    bench.names |= {each for each in bench.left("by_mark") if each[2] == 53}
    bench.client.process.kill()
    bench.tell_intruders(ports)
    for port in ports:
        bench.root.wait_for(f"bound {port}", 10)
    marked = bench.left("by_mark")
    time.sleep(0.5)
    check(ports, f"{name}, killed: root took the daemon's ports", ports)
    check.equal(bench.left("by_mark") - marked, set(), f"{name}, killed: nothing begins that has the mark")
    nothing_else(check, bench, before, f"{name}, killed")
    bench.tell_intruders()
    bench.client.start()
    bench.learn()
    nothing_else(check, bench, before, f"{name}, a new daemon")


def maps_a_port(check, bench):
    """The daemon's questions to the home's router, and nobody else's."""
    bench.client.ctl("set", "port-mapping", "on")
    bench.client.connect("US")
    wait_until(lambda: bench.client.status()["portMapping"]["state"] == "mapped", 20, "the router opens a port")
    asked = [each for each in bench.left("by_mark") if each[1] in bench.routers and each[2] == 5351]
    check(asked, "port mapping: positive control: the router is asked with the mark", asked)


def path_changes(check, bench, before):
    """The straight way dies, and the relay takes over; and back."""
    bench.client.connect("US")
    wait_until(lambda: bench.client.status()["path"] == "direct", 10, "a straight way")
    bench.lab.user_home.router.nft("table inet cut { chain f { type filter hook forward priority -5; "
                                   "meta l4proto udp drop; }; }")
    wait_until(lambda: bench.client.status()["path"] == "relay", 15, "the relay takes over")
    nothing_else(check, bench, before, "the straight way died")
    bench.lab.user_home.router.sh("nft delete table inet cut")
    wait_until(lambda: bench.client.status()["path"] == "direct", 15, "a straight way again")
    nothing_else(check, bench, before, "and is there again")


def body(check):
    bench = Bench()
    is_seen(bench, "while nobody is connected", check)
    bench.client.ctl("connect", "US")
    wait_until(lambda: bench.client.status()["killSwitch"], 5, "the block is up")
    bench.learn()
    before = bench.arrived()
    bench.client.wait_state("connected")
    nothing_else(check, bench, before, "at the start")
    for name in PATHS:
        goes_by(check, bench, name)
        nothing_else(check, bench, before, name)
        killed(check, bench, before, name)
    shut(bench.lab.user_home)
    maps_a_port(check, bench)
    path_changes(check, bench, before)
    check(("udp", BOSON4, 53) in bench.names, "positive control: the servers' names are asked for with the mark",
          bench.names)
    check("no " in bench.nobody.text(), "somebody else with the right mark is refused", bench.nobody.text()[-80:].strip())
    ports = bench.ports()
    bench.client.process.kill()
    bench.client.ctl("restore-network", "--data-dir", bench.client.data)
    bench.tell_intruders(ports)
    is_seen(bench, "when the line is open again", check)


if __name__ == "__main__":
    if not turn.available() or not port_mapping.available():
        print("skipped: there is no turnserver or no miniupnpd")
        raise SystemExit(sandbox.SKIPPED)
    scenario(body)
