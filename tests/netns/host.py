# SPDX-License-Identifier: GPL-3.0-or-later
"""One host of a laboratory: a network namespace with its own /etc and /run, and processes on it."""
import os
import subprocess

from addresses import DNS4
from patience import wait_until  # and for whoever imports it from here
from sandbox import SPACE

HOLD = """
set -e
mount --make-rprivate /
mkdir -p {space}/etc-{name}
# Twice where a file went away in the middle of it: the machine lives on.
cp -a /etc/. {space}/etc-{name}/ || cp -a /etc/. {space}/etc-{name}/
mount --bind {space}/etc-{name} /etc
rm -f /etc/resolv.conf
printf 'nameserver %s\\n' {nameserver} > /etc/resolv.conf
mkdir -p {space}/run-{name}
mount --bind {space} /mnt
mount --bind {space}/run-{name} /run
mkdir -p {space}
mount --bind /mnt {space}
umount /mnt
hostname {name}
echo ready
exec sleep infinity
"""


class CommandFailed(Exception):
    pass


class Process:
    """A background process on a host; its output is in the file log."""

    def __init__(self, host, label, argv, env=None):
        self.host, self.label, self.argv = host, label, argv
        self.log = f"{SPACE}/{host.name}-{label}.log"
        with open(self.log, "ab") as log:
            self.begins = log.tell()  # one of that label before it may have said much already
            self.popen = subprocess.Popen(
                host.enter + argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env,
                start_new_session=True)
        self.pid = self.popen.pid

    def text(self):
        with open(self.log, errors="replace") as log:
            return log.read()

    def running(self):
        return self.popen.poll() is None

    def wait_for(self, words, timeout=10):
        def said():
            with open(self.log, errors="replace") as log:
                log.seek(self.begins)
                if words in log.read():
                    return True
            if not self.running():
                raise CommandFailed(
                    f"{self.label} on {self.host.name} ended with {self.popen.returncode} "
                    f"before it said {words!r}:\n{self.text()}")
            return False
        wait_until(said, timeout, f"{self.label} on {self.host.name} says {words!r}")
        return self

    def signal(self, number):
        if self.running():
            self.popen.send_signal(number)

    def stop(self, timeout=10):
        """Ends it by SIGTERM (SIGKILL after the time-out) and returns its exit status."""
        if self.running():
            self.popen.terminate()
            try:
                self.popen.wait(timeout)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        return self.popen.returncode

    def kill(self):
        if self.running():
            self.popen.kill()
        self.popen.wait()

    def tree(self):
        """Its process id and those of all its descendants."""
        parents = {}
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/stat") as stat:
                    parents[int(entry)] = int(stat.read().rpartition(")")[2].split()[1])
            except OSError:
                pass
        found = [self.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found

    def cpu_seconds(self):
        """User and system time of it and its living descendants."""
        ticks = 0
        for pid in self.tree():
            try:
                with open(f"/proc/{pid}/stat") as stat:
                    fields = stat.read().rpartition(")")[2].split()
                ticks += int(fields[11]) + int(fields[12])
            except OSError:
                pass
        return ticks / os.sysconf("SC_CLK_TCK")


class Host:
    def __init__(self, name, nameserver=DNS4):
        self.name = name
        self.holder = subprocess.Popen(
            ["unshare", "--net", "--mount", "--uts", "sh", "-c",
             HOLD.format(space=SPACE, name=name, nameserver=nameserver)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True)
        if self.holder.stdout.readline() != "ready\n":
            raise CommandFailed(f"host {name} did not come up")
        self.pid = self.holder.pid
        self.enter = ["nsenter", "-t", str(self.pid), "-n", "-m", "-u", "-r", "--"]
        self.sysctl("net.ipv6.conf.all.accept_dad", 0)
        self.sysctl("net.ipv6.conf.default.accept_dad", 0)
        self.sysctl("net.ipv4.ping_group_range", "'0 2147483647'")  # as systemd sets it
        self.sh("ip link set lo up")

    def run(self, *argv, check=True, timeout=60, stdin=None):
        """Runs a command on the host; returns CompletedProcess with text output."""
        done = subprocess.run(
            self.enter + [str(word) for word in argv], input=stdin, text=True, timeout=timeout,
            stdin=subprocess.DEVNULL if stdin is None else None,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if check and done.returncode != 0:
            raise CommandFailed(f"on {self.name}: {' '.join(map(str, argv))}: exit "
                                f"{done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def sh(self, script, **options):
        return self.run("sh", "-ec", script, **options).stdout

    def sysctl(self, key, value):
        self.sh(f"printf %s {value} > /proc/sys/{key.replace('.', '/')}")

    def nft(self, rules):
        self.run("nft", "-f", "-", stdin=rules)

    def start(self, label, *argv, env=None):
        return Process(self, label, [str(word) for word in argv], env)

    def address(self, interface, *addresses):
        for address in addresses:
            self.sh(f"ip address add {address} dev {interface}"
                    + (" nodad" if ":" in address else ""))

    def fingerprint(self):
        """Everything of its network that a VPN client may change, as text to compare."""
        return self.sh("""
            { ip -4 route show table all; ip -6 route show table all; } | sed 's/ expires [0-9]*sec//'
            ip -4 rule; ip -6 rule
            ip -br link | sed 's/@.*//'; ip -br address; nft list ruleset
            tc qdisc | grep -e clsact -e ingress || true
            cat /etc/resolv.conf; ls -la --time-style=+ /etc | grep resolv
            cd /proc/sys/net
            grep -rs --exclude=stable_secret . ipv4/ip_forward ipv4/conf ipv6/conf || true
        """)


def link(one, name_one, other, name_other):
    """A cable between two hosts."""
    subprocess.run(["ip", "link", "add", name_one, "netns", str(one.pid), "type", "veth",
                    "peer", "name", name_other, "netns", str(other.pid)], check=True)
    one.sh(f"ip link set {name_one} up")
    other.sh(f"ip link set {name_other} up")


def bridge(host, name, *addresses):
    # A switch is no firewall: br_netfilter, where loaded, would send its frames through one.
    host.sh("for family in iptables ip6tables arptables; do"
            "  f=/proc/sys/net/bridge/bridge-nf-call-$family; [ ! -e $f ] || echo 0 > $f; done")
    # Its address is its own. Otherwise it would be the lowest of its ports', and change with the next cable:
    # who had asked for it before would speak to nobody for half a minute.
    host.sh(f"ip link add {name} address {hardware_address()} type bridge forward_delay 0 &&"
            f"ip link set {name} up")
    host.address(name, *addresses)


def hardware_address():
    """A new one, locally administered (IEEE 802, 8.2), of one interface."""
    return ":".join(f"{byte:02x}" for byte in b"\x02" + os.urandom(5))


def plug(host, interface, switch, bridge_name, port):
    """A cable from a host into a bridge of another host."""
    link(host, interface, switch, port)
    switch.sh(f"ip link set {port} master {bridge_name}")
