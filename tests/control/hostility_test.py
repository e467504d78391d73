# SPDX-License-Identifier: GPL-3.0-or-later
"""higgs-vpnd and higgs-noded, the real ones, against whoever writes to their control sockets: other
users, garbage, floods, and commands hidden in every field. All of it is refused and logged, memory
stays bounded, the daemons go on, and strace sees them start known tools only, and never a shell.

usage: hostility_test.py [--rounds N]"""
import os
import re
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenarios"))

import hostile_peer as hostile  # noqa: E402
from hostile_peer import MARK, ask, error_code  # noqa: E402
from product import BIN, URL, Client, Node, Server, scenario, wait_until  # noqa: E402
from addresses import EXIT4  # noqa: E402
from sandbox import SKIPPED, SPACE  # noqa: E402
from topology import Laboratory  # noqa: E402

GROUP = 61234  # "higgs", on the laboratory's hosts only
STRANGER, MEMBER, FOREIGNER = 61001, 61002, 61003
SOURCE = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
SERVED = 64  # connections at once
TOOLS = {f"{place}/{name}" for place in ("/usr/sbin", "/usr/bin", "/sbin", "/bin")
         for name in ("bridge", "ip", "nft", "wg", "wireguard-go", "resolvectl", "tc", "modprobe")}
# What a request may make the daemon keep, and what malloc keeps of a flood for the next one.
MOST_GROWTH_KB = 24 * 1024

NODE_ID, PIN = "6f9619ff-8b86-4011-b42d-00c04fc964ff", "ab" * 32
VPN_FIELDS = {
    "connect": {"country": "US", "nodeId": NODE_ID, "path": "auto", "via": "US"},
    "pause": {"minutes": 5},
    "configureServer": {"url": "https://boson.example:3000", "pin": PIN, "accessKey": "key"},
    "setAccessKey": {"key": "key"},
    "exclude": {"action": "describe"},
    "log": {"lines": 10},
}
VPN_SETTINGS = {"country": "US", "path": "auto", "via": "none", "autoconnect": "off", "lockdown": "off",
                "lan": "off", "port-mapping": "off", "dns": "node"}
NODE_FIELDS = {
    "setSharing": {"on": True},
    "consent": {"agreed": True},
    "pause": {"minutes": 5},
    "limits": {"maxGuests": 10, "upMbps": 0, "downMbps": 0, "monthlyBytes": 0, "resetDay": 1,
               "stopOnBattery": False, "stopOnMetered": False, "goodNeighbour": True, "portMapping": True,
               "schedule": ["1" * 24] * 7},
    "configureServer": {"url": "https://boson.example:3000", "pin": PIN, "accessKey": "key"},
    "setAccessKey": {"key": "key"},
    "endGuest": {"number": 1},
    "history": {"days": 1, "hours": 1},
    "hour": {"at": 1_800_000_000_000},
    "safety": {"run": False},
    "log": {"lines": 10},
}
NODE_SETTINGS = {"country": "US", "region": "US-CA"}
# What takes nothing, or nothing but what is tried above.
WITHOUT_FIELDS = {"status", "subscribe", "disconnect", "countries", "diagnose", "receipt", "restoreNetwork", "resume",
                  "cancelSwitch", "guests"}
# Any line of text is a key, and the server says whether it is its own.
FREE_TEXTS = {("setAccessKey", "key"), ("configureServer", "accessKey")}


def methods_of(app):
    """Of the source, so that no new one is forgotten here."""
    names = set()
    folder = f"{SOURCE}/{app}/daemon"
    for name in os.listdir(folder):
        with open(f"{folder}/{name}") as file:
            text = file.read()
        names |= set(re.findall(r'std::pair\{"(\w+)", &ControlMethods::', text))
        names |= set(re.findall(r'addMethod\("(\w+)"', text))
    return names


def traced(name, command):
    """Every program that it, and what it starts, tries to become goes to a file of its own."""
    return ["strace", "-f", "-qq", "-s", "4096", "-e", "trace=execve,execveat", "-e", "signal=none",
            "-A", "-o", f"{SPACE}/{name}.execve", *command]


class TracedClient(Client):
    def command(self, pin=None):
        return traced("higgs-vpnd", super().command(pin))


class UntoldClient(TracedClient):
    """Its options name no server, so that a controller may."""

    def command(self, pin=None):
        words = super().command(pin)
        for name in ("--server", "--pin"):
            del words[words.index(name):words.index(name) + 2]
        return words


class UntoldNode(Node):
    """The same of the node: nothing is fixed by its options."""

    def command(self):
        words = super().command()
        for name in ("--server", "--pin", "--country", "--region"):
            del words[words.index(name):words.index(name) + 2]
        return traced("higgs-noded", words)


