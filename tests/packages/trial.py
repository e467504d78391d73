# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of the packages on a machine: what `tests/packages/run` runs. apt fetches what they need; whatever is
done with them is done without a network of this machine's, which their scripts would otherwise give back."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CACHE = f"{SOURCE}/build/packages-trial"
PACKAGES = ("boson-server", "higgs-common", "higgs-node", "higgs-vpn")
PROGRAMS = ("boson-server", "higgs-exclude", "higgs-node", "higgs-nodectl", "higgs-noded", "higgs-vpn", "higgs-vpnctl",
            "higgs-vpnd")
LATER = "9:0"
# What the package manager itself writes down.
REGISTERS = "-not -path '/var/lib/dpkg/*' -not -path '/var/log/*' -not -path '/var/cache/*' -not -path '/var/lib/apt/*'"
OURS = rf"find / -xdev \( -name '*higgs*' -o -name '*boson*' \) -not -path '/debs/*' -not -path '/later/*' {REGISTERS}"
STATE = {"higgs-vpn": "/var/lib/higgs-vpn", "higgs-node": "/var/lib/higgs-node", "boson-server": "/var/lib/boson-server"}

faults = 0


def check(held, claim, seen=""):
    global faults
    print(("ok   " if held else "FAULT ") + claim + (f" [{str(seen).strip()[-600:]}]" if seen else ""), flush=True)
    faults += not held


def run(*argv, **options):
    done = subprocess.run(argv, stdin=options.pop("stdin", subprocess.DEVNULL), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(argv[:5])}: {done.stdout[-3000:]}")
    return done.stdout


class Machine:
    def __init__(self, root):
        self.root = root

    def ask(self, script, network=False):
        """(exit status, output) of a script on it; in a network of its own unless apt has to fetch something."""
        inside = (f"mount -t proc proc {self.root}/proc && mount --rbind /dev {self.root}/dev && "
                  f"mount --bind {CACHE}/archives {self.root}/var/cache/apt/archives && "
                  f'exec chroot {self.root} sh -c "$0"')
        alone = [] if network else ["--net"]
        done = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", *alone, "sh", "-c", inside, script],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive",
                                                "LC_ALL": "C", "QT_QPA_PLATFORM": "offscreen"})
        return done.returncode, done.stdout

    def does(self, claim, script, network=False):
        status, said = self.ask(script, network)
        check(status == 0, claim, said if status else "")
        return said

    def says(self, claim, script, expected):
        _, said = self.ask(script)
        check(said.split() == expected.split(), claim, said)


def base(archive):
    """A Debian with apt and nothing else, by this machine's own sources; made once."""
    suite = re.search(r'^VERSION_CODENAME="?(\w+)', open("/etc/os-release").read(), re.MULTILINE).group(1)
    sources = run("apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages")
    fresh = f"{CACHE}/new.tar"  # mmdebstrap makes what the name ends with
    with tempfile.NamedTemporaryFile("w+", dir=CACHE) as listed:
        listed.writelines(sorted(set(line + "\n" for line in sources.splitlines())))
        listed.flush()
        listed.seek(0)
        run("unshare", "--mount", "--mount-proc", "--pid", "--fork", "--kill-child", "mmdebstrap", "--quiet",
            "--variant=apt", '--aptopt=Acquire::Languages "none"', "--dpkgopt=force-unsafe-io", suite, fresh, "-",
            stdin=listed, env={**os.environ, "TMPDIR": CACHE})
    os.rename(fresh, archive)


def later(packages, target):
    """The same with a higher version."""
    os.makedirs(target)
    for package in packages:
        with tempfile.TemporaryDirectory() as place:
            run("dpkg-deb", "--raw-extract", package, f"{place}/raw")
            with open(f"{place}/raw/DEBIAN/control") as file:
                text = file.read()
            text = re.sub(r"^Version: .*$", f"Version: {LATER}", text, flags=re.MULTILINE)
            text = re.sub(r"higgs-common \(= [^)]*\)", f"higgs-common (= {LATER})", text)
            with open(f"{place}/raw/DEBIAN/control", "w") as file:
                file.write(text)
            run("dpkg-deb", "--root-owner-group", "--build", f"{place}/raw", target)


