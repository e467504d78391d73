# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job on real machines, and what happens to a connected PC every day."""
import time

from homes import PRINTER
from meter import summary
from topology import WEB4

NAME_FAILS_WITHIN = 5  # seconds, for a name that only the home's resolver knows
PAGES_WITHIN = 60  # seconds, of a client that says it is connected
TALKS = 3  # seconds of the talker that a control needs
STATE_OF_NETWORK = """ip -4 rule; ip -6 rule; ip -4 route show table all | sed 's/ expires.*//';
ip -br link; nft list tables; resolvectl dns; resolvectl domain"""
EVERY_DAY = (
    "nmcli con up \"$(nmcli -g NAME con show --active | head -1)\"", "nmcli dev reapply $(nmcli -g DEVICE,TYPE dev | "
    "sed -n 's/:ethernet//p' | head -1)", "systemctl restart NetworkManager",
    "nmcli networking off; sleep 3; nmcli networking on", "systemctl restart systemd-resolved",
    "systemctl restart higgs-vpnd", "systemctl kill -s KILL higgs-vpnd")


def through_the_node(lab):
    """The page of the web shows the node's home."""
    return lab.client.page() == lab.networks.node_home.public4


def back_again(lab, claim):
    """A row: it is connected, and the web sees the node."""
    def wait():
        lab.client.wait_state("connected")
        end = time.monotonic() + PAGES_WITHIN
        while not through_the_node(lab):
            if time.monotonic() > end:
                raise TimeoutError(f"connected, and the web sees {lab.client.page()!r}")
    lab.table.within(claim, wait)


def talker_is_seen(lab, claim):
    lab.meter.reset()
    time.sleep(TALKS)
    left = lab.meter.outside()
    lab.table(claim, any(what.startswith("udp") for _, what in left), summary(left))


def main_job(lab, table):
    client, home = lab.client, lab.networks
    client.calm()
    talker_is_seen(lab, "control: disconnected, the meter sees the talker")
    table.equal("before, the web sees the user's own home", client.page(), home.user_home.public4)
    before = client.sh(STATE_OF_NETWORK)
    table.holds("a member of the group connects", client, "higgs-vpnctl connect US --wait=120", "anna")
    client.wait_state("connected")
    lab.meter.reset()
    table.equal("connected, the web sees the node's home", client.page(), home.node_home.public4)
    six = client.page(6)
    table("and over IPv6", six.startswith(home.node_home.lan6.rstrip(":") + ":"), six)
    interface = client.sh("ip -o link show type wireguard | cut -d' ' -f2 | tr -d :")
    table("auto takes the kernel's WireGuard", interface and client.status().get("tunnel") == "kernel",
          f"{interface}: {client.status().get('tunnel')}")
    table.holds("systemd-resolved asks inside for every name", client,
                f"resolvectl query --cache=no other.example | grep 'link: {interface}' && "
                f"resolvectl status {interface} | grep '~\\.'")
    table.holds("NetworkManager leaves the interface alone", client,
                f"nmcli -g GENERAL.STATE dev show {interface} | tee /dev/stderr | grep -E 'externally|unmanaged'")
    begun = time.monotonic()
    found = client.ask(f"getent ahosts {PRINTER}")[1].split()[:1]
    table("a name of the home's search domain is answered or refused soon",
          time.monotonic() - begun < NAME_FAILS_WITHIN, f"{time.monotonic() - begun:.1f} s, {found}")
    lab.closed("nothing left outside meanwhile")
    client.sh("higgs-vpnctl disconnect")
    client.wait_state("disconnected")
    after = client.sh(STATE_OF_NETWORK)
    table("after disconnect the machine is as it was", after == before,
          " | ".join(sorted(set(after.splitlines()) ^ set(before.splitlines()))))
    table.equal("and the web sees the user's own home", client.page(), home.user_home.public4)


def every_day(lab, table):
    lab.client.connect()
    back_again(lab, "connected, and pages come")
    lab.meter.reset()
    for command in EVERY_DAY:
        lab.client.ask(command)
        time.sleep(1)
        back_again(lab, f"back after '{command[:42]}'")
        lab.closed("nothing left outside meanwhile")
    lab.client.cable(False)
    time.sleep(10)
    lab.client.cable(True)
    back_again(lab, "back after ten seconds without a cable")
    lab.closed("nothing left outside meanwhile")
    table.holds("after 'systemctl stop higgs-vpnd' the block stands", lab.client,
                "systemctl stop higgs-vpnd; nft list tables | grep higgs_vpn && "
                f"! curl -s -m 4 http://{WEB4}/")
    lab.client.ask("systemctl start higgs-vpnd")
    back_again(lab, "and 'systemctl start' goes on")
    lab.closed("nothing left outside meanwhile")
