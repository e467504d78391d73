# SPDX-License-Identifier: GPL-3.0-or-later
"""What a hostile network, or a program that does not want the tunnel, tries. Each attack stands before
the connection is made, or is made while it stands, and outlives a kill of WireGuard; that it is in
force is shown, and it is undone before the round ends."""
import re

from addresses import USER6, WEB_NET6
from dhcp import DhcpClient, DhcpServer
from host import Host, bridge, plug, wait_until
from leaks_judgement import KINDS, LAN4, LAN6
from topology import CANARY4, CANARY6, HERE, PYTHON

EVIL4, EVIL6 = "192.168.31.66", "fd31::66"
SQUATTER = (f"{CANARY4.rpartition('.')[0]}.66/24", f"{WEB_NET6.split('/')[0]}66/64")  # beside the canaries


def way(lab, address):
    """Where the main table leads, which is where everything went before the tunnel: the daemon's way, whose
    mark is new at each start."""
    drawn = re.search(r"not from all fwmark (0x[0-9a-f]+)", lab.user.sh("ip rule"))
    mark = drawn.group(1) if drawn else "0x1"
    return lab.user.run("ip", "route", "get", address, "mark", mark, check=False).stdout


def under_attack(lab, apply, undo, in_force):
    before = lab.random.random() < 0.5
    if before:
        apply()
    lab.connect()
    if not before:
        apply()
    try:
        wait_until(in_force, 10, "the attack is in force")
        lab.watch(0.5)
        lab.kill_tunnel()  # what was hidden by the routes meets the firewall alone
        lab.watch(0.3)
        lab.back()
        lab.watch(0.2)
    finally:
        undo()


def attacker_routes(lab):
    """He sends on what he gets, as a patient listener does."""
    for key in ("ipv4.ip_forward", "ipv6.conf.all.forwarding"):
        lab.attacker.sysctl(f"net.{key}", 1)
    for key in ("all", "eth0"):
        lab.attacker.sysctl(f"net.ipv4.conf.{key}.send_redirects", 0)


def dhcp_lan(lab, *options):
    """From here on the PC has its address by DHCP; returns what leases it, and what asks."""
    server, client = DhcpServer(lab.home.router, "192.168.31", *options), DhcpClient(lab.user)
    lab.user.sh("ip -4 address flush dev eth0")
    client.ask()
    return server, client


def static_lan(lab):
    lab.user.sh("ip -4 address flush dev eth0; ip address add 192.168.31.2/24 dev eth0;"
                "ip route add default via 192.168.31.1 dev eth0")


def option_121(lab):
    """TunnelVision: a DHCP server gives routes that are more specific than the default."""
    attacker_routes(lab)
    running = []

    def apply():
        running.extend(dhcp_lan(lab, f"121,0.0.0.0/1,{EVIL4},128.0.0.0/1,{EVIL4}"))

    def undo():
        for each in running:
            each.stop()
        static_lan(lab)
    under_attack(lab, apply, undo, lambda: f"via {EVIL4}" in way(lab, CANARY4))


def claim_destination(lab):
    lab.attacker.address("eth0", f"{CANARY4}/32", f"{CANARY6}/128")
    lab.user.address("eth0", *SQUATTER)


def unclaim_destination(lab):
    lab.attacker.sh(f"ip address del {CANARY4}/32 dev eth0; ip address del {CANARY6}/128 dev eth0")
    lab.user.sh("".join(f"ip address del {address} dev eth0;" for address in SQUATTER))


def rogue_lan(lab):
    """LocalNet: the network says that the destination's addresses are its own."""
    under_attack(lab, lambda: claim_destination(lab), lambda: unclaim_destination(lab),
                 lambda: " via " not in way(lab, CANARY4) + way(lab, CANARY6)
                 and "dev eth0" in way(lab, CANARY6))


def rogue_ra(lab):
    """A router advertisement: default route, more specific route, prefix on the link, resolver."""
    attacker_routes(lab)
    lab.attacker.address("eth0", f"{CANARY6}/128")
    lab.stack.callback(lambda: lab.attacker.sh(f"ip address del {CANARY6}/128 dev eth0"))
    running = []

    def apply():
        lab.user.sysctl("net.ipv6.conf.eth0.accept_ra_rt_info_max_plen", 128)
        running.append(lab.attacker.start("rogue-router", PYTHON, f"{HERE}/rogue_router.py", "eth0",
                                          WEB_NET6.split("/")[0], EVIL6).wait_for("ready"))

    def undo():
        for each in running:
            each.stop()
        lab.user.sysctl("net.ipv6.conf.eth0.accept_ra_rt_info_max_plen", 0)
        lab.user.sh("ip -6 route flush dev eth0 proto ra; ip -6 address flush dev eth0 dynamic;"
                    f"ip -6 route del {WEB_NET6} dev eth0 2>/dev/null || true")

    def in_force():
        routes = lab.user.sh("ip -6 route show dev eth0")
        return "default via fe80::" in routes and WEB_NET6 in routes
    under_attack(lab, apply, undo, in_force)


