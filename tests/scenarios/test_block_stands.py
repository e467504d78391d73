# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody else removes what protects the machine (a firewall that reloads, a network service that tidies
up): it is put back at once, the rules before the routes, it is told, and nothing leaves meanwhile."""
import time

from product import Whole, scenario  # makes the others known
from host import wait_until
from topology import PYTHON, Laboratory, WEB4, WEB6

PORT, LAN_ROUTER = 9999, "192.168.31.1"
CARD = "eth0"
# 500 datagrams a second and address, each from a socket of its own, and from one that is older than all rules; and the
# same from sockets that are bound to the card, as everybody may do it: no route leads those away from it.
TALK = r"""
import socket, sys, time
def talker(family):
    s = socket.socket(family, socket.SOCK_DGRAM)
    if sys.argv[1]: s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, sys.argv[1].encode())
    return s
old = {f: talker(f) for f in (socket.AF_INET, socket.AF_INET6)}
print("ready", flush=True)
while True:
    for to in sys.argv[3:]:
        family = socket.AF_INET6 if ":" in to else socket.AF_INET
        for s in (talker(family), old[family]):
            try: s.sendto(b"of the home", (to, int(sys.argv[2])))
            except OSError: pass
            if s is not old[family]: s.close()
    time.sleep(0.002)
"""
TABLE = "1214859111"  # of the client's routes
DAMAGE = (("another firewall flushes all rules", "nft flush ruleset", "rules"),
          ("the table is deleted", "nft delete table inet higgs_vpn", "rules"),
          ("a rule lets everything out", "nft insert rule inet higgs_vpn output accept", "rules"),
          ("the policy becomes accept", "nft chain inet higgs_vpn output '{ policy accept; }'", "rules"),
          ("the rules of IPv4 routing are removed", "ip rule flush; ip rule add pref 32766 table main", "routes"),
          ("one of IPv6 is removed", "ip -6 rule del pref 2920", "routes"),
          ("our table is flushed", f"ip route flush table {TABLE}", "routes"),
          ("and that of IPv6", f"ip -6 route flush table {TABLE}", "routes"),
          # Without a priority they come before all that stand, as wg-quick's do.
          ("others' rules come first", "ip rule add not fwmark 0xca6c table main", "routes"),
          ("and of IPv6", "ip -6 rule add not fwmark 0xca6c table main", "routes"),
          ("and once more", "ip rule add table main suppress_prefixlength 0", "routes"),
          ("the card's hook is deleted", f"tc qdisc del dev {CARD} clsact", "barrier"),
          ("its filters are", f"tc filter del dev {CARD} egress", "barrier"))


class Meter:
    """What the home's router gets of the talker."""

    def __init__(self, router):
        self.router = router
        router.nft(f"""
            table inet home_meter {{
              counter seen {{ }}
              counter seen6 {{ }}
              counter seen_home {{ }}
              chain everything {{
                type filter hook prerouting priority -300
                udp dport {PORT} counter name seen
                meta nfproto ipv6 udp dport {PORT} counter name seen6
                udp dport {PORT} ip daddr {LAN_ROUTER} counter name seen_home
              }}
            }}""")

    def count(self, what="seen"):
        return int(self.router.sh(f"nft list counter inet home_meter {what}").split("packets ")[1].split()[0])


def stands(user):
    done = user.run("nft", "list", "chain", "inet", "higgs_vpn", "output", check=False).stdout
    accepts = any(line.strip() == "accept" for line in done.splitlines())
    first = [user.sh(f"ip {family} rule").splitlines()[1] for family in ("-4", "-6")]
    rules = sum(TABLE in rule and "not from all" in rule for rule in first)
    ways = user.sh(f"ip route show table {TABLE} || :; ip -6 route show table {TABLE} || :")
    filters = user.sh(f"tc filter show dev {CARD} egress").count("direct-action")
    return ("policy drop" in done and not accepts and rules == 2 and ways.count("unreachable default") == 2 and
            filters == 1)


def damaged(check, client, user, meter, state):
    for what, command, part in DAMAGE:
        before, seen = client.status()["blockRepairs"], meter.count()
        user.sh(command)
        began = time.monotonic()
        wait_until(lambda: stands(user), 5, f"{what}: it stands again")
        took = time.monotonic() - began
        wait_until(lambda: client.status()["blockRepairs"] > before, 5, f"{what}: it is told")
        status = client.status()
        check.equal((status["state"], status["killSwitch"]), (state, True), f"{state}, {what}: put back")
        print(f"     {1000 * took:.0f} ms until it was seen to stand, {meter.count() - seen} datagrams left")
        check.equal(meter.count(), seen, f"{state}, {what}: nothing left meanwhile")
        said = client.process.text()
        check(f"{part}=true" in said[said.rfind("put back"):], f"{state}, {what}: the log says what")
    # It works on, as it is said to.
    check(state != "connected" or client.exit4() and client.exit6(), f"{state}: the Internet is reached", state)
    user.sh("ip rule del not fwmark 0xca6c table main; ip -6 rule del not fwmark 0xca6c table main;"
            "ip rule del table main suppress_prefixlength 0")


FLUSH = "while :; do nft flush ruleset; sleep 0.05; done"


