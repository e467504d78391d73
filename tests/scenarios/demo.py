# SPDX-License-Identifier: GPL-3.0-or-later
"""./run: the main job, shown. A user leaves the Internet from somebody's home PC."""
import argparse
import sys
import time

import product
from addresses import EXIT4, EXIT6, USER4
from product import Client, Node, Server, http_get, show_logs, WEB4, WEB6
import kept
import sandbox
from capturing import Capture, leaks
from host import CommandFailed
from measure import Reference, median, round_trips, throughput
from topology import Laboratory
from watching import to_server

DRAWING = """\
  Everything below happens on this machine, in network namespaces without a way out of it:

     user (HiggsVPN)                 BosonServer                 home PC (HiggsNode)
     192.168.31.2                    81.0.113.10                 192.168.21.2
         |                                |                           |
     home router ------------------- "Internet" ------------------ home router
     81.0.113.31                          |                      81.0.113.21
                                     web server
                                     82.51.100.80
"""


def line(label, value, note=""):
    print(f"  {label:<24}{value:<16}  {note}".rstrip(), flush=True)


def step(text):
    print(f"\n{text}", flush=True)


class Failed(Exception):
    pass


def expect(seen, wanted, what):
    if seen != wanted:
        raise Failed(f"{what}: {seen or 'no answer'}, where {wanted} was expected")


def measure_tunnel(lab, rounds=2):
    """Medians of alternating rounds: the product, and wireguard-go alone over the same cables."""
    reference = Reference(lab)
    ours, plain = {"up": [], "down": []}, {"up": [], "down": []}
    for _ in range(rounds):
        for name, reverse in (("up", False), ("down", True)):
            ours[name].append(throughput(lab.user, 3, reverse)[0])
            plain[name].append(throughput(reference.user, 3, reverse, 5202)[0])
    times, lost = round_trips(lab.user)
    plain_times, _ = round_trips(reference.user)
    return ours, plain, times, lost, plain_times


PATHS = {"relay": "user - BosonServer - home PC, by WebSockets over TLS",
         "direct": "user - home PC, past the server, by UDP"}


def connect(client, user):
    """Connects, and fetches a page: the command's words, and seconds until they and the page came."""
    begun = time.monotonic()
    said = client.ctl("connect", "US", "--wait=15").stdout.strip()
    connected = time.monotonic() - begun
    address = http_get(user, f"http://{WEB4}/")
    return said, connected, time.monotonic() - begun, address


def show(keep):
    print("\nHiggs.net: leave the Internet from a home PC of your choice\n")
    print(DRAWING)
    lab = Laboratory(straight=True)
    step("1. BosonServer starts, and a home PC shares its connection")
    server = Server(lab)
    line("server", "ready", f"{product.URL}, TLS 1.3, certificate pinned by its SHA-256")
    node = Node(server, lab.node).wait_online()
    status = node.status()
    line("node", status["state"], f"in the United States, seen as {status['mappedAddress']}")

    step("2. The user asks the web server \"who am I?\"")
    before4, before6 = http_get(lab.user, f"http://{WEB4}/"), http_get(lab.user, f"http://[{WEB6}]/")
    line("address before, IPv4", before4, "the user's own router")
    line("address before, IPv6", before6, "the user's own PC")
    expect(before4, USER4, "the user's address before")

    step("3. The user picks the United States, and presses Connect")
    capture = Capture(lab.user_home.router, "l2")
    client = Client(server, lab.user)
    print("  $ higgs-vpnctl countries")
    for text in client.ctl("countries").stdout.strip().splitlines():
        print(f"    {text}")
    print("  $ higgs-vpnctl connect US --wait", flush=True)
    said, connected, first_byte, after4 = connect(client, lab.user)
    print(f"    {said}", flush=True)
    capture.fresh()
    after6 = http_get(lab.user, f"http://[{WEB6}]/", check=False)
    state = client.status()
    line("address after, IPv4", after4, "the home PC's router")
    line("address after, IPv6", after6, "the home PC")
    line("path", state["path"], PATHS[state["path"]])
    line("time to connect", f"{first_byte:.2f} s",
         f"from the command to a page; the tunnel was verified after {connected:.2f} s")
    expect(after4, EXIT4, "the user's IPv4 address after")
    expect(after6, EXIT6, "the user's IPv6 address after")

    step("4. How good is it? Next to wireguard-go alone, without any server, in the same run")
    ours, plain, times, lost, plain_times = measure_tunnel(lab)
    line("ping through the tunnel", f"{median(times):.2f} ms",
         f"wireguard-go alone: {median(plain_times):.2f} ms; {lost} of {lost + len(times)} lost")
    for name in ("up", "down"):
        mine, other = median(ours[name]), median(plain[name])
        line(f"TCP {name}", f"{mine:.0f} Mbit/s",
             f"wireguard-go alone: {other:.0f} Mbit/s, so this is {100 * mine / other:.0f} % of it")
    outside = leaks(capture.fresh(), to_server)
    outside = [p for p in outside if not (p.source.endswith(".3") or p.source.endswith("::3"))]
    line("outside the tunnel", f"{len(outside)} packets", "on the user's cable, while connected")
    if outside:
        raise Failed(f"packets left outside the tunnel: {outside[:5]}")
    if keep:
        return keep_up(lab)
    client.disconnect()
    step("5. The user disconnects")
    expect(http_get(lab.user, f"http://{WEB4}/"), USER4, "the user's address at the end")
    line("address, IPv4", USER4, "the user's own router again")
    if client.process.stop() != 0 or node.process.stop() != 0 or server.process.stop() != 0:
        raise Failed("a program did not end cleanly on SIGTERM")
    print("\nDone: the namespaces and everything in them are gone.", flush=True)
    return 0


def keep_up(lab):
    hosts = {host.name: host.pid for host in (lab.user, lab.node, lab.boson, lab.web,
                                              lab.user_home.router, lab.node_home.router)}
    with open(f"{sandbox.SPACE}/hosts", "w") as file:
        file.writelines(f"{name} {pid}\n" for name, pid in hosts.items())
    print(f"""
It stays up, and connected. Look around with

  ./run enter user                      a shell on the user's PC; also: {' '.join(n for n in hosts if n != 'user')}
  ./run enter user {product.BIN}/higgs-vpnctl --control {sandbox.SPACE}/user.socket status
  ./run enter node {product.BIN}/higgs-nodectl --control {sandbox.SPACE}/node.socket guests
  ./run down                            ends it
""", flush=True)
    sandbox.keep()


def remember(pid):
    hosts = {}
    with open(f"/proc/{pid}/root{sandbox.SPACE}/hosts") as file:
        for name, number in map(str.split, file):
            hosts[name] = int(number)
    kept.remember(pid, hosts)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--keep", action="store_true")
    options = arguments.parse_args()
    for name in ("boson-server", "higgs-noded", "higgs-vpnd", "higgs-vpnctl", "higgs-nodectl"):
        product.program(name)
    sandbox.enter(on_kept=remember)
    try:
        return show(options.keep)
    except (Failed, CommandFailed, TimeoutError) as error:
        show_logs()
        print(f"\nFailed: {error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
