# SPDX-License-Identifier: GPL-3.0-or-later
"""The leak laboratory: one client under watch, driven from transition to transition.

Time is cut into phases: *open* (the person is disconnected, everything may leave), *closed* (from
the daemon's word that the block is up, until the person takes it away), and a short span in which
the daemon opens the line and says so, which is judged by neither rule. Every captured packet is
judged by the phase that it was stamped in.
"""
import bisect
import collections
import contextlib
import os
import random
import signal
import time

from capturing import Capture, spare_exit, start_probes
from host import CommandFailed, wait_until
from leaks_control import Control, Gone, Refused
from leaks_judgement import LAN4, LAN6, RENUMBERED, WANTED, Tally, as_probe, telling, verdict
from product import BIN, Client, Node, Server, http_get, WEB4
from addresses import EXIT2_4, EXIT4, TURN4, TURN6
from sandbox import SPACE
from test_main_job import difference
from test_turn import named
from topology import BOSON4, CANARY4, CANARY6, HERE, Laboratory, PYTHON

EXITS = {"US": EXIT4, "CA": EXIT2_4}

BACK_WITHIN = 60
# ctnetlink's IPCTNL_MSG_CT_DELETE that names none: all of this host.
FORGET_CONNECTIONS = """
import socket, struct
with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as kernel:
    kernel.send(struct.pack("=IHHIIBBH", 20, 0x102, 5, 1, 0, 0, 0, 0))
    assert struct.unpack_from("=i", kernel.recv(4096), 16) == (0,)
"""
PCP = 5351


