# SPDX-License-Identifier: GPL-3.0-or-later
"""A container engine beside the product: bridges, cables and rules as Docker 20.10 makes them (with ip6tables);
no control groups are needed. down() and up() are what stopping and starting its service does."""
from host import Host, bridge, plug
from topology import PYTHON

TALK_PORT = 9997  # nobody else's
# New datagrams and connections all the time, and one socket that is older than everything.
TALK = r"""
import socket, sys, time
port = int(sys.argv[1])
old = {a: socket.socket(socket.AF_INET6 if ":" in a else socket.AF_INET, socket.SOCK_DGRAM) for a in sys.argv[2:]}
while True:
    for to, s in old.items():
        for each in (s, socket.socket(s.family, socket.SOCK_DGRAM)):
            try: each.sendto(b"of a container", (to, port))
            except OSError: pass
            if each is not s: each.close()
        with socket.socket(s.family, socket.SOCK_STREAM) as tcp:
            tcp.setblocking(False)
            try: tcp.connect((to, port))
            except OSError: pass
    time.sleep(0.005)
"""


FILTER = """
table {family} filter {{
  chain DOCKER {{ }}
  chain DOCKER-USER {{ }}
  chain DOCKER-ISOLATION-STAGE-1 {{ }}
  chain DOCKER-ISOLATION-STAGE-2 {{ }}
  chain FORWARD {{ type filter hook forward priority filter; policy drop; }}
}}
flush table {family} filter
table {family} filter {{
  chain DOCKER {{
{published}  }}
  chain DOCKER-ISOLATION-STAGE-1 {{
{stage1}    return
  }}
  chain DOCKER-ISOLATION-STAGE-2 {{
{stage2}    return
  }}
  chain FORWARD {{
    jump DOCKER-USER
    jump DOCKER-ISOLATION-STAGE-1
{forward}  }}
  chain DOCKER-USER {{
    return
  }}
}}
"""
NAT = """
table {family} nat {{
  chain DOCKER {{ }}
  chain POSTROUTING {{ type nat hook postrouting priority srcnat; policy accept; }}
  chain PREROUTING {{ type nat hook prerouting priority dstnat; policy accept; }}
  chain OUTPUT {{ type nat hook output priority -100; policy accept; }}
}}
flush table {family} nat
table {family} nat {{
  chain DOCKER {{
{dnat}  }}
  chain POSTROUTING {{
{masquerade}  }}
  chain PREROUTING {{
    fib daddr type local jump DOCKER
  }}
  chain OUTPUT {{
    {family} daddr != {loopback} fib daddr type local jump DOCKER
  }}
}}
"""
FORWARD = """    oifname "{0}" ct state related,established accept
    oifname "{0}" jump DOCKER
    iifname "{0}" oifname != "{0}" accept
    iifname "{0}" oifname "{0}" accept
"""


def talker(box, *addresses):
    return box.start("talk", PYTHON, "-c", TALK, TALK_PORT, *addresses)


def spare_exit(node):
    """Talkers open more connections than an exit gives to one guest: they end where they arrive."""
    node.host.nft(f"""
        table inet talk {{
          chain arrive {{
            type filter hook prerouting priority raw
            iifname "{node.interface}" meta l4proto {{ tcp, udp }} th dport {TALK_PORT} drop
          }}
        }}""")


class Engine:
    def __init__(self, host):
        self.host, self.networks, self.ports, self.boxes = host, {}, [], []
        self.network("docker0", "172.17.0", "fd17::")
        host.sysctl("net.ipv4.ip_forward", 1)
        host.sysctl("net.ipv6.conf.all.forwarding", 1)
        self.up()

    def network(self, name, prefix4, prefix6):
        """docker network create"""
        self.networks[name] = prefix4, prefix6
        self._bridge(name)

    def _bridge(self, name):
        prefix4, prefix6 = self.networks[name]
        bridge(self.host, name, f"{prefix4}.1/16", f"{prefix6}1/64")

    def publish(self, port, name, number, inside):
        """--publish port:inside"""
        self.ports.append((port, name, number, inside))
        self.up()

    def container(self, name, number, nameserver, network="docker0"):
        prefix4, prefix6 = self.networks[network]
        box = Host(name, nameserver=nameserver)
        plug(box, "eth0", self.host, network, f"veth{name}")
        box.address("eth0", f"{prefix4}.{number}/16", f"{prefix6}{number}/64")
        box.sh(f"ip route add default via {prefix4}.1; ip -6 route add default via {prefix6}1")
        self.boxes.append(box)
        return box

    def up(self):
        """The rules anew, as at its start; Docker has bridged frames shown to them."""
        for family in ("iptables", "ip6tables"):
            self.host.sh(f"f=/proc/sys/net/bridge/bridge-nf-call-{family}; [ ! -e $f ] || echo 1 > $f")
        for family in ("ip", "ip6"):
            self.host.nft(self._rules(family))

    def _rules(self, family):
        bridges, old = list(self.networks), family == "ip"
        masquerade = "".join(f'    oifname != "{name}" {family} saddr {p4 + ".0/16" if old else p6 + "/64"} masquerade\n'
                             for name, (p4, p6) in self.networks.items())
        dnat = "".join(f'    iifname "{name}" return\n' for name in bridges)
        published = ""
        for port, name, number, inside in self.ports if old else ():
            target = f"{self.networks[name][0]}.{number}"
            dnat += f'    iifname != "{name}" tcp dport {port} dnat to {target}:{inside}\n'
            published += f'    iifname != "{name}" oifname "{name}" ip daddr {target} tcp dport {inside} accept\n'
        return (FILTER.format(
            family=family, published=published,
            stage1="".join(f'    iifname "{n}" oifname != "{n}" jump DOCKER-ISOLATION-STAGE-2\n' for n in bridges),
            stage2="".join(f'    oifname "{n}" drop\n' for n in bridges),
            forward="".join(FORWARD.format(n) for n in bridges))
            + NAT.format(family=family, dnat=dnat, masquerade=masquerade,
                         loopback="127.0.0.0/8" if old else "::1"))

    def down(self):
        """Its rules are flushed, as a firewall's restart does it too."""
        for family in ("ip", "ip6"):
            self.host.nft(f"flush table {family} nat\nflush table {family} filter\n")

    def remove(self, network):
        del self.networks[network]
        self.host.sh(f"ip link del {network}")
        self.up()

    def leave(self):
        """Everything as before it came."""
        for box in self.boxes:
            self.host.sh(f"ip link del veth{box.name}")
            box.holder.kill()
            box.holder.wait()
        for name in self.networks:
            self.host.sh(f"ip link del {name}")
        self.host.nft("".join(f"delete table {family} {table}\n" for family in ("ip", "ip6")
                              for table in ("nat", "filter")))
        self.host.sysctl("net.ipv4.ip_forward", 0)
        self.host.sysctl("net.ipv6.conf.all.forwarding", 0)
