# SPDX-License-Identifier: GPL-3.0-or-later
"""The laboratory's small Internet.

                     +----------------- internet (router) ------------------+
                     |  wan  81.0.113.1/24  2a02:113::1/64  2a02:10::1/64   |
                     |  far  82.51.100.1/24 2a02:51::1/64                   |
                     +--+--------+--------------+-------------+----------+--+
                        |        |              |             |          |
       boson 81.0.113.10|        |web           |             |          |
             2a02:10::10         |82.51.100.80  |             |          |
                                 |2a02:51::80   |             |          |
                     canaries .200, dns .53     |             |          |
                                                |             |          |
                            homerouter 81.0.113.21     homerouter2 .22   userrouter 81.0.113.31
                               2a02:113::21               2a02:113::22   2a02:113::31
                               lan 192.168.21.1           192.168.22.1   lan 192.168.31.1
                               2a01:21:0:1::1/64          2a01:22:0:1::1 2a01:31:0:1::1/64
                                |      |       |              |           |        |       |
                              node   nas    refnode         node2       user    user2   refuser
                              .2     .50    .3               .2          .2       .4      .3

Every home has a private IPv4 network behind NAT, and a routed IPv6 /64 of its /48 behind a stateful
firewall; its router has an admin page on every address that it has. "nas" is what a guest must never
reach; it also owns 169.254.169.254. "refuser" and "refnode" carry plain wireguard-go beside the product,
over the same cables, so that both meet in one run. The web host answers with the caller's address, echoes
UDP, answers DNS and serves iperf3. Unless a scenario asks for a straight way, no UDP passes from home to
home, and sessions stay on the relay. No cable leads out of the laboratory, and sealed() sees to it.
"""
from addresses import (ACCESS_GATEWAY4, ACCESS_GATEWAY6, BOSON4, BOSON6, BOSON_GATEWAY6, BOSON_NAME, CANARY4,
                       CANARY6, DNS4, DNS6, HOMES4, HOMES6, NAT64_4, NAT64_6, NOWHERE4, NOWHERE6, PUBLIC_LANS4,
                       TURN4, TURN6, TURN_NAME, TURN_OTHER4, WEB4, WEB6, WEB_GATEWAY4, WEB_GATEWAY6)
from home import Home
from host import CommandFailed, Host, bridge, plug
from nat64 import Nat64
from patience import Stopwatch
from sandbox import SPACE
from turn import Turn
from uplink import HERE, PYTHON

REFERENCE_PORT = 51999  # of plain wireguard-go, which the product is held against


class Leak(Exception):
    """The laboratory has a way out."""


def sealed(core):
    """The addresses are other people's: nothing may leave. Every cable is made between two hosts of the
    laboratory; so the box itself has nothing but its loopback, and the Internet's router knows no way to
    anything else."""
    with open("/proc/net/dev") as devices:
        own = [line.split(":")[0].strip() for line in devices if ":" in line]
    if own != ["lo"]:
        raise Leak(f"the box has interfaces: {own}")
    for family, nowhere in (("-4", NOWHERE4), ("-6", NOWHERE6)):
        done = core.run("ip", family, "route", "get", nowhere, check=False)
        if done.returncode == 0:
            raise Leak(f"the Internet has a way to {nowhere}: {done.stdout}")


