# SPDX-License-Identifier: GPL-3.0-or-later
"""Our TURN client and a real coturn: by UDP, TCP and TLS, one after the other where UDP is blocked,
both families, and beyond the life of everything that has to be renewed."""
import base64
import hashlib
import hmac
import os
import queue
import subprocess
import sys
import threading
import time

import sandbox
import turn_server

if not turn_server.PROGRAM:
    print("skipped: there is no turnserver (package coturn)")
    sys.exit(sandbox.SKIPPED)
sandbox.enter()

SERVER4, SERVER6 = "45.90.1.1", "2a0b:c0:1::1"
PEER4, PEER6 = "45.90.3.2", "2a0b:c0:3::2"
CLIENT4 = "45.90.2.2"
PORT, TLS_PORT, ECHO_PORT = 3478, 5349, 7000
LIFE = 3  # seconds: of allocations, permissions and channels at the server with short lives
ECHO = f"""
import select, socket
sockets = []
for family, address in ((socket.AF_INET, "{PEER4}"), (socket.AF_INET6, "{PEER6}")):
    sockets.append(socket.socket(family, socket.SOCK_DGRAM)); sockets[-1].bind((address, {ECHO_PORT}))
print("ready", flush=True)
while True:
    for sock in select.select(sockets, [], [])[0]:
        data, peer = sock.recvfrom(2000)
        sock.sendto(data, peer)
"""


def check(condition, what):
    print(("ok    " if condition else "FAULT ") + what, flush=True)
    check.faults += not condition


check.faults = 0


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def build():
    """client (45.90.2.2) - server (45.90.1.1, this namespace) - peer (45.90.3.2)"""
    for name, net in (("client", 2), ("peer", 3)):
        ip("netns", "add", name)
        ip("link", "add", name, "type", "veth", "peer", "name", "cable", "netns", name)
        inside = ("-n", name)
        for where, device, end in (((), name, 1), (inside, "cable", 2)):
            ip(*where, "addr", "add", f"45.90.{net}.{end}/24", "dev", device)
            ip(*where, "addr", "add", f"2a0b:c0:{net}::{end}/64", "dev", device, "nodad")
            ip(*where, "link", "set", device, "up")
        ip(*inside, "link", "set", "lo", "up")
        ip(*inside, "route", "add", "default", "via", f"45.90.{net}.1")
        ip(*inside, "-6", "route", "add", "default", "via", f"2a0b:c0:{net}::1")
    ip("addr", "add", f"{SERVER4}/32", "dev", "peer")
    ip("addr", "add", f"{SERVER6}/128", "dev", "peer", "nodad")


