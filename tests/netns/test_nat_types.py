# SPDX-License-Identifier: GPL-3.0-or-later
"""Every type of router that the laboratory has is what its name says, by the word of others' tools: coturn's NAT
behaviour discovery (RFC 5780), the classic STUN client (RFC 3489), ping, and datagrams sent by hand."""
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor

import nat
import nat64
import sandbox
import turn
from sandbox import SPACE

TOOLS = {turn.PROGRAM: "coturn", "turnutils_natdiscovery": "coturn", "stun": "stun-client", nat64.PROGRAM: "tayga"}
for tool, package in TOOLS.items():
    if not shutil.which(tool):
        print(f"skipped: there is no {tool} (package {package})")
        sys.exit(sandbox.SKIPPED)
sandbox.enter()

from addresses import (BOSON4, NAT64_4, TURN4, WEB4, WEB6, WEB_NAME, delegated6, public4, shared4)  # noqa: E402
from topology import PYTHON, Internet, http_get  # noqa: E402
from uplink import CarrierUplink  # noqa: E402

ANY, ADDRESS, PORT = "Endpoint Independent", "Address Dependent", "Address and Port Dependent"
# name: how the home is made, what natdiscovery says of its mapping and filtering, what stun says.
TYPES = {
    "open": (dict(nat="open"), ANY, ANY, "Open"),
    "firewall": (dict(nat="firewall"), ANY, PORT, "Firewall"),
    "full-cone": (dict(nat="full-cone"), ANY, ANY, "Independent Mapping, Independent Filter, random port, no hairpin"),
    "full-cone that hairpins": (dict(nat="full-cone", hairpin=True), ANY, ANY,
                                "Independent Mapping, Independent Filter, random port, will hairpin"),
    "address-restricted": (dict(nat="address-restricted"), ANY, ADDRESS,
                           "Independent Mapping, Address Dependent Filter, random port, no hairpin"),
    "port-restricted": (dict(nat="port-restricted"), ANY, PORT,
                        "Independent Mapping, Port Dependent Filter, random port, no hairpin"),
    "port-preserving": (dict(nat="port-preserving"), ANY, PORT,
                        "Independent Mapping, Port Dependent Filter, preserves ports, no hairpin"),
    "carrier-grade": (dict(nat="carrier-grade"), ANY, PORT,
                      "Independent Mapping, Port Dependent Filter, random port, no hairpin"),
    "symmetric": (dict(nat="symmetric"), PORT, PORT, "Dependent Mapping, random port, no hairpin"),
    "sequential": (dict(nat="sequential"), PORT, PORT, "Dependent Mapping, random port, no hairpin"),
    "udp-blocked": (dict(nat="udp-blocked"), None, None, "Blocked or could not reach STUN server"),
    "symmetric and no IPv6": (dict(nat="symmetric", ipv6="none"), PORT, PORT,
                              "Dependent Mapping, random port, no hairpin"),
    "port-restricted with open IPv6": (dict(nat="port-restricted", ipv6="open"), ANY, PORT,
                                       "Independent Mapping, Port Dependent Filter, random port, no hairpin"),
}
NARROW = {"1492": dict(mtu=1492), "1280": dict(mtu=1280), "1492, silent": dict(mtu=1492, too_big=False),
          "1280, silent": dict(mtu=1280, too_big=False)}
