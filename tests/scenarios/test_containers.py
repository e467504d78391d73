# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers on the user's PC: their Internet is the tunnel or nothing, names included; the PC and its containers
meet in every state; what they publish is reached from where the LAN setting says, and never from the Internet."""
import json

from product import Whole, scenario, http_get  # makes the others known
from capturing import Capture, leaks
from docker import Engine, TALK_PORT, spare_exit, talker
from host import wait_until
from test_main_job import difference
from topology import CANARY4, CANARY6, DNS4, DNS6, Laboratory, PYTHON, WEB4, WEB6
from watching import to_server

PUBLISHED = 8080
# What a resolver hears when it asks: "answer", an error at once, or nothing.
ASK = r"""
import socket, sys
for server in sys.argv[1:]:
    s = socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(8)
    try:
        s.connect((server, 53))
        s.send(b"\0\1\1\0\0\1\0\0\0\0\0\0\4name\7example\0\0\1\0\1")
        print("answer" if s.recv(2000) else "empty")
    except socket.timeout: print("silence")
    except OSError: print("refused")
"""


class Trial:
    def __init__(self, check, lab):
        self.check, self.lab, self.user = check, lab, lab.user
        self.neighbour = lab.second_user()
        self.pc, self.router = f"{lab.user_home.lan4}.2", f"{lab.user_home.lan4}.1"
        self.exit4, self.home4 = lab.node_home.public4, lab.user_home.public4
        self.engine = Engine(self.user)
        self.box = self.engine.container("box", 2, self.router)  # the home router's resolver
        self.other = self.engine.container("other", 3, DNS4)
        self.engine.network("br-shop", "172.30.0", "fd30::")
        self.shop = self.engine.container("shop", 2, DNS4, "br-shop")
        self.engine.publish(PUBLISHED, "docker0", 2, 80)
        lab.user_home.forward("tcp", PUBLISHED, 2)
        for host in (self.box, self.user):
            host.start("web", PYTHON, "-m", "http.server", "80", "--bind", "::")
        for host in (self.other, self.shop):
            talker(host, CANARY4, CANARY6)
        self.user.start("dns", PYTHON, "-m", "http.server", "53", "--directory", "/proc/sys/net/core")
        wait_until(lambda: self.code(self.user, "172.17.0.2") == "200" and self.code(self.box, "172.17.0.1") == "200",
                   10, "the services answer")
        self.capture = Capture(lab.user_home.router, "l2", "cable")

    def code(self, host, address, port=80, within=5):
        """The page's status; 000 without an answer."""
        return host.run("curl", "-s", "-m", within, "-o", "/dev/null", "-w", "%{http_code}",
                        f"http://{address}:{port}/", check=False).stdout

    def ask(self, host, *servers):
        return host.run(PYTHON, "-c", ASK, *servers, timeout=40).stdout.split()

    def at_home(self, when):
        """The PC and its containers, and containers among each other, as their engine lets them."""
        for seen, wanted, what in (
                (self.code(self.user, "172.17.0.2"), "200", "the PC reaches its container"),
                (self.code(self.user, "[fd17::2]"), "200", "also by IPv6"),
                (self.code(self.box, "172.17.0.1"), "200", "the container reaches the PC"),
                (self.code(self.other, "172.17.0.2"), "200", "and another one of its network"),
                (self.code(self.other, "[fd17::2]"), "200", "also by IPv6"),
                (self.code(self.user, self.pc, PUBLISHED), "200", "the PC reaches the published port"),
                (self.code(self.box, "172.17.0.1", 53), "200", "a service of the PC at port 53 is nobody's outside")):
            self.check.equal(seen, wanted, f"{when}: {what}")

    def apart(self):
        self.check.equal(self.code(self.shop, "172.17.0.2", within=1), "000", "networks that the engine keeps apart stay apart")

    def inside(self, when):
        for host, url, exit_, what in ((self.box, WEB4, self.exit4, "IPv4"),
                                       (self.shop, f"[{WEB6}]", f"{self.lab.node_home.lan6}2", "IPv6")):
            self.check.equal(http_get(host, f"http://{url}/", check=False), exit_,
                             f"{when}: a container's Internet is the exit's, {what}")
        for host, what in ((self.box, "the home router's"), (self.other, "a public one")):
            name = host.run("getent", "ahostsv4", "some.name.example", check=False, timeout=40).stdout.split()
            self.check.equal(name[:1], [WEB4], f"{when}: names resolve, the container's resolver is {what}")

    def nothing_left(self, when, also=lambda packet: False):
        packets = self.capture.fresh()
        outside = leaks(packets, lambda p: to_server(p) or also(p))
        self.check(not outside, f"{when}: nothing left beside the tunnel", outside[:3] if outside else len(packets))


