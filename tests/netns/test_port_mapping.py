# SPDX-License-Identifier: GPL-3.0-or-later
"""A home's router with UPnP, NAT-PMP and PCP opens ports when asked, by the word of others' clients."""
import shutil
import sys

import port_mapping
import sandbox

for tool in (port_mapping.PROGRAM, "upnpc", "natpmpc"):
    if not shutil.which(tool):
        print(f"skipped: there is no {tool} (packages miniupnpd-nftables, miniupnpc, natpmpc)")
        sys.exit(sandbox.SKIPPED)
sandbox.enter()

from addresses import WEB4, WEB6  # noqa: E402
from topology import PYTHON, Laboratory  # noqa: E402

PORT, OUTER, PMP_PORT, PMP_OUTER, PINHOLE, PCP_PORT, PCP_OUTER = 5000, 5001, 6000, 6001, 7000, 8000, 8001
HEAR = """
import socket, sys
sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); sock.bind(("::", int(sys.argv[1])))
print("ready", flush=True)
while True:
    print("heard", sock.recvfrom(100)[0].decode(), flush=True)
"""
SAY = """
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
socket.socket(family, socket.SOCK_DGRAM).sendto(sys.argv[3].encode(), (sys.argv[1], int(sys.argv[2])))
"""
# A MAP request of RFC 6887, section 11.1, for UDP; prints result code and the port and address given.
PCP = """
import ipaddress, os, socket, struct, sys
router, own, inner, outer, seconds = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
mapped = lambda address: ipaddress.ip_address("::ffff:" + address).packed
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); sock.settimeout(3)
sock.sendto(struct.pack("!BBHI", 2, 1, 0, seconds) + mapped(own) + os.urandom(12)
            + struct.pack("!B3xHH", 17, inner, outer) + mapped("0.0.0.0"), (router, 5351))
reply = sock.recv(1100)
print("result", reply[3], struct.unpack_from("!H", reply, 42)[0], ipaddress.ip_address(reply[44:60]).ipv4_mapped)
"""


def check(condition, what):
    print(("ok    " if condition else "FAULT ") + what, flush=True)
    check.faults += not condition


check.faults = 0


class Trials:
    """UDP from the Internet to a port of the node, whose listener writes down what it hears."""

    def __init__(self, lab):
        self.lab, self.count = lab, 0
        self.ears = {port: lab.node.start(f"ear{port}", PYTHON, "-c", HEAR, port).wait_for("ready")
                     for port in (PORT, PMP_PORT, PINHOLE, PCP_PORT)}

    def reaches(self, port, address, outer):
        """The word that follows it comes by another way, and later; so what is not there then will not come."""
        self.count += 1
        word, last = f"word{self.count}.", f"last{self.count}."
        self.lab.web.run(PYTHON, "-c", SAY, address, outer, word)
        self.lab.web.run("ping", "-c1", "-W2", self.lab.node_home.wan6)
        self.lab.node.run(PYTHON, "-c", SAY, "127.0.0.1" if port != PINHOLE else "::1", port, last)
        self.ears[port].wait_for(last)
        return word in self.ears[port].text()


def main():
    lab = Laboratory(node_home={"upnp": True})
    home, trials = lab.node_home, Trials(lab)
    inner6 = f"{home.lan6}2"

    def upnp(*words, at=None):
        return lab.node.run("upnpc", "-u", home.mapper.description(at), *words, check=False).stdout

    found = lab.node.run("upnpc", "-m", "eth0", "-s", check=False).stdout
    check(f"Found valid IGD : http://{home.lan4}.1" in found and f"ExternalIPAddress = {home.public4}" in found,
          "a PC finds the router by UPnP, and learns its public address")
    check(not trials.reaches(PORT, home.public4, OUTER), "control: a port is closed before")
    said = upnp("-a", "@", PORT, OUTER, "UDP", 120)
    check("is redirected" in said and trials.reaches(PORT, home.public4, OUTER), "UPnP opens it")
    upnp("-d", OUTER, "UDP")
    check(not trials.reaches(PORT, home.public4, OUTER), "and closes it")
    check(not trials.reaches(PMP_PORT, home.public4, PMP_OUTER), "control: another port is closed")
    said = lab.node.run("natpmpc", "-g", f"{home.lan4}.1", "-a", PMP_OUTER, PMP_PORT, "udp", 60, check=False).stdout
    check(f"Mapped public port {PMP_OUTER}" in said and trials.reaches(PMP_PORT, home.public4, PMP_OUTER),
          "NAT-PMP opens it")
    check(not trials.reaches(PCP_PORT, home.public4, PCP_OUTER), "control: and another")
    said = lab.node.run(PYTHON, "-c", PCP, f"{home.lan4}.1", f"{home.lan4}.2", PCP_PORT, PCP_OUTER, 60).stdout
    check(said.split() == ["result", "0", str(PCP_OUTER), home.public4]
          and trials.reaches(PCP_PORT, home.public4, PCP_OUTER), f"PCP opens it: {said.strip()}")
    check(not trials.reaches(PINHOLE, inner6, PINHOLE), "control: the IPv6 firewall is closed")
    said = upnp("-6", "-A", "", 0, inner6, PINHOLE, "UDP", 600, at=f"[{home.lan6}1]")
    check("Pinhole ID" in said and trials.reaches(PINHOLE, inner6, PINHOLE), "an IPv6 pinhole opens it")
    home.mapper.stop()
    check(not trials.reaches(PMP_PORT, home.public4, PMP_OUTER) and not trials.reaches(PINHOLE, inner6, PINHOLE),
          "a router that forgot has nothing open")
    home.mapper.start()
    said = upnp("-l")
    check(f"{PMP_OUTER}->" not in said and "valid IGD" in said, "and knows of no mapping when it is back")
    none = lab.user.run("upnpc", "-m", "eth0", "-s", check=False).stderr
    check("No IGD UPnP Device found" in none, "control: the other home's router offers nothing")
    silent = lab.user.run("timeout", "1", "natpmpc", "-g", f"{lab.user_home.lan4}.1", check=False)
    check("Public IP" not in silent.stdout, "nor by NAT-PMP")
    return 1 if check.faults else 0


if __name__ == "__main__":
    sys.exit(main())
