# SPDX-License-Identifier: GPL-3.0-or-later
"""Our WireGuard core against wireguard-go, which we did not write.

      ours 192.0.2.1, 2001:db8::1 ======= theirs 192.0.2.2, 2001:db8::2
      10.9.0.1, fd09::1   <- the tunnel ->   10.9.0.2, fd09::2

--long ours (or theirs) waits for the real renewal after two minutes, in that role.
"""
import os
import re
import shutil
import subprocess
import sys
import time

SOURCE = os.environ.get("HIGGS_SOURCE", os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(SOURCE, "tests", "netns"))
import sandbox  # noqa: E402

for tool in ("wireguard-go", "wg", "iperf3"):
    if not shutil.which(tool):
        print(f"skipped: there is no {tool}")
        sys.exit(sandbox.SKIPPED)
sandbox.enter()

from host import Host, link, wait_until  # noqa: E402
from measure import echoed, echoes, throughput  # noqa: E402

PROGRAM = os.path.join(os.environ.get("HIGGS_BUILD", "build/release"), "tests", "wireguard_peer")
PORT = 51820
ANSWERS = 'import socket; socket.socket(socket.AF_UNIX).connect("/var/run/wireguard/wg0.sock")'
# Initiations with a right mac1 and nothing else, which everybody can make who knows the public key.
FLOOD = """
import base64, hashlib, os, socket, sys, time
address, port, key, seconds, burst, pause = *sys.argv[1:3], base64.b64decode(sys.argv[3]), *map(float, sys.argv[4:])
mac_key = hashlib.blake2s(b"mac1----" + key).digest()
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
end, cookies = time.monotonic() + seconds, 0
sock.connect((address, int(port)))
sock.setblocking(False)
print("ready", flush=True)
while time.monotonic() < end:
    for _ in range(int(burst)):
        message = b"\\1\\0\\0\\0" + os.urandom(112)
        try:
            sock.send(message + hashlib.blake2s(message, key=mac_key, digest_size=16).digest() + bytes(16))
        except OSError:
            pass
    try:
        while sock.recv(200):
            cookies += 1
    except OSError:
        pass
    time.sleep(pause)
print("cookies", cookies, flush=True)
"""
# Receives a stream, or numbered datagrams; says what has come.
RECEIVE = """
import hashlib, socket, sys
kind, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
family = socket.AF_INET6 if ":" in address else socket.AF_INET
sock = socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)  # SO_RCVBUFFORCE
sock.bind((address, port))
if kind == "tcp":
    sock.listen()
    print("ready", flush=True)
    stream, digest = sock.accept()[0], hashlib.sha256()
    while data := stream.recv(1 << 18):
        digest.update(data)
    print("digest", digest.hexdigest(), flush=True)
else:
    print("ready", flush=True)
    right = wrong = 0
    sock.settimeout(5)
    while True:
        data, sender = sock.recvfrom(70000)
        if data == b"end":
            break
        number = int.from_bytes(data[:4], "big")
        good = data[4:] == bytes((number + i) & 255 for i in range(len(data) - 4))
        right, wrong = right + good, wrong + (not good)
        if (right + wrong) % 21 == 0:
            sock.sendto(b"next", sender)
    print("right", right, "wrong", wrong, flush=True)
"""
# Sends the same; datagrams in trains (udp(7), UDP_SEGMENT), of which the last is shorter, each when the one before has
# come: no queue on the way is too short for that, however busy the machine is.
SEND = """
import hashlib, os, socket, sys, time
kind, address, port, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
family = socket.AF_INET6 if ":" in address else socket.AF_INET
sock = socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
sock.connect((address, port))
if kind == "tcp":
    digest, piece = hashlib.sha256(), os.urandom(1 << 20)
    for number in range(count):
        data = number.to_bytes(8, "big") + piece[8:]
        digest.update(data)
        sock.sendall(data)
    print("digest", digest.hexdigest(), flush=True)
else:
    datagram = lambda number, size: number.to_bytes(4, "big") + bytes((number + i) & 255 for i in range(size - 4))
    number = 0
    sock.settimeout(5)
    while number < count:
        size = 100 + number * 37 % 1100
        train = [datagram(number + i, size) for i in range(20)] + [datagram(number + 20, size // 2)]
        number += 21
        sock.setsockopt(socket.SOL_UDP, 103, size)
        sock.send(b"".join(train))
        assert sock.recv(100) == b"next"
    sock.setsockopt(socket.SOL_UDP, 103, 0)
    sock.send(b"end")
    print("sent", number, flush=True)
"""


