# SPDX-License-Identifier: GPL-3.0-or-later
"""What a program's --help prints stands in its manual page and in its completions, and the other way round:
every option, every command, every limit. Each check is also tried on a help with one thing more and one less."""
import os
import re
import subprocess
import sys

BIN = os.environ["HIGGS_BIN"]
INSTALLER = os.environ["HIGGS_SOURCE"] + "/installer"
PROGRAMS = {"boson-server": 8, "higgs-noded": 8, "higgs-vpnd": 8, "higgs-exclude": 8,
            "higgs-nodectl": 1, "higgs-vpnctl": 1, "higgs-vpn": 1, "higgs-node": 1}
COMPLETED = ("higgs-nodectl", "higgs-vpnctl")
# Said of every program, also where no list of options is printed.
EVERYWHERE = {"help", "version"}


def section(text, title):
    """The indented lines below "Title...:"."""
    found = re.search(rf"^{title}[^\n]*:\n((?:  .*\n?)+)", text, re.MULTILINE)
    return found.group(1) if found else ""


def of_help(text):
    lines = section(text, "Options")
    return {"option": {name for line in lines.splitlines()
                       for name in re.findall(r"--([a-z][a-z-]*)", re.split(r" {2,}", line.strip())[0])},
            "command": set(re.findall(r"^  ([a-z][a-z-]*)", section(text, "Commands"), re.MULTILINE)),
            "limit": set(re.findall(r"^  ([a-z][a-z0-9-]*)", section(text, "Limits"), re.MULTILINE))}


def of_page(text):
    parts = dict(re.findall(r"^\.Sh ([^\n]+)\n(.*?)(?=^\.Sh |\Z)", text, re.MULTILINE | re.DOTALL))
    limits = re.findall(r"^\.It Cm (.*)$", parts.get("LIMITS", ""), re.MULTILINE)
    return {"option": set(re.findall(r"^\.It Fl -([a-z][a-z-]*)", parts.get("OPTIONS", ""), re.MULTILINE)),
            "command": set(re.findall(r"^\.It Cm ([a-z][a-z-]*)", parts.get("COMMANDS", ""), re.MULTILINE)),
            "limit": {name for line in limits for name in line.split(" , ")}}


def of_bash(text):
    body = text[text.rindex("COMPREPLY=()"):]
    verbs = re.search(r'0:\*\) words="([^"]*)"', body).group(1)
    offered = re.findall(r'words\+?="([^"]*--[^"]*)"', body)
    return {"option": set(re.findall(r"--([a-z][a-z-]*)", " ".join(offered))), "command": set(verbs.split())}


def of_zsh(text):
    verbs = re.search(r"verbs=\((.*?)\n    \)", text, re.DOTALL).group(1)
    return {"option": set(re.findall(r"""['")]--([a-z][a-z-]*)[=\[]""", text.replace("(- *)", "'"))),
            "command": set(re.findall(r"""^\s*['"]([a-z-]+):""", verbs, re.MULTILINE))}


def of_fish(text):
    return {"option": set(re.findall(r"^complete .* -l ([a-z-]+)", text, re.MULTILINE)),
            "command": set(re.findall(r"^complete .* -n __\w+_is -a ([a-z-]+)", text, re.MULTILINE))}


def differences(helped, document):
    for kind in document:
        for name in sorted(helped[kind] ^ document[kind]):
            where = "in --help only" if name in helped[kind] else "not in --help"
            yield f"the {kind} {name} is {where}"


def documents(name):
    """Path and what stands in it."""
    page = f"man/{name}.{PROGRAMS[name]}"
    yield page, of_page(read(page))
    if name in COMPLETED:
        yield f"completions/{name}.bash", of_bash(read(f"completions/{name}.bash"))
        yield f"completions/_{name}", of_zsh(read(f"completions/_{name}"))
        yield f"completions/{name}.fish", of_fish(read(f"completions/{name}.fish"))


def read(path):
    with open(f"{INSTALLER}/{path}") as file:
        return file.read()


def main():
    faults, held = [], 0
    for name in PROGRAMS:
        if not os.path.exists(f"{BIN}/{name}"):
            print(f"skipped: {name} is not built")
            continue
        done = subprocess.run([f"{BIN}/{name}", "--help"], capture_output=True, text=True, check=True,
                              env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})
        helped = of_help(done.stdout)
        if not helped["option"] and name != "higgs-exclude":
            faults.append(f"{name}: no options were found in its --help")
        for path, document in documents(name):
            if not helped["option"]:
                document["option"] -= EVERYWHERE
            faults += [f"{path}: {each}" for each in differences(helped, document)]
            # The controls: one more, and one less, of each kind that is there.
            for kind in document:
                more = {**helped, kind: helped[kind] | {"nonsense"}}
                less = {**helped, kind: set(sorted(helped[kind])[1:])}
                noticed = len(list(differences(more, document))) > len(list(differences(helped, document)))
                if not noticed or helped[kind] and less[kind] == document[kind]:
                    faults.append(f"{path}: a difference of {kind}s is not noticed")
            held += 1
    print("\n".join(f"FAULT {fault}" for fault in faults) or f"ok: {held} documents say what --help does")
    return 77 if not held else bool(faults)


if __name__ == "__main__":
    sys.exit(main())
