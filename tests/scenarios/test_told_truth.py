# SPDX-License-Identifier: GPL-3.0-or-later
"""What client and node say of their ways is what is so: a port that another program has, a firewall of this machine and
one of the network, guests who stay while the server is away, and who leave meanwhile, and who come by TURN."""
from product import Client, Node, Server, scenario  # makes the others known
import turn
from host import wait_until
from test_turn import goes, named
from topology import Laboratory

PORT = 51820
HOLD = f"import socket, time; s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); s.bind(('::', {PORT})); " \
       "print('held', flush=True); time.sleep(600)"
LEFT_WITHIN, KNOWN_WITHIN, BACK_WITHIN = 10, 40, 45
SHUT = "table inet shut\ndelete table inet shut\n"


def own_firewall(host):
    host.nft(SHUT + "table inet shut {\n  chain out {\n    type filter hook output priority 0;\n"
             '    oifname "hg*" accept\n'
             "    meta l4proto udp udp dport != 53 ip daddr != 127.0.0.0/8 drop\n"
             "    meta l4proto udp ip6 daddr != ::1 drop\n  }\n}\n")


def network_firewall(home):
    home.router.nft(SHUT + "table inet shut {\n  chain through {\n    type filter hook forward priority -10;\n"
                    "    meta l4proto udp udp dport != 53 drop\n  }\n}\n")


def opened(host):
    host.nft(SHUT)


def moves(host):
    """So that all is asked at once."""
    host.sh("ip address add 10.99.99.1/32 dev lo; ip address delete 10.99.99.1/32 dev lo")


def said(daemon):
    return daemon.ctl("status").stdout + daemon.ctl("diagnose", check=False).stdout


def a_port_taken(check, node, holder):
    status = node.status()
    check.equal([status["udpPortTaken"], status["udpPort"] != PORT], [PORT, True], "a port that another program has: it is said")
    advice = status["pathAdvice"]["text"]
    check(f"Another program on this computer has UDP port {PORT}" in advice and "forward UDP" not in advice,
          "and nobody is told to forward it", advice)
    holder.kill()
    moves(node.host)
    wait_until(lambda: node.status()["udpPort"] == PORT, BACK_WITHIN, f"the port is taken back: {node.status()['udpPort']}")
    status = wait_until(lambda: node.status()["mappedAddress"] and node.status(), 10, "and has a mapping")
    check.equal(status["udpPortTaken"], None, "and taken back when it is free")
    check(f"forward UDP port {PORT}" in wait_until(
        lambda: "forward" in node.status()["pathAdvice"]["text"] and node.status()["pathAdvice"]["text"], 20,
        "the router is known by it"), "and then it is the one to forward")


def nothing_else(check, daemon, words, never, claim):
    text = said(daemon)
    found = [each for each in never if each in text]
    check(words in text and not found, claim, found or [line.strip() for line in text.splitlines() if words in line][:2])


NAMES = ("PortRestricted", "RestrictedCone", "FullCone", "Symmetric", "seen as")


def a_client_shut_in(check, lab, client):
    for name, shut, words, never, cause in (
            ("the network's firewall", lambda: network_firewall(lab.user_home), "no UDP gets through", "firewall of this machine",
             "own_udp_blocked"),
            ("this machine's", lambda: own_firewall(lab.user), "a firewall on this machine lets no UDP out", "network here",
             "own_firewall")):
        client.connect()
        moves(lab.user)  # its server may have gone while it was asked
        wait_until(lambda: client.status()["natType"] not in ("Unknown", "Blocked"), KNOWN_WITHIN, "the router is known")
        shut()
        moves(lab.user)
        wait_until(lambda: client.status()["natType"] == "Blocked", KNOWN_WITHIN, f"{name}: UDP is found blocked")
        wait_until(lambda: client.status()["path"] == "relay", 15, f"the relay carries: {client.status()}")
        status = wait_until(lambda: client.status().get("pathAdvice") and client.status(), 10, "there is advice")
        check.equal([status["pathAdvice"]["why"], status["mappedAddress"]], [cause, None], f"{name}, at the client: it is named")
        nothing_else(check, client, words, (*NAMES, never), f"{name}, at the client: and nothing that contradicts it is said")
        opened(lab.user)
        opened(lab.user_home.router)
        moves(lab.user)
        wait_until(lambda: client.status()["natType"] not in ("Unknown", "Blocked"), KNOWN_WITHIN, "the router is known again")
        nothing_else(check, client, "seen as", ("no UDP", "lets no UDP"), f"{name} gone: nothing of it is left")
        client.disconnect()


def a_node_shut_in(check, lab, node):
    own_firewall(lab.node)
    node.ctl("off")
    node.ctl("on", check=False)
    wait_until(lambda: node.status()["state"] == "problem", 20, "the node shares nothing")
    text = said(node)
    check("a firewall on this machine refuses UDP" in text and "no STUN server answers" not in text,
          "this machine's firewall, at the node: it is named", [line for line in text.splitlines() if "irewall" in line][:2])
    opened(lab.node)
    node.ctl("off")
    node.ctl("on")
    node.wait_online()


def guests_without_a_server(check, server, node, client):
    client.connect()
    goes(client, "direct", 20)
    wait_until(lambda: node.status()["guestPaths"]["direct"] == 1, 5, "the node goes that way, too")
    server.process.kill()
    wait_until(lambda: not node.status()["signalLink"], 30, "the node sees that the server has gone")
    state = wait_until(lambda: [line for line in node.ctl("status").stdout.splitlines() if line.startswith("State")], 5,
                       "a state")[0]
    check("Sharing with one guest who came before" in state, "a guest stays without a server: it is not said that nothing is shared",
          state)
    check.equal(client.exit4() != "", True, "positive control: and it is carried")
    client.ctl("disconnect")
    wait_until(lambda: not node.guests(), LEFT_WITHIN, f"a guest who left is not listed: {node.guests()}")
    check(True, f"a guest who leaves without a server is not listed {LEFT_WITHIN} s later")
    server.start()
    node.wait_online(40)
    client.connect()
    goes(client, "direct", 20)
    check(True, "and may come again")
    client.disconnect()


def by_turn(check, lab, server, node, client):
    relay = lab.turn()
    server.process.stop()
    server.options = named(relay)
    server.start()
    node.wait_online(40)
    client.connect("US", "--path", "turn")
    goes(client, "turn", 20)
    wait_until(lambda: node.status()["guestPaths"]["turn"] == 1, 5, "the node goes that way, too")
    check("1 through TURN" in node.ctl("diagnose", check=False).stdout, "a guest by TURN stands in the diagnosis")
    check("1 through TURN" in node.ctl("status").stdout, "and in the status")


def body(check):
    lab = Laboratory(straight=True)
    holder = lab.node.start("holder", "/usr/bin/python3", "-c", HOLD).wait_for("held")
    server = Server(lab)
    node = Node(server, lab.node, options=("--udp-port", str(PORT))).wait_online()
    a_port_taken(check, node, holder)
    client = Client(server, lab.user)
    guests_without_a_server(check, server, node, client)
    a_client_shut_in(check, lab, client)
    a_node_shut_in(check, lab, node)
    if turn.available():
        by_turn(check, lab, server, node, client)


if __name__ == "__main__":
    scenario(body)
