#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's kill switch, routes and DNS: nothing leaks, and everything comes back.

   [ client ] c0 192.168.1.5, 2001:db8:1::5 ---- u0 192.168.1.1, 2001:db8:1::1 [ uplink: captures ]
       tunnel interface whose packets end in the probe
"""
import contextlib
import os
import random
import select
import shutil
import signal
import socket
import subprocess
import time

from netns_lab import Capture, Lab, Report, inside, run, snapshot, wait_for

MARK = 0x48694767
OUTSIDE = ("45.33.0.9", "2a00:99::9")
# Of each of IANA's special-purpose registries (IPv4, IPv6), and multicast: not the Internet.
NOT_GLOBAL = ("0.1.2.3", "10.9.9.9", "100.64.0.9", "169.254.9.9", "172.16.9.9", "192.0.0.9", "192.0.0.170", "192.0.2.9",
              "192.88.99.9", "192.168.77.9", "198.18.0.9", "198.51.100.9", "203.0.113.9", "224.0.1.9", "240.0.0.9",
              "64:ff9b::2d21:9", "64:ff9b:1::9", "100::9", "100:0:0:1::9", "2001::9", "2001:2::9", "2001:20::9",
              "2001:db8::9", "2002:2d21:9::9", "3fff::9", "5f00::9", "fd00:77::9", "fec0::9", "ff0e::9")
EXCLUDE_MARK = 0x48694778
TUNNEL = "hc" + str(os.getpid() % 1000000)
UP = "up address=10.86.0.2/32,fd00:86::2/128 dns=10.86.0.1,fd00:86::1 gateway=10.86.0.1"
DEVICE = "device address=10.86.0.2/32,fd00:86::2/128 allowed=0.0.0.0/0,::/0"
ICMP_ECHO = {4: bytes.fromhex("0800f7ff00000000"), 6: bytes.fromhex("8000000000000000")}
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
EVERYTHING = [{TCP, UDP, ICMP}, {TCP, UDP, ICMP6}]


def attempt(call):
    try:
        call()
    except OSError:
        pass


def canary(space, mark=0, device=None, addresses=OUTSIDE, port=4242):
    """UDP, TCP and ICMP to each address, from a program that knows nothing of a tunnel."""
    with inside(space):
        for address in addresses:
            v6 = ":" in address
            family = socket.AF_INET6 if v6 else socket.AF_INET
            icmp = (socket.SOCK_RAW, socket.IPPROTO_ICMPV6 if v6 else socket.IPPROTO_ICMP)
            for kind, protocol in ((socket.SOCK_DGRAM, 0), (socket.SOCK_STREAM, 0), icmp):
                with socket.socket(family, kind | socket.SOCK_NONBLOCK, protocol) as s:
                    if mark:
                        s.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, mark)
                    if device:
                        s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
                    if kind == socket.SOCK_RAW:
                        attempt(lambda: s.sendto(ICMP_ECHO[6 if v6 else 4], (address, 0)))
                    elif kind == socket.SOCK_DGRAM:
                        attempt(lambda: s.sendto(b"canary", (address, port)))
                    else:
                        attempt(lambda: s.connect((address, port)))


class Client:
    def __init__(self, lab, report):
        self.lab, self.report = lab, report
        self.space, self.uplink = lab.namespace("client"), lab.namespace("uplink")
        lab.wire(self.space, "c0", self.uplink, "u0")
        lab.address(self.space, "c0", "192.168.1.5/24", "2001:db8:1::5/64")
        lab.address(self.uplink, "u0", "192.168.1.1/24", "2001:db8:1::1/64")
        run("ip", "-n", self.space, "route", "add", "default", "via", "192.168.1.1")
        run("ip", "-n", self.space, "-6", "route", "add", "default", "via", "2001:db8:1::1")
        lab.settle(self.space)
        lab.settle(self.uplink)
        self.capture = Capture(self.uplink, "u0")
        self.before = snapshot(self.space)

    def probe(self):
        return self.lab.probe(self.space, TUNNEL)

    def all_out(self, what, **options):
        """The positive control: the canaries are seen."""
        self.capture.clear()
        canary(self.space, **options)
        self.seen(what, dict(zip(OUTSIDE, EVERYTHING)))

    def seen(self, what, expected):
        """expected: which protocols must come to which address."""
        now = lambda: {address: self.capture.seen(address) for address in expected}
        complete = lambda: all(now()[address] >= wanted for address, wanted in expected.items())
        with contextlib.suppress(TimeoutError):
            wait_for(complete)
        self.report.check(what, complete(), str(now()))

    def marked(self):
        """A marked packet leaves: when it is here, what was sent before it would be."""
        canary(self.space, mark=MARK, addresses=("192.168.1.1",), port=7)
        wait_for(lambda: self.capture.seen("192.168.1.1") >= {TCP, UDP, ICMP})
        self.capture.catch_up()

    def none_out(self, what, allowed=(), also=lambda: None, **options):
        """The canaries, and what `also` sends."""
        self.capture.clear()
        also()
        canary(self.space, **options)
        try:
            self.marked()
        except TimeoutError:
            self.report.check(what, False, "the marked control packet did not come")
        # Switches are told which multicast the host listens to, or neighbours' questions do not come.
        leaks = [p for p in self.capture.beyond_neighbours()
                 if p[1] not in ("192.168.1.1", *allowed) and p[:2] != (0, "ff02::16")]
        self.report.check(what, not leaks, str(leaks))


def leaks(client):
    report, space = client.report, client.space
    client.all_out("without a tunnel the canaries are seen")
    with inside(space):
        old_udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        old_udp.connect((OUTSIDE[0], 4242))
        old_udp.send(b"before")
    probe = client.probe()
    probe.do("block")
    client.none_out("blocked before there is an interface")
    probe.do(DEVICE)
    probe.do(UP)
    client.none_out("tunnel up")
    client.none_out("tunnel up, sockets bound to the uplink", device="c0")
    client.none_out("a connection of before the tunnel",
                    also=lambda: [attempt(lambda: old_udp.send(b"after")) for _ in range(3)])
    client.all_out("marked sockets pass", mark=MARK)
    run("ip", "-n", space, "route", "add", "0.0.0.0/1", "via", "192.168.1.1",
        "dev", "c0")
    run("ip", "-n", space, "route", "add", "128.0.0.0/1", "via", "192.168.1.1",
        "dev", "c0")
    run("ip", "-n", space, "-6", "route", "add", "2000::/3", "via", "2001:db8:1::1",
        "dev", "c0")
    client.none_out("routes as from DHCP option 121")
    client.lab.address(space, "c0", "45.33.0.77/24", "2a00:99::77/64")
    client.none_out("a rogue local network that contains the target")
    run("ip", "-n", space, "address", "del", "45.33.0.77/24", "dev", "c0")
    run("ip", "-n", space, "address", "del", "2a00:99::77/64", "dev", "c0")
    probe.kill()
    wait_for(lambda: TUNNEL not in run("ip", "-n", space, "-br", "link"))
    client.none_out("the daemon and wireguard-go killed")
    heir = client.probe()
    report.check("a restarted daemon knows of the block", heir.answer("blocked") == "ok")
    heir.do("block")
    client.none_out("adopted")
    heir.do(DEVICE)
    heir.do(UP)
    client.none_out("up again")
    run("ip", "-n", space, "link", "delete", TUNNEL)
    client.none_out("the interface deleted by hand")
    heir.do("down")
    client.none_out("down, still blocked")
    run("ip", "-n", space, "route", "del", "0.0.0.0/1")
    run("ip", "-n", space, "route", "del", "128.0.0.0/1")
    run("ip", "-n", space, "-6", "route", "del", "2000::/3")
    heir.do("device-close")
    heir.do("restore")
    client.all_out("restored")
    report.same("restore leaves all as before", client.before, snapshot(space))
    heir.kill()


def only_the_internet(client):
    """What enters the tunnel arrives in a stranger's home: global unicast, and what the exit itself has."""
    space = client.space
    probe = client.probe()
    probe.do("block")
    probe.do(DEVICE)
    probe.do(UP)
    with inside(space):
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
        tap.bind((TUNNEL, 0))
        tap.settimeout(10)
    # The server names the exit's gateway: no more of it is inside than its STUN and its names.
    canary(space, addresses=("10.86.0.1", *NOT_GLOBAL), port=4242)
    canary(space, addresses=("10.86.0.1",), port=3478)
    canary(space, addresses=OUTSIDE)
    entered, of_gateway = set(), set()
    with contextlib.suppress(TimeoutError):
        while not {("10.86.0.1", UDP), *((address, UDP) for address in OUTSIDE)} <= entered:
            packet = tap.recv(2000)
            v6 = packet[0] >> 4 == 6
            entered.add((socket.inet_ntop(socket.AF_INET6, packet[24:40]), packet[6]) if v6 else
                        (socket.inet_ntop(socket.AF_INET, packet[16:20]), packet[9]))
            if packet[0] >> 4 == 4 and packet[16:20] == socket.inet_aton("10.86.0.1"):
                of_gateway.add(int.from_bytes(packet[22:24]))
    tap.close()
    addresses = {address for address, _ in entered}
    client.report.check("control: the Internet and the exit's gateway are in the tunnel",
                        {"10.86.0.1", *OUTSIDE} <= addresses, str(addresses))
    client.report.check("and no other port of the gateway's", of_gateway == {3478}, str(of_gateway))
    client.report.check("what is no global unicast address never enters it",
                        not addresses & set(NOT_GLOBAL), str(addresses & set(NOT_GLOBAL)))
    probe.do("device-close")
    probe.do("restore")
    probe.kill()


