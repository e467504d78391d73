# SPDX-License-Identifier: GPL-3.0-or-later
"""A node that looks after its home: the self-test before and while sharing, another program that
takes the rules away, another firewall, and nothing left after any end. With --table it prints what
the self-test tried."""
import json
import sys
import time

from product import Client, Node, Server, scenario  # makes the others known
from addresses import EXIT4
from host import wait_until
from topology import Laboratory

RECOVERY = 40  # a failed exit is tried again after 15 s


class OffNode(Node):
    sharing = "off"


def safety(node, *words):
    done = node.ctl("safety", "--json", *words, check=False)
    return done.returncode, json.loads(done.stdout)


def network(host):
    return host.sh("nft list ruleset; ip -br link | sed 's/@.*//'; ip -4 rule; ip -6 rule;"
                   "cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding")


def before_consent(check, lab, server):
    before = network(lab.node)
    node = OffNode(server, lab.node)
    wait_until(lambda: node.status().get("state") == "off", 10, "the daemon answers")
    check.equal((node.status()["consent"], node.status()["safety"]["state"]), (False, "never"),
                "at first nobody has agreed to anything")
    refused = node.ctl("on", check=False)
    check(refused.returncode == 1 and "--agree" in refused.stderr, "without consent 'on' is refused",
          refused.stderr.strip())
    code, result = safety(node, "--run")
    check.equal((code, result["state"]), (1, "unknown"), "the self-test can be run while off, and does "
                "not call tight what it could not try: nobody has told the router's address yet")
    check.equal(result["failed"], ["unknown public address of the router"], "nothing else is wrong")
    check(result["tried"] > 200 and result["tried"] - result["refused"] >= 3,
          "it tries more than 200 things, and its controls are open",
          f"{result['tried']} tried, {result['refused']} refused")
    check(network(lab.node) == before, "and leaves nothing behind")
    node.ctl("on", "--agree")
    check.equal(node.status()["state"], "sharing", "with consent it shares")
    node.process.stop()
    check(network(lab.node) == before, "a stopped daemon leaves nothing behind")
    return before


def home_hears_nothing(check, lab, node):
    with open(lab.nas_log) as log:
        start = len(log.read())
    code, result = safety(node, "--run")
    check.equal((code, result["state"]), (0, "passed"), "beside a NAS and a metadata server it passes")
    tried = {row["target"] for row in result["rows"]}
    for wanted in ("192.168.21.1:80", "192.168.21.254:80", "169.254.169.254:80", f"{EXIT4}:80"):
        check(wanted in tried, f"{wanted} is among what was tried")
    with open(lab.nas_log) as log:
        check.equal(log.read()[start:], "", "and the home's own hosts have heard nothing")
    if "--table" in sys.argv:
        print(node.ctl("safety").stdout)


def broken(check, lab, node, client, what, script, mend=""):
    lab.node.sh(script)
    wait_until(lambda: node.status()["problem"] == "exit_unsafe", 5, f"{what}: sharing stops")
    status = node.status()
    check.equal((status["state"], status["tunnel"], status["safety"]["state"]),
                ("problem", None, "failed"), f"{what}: nothing is shared any more")
    check("hgnode0" not in lab.node.sh("ip -br link"), "the tunnel is gone with its guests")
    if mend:
        lab.node.sh(mend)
    node.wait_online(RECOVERY)
    check.equal(node.status()["safety"]["state"], "passed", "it comes back by itself, tested anew")
    client.wait_state("connected", timeout=60)
    check.equal(client.exit4(), EXIT4, "and so does its guest")


def tracks(lab):
    if lab.node.sh("test -e /proc/net/nf_conntrack && echo yes || true").strip():
        return True
    print("      connections are not looked at: this kernel does not list them")
    return False


def connections(lab, address):
    """That the node's kernel knows of the guest with that address."""
    return lab.node.sh(f"grep -c 'src={address} ' /proc/net/nf_conntrack || true").strip()


def takes_its_connections(check, lab, node, client):
    """Else the next guest with that address would get what is sent late to this one."""
    if not tracks(lab):
        return
    address = client.status()["tunnelAddress"].split("/")[0]
    def tracked():
        return connections(lab, address)
    client.exit4()
    check(tracked() != "0", "positive control: the node's kernel knows the guest's connections", tracked())
    client.ctl("disconnect")
    wait_until(lambda: not node.status()["guests"], 10, "the guest has left")
    check.equal(tracked(), "0", "a guest that has left took its connections with it")
    client.connect()
    address = client.status()["tunnelAddress"].split("/")[0]
    client.exit4()
    check(tracked() != "0", "positive control: and it knows those of a new visit", tracked())
    node.ctl("off")
    wait_until(lambda: node.status()["state"] == "off", 10, "sharing is off")
    check.equal(tracked(), "0", "who is here when sharing ends takes them along, too")
    node.ctl("on")
    node.wait_online(RECOVERY)
    client.wait_state("connected", timeout=60)


def foreign_firewall(check, lab, server, node):
    lab.node.nft("table inet stranger { chain f { type filter hook forward priority 10; "
                 "policy drop; }; }")
    wait_until(lambda: node.status()["problem"] == "exit_failed", 10,
               "another firewall that comes up and lets no guest out ends sharing")
    failed = safety(node)[1]["failed"]
    check(failed and all(name.startswith("control ") for name in failed),
          "the self-test says so: this is no leak, and has its own name", failed)
    wait_until(lambda: not server.nodes(), 10, "and the server offers the node no more")
    code, result = safety(node, "--run")
    check(code == 1 and any(name.startswith("control ") for name in result["failed"]),
          "asked for, it fails as well", result["failed"])
    lab.node.nft("delete table inet stranger")
    node.wait_online(RECOVERY)


