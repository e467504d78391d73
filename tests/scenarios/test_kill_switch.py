# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that can be killed is killed: nothing leaks, and the machine can always be given back."""
import time

from product import Whole, scenario, wait_until
from addresses import EXIT4
from test_main_job import difference
from topology import Laboratory
from watching import Watch


def connected(client):
    return client.exit4(1) == EXIT4 and client.state() == "connected"


def kill_daemon(client):
    client.process.kill()
    time.sleep(1.5)


def body(check):
    lab = Laboratory()
    before = lab.user.fingerprint()
    whole = Whole(lab)
    client = whole.client
    watch = Watch(check, lab.user_home, lab.user, "l2", [whole.node])
    client.connect()
    watch.forget()
    time.sleep(0.5)
    watch.nothing_left("while connected")

    how = client.end_tunnel()
    time.sleep(1)
    watch.nothing_left(f"when {how}")
    wait_until(lambda: connected(client), 15, f"the tunnel is back after {how}")
    watch.nothing_left("until the tunnel was back")

    kill_daemon(client)
    watch.nothing_left("when the daemon was killed")
    client.start()
    time.sleep(1)
    watch.nothing_left("when a new daemon took over")
    check(client.state() in ("blocked", "connecting", "reconnecting", "connected"),
          "the new daemon knows that the machine is blocked", client.state())
    client.connect()
    watch.nothing_left("while it connected again")
    check(connected(client), "connected again")

    client.ctl("restore-network")
    watch.again_visible("after restore-network by the daemon")
    check.equal(difference(before, lab.user.fingerprint()), [], "restore-network gave the machine back")

    client.connect()
    watch.forget()
    kill_daemon(client)
    watch.nothing_left("when the daemon was killed a second time")
    client.ctl("restore-network", "--data-dir", client.data)
    watch.again_visible("after restore-network without a daemon")
    check.equal(difference(before, lab.user.fingerprint()), [], "offline, too, the machine is as before")

    client.start()
    check.equal(client.state(), "disconnected", "a daemon started then is disconnected")
    client.connect()
    watch.forget()
    client.process.stop()
    time.sleep(1)
    fresh = watch.capture.fresh()
    check(True, "SIGTERM while connected: " + ("blocked" if not any(
        p.target_port == 9999 for p in fresh) else "the bare line is open again"))
    watch.stop()


if __name__ == "__main__":
    scenario(body)
