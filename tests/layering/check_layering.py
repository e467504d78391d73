# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the include lines of every source file and fails on an arrow that the house does not have,
on a missing licence line, on files grown too long, and on names that say nothing."""
import os
import re
import sys

# What a folder may include besides itself and shared/base, which everything may. As in
# ARCHITECTURE.md; a new arrow is a decision, and is made there first.
ARROWS = {
    "shared/base": [],
    "shared/crypto": [],
    "shared/protocol": [],
    "shared/reactor": [],
    "shared/turn": ["shared/protocol", "shared/crypto"],
    "shared/net": ["shared/protocol", "shared/crypto", "shared/reactor"],
    "shared/paths": ["shared/turn", "shared/net", "shared/protocol", "shared/crypto", "shared/reactor"],
    "shared/portmap": ["shared/net", "shared/tunnel", "shared/protocol", "shared/crypto", "shared/reactor"],
    "shared/wireguard": ["shared/crypto"],
    "shared/tunnel": ["shared/wireguard", "shared/protocol", "shared/crypto", "shared/reactor"],
    "shared/control": ["shared/protocol"],
    # An engine's public values are made of what it is built on, so its daemon sees those too.
    "engine": ["shared/portmap", "shared/paths", "shared/turn", "shared/net", "shared/tunnel",
               "shared/protocol", "shared/crypto", "shared/reactor"],
    "daemon": ["engine", "shared/control", "shared/portmap", "shared/paths", "shared/net", "shared/tunnel",
               "shared/protocol", "shared/crypto", "shared/reactor"],
    "ctl": ["shared/control", "shared/protocol"],
    "exclude": [],
    # A window asks the daemon as the terminal program does; it knows no engine.
    "shared/widgets": ["shared/control", "shared/protocol"],
    "gui": ["shared/widgets", "shared/control", "shared/protocol"],
    "tray": ["shared/widgets", "shared/control", "shared/protocol"],
    "cmake": [],  # what the compiler includes by itself, and no file by its name
    "server/cache": [],
    "server/metrics": [],
    "server/storage": ["shared/protocol", "shared/crypto", "shared/reactor"],
    "server/cluster": ["server/cache", "shared/protocol", "shared/crypto", "shared/reactor"],
    "server/services": ["server/storage", "server/cache", "server/cluster", "shared/protocol", "shared/crypto"],
    "server/relay": ["server/services", "server/cache", "shared/protocol", "shared/net", "shared/reactor"],
    "server/stun": ["shared/net", "shared/protocol", "shared/reactor"],
    "server/http": ["server/cache", "shared/net", "shared/protocol", "shared/reactor"],
    "server/api": ["server/http", "server/services", "server/storage", "server/cache", "server/cluster",
                   "server/metrics", "server/relay", "server/stun", "shared/net", "shared/protocol",
                   "shared/crypto", "shared/reactor"],
    "server/admin": ["server/api", "server/services", "server/storage", "shared/control",
                     "shared/protocol", "shared/crypto"],
    "server/page": ["server/admin", "server/api", "server/http", "server/services", "shared/control",
                    "shared/protocol", "shared/crypto"],
}
# Compositions: main() and what it is made of may see everything below them.
COMPOSITION = ["server"]
# Named values that a whole program shares, and that include nothing themselves but the base.
SHARED_VALUES = {"server/limits.h", "server/instance_id.h"}
# System headers that belong to one folder, or that a folder must do without.
FORBIDDEN_HEADERS = {
    "shared/base": r"Q[A-Z].*|Qt.*",
    "shared/crypto": r"Q[A-Z].*|Qt.*",
    "shared/turn": r"Q[A-Z].*|Qt.*|sys/socket\.h|unistd\.h|time\.h",
    "shared/wireguard": r"Q[A-Z].*|Qt.*|sys/.*|netinet/.*|openssl/.*|sodium\.h|unistd\.h|ctime|time\.h|random",
    "shared/protocol": r"Q[A-Z].*|Qt.*|sys/socket\.h|netinet/.*|openssl/.*|sodium\.h|unistd\.h|ctime|time\.h",
    "server/services": r"QSql.*|QNetwork.*|QTcp.*|QWebSocket.*|openssl/.*|sys/socket\.h",
    "engine": r"QSettings|QWidget|QApplication|QtWidgets.*",
    "shared/tunnel": r"QNetwork.*|QUdpSocket|QTcpSocket",
}
ONLY_IN = {r"sodium\.h": ["shared/crypto"], r"QSql.*": ["server/storage"],
           r"openssl/ssl\.h": ["shared/net", "server"]}

MOST_LINES = {".cpp": 450, ".h": 220}
MOST_TEST_LINES = 700
# Grown too long and known to be; a file leaves this list when it is parted, and none comes in.
KNOWN_LONG = {}
# Terms of the specification, not descriptions.
SPECIFIED_NAMES = {"RelayData"}
EMPTY_NAMES = re.compile(r"\b(?:class|struct)\s+(?:alignas\(\w+\)\s+)?(\w*(?:Manager|Helper|Util|Utils|Handler|Data))\b")
SPDX = {".h": "// SPDX-License-Identifier: GPL-3.0-or-later",
        ".cpp": "// SPDX-License-Identifier: GPL-3.0-or-later",
        ".py": "# SPDX-License-Identifier: GPL-3.0-or-later",
        ".txt": "# SPDX-License-Identifier: GPL-3.0-or-later",
        ".cmake": "# SPDX-License-Identifier: GPL-3.0-or-later"}
# Qt 6.4 runs a continuation twice if it is attached while another thread finishes the future. So
# callbacks travel with the question (shared/reactor/reply.h). The windows and their control socket
# have one thread, and may keep futures that are finished on it.
FUTURES = re.compile(r"\bQ(?:Future|Promise|FutureWatcher|tFuture|tConcurrent)\b|\.then\s*\(")
ONE_THREAD = ("shared/control/control_client.", "shared/widgets/", "app-vpn/gui/", "app-node/tray/",
              "tests/")
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.MULTILINE)
TOP = ("app-vpn", "app-node", "server", "shared", "tests", "cmake")


def folder_of(path):
    """"shared/net/tls_stream.h" -> "shared/net"; files right in a top folder belong to that."""
    parts = path.split("/")
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]


def rule_of(folder):
    """The row of ARROWS for a folder, and the same app's name for "engine"."""
    if folder in ARROWS or folder in COMPOSITION:
        return folder
    app, _, part = folder.partition("/")
    return part if app in ("app-vpn", "app-node") and part in ARROWS else None


