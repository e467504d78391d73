# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody hostile on the straight way: a guest with a good key that names whom the node shall write to, asks
under other people's addresses and answers falsely; and a stranger on the wire, who has recorded the probes of
a session and made some himself. Nothing goes where nothing may go, little goes to who has not asked for it, and
a guest beside them notices nothing.

    test_hostile_paths.py [--seconds N]     how long each flood lasts
"""
import argparse
import collections
import json
import re
import time

from product import BOSON4, WEB4, Client, Node, Server, scenario  # makes the others known
from addresses import EXIT4, public_lan4
from capturing import Capture
from host import wait_until
from measure import round_trips
from patience import Stopwatch
from topology import HERE, PYTHON, Laboratory

# The null addresses are no candidates at all, and the server closes upon them. Of the node's home, of nobody, of everybody, and the server's.
FORBIDDEN = [f"{host}:40000" for host in (
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "192.168.21.50", "192.168.21.1", "192.168.21.2", "192.168.21.255",
    "127.0.0.1", "169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.251",
    "239.255.255.250", "255.255.255.255", "240.0.0.1", EXIT4, "[::1]", "[fe80::1]", "[ff02::1]",
    "[ff05::c]", "[fd21::50]", "[2a01:21:0:1::50]", "[2a01:21:0:1::1]", "[2a01:21:0:ff::1]",
    "[::ffff:192.168.21.50]", "[64:ff9b::192.168.21.50]", "[2002:c0a8:1532::1]", "[2001:db8::1]")] + \
    [f"{WEB4}:{port}" for port in (1, 53, 80, 123, 443, 1023, 1900, 5351, 5353)] + \
    [f"{BOSON4}:3478", f"{BOSON4}:3000", f"{BOSON4}:40000"]
EVIL4 = f"{public_lan4(41)}.2"
GOOD = f"{EVIL4}:40000"  # the guest's own: the server passes no other public one on
MAY_SEND = 256 + 20 * 20  # probes to addresses that never answered, in the twenty seconds of such a trial
MEMORY_MB, LOST_AT_MOST, LOST_WHILE_BUSY = 8, 0.02, 6
WAVER_MAY_ASK = 12 + 20 // 10 + 2  # as the guest has it doubt, and the node's own
PROLOGUE = f"import sys, time, json, os, socket, struct, threading; sys.path.insert(0, {HERE!r}); " \
           f"from hostile_end import *; guest = HostileGuest({BOSON4!r})\n"
TELL = """
for line in sys.stdin:
    guest.tell(json.loads(line))
    time.sleep(float(sys.argv[2]))  # the server passes eight on at once, then one a second
print(len(guest.request()), "told", flush=True)
time.sleep(float(sys.argv[1]))
"""
# A nominated request under each of these addresses, so many times.
SPOOF = """
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
for _ in range(int(sys.argv[1])):
    for at in json.loads(sys.argv[2]):
        raw.sendto(raw_udp(tuple(at), guest.node, guest.request(nominated=True)), (guest.node[0], 0))
        time.sleep(0.01)
time.sleep(1)
print("done", flush=True)
"""
# Asks by its own address, and answers the node's probes as it is told.
ANSWER = """
how, until = sys.argv[1], time.monotonic() + float(sys.argv[2])
beside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
heard, sent = 0, 0
while time.monotonic() < until:
    guest.udp.sendto(guest.request(nominated=True), guest.node)
    sent += 1
    while (came := guest.hear()):
        heard += 1
        if came[0] != "request":
            continue
        good = guest.answer(came[1], came[2])
        if how == "transaction":
            good = guest.answer(os.urandom(12), came[2])
        elif how == "truncated":
            good = good[:-20]
        elif how == "key":
            good = good[:40] + bytes([good[40] ^ 1]) + good[41:]
        (beside if how == "source" else guest.udp).sendto(good, came[2])
        sent += 1