def published(trial, lan, when):
    trial.check.equal(trial.code(trial.neighbour, trial.pc, PUBLISHED, 5 if lan else 1), "200" if lan else "000",
                      f"{when}: a published port is{'' if lan else ' not'} reached from the LAN")
    trial.check.equal(trial.code(trial.lab.web, trial.home4, PUBLISHED, 1), "000",
                      f"{when}: and not from the Internet, though the router forwards it")


def volumes(trial):
    """Long packets both ways: nothing waits for a size that the tunnel does not carry."""
    def moved(*words):
        done = trial.box.run("iperf3", "-c", WEB4, "-n", "3M", "-J", *words, check=False)
        return json.loads(done.stdout).get("end", {}).get("sum_received", {}).get("bytes", 0) > 1_000_000
    for words, way in (((), "out"), (("-R",), "in")):
        wait_until(lambda: moved(*words), 20, f"megabytes pass {way}; a server may be busy with those of before")


def engine_restarts(trial, client):
    before = client.status()["since"]
    trial.engine.down()
    trial.engine.up()
    trial.engine.remove("br-shop")
    trial.engine.network("br-new", "172.31.0", "fd31:1::")
    trial.engine.up()
    fresh = trial.engine.container("fresh", 2, DNS4, "br-new")
    fresh.start("web", PYTHON, "-m", "http.server", "80")
    wait_until(lambda: http_get(fresh, f"http://{WEB4}/", 2, check=False) == trial.exit4, 10,
               "a network that the engine made meanwhile is inside, too")
    wait_until(lambda: trial.code(trial.user, "172.31.0.2") == "200", 10, "and the PC reaches it")
    ways = trial.user.sh("ip route show table 1214859111")
    trial.check("172.30" not in ways and "172.31" in ways, "the table has no way to the one that went", ways)
    trial.check.equal((client.state(), client.status()["since"]), ("connected", before), "the connection stood")


def body(check):
    lab = Laboratory()
    trial = Trial(check, lab)
    check.equal(http_get(trial.box, f"http://{WEB4}/"), trial.home4, "control: a container's Internet is the home's")
    check.equal(trial.ask(trial.box, DNS4), ["answer"], "control: and a resolver answers it")
    trial.at_home("control")
    trial.apart()
    check.equal([trial.code(host, address, PUBLISHED) for host, address in
                 ((trial.neighbour, trial.pc), (lab.web, trial.home4))], ["200", "200"],
                "control: the published port is reached from the LAN and from the Internet")
    wait_until(lambda: {CANARY4, CANARY6} <= {p.target for p in trial.capture.fresh() if p.target_port == TALK_PORT}, 10,
               "control: the capture sees containers talk")
    whole = Whole(lab)
    client = whole.client
    spare_exit(whole.node)
    before = trial.user.fingerprint()
    client.connect()
    trial.capture.fresh()
    trial.inside("connected")
    trial.at_home("connected")
    trial.apart()
    published(trial, False, "connected")
    volumes(trial)
    trial.nothing_left("connected")
    client.ctl("set", "lan", "on")
    trial.inside("LAN on")
    published(trial, True, "LAN on")
    check.equal(trial.ask(trial.box, trial.router, f"{lab.user_home.lan4}.4"), ["answer", "answer"],
                "LAN on: resolvers of the LAN are answered for from inside")
    trial.nothing_left("LAN on", lambda p: f"{lab.user_home.lan4}.4" in (p.source, p.target))
    client.ctl("set", "lan", "off")
    client.disconnect()
    check.equal(difference(before, trial.user.fingerprint()), [], "after the disconnect the machine is as before")
    check.equal(http_get(trial.box, f"http://{WEB4}/"), trial.home4, "and containers, too")
    client.ctl("set", "lockdown", "on")
    wait_until(lambda: client.state() == "blocked", 10, "locked down")
    trial.capture.fresh()
    trial.at_home("blocked")
    published(trial, False, "blocked")
    check.equal(trial.ask(trial.box, DNS4, trial.router, DNS6), ["refused"] * 3,
                "blocked: a question for a name is refused at once")
    check.equal(http_get(trial.box, f"http://{WEB4}/", 2, check=False), "", "blocked: no Internet")
    trial.nothing_left("blocked")
    client.connect()
    engine_restarts(trial, client)
    trial.nothing_left("while the engine restarted")


if __name__ == "__main__":
    scenario(body)
