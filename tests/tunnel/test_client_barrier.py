#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's filters at its network cards, when nothing else holds: nftables is flushed, and sockets that are
bound to the card pass by all routing rules. Without the filters their packets leave.

   [ client ] c0 192.168.1.5, 2001:db8:1::5 ---- u0 192.168.1.1, 2001:db8:1::1 [ uplink: captures ]
"""
import json

from netns_lab import Lab, Report, run, snapshot, wait_for
from test_client_network import EVERYTHING, ICMP, MARK, OUTSIDE, TCP, UDP, Client, canary

OTHERS = "1,6 0 0 4294967295"  # somebody's filter, which lets everything go on
BOUND = {"device": "c0"}


class Guarded(Client):
    def exec(self, *words, check=True):
        return run("ip", "netns", "exec", self.space, *words, check=check)

    def tc(self, *words, check=True):
        return self.exec("tc", *words, check=check)

    def filters(self, card="c0"):
        return self.tc("filter", "show", "dev", card, "egress").count("bytecode '")

    def hooks(self):
        return [entry["dev"] for entry in json.loads(self.tc("-j", "qdisc")) if entry["kind"] == "clsact"]

    def flush(self):
        """What another firewall does, with no daemon that could put it back."""
        self.exec("nft", "flush", "ruleset")

    def flooded(self, what, **options):
        """Sockets of both kinds, to addresses whose Ethernet address is known."""
        self.none_out(what, **options)
        self.none_out(what + ", bound to the card", **BOUND, **options)


def bare(client):
    """As the machine is, and with the other barriers alone: what a filter is for."""
    for number, address in enumerate(OUTSIDE):  # no ARP: whoever is bound takes the Internet for the link
        family = ("-6",) if ":" in address else ()
        run("ip", *family, "-n", client.space, "neigh", "replace", address, "lladdr", client.router_mac, "dev", "c0",
            "nud", "permanent")
    client.all_out("control: without a block sockets that are bound to the card are seen", **BOUND)


def holds(client):
    report, probe = client.report, client.probe()
    probe.do("block")
    report.check("every card has a filter", client.filters() == 1 and probe.answer("unguarded") == "ok")
    client.flooded("blocked")
    client.flush()
    client.flooded("rules flushed")
    client.all_out("marked sockets pass", mark=MARK)
    for family in ("-4", "-6"):
        client.exec("ip", family, "rule", "del", "pref", "2920")
    client.flooded("rules flushed, and routes gone")
    report.check("what stood alone is put back, and told", probe.answer("verify") == "error forbidden rules routes",
                 probe.said())
    client.flush()
    client.tc("qdisc", "del", "dev", "c0", "clsact")
    client.capture.clear()
    canary(client.space, addresses=OUTSIDE[:1], **BOUND)
    client.seen("control: with neither rules nor filters bound sockets of IPv4 leave, whatever the routes are",
                {OUTSIDE[0]: EVERYTHING[0]})
    answer = probe.answer("verify")
    report.check("a filter that was taken away is put back, and told", answer == "error forbidden rules barrier", answer)
    report.check("and nothing is left to put back", probe.answer("verify") == "ok")
    client.tc("filter", "replace", "dev", "c0", "egress", "protocol", "all", "pref", "1", "handle", "0x4869", "bpf",
              "bytecode", OTHERS, "direct-action")
    report.check("one that was exchanged, too", probe.answer("verify") == "error forbidden barrier")
    client.flush()
    client.flooded("put back, beside what is another's now")
    client.tc("filter", "del", "dev", "c0", "egress", "pref", "1")
    probe.kill()
    heir = client.probe()
    heir.do("block lan=1")
    client.flush()
    client.none_out("taken over after a crash: nothing but the LAN", **BOUND, allowed=("224.0.0.22", "ff02::16"))
    client.capture.clear()
    canary(client.space, addresses=("192.168.1.1",), port=80, **BOUND)
    client.seen("the LAN is open where the user allows it", {"192.168.1.1": {TCP, UDP, ICMP}})
    client.capture.clear()
    canary(client.space, addresses=("192.168.1.1",), port=53, **BOUND)
    wait_for(lambda: ICMP in client.capture.seen("192.168.1.1"))
    client.capture.catch_up()
    report.check("but not its resolver", client.capture.seen("192.168.1.1") == {ICMP})
    heir.do("restore")
    heir.kill()
    client.all_out("restored", **BOUND)
    report.same("restore leaves all as before", client.before, snapshot(client.space))


def others(client):
    """Another program's hook and filters stay what they are, and are asked, too."""
    report, probe = client.report, client.probe()
    client.tc("qdisc", "add", "dev", "c0", "clsact")
    client.tc("filter", "add", "dev", "c0", "egress", "protocol", "all", "pref", "1", "handle", "1", "bpf", "bytecode",
              OTHERS, "direct-action")
    before = client.tc("filter", "show", "dev", "c0", "egress")
    probe.do("block")
    report.check("another's filter stands beside ours", client.filters() == 2)
    answer = probe.answer("unguarded")
    report.check("and that it is asked first is told", "c0" in answer and "first" in answer, answer)
    client.flush()
    client.flooded("beside another's filter")
    probe.do("restore")
    report.check("and has not changed", client.tc("filter", "show", "dev", "c0", "egress") == before)
    report.check("nor has the hook", client.hooks() == ["c0"])
    client.tc("qdisc", "del", "dev", "c0", "clsact")
    probe.do("block")
    client.tc("filter", "add", "dev", "c0", "ingress", "protocol", "all", "pref", "9", "bpf", "bytecode", OTHERS,
              "direct-action")
    probe.do("restore")
    report.check("a hook of ours that another uses stays", client.hooks() == ["c0"] and client.filters() == 0)
    client.tc("qdisc", "del", "dev", "c0", "clsact")
    client.tc("qdisc", "add", "dev", "c0", "handle", "ffff:", "ingress")
    ingress = client.tc("qdisc", "show", "dev", "c0")
    probe.do("block")
    answer = probe.answer("unguarded")
    report.check("where there is no room for one the block stands, and it is told",
                 "c0" in answer and "ingress" in answer, answer)
    client.none_out("and the others hold")
    report.check("what was there stays", client.tc("qdisc", "show", "dev", "c0") == ingress)
    client.tc("qdisc", "del", "dev", "c0", "ingress")
    probe.do("verify")
    report.check("once there is room it is used", probe.answer("unguarded") == "ok" and client.filters() == 1)
    probe.do("restore")
    report.same("all as before", client.before, snapshot(client.space))
    probe.kill()


