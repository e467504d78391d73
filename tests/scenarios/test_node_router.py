# SPDX-License-Identifier: GPL-3.0-or-later
"""The home's router by its own addresses: its admin page answers on all of them, and a guest gets none of
it, whichever way the server answers STUN, and however often the line gets a new address."""
from product import Client, Node, Server, scenario  # makes the others known
from addresses import ACCESS_GATEWAY4, EXIT4, WEB4, WEB6, public4
from host import wait_until
from sandbox import SPACE
from topology import BOSON4, BOSON6, BOSON_NAME, HERE, PYTHON, Laboratory

RECOVERY = 60
NEW4, OTHER_WAN6 = public4(77), "2a02:999::21"  # nothing tells of the latter

# The second line is the first that a router reads.
NAME_PORT_22 = """
import socket, sys
s = socket.create_connection((sys.argv[1], 21), 5)
s.recv(100)
s.sendall(b"USER x\\r\\n")
s.recv(100)
s.sendall(b"PORT 192,168,21,2,0,22\\r\\n")
s.settimeout(5)
s.recv(100)
"""


def household():
    lab = Laboratory(node_nat="symmetric")  # a masquerade, which takes the address that there is
    lab.core.sh(f"ip -6 route add {OTHER_WAN6} via {lab.node_home.wan6}")
    lab.node_home.router.address("wan", f"{OTHER_WAN6}/128")
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
    router.sh(f"ip address del {EXIT4}/24 dev wan; ip address add {NEW4}/24 dev wan; "
              f"ip route replace default via {ACCESS_GATEWAY4}")
    rules = "nft list set inet higgs_node router4"
    wait_until(lambda: NEW4 in lab.node.sh(f"{rules} 2>/dev/null || true"), 30,
               "the node has found out its router's new address")
    check(EXIT4 in lab.node.sh(rules), "and keeps the old one closed")
    client.wait_state("connected", timeout=RECOVERY)
    closed(check, lab, [NEW4], "after a new address")


def read_along(check, lab):
    """A router that reads along in FTP, to open a port for whoever is named there (NAT slipstreaming)."""
    router, node = lab.node_home.router, lab.node
    reads = router.run("nft", "-f", "-", check=False, stdin='table ip along { ct helper f { type "ftp" protocol '
                       'tcp; }; chain p { type filter hook prerouting priority 0; tcp dport 21 ct helper set "f"; }; }')
    if reads.returncode != 0:
        print("     not tried: this kernel cannot read along")
        return
    node.start("owners", PYTHON, f"{HERE}/logger.py", f"{SPACE}/owners.hits", "22").wait_for("ready")
    server = lab.web.start("ftp", PYTHON, f"{HERE}/ftp_server.py").wait_for("ready")
    node.run(PYTHON, "-c", NAME_PORT_22, WEB4)
    wait_until(lambda: "got private" in server.text(), 10, "control: what the owner names is open to the Internet")
    heard = server.text()
    check(True, "control: the router opens the port that the owner's own FTP names")
    done = lab.user.run(PYTHON, "-c", NAME_PORT_22, WEB4, check=False, timeout=30)
    check(done.returncode != 0 and server.text() == heard, "a guest's FTP opens no port of the home's",
          server.text()[len(heard):])
    server.stop()
    router.nft("delete table ip along")


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
    node = Node(server, lab.node).wait_online(RECOVERY)
    client = Client(server, lab.user)
    client.connect()
    for address in (WEB4, WEB6):
        check(page(lab.user, address, 5), f"control: a guest reaches {address}")
    closed(check, lab, [*lab.node_home.admin_addresses(), OTHER_WAN6], "dual stack")
    check.equal(node.status()["mappedAddress"].split(":")[0], EXIT4, "the server is told IPv4")
    read_along(check, lab)
    new_address(check, lab, node, client)
    client.ctl("disconnect")
    silent(check, lab, server, node)


if __name__ == "__main__":
    scenario(body)
