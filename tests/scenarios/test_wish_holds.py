# SPDX-License-Identifier: GPL-3.0-or-later
"""From the wish to connect to the wish to disconnect the machine is blocked, whatever fails on the way:
a resolver that says nothing, no node, another certificate. Names are asked for all the same, by the
daemon alone, and what can pass by itself is tried until it has passed."""
import os

from product import BOSON4, BOSON_NAME, Client, Node, Server, scenario, wait_until
from addresses import EXIT4
from sandbox import SPACE
from topology import HERE, Laboratory, PYTHON
from watching import Watch, to_server

STRANGE = "stranger.example"
WRONG_PIN = "ab" * 32


class Resolver:
    """The router's, which the user's machine was set up with."""

    def __init__(self, lab):
        self.address = f"{lab.user_home.lan4}.1"
        self.log, self.silent = f"{SPACE}/names.log", f"{SPACE}/names.silent"
        self.process = lab.user_home.router.start(
            "names", PYTHON, f"{HERE}/names.py", self.address, self.log, self.silent,
            f"{BOSON_NAME}={BOSON4}").wait_for("ready")
        lab.user.sh(f"sed -i /{BOSON_NAME}/d /etc/hosts; echo nameserver {self.address} > /etc/resolv.conf;"
                    "sed -i 's/^hosts:.*/hosts: files dns/' /etc/nsswitch.conf")

    def falls_silent(self):
        open(self.silent, "w").close()

    def speaks(self):
        os.unlink(self.silent)

    def asked(self):
        with open(self.log) as log:
            return log.read().split()

    def forget(self):
        open(self.log, "w").close()


def look_up(host, name):
    host.run(PYTHON, "-c", f"import socket\ntry: socket.gethostbyname('{name}')\nexcept OSError: pass")


class HomeWatch(Watch):
    """The server's name is asked for in the home: Resolver says that no other one is."""

    def __init__(self, check, lab, resolver, nodes):
        self.resolver = resolver
        super().__init__(check, lab.user_home, lab.user, "l2", nodes)

    def allowed(self, packet):
        return to_server(packet) or (
            (packet.protocol, packet.target, packet.target_port) == ("udp", self.resolver.address, 53))


def closed(check, client, watch, resolver, problem):
    """State, kernel and cable say the same."""
    status = client.status()
    check.equal((status["state"], status["problem"], status["killSwitch"]), ("blocked", problem, True),
                f"{problem}: the status says blocked")
    look_up(client.host, STRANGE)
    watch.nothing_left(f"({problem})")
    check(STRANGE not in resolver.asked(), f"{problem}: nobody else's names were asked for")


def body(check):
    lab = Laboratory()
    resolver = Resolver(lab)
    server = Server(lab)
    look_up(lab.user, STRANGE)
    check(STRANGE in resolver.asked(), "positive control: with nothing in the way the resolver is asked")
    resolver.falls_silent()
    client = Client(server, lab.user)
    watch = HomeWatch(check, lab, resolver, [])

    client.ctl("connect", "US")
    check(client.status()["killSwitch"], "the block is up when the wish has been heard")
    watch.forget()
    resolver.forget()
    client.wait_state("blocked", timeout=30)
    closed(check, client, watch, resolver, "server_unreachable")
    check(BOSON_NAME in resolver.asked(), "the daemon's own question went through")

    resolver.speaks()
    wait_until(lambda: client.status()["problem"] == "no_node_online", 40, "the name was asked for again")
    closed(check, client, watch, resolver, "no_node_online")

    node = Node(server, lab.node).wait_online()
    client.wait_state("connected", timeout=60)
    watch.nothing_left("until it was connected, by itself")
    check.equal(client.exit4(), EXIT4, "and works")
    client.disconnect()
    watch.again_visible("after a person's disconnect")

    client.process.stop()
    client.start(WRONG_PIN)
    client.ctl("connect", "US")
    watch.forget()
    resolver.forget()
    client.wait_state("blocked", timeout=30)
    closed(check, client, watch, resolver, "server_untrusted")
    client.disconnect()
    watch.again_visible("after disconnecting from a server that is not the right one")
    watch.stop()
    node.process.stop()


if __name__ == "__main__":
    scenario(body)
