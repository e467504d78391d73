# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a whole PC: it sleeps, its disk is full, several people use it, containers run on it."""
import time

from steps_connect import back_again, through_the_node
from steps_firewall import HAS_RULES

FROZEN = 150  # seconds that its processor stands
ASLEEP = 40  # seconds until rtcwake wakes it
FILL = """fallocate -l $(($(df --output=avail -B1 / | tail -1) - 65536)) /fill 2>/dev/null
dd if=/dev/zero of=/fill-rest bs=512 status=none 2>/dev/null; ! echo x >/fill-proof || [ ! -s /fill-proof ]"""
EMPTY = "rm -f /fill /fill-rest /fill-proof"


def sleep(lab, table):
    client = lab.client
    client.connect()
    back_again(lab, "connected")
    lab.meter.reset()
    client.freeze(FROZEN)
    back_again(lab, f"back after its processor stood for {FROZEN} s")
    lab.closed("nothing left outside meanwhile")
    asked = time.time()
    client.ask(f"rtcwake -m mem -s {ASLEEP}")
    slept, woke = (client.monitor.happened(event, asked) for event in ("SUSPEND", "WAKEUP"))
    table("control: it slept in memory, and woke", slept and woke, f"{(woke or 0) - (slept or 0):.0f} s")
    back_again(lab, "back after it slept")
    lab.closed("nothing left outside meanwhile")
    client.calm()


def full_disk(lab, table):
    client = lab.client
    client.connect()
    client.sh(FILL)
    table.holds("control: the disk is full", client, "! { echo x >/var/lib/control && [ -s /var/lib/control ]; }")
    try:
        lab.meter.reset()
        client.ask("systemctl restart higgs-vpnd")
        back_again(lab, "back after a restart of its service on a full disk")
        client.ask("systemctl kill -s KILL higgs-vpnd")
        back_again(lab, "and after kill -9")
        lab.closed("nothing left outside meanwhile")
        client.ask("higgs-vpnctl set lockdown on; higgs-vpnctl disconnect")
        says = client.status()
        table("lockdown on a full disk: what is said is so", client.has_rules() == bool(says.get("killSwitch")),
              f"rules {client.has_rules()}, status {says.get('state')}, lockdown {says.get('lockdown')}")
        client.sh(EMPTY)
        client.calm()
        client.sh("higgs-vpnctl set lockdown on")
        client.sh(FILL)
        lab.meter.reset()
        client.reboot()
        client.wait("higgs-vpnctl status", 120, "higgs-vpnd answers")
        table.holds("after a reboot with lockdown and a full disk the block stands", client, HAS_RULES)
        lab.closed("and nothing left, going down or booting")
    finally:
        client.ask(EMPTY)
    client.ask("systemctl restart higgs-vpnd")
    client.calm()
    client.connect()
    back_again(lab, "with room on the disk it connects again")
    client.calm()


def users(lab, table):
    """anna and carla are in the group higgs, boris is not."""
    client, node_home = lab.client, lab.networks.node_home.public4
    client.connect()
    client.sh("loginctl enable-linger carla; systemd-run --quiet --uid=anna --property=PAMName=login "
              "--unit=anna-session sleep infinity")
    seen = {user: client.ask("curl -s -4 -m 20 http://web.example/", user=user)[1].strip()
            for user in ("anna", "boris", "carla")}
    table("the pages of everybody go through the tunnel", set(seen.values()) == {node_home}, seen)
    table.holds("who is not of the group cannot disconnect, and is told why", client,
                "said=$(higgs-vpnctl disconnect 2>&1) && exit 1; echo $said; echo $said | grep -qi group", "boris")
    table("and it stays connected", client.status().get("state") == "connected")
    table.holds("another of the group sees it, too", client, "higgs-vpnctl status | grep -i connected", "carla")
    client.ask("systemctl stop anna-session; loginctl terminate-user anna")
    table("after the first has logged out it stays connected", client.status().get("state") == "connected")
    table("and pages come", through_the_node(lab))
    table.holds("the other disconnects", client, "higgs-vpnctl disconnect", "carla")
    table.within("and everybody has the bare line", lambda: client.wait(
        f"[ \"$(curl -s -4 -m 20 http://web.example/)\" = {lab.networks.user_home.public4} ]", 60))
