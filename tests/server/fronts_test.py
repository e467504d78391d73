# SPDX-License-Identifier: GPL-3.0-or-later
"""The recipes for what may stand before boson-server, with the real haproxy and nginx: a session
passes, the client is known by its own address, a website shares the port, a drained server is left."""
import asyncio
import contextlib
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest

import websockets

from boson import BIN, Node, Server, route_request, tls_context, wait_for

RECIPES = os.path.join(os.environ.get("HIGGS_SOURCE", "."), "installer/fronts")
FRONT = "192.0.2.1"
# No loopback addresses: no front is believed that speaks for this machine.
CLIENTS = ("198.51.100.5", "198.51.100.7", "203.0.113.8", "203.0.113.9")
STREAM = "/usr/lib/nginx/modules/ngx_stream_module.so"


def alone():
    """Ports 443, 3000 and 8443 to ourselves."""
    if os.geteuid() == 0 and "HIGGS_ALONE" not in os.environ:
        addresses = "".join(f"ip addr add {each}/32 dev lo; " for each in (FRONT, *CLIENTS))
        command = ["unshare", "--net", "sh", "-ec", f'ip link set lo up; {addresses}exec "$@"',
                   "sh", sys.executable, *sys.argv]
        os.execvpe(command[0], command, dict(os.environ, HIGGS_ALONE="1"))


