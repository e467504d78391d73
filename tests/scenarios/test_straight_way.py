# SPDX-License-Identifier: GPL-3.0-or-later
"""The straight way between two homes: found behind the relay, taken over without a loss, given up and found
again; and never by what a person did not ask for."""
import time

from product import Client, Node, Server, scenario  # makes the others known
from addresses import EXIT4
from host import wait_until
from measure import round_trips
from topology import Laboratory

FOUND_WITHIN, LOST_WITHIN = 5, 3


def goes(client, path, timeout):
    return wait_until(lambda: client.status().get("path") == path, timeout, f"the path is {path}: {client.status()}")


def body(check):
    lab = Laboratory(straight=True)
    server = Server(lab)
    node = Node(server, lab.node).wait_online()
    client = Client(server, lab.user)
    begun = time.monotonic()
    client.connect()
    stands = time.monotonic() - begun
    goes(client, "direct", FOUND_WITHIN)
    check(True, "a straight way is found behind the relay", f"{stands:.2f} s, {time.monotonic() - begun:.2f} s")
    check.equal(client.status()["pathReason"], "direct", "and the status says so")
    check.equal(client.exit4(), EXIT4, "the exit is the node's")
    wait_until(lambda: node.guests()[0]["path"] == "direct", FOUND_WITHIN,
               "the node goes that way, too")
    relayed = server.metric("boson_relay_bytes_total")
    times, lost = round_trips(lab.user, 100, 0.01)
    check.equal(lost, 0, "100 pings go that way, none lost")
    check(server.metric("boson_relay_bytes_total") - relayed < 2000, "past the server")
    lab.internet.part_homes()
    begun = time.monotonic()
    times, lost = round_trips(lab.user, 500, 0.01)
    goes(client, "relay", 1)
    check(lost < 100 * LOST_WITHIN, "when it dies the relay carries again", f"{lost} of 500 pings lost")
    lab.internet.part_homes(False)
    goes(client, "direct", 30)
    check.equal(client.exit4(), EXIT4, "it is found again")
    check.equal(client.status()["reconnects"], 0, "and the session was the same all the time")
    client.disconnect()
    client.connect("US", "--path", "relay")
    time.sleep(FOUND_WITHIN)
    check.equal([client.status()["path"], client.status()["pathReason"]], ["relay", "pinned"],
                "the relay alone, where a person wants it")
    client.disconnect()
    client.connect("US", "--path", "direct")
    check.equal([client.status()["path"], client.status()["pathReason"]], ["direct", "pinned"],
                "the straight way alone, likewise")


if __name__ == "__main__":
    scenario(body)
