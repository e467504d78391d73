# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs the product on the three machines as the README says, and starts its units."""
import re

from laboratory import STATE_WITHIN, URL
from topology import BOSON_NAME, DNS4
import topology

INSTALL = "tar -C / -xf /dev/vdb && systemd-sysusers && systemctl daemon-reload"
CAP_NET_ADMIN = 0x1000
SHARING_WITHIN = 300


def control(lab, table):
    """Before there is a product: the meter sees the talker to the end of a shutdown and from a boot's beginning."""
    lab.client.reboot()  # the first one is not counted: the talker was not there from its beginning
    lab.meter.reset()
    reset = lab.client.reboot()
    left = [at for at, what in lab.meter.outside() if what.startswith("udp")]
    before, after = [at for at in left if at < reset], [at for at in left if at >= reset]
    table("control: without the product the meter sees the talker while the machine goes down", before,
          f"{len(before)} datagrams, the last {reset - max(before, default=0):.1f} s before the reset")
    table("control: and from early in the boot", after,
          f"{len(after)} datagrams, the first {min(after, default=0) - reset:.1f} s after the reset")


def server(lab, table):
    lab.server.sh(INSTALL)
    table.holds("every program finds its libraries", lab.server,
                "! ldd $(tar -tf /dev/vdb | sed -n 's#^\\(usr/s\\?bin/[^/]*\\)$#/\\1#p') 2>&1 | grep 'not found'")
    lab.server.sh(f"mkdir -p /etc/higgs && printf 'BOSON_PUBLIC_HOST={BOSON_NAME}\\nBOSON_DNS={DNS4}\\n' "
                  ">/etc/higgs/boson-server.env")
    table.holds("boson-server starts as documented", lab.server,
                "systemctl enable --now boson-server && systemctl is-active boson-server")
    lab.server.wait("curl -sk -m 5 https://127.0.0.1:3000/readyz", STATE_WITHIN, "the server is ready")
    said = lab.server.sh("journalctl -b -u boson-server -o cat --no-pager")
    lab.pin = re.search(r"\b([0-9a-f]{64}|(?:[0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2})\b", said).group(1)


def effective(machine, unit):
    """(user, effective capabilities) of a unit's main process."""
    user, caps = machine.sh(f"pid=$(systemctl show -p MainPID --value {unit}); stat -c %U /proc/$pid;"
                            "sed -n 's/^CapEff:\\s*//p' /proc/$pid/status").split()
    return user, int(caps, 16)


def node(lab, table):
    lab.node.sh(INSTALL)
    table.holds("higgs-noded starts as documented, without a file of options", lab.node,
                "systemctl enable --now higgs-noded && systemctl is-active higgs-noded || "
                "{ journalctl -b -u higgs-noded -o cat --no-pager | grep -m1 'Failed to load'; false; }")
    allowed = ",".join(getattr(topology, "INTERNET_EXITS", ()))
    if allowed or lab.node.ask("systemctl is-active higgs-noded")[0] != 0:
        lab.node.sh(f"mkdir -p /etc/higgs; printf 'HIGGS_NODED_EXIT_ALLOW={allowed}\\n' "
                    ">/etc/higgs/higgs-noded.env; systemctl reset-failed higgs-noded; systemctl restart higgs-noded")
    lab.node.wait("higgs-nodectl status", STATE_WITHIN, "higgs-noded answers")
    # How long 'on' waits is made for a computer that is not emulated: what counts is the row.
    lab.node.wait(f"higgs-nodectl server {URL} --pin {lab.pin} && higgs-nodectl set country US", STATE_WITHIN,
                  "the node takes its server")
    lab.node.ask("higgs-nodectl on --agree")
    table.within("the node shares", lambda: sharing(lab.node))
    table.holds("auto takes the kernel's WireGuard on the node", lab.node,
                "name=$(ip -o link show type wireguard | cut -d' ' -f2); echo $name; [ -n \"$name\" ] && "
                "higgs-nodectl status --json | grep -q '\"kernel\"'")
    user, caps = effective(lab.node, "higgs-noded")
    table("its service has CAP_NET_ADMIN and nothing else", user != "root" and caps == CAP_NET_ADMIN,
          f"user {user}, {caps:#x}")
    table.holds("the second barrier is on its interface", lab.node,
                "tc filter show dev $(ip -o link show type wireguard | cut -d' ' -f2 | tr -d :) ingress | grep bpf")


def sharing(machine):
    return machine.wait("higgs-nodectl status --json | grep -q '\"state\": *\"sharing\"' || "
                        "{ higgs-nodectl status | head -2; false; }", SHARING_WITHIN, "the node shares")


def client(lab, table):
    lab.client.sh(INSTALL + " && usermod -aG higgs anna && usermod -aG higgs carla")
    table.holds("a command right after 'systemctl enable --now higgs-vpnd' finds it", lab.client,
                "systemctl enable --now higgs-vpnd && higgs-vpnctl status")
    lab.client.wait("higgs-vpnctl status", STATE_WITHIN, "higgs-vpnd answers")
    table.holds("a member of the group sets the server, and sees where somebody shares", lab.client,
                f"higgs-vpnctl server {URL} --pin {lab.pin} >/dev/null && "
                "for i in $(seq 60); do higgs-vpnctl countries | grep US && exit 0; sleep 1; done; exit 1", "anna")
    user, caps = effective(lab.client, "higgs-vpnd")
    table("the client's service has CAP_NET_ADMIN and nothing else", user != "root" and caps == CAP_NET_ADMIN,
          f"user {user}, {caps:#x}")
    table("client and node have users of their own", user != effective(lab.node, "higgs-noded")[0], user)
    table.holds("exclude works right after the documented steps", lab.client,
                "[ -g /usr/sbin/higgs-exclude ] && higgs-vpnctl exclude -- true || "
                "{ ls -l /usr/sbin/higgs-exclude; false; }")


def install(lab, table):
    server(lab, table)
    node(lab, table)
    client(lab, table)