def check(condition, what, detail=""):
    print(("ok    " if condition else "FAULT ") + what + (f" ({detail})" if detail else ""), flush=True)
    check.faults += not condition


check.faults = 0


def wg(*words, stdin=None):
    return subprocess.run(["wg", *words], input=stdin, capture_output=True, text=True, check=True).stdout.strip()


class Pair:
    """Both ends with new keys. `psk`: with a preshared key; `begins`: who knows where the other is."""

    def __init__(self, ours, theirs, begins="ours", psk=False, rekey=0, outer6=False):
        self.host, self.their_host = ours, theirs
        self.our_key, self.their_key = wg("genkey"), wg("genkey")
        self.our_public, self.their_public = (wg("pubkey", stdin=key) for key in (self.our_key, self.their_key))
        psk_key = wg("genpsk")
        here, there = ("[2001:db8::1]", "[2001:db8::2]") if outer6 else ("192.0.2.1", "192.0.2.2")
        self.go = self._go()
        theirs.sh(f"umask 077; echo {self.their_key} >/run/wg.key; echo {psk_key} >/run/wg.psk;"
                  f"wg set wg0 private-key /run/wg.key listen-port {PORT} peer {self.our_public}"
                  f" allowed-ips 10.9.0.1/32,fd09::1/128" + (" preshared-key /run/wg.psk" if psk else "")
                  + (f" endpoint {here}:{PORT}" if begins == "theirs" else ""))
        self.their_addresses()
        words = [f"endpoint={there}:{PORT}"] if begins == "ours" else []
        words += [f"preshared={psk_key}"] if psk else []
        words += [f"rekey={rekey}"] if rekey else []
        self.peer = ours.start("wireguard_peer", PROGRAM, "wg0", PORT, self.our_key, self.their_public,
                               "10.9.0.2/32,fd09::2/128", *words).wait_for("session")
        ours.address("wg0", "10.9.0.1/24", "fd09::1/64")
        ours.sh("ip link set wg0 mtu 1420 up")

    def _go(self):
        process = self.their_host.start("wireguard-go", "wireguard-go", "-f", "wg0")
        wait_until(lambda: self.their_host.run("/usr/bin/python3", "-c", ANSWERS, check=False).returncode == 0,
                   20, "wireguard-go is up")
        return process

    def their_addresses(self):
        self.their_host.address("wg0", "10.9.0.2/24", "fd09::2/64")
        self.their_host.sh("ip link set wg0 mtu 1420 up")

    def restart_theirs(self):
        """With the same key, and nothing of what it knew."""
        self.go.stop()
        wait_until(lambda: "wg0" not in self.their_host.sh("ip -br link"), 5, "their interface is gone")
        self.go = self._go()
        self.their_host.sh(f"wg set wg0 private-key /run/wg.key listen-port {PORT} peer {self.our_public}"
                           f" allowed-ips 10.9.0.1/32,fd09::1/128 endpoint 192.0.2.1:{PORT}")
        self.their_addresses()

    def handshake(self):
        """Unix seconds of the last one, as the other end has it."""
        return int(self.their_host.sh("wg show wg0 latest-handshakes").split()[1])

    def counters(self):
        words = self.peer.text().strip().splitlines()[-1].split()
        return dict(zip(words[::2], words[1::2]))

    def end(self):
        self.peer.stop()
        self.go.stop()
        for host in (self.host, self.their_host):
            wait_until(lambda h=host: "wg0" not in h.sh("ip -br link"), 5, "the interface is gone")