def lan(client):
    report, capture, space = client.report, client.capture, client.space
    neighbours = ("192.168.1.1", "fe80::1")
    run("ip", "-n", space, "-6", "route", "add", "fe80::1", "dev", "c0")
    run("ip", "-n", space, "neigh", "add", "fe80::1", "lladdr", "02:00:00:00:00:01", "dev", "c0")
    probe = client.probe()
    probe.do("block lan=1 gid=977")
    probe.do(DEVICE)
    probe.do(UP)
    capture.clear()
    canary(space, addresses=neighbours, port=80)
    client.seen("the LAN is let out where the user allows it", {"192.168.1.1": {TCP, UDP, ICMP}})
    client.seen("link-local, too", {"fe80::1": {UDP, ICMP6}})
    client.capture.clear()
    canary(space, addresses=("192.168.1.1",), port=53)
    wait_for(lambda: ICMP in capture.seen("192.168.1.1"))
    capture.catch_up()
    report.check("but not its resolver", capture.seen("192.168.1.1") == {ICMP})
    client.none_out("and nothing beyond it")
    run("ip", "-n", space, "address", "add", "10.86.0.77/24", "dev", "c0")
    client.none_out("a LAN that claims the tunnel's resolver", addresses=("10.86.0.1",),
                    allowed=("ff02::16", "224.0.0.22"))
    run("ip", "-n", space, "address", "del", "10.86.0.77/24", "dev", "c0")
    probe.do("block lan=0")
    client.none_out("LAN shut again", addresses=("192.168.1.77", "fe80::1"))
    probe.do("device-close")
    probe.do("restore")
    run("ip", "-n", space, "-6", "route", "del", "fe80::1", "dev", "c0")
    run("ip", "-n", space, "neigh", "del", "fe80::1", "dev", "c0")
    report.same("restore leaves all as before", client.before, snapshot(space))
    probe.kill()