FIRST = 41
# From one socket to eight ports of somebody: the outer ports, which that somebody sends back.
OUTER_PORTS = """
import socket, sys
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); sock.bind(("", 5555)); sock.settimeout(5)
seen = []
for port in range(9000, 9008):
    sock.sendto(b"?", (sys.argv[1], port))
    seen.append(sock.recv(9).decode())
print(*seen)
"""
TELL_PORTS = """
import select, socket, sys
ports = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(8)]
for index, sock in enumerate(ports):
    sock.bind((sys.argv[1], 9000 + index))
print("ready", flush=True)
while True:
    for sock in select.select(ports, [], [])[0]:
        _, caller = sock.recvfrom(9)
        sock.sendto(str(caller[1]).encode(), caller)
"""
# Learns its outer port, tells the other, and sends to it until something comes; answers where that came from.
PUNCH = """
import os, socket, sys, time
server, own, other, address, port = sys.argv[1:6]
sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("", int(port))); sock.settimeout(0.1)
outer = port
if server:
    sock.settimeout(5); sock.sendto(b"?", (server, 9000)); outer = sock.recv(9).decode(); sock.settimeout(0.1)
with open(own + ".new", "w") as file:
    file.write(address + " " + outer)
os.rename(own + ".new", own)
while not os.path.exists(other):
    time.sleep(0.01)
host, outer = open(other).read().split()
target, heard = (host, int(outer)), False
for _ in range(15):
    sock.sendto(b"!", target)
    try:
        target, heard = sock.recvfrom(9)[1], True
    except TimeoutError:
        pass
print("heard" if heard else "nothing", flush=True)
"""
# As measured with other laboratories: two types, the IP version, whether a hole opens.
PUNCHES = (
    ("port-restricted", "firewall", 4, True), ("port-restricted", "carrier-grade", 4, True),
    ("symmetric", "full-cone", 4, True), ("symmetric", "address-restricted", 4, True),
    ("symmetric", "port-restricted", 4, False), ("symmetric", "carrier-grade", 4, False),
    ("symmetric", "sequential", 4, False), ("udp-blocked", "open", 4, False),
    ("symmetric", "sequential", 6, True), ("symmetric", "carrier-grade", 6, True),
    ("udp-blocked", "open", 6, False), ("IPv6 alone", "symmetric", 6, True),
)
LISTEN = """
import socket, sys
ears = [socket.create_server(("", int(port))) for port in sys.argv[1:]]
print("ready", flush=True)
ears[0].accept(); ears[0].accept()
"""
DATAGRAMS = """
import socket, sys
sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); sock.bind(("::", 7777))
print("ready", flush=True)
while True:
    data, caller = sock.recvfrom(99)
    print("from", caller[0], flush=True)
"""


def check(condition, what):
    print(("ok    " if condition else "FAULT ") + what + "\n", end="", flush=True)  # whole, from any thread
    check.faults += not condition


check.faults = 0


class Lab:
    def __init__(self):
        self.internet = Internet()
        self.web, self.core, self.turn = self.internet.web, self.internet.core, self.internet.turn()
        self.nat64 = self.internet.nat64()
        self.web.start("tell", PYTHON, "-c", TELL_PORTS, WEB4).wait_for("ready")
        self.internet.boson.start("ears", PYTHON, "-c", LISTEN, 443, 3000, 8080).wait_for("ready")
        rows = [(name, options) for name, (options, *_) in TYPES.items()]
        rows += [(name, options) for name, options in NARROW.items()] + [("IPv6 alone", dict(ipv4=False))]
        with ThreadPoolExecutor(8) as pool:
            self.pcs = dict(pool.map(self._home, enumerate(rows, FIRST)))

    def _home(self, row):
        number, (name, options) = row
        return name, self.internet.home(f"router{number}", number, **options).pc(f"pc{number}", 2)


def said_by_tools(lab):
    """The slow tools, at once: name -> what natdiscovery and stun print."""
    asked = {name: (lab.pcs[name].start("discovery", "turnutils_natdiscovery", "-m", "-f", TURN4),
                    lab.pcs[name].start("stun", "stun", TURN4)) for name in TYPES}
    for processes in asked.values():
        for process in processes:
            process.popen.wait(45)
    return {name: [process.text() for process in processes] for name, processes in asked.items()}


def behaviour(said, kind):
    found = re.search(rf"NAT with (.+) {kind}!", said)
    return found and found.group(1)


def types(lab):
    for name, (discovery, classic) in said_by_tools(lab).items():
        _, mapping, filtering, primary = TYPES[name]
        seen = behaviour(discovery, "Mapping"), behaviour(discovery, "Filtering")
        check(seen == (mapping, filtering), f"{name}: natdiscovery says of mapping and filtering {seen}")
        word = re.search(r"Primary: (.*\S)", classic)
        check(word and word.group(1) == primary, f"{name}: stun says {word and word.group(1)}")


