# SPDX-License-Identifier: GPL-3.0-or-later
"""A home's router opens the node's UDP port when asked, by each protocol alone, for as long as the node shares,
and the client's while it is connected; with it two homes meet that could not."""
import sys
import time

import product  # noqa: F401 (makes the others known)
import port_mapping
import sandbox
from capturing import Capture
from product import Client, Node, Server, scenario
from addresses import BOSON4
from host import wait_until
from topology import Laboratory

SOON, SHORT_LEASE = 20, 12
ROUTER_PORTS = {1900, 5351, port_mapping.HTTP_PORT}


def mapping(program):
    return program.status().get("portMapping") or {}


def becomes(program, state, timeout=SOON):
    return wait_until(lambda: mapping(program).get("state") == state and mapping(program), timeout,
                      f"port mapping is {state}: {mapping(program)}")


class Sharer:
    """A node behind a router of its own."""

    def __init__(self, lab, server, number, kind="symmetric", **upnp):
        self.home = lab.internet.home(f"router{number}", number, kind, upnp=upnp or True)
        self.pc = self.home.pc(f"node{number}", 2)
        self.node = Node(server, self.pc, interface=f"hgnode{number}")

    def stands(self):
        """The mapping that the router has for this PC."""
        return {outer for outer, address, _ in self.home.mapper.opened() if address == f"{self.home.lan4}.2"}


def each_protocol(check, sharers):
    for protocol, sharer in sharers.items():
        sharer.node.wait_online(30)
        status = becomes(sharer.node, "mapped", 40)
        check.equal(status["protocol"], protocol, f"{protocol}: the router is asked by it")
        outer = {int(status["external"].rsplit(":", 1)[1])}
        check.equal(sharer.stands(), outer, f"{protocol}: the mapping that is told stands in the router's rules")
    pinhole = mapping(sharers["pcp"].node)["ipv6"]
    check(pinhole["state"] == "mapped" and sharers["pcp"].home.mapper.pinholes(), "pcp: and an IPv6 pinhole", pinhole)
    pinhole = wait_until(lambda: mapping(sharers["upnp"].node)["ipv6"]["state"] == "mapped" and
                         mapping(sharers["upnp"].node)["ipv6"], SOON, "upnp: a pinhole")
    check.equal([pinhole["protocol"], len(sharers["upnp"].home.mapper.pinholes())], ["upnp", 1],
                "upnp: and an IPv6 pinhole")


def gone_after(check, sharers):
    """Each by another end: the owner's switch, sharing off, SIGTERM."""
    pcp, pmp, upnp = (sharers[name] for name in port_mapping.ALL)
    pcp.node.ctl("limits", "--port-mapping", "off")
    wait_until(lambda: not pcp.stands(), 5, "the owner's switch takes the mapping away")
    check.equal(mapping(pcp.node)["state"], "forbidden", "the owner's switch takes the mapping away")
    pcp.node.ctl("limits", "--port-mapping", "on")
    becomes(pcp.node, "mapped")
    check(pcp.stands(), "and has it made again")
    pmp.node.ctl("off")
    wait_until(lambda: not pmp.stands(), 5, "it is gone when sharing ends (NAT-PMP)")
    check.equal(mapping(pmp.node)["state"], "off", "it is gone when sharing ends (NAT-PMP)")
    upnp.node.ctl("off")
    wait_until(lambda: not upnp.stands() and not upnp.home.mapper.pinholes(), 5, "sharing ends")
    check(True, "and by UPnP, with the pinhole")
    upnp.node.ctl("on")
    becomes(upnp.node, "mapped", 40)
    check.equal(upnp.node.process.stop(), 0, "SIGTERM ends the node")
    wait_until(lambda: not upnp.stands() and not upnp.home.mapper.pinholes(), 5, lambda:
               f"the mapping is gone with it (UPnP): {upnp.stands()} {upnp.home.mapper.pinholes()}")
    check(True, "and the mapping is gone with it (UPnP)")
    check.equal(pcp.node.process.stop(), 0, "SIGTERM ends the node")
    wait_until(lambda: not pcp.stands(), 2, "and the mapping is gone with it (PCP)")
    check(True, "and the mapping is gone with it (PCP)")


