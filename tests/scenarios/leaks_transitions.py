# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a connected client, by its owner's hand or by accident. Each leaves it connected, or
connecting, with everything else as it was; random moments come from the laboratory's seed."""
from addresses import USER6, delegated6, lan6
from capturing import Capture
from dhcp import DhcpServer
from host import bridge, plug, wait_until
from leaks_attacks import dhcp_lan, static_lan
from leaks_judgement import RENUMBERED
from topology import BOSON4


class Skipped(Exception):
    """This build cannot play the transition; says why."""


def connect(lab):
    lab.connect()
    lab.watch(0.3)
    if not lab.is_back():
        lab.fault("the tunnel does not carry")


def disconnect(lab):
    """Cancelled at any moment of connecting, or disconnected a moment after."""
    lab.ask()
    lab.watch(lab.random.uniform(0, 0.8))


def switch(lab):
    """Also before the last switch has ended."""
    lab.connect("US")
    lab.ask("CA")
    lab.watch(lab.random.uniform(0, 0.5))
    lab.ask("US")
    lab.watch(lab.random.uniform(0, 0.5))
    lab.connect("CA")
    lab.back("CA")


def reconnect(lab):
    lab.connect()
    for _ in range(2):
        lab.watch(lab.random.uniform(0, 0.3))
        lab.connect()
    lab.back()


def cut_relay(lab, home):
    """The connection to the relay gets a reset by somebody on the way."""
    rule = "meta l4proto tcp reject with tcp reset"
    home.router.nft(f"insert rule inet router forward ip daddr {BOSON4} tcp dport 3000 {rule}\n"
                    f"insert rule inet router forward ip saddr {BOSON4} tcp sport 3000 {rule}\n")
    lab.watch(lab.random.uniform(0.3, 0.6))
    home.set_nat(home.kind)


def path_change(lab):
    """The one path that there is breaks, and is made anew."""
    lab.connect()
    cut_relay(lab, lab.home if lab.round % 2 == 0 else lab.lab.node_home)
    lab.back()


def server_gone(lab):
    lab.connect()
    lab.server.process.kill()
    lab.watch(lab.random.uniform(0.5, 2))
    lab.server.start()
    lab.back()
    for node in lab.nodes.values():
        node.wait_online(60)


def kill_node(node):
    for pid in reversed(node.process.tree()[1:]):
        node.host.run("kill", "-9", pid, check=False)
    node.process.kill()


def node_gone(lab):
    """Another takes over, or, where the person wants this country, it is waited for."""
    anywhere = lab.round % 2 == 0
    status = lab.connect("" if anywhere else "US")
    used = next(c for c, n in lab.nodes.items() if n.identity() == status["nodeId"])
    other = "CA" if used == "US" else "US"
    kill_node(lab.nodes[used])
    if anywhere:
        lab.back(other)
        lab.nodes[used].start().wait_online(60)
    else:
        lab.watch(1)
        lab.nodes[used].start().wait_online(60)
        lab.back(used)


def sleep(lab):
    """The machine's programs stand still, and its probes do not: worse than any real sleep."""
    lab.connect()
    pids = lab.client.process.tree()
    for pid in pids:
        lab.user.run("kill", "-STOP", pid, check=False)  # a command of the daemon's has ended
    lab.watch(lab.random.uniform(1, 4))
    for pid in pids:
        lab.user.run("kill", "-CONT", pid, check=False)
    lab.back()


def eth0_up(lab):
    """As whoever manages the network does it: what the kernel forgot is set again."""
    lab.user.sh("ip link set eth0 up")
    lab.user.address("eth0", f"{USER6}/64", "fd31::2/64")
    lab.user.sh("ip route add default via 192.168.31.1 dev eth0;"
                f"ip -6 route add default via {lan6(31)}1 dev eth0")