def waiting(client):
    """A packet for a neighbour that is not there yet waits in the kernel, behind the firewall."""
    report, capture, space = client.report, client.capture, client.space
    state = lambda host: run("ip", "-n", space, "neigh", "show", host, "dev", "c0")
    probe = client.probe()
    probe.do("block lan=1")
    for host, shut in (("192.168.1.77", False), ("192.168.1.78", True)):
        capture.clear()
        with inside(space), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(b"waits", (host, 4242))
        wait_for(lambda: "INCOMPLETE" in state(host))
        if shut:
            probe.do("block lan=0")
        client.lab.address(client.uplink, "u0", host + "/24")
        wait_for(lambda: "INCOMPLETE" not in state(host))
        client.marked()
        report.check(f"what waits for a neighbour {'is forgotten with the LAN' if shut else 'leaves'}",
                     (UDP in capture.seen(host)) is not shut, state(host))
        run("ip", "-n", client.uplink, "address", "del", host + "/24", "dev", "u0")
    probe.do("restore")
    probe.kill()


def programs_outside(client):
    """A process of the group leaves by the uplink with the uplink's address; port 53 does not."""
    report, capture, space = client.report, client.capture, client.space
    sender = ("import os,sys,socket;os.setgid(int(sys.argv[1]));"
              "s=socket.socket(socket.AF_INET6 if ':' in sys.argv[2] else socket.AF_INET,socket.SOCK_DGRAM);"
              "s.connect((sys.argv[2],int(sys.argv[3])));s.send(b'x')")

    def left(group, address, port, comes=False):
        capture.clear()
        run("ip", "netns", "exec", space, "/usr/bin/python3", "-c", sender, str(group), address,
            str(port), check=False)
        client.marked()
        if comes: # in the other family the marked one may be sooner
            with contextlib.suppress(TimeoutError):
                wait_for(lambda: UDP in capture.seen(address))
        with capture.lock:
            return [packet for protocol, to, packet in capture.packets
                    if to == address and protocol == UDP]

    def source(packet):
        return (socket.inet_ntop(socket.AF_INET, packet[12:16]) if packet[0] >> 4 == 4 else
                socket.inet_ntop(socket.AF_INET6, packet[8:24]))
    probe = client.probe()
    probe.do("block gid=977")
    probe.do(DEVICE)
    probe.do(UP)
    for address, own in zip(OUTSIDE, ("192.168.1.5", "2001:db8:1::5")):
        packets = left(977, address, 4242, comes=True)
        report.check(f"a program outside reaches {address} from the uplink's address",
                     [source(p) for p in packets] == [own], str([source(p) for p in packets]))
        report.check("with port 53 it does not", left(977, address, 53) == [])
        report.check("nor does another group", left(978, address, 4242) == [])
    client.none_out("everybody else stays inside")
    probe.do("block")
    report.check("and it no more, when the block is for all", left(977, OUTSIDE[0], 4242) == [])
    probe.do("down")
    report.check("nor when the tunnel is down", left(977, OUTSIDE[0], 4242) == [])
    probe.do("device-close")
    probe.do("restore")
    report.same("programs outside: as before", client.before, snapshot(space))
    probe.kill()


