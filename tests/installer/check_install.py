# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs the build into an empty directory: everything lies where a system looks for it, and what
the system reads (units, menu entries, descriptions, icons) is valid by the tools that judge it."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

BUILD = os.environ["HIGGS_BUILD"]
SOURCE = os.environ["HIGGS_SOURCE"]
DAEMONS = ("boson-server", "higgs-noded", "higgs-vpnd")
CONTROLLERS = ("higgs-nodectl", "higgs-vpnctl")
WINDOWS = {"higgs-vpn": "net.higgs.HiggsVPN", "higgs-node": "net.higgs.HiggsNode"}
ICON_SIZES = (48, 128, 256)

faults = 0


def check(held, claim, seen=""):
    global faults
    print(("ok   " if held else "FAULT ") + claim + (f" [{seen}]" if seen else ""))
    faults += not held


def judged(claim, tool, *words):
    """A validator says yes; where it is not installed that is said, and nothing more."""
    if shutil.which(tool) is None:
        print(f"skipped: {claim} ({tool} is not installed)")
        return
    done = subprocess.run([tool, *words], capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr).strip()
    # Hints and warnings of others' units are not ours; those that name our files are.
    ours = [line for line in said.splitlines() if re.search(r"higgs|boson", line)
            and not line.startswith(("✔", "P:"))] if done.returncode == 0 else said.splitlines()
    check(done.returncode == 0 and not ours, claim, " | ".join(ours[:5]))


def cache(name):
    with open(f"{BUILD}/CMakeCache.txt") as file:
        return re.search(rf"^{name}:\w+=(.*)$", file.read(), re.MULTILINE).group(1)


def runs(path, *words):
    done = subprocess.run([path, *words], capture_output=True, text=True, check=False,
                          env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})
    return done.returncode == 0 and done.stdout.strip() != ""


def check_programs(root):
    for name in DAEMONS:
        check(runs(f"{root}/sbin/{name}", "--version"), f"sbin/{name} is there and runs")
    for name in CONTROLLERS:
        check(runs(f"{root}/bin/{name}", "--version"), f"bin/{name} is there and runs")


def check_units(root, prefix):
    folder = f"{root}/lib/systemd/system"
    with tempfile.TemporaryDirectory() as verified:
        for name in DAEMONS:
            with open(f"{folder}/{name}.service") as file:
                text = file.read()
            program = f"{prefix}/sbin/{name}"
            check(f"ExecStart={program} " in text and "@CMAKE" not in text,
                  f"the unit of {name} starts {program}")
            # systemd looks for the program, which is not installed on this machine but in root.
            with open(f"{verified}/{name}.service", "w") as file:
                file.write(text.replace(program, f"{root}/sbin/{name}"))
        judged("the units are valid", "systemd-analyze", "verify", "--man=no",
               *(f"{verified}/{name}.service" for name in DAEMONS))
    check_users(root)
    for window in ("vpn", "node"):
        path = f"{root}/share/polkit-1/actions/net.higgs.{window}.policy"
        policy = open(path).read() if os.path.exists(path) else ""
        check(f"bin/higgs-{window}ctl</annotate>" in policy and "@" not in policy,
              f"the question for root of the {window} window names the program that was installed")
    check(os.path.exists(f"{root}/share/polkit-1/rules.d/50-higgs-resolved.rules"),
          "the rule for systemd-resolved is there")


def words(text, key):
    return [word for line in re.findall(rf"^{key}=(.*)$", text, re.MULTILINE) for word in line.split()]


def check_users(root):
    """Who breaks one daemon does not own the other; what a unit names exists without a step by hand."""
    with open(f"{root}/lib/sysusers.d/higgs.conf") as file:
        users = set(re.findall(r"^u (\S+)", file.read(), re.MULTILINE))
    units = {}
    for name in ("higgs-noded", "higgs-vpnd"):
        with open(f"{root}/lib/systemd/system/{name}.service") as file:
            units[name] = file.read()
    own = {name: words(text, "User")[0] for name, text in units.items()}
    check(set(own.values()) <= users and len(set(own.values())) == 2,
          "each daemon has a user of its own, that is declared", str(own))
    node = units["higgs-noded"]
    check("higgs" not in words(node, "Group") + words(node, "SupplementaryGroups"),
          "the node is not in the group that controls the client")
    folders = {name: set(words(text, "RuntimeDirectory")) for name, text in units.items()}
    check(not set.intersection(*folders.values()) and "wireguard" not in set.union(*folders.values()),
          "no runtime directory is shared, or another program's", str(folders))
    for name, text in units.items():
        check(all(word.startswith("-") for word in words(text, "EnvironmentFile")),
              f"{name} starts without a file of options")
        check(words(text, "KillMode") == ["mixed"], f"{name} is stopped before what it started")
        check(words(text, "Type") == ["notify"] and words(text, "WatchdogSec"), f"{name} says when it is ready, and is watched")
    with open(f"{root}/lib/tmpfiles.d/higgs.conf") as file:
        check(re.search(r"^d /run/higgs-node 2755 higgs-node higgs ", file.read(), re.MULTILINE) is not None,
              "the node's socket gets its group by its directory")


