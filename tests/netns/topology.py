# SPDX-License-Identifier: GPL-3.0-or-later
"""The laboratory's small Internet.

                     +----------------- internet (router) ------------------+
                     |  wan  203.0.113.1/24  2001:db8:113::1/64             |
                     |       198.51.100.1/24 2001:db8:51::1/64              |
                     +--+--------+--------------+-------------+----------+--+
                        |        |              |             |          |
      boson 203.0.113.10|        |web           |             |          |
        2001:db8:113::10         |198.51.100.80 |             |          |
                                 |2001:db8:51::80             |          |
                     canaries .200, dns .53     |             |          |
                                                |             |          |
                            homerouter 203.0.113.21    homerouter2 .22   userrouter 203.0.113.31
                               lan 192.168.21.1           192.168.22.1   lan 192.168.31.1
                               2001:db8:21::1/64          2001:db8:22::1 2001:db8:31::1/64
                                |      |       |              |           |        |       |
                              node   nas    refnode         node2       user    user2   refuser
                              .2     .50    .3               .2          .2       .4      .3

Every home has a private IPv4 network behind NAT, and a routed IPv6 /64 behind a stateful firewall.
"nas" is what a guest must never reach; it also owns 169.254.169.254. "refuser" and "refnode" carry
plain wireguard-go beside the product, over the same cables, so that both meet in one run. The web
host answers with the caller's address, echoes UDP, answers DNS and serves iperf3.
No cable leads out of the laboratory: addresses are from the documentation ranges.
"""
import os

import host as hosts
import nat
from host import Host, bridge, link, plug
from sandbox import SPACE

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"

BOSON4, BOSON6, BOSON_NAME = "203.0.113.10", "2001:db8:113::10", "boson.example"
WEB4, WEB6, WEB_NAME = "198.51.100.80", "2001:db8:51::80", "web.example"
DNS4, DNS6 = "198.51.100.53", "2001:db8:51::53"
CANARY4, CANARY6 = "198.51.100.200", "2001:db8:51::200"
INTERNET_EXITS = ("198.51.100.0/24", "2001:db8:51::/64", f"{BOSON4}/32", f"{BOSON6}/128")  # what nodes are told to let through


class Home:
    """A router with a NAT, and the PCs behind it; it may be far from everything else."""

    def __init__(self, internet, router_name, number, kind="port-restricted", far_ms=0):
        self.number, self.kind, self.forwards = number, kind, []
        self.public4 = f"203.0.113.{number}"
        self.lan4, self.lan6 = f"192.168.{number}", f"2001:db8:{number}::"
        self.router = Host(router_name)
        if far_ms:
            self._long_cable(internet, f"p{number}", far_ms)
        else:
            plug(self.router, "wan", internet, "wan", f"p{number}")
        self.router.address("wan", f"{self.public4}/24", f"2001:db8:113::{number}/64")
        bridge(self.router, "lan", f"{self.lan4}.1/24", f"{self.lan6}1/64")
        self.router.sysctl("net.ipv4.ip_forward", 1)
        self.router.sysctl("net.ipv6.conf.all.forwarding", 1)
        self.router.sh("ip route add default via 203.0.113.1;"
                       "ip -6 route add default via 2001:db8:113::1")
        internet.sh(f"ip -6 route add {self.lan6}/64 via 2001:db8:113::{number}")
        self.set_nat(kind)
        self.admin = self.router.start("admin", PYTHON, f"{HERE}/logger.py", f"{SPACE}/{router_name}.hits",
                                       "80", "443")

    def _long_cable(self, internet, port, milliseconds):
        """milliseconds: one way."""
        self.cable = self.router.start("cable", PYTHON, f"{HERE}/long_cable.py", self.router.pid, "wan",
                                       internet.pid, port, milliseconds).wait_for("ready")
        self.router.sh("ip link set wan up")
        internet.sh(f"ip link set {port} up master wan")

    def set_nat(self, kind):
        self.kind = kind
        self.router.nft(nat.ruleset(kind, self.public4, self.forwards))

    def forward(self, protocol, port, pc_number):
        self.forwards.append((protocol, port, f"{self.lan4}.{pc_number}"))
        self.set_nat(self.kind)

    def pc(self, name, number):
        pc = Host(name)
        plug(pc, "eth0", self.router, "lan", f"l{number}")
        pc.address("eth0", f"{self.lan4}.{number}/24", f"{self.lan6}{number}/64")
        pc.sh(f"ip route add default via {self.lan4}.1;"
              f"ip -6 route add default via {self.lan6}1;"
              f"printf '{BOSON4} {BOSON_NAME}\\n{WEB4} {WEB_NAME}\\n' >> /etc/hosts")
        pc.home = self
        return pc


class Internet:
    def __init__(self):
        self.core = Host("internet")
        bridge(self.core, "wan", "203.0.113.1/24", "198.51.100.1/24", "2001:db8:113::1/64",
               "2001:db8:51::1/64")
        self.core.sysctl("net.ipv4.ip_forward", 1)
        self.core.sysctl("net.ipv4.conf.all.send_redirects", 0)
        self.core.sysctl("net.ipv4.conf.wan.send_redirects", 0)
        self.core.sysctl("net.ipv6.conf.all.forwarding", 1)
        self.boson = self._server("boson", 10, "203.0.113", "2001:db8:113::", (BOSON4,), (BOSON6,))
        self.web = self._server("web", 80, "198.51.100", "2001:db8:51::",
                                (WEB4, DNS4, CANARY4), (WEB6, DNS6, CANARY6))
        self.web_log = f"{SPACE}/web.hits"
        self.web.start("webserver", PYTHON, f"{HERE}/webserver.py", self.web_log).wait_for("ready")
        self.web.start("iperf4", "iperf3", "-s", "--forceflush", "-p", "5201").wait_for("listening")
        self.web.start("iperf-ref", "iperf3", "-s", "--forceflush", "-p", "5202").wait_for("listening")

    def _server(self, name, port, prefix4, prefix6, addresses4, addresses6):
        server = Host(name)
        plug(server, "eth0", self.core, "wan", f"s{port}")
        server.address("eth0", *(f"{a}/24" for a in addresses4), *(f"{a}/64" for a in addresses6))
        server.sh(f"ip route add default via {prefix4}.1 src {addresses4[0]};"
                  f"ip -6 route add default via {prefix6}1 src {addresses6[0]}")
        return server

    def home(self, router_name, number, kind="port-restricted", far_ms=0):
        return Home(self.core, router_name, number, kind, far_ms)


class Laboratory:
    """The drawing above. Optional hosts are made when asked for."""

    def __init__(self, node_nat="port-restricted", user_nat="port-restricted"):
        self.internet = Internet()
        self.core, self.boson, self.web = self.internet.core, self.internet.boson, self.internet.web
        self.node_home = self.internet.home("homerouter", 21, node_nat)
        self.user_home = self.internet.home("userrouter", 31, user_nat)
        self.node = self.node_home.pc("node", 2)
        self.user = self.user_home.pc("user", 2)

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


def http_get(host, url, timeout=5, check=True):
    """The body of a page, seen from a host."""
    done = host.run("curl", "-sS", "--max-time", timeout, url, check=check, timeout=timeout + 5)
    return done.stdout.strip()