print("heard", heard, "sent", sent, flush=True)
time.sleep(1)
"""
# A way that answers and is silent in turn, and sends, so that the silence is looked into at once.
WAVER = """
guest.udp.settimeout(0.02)
until, asks, sends, came, silent = time.monotonic() + float(sys.argv[1]), 0, 0, 0, 0
while (now := time.monotonic()) < until:
    if now >= asks:
        guest.udp.sendto(guest.request(nominated=True), guest.node)
        asks = now + 0.5
    if now >= sends:
        guest.udp.sendto(b"\\4" + bytes(31), guest.node)
        sends = now + 0.4
    heard = guest.hear()
    if heard and heard[0] == "request":
        came += 1
        if came % 2:
            guest.udp.sendto(guest.answer(heard[1], heard[2]), guest.node)
        else:
            silent += 1
print("silent", silent, flush=True)
"""
# Of the probes on a wire: the first of each direction, and to whom they went.
RECORD = """
import socket, struct, sys, time
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
wire.bind((sys.argv[1], 0))
while True:
    frame = wire.recv(2048)
    head = 14 + (frame[14] & 15) * 4
    if frame[23] == 17 and frame[head + 8:head + 10] == b"\\0\\1" and b"client-to-node" in frame:
        target = socket.inet_ntoa(frame[30:34]), struct.unpack_from("!H", frame, head + 2)[0]
        print("probe", target[0], target[1], frame[head + 8:].hex(), flush=True)
"""
FLOOD = """
import os, socket, sys, time
target, good = (sys.argv[1], int(sys.argv[2])), bytes.fromhex(sys.argv[3])
sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(16)]
begun, sent, rate = time.monotonic(), 0, int(sys.argv[4])
while (past := time.monotonic() - begun) < float(sys.argv[5]):
    while sent < past * rate:
        number = sent.to_bytes(8, "big")
        # Recorded, or with another transaction and so with a wrong MAC.
        datagram = good if sent % 2 else good[:8] + number + good[16:]
        sockets[sent % 16].sendto(datagram, target)
        sent += 1
    time.sleep(0.001)
heard = 0
for one in sockets:
    one.setblocking(False)
    try:
        while one.recv(2048):
            heard += 1
    except OSError:
        pass
print("sent", sent, "heard", heard, "in", round(time.monotonic() - begun, 1), flush=True)
"""


def memory(process):
    with open(f"/proc/{process.popen.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) / 1024


def is_nodes_own(host, port):
    """What it asks on its own account: STUN, its router, names, and the way to nowhere."""
    return (host, port) in ((BOSON4, 3478), (BOSON4, 3479)) or port in (53, 1900, 5351, 33434) or host == "192.168.21.1"


class Bench:
    def __init__(self, seconds):
        # A router that lets everybody in: nothing is stopped before the node.
        lab = self.lab = Laboratory(straight=True, node_nat="full-cone")
        self.seconds = seconds
        self.server = Server(lab)
        self.node = Node(self.server, lab.node, options=("--max-guests", "50")).wait_online()
        lab.nas()
        self.evil = lab.internet.home("evilrouter", 41, "open").pc("evil", 2)
        self.client = Client(self.server, lab.user)
        self.client.connect()
        self.direct()
        self.cable = Capture(lab.node_home.router, "l2", "node")

    def direct(self):
        wait_until(lambda: self.client.status().get("path") == "direct", 15, "the bystander's way is straight")

    def sent(self):
        """How many datagrams the node has sent to whom, and bytes, but to bystander and server."""
        number, size = collections.Counter(), collections.Counter()
        for packet in self.cable.fresh():
            if packet.protocol == "udp":
                number[packet.target, packet.target_port] += 1
                size[packet.target, packet.target_port] += packet.length
        for known in [key for key in number if key[0] == self.lab.user_home.public4 or is_nodes_own(*key)]:
            del number[known]
        return number, size

    def run(self, script, *words, stdin=None, timeout=90):
        return self.evil.run(PYTHON, "-c", PROLOGUE + script, *words, stdin=stdin, timeout=timeout).stdout

    def bystander(self, check, when, attack):
        """Pings on the straight way while attack() runs; the node's memory before and after."""
        before = memory(self.node.process)
        pings = self.lab.user.start("pings-" + re.sub(r"\W+", "-", when), "ping", "-n", "-i", "0.02", WEB4)
        pings.wait_for("icmp_seq=5 ")
        watch = Stopwatch()
        result = attack()

        def answered():
            return {int(number) for number in re.findall(r"icmp_seq=(\d+) .*time=", pings.text())}
        # What is under way when the attack ends is late, and not lost.
        after = max(answered()) + 50
        wait_until(lambda: max(answered()) >= after, 15, f"{when}: pings are answered after it")
        pings.stop()
        sent = max(answered())
        pings_lost = sent - len(answered())
        most = LOST_AT_MOST * (1 if not watch.busy() else LOST_WHILE_BUSY)
        check(pings_lost <= max(2, most * sent), f"{when}: the guest beside notices nothing",
              f"{pings_lost} of {sent} pings lost")
        check(memory(self.node.process) - before < MEMORY_MB, f"{when}: the node's memory stays",
              f"{before:.1f} MB, then {memory(self.node.process):.1f} MB")
        check.equal(self.client.status()["path"], "direct", f"{when}: the way is as it was")
        return result


