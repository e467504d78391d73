# SPDX-License-Identifier: GPL-3.0-or-later
"""A hostile node against a client: it names whom the client shall write to, in the client's own home, on its own machine
and by the thousand, forges, repeats and misplaces probes and answers, and sends to the client's socket before a session and
after it. Nothing goes where nothing may go, little anywhere, it is counted, and an honest node is used as before."""
import collections
import json
import re

from product import BOSON4, WEB4, Client, Node, Server, scenario  # makes the others known
from addresses import CANARY4, CANARY6, DNS4, DNS6, TURN4, public4, public_lan4
from capturing import Capture
from host import wait_until
from measure import lost_of, round_trips
from topology import HERE, PYTHON, Laboratory

EVIL4, EVIL_COUNTRY = f"{public_lan4(41)}.2", "DE"
HOME = public4(31)
FORBIDDEN = [f"{host}:40000" for host in (
    "192.168.31.1", "192.168.31.4", "192.168.31.2", "192.168.31.255", "10.0.0.1", "172.16.0.1", "100.64.0.1", "127.0.0.1",
    "169.254.169.254", "224.0.0.251", "239.255.255.250", "255.255.255.255", "240.0.0.1", HOME, "[::1]", "[fe80::1]",
    "[ff02::1]", "[ff05::c]", "[fd31::50]", "[2a01:31:0:1::4]", "[2a01:31:0:1::1]", "[::ffff:192.168.31.4]",
    "[64:ff9b::c0a8:1f04]", "[2002:c0a8:1f04::1]", "[2001:db8::1]")] + \
    [f"{CANARY4}:{port}" for port in (1, 53, 80, 443, 1023)] + [f"{CANARY4}:40000", f"[{CANARY6}]:40000", f"{BOSON4}:3478"]
SECONDS, MAY_SEND, MEMORY_MB = 4, 256 + 20 * 10, 8
PROLOGUE = f"import sys, time, json, os, socket; sys.path.insert(0, {HERE!r}); from hostile_end import *; " \
           f"node = HostileNode({BOSON4!r}, {EVIL_COUNTRY!r}); print('node', node.id, flush=True); client = node.guest(); " \
           "print('guest', *client, flush=True)\n"
TELL = """
for message in json.loads(sys.argv[1]):
    node.tell(message)
    time.sleep(float(sys.argv[2]))
print("told", flush=True)
time.sleep(60)
"""
# Probes and answers as they should not be; the client's own requests are answered falsely.
FORGE = """
node.tell([["srflx", sys.argv[1]]])
beside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
node.udp.settimeout(0.02)
good = node.request()
heard, sent, until = 0, 0, time.monotonic() + float(sys.argv[2])
while time.monotonic() < until:
    for probe in (good, node.request(key=os.urandom(32)), good[:-9], os.urandom(200), b"\\0\\1" + os.urandom(60)):
        node.udp.sendto(probe, client)
        sent += 1
    while (came := node.hear()):
        heard += 1
        if came[0] != "request":
            continue
        true = node.answer(came[1], came[2])
        for wrong in (node.answer(os.urandom(12), came[2]), true[:-20], true[:40] + bytes([true[40] ^ 1]) + true[41:]):
            node.udp.sendto(wrong, client)
        beside.sendto(true, client)
        sent += 4
print("heard", heard, "sent", sent, flush=True)
time.sleep(60)
"""
# To where the socket is, by whoever likes: datagrams, requests of no session, answers nobody waits for.
STRAY = """
import os, socket, sys, time
udp, until, sent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), time.monotonic() + float(sys.argv[3]), 0
udp.setblocking(False)
while time.monotonic() < until:
    for datagram in (os.urandom(300), b"\\4" + os.urandom(31), b"\\1\\1\\0\\0\\x21\\x12\\xa4\\x42" + os.urandom(12),
                     b"\\0\\1\\0\\0\\x21\\x12\\xa4\\x42" + os.urandom(12), b"\\x40\\0\\0\\4" + bytes(4)):
        udp.sendto(datagram, (sys.argv[1], int(sys.argv[2])))
        sent += 1
    time.sleep(0.002)
heard = 0
try:
    while udp.recv(2048):
        heard += 1
except OSError:
    pass
print("sent", sent, "heard", heard, flush=True)
"""


