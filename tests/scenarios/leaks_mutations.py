# SPDX-License-Identifier: GPL-3.0-or-later
"""Does the laboratory see? Each mutation spoils one thing of the kill switch at run time, as a fault in
it would; exactly the sorts of packets that it lets out must be reported, or the laboratory is blind.

Most are tried while the server is away and the client is blocked. The daemon, which would put back what is
spoilt, stands still meanwhile, and the second barriers, the way to nowhere and the filter at the card, are taken
away: the firewall alone holds.
"""
import contextlib
import signal

from addresses import BOSON4
from docker import Engine, TALK_PORT, talker
from host import wait_until
from leaks_attacks import answers, claim_destination, unclaim_destination
from leaks_judgement import WANTED, Tally, as_probe
from topology import DNS4, HERE, PYTHON, WEB4, WEB6

# A flow's packets come ever more rarely once they are lost: one may or may not fall into the span.
PLAIN = {sort for sort in WANTED if sort[0] != "flow"}
OUTPUT = "insert rule inet higgs_vpn output"


def sorts(condition):
    return {sort for sort in PLAIN if condition(*sort)}


FIREWALL = {
    # Names outside are refused by a rule of their own.
    "policy-accept": ("chain inet higgs_vpn output { policy accept; }",
                      sorts(lambda k, v, p: not k.endswith("53"))),
    "table-gone": ("delete table inet higgs_vpn", PLAIN),
    "mark-widened": (f"{OUTPUT} meta mark 0 accept", PLAIN),
    "ipv6-forgotten": (f"{OUTPUT} meta nfproto ipv6 accept", sorts(lambda k, v, p: v == 6)),
    "ipv4-forgotten": (f"{OUTPUT} meta nfproto ipv4 accept", sorts(lambda k, v, p: v == 4)),
    "dns-let-out": (f"{OUTPUT} meta l4proto {{ tcp, udp }} th dport 53 accept",
                    sorts(lambda k, v, p: k.endswith("53"))),
    "icmp-let-out": (f"{OUTPUT} meta l4proto {{ 1, 58 }} accept", sorts(lambda k, v, p: k == "icmp")),
    "lan-let-out": (f"{OUTPUT} ip daddr 192.168.0.0/16 accept",
                    sorts(lambda k, v, p: p == "lan" and v == 4)),
    "server-by-address": (f"{OUTPUT} ip daddr {BOSON4} accept",
                          sorts(lambda k, v, p: p == "server")),
    "flow-of-before": (f"{OUTPUT} ct state established tcp dport 9998 accept",
                       {("flow", 4, "internet"), ("flow", 6, "internet")}),
}


def leaked(lab):
    """Sorts of probes, whether their sockets are bound to the card or not."""
    return {(sort[0].partition(".")[0], *sort[1:]) for sort in map(as_probe, lab.tally.leaked) if sort}


def seen(lab, expected, timeout=8):
    """Waits until the laboratory reports all that is expected; what it reported."""
    def reported():
        lab.judge()
        return leaked(lab) >= expected
    try:
        wait_until(reported, timeout, "leaks")
    except TimeoutError:
        pass
    return leaked(lab)


def nobody_mends(lab):
    """The daemon sees nothing until the end of the mutation."""
    lab.client.process.signal(signal.SIGSTOP)
    lab.stack.callback(lab.client.process.signal, signal.SIGCONT)


def card_unguarded(lab):
    lab.user.run("tc", "qdisc", "del", "dev", "eth0", "clsact")


def rules_hold_alone(lab):
    """Blocked, with the second barrier gone and a daemon that mends nothing: whether nothing leaves."""
    lab.ask()
    lab.watch(0.2)
    nobody_mends(lab)
    for family in ("-4", "-6"):
        lab.user.run("ip", family, "rule", "del", "pref", "2920")
    card_unguarded(lab)
    lab.watch(0.2)
    lab.judge()
    return not lab.tally.leaked


def firewall_alone(lab, rule, expected):
    clean = rules_hold_alone(lab)
    lab.user.nft(rule + "\n")
    reported = seen(lab, expected)
    flows = {("flow", 4, "internet"), ("flow", 6, "internet")} - expected
    if reported - flows != expected:
        lab.fault(f"not reported: {sorted(expected - reported)}, beside: {sorted(reported - flows - expected)}")
    if not clean:
        lab.fault("what the rules alone hold left before they were spoiled")
    return clean and reported - flows == expected


