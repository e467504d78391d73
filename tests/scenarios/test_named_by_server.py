# SPDX-License-Identifier: GPL-3.0-or-later
"""A hostile server names machines of a node's home, which stands inside the router: as relay of a
session, and as STUN server, whose question a router reads as an order to open a port. Nobody is
dialled; and the server's own address is."""
import uuid

import product  # noqa: F401  finds the laboratory's modules
from capturing import Capture
from listening import listen
from product import Node, scenario, wait_until
from scripted_boson import ScriptedBoson
from topology import BOSON4, BOSON_NAME, PYTHON, Laboratory

NODE_PC, ROUTER, NAS = "192.168.21.2", "192.168.21.1", "192.168.21.50"


def guest_key(lab):
    private = lab.user.run("wg", "genkey").stdout
    return lab.user.run("wg", "pubkey", stdin=private).stdout.strip()


def reached(captures, targets, source):
    packets = [p for capture in captures for p in capture.fresh()]
    return sorted({(p.protocol, p.target, p.target_port) for p in packets if
                   p.protocol in ("tcp", "udp") and p.target in targets and p.source == source})


def refusals(node, address):
    return node.process.text().count(f"({address}")


def home_of_the_node(check, lab):
    lab.nas()
    lab.node.sh(f"echo {NAS} nas.example >> /etc/hosts")
    captures = [Capture(lab.node_home.router, "l2", "home"), Capture(lab.nas_host, "eth0", "nas")]
    service = listen(lab.node, "127.0.0.1")
    server = ScriptedBoson(lab.boson, BOSON_NAME, BOSON4)
    node = Node(server, lab.node, options=("--port-mapping", "off")).wait_online()  # it would ask the router by itself
    for host in (NAS, ROUTER, "127.0.0.1", "nas.example"):
        server.offer(str(uuid.uuid4()), guest_key(lab), f"10.86.0.{server.guests + 2}/32",
                     relay_host=host)
    good = str(uuid.uuid4())
    server.offer(good, guest_key(lab), "10.86.0.99/32")
    check(server.link(good), "a relay where the server itself was met is dialled")
    wait_until(lambda: refusals(node, NAS), 10, "the log says what is not dialled")
    for host, port in ((NAS, 3478), (ROUTER, 5351)):
        node.ctl("off")
        server.stun = {"host": host, "port": port}
        server.refuse_signal = 1
        node.ctl("on", check=False)
        wait_until(lambda: node.status()["problem"] == "exit_failed", 20,
                   f"nothing is shared with a STUN server {host}:{port}")
        check("the server named" in node.status()["problemDetail"], "and the owner hears why",
              node.status()["problemDetail"])
    seen = [each for each in reached(captures, (NAS, ROUTER), NODE_PC) if each[2] in (3000, 3478, 5351)]
    check(not seen, "no machine of the home is dialled on the server's word", seen)
    check("dialled" not in service.text(), "nor a service of the node's own machine")
    node.ctl("off")
    server.stun = {"host": BOSON_NAME, "port": 3478}
    node.ctl("on", check=False)
    node.wait_online()
    check(True, "and with an honest one it shares again")
    lab.nas_host.run(PYTHON, "-c", f"import socket; socket.socket().connect_ex(('{ROUTER}', 5351))")
    check(captures[0].fresh(), "what is sent in that home is seen")


scenario(lambda check: home_of_the_node(check, Laboratory()))
