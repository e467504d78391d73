# SPDX-License-Identifier: GPL-3.0-or-later
"""A node and a server that is not like ours: names of other machines, refusals, and orders that
would do the home harm."""
import uuid

import product  # noqa: F401  finds the laboratory's modules
from addresses import WEB_NET6, public4
from product import Node, scenario, wait_until
from scripted_boson import ScriptedBoson
from topology import BOSON_NAME, Laboratory

OTHER4, OTHER_NAME = public4(11), "other.example"


def names_of_other_machines(check, lab, server, node):
    """STUN and a relay elsewhere; what the node then says of itself."""
    network = server.sent("/register")[0]["networkInfo"]
    check(server.asked_stun, "the STUN server is asked where its own name points")
    check.equal(network["stunMappedAddress"], node.status()["mappedAddress"], "its answer is told")
    check.equal(network["ipv4"], "192.168.21.2", "the machine's own address is told")
    told = server.sent("/register")[0]["metrics"]
    check(all(isinstance(told[name], (int, float)) for name in (
        "latency", "jitter", "packetLoss", "cpuUsage", "memoryUsage")), "and how line and machine are")
    check(network["localPort"] != 51820, "and the port that the mapping is of", network["localPort"])
    session, key = str(uuid.uuid4()), guest_key(lab)
    server.accepted.clear()
    server.offer(session, key, "10.86.0.2/32", relay_host=OTHER_NAME)
    relay = server.link(session)
    check(OTHER4 in server.accepted, "a relay of another name is dialled where that points")
    wait_until(lambda: node.status()["guests"] == 1, 5, "the guest is there")
    relay.control(session, "disconnect")
    wait_until(lambda: node.status()["guests"] == 0, 5, "a disconnect on the relay ends the guest")
    wait_until(lambda: not relay.open, 5, "and the connection")
    check.equal(relay.close_code, 1000, "it is closed in order")


def guest_key(lab):
    private = lab.user.run("wg", "genkey").stdout
    return lab.user.run("wg", "pubkey", stdin=private).stdout.strip()


def addresses_of_others(check, lab, server, node):
    """What no guest may have, and then, as the control, what one may."""
    good, key = str(uuid.uuid4()), guest_key(lab)
    for wrong in ("8.8.8.8/32", "192.168.21.50/32", "10.86.0.1/32", "10.86.0.0/24"):
        server.offer(str(uuid.uuid4()), guest_key(lab), wrong)
    server.offer(good, key, "10.86.0.3/32")
    server.link(good)
    server.offer(str(uuid.uuid4()), guest_key(lab), "10.86.0.3/32")
    last = str(uuid.uuid4())
    server.offer(last, guest_key(lab), "10.86.0.4/32")
    server.link(last)  # messages are taken in order: those before it have been judged
    allowed = lab.node.run("wg", "show", node.interface, "allowed-ips").stdout
    check.equal(sorted(line.split()[1] for line in allowed.splitlines()),
                ["10.86.0.3/32", "10.86.0.4/32"], "guests have guests' addresses only")
    check(f"{key}\t10.86.0.3/32" in allowed, "and nobody takes one from another")


def a_refused_signal_link(check, server):
    before = len(server.sent("/register"))
    server.refuse_signal = 1
    server.link("/signal").cut()
    wait_until(lambda: len(server.sent("/register")) > before, 10,
               "a signal link that is refused makes the node register")
    check(server.link("/signal"), "and then it is opened")


def networks_of_others(check, lab, server, node):
    """What must not be routed into the tunnel: the home, and the Internet."""
    node.ctl("off")
    for network4, network6 in (("192.168.21.0/24", "fd86::/64"), ("8.8.8.0/24", "fd86::/64"),
                               ("0.0.0.0/0", "fd86::/64"), ("10.86.0.0/16", WEB_NET6)):
        server.tunnel = {"network4": network4, "network6": network6}
        before = len(server.sent("/register"))
        routes = lab.node.sh("ip route; ip -6 route")
        node.ctl("on", check=False)
        wait_until(lambda: node.status()["problem"] == "exit_failed", 10,
                   f"nothing is shared with {network4} and {network6}")
        check(lab.node.sh("ip route; ip -6 route") == routes, "no route is touched")
        check.equal(len(server.sent("/register")), before, "and nobody is told of the node")
        node.ctl("off")
    server.tunnel = {"network4": "10.99.0.0/16", "network6": "fd99::/64"}
    node.ctl("on")
    node.wait_online()
    check(True, "and with private ones of nobody's it shares")


def body(check):
    lab = Laboratory()
    lab.boson.address("eth0", f"{OTHER4}/24")
    lab.node.sh(f"echo {OTHER4} {OTHER_NAME} >> /etc/hosts")
    server = ScriptedBoson(lab.boson, BOSON_NAME, OTHER4)
    server.stun = {"host": OTHER_NAME, "port": 3478}
    node = Node(server, lab.node).wait_online()
    names_of_other_machines(check, lab, server, node)
    addresses_of_others(check, lab, server, node)
    a_refused_signal_link(check, server)
    networks_of_others(check, lab, server, node)


scenario(body)
