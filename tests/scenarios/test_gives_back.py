# SPDX-License-Identifier: GPL-3.0-or-later
"""A step of giving the machine back fails: `disconnect` answers, what is told is what a meter on the wire sees, and
when the cause has gone another `disconnect` gives back the rest."""
import subprocess
import time

from product import Client, Node, Server, sandbox, scenario  # makes the others known
from host import wait_until
from topology import PYTHON, Laboratory, WEB4, WEB6
from test_block_stands import PORT, Meter

TALK = r"""
import socket, sys, time
print("ready", flush=True)
while True:
    for to in sys.argv[2:]:
        with socket.socket(socket.AF_INET6 if ":" in to else socket.AF_INET, socket.SOCK_DGRAM) as s:
            try: s.sendto(b"of the home", (to, int(sys.argv[1])))
            except OSError: pass
    time.sleep(0.005)
"""

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
        check(returned == 0 and "client-network.json" in words and "restart" in words,
              f"{what}: all is given back, but files: {words}")
    user.sh(heal)
    check.equal(said(client)[0], 0, f"{what}: put right, disconnect goes well")
    check.equal((client.state(), client.status().get("problem"), is_open(meter)), (OPEN, None, True),
                f"{what}: and the line is open")
    rules = user.sh("(nft list tables; ip rule; ip -6 rule) | grep -e higgs_vpn -e not || :")
    check.equal((rules, user.sh("cat /etc/resolv.conf")), ("", before), f"{what}: and nothing of ours is left")


def restarted(client):
    client.process.stop()
    return client.start().state()


def full_disk(check, server, client, home):
    """What is taken back needs no room."""
    user = client.host
    client.connect()
    user.sh(f"dd if=/dev/zero of={DATA}/fill bs=1k count=1000 2>/dev/null || :")
    check.equal(restarted(client) in ("connecting", "connected"), True, "a full disk: control: a restart connects again")
    check.equal(said(client)[0], 0, "a full disk: disconnect goes well")
    check.equal(restarted(client), OPEN, "a full disk: and a restart leaves it so")
    user.sh(f"rm {DATA}/fill")
    for kind in ("full", "read-only"):
        pc = home.pc(kind[:4], 40 + len(kind))
        pc.sh(f"mkdir -p {DATA}; mount -t tmpfs -o size=256k,mode=700 tmpfs {DATA}")
        node = Owner(server, pc, country="FI", region=None)
        wait_until(lambda: node.status().get("state"), 15, "its daemon answers")
        node.ctl("on", "--agree")
        wait_until(lambda: node.status().get("state") == "sharing", 30, f"a {kind} disk: control: it shares")
        pc.sh(f"dd if=/dev/zero of={DATA}/fill bs=1k count=400 2>/dev/null || :" if kind == "full" else
              f"mount -o remount,ro {DATA}")
        done = node.ctl("off", check=False)
        check(done.returncode == 0 if kind == "full" else "after a restart" in done.stderr,
              f"a {kind} disk: off says what holds", done.stdout + done.stderr)
        wait_until(lambda: node.status().get("state") == "off", 10, f"a {kind} disk: it is off")
        node.process.stop()
        node.start()
        wait_until(lambda: node.status().get("state"), 10, f"a {kind} disk: it can be asked after a restart")
        time.sleep(1)  # for a sharing that would begin
        check.equal(node.status()["state"], "off", f"a {kind} disk: and shares nothing against the owner's word")
        node.process.stop()


class Owner(Node):
    sharing = None

    def start(self):
        self.data = DATA
        return super().start()


def odd_file(check, client):
    user = client.host
    kept = user.sh("cat /etc/resolv.conf")
    user.sh("rm /etc/resolv.conf; mkfifo /etc/resolv.conf")
    client.ctl("connect", "US", "--wait=5", check=False, timeout=30)
    check(client.status() != {}, "resolv.conf is a pipe: the daemon answers", client.state())
    check.equal(said(client)[0], 0, "resolv.conf is a pipe: disconnect goes well")
    user.sh(f"rm /etc/resolv.conf; printf '%s' '{kept}' > /etc/resolv.conf")


def written_in_steps(check, client):
    """As a DHCP client without a resolvconf(8) does it: what is half written is not the original."""
    user = client.host
    kept = user.sh("cat /etc/resolv.conf")
    client.connect()
    for step in (": >/etc/resolv.conf", "echo search lan >>/etc/resolv.conf",
                 "echo nameserver 192.168.31.77 >>/etc/resolv.conf"):
        user.sh(step)
        time.sleep(0.2)
    ours = lambda: user.sh("cat /etc/resolv.conf").startswith("# Written by Higgs.net")
    wait_until(ours, 15, "resolv.conf written in steps: the tunnel's resolver stands there again")
    client.disconnect()
    written = user.sh("cat /etc/resolv.conf")
    check.equal(written.split(), "search lan nameserver 192.168.31.77".split(),
                "and what comes back is the whole of what was written")
    user.sh(f"printf '%s' '{kept}' >/etc/resolv.conf")


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
    full_disk(check, server, client, lab.node_home)
    odd_file(check, client)
    written_in_steps(check, client)


if __name__ == "__main__":
    scenario(body)