class FrontTest(unittest.TestCase):
    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("only root can have port 443 to itself")
        self.top = tempfile.mkdtemp(prefix="boson-front-")
        self.addCleanup(shutil.rmtree, self.top, True)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        "/CN=www.example.com", "-keyout", self.path("web.key"), "-out",
                        self.path("web.pem")], check=True, capture_output=True)

    def path(self, name):
        return os.path.join(self.top, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="ascii") as file:
            file.write(text)
        return self.path(name)

    def recipe(self, name):
        with open(os.path.join(RECIPES, name), encoding="ascii") as file:
            return file.read()

    def begin(self, *command):
        log = open(self.path("front.log"), "ab")
        process = subprocess.Popen(command, stdout=log, stderr=log)
        self.addCleanup(log.close)
        self.addCleanup(process.wait, 15)
        self.addCleanup(process.terminate)
        wait_for(lambda: self.listens(443) or process.poll() is not None, what="port 443")
        with open(self.path("front.log"), encoding="utf-8", errors="replace") as file:
            self.assertIsNone(process.poll(), file.read())
        return process

    @staticmethod
    def listens(port):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 2):
            return True
        return False

    def nginx(self, text):
        """The recipe in an nginx whose own website stands on 8443."""
        website = f"""
            http {{
                access_log {self.path('web.log')};
                client_body_temp_path {self.top}; proxy_temp_path {self.top};
                fastcgi_temp_path {self.top}; uwsgi_temp_path {self.top}; scgi_temp_path {self.top};
                server {{
                    listen 127.0.0.1:8443 ssl proxy_protocol;
                    set_real_ip_from 127.0.0.1;
                    real_ip_header proxy_protocol;
                    ssl_certificate {self.path('web.pem')};
                    ssl_certificate_key {self.path('web.key')};
                    location / {{ return 200 "website for $remote_addr"; }}
                }}
            }}"""
        module = f"load_module {STREAM};" if os.path.exists(STREAM) else ""
        self.write("nginx.conf", f"{module}\nuser root;\ndaemon off;\npid {self.path('pid')};\n"
                   f"error_log {self.path('error.log')};\nevents {{ worker_connections 4096; }}\n"
                   f"{text}\n{website}\n")
        return self.begin("nginx", "-p", self.top, "-c", self.path("nginx.conf"))

    def serve(self, *options):
        server = Server("--proxy-protocol-from", "127.0.0.1", "--public-host",
                        "boson.example.com:443", *options)
        server.start("127.0.0.1:3000")
        self.addCleanup(shutil.rmtree, server.data, True)
        self.addCleanup(server.stop)
        server.port = 443  # by the front from now on
        return server

    def ask(self, name, path, source="198.51.100.5"):
        """One GET with that name in the first TLS message, from that address."""
        with socket.create_connection((FRONT, 443), 10, (source, 0)) as tcp:
            with tls_context().wrap_socket(tcp, server_hostname=name) as tls:
                connection = http.client.HTTPConnection("127.0.0.1")
                connection.sock = tls
                connection.request("GET", path)
                response = connection.getresponse()
                return response.status, response.read().decode()

    def sessions_pass(self, server):
        asyncio.run(self.a_session_passes(server))

    async def a_session_passes(self, server):
        node = Node(server)
        self.assertEqual(node.register().status, 200)
        selected = server.post("/api/v1/routing/request", route_request()).json["selectedRoute"]
        self.assertIn("boson.example.com:443/relay/", selected["relayEndpoint"])
        path = "/relay/" + selected["relayEndpoint"].rsplit("/", 1)[1]
        ends = [await websockets.connect(server.url(path), ssl=tls_context(),
                                         extra_headers={"Authorization": "Bearer " + token})
                for token in (selected["sessionToken"], node.token)]
        await ends[0].send(b"datagram")
        while True:
            got = await asyncio.wait_for(ends[1].recv(), 5)
            if got == b"datagram":
                break
        for end in ends:
            await end.close()

    def known_by_its_own_address(self, server):
        self.assertEqual(self.ask("boson.example.com", "/api/v1/server", "198.51.100.7")[0], 200)
        wait_for(lambda: re.search(r"from=198\.51\.100\.0/24", server.log_text()), what="its network")
        # Its limits are its own, and nobody else's behind the same front.
        self.assertEqual(self.ask("boson.example.com", "/api/v1/server", "198.51.100.7")[0], 200)
        self.assertEqual(self.ask("boson.example.com", "/api/v1/server", "198.51.100.7")[0], 429)
        self.assertEqual(self.ask("boson.example.com", "/api/v1/server", "203.0.113.9")[0], 200)

    def beside_a_website(self, *, web):
        status, body = self.ask("www.example.com", "/", "203.0.113.8")
        self.assertEqual((status, body), (200, "website for 203.0.113.8") if web else (404, body))
        for name in ("boson.example.com", None, "other.example.com"):
            self.assertEqual(self.ask(name, "/healthz")[0], 200, name)

    LIMITS = ("--limit", "read-burst=2", "--limit", "read-per-minute=1")

    def whole(self, begin, *, web):
        server = self.serve()
        begin()
        self.sessions_pass(server)
        self.beside_a_website(web=web)
        server.stop()
        server = self.serve(*self.LIMITS)
        self.known_by_its_own_address(server)

    def test_haproxy(self):
        path = os.path.join(RECIPES, "haproxy.cfg")
        self.whole(lambda: self.begin("haproxy", "-db", "-f", path), web=False)

    def test_haproxy_with_a_website(self):
        path = os.path.join(RECIPES, "haproxy-with-website.cfg")
        # Its website is nginx's, which is asked for by its own port first.
        self.nginx_only_as_website()
        self.whole(lambda: self.begin("haproxy", "-db", "-f", path), web=True)

    def nginx_only_as_website(self):
        stream = "stream { server { listen 127.0.0.1:444; proxy_pass 127.0.0.1:1; } }"
        listens, self.listens = self.listens, lambda port: listens(8443)
        self.nginx(stream)
        self.listens = listens

    def test_nginx(self):
        self.whole(lambda: self.nginx(self.recipe("nginx.conf")), web=False)

    def test_nginx_with_a_website(self):
        self.whole(lambda: self.nginx(self.recipe("nginx-with-website.conf")), web=True)

    def test_a_drained_server_is_left(self):
        """The recipe's two lines for a second server beside it."""
        text = self.recipe("haproxy.cfg")
        lines = [line.strip()[1:].strip() for line in text.splitlines()
                 if line.strip().startswith("#   option") or line.strip().startswith("#   server")]
        self.assertEqual(len(lines), 2)
        second = lines[1].replace("server boson", "server second").replace(":3000", ":3001")
        path = self.write("haproxy.cfg", text.replace(
            "    server boson 127.0.0.1:3000 send-proxy-v2\n",
            "".join(f"    {line}\n" for line in [*lines, second])))
        first = self.serve()
        other = Server("--proxy-protocol-from", "127.0.0.1", "--public-host", "second.example.com")
        other.start("127.0.0.1:3001")
        self.addCleanup(shutil.rmtree, other.data, True)
        self.addCleanup(other.stop)
        self.begin("haproxy", "-db", "-f", path)

        def answering():
            asked = [self.ask("boson.example.com", "/api/v1/server")[1] for _ in range(6)]
            return {"second" if "second.example.com" in body else "first" for body in asked}
        wait_for(lambda: answering() == {"first", "second"}, 20, "both")
        subprocess.run([BIN, "--data-dir", first.data, "drain"], check=True, capture_output=True)
        wait_for(lambda: answering() == {"second"}, 20, "the second alone")
        subprocess.run([BIN, "--data-dir", first.data, "drain", "--off"], check=True,
                       capture_output=True)
        wait_for(lambda: answering() == {"first", "second"}, 20, "both again")


if __name__ == "__main__":
    alone()
    unittest.main()
