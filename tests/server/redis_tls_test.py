# SPDX-License-Identifier: GPL-3.0-or-later
"""Two servers and a real redis-server with TLS: it carries what they tell each other, and is refused where its
certificate is another's, another host's, out of date or not asked for in time."""
import datetime
import ipaddress
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

if not shutil.which("redis-server"):
    print("SKIPPED: redis-server is not installed")
    sys.exit(77)

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from boson import Node, Server, wait_for
from cluster import free_port
from postgres_test import Postgres, binaries, skip

NOW = datetime.datetime.utcnow()
DAY = datetime.timedelta(days=1)


class Authority:
    """Signs certificates into files of a directory."""

    def __init__(self, place, name):
        self.place = place
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self.make(self.name, self.key, [], True, NOW + 2 * DAY)
        self.file = self.write(name + ".pem", certificate.public_bytes(serialization.Encoding.PEM))

    def make(self, name, key, hosts, is_authority, until):
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(NOW - 2 * DAY)
        builder = builder.not_valid_after(until)
        builder = builder.add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        if hosts:
            builder = builder.add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def write(self, name, data):
        path = os.path.join(self.place, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def sign(self, name, hosts, until=NOW + DAY):
        """Paths of certificate and key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self.make(subject, key, hosts, False, until)
        text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
                                 serialization.NoEncryption())
        return (self.write(name + ".crt", certificate.public_bytes(serialization.Encoding.PEM)),
                self.write(name + ".key", text))


def local():
    return [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")]


class TlsRedis:
    def __init__(self, authority, pair, clients="no"):
        self.port = free_port()
        self.command = [
            shutil.which("redis-server"), "--port", "0", "--tls-port", str(self.port), "--bind", "127.0.0.1",
            "--save", "", "--dir", authority.place, "--tls-cert-file", pair[0], "--tls-key-file", pair[1],
            "--tls-ca-cert-file", authority.file, "--tls-auth-clients", clients, "--requirepass", "secret"]
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.listens, what="redis-server")

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def url(self, host="127.0.0.1", more=""):
        return f"rediss://:secret@{host}:{self.port}{more}"

    def stop(self):
        self.process.kill()
        self.process.wait()


class RedisTlsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres()
        cls.place = tempfile.mkdtemp(prefix="boson-redis-tls-")
        cls.authority = Authority(cls.place, "authority")
        cls.pair = cls.authority.sign("redis", local())

    @classmethod
    def tearDownClass(cls):
        cls.postgres.remove()
        shutil.rmtree(cls.place, ignore_errors=True)

    def redis(self, *arguments, **more):
        redis = TlsRedis(self.authority, *arguments, **more)
        self.addCleanup(redis.stop)
        return redis

    def server(self, url):
        server = Server("--database", self.postgres.url, "--redis", url)
        server.start()
        self.addCleanup(shutil.rmtree, server.data, True)
        self.addCleanup(server.stop, signal.SIGKILL)
        return server

    @staticmethod
    def known(server):
        return len(server.get("/api/v1/server").json["relayServers"])

    def refused(self, url, says):
        server = self.server(url)
        wait_for(lambda: "Redis is away" in server.log_text(), what="the refusal")
        self.assertIn(says, server.log_text())
        self.assertNotIn("Redis is there", server.log_text())
        self.assertNotIn("secret", server.log_text())

    def test_two_servers_act_as_one(self):
        redis = self.redis(self.pair)
        more = "/1?ca=" + self.authority.file
        one, two = self.server(redis.url(more=more)), self.server(redis.url("localhost", more))
        wait_for(lambda: self.known(one) == self.known(two) == 2, what="the servers to know each other")
        self.hears_of_a_node(one, two)
        # Down, and back by itself.
        redis.stop()
        wait_for(lambda: "Redis is away" in one.log_text() and "Redis is away" in two.log_text(), what="the loss")
        redis.start()
        wait_for(lambda: min(each.log_text().count("Redis is there") for each in (one, two)) >= 2,
                 what="Redis to be there again")
        self.hears_of_a_node(two, one)

    def hears_of_a_node(self, one, two):
        node = Node(one)
        self.assertEqual(node.register().status, 200)
        wait_for(lambda: node.id in [each["nodeId"] for each in two.get("/api/v1/nodes").json["nodes"]],
                 what="the node at the other server")

    def test_a_certificate_of_its_own(self):
        redis = self.redis(self.pair, clients="yes")
        cert, key = self.authority.sign("boson", [x509.DNSName("boson")])
        good = self.server(redis.url(more=f"?ca={self.authority.file}&cert={cert}&key={key}"))
        wait_for(lambda: "Redis is there" in good.log_text(), what="Redis")
        self.refused(redis.url(more="?ca=" + self.authority.file), "away")

    def test_another_authority(self):
        other = Authority(self.place, "another")
        self.refused(self.redis(self.pair).url(more="?ca=" + other.file), "not trusted")
        self.refused(self.redis(self.pair).url(), "not trusted")  # the system's

    def test_another_host(self):
        pair = self.authority.sign("elsewhere", [x509.DNSName("elsewhere.example")])
        self.refused(self.redis(pair).url(more="?ca=" + self.authority.file), "mismatch")
        self.refused(self.redis(pair).url("localhost", "?ca=" + self.authority.file), "mismatch")

    def test_out_of_date(self):
        pair = self.authority.sign("old", local(), NOW - DAY)
        self.refused(self.redis(pair).url(more="?ca=" + self.authority.file), "expired")

    def test_a_file_that_is_not_there(self):
        self.refused(self.redis(self.pair).url(more="?ca=/nowhere/ca.pem"), "/nowhere/ca.pem")

    def test_who_speaks_no_tls(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def answer(text):
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                with peer:
                    if text:
                        peer.sendall(text)
                    else:
                        peer.recv(4096)  # and says nothing, until the other end gives up
                        peer.recv(4096)
        for text in (b"+PONG\r\n", b""):
            threading.Thread(target=answer, args=(text,), daemon=True).start()
            server = self.server(f"rediss://127.0.0.1:{listener.getsockname()[1]}")
            wait_for(lambda s=server: "Redis is away" in s.log_text(), what="the refusal")
            self.assertEqual(server.get("/readyz").status, 200)
            listener.close()
            listener = socket.create_server(("127.0.0.1", 0))
        listener.close()


if __name__ == "__main__":
    if not binaries():
        skip("PostgreSQL's programs are not installed")
    unittest.main()
