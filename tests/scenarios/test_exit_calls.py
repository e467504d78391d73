# SPDX-License-Identifier: GPL-3.0-or-later
"""The exit is a stranger's machine: it answers, and does not call, also in the moments in which another program has
flushed the rules; and it speaks in nobody's name at the user's home."""
from product import Whole, program, scenario
from capturing import Capture
from host import wait_until
from sandbox import SPACE
from topology import PYTHON, WEB4, Laboratory

PORT, CALLED = 5060, 8022
FLUSHES = 6
# Packets under any address, put into the exit's end of the tunnel.
INJECT = r"""
import socket, struct, sys, time
way, dev, source, target, port = *sys.argv[1:5], int(sys.argv[5])
def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16: total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff
ends = socket.inet_aton(source) + socket.inet_aton(target)
if way == "udp":
    body, protocol = struct.pack("!HHHH", port, port, 8 + 13, 0) + b"from the exit", 17
else:
    body, protocol = struct.pack("!HHIIBBHHH", 20000, port, 1000, 0, 5 << 4, 2, 64240, 0, 0), 6
    body = body[:16] + struct.pack("!H", checksum(ends + struct.pack("!BBH", 0, 6, 20) + body)) + body[18:]
head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, protocol, 0) + ends
head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
print("ready", flush=True)
for _ in range(int(sys.argv[6])):
    s.sendto(head + body, (dev, 0x0800))
    time.sleep(0.01)
print("sent", flush=True)
"""
# Answers every datagram; asks first, if told whom.
PEER = r"""
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", int(sys.argv[1])))
if len(sys.argv) > 2: s.sendto(b"hello", (sys.argv[2], int(sys.argv[1])))
print("ready", flush=True)
while True:
    said, who = s.recvfrom(999)
    print("heard", said.decode(), flush=True)
    if said == b"hello": s.sendto(b"an answer", who)
"""


class Stranger:
    """Who has the exit, and takes the user's address at home for one of the tunnel's, too."""

    def __init__(self, lab, inside, home):
        self.node = lab.node
        peer = self.node.sh("wg show hgnode0 peers").split()[0]
        self.node.sh(f"wg set hgnode0 peer {peer} allowed-ips {inside}/32,{home}/32")

    def sends(self, way, source, target, port, times=20):
        process = self.node.start(f"inject-{way}", PYTHON, "-c", INJECT, way, "hgnode0", source, target, port, times)
        return process.wait_for("ready")


def in_nobodys_name(check, lab, client, stranger, home):
    nas, user = lab.second_user(), lab.user
    neighbour = f"{lab.user_home.lan4}.4"
    nas.start("nas", PYTHON, "-c", PEER, PORT).wait_for("ready")
    client.ctl("set", "lan", "on")
    at_home = user.start("at-home", PYTHON, "-c", PEER, PORT, neighbour).wait_for("heard an answer")
    check(True, "control: LAN on, a program speaks with a machine of its home")
    stranger.sends("udp", neighbour, home, PORT).wait_for("sent")
    client.ctl("set", "lan", "off")
    launcher = f"{SPACE}/higgs-exclude"
    user.sh(f"cp {program('higgs-exclude')} {launcher}; chown 0:977 {launcher}; chmod 2755 {launcher}")
    lab.web.start("talker", PYTHON, "-c", PEER, PORT + 1).wait_for("ready")
    outside = user.start("outside", launcher, "--", PYTHON, "-c", PEER, PORT + 1, WEB4).wait_for("heard an answer")
    check(True, "control: and another, outside the tunnel, with the web")
    stranger.sends("udp", WEB4, home, PORT + 1).wait_for("sent")
    check("from the exit" not in at_home.text(), "the exit does not speak in the name of a machine of the home",
          at_home.text())
    check("from the exit" not in outside.text(), "nor into a conversation outside the tunnel", outside.text())


def while_rules_are_away(check, lab, client, stranger, inside):
    user = lab.user
    at_user = Capture(user, client.interface, "user")
    user.start("service", PYTHON, "-m", "http.server", CALLED)
    stranger.sends("tcp", "82.51.100.99", inside, CALLED, 1000)
    for _ in range(FLUSHES):
        repairs = client.status()["blockRepairs"]
        user.sh("nft flush ruleset")
        wait_until(lambda: client.status()["blockRepairs"] > repairs, 10, "the rules are put back")
    seen = [p for p in at_user.fresh() if p.protocol == "tcp"]
    check(any(p.target_port == CALLED for p in seen), "control: the exit's calls come out of the tunnel")
    check.equal([p for p in seen if p.source_port == CALLED], [], f"{FLUSHES} flushes: they are not answered")


def body(check):
    lab = Laboratory()
    user, home = lab.user, f"{lab.user_home.lan4}.2"
    user.sh("echo higgs-exclude:x:977: >> /etc/group; echo higgs:x:976: >> /etc/group")
    client = Whole(lab).client
    client.connect()
    inside = user.sh(f"ip -4 -br addr show {client.interface}").split()[2].split("/")[0]
    stranger = Stranger(lab, inside, home)
    in_nobodys_name(check, lab, client, stranger, home)
    while_rules_are_away(check, lab, client, stranger, inside)


if __name__ == "__main__":
    scenario(body)
