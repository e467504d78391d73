# SPDX-License-Identifier: GPL-3.0-or-later
"""A virtual machine that is bridged to the home's network and a container with a part of the network card are machines
of the home: no route or rule of this one sees what they send. They are named in status and diagnose; and the bridge,
though nothing but cables is plugged into it here, is not taken for a network of containers."""
from product import Whole, http_get, scenario  # makes the others known
from capturing import Capture, leaks
from host import Host, plug, wait_until
from topology import Laboratory, WEB4
from watching import to_server


def bridged_uplink(user, home):
    """What people do for their virtual machines: the card becomes a port of a bridge."""
    user.sh(f"""ip link add br0 type bridge forward_delay 0; ip link set br0 up; ip address flush dev eth0
        ip link set eth0 master br0; ip address add {home.lan4}.2/24 dev br0
        ip route add default via {home.lan4}.1
        for f in /proc/sys/net/bridge/bridge-nf-call-ip*tables; do [ ! -e $f ] || echo 0 > $f; done""")


def guest(name, home, number):
    box = Host(name)
    box.number = number
    return box, f"ip address add {home.lan4}.{number}/24 dev eth0; ip link set eth0 up; " \
                f"ip route add default via {home.lan4}.1"


def named(client):
    return {(each["interface"], each["bridged"]): each for each in client.status()["beside"]}


def body(check):
    lab = Laboratory()
    user, home = lab.user, lab.user_home
    bridged_uplink(user, home)
    machine, up = guest("machine", home, 21)
    plug(machine, "eth0", user, "br0", "vnet0")
    machine.sh(up)
    check.equal(http_get(machine, f"http://{WEB4}/"), home.public4, "control: a bridged machine is in the home")
    whole = Whole(lab)
    client = whole.client
    capture = Capture(home.router, "l2", "cable")
    client.connect()
    check.equal(http_get(user, f"http://{WEB4}/"), lab.node_home.public4, "by a bridge as its uplink the PC connects")
    check.equal(named(client).get(("br0", True), {}).get("guests"), ["eth0", "vnet0"], "status names what is bridged")
    check("vnet0 at br0" in client.ctl("status").stdout, "in the terminal, too")
    check("vnet0 at br0: they share the network card" in client.ctl("diagnose", check=False).stdout, "and diagnose")
    check.equal(http_get(machine, f"http://{WEB4}/"), home.public4, "and it is so: its Internet is the home's")
    capture.fresh()
    boxed, up = guest("boxed", home, 22)
    user.sh(f"ip link add link br0 name mac0 type macvlan mode bridge; ip link set mac0 netns {boxed.pid} name eth0")
    boxed.sh(up)
    wait_until(lambda: ("br0", False) in named(client), 10, "a container's part of the card is named without asking")
    check.equal(http_get(boxed, f"http://{WEB4}/"), home.public4, "and it is so")
    outside = leaks(capture.fresh(), to_server)
    check(outside and {p.source for p in outside if p.protocol == "tcp"} <= {f"{home.lan4}.21", f"{home.lan4}.22"},
          "of the PC itself nothing leaves beside the tunnel", outside[:2])
    check.equal(http_get(user, f"http://{home.lan4}.21:80/", 1, check=False), "", "LAN off: nor to its bridged guest")
    for family in ("iptables", "ip6tables"):
        user.sh(f"echo 1 > /proc/sys/net/bridge/bridge-nf-call-{family}")
    user.sh("ip link set eth0 alias shown")  # a change, by which it is seen
    wait_until(lambda: named(client)[("br0", True)]["held"], 10, "where the kernel shows frames to rules, that is told")
    check.equal(http_get(machine, f"http://{WEB4}/", 1, check=False), "", "and it is so: they are blocked")
    client.disconnect()
    check.equal(client.status()["beside"], [], "disconnected, there is nothing to be beside of")


if __name__ == "__main__":
    scenario(body)
