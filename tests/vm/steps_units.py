# SPDX-License-Identifier: GPL-3.0-or-later
"""The services as systemd sees them, and what is left of the product when it is gone."""
UNITS = ("boson-server", "higgs-noded", "higgs-vpnd", "higgs-lockdown")
EXPOSED_AT_MOST = 5.0  # of systemd-analyze security's 10
LEFT = ("find / -xdev \\( -iname '*higgs*' -o -iname '*boson*' \\) -not -path '/proc/*' -not -path '/sys/*' "
        "-not -path '/run/systemd/*' -not -path '/var/log/*' -not -path '/etc/systemd/system/higgs-*.service.d*'")

# But for what the watchdog ended, which another step makes hang.
CRASHES = """journalctl --no-pager | awk '
/Watchdog timeout/ { hung++ }
/segfault|code=(killed|dumped), status=11/ { crashed++; print }
/code=(killed|dumped), status=6/ { aborted++ }
END { print aborted + 0, "aborted,", hung + 0, "of them by the watchdog"; exit crashed > 0 || aborted > hung }'"""


def units(lab, table):
    places = dict(zip(UNITS, (lab.server, lab.node, lab.client, lab.client)))
    for unit, machine in places.items():
        said = machine.ask(f"systemd-analyze security --no-pager {unit} | tail -1")[1]
        score = [word for word in said.split() if word.replace(".", "").isdigit()]
        table(f"{unit} is hardened", score and float(score[0]) <= EXPOSED_AT_MOST, said)
    table.holds("warnings have their priority in the journal", lab.client,
                "n=$(journalctl -u higgs-vpnd -o cat --no-pager | grep -cE '(^|Z )warning');"
                "m=$(journalctl -u higgs-vpnd -p warning -o cat --no-pager | grep -v systemd | grep -c .);"
                "echo \"$n lines say warning, $m have the priority\"; [ \"$m\" -gt 0 ]")
    table.holds("and a line has its time once", lab.client,
                "! journalctl -u higgs-vpnd -o cat --no-pager | grep -E '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T'")
    table.holds("a command right after 'systemctl restart higgs-vpnd' finds it", lab.client,
                "for i in 1 2 3; do systemctl restart higgs-vpnd && higgs-vpnctl status >/dev/null || exit 1; done")
    table.holds("nothing crashed", lab.server, CRASHES)
    for machine in (lab.node, lab.client):
        table.holds(f"nor on {machine.name}", machine, CRASHES)


def as_before(machine):
    """What of its network a product may have left."""
    return machine.ask("! nft list tables | grep higgs; ip -4 rule | grep -vE 'lookup (local|main|default)';"
                       "ip -6 rule | grep -vE 'lookup (local|main)'; ip -o link show type wireguard; "
                       "ip -4 route show table all | grep -i higgs; tc qdisc show | grep -E 'clsact|ingress'; true")[1].strip()


def uninstall(lab, table):
    """What the README says; where it says nothing, what a person would do."""
    from steps_install import INSTALL  # the way there, to hold against the way back
    table.holds("the README says how to uninstall", lab.client,
                "grep -n -i -m1 uninstall /usr/share/doc/higgs/README.md")
    table(f"control: it was installed by '{INSTALL[:20]}...'", lab.client.ask(LEFT)[1].strip())
    lab.client.connect()
    for machine, unit in ((lab.client, "higgs-vpnd"), (lab.node, "higgs-noded"), (lab.server, "boson-server")):
        status, said = machine.ask("if [ -x /usr/sbin/higgs-uninstall ]; then higgs-uninstall --purge; else "
                                   f"systemctl disable --now {unit}; [ {unit} != higgs-vpnd ] || "
                                   "{ higgs-vpnctl restore-network; systemctl disable higgs-lockdown; };"
                                   "tar -tf /dev/vdb | grep -v '/$' | sed 's#^#/#' | xargs rm -f;"
                                   "rm -rf /usr/share/doc/higgs /etc/higgs; systemctl daemon-reload; fi")
        network = as_before(machine)
        table(f"{machine.name}: no rule, route, link or barrier is left", status == 0 and not network, said + network)
        left = [path for path in machine.ask(LEFT)[1].split() if not path.startswith("/home")]
        table(f"{machine.name}: no file is left", not left, " ".join(left))
    table.equal("the web sees the user's own home again", lab.client.page(), lab.networks.user_home.public4)