def ping(host, target, count=5, wait=5):
    """How many of so many came back, while at most `wait` seconds were waited for them."""
    done = host.run("ping", "-n", "-c", count, "-i", 0.05, "-w", wait, target, check=False, timeout=60)
    return len(echoed(done.stdout, count)[0])


def both_ways(pair, what):
    for host, targets in ((pair.host, ("10.9.0.2", "fd09::2")), (pair.their_host, ("10.9.0.1", "fd09::1"))):
        for target in targets:
            check(ping(host, target) == 5, f"{what}: {host.name} pings {target}")
    large = pair.host.run("ping", "-n", "-c", 3, "-i", 0.05, "-s", 1392, "-M", "do", "-w", 5, "10.9.0.2", check=False)
    check("3 packets transmitted, 3 received" in large.stdout, f"{what}: full packets pass")


def handshakes(ours, theirs):
    pair = Pair(ours, theirs)
    both_ways(pair, "ours begins")
    server = theirs.start("iperf", "iperf3", "-s", "-p", "5201", "--forceflush").wait_for("listening")
    for reverse in (False, True):
        rate, _ = throughput(ours, 2, reverse, target="10.9.0.2")
        check(rate > 5, f"TCP flows {'to us' if reverse else 'to them'}", f"{rate:.0f} Mbit/s")
    server.stop()
    pair.peer.signal(10)  # our socket is another one then
    endpoint = lambda: theirs.sh("wg show wg0 endpoints").split()[1]  # noqa: E731
    wait_until(lambda: ping(ours, "10.9.0.2", 1, 1) and not endpoint().endswith(f":{PORT}"), 10, "we have moved")
    check(ping(pair.host, "10.9.0.2") == 5 and ping(pair.their_host, "10.9.0.1") == 5, "they follow us to another port",
          endpoint())
    pair.end()

    pair = Pair(ours, theirs, begins="theirs", psk=True)
    check(ping(pair.their_host, "10.9.0.1") == 5, "theirs begins, with a preshared key")
    both_ways(pair, "theirs began")
    pair.restart_theirs()
    # Theirs has no preshared key now, so that nothing can come of it.
    check(ping(pair.their_host, "10.9.0.1", 3, 1) == 0, "without the preshared key nothing passes")
    theirs.sh(f"wg set wg0 peer {pair.our_public} preshared-key /run/wg.psk")
    wait_until(lambda: ping(pair.their_host, "10.9.0.1", 1, 1), 15, "with it, it does")
    both_ways(pair, "theirs was started anew")
    pair.end()

    pair = Pair(ours, theirs, outer6=True)
    both_ways(pair, "over IPv6")
    pair.end()


def integrity(ours, theirs):
    """Every byte arrives as it was sent, whatever is cut and put together on the way."""
    pair = Pair(ours, theirs)
    offloads = pair.counters()["offloads"]
    print(f"note  offloads of this kernel: TCP {offloads[0]}, UDP {offloads[1]}")
    ends = {"to them": (ours, theirs, ("10.9.0.2", "fd09::2")), "to us": (theirs, ours, ("10.9.0.1", "fd09::1"))}
    for way, (sender, receiver, targets) in ends.items():
        for port, target in enumerate(targets, 6000):
            for kind, count in (("tcp", 64), ("udp", 4200)):
                there = receiver.start(f"receive{port}{kind}", "/usr/bin/python3", "-c", RECEIVE, kind, target, port)
                there.wait_for("ready")
                sent = sender.run("/usr/bin/python3", "-c", SEND, kind, target, port, count, timeout=60).stdout.split()
                came = there.wait_for("digest" if kind == "tcp" else "wrong", 20).text().split()
                if kind == "tcp":
                    check(came[-1] == sent[-1], f"64 MB of TCP {way} ({target})")
                else:
                    check(came[-3:] == [sent[-1], "wrong", "0"], f"UDP in trains {way} ({target})", " ".join(came[-4:]))
    pair.end()