def cards(client):
    """Cards come and go, and change their address; bridges of guests have none."""
    report, probe, space = client.report, client.probe(), client.space
    probe.do("block")
    run("ip", "-n", space, "link", "add", "new0", "type", "veth", "peer", "name", "new1")
    probe.do("verify")
    report.check("a new card gets a filter before it is up", client.filters("new0") == 1)
    run("ip", "-n", space, "link", "set", "c0", "address", "02:11:22:33:44:55")
    probe.do("verify")
    client.flush()
    client.flooded("under a new Ethernet address")
    run("ip", "-n", space, "link", "set", "c0", "address", "02:11:22:33:44:66")
    client.flooded("and under one that no daemon saw")
    run("ip", "-n", space, "link", "set", "c0", "address", client.mac)
    probe.answer("verify")
    run("ip", "-n", space, "link", "set", "new0", "down")
    run("ip", "-n", space, "link", "set", "new0", "name", "newer0")
    probe.answer("verify")
    run("ip", "-n", space, "link", "add", "docker0", "type", "bridge")
    run("ip", "-n", space, "link", "add", "veth1", "type", "veth", "peer", "name", "veth2")
    run("ip", "-n", space, "link", "set", "veth1", "master", "docker0")
    run("ip", "-n", space, "link", "set", "docker0", "up")
    probe.answer("verify")
    report.check("neither a bridge of guests nor its ports have one",
                 client.filters("docker0") == client.filters("veth1") == 0 and client.filters("veth2") == 1)
    for name in ("docker0", "veth1"):
        run("ip", "-n", space, "link", "del", name)
    report.check("what goes is no damage", probe.answer("verify") == "ok")
    probe.do("restore")
    report.check("a card under another name has no hook of ours any more", client.hooks() == [], client.hooks())
    run("ip", "-n", space, "link", "del", "newer0")
    report.same("all as before", client.before, snapshot(space))
    probe.kill()


def offline(client):
    """Whatever is left of its files, restore-network takes it away."""
    report = client.report
    for what, spoil in (("after a kill", ""), ("without its state file", "rm"), ("with a damaged one", "echo x >")):
        probe = client.probe()
        probe.do("block")
        probe.kill()
        if spoil:
            run("sh", "-c", f"{spoil} {client.lab.directory}/client-network.json")
        client.flush()
        medic = client.probe()
        report.check(f"{what}: the filters alone are a block, and known as one", medic.answer("blocked") == "ok")
        medic.kill()
        medic = client.probe()
        medic.do("offline-client")
        report.check(f"{what}: the filters are gone", client.filters() == 0)
        client.tc("qdisc", "del", "dev", "c0", "clsact", check=False)
        medic.kill()
    client.all_out("the line is open again", **BOUND)


def main():
    report = Report()
    with Lab() as lab:
        client = Guarded(lab, report)
        client.router_mac = json.loads(run("ip", "-n", client.uplink, "-j", "link", "show", "u0"))[0]["address"]
        client.mac = json.loads(run("ip", "-n", client.space, "-j", "link", "show", "c0"))[0]["address"]
        bare(client)
        client.before = snapshot(client.space)
        holds(client)
        others(client)
        cards(client)
        offline(client)
    report.end()


if __name__ == "__main__":
    main()