def excluded_socket(gid, port=0):
    """A UDP socket that a process of the group opened (by whose group the firewall goes)."""
    os.setegid(gid)
    try:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    finally:
        os.setegid(0)
    s.bind(("", port))
    return s


# No rights but the one to mark packets, as containers have that share the machine's network.
RAW_ONLY = ("setpriv", "--reuid={uid}", "--regid=65534", "--clear-groups", "--inh-caps=-all,+net_raw",
            "--ambient-caps=-all,+net_raw", "--bounding-set=-all,+net_raw", "/usr/bin/python3", "-c", """
import socket, sys
for address in sys.argv[2:]:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM, socket.SOCK_RAW):
        for port in (4242, 53):
            v6 = ':' in address
            s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, kind,
                              (58 if v6 else 1) if kind == socket.SOCK_RAW else 0)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, int(sys.argv[1]))
            s.setblocking(False)
            try:
                s.connect((address, 0 if kind == socket.SOCK_RAW else port))
                s.send(bytes.fromhex('8000000000000000' if v6 else '0800f7ff00000000'))
            except OSError as error:
                pass
print('sent')
""")


def foreign_marks(client):
    """Both marks stand in `ip rule`, for anybody to read. Whoever sets one and is not its owner is
    not let out, nor is he who takes over the port of a program that was outside."""
    report, space, capture = client.report, client.space, client.capture

    def marks(mark, uid=65534):
        def send():
            words = [word.format(uid=uid) if "{uid}" in word else word for word in RAW_ONLY]
            done = run("ip", "netns", "exec", space, *words, str(mark), *OUTSIDE)
            assert done.strip() == "sent", done
        return send

    def reached(socket_, what, wanted):
        capture.clear()
        attempt(lambda: socket_.sendto(b"x", (OUTSIDE[0], 4242)))
        client.marked()
        report.check(what, (UDP in capture.seen(OUTSIDE[0])) is wanted)
    capture.clear()
    marks(EXCLUDE_MARK)()
    client.seen("control: without a block marked packets of nobody's leave", dict(zip(OUTSIDE, EVERYTHING)))
    probe = client.probe()
    for step in ("block gid=977", DEVICE, UP + " gid=977"):
        probe.do(step)
        for name, mark in (("excluded programs'", EXCLUDE_MARK), ("the daemon's", MARK)):
            client.none_out(f"after {step.split()[0]}: {name} mark on nobody's packets", also=marks(mark))
        client.none_out("the mark of excluded programs on root's", also=marks(EXCLUDE_MARK, 0))
    with inside(space):
        outside = excluded_socket(977)
        reached(outside, "control: the group's leave", True)
        port = outside.getsockname()[1]
        outside.close()
        heir = excluded_socket(65534, port)
        reached(heir, "from the port of one that has ended nobody else leaves", False)
        heir.close()
        outside = excluded_socket(977, port)
        reached(outside, "control: but another of the group does", True)
        outside.close()
    # The second barrier alone, as when another program takes all rules away.
    run("ip", "netns", "exec", space, "nft", "flush", "ruleset")
    capture.clear()
    marks(MARK)()
    client.marked()
    report.check("without rules: the daemon's mark leads nobody past the tunnel",
                 not any(capture.seen(address) for address in OUTSIDE), str(capture.packets[:3]))
    client.all_out("control: but it leads the daemon there", mark=MARK)
    probe.do("device-close")
    probe.do("restore")
    report.same("foreign marks: as before", client.before, snapshot(space))
    probe.kill()


