# SPDX-License-Identifier: GPL-3.0-or-later
"""The owner's limits on a node: rates that hold and are shared fairly, a volume that stops at its
byte, hours by a shifted clock, pause, battery. test_node_limits.py [--rounds N]"""
import calendar
import json
import os
import re
import sys
import time
from datetime import datetime, timedelta, timezone

from product import Client, Node, Server, scenario  # makes the others known
from measure import flow, throughput
from host import wait_until
from sandbox import SPACE
from topology import Laboratory

ROUNDS = int(sys.argv[sys.argv.index("--rounds") + 1]) if "--rounds" in sys.argv else 1
TOLERANCE = 0.05
RATES = (5, 20, 100)
ATTEMPTS = 4


def limits(node, *words):
    return json.loads(node.ctl("limits", "--json", *words).stdout)


def tunnel_bytes(client):
    """IP bytes that the guest's interface moved, both ways."""
    text = client.host.sh(f"ip -s -j link show dev {client.interface}")
    return sum(json.loads(text)[0]["stats64"][way]["bytes"] for way in ("rx", "tx"))


def unlimited(check, one):
    limit = {}
    for reverse in (False, True):
        limit[reverse] = throughput(one.host, 2, reverse)[0]
        print(f"     without a limit {'down' if reverse else 'up'}: {limit[reverse]:.0f} Mbit/s")
    check(min(limit.values()) > 25, "positive control: without a limit it is more than 20 Mbit/s")
    return limit


def rates(check, node, one, limit):
    for mbps in RATES:
        limits(node, "--up-mbps", mbps, "--down-mbps", mbps)
        for reverse in (False, True):
            if limit[reverse] < mbps * 4:  # other load takes the processors now and then
                print(f"     {mbps} Mbit/s not tried: this machine moves {limit[reverse]:.0f}")
                continue
            for _ in range(ATTEMPTS):  # more than the limit is a fault at once; less may be the machine's other load
                seen = throughput(one.host, 4 if mbps < 50 else 3, reverse)[0]
                if seen >= (1 - TOLERANCE) * mbps:
                    break
            check(abs(seen - mbps) <= TOLERANCE * mbps,
                  f"{mbps} Mbit/s {'down' if reverse else 'up'} within 5 %", f"{seen:.2f}")


def fairness(check, node, one, other):
    """One guest with six streams, one with a single stream: each gets its half."""
    limits(node, "--up-mbps", 10, "--down-mbps", 10)
    greedy = flow(one.host, "greedy", "-R", "-P", "6", "-p", "5201", "-t", "30")
    time.sleep(1.0)  # six streams in full swing
    before = tunnel_bytes(one), tunnel_bytes(other)
    seen = throughput(other.host, 5, reverse=True, port=5202)[0]
    check(4.3 <= seen <= 5.5, "of 10 Mbit/s a guest with one stream gets its half beside six",
          f"{seen:.2f}")
    check(tunnel_bytes(one) > before[0], "while the six go on")
    greedy.stop()
    check.equal(node.status()["guests"], 2, "no change of a limit dropped a guest")
    limits(node, "--up-mbps", 0, "--down-mbps", 0)


def volume(check, node, client):
    """The cap is set 3 MB above what is used; a guest loads without end."""
    margin = 3_000_000
    used = node.status()["volume"]["usedBytes"]
    cap = used + margin
    before = tunnel_bytes(client)
    limits(node, "--monthly", cap)
    load = flow(client.host, "load", "-R", "-p", "5201", "-t", "20")
    wait_until(lambda: node.status()["limitReason"] == "volume", 15, "the volume is used up")
    moved = tunnel_bytes(client) - before
    status = node.status()
    load.stop()
    check(abs(status["volume"]["usedBytes"] - cap) <= 0.01 * margin,
          "sharing stops at the cap within 1 %", f"{status['volume']['usedBytes']} of {cap}")
    check(abs(moved - margin) <= 0.05 * margin, "and the guest's own interface agrees", moved)
    check.equal((status["state"], status["tunnel"]), ("limited", None), "the exit is taken away")
    check(status["limitUntil"] == status["volume"]["resetsAt"], "it says when the month begins anew")
    node.process.kill()
    node.start()
    wait_until(lambda: node.status().get("limitReason") == "volume", 10,
               "the count survives a crash of the daemon")
    check(True, "the count survives kill -9")
    limits(node, "--monthly", 0)
    node.wait_online()


def schedule(check, node):
    node.ctl("schedule", "all", "0-24", "off")
    status = node.status()
    check.equal((status["state"], status["limitReason"], status["limitUntil"], status["tunnel"]),
                ("limited", "schedule", None, None), "outside the hours nothing is shared")
    node.ctl("schedule", "all", "0-24", "on")
    node.wait_online()
    wait_until(lambda: time.localtime().tm_min < 59, 90, "an hour that does not end meanwhile")
    hour = time.localtime().tm_hour
    node.ctl("schedule", "all", f"{(hour + 1) % 24}", "off")
    check.equal(node.status()["state"], "sharing", "the next hour does not count yet")
    node.process.stop()
    node.options = (*node.options, "--clock-offset", "3600")
    node.start()
    wait_until(lambda: node.status().get("limitReason") == "schedule", 10,
               "an hour later by its clock the node stops")
    until = node.status()["limitUntil"] / 1000
    turn = time.localtime(until + 3600)  # by the node's shifted clock
    check((turn.tm_min, turn.tm_sec, 0 < until - time.time() <= 3600) == (0, 0, True),
          "until the next full hour", until)
    node.ctl("schedule", "all", "0-24", "on")
    node.wait_online()


