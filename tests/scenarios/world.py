# SPDX-License-Identifier: GPL-3.0-or-later
"""A server and homes that share in several countries, near and far: what a window is shown on."""
import os
import pwd

import product
from product import Client, Node, Server
from topology import PYTHON, WEB4, Laboratory

HERE = os.path.dirname(os.path.abspath(__file__))

# country, region, distance one way in ms, places for guests
HOMES = (
    ("DE", "DE-BE", 3, 4), ("DE", "DE-BE", 4, 8), ("DE", "DE-BY", 5, 4), ("DE", "DE-HH", 4, 10),
    ("NL", None, 2, 10), ("FI", None, 8, 2), ("CH", "CH-ZH", 5, 10),
    ("US", "US-CA", 36, 4), ("US", "US-NY", 21, 10), ("BR", "BR-SP", 47, 5), ("JP", "JP-13", 55, 10),
)
NEAR = (("DE", "DE-BE", 0, 4), ("DE", "DE-BY", 0, 4), ("FI", None, 0, 4), ("US", "US-CA", 0, 4))
# Who else is connected, so that there is load to show.
OTHERS = ("DE", "FI")
FIRST_HOME = 41


class World:
    """Laboratory and server, and a home for each row of homes; the user's daemon is started on demand.

    straight: whether routers let homes meet.
    controls: region -> where the control socket of a node there shall lie; controller: who may use it.
    nodes: region, or country without one -> the nodes there, in the order of homes.
    """

    def __init__(self, homes=HOMES, server_options=(), controls=None, controller=None, straight=False):
        self.lab = Laboratory(straight=straight)
        self.server = Server(self.lab, *server_options)
        self.nodes, self.others = {}, []
        for number, (country, region, far, places) in enumerate(homes, FIRST_HOME):
            home = self.lab.internet.home(f"router{number}", number, far_ms=far)
            pc = home.pc(f"node{number}", 2)
            control = (controls or {}).get(region)
            if control:
                let_control(pc, controller)
            node = Node(self.server, pc, country, region, options=("--max-guests", str(places)),
                        control=control)
            self.nodes.setdefault(region or country, []).append(node)
        for nodes in self.nodes.values():
            for node in nodes:
                node.wait_online(30)

    def client(self, *options, control=None):
        """The user's daemon, which knows the server."""
        return Client(self.server, self.lab.user, options=options, control=control)

    def populate(self, countries=OTHERS):
        """Other users, connected."""
        for number, country in enumerate(countries, 5):
            other = Client(self.server, self.lab.user_home.pc(f"other{number}", number))
            other.connect(country)
            self.others.append(other)
        return self


def let_control(host, user):
    """Members of the group higgs may control a daemon: on this host that is the user's own group."""
    gid = pwd.getpwnam(user).pw_gid
    with open(f"{product.sandbox.SPACE}/etc-{host.name}/group", "a") as file:
        file.write(f"higgs:x:{gid}:{user}\n")


def browse(host):
    """Somebody uses the Internet there, as long as the laboratory stands."""
    return host.start("browsing", PYTHON, os.path.join(HERE, "browsing.py"), WEB4)