def secrecy(client):
    """Nobody on the LAN gets an answer from the tunnel's address."""
    report = client.report
    probe = client.probe()
    probe.do(DEVICE)
    run("ip", "-n", client.uplink, "route", "add", "10.86.0.2", "via", "192.168.1.5")
    ping = ["ip", "netns", "exec", client.uplink, "ping", "-c1", "-W1"]
    control = [*ping[:-1], "-W10"]
    open_ping = subprocess.run([*control, "10.86.0.2"], capture_output=True, check=False)
    report.check("control: without the block the tunnel address answers",
                 open_ping.returncode == 0)
    probe.do("block lan=1 gid=977")
    probe.do(UP)
    lan_ping = subprocess.run([*control, "192.168.1.5"], capture_output=True, check=False)
    report.check("control: the LAN address answers", lan_ping.returncode == 0)
    shut_ping = subprocess.run([*ping, "10.86.0.2"], capture_output=True, check=False)
    report.check("the tunnel address does not", shut_ping.returncode != 0)
    run("ip", "-n", client.uplink, "route", "del", "10.86.0.2")
    run("ip", "-n", client.uplink, "route", "add", "10.86.0.2", "dev", "u0")
    run("ip", "-n", client.uplink, "neigh", "flush", "dev", "u0")
    subprocess.run([*ping, "10.86.0.2"], capture_output=True, check=False)
    known = run("ip", "-n", client.uplink, "neigh", "show", "10.86.0.2")
    report.check("nor does it answer ARP", "lladdr" not in known, known)
    run("ip", "-n", client.uplink, "route", "del", "10.86.0.2")
    probe.do("device-close")
    probe.do("restore")
    probe.kill()


def strict_filter(client):
    """Marked sockets get their answers where rp_filter is strict."""
    report, space = client.report, client.space
    for name in ("all", "c0"):
        run("ip", "netns", "exec", space, "sysctl", "-qw", f"net.ipv4.conf.{name}.rp_filter=1")
    before = snapshot(space)
    with inside(client.uplink):
        echo = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        echo.bind(("192.168.1.1", 7777))
    probe = client.probe()
    probe.do(DEVICE)
    probe.do("block")
    probe.do(UP)
    with inside(space):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, MARK)
        s.settimeout(3)
    s.sendto(b"x", ("192.168.1.1", 7777))
    echo.settimeout(3)
    echo.sendto(b"y", echo.recvfrom(10)[1])
    try:
        report.check("strict rp_filter: the answer arrives", s.recv(10) == b"y")
    except TimeoutError:
        report.check("strict rp_filter: the answer arrives", False)
    probe.do("device-close")
    probe.do("restore")
    report.same("strict rp_filter is back", before, snapshot(space))
    for name in ("all", "c0"):
        run("ip", "netns", "exec", space, "sysctl", "-qw", f"net.ipv4.conf.{name}.rp_filter=0")
    probe.kill()