def memory(process):
    with open(f"/proc/{process.popen.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) / 1024


class Bench:
    def __init__(self):
        lab = self.lab = Laboratory(straight=True, user_nat="full-cone")  # nothing is stopped before the client
        self.server = Server(lab)
        self.node = Node(self.server, lab.node).wait_online()
        self.evil = lab.internet.home("evilrouter", 41, "open").pc("evil", 2)
        lab.second_user()
        self.client = Client(self.server, lab.user)
        self.cable = Capture(lab.user_home.router, "l2", "user")
        self.number = 0

    def sent(self):
        """How many datagrams the client has sent to whom, but for what it asks on its own account."""
        number = collections.Counter((packet.target, packet.target_port) for packet in self.cable.fresh()
                                     if packet.protocol == "udp")
        for known in [key for key in number if key[1] in (53, 1900, 5351, 5353) and key[0] in (DNS4, DNS6) or
                      key in ((BOSON4, 3478), (BOSON4, 3479)) or key[0] in (TURN4, public4(21)) or key[1] == 53]:
            del number[known]
        return number

    def attack(self, script, *words, done):
        """While a client of its tries to connect. What it said."""
        self.number += 1
        evil = self.evil.start(f"evil{self.number}", PYTHON, "-c", PROLOGUE + script, *map(str, words))
        evil.wait_for("node ")
        self.sent()
        self.client.ctl("connect", EVIL_COUNTRY, "--wait=1", check=False)
        evil.wait_for(done, 30)
        self.client.host.run("sleep", "0.5")
        number = self.sent()
        self.client.ctl("disconnect")
        self.client.wait_state("disconnected")
        evil.kill()
        return evil.text(), number


def counted(check, bench, before, *kinds):
    now = bench.client.status()["udpRefused"]
    more = {kind: now[kind] - before[kind] for kind in kinds}
    check(all(count > 0 for count in more.values()), "and that is counted", more)


def forbidden(check, bench):
    messages = [[[kind, one] for one in FORBIDDEN[at:at + 15]] for kind in ("srflx", "host") for at in range(0, len(FORBIDDEN), 15)]
    before = bench.client.status()["udpRefused"]
    _, number = bench.attack(TELL, json.dumps(messages + [[["srflx", f"{EVIL4}:40000"]]]), 0.4, done="told")
    check(number.pop((EVIL4, 40000), 0) > 0, "positive control: an address that may be probed is")
    check(not number, f"of {len(FORBIDDEN)} forbidden addresses none is written to", dict(number) or "")
    counted(check, bench, before, "forbidden")


def thousands(check, bench):
    every = [["srflx", f"{EVIL4}:{2000 + number}"] for number in range(10000)]
    before = memory(bench.client.process)
    _, number = bench.attack(TELL, json.dumps([every[at:at + 16] for at in range(0, 3200, 16)]), 0.01, done="told")
    total = sum(number.values())
    check(0 < total <= MAY_SEND, "3,200 candidates: few are probed", f"{total} datagrams, {len(number)} addresses")
    check(memory(bench.client.process) - before < MEMORY_MB, "and cost no memory",
          f"{before:.1f} MB, then {memory(bench.client.process):.1f} MB")


def forged(check, bench):
    before = bench.client.status()["udpRefused"]
    said, number = bench.attack(FORGE, f"{EVIL4}:40000", SECONDS, done="heard")
    heard, sent = map(int, re.search(r"heard (\d+) sent (\d+)", said).groups())
    check(0 < heard <= sent, "forged, repeated and misplaced probes and answers: it hears no more than it sends",
          f"{heard} for {sent}")
    strangers = {key: count for key, count in number.items() if key[0] != EVIL4}
    check(not strangers, "and nobody else anything", strangers or "")
    check(bench.client.status().get("path") != "direct", "nor is there a way by them")
    counted(check, bench, before, "forged", "repeated", "malformed", "strangers")


def stray(check, bench):
    """Before a session, in it, and after it: what nobody asked for is answered by nobody, and hurts nobody."""
    bench.client.connect()
    wait_until(lambda: bench.client.status().get("path") == "direct", 15, "the honest node is reached directly")
    host, _, port = bench.client.status()["mappedAddress"].rpartition(":")
    before = bench.client.status()["udpRefused"]
    strays = bench.evil.start("stray-in", PYTHON, "-c", STRAY, host, port, SECONDS)
    lost = round_trips(bench.lab.user, 200, 0.01)[1]
    said = strays.wait_for("heard", 20).text()
    check.equal([lost, bench.client.status()["path"]], [0, "direct"], "strangers' datagrams in a session: nothing is lost")
    check("heard 0" in said, "and they hear nothing", said.strip())
    counted(check, bench, before, "strangers")
    bench.client.disconnect()
    bench.sent()
    strays = bench.evil.start("stray-after", PYTHON, "-c", STRAY, host, port, 1)
    said = strays.wait_for("heard", 20).text()
    number = {key: count for key, count in bench.sent().items() if key[0] == EVIL4}
    check("heard 0" in said and not number, "nor after it, and before the next", said.strip())


def body(check):
    bench = Bench()
    for trial in (forbidden, thousands, forged, stray):
        trial(check, bench)
    bench.client.connect()
    wait_until(lambda: bench.client.status().get("path") == "direct", 15, "afterwards as before: the way is straight")
    check.equal(lost_of(bench.lab.user, 100), 0, "100 pings, none lost")


if __name__ == "__main__":
    scenario(body)
