# SPDX-License-Identifier: GPL-3.0-or-later
"""Homes with IPv4 and IPv6, and a server with both: each end is told both addresses of the other, though its
connection to the server has one family. The straight way is IPv6's; when that dies IPv4's takes over without
the relay. Ends whose servers' connections differ in family meet all the same; and who has IPv6 alone meets one
who has both."""
import re
import time

from product import Client, Node, Server, scenario  # makes the others known
from addresses import HOMES4, HOMES6
from host import wait_until
from measure import round_trips
from topology import BOSON4, BOSON6, BOSON_NAME, Laboratory

FOUND_WITHIN = 10
# The homes are one link to IPv4, and each has a network of its own in IPv6.
COUNTED = f"""table bridge families {{
  chain forward {{
    type filter hook forward priority -10; policy accept;
    ip saddr {{ {HOMES4} }} ip daddr {{ {HOMES4} }} meta l4proto udp counter comment "v4"
  }}
}}
table inet families {{
  chain forward {{
    type filter hook forward priority -10; policy accept;
    ip6 saddr {HOMES6} ip6 daddr {HOMES6} meta l4proto udp counter comment "v6"
  }}
}}
"""
DROPPED6 = f"""table inet parted6 {{
  chain forward {{
    type filter hook forward priority 0; policy accept;
    ip6 saddr {HOMES6} ip6 daddr {HOMES6} meta l4proto udp drop
  }}
}}
"""


def packets(lab):
    text = lab.core.run("nft", "list", "ruleset").stdout
    return {name: int(count) for count, name in re.findall(r'packets (\d+) bytes \d+ comment "(v\d)"', text)}


def carries(lab, host):
    """The family whose packets pass while the tunnel is used."""
    before = packets(lab)
    _, lost = round_trips(host, 50, 0.01)
    after = packets(lab)
    grown = {family: after[family] - before[family] for family in after}
    return max(grown, key=grown.get), lost


def knows(host, *addresses):
    """The server's name, in that order."""
    lines = "".join(f"{address} {BOSON_NAME}\\n" for address in addresses)
    host.sh(f"grep -v {BOSON_NAME} /etc/hosts >/tmp/hosts || true; printf '{lines}' >>/tmp/hosts; "
            "cat /tmp/hosts >/etc/hosts")


def goes(client, path, timeout=FOUND_WITHIN):
    try:
        wait_until(lambda: client.status().get("path") == path, timeout, f"the path is {path}")
    except TimeoutError:
        pass  # the check says what there is instead
    status = client.status()
    return status.get("path"), status.get("pathReason")


def body(check):
    lab = Laboratory(straight=True)
    lab.core.nft(COUNTED)
    for host in (lab.node, lab.user):
        knows(host, BOSON6, BOSON4)
    server = Server(lab, stun="[::]:3478")
    node = Node(server, lab.node).wait_online()
    client = Client(server, lab.user)
    client.connect()
    check.equal(goes(client, "direct"), ("direct", "direct"), "a straight way is found")
    wait_until(lambda: carries(lab, lab.user)[0] == "v6", FOUND_WITHIN, "and IPv6 is the way")
    time.sleep(2)  # the spare one is asked now and then
    lab.core.nft(DROPPED6)
    begun, relayed, lost = time.monotonic(), 0, 0
    while time.monotonic() < begun + 6:
        relayed += client.status().get("path") != "direct"
        lost += round_trips(lab.user, 20, 0.01)[1]
    check.equal((carries(lab, lab.user)[0], client.status()["path"]), ("v4", "direct"),
                "when it dies IPv4 takes over")
    check(not relayed, "without the relay", f"{relayed} looks, {lost} pings lost")
    lab.core.nft("delete table inet parted6\n")
    client.disconnect()
    client.process.stop()
    # The server sees one end over IPv4 alone, and the other over IPv6 first.
    lab.user_home.set_nat("symmetric")
    client = Client(server, lab.user)
    client.connect()
    check.equal(goes(client, "direct"), ("direct", "direct"), "behind a symmetric router IPv6 is the way")
    check.equal(carries(lab, lab.user)[0], "v6", "and carries")
    client.disconnect()
    client.process.stop()
    knows(lab.user, BOSON6)
    lab.user.sh("ip -4 route del default")
    client = Client(server, lab.user)
    client.connect()
    check.equal(goes(client, "direct"), ("direct", "direct"), "one with IPv6 alone meets one with both")
    client.disconnect()


if __name__ == "__main__":
    scenario(body)
