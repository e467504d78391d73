# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of HiggsVPN's window share: a laboratory, a desktop on the user's PC, and the window."""
import product
import window
from host import wait_until
from product import Client
from world import NEAR, World

TITLES = {"disconnected": "Disconnected", "connecting": "Connecting", "connected": "Connected",
          "reconnecting": "Reconnecting", "blocked": "Blocked"}


class Gui:
    """A user's PC with the window. The daemon knows the server unless `configured` is false."""

    def __init__(self, check, homes=NEAR, server_options=(), configured=True, client_options=(), **environment):
        self.check = check
        self.world = World(homes, server_options)
        self.lab, self.server, self.user = self.world.lab, self.world.server, self.world.lab.user
        self.client = Client(self.server if configured else None, self.user, options=client_options)
        self.desktop = window.Desktop(self.user).session_bus().window_manager()
        self.environment = environment
        self.window = None

    def open(self, *arguments):
        self.window = window.Window(self.desktop, "higgs-vpn", "--control", self.client.control,
                                    *arguments, **self.environment)
        wait_until(lambda: self.window.ask("shown")["ok"], 20, "the window is painted")
        # To a window manager nobody has touched it yet.
        wait_until(self.activate, 10, "the window is in front")
        return self.window

    def activate(self):
        self.pointer("search", "--onlyvisible", "--name", "^HiggsVPN$", "windowactivate", check=False)
        return self.window.widget("").get("active")

    def pointer(self, *words, check=True):
        return self.user.run("env", "DISPLAY=:9", "xdotool", *words, check=check)

    def title(self, state, timeout=20):
        """The window says the state, and so does the daemon."""
        shown = self.window.wait("stateTitle", timeout, text=TITLES[state])
        self.check(self.client.state() == state, f"window and daemon agree on {state}", self.client.state())
        return shown

    def exit_of(self, region):
        """The public addresses that traffic has when it leaves from the region."""
        return {node.host.home.public4 for node in self.world.nodes[region]}

    def pick(self, words):
        """Chooses a place by typing, as a person does."""
        if not self.window.visible("pickerSearch"):
            self.window.click("pickerButton")
        self.window.wait("pickerSearch")
        self.window.click("pickerSearch")
        self.window.key("Ctrl+A")
        self.window.type("pickerSearch", words)
        self.window.wait("pickerSearch", text=words)
        wait_until(lambda: self.window.rows("pickerList"), 20, f"places are found for {words}")
        self.window.key("Return")

    def connect(self, words="Germany", country="DE"):
        self.pick(words)
        self.title("connected")
        status = self.client.status()
        self.check.equal(status["country"], country, f"connected to {words}")
        return status

    def leaves_from(self, country, when):
        public = {node.host.home.public4 for nodes in self.world.nodes.values() for node in nodes
                  if node.country == country}
        seen = wait_until(lambda: self.client.exit4(), 10, f"the Internet is reached {when}")
        self.check(seen in public, f"traffic leaves from {country} {when}", seen)


def run(body):
    """As product.scenario(), where a display can be had."""
    window.needs("Xvfb", "xdpyinfo", "dbus-daemon", "openbox", "xdotool")
    product.program("higgs-vpn")
    product.scenario(body)