def more_probes(lab, label, stream, host, *options, names=()):
    """Further probes until the round ends; they count for the positive controls, too."""
    probes = host.start(label, PYTHON, f"{HERE}/probes.py", "--base", 20000 + 2000 * stream,
                        *options, CANARY4, CANARY6).wait_for("ready")
    wanted = {(f"{name}.{stream}", version, "internet") for name, version in KINDS}
    wanted |= {(f"{name}.{stream}", version, "internet") for name in names for version in (4, 6)}
    lab.wanted |= wanted
    lab.stack.callback(lambda: (probes.stop(), lab.wanted.difference_update(wanted)))


def bound_program(lab):
    """Bound to the device, to its addresses, to both, and finished packets on raw sockets."""
    addresses = ("--source", "192.168.31.2", "--source", USER6)
    more_probes(lab, "probes-device", 1, lab.user, "--device", "eth0")
    more_probes(lab, "probes-source", 2, lab.user, *addresses, "--raw", names=("raw",))
    more_probes(lab, "probes-both", 3, lab.user, "--device", "eth0", *addresses)
    lab.positive_control()
    under_attack(lab, lambda: None, lambda: None, lambda: True)


def container(lab):
    """A container or virtual machine, whose packets this machine forwards and masquerades."""
    if not hasattr(lab, "guest"):
        lab.guest = Host("container")
        bridge(lab.user, "guests0")
        plug(lab.guest, "eth0", lab.user, "guests0", "veth0")
        lab.guest.address("eth0", "172.17.0.2/16", "fd17::2/64")
        lab.guest.sh("ip route add default via 172.17.0.1; ip -6 route add default via fd17::1")
    lab.user.address("guests0", "172.17.0.1/16", "fd17::1/64")
    lab.user.sysctl("net.ipv4.ip_forward", 1)
    lab.user.sysctl("net.ipv6.conf.all.forwarding", 1)
    lab.user.nft('table inet container { chain post { type nat hook postrouting priority srcnat;'
                 ' iifname "guests0" oifname != "guests0" masquerade; }; }')

    def away():
        lab.user.nft("delete table inet container")
        lab.user.sysctl("net.ipv4.ip_forward", 0)
        lab.user.sysctl("net.ipv6.conf.all.forwarding", 0)
        lab.user.sh("ip address flush dev guests0")
    lab.stack.callback(away)
    # Ports of its own: those of before may still be taken for this machine's where it translates.
    more_probes(lab, "probes-container", 4, lab.guest)
    lab.positive_control()
    lab.before = lab.user.fingerprint()
    under_attack(lab, lambda: None, lambda: None, lambda: True)


def lan_resolver(lab):
    """Somebody's DHCP client writes the home router into resolv.conf, and programs ask it. At the end it
    writes what it had written before the tunnel, which the daemon may have put its own in the place of."""
    before = lab.user.sh("cat /etc/resolv.conf")
    lab.connect()
    lab.user.run("sh", "-ec", "cat > /etc/resolv.conf", stdin=f"nameserver {LAN4}\n"
                                                              f"nameserver {LAN6}\n")
    lab.user.run("timeout", "1.5", "getent", "ahosts", "secret.example", check=False)
    lab.user.run("sh", "-ec", "cat > /etc/resolv.conf", stdin=before)
    lab.back()


def answers(lab, addresses, packets):
    """Which sorts of answers about these addresses came out of the machine."""
    names = set()
    for p in packets:
        if p.protocol == "arp" and p.source in addresses:
            names.add("arp")
        elif p.protocol == "icmp6" and p.source_port == 136 and p.target in addresses:
            names.add("ndp")
        elif p.source in addresses and p.protocol == "tcp":
            names.add(f"tcp{6 if ':' in p.source else 4}")
        elif p.source in addresses and p.protocol in ("icmp", "icmp6"):
            # a ping's answer, or "nobody listens on this port"
            names.add(("ping" if p.source_port in (0, 129) else "udp") + ("6" if ":" in p.source else "4"))
    return names


def strangers(lab):
    """Nobody on the LAN learns that the tunnel's addresses are here: not by TCP, UDP, ping, ARP, NDP."""
    mac = lab.user.sh("ip -0 -br link show dev eth0").split()[2]

    def ask(*addresses):
        return lab.attacker.start(f"stranger{lab.round}", PYTHON, f"{HERE}/stranger.py", "eth0", mac,
                                  *addresses).wait_for("ready")
    # The positive control: addresses that are not hidden are answered for, in every way.
    known = ("10.99.99.99", "fd99::99")
    lab.user.address("eth0", *(f"{a}/{128 if ':' in a else 32}" for a in known))
    every = {"arp", "ndp", "tcp4", "tcp6", "udp4", "udp6", "ping4", "ping6"}
    asking = ask(*known)
    wait_until(lambda: answers(lab, known, lab.read()) >= every, 5, "a plain address answers")
    asking.stop()
    lab.user.sh("ip address del 10.99.99.99/32 dev eth0; ip address del fd99::99/128 dev eth0")
    status = lab.connect()
    asking = ask(status["tunnelAddress"], status["tunnelAddressV6"])
    lab.watch(0.7)
    lab.back()
    asking.stop()


ATTACKS = {
    "dhcp-option-121": option_121,
    "rogue-lan": rogue_lan,
    "rogue-ra": rogue_ra,
    "bound-program": bound_program,
    "container": container,
    "lan-resolver": lan_resolver,
    "tunnel-address-from-lan": strangers,
}
