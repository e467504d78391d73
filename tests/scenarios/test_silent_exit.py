# SPDX-License-Identifier: GPL-3.0-or-later
"""An exit that is there and lets nothing out: its gateway answers through the tunnel, the Internet does
not. That is not called connected, and whoever is connected leaves for another exit."""
from product import Client, Node, Server, scenario, wait_until
from addresses import EXIT2_4, EXIT4
from topology import WEB4, Laboratory, http_get

# The home's router lets its PC's connections live and begin no new ones: the relay stays.
SHUT = "table inet shut { chain f { type filter hook forward priority -10; ct state new drop; }; }"
LEAVES_WITHIN = 60


def body(check):
    lab = Laboratory()
    server = Server(lab)
    first = Node(server, lab.node).wait_online()
    router = lab.node_home.router
    client = Client(server, lab.user)
    client.connect()
    check.equal(http_get(lab.user, f"http://{WEB4}/", check=False), EXIT4, "control: out at the first exit")
    second = Node(server, lab.second_node(), region=None).wait_online()
    router.nft(SHUT)
    wait_until(lambda: client.state() == "connected" and client.status()["nodeId"] == second.identity(),
               LEAVES_WITHIN, "the client leaves for the other exit")
    check(True, "a client leaves an exit through which nothing answers")
    check.equal(http_get(lab.user, f"http://{WEB4}/", check=False), EXIT2_4, "and is out at the other one")
    newcomer = client # who has seen the server answer through an exit; addresses of documentation prove nothing before
    newcomer.disconnect()
    said = newcomer.ctl("connect", "--node", first.identity(), "--wait=9", check=False)
    check(said.returncode != 0 and newcomer.state() != "connected", "a new guest of the silent exit is not told connected",
          (said.stdout + said.stderr).strip()[:160])
    router.nft("delete table inet shut")
    wait_until(lambda: newcomer.state() == "connected", LEAVES_WITHIN, "the same exit is good again when it answers")
    check(True, "control: it connects there when the Internet answers")


scenario(body)
