# SPDX-License-Identifier: GPL-3.0-or-later
"""Measurements on laboratory hosts, and plain wireguard-go to hold them against.

The reference runs over the very cables and routers that the product uses: "refuser" stands beside
the user, "refnode" beside the node, and the node's router forwards one UDP port, as its owner would.
The bare way to the web host is shut on refuser, so that only the tunnel can have been measured.
"""
import json
import math
import re
import statistics

from addresses import WEB_NET4
from host import CommandFailed, wait_until
from patience import Stopwatch
from topology import REFERENCE_PORT as PORT, WEB4

# Not by `wg show`: that removes the socket of a wireguard-go which has bound it and does not listen yet.
ANSWERS = 'import socket; socket.socket(socket.AF_UNIX).connect("/var/run/wireguard/wgref.sock")'
USER, NODE = "10.99.0.2", "10.99.0.1"


class Reference:
    """wireguard-go alone, directly from the user's home to the node's."""

    def __init__(self, lab):
        self.user = lab.user_home.pc("refuser", 3)
        self.node = lab.node_home.pc("refnode", 3)
        lab.node_home.forward("udp", PORT, 3)
        self.devices = [self._device(self.node, NODE, PORT), self._device(self.user, USER, PORT)]
        keys = {}
        for host in (self.user, self.node):
            keys[host] = host.sh("wg show wgref public-key").strip()
        self.node.sh(f"wg set wgref peer {keys[self.user]} allowed-ips {USER}/32")
        self.node.sysctl("net.ipv4.ip_forward", 1)
        self.node.nft("table ip nat { chain post { type nat hook postrouting priority srcnat; "
                      'oifname "eth0" masquerade; }; }')
        self.user.sh(f"wg set wgref peer {keys[self.node]} allowed-ips 0.0.0.0/0 "
                     f"endpoint {lab.node_home.public4}:{PORT} persistent-keepalive 25;"
                     f"ip route add {WEB_NET4} dev wgref;")
        self.user.nft("table inet only { chain out { type filter hook output priority filter; "
                      f'oifname "eth0" ip daddr {WEB_NET4} drop; }}; }}')
        wait_until(lambda: self.user.run("ping", "-c1", "-W1", WEB4, check=False).returncode == 0,
                   10, "plain wireguard-go carries a ping")

    def _device(self, host, address, port):
        process = host.start("wireguard-go", "wireguard-go", "-f", "wgref")
        wait_until(lambda: host.run("/usr/bin/python3", "-c", ANSWERS, check=False).returncode == 0, 20,
                   "wireguard-go is up")
        host.sh("umask 077; wg genkey > /run/wgref.key; "
                f"wg set wgref private-key /run/wgref.key listen-port {port};"
                f"ip address add {address}/24 dev wgref; ip link set wgref mtu 1420 up")
        return process

    def cpu_seconds(self):
        return sum(device.cpu_seconds() for device in self.devices)


def throughput(host, seconds=4, reverse=False, port=5201, target=WEB4):
    """TCP megabits per second from the host to the web host (reverse: from it), and bytes moved."""
    argv = ["iperf3", "-J", "-c", target, "-p", port, "-t", seconds, "-O", "0.5"]

    def measured():
        done = host.run(*argv, *(["-R"] if reverse else []), timeout=seconds + 30)
        # On a busy machine the server may not be done with the last one yet.
        return json.loads(done.stdout)["end"].get("sum_received")
    result = wait_until(measured, 10, "iperf3 measures")
    return result["bits_per_second"] / 1e6, result["bytes"]


def flow(host, label, *words, target=WEB4):
    """A connection of iperf3 to the web host, that goes on. The web host takes one at a time, and may not have seen
    the end of the one before yet."""
    def begun():
        # What it says is flushed with each of its figures, and so it has to give some.
        process = host.start(label, "iperf3", "--forceflush", "-i", "0.5", "-c", target, *words)
        try:
            return process.wait_for("connected to")
        except CommandFailed:
            return None
    return wait_until(begun, 20, "iperf3 begins")


def moved(host, amount, *words, target=WEB4):
    """Whether iperf3 moved so much ("20M") between the host and the web host; see flow()."""
    def done():
        run = host.run("iperf3", "-J", "-c", target, "-n", amount, *words, check=False)
        return run if "busy" not in run.stdout else None
    return wait_until(done, 20, "iperf3 is served").returncode == 0


def echoes(count, interval, target):
    """A command that sends so many pings, and more only when of these some are missing.

    By -c alone ping gives the last ones no longer than twice the longest round trip before them, whatever -W says:
    on a machine that stands still for a moment they would count as lost.
    """
    return "ping", "-n", "-c", count, "-i", interval, "-w", math.ceil(3 * count * interval) + 5, target


def echoed(text, count):
    """{number: milliseconds} of what echoes() printed, and the numbers that were lost."""
    times = {int(number): float(took) for number, took in re.findall(r"icmp_seq=(\d+) .*time=([\d.]+) ms", text)}
    sent = re.search(r"(\d+) packets transmitted", text)
    numbers = range(1, min(count, int(sent[1]) if sent else count) + 1)
    return {number: times[number] for number in numbers if number in times}, [n for n in numbers if n not in times]


def round_trips(host, count=100, interval=0.01, target=WEB4):
    """Round-trip times in milliseconds of pings, and how many were lost."""
    done = host.run(*echoes(count, interval, target), check=False, timeout=3 * count * interval + 30)
    times, lost = echoed(done.stdout, count)
    return list(times.values()), len(lost)


def series(measured):
    """What measured() returns, which is nothing (0, []) where all is well. A fault shows in every series; where others
    have the processors most of the time something is lost now and then, and up to two more are made."""
    for last in (False, False, True):
        watch = Stopwatch()
        found = measured()
        if last or not found or not watch.busy():
            return found


def lost_of(host, count, interval=0.01, target=WEB4):
    """How many of so many pings were lost; see series()."""
    return series(lambda: round_trips(host, count, interval, target)[1])


def median(values):
    return statistics.median(values) if values else float("nan")


def percentile(values, percent):
    """The smallest value that so many per cent of them do not exceed."""
    return sorted(values)[max(0, -(-len(values) * percent // 100) - 1)] if values else float("nan")


def saturated(host, seconds=4, target=WEB4, port=5201):
    """Round-trip times while one TCP flow from the host saturates the path."""
    flow = host.start("saturate", "iperf3", "-c", target, "-p", port, "-t", seconds)
    try:
        round_trips(host, 30, 0.01, target)  # let it ramp up
        times, _ = round_trips(host, int((seconds - 1.5) / 0.02), 0.02, target)
        return times
    finally:
        flow.stop()