class Refusals:
    """What the node's socket counts as refused meanwhile."""

    def __init__(self, bench):
        self.node, self.before = bench.node, bench.node.status()["udpRefused"]

    def check(self, check, *kinds):
        now = self.node.status()["udpRefused"]
        more = {kind: now[kind] - self.before[kind] for kind in kinds}
        check(all(count > 0 for count in more.values()), "and that is counted", more)


def tells(bench, messages, linger, pause=0):
    text = "\n".join(map(json.dumps, messages)) + "\n"
    return bench.run(TELL, linger, pause, stdin=text)


def forbidden_candidates(check, bench):
    kinds = ("srflx", "host", "relay")
    messages = []
    for kind in kinds:
        for at in range(0, len(FORBIDDEN), 15):
            messages.append([[kind, one] for one in FORBIDDEN[at:at + 15]])
            # The same of one who says that it is behind the node's own router.
            messages.append([["srflx", f"{EXIT4}:50000"]] + [[kind, one] for one in FORBIDDEN[at:at + 15]])
    messages.append([["srflx", GOOD]])
    bench.sent()
    refused = Refusals(bench)
    bench.bystander(check, "forbidden candidates", lambda: tells(bench, messages, 2, 0.7))
    number, _ = bench.sent()
    host, port = GOOD.split(":")
    check(number.pop((host, int(port)), 0) > 0, "positive control: an address that may be probed is")
    check(not number, f"of {len(FORBIDDEN)} forbidden addresses, as {', '.join(kinds)}, none is written to",
          dict(number) or "")
    refused.check(check, "forbidden")


def many_candidates(check, bench):
    every = [["srflx", f"{EVIL4}:{2000 + number}"] for number in range(10000)]
    messages = [every[at:at + 16] for at in range(0, len(every), 16)]
    bench.sent()
    bench.bystander(check, "10,000 candidates", lambda: tells(bench, messages, 5))
    number, _ = bench.sent()
    total = sum(number.values())
    check(0 < total <= MAY_SEND, "10,000 candidates: few are probed", f"{total} datagrams, {len(number)} addresses")


def other_peoples_addresses(check, bench):
    times, strangers = 100, [[WEB4, 40001], [WEB4, 53], ["192.168.21.50", 40002], [BOSON4, 40003], [EXIT4, 40004]]
    bench.sent()
    refused = Refusals(bench)
    bench.bystander(check, "under other addresses",
                    lambda: bench.run(SPOOF, times, json.dumps(strangers)))
    number, size = bench.sent()
    stranger = (WEB4, 40001)
    once = number.pop(stranger, 0)
    number = {to: count for to, count in number.items() if to[0] != EVIL4}  # of the trial before
    check(0 < once <= times, f"{times} requests under a stranger's address: at most one datagram for each goes there",
          f"{once} datagrams of {size[stranger]} bytes")
    check(not number, "and none to the home, the server, the router or a service", dict(number) or "")
    refused.check(check, "forbidden")