def kills(client):
    """kill -9 after each step, and at random moments within; then the offline restore."""
    report, space = client.report, client.space
    steps = [DEVICE, "block lan=1 gid=977", UP, "down", UP]
    for count in range(1, len(steps) + 1):
        probe = client.probe()
        for step in steps[:count]:
            probe.do(step)
        probe.kill()
        medic = client.probe()
        medic.do("offline-client")
        report.same(f"killed after step {count}, restored offline", client.before,
                    snapshot(space))
        medic.kill()
    for step in ("block lan=1 gid=977", UP, "down", "restore"):
        for turn in range(4):
            probe = client.probe()
            probe.do(DEVICE)
            if step != "block lan=1 gid=977":
                probe.do("block lan=1 gid=977")
            if step in ("down", "restore"):
                probe.do(UP)
            probe.send(step)
            time.sleep(random.uniform(0, 0.05)) # any moment is a good one to die
            probe.kill()
            heir = client.probe()
            heir.do("restore" if turn % 2 else "offline-client")
            heir.do("offline-client")
            report.same(f"killed within {step.split()[0]}, restored "
                        f"{'by an heir' if turn % 2 else 'offline'}", client.before,
                        snapshot(space))
            heir.kill()


def process(pid):
    """Its name, state and parent (proc(5)); the state is Z when it is no more."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            name, _, rest = file.read().partition("(")[2].rpartition(")")
        return name, rest.split()[0], int(rest.split()[1])
    except OSError:
        return "", "Z", 0


def is_alive(pid):
    return process(pid)[1] not in "ZX"


def stopped_command(probe):
    """Stops one of the commands that the probe waits for; its process id, or none if it was over."""
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        name, _, parent = process(pid)
        if name in ("ip", "nft") and parent == probe.process.pid:
            attempt(lambda: os.kill(pid, signal.SIGSTOP))
            wait_for(lambda: process(pid)[1] in "TZX")
            if is_alive(pid):
                return pid
    return None


def orphans(client):
    """A command that a killed daemon waited for must not go on when another has restored all."""
    probe = client.probe()
    probe.do(DEVICE)
    probe.do("block")
    caught = []

    def catch():
        probe.send(UP)
        while not (answered := select.select([probe.process.stdout], [], [], 0)[0]):
            if child := stopped_command(probe):
                caught.append(child)
                break
        if answered:
            probe.process.stdout.readline()
        return caught
    wait_for(catch)
    probe.kill()
    with contextlib.suppress(TimeoutError):
        wait_for(lambda: not is_alive(caught[0]))
    client.report.check("a command of a killed daemon dies with it", not is_alive(caught[0]))
    heir = client.probe()
    heir.do("offline-client")
    if is_alive(caught[0]):
        os.kill(caught[0], signal.SIGCONT)
        wait_for(lambda: not is_alive(caught[0]))
    client.report.same("and all is restored", client.before, snapshot(client.space))
    heir.do("offline-client")
    heir.kill()


def barriers(client):
    """Whether a block stands is what the kernel says, whatever a file or an object remembers."""
    report, space = client.report, client.space
    state = f"{client.lab.directory}/client-network.json"
    probe = client.probe()
    stands = lambda: probe.answer("stands") == "ok"
    report.check("before: nothing stands", not stands())
    probe.do("block")
    report.check("blocked: it stands", stands())
    run("ip", "netns", "exec", space, "nft", "flush", "ruleset")
    report.check("without rules of nftables it stands by its routes", stands())
    client.none_out("by its routes alone nothing leaves")
    for family in ("-4", "-6"):
        run("ip", "-n", space, family, "rule", "flush")
        run("ip", "-n", space, family, "rule", "add", "pref", "32766", "table", "main")
    run("tc", "-n", space, "qdisc", "del", "dev", "c0", "clsact")
    report.check("without any it does not", not stands())
    client.all_out("and everything leaves")
    probe.answer("verify")  # tells of the damage
    report.check("put back: it stands", stands())
    for family in ("-4", "-6"):
        run("ip", "-n", space, family, "rule", "flush")
        run("ip", "-n", space, family, "rule", "add", "pref", "32766", "table", "main")
    report.check("by the rules of nftables alone it stands", stands())
    shutil.copy(state, state + ".stale")
    probe.do("restore")
    report.check("restored: nothing stands", not stands())
    os.rename(state + ".stale", state)
    heir = client.probe()
    report.check("a file that outlived its block is no block", heir.answer("blocked") != "ok")
    client.all_out("and keeps nothing in")
    heir.do("restore")
    report.check("the file is gone", not os.path.exists(state))
    probe.kill()
    heir.kill()


def ipv6_off(client):
    """A machine whose owner has switched IPv6 off, as many guides for VPNs tell him."""
    for name in ("all", "default"):
        run("ip", "netns", "exec", client.space, "sysctl", "-qw",
            f"net.ipv6.conf.{name}.disable_ipv6=1")
    before = snapshot(client.space)
    probe = client.probe()
    probe.do("block")
    probe.do(DEVICE)
    probe.do(UP)
    client.none_out("IPv6 switched off: tunnel up")
    probe.do("device-close")
    probe.do("restore")
    client.report.same("IPv6 switched off: as before", before, snapshot(client.space))
    probe.kill()


def flood(client, port):
    """A child that sends until it is killed; what the kernel refuses it tries again."""
    child = os.fork()
    if child:
        return child
    with inside(client.space):
        while True:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                for _ in range(100):
                    attempt(lambda: s.sendto(b"flood", (OUTSIDE[0], port)))


@contextlib.contextmanager
def flooded(client, port, senders):
    children = [flood(client, port) for _ in range(senders)]
    try:
        yield
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


EXCHANGES = 60


def looks(client):
    """Rules that nobody can have touched are not listed; what somebody does to them is seen at once."""
    report, directory = client.report, client.lab.directory
    nft = os.path.realpath(shutil.which("nft", path="/usr/sbin:/usr/bin"))
    shutil.copy(nft, f"{directory}/nft")
    with open(f"{directory}/counting", "w", encoding="ascii") as file:
        file.write(f'#!/bin/sh\n[ "$2" != list ] || echo x >> {directory}/listed\nexec {directory}/nft "$@"\n')
    os.chmod(f"{directory}/counting", 0o755)

    def listed():
        with open(f"{directory}/listed", encoding="ascii") as file:
            return len(file.readlines())
    by_others = lambda *words: run("ip", "netns", "exec", client.space, "nft", *words)
    probe = client.lab.probe(client.space, TUNNEL, wrap=(
        "unshare", "-m", "sh", "-ec", f'mount --bind {directory}/counting {nft}; exec "$@"', "sh"))
    probe.do("block")
    report.check("control: what was made is read back", listed() > 0)

    def is_quiet():
        """A card's address that has just become one is a change as well, and nobody's."""
        at_first = listed()
        probe.do("verify")
        return listed() == at_first
    wait_for(is_quiet)
    before = listed()
    for _ in range(3):
        probe.do("verify")
    report.check("what nobody touched is not listed", listed() == before, f"{listed() - before} times")
    by_others("add", "table", "inet", "somebody_else")
    probe.do("verify")
    once = listed()
    probe.do("verify")
    report.check("after another's own change it is, once", once > before and listed() == once, f"{before} {once}")
    by_others("delete", "table", "inet", "somebody_else")
    for damage in (("flush", "ruleset"), ("add", "rule", "inet", "higgs_vpn", "output", "accept")):
        by_others(*damage)
        said = probe.answer("verify")
        report.check(f"damage is seen: {damage[0]}", said == "error forbidden rules", said)
        probe.do("verify")
        client.none_out(f"and mended: {damage[0]}")
    by_others("flush", "ruleset")
    probe.do("block lan=1")
    said = probe.answer("verify")
    report.check("what an exchange mended by the way is told", said == "error forbidden rules", said)
    probe.do("restore")
    report.same("looks: as before", client.before, snapshot(client.space))
    probe.kill()


def own_routes(client):
    """Who names a gateway without its card has it looked up by all rules: a route of the machine's own must not lead
    into the tunnel, with which it would go."""
    probe = client.probe()
    probe.do("block")
    probe.do(DEVICE)
    probe.do(UP)
    inside = lambda *words: run("ip", "netns", "exec", client.space, "ip", "-4", "route", *words)
    inside("add", "203.0.113.0/24", "via", "192.168.1.1")
    shown = inside("show", "203.0.113.0/24")
    client.report.check("a gateway that is named without a card is found by its own", "dev c0" in shown, shown)
    inside("delete", "203.0.113.0/24")
    probe.do("device-close")
    probe.do("restore")
    client.report.same("own routes: as before", client.before, snapshot(client.space))
    probe.kill()


def port_guard(client):
    """WireGuard's own port stays closed to others, whoever flushes what."""
    report, guard = client.report, "higgs_port_" + TUNNEL
    probe = client.probe()
    nft = lambda *words: run("ip", "netns", "exec", client.space, "nft", *words)
    stands = lambda: guard in nft("list", "tables")
    probe.do("block")
    probe.do(DEVICE)
    probe.do("up address=10.86.0.2/32,fd00:86::2/128 gateway=10.86.0.1")
    made = nft("list", "table", "inet", guard)
    report.check("control: the guard stands, and is as it was made", "drop" in made and probe.answer("verify") == "ok")
    for damage in (("flush", "ruleset"), ("delete", "table", "inet", guard), ("flush", "table", "inet", guard)):
        nft(*damage)
        said = probe.answer("verify")
        report.check(f"its loss is told: {damage[0]} {damage[1]}", said == "error forbidden rules", said)
        report.check("and mended", stands() and nft("list", "table", "inet", guard) == made and
                     probe.answer("verify") == "ok")
    nft("flush", "ruleset")
    probe.do("block lan=1")
    report.check("an exchange of the rules mends it by the way", stands())
    report.check("which is told", probe.answer("verify") == "error forbidden rules")
    nft("delete", "table", "inet", guard)
    probe.do("up address=10.86.0.2/32,fd00:86::2/128 gateway=10.86.0.1")
    report.check("one that was gone before is made anew from WireGuard's port", nft("list", "table", "inet", guard) == made)
    probe.do("down")
    probe.do("device-close")
    report.check("with the tunnel it goes, and nobody puts it back", probe.answer("verify") == "ok" and not stands())
    probe.do("restore")
    report.same("guard: as before", client.before, snapshot(client.space))
    probe.kill()


