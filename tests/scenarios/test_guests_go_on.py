# SPDX-License-Identifier: GPL-3.0-or-later
"""A guest does not notice that the node looks after its home: the packets go on while a self-test runs,
however long that takes on the machine, and while the rules are compared."""
import threading

from product import Client, Node, Server, scenario
from host import wait_until
from measure import round_trips
from topology import Laboratory

SLOW = 1.5  # seconds, and what a packet may take while nothing holds it up is a small part of that
SLOW_NFT = f"""
cp "$(readlink -f /usr/sbin/nft)" /run/nft.real
printf '#!/bin/sh\\ncase "$*" in *"list table inet higgs_canary"*) echo >> /run/tested; sleep {SLOW};; esac
exec /run/nft.real "$@"\\n' > /run/nft.slow
chmod 755 /run/nft.slow /run/nft.real
mount --bind /run/nft.slow "$(readlink -f /usr/sbin/nft)"
"""


def tests_so_far(lab):
    return int(lab.node.sh("cat /run/tested 2>/dev/null | wc -l"))


def body(check):
    lab = Laboratory()
    server = Server(lab)
    node = Node(server, lab.node).wait_online()
    client = Client(server, lab.user)
    client.connect()
    _, lost = round_trips(lab.user, 20, 0.01)
    check.equal(lost, 0, "control: the tunnel carries")
    lab.node.sh(SLOW_NFT)
    before = tests_so_far(lab)
    seen = []
    pings = threading.Thread(target=lambda: seen.append(round_trips(lab.user, 600, 0.01)))
    pings.start()
    lab.node.nft("table inet stranger { chain f { type filter hook forward priority 10; }; }")
    pings.join()
    wait_until(lambda: tests_so_far(lab) > before, 10, "a self-test ran, because another table came")
    check(True, "the home was tested while the guest's packets were on their way")
    times, lost = seen[0]
    check.equal(lost, 0, "none of 600 pings was lost")
    check(max(times) < SLOW * 500, "and none waited for the test", f"{max(times):.0f} ms at most")
    check.equal(node.status()["safety"]["state"], "passed", "the test's outcome is told")


scenario(body)