class LeakLaboratory:
    def __init__(self, seed, straight=False, by_turn=False, mapping=False):
        """by_turn: every session goes by a TURN server; mapping: the daemon may ask the router for its port."""
        self.seed, self.random, self.tally, self.round = seed, random.Random(seed), None, 0
        # Behind a symmetric router a straight way needs the port that the router opens.
        home = {"user_nat": "symmetric", "user_home": {"upnp": {"protocols": ("pcp",)}}} if mapping else {}
        lab = self.lab = Laboratory(straight=straight or mapping, **home)
        self.relay = lab.turn() if by_turn else None
        self.routers = (LAN4, f"{RENUMBERED}.1", f"{lab.user_home.lan6}1", "fe80::1") if mapping else ()
        self.ways = collections.Counter()
        lab.second_node()
        self.user, self.home = lab.user, lab.user_home
        self.user.sh("echo higgs-exclude:x:977: >> /etc/group")  # as the package does
        self.home.router.address("lan", f"{LAN6}/64")
        self.user.address("eth0", "fd31::2/64")
        self.attacker = self.home.pc("attacker", 66)
        self.attacker.address("eth0", "fd31::66/64")
        lab.web.start("sink", PYTHON, f"{HERE}/sink.py", "9998").wait_for("ready")
        self.server = Server(lab, *(named(self.relay) if by_turn else ()))
        # The sessions of a client that was killed are ended by the server much later.
        many = ("--max-guests", "1000")
        self.nodes = {"US": Node(self.server, lab.node, options=many),
                      "CA": Node(self.server, lab.node2, "CA", "CA-ON", options=many)}
        for node in self.nodes.values():
            node.wait_online()
            spare_exit(node.host, node.interface)
        self.client = Client(self.server, self.user)
        if mapping:
            self.client.ctl("set", "port-mapping", "on")
        self.control = Control(self.client.control)
        self.captures = [Capture(self.home.router, "l2", "leaks")]
        self.phases, self.packets = [(time.time(), "open")], []
        self.foreign = set()  # addresses that must not even be asked for on the LAN
        self.outside = set()  # addresses that only programs outside the tunnel speak to
        self.resolver = None  # may be asked for the server's name, by the daemon
        self.window = None
        self.probes = self.started_probes()
        self.wanted = set(WANTED)

    def started_probes(self):
        return start_probes(self.user, f"{BOSON4}+3000", LAN4, LAN6, "--flow", CANARY4, "--flow", CANARY6)

    def probe_anew(self):
        """A question for names that was redirected into a tunnel stays so after it, as long as it is sent again from the
        same port and address: the kernel forgets all of them. That some are sent from another address while no
        tunnel stands keeps them as they were."""
        self.probes.stop()
        self.user.run(PYTHON, "-c", FORGET_CONNECTIONS)
        self.probes = self.started_probes()

    # What is seen

    def phase(self, name, since=None):
        self.phases.append((since or time.time(), name))

    def phase_at(self, when):
        """The phase's name, and when it ended (None: it lasts)."""
        index = bisect.bisect_right(self.phases, (when, "~"))
        return self.phases[index - 1][1], self.phases[index][0] if index < len(self.phases) else None

    def read(self):
        for capture in self.captures:
            self.packets += capture.fresh()
        return self.packets

    def watch(self, seconds):
        """Time in which the probes try."""
        time.sleep(seconds)

    def fault(self, what):
        self.tally.faults.append(f"round {self.round + 1}: {what}")

    def positive_control(self):
        """Every sort of probe must be seen now that nothing hinders it."""
        begun = self.phases[-1][0]
        self.probes.signal(signal.SIGUSR1)  # the flow of before the tunnel begins anew
        seen = set()

        def all_seen():
            seen.update(map(as_probe, (p for p in self.read() if p.time >= begun)))
            return seen >= self.wanted
        try:
            wait_until(all_seen, 15, "all sorts of probes")
        except TimeoutError:
            self.fault(f"positive control: not seen: {sorted(self.wanted - seen)}")
        self.tally.controls_made += 1
        self.tally.controls.update((kind, version) for kind, version, place in self.wanted & seen
                                   if place == "internet")

    def judge(self):
        """Counts and takes out all packets so far."""
        for packet in self.read():
            phase, end = self.phase_at(packet.time)
            if phase == "opening" and end and as_probe(packet):
                self.tally.early = max(self.tally.early, end - packet.time)
            if phase in ("closed", "lan"):
                self.tally.note(packet, verdict(packet, phase == "lan", self.foreign,
                                                 self.outside, self.resolver, self.routers))
                self.ways["TURN"] += packet.target in (TURN4, TURN6)
                self.ways["port mapping"] += packet.target in self.routers and packet.target_port == PCP
        self.packets = []
        self.phases = self.phases[-1:]

    # What the person does

    def ask(self, country="US", **wishes):
        """Asks to connect, and returns when the daemon says that nothing leaves any more."""
        asked = time.time()
        if self.relay:
            wishes.setdefault("path", "turn")
        status, answered = self.control.call("connect", country=country, **wishes)
        if not status["killSwitch"]:
            status, answered = self.control.wait(lambda s: s["killSwitch"], asked, 5, "a block")
        if self.phases[-1][1] not in ("closed", "lan"):
            self.phase("closed", answered)
        return asked

    def connect(self, country="US", **wishes):
        asked = self.ask(country, **wishes)
        status, _ = self.control.wait(lambda s: s["state"] == "connected", asked, BACK_WITHIN,
                                      "connected")
        self.tunnel_addresses(status)
        return status

    def tunnel_addresses(self, status):
        self.foreign |= {status[name] for name in ("tunnelAddress", "tunnelAddressV6") if status[name]}

    def is_back(self, country="US"):
        """The tunnel carries, by this country's node."""
        return http_get(self.user, f"http://{WEB4}/", 1, check=False) == EXITS[country]

    def back(self, country="US", within=BACK_WITHIN):
        wait_until(lambda: self.is_back(country), within, f"the tunnel carries again ({country})")
        self.control.wait(lambda s: s["state"] == "connected", 0, within, "connected")

    def opened(self, asked, told):
        """The line was given back: the daemon's last act comes a moment before its word."""
        if self.phases[-1][1] == "open":
            return
        self.phase("opening", max(asked, told - telling()))
        self.phase("open", told)

    def disconnect(self):
        asked = time.time()
        status, told = self.control.call("disconnect")
        if status["state"] != "disconnected":
            _, told = self.control.wait(lambda s: s["state"] == "disconnected", asked, 10,
                                        "disconnected")
        self.opened(asked, told)

    def restore_by_daemon(self):
        asked = time.time()
        _, told = self.control.call("restoreNetwork")
        self.opened(asked, told)

    def restore_offline(self):
        self.kill_daemon()
        self.watch(0.2)
        asked = time.time()
        self.client.ctl("restore-network", "--data-dir", self.client.data)
        self.opened(asked, time.time())
        self.start_daemon()

    # What happens to the programs

    def kill(self, pids):
        self.user.run("kill", "-9", *pids, check=False)

    def kill_daemon(self):
        self.control.close()
        self.client.process.kill()

    def kill_tunnel(self):
        self.client.end_tunnel()

    def open_window(self):
        """The window on a screen that nobody sees; why not, if this build has none."""
        if self.window and self.window.running():
            return None
        path = os.path.join(BIN, "higgs-vpn")
        if not os.path.exists(path):
            return "higgs-vpn is not built"
        home, before = f"{SPACE}/window", len(self.control_peers())
        self.window = self.user.start(
            "higgs-vpn", "env", "QT_QPA_PLATFORM=offscreen", f"HOME={home}", f"XDG_RUNTIME_DIR={home}",
            "sh", "-c", f'mkdir -p -m 0700 {home}; exec "$@"', "sh", path, "--control",
            self.client.control)
        try:
            wait_until(lambda: len(self.control_peers()) > before or not self.window.running(), 10,
                       "the window speaks to the daemon")
        except TimeoutError as error:
            return str(error)
        return None if self.window.running() else self.window.text().strip().splitlines()[-1]

    def control_peers(self):
        """Connections at the daemon's control socket."""
        table = self.user.sh("cat /proc/net/unix")  # each network namespace has its own
        return [line for line in table.splitlines() if line.endswith(self.client.control)
                and line.split()[5] == "03"]

    def start_daemon(self):
        self.client.start()
        self.control = Control(self.client.control)

    # One round

    ENDS = (disconnect, restore_by_daemon, restore_offline)

    def play(self, name, transition, number, tally, end=None):
        """One round: controls, the transition, the end, controls; then the verdict."""
        self.tally, self.round = tally, number
        self.random = random.Random(f"{self.seed} {name} {number}")
        self.foreign, self.outside, self.resolver = {CANARY4, CANARY6}, set(), None
        try:
            with contextlib.ExitStack() as self.stack:
                self._round(transition, end or self.ENDS[number % len(self.ENDS)])
        except (CommandFailed, TimeoutError, Gone, Refused, OSError) as error:
            self.fault(f"{type(error).__name__}: {error}")
            self.judge()
            self.tally.rounds += 1
            self.repair()
            return
        self.judge()
        tally.rounds += 1

    def _round(self, transition, end):
        self.positive_control()
        self.before = self.user.fingerprint()
        transition(self)
        end(self)
        self.positive_control()
        changed = difference(self.before, self.user.fingerprint())
        if changed:
            self.fault(f"not as before: {changed[:6]}")

    def repair(self):
        """After a fault: the next round begins with everything as at first."""
        self.home.set_nat(self.home.kind)
        if not self.server.process.running():
            self.server.start()
        for node in self.nodes.values():
            if not node.process.running():
                node.start()
            try:
                node.wait_online(60)
            except TimeoutError as error:
                raise CommandFailed(f"{error}: {node.status()}") from error
        if not self.client.process.running():
            self.start_daemon()
        for key, value in (("lan", "off"), ("dns", "node"), ("lockdown", "off")):
            self.control.call("set", key=key, value=value)
        self.restore_offline()
