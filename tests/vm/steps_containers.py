# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for Docker on the user's PC: its bridge, two containers, its rules, a published port.

The rules are those that Docker 20 makes with iptables-nft, in tables of the same names: forwarding is
dropped by policy but for its bridge, what leaves is masqueraded, 8080 leads to the first container.
"""
from steps_connect import back_again
from topology import CANARY4, WEB4

UP = """
sysctl -qw net.ipv4.ip_forward=1
ip link add docker0 type bridge && ip address add 172.17.0.1/16 dev docker0 && ip link set docker0 up
for n in 2 3; do
  ip netns add box$n && ip link add veth$n type veth peer name eth0 netns box$n
  ip link set veth$n up master docker0 && ip -n box$n link set eth0 up && ip -n box$n link set lo up
  ip -n box$n address add 172.17.0.$n/16 dev eth0 && ip -n box$n route add default via 172.17.0.1
done
nft -f - <<'TEXT'
table ip nat {
  chain PREROUTING { type nat hook prerouting priority dstnat; fib daddr type local jump DOCKER; }
  chain OUTPUT { type nat hook output priority -100; ip daddr != 127.0.0.0/8 fib daddr type local jump DOCKER; }
  chain DOCKER { iifname != "docker0" tcp dport 8080 dnat to 172.17.0.2:80; }
  chain POSTROUTING { type nat hook postrouting priority srcnat; ip saddr 172.17.0.0/16 oifname != "docker0" masquerade; }
}
table ip filter {
  chain FORWARD {
    type filter hook forward priority filter; policy drop;
    oifname "docker0" ct state related,established accept
    oifname "docker0" ip daddr 172.17.0.2 tcp dport 80 accept
    iifname "docker0" accept
  }
}
TEXT
for n in 2 3; do
  systemd-run --quiet --unit=box$n-page ip netns exec box$n /usr/local/sbin/lab-page box$n
done
"""
DOWN = """systemctl stop box2-page box3-page; nft delete table ip nat; nft delete table ip filter
ip netns del box2; ip netns del box3; ip link del docker0; sysctl -qw net.ipv4.ip_forward=0"""


def boxed(lab, n, url, seconds=10):
    return lab.client.ask(f"ip netns exec box{n} curl -s -m {seconds} {url}")[1].strip()


def neighbours_meet(lab, when):
    """Host and containers among each other, as without a VPN."""
    client = lab.client
    seen = (client.ask("curl -s -m 10 http://172.17.0.2/")[1].strip(), boxed(lab, 3, "http://172.17.0.2/"),
            client.ask("ip netns exec box2 ping -c1 -W5 172.17.0.1 >/dev/null && echo pong")[1].strip())
    lab.table(f"{when}: host and containers reach each other", seen == ("box2", "box2", "pong"), seen)


def published(lab):
    """The published port, from another PC of the home."""
    address = lab.client.sh("ip -4 -o address show scope global | awk '$2 ~ /^en/ { print $4 }' | cut -d/ -f1")
    return lab.networks.user_home.router.run("curl", "-s", "-m", "5", f"http://{address}:8080/", check=False).stdout.strip()


def containers(lab, table):
    client = lab.client
    client.calm()
    client.sh(UP)
    try:
        client.wait("for n in 2 3; do curl -s -m 2 http://172.17.0.$n/ || exit 1; done", 30, "the containers' pages")
        table.equal("control: disconnected, a container leaves by the user's home", boxed(lab, 2, f"http://{WEB4}/"),
                    lab.networks.user_home.public4)
        table.equal("control: its published port answers in the home", published(lab), "box2")
        neighbours_meet(lab, "disconnected")
        client.connect()
        back_again(lab, "beside Docker's bridge and rules it connects")
        lab.meter.reset()
        seen = boxed(lab, 2, f"http://{WEB4}/", 20)
        table.equal("a container leaves by the node", seen, lab.networks.node_home.public4)
        neighbours_meet(lab, "connected")
        client.ask(f"ip netns exec box2 ping -c3 -W2 {CANARY4}; ip netns exec box3 nc -u -w1 {CANARY4} 9 <<<x;"
                   f"ip netns exec box2 dig +tries=1 +time=2 @{lab.networks.user_home.lan4}.1 leak.example")
        lab.closed("nothing of theirs left outside")
        table.equal("a published port is closed to the home, with the LAN setting off", published(lab), "")
        client.sh("higgs-vpnctl set lan on")
        table.equal("and open with it on", published(lab), "box2")
        client.sh("higgs-vpnctl set lan off")
        client.ask("higgs-vpnctl set lockdown on; higgs-vpnctl disconnect")
        lab.meter.reset()
        table.equal("blocked, a container has no line", boxed(lab, 2, f"http://{WEB4}/"), "")
        neighbours_meet(lab, "blocked")
        lab.closed("and nothing of theirs left outside")
        client.sh("higgs-vpnctl set lockdown off")
    finally:
        client.ask(DOWN)
    client.calm()
