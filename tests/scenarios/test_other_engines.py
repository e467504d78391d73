# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks as libvirt and LXD make them, which let their guests meet, translate IPv4 alone and run a resolver of their
own on the bridge: the guests' Internet is the tunnel's by both families, they and the PC meet in every state, and the
exit reaches nothing that is published."""
from product import Whole, http_get, scenario  # makes the others known
from capturing import Capture, leaks
from host import Host, bridge, plug, wait_until
from test_main_job import difference
from topology import DNS4, Laboratory, PYTHON, WEB4, WEB6
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


def body(check):
    lab = Laboratory()
    user, home = lab.user, lab.user_home
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