def closed_to_guests(check, lab, node):
    """As many have it: nothing comes in that was not asked for, and guests ask this machine how they are."""
    lab.node.nft("table inet stranger { chain i { type filter hook input priority 0; policy drop; iif lo accept; "
                 "ct state established,related accept; meta l4proto { 1, 58 } accept; }; }")
    wait_until(lambda: node.status()["problem"] == "exit_failed", 20,
               "another firewall that lets no guest ask this machine ends sharing")
    said = node.status()["problemDetail"]
    check("nft list table inet stranger" in said, "and is named", said)
    lab.node.nft("delete table inet stranger")
    node.wait_online(RECOVERY)


def routed_elsewhere(check, lab, node):
    lab.node.sh(f"ip rule add iif {node.interface} prohibit; ip rule add iif {node.interface}c prohibit")
    wait_until(lambda: node.status()["problem"] == "exit_failed", 10,
               "a routing rule that lets no guest out ends sharing, too")
    lab.node.sh(f"ip rule del iif {node.interface} prohibit; ip rule del iif {node.interface}c prohibit")
    node.wait_online(RECOVERY)


def answers_led_away(check, lab, node, client):
    """A second uplink's routing rule, as other programs add it: guests' answers would go out by it."""
    client.wait_state("connected", timeout=60)
    get = f"ip route get {client.status()['tunnelAddress'].split('/')[0]} from 1.1.1.1 iif eth0"
    check("hgnode0" in lab.node.sh(get), "control: answers to a guest go into its tunnel")
    lab.node.sh(f"ip route add default via {lab.node_home.lan4}.1 table 100; ip rule add pref 100 lookup 100")
    wait_until(lambda: "hgnode0" in lab.node.sh(get), 15, "beside another program's rule they do so again")
    check("99:" in lab.node.sh("ip rule"), "by a rule before that one")
    client.wait_state("connected", timeout=60)
    check.equal(client.exit4(), EXIT4, "and the guest is out")
    lab.node.sh("ip rule del pref 99")
    wait_until(lambda: "99:" in lab.node.sh("ip rule"), 15, "removed, ours is put back")
    lab.node.sh("ip rule del pref 100; ip route flush table 100")
    wait_until(lambda: "99:" not in lab.node.sh("ip rule"), 15, "it goes when it is not needed any more")


def without_ipv6(check, lab, node, client):
    """IPv6 is switched off while sharing: whoever has IPv4 stays."""
    changes = node.process.text().count("from=sharing")
    check("reject with icmpv6 no-route" not in lab.node.sh("nft list chain inet higgs_node from_guest"),
          "control: guests have IPv6")
    lab.node.sh("sysctl -qw net.ipv6.conf.all.disable_ipv6=1")
    wait_until(lambda: "reject with icmpv6 no-route" in lab.node.sh("nft list chain inet higgs_node from_guest"), 10,
               "without IPv6 guests are told at once that there is none")
    code, result = safety(node, "--run")
    check.equal((code, result["state"]), (0, "passed"), "and IPv4 is judged alone")
    check.equal((client.exit4(), node.process.text().count("from=sharing") - changes), (EXIT4, 0),
                "the guest is out, and was all the time")
    lab.node.sh("sysctl -qw net.ipv6.conf.all.disable_ipv6=0")


def crash(check, lab, node, client, before):
    address = client.status()["tunnelAddress"].split("/")[0]
    client.exit4()
    node.process.kill()
    known = tracks(lab)
    check(not known or connections(lab, address) != "0",
          "positive control: the kernel still knows the guest's connections after kill -9")
    check("higgs_node" in lab.node.sh("nft list ruleset"), "kill -9 leaves the rules that deny")
    node.sharing = "off"
    node.start()
    wait_until(lambda: node.status().get("state") == "off", 10, "the daemon answers again")
    check(network(lab.node) == before, "and the next start takes everything away")
    check(not known or connections(lab, address) == "0", "with what the kernel knew of the guest")


def body(check):
    lab = Laboratory()
    lab.nas()
    server = Server(lab)
    before = before_consent(check, lab, server)
    node = Node(server, lab.node).wait_online()
    client = Client(server, lab.user)
    client.connect()
    home_hears_nothing(check, lab, node)
    takes_its_connections(check, lab, node, client)
    broken(check, lab, node, client, "another program's 'flush ruleset'", "nft flush ruleset")
    handle = "nft -a list chain inet higgs_node leaving | sed -n 's/.*@special4.*handle //p'"
    broken(check, lab, node, client, "one rule deleted",
           f"nft delete rule inet higgs_node leaving handle $({handle})")
    foreign_firewall(check, lab, server, node)
    closed_to_guests(check, lab, node)
    routed_elsewhere(check, lab, node)
    answers_led_away(check, lab, node, client)
    without_ipv6(check, lab, node, client)
    client.wait_state("connected", timeout=60)
    crash(check, lab, node, client, before)


if __name__ == "__main__":
    scenario(body)
