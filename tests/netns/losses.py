# SPDX-License-Identifier: GPL-3.0-or-later
"""Who lost a packet: traces of pings where they change hands, and every counter of a drop on the way."""
import re
import time

from sandbox import SPACE
from addresses import WEB4
from host import wait_until
from measure import echoed, echoes, series
from uplink import HERE, PYTHON

# Of /proc/net/snmp and netstat: what of a counter's rise is a loss, or says that there was one.
SAYING = {"Udp": ("InErrors", "RcvbufErrors", "SndbufErrors", "MemErrors"),
          "Udp6": ("UdpInErrors", "RcvbufErrors", "SndbufErrors"),
          "Ip": ("InDiscards", "OutDiscards", "OutNoRoutes"),
          "Icmp": ("InErrors",),
          "Tcp": ("RetransSegs",),
          "TcpExt": ("TCPTimeouts", "TCPBacklogDrop", "TCPRcvQDrop", "TCPOFOQueue", "TCPSpuriousRTOs", "PruneCalled")}


def pairs(text):
    """Of the two-line form of /proc/net/snmp."""
    lines = text.splitlines()
    for names, values in zip(lines[::2], lines[1::2]):
        group = names.split(":")[0]
        for name, value in zip(names.split()[1:], values.split()[1:]):
            yield group, name, int(value)


class Drops:
    """What each of these hosts has dropped since before()."""

    def __init__(self, *hosts, also=None):
        """also: gives {name: count} of what else counts, as the product's own."""
        self.hosts, self.also = hosts, also or dict
        self.before = self.now()

    @staticmethod
    def of(host):
        found = {}
        text = host.sh("cat /proc/net/snmp /proc/net/netstat; echo ==; cat /proc/net/dev; echo ==;"
                       "cat /proc/net/udp /proc/net/udp6")
        snmp, devices, sockets = text.split("==\n")
        for group, name, value in pairs(snmp):
            if name in SAYING.get(group, ()):
                found[f"{host.name} {group}.{name}"] = value
        for line in devices.splitlines()[2:]:
            name, counts = line.split(":")
            counts = list(map(int, counts.split()))
            found[f"{host.name} {name.strip()} in-dropped"] = counts[2] + counts[3]
            found[f"{host.name} {name.strip()} out-dropped"] = counts[10] + counts[11]
        for line in sockets.splitlines():
            fields = line.split()
            if fields and fields[0] != "sl":
                found[f"{host.name} socket :{int(fields[1].split(':')[1], 16)}"] = int(fields[-1])
        return found

    def now(self):
        found = dict(self.also())
        for host in self.hosts:
            found.update(self.of(host))
        with open("/proc/net/softnet_stat") as stat:
            found["machine backlog"] = sum(int(line.split()[1], 16) for line in stat)
        return found

    def rise(self):
        """{what: how many} since the last call."""
        now = self.now()
        risen = {what: count - self.before.get(what, 0) for what, count in now.items()}
        self.before = now
        return {what: count for what, count in risen.items() if count > 0}


class Trace:
    """Echoes on one interface of a host."""

    def __init__(self, host, interface, label):
        self.path = f"{SPACE}/{label}-{interface}.echoes"
        self.process = host.start(f"trace-{interface}", PYTHON, f"{HERE}/echo_trace.py", interface, self.path)
        self.process.wait_for("ready")

    def seen(self, since=0.0):
        """{kind: {number: time}} of what passed."""
        found = {"request": {}, "reply": {}}
        with open(self.path) as log:
            for at, _, kind, number in re.findall(r"^([0-9.]+) (\w+) (\w+) (\d+)$", log.read(), re.M):
                if float(at) >= since:
                    found[kind].setdefault(int(number), float(at))
        return found


class Way:
    """Traces in the order in which a request passes them."""

    def __init__(self, *named):
        """named: (name, host, interface) each"""
        self.traces = [(name, Trace(host, interface, name)) for name, host, interface in named]

    def lost_at(self, numbers, since):
        """{number: between which two of them}; the pings of one run have each number once."""
        seen = [(name, trace.seen(since)) for name, trace in self.traces]
        legs = [(f"{name} has it" if one is None else f"{one} > {name}", kind, each)
                for kind, order in (("request", seen), ("reply", seen[::-1]))
                for one, (name, each) in zip([None] + [name for name, _ in order], order)]

        def leg(number):
            return next((f"{kind}, {words}" for words, kind, each in legs if number not in each[kind]), "at the sender")
        return {number: leg(number) for number in numbers}

    def stop(self):
        for _, trace in self.traces:
            trace.process.stop()


class Pings:
    """A hundred a second, each with when it was sent and when it was answered."""

    def __init__(self, host):
        self.process = host.start("pings", "ping", "-D", "-n", "-i", "0.01", WEB4)
        self.process.wait_for("icmp_seq=20 ", 20)

    def answers(self):
        """{sequence number: (sent, answered)}, in seconds of the clock on the wall."""
        found = re.findall(r"^\[([0-9.]+)\] .*icmp_seq=(\d+) .*time=([0-9.]+) ms", self.process.text(), re.M)
        return {int(number): (float(at) - float(took) / 1000, float(at)) for at, number, took in found}

    def stop(self):
        self.process.stop()
        return self.answers()


def none_lost(check, words, lab, server, node, client, count=100, interval=0.01):
    """So many pings of the client's host, from now on, are all answered; of each that was not it is told where it
    was lost."""
    check.equal(series(lambda: pinged(lab, server, node, client, count, interval)), [], words)


def pinged(lab, server, node, client, count, interval):
    """The numbers of those that were lost."""
    begun = time.time()
    label = f"pings-{begun:.3f}"
    pings = client.host.start(label, *echoes(count, interval, WEB4))
    way = Way(("client", client.host, client.interface), ("node", node.host, node.interface), ("web", lab.web, "eth0"))
    watched = (time.time() - begun) / interval
    drops = Drops(lab.user, lab.user_home.router, lab.core, lab.boson, lab.node_home.router, lab.node, lab.web,
                  also=lambda: own_losses(server, node, client))
    wait_until(lambda: not pings.running(), 3 * count * interval + 30, "ping ends")
    _, lost = echoed(pings.text(), count)
    if lost:
        print(f"     counted: {drops.rise()}")
        for number, where in way.lost_at(lost, begun).items():
            print(f"     ping {number}: {where if number > watched else 'before it was watched'}", flush=True)
    way.stop()
    return lost


def lost_between(answers, since, until):
    """{number: when it was sent} of those that were never answered."""
    known = sorted(number for number, (at, _) in answers.items() if since <= at <= until)
    return {number: answers[one][0] + 0.01 * (number - one)
            for one, other in zip(known, known[1:]) for number in range(one + 1, other)}


def silence(answers, since, until):
    came = sorted(at for _, at in answers.values() if since - 0.2 <= at <= until)
    return max(b - a for a, b in zip(came, came[1:]))


def own_losses(server, node, client):
    """What the product says that it lost itself."""
    found = {f"{name} lost, {where}": count for name, one in (("client", client), ("node", node))
             for where, count in one.status()["lostDatagrams"].items()}
    found["server lost"] = int(server.metric("boson_relay_dropped_frames_total"))
    return found
