# SPDX-License-Identifier: GPL-3.0-or-later
"""A relayed session's connection to the relay is made anew, at the client and at the node, because the machine's
network has changed: not one ping of a hundred a second is lost, near the server and far from it.

    test_relay_renewal.py [--rounds N] [--delay MS]

A delay is one way, from home to home.
"""
import argparse
import time

from product import Client, Node, Server, scenario  # makes the others known
from host import wait_until
from losses import Drops, Pings, Way, lost_between, own_losses
from topology import Laboratory

SPARE = 77  # number of an address that comes and goes


def change(host, home, there):
    """Another address beside the one that is used, or no longer."""
    host.sh(f"ip address {'add' if there else 'del'} {home.lan4}.{SPARE}/24 dev eth0")


def reconnects(server, role):
    text = server.host.run("curl", "-sk", "-m3", "https://127.0.0.1:3000/metrics").stdout
    line = next(line for line in text.splitlines() if line.startswith(f'boson_reconnects_total{{role="{role}"}}'))
    return int(float(line.split()[-1]))


def tried(check, delay, rounds):
    far = {"far_ms": delay / 2} if delay else {}
    lab = Laboratory(node_home=far, user_home=far)
    server = Server(lab)
    node = Node(server, lab.node).wait_online(30)
    client = Client(server, lab.user)
    client.connect()
    way = Way(("client", lab.user, "hgvpn0"), ("node", lab.node, "hgnode0"), ("web", lab.web, "eth0"))
    drops = Drops(lab.user, lab.user_home.router, lab.core, lab.boson, lab.node_home.router, lab.node, lab.web,
                  also=lambda: own_losses(server, node, client))
    begun = time.time()
    pings = Pings(lab.user)
    for role, host, home in (("client", lab.user, lab.user_home), ("node", lab.node, lab.node_home)):
        since, before = time.time(), reconnects(server, role)
        for number in range(rounds):
            for there in (True, False):
                seen = reconnects(server, role)
                change(host, home, there)
                wait_until(lambda: reconnects(server, role) > seen, 15, f"the {role}'s connection is a new one")
                time.sleep(1.5)  # the old one is closed after a second
        time.sleep(0.5)
        lost = lost_between(pings.answers(), since, time.time() - 0.3)
        for one, where in way.lost_at(lost, begun).items():
            print(f"     lost {lost[one] - since:.2f} s after the first change: {where}")
        risen = drops.rise()
        if lost:
            print("     counted:", ", ".join(f"{what} {count}" for what, count in risen.items()))
        check.equal(len(lost), 0, f"{delay:g} ms: nothing is lost while the {role} renews its connection, "
                                  f"{reconnects(server, role) - before} times")
    pings.stop()
    check.equal(client.status()["reconnects"], 0, f"{delay:g} ms: in one session")
    check.equal(client.status()["path"], "relay", f"{delay:g} ms: on the relay all the time")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=2)
    arguments.add_argument("--delay", type=float, default=20)
    options = arguments.parse_args()
    scenario(lambda check: tried(check, options.delay, options.rounds))


if __name__ == "__main__":
    main()
