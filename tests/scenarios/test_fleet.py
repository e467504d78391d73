# SPDX-License-Identifier: GPL-3.0-or-later
"""Three servers that act as one, and a session over them: whichever is killed, drained, cut off or restarted, the
same session goes on at another, and what is open inside lives through it.

    test_fleet.py [--rounds N]
"""
import argparse
import time

from fleet import Fleet, FleetClient, FleetNode
from host import wait_until
from losses import Pings, silence
from measure import flow
from product import scenario
from topology import Laboratory

SETTLED = 1.0


class Watched:
    """A session under pings and a transfer."""

    def __init__(self, check, lab, fleet, client, seconds):
        self.check, self.lab, self.fleet, self.client = check, lab, fleet, client
        self.session = client.status()["sessionId"]
        self.pings = Pings(lab.user)
        self.transfer = flow(lab.user, "transfer", "-p", "5201", "-b", "10M", "-t", seconds)
        self.figures = []

    def lose(self, what, action, longest, from_server):
        """Until the session is at another one, and pings come back."""
        since = time.time()
        action()
        def elsewhere():
            return any(holder is not from_server for holder in self.fleet.holders())
        wait_until(elsewhere, longest + 10, f"the session is at another server: {what}")
        wait_until(lambda: any(at > time.time() - 0.1 for _, at in self.pings.answers().values()), longest + 10,
                   f"pings come back: {what}")
        time.sleep(SETTLED)
        gap = silence(self.pings.answers(), since, time.time())
        self.figures.append((what, gap))
        self.check(gap <= longest, f"{what}: the tunnel goes on", f"{gap:.2f} s without an echo")
        self.check.equal(self.client.status()["sessionId"], self.session, f"{what}: in the same session")
        self.check.equal(self.client.state(), "connected", f"{what}: connected")


def back(fleet, server):
    server.start()
    fleet.together()


def plugged(server, there):
    """The cable of its host: out of it nobody hears anything, as when it has lost its power."""
    server.host.nft("table inet off\ndelete table inet off\n")
    if not there:
        server.host.nft("table inet off { chain i { type filter hook input priority -300; iifname eth0 drop; }; "
                        "chain o { type filter hook output priority -300; oifname eth0 drop; }; }")


def rounds(check, fleet, node, watched, number):
    for _ in range(number):
        server = fleet.holder()
        watched.lose("the server is killed", server.process.kill, 3, server)
        back(fleet, server)
        server = fleet.holder()
        watched.lose("the next one is killed", server.process.kill, 3, server)
        back(fleet, server)
        server = fleet.holder()
        watched.lose("the server is drained", server.process.popen.terminate, 3, server)
        wait_until(lambda: not server.is_up(), 30, "the drained server ends")
        back(fleet, server)
        server = fleet.holder()
        watched.lose("the server loses its power", lambda: plugged(server, False), 8, server)
        plugged(server, True)
        fleet.together(30)


def body(check, number):
    lab = Laboratory()
    fleet = Fleet(lab)
    one, two, _ = fleet.servers
    check.equal(len({server.pin for server in fleet.servers}), 1, "all servers have one certificate")
    node = FleetNode(two, lab.node).wait_online(40)
    wait_until(lambda: one.nodes(), 10, "the first server knows the node of the second")
    client = FleetClient(one, lab.user)
    client.connect()
    check.equal(client.status()["path"], "relay", "connected by the relay")
    check.equal(fleet.holder().name, one.name, "the client's server relays, the node's link is at another")
    watched = Watched(check, lab, fleet, client, 600)
    rounds(check, fleet, node, watched, number)
    check(watched.transfer.running(), "the transfer goes on")
    watched.transfer.stop()
    watched.pings.stop()
    # Everything is restarted while nobody looks: what was learnt is on disk.
    client.disconnect()
    client.process.stop()
    one.process.kill()
    client.start()
    client.connect()
    check(True, "a client whose own server is away begins at another")
    client.disconnect()
    for what, gap in watched.figures:
        print(f"     {what}: {gap:.2f} s")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=1)
    options = arguments.parse_args()
    scenario(lambda check: body(check, options.rounds))


if __name__ == "__main__":
    main()
