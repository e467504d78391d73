# SPDX-License-Identifier: GPL-3.0-or-later
"""TURN between homes that have no family in common, and by a server that has IPv6 alone: a client with IPv6 alone reaches
an exit with IPv4 alone by an allocation of IPv4, asked for over IPv6; where the server has IPv4 alone, by the provider's
translation, whose resolver is asked for the server's name while the tunnel's stands in resolv.conf; and where the server
relays from IPv6 only, an exit with both is met there."""
import re
import time

from product import Client, Node, Server, sandbox, scenario  # makes the others known
import turn
from addresses import BOSON4, BOSON6, BOSON_NAME, TURN4, TURN6, TURN_NAME
from host import wait_until
from measure import lost_of
from test_turn import named
from topology import Laboratory

FOUND_WITHIN = 20  # two or three where the machine does nothing else
BOTH = "printf '" + "".join(f"{address} {name}\\n" for address, name in (
    (BOSON6, BOSON_NAME), (BOSON4, BOSON_NAME), (TURN6, TURN_NAME), (TURN4, TURN_NAME))) + "' >/etc/hosts"
COUNTED = f"""table inet relayed {{
  chain input {{
    type filter hook input priority -10; policy accept;
    ip daddr {TURN4} udp dport 49152-65535 counter comment "v4"
    ip6 daddr {TURN6} udp dport 49152-65535 counter comment "v6"
  }}
}}
"""


def relayed(relay):
    """Datagrams that came to allocations, by family."""
    text = relay.host.run("nft", "list", "table", "inet", "relayed").stdout
    return {name: int(count) for count, name in re.findall(r'packets (\d+) bytes \d+ comment "(v\d)"', text)}


def goes(check, name, client, country, relay, family):
    begun = time.monotonic()
    client.connect(country)
    wait_until(lambda: client.status().get("path") == "turn", FOUND_WITHIN,
               f"{name}: the path is turn: {client.status()}")
    check(True, f"{name}: a way by TURN is found", f"{time.monotonic() - begun:.1f} s")
    before = relayed(relay)
    check.equal(lost_of(client.host, 100), 0, f"{name}: 100 pings go that way, none lost")
    after = relayed(relay)
    grown = {each: after[each] - before[each] for each in after}
    check(grown[family] >= 50 > sum(grown.values()) - grown[family], f"{name}: the exit sends to the server's {family}",
          grown)
    check.equal(client.status()["pathReason"], "turn_relay", f"{name}: the status says why")
    client.disconnect()


def body(check):
    lab = Laboratory(user_home={"ipv4": False}, node_home={"ipv6": "none"})  # no straight way is let through
    lab.internet.nat64()
    relay = lab.turn()
    relay.host.nft(COUNTED)
    server = Server(lab, *named(relay), stun="[::]:3478")
    Node(server, lab.node).wait_online()
    both = lab.second_node()
    both.sh(BOTH)
    Node(server, both, country="CA", region=None, interface="hgnode2").wait_online()
    client = Client(server, lab.user)
    goes(check, "IPv6 alone to IPv4 alone, by the translation", client, "US", relay, "v4")
    lab.user.sh(BOTH)  # IPv4's lead nowhere from there
    goes(check, "IPv6 alone to IPv4 alone", client, "US", relay, "v4")
    relay.stop()
    six = turn.Turn(relay.host, ipv4=False)
    goes(check, "a server with IPv6 alone", client, "CA", six, "v6")


if __name__ == "__main__":
    if not turn.available():
        print("skipped: there is no turnserver (package coturn)")
        raise SystemExit(sandbox.SKIPPED)
    scenario(body)
