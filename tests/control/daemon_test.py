# SPDX-License-Identifier: GPL-3.0-or-later
"""higgs-vpnd and higgs-noded by themselves, in a network namespace where no server answers: options,
exit codes, one daemon a socket, what survives a restart, and what kill -9 leaves behind."""
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

BIN = os.environ.get("HIGGS_BIN", "build/release/bin")
PIN = "ab" * 32
NOWHERE = "https://127.0.0.1:1"
CLONE_NEWNET = 0x40000000
VPN_FIELDS = {"state", "path", "pathReason", "country", "nodeId", "exitIp", "tunnelAddress", "since",
              "rxBytes", "txBytes", "rttMs", "killSwitch"}
NODE_FIELDS = {"state", "natType", "mappedAddress", "guests", "rxBytes", "txBytes", "limits"}


def run(*argv, **options):
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False, **options)


def wait_until(condition, what, seconds=15):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


class DaemonTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.space = self.directory.name
        self.processes = []

    def tearDown(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
            process.stderr.close()
        run(f"{BIN}/higgs-vpnd", "--restore-network", "--data-dir", f"{self.space}/vpn",
            "--control", f"{self.space}/vpn.sock")
        self.directory.cleanup()

    def command(self, name, *options):
        kind = {"higgs-vpnd": "vpn", "higgs-noded": "node"}[name]
        place = ["--country", "DE"] if kind == "node" else []
        return [f"{BIN}/{name}", "--server", NOWHERE, "--pin", PIN, *place, "--data-dir",
                f"{self.space}/{kind}", "--control", f"{self.space}/{kind}.sock", *options]

    def start(self, name, *options):
        process = subprocess.Popen(self.command(name, *options), stderr=subprocess.PIPE, text=True)
        self.processes.append(process)
        ask = self.vpn if name == "higgs-vpnd" else self.node
        wait_until(lambda: process.poll() is not None or ask("status").returncode == 0, name)
        self.assertIsNone(process.poll(), f"{name} ended")
        return process

    def vpn(self, *words):
        return run(f"{BIN}/higgs-vpnctl", "--control", f"{self.space}/vpn.sock", *words)

    def node(self, *words):
        return run(f"{BIN}/higgs-nodectl", "--control", f"{self.space}/node.sock", *words)

    def vpn_status(self):
        return json.loads(self.vpn("status", "--json").stdout)

    def node_status(self):
        return json.loads(self.node("status", "--json").stdout)

    def refused(self, argv, code, *words, **options):
        done = run(*argv, **options)
        self.assertEqual(done.returncode, code, done)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def has_block(self):
        return "higgs_vpn" in run("nft", "list", "tables").stdout

    def test_wrong_options(self):
        for name in ("higgs-vpnd", "higgs-noded"):
            good = self.command(name)
            for words in (["--nonsense"], ["extra"], ["--server", "again"], ["--ca", "/x"],
                          ["--tunnel", "carrier-pigeon"], ["--interface", "a/b"]):
                with self.subTest(name=name, words=words):
                    self.refused([*good, *words], 2, f"{name}: ")
            for server in ("http://127.0.0.1", "https://", "nonsense:x"):
                self.refused([f"{BIN}/{name}", "--server", server], 2, "server")
            self.refused([f"{BIN}/{name}", "--server", NOWHERE, "--pin", "1234"], 2, "--pin")
            self.refused([f"{BIN}/{name}", "--server", NOWHERE, "--country", "DE", "--access-key-file",
                          f"{self.space}/none"] if name == "higgs-noded" else
                         [f"{BIN}/{name}", "--server", NOWHERE, "--access-key-file",
                          f"{self.space}/none"], 1, f"{self.space}/none")
        for words in (["--country", "XX"], ["--max-guests", "0"], ["--exit-allow", "10.0.0.1/8"],
                      ["--sharing", "maybe"], ["--udp-port", "65536"]):
            self.refused([f"{BIN}/higgs-noded", "--server", NOWHERE,
                          *(["--country", "DE"] if words[0] != "--country" else []), *words], 2, words[0])

    def test_environment_and_file(self):
        with open(f"{self.space}/d.ini", "w") as file:
            file.write("[client]\npin = 12\n")
        self.refused([f"{BIN}/higgs-vpnd", "--server", NOWHERE, "--config", f"{self.space}/d.ini"], 2, "--pin")
        self.refused([f"{BIN}/higgs-noded"], 2, "--country",
                     env={**os.environ, "HIGGS_NODED_SERVER": NOWHERE, "HIGGS_NODED_COUNTRY": "ZZ"})

    def test_refuses_to_start(self):
        without = ("setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin")
        for name in ("higgs-vpnd", "higgs-noded"):
            self.refused([*without, *self.command(name)], 1, "CAP_NET_ADMIN")
            command = self.command(name)
            command[command.index("--data-dir") + 1] = "/proc/nowhere"
            self.refused(command, 1, "/proc/nowhere", "--data-dir")
            self.start(name)
            self.refused(self.command(name), 1, "another daemon is running")
        self.assertEqual(self.vpn("status").returncode, 0)

    def test_one_daemon_for_a_network(self):
        nobody = ("setpriv", "--reuid", "65534", "--clear-groups")
        for name in ("higgs-vpnd", "higgs-noded"):
            first = self.start(name)
            other = self.command(name, "--interface", "hgother0")
            for option in ("--data-dir", "--control"):
                other[other.index(option) + 1] += ".other"
            held = f"another {name} holds this machine's network"
            self.refused(other, 1, held, f"process {first.pid}, ", ".sock\n")
            restore = [f"{BIN}/{name}", "--restore-network", *other[other.index("--data-dir"):][:4]]
            self.refused(restore, 1, held)
            # Nobody but root and the service can hold the lock, and keep a daemon from starting.
            lock = self.lock_of(name)
            self.assertNotEqual(run(*nobody, "flock", "-n", lock, "true").returncode, 0)
            self.assertNotEqual(run(*nobody, "touch", lock + "x").returncode, 0)
            apart = subprocess.Popen(["unshare", "-n", *other], stderr=subprocess.PIPE, text=True)
            self.processes.append(apart)
            wait_until(lambda: "ready" in apart.stderr.readline(), "one in another network")
            for daemon in (apart, first): # whose files stay, and hold nobody off
                daemon.kill()
                daemon.wait()
            self.assertTrue(os.path.exists(lock))
            second = subprocess.Popen(other, stderr=subprocess.PIPE, text=True)
            self.processes.append(second)
            wait_until(lambda: "ready" in second.stderr.readline(), "the second takes it over")
            self.refused(self.command(name), 1, held, f"process {second.pid}, ")
            second.terminate()
            self.assertEqual(second.wait(15), 0)
            self.assertFalse(os.path.exists(lock))
            self.assertEqual(run(*restore).returncode, 0)

    @staticmethod
    def lock_of(name):
        number = os.stat("/proc/self/ns/net").st_ino
        return f"{ {'higgs-vpnd': '/run/higgs', 'higgs-noded': '/run/higgs-node'}[name]}/{name}-{number}.network"

    def test_status_and_clean_end(self):
        for name, ask, fields in (("higgs-vpnd", self.vpn_status, VPN_FIELDS),
                                  ("higgs-noded", self.node_status, NODE_FIELDS)):
            for number in (signal.SIGTERM, signal.SIGINT):
                daemon = self.start(name)
                self.assertLessEqual(fields, set(ask()))
                daemon.send_signal(number)
                self.assertEqual(daemon.wait(10), 0)
        self.assertFalse(os.path.exists(f"{self.space}/vpn.sock"))
        self.assertFalse(self.has_block())

    def test_kill_switch_outlives_the_daemon(self):
        daemon = self.start("higgs-vpnd")
        self.assertFalse(self.has_block())
        self.assertEqual(self.vpn("connect", "DE").returncode, 0)
        self.assertTrue(self.has_block())
        daemon.kill()
        daemon.wait()
        self.assertTrue(self.has_block())
        # A new one says so, and goes on with what was asked for.
        daemon = self.start("higgs-vpnd")
        self.assertIn(self.vpn_status()["state"], ("blocked", "connecting", "reconnecting"))
        self.assertTrue(self.vpn_status()["killSwitch"])
        self.assertEqual(self.vpn("disconnect").returncode, 0)
        self.assertFalse(self.has_block())
        # Taken back, it stays so.
        self.vpn("connect")
        self.assertEqual(self.vpn("restore-network").returncode, 0)
        self.assertFalse(self.has_block())
        self.assertEqual(self.vpn_status()["state"], "disconnected")

    def test_restore_network_without_daemon(self):
        daemon = self.start("higgs-vpnd")
        before = run("ip", "rule").stdout
        self.vpn("connect")
        self.refused([f"{BIN}/higgs-vpnd", "--restore-network", "--data-dir", f"{self.space}/vpn",
                      "--control", f"{self.space}/vpn.sock"], 1, "another daemon is running")
        daemon.kill()
        daemon.wait()
        done = self.vpn("restore-network")  # finds the data directory by itself
        self.assertEqual(done.returncode, 0, done)
        self.assertFalse(self.has_block())
        self.assertEqual(run("ip", "rule").stdout, before)
        daemon = self.start("higgs-vpnd")
        self.assertEqual(self.vpn_status()["state"], "disconnected")
        self.vpn("connect")
        daemon.kill()
        daemon.wait()
        done = self.vpn("restore-network", "--json")
        self.assertEqual((json.loads(done.stdout), done.returncode),
                         ({"restored": True, "offline": True}, 0), done)
        self.assertFalse(self.has_block())
        done = self.vpn("restore-network", "--json", "--data-dir", "/proc/version")
        self.assertEqual((done.returncode, done.stdout), (1, ""), done)
        self.assertIn("/proc/version", json.loads(done.stderr)["error"]["message"])

    def test_restore_network_while_the_daemon_hangs(self):
        before = run("ip", "rule").stdout
        for words in ((), ("--json",)):
            daemon = self.start("higgs-vpnd")
            self.vpn("connect")
            self.assertTrue(self.has_block())
            daemon.send_signal(signal.SIGSTOP)
            self.refused([f"{BIN}/higgs-vpnd", "--restore-network", "--data-dir", f"{self.space}/vpn",
                          "--control", f"{self.space}/vpn.sock"], 1, "another daemon is running")
            callers = self.knockers(f"{self.space}/vpn.sock") if words else []  # the second time a full backlog
            done = self.vpn("restore-network", *words)
            for caller in callers:
                caller.close()
            self.assertEqual((done.returncode, done.stderr), (0, ""), done)
            self.assertTrue(json.loads(done.stdout)["offline"] if words else "did not answer" in done.stdout, done)
            self.assertFalse(self.has_block())
            daemon.send_signal(signal.SIGCONT)  # it does not wake to put the block back
            self.assertEqual(daemon.wait(), -signal.SIGKILL)
            self.assertFalse(self.has_block())
            self.assertEqual(run("ip", "rule").stdout, before)
        self.start("higgs-vpnd")
        self.assertEqual(self.vpn_status()["state"], "disconnected")
        self.assertFalse(self.has_block())

    @staticmethod
    def knockers(path):
        """So many that nobody else is let in."""
        callers = []
        while True:
            caller = socket.socket(socket.AF_UNIX)
            caller.setblocking(False)
            callers.append(caller)
            try:
                caller.connect(path)
            except BlockingIOError:
                return callers

    def test_restore_network_past_another_program_at_the_socket(self):
        daemon = self.start("higgs-vpnd")
        self.vpn("connect")
        daemon.kill()
        daemon.wait()
        os.unlink(f"{self.space}/vpn.sock")
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(f"{self.space}/vpn.sock")
            other.listen()

            def chatter():
                caller, _ = other.accept()
                with caller:
                    caller.recv(4096)
                    caller.sendall(b"SSH-2.0-something else entirely\r\n" * 20)
                    caller.recv(1)
            talker = threading.Thread(target=chatter, daemon=True)
            talker.start()
            done = self.vpn("restore-network")
            self.assertEqual(done.returncode, 0, done)
            self.assertFalse(self.has_block())
            talker.join()

    def test_root_leaves_the_service_its_files(self):
        service = 65534  # as "sudo higgs-vpnctl restore-network" for a daemon that is not root
        daemon = self.start("higgs-vpnd")
        self.vpn("set", "lockdown", "on")
        daemon.kill()
        daemon.wait()
        data = f"{self.space}/vpn"
        self.assertIn("settings.json", os.listdir(data))  # or nothing would be shown
        self.assertIn("client-network.json", os.listdir(data))
        for path in (data, *(f"{data}/{name}" for name in os.listdir(data))):
            os.chown(path, service, service)
        self.assertEqual(self.vpn("restore-network").returncode, 0)
        self.assertFalse(self.has_block())
        for name in os.listdir(data):
            found = os.stat(f"{data}/{name}")
            self.assertEqual((found.st_uid, found.st_gid), (service, service), name)

    def test_a_supervisor_hears_of_it(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
            supervisor.bind(f"{self.space}/notify")
            supervisor.settimeout(15)
            os.environ.update(NOTIFY_SOCKET=f"{self.space}/notify", WATCHDOG_USEC="200000")
            try:
                daemon = self.start("higgs-vpnd")
            finally:
                del os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"]
            self.assertTrue(all(said.startswith(b"EXTEND_TIMEOUT_USEC=")
                                for said in self.heard(supervisor, b"READY=1")[:-1]))
            self.assertEqual(supervisor.recv(100), b"WATCHDOG=1")
            daemon.terminate()
            self.assertLessEqual(set(self.heard(supervisor, b"STOPPING=1")), {b"WATCHDOG=1", b"STOPPING=1"})
            self.assertEqual(daemon.wait(10), 0)

    WATCHED_NFT = """#!/usr/bin/python3
import os, socket, sys, time
say = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
say.connect("{space}/notify")
hangs = os.path.exists("{space}/hang")
say.send(b"hangs" if hangs else b"command")
while hangs and os.path.exists("{space}/hang"):
    time.sleep(0.1)
os.execv("{space}/nft", ["nft", *sys.argv[1:]])
"""

    def start_watched(self, name, period):
        """The daemon with a supervisor that hears of every nft as well; its socket, and what it heard until READY."""
        nft = os.path.realpath(shutil.which("nft", path="/usr/sbin:/usr/bin"))
        shutil.copy(nft, f"{self.space}/nft")
        with open(f"{self.space}/watched", "w") as file:
            file.write(self.WATCHED_NFT.format(space=self.space))
        os.chmod(f"{self.space}/watched", 0o755)
        supervisor = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(supervisor.close)
        self.replace(f"{self.space}/notify", "")
        os.remove(f"{self.space}/notify")
        supervisor.bind(f"{self.space}/notify")
        supervisor.settimeout(30)
        command = " ".join(self.command(name))
        self.processes.append(subprocess.Popen(
            ["unshare", "-m", "sh", "-ec", f"mount --bind {self.space}/watched {nft}; exec {command}"],
            stderr=subprocess.PIPE, text=True,
            env={**os.environ, "NOTIFY_SOCKET": f"{self.space}/notify", "WATCHDOG_USEC": str(period)}))
        return supervisor, self.heard(supervisor, b"READY=1")

    def heard(self, supervisor, last):
        said = []
        while not said or not said[-1].startswith(last):
            said.append(supervisor.recv(100))
        return said

    def told_of_each(self, said, word):
        """No two programs in a row without a word between them."""
        self.assertIn(b"command", said)
        for one, after in zip(said, said[1:]):
            if one == b"command":
                self.assertTrue(after.startswith(word), said)

    def test_slow_programs_are_no_hang(self):
        """Several in one turn of the event loop, whose timer does not come meanwhile."""
        supervisor, _ = self.start_watched("higgs-vpnd", 600_000_000)
        self.assertEqual(self.vpn("set", "lockdown", "on").returncode, 0)
        self.processes[-1].terminate()
        said = self.heard(supervisor, b"STOPPING=1")
        self.assertGreater(said.count(b"command"), 1)  # or nothing would be shown
        self.told_of_each(said[:-1], b"WATCHDOG=1")
        self.assertEqual(self.processes[-1].wait(30), 0)
        # Its start raises the block, and has a time limit, too.
        supervisor, said = self.start_watched("higgs-vpnd", 600_000_000)
        self.told_of_each(said[:-1], b"EXTEND_TIMEOUT_USEC=600000000")
        self.vpn("set", "lockdown", "off")

    def test_slow_programs_of_the_node_are_no_hang(self):
        supervisor, _ = self.start_watched("higgs-noded", 600_000_000)
        self.assertEqual(self.node("restore-network").returncode, 0)
        self.processes[-1].terminate()
        self.told_of_each(self.heard(supervisor, b"STOPPING=1")[:-1], b"WATCHDOG=1")

    def test_a_hang_is_noticed(self):
        supervisor, _ = self.start_watched("higgs-vpnd", 200_000)
        self.heard(supervisor, b"WATCHDOG=1")
        self.replace(f"{self.space}/hang", "")
        command = subprocess.Popen([f"{BIN}/higgs-vpnctl", "--control", f"{self.space}/vpn.sock", "set", "lockdown",
                                    "on"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.heard(supervisor, b"hangs")
        supervisor.settimeout(2)  # ten periods
        self.assertRaises(TimeoutError, supervisor.recv, 100)
        os.remove(f"{self.space}/hang")
        supervisor.settimeout(30)
        self.heard(supervisor, b"WATCHDOG=1")
        command.wait(30)
        self.vpn("set", "lockdown", "off")

    HOLD = """
import json, socket, struct, sys, time
held = []
for _ in range(int(sys.argv[2])):
    held.append(socket.socket(socket.AF_UNIX))
    held[-1].connect(sys.argv[1])
    text = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "subscribe"}).encode()
    try:
        held[-1].sendall(struct.pack(">I", len(text)) + text)
    except OSError:
        pass  # refused
def isOpen(peer):
    return b"error" not in peer.recv(4096)
print(sum(isOpen(each) for each in held), flush=True)
time.sleep(600)
"""

    def test_others_leave_places_for_root(self):
        """Two desktop sessions take all that there are for them; root looks and steps in all the same."""
        os.chmod(self.space, 0o711)
        with open("/etc/group") as system, open(f"{self.space}/group", "w") as file:
            file.writelines(line for line in system if not line.startswith("higgs:"))
            file.write("higgs:x:976:\n")
        for name, ask, kind in (("higgs-vpnd", self.vpn, "vpn"), ("higgs-noded", self.node, "node")):
            with self.subTest(name=name):
                command = " ".join(self.command(name))
                daemon = subprocess.Popen(["unshare", "-m", "sh", "-ec", f"mount --bind {self.space}/group /etc/group;"
                                           f"exec {command}"], stderr=subprocess.PIPE, text=True)
                self.processes.append(daemon)
                wait_until(lambda: ask("status").returncode == 0, name)
                taken = 0
                for user in (1001, 1002):
                    holder = subprocess.Popen(
                        ["setpriv", f"--reuid={user}", f"--regid={user}", "--groups=976", "/usr/bin/python3", "-c",
                         self.HOLD, f"{self.space}/{kind}.sock", "48"], stdout=subprocess.PIPE, text=True)
                    self.addCleanup(holder.stdout.close)
                    self.addCleanup(holder.wait)
                    self.addCleanup(holder.kill)
                    taken += int(holder.stdout.readline())
                self.assertEqual(taken, 64)
                self.assertEqual(ask("status").returncode, 0)
                self.assertEqual(ask("restore-network").returncode, 0)

    def test_settings(self):
        daemon = self.start("higgs-vpnd")
        self.assertEqual(json.loads(self.vpn("set", "--json").stdout),
                         {"country": "any", "path": "auto", "via": "none", "autoconnect": "off",
                          "lockdown": "off", "lan": "off", "port-mapping": "off", "dns": "node"})
        self.assertEqual(self.vpn("set", "country", "de").returncode, 0)
        self.assertEqual(self.vpn("set", "dns", "192.0.2.1,2001:db8::1").returncode, 0)
        for words in (("country", "XX"), ("path", "x"), ("autoconnect", "maybe"), ("nonsense", "1"),
                      ("lockdown", ""), ("lan", "yes"), ("via", "any"), ("dns", "127.0.0.1"), ("dns", "a"),
                      ("dns", "192.0.2.1,192.0.2.2,192.0.2.3,192.0.2.4")):
            self.assertEqual(self.vpn("set", *words).returncode, 1, words)
        self.assertEqual(self.vpn("connect", "XX").returncode, 1)
        self.assertEqual(self.vpn_status()["state"], "disconnected")
        daemon.terminate()
        daemon.wait()
        daemon = self.start("higgs-vpnd")
        self.assertIn("country = DE", self.vpn("set").stdout)
        self.assertIn("dns = 192.0.2.1,2001:db8::1", self.vpn("settings").stdout)

    def replace(self, path, content):
        """Puts something else in the place of a file."""
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.remove(path)
        if content == "directory":
            os.makedirs(f"{path}/inside")
        elif content == "loop":
            os.symlink(path, path)
        elif content == "nowhere":
            os.symlink(f"{path}.on-another-disk", path)
        elif content == "pipe":
            os.mkfifo(path)
        else:
            with open(path, "w") as file:
                file.write(content or "")
            if content is None:
                os.truncate(path, 100_000_000)
            os.chmod(path, 0o600)

    def test_settings_that_cannot_be_read_are_no_permission(self):
        daemon = self.start("higgs-vpnd")
        self.vpn("set", "country", "DE")
        daemon.terminate()
        daemon.wait()
        path = f"{self.space}/vpn/settings.json"
        with open(path) as file:
            whole = file.read()
        for name, content in (("whole", whole), ("empty", ""), ("truncated", whole[:-8]), ("list", "[]"),
                              ("nulls", "\0" * 64), ("large", None), ("directory", "directory"),
                              ("loop", "loop"), ("nowhere", "nowhere"), ("pipe", "pipe"),
                              ("wish", '{"wish": {"country": 5}}'), ("wish", '{"wish": 7}'),
                              ("autoconnect", '{"autoconnect": 1}'),
                              ("server", '{"wish": {"country": "DE"}, "server": {"host": 5}}')):
            with self.subTest(name=name, content=content):
                self.replace(path, content)
                daemon = self.start("higgs-vpnd")
                status, told = self.vpn_status(), self.vpn("status").stdout
                if name == "whole":
                    self.assertEqual((status["state"], status["settingsFault"], self.has_block()),
                                     ("disconnected", None, False))
                else:
                    self.assertTrue(self.has_block())
                    self.assertTrue(status["killSwitch"])
                    self.assertIn("settings.json", status["settingsFault"])
                    self.assertIn("set lockdown off", told)
                    self.assertIn("the settings cannot be read", self.vpn("log").stdout)
                    daemon.kill()  # nobody has decided anything: closed again
                    daemon.wait()
                    daemon = self.start("higgs-vpnd")
                    self.assertTrue(self.has_block())
                    self.assertIsNotNone(self.vpn_status()["settingsFault"])
                    self.assertEqual(self.vpn("set", "lockdown", "off").returncode, 0)
                    self.vpn("disconnect")
                    status = self.vpn_status()
                    self.assertEqual((status["state"], status["settingsFault"], self.has_block()),
                                     ("disconnected", None, False))
                    kept = path + ".damaged"
                    self.assertTrue(os.path.lexists(kept))
                    self.assertEqual(os.path.isdir(kept), content == "directory")
                    if content == whole[:-8]:
                        with open(kept) as file:
                            self.assertEqual(file.read(), content)
                    self.replace(kept, "")
                    os.remove(kept)
                daemon.terminate()
                daemon.wait()

    def keeps(self, path, content):
        """The damaged file is kept beside the new one; and removed, for the next round."""
        self.assertEqual(os.path.isdir(f"{path}.damaged"), content == "directory")
        self.assertTrue(os.path.lexists(f"{path}.damaged"))
        self.replace(f"{path}.damaged", "")
        os.remove(f"{path}.damaged")

    def test_node_files_that_cannot_be_read_are_no_consent(self):
        """Not even by --sharing on: nobody knows what the owner said since, and up to where."""
        settings, usage = f"{self.space}/node/settings.json", f"{self.space}/node/usage.json"
        yes = '{"consent": true, "sharing": true'
        for path, content in ((settings, yes + "}"), (usage, '{"days": {"2026-11-23": [1, 2, 3]}}'),
                              (settings, ""), (settings, yes), (settings, "[]"), (settings, "directory"),
                              (settings, "loop"), (settings, "nowhere"), (settings, "pipe"),
                              (settings, yes + ', "limits": 7}'),
                              (settings, yes + ', "pausedUntil": "x"}'), (settings, yes + ', "server": 5}'),
                              (settings, '{"consent": 1, "sharing": true}'), (usage, "{"), (usage, "directory"),
                              (usage, '{"days": 5}'), (usage, '{"days": {"2026-11-23": [1, 2]}}')):
            with self.subTest(path=path, content=content):
                for left in self.processes:  # by a round that failed
                    left.kill()
                    left.wait()
                os.makedirs(f"{self.space}/node", exist_ok=True)
                self.replace(settings, yes + "}")
                self.replace(usage, "{}")
                self.replace(path, content)
                daemon = self.start("higgs-noded", "--sharing", "on")
                status = self.node_status()
                if content.endswith("}") and ("[1, 2, 3]" in content or content == yes + "}"):
                    self.assertIsNone(status.get("settingsFault"))
                    self.assertNotEqual(status["state"], "off")
                    daemon.kill()
                    daemon.wait()
                    continue
                for _ in range(2):
                    self.assertEqual((status["state"], status["sharing"]), ("off", False))
                    self.assertIn(path, status["settingsFault"])
                    self.assertIn("higgs-nodectl on", self.node("status").stdout)
                    self.assertIn("the settings cannot be read", self.node("log").stdout)
                    self.assertFalse(os.path.lexists(f"{path}.damaged"))
                    daemon.kill()  # nobody has decided anything: the same again
                    daemon.wait()
                    daemon = self.start("higgs-noded", "--sharing", "on")
                    status = self.node_status()
                os.mkdir(f"{path}.new")  # where a new one would be written
                self.assertEqual(self.node("on", "--agree").returncode, 1)
                self.assertEqual(self.node_status()["state"], "off")
                self.assertIn(path, self.node_status()["settingsFault"])
                os.rmdir(f"{path}.new")
                on = subprocess.Popen([f"{BIN}/higgs-nodectl", "--control", f"{self.space}/node.sock", "on", "--agree"],
                                      stderr=subprocess.DEVNULL)
                wait_until(lambda: self.node_status()["state"] != "off", "the node is switched on")
                on.kill()
                on.wait()
                self.assertIsNone(self.node_status()["settingsFault"])
                self.keeps(path, content)
                daemon.kill()
                daemon.wait()
                daemon = self.start("higgs-noded")
                self.assertNotEqual(self.node_status()["state"], "off")
                daemon.kill()
                daemon.wait()

    def test_the_node_restored_offline_keeps_damaged_settings(self):
        path = f"{self.space}/node/settings.json"
        os.makedirs(f"{self.space}/node")
        for content in ("{", '{"consent": true, "sharing": true, "limits": 7}'):
            self.replace(path, content)
            done = self.node("restore-network", "--data-dir", f"{self.space}/node")
            self.assertEqual(done.returncode, 0, done)
            with open(path) as file:
                self.assertEqual(file.read(), content)
            daemon = self.start("higgs-noded", "--sharing", "on")
            self.assertEqual(self.node_status()["state"], "off")
            daemon.kill()
            daemon.wait()

    def test_settings_of_another_user(self):
        """Root's rescue command left them; the service, which may not read them, starts closed."""
        daemon = self.start("higgs-vpnd")
        self.vpn("set", "country", "DE")
        daemon.terminate()
        daemon.wait()
        os.chown(f"{self.space}/vpn/settings.json", 65534, 65534)
        narrow = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner", "--inh-caps",
                  "-dac_override,-dac_read_search,-fowner")
        process = subprocess.Popen([*narrow, *self.command("higgs-vpnd")], stderr=subprocess.PIPE, text=True)
        self.processes.append(process)
        wait_until(lambda: process.poll() is not None or self.vpn("status").returncode == 0, "higgs-vpnd")
        self.assertIn("Permission denied", self.vpn_status()["settingsFault"])
        self.assertTrue(self.has_block())
        self.assertEqual(self.vpn("set", "lockdown", "off").returncode, 0)
        self.assertFalse(self.has_block())
        self.assertTrue(os.path.exists(f"{self.space}/vpn/settings.json.damaged"))

    def test_a_full_disk_keeps_damaged_settings(self):
        """What cannot be replaced stays where it is, and stays closed after a restart."""
        daemon = self.start("higgs-vpnd")
        daemon.terminate()
        daemon.wait()
        path = f"{self.space}/vpn/settings.json"
        for content in ("{", "directory"):
            self.replace(path, content)
            daemon = self.start("higgs-vpnd")
            os.mkdir(f"{path}.new")  # where a new one would be written
            self.assertEqual(self.vpn("set", "lockdown", "off").returncode, 1)
            self.assertTrue(self.has_block())
            self.assertFalse(os.path.lexists(f"{path}.damaged"))
            self.assertEqual(os.path.isdir(path), content == "directory")
            daemon.kill()
            daemon.wait()
            os.rmdir(f"{path}.new")
            daemon = self.start("higgs-vpnd")
            daemon.kill()
            daemon.wait()
            self.assertTrue(self.has_block())

    def test_offline_restore_keeps_damaged_files(self):
        daemon = self.start("higgs-vpnd")
        self.vpn("set", "lockdown", "on")
        daemon.kill()
        daemon.wait()
        names = sorted(os.listdir(f"{self.space}/vpn"))
        state = [name for name in names if name not in ("settings.json", "past-trips.json")]
        self.assertEqual(len(state), 1, names)
        for content in ("{", "directory"):
            for name in ("settings.json", state[0]):
                self.replace(f"{self.space}/vpn/{name}", content)
            done = self.vpn("restore-network", "--data-dir", f"{self.space}/vpn")
            self.assertEqual(done.returncode, 0, done)
            self.assertIn("settings.json.damaged", done.stdout)
            self.assertFalse(self.has_block())
            for name in ("settings.json", state[0]):
                self.assertTrue(os.path.exists(f"{self.space}/vpn/{name}.damaged"), name)
                self.replace(f"{self.space}/vpn/{name}.damaged", "")
                os.remove(f"{self.space}/vpn/{name}.damaged")
            daemon = self.start("higgs-vpnd")
            daemon.kill()
            daemon.wait()
            self.assertFalse(self.has_block())

    def test_a_state_file_that_cannot_be_read(self):
        """It may have been of a block: closed until a person opens, and kept."""
        for content in ("", "{", None, "directory", "loop", "nowhere", "pipe"):
            with self.subTest(content=content):
                daemon = self.start("higgs-vpnd")
                self.vpn("set", "lockdown", "on")
                daemon.kill()
                daemon.wait()
                path = [f"{self.space}/vpn/{name}" for name in os.listdir(f"{self.space}/vpn")
                        if name.endswith("state") or "network" in name][0]
                self.assertNotIn("settings", path)
                self.replace(f"{self.space}/vpn/settings.json", "{}")
                self.replace(path, content)
                run("nft", "flush", "ruleset")
                daemon = self.start("higgs-vpnd")
                self.assertTrue(self.has_block())
                self.assertEqual(self.vpn_status()["state"], "blocked")
                self.assertTrue(os.path.lexists(f"{path}.damaged"))
                self.assertEqual(self.vpn("disconnect").returncode, 0)
                self.assertFalse(self.has_block())
                self.replace(f"{path}.damaged", "")
                os.remove(f"{path}.damaged")
                daemon.terminate()
                daemon.wait()

    def untold(self, name="higgs-vpnd"):
        """A daemon whose options name no server."""
        command = self.command(name)
        for option in ("--server", "--pin"):
            if option in command:
                del command[command.index(option):command.index(option) + 2]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.processes.append(process)
        ask = self.vpn if name == "higgs-vpnd" else self.node
        wait_until(lambda: process.poll() is not None or ask("status").returncode == 0, name)
        return process

    def test_another_server_sees_nothing_of_the_one_before(self):
        daemon = self.untold("higgs-noded")
        self.assertEqual(self.node("server", NOWHERE, "--pin", PIN).returncode, 0)
        known = self.node_status()["nodeId"]
        self.assertEqual(run(f"{BIN}/higgs-nodectl", "--control", f"{self.space}/node.sock", "access-key",
                             input="very-secret").returncode, 0)
        self.assertEqual(self.node_status()["accessKey"], "set")
        self.assertEqual(self.node("join", "higgs://join?server=192.0.2.1", "--yes").returncode, 0)
        other = self.node_status()
        self.assertEqual(other["accessKey"], "none")
        self.assertNotEqual(other["nodeId"], known)
        daemon.terminate()
        daemon.wait()
        self.untold("higgs-noded")
        self.assertEqual(self.node_status()["nodeId"], other["nodeId"])
        self.assertEqual(self.node("server", NOWHERE, "--pin", PIN).returncode, 0)
        self.assertEqual(self.node_status()["nodeId"], known)  # there it is whom it was
        self.assertEqual(run("find", self.space, "-name", "known-to", "-perm", "/077").stdout, "")

    def test_a_key_of_the_options_is_for_their_server(self):
        with open(f"{self.space}/key", "w") as file:
            file.write("very-secret\n")
        os.chmod(f"{self.space}/key", 0o600)
        for name in ("higgs-vpnd", "higgs-noded"):
            place = ["--country", "DE"] if name == "higgs-noded" else []
            self.refused([f"{BIN}/{name}", *place, "--access-key-file", f"{self.space}/key"], 2, "--server URL")

    def test_a_controller_names_the_server(self):
        daemon = self.untold()
        self.assertIsNone(self.vpn_status()["server"])
        self.vpn("connect")
        self.assertEqual((self.vpn_status()["state"], self.vpn_status()["problem"]), ("disconnected", "no_server"))
        self.assertFalse(self.has_block())
        self.assertEqual(self.vpn("server", NOWHERE, "--pin", PIN).returncode, 0)
        server = self.vpn_status()["server"]
        self.assertEqual((server["host"], server["port"], server["pin"].replace(":", "").lower()),
                         ("127.0.0.1", 1, PIN))
        self.assertEqual(run(f"{BIN}/higgs-vpnctl", "--control", f"{self.space}/vpn.sock", "access-key",
                             input="very-secret").returncode, 0)
        self.assertEqual(self.vpn_status()["accessKey"], "set")
        self.assertEqual(run("grep", "-r", "very-secret", f"{self.space}/vpn").stdout, "")
        self.vpn("connect")
        self.assertEqual(self.vpn("server", "https://192.0.2.1").returncode, 1)  # not while it is in use
        self.assertEqual(self.vpn("disconnect").returncode, 0)
        daemon.terminate()
        daemon.wait()
        daemon = self.untold()
        self.assertEqual((self.vpn_status()["server"], self.vpn_status()["accessKey"]), (server, "none"))
        link = "higgs://join?server=192.0.2.1"
        self.assertEqual(self.vpn("join", link, "--yes").returncode, 0)
        self.assertEqual(self.vpn_status()["server"],
                         {"host": "192.0.2.1", "port": 3000, "pin": None, "accessNeeded": None,
                          "version": None})
        daemon.terminate()
        daemon.wait()
        self.start("higgs-vpnd")  # its options win
        self.assertEqual(self.vpn_status()["server"]["port"], 1)
        self.assertIn("options", self.vpn("server", NOWHERE).stderr)

    def test_lockdown(self):
        daemon = self.start("higgs-vpnd")
        self.assertEqual(self.vpn("set", "lockdown", "on").returncode, 0)
        self.assertTrue(self.has_block())
        self.assertEqual((self.vpn_status()["state"], self.vpn_status()["problem"]), ("blocked", "lockdown"))
        done = self.vpn("disconnect")
        self.assertEqual((done.returncode, "Lockdown is on" in done.stdout), (0, True))
        self.assertEqual(self.vpn("pause", "5").returncode, 1)
        self.vpn("connect")
        self.assertEqual(self.vpn("pause", "5").returncode, 1)
        self.assertTrue(self.has_block())
        for end in (daemon.terminate, None):
            end() if end else daemon.kill()
            daemon.wait()
            self.assertTrue(self.has_block())
            daemon = self.start("higgs-vpnd")
            self.assertTrue(self.has_block())
        # Given back, it stays so.
        self.assertEqual(self.vpn("restore-network").returncode, 0)
        self.assertFalse(self.has_block())
        daemon.terminate()
        daemon.wait()
        self.start("higgs-vpnd")
        self.assertFalse(self.has_block())
        self.assertFalse(self.vpn_status()["lockdown"])

    def test_lockdown_that_cannot_be_read_is_on(self):
        os.makedirs(f"{self.space}/vpn")
        for value in ('true', '"On"', '1', 'null'):
            with open(f"{self.space}/vpn/settings.json", "w") as file:
                file.write('{"lockdown": ' + value + '}')
            daemon = self.start("higgs-vpnd")
            self.assertTrue(self.has_block(), value)
            self.assertTrue(self.vpn_status()["lockdown"], value)
            self.assertEqual(self.vpn("restore-network").returncode, 0)
            self.assertFalse(self.has_block())
            daemon.terminate()
            daemon.wait()

    def reboot(self, daemon):
        """The power goes, and with it whatever the kernel had; the disk stays."""
        daemon.kill()
        daemon.wait()
        run("nft", "flush", "ruleset")
        for family in ("-4", "-6"):
            for rule in run("ip", family, "rule", "show").stdout.splitlines():
                number = rule.split(":")[0]
                if number not in ("0", "32766", "32767"):
                    run("ip", family, "rule", "delete", "pref", number)
        self.assertFalse(self.has_block())

    def boot(self, *options, code=0):
        """What systemd runs before the network, and the daemon afterwards."""
        done = run(*self.command("higgs-vpnd", "--lockdown", *options))
        self.assertEqual(done.returncode, code, done)
        return self.has_block()

    def test_a_wish_goes_on_after_reboots(self):
        daemon = self.start("higgs-vpnd")
        self.vpn("connect", "DE")
        for _ in range(3):
            self.reboot(daemon)
            self.assertTrue(self.boot())
            daemon = self.start("higgs-vpnd")
            status = self.vpn_status()
            self.assertEqual((status["request"]["country"], status["killSwitch"]), ("DE", True))
            self.assertNotIn("earlier run", str(status["problemDetail"]))
        self.assertEqual(self.vpn("disconnect").returncode, 0)
        self.assertFalse(self.has_block())
        self.reboot(daemon)
        self.assertFalse(self.boot())
        self.start("higgs-vpnd")
        self.assertEqual(self.vpn_status()["state"], "disconnected")

    def test_autoconnect_at_every_start(self):
        daemon = self.start("higgs-vpnd")
        self.vpn("set", "autoconnect", "on")
        for end in (self.reboot, self.reboot, lambda daemon: (daemon.kill(), daemon.wait())):
            end(daemon)
            self.assertTrue(self.boot())
            daemon = self.start("higgs-vpnd")
            status = self.vpn_status()
            self.assertIsNotNone(status["request"], status)
            self.assertTrue(status["killSwitch"])
        self.assertEqual(self.vpn("disconnect").returncode, 0)  # for this run only
        self.reboot(daemon)
        self.assertTrue(self.boot())

    def test_the_boot_is_closed_when_in_doubt(self):
        self.assertFalse(self.boot())
        daemon = self.start("higgs-vpnd")
        self.vpn("set", "lockdown", "on")
        self.reboot(daemon)
        # An option that cannot be read, or is none: it blocks, and says what is wrong.
        self.assertTrue(self.boot("--access-key-file", "/nope", code=1))
        run("nft", "flush", "ruleset")
        self.assertTrue(self.boot("--nonsense", code=1))
        run("nft", "flush", "ruleset")
        with open(f"{self.space}/vpn/settings.json", "w") as file:
            file.write("{")
        self.assertTrue(self.boot(code=1))
        run("nft", "flush", "ruleset")
        with open(f"{self.space}/vpn/settings.json", "w") as file:
            file.write("{}")
        self.assertFalse(self.boot("--nonsense", code=2))

    def test_the_boot_waits_for_nft(self):
        daemon = self.start("higgs-vpnd")
        self.vpn("set", "lockdown", "on")
        self.reboot(daemon)
        nft = os.path.realpath(shutil.which("nft", path="/usr/sbin:/usr/bin"))
        shutil.copy(nft, f"{self.space}/nft")
        with open(f"{self.space}/early", "w") as file:  # as while modules are being loaded
            file.write(f"#!/bin/sh\nn=$(cat {self.space}/calls 2>/dev/null || echo 0)\n"
                       f"echo $((n + 1)) > {self.space}/calls\n"
                       f"[ $n -ge 3 ] || exit 1\nexec {self.space}/nft \"$@\"\n")
        os.chmod(f"{self.space}/early", 0o755)
        boot = " ".join(self.command("higgs-vpnd", "--lockdown"))
        done = run("unshare", "-m", "sh", "-ec", f"mount --bind {self.space}/early {nft}; exec {boot}")
        self.assertEqual(done.returncode, 0, done)
        self.assertTrue(self.has_block())

    def test_a_block_that_nft_refuses_is_not_told(self):
        """Refused, or missing: status says what the kernel has, and nothing is remembered as a block."""
        nft = os.path.realpath(shutil.which("nft", path="/usr/sbin:/usr/bin"))
        shutil.copy(nft, f"{self.space}/nft")
        refusal = f"{self.space}/refuse"
        with open(f"{self.space}/early", "w") as file:
            file.write(f"#!/bin/sh\n[ ! -e {refusal} ] || exit 1\nexec {self.space}/nft \"$@\"\n")
        os.chmod(f"{self.space}/early", 0o755)
        command = " ".join(self.command("higgs-vpnd"))
        for words in (("set", "lockdown", "on"), ("connect", "DE")):
            self.replace(refusal, "")
            process = subprocess.Popen(["unshare", "-m", "sh", "-ec",
                                        f"mount --bind {self.space}/early {nft}; exec {command}"],
                                       stderr=subprocess.PIPE, text=True)
            self.processes.append(process)
            wait_until(lambda: self.vpn("status").returncode == 0, "higgs-vpnd")
            self.vpn(*words)
            for _ in range(2):
                status = self.vpn_status()
                self.assertEqual((status["killSwitch"], status["state"], self.has_block()),
                                 (False, "disconnected", False), words)
            self.assertFalse(os.path.exists(f"{self.space}/vpn/client-network.json"))
            os.remove(refusal)
            self.vpn(*words)
            wait_until(self.has_block, "nft takes rules again")
            wait_until(lambda: self.vpn_status()["killSwitch"], "and status says so")
            self.vpn("set", "lockdown", "off")
            self.vpn("disconnect")
            process.terminate()
            process.wait()

    def test_lockdown_is_taken_back_offline(self):
        daemon = self.start("higgs-vpnd")
        self.vpn("set", "lockdown", "on")
        daemon.kill()
        daemon.wait()
        self.assertEqual(self.vpn("restore-network").returncode, 0)
        self.assertFalse(self.has_block())
        self.start("higgs-vpnd")
        self.assertEqual((self.vpn_status()["state"], self.has_block()), ("disconnected", False))

    def test_pause(self):
        daemon = self.start("higgs-vpnd")
        self.assertEqual(self.vpn("pause", "5").returncode, 1)  # of nothing
        self.vpn("connect", "DE")
        self.assertEqual(self.vpn("pause", "5").returncode, 0)
        self.assertFalse(self.has_block())
        self.assertGreater(self.vpn_status()["pausedUntil"], time.time() * 1000)
        daemon.kill()
        daemon.wait()
        daemon = self.start("higgs-vpnd")
        self.assertGreater(self.vpn_status()["pausedUntil"], time.time() * 1000)
        self.assertEqual(self.vpn("resume").returncode, 0)
        self.assertTrue(self.has_block())
        self.assertIsNone(self.vpn_status()["pausedUntil"])
        self.assertEqual(self.vpn_status()["request"]["country"], "DE")

    def test_log(self):
        self.start("higgs-vpnd")
        self.assertIn("ready", self.vpn("log").stdout)
        self.assertEqual(len(json.loads(self.vpn("log", "--lines", "1", "--json").stdout)["lines"]), 1)

    def test_node_remembers_its_owner(self):
        daemon = self.start("higgs-noded")
        first = self.node_status()
        self.assertEqual((first["state"], first["guests"]), ("off", 0))
        self.assertEqual(self.node("limits", "--max-guests", "3").returncode, 0)
        on = subprocess.Popen([f"{BIN}/higgs-nodectl", "--control", f"{self.space}/node.sock", "on", "--agree"],
                              stderr=subprocess.DEVNULL)
        wait_until(lambda: self.node_status()["state"] != "off", "the node is switched on")
        on.kill()
        on.wait()
        daemon.kill()
        daemon.wait()
        daemon = self.start("higgs-noded")
        again = self.node_status()
        self.assertEqual((again["nodeId"], again["limits"]["maxGuests"]), (first["nodeId"], 3))
        self.assertNotEqual(again["state"], "off")
        self.assertEqual(self.node("off").returncode, 0)
        daemon.terminate()
        self.assertEqual(daemon.wait(15), 0)
        self.start("higgs-noded", "--max-guests", "7")
        last = self.node_status()
        self.assertEqual((last["state"], last["limits"]["maxGuests"]), ("off", 7))
        self.assertEqual(os.stat(f"{self.space}/node/identity.key").st_mode & 0o777, 0o600)


def enter_namespace():
    if os.geteuid() != 0 or ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        print("skipped: a network namespace needs root")
        sys.exit(77)
    run("ip", "link", "set", "lo", "up")
    # As systemd does: what daemon and programs say of themselves waits until a test reads it.
    with open("/proc/sys/net/unix/max_dgram_qlen", "w") as file:
        file.write("512")


if __name__ == "__main__":
    for program in ("higgs-vpnd", "higgs-noded", "higgs-vpnctl", "higgs-nodectl"):
        if not os.path.exists(f"{BIN}/{program}"):
            print(f"skipped: {BIN}/{program} is not built")
            sys.exit(77)
    enter_namespace()
    unittest.main()