def works(machine, when):
    for program in PROGRAMS:
        machine.does(f"{when}: {program} runs", f"{program} --version" if program != "higgs-exclude" else
                     "higgs-exclude --version || test $? = 2")
    machine.says(f"{when}: programs can be excluded from the tunnel by their group",
                 "stat -c '%a %U %G' /usr/sbin/higgs-exclude", "2755 root higgs-exclude")
    machine.says(f"{when}: the services of client and node begin with the machine, the server's when it is asked to",
                 "for u in higgs-vpnd higgs-lockdown higgs-noded boson-server; do systemctl is-enabled $u; done",
                 "enabled enabled enabled disabled")
    machine.says(f"{when}: each daemon has a user of its own", "id -un higgs; id -un higgs-node", "higgs higgs-node")


def life(machine):
    names = " ".join(PACKAGES)
    machine.does("what they need is fetched", "apt-get update && apt-get install -y --no-install-recommends "
                 "--download-only /debs/*.deb", network=True)
    _, before = machine.ask(OURS)
    check(before == "", "control: nothing of ours is on the machine", before)
    said = machine.does("they install", "apt-get install -y --no-install-recommends /debs/*.deb")
    if faults:
        return
    warned = [line for line in said.splitlines() if re.search("warning|error|failed", line, re.IGNORECASE)]
    # Of every Debian without apt-utils, documentation and a process 1.
    warned = [line for line in warned if not line.startswith(("debconf:", "invoke-rc.d:", "update-alternatives: warning: skip"))]
    check(not warned, "without a warning", " | ".join(warned))
    works(machine, "installed")
    for package, folder in STATE.items():
        machine.ask(f"mkdir -p {folder} /etc/higgs && echo {package} > {folder}/kept && echo A=b > /etc/higgs/{package}.env")
    machine.ask("for d in higgs-vpnd higgs-noded boson-server; do echo A=b > /etc/higgs/$d.env; done; "
                "rm -f /etc/higgs/higgs-vpn.env /etc/higgs/higgs-node.env")
    kept = "cat /var/lib/boson-server/kept /var/lib/higgs-node/kept /var/lib/higgs-vpn/kept"
    machine.does("they are upgraded", "apt-get install -y --no-install-recommends /later/*.deb")
    works(machine, "upgraded")
    machine.says("the upgrade keeps what they know", kept, "boson-server higgs-node higgs-vpn")
    status, said = machine.ask("mv /usr/sbin/nft /usr/sbin/nft.away; printf '#!/bin/sh\\necho no nft here >&2; exit 1\\n' "
                               "> /usr/sbin/nft; chmod +x /usr/sbin/nft; apt-get remove -y higgs-vpn; status=$?; "
                               "mv /usr/sbin/nft.away /usr/sbin/nft; exit $status")
    check(status != 0, "a machine whose network cannot be given back keeps the program that can", said)
    machine.does("it is still there", "dpkg --configure -a; higgs-vpnctl --version")
    machine.does("they are removed", f"apt-get remove -y {names}")
    machine.says("removal keeps what they know", kept, "boson-server higgs-node higgs-vpn")
    _, left = machine.ask("ls /usr/bin /usr/sbin | grep -e higgs -e boson")
    check(left == "", "and no program", left)
    machine.does("they are purged", f"apt-get purge -y {names}")
    _, left = machine.ask(OURS + "; grep -e higgs -e boson /etc/passwd /etc/group")
    check(left == "", "nothing of theirs is left, and no user or group", left)
    machine.does("they install again", "apt-get install -y --no-install-recommends /debs/*.deb")
    works(machine, "installed again")


def main():
    place = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else f"{SOURCE}/build/packages")
    packages = [path for path in sorted(glob.glob(f"{place}/*.deb")) if "-dbgsym_" not in path]
    if os.geteuid() != 0:
        sys.exit("run this as root")
    if len(packages) != len(PACKAGES):
        sys.exit(f"{place} has {len(packages)} packages, not {len(PACKAGES)}: scripts/package makes them")
    os.makedirs(f"{CACHE}/archives/partial", exist_ok=True)
    archive = f"{CACHE}/base.tar"
    if not os.path.exists(archive):
        base(archive)
    root = f"{CACHE}/root"
    run("rm", "-rf", root)
    os.makedirs(root)
    try:
        run("tar", "-C", root, "--numeric-owner", "-xf", archive)
        shutil.copytree(place, f"{root}/debs", ignore=lambda _, names: [n for n in names if "-dbgsym_" in n])
        later(packages, f"{root}/later")
        # apt reads packages as a user of its own.
        run("chmod", "-R", "a+rX", f"{root}/debs", f"{root}/later")
        shutil.copy("/etc/resolv.conf", f"{root}/etc/resolv.conf")
        life(Machine(root))
    finally:
        run("rm", "-rf", root)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