def ports(lab):
    def outer(name):
        return [int(port) for port in lab.pcs[name].run(PYTHON, "-c", OUTER_PORTS, WEB4).stdout.split()]
    steps = {name: [second - first for first, second in zip(seen, seen[1:])]
             for name in ("sequential", "symmetric", "port-restricted") for seen in [outer(name)]}
    check(steps["sequential"] == [1] * 7, f"sequential: the next port for each destination: {steps['sequential']}")
    check(len(set(steps["symmetric"])) > 2, f"symmetric: any port for each destination: {steps['symmetric']}")
    check(steps["port-restricted"] == [0] * 7, "control: port-restricted: the same for all")
    check(outer("port-preserving") == [5555] * 8, "port-preserving: the PC's own port")


def relays(lab):
    """Two of coturn's clients speak with each other by way of two allocations."""
    pc, (name, password) = lab.pcs["symmetric"], lab.turn.credentials()
    ways = {"UDP": ("-p", turn.PORT), "TCP": ("-t", "-p", turn.PORT), "TLS": ("-t", "-S", "-p", turn.TLS_PORT),
            "UDP between IPv6 addresses": ("-x", "-p", turn.PORT)}

    def client(label, words, secret):
        return pc.start(f"uclient-{label.replace(' ', '-')}", "turnutils_uclient", *words, "-y", "-c", "-n", 1,
                        "-m", 1, "-u", name, "-w", secret, TURN4)
    asked = {label: client(label, words, password) for label, words in ways.items()}
    wrong = client("wrong", ways["UDP"], "x" + password)
    for label, process in (*asked.items(), ("wrong", wrong)):
        process.popen.wait(45)
    for label, process in asked.items():
        check("tot_recv_msgs=2" in process.text() and "lost packets 0 " in process.text(), f"TURN over {label}")
    check("Cannot complete Allocation" in wrong.text(), "control: and not with another secret")


def punches(lab):
    """Two PCs send to each other at once, told by hand where: what a session may hope for."""
    for number, (one, other, family, opens) in enumerate(PUNCHES):
        with ThreadPoolExecutor(2) as pool:
            ends = (f"{SPACE}/punch{number}a", f"{SPACE}/punch{number}b")

            def end(name, own, others):
                pc = lab.pcs[name]
                address = f"{pc.home.lan6}2" if family == 6 else pc.home.public4
                if family == 4 and pc.home.kind in nat.UNTRANSLATED:
                    address = f"{pc.home.lan4}.2"
                server = "" if family == 6 or pc.home.kind == "udp-blocked" else WEB4
                return "heard" in pc.run(PYTHON, "-c", PUNCH, server, own, others, address, 6500 + number).stdout
            heard = list(pool.map(end, (one, other), ends, reversed(ends)))
        check(heard == [opens, opens], f"a hole {'opens' if opens else 'does not open'} between {one} and {other} "
                                       f"by IPv{family}: {heard}")


def addresses(lab):
    hop = lab.pcs["carrier-grade"].run("ping", "-c1", "-W2", "-t2", WEB4, check=False).stdout
    carrier = lab.pcs["carrier-grade"].home
    check(f"From {shared4(carrier.number)}.1" in hop, "carrier-grade: the second router has an address of RFC 6598")
    check(isinstance(carrier.uplink, CarrierUplink) and http_get(lab.pcs["carrier-grade"], f"http://{WEB4}/")
          == public4(carrier.number), "carrier-grade: outside it is the provider's public one")
    for name in ("open", "firewall"):
        pc = lab.pcs[name]
        check(http_get(pc, f"http://{WEB4}/") == f"{pc.home.lan4}.2", f"{name}: a PC has its own public address")
    alone = lab.pcs["IPv6 alone"]
    check(http_get(alone, f"http://{WEB_NAME}/") == NAT64_4, "IPv6 alone: an IPv4 server is reached by its name")
    check(http_get(alone, f"http://{WEB4}/", 1, check=False) == "", "and not by its IPv4 address")