def replacement(client):
    """The rules are exchanged at every attempt to connect: not one packet may pass meanwhile."""
    client.capture.clear()
    with flooded(client, 4243, 1):
        wait_for(lambda: UDP in client.capture.seen(OUTSIDE[0]))
    probe = client.probe()
    probe.do("block")
    client.none_out("blocked before the flood")
    client.capture.clear()
    with flooded(client, 4243, 1):
        for turn in range(EXCHANGES):
            probe.do("block lan=" + str(turn % 2))
    client.marked()
    passed = [p for p in client.capture.beyond_neighbours() if p[1] == OUTSIDE[0]]
    client.report.check(f"nothing of a flood passes while the rules are exchanged {EXCHANGES} times",
                        not passed, f"{len(passed)} packets")
    probe.do("restore")
    probe.kill()


def questions(client):
    """Questions for names are sent on into the tunnel. One that is under way when the tunnel is taken
    down finds no route into it, and then rules that know no resolver: it must not leave by the uplink."""
    probe = client.probe()
    probe.do(DEVICE)
    client.capture.clear()
    with flooded(client, 53, 1):
        wait_for(lambda: UDP in client.capture.seen(OUTSIDE[0]))
    client.report.check("control: without a block questions are seen", True)
    probe.do("block")
    client.capture.clear()
    with flooded(client, 53, 3):
        for _ in range(EXCHANGES):
            probe.do(UP)
            probe.do("down")
    client.marked()
    passed = [p for p in client.capture.beyond_neighbours() if p[1] != "192.168.1.1"]
    client.report.check(f"no question leaves while the tunnel goes up and down {EXCHANGES} times",
                        not passed, f"{len(passed)}: {passed[:3]}")
    probe.do("device-close")
    probe.do("restore")
    probe.kill()


def main():
    report = Report()
    with Lab() as lab:
        client = Client(lab, report)
        leaks(client)
        only_the_internet(client)
        lan(client)
        waiting(client)
        programs_outside(client)
        foreign_marks(client)
        secrecy(client)
        strict_filter(client)
        kills(client)
        orphans(client)
        looks(client)
        own_routes(client)
        port_guard(client)
        replacement(client)
        questions(client)
        barriers(client)
        ipv6_off(client)
    report.end()


if __name__ == "__main__":
    main()
