# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job: pick a country, leave the Internet from a home PC, and give the machine back."""
import time

from product import Client, Node, Server, Whole, http_get, scenario, wait_until, WEB4, WEB6
from addresses import EXIT4, EXIT6, USER4, USER6
from topology import DNS4, Laboratory, PYTHON
from measure import moved, round_trips

LOOK_UP = (
    "import socket,sys;s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);s.settimeout(3);"
    "s.sendto(bytes.fromhex('0001010000010000000000000377656207657861'"
    f"'6d706c650000010001'),('{DNS4}',53));print(s.recv(99)[-4:]==socket.inet_aton('{WEB4}'))")


def identity(check, whole):
    user, client = whole.lab.user, whole.client
    check.equal(client.state(), "disconnected", "before, the client is disconnected")
    check.equal(http_get(user, f"http://{WEB4}/"), USER4, "before, its own IPv4 address")
    countries = client.ctl("countries").stdout
    check("US" in countries, "the United States are on offer")
    exposed = wait_until(lambda: client.status()["exposedAddress"], 5, "the status says what sites see")
    check(exposed in (USER4, USER6), "and it is the home's own address", exposed)

    begun = time.monotonic()
    client.ctl("connect", "US", "--wait=15")
    check.equal(client.exit4(), EXIT4, "connected, the web server sees the node's IPv4")
    taken = time.monotonic() - begun
    check(taken < 1.5, "command to first byte in under 1.5 s", f"{taken:.2f} s")
    check.equal(client.exit6(), EXIT6, "and the node's IPv6")
    told = client.status()
    check.equal(told["exposedAddress"], None, "nothing is exposed any more")
    check.equal(told["server"]["version"], told["version"], "the server says its version, here the program's own")
    check.equal(whole.node.status()["server"]["version"], told["version"], "to the node as well")


def figures(check, whole):
    client, node = whole.client, whole.node
    status = client.status()
    check.equal(status["state"], "connected", "state")
    check.equal(status["path"], "direct", "path")
    check(bool(status["pathReason"]), "the status says why this path", status["pathReason"])
    check.equal(status["country"], "US", "country")
    check.equal(status["nodeId"], node.identity() or status["nodeId"], "node")
    check.equal(status["exitIp"], EXIT4, "exit address")
    check(str(status["tunnelAddress"]).startswith("10."), "tunnel address", status["tunnelAddress"])
    for name in ("since", "rxBytes", "txBytes", "rttMs"):
        check(isinstance(status[name], (int, float)) and status[name] > 0, name, status[name])
    check("killSwitch" in status, "the status tells the kill switch")
    check(len(status["nodeId"]) == 36, "the node's id is a UUID")
    home = node.status()
    for name in ("state", "natType", "mappedAddress", "guests", "rxBytes", "txBytes", "limits"):
        check(name in home, f"the node tells {name}", home.get(name))
    check(str(home.get("mappedAddress")).startswith(f"{EXIT4}:"), "its mapped address is its router's")


def traffic(check, lab):
    times, lost = round_trips(lab.user, 100, 0.01)
    check.equal(lost, 0, "100 pings through the tunnel, none lost")
    check.equal(lab.user.run(PYTHON, "-c", LOOK_UP, check=False).stdout.strip(), "True",
                "a DNS query goes through the tunnel")
    check.equal(http_get(lab.user, "http://any.name.example/", check=False), EXIT4,
                "names are resolved while connected")
    with open(lab.internet.web_log) as log:
        asked = [line for line in log if line.startswith(f"dns {USER4}")]
    check.equal(asked, [], "no DNS query came from the user's own address")
    check(moved(lab.user, "20M"), "20 MB up by TCP")
    check(moved(lab.user, "20M", "-R", target=WEB6), "20 MB down by TCP over IPv6")


def body(check):
    lab = Laboratory(straight=True)
    node_before = lab.node.fingerprint()
    whole = Whole(lab)
    before = lab.user.fingerprint()
    identity(check, whole)
    figures(check, whole)
    traffic(check, lab)
    whole.client.disconnect()
    after = lab.user.fingerprint()
    check.equal(difference(before, after), [], "routes, rules, DNS, firewall and settings are as before")
    check.equal(http_get(lab.user, f"http://{WEB4}/"), USER4, "its own address again")
    wait_until(lambda: whole.node.status().get("guests") == 0, 5, "the node has no guest left")
    for _ in range(3):
        whole.client.connect()
        check.equal(whole.client.exit4(), EXIT4, "and once more")
        whole.client.disconnect()
    check.equal(difference(before, lab.user.fingerprint()), [], "as before after three more times")
    check.equal(whole.client.process.stop(), 0, "higgs-vpnd ends with 0 on SIGTERM")
    check.equal(whole.node.process.stop(), 0, "higgs-noded ends with 0 on SIGTERM")
    check.equal(difference(node_before, lab.node.fingerprint()), [], "the node's machine is as before")
    check.equal(whole.server.process.stop(), 0, "boson-server ends with 0 on SIGTERM")


def difference(before, after):
    """Lines that are only in one of two fingerprints."""
    one, other = before.splitlines(), after.splitlines()
    return [f"- {l}" for l in one if l not in other] + [f"+ {l}" for l in other if l not in one]


if __name__ == "__main__":
    scenario(body)