class TracedNode(Node):
    def command(self):
        return traced("higgs-noded", super().command())


class Daemon:
    """One of the two, as this test sees it."""

    def __init__(self, name, program):
        self.name, self.program, self.path = name, program, program.control
        self.ctl = program.ctl

    def pid(self):
        for pid in self.program.process.tree():
            try:
                with open(f"/proc/{pid}/comm") as comm:
                    if comm.read().strip() == self.name:
                        return pid
            except OSError:
                pass  # a tool that the daemon asked, and that has ended
        raise AssertionError(f"{self.name} is gone")

    def memory(self, field="VmRSS"):
        """Kilobytes."""
        with open(f"/proc/{self.pid()}/status") as status:
            return int(re.search(field + r":\s+(\d+)", status.read()).group(1))

    def log(self):
        return self.program.process.text()

    def answers(self):
        try:
            return error_code(ask(self.path, "status")) == "none"
        except ConnectionRefusedError:  # bound, and not listening yet
            return False


def other_users(check, daemon):
    check.equal(oct(os.stat(daemon.path).st_mode & 0o777), "0o660", f"{daemon.name}: the socket's mode")
    check.equal(os.stat(daemon.path).st_gid, GROUP, f"{daemon.name}: the socket's group")
    check("no permission" in hostile.as_user(daemon.path, STRANGER, STRANGER),
          f"{daemon.name}: a stranger cannot even connect")
    os.chmod(daemon.path, 0o666)  # were the file's mode wrong, the daemon itself must still look
    for what, uid, groups in (("a stranger", STRANGER, ()), ("nobody", 65534, ()),
                              ("a foreign group's member", FOREIGNER, (GROUP + 1, 1, 100))):
        said = hostile.as_user(daemon.path, uid, uid, *groups)
        check("forbidden" in said and "state" not in said, f"{daemon.name}: {what} is refused", said[:80])
        wait_until(lambda: f'reason="not allowed" uid={uid}' in daemon.log(), 5,
                   f"{daemon.name} logs {what}")
    for what, gid, groups in (("primary", GROUP, ()), ("further", MEMBER, (MEMBER, GROUP))):
        said = hostile.as_user(daemon.path, MEMBER, gid, *groups)
        check('"state"' in said, f"{daemon.name}: control: one with higgs as a {what} group gets in", said[:80])
    os.chmod(daemon.path, 0o660)


def garbage(check, daemon):
    for what, raw in (("random bytes", b"\xff" + os.urandom(200_000)), ("HTTP", b"GET / HTTP/1.1\r\n\r\n"),
                      ("4 GB", b"\xff\xff\xff\xff"), ("2 GB", b"\x80\0\0\0" + b"x" * 65536),
                      ("1 MB and 1", b"\0\x10\0\x01" + b"x" * 65536), ("nothing", b"\0\0\0\0")):
        check.equal(hostile.answer_to(daemon.path, raw), None, f"{daemon.name}: {what}: closed")
    for what, body in hostile.malformed():
        if len(body) > hostile.LARGEST:
            body = body[:hostile.LARGEST]
        code = error_code(hostile.answer_to(daemon.path, hostile.framed(body)))
        check(code in ("malformed", "invalid_argument"), f"{daemon.name}: {what}: an error", code)
    check.equal(error_code(hostile.answer_to(daemon.path, hostile.framed(hostile.request("status")))), "none",
                f"{daemon.name}: control: a whole request is answered")
    for method in ("nonsense", "", "connect ", "Connect", "status\0", "__proto__", *hostile.TEXTS):
        code = error_code(ask(daemon.path, method))
        check(code == "not_found", f"{daemon.name}: method {method[:24]!r}: there is none", code)


def injections(check, daemon, method, fields):
    """Each payload in each field, the other fields as they should be."""
    good = ask(daemon.path, method, fields)
    if error_code(good) == "not_found" and "no such method" in good["error"]["message"]:
        return check(False, f"{daemon.name}: there is no {method}")
    for field in fields:
        taken = []
        for payload in hostile.PAYLOADS:
            if type(payload) is type(fields[field]) and not isinstance(payload, str):
                continue  # may be a value that is in order
            code = error_code(ask(daemon.path, method, {**fields, field: payload}))
            free = isinstance(payload, str) and payload.isprintable() and (method, field) in FREE_TEXTS
            if code == "none" and not free:
                taken.append(payload)
        check(not taken, f"{daemon.name}: {method}: {field}: all refused", str(taken)[:200] if taken else "")
    # A member that no method has is passed over, and must not be kept either.
    ask(daemon.path, method, {**fields, MARK: MARK * 50_000, "--interface": f"{MARK}0"})
    check(daemon.answers(), f"{daemon.name}: goes on after {method}")