def reached6(lab, name):
    """Whether the web host's datagram reaches a PC that has not asked for it; a ping comes after it."""
    pc = lab.pcs[name]
    ear = pc.start("ear6", PYTHON, "-c", DATAGRAMS).wait_for("ready")
    say = "import socket,sys;socket.socket(socket.AF_INET6,socket.SOCK_DGRAM).sendto(b'x',(sys.argv[1],7777))"
    lab.web.run(PYTHON, "-c", say, f"{pc.home.lan6}2", check=False)
    pc.run("ping", "-c1", "-W2", f"{pc.home.lan6}1")
    pc.run(PYTHON, "-c", say, "::1")
    ear.wait_for("from ::1")
    return f"from {WEB6}" in ear.text()


def families(lab):
    for name, has, reached in (("symmetric", True, False), ("open", True, True), ("carrier-grade", True, False),
                               ("port-restricted with open IPv6", True, True), ("IPv6 alone", True, False)):
        pc = lab.pcs[name]
        check(http_get(pc, f"http://[{WEB6}]/") == f"{pc.home.lan6}2", f"{name}: has an IPv6 address of its own")
        check(reached6(lab, name) == reached, f"{name}: by IPv6 it is {'' if reached else 'not '}reached unasked")
    none = lab.pcs["symmetric and no IPv6"]
    check(http_get(none, f"http://[{WEB6}]/", 1, check=False) == "", "no IPv6: none")
    check(delegated6(none.home.number) not in lab.core.sh("ip -6 route"), "no IPv6: and no network is routed to it")


def blocked(lab):
    for port, leaves in ((443, True), (3000, True), (8080, False)):
        connected = "connected" in lab.pcs["udp-blocked"].run(
            "timeout", "1", "bash", "-c", f": </dev/tcp/{BOSON4}/{port} && echo connected", check=False).stdout
        check(connected == leaves, f"udp-blocked: TCP to port {port} {'leaves' if leaves else 'does not leave'}")
    free = lab.pcs["open"].run("timeout", "2", "bash", "-c", f": </dev/tcp/{BOSON4}/8080 && echo connected",
                               check=False).stdout
    check("connected" in free, "control: from another home it does")


def narrow(lab):
    for name, options in NARROW.items():
        mtu, pc = options["mtu"], lab.pcs[name]
        for address, header in ((WEB4, 28), (WEB6, 48)):
            def ping(host, size, to):
                return host.run("ping", "-c1", "-W1", "-M", "do", "-s", size - header, to, check=False).stdout
            check("1 received" in ping(pc, mtu, address), f"{name}: {mtu} bytes pass to {address}")
            inside = ping(pc, mtu + 4, address)
            told = f"mtu={mtu}" in re.sub(r"mtu ?= ?", "mtu=", inside)
            silent = not options.get("too_big", True)
            check("0 received" in inside and told != silent,
                  f"{name}: and not 4 more, and the router {'is silent' if silent else 'says so'}")
            outside = ping(lab.web, mtu + 4, pc.home.public4 if address == WEB4 else f"{pc.home.lan6}2")
            told = f"mtu={mtu}" in re.sub(r"mtu ?= ?", "mtu=", outside)
            check("0 received" in outside and told != silent, f"{name}: nor inwards, likewise")
        done = pc.run("iperf3", "-c", WEB4, "-R", "-n", "200K", "--connect-timeout", 2000, check=False, timeout=10)
        check(done.returncode == 0, f"{name}: TCP passes inwards")


def main():
    lab = Lab()
    ports(lab)  # alone: what the others send takes numbers, too
    with ThreadPoolExecutor(7) as pool:
        for done in [pool.submit(part, lab) for part in (types, relays, punches, addresses, families, blocked, narrow)]:
            done.result()
    return 1 if check.faults else 0


if __name__ == "__main__":
    sys.exit(main())
