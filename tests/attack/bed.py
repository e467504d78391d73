# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an attack is measured: a server, an attacker and a bystander, each with an address of its own.

      attacker 198.51.100.66            bystander 192.0.2.7
      2001:db8:a::/48, 10.66.0.0/16     2001:db8:b::7
              |                               |
              +--- 203.0.113.10 server -------+
                   2001:db8:113::10

The script itself is on the server's machine, so that it may read the server's metrics.
"""
import contextlib
import ctypes
import http.client
import json
import os
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path += [os.path.join(ROOT, "tests", "netns"), os.path.join(ROOT, "tests", "server")]

import boson  # noqa: E402  (needs the path above)
from host import Host  # noqa: E402
from sandbox import SPACE  # noqa: E402

BUILD = os.path.abspath(os.environ.get("HIGGS_BUILD", os.path.join(ROOT, "build", "release")))
TOOLS = os.path.join(BUILD, "tests")
SERVER4, SERVER6 = "203.0.113.10", "2001:db8:113::10"
ATTACKER4, ATTACKER_NETWORK6 = "198.51.100.66", "2001:db8:a::/48"
CROWD4 = "10.66.0.0/16"  # many addresses: not one attacker, but many people
BYSTANDER4 = "192.0.2.7"
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def on(host):
    """Sockets made meanwhile by this thread are a laboratory host's."""
    if host is None:
        yield
        return
    with open("/proc/thread-self/ns/net", "rb") as home, \
            open(f"/proc/{host.pid}/ns/net", "rb") as there:
        _libc.setns(there.fileno(), CLONE_NEWNET)
        try:
            yield
        finally:
            _libc.setns(home.fileno(), CLONE_NEWNET)


class Connection(http.client.HTTPSConnection):
    """From a laboratory host to the server."""

    def __init__(self, host, address, port):
        super().__init__(address, port, context=boson.tls_context(), timeout=10)
        self.lab_host = host

    def connect(self):
        with on(self.lab_host):
            tcp = socket.create_connection((self.host, self.port), 10)
        self.sock = self._context.wrap_socket(tcp, server_hostname=self.host)


class Api:
    """Calls of one laboratory host, in the form that boson.Node needs."""

    def __init__(self, host, address, port):
        self.host, self.address, self.port = host, address, port
        self.kept = None

    def request(self, method, path, body=None, token=None, headers=None):
        fields = dict(headers or {})
        if token:
            fields["Authorization"] = "Bearer " + token
        raw = None
        if body is not None:
            raw = json.dumps(body)
            fields.setdefault("Content-Type", "application/json")
        for last in (False, True):
            if self.kept is None:
                self.kept = Connection(self.host, self.address, self.port)
            try:
                self.kept.request(method, path, raw, fields)
                response = self.kept.getresponse()
                return boson.Answer(response.status, response.headers, response.read())
            except (OSError, http.client.HTTPException):
                self.kept.close()
                self.kept = None
                if last:
                    raise

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.request("POST", path, body, **more)

    def tls(self, hello=b""):
        """A raw connection, on which something has been said."""
        with on(self.host):
            tcp = socket.create_connection((self.address, self.port), 10)
        tls = boson.tls_context().wrap_socket(tcp)
        tls.sendall(hello)
        return tls


class Relay:
    """A relay session as its client holds it."""

    def __init__(self, answer, node_token=None):
        selected = answer.json["selectedRoute"]
        self.id = selected["relayEndpoint"].rsplit("/", 1)[1]
        self.path = "/relay/" + self.id
        self.token = selected["sessionToken"]
        self.node_token = node_token


