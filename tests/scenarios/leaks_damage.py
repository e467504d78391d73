# SPDX-License-Identifier: GPL-3.0-or-later
"""What other programs and a bad day do to a machine that is protected: they remove what protects it, or
take away what the daemon needs. It may lose the tunnel by that, and never the block."""
from full_disk import full_disk
from host import wait_until
from leaks_attacks import more_probes
from leaks_judgement import LAN4
from leaks_settings import change
from leaks_transitions import some_moment
from topology import BOSON4, CANARY4, HERE, PYTHON

TABLE = "1214859111"  # of the client's routes
RULES_AWAY = ("nft flush ruleset", "nft delete table inet higgs_vpn",
              "nft insert rule inet higgs_vpn output accept")
ROUTES_AWAY = ("ip rule flush; ip rule add pref 32766 table main; ip rule add pref 32767 table default",
               "ip -6 rule flush; ip -6 rule add pref 32766 table main",
               f"ip route flush table {TABLE}; ip -6 route flush table {TABLE}")
IMPOSTOR_PORT = 3443


def spoil(lab, *commands):
    """Twice, at random moments; what is not there cannot be removed, and that is no fault."""
    for _ in range(2):
        lab.user.run("sh", "-c", lab.random.choice(commands), check=False)
        lab.watch(lab.random.uniform(0, 0.4))


def bound_as_well(lab):
    """Until the round ends also from sockets that are bound to the card, which no route leads away from it. For those
    the Internet is on the link: whose Ethernet address is known they can send to at once."""
    mac = lab.home.router.sh("ip -0 -br link show dev lan").split()[2]
    lab.user.sh(f"ip neigh replace {CANARY4} lladdr {mac} dev eth0 nud permanent")
    lab.stack.callback(lab.user.run, "ip", "neigh", "del", CANARY4, "dev", "eth0", check=False)
    more_probes(lab, "probes-bound", 4, lab.user, "--device", "eth0", LAN4)
    lab.positive_control()


def rules_removed(lab):
    bound_as_well(lab)
    some_moment(lab)
    spoil(lab, *RULES_AWAY)
    lab.back()


def routes_removed(lab):
    bound_as_well(lab)
    some_moment(lab)
    spoil(lab, *ROUTES_AWAY)
    lab.back()


def both_removed(lab):
    """One barrier, and the other when the first stands again: each is enough."""
    bound_as_well(lab)
    lab.connect()
    for commands in (RULES_AWAY, ROUTES_AWAY) * 2:
        repairs = lab.control.status()["blockRepairs"]
        command = lab.random.choice(commands)
        lab.user.run("sh", "-c", command, check=False)
        wait_until(lambda: lab.control.status()["blockRepairs"] > repairs, 10, f"put back after {command}")
    lab.back()


def interface_removed(lab):
    some_moment(lab)
    spoil(lab, f"ip link del {lab.client.interface}", f"ip address flush dev {lab.client.interface}",
          f"ip link set {lab.client.interface} down")
    lab.back()


def flushed_in_lockdown(lab):
    """With a daemon, without one, and while the next one starts."""
    bound_as_well(lab)
    change(lab, "lockdown", "on", "closed")
    lab.watch(lab.random.uniform(0, 0.2))
    spoil(lab, *RULES_AWAY[:2])
    lab.kill_daemon()
    lab.watch(lab.random.uniform(0, 0.2))
    spoil(lab, *RULES_AWAY[:2])
    lab.start_daemon()
    spoil(lab, *RULES_AWAY[:2])
    lab.connect()
    lab.back()
    lab.control.call("set", key="lockdown", value="off")


def wrong_certificate(lab):
    """A captive portal answers in the server's place, at the first attempt or while connected."""
    portal = lab.home.router.start("portal", PYTHON, f"{HERE}/impostor.py", IMPOSTOR_PORT).wait_for("ready")

    def begins():
        """New connections are the portal's, old ones get a reset."""
        lab.home.router.nft(f"""
            table ip portal {{
              chain pre {{
                type nat hook prerouting priority dstnat - 1
                ip daddr {BOSON4} tcp dport 3000 redirect to :{IMPOSTOR_PORT}
              }}
              chain old {{
                type filter hook forward priority -10
                ip daddr {BOSON4} tcp dport 3000 reject with tcp reset
                ip saddr {BOSON4} tcp sport 3000 reject with tcp reset
              }}
            }}""")
    before = lab.random.random() < 0.5
    try:
        if before:
            begins()
            lab.ask()
        else:
            lab.connect()
            begins()
        wait_until(lambda: "answered" in portal.text(), 20, "the portal has answered for the server")
        lab.watch(lab.random.uniform(0, 0.5))
        if not lab.control.status()["killSwitch"]:
            lab.fault("the block went away before a stranger's certificate")
    finally:
        portal.stop()
        lab.home.router.nft("delete table ip portal")
    lab.back()


def resolver_silent(lab):
    """The server's name is asked for at a resolver that says nothing: the daemon's own question may leave,
    and nothing else."""
    hosts = lab.user.sh("cat /etc/hosts")
    resolv = lab.user.sh("cat /etc/resolv.conf")
    rule = f"ip daddr {LAN4} udp dport 53 drop"

    def name_known(known):
        lab.user.run("sh", "-ec", "cat > /etc/hosts", stdin=hosts if known else
                     "".join(f"{line}\n" for line in hosts.splitlines() if BOSON4 not in line))
    lab.home.router.nft(f"insert rule inet router input {rule}")
    lab.kill_daemon()
    lab.user.run("sh", "-ec", "cat > /etc/resolv.conf", stdin=f"nameserver {LAN4}\n")
    name_known(False)
    try:
        lab.resolver = LAN4
        lab.start_daemon()
        lab.ask()
        lab.watch(lab.random.uniform(1, 3))
        status = lab.control.status()
        if not status["killSwitch"]:
            lab.fault(f"no block while the resolver is silent: {status['state']}")
    finally:
        name_known(True)
        lab.home.set_nat(lab.home.kind)
    lab.back()
    lab.disconnect()  # which gives back what it found
    lab.user.run("sh", "-ec", "cat > /etc/resolv.conf", stdin=resolv)
    lab.connect()


def without_room(lab):
    """What the daemon writes down has no room: while it runs, and when it starts."""
    lab.kill_daemon()
    with full_disk(lab.client.data):
        lab.start_daemon()
        lab.connect()
        lab.watch(lab.random.uniform(0, 0.3))
        lab.kill_daemon()
        lab.watch(lab.random.uniform(0, 0.3))
        lab.start_daemon()
        lab.watch(lab.random.uniform(0, 0.3))
        if not lab.control.status()["killSwitch"]:
            lab.fault("a daemon that found its disk full knows of no block")
        lab.kill_daemon()
    lab.start_daemon()
    lab.connect()
    lab.back()


DAMAGE = {
    "rules-removed": rules_removed,
    "routes-removed": routes_removed,
    "both-removed": both_removed,
    "interface-removed": interface_removed,
    "flushed-in-lockdown": flushed_in_lockdown,
    "wrong-certificate": wrong_certificate,
    "resolver-silent": resolver_silent,
    "full-disk": without_room,
}
