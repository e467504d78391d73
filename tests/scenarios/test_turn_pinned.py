# SPDX-License-Identifier: GPL-3.0-or-later
"""TURN because a person wants it and nothing else: also where a straight way would be, by UDP, by TCP and by TLS;
closed where there is no such server, or none that can be trusted."""
import os

from product import Client, Node, Server, sandbox, scenario  # makes the others known
import turn
from addresses import BOSON4, EXIT4, TURN4
from capturing import Capture
from host import wait_until
from losses import none_lost
from test_turn import goes, named
from topology import Laboratory


def shut(home, *rules):
    """What the home's router lets nobody send to the TURN server."""
    lines = "\n".join(f"ip daddr {TURN4} {rule} drop" for rule in rules)
    home.router.nft(f"""table ip shut
delete table ip shut
table ip shut {{ chain forward {{ type filter hook forward priority -10; policy accept;
{lines}
}}; }}""")


class TrustingClient(Client):
    """Whose system trusts the TURN server's certificate."""
    certificate = None

    def command(self, pin=None):
        return ["/usr/bin/env", f"SSL_CERT_FILE={self.certificate}", *super().command(pin)]


def carries(check, lab, node, client, relay, how):
    before = relay.process.text().count("ALLOCATE processed, success")
    client.connect("US", "--path", "turn")
    status = client.status()
    check.equal([status["path"], status["pathReason"]], ["turn", "pinned"], f"TURN carries by {how}")
    check.equal(status["portMapping"]["state"], "off", "the home's router is asked to open nothing, for nobody")
    check.equal(client.exit4(), EXIT4, "the exit is the node's")
    none_lost(check, "100 pings, none lost", lab, node.server, node, client)
    check(relay.process.text().count("ALLOCATE processed, success") > before, "on an allocation")
    client.disconnect()


def refused(check, lab, client, what):
    """The wish stands, and the block with it."""
    done = client.ctl("connect", "US", "--path", "turn", "--wait=3", check=False, timeout=40)
    wait_until(lambda: client.status()["problem"], 30, "the status names a problem")
    status = client.status()
    check(done.returncode != 0, f"{what}: it is not connected", (done.stdout + done.stderr).strip())
    check.equal(status["problem"], "path_not_available", "the status says why")
    check.equal([client.exit4(), status["killSwitch"]], ["", True], f"{status['state']}: nothing leaves beside it")
    client.disconnect()


def body(check):
    lab = Laboratory("full-cone", "full-cone", straight=True)
    relay = lab.turn()
    server = Server(lab)
    node = Node(server, lab.node).wait_online()
    TrustingClient.certificate = relay.certificate
    client = TrustingClient(server, lab.user)
    refused(check, lab, client, "without a TURN server")
    server.process.stop()
    server.options = named(relay)
    server.start()
    node.wait_online(30)
    capture = Capture(lab.user_home.router, "l2")
    carries(check, lab, node, client, relay, "UDP")
    strangers = {str(packet) for packet in capture.fresh()
                 if packet.protocol in ("tcp", "udp") and packet.target not in (BOSON4, TURN4)}
    check(not strangers, "nothing was sent to anybody else, the exit's router least of all", sorted(strangers)[:5])
    shut(lab.user_home, "udp dport 3478")
    carries(check, lab, node, client, relay, "TCP")
    shut(lab.user_home, "udp dport 3478", "tcp dport 3478")
    carries(check, lab, node, client, relay, "TLS")
    shut(lab.user_home, *(f"{protocol} dport {port}" for protocol in ("udp", "tcp") for port in (3478, 5349)))
    refused(check, lab, client, "where the TURN server does not answer")
    shut(lab.user_home, "udp dport 3478", "tcp dport 3478")
    client.process.stop()
    TrustingClient.certificate = os.devnull
    client.start()
    refused(check, lab, client, "where nobody vouches for the TURN server")


if __name__ == "__main__":
    if not turn.available():
        print("skipped: there is no turnserver (package coturn)")
        raise SystemExit(sandbox.SKIPPED)
    scenario(body)