def all_files():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Target:
    """One boson-server with default limits. unread: nobody reads what it says on stderr."""

    def __init__(self, *options, unread=False):
        self.data = tempfile.mkdtemp(prefix="attack-", dir=SPACE)
        token = os.path.join(self.data, "metrics.token")
        with open(token, "w", encoding="ascii") as file:
            file.write("scrape\n")
        os.chmod(token, 0o600)
        self.log = None if unread else open(os.path.join(self.data, "log"), "wb")
        self.process = subprocess.Popen(
            [boson.BIN, "--data-dir", self.data, "--listen", "[::]:0", "--stun", "off",
             "--public-host", SERVER4, "--relay-threads", "1", "--metrics-token-file", token, *options],
            stdout=subprocess.PIPE, stderr=self.log or subprocess.PIPE, text=True,
            preexec_fn=all_files)
        self.process.stdout.readline()
        second = self.process.stdout.readline().split()
        if not second:
            raise RuntimeError("boson-server did not start:\n" + self.log_text())
        self.port = int(second[-1].rsplit(":", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(8)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.log:
            self.log.close()
        shutil.rmtree(self.data, ignore_errors=True)

    def log_text(self):
        with open(os.path.join(self.data, "log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def log_bytes(self):
        return os.path.getsize(os.path.join(self.data, "log")) if self.log else 0

    def alive(self):
        return self.process.poll() is None

    def resident_mb(self):
        try:
            with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
                for line in status:
                    if line.startswith("VmRSS:"):
                        return int(line.split()[1]) / 1024
        except OSError:
            pass
        return 0.0

    def metrics(self):
        """{"name{labels}": value} of /metrics, as its operator reads them."""
        text = Api(None, "127.0.0.1", self.port).get("/metrics", token="scrape").body.decode()
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
                for line in text.splitlines() if line and not line.startswith("#")}


class Bed:
    """The machines. Made once, inside the box."""

    def __init__(self):
        self.attacker = self._machine("attacker", "att", ATTACKER4, "198.51.100.1", "2001:db8:a::2",
                                      "2001:db8:a::1")
        self.bystander = self._machine("bystander", "bys", BYSTANDER4, "192.0.2.1", "2001:db8:b::7",
                                       "2001:db8:b::1")
        for address in (f"{SERVER4}/32", f"{SERVER6}/128"):
            self._here(f"ip address add {address} dev lo")
        self._here(f"ip route add {CROWD4} via {ATTACKER4}; "
                   f"ip -6 route add {ATTACKER_NETWORK6} via 2001:db8:a::2 2>/dev/null || true")
        self.attacker.sh(f"ip route add local {CROWD4} dev lo; "
                         f"ip -6 route add local {ATTACKER_NETWORK6} dev lo")
        self._here("sysctl -qw net.ipv4.tcp_max_syn_backlog=65536 net.core.somaxconn=8192 || true")

    @staticmethod
    def _here(script):
        subprocess.run(["sh", "-ec", script], check=True, stdout=subprocess.DEVNULL)

    def _machine(self, name, port, address4, gateway4, address6, gateway6):
        host = Host(name)
        self._here(f"ip link add dev {port} type veth peer name eth0 netns {host.pid}; "
                   f"ip address add {gateway4}/24 dev {port}; "
                   f"ip address add {gateway6}/64 dev {port} nodad; ip link set {port} up")
        host.sh("ip link set eth0 up")
        host.address("eth0", f"{address4}/24", f"{address6}/64")
        host.sh(f"ip route add default via {gateway4}; ip -6 route add default via {gateway6}")
        return host

    @staticmethod
    def attacker_bytes():
        """What the attacker has sent to the server's machine, headers included."""
        with open("/proc/net/dev", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.split()[0] == "att:")

    def attacker_api(self, target):
        return Api(self.attacker, SERVER4, target.port)

    def bystander_api(self, target):
        return Api(self.bystander, SERVER4, target.port)


class Bystander:
    """The user, the probe and the node's owner of bystander.cpp."""

    def __init__(self, bed, target):
        api = bed.bystander_api(target)
        self.node = boson.Node(api, maxConnections=10000)
        assert self.node.register().status == 200
        session = Relay(api.post("/api/v1/routing/request",
                                 boson.route_request(targetNodeId=self.node.id)))
        self.body = os.path.join(target.data, "routing.json")
        with open(self.body, "w", encoding="ascii") as file:
            json.dump(boson.route_request(targetNodeId=self.node.id), file)
        self.process = subprocess.Popen(
            [*bed.bystander.enter, os.path.join(TOOLS, "attack_bystander"), SERVER4, str(target.port),
             session.path, session.token, self.node.id, self.node.token, self.body],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=self.at_once)

    @staticmethod
    def at_once():
        """What measures is not kept waiting itself; it takes 3 % of a processor."""
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))

    def phase(self, word="next"):
        """The figures since the phase before."""
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Attacker:
    """One attack_load: nice 19 and on the last processor, so that it takes no CPU of those who serve
    or are served."""

    def __init__(self, bed, target, mode, seconds, *options, scripts=(), v6=False):
        arguments = [mode, SERVER6 if v6 else SERVER4, str(target.port), "--seconds", str(seconds),
                     *map(str, options)]
        if scripts:
            directory = tempfile.mkdtemp(prefix="scripts-", dir=target.data)
            for number, (head, body) in enumerate(scripts):
                for suffix, content in (("head", head), ("body", body)):
                    if content:
                        with open(f"{directory}/{number}.{suffix}", "wb") as file:
                            file.write(content)
            arguments += ["--scripts", directory]
        self.process = subprocess.Popen(
            [*bed.attacker.enter, os.path.join(TOOLS, "attack_load"), *arguments],
            stdout=subprocess.PIPE, text=True, preexec_fn=self.humble)

    @staticmethod
    def humble():
        os.setpriority(os.PRIO_PROCESS, 0, 19)
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

    def outcome(self, timeout=20):
        try:
            text, _ = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            text, _ = self.process.communicate()
        return json.loads(text or "{}")


class MemoryWatch:
    """The most memory that a server had since."""

    def __init__(self, target):
        self.target, self.peak, self.over = target, target.resident_mb(), threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.over.wait(0.1):
            self.peak = max(self.peak, self.target.resident_mb())

    def stop(self):
        self.over.set()
        self.thread.join()
        return self.peak


def wait_for(condition, seconds):
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False
