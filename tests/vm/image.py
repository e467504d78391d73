# SPDX-License-Identifier: GPL-3.0-or-later
"""The guests' disk, kernel and initial RAM disk: Debian as this machine's own apt has it.

Everything lies in build/vm and is made anew only when its recipe changed. The kernel is unpacked and
never installed, so that this machine's own boot is untouched; no loop device is needed.
"""
import hashlib
import os
import re
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CACHE = os.path.join(ROOT, "build", "vm")
DISK, KERNEL, INITRD = (f"{CACHE}/{name}" for name in ("root.ext4", "vmlinuz", "initrd"))

# What a person's machine has, beside what the product needs (package.needed).
PACKAGES = """
    systemd systemd-sysv systemd-resolved libnss-resolve libpam-systemd udev dbus polkitd
    network-manager kmod login passwd curl iputils-ping netcat-openbsd bind9-dnsutils
    wireguard-tools wireguard-go conntrack e2fsprogs util-linux-extra libsecret-1-0 libcap2-bin
""".split()
# Nothing here needs them, and under emulation each costs seconds of a boot.
MASKED = ("apt-daily.timer", "apt-daily-upgrade.timer", "e2scrub_all.timer", "e2scrub_reap.service",
          "fstrim.timer", "dpkg-db-backup.timer", "systemd-timesyncd.service", "getty@tty1.service",
          "serial-getty@ttyS0.service", "systemd-pcrphase.service")
USERS = ("anna", "boris", "carla")
ROOM_MIB = 500  # free on the disk


class CannotBeMade(Exception):
    """This machine has no such guests to offer; the text says why."""


def run(*argv, **options):
    done = subprocess.run(argv, text=True, stdin=options.pop("stdin", subprocess.DEVNULL),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **options)
    if done.returncode != 0:
        raise CannotBeMade(f"{' '.join(argv[:4])}: {done.stdout.strip()[-2000:]}")
    return done.stdout


def release():
    with open("/etc/os-release") as file:
        named = dict(re.findall(r'^(\w+)="?([^"\n]*)', file.read(), re.MULTILINE))
    if named.get("ID") != "debian":
        raise CannotBeMade("guests are made of this machine's own packages, and it is no Debian")
    return named["VERSION_CODENAME"]


def recipe(packages):
    """A digest of everything that the image is made of, and that is written here."""
    digest = hashlib.sha256(repr((packages, MASKED, USERS, ROOM_MIB)).encode())
    for folder, _, names in sorted(os.walk(f"{HERE}/guest")):
        for name in sorted(names):
            with open(f"{folder}/{name}", "rb") as file:
                digest.update(f"{folder[len(HERE):]}/{name}".encode() + file.read())
    for path in ("initrd_init", "image.py"):
        with open(f"{HERE}/{path}", "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def unpack_kernel(tree):
    """Debian's kernel for virtual machines; returns its version."""
    wanted = re.search(r"Depends: (linux-image\S+)", run("apt-cache", "depends", "linux-image-cloud-amd64"))
    if not wanted:
        raise CannotBeMade("apt knows no linux-image-cloud-amd64")
    shutil.rmtree(tree, ignore_errors=True)
    os.makedirs(tree)
    run("apt-get", "-q", "download", wanted.group(1), cwd=tree)
    package = next(name for name in os.listdir(tree) if name.endswith(".deb"))
    run("dpkg-deb", "-x", f"{tree}/{package}", f"{tree}/unpacked")
    version = os.listdir(f"{tree}/unpacked/lib/modules")[0]
    shutil.copyfile(f"{tree}/unpacked/boot/vmlinuz-{version}", KERNEL)
    return version


def make_initrd(kernel, version):
    tree = f"{CACHE}/initrd.tree"
    shutil.rmtree(tree, ignore_errors=True)
    for name in ("bin", "dev", "proc", "new"):
        os.makedirs(f"{tree}/{name}")
    shutil.copy("/bin/busybox", f"{tree}/bin/busybox")
    shutil.copy(f"{HERE}/initrd_init", f"{tree}/init")
    os.chmod(f"{tree}/init", 0o755)
    with open(f"{tree}/init") as file:
        modules = re.search(r"for module in (.*); do", file.read()).group(1).split()
    for folder, _, names in os.walk(f"{kernel}/unpacked/lib/modules/{version}"):
        for module in set(modules) & {name[:-3] for name in names if name.endswith(".ko")}:
            shutil.copy(f"{folder}/{module}.ko", tree)
    run("sh", "-c", f"find . | cpio -o -H newc --quiet >{INITRD}", cwd=tree)
    shutil.rmtree(tree)


def make_root_archive(archive, suite, packages):
    """By the machine's own sources; the package list is the archive's name."""
    sources = run("apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)",
                  "Created-By: Packages")
    with open(f"{CACHE}/sources", "w") as file:
        file.writelines(sorted(set(line + "\n" for line in sources.splitlines())))
    # Its mounts and processes end with it, however it ends; what it leaves lies in the cache.
    place = f"{CACHE}/bootstrap"
    run("rm", "-rf", place)
    os.makedirs(place)
    with open(f"{CACHE}/sources") as file:
        run("unshare", "--mount", "--mount-proc", "--pid", "--fork", "--kill-child",
            "mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(packages)}",
            '--aptopt=Acquire::Languages "none"', "--dpkgopt=force-unsafe-io",
            *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("man", "locale", "doc")),
            suite, f"{place}/root.tar", "-", stdin=file, env={**os.environ, "TMPDIR": place})
    os.rename(f"{place}/root.tar", archive)
    run("rm", "-rf", place)


