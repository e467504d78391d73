# SPDX-License-Identifier: GPL-3.0-or-later
"""The server gets another address, and its name is right at once: node and client find it there by
themselves, within a minute of asking anew, and a client under lockdown connects."""
from product import Client, Node, Server, scenario, wait_until
from addresses import ACCESS_GATEWAY4, EXIT4
from topology import BOSON4, BOSON_NAME, Laboratory

NEW4 = BOSON4.rpartition(".")[0] + ".11"
WITHIN = 45  # a lost connection is noticed after 15 s; a resolver's memory of a minute is too long


def moves(lab, hosts):
    lab.boson.sh(f"ip address del {BOSON4}/24 dev eth0; ip address add {NEW4}/24 dev eth0;"
                 f"ip route replace default via {ACCESS_GATEWAY4}")
    for host in hosts:
        host.sh(f"grep -v '{BOSON_NAME}' /etc/hosts > /run/hosts || true;"
                f"echo '{NEW4} {BOSON_NAME}' >> /run/hosts; cat /run/hosts > /etc/hosts")


def body(check):
    lab = Laboratory()
    server = Server(lab)
    node = Node(server, lab.node).wait_online()
    client, locked = Client(server, lab.user), Client(server, lab.second_user())
    for one in (client, locked):
        one.connect()
    locked.ctl("set", "lockdown", "on")
    locked.ctl("disconnect")
    wait_until(lambda: locked.state() == "blocked", 10, "the second client is locked down")
    moves(lab, (lab.user, lab.user2, lab.node))
    wait_until(lambda: client.state() != "connected", 30, "control: the connection is lost by the move")
    wait_until(lambda: client.state() == "connected", WITHIN, "the client is connected again")
    check(True, "the client that was connected is connected again by itself")
    check.equal(client.exit4(), EXIT4, "and out at the same home")
    wait_until(lambda: node.status()["state"] == "sharing" and node.status()["signalLink"], WITHIN, "the node shares")
    check(True, "the node is back at its server")
    done = locked.ctl("connect", "US", "--wait=30", check=False)
    check(done.returncode == 0, "the client under lockdown connects", (done.stdout + done.stderr).strip()[:160])


scenario(body)
