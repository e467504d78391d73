# SPDX-License-Identifier: GPL-3.0-or-later
"""The home's router by its own addresses: its admin page answers on all of them, and a guest gets none of
it, whichever way the server answers STUN, and however often the line gets a new address."""
from product import Client, Node, Server, scenario  # makes the others known
from host import wait_until
from topology import BOSON4, BOSON6, BOSON_NAME, Laboratory

RECOVERY = 60
# Global unicast addresses, which no exception of the node's owner has to cover.
HOME6, WAN6, NEW4 = "2a00:21:0:1::", "2a00:113::21", "203.0.113.77"
OTHER_WAN6 = "2a00:999::21"  # nothing tells of this one
WEB4, WEB6 = "1.2.3.4", "2620:fe::fe"


class StrictNode(Node):
    """But for the router's own IPv4 address, which is one of documentation."""

    def command(self):
        words = super().command()
        while "--exit-allow" in words:
            at = words.index("--exit-allow")
            del words[at:at + 2]
        return words + ["--exit-allow", "203.0.113.0/24"]


def household():
    lab = Laboratory(node_nat="symmetric")  # a masquerade, which takes the address that there is
    for address, via in ((WEB4, "198.51.100.80"), (WEB6, "2001:db8:51::80")):
        lab.web.address("eth0", f"{address}/{128 if ':' in address else 32}")
        lab.core.sh(f"ip {'-6' if ':' in address else '-4'} route add {address} via {via}")
    lab.core.address("wan", "2a00:113::1/64")
    lab.core.sh(f"ip -6 route add {HOME6}/64 via {WAN6}; ip -6 route add 2a00:999::/64 via {WAN6}")
    router = lab.node_home.router
    router.address("wan", f"{WAN6}/64", f"{OTHER_WAN6}/128")
    router.address("lan", f"{HOME6}1/64")
    lab.node.address("eth0", f"{HOME6}2/64")
    # Where the server is, by both families, and IPv6 first: as the resolver has it.
    lab.node.sh(f"sed -i '/{BOSON_NAME}/d' /etc/hosts; printf '{BOSON6} {BOSON_NAME}\\n{BOSON4} "
                f"{BOSON_NAME}\\n' >> /etc/hosts")
    return lab


def page(host, address, timeout=2):
    """Whether somebody answers there at all."""
    host_part = f"[{address}]" if ":" in address else address
    done = host.run("curl", "-sg", "--http0.9", "-m", timeout, "-o", "/dev/null", "-w", "%{time_connect}",
                    f"http://{host_part}/", check=False)
    return done.stdout not in ("", "0.000000")


def closed(check, lab, addresses, what):
    own = [address for address in addresses if not page(lab.node, address, 5)]
    check(not own, f"{what}: control: in the home the router's page answers", own or "")
    reached = [address for address in addresses if page(lab.user, address)]
    check(not reached, f"{what}: a guest gets the router's page at none of its {len(addresses)} addresses",
          reached or "")


def new_address(check, lab, node, client):
    """The nightly reconnection: another address, while everything goes on."""
    router = lab.node_home.router
    router.sh(f"ip address del 203.0.113.21/24 dev wan; ip address add {NEW4}/24 dev wan; "
              "ip route replace default via 203.0.113.1")
    rules = "nft list set inet higgs_node router4"
    wait_until(lambda: NEW4 in lab.node.sh(f"{rules} 2>/dev/null || true"), 30,
               "the node has found out its router's new address")
    check("203.0.113.21" in lab.node.sh(rules), "and keeps the old one closed")
    client.wait_state("connected", timeout=RECOVERY)
    closed(check, lab, [NEW4], "after a new address")


def silent(check, lab, server, node):
    """A family about which nobody answers carries no guest, and without IPv4 nothing is shared."""
    lab.boson.nft("table inet quiet { chain i { type filter hook input priority 0; "
                  "meta nfproto ipv6 udp dport 3478 drop; }; }")
    node.ctl("off")
    node.ctl("on")
    node.wait_online(RECOVERY)
    rules = lab.node.sh("nft list chain inet higgs_node from_guest")
    check("reject with icmpv6 no-route" in rules, "no answer over IPv6: guests have no IPv6")
    lab.boson.nft("delete table inet quiet; table inet quiet { chain i { type filter hook input priority 0; "
                  "udp dport 3478 drop; }; }")
    wait_until(lambda: node.status()["problem"] == "exit_failed", 90,
               "no answer at all: the node stops sharing")
    check("public address is not known" in node.status()["problemDetail"], "and says why",
          node.status()["problemDetail"])
    wait_until(lambda: not server.nodes(), 20, "and the server offers it no more")
    node.ctl("off")
    node.ctl("on", check=False)
    wait_until(lambda: node.status()["problem"] == "exit_failed", 30, "nor does it begin to share")
    lab.boson.nft("delete table inet quiet")
    node.wait_online(RECOVERY)
    check(True, "with an answer it shares again")


def body(check):
    lab = household()
    server = Server(lab)
    server.process.stop()
    server.options = ("--stun", "[::]:3478")
    server.start()
    node = StrictNode(server, lab.node).wait_online(RECOVERY)
    client = Client(server, lab.user)
    client.connect()
    for address in (WEB4, WEB6):
        check(page(lab.user, address, 5), f"control: a guest reaches {address}")
    closed(check, lab, ["203.0.113.21", "192.168.21.1", f"{HOME6}1", WAN6, OTHER_WAN6], "dual stack")
    check.equal(node.status()["mappedAddress"].split(":")[0], "203.0.113.21", "the server is told IPv4")
    new_address(check, lab, node, client)
    client.ctl("disconnect")
    silent(check, lab, server, node)


if __name__ == "__main__":
    scenario(body)
