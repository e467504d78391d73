#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A switch to another home that something comes between: the person disconnects under lockdown, asks for others, the
home of before dies while the server is silent, the daemon is killed. Nothing leaves outside the tunnel in any of it,
and no home keeps a guest that has left."""
import signal
import time

from product import Client, Node, Server, scenario
from host import wait_until
from topology import Laboratory
from watching import Watch


class Held:
    """The server says nothing, so that whatever is asked for is still on its way."""

    def __init__(self, server):
        self.server = server

    def __enter__(self):
        self.server.process.signal(signal.SIGSTOP)

    def __exit__(self, *_):
        self.server.process.signal(signal.SIGCONT)


def arrives(client, country):
    wait_until(lambda: (client.status()["state"], client.status()["country"]) == ("connected", country), 40,
               f"{country} after all")


def ended_by_hand(check, server, client, home):
    client.ctl("set", "lockdown", "on")
    with Held(server):
        client.ctl("connect", "CA")
        check.equal(client.status()["switchingFrom"]["carries"], True, "the home of before carries still")
        client.ctl("disconnect")
        status = client.status()
        check.equal((status["state"], status["killSwitch"]), ("blocked", True), "disconnected under lockdown: blocked")
    wait_until(lambda: home.guests() == [], 15, "the home of before has no guest")


def asked_again(client, server, left):
    with Held(server):
        for country in ("US", "JP", "US"):
            client.ctl("connect", country)
    arrives(client, "US")
    wait_until(lambda: left.guests() == [], 15, "the home that was left has no guest")


def old_home_dies(check, server, client, home):
    with Held(server):
        client.ctl("connect", "CA")
        home.process.signal(signal.SIGKILL)
        wait_until(lambda: not client.status()["switchingFrom"]["carries"], 20, "it is seen that it carries no more")
        check.equal(client.status()["killSwitch"], True, "the block stands")
    arrives(client, "CA")


def body(check):
    lab = Laboratory(straight=True)
    server = Server(lab)
    far = lab.internet.home("router41", 41, far_ms=5)
    us, ca = Node(server, lab.node), Node(server, far.pc("node41", 2), "CA", "CA-ON")
    for node in (us, ca):
        node.wait_online()
    watch = Watch(check, lab.user_home, lab.user, "l2", [us, ca])
    client = Client(server, lab.user)
    client.connect("US")
    watch.forget()
    ended_by_hand(check, server, client, us)
    watch.nothing_left("until it was unlocked")
    client.ctl("set", "lockdown", "off")
    client.ctl("connect", "CA", "--wait=20")
    watch.forget()
    asked_again(client, server, ca)
    watch.nothing_left("while others were asked for")
    old_home_dies(check, server, client, us)
    watch.nothing_left("while the home of before died")
    with Held(server):
        client.ctl("connect", "US")
        client.process.signal(signal.SIGKILL)
        time.sleep(1)
        watch.nothing_left("since the daemon was killed")
    client.ctl("restore-network")
    watch.again_visible("after it")
    watch.stop()


if __name__ == "__main__":
    scenario(body)