def pause(check, node):
    node.ctl("pause", "60")
    status = node.status()
    check.equal((status["limitReason"], status["sharing"]), ("paused", True), "paused for an hour")
    check(abs(status["limitUntil"] / 1000 - time.time() - 3600) < 5, "and it says until when")
    rules = node.host.sh("nft list ruleset; ip -br link")
    check("higgs" not in rules and node.interface not in rules,
          "meanwhile nothing of the node is on the machine")
    node.process.kill()
    node.start()
    wait_until(lambda: node.status().get("limitReason") == "paused", 10, "the pause outlives a crash")
    node.ctl("resume")
    node.wait_online()
    check(True, "resume ends it")
    node.ctl("pause", "tomorrow")
    until = time.localtime(node.status()["limitUntil"] / 1000 + 3600)  # by the node's shifted clock
    check.equal((until.tm_hour, until.tm_min), (6, 0), "until tomorrow is until six in the morning")
    node.ctl("resume")
    node.wait_online()


class WhereClocksGoBack(Node):
    """Ten minutes before the hour that its clock shows twice is shown for the second time."""

    def command(self):
        self.data = f"{SPACE}/autumn"
        autumn = calendar.timegm((time.gmtime().tm_year, 10, 31, 0, 50, 0))
        autumn -= (time.gmtime(autumn).tm_wday + 1) % 7 * 86400  # the last Sunday of October
        return ["env", "TZ=CET-1CEST,M3.5.0,M10.5.0/3", *super().command(),
                "--clock-offset", str(int(autumn - time.time()))]


def repeated_hour(check, server, host):
    node = WhereClocksGoBack(server, host, interface="hgnode9",
                             control=f"{SPACE}/autumn.socket").wait_online()
    node.ctl("pause", "20")
    status = node.status()
    check.equal((status["state"], status["limitReason"]), ("limited", "paused"),
                "a pause that begins at 02:50 and ends at 02:10, as the clock goes back, holds")
    check(abs(status["limitUntil"] / 1000 - time.time() - 1200) < 60, "and it ends when it was to end")
    node.process.stop()


def battery(check, node, root):
    def supply(name, **files):
        directory = f"{root}/sys/class/power_supply/{name}"
        os.makedirs(directory, exist_ok=True)
        for file, text in files.items():
            with open(f"{directory}/{file}", "w") as out:
                out.write(text + "\n")
    supply("BAT0", type="Battery", status="Discharging")
    supply("AC", type="Mains", online="0")
    node.process.stop()
    node.options = (*node.options, "--system-root", root)
    node.start()
    wait_until(lambda: node.status().get("limitReason") == "battery", 10, "on battery it stops")
    check.equal(node.status()["surroundings"]["battery"], True, "it says that it runs on battery")
    limits(node, "--battery", "share")
    node.wait_online()
    limits(node, "--battery", "stop")
    check.equal(node.status()["limitReason"], "battery", "a change applies at once")
    supply("AC", type="Mains", online="1")
    wait_until(lambda: node.status()["state"] == "sharing", 30, "on mains again it shares again")
    check(True, "the mains bring it back by itself")


def guests(check, node, client):
    client.connect()
    listed = node.guests()
    check.equal(len(listed), 1, "one guest is listed")
    check(set(listed[0]) == {"number", "since", "path", "online", "rxBytes", "txBytes", "rxMbps",
                             "txMbps", "cut"}, "with nothing that names it", sorted(listed[0]))
    node.ctl("end-guest", listed[0]["number"])
    wait_until(lambda: node.status()["guests"] == 0 or
               node.guests()[0]["number"] !=
               listed[0]["number"], 10, "the guest is gone")
    check(node.ctl("end-guest", listed[0]["number"], check=False).returncode == 1,
          "a number is never used again")
    days = json.loads(node.ctl("history", "--json").stdout)["days"]
    # Of two days, where midnight passed meanwhile.
    check(sum(day["guests"] for day in days) >= 3 and sum(day["txBytes"] for day in days) > 3_000_000,
          "the day's history has it", days)
    now = datetime.now(timezone.utc)
    # Of two hours, where one ended meanwhile.
    hours = [json.loads(node.ctl("letter", (now - timedelta(hours=back)).strftime("%FT%TZ"), "--json").stdout)
             for back in (0, 1)]
    check(sum(hour.get("txBytes", 0) for hour in hours) > 3_000_000, "and so has the hour's", hours)
    listed = json.loads(node.ctl("history", "--hours", "2", "--json").stdout)["hours"]
    # What came between the two questions is more.
    check(sum(hour["txBytes"] for hour in listed) >= sum(hour.get("txBytes", 0) for hour in hours),
          "and the list of the last hours", listed)


def body(check):
    lab = Laboratory()
    lab.second_user()
    server = Server(lab)
    node = Node(server, lab.node).wait_online()
    limits(node, "--good-neighbour", "off")
    one, other = Client(server, lab.user), Client(server, lab.user2)
    one.connect()
    other.connect()
    free = unlimited(check, one)
    for _ in range(ROUNDS):
        rates(check, node, one, free)
        fairness(check, node, one, other)
    other.ctl("disconnect")
    volume(check, node, one)
    schedule(check, node)
    pause(check, node)
    battery(check, node, f"{SPACE}/fake-root")
    one.ctl("disconnect", check=False)
    guests(check, node, one)
    node.process.stop()
    repeated_hour(check, server, lab.node)


if __name__ == "__main__":
    scenario(body)
