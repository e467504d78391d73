# SPDX-License-Identifier: GPL-3.0-or-later
"""The way that a person has set holds for every exit, also for one that is named, and from that moment on: who goes by the
relay alone sends nothing to the exit's home. And what is known of the router outlives a server that comes back with
another STUN port."""
from product import Client, Node, Server, scenario, wait_until
from addresses import EXIT4, WEB4
from capturing import Capture, Counters
from measure import round_trips
from test_turn import goes
from topology import Laboratory

PINGS = 50
OTHER_PORT = 4478


class Bench:
    def __init__(self, check):
        self.check = check
        self.lab = Laboratory(straight=True, node_home={"ipv6": "none"}, user_home={"ipv6": "none"})
        self.server = Server(self.lab)
        self.node = Node(self.server, self.lab.node).wait_online()
        self.entry = Node(self.server, self.lab.second_node(), country="CA", region="").wait_online()
        self.client = Client(self.server, self.lab.user)
        self.cable = Capture(self.lab.user_home.router, "l2")

    def straight(self):
        """Datagrams to the exit's home while a second of pings goes out."""
        self.cable.fresh()
        round_trips(self.lab.user, PINGS, 0.02, WEB4)
        return sum(packet.target == EXIT4 and packet.protocol == "udp" for packet in self.cable.fresh())

    def wish(self):
        return {key: self.client.status()["request"][key] for key in ("path", "via")}

    def hidden(self, when, **wish):
        """Connected as wished, and the exit's home hears nothing of this one."""
        self.client.wait_state("connected", timeout=40)
        self.check.equal(self.wish(), {"path": "auto", "via": None, **wish}, f"{when}: what is asked for")
        self.check.equal(self.straight(), 0, f"{when}: nothing goes straight to the exit's home")
        self.check.equal(self.client.exit4(), EXIT4, f"{when}: the Internet is reached by the exit")


def named(bench):
    client, exit_ = bench.client, bench.node.identity()
    for key, value, other in (("path", "relay", "auto"), ("via", "CA", "none")):
        client.ctl("set", key, value)
        client.connect("US", "--node", exit_)
        bench.hidden(f"{key} {value}, and an exit that is named", **{key: value})
        client.disconnect()
        client.ctl("set", key, other)


def while_connected(bench):
    client, check = bench.client, bench.check
    client.connect()
    goes(client, "direct", 15)
    check(bench.straight() >= PINGS // 2, "positive control: by default the exit's home is written to")
    client.ctl("set", "path", "relay")
    goes(client, "relay", 30)
    bench.hidden("set while connected", path="relay")
    client.process.kill()
    client.start()
    bench.hidden("after the daemon was killed", path="relay")
    client.ctl("set", "path", "auto")
    goes(client, "direct", 30)
    check(True, "set back, the straight way is taken")
    client.ctl("set", "via", "CA")
    goes(client, "cascade", 30)
    bench.hidden("an entry that is set while connected", via="CA")
    client.ctl("set", "via", "none")
    goes(client, "direct", 30)


def asked_for(bench):
    """What was asked for by itself is not the settings' to change."""
    client = bench.client
    client.connect("US", "--path", "relay")
    client.ctl("set", "path", "direct")
    bench.check.equal((client.status()["path"], bench.wish()["path"]), ("relay", "relay"),
                      "a way that was asked for with the connection stays")
    client.ctl("set", "path", "auto")
    client.disconnect()


def other_stun_port(bench):
    client, server = bench.client, bench.server
    client.connect()
    goes(client, "direct", 15)
    before = wait_until(lambda: client.status()["natType"] not in (None, "Unknown") and client.status()["natType"], 20,
                        "the client knows its router")
    server.process.stop()
    server.stun = f"0.0.0.0:{OTHER_PORT}"
    server.start()

    def knows():
        status = client.status()
        return (status["natType"], status["mappedAddress"] is not None) == (before, True)
    # What it knew goes when nobody answers for a while: only who asks there knows more.
    home = bench.lab.user_home.public4
    asked = Counters(bench.lab.boson, whole=f"ip saddr {home} udp dport {OTHER_PORT}")
    wait_until(lambda: asked["whole"] > 0, 90, "the client asks at the other port")
    wait_until(knows, 40, lambda: f"the router is known again (it is {client.status()['natType']}, was {before})")
    bench.check(True, "a server with another STUN port is asked there")


def body(check):
    bench = Bench(check)
    named(bench)
    asked_for(bench)
    while_connected(bench)
    other_stun_port(bench)


if __name__ == "__main__":
    scenario(body)
