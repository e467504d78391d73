# SPDX-License-Identifier: GPL-3.0-or-later
"""A session of 20 seconds, used for over a minute: it is renewed, and not a ping is lost."""
from product import Whole, scenario
from measure import round_trips
from topology import Laboratory

TTL, PINGS, INTERVAL = 20, 350, 0.2


def body(check):
    whole = Whole(Laboratory(), ("--session-ttl", str(TTL)))
    status = whole.client.connect()
    times, lost = round_trips(whole.lab.user, PINGS, INTERVAL)
    check.equal(lost, 0, f"{PINGS} pings in {PINGS * INTERVAL:.0f} s over sessions of {TTL} s, none lost")
    after = whole.client.status()
    check.equal(after["state"], "connected", "still connected")
    check.equal(after["tunnelAddress"], status["tunnelAddress"], "by the same session: its tunnel address")
    check.equal(after["since"], status["since"], "and since the same moment")


if __name__ == "__main__":
    scenario(body)
