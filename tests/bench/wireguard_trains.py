# SPDX-License-Identifier: GPL-3.0-or-later
"""What WireGuard in trains carries, straight from one host to another, against wireguard-go over the same cable.

Our core with a TUN interface and a UDP socket (tests/wireguard/wireguard_peer) at both ends, with the kernel's
offloads and without, and wireguard-go at both ends, one after the other in each round: TCP throughput each way,
round trips idle and under one flow, CPU seconds of both ends for a gigabyte.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys

SOURCE = os.environ.get("HIGGS_SOURCE", os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(SOURCE, "tests", "netns"))
import sandbox  # noqa: E402

options = argparse.ArgumentParser(description=__doc__)
options.add_argument("--rounds", type=int, default=3)
options.add_argument("--seconds", type=int, default=3)
options = options.parse_args()
if not shutil.which("wireguard-go"):
    print("skipped: there is no wireguard-go")
    sys.exit(sandbox.SKIPPED)
sandbox.enter()

from host import Host, link, wait_until  # noqa: E402
from measure import median, percentile, round_trips, saturated, throughput  # noqa: E402

PROGRAM = os.path.join(os.environ.get("HIGGS_BUILD", "build/release"), "tests", "wireguard_peer")
PORT, FAR = 51820, "10.9.0.2"
ANSWERS = 'import socket; socket.socket(socket.AF_UNIX).connect("/var/run/wireguard/wg0.sock")'


def wg(*words, stdin=None):
    return subprocess.run(["wg", *words], input=stdin, capture_output=True, text=True, check=True).stdout.strip()


class Tunnel:
    """wg0 at both hosts; kind: wireguard-go, or the options of our program."""

    def __init__(self, hosts, kind):
        self.hosts = hosts
        keys = [wg("genkey") for _ in hosts]
        public = [wg("pubkey", stdin=key) for key in keys]
        self.processes = []
        for this, host in enumerate(hosts):
            other = 1 - this
            if kind == "wireguard-go":
                self.processes.append(host.start("wireguard-go", "wireguard-go", "-f", "wg0"))
                wait_until(lambda h=host: h.run("/usr/bin/python3", "-c", ANSWERS, check=False).returncode == 0, 20,
                           "wireguard-go is up")
                host.sh(f"umask 077; echo {keys[this]} >/run/wg.key; wg set wg0 private-key /run/wg.key"
                        f" listen-port {PORT} peer {public[other]} allowed-ips 10.9.0.{other + 1}/32"
                        f" endpoint 192.0.2.{other + 1}:{PORT}")
            else:
                self.processes.append(host.start("wireguard_peer", PROGRAM, "wg0", PORT, keys[this], public[other],
                                                 f"10.9.0.{other + 1}/32", f"endpoint=192.0.2.{other + 1}:{PORT}",
                                                 *kind).wait_for("session"))
            host.address("wg0", f"10.9.0.{this + 1}/24")
            host.sh("ip link set wg0 mtu 1420 up")
        self.server = hosts[1].start("iperf", "iperf3", "-s", "--forceflush").wait_for("listening")
        wait_until(lambda: hosts[0].run("ping", "-c1", "-W1", FAR, check=False).returncode == 0, 10, "a ping passes")

    def cpu(self):
        return sum(process.cpu_seconds() for process in self.processes)

    def end(self):
        self.server.stop()
        for process in self.processes:
            process.stop()
        for host in self.hosts:
            wait_until(lambda h=host: "wg0" not in h.sh("ip -br link"), 5, "the interface is gone")


KINDS = {"wireguard-go": "wireguard-go", "ours, single packets": ["offloads=off"], "ours, trains": []}


def main():
    hosts = [Host("near"), Host("far")]
    link(hosts[0], "eth0", hosts[1], "eth0")
    for number, host in enumerate(hosts, 1):
        host.address("eth0", f"192.0.2.{number}/24")
    figures = {name: {"out": [], "back": [], "cpu": [], "idle": [], "loaded": []} for name in KINDS}
    for _ in range(options.rounds):
        for name, kind in KINDS.items():
            tunnel = Tunnel(hosts, kind)
            of = figures[name]
            before, moved = tunnel.cpu(), 0
            for way, reverse in (("out", False), ("back", True)):
                rate, count = throughput(hosts[0], options.seconds, reverse, target=FAR)
                of[way].append(rate)
                moved += count
            # Half a second that iperf3 does not count
            moved *= (options.seconds + 0.5) / options.seconds
            of["cpu"].append((tunnel.cpu() - before) / moved * 1e9)
            of["idle"] += round_trips(hosts[0], 100, 0.005, FAR)[0]
            of["loaded"] += saturated(hosts[0], options.seconds, FAR)
            tunnel.end()
    print(f"load {os.getloadavg()[0]:.1f}, {options.rounds} rounds, medians; no product, one process an end")
    print(f"{'':24}{'Mbit/s':>8}{'ratio':>7}{'back':>8}{'ratio':>7}{'CPU s/GB':>10}{'RTT ms p50 idle':>17}{'loaded':>8}"
          f"{'p99':>7}")
    base = figures["wireguard-go"]
    for name, of in figures.items():
        out, back = statistics.median(of["out"]), statistics.median(of["back"])
        print(f"{name:24}{out:8.0f}{out / statistics.median(base['out']):7.2f}{back:8.0f}"
              f"{back / statistics.median(base['back']):7.2f}{statistics.median(of['cpu']):10.1f}"
              f"{median(of['idle']):17.2f}{median(of['loaded']):8.2f}{percentile(of['loaded'], 99):7.2f}")


main()