def kept(check, short):
    """A lease of seconds is renewed for as long as the node lives, and no longer."""
    before = short.stands()
    ends = time.monotonic() + 2 * SHORT_LEASE
    always = True
    while time.monotonic() < ends:
        always = always and short.stands() == before
        time.sleep(1)
    check(always and before, f"a lease of {SHORT_LEASE} s is renewed", before)
    short.node.process.kill()
    wait_until(lambda: not short.stands(), 3 * SHORT_LEASE, "control: without the node it ends by itself")
    check(True, "control: without the node it ends by itself")


def meets(check, server, lab, sharer):
    """Both routers give every connection another port, and one of them opened one."""
    client = Client(server, lab.user)
    client.connect("US", "--node", sharer.node.identity())
    wait_until(lambda: client.status().get("path") == "direct", SOON, f"a straight way: {client.status()}")
    check.equal(client.status()["pathReason"], "port_mapped", "a symmetric client reaches a symmetric node by it")
    check.equal(client.exit4(), sharer.home.public4, "and leaves from there")
    client.disconnect()
    client.process.stop()


def client_opens(check, server, lab, strict):
    """A client behind a symmetric router, and a node whose router lets in answers only."""
    home = lab.internet.home("userrouter61", 61, "symmetric", upnp={"protocols": ("pcp",)})
    user = home.pc("user61", 2)
    capture = Capture(home.router, "l2", "asked")
    client = Client(server, user)
    client.ctl("set", "port-mapping", "off")
    client.connect("US", "--node", strict.identity())
    time.sleep(4)
    check.equal([client.status()["path"], mapping(client)["state"]], ["relay", "forbidden"],
                "control: without a mapping the relay carries")
    check(not [p for p in capture.fresh() if p.target_port in ROUTER_PORTS], "and the router is not asked")
    client.disconnect()
    client.ctl("set", "port-mapping", "on")
    client.connect("US", "--node", strict.identity())
    becomes(client, "mapped")
    wait_until(lambda: client.status().get("path") == "direct", SOON, f"a straight way: {client.status()}")
    check.equal(client.status()["pathReason"], "port_mapped", "the client's router opens a port for it")
    asked = [p for p in capture.fresh() if p.target_port in ROUTER_PORTS and p.target != BOSON4]
    routers = {f"{home.lan4}.1", f"{home.lan6}1", "fe80::1"}
    check(asked and {p.target for p in asked} <= routers, "nobody but the router is asked",
          {(p.target, p.target_port) for p in asked})
    check(home.mapper.opened(), "the mapping stands while it is connected")
    client.disconnect()
    wait_until(lambda: not home.mapper.opened(), 5, "and is gone afterwards")
    asked = capture.fresh()
    time.sleep(2)
    check(not [p for p in capture.fresh() if p.target_port in ROUTER_PORTS], "a disconnected client asks nobody")


def body(check):
    lab = Laboratory(user_nat="symmetric", straight=True)
    server = Server(lab)
    sharers = {name: Sharer(lab, server, number, protocols=(name,))
               for number, name in enumerate(port_mapping.ALL, 41)}
    short = Sharer(lab, server, 44, lease=SHORT_LEASE)
    carrier = Sharer(lab, server, 45, "carrier-grade")
    strict = Node(server, lab.node)
    each_protocol(check, sharers)
    nodes = {node["nodeId"]: node["natType"] for node in server.nodes()}
    check.equal(nodes[sharers["pcp"].node.identity()], "FullCone", "the server is told how the node is reached")
    check.equal(sharers["pcp"].node.status()["natType"], "Symmetric", "and the owner what the router is")
    becomes(carrier.node, "behind-another-nat", 40)
    check(not carrier.home.mapper.opened(), "behind another router's translation nothing is opened")
    strict.wait_online()
    check.equal(becomes(strict, "unavailable", 60)["protocol"], None, "a router that offers nothing is said to")
    meets(check, server, lab, sharers["upnp"])
    client_opens(check, server, lab, strict)
    becomes(short.node, "mapped", 40)
    short.home.mapper.stop()
    check(not short.stands(), "a router that was restarted has forgotten")
    short.home.mapper.start()
    wait_until(short.stands, 90, "the mapping is made again")
    check(True, "and the mapping is made again")
    kept(check, short)
    gone_after(check, sharers)


if __name__ == "__main__":
    if not port_mapping.available():
        print("skipped: there is no miniupnpd (package miniupnpd-nftables)")
        sys.exit(sandbox.SKIPPED)
    scenario(body)
