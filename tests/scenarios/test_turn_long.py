# SPDX-License-Identifier: GPL-3.0-or-later
"""An allocation on a TURN server that ends every few seconds, and whose nonces do: it is kept, and not one ping of a
hundred a second is lost over that."""
import threading
import time

from product import Client, Node, Server, sandbox, scenario  # makes the others known
import turn
from measure import round_trips
from test_turn import FOUND_WITHIN, PING, goes, named
from topology import Laboratory

LIFETIME, NONCE, SECONDS = 8, 10, 20


def kept(check, lab, relay, client):
    """Over several ends of the allocation's life."""
    goes(client, "turn", FOUND_WITHIN)
    time.sleep(1)
    begun = relay.process.text().count("REFRESH processed, success")
    other = []
    over = threading.Event()

    def look():
        while not over.wait(0.5):
            if client.status().get("path") != "turn":
                other.append(client.status().get("path"))
    looking = threading.Thread(target=look)
    looking.start()
    lost = round_trips(lab.user, int(SECONDS / PING), PING)[1]
    over.set()
    looking.join()
    refreshed = relay.process.text().count("REFRESH processed, success") - begun
    check(refreshed >= SECONDS // LIFETIME, f"the allocation's {LIFETIME} s were made longer", f"{refreshed} times")
    check.equal(lost, 0, f"{int(SECONDS / PING)} pings over {SECONDS} s, none lost")
    check.equal(other, [], "TURN carried all the time")


def body(check):
    lab = Laboratory("symmetric", "symmetric", straight=True)
    relay = lab.turn(options=(f"--max-allocate-lifetime={LIFETIME}", f"--stale-nonce={NONCE}"))
    server = Server(lab, *named(relay))
    Node(server, lab.node).wait_online()
    client = Client(server, lab.user)
    client.connect()
    kept(check, lab, relay, client)
    client.disconnect()


if __name__ == "__main__":
    if not turn.available():
        print("skipped: there is no turnserver (package coturn)")
        raise SystemExit(sandbox.SKIPPED)
    scenario(body)
