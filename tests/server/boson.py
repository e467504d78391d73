# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts a real boson-server on loopback for a test, and speaks HTTPS and WebSocket to it."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest
import uuid

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

BIN = os.path.join(os.environ.get("HIGGS_BIN", "build/release/bin"), "boson-server")
RAW = (serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def tls_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["error"]["code"]

    @property
    def paths(self):
        return [fault["path"] for fault in self.json["error"]["details"]]


class Server:
    """One process with a data directory of its own; stops and cleans up as a context manager."""

    def __init__(self, *options, data=None, env=None):
        self.own_data = data is None
        self.data = data or tempfile.mkdtemp(prefix="boson-test-")
        self.options = list(options)
        self.env = dict(os.environ, **(env or {}))
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        if self.own_data:
            shutil.rmtree(self.data, ignore_errors=True)

    def start(self, listen="127.0.0.1:0"):
        self.log = open(os.path.join(self.data, "log"), "ab")
        stun = [] if "--stun" in self.options else ["--stun", "off"]
        self.process = subprocess.Popen(
            [BIN, "--data-dir", self.data, "--listen", listen, *stun, *self.options],
            stdout=subprocess.PIPE, stderr=self.log, env=self.env, text=True)
        first = self.process.stdout.readline().split()
        second = self.process.stdout.readline().split()
        if not second:
            raise RuntimeError("boson-server did not start: " + self.log_text())
        self.pin = first[-1]
        self.port = int(second[-1].rsplit(":", 1)[1])

    def log_text(self):
        with open(os.path.join(self.data, "log"), encoding="utf-8") as file:
            return file.read()

    def stop(self, how=signal.SIGTERM):
        if self.process is None:
            return None
        self.process.send_signal(how)
        code = self.process.wait(timeout=15)
        self.process.stdout.close()
        self.log.close()
        self.process = None
        return code

    def connection(self):
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=tls_context(),
                                           timeout=10)

    def request(self, method, path, body=None, token=None, headers=None, raw=None):
        connection = self.connection()
        fields = dict(headers or {})
        if token:
            fields["Authorization"] = "Bearer " + token
        if body is not None:
            raw = json.dumps(body)
            fields.setdefault("Content-Type", "application/json")
        connection.request(method, path, raw, fields)
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        connection.close()
        return answer

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.request("POST", path, body, **more)

    def raw(self, data, timeout=10):
        """Bytes in, every byte that comes until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as tcp:
            with tls_context().wrap_socket(tcp) as tls:
                tls.sendall(data)
                answer = b""
                try:
                    while chunk := tls.recv(65536):
                        answer += chunk
                except (ConnectionResetError, ssl.SSLError):
                    pass
                return answer

    def url(self, path):
        return f"wss://127.0.0.1:{self.port}{path}"


class Node:
    """A node's identity and its requests."""

    def __init__(self, server, country="US", region=..., nat="Symmetric", **capabilities):
        self.server = server
        self.id = str(uuid.uuid4())
        self.key = X25519PrivateKey.generate()
        self.country = country
        self.region = region if region is not ... else "US-CA" if country == "US" else None
        self.nat = nat
        self.capabilities = {"maxConnections": 100, **capabilities}
        self.metrics = {"latency": 50, "jitter": 5, "packetLoss": 0.1, "cpuUsage": 30,
                        "memoryUsage": 40}
        self.token = None

    @property
    def public_key(self):
        return base64.b64encode(self.key.public_key().public_bytes(*RAW)).decode()

    def proof(self, timestamp=None, key=None):
        timestamp = int(time.time() * 1000) if timestamp is None else timestamp
        server_key = base64.b64decode(self.server.get("/api/v1/server").json["publicKey"])
        shared = (key or self.key).exchange(X25519PublicKey.from_public_bytes(server_key))
        derived = hmac.new(shared, b"higgs-registration-v1", hashlib.sha256).digest()
        message = f"{self.id}\n{self.public_key}\n{timestamp}".encode()
        mac = hmac.new(derived, message, hashlib.sha256).digest()
        return {"timestamp": timestamp, "mac": base64.b64encode(mac).decode()}

    def registration(self, **changes):
        return {
            "nodeId": self.id,
            "publicKey": self.public_key,
            "networkInfo": {"ipv4": "192.168.1.1", "ipv6": None, "natType": self.nat,
                            "stunMappedAddress": "203.0.113.1:51820", "localPort": 51820},
            "capabilities": {"bandwidth": {"up": 100, "down": 100}, "routing": True,
                             "natting": True, **self.capabilities},
            "location": {"country": self.country, "region": self.region,
                         "coordinates": [37.7749, -122.4194]},
            "metrics": self.metrics,
            "heartbeatInterval": 30,
            **changes,
        }

    def register(self, proof=True, token=None, headers=None, **changes):
        if proof:
            changes.setdefault("proof", self.proof())
        answer = self.server.post("/api/v1/nodes/register", self.registration(**changes),
                                  token=token, headers=headers)
        if answer.status == 200:
            self.token = answer.json["sessionToken"]
        return answer

    def heartbeat(self, status="online", **metrics):
        return self.server.post(f"/api/v1/nodes/{self.id}/heartbeat",
                                {"metrics": {**self.metrics, **metrics}, "status": status},
                                token=self.token)


def route_request(client=None, **changes):
    return {
        "clientId": client or str(uuid.uuid4()),
        "requirements": {"preferredCountry": "US"},
        "clientNetworkInfo": {"ipv4": "192.168.1.2", "natType": "Symmetric",
                              "stunMappedAddress": None},
        **changes,
    }


def wait_for(condition, seconds=10, what="condition"):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError("timed out waiting for " + what)


class DataDirCase(unittest.TestCase):
    """A data directory of its own, and the program's commands on it."""

    def setUp(self):
        self.data = tempfile.mkdtemp(prefix="boson-test-")
        self.addCleanup(shutil.rmtree, self.data, True)

    def command(self, *words, code=0):
        """What it prints: its answer, or the one line of a refusal."""
        done = subprocess.run([BIN, "--data-dir", self.data, *words], capture_output=True, text=True,
                              timeout=30)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout.strip() if code == 0 else done.stderr.strip()
