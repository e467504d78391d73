# SPDX-License-Identifier: GPL-3.0-or-later
"""Two guests on one node: each works, neither sees the other, and the owner's home is out of reach."""
from product import Client, Node, Server, scenario
from addresses import EXIT4, EXIT6, lan6
from capturing import Counters
from topology import Laboratory, WEB4


def attempt(host, url):
    host.run("curl", "-sS", "-m", "1", "-o", "/dev/null", url, check=False)


def isolation(check, lab, one, other):
    a, b = one.status()["tunnelAddress"], other.status()["tunnelAddress"]
    check(a != b, "two guests have two addresses", f"{a} {b}")
    a6, b6 = (c.host.sh(f"ip -6 -br address show dev {c.interface}").split()[2].split("/")[0]
              for c in (one, other))
    arrived = Counters(lab.user2, v4=f'iifname "{other.interface}" ip saddr {a.split("/")[0]}',
                       v6=f'iifname "{other.interface}" ip6 saddr {a6}',
                       inside=f'iifname "{other.interface}"')
    for target in (b.split("/")[0], b6):
        lab.user.run("ping", "-c3", "-i0.1", "-W1", target, check=False)
    lab.user.run("ping", "-c1", "-W1", WEB4)
    lab.user2.run("ping", "-c1", "-W1", WEB4)
    check(arrived["inside"] > 0, "positive control: the counters see what comes out of the tunnel",
          arrived["inside"])
    check.equal((arrived["v4"], arrived["v6"]), (0, 0), "nothing of one guest arrives at the other")
    arrived.remove()


def home_out_of_reach(check, lab):
    nas = Counters(lab.nas_host, node4="ip saddr 192.168.21.2", 
                   node6=f"ip6 saddr {{ fd21::2, {EXIT6} }} tcp dport {{ 80, 445, 8080 }}")
    router = Counters(lab.node_home.router, admin='iifname "lan" ip daddr 192.168.21.1 tcp dport { 80, 443 }')
    web = Counters(lab.web, smtp="tcp dport 25", smb="tcp dport 445", http="tcp dport 80")
    for url in ("http://192.168.21.50/", "http://[fd21::50]:8080/"):
        attempt(lab.node, url)
    attempt(lab.node, "http://192.168.21.1/")
    control = nas["node4"], nas["node6"], router["admin"]
    check(all(control), "positive control: the owner reaches NAS and router, and both are counted", control)
    for url in ("http://192.168.21.1/", "http://192.168.21.50/", "http://192.168.21.50:445/",
                "http://[fd21::50]:8080/", f"http://[{lan6(21)}50]/", "http://169.254.169.254/",
                "http://[::ffff:192.168.21.50]/", "http://[64:ff9b::c0a8:1532]/",
                "http://[2002:c0a8:1532::1]/", f"http://{EXIT4}/", "http://192.168.21.2/",
                f"http://{WEB4}:25/", f"http://{WEB4}:445/", f"http://{WEB4}/"):
        attempt(lab.user, url)
    check.equal((nas["node4"], nas["node6"], router["admin"]), control,
                "through the exit, not one packet to NAS, metadata address or router")
    check.equal((web["smtp"], web["smb"]), (0, 0), "and none to mail or file-sharing ports")
    check(web["http"] > 0, "positive control: the web passes", web["http"])


def body(check):
    lab = Laboratory()
    lab.second_user()
    lab.nas()
    server = Server(lab)
    node = Node(server, lab.node, options=("--max-guests", "2")).wait_online()
    one, other = Client(server, lab.user), Client(server, lab.user2)
    one.connect()
    other.connect()
    check.equal((one.exit4(), other.exit4()), (EXIT4,) * 2, "both leave from the node")
    check.equal(node.status()["guests"], 2, "the node counts two guests")
    isolation(check, lab, one, other)
    home_out_of_reach(check, lab)
    other.disconnect()
    check.equal(one.exit4(), EXIT4, "one goes, the other stays")
    one.disconnect()


if __name__ == "__main__":
    scenario(body)