class Internet:
    def __init__(self):
        self.core = Host("internet")
        bridge(self.core, "wan", f"{ACCESS_GATEWAY4}/24", f"{ACCESS_GATEWAY6}/64")
        # Not by this name does it speak to the homes.
        self.core.sh(f"ip address add {BOSON_GATEWAY6}/64 dev wan nodad preferred_lft 0")
        bridge(self.core, "far", f"{WEB_GATEWAY4}/24", f"{WEB_GATEWAY6}/64")
        self.core.sysctl("net.ipv4.ip_forward", 1)
        self.core.sysctl("net.ipv4.conf.all.send_redirects", 0)
        self.core.sysctl("net.ipv4.conf.wan.send_redirects", 0)
        self.core.sysctl("net.ipv6.conf.all.forwarding", 1)
        self.boson = self._server("boson", "wan", 10, ACCESS_GATEWAY4, BOSON_GATEWAY6, (BOSON4,), (BOSON6,))
        self.web = self._server("web", "far", 80, WEB_GATEWAY4, WEB_GATEWAY6,
                                (WEB4, DNS4, CANARY4), (WEB6, DNS6, CANARY6))
        sealed(self.core)
        self.web_log = f"{SPACE}/web.hits"
        self.web.start("webserver", PYTHON, f"{HERE}/webserver.py", self.web_log).wait_for("ready")
        self.web.start("iperf4", "iperf3", "-s", "--forceflush", "-p", "5201").wait_for("listening")
        self.web.start("iperf-ref", "iperf3", "-s", "--forceflush", "-p", "5202").wait_for("listening")

    def _server(self, name, switch, port, gateway4, gateway6, addresses4, addresses6):
        server = Host(name)
        plug(server, "eth0", self.core, switch, f"s{port}")
        server.address("eth0", *(f"{a}/24" for a in addresses4), *(f"{a}/64" for a in addresses6))
        server.sh(f"ip route add default via {gateway4} src {addresses4[0]};"
                  f"ip -6 route add default via {gateway6} src {addresses6[0]}")
        return server

    def part_homes(self, parted=True):
        """Whether UDP passes from home to home, by the wire or by the router."""
        for family in ("bridge", "inet"):
            self.core.nft(f"table {family} parted\ndelete table {family} parted\n")
        if not parted:
            return
        for family in ("bridge", "inet"):
            self.core.nft(f"""table {family} parted {{
  chain forward {{
    type filter hook forward priority 0; policy accept;
    udp sport {REFERENCE_PORT} accept
    udp dport {REFERENCE_PORT} accept
    ip saddr {{ {HOMES4}, {PUBLIC_LANS4} }} ip daddr {{ {HOMES4}, {PUBLIC_LANS4} }} meta l4proto udp drop
    ip6 saddr {HOMES6} ip6 daddr {HOMES6} meta l4proto udp drop
  }}
}}
""")

    def server(self, name, number):
        """One more on the servers' network, at 81.0.113.NUMBER."""
        return self._server(name, "wan", number, ACCESS_GATEWAY4, BOSON_GATEWAY6, (f"81.0.113.{number}",),
                            (f"2a02:10::{number}",))

    def turn_host(self):
        """Where a TURN server may run that its script starts."""
        return self._server("turn", "wan", 12, ACCESS_GATEWAY4, BOSON_GATEWAY6, (TURN4, TURN_OTHER4), (TURN6,))

    def turn(self, **options):
        """A TURN and STUN server there, which the others' server knows by name; options: of Turn."""
        self.boson.sh(f"printf '{TURN4} {TURN_NAME}\\n{TURN6} {TURN_NAME}\\n' >>/etc/hosts")
        return Turn(self.turn_host(), **options)

    def nat64(self):
        """The provider's translation, without which no home can have IPv6 alone."""
        return Nat64(self.core, self._server("nat64", "wan", 64, ACCESS_GATEWAY4, ACCESS_GATEWAY6, (NAT64_4,),
                                             (NAT64_6,)))

    def home(self, router_name, number, nat="port-restricted", far_ms=0, **options):
        """options: what else Home knows of its router."""
        return Home(self.core, router_name, number, nat, far_ms, **options)


class Laboratory:
    """The drawing above. Optional hosts are made when asked for."""

    def __init__(self, node_nat="port-restricted", user_nat="port-restricted", node_home=None, user_home=None,
                 straight=False):
        """node_home, user_home: what else Home knows of their routers, as a dictionary. straight: sessions may
        find a way past the relay."""
        self.internet = Internet()
        self.internet.part_homes(not straight)
        self.core, self.boson, self.web = self.internet.core, self.internet.boson, self.internet.web
        self.node_home = self.internet.home("homerouter", 21, node_nat, **(node_home or {}))
        self.user_home = self.internet.home("userrouter", 31, user_nat, **(user_home or {}))
        self.node = self.node_home.pc("node", 2)
        self.user = self.user_home.pc("user", 2)

    def turn(self, **options):
        return self.internet.turn(**options)

    def second_node(self):
        self.node2_home = self.internet.home("homerouter2", 22)
        self.node2 = self.node2_home.pc("node2", 2)
        return self.node2

    def second_user(self):
        self.user2 = self.user_home.pc("user2", 4)
        return self.user2

    def nas(self):
        """Something private in the node's home, which logs whatever reaches it."""
        self.nas_host = self.node_home.pc("nas", 50)
        self.nas_host.address("eth0", "169.254.169.254/32", "fd21::50/64")
        self.node.address("eth0", "fd21::2/64")
        self.node.sh("ip route add 169.254.169.254 dev eth0")
        self.nas_log = f"{SPACE}/nas.hits"
        self.nas_host.start("nas", PYTHON, f"{HERE}/logger.py", self.nas_log,
                            "80", "445", "8080").wait_for("ready")
        return self.nas_host


CURL_TIMED_OUT = 28


def http_get(host, url, timeout=5, check=True):
    """The body of a page, seen from a host. The time-out is patience's: who waited for a processor asks again."""
    watch = Stopwatch()
    while True:
        done = host.run("curl", "-sS", "--max-time", timeout, url, check=False, timeout=timeout + 30)
        if done.returncode != CURL_TIMED_OUT or watch.passed(timeout):
            break
    if check and done.returncode:
        raise CommandFailed(f"on {host.name}: curl {url}: exit {done.returncode}\n{done.stderr}")
    return done.stdout.strip()