def switches_while_flushed(check, client, user, meter):
    """Each switch makes the routes anew, and a firewall that is being set up has no rules meanwhile."""
    seen = meter.count()
    flushing = user.start("flush", "sh", "-c", FLUSH)
    for _ in range(4):
        client.ctl("connect", "--wait=20", check=False, timeout=40)
    check(client.status()["blockRepairs"] > 20, "control: the rules are flushed and put back again and again")
    flushing.stop()
    check.equal(meter.count(), seen, "four switches while all rules are flushed: nothing left")
    wait_until(lambda: client.state() == "connected" and client.exit4(), 30, "it is connected after that")


def loses_addresses(check, client, user, meter):
    seen, before = meter.count(), client.status()["blockRepairs"]
    user.sh("ip address flush dev hgvpn0")
    wait_until(lambda: client.exit4() and client.exit6(), 15, "the tunnel has its addresses again")
    wait_until(lambda: client.status()["blockRepairs"] > before, 5, "and it is told")
    off = "net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1"
    user.sh(f"sysctl -qw {off}")
    wait_until(client.exit4, 15, "IPv6 is switched off, and IPv4 is there")
    time.sleep(1)  # for what would be told for ever
    status = client.status()
    check.equal((status["state"], status["killSwitch"], status.get("blockFault")), ("connected", True, None),
                "IPv6 is switched off: what is told is so")
    user.sh("sysctl -qw " + off.replace("=1", "=0"))
    user.address("eth0", f"{user.home.lan6}2/64")
    user.sh(f"ip -6 route replace default via {user.home.lan6}1")
    wait_until(lambda: client.exit4() and client.exit6(), 20, "IPv6 is switched on, and is in the tunnel")
    check.equal(meter.count(), seen, "addresses lost and found: nothing left")


def settings_change(check, client, user):
    """No event tells of these; without them the answers to marked sockets are dropped by a strict filter."""
    before = client.status()["blockRepairs"]
    wanted = {"src_valid_mark": "1", "arp_ignore": "2"}
    for name in wanted:
        user.sysctl(f"net.ipv4.conf.all.{name}", 0)
    for name, value in wanted.items():
        wait_until(lambda: user.sh(f"sysctl -n net.ipv4.conf.all.{name}").strip() == value, 15,
                   f"{name} is put back")
    wait_until(lambda: client.status()["blockRepairs"] > before, 5, "and it is told")
    check("settings=true" in client.process.text(), "changed settings are in the log")


def body(check):
    whole = Whole(Laboratory())
    user, client = whole.lab.user, whole.client
    meter = Meter(whole.lab.user_home.router)
    # The talker's connections are more than an exit gives to one guest: they end before it counts them.
    whole.lab.node.nft(f"""
        table inet spare {{
          chain arrive {{
            type filter hook prerouting priority raw
            iifname "{whole.node.interface}" udp dport {PORT} drop
          }}
        }}""")
    whole.lab.user_home.router.sysctl("net.ipv4.conf.lan.proxy_arp", 1)  # it takes the Internet for its link
    bound = user.start("talk-bound", PYTHON, "-c", TALK, CARD, PORT, WEB4, WEB6, LAN_ROUTER).wait_for("ready")
    for what in ("seen6", "seen_home"):
        wait_until(lambda: meter.count(what) > 20, 10, "control: the router sees sockets that are bound to the card")
    bound.stop()
    seen = meter.count()
    user.start("talk", PYTHON, "-c", TALK, "", PORT, WEB4, WEB6).wait_for("ready")
    wait_until(lambda: meter.count() > seen + 20, 10, "control: and others")
    user.start("talk-bound", PYTHON, "-c", TALK, CARD, PORT, WEB4, WEB6, LAN_ROUTER).wait_for("ready")
    client.connect()
    time.sleep(0.2)  # what was in a queue
    damaged(check, client, user, meter, "connected")
    loses_addresses(check, client, user, meter)
    settings_change(check, client, user)
    switches_while_flushed(check, client, user, meter)
    check.equal(client.status()["unguarded"], [], "every card has a filter")
    user.sh("ip link del hgvpn0")
    wait_until(lambda: client.status()["state"] != "connected", 10, "a removed interface is noticed")
    wait_until(lambda: client.status()["state"] == "connected", 30, "and the tunnel comes back")
    client.ctl("set", "lockdown", "on")
    client.ctl("disconnect")
    wait_until(lambda: client.status()["state"] == "blocked", 10, "locked down")
    seen = meter.count()
    damaged(check, client, user, meter, "blocked")
    check.equal(meter.count(), seen, "nothing left in all that time")
    user.sh("ip rule add pref 2920 from 10.9.9.9 table main; ip rule add pref 2890 fwmark 0x7 table main")
    wait_until(lambda: stands(user), 5, "before others' rules")
    client.process.kill()
    check(stands(user), "after a crash all barriers stand")
    user.sh("nft flush ruleset")
    time.sleep(0.5)
    check.equal(meter.count(), seen, "even with no daemon and no rules nothing leaves: there is no way")
    client.start()
    wait_until(lambda: client.status().get("killSwitch") and stands(user), 10, "the next daemon restores it")
    client.ctl("set", "lockdown", "off")
    client.ctl("restore-network", check=False)
    wait_until(lambda: meter.count() > seen, 10, "positive control: an open line is seen")
    rules = user.sh("ip rule")
    check("from 10.9.9.9" in rules and "fwmark 0x7" in rules and TABLE not in rules,
          "others' rules at our priorities stay, ours are gone", rules)
    check("clsact" not in user.sh("tc qdisc"), "and the card's hook is")


if __name__ == "__main__":
    scenario(body)