def second_uplink(lab):
    """Another interface comes up with a better default route; then, maybe, the first one goes."""
    if len(lab.captures) == 1:
        # A network of its own: by ARP a router takes two cables in one network for one machine.
        bridge(lab.home.router, "lan2", "192.168.32.1/24", f"{lan6(32)}1/64")
        lab.lab.core.sh(f"ip -6 route add {delegated6(32)} via {lab.home.wan6}")
        plug(lab.user, "eth1", lab.home.router, "lan2", "l3")
        lab.user.sh("ip link set eth1 down")
        lab.captures.append(Capture(lab.home.router, "l3", "leaks-eth1"))
    lab.before = lab.user.fingerprint()

    def up():
        lab.user.sh("ip link set eth1 up")
        lab.user.address("eth1", "192.168.32.3/24", f"{lan6(32)}3/64")
        lab.user.sh("for net in 0.0.0.0/1 128.0.0.0/1; do"
                    "  ip route add $net via 192.168.32.1 dev eth1; done;"
                    f"ip -6 route add default via {lan6(32)}1 dev eth1 metric 10")

    def down():
        lab.user.sh("ip -4 address flush dev eth1; ip link set eth1 down")
    up()
    lab.stack.callback(lambda: lab.user.sh("ip link set eth1 down"))
    lab.positive_control()
    wait_until(lambda: any(packet.source == "192.168.32.3" for packet in lab.read()), 5,
               "positive control: probes leave by the second uplink")
    down()
    lab.connect()
    up()
    lab.watch(lab.random.uniform(0, 0.5))
    if lab.round % 2 == 0:
        lab.user.sh("ip link set eth0 down")
        lab.back()
        eth0_up(lab)
    else:
        lab.kill_tunnel()
    lab.back()
    down()
    lab.back()


def link_flap(lab):
    """The cable is pulled, or the interface is switched off and set up again."""
    lab.connect()
    if lab.round % 2 == 0:
        lab.home.router.sh("ip link set l2 down")
        lab.watch(lab.random.uniform(0.3, 1.5))
        lab.home.router.sh("ip link set l2 up")
    else:
        lab.user.sh("ip link set eth0 down")
        lab.watch(lab.random.uniform(0.3, 1.5))
        eth0_up(lab)
    lab.back()


def address_change(lab):
    """The DHCP server renumbers: the old address and its network go, another comes."""
    server, client = dhcp_lan(lab)
    try:
        lab.connect()
        server.stop()
        lab.home.router.address("lan", f"{RENUMBERED}.1/24")
        server = DhcpServer(lab.home.router, RENUMBERED)
        if not client.ask().startswith(f"{RENUMBERED}."):
            lab.fault("the address did not change")
        lab.back()
    finally:
        client.stop()
        server.stop()
        lab.home.router.sh(f"ip address del {RENUMBERED}.1/24 dev lan 2>/dev/null || true")
        static_lan(lab)


def some_moment(lab):
    """Connecting at any stage, or connected."""
    if lab.random.random() < 0.5:
        lab.ask()
        lab.watch(lab.random.uniform(0, 0.6))
    else:
        lab.connect()
        lab.watch(lab.random.uniform(0, 0.3))


def recover(lab):
    """A daemon comes back, adopts the block, and by the person's wish connects."""
    lab.watch(lab.random.uniform(0.3, 1))
    lab.start_daemon()
    if not lab.control.status()["killSwitch"]:
        lab.fault("a new daemon does not know that the machine is blocked")
    lab.watch(lab.random.uniform(0, 0.5))
    lab.connect()
    lab.back()


def kill_daemon(lab):
    some_moment(lab)
    lab.kill_daemon()
    recover(lab)


def kill_tunnel(lab):
    some_moment(lab)
    lab.kill_tunnel()
    lab.watch(lab.random.uniform(0, 0.5))
    lab.back()


def kill_window(lab):
    """The window is a viewer: without it everything stays as it is."""
    why_not = lab.open_window()
    if why_not:
        raise Skipped(why_not)
    some_moment(lab)
    lab.window.kill()
    lab.watch(lab.random.uniform(0.2, 0.6))
    lab.back()


def all_at_once(lab):
    """Window, daemon and WireGuard are killed in one moment, while the line flaps."""
    lab.open_window()
    some_moment(lab)
    if lab.random.random() < 0.5:
        lab.home.router.sh("ip link set l2 down; ip link set l2 up")
    pids = lab.client.process.tree()
    if lab.window and lab.window.running():
        pids += lab.window.tree()
    lab.control.close()
    lab.kill(pids)
    wait_until(lambda: not lab.client.process.running(), 5, "everything is dead")
    recover(lab)


def restart(lab):
    """The daemon is stopped properly while connected, as by a package's update."""
    lab.connect()
    lab.control.close()
    lab.client.process.stop()
    recover(lab)


TRANSITIONS = {
    "connect": connect,
    "disconnect": disconnect,
    "switch": switch,
    "reconnect": reconnect,
    "path-change": path_change,
    "server-gone": server_gone,
    "node-gone": node_gone,
    "sleep": sleep,
    "address-change": address_change,
    "link-flap": link_flap,
    "second-uplink": second_uplink,
    "kill-window": kill_window,
    "kill-daemon": kill_daemon,
    "kill-wireguard": kill_tunnel,
    "kill-all": all_at_once,
    "restart": restart,
}
ENDS_BY_DISCONNECT = {"disconnect"}