def renewal(ours, theirs):
    pair = Pair(ours, theirs, rekey=2)
    flow = ours.start("pings", *echoes(650, 0.02, "10.9.0.2"))
    seen = set()
    while flow.running():
        seen.add(pair.handshake())
        time.sleep(0.2)
    lost = re.search(r"(\d+) packets transmitted, (\d+) received", flow.text())
    # Never two handshakes within 5 s, so there are three or four in this time.
    check(len(seen - {0}) >= 3, "sessions are renewed", f"{len(seen - {0})} handshakes")
    check(lost and lost[1] == lost[2], "and no ping is lost by it", f"{lost[2]} of {lost[1]}")
    pair.end()


def cookies(ours, theirs):
    pair = Pair(ours, theirs, begins="theirs")
    flood = theirs.start("flood", "/usr/bin/python3", "-c", FLOOD, "192.0.2.1", PORT, pair.our_public, 9, 1, 0.0005)
    flood.wait_for("ready")
    wait_until(lambda: int(pair.counters().get("cookies", 0)) > 0, 10, "we are under load")
    check(ping(theirs, "10.9.0.1", 1, 9) == 1 or ping(theirs, "10.9.0.1", 5) == 5,
          "they come in with our cookie while a stranger floods us", pair.counters()["cookies"])
    flood.wait_for("cookies", 15)
    wait_until(lambda: pair.counters().get("session") == "1", 5, "we say that there is a session")
    pair.end()

    # wireguard-go is under load for a second after its queue had 128 of 1,024 (device/device.go), so bursts do.
    pair = Pair(ours, theirs)
    flood = theirs.start("burst", "/usr/bin/python3", "-c", FLOOD, "127.0.0.1", PORT, pair.their_public, 14, 700, 0.3)
    flood.wait_for("ready")
    time.sleep(1)
    came = any(ping(ours, "10.9.0.2", 1, 6) for _ in range(2))
    told = int(flood.wait_for("cookies", 20).text().split()[-1])
    check(told > 0, "they are under load, and tell a stranger to come again", f"{told} cookies")
    check(came, "we come in with their cookie meanwhile")
    pair.end()


def real_time(ours, theirs, begins):
    pair = Pair(ours, theirs, begins=begins)
    first, target = (ours, "10.9.0.2") if begins == "ours" else (theirs, "10.9.0.1")
    check(ping(first, target) == 5, f"{begins} begins")
    started = pair.handshake()
    flow = first.start("pings", *echoes(4900, 0.05, target))
    wait_until(lambda: not flow.running(), 300, "the pings end")
    lost = re.search(r"(\d+) packets transmitted, (\d+) received", flow.text())
    check(lost and lost[1] == lost[2], "no ping of four minutes is lost", f"{lost[2]} of {lost[1]}")
    check(238 <= pair.handshake() - started <= 246, "the session is renewed each 120 s",
          f"{pair.handshake() - started} s after the first")
    pair.end()


def main():
    ours, theirs = Host("ours"), Host("theirs")
    link(ours, "eth0", theirs, "eth0")
    ours.address("eth0", "192.0.2.1/24", "2001:db8::1/64")
    theirs.address("eth0", "192.0.2.2/24", "2001:db8::2/64")
    if "--long" in sys.argv:
        real_time(ours, theirs, sys.argv[sys.argv.index("--long") + 1])
    else:
        for trial in (handshakes, integrity, renewal, cookies):
            trial(ours, theirs)
    return 1 if check.faults else 0


sys.exit(main())
