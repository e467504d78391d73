# SPDX-License-Identifier: GPL-3.0-or-later
"""The one exit that there is dies and is started anew, as after a crash: whoever waits for it goes on by the same session
a moment after it is there again, although it knows none of the tunnel's keys of before. While nobody else can be asked
for no session is opened that would only be taken back."""
import time

from product import Client, Node, Server, scenario, wait_until
from patience import Stopwatch
from test_node_lost import kill_node
from topology import Laboratory
from watching import Watch

AWAY = (0, 4)  # seconds, and what its start takes: below WireGuard's patience of 15
WITHIN = 5  # seconds; those that the keys of before would be tried are ten and more


def asked(server):
    """Routes, ever: each is a session."""
    text = server.host.run("curl", "-sk", "-m3", "https://127.0.0.1:3000/metrics").stdout
    return sum(float(line.split()[-1]) for line in text.splitlines()
               if line.startswith("boson_http_requests_total{") and "/routing/request" in line)


def body(check):
    lab = Laboratory()
    server = Server(lab)
    node = Node(server, lab.node).wait_online()
    client = Client(server, lab.user)
    watch = Watch(check, lab.user_home, lab.user, "l2", [node])
    client.connect()
    watch.forget()
    session = client.status()["sessionId"]
    before = asked(server)
    check(before == 1, "control: a connection asks for one route", before)
    for away in AWAY:
        kill_node(node)
        client.wait_state("reconnecting", "blocked", timeout=15)
        time.sleep(away)
        node.start().wait_online()
        online = Stopwatch()
        wait_until(lambda: client.exit4(1) and client.state() == "connected", 40, "the client is back when the exit is")
        check(not online.passed(WITHIN), f"away for {away} s and its start: back within {WITHIN} s", online)
        check.equal(client.status()["sessionId"], session, "by the same session")
        check.equal(asked(server), before, "and none other was opened meanwhile")
        watch.nothing_left(f"while the exit was away for {away} s")
    client.disconnect()


if __name__ == "__main__":
    scenario(body)
