# SPDX-License-Identifier: GPL-3.0-or-later
"""The three programs on laboratory hosts, driven only as their contract says."""
import json
import os
import re
import signal
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "netns"))

import sandbox  # noqa: E402
from host import CommandFailed, wait_until  # noqa: E402
from topology import BOSON4, BOSON_NAME, DNS4, DNS6, WEB4, WEB6, http_get  # noqa: E402

BIN = os.environ.get("HIGGS_BIN", os.path.join(ROOT, "build", "release", "bin"))
TUNNEL = os.environ.get("HIGGS_TUNNEL", "wireguard-go")  # whose WireGuard both programs use; "auto": as in use
URL = f"https://{BOSON_NAME}:3000"
CONNECT_WITHIN = 15
HANGS_AFTER = 45  # of a command that waits by itself: it does not know how busy the machine is


def program(name):
    path = os.path.join(BIN, name)
    if not os.path.exists(path):
        print(f"skipped: {path} is not built")
        sys.exit(sandbox.SKIPPED)
    return path


class Server:
    """boson-server on its host, with a certificate of its own making."""
    name = None  # its public host; None: as the laboratory knows it

    def __init__(self, lab, *options, data=f"{sandbox.SPACE}/boson", stun="0.0.0.0:3478"):
        self.host, self.options, self.data, self.pin, self.stun = lab.boson, options, data, None, stun
        self.start()

    def start(self):
        self.process = self.host.start(
            "boson-server", program("boson-server"), "--data-dir", self.data,
            "--listen", "[::]:3000", "--public-host", self.name or BOSON_NAME, "--stun", self.stun,
            "--dns", f"{DNS4},{DNS6}",
            *self.options)
        def ready():
            if not self.process.running():
                raise CommandFailed(f"boson-server ended: {self.process.text()}")
            return self.host.run("curl", "-sk", "-m1", "-o", "/dev/null", "-w", "%{http_code}",
                                 "https://127.0.0.1:3000/readyz", check=False).stdout == "200"
        wait_until(ready, 10, "boson-server is ready")
        if self.pin is None:
            self.pin = wait_until(self._printed_pin, 20, "boson-server prints its certificate's SHA-256")
        return self

    def _printed_pin(self):
        found = re.search(r"\b((?:[0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2}|[0-9a-fA-F]{64})\b",
                          self.process.text())
        return found and found.group(1)

    def metric(self, name):
        """The sum of a metric's samples, from /metrics as loopback sees it."""
        text = self.host.run("curl", "-sk", "-m3", "https://127.0.0.1:3000/metrics").stdout
        return sum(float(line.split()[-1]) for line in text.splitlines()
                   if re.match(name + r"[{ ]", line))

    def nodes(self, country=""):
        text = self.host.run("curl", "-sk", "-m3", "https://127.0.0.1:3000/api/v1/nodes"
                             + (f"?country={country}" if country else "")).stdout
        return json.loads(text)["nodes"]


class Node:
    """higgs-noded on a home PC."""
    sharing = "on"  # as --sharing says; None: as it was last

    def __init__(self, server, host, country="US", region="US-CA", interface="hgnode0", options=(),
                 control=None):
        self.server, self.host, self.country, self.region = server, host, country, region
        self.interface, self.options = interface, options
        self.control = control or f"{sandbox.SPACE}/{host.name}.socket"
        self.data = f"{sandbox.SPACE}/{host.name}-data"
        self.start()

    def command(self):
        return [program("higgs-noded"), "--server", URL, "--pin", self.server.pin,
                "--data-dir", self.data, "--control", self.control, "--country", self.country,
                *(["--region", self.region] if self.region else []), "--interface", self.interface,
                "--tunnel", TUNNEL, *(["--sharing", self.sharing] if self.sharing else []),
                *self.options]

    def start(self):
        self.process = self.host.start(f"higgs-noded-{self.interface}", *self.command())
        return self

    def ctl(self, *words, check=True):
        return self.host.run(program("higgs-nodectl"), "--control", self.control, *words, check=check)

    def status(self):
        done = self.ctl("status", "--json", check=False)
        return json.loads(done.stdout) if done.returncode == 0 else {}

    def identity(self):
        return self.status().get("nodeId")

    def guests(self):
        return json.loads(self.ctl("guests", "--json").stdout)["guests"]

    def wait_online(self, timeout=15):
        def online():
            if not self.process.running():
                raise CommandFailed(f"higgs-noded ended: {self.process.text()}")
            return self.status().get("state") == "sharing"
        wait_until(online, timeout, f"the node on {self.host.name} is online")
        return self


