# SPDX-License-Identifier: GPL-3.0-or-later
"""Measurements on laboratory hosts, and plain wireguard-go to hold them against.

The reference runs over the very cables and routers that the product uses: "refuser" stands beside
the user, "refnode" beside the node, and the node's router forwards one UDP port, as its owner would.
The bare way to the web host is shut on refuser, so that only the tunnel can have been measured.
"""
import json
import re
import statistics

from addresses import WEB_NET4
from host import wait_until
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


def round_trips(host, count=100, interval=0.01, target=WEB4):
    """Round-trip times in milliseconds of pings, and how many were lost."""
    done = host.run("ping", "-n", "-c", count, "-i", interval, "-W", 2, target, check=False,
                    timeout=count * max(interval, 0.01) + 30)
    times = [float(t) for t in re.findall(r"time=([\d.]+) ms", done.stdout)]
    return times, count - len(times)


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
