# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks as libvirt and LXD make them, which let their guests meet, translate IPv4 alone and run a resolver of their
own on the bridge: the guests' Internet is the tunnel's by both families, they and the PC meet in every state, and the
exit reaches nothing that is published. A neighbour who names the PC as his router is no guest of it, nor is a guest by
somebody else's address: neither gets into the tunnel."""
from product import Whole, http_get, scenario  # makes the others known
from capturing import Capture, leaks
from host import Host, bridge, plug, wait_until
from test_main_job import difference
from topology import CANARY4, CANARY6, DNS4, Laboratory, PYTHON, WEB4, WEB6
from watching import to_server

NETWORKS = {"virbr0": ("192.168.122", "fd22::"), "lxdbr0": ("10.33.0", "fd33::")}
RESOLVER = ("dnsmasq", "-k", "-C", "/dev/null", "--no-hosts", "--cache-size=0", "--user=root", "--group=root", "--pid-file=")
RULES = """
table ip nat {
  chain post {
    type nat hook postrouting priority srcnat
    ip saddr 192.168.122.0/24 ip daddr != 192.168.122.0/24 masquerade
    oifname != "lxdbr0" ip saddr 10.33.0.0/24 masquerade
  }
  chain pre {
    type nat hook prerouting priority dstnat
    fib daddr type local tcp dport 8080 dnat to 192.168.122.2:80
  }
}
"""

SEND = """
import socket, sys
where, port, source = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
s = socket.socket(socket.AF_INET6 if ":" in where else socket.AF_INET, socket.SOCK_DGRAM)
if source: s.bind((source[0], 0))
s.sendto(b"x", (where, port))
"""
GUESTS, NEIGHBOURS, BORROWED = 9001, 9002, 9003  # ports, by who sends there


def engine(user, router):
    user.sysctl("net.ipv4.ip_forward", 1)
    user.sysctl("net.ipv6.conf.all.forwarding", 1)
    for name, (prefix4, prefix6) in NETWORKS.items():
        bridge(user, name, f"{prefix4}.1/24", f"{prefix6}1/64")
    user.nft(RULES)
    user.sh(f"echo nameserver {router} > /etc/resolv.conf")
    user.start("resolver", *RESOLVER, "--except-interface=lo", "--bind-dynamic",
               *(f"--interface={name}" for name in NETWORKS))


def guest(user, name, bridge_name):
    prefix4, prefix6 = NETWORKS[bridge_name]
    box = Host(name, nameserver=f"{prefix4}.1")
    plug(box, "eth0", user, bridge_name, f"v{name}")
    box.address("eth0", f"{prefix4}.2/24", f"{prefix6}2/64")
    box.sh(f"ip route add default via {prefix4}.1; ip -6 route add default via {prefix6}1")
    box.start("web", PYTHON, "-m", "http.server", "80", "--bind", "::")
    return box


def code(host, address, within=5):
    return host.run("curl", "-s", "-m", within, "-o", "/dev/null", "-w", "%{http_code}", f"http://{address}/",
                    check=False).stdout


def name_seen(box):
    return box.run("getent", "ahostsv4", "some.name.example", check=False, timeout=40).stdout.split()[:1]


def routed_by(neighbour, home):
    """As somebody on the LAN who wants to be carried by the PC."""
    for name in ("all", "eth0"):
        neighbour.sysctl(f"net.ipv4.conf.{name}.accept_redirects", 0)
        neighbour.sysctl(f"net.ipv6.conf.{name}.accept_redirects", 0)
    neighbour.sh(f"ip route replace default via {home.lan4}.2; ip -6 route replace default via {home.lan6}2")