class Client:
    """higgs-vpnd on a user's PC."""

    def __init__(self, server, host, interface="hgvpn0", options=(), control=None, data=None):
        self.server, self.host, self.interface, self.options = server, host, interface, options
        self.control = control or f"{sandbox.SPACE}/{host.name}.socket"
        self.data = data or f"{sandbox.SPACE}/{host.name}-data"
        self.start()

    def command(self, pin=None):
        # Without a server it is one that nobody has set up yet.
        known = ["--server", URL, "--pin", pin or self.server.pin] if self.server else []
        return [program("higgs-vpnd"), *known, "--data-dir", self.data, "--control", self.control,
                "--interface", self.interface, "--tunnel", TUNNEL, *self.options]

    def start(self, pin=None):
        self.process = self.host.start("higgs-vpnd", *self.command(pin))
        def answers():
            if not self.process.running():
                raise CommandFailed(f"higgs-vpnd ended: {self.process.text()}")
            return self.ctl("status", check=False).returncode == 0
        wait_until(answers, 10, "higgs-vpnd answers on its socket")
        return self

    def ctl(self, *words, check=True, timeout=60):
        return self.host.run(program("higgs-vpnctl"), "--control", self.control, *words,
                             check=check, timeout=timeout)

    def status(self):
        done = self.ctl("status", "--json", check=False)
        return json.loads(done.stdout) if done.returncode == 0 else {}

    def state(self):
        return self.status().get("state")

    def connect(self, country="US", *options):
        self.ctl("connect", country, f"--wait={HANGS_AFTER}", *options)
        status = self.status()
        if status.get("state") != "connected":
            raise CommandFailed(f"after connect --wait the state is {status}")
        return status

    def disconnect(self):
        self.ctl("disconnect")
        self.wait_state("disconnected")

    def wait_state(self, *states, timeout=CONNECT_WITHIN):
        return wait_until(lambda: self.state() in states, timeout,
                          lambda: f"the client is {' or '.join(states)} (it is {self.status()})")

    def exit4(self, timeout=3):
        return http_get(self.host, f"http://{WEB4}/", timeout, check=False)

    def exit6(self, timeout=3):
        return http_get(self.host, f"http://[{WEB6}]/", timeout, check=False)

    def tunnel_pid(self):
        """The process id of its wireguard-go."""
        for pid in self.process.tree():
            try:
                with open(f"/proc/{pid}/comm") as name:
                    if name.read().startswith("wireguard"):
                        return pid
            except OSError:
                pass  # a tool that the daemon asked, and that has ended
        return None

    def end_tunnel(self):
        """Takes the tunnel away from under the daemon; returns how."""
        pid = self.tunnel_pid()
        if pid:
            self.host.run("kill", "-9", pid, check=False)
            return "wireguard-go was killed"
        self.host.run("ip", "link", "delete", "dev", self.interface, check=False)
        return "its interface was deleted"


class Whole:
    """Laboratory, server, one node, one client: what most scenarios begin with."""

    def __init__(self, lab, server_options=()):
        self.lab = lab
        self.server = Server(lab, *server_options)
        self.node = Node(self.server, lab.node).wait_online()
        self.client = Client(self.server, lab.user)


def show_logs(lines=40):
    """What the programs said, for the reader of a failed test."""
    for name in sorted(os.listdir(sandbox.SPACE)):
        if name.endswith(".log") and ("higgs" in name or "boson" in name):
            with open(f"{sandbox.SPACE}/{name}", errors="replace") as log:
                text = log.read().splitlines()[-lines:]
            print(f"--- {name}", *text, sep="\n    ", flush=True)


class Checks:
    """Says of each claim whether it held; the scenario fails if one did not."""

    def __init__(self):
        self.faults = 0

    def __call__(self, held, claim, seen=""):
        print(f"{'ok   ' if held else 'FAULT'} {claim}" + (f" [{seen}]" if seen != "" else ""),
              flush=True)
        if not held:
            self.faults += 1
        return held

    def equal(self, seen, wanted, claim):
        return self(seen == wanted, claim, seen if seen == wanted else f"{seen!r}, not {wanted!r}")


def scenario(body):
    """Runs body(check) in a box, prints the programs' logs when something did not hold."""
    for name in ("boson-server", "higgs-noded", "higgs-vpnd", "higgs-vpnctl", "higgs-nodectl"):
        program(name)
    sandbox.enter()
    check = Checks()
    try:
        body(check)
    except (CommandFailed, TimeoutError, AssertionError) as error:
        check(False, str(error))
    except SystemExit:
        raise
    except BaseException:
        show_logs()
        raise
    if check.faults:
        show_logs()
    sys.exit(1 if check.faults else 0)
