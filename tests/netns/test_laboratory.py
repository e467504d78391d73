# SPDX-License-Identifier: GPL-3.0-or-later
"""The laboratory tests itself: reachability, the kinds of NAT, and that captures see what leaves."""
import ipaddress
import os
import sys

import sandbox

sandbox.enter()

from addresses import (ACCESS4, ACCESS6, EXIT4, USER4, USER6, WEB_NET4, WEB_NET6, delegated6)  # noqa: E402
from capturing import Capture, positive_control, start_probes, leaks  # noqa: E402
from topology import (BOSON4, CANARY4, DNS4, Laboratory, Leak, PYTHON, WEB4, WEB6, http_get, sealed)  # noqa: E402

PROBE = """
import socket, sys
inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); inside.bind(("", %d))
outside = sys.argv[1:]
for target in outside:
    host, port = target.rsplit(":", 1)
    inside.sendto(b"out", (host, int(port)))
print("sent", flush=True)
inside.settimeout(%s)
try:
    while True:
        print("got", *inside.recvfrom(100)[1], flush=True)
except TimeoutError:
    pass
"""
# Sends from port 1 of its host; a mapped address that was seen is then tried from other sockets.
SEEN = """
import socket, sys, select
ports = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
for index, sock in enumerate(ports):
    sock.bind((sys.argv[1], 7000 + index))
print("ready", flush=True)
mapped = []
for sock in ports[:2]:
    mapped.append(sock.recvfrom(100)[1])
print("mapped", mapped[0][1], mapped[1][1], flush=True)
ports[2].sendto(b"other port", mapped[0])
stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); stranger.bind((sys.argv[2], 7009))
stranger.sendto(b"other address", mapped[0])
ports[0].sendto(b"same", mapped[0])
"""
EXPECTED = {  # same mapping for two destinations, lets in: other port, other address
    "full-cone": (True, True, True),
    "address-restricted": (True, True, False),
    "port-restricted": (True, False, False),
    "symmetric": (False, False, False),
    "sequential": (False, False, False),
}


def check(condition, what):
    print(("ok    " if condition else "FAULT ") + what, flush=True)
    if not condition:
        check.faults += 1


check.faults = 0


def behaviour(lab, kind, port):
    """port: a fresh one, for which the router has no connection from before."""
    lab.user_home.set_nat(kind)
    seen = lab.web.start(f"seen-{kind}", PYTHON, "-c", SEEN, WEB4, CANARY4).wait_for("ready")
    probe = lab.user.start(f"probe-{kind}", PYTHON, "-c", PROBE % (port, 0.5),
                           f"{WEB4}:7000", f"{WEB4}:7001")
    seen.wait_for("mapped")
    probe.popen.wait(10)
    first, second = seen.text().split("mapped ")[1].split()[:2]
    got = [line.split()[1:] for line in probe.text().splitlines() if line.startswith("got")]
    return first == second, [WEB4, "7002"] in got, [CANARY4, "7009"] in got


def pages(lab):
    for address in lab.node_home.admin_addresses():
        there = f"[{address}]" if ":" in address else address
        seen = [host.run("curl", "-sg", "-m3", f"http://{there}/", check=False).stdout.strip()
                for host in (lab.node, lab.user)]
        another = "private" if address.startswith("fe80") else ""  # its own router's has that name, too
        check(seen == ["private", another], f"the router's admin page is at {address}, for its own home only: {seen}")


def no_way_out(lab):
    try:
        sealed(lab.core)
        check(True, "no way leads out of the laboratory")
        lab.core.sh("ip route add default via 81.0.113.21")
        sealed(lab.core)
        check(False, "control: a way out is noticed")
    except Leak as leak:
        check(bool(lab.core.sh("ip route show default")), f"control: a way out is noticed: {leak}")
    lab.core.sh("ip route del default")
    foreign = [prefix for prefix in (ACCESS4, WEB_NET4, ACCESS6, WEB_NET6, delegated6(21), delegated6(31))
               if not ipaddress.ip_network(prefix).is_global]
    check(not foreign, f"its Internet has ordinary global unicast addresses {foreign or ''}")


def switches(lab):
    """Who has learned where the Internet is must find it there when another cable is plugged in."""
    def learned():
        return lab.core.run("ip", "-o", "link", "show", "wan").stdout.split("link/ether")[1].split()[0]
    before = learned()
    lab.core.sh("ip link add late address 00:00:00:00:00:02 type veth; ip link set late master wan; "
                "ip link set late up")
    check(learned() == before, "a switch keeps its address when a cable is plugged in")
    lab.core.sh("ip link del late")


def main():
    lab = Laboratory()
    check(http_get(lab.user, f"http://{WEB4}/") == USER4, "the user's IPv4 is its router's")
    check(http_get(lab.node, f"http://{WEB4}/") == EXIT4, "the node's IPv4 is its router's")
    check(http_get(lab.user, f"http://[{WEB6}]/") == USER6, "the user's IPv6 is its own")
    check(lab.user.run("ping", "-c1", "-W1", BOSON4, check=False).returncode == 0, "boson is reachable")
    check(lab.node.run("curl", "-sS", "-m1", f"http://{USER4}/", check=False).returncode != 0,
          "a router's WAN side drops")
    check(lab.web.run("ping", "-c1", "-W1", "192.168.31.2", check=False).returncode != 0,
          "nobody outside reaches a LAN")
    look_up = ("import socket;s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);s.settimeout(2);"
               "s.sendto(bytes.fromhex('0001010000010000000000000377656207657861'"
               f"'6d706c650000010001'),('{DNS4}',53));print(s.recv(99)[-4:]==socket.inet_aton('{WEB4}'))")
    check(lab.user.run(PYTHON, "-c", look_up).stdout.strip() == "True", "the resolver answers")
    switches(lab)
    pages(lab)
    no_way_out(lab)
    capture = Capture(lab.user_home.router, "l2")
    probes = start_probes(lab.user)
    check(positive_control(capture) > 0, "a capture sees every sort of probe")
    lab.user.nft("table inet t { chain o { type filter hook output priority 0; policy drop; }; }")
    lab.user.run(PYTHON, "-c", "import time; time.sleep(0.2)")
    capture.fresh()
    lab.user.run(PYTHON, "-c", "import time; time.sleep(0.5)")
    check(leaks(capture.fresh(), lambda packet: False) == [], "and nothing when all is dropped")
    lab.user.nft("flush ruleset")
    probes.stop()
    for port, (kind, expected) in enumerate(EXPECTED.items(), 5555):
        found = behaviour(lab, kind, port)
        check(found == expected, f"NAT {kind}: {found}")
    return 1 if check.faults else 0


if __name__ == "__main__":
    sys.exit(main())
