# SPDX-License-Identifier: GPL-3.0-or-later
"""Reboots: with autoconnect, with lockdown, with Debian's nftables.service, by a power cut."""
from meter import summary
from steps_connect import back_again, talker_is_seen


def rebooted(lab, claim, hard=False):
    """Two rows: nothing left while the machine went down, and nothing while it came up."""
    lab.meter.reset()
    reset = lab.client.reboot(hard)
    lab.client.wait("higgs-vpnctl status", 180, "higgs-vpnd answers")
    left = lab.meter.outside()
    before = [one for one in left if one[0] < reset]
    after = [(at - reset, what) for at, what in left if at >= reset]
    lab.table(f"{claim}: nothing left while it went down", not before, summary(before))
    when = f", the first {min(after)[0]:.1f} s after the reset" if after else ""
    lab.table(f"{claim}: nothing left while it booted", not after, summary(after) + when)


def autoconnect(lab, table):
    client = lab.client
    client.calm()
    client.sh("higgs-vpnctl set autoconnect on")
    client.ask("higgs-vpnctl connect US")
    client.wait_state("connected")
    rebooted(lab, "connected, with autoconnect")
    back_again(lab, "after the reboot it is connected, without a person")
    rebooted(lab, "after a power cut", hard=True)
    back_again(lab, "after a power cut, too")
    client.sh("higgs-vpnctl set autoconnect off; higgs-vpnctl disconnect")
    client.wait_state("disconnected")
    client.reboot()
    client.wait("higgs-vpnctl status", 180, "higgs-vpnd answers")
    talker_is_seen(lab, "control: a reboot while disconnected leaves the line open")


def lockdown(lab, table):
    client = lab.client
    client.calm()
    client.sh("systemctl disable --now nftables; higgs-vpnctl set lockdown on")
    said = client.ask("higgs-vpnctl status | grep -i lockdown")[1]
    rebooted(lab, "lockdown as the README says")
    table("after the boot the block stands, and status says so",
          client.has_rules() and client.status().get("killSwitch"), said)
    client.sh("systemctl enable --now nftables")
    client.ask("systemctl restart higgs-vpnd; sleep 3")
    rebooted(lab, "lockdown with nftables.service")
    rebooted(lab, "lockdown by a power cut", hard=True)
    table("the block stands", client.has_rules())
    client.ask("higgs-vpnctl connect US")
    back_again(lab, "under lockdown it connects")
    client.sh("systemctl disable nftables")
    table.holds("restore-network gives the line back", client, "higgs-vpnctl restore-network")
    talker_is_seen(lab, "control: the meter sees the talker again")
    client.ask("systemctl restart higgs-vpnd")
    client.calm()