def allowed(source, target):
    if source == target or target == "shared/base":
        return True
    if source in COMPOSITION:
        return not target.startswith(("app-", "tests"))
    rule = rule_of(source)
    if rule is None:
        return False
    if target in ARROWS[rule]:
        return True
    app, _, part = target.partition("/")
    return app == source.partition("/")[0] and app.startswith("app-") and part in ARROWS[rule]


def include_faults(path, text):
    folder = folder_of(path)
    if folder.startswith("tests"):
        return
    rule = rule_of(folder)
    if rule is None:
        yield f"{path}: the folder {folder} has no row in ARROWS"
        return
    for bracket, name in INCLUDE.findall(text):
        if bracket == '"':
            target = folder_of(name)
            if "/" not in name:
                if not name.endswith(".moc"):
                    yield f"{path}: include {name} relative to the repository's root"
            elif name not in SHARED_VALUES and not allowed(folder, target):
                yield f"{path}: {folder} may not include {target} ({name})"
            continue
        if rule in FORBIDDEN_HEADERS and re.fullmatch(FORBIDDEN_HEADERS[rule], name):
            yield f"{path}: {folder} must do without <{name}>"
        for pattern, homes in ONLY_IN.items():
            if re.fullmatch(pattern, name) and folder not in homes and \
                    not any(folder.startswith(home + "/") for home in homes):
                yield f"{path}: <{name}> belongs to {', '.join(homes)}"


def form_faults(path, text):
    extension = os.path.splitext(path)[1]
    lines = text.split("\n")
    first = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
    if extension in SPDX and first != SPDX[extension]:
        yield f"{path}: the first line must be {SPDX[extension]}"
    most = MOST_TEST_LINES if path.startswith("tests/") else MOST_LINES.get(extension)
    most = KNOWN_LONG.get(path, most)
    if extension in MOST_LINES and len(lines) > most:
        yield f"{path}: {len(lines)} lines, at most {most}: part it"
    if extension in MOST_LINES:
        for name in EMPTY_NAMES.findall(text):
            if name not in SPECIFIED_NAMES:
                yield f"{path}: {name} says nothing about what it is"
    if extension == ".h" and "#pragma once" not in text:
        yield f"{path}: #pragma once is missing"


def future_faults(path, text):
    if path.startswith(ONE_THREAD):
        return
    code = re.sub(r"//[^\n]*", "", text)
    for word in sorted(set(FUTURES.findall(code))):
        yield f"{path}: {word} may run a continuation twice: use Reply (shared/reactor/reply.h)"


def faults(path, text):
    yield from form_faults(path, text)
    if path.endswith((".h", ".cpp")):
        yield from include_faults(path, text)
        yield from future_faults(path, text)


def sources(root):
    for top in TOP:
        for directory, folders, names in os.walk(os.path.join(root, top)):
            folders[:] = [each for each in folders if each not in ("__pycache__", "node_modules")]
            for name in names:
                if os.path.splitext(name)[1] in SPDX and (not name.endswith(".txt") or name == "CMakeLists.txt"):
                    yield os.path.relpath(os.path.join(directory, name), root)


def main():
    root = os.environ.get("HIGGS_SOURCE", os.getcwd())
    seen, found = 0, []
    for path in sorted(sources(root)):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            found.extend(faults(path, file.read()))
        seen += 1
    print(*found, sep="\n")
    print(f"{seen} files, {len(found)} faults")
    return 1 if found or seen < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
