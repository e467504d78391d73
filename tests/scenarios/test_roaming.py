# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's own network changes under it: the tunnel is back within a second, and nothing leaks."""
import argparse
import re
import time

from product import WEB4, Whole, scenario, wait_until
from addresses import lan6
from test_main_job import difference
from topology import Laboratory
from watching import Watch

GATEWAY = "192.168.31.1"
# "ip -batch": one process, as a network manager would do it.
MOVE = """ip -batch - <<E
address del {old}/24 dev eth0
address add {new}/24 dev eth0
route add default via {gateway} dev eth0
E"""


def answers(ping):
    """Seconds at which echo replies arrived (ping -D)."""
    return [float(at) for at in re.findall(r"^\[([0-9.]+)\] .*bytes from", ping.text(), re.MULTILINE)]


def longest_gap(times, since):
    late = [t for t in times if t >= since - 0.5]
    return max((b - a for a, b in zip(late, late[1:])), default=99)


def changes(check, whole, watch, rounds):
    user = whole.lab.user
    addresses = ["192.168.31.2", "192.168.31.9"]
    gaps = []
    for turn in range(rounds):
        ping = user.start(f"ping{turn}", "ping", "-D", "-n", "-i", "0.02", WEB4)
        wait_until(lambda: len(answers(ping)) > 10, 20, "pings come back")
        watch.forget()
        begun = time.time()
        user.sh(MOVE.format(old=addresses[turn % 2], new=addresses[1 - turn % 2], gateway=GATEWAY))
        wait_until(lambda: (got := answers(ping)) and got[-1] > begun + 0.25 and
                   longest_gap(got, begun) < 99 and got[-1] > begun + 1.2, 20, "pings come back again")
        gaps.append(longest_gap(answers(ping), begun))
        ping.stop()
        wait_until(lambda: whole.client.state() == "connected", 20, "connected")
        watch.nothing_left(f"while the address changed, round {turn}")
    print("gaps in s:", " ".join(f"{gap:.2f}" for gap in gaps), flush=True)
    check(max(gaps) < 1, "every gap is under a second", f"longest {max(gaps):.2f} s")
    return addresses[rounds % 2]


def cable(check, whole, watch):
    """Pulled out for some seconds, then in again."""
    user, router = whole.lab.user, whole.lab.user_home.router
    session = whole.client.status()["sessionId"]
    router.sh("ip link set l2 down")
    whole.client.wait_state("reconnecting", "blocked", timeout=5)
    watch.forget()
    time.sleep(2)
    begun = time.monotonic()
    router.sh("ip link set l2 up")
    user.sh(f"ip route replace default via {GATEWAY} dev eth0;"
            f"ip -6 route replace default via {lan6(31)}1 dev eth0")
    whole.client.wait_state("connected", timeout=20)
    check(True, "the cable is back: connected again", f"after {time.monotonic() - begun:.2f} s")
    check.equal(whole.client.status()["sessionId"], session, "in the same session")
    watch.nothing_left("while the cable was out")


def body(check):
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=4)
    rounds = options.parse_args().rounds
    lab = Laboratory()
    before = lab.user.fingerprint()
    whole = Whole(lab)
    watch = Watch(check, lab.user_home, lab.user, "l2", [whole.node])
    whole.client.connect()
    last = changes(check, whole, watch, rounds)
    cable(check, whole, watch)
    if last != "192.168.31.2":
        lab.user.sh(MOVE.format(old=last, new="192.168.31.2", gateway=GATEWAY))
    whole.client.disconnect()
    left = [line for line in difference(before, lab.user.fingerprint()) if "fe80" not in line]
    check.equal(left, [], "the machine is as before")


if __name__ == "__main__":
    scenario(body)