def half_messages(check, daemon):
    """Nothing, a part, and drops that never end: each has ten seconds. Others are served meanwhile."""
    peers = {"says nothing": b"", "a header": b"\0\0", "half a message": b"\0\0\1\0{", "1 MB but one byte":
             b"\0\x10\0\0" + b"x" * (hostile.LARGEST - 1)}
    opened = {}
    for what, begin in peers.items():
        opened[what] = hostile.connect(daemon.path, 30)
        opened[what].sendall(begin)
    drops = hostile.connect(daemon.path, 30)
    drops.sendall(b"\0\0\1\0")
    begun = time.monotonic()
    slowest = 0
    dripping = True
    while dripping and time.monotonic() - begun < 15:
        asked = time.monotonic()
        if not daemon.answers():
            break
        slowest = max(slowest, time.monotonic() - asked)
        time.sleep(0.25)
        try:
            drops.sendall(b"x")
        except (BrokenPipeError, ConnectionResetError):
            dripping = False
    taken = time.monotonic() - begun
    check(9 < taken < 12, f"{daemon.name}: who drips is cut off after 10 s", f"{taken:.1f} s")
    check(slowest < 1, f"{daemon.name}: others are answered meanwhile", f"{slowest * 1000:.0f} ms at worst")
    for what, peer in opened.items():
        left = hostile.seconds_until_closed(peer, 3)
        check(left < 3, f"{daemon.name}: who sends {what} too" if what != "says nothing" else
              f"{daemon.name}: who {what} too")
        peer.close()
    drops.close()


def thousand_connections(check, daemon):
    with hostile.connect(daemon.path) as listener:
        listener.sendall(hostile.framed(hostile.request("subscribe")))
        hostile.read_frame(listener)
        flood = []
        for _ in range(1000):
            peer = hostile.connect(daemon.path)
            try:
                peer.sendall(b"\0\x10\0\0" + b"x" * 100_000)  # each makes the daemon keep something
            except (BrokenPipeError, ConnectionResetError, TimeoutError):
                pass
            flood.append(peer)
        peak = daemon.memory()
        begun = time.monotonic()
        listener.sendall(hostile.framed(hostile.request("status", number=2)))
        while (found := hostile.read_frame(listener)) and found.get("id") != 2:
            pass
        check(found is not None, f"{daemon.name}: 1,000 connections: an earlier one is answered",
              f"{(time.monotonic() - begun) * 1000:.0f} ms")
        refused = daemon.ctl("status", check=False)
        check(refused.returncode == 1 and refused.stderr.count("\n") == 1 and "too many" in refused.stderr,
              f"{daemon.name}: a new one is told why not", refused.stderr.strip())
        held = len(os.listdir(f"/proc/{daemon.pid()}/fd"))
        check(held < SERVED + 64, f"{daemon.name}: no more than {SERVED} are held", f"{held} descriptors")
        wait_until(daemon.answers, 15, f"{daemon.name} serves again, with the flood still there")
        check(True, f"{daemon.name}: the silent ones lose their places", f"peak {peak // 1024} MB")
        for peer in flood:
            peer.close()


def greedy_readers(check, daemon):
    """Requests without reading the answers, as many as the daemon takes."""
    with hostile.connect(daemon.path, 5) as peer:
        sent, frame = 0, hostile.framed(hostile.request("status")) * 100
        try:
            while sent < 1_000_000:
                peer.sendall(frame)
                sent += 100
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            pass
        check(sent < 1_000_000, f"{daemon.name}: who asks and never reads is cut off", f"after {sent} requests")
    check(daemon.answers(), f"{daemon.name}: goes on")


def nothing_executed(check, daemon):
    """Of the trace: tools that are known, by absolute paths, nothing of ours in their arguments."""
    with open(f"{SPACE}/{daemon.name}.execve", errors="replace") as file:
        calls = [line for line in file if "execve" in line and "resumed" not in line]
    own, programs, faults = f"{BIN}/{daemon.name}", {}, []
    for line in calls:
        found = re.match(r'\d+\s+execve\("((?:[^"\\]|\\.)*)", \[(.*)\], 0x', line)
        path = found and found.group(1)
        programs[path] = programs.get(path, 0) + 1
        if path is None or path not in TOOLS | {os.path.abspath(own), own} or MARK in line:
            faults.append(line.strip()[:300])
    check(not faults, f"{daemon.name}: strace: {len(calls)} programs started, all known, with argument vectors",
          faults[:3] if faults else ", ".join(f"{os.path.basename(str(p))} {n}" for p, n in sorted(programs.items())))
    check(len(programs) > 2, f"{daemon.name}: control: strace saw its tools")


