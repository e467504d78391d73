# SPDX-License-Identifier: GPL-3.0-or-later
"""How exactly the owner's rates hold, as a table: rates.py [--rounds N] [--seconds S] [--only MBPS,...]

The figure is what UDP would count as payload, which lies between what a program over TCP gets and what
the tunnel's interface counts as IP. One connection of a guest lives through all changes of the limits.
"""
import argparse

from product import Client, Node, Server, scenario  # makes the others known
from measure import median, throughput
from host import wait_until
from topology import Laboratory, PYTHON, WEB4

TOLERANCE = 0.05
STANDING = """
import socket, time
s = socket.create_connection((%r, 80), 10)
s.settimeout(15)
print("ready", flush=True)
while True:
    s.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
    if not s.recv(4096):
        raise SystemExit("closed")
    time.sleep(0.5)
"""


def steady(client, seconds, reverse):
    """As throughput(); the server may still be busy with what was measured before."""
    def tried():
        try:
            return throughput(client.host, seconds, reverse)[0]
        except KeyError:
            return None
    return wait_until(tried, 10, "the server takes a measurement")


def options():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=int, default=5)
    arguments.add_argument("--only", default="5,20,100")
    return arguments.parse_args()


def body(check, chosen):
    lab = Laboratory()
    server = Server(lab)
    node = Node(server, lab.node).wait_online()
    node.ctl("limits", "--good-neighbour", "off")
    client = Client(server, lab.user)
    client.connect()
    standing = client.host.start("standing", PYTHON, "-c", STANDING % WEB4).wait_for("ready")
    free = {reverse: steady(client, 3, reverse) for reverse in (False, True)}
    print(f"without a limit: {free[False]:.0f} Mbit/s up, {free[True]:.0f} down\n")
    print(f"{'limit':>6}{'way':>6}{'TCP payload':>13}{'off by':>9}{'least':>9}{'most':>9}")
    for mbps in map(int, chosen.only.split(",")):
        for reverse in (False, True):
            node.ctl("limits", "--up-mbps", mbps, "--down-mbps", mbps)
            seen = [steady(client, chosen.seconds, reverse) for _ in range(chosen.rounds)]
            middle = median(seen)
            way = "down" if reverse else "up"
            print(f"{mbps:>6}{way:>6}{middle:>13.2f}{100 * (middle / mbps - 1):>8.1f}%"
                  f"{min(seen):>9.2f}{max(seen):>9.2f}", flush=True)
            check(abs(middle - mbps) <= TOLERANCE * mbps or free[reverse] < 1.3 * mbps,
                  f"{mbps} Mbit/s {way} within 5 %", f"{middle:.2f}")
    check(standing.running(), "one connection of the guest lived through every change of the limits")
    check.equal(node.status()["guests"], 1, "and the guest is still there")


if __name__ == "__main__":
    chosen_options = options()
    scenario(lambda check: body(check, chosen_options))
