# SPDX-License-Identifier: GPL-3.0-or-later
"""A step of giving the machine back fails: `disconnect` answers, what is told is what a meter on the wire sees, and
when the cause has gone another `disconnect` gives back the rest."""
import subprocess
import time

from product import Client, Node, Server, sandbox, scenario  # makes the others known
from host import wait_until
from topology import PYTHON, Laboratory, WEB4, WEB6
from test_block_stands import PORT, TALK, Meter

DATA = f"{sandbox.SPACE}/small"
GONE = "printf '#!/nowhere\\n' > /run/no; chmod 755 /run/no; mount --bind /run/no $(readlink -f $(command -v %s))"
BACK = "umount $(readlink -f $(command -v %s))"
OPEN, SHUT = "disconnected", "blocked"
ROWS = (("nothing (control)", "true", "true", OPEN, 0),
        ("/etc is read-only", "mount --bind /etc /etc; mount -o remount,bind,ro /etc", "umount /etc", OPEN, 1),
        ("resolv.conf cannot be replaced", "cp /etc/resolv.conf /run/rc; mount --bind /run/rc /etc/resolv.conf;"
         "mount -o remount,bind,ro /etc/resolv.conf", "umount /etc/resolv.conf", OPEN, 1),
        ("the disk is read-only", f"mount -o remount,ro {DATA}", f"mount -o remount,rw {DATA}", OPEN, 0),
        ("ip is gone", GONE % "ip", BACK % "ip", SHUT, 1),
        ("nft is gone", GONE % "nft", BACK % "nft", SHUT, 1))


def said(client, word="disconnect"):
    try:
        done = client.ctl(word, check=False, timeout=20)
    except subprocess.TimeoutExpired:
        return None, "no answer"
    return done.returncode, (done.stdout + done.stderr).strip()


def is_open(meter):
    """True at the first datagrams; false when none comes for as long as hundreds are sent."""
    seen, end = meter.count(), time.monotonic() + 1
    while time.monotonic() < end:
        if meter.count() > seen + 4:
            return True
        time.sleep(0.05)
    return False


def row(check, client, user, meter, spoiled):
    what, spoil, heal, state, code = spoiled
    before = user.sh("cat /etc/resolv.conf")
    client.connect()
    check(not is_open(meter), f"{what}: control: connected, and nothing passes by the tunnel")
    user.sh(spoil)
    returned, words = said(client)
    check.equal(returned, code, f"{what}: disconnect answers: {words}")
    status = client.status()
    opened = is_open(meter)
    check.equal((status["state"], status["killSwitch"], opened), (state, state == SHUT, state == OPEN),
                f"{what}: what is told is so")
    check.equal(status.get("problem"), "not_restored" if code else None, f"{what}: the problem")
    check(code == 0 or status["problemDetail"] in words, f"{what}: and is said", status.get("problemDetail"))
    if what == "the disk is read-only":
        returned, words = said(client, "restore-network")
        check(returned == 0 and "client-network.json" in words, f"{what}: all is given back, but a file: {words}")
    user.sh(heal)
    check.equal(said(client)[0], 0, f"{what}: put right, disconnect goes well")
    check.equal((client.state(), client.status().get("problem"), is_open(meter)), (OPEN, None, True),
                f"{what}: and the line is open")
    rules = user.sh("(nft list tables; ip rule; ip -6 rule) | grep -e higgs_vpn -e not || :")
    check.equal((rules, user.sh("cat /etc/resolv.conf")), ("", before), f"{what}: and nothing of ours is left")


def body(check):
    lab = Laboratory()
    server, user = Server(lab), lab.user
    Node(server, lab.node).wait_online()
    user.sh(f"mkdir -p {DATA}; mount -t tmpfs -o size=512k,mode=700 tmpfs {DATA}")
    client = Client(server, user, data=DATA)
    meter = Meter(lab.user_home.router)
    user.start("talk", PYTHON, "-c", TALK, PORT, WEB4, WEB6).wait_for("ready")
    wait_until(lambda: meter.count() > 20, 10, "control: the router sees the talker")
    for spoiled in ROWS:
        row(check, client, user, meter, spoiled)


if __name__ == "__main__":
    scenario(body)
