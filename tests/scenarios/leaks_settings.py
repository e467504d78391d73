# SPDX-License-Identifier: GPL-3.0-or-later
"""What the person switches while the machine is blocked or connected: pause, lockdown, the local network,
DNS, and a machine that starts with lockdown on."""
import time

from host import wait_until
from leaks_judgement import LAN4, WANTED, as_probe
from product import program
from topology import CANARY4, DNS4, DNS6, HERE, PYTHON, WEB4, WEB6

LAN_SORTS = {sort for sort in WANTED if sort[2] == "lan" and not sort[0].endswith("53")}


def change(lab, key, value, phase=None):
    """A setting is in force at its answer; when that came."""
    _, answered = lab.control.call("set", key=key, value=value)
    if phase:
        lab.phase(phase, answered)
    return answered


def pause(lab):
    """The line is open by the person's wish, and closed again at once when the pause ends."""
    lab.connect()
    asked = time.time()
    status, told = lab.control.call("pause", minutes=1)
    if not status["pausedUntil"] or status["state"] != "disconnected":
        lab.fault(f"not paused: {status['state']}")
    lab.opened(asked, told)
    lab.positive_control()
    asked = time.time()
    status, answered = lab.control.call("resume")
    if not status["killSwitch"]:
        lab.fault("resumed without a block")
    lab.phase("closed", answered)
    lab.control.wait(lambda s: s["state"] == "connected", asked, 15, "connected")
    lab.back()


def lockdown(lab):
    """There is no disconnected: before, between and after connections, and when the daemon dies."""
    change(lab, "lockdown", "on", "closed")
    lab.watch(lab.random.uniform(0, 0.3))
    lab.connect()
    lab.watch(lab.random.uniform(0, 0.3))
    if lab.control.call("disconnect")[0]["state"] != "blocked":
        lab.control.wait(lambda s: s["state"] == "blocked", 0, 5, "blocked")
    lab.watch(0.3)
    lab.kill_daemon()
    lab.watch(lab.random.uniform(0, 0.5))
    lab.start_daemon()
    if lab.control.status()["problem"] != "lockdown":
        lab.fault("a new daemon does not say that lockdown blocks")
    lab.connect()
    lab.back()
    lab.control.call("disconnect")
    asked = time.time()
    told = change(lab, "lockdown", "off")
    if lab.control.status()["state"] != "disconnected":
        _, told = lab.control.wait(lambda s: s["state"] == "disconnected", asked, 5, "disconnected")
    lab.opened(asked, told)


def boot(lab):
    """The machine starts with lockdown on: its rules are gone, and are there again before the line."""
    change(lab, "lockdown", "on", "closed")
    lab.kill_daemon()
    lab.home.router.sh("ip link set l2 down")
    lab.user.nft("flush ruleset")
    lab.user.run(program("higgs-vpnd"), "--lockdown", "--data-dir", lab.client.data,
                 "--interface", lab.client.interface)
    lab.home.router.sh("ip link set l2 up")
    lab.watch(lab.random.uniform(0.2, 0.5))
    lab.start_daemon()
    lab.watch(0.2)
    lab.connect()
    lab.back()
    asked = time.time()
    _, told = lab.control.call("restoreNetwork")  # switches lockdown off, too
    lab.opened(asked, told)
    if lab.control.status()["lockdown"]:
        lab.fault("lockdown is still on after restore-network")


def lan(lab):
    """Private addresses may be reached while the person allows it, but never a resolver there."""
    lab.connect()
    for _ in range(2):
        lab.phase("lan")
        change(lab, "lan", "on")
        begun = time.time()
        if lab.random.random() < 0.5:
            lab.kill_tunnel()

        def lan_seen():
            return LAN_SORTS <= {as_probe(p) for p in lab.read() if p.time >= begun}
        wait_until(lan_seen, 10, "the local network is reached")
        lab.watch(lab.random.uniform(0, 0.3))
        change(lab, "lan", "off", "closed")
        lab.watch(lab.random.uniform(0, 0.3))
        lab.back()


def dns(lab):
    """Other resolvers, which are asked through the tunnel only; and a name is found all the while."""
    lab.connect()
    for servers in (DNS4, f"{DNS6},{CANARY4},{DNS4}", "node"):
        change(lab, "dns", servers)
        first = lab.user.sh("cat /etc/resolv.conf")
        wanted = servers.split(",")[0]
        if wanted != "node" and f"nameserver {wanted}\n" not in first:
            lab.fault(f"resolv.conf does not name {wanted}: {first!r}")
        lab.watch(lab.random.uniform(0, 0.2))
        if lab.user.run("getent", "ahosts", "some.example", check=False).returncode != 0:
            lab.fault(f"no name is found with dns {servers}")
    # The resolver of the LAN as the one inside the tunnel, while the LAN is let out.
    change(lab, "dns", LAN4)
    lab.phase("lan")
    change(lab, "lan", "on")
    lab.user.run("timeout", "0.5", "getent", "ahosts", "secret.example", check=False)
    change(lab, "lan", "off", "closed")
    change(lab, "dns", "node")
    lab.back()


def exclude(lab):
    """A program outside the tunnel leaves, but for its names; nobody else gets out by its way."""
    lab.connect()
    status = lab.control.status()
    if not status["features"]["exclude"]:
        lab.fault(f"no program can be excluded: {status['features']['excludeReason']}")
        return
    lab.outside = {WEB4, WEB6}
    probes = lab.user.start("probes-outside", program("higgs-exclude"), "--", PYTHON,
                            f"{HERE}/probes.py", "--base", 22000, WEB4, WEB6).wait_for("ready")
    lab.stack.callback(probes.stop)
    begun = time.time()
    every = {("icmp", WEB4), ("icmp6", WEB6), ("udp", WEB4), ("udp", WEB6), ("tcp", WEB4), ("tcp", WEB6)}

    def outside_seen():
        return every <= {(p.protocol, p.target) for p in lab.read() if p.time >= begun}
    wait_until(outside_seen, 10, "the excluded program leaves by the bare line")
    lab.watch(lab.random.uniform(0, 0.5))
    if lab.random.random() < 0.5:
        lab.kill_tunnel()
        lab.watch(lab.random.uniform(0, 0.5))
    else:
        lab.connect("CA")
        lab.connect("US")
    lab.back()
    probes.stop()


SETTINGS = {
    "pause": pause,
    "lockdown": lockdown,
    "boot-in-lockdown": boot,
    "lan-toggle": lan,
    "dns-change": dns,
    "exclude": exclude,
}
