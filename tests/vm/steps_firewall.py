# SPDX-License-Identifier: GPL-3.0-or-later
"""Other programs' firewalls and routes: nftables.service flushes everything, systemd-networkd removes what is not its own."""
import time

from homes import PRINTER
from steps_connect import back_again
from steps_install import sharing
from topology import BOSON4, WEB4

SAYS_WITHIN = 20
NFTABLES = ("systemctl reload nftables", "systemctl restart nftables", "systemctl stop nftables")
HAS_RULES = "nft list tables | grep -q higgs_vpn"
# In the guest, for the way there takes longer than what is measured.
UNTIL_BACK = """begun=$(date +%s%N); {command}
for i in $(seq 200); do {there} && {{ echo $((($(date +%s%N) - begun) / 1000000)) ms with the command; exit 0; }}; sleep 0.05; done
echo not within 10 s: tables $(nft list tables | tr '\\n' ' '), rules $(ip -4 rule | grep -vE 'lookup (local|main|default)'); exit 1"""


def flushed(lab, command, when):
    """A row each: the rules come back, nothing left, and the status is what the kernel has."""
    lab.meter.reset()
    lab.table.holds(f"{when}: after '{command}' the block is back", lab.client,
                    UNTIL_BACK.format(command=command, there=HAS_RULES))
    # A name of the home's search domain: systemd-resolved asks by that link, whatever the routes are.
    lab.client.ask(f"getent ahosts {PRINTER}")
    has, says = lab.client.has_rules(), lab.client.status().get("killSwitch")
    lab.table(f"{when}: and status says what the kernel has", has == says, f"rules {has}, killSwitch {says}")
    lab.closed(f"{when}: nothing left outside meanwhile")


def nftables(lab, table):
    client = lab.client
    client.sh("systemctl enable --now nftables")
    for command in NFTABLES:
        client.ask("systemctl is-active -q nftables || systemctl start nftables")
        client.connect()
        flushed(lab, command, "connected")
        back_again(lab, f"connected: pages come after '{command}'")
    lab.server.sh("systemctl restart boson-server")
    time.sleep(2)
    back_again(lab, "connected again after the server's restart")
    lab.closed("nothing left outside meanwhile")
    client.ask("systemctl start nftables")
    client.connect()
    lab.server.sh("systemctl stop boson-server")
    try:
        client.wait_state("blocked", "reconnecting")
        flushed(lab, "systemctl restart nftables", "without a server")
    finally:
        lab.server.sh("systemctl start boson-server")
    back_again(lab, "and connected when the server is there again")
    client.calm()
    client.sh("higgs-vpnctl set lockdown on")
    flushed(lab, "systemctl restart nftables", "lockdown")
    client.calm()
    client.sh("systemctl disable --now nftables")


def networkd(lab, table):
    """The client's PC as a server has it: systemd-networkd instead of NetworkManager."""
    client = lab.client
    client.calm()
    client.sh("systemctl stop NetworkManager; systemctl start systemd-networkd")
    try:
        client.wait(f"ip route get {BOSON4} && curl -s -m 5 http://{WEB4}/", 120, "a line by networkd")
        client.connect()
        back_again(lab, "by systemd-networkd: connected")
        rules = client.sh("ip -4 rule; ip -6 rule")
        lab.meter.reset()
        table.holds("after 'systemctl restart systemd-networkd' rules and block are there", client, UNTIL_BACK.format(
            command="systemctl restart systemd-networkd",
            there=f"[ \"$(ip -4 rule; ip -6 rule)\" = '{rules}' ] && {HAS_RULES}"))
        back_again(lab, "and pages come")
        client.ask("networkctl reconfigure $(networkctl list --no-legend | awk '$3 == \"ether\" { print $2; exit }')")
        back_again(lab, "and after 'networkctl reconfigure'")
        lab.closed("nothing left outside meanwhile")
        client.calm()
    finally:
        client.ask("systemctl stop systemd-networkd.socket systemd-networkd; systemctl start NetworkManager")
        client.wait(f"curl -s -m 5 http://{WEB4}/ || higgs-vpnctl status | grep -q Blocked", 120, "a line")

# Of 30 seconds those in which something else than this loop's own sleep was started; a start is over after some.
BUSY_SECONDS = """bash -c '
started() { while read -r key value rest; do [ "$key" = processes ] && count=$value; done </proc/stat; }
for turn in 1 2 3 4; do
    busy=0; started
    for ((i = 0; i < 30; i++)); do
        before=$count; sleep 1; started
        [ $((count - before)) -gt 1 ] && busy=$((busy + 1))
    done
    echo "in $busy of 30 seconds"; [ "$busy" -le 8 ] && exit 0
done
exit 1'"""


def node(lab, table):
    """The same on the node, and its own restarts."""
    machine = lab.node
    for command in ("systemctl restart systemd-networkd", "systemctl enable --now nftables; systemctl reload nftables",
                    "systemctl restart nftables"):
        machine.ask(command)
        table.within(f"the node shares after '{command}'", lambda: sharing(machine))
    machine.ask("systemctl disable --now nftables")
    table.within("and after 'systemctl stop nftables'", lambda: sharing(machine))
    since = machine.sh("date +@%s")
    machine.sh("systemctl restart higgs-noded")
    table.within("and after its own restart", lambda: sharing(machine))
    table.holds("which alarms nobody", machine, f"! journalctl -b -u higgs-noded --since {since} -o cat --no-pager | "
                "grep -i 'somebody changed'")
    machine.ask("kill -STOP $(systemctl show -p MainPID --value higgs-noded)")
    table.within("one that hangs is started anew by the watchdog", lambda: machine.wait(
        "systemctl show -p NRestarts --value higgs-noded | grep -v '^0'", 180) and sharing(machine))
    table.holds("idle, it starts a program now and then, and not every second", machine, BUSY_SECONDS)
    lab.client.connect()
    machine.reboot()
    table.within("after a reboot it shares, without a login", lambda: sharing(machine))
    back_again(lab, "and its guest is back")
    lab.client.calm()
