# SPDX-License-Identifier: GPL-3.0-or-later
"""The straight way between two homes: found behind the relay, taken over without a loss, given up and found
again; and never by what a person did not ask for."""
import threading
import time

from product import Client, Node, Server, scenario  # makes the others known
from addresses import EXIT4
from host import wait_until
from losses import none_lost
from measure import round_trips
from topology import Laboratory

FOUND_WITHIN, LOST_WITHIN = 5, 3
GATEWAY_STUN = 3478  # of the exit, inside the tunnel
PINGS = 200  # one each 10 ms
GONE_FOR = 45  # longer than any question that nobody answers, and than it takes to see that links are dead


def goes(client, path, timeout):
    return wait_until(lambda: client.status().get("path") == path, timeout, f"the path is {path}: {client.status()}")


def without_server(check, lab, server, node, client):
    """It vanishes without a word. The straight way goes on, and nobody takes that for a network without UDP."""
    goes(client, "direct", FOUND_WITHIN)
    before = node.status()["natType"], 1
    lab.boson.nft("table inet gone { chain c { type filter hook prerouting priority -300; iifname eth0 drop; }; }")
    begun, seen = time.monotonic(), set()
    while time.monotonic() < begun + GONE_FOR:
        seen.add((node.status()["natType"], sum(guest["path"] == "direct" for guest in node.guests())))
        time.sleep(0.5)
    check.equal(seen, {before}, f"{GONE_FOR} s without a server: the guest is there, and the home's router what it was")
    check.equal([client.status()["path"], client.exit4()], ["direct", EXIT4], "and the straight way carries on")
    lab.boson.nft("delete table inet gone")
    wait_until(lambda: node.status()["reach"] == "relay", 40, "the node is back at the server")
    check.equal([client.status()["path"], client.exit4()], ["direct", EXIT4], "it does when the server is back")
    check.equal(client.status()["reconnects"], 0, "and the session was the same all the time")


def late_answers(check, lab, client):
    """The network changes, and the exit's answers to the tunnel's own questions do not come for a while, as on a busy
    machine; all else does. That is no silence, and the session goes on."""
    lost = []
    pings = threading.Thread(target=lambda: lost.append(round_trips(lab.user, PINGS, 0.01)[1]))
    lab.user.nft("table inet late { chain i { type filter hook input priority -300; "
                 f'iifname "{client.interface}" udp sport {GATEWAY_STUN} counter drop; }}; }}')
    pings.start()
    lab.user.sh("ip address add 10.99.99.1/32 dev lo; ip address delete 10.99.99.1/32 dev lo")
    pings.join()
    held = lab.user.sh("nft list table inet late")
    lab.user.nft("delete table inet late")
    check("packets 0 " not in held, "control: answers to its questions were held back", held.split("counter")[1][:20])
    check.equal([lost, client.status()["reconnects"]], [[0], 0],
                f"none of {PINGS} pings is lost where only those are late, and the session is the same")


def silent_exit(check, lab, client):
    """The control: the server is there, so it is the exit that is silent."""
    lab.node_home.router.nft("table inet shut { chain f { type filter hook forward priority -10; "
                             "ct state new drop; }; }")
    begun = time.monotonic()
    wait_until(lambda: client.state() != "connected", 60, "an exit through which nothing answers is left")
    check(True, "control: with the server there, an exit through which nothing answers is left",
          f"{time.monotonic() - begun:.1f} s, {client.status().get('problemDetail')}")


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
    none_lost(check, "100 pings go that way, none lost", lab, server, node, client)
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
    late_answers(check, lab, client)
    client.disconnect()
    client.connect("US", "--path", "relay")
    time.sleep(FOUND_WITHIN)
    check.equal([client.status()["path"], client.status()["pathReason"]], ["relay", "pinned"],
                "the relay alone, where a person wants it")
    client.disconnect()
    client.connect("US", "--path", "direct")
    check.equal([client.status()["path"], client.status()["pathReason"]], ["direct", "pinned"],
                "the straight way alone, likewise")
    without_server(check, lab, server, node, client)
    silent_exit(check, lab, client)


if __name__ == "__main__":
    scenario(body)