def no_traces(check, daemon, host):
    """Nothing of the payloads is anywhere: not as a file, in the firewall, or raw in the log."""
    named = subprocess.run(["find", SPACE, "/tmp", "-name", f"*{MARK}*"], capture_output=True, text=True)
    check.equal(named.stdout, "", f"{daemon.name}: no file was made")
    kept = subprocess.run(["grep", "-rl", MARK, daemon.program.data], capture_output=True, text=True)
    check.equal(kept.stdout, "", f"{daemon.name}: nothing of it is kept")
    check(MARK not in host.sh("nft list ruleset; ip link; ip rule"), f"{daemon.name}: nor in the network")
    text = daemon.log()
    raw = [line for line in text.split("\n") if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", line)]
    check(not raw, f"{daemon.name}: the log has no control characters", raw[:2] if raw else "")
    longest = max(map(len, text.split("\n")))
    check(longest < 1000, f"{daemon.name}: and no long lines", longest)
    check("request refused" in text and "connection ended" in text and "too many connections" in text,
          f"{daemon.name}: refusals are in the log")


def attack(check, daemon, host, methods):
    other_users(check, daemon)
    garbage(check, daemon)
    before = daemon.memory()
    for method, fields in methods:
        injections(check, daemon, method, fields)
    half_messages(check, daemon)
    thousand_connections(check, daemon)
    greedy_readers(check, daemon)
    after, most = daemon.memory(), daemon.memory("VmHWM")
    check(after - before < MOST_GROWTH_KB, f"{daemon.name}: memory stays bounded",
          f"{before} KB before, {after} KB after, {most} KB at most")


def body(check, rounds):
    hostile.many_descriptors()
    lab = Laboratory()
    for host in (lab.node, lab.user):
        host.sh(f"sed -i /^higgs:/d /etc/group; echo higgs:x:{GROUP}: >> /etc/group")
    server = Server(lab)
    node = TracedNode(server, lab.node).wait_online(30)
    client = TracedClient(server, lab.user)
    vpnd, noded = Daemon("higgs-vpnd", client), Daemon("higgs-noded", node)
    vpn = [*VPN_FIELDS.items(),
           *(("set", {"key": key, "value": value}) for key, value in VPN_SETTINGS.items())]
    node_methods = [*NODE_FIELDS.items(),
                    *(("set", {"key": key, "value": value}) for key, value in NODE_SETTINGS.items())]
    for app, tried in (("app-vpn", vpn), ("app-node", node_methods)):
        missed = methods_of(app) - {method for method, _ in tried} - WITHOUT_FIELDS
        check(not missed, f"every method of {app} is attacked", missed or "")
    for _ in range(rounds):
        attack(check, vpnd, lab.user, vpn)
        attack(check, noded, lab.node, node_methods)
        node.ctl("resume")
        node.ctl("on")
        node.wait_online(30)
        client.ctl("disconnect")
        client.connect("US")
        check.equal(client.exit4(), EXIT4, "after all of it the client connects as ever")
        ask(client.control, "connect", {"country": f"US; touch {SPACE}/{MARK}"})
        check.equal(client.state(), "connected", "and stays so when asked for nonsense")
        client.disconnect()
    os.kill(vpnd.pid(), signal.SIGTERM)  # not strace, which would let go of it
    check.equal(client.process.popen.wait(10), 0, "higgs-vpnd ends as asked")
    untold = UntoldClient(server, lab.user)
    check.equal(untold.state(), "disconnected", "what was kept of it lets higgs-vpnd start again")
    injections(check, Daemon("higgs-vpnd", untold), "configureServer", VPN_FIELDS["configureServer"])
    untold.ctl("server", URL, "--pin", server.pin)
    untold.ctl("access-key", "--forget")
    untold.connect("US")
    check.equal(untold.exit4(), EXIT4, "and a server that a controller names is used")
    untold.disconnect()
    os.kill(noded.pid(), signal.SIGTERM)
    check.equal(node.process.popen.wait(20), 0, "higgs-noded ends as asked")
    loose = Daemon("higgs-noded", UntoldNode(server, lab.node))
    wait_until(lambda: os.path.exists(loose.path) and loose.answers(), 10, "higgs-noded answers")
    for method, fields in node_methods:
        if method in ("configureServer", "setAccessKey", "set"):
            injections(check, loose, method, fields)
    for daemon, host in ((Daemon("higgs-vpnd", untold), lab.user), (loose, lab.node)):
        nothing_executed(check, daemon)
        no_traces(check, daemon, host)


if __name__ == "__main__":
    if subprocess.run(["strace", "-V"], stdout=subprocess.DEVNULL, check=False).returncode != 0:
        print("skipped: strace is not installed")
        sys.exit(SKIPPED)
    count = int(sys.argv[sys.argv.index("--rounds") + 1]) if "--rounds" in sys.argv else 1
    scenario(lambda check: body(check, count))
