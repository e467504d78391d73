# SPDX-License-Identifier: GPL-3.0-or-later
"""Network namespaces, a packet capture and the tunnel_probe for the scripts in this folder."""
import ctypes
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

PROBE = os.path.join(os.environ.get("HIGGS_BUILD", "build/release"), "tests", "tunnel_probe")
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def run(*command, check=True):
    done = subprocess.run(command, capture_output=True, text=True)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


class inside:
    """with inside(namespace): sockets made by this thread belong to that namespace."""

    def __init__(self, namespace):
        self.namespace = namespace

    def __enter__(self):
        self.home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.namespace}", os.O_RDONLY)
        if LIBC.setns(there, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        os.close(there)

    def __exit__(self, *_):
        LIBC.setns(self.home, CLONE_NEWNET)
        os.close(self.home)


class Lab:
    """Names are unique to this process; everything goes when the lab goes, also on failure."""

    def __init__(self):
        if os.geteuid() != 0:
            skip("namespaces need root")
        if not os.path.exists("/dev/net/tun"):
            skip("there is no /dev/net/tun")
        self.spaces = []
        self.directory = tempfile.mkdtemp(prefix="higgs-tunnel-")
        self.probes = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for probe in self.probes:
            probe.kill()
        for name in self.spaces:
            run("ip", "netns", "delete", name, check=False)
            run("chattr", "-i", f"/etc/netns/{name}/resolv.conf", check=False)
            shutil.rmtree(f"/etc/netns/{name}", ignore_errors=True)
        shutil.rmtree(self.directory, ignore_errors=True)

    def namespace(self, letter, resolv_conf="nameserver 192.0.2.53\n"):
        name = f"higgs-{os.getpid()}-{letter}"
        os.makedirs(f"/etc/netns/{name}")
        with open(f"/etc/netns/{name}/resolv.conf", "w", encoding="ascii") as file:
            file.write(resolv_conf)
        try:
            run("ip", "netns", "add", name)
        except RuntimeError as error:
            shutil.rmtree(f"/etc/netns/{name}")
            skip(str(error))
        self.spaces.append(name)
        run("ip", "-n", name, "link", "set", "lo", "up")
        return name

    def wire(self, a, a_interface, b, b_interface):
        run("ip", "-n", a, "link", "add", a_interface, "type", "veth", "peer", "name",
            b_interface, "netns", b)
        for space, interface in ((a, a_interface), (b, b_interface)):
            run("ip", "-n", space, "link", "set", interface, "up")

    def address(self, space, interface, *addresses):
        for address in addresses:
            extra = ["nodad"] if ":" in address else []
            run("ip", "-n", space, "address", "add", address, "dev", interface, *extra)

    def settle(self, space):
        """Until no link-local address of the namespace is being checked for duplicates."""
        wait_for(lambda: "tentative" not in run("ip", "-n", space, "-6", "address"))

    def probe(self, space, interface, wrap=()):
        """`wrap` sees the machine's own mounts, not the resolv.conf that `ip netns` puts there."""
        enter = ["nsenter", f"--net=/run/netns/{space}"] if wrap else ["ip", "netns", "exec", space]
        probe = Probe([*enter, *wrap, PROBE, self.directory, interface])
        self.probes.append(probe)
        return probe


def wait_for(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("condition did not come true")
        time.sleep(0.02)


class Probe:
    """A tunnel_probe in a namespace; each command waits for its answer."""

    def __init__(self, command):
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True)

    def send(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def answer(self, command):
        self.send(command)
        return self.process.stdout.readline().strip()

    def do(self, command):
        answer = self.answer(command)
        if answer != "ok":
            raise RuntimeError(f"{command}: {answer}")

    def said(self):
        """Its log and trials since the last time."""
        self.errors.seek(0)
        text = self.errors.read()
        self.errors.seek(0)
        self.errors.truncate()
        return text

    def kill(self):
        """kill -9, as an out-of-memory killer does it."""
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


def snapshot(space):
    """All that a VPN could leave behind, as text."""
    parts = []
    for command in (["ip", "-4", "rule"], ["ip", "-6", "rule"],
                    ["ip", "-4", "route", "show", "table", "all"],
                    ["ip", "-6", "route", "show", "table", "all"], ["ip", "-br", "link"],
                    ["nft", "list", "ruleset"], ["sh", "-c", "tc qdisc | grep -e clsact -e ingress"], ["ls", "-l", "/etc/resolv.conf"],
                    ["cat", "/etc/resolv.conf"],
                    ["sh", "-c", "grep -H . /proc/sys/net/ipv4/ip_forward "
                     "/proc/sys/net/ipv4/conf/*/* /proc/sys/net/ipv6/conf/*/* 2>/dev/null"]):
        parts.append("$ " + " ".join(command) + "\n" +
                     run("ip", "netns", "exec", space, *command, check=False))
    # The wall clock of a file that was written in place and restored is not part of the network.
    text = "\n".join(parts)
    lines = [line for line in text.splitlines() if not line.startswith("-rw") and
             "stable_secret" not in line]
    return "\n".join(lines)


def difference(before, after):
    old, new = before.splitlines(), after.splitlines()
    return [f"-{line}" for line in old if line not in new] + \
           [f"+{line}" for line in new if line not in old]


class Capture:
    """What arrives on an interface, as (protocol, destination address, whole IP packet)."""

    MARKER = 0x88b5 # an EtherType for experiments: nobody answers

    def __init__(self, space, interface):
        with inside(space):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            self.socket.bind((interface, 0))
            self.marking = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self.marking.bind((interface, 0))
        self.packets = []
        self.markers = 0
        self.lock = threading.Lock()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            try:
                frame, address = self.socket.recvfrom(65535)
            except OSError: # the interface went with its namespace
                return
            kind = struct.unpack("!H", frame[12:14])[0]
            if address[2] == socket.PACKET_OUTGOING:
                self.markers += kind == self.MARKER
                continue
            packet = frame[14:]
            if kind == 0x0800:
                entry = (packet[9], socket.inet_ntop(socket.AF_INET, packet[16:20]), packet)
            elif kind == 0x86dd:
                entry = (packet[6], socket.inet_ntop(socket.AF_INET6, packet[24:40]), packet)
            else:
                continue
            with self.lock:
                self.packets.append(entry)

    def catch_up(self):
        """Until what has arrived is noted, too: before anybody says that something did not."""
        before = self.markers
        self.marking.send(bytes(12) + struct.pack("!H", self.MARKER) + bytes(46))
        wait_for(lambda: self.markers > before)

    def clear(self):
        """What has come so far is not judged."""
        self.catch_up()
        with self.lock:
            self.packets.clear()

    def seen(self, destination):
        with self.lock:
            return {protocol for protocol, to, _ in self.packets if to == destination}

    def beyond_neighbours(self):
        """Everything but neighbour and router discovery (ICMPv6 133 to 136)."""
        with self.lock:
            return [(protocol, to) for protocol, to, packet in self.packets
                    if not (protocol == 58 and 133 <= packet[40] <= 136)]


class Report:
    """Counts what held; the script ends with its verdict."""

    def __init__(self):
        self.failed = 0

    def check(self, what, good, detail=""):
        print(f"{'ok  ' if good else 'FAIL'} {what}" + (f": {detail}" if not good else ""),
              flush=True)
        self.failed += 0 if good else 1

    def same(self, what, before, after):
        self.check(what, before == after, "; ".join(difference(before, after))[:2000])

    def end(self):
        print(f"{self.failed} failed")
        sys.exit(1 if self.failed else 0)
