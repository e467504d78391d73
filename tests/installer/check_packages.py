# SPDX-License-Identifier: GPL-3.0-or-later
"""What debian/ says, held against the build: each file that is installed is in one package, and no package names
what is not there; the version, and what is needed to build, are what the tree itself says."""
import collections
import fnmatch
import glob
import os
import re
import subprocess
import sys
import tempfile

BUILD = os.environ["HIGGS_BUILD"]
SOURCE = os.environ["HIGGS_SOURCE"]
DEBIAN = f"{SOURCE}/debian"
# Beside what dpkg-buildpackage brings by itself.
NOT_DECLARED = {"build-essential", "ccache"}

faults = 0


def check(held, claim, seen=""):
    global faults
    print(("ok   " if held else "FAULT ") + claim + (f" [{seen}]" if seen else ""))
    faults += not held


def read(path):
    with open(path) as file:
        return file.read()


def version():
    return re.search(r"project\(higgs VERSION ([\d.]+)", read(f"{SOURCE}/CMakeLists.txt")).group(1)


def patterns(path):
    """The first words: what stands behind one is where it goes."""
    lines = (line.split("#")[0].split() for line in read(path).splitlines())
    return [words[0] for words in lines if words]


def installed(root):
    """As debian/rules leaves them: units are moved to /lib."""
    subprocess.run(["cmake", "--install", BUILD, "--prefix", "/usr"], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "DESTDIR": root})
    found = set()
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.relpath(f"{folder}/{name}", root)
            found.add(re.sub("^usr/lib/systemd/", "lib/systemd/", path))
    # It lies where the tree was configured to install to.
    return {path for path in found if not path.endswith("share/higgs/installed-files")}


def matches(path, pattern):
    """debhelper's patterns do not pass a slash, and a folder brings what is in it."""
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) >= len(wanted) and all(map(fnmatch.fnmatchcase, parts, wanted))


def each_file_is_in_one_package():
    lists = {os.path.basename(path).rsplit(".", 1)[0]: patterns(path) for path in glob.glob(f"{DEBIAN}/*.install")}
    lists["no package"] = [each for each in patterns(f"{DEBIAN}/not-installed") if "installed-files" not in each]
    with tempfile.TemporaryDirectory() as root:
        files = installed(root)
    holders = collections.defaultdict(list)
    for package, wanted in lists.items():
        for pattern in wanted:
            those = [path for path in files if matches(path, pattern)]
            if not those:
                check(False, f"{package}: {pattern} is there")
            for path in those:
                holders[path].append(package)
    check(len(files) > 50, "positive control: files are installed", len(files))
    check(set(holders) == files, "each file is in a package, or said to be in none", ", ".join(sorted(files - set(holders))))
    twice = [path for path, packages in holders.items() if len(packages) > 1]
    check(not twice, "and in one alone", ", ".join(twice))
    return set(lists) - {"no package"}


def what_the_tree_says(packages):
    control = read(f"{DEBIAN}/control")
    check(read(f"{DEBIAN}/changelog").startswith(f"higgs ({version()}"), "the changelog begins with the version", version())
    check(set(re.findall(r"^Package: (\S+)", control, re.MULTILINE)) == packages, "each package has its files", sorted(packages))
    needed = re.search(r"# to build\n(.*?)# to run", read(f"{SOURCE}/scripts/install-dependencies"), re.DOTALL).group(1)
    declared = re.search(r"^Build-Depends:\n(.*?)^\S", control, re.DOTALL | re.MULTILINE).group(1)
    missing = set(needed.split()) - NOT_DECLARED - set(re.findall(r"^ ([^ ,]+)", declared, re.MULTILINE))
    check(not missing, "what is needed to build is declared", ", ".join(missing))
    for kind in ("preinst", "postinst", "prerm", "postrm"):
        for script in glob.glob(f"{DEBIAN}/*.{kind}"):
            done = subprocess.run(["sh", "-n", script], capture_output=True, text=True, check=False)
            check(done.returncode == 0 and "#DEBHELPER#" in read(script) and "\nset -e\n" in read(script),
                  f"{os.path.basename(script)} is a script, and has a place for debhelper's part", done.stderr.strip())


def what_the_compose_file_says():
    try:
        import yaml
    except ImportError:
        print("skipped: the compose file (python3-yaml is not installed)")
        return
    services = yaml.safe_load(read(f"{SOURCE}/installer/compose/compose.yaml"))["services"]
    server = services["boson-server"]
    check(server["image"] == f"localhost/boson-server:{version()}", "the compose file starts this version", server["image"])
    helped = subprocess.run([f"{BUILD}/bin/boson-server", "--help"], capture_output=True, text=True, check=True).stdout
    options = {"BOSON_" + name.upper().replace("-", "_") for name in re.findall(r"^  --([a-z-]+) ", helped, re.MULTILINE)}
    unknown = set(server["environment"]) - options
    check(len(options) > 10 and not unknown, "and sets what the server knows", ", ".join(sorted(unknown)))
    inside = [port for service in services.values() for port in service.get("ports", [])]
    check(inside and all(port.startswith("127.0.0.1:") for port in inside), "its database and cache are this machine's alone")


if __name__ == "__main__":
    what_the_tree_says(each_file_is_in_one_package())
    what_the_compose_file_says()
    sys.exit(1 if faults else 0)