def png_size(path):
    with open(path, "rb") as file:
        head = file.read(24)
    return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")


def check_window(root, name, component):
    check(runs(f"{root}/bin/{name}", "--version"), f"bin/{name} is there and runs")
    entry = f"{root}/share/applications/{name}.desktop"
    judged(f"the menu entry of {name} is valid", "desktop-file-validate", entry)
    judged(f"the description of {name} is valid", "appstreamcli", "validate", "--no-net",
           f"{root}/share/metainfo/{component}.metainfo.xml")
    with open(entry) as file:
        text = file.read()
    check(f"\nExec={name}" in text and f"\nIcon={name}\n" in text, f"{name}: entry, program and icon agree")
    if name == "higgs-vpn":
        check("MimeType=x-scheme-handler/higgs;" in text and "Exec=higgs-vpn %u" in text,
              "higgs: invitations open HiggsVPN")
    icons = f"{root}/share/icons/hicolor"
    check(xml.parse(f"{icons}/scalable/apps/{name}.svg").getroot().get("viewBox") == "0 0 64 64",
          f"{name}: the drawn icon is there")
    for size in ICON_SIZES:
        check(png_size(f"{icons}/{size}x{size}/apps/{name}.png") == (size, size),
              f"{name}: the icon of {size} pixels is there")


def check_uninstall(root, place, prefix):
    """In namespaces of its own, where the installation lies at its prefix: the network first, then the files."""
    inside = f"""
        mount --bind {root} {prefix}
        for folder in /run /var/lib /etc/netns; do [ ! -d $folder ] || mount -t tmpfs none $folder; done
        nft add table inet higgs_node; nft add table inet higgs_vpn
        mount --bind /bin/false "$(readlink -f "$(command -v nft)")"
        if {prefix}/sbin/higgs-uninstall; then echo FAULT: it went on; fi
        [ -x {prefix}/bin/higgs-nodectl ] || echo FAULT: a machine that was not given back lost the means
        umount "$(readlink -f "$(command -v nft)")"
        nft list tables | grep -q higgs || echo FAULT: nothing would be shown
        {prefix}/sbin/higgs-uninstall || echo FAULT: it ended with $?
        nft list tables | grep higgs && echo FAULT: rules are left
        find /run -name '*higgs*'
        """
    if os.geteuid() != 0 or prefix != "/usr/local":
        print("skipped: higgs-uninstall on a machine (needs root and the prefix /usr/local)")
        return
    done = subprocess.run(["unshare", "-mn", "sh", "-c", inside], capture_output=True, text=True, check=False,
                          env={**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    lines = [line for line in done.stdout.splitlines() if "FAULT" in line or line.startswith("/run")]
    check(not lines, "higgs-uninstall gives the network back before it removes anything", " ".join(lines) + done.stderr)
    left = [name for _, _, names in os.walk(place) for name in names]
    check(done.stdout.count("Higgs.net is gone") == 1 and not left, "and leaves no file", " ".join(left))


def main():
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run(["cmake", "--install", BUILD], capture_output=True, text=True,
                              check=False, env={**os.environ, "DESTDIR": place})
        check(done.returncode == 0, "cmake --install ends well", done.stderr.strip())
        if done.returncode != 0:
            return 1
        prefix = cache("CMAKE_INSTALL_PREFIX")
        root = place + prefix
        check(os.listdir(place) == [prefix.split("/")[1]], f"nothing lies outside {prefix}",
              " ".join(os.listdir(place)))
        check_programs(root)
        check_units(root, prefix)
        for name, component in WINDOWS.items():
            if os.path.exists(f"{BUILD}/bin/{name}"):
                check_window(root, name, component)
        check(os.path.exists(f"{root}/share/doc/higgs/README.md"), "the README is there")
        check_uninstall(root, place, prefix)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