def guests_let_out(lab):
    """Containers alone: what is forwarded passes, and this machine's own packets do not."""
    engine = Engine(lab.user)
    lab.stack.callback(engine.leave)
    talker(engine.container("talker", 2, DNS4), WEB4, WEB6)
    clean = rules_hold_alone(lab)
    lab.user.nft("chain inet higgs_vpn forward { policy accept; }\n")

    def reported():
        lab.judge()
        return {packet.target for packet in lab.tally.leaked if packet.target_port == TALK_PORT} == {WEB4, WEB6}
    with contextlib.suppress(TimeoutError):
        wait_until(reported, 8, "leaks")
    return clean and reported() and not leaked(lab)


def arp_answered(lab):
    """The kernel's setting that hides the tunnel's address is undone while connected, again and again, and the card
    has no filter, which holds such answers back as well."""
    status = lab.connect()
    undoing = lab.user.start("arp-ignore", "sh", "-c", "while :; do tc qdisc del dev eth0 clsact 2>/dev/null; echo 0 > "
                             "/proc/sys/net/ipv4/conf/all/arp_ignore; sleep 0.02; done")
    lab.stack.callback(undoing.stop)
    mac = lab.user.sh("ip -0 -br link show dev eth0").split()[2]
    address = status["tunnelAddress"]
    asking = lab.attacker.start("stranger-arp", PYTHON, f"{HERE}/stranger.py", "eth0", mac,
                                address).wait_for("ready")
    lab.stack.callback(asking.stop)

    def reported():
        lab.judge()
        return answers(lab, {address}, lab.tally.leaked) == {"arp"}
    with contextlib.suppress(TimeoutError):
        wait_until(reported, 5, "an answer")
    return reported()


def usual_routes(lab):
    """wg-quick's way, and neither firewall nor filter: the main table is asked for anything but the default route,
    and a local network says that it has the destination."""
    lab.connect()
    nobody_mends(lab)
    card_unguarded(lab)
    lab.user.nft("chain inet higgs_vpn output { policy accept; }\n"
                 f'{OUTPUT} oifname "eth0" accept\n')
    for family in ("-4", "-6"):
        lab.user.run("ip", family, "rule", "add", "pref", "2919", "table", "main",
                     "suppress_prefixlength", "0")
        lab.stack.callback(lab.user.run, "ip", family, "rule", "del", "pref", "2919", check=False)
    claim_destination(lab)
    lab.stack.callback(unclaim_destination, lab)
    # Questions for names are still redirected into the tunnel, by a table of its own.
    expected = sorts(lambda k, v, p: p == "internet" and not k.endswith("53"))
    return seen(lab, expected) >= expected


def mutation(lab, name, trial):
    """One line: was it reported?"""
    lab.tally, lab.foreign = Tally(name), set()
    with contextlib.ExitStack() as lab.stack:
        lab.positive_control()
        held = trial()
    lab.restore_by_daemon()
    what = ", ".join(f"{count} {'/'.join(map(str, kind))}"
                     for kind, count in list(lab.tally.leaked_kinds().items())[:4])
    print(f"{'ok   ' if held else 'FAULT'} {name:<20} reported {len(lab.tally.leaked):>6} packets: "
          f"{what}{', ...' if len(lab.tally.leaked_kinds()) > 4 else ''}", flush=True)
    lab.positive_control()
    lab.judge()
    for fault in lab.tally.faults:
        print(f"    {fault}", flush=True)
    return held


def mutate(lab):
    """All mutations; true if the laboratory saw every one."""
    held = [mutation(lab, "arp-answered", lambda: arp_answered(lab)),
            mutation(lab, "usual-routes", lambda: usual_routes(lab))]
    lab.server.process.kill()
    lab.probe_anew()  # no tunnel stands from now on
    held.append(mutation(lab, "guests-let-out", lambda: guests_let_out(lab)))
    for name, (rule, expected) in FIREWALL.items():
        held.append(mutation(lab, name, lambda: firewall_alone(lab, rule, expected)))
    return all(held)