def anothers_address(check, bench):
    """Whoever asks under the bystander's address, with a good key of its own, would have what comes from there."""
    bench.cable.fresh()
    seen = wait_until(lambda: [packet for packet in bench.cable.fresh() if packet.protocol == "udp" and
                               packet.target == bench.lab.user_home.public4], 10, "the bystander's address")[0]
    refused = Refusals(bench)
    bench.bystander(check, "under the bystander's own address", lambda: bench.run(
        SPOOF, 200, json.dumps([[seen.target, seen.target_port]])))
    refused.check(check, "claimed")


def false_answers(check, bench):
    ways, refused = {}, Refusals(bench)
    for how in ("transaction", "truncated", "key", "source", "good"):
        process = bench.evil.start(f"answers-{how}", PYTHON, "-c", PROLOGUE + ANSWER, how, "4")
        straight = 0  # the bystander's is one, the hostile one's would be another
        while process.running():
            straight = max(straight, sum(each["path"] == "direct" for each in bench.node.guests()))
            time.sleep(0.1)
        ways[how] = straight > 1
        heard, sent = re.search(r"heard (\d+) sent (\d+)", process.text()).groups()
        check(how == "good" or int(heard) <= int(sent), f"an answer with a wrong {how}: it hears no more than it sends"
              if how != "good" else "and a true one", f"{heard} for {sent}")
    check.equal([how for how, way in ways.items() if way], ["good"],
                "positive control: a true answer makes a way; none with a wrong transaction, MAC, end or source does")
    refused.check(check, "strangers", "foreign", "malformed")


def wavering(check, bench):
    """Each silence of the way in use is a reason to ask the STUN servers anew, and the router's hops beside."""
    seconds, sockets = 20, bench.lab.node.sh("ss -Hulnp").splitlines()
    ports = {int(line.split()[3].rsplit(":", 1)[1]) for line in sockets
             if "higgs-noded" in line and line.split()[3].startswith("*:")}
    bench.cable.fresh()
    said = bench.bystander(check, "a way that wavers", lambda: bench.run(WAVER, seconds))
    asked = [packet for packet in bench.cable.fresh()
             if packet.protocol == "udp" and packet.source_port in ports and packet.target_port == 3478]
    silent = int(re.search(r"silent (\d+)", said).group(1))
    check(silent > WAVER_MAY_ASK, "positive control: the way wavers", said.strip())
    check(0 < len(asked) <= WAVER_MAY_ASK, "a way that wavers: the STUN servers are asked now and then",
          f"{len(asked)} times for {silent} silences")


def stranger(check, bench):
    record = bench.lab.user_home.router.start("record", PYTHON, "-c", RECORD, "lan")
    record.wait_for("probe ", 10)
    _, host, port, probe = next(line for line in record.text().splitlines() if line.startswith("probe")).split()[:4]
    record.stop()
    bench.sent()
    refused = Refusals(bench)
    said = bench.bystander(check, "a flood of recorded and forged probes", lambda: bench.evil.run(
        PYTHON, "-c", FLOOD, host, port, probe, "50000", bench.seconds, timeout=60).stdout)
    sent, heard = map(int, re.search(r"sent (\d+) heard (\d+)", said).groups())
    check(heard == 0 and sent > 10000 * bench.seconds, "who repeats or forges probes hears nothing", said.strip())
    refused.check(check, "repeated", "malformed")


def body(check, seconds):
    bench = Bench(seconds)
    for trial in (forbidden_candidates, many_candidates, other_peoples_addresses, anothers_address, false_answers, wavering,
                  stranger):
        trial(check, bench)
    times, lost = round_trips(bench.lab.user, 100, 0.01)
    check.equal(lost, 0, "afterwards as before: 100 pings, none lost")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--seconds", type=int, default=3)
    chosen = arguments.parse_args()
    scenario(lambda check: body(check, chosen.seconds))