def furnish(root, kernel, version):
    """What a guest has beside its packages."""
    shutil.copytree(f"{kernel}/unpacked/lib/modules/{version}", f"{root}/usr/lib/modules/{version}",
                    symlinks=True)
    run("chroot", root, "depmod", version)
    shutil.copytree(f"{HERE}/guest", root, dirs_exist_ok=True)
    run("chown", "-R", "root:root", f"{root}/etc", f"{root}/usr/local")
    for name in ("hostname", "resolv.conf"):
        if os.path.lexists(f"{root}/etc/{name}"):
            os.unlink(f"{root}/etc/{name}")
    os.symlink("/run/systemd/resolve/stub-resolv.conf", f"{root}/etc/resolv.conf")
    with open(f"{root}/etc/machine-id", "w"):
        pass
    for unit in MASKED:
        path = f"{root}/etc/systemd/system/{unit}"
        if os.path.lexists(path):
            os.unlink(path)
        os.symlink("/dev/null", path)
    run("systemctl", f"--root={root}", "enable", "lab-agent.service", "lab-talker.service")
    for user in USERS:
        run("chroot", root, "useradd", "-m", "-s", "/bin/bash", user)


def make(needed):
    """Everything, where it is not there as this recipe says; needed: the product's own needs, by package."""
    packages = sorted({*PACKAGES, *needed})
    suite, wanted = release(), recipe(packages)
    try:
        with open(f"{CACHE}/recipe") as file:
            if file.read() == wanted:
                return
    except FileNotFoundError:
        pass
    os.makedirs(CACHE, exist_ok=True)
    print("The guests' image is made, once ...", flush=True)
    kernel, root = f"{CACHE}/kernel", f"{CACHE}/root.tree"
    version = unpack_kernel(kernel)
    make_initrd(kernel, version)
    archive = f"{CACHE}/root-{hashlib.sha256(repr(packages).encode()).hexdigest()[:12]}.tar"
    if not os.path.exists(archive):
        make_root_archive(archive, suite, packages)
    run("rm", "-rf", root)
    os.makedirs(root)
    run("tar", "-C", root, "-xf", archive, "--numeric-owner", "--xattrs", "--xattrs-include=*")
    furnish(root, kernel, version)
    used = int(run("du", "-sm", root).split()[0])
    run("rm", "-f", DISK)
    run("mke2fs", "-q", "-t", "ext4", "-m", "0", "-d", root, DISK, f"{used + used // 8 + ROOM_MIB}M")
    run("rm", "-rf", root, kernel)
    with open(f"{CACHE}/recipe", "w") as file:
        file.write(wanted)
