#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""/etc/resolv.conf in every shape, and the whole client as a service user with CAP_NET_ADMIN only.

Each case has its own mount namespace whose /etc is a directory of the test's; the machine's own
/etc is not touched.
"""
import os
import socket
import subprocess

from netns_lab import Lab, Report, inside, run, skip, snapshot

TUNNEL = "hn" + str(os.getpid() % 1000000)
ADDRESS = "address=10.86.0.2/32,fd00:86::2/128"
UP = f"up {ADDRESS} dns=10.86.0.1,fd00:86::1"
DEVICE = f"device {ADDRESS} allowed=0.0.0.0/0,::/0"
ORIGINAL = "# home\nsearch example.org\nnameserver 192.0.2.53\noptions edns0\n"
NOBODY = 65534


def mounted(script):
    """Runs a program with mounts of its own: only the program sees what the script mounts."""
    return ["unshare", "--mount", "--propagation", "private", "sh", "-ec",
            script + '; exec "$@"', "sh"]


class Etc:
    """A directory that a probe takes for /etc."""

    def __init__(self, lab, name):
        self.path = os.path.join(lab.directory, name)
        os.mkdir(self.path)
        self.file = os.path.join(self.path, "resolv.conf")
        self.wrap = mounted(f"mount --bind {self.path} /etc")

    def shape(self):
        if os.path.islink(self.file):
            return "link", os.readlink(self.file)
        if not os.path.lexists(self.file):
            return "missing", ""
        status = os.stat(self.file)
        with open(self.file, "rb") as file:
            return "file", file.read(), status.st_mode, status.st_uid, status.st_gid

    def is_ours(self):
        return (self.shape()[0] == "file" and b"nameserver 10.86.0.1\n" in self.shape()[1] and
                b"192.0.2.53" not in self.shape()[1] and b"example.org" not in self.shape()[1])


def connected(lab, space, etc):
    """A client whose /etc that is."""
    probe = lab.probe(space, TUNNEL, etc.wrap)
    for step in ("block", DEVICE, UP):
        probe.do(step)
    return probe


def shapes(lab, report, space):
    def regular(etc):
        with open(etc.file, "w", encoding="ascii") as file:
            file.write(ORIGINAL)
        os.chmod(etc.file, 0o640)
        os.chown(etc.file, 0, 4)

    def link(etc):
        with open(os.path.join(etc.path, "managed"), "w", encoding="ascii") as file:
            file.write(ORIGINAL)
        os.symlink("managed", etc.file)

    def dangling(etc):
        os.symlink("/nowhere/resolv.conf", etc.file)

    def missing(_):
        pass

    def empty(etc):
        open(etc.file, "w", encoding="ascii").close()

    for make in (regular, link, dangling, missing, empty):
        name = make.__name__
        etc = Etc(lab, name)
        make(etc)
        before = etc.shape()
        probe = connected(lab, space, etc)
        report.check(f"{name}: set", etc.is_ours(), str(etc.shape()))
        probe.do("up " + ADDRESS + " dns=10.86.0.9")
        report.check(f"{name}: set again", b"nameserver 10.86.0.9\n" in etc.shape()[1])
        probe.do("down")
        report.check(f"{name}: back after down", etc.shape() == before, str(etc.shape()))
        probe.do(UP)
        probe.kill()
        medic = lab.probe(space, TUNNEL, etc.wrap)
        medic.do("offline-client")
        report.check(f"{name}: back after kill -9", etc.shape() == before, str(etc.shape()))
        report.check(f"{name}: nothing else in /etc",
                     set(os.listdir(etc.path)) <= {"resolv.conf", "managed"})
        medic.kill()


def lost(lab, report, space):
    """Nobody knows any more what stood in resolv.conf: that is said, and nothing else is left undone."""
    etc = Etc(lab, "lost")
    nft = lambda *words: run("ip", "netns", "exec", space, "nft", *words)
    hooked = lambda: {name for name in ("dmine", "dtheirs")
                      if "clsact" in run("ip", "netns", "exec", space, "tc", "qdisc", "show", "dev", name)}
    run("ip", "-n", space, "link", "add", "dmine", "type", "veth", "peer", "name", "dtheirs")
    for name in ("dmine", "dtheirs"):
        run("ip", "-n", space, "link", "set", name, "up")
    guards = lambda: [line.split("higgs_port_")[1] for line in nft("list", "tables").splitlines()
                      if "higgs_port_" in line]
    with open(etc.file, "w", encoding="ascii") as file:
        file.write(ORIGINAL)
    connected(lab, space, etc).kill()
    for name in ("gone_d7", "lo"): # an earlier run's, of another name; one whose interface is here
        nft("add", "table", "inet", f"higgs_port_{name}")
    run("ip", "netns", "exec", space, "tc", "filter", "add", "dev", "dtheirs", "ingress", "protocol", "all",
        "bpf", "bytecode", "1,6 0 0 0", "direct-action")
    report.check("control: both cards have their hooks", hooked() == {"dmine", "dtheirs"}, hooked())
    report.check("control: the guards of WireGuard's ports are there", len(guards()) == 3, guards())
    os.unlink(f"{lab.directory}/client-network.json")
    medic = lab.probe(space, TUNNEL, etc.wrap)
    answer = medic.answer("offline-client")
    report.check("a lost state file: the tunnel's resolver is named as what stays",
                 answer.startswith("error") and "resolv.conf" in answer, answer)
    with open(etc.file, "w", encoding="ascii") as file:
        file.write(ORIGINAL)
    report.check("and once a person has put it right, nothing is", medic.answer("offline-client") == "ok")
    report.check("and so did the hook at a card that nobody else uses", hooked() == {"dtheirs"}, hooked())
    report.check("the guards of interfaces that have gone went with it", guards() == ["lo"], guards())
    nft("add", "table", "inet", f"higgs_port_{TUNNEL}") # as a program that failed has left it
    medic.do("restore")
    report.check("also when it is given back again", guards() == ["lo"], guards())
    medic.kill()


def redirects(space):
    """Where the kernel sends a question for a server that nobody here has."""
    with inside(space), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b"question", ("192.0.2.53", 53))
        with open("/proc/thread-self/net/nf_conntrack") as file:
            return "dst=192.0.2.53" in (text := file.read()) and "src=10.86.0.1 dst=10.86.0.2" in text


def somebody_else(lab, report, space):
    etc = Etc(lab, "rewritten")
    with open(etc.file, "w", encoding="ascii") as file:
        file.write(ORIGINAL)
    probe = lab.probe(space, TUNNEL, etc.wrap)
    probe.do("block")
    probe.do(DEVICE)
    probe.do(UP)
    with open(etc.file, "w", encoding="ascii") as file:
        file.write("nameserver 192.0.2.99\n")
    probe.do("restore")
    probe.do("device-close")
    report.check("what somebody else wrote meanwhile stays",
                 etc.shape()[1] == b"nameserver 192.0.2.99\n")
    probe.kill()


def immutable(lab, report, space):
    """Both where the file is replaced and where, as a mount point, it is written in place."""
    etc = Etc(lab, "immutable")
    with open(etc.file, "w", encoding="ascii") as file:
        file.write(ORIGINAL)
    mount = f"/etc/netns/{space}/resolv.conf"
    for name, path, wrap in (("file", etc.file, etc.wrap), ("mount point", mount, ())):
        if subprocess.run(["chattr", "+i", path], capture_output=True, check=False).returncode != 0:
            print(f"     {name}: this file system knows no immutable files")
            continue
        before = snapshot(space)
        probe = lab.probe(space, TUNNEL, wrap)
        probe.do("block")
        probe.do(DEVICE)
        probe.do(UP)
        report.check(f"an immutable {name}: questions are redirected", redirects(space))
        report.check(f"an immutable {name}: still blocked", probe.answer("blocked") == "ok")
        probe.do("device-close")
        probe.do("restore")
        run("chattr", "-i", path)
        report.same(f"an immutable {name}: restored", before, snapshot(space))
        probe.kill()


def full(lab, report, space):
    """No room for another file beside it; what is there has its own, and is written over."""
    etc = Etc(lab, "full")
    run("mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", etc.path)
    try:
        def fill():
            with open(f"{etc.path}/filler", "wb", buffering=0) as file:
                try:
                    while True:
                        file.write(bytes(4096))
                except OSError:
                    pass
        with open(etc.file, "w", encoding="ascii") as file:
            file.write(ORIGINAL)
        os.chmod(etc.file, 0o640)
        before, names = etc.shape(), {"resolv.conf", "filler"}
        fill()
        probe = connected(lab, space, etc)
        report.check("full /etc: the tunnel's resolver is set", etc.is_ours(), str(etc.shape()))
        report.check("full /etc: no other file stays", set(os.listdir(etc.path)) == names, os.listdir(etc.path))
        probe.do("restore")
        report.check("full /etc: disconnected it is as it was", etc.shape() == before, str(etc.shape()))
        os.unlink(f"{etc.path}/filler")
        probe.do("device-close")
        for step in ("block", DEVICE, UP):
            probe.do(step)
        fill() # since then
        probe.kill()
        medic = lab.probe(space, TUNNEL, etc.wrap)
        medic.do("offline-client")
        report.check("filled since: also after kill -9", etc.shape() == before, str(etc.shape()))
        report.check("filled since: no other file stays", set(os.listdir(etc.path)) == names, os.listdir(etc.path))
        medic.kill()
    finally:
        run("umount", "-l", etc.path)


def service_user(lab, report, space):
    """No root, no capability but one, as under systemd; the file is the administrator's."""
    if not os.path.exists("/usr/bin/setpriv"):
        print("     no setpriv here")
        return
    etc = Etc(lab, "service")
    with open(etc.file, "w", encoding="ascii") as file:
        file.write(ORIGINAL)
    tun = os.path.join(lab.directory, "tun")
    os.mknod(tun, 0o020666, os.makedev(10, 200))
    os.chmod(tun, 0o666) # as udev has it; not everywhere is udev
    uapi = os.path.join(lab.directory, "uapi")
    os.mkdir(uapi)
    os.chown(uapi, NOBODY, NOBODY)
    os.makedirs("/run/wireguard", exist_ok=True)
    os.chown(lab.directory, NOBODY, NOBODY)
    wrap = [*mounted(f"mount --bind {etc.path} /etc; mount --bind {tun} /dev/net/tun; "
                     f"mount --bind {uapi} /run/wireguard"),
            "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
            "--inh-caps=-all,+net_admin", "--ambient-caps=-all,+net_admin",
            "--bounding-set=-all,+net_admin", "--no-new-privs"]
    before = snapshot(space)
    probe = lab.probe(space, TUNNEL, wrap)
    probe.do("block lan=1")
    probe.do(DEVICE)
    probe.do("up " + ADDRESS)
    report.check("a service user with CAP_NET_ADMIN blocks, opens and routes", True)
    probe.do(UP)
    report.check("a resolv.conf that it may not write: questions are redirected",
                 redirects(space) and etc.shape()[1] == ORIGINAL.encode())
    with open(etc.file, "w", encoding="ascii") as file:
        file.write("nameserver 127.0.0.53\n")
    answer = probe.answer(UP)
    report.check("systemd-resolved that does not obey is a clear error",
                 answer.startswith("error"), answer)
    with open(etc.file, "w", encoding="ascii") as file:
        file.write(ORIGINAL)
    probe.do("block")
    os.chown(etc.file, NOBODY, NOBODY)
    probe.do(UP)
    report.check("one that it may write is written in place", etc.is_ours())
    probe.kill()
    medic = lab.probe(space, TUNNEL, wrap)
    medic.do("offline-client")
    report.same("and all of it undone", before, snapshot(space))
    report.check("the file, too", etc.shape()[1] == ORIGINAL.encode())
    medic.kill()


def main():
    report = Report()
    with Lab() as lab:
        if subprocess.run(mounted("true") + ["true"], check=False).returncode != 0:
            skip("mount namespaces cannot be made here")
        os.chmod(lab.directory, 0o755)
        space = lab.namespace("dns")
        shapes(lab, report, space)
        somebody_else(lab, report, space)
        immutable(lab, report, space)
        service_user(lab, report, space)
        lost(lab, report, lab.namespace("lost"))
        full(lab, report, lab.namespace("full"))
    report.end()


main()