class Client:
    """turn_echo in the client's namespace, line by line."""

    def __init__(self, *doors, peer=f"{PEER4}:{ECHO_PORT}", life=(300, 600), password=None):
        user = f"{int(time.time()) + 3600}:{os.urandom(6).hex()}"
        good = base64.b64encode(hmac.new(turn_server.SECRET.encode(), user.encode(), hashlib.sha1).digest()).decode()
        self.lines, self.seen = queue.Queue(), []
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", "client", os.path.join(os.environ["HIGGS_BUILD"], "tests", "turn_echo"),
             user, password or good, *map(str, life), f"{sandbox.SPACE}/cert.pem", peer, *doors],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.strip())
        self.lines.put(None)

    def wait(self, *beginnings, last=None, seconds=20):
        """The next line that begins so, and ends so; None at the end, or too late."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self.lines.get(timeout=max(deadline - time.monotonic(), 0.001))
            except queue.Empty:
                return None
            if line is None:
                return None
            self.seen.append(line)
            if line.startswith(beginnings) and (last is None or last in line):
                return line

    def end(self):
        self.process.stdin.close()
        return self.process.wait(20)


def by_each_transport():
    doors = {"udp": f"udp={SERVER4}:{PORT}", "tcp": f"tcp={SERVER4}:{PORT}", "tls": f"tls={SERVER4}:{TLS_PORT}"}
    for name, door in doors.items():
        client = Client(door)
        line = client.wait("allocated", "failed")
        words = (line or "").split()
        check(words[:2] == ["allocated", name] and words[2].startswith(SERVER4) and words[4].startswith(CLIENT4),
              f"by {name}: {line}")
        check(client.wait("echo", last=" send "), f"by {name}: a Send indication and a Data indication")
        check(client.wait("echo", last=" channel "), f"by {name}: then a channel")
        check(client.end() == 0, f"by {name}: it ends")
    client = Client(*doors.values(), peer=f"[{PEER6}]:{ECHO_PORT}")
    line = client.wait("allocated", "failed")
    check(line and SERVER6 in line, f"a relayed IPv6 address: {line}")
    check(client.wait("echo", last=" channel "), "an IPv6 peer, by a channel, of an allocation by IPv4")
    client.end()
    client = Client(f"udp=[{SERVER6}]:{PORT}")
    check(client.wait("echo", last=" channel "), "an IPv4 peer of an allocation by IPv6")
    client.end()
    client = Client(*doors.values(), password="wrong")
    line = client.wait("allocated", "failed")
    check(line and line.startswith("failed") and "401" in line, f"wrong credentials are told: {line}")
    client.end()
    client = Client(doors["udp"], peer=f"192.168.1.1:{ECHO_PORT}")
    line = client.wait("permitted", "refused")
    check(line and line.startswith("refused"), f"no peer inside a home: {line}")
    client.end()


def where_udp_is_blocked():
    doors = [f"tls={SERVER4}:{TLS_PORT}", f"tcp={SERVER4}:{PORT}", f"udp={SERVER4}:{PORT}"]
    nft = ["ip", "netns", "exec", "client", "nft"]
    subprocess.run([*nft, "-f", "-"], input="table inet wall {\nchain in {\ntype filter hook input priority 0;\n"
                   "meta l4proto udp drop\n}\n}\n", text=True, check=True)
    client = Client(*doors)
    line = client.wait("allocated", "failed")
    check(line and line.startswith("allocated tcp"), f"TCP where UDP is blocked: {line}")
    check(client.wait("echo", last=" channel "), "and it carries")
    client.end()
    subprocess.run([*nft, "-f", "-"], input="table inet wall {\nchain out {\ntype filter hook output priority 0;\n"
                   f"tcp dport {PORT} reject with tcp reset\n}}\n}}\n", text=True, check=True)
    client = Client(*doors)
    line = client.wait("allocated", "failed")
    check(line and line.startswith("allocated tls"), f"TLS where TCP is, too: {line}")
    check(client.wait("echo", last=" channel "), "and it carries")
    client.end()
    subprocess.run([*nft, "delete", "table", "inet", "wall"], check=True)


def beyond_every_life():
    door = f"udp={SERVER4}:{PORT}"
    renews, forgets = Client(door, life=(LIFE, LIFE)), Client(door)
    for client in (renews, forgets):
        check(client.wait("echo", last=" channel "), "carries")
    end = time.monotonic() + 2 * LIFE
    counts = {renews: 0, forgets: 0}
    while time.monotonic() < end:
        for client in counts:
            line = client.wait("echo", "lost", seconds=0.2)
            counts[client] += line is not None
    late = [client.wait("echo", last=" channel ", seconds=2) for client in (renews,)]
    check(late[0] and not any(line.startswith(("lost", "refused")) for line in renews.seen),
          f"renewed, it carries after {2 * LIFE} s what lives for {LIFE}: {counts[renews]} came back")
    while forgets.lines.qsize():
        forgets.lines.get()
    check(forgets.wait("echo", seconds=1) is None, "without renewal of permission and channel it does not (control)")
    renews.end()
    forgets.end()


def main():
    build()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", f"{sandbox.SPACE}/key.pem", "-out", f"{sandbox.SPACE}/cert.pem", "-days", "2",
                    "-subj", "/CN=turn", "-addext", f"subjectAltName=IP:{SERVER4}"],
                   check=True, stderr=subprocess.DEVNULL)
    path = turn_server.write_configuration(
        sandbox.SPACE, f"{SERVER4}:{PORT},tls={TLS_PORT}", "--tls-cert", f"{sandbox.SPACE}/cert.pem",
        "--tls-key", f"{sandbox.SPACE}/key.pem")
    places = [f"{kind}-ip={address}" for kind in ("listening", "relay") for address in (SERVER4, SERVER6)]
    echo = subprocess.Popen(["ip", "netns", "exec", "peer", sys.executable, "-c", ECHO], stdout=subprocess.PIPE, text=True)
    check(echo.stdout.readline() == "ready\n", "the peer answers")
    with turn_server.Coturn(path, *places, "verbose") as coturn:
        by_each_transport()
        where_udp_is_blocked()
        check("lifetime=0" in coturn.text(), "what is not wanted any more is given back")
    with turn_server.Coturn(path, *places, f"max-allocate-lifetime={LIFE}", f"permission-lifetime={LIFE}",
                            f"channel-lifetime={LIFE}"):
        beyond_every_life()
    return 1 if check.faults else 0


if __name__ == "__main__":
    sys.exit(main())
