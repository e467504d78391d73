# SPDX-License-Identifier: GPL-3.0-or-later
"""Cables that are narrower than the tunnel's datagrams: PPPoE's 1492 and a tunnel's 1280, at the user's home and at the
exit's, with routers that say so and with those whose word is filtered. On a straight way, by TURN and by the relay a page
of a megabyte loads, and 64 KB go up, over IPv4 and IPv6, without a stall.

    test_narrow.py [--only NAME] [--long]
"""
import argparse
import threading
import time

from product import WEB4, WEB6, Client, Node, Server, sandbox, scenario  # makes the others known
import turn
from test_turn import named
from topology import PYTHON, Laboratory

PORT = 8088
PAGE, UPLOAD = 1_000_000, 65_536
WITHIN = 15  # seconds for each, one where the machine does nothing else; what is swallowed stalls for good
SERVING = f"""
import socket, threading
def serve(peer):
    with peer:
        peer.settimeout(30)
        asked = peer.recv(1)
        if asked == b"g":
            peer.sendall(b"x" * {PAGE})
            return
        left = {UPLOAD}
        while left > 0 and (got := peer.recv(65536)):
            left -= len(got)
        peer.sendall(b"k" if left <= 0 else b"n")
listening = socket.create_server(("::", {PORT}), family=socket.AF_INET6, dualstack_ipv6=True)
print("ready", flush=True)
while True:
    threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()
"""
ASKING = f"""
import socket, sys, time
for way in "gu":
    begun = time.monotonic()
    try:
        s = socket.create_connection((sys.argv[1], {PORT}), {WITHIN})
        s.settimeout({WITHIN})
        s.sendall(b"g" if way == "g" else b"u" + b"x" * {UPLOAD})
        got = 0
        while time.monotonic() < begun + {WITHIN} and (more := s.recv(65536)):
            got += len(more)
        good = got == ({PAGE} if way == "g" else 1)
    except OSError:
        good = False
    print(f"{{time.monotonic() - begun:.2f}}" if good else "stalled", flush=True)
"""
HOMES = {
    "a wide cable": {},
    "1492": {"mtu": 1492},
    "1492, filtered": {"mtu": 1492, "too_big": False},
    "1280": {"mtu": 1280},
    "1280, filtered": {"mtu": 1280, "too_big": False},
}
WAYS = {"direct": "auto", "turn": "turn", "relay": "relay"}


class User:
    def __init__(self, server, home, number, country):
        self.host, self.country = home.pc(f"user{number}", 2), country
        self.client = Client(server, self.host, interface=f"hgvpn{number}")
        self.rows = []

    def goes(self, way):
        """Seconds for page and upload, by IPv4 and IPv6."""
        self.client.ctl("connect", self.country, "--path", WAYS[way], "--wait=20", check=False)
        until = time.monotonic() + 12
        while time.monotonic() < until and self.client.status().get("path") != way:
            time.sleep(0.05)
        status = self.client.status()
        took = []
        for address in (WEB4, WEB6) if status.get("state") == "connected" else ():
            took += self.host.run(PYTHON, "-c", ASKING, address, check=False, timeout=60).stdout.split()
        self.rows.append((way, status.get("path"), status.get("pathReason"), took))
        self.client.disconnect()


def tried(check, user, name):
    for way in WAYS:
        user.goes(way)
    for way, path, reason, took in user.rows:
        print(f"row {name:<40}{way:<8}{path or '-':<8}{reason or '-':<14}{' '.join(took)}", flush=True)
        # Where only small packets pass by TURN, a person who wants nothing else is told so, and nothing stalls.
        if way == "turn" and not path:
            continue
        check(len(took) == 4 and "stalled" not in took, f"{name}, {way}: pages load and uploads run",
              f"{path}, {reason}: {' '.join(took)} s")


def body(check, options):
    homes = {name: home for name, home in HOMES.items() if options.long or name in ("1492, filtered", "1280", "1280, filtered")}
    lab = Laboratory(straight=True)
    lab.web.start("serving", PYTHON, "-c", SERVING).wait_for("ready")
    server = Server(lab, *named(lab.turn()), stun="[::]:3478")
    Node(server, lab.node).wait_online()
    narrow = lab.internet.home("narrowhome", 23, **HOMES["1280, filtered"])
    Node(server, narrow.pc("node3", 2), country="FR", region=None, interface="hgnode3").wait_online()
    users = {}
    for number, (name, home) in enumerate(homes.items(), 41):
        users[f"user's {name}"] = User(server, lab.internet.home(f"router{number}", number, **home), number, "US")
    users["exit's 1280, filtered"] = User(server, lab.internet.home("router51", 51), 51, "FR")
    users = {name: user for name, user in users.items() if options.only in name}
    threads = [threading.Thread(target=tried, args=(check, user, name)) for name, user in users.items()]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--only", default="")
    arguments.add_argument("--long", action="store_true", help="each kind of cable")
    chosen = arguments.parse_args()
    if not turn.available():
        print("skipped: there is no turnserver (package coturn)")
        raise SystemExit(sandbox.SKIPPED)
    scenario(lambda check: body(check, chosen))
