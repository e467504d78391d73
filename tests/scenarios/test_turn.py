# SPDX-License-Identifier: GPL-3.0-or-later
"""TURN between two homes whose routers let no straight way be: found behind the relay and taken over without a
loss, given up when its server dies and found again; by UDP, TCP and TLS where a person wants nothing else; and never
where a straight way is."""
import os
import threading
import time

from product import Client, Node, Server, sandbox, scenario  # makes the others known
import turn
from addresses import BOSON4, EXIT4, TURN4, TURN6
from capturing import Capture
from host import wait_until
from losses import none_lost
from measure import round_trips
from topology import Laboratory

FOUND_WITHIN, LOST_WITHIN, BACK_WITHIN = 6, 6.5, 90
PING = 0.01


def named(relay):
    """What tells the server of a TURN server."""
    secret = f"{sandbox.SPACE}/turn-secret"
    with open(secret, "w") as file:
        file.write(relay.secret)
    os.chmod(secret, 0o600)
    return "--turn", f"{relay.name}:{turn.PORT},tls={turn.TLS_PORT}", "--turn-secret-file", secret


def goes(client, path, timeout):
    return wait_until(lambda: client.status().get("path") == path, timeout, f"the path is {path}: {client.status()}")


class Pings:
    """A hundred a second, as long as the block lasts that it is used in."""

    def __init__(self, host, seconds):
        self.host, self.count = host, int(seconds / PING)
        self.lost = None

    def __enter__(self):
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        return self

    def _run(self):
        self.lost = round_trips(self.host, self.count, PING)[1]

    def __exit__(self, *_):
        self.thread.join()


def found(check, lab, server, node, client):
    """Behind the relay, without a loss, and past the server."""
    begun = time.monotonic()
    client.connect()
    with Pings(lab.user, FOUND_WITHIN + 1) as pings:
        goes(client, "turn", FOUND_WITHIN)
        took = time.monotonic() - begun
        wait_until(lambda: node.guests()[0]["path"] == "turn", 2, "the node goes that way, too")
    check(True, "a way by TURN is found behind the relay", f"{took:.2f} s")
    check.equal(pings.lost, 0, f"{pings.count} pings across the change, none lost")
    check.equal(client.status()["pathReason"], "turn_relay", "the status says why")
    check.equal(client.exit4(), EXIT4, "the exit is the node's")
    relayed = server.metric("boson_relay_bytes_total")
    none_lost(check, "100 pings go that way, none lost", lab, server, node, client)
    check(server.metric("boson_relay_bytes_total") - relayed < 2000, "past the server")


def dies(check, lab, relay, client):
    """The TURN server is killed, and comes back."""
    session = client.status()["sessionId"]
    with Pings(lab.user, 8) as pings:
        time.sleep(0.5)
        relay.stop()
        goes(client, "relay", LOST_WITHIN)
    check(pings.lost * PING < LOST_WITHIN, "when its server dies the relay carries again",
          f"{pings.lost * PING:.2f} s of pings lost")
    relay.start()
    with Pings(lab.user, 5):
        begun = time.monotonic()
        goes(client, "turn", BACK_WITHIN)
    check(True, "and TURN when it is back", f"{time.monotonic() - begun:.1f} s")
    check.equal(client.status()["sessionId"], session, "it was one session all the time")
    check.equal(client.status()["reconnects"], 0, "nothing was connected anew")


def nothing_beside(check, capture):
    """What the client's PC sent over its cable."""
    known = {BOSON4, TURN4, TURN6}
    strangers = {str(packet) for packet in capture.fresh()
                 if packet.protocol in ("tcp", "udp") and packet.target not in known}
    homes = {packet for packet in strangers if EXIT4 in packet}
    check(strangers == homes, "it sent to the server, the TURN server, and where the exit may be", sorted(strangers - homes)[:5])


def body(check):
    lab = Laboratory("symmetric", "symmetric", straight=True)
    relay = lab.turn()
    server = Server(lab, *named(relay))
    node = Node(server, lab.node).wait_online()
    client = Client(server, lab.user)
    capture = Capture(lab.user_home.router, "l2")
    capture.fresh()
    found(check, lab, server, node, client)
    nothing_beside(check, capture)
    dies(check, lab, relay, client)
    client.disconnect()
    wait_until(lambda: "lifetime=0" in relay.process.text() or "closed" in relay.process.text(), 5,
               "the allocation is given back")
    check(True, "after a disconnect the allocation is given back")
    # A straight way needs no TURN.
    lab.node_home.set_nat("full-cone")
    lab.user_home.set_nat("full-cone")
    asked = relay.process.text().count("ALLOCATE processed, success")
    client.connect()
    goes(client, "direct", FOUND_WITHIN)
    time.sleep(3)
    check.equal(client.status()["path"], "direct", "where a straight way is it carries")
    check.equal(relay.process.text().count("ALLOCATE processed, success"), asked, "and nothing is allocated")


if __name__ == "__main__":
    if not turn.available():
        print("skipped: there is no turnserver (package coturn)")
        raise SystemExit(sandbox.SKIPPED)
    scenario(body)
