# SPDX-License-Identifier: GPL-3.0-or-later
"""A client and its exit in one home: the way between them stays in it, whatever the router makes of packets to
its own outside, and whatever the two machines' own firewalls let in. And who names machines of that home, from
inside or from outside, has next to nothing written to them."""
import collections
import json
import time

from product import Client, Node, Server, scenario  # makes the others known
from addresses import BOSON4, BOSON6, BOSON_NAME, WEB4
from capturing import Capture
from host import wait_until
from measure import lost_of
from topology import HERE, PYTHON, Internet

FOUND_WITHIN = 3
OWN_FIREWALL = """table inet own {
  chain input {
    type filter hook input priority 0; policy drop;
    iifname != "eth0" accept
    ct state established,related accept
    meta l4proto { 1, 58 } accept
  }
}
"""
NODE, CLIENT = 2, 4  # the last numbers of their addresses
KNOCKS_AT_MOST = 4 * 3  # addresses of a session, and probes of each
# Name, router, what else is known of it, and who has a firewall of its own.
HOMES = (
    ("a router without hairpin", "port-restricted", {"ipv6": "none"}, ()),
    ("with the node's own firewall", "port-restricted", {"ipv6": "none"}, ("node",)),
    ("with both machines' own firewalls", "port-restricted", {"ipv6": "none"}, ("node", "client")),
    ("behind a symmetric router, with both firewalls", "symmetric", {"ipv6": "none"}, ("node", "client")),
    ("with hairpin, and the node's own firewall", "full-cone", {"ipv6": "none", "hairpin": True}, ("node",)),
    ("with IPv6, and both firewalls", "port-restricted", {}, ("node", "client")),
    ("with public addresses, and both firewalls", "firewall", {"ipv6": "none"}, ("node", "client")),
)
TELL = f"import sys, time, json; sys.path.insert(0, {HERE!r})\n" + f"""
from hostile_end import HostileGuest
guest = HostileGuest({BOSON4!r})
for line in sys.stdin:
    guest.tell(json.loads(line))
    time.sleep(0.5)
print("told", flush=True)
time.sleep(3)
"""


class Home:
    """A node and a client behind one router."""

    def __init__(self, internet, server, number, row):
        self.name, kind, options, firewalls = row
        self.home = internet.home(f"router{number}", number, kind, **options)
        self.node_pc = self.home.pc(f"node{number}", NODE)
        self.client_pc = self.home.pc(f"client{number}", CLIENT)
        for pc, who in ((self.node_pc, "node"), (self.client_pc, "client")):
            if self.home.ipv6 != "none":
                pc.sh(f"echo '{BOSON6} {BOSON_NAME}' >>/etc/hosts")
            if who in firewalls:
                pc.nft(OWN_FIREWALL)
        self.server = server

    def start(self):
        self.node = Node(self.server, self.node_pc).wait_online()
        self.client = Client(self.server, self.client_pc)
        return self

    def inside(self, number):
        return {f"{self.home.lan4}.{number}", f"{self.home.lan6}{number}"}

    def stop(self):
        self.client.process.stop()
        self.node.process.stop()


def same_lan(check, home):
    began = time.monotonic()
    home.client.connect("US", "--node", home.node.identity())
    stands = time.monotonic() - began
    wait_until(lambda: home.client.status().get("path") == "direct", FOUND_WITHIN,
               f"{home.name}: the path is direct: {home.client.status()}")
    check(True, f"{home.name}: the way is straight", f"{stands:.2f} s, {time.monotonic() - began:.2f} s")
    wait_until(lambda: home.client.status().get("pathReason") == "same_lan", FOUND_WITHIN,
               f"{home.name}: it is said to be inside: {home.client.status()}")
    wait_until(lambda: home.node.guests()[0]["path"] == "direct", FOUND_WITHIN, f"{home.name}: the node's, too")
    cable = Capture(home.home.router, f"l{CLIENT}", "client")
    relayed = home.server.metric("boson_relay_bytes_total")
    check.equal(lost_of(home.client_pc, 100, 0.01, WEB4), 0, f"{home.name}: 100 pings go that way, none lost")
    check(home.server.metric("boson_relay_bytes_total") - relayed < 2000, f"{home.name}: past the server")
    sent = []

    def within():
        sent.extend(packet for packet in cable.fresh() if packet.protocol == "udp" and packet.length > 100)
        return sum(packet.target in home.inside(NODE) for packet in sent)
    wait_until(lambda: within() >= 95, 5, lambda: f"{home.name}: they go from machine to machine: "
               f"{collections.Counter((packet.target, packet.target_port) for packet in sent)}")
    check(len(sent) - within() < 20, f"{home.name}: from machine to machine", f"{within()} of {len(sent)} datagrams")


def hostile(check, internet, home):
    """The home's other machines are named by somebody outside, and by somebody who is in it."""
    lan = home.home.lan4
    names = [f"{lan}.{number}:40000" for number in range(50, 62)]
    claim = ["srflx", f"{home.home.public4}:50000"]
    lines = [[claim] + [["host", name] for name in names[at:at + 4]] for at in range(0, len(names), 4)]
    text = "\n".join(map(json.dumps, lines)) + "\n"
    nas = home.home.pc("nas", 50)
    nas.address("eth0", *(f"{lan}.{number}/24" for number in range(51, 62)))
    evil = internet.home("evilrouter", 61, "open", ipv6="none").pc("evil", 2)
    cable = Capture(home.home.router, f"l{NODE}", "node")

    def written():
        return [packet for packet in cable.fresh()
                if packet.protocol == "udp" and packet.target.startswith(f"{lan}.") and packet.target_port == 40000]

    evil.run(PYTHON, "-c", TELL, stdin=text, timeout=60)
    check.equal(written(), [], "who is elsewhere and names this home's machines has nothing written to them")
    for each in range(3):  # a session each
        home.client_pc.run(PYTHON, "-c", TELL, stdin=text, timeout=60)
        came = len(written())
        check((each > 0 or came > 0) and came <= KNOCKS_AT_MOST, "who is in it has little", f"{came} datagrams")


def body(check):
    internet = Internet()
    server = Server(internet, stun="[::]:3478")
    homes = [Home(internet, server, 21 + place, row) for place, row in enumerate(HOMES)]
    for home in homes:
        home.start()
        same_lan(check, home)
        home.client.disconnect()
        if home is homes[0]:
            hostile(check, internet, home)
        home.stop()


if __name__ == "__main__":
    scenario(body)