def only_guests(check, when, machine, neighbour, far):
    """The guests' own packets are sent last, and waited for."""
    far.fresh()
    targets = {CANARY4: ("10.99.9.9", WEB4), CANARY6: ("fd99::9", f"[{WEB6}]")}
    for target, (borrowed, page) in targets.items():
        neighbour.run(PYTHON, "-c", SEND, target, NEIGHBOURS)
        machine.run(PYTHON, "-c", SEND, target, BORROWED, borrowed)
        check.equal(http_get(neighbour, f"http://{page}/", 1, check=False), "",
                    f"{when}: a neighbour gets no page through the PC")
    seen = set()

    def own_arrived():
        for target in targets:
            machine.run(PYTHON, "-c", SEND, target, GUESTS)
        seen.update((p.target, p.target_port) for p in far.fresh())
        return {(target, GUESTS) for target in targets} <= seen
    wait_until(own_arrived, 10, f"{when}: control: a guest's packets arrive by both families")
    strangers = {each for each in seen if each[1] in (NEIGHBOURS, BORROWED)}
    check(not strangers, f"{when}: of a neighbour and of a borrowed address nothing enters the tunnel", strangers)


def body(check):
    lab = Laboratory()
    user, home = lab.user, lab.user_home
    neighbour, far = lab.second_user(), Capture(lab.web, "eth0", "far")
    home.router.start("dns", *RESOLVER, "--no-resolv", f"--server={DNS4}")
    engine(user, f"{home.lan4}.1")
    machine, box = guest(user, "machine", "virbr0"), guest(user, "box", "lxdbr0")
    user.start("web", PYTHON, "-m", "http.server", "80")
    ways = [(user, "192.168.122.2"), (user, "[fd33::2]"), (machine, "10.33.0.2"), (box, "[fd22::2]"),
            (box, "192.168.122.2"), (box, "10.33.0.1"), (machine, f"{home.lan4}.2")]

    def at_home(when):
        for host, address in ways:
            check.equal(code(host, address), "200", f"{when}: {host.name} reaches {address}")
    wait_until(lambda: all(code(host, address, 1) == "200" for host, address in ways), 10, "control: all meet")
    wait_until(lambda: name_seen(box) == [WEB4], 10, "control: names")
    machine.sh("ip addr add 10.99.9.9/32 dev lo; ip addr add fd99::9/128 dev lo nodad")
    routed_by(neighbour, home)
    wait_until(lambda: http_get(neighbour, f"http://{WEB4}/", 1, check=False) == home.public4, 10,
               "control: without a client the PC carries its neighbour")
    whole = Whole(lab)
    client = whole.client
    capture = Capture(home.router, "l2", "cable")
    before = user.fingerprint()
    for lan in ("off", "on"):
        client.ctl("set", "lan", lan)
        tunnel = client.connect()["tunnelAddress"]
        capture.fresh()
        at_home(f"connected, LAN {lan}")
        for each in (machine, box):
            check.equal(http_get(each, f"http://{WEB4}/", check=False), lab.node_home.public4, f"{each.name}: the exit's")
            check.equal(http_get(each, f"http://[{WEB6}]/", check=False), f"{lab.node_home.lan6}2",
                        f"{each.name}: by IPv6, which its engine does not translate")
            check.equal(name_seen(each), [WEB4], f"{each.name}: names, by the resolver on its bridge")
        only_guests(check, f"connected, LAN {lan}", machine, neighbour, far)
        check.equal(code(lab.node, f"{tunnel}:8080", 1), "000", "the exit does not reach what is published")
        outside = leaks(capture.fresh(), to_server)
        check(not outside, f"LAN {lan}: nothing left beside the tunnel", outside[:2])
        client.disconnect()
    check.equal(difference(before, user.fingerprint()), [], "after the disconnect the machine is as before")
    client.ctl("set", "lockdown", "on")
    wait_until(lambda: client.state() == "blocked", 10, "locked down")
    capture.fresh()
    at_home("blocked")
    for each in (machine, box):
        check.equal(name_seen(each), [], f"blocked: no name for {each.name}")
        check.equal(http_get(each, f"http://{WEB4}/", 1, check=False), "", f"blocked: no Internet for {each.name}")
    outside = leaks(capture.fresh(), to_server)
    check(not outside, "blocked: nothing left", outside[:2])


if __name__ == "__main__":
    scenario(body)
