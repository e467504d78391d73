# SPDX-License-Identifier: GPL-3.0-or-later
"""What a PC and its containers say to their own home (finding printers, shares, the router's page) never
arrives at the stranger who is the exit, and who says it is told at once."""
from product import Whole, scenario  # makes the others known
from host import Host, bridge, plug, wait_until
from topology import PYTHON, Laboratory, WEB4

SNIFF = r"""
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3)); s.bind((sys.argv[1], 0))
print('ready', flush=True)
while True:
    p = s.recv(70000)
    if p[0] >> 4 == 6:
        to, protocol, at = socket.inet_ntop(socket.AF_INET6, p[24:40]), p[6], 40
    else:
        to, protocol, at = socket.inet_ntoa(p[16:20]), p[9], (p[0] & 15) * 4
    if protocol in (6, 17):
        print('saw', to, int.from_bytes(p[at + 2:at + 4], 'big'), flush=True)
"""
SAY = r"""
import socket, sys, time
how, to, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
s = socket.socket(socket.AF_INET6 if ':' in to else socket.AF_INET,
                  socket.SOCK_STREAM if how == 'tcp' else socket.SOCK_DGRAM)
s.settimeout(4)
if how == 'udp': s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
begun = time.monotonic()
try:
    s.connect((to, port))
    s.send(b'of the home'); s.send(b'of the home')
    print('sent', time.monotonic() - begun)
except OSError as error: print('refused' if time.monotonic() - begun < 3 else 'waits', error)
"""
CHATTER = (("mDNS", "udp", "224.0.0.251", 5353), ("LLMNR", "udp", "224.0.0.252", 5355),
           ("SSDP", "udp", "239.255.255.250", 1900), ("a broadcast", "udp", "255.255.255.255", 9999),
           ("NetBIOS", "udp", "192.168.31.255", 137), ("a printer", "udp", "192.168.31.50", 161),
           ("the router", "udp", "192.168.31.1", 1900), ("a share", "tcp", "192.168.31.50", 445),
           ("another network of the home", "tcp", "10.44.0.1", 80),
           ("the provider's router", "udp", "100.64.0.1", 161), ("link-local", "tcp", "169.254.7.7", 80),
           ("a share by IPv6", "tcp", "fd12:3456::50", 445), ("mDNS by IPv6", "udp", "ff02::fb", 5353),
           ("SSDP by IPv6", "udp", "ff05::c", 1900))


def container(user):
    """Behind the PC, as Docker's default bridge has it."""
    inside = Host("container")
    bridge(user, "docker0", "172.17.0.1/16")
    plug(inside, "eth0", user, "docker0", "veth1")
    user.sysctl("net.ipv4.ip_forward", 1)
    user.nft("table ip containers { chain source { type nat hook postrouting priority 100;"
             ' ip saddr 172.17.0.0/16 oifname != "docker0" masquerade; }; }')
    inside.address("eth0", "172.17.0.2/16")
    inside.sh("ip route add default via 172.17.0.1")
    return inside


class Exit:
    def __init__(self, node):
        self.log = node.start("sniff", PYTHON, "-c", SNIFF, "hgnode0").wait_for("ready")
        self.number = 20000

    def saw(self, to, port):
        return f"saw {to} {port}\n" in self.log.text()

    def settled(self, host):
        """What was sent before has arrived, if it was to: by something of the Internet after it."""
        self.number += 1
        self.sees(host, self.number)

    def sees(self, host, port):
        def arrived():
            say(host, "udp", WEB4, port)
            return self.saw(WEB4, port)
        wait_until(arrived, 15, f"the exit sees what {host.name} sends to the Internet")


def say(host, how, to, port):
    return host.run(PYTHON, "-c", SAY, how, to, port, timeout=30).stdout.strip()


def chatter(check, exit_, host, wanted=CHATTER, at_once=True):
    exit_.settled(host)
    check(True, f"positive control: the exit sees what {host.name} sends to the Internet")
    said = [(name, how, to, port, say(host, how, to, port)) for name, how, to, port in wanted]
    exit_.settled(host)
    for name, how, to, port, told in said:
        check(not exit_.saw(to, port) and not (at_once and told.startswith("waits")),
              f"{host.name}: {name} ({to}) does not arrive" + ", and is refused at once" * at_once, told)


def body(check):
    whole = Whole(Laboratory())
    user, client = whole.lab.user, whole.client
    client.connect()
    exit_ = Exit(whole.lab.node)
    chatter(check, exit_, user)
    chatter(check, exit_, container(user), [each for each in CHATTER if each[2][:3] in
                                            ("10.", "192", "169", "100")], at_once=False)
    client.ctl("set", "lan", "on")
    wait_until(lambda: client.status()["state"] == "connected", 15, "connected with the LAN let out")
    chatter(check, exit_, user, at_once=False)  # at home nobody answers for the printer


if __name__ == "__main__":
    scenario(body)
