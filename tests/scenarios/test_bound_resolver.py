# SPDX-License-Identifier: GPL-3.0-or-later
"""A resolver of the PC that asks by sockets bound to its network card, as NetworkManager's dnsmasq does: no route leads
them into the tunnel, and no answer from there would reach them. While connected it is answered all the same, from
inside; nobody on the LAN can ask by that way, and nothing is left of it afterwards."""
import shutil
import sys

from product import Whole, sandbox, scenario  # makes the others known
from capturing import Capture, leaks
from host import wait_until
from topology import DNS4, DNS6, Laboratory, PYTHON, WEB4
from watching import to_server

# One question for an address by UDP (or none but a connection by TCP), from a socket bound to the card: what came back, and from whom.
ASK = r"""
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_STREAM if sys.argv[5:] else socket.SOCK_DGRAM)
if sys.argv[2]: s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, sys.argv[2].encode())
s.settimeout(float(sys.argv[4]))
try:
    if sys.argv[5:]: s.connect((sys.argv[1], int(sys.argv[3])))
    s.sendto(b"\0\1\1\0\0\1\0\0\0\0\0\0\4name\7example\0\0\1\0\1", (sys.argv[1], int(sys.argv[3])))
    answer, sender = s.recvfrom(2000)
    print(socket.inet_ntoa(answer[-4:]), sender[0])
except OSError as error: print(type(error).__name__)
"""


def ask(host, server, card="eth0", port=53, within=5, how=()):
    return host.run(PYTHON, "-c", ASK, server, card, port, within, *how, timeout=20).stdout.split()


def relay_ports(user):
    """Where the daemon listens on the card by UDP."""
    return [int(line.split()[3].rpartition(":")[2]) for line in user.sh("ss -Hlnup").splitlines()
            if "higgs-vpnd" in line and "%eth0" in line]


def body(check):
    lab = Laboratory()
    user, router = lab.user, lab.user_home.router
    resolver = lab.user_home.lan4 + ".1"
    neighbour = lab.second_user()
    router.start("dns", "dnsmasq", "-k", "-C", "/dev/null", "--no-resolv", "--no-hosts", f"--server={DNS4}",
                 "--user=root", "--group=root", "--pid-file=")
    user.start("dnsmasq", "dnsmasq", "-k", "-C", "/dev/null", "--no-resolv", "--no-hosts", "--cache-size=0",
               f"--server={resolver}@eth0", "--listen-address=127.0.0.1", "--bind-interfaces", "--user=root",
               "--group=root", "--pid-file=")
    own = "127.0.0.1", ""
    wait_until(lambda: ask(user, *own) == [WEB4, "127.0.0.1"], 10, "control: the PC's own resolver answers")
    check.equal(ask(user, resolver), [WEB4, resolver], "control: and a question bound to the card")
    whole = Whole(lab)
    client = whole.client
    capture = Capture(router, "l2", "cable")
    for lan in ("off", "on"):
        client.ctl("set", "lan", lan)
        client.connect()
        wait_until(lambda: relay_ports(user), 10, "the relay listens")
        capture.fresh()
        check.equal(ask(user, *own), [WEB4, "127.0.0.1"], f"LAN {lan}: the PC's own resolver answers")
        check.equal(ask(user, resolver), [WEB4, resolver], f"LAN {lan}: a question bound to the card is answered")
        check.equal(ask(user, DNS4), [WEB4, DNS4], f"LAN {lan}: whomever it asks")
        check.equal(ask(user, DNS6), [WEB4, DNS6], f"LAN {lan}: by IPv6, too")
        if lan == "off":
            check.equal(ask(user, resolver, how=["tcp"]), ["ConnectionRefusedError"], "by TCP it is refused at once")
        check.equal(ask(user, resolver, ""), [WEB4, resolver], f"LAN {lan}: one that is bound to nothing")
        outside = leaks(capture.fresh(), to_server)
        check(not outside, f"LAN {lan}: nothing left beside the tunnel", outside[:2])
        for port in relay_ports(user):
            check(ask(neighbour, lab.user_home.lan4 + ".2", "eth0", port, 1)[:1] != [WEB4],
                  f"LAN {lan}: the LAN has no resolver in this PC")
        client.disconnect()
        wait_until(lambda: not relay_ports(user), 10, "nobody listens any more")
        check.equal(ask(user, resolver), [WEB4, resolver], f"LAN {lan}: after the disconnect as before")


if __name__ == "__main__":
    if not shutil.which("dnsmasq"):
        print("skipped: dnsmasq is not installed")
        sys.exit(sandbox.SKIPPED)
    scenario(body)
