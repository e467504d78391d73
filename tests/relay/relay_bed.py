# SPDX-License-Identifier: GPL-3.0-or-later
"""A boson-server of one's own on loopback, with a registered node and sessions to relay.

Shared by the relay's script tests and its benchmark. Standard library only.
"""
import base64
import contextlib
import http.client
import json
import os
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import uuid


def skip(reason):
    print("SKIPPED: " + reason)
    sys.exit(77)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificate(directory):
    """A self-signed certificate for localhost; returns the two file names."""
    certificate, key = directory + "/cert.pem", directory + "/key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", key, "-out", certificate, "-days", "30", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return certificate, key


class Session:
    """What the two ends of one relay session need to know."""

    def __init__(self, path, session_id, client_token, node_token, expires_at):
        self.path = path
        self.id = session_id
        self.client_token = client_token
        self.node_token = node_token
        self.expires_at = expires_at

    def token(self, role):
        return self.client_token if role == "client" else self.node_token

    def message(self, kind, direction, payload):
        return json.dumps({"type": kind, "sessionId": self.id, "direction": direction,
                           "payload": payload})


class Server:
    """boson-server with its own data directory; use as a context manager."""

    def __init__(self, *options):
        binary = os.path.join(os.environ.get("HIGGS_BIN", "build/release/bin"), "boson-server")
        if not os.path.exists(binary):
            skip(binary + " has not been built")
        self.directory = tempfile.mkdtemp(prefix="higgs-relay-")
        self.certificate, self.key = make_certificate(self.directory)
        self.port = free_port()
        self.tls = ssl.create_default_context(cafile=self.certificate)
        self.log_name = self.directory + "/log"
        self.log = open(self.log_name, "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [binary, "--listen", "127.0.0.1:%d" % self.port, "--public-host", "localhost",
             "--data-dir", self.directory + "/data", "--tls-cert", self.certificate,
             "--tls-key", self.key, "--stun", "off", *options],
            stdout=self.log, stderr=subprocess.STDOUT)
        self.http = None
        self.node_id = self.node_token = None

    def __enter__(self):
        deadline = time.monotonic() + 20
        while True:
            try:
                status, _ = self.request("GET", "/healthz")
                if status == 200:
                    break
            except OSError:
                self.http = None
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.print_log()
                self.__exit__()
                raise SystemExit("boson-server did not come up")
            time.sleep(0.05)
        self.register_node()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def print_log(self):
        with open(self.log_name, encoding="utf-8", errors="replace") as log:
            sys.stdout.write(log.read())

    def request(self, method, path, body=None, token=None):
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            headers["Authorization"] = "Bearer " + token
        data = None if body is None else json.dumps(body)
        for attempt in (1, 2):
            if self.http is None:
                self.http = http.client.HTTPSConnection("localhost", self.port, timeout=10,
                                                        context=self.tls)
            try:
                self.http.request(method, path, data, headers)
                answer = self.http.getresponse()
                text = answer.read()
                break
            except (http.client.HTTPException, ConnectionError):
                self.http = None  # a kept connection may have been closed meanwhile
                if attempt == 2:
                    raise
        with contextlib.suppress(ValueError):
            return answer.status, json.loads(text)
        return answer.status, text

    def register_node(self):
        self.node_id = str(uuid.uuid4())
        status, answer = self.request("POST", "/api/v1/nodes/register", {
            "nodeId": self.node_id,
            "publicKey": base64.b64encode(secrets.token_bytes(32)).decode(),
            "networkInfo": {"ipv4": "192.0.2.1", "ipv6": None, "natType": "FullCone",
                            "stunMappedAddress": None, "localPort": 51820},
            "capabilities": {"maxConnections": 10000, "bandwidth": {"up": 100, "down": 100},
                             "routing": True, "natting": True},
            "location": {"country": "NL"}, "heartbeatInterval": 30})
        assert status == 200, answer
        self.node_token = answer["sessionToken"]

    def node_lives(self):
        """As a heartbeat each 30 s tells the server; for what takes longer."""
        status, answer = self.request("POST", "/api/v1/nodes/%s/heartbeat" % self.node_id,
                                      {"status": "online", "metrics": {"latency": 20}},
                                      self.node_token)
        assert status == 200, answer

    def session(self):
        """A session of a new client with the node."""
        status, answer = self.request("POST", "/api/v1/routing/request", {
            "clientId": str(uuid.uuid4()), "targetNodeId": self.node_id,
            "requirements": {}, "clientNetworkInfo": {"ipv4": "192.0.2.2",
                                                      "natType": "Symmetric",
                                                      "stunMappedAddress": None}})
        assert status == 200, answer
        route = answer["selectedRoute"]
        path = "/relay/" + route["relayEndpoint"].rsplit("/", 1)[1]
        return Session(path, path.rsplit("/", 1)[1], route["sessionToken"], self.node_token,
                       route["expiresAt"])

    def renew(self, session):
        return self.request("POST", "/api/v1/sessions/%s/renew" % session.id, {},
                            session.client_token)

    def delete(self, session):
        return self.request("DELETE", "/api/v1/sessions/" + session.id,
                            token=session.client_token)

    def resident_kilobytes(self):
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        return 0
