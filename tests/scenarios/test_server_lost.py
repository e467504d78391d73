# SPDX-License-Identifier: GPL-3.0-or-later
"""Server killed and back, relay connection cut, line dead for a while: the client returns by itself."""
import time

from product import Whole, scenario, wait_until, BOSON4
from addresses import EXIT4
from topology import Laboratory
from watching import Watch


def working(client):
    return client.exit4(1) == EXIT4 and client.state() == "connected"


def recovered(check, client, watch, what, within):
    begun = time.monotonic()
    try:
        wait_until(lambda: working(client), within, f"the client is back after: {what}")
    except TimeoutError:
        status = client.status()
        print({key: status.get(key) for key in ("state", "problem", "problemDetail", "path", "sessionId", "rxBytes",
                                                "txBytes", "lostDatagrams", "rttMs")})
        raise
    check(True, f"back after: {what}", f"{time.monotonic() - begun:.1f} s")
    watch.nothing_left(f"({what})")


def on_way_to_server(home, verdict):
    """A rule in the middle of the way, both directions."""
    home.router.nft(f"insert rule inet router forward ip daddr {BOSON4} tcp dport 3000 {verdict}\n"
                    f"insert rule inet router forward ip saddr {BOSON4} tcp sport 3000 {verdict}\n")


def body(check):
    lab = Laboratory()
    whole = Whole(lab)
    client, server = whole.client, whole.server
    watch = Watch(check, lab.user_home, lab.user, "l2", [whole.node])
    client.connect()
    watch.forget()
    wait_until(lambda: working(client), 15, "the client is connected")

    for home, whose in ((lab.user_home, "client"), (lab.node_home, "node")):
        on_way_to_server(home, "meta l4proto tcp reject with tcp reset")
        time.sleep(0.5)
        home.set_nat(home.kind)
        recovered(check, client, watch, f"RST on the {whose}'s connections", 15)

    server.process.kill()
    time.sleep(1)
    check(client.state() in ("connected", "reconnecting", "blocked"), "server killed: held", client.state())
    watch.nothing_left("with the server dead")
    server.start()
    recovered(check, client, watch, "the server was killed and came back", 30)
    whole.node.wait_online()

    server.process.stop()
    server.start()
    recovered(check, client, watch, "the server was restarted properly", 30)

    on_way_to_server(lab.user_home, "drop")
    time.sleep(18)
    watch.nothing_left("while the line swallowed everything")
    lab.user_home.set_nat(lab.user_home.kind)
    recovered(check, client, watch, "18 s of a line that swallows everything", 30)
    client.disconnect()
    watch.again_visible("after disconnect")


if __name__ == "__main__":
    scenario(body)
