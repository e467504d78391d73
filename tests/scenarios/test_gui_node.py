# SPDX-License-Identifier: GPL-3.0-or-later
"""HiggsNode's window on a real daemon that was just installed: the first run, sharing after a real self-test,
a guest who comes and is ended, limits, the daemon killed and back, and off again."""
import product
import window
from host import wait_until
from product import Client, Node, Server
from topology import Laboratory


class FreshNode(Node):
    """As a package leaves it: no server, nobody has agreed, nothing shared."""
    sharing = None

    def command(self):
        words = super().command()
        for name in ("--server", "--pin"):
            at = words.index(name)
            del words[at:at + 2]
        return words


def fill(one, name, text):
    one.click(name)
    one.key("Ctrl+A")
    one.type(name, text)
    wait_until(lambda: one.text(name) == text, 5, f"{name} holds {text!r}")


def first_run(check, one, node, server):
    one.wait("firstRunNext", 20)
    check(True, "a daemon without consent is greeted by the first run")
    one.click("firstRunNext")
    one.click("firstRunNext")
    check.equal(node.status()["consent"], False, "looking at the cards agrees to nothing")
    fill(one, "serverField", f"{product.BOSON_NAME}:3000")
    fill(one, "pinField", server.pin)
    one.click("firstRunNext")
    one.wait("stateTitle", text="Not sharing")
    status = node.status()
    check.equal(status["consent"], True, "the owner has agreed")
    check.equal((status["server"] or {}).get("host"), product.BOSON_NAME, "to guests of this server")
    check.equal(status["limits"]["downMbps"], 20, "with limits")
    check.equal(status["state"], "off", "and nothing is shared yet")


def switch_on(check, one, node):
    one.click("shareSwitch")
    one.wait("stateTitle", 40, text="Ready for guests")
    status = node.status()
    check.equal(status["state"], "sharing", "the switch shares")
    check.equal(status["safety"]["state"], "passed", "after the self-test")


def guest(check, one, client):
    client.connect("US")
    one.wait("stateTitle", 20, text="Sharing with one guest")
    check(True, "the window tells of a guest")
    one.click("guestsButton")
    one.click("endGuest1", 15)
    # It comes again as another one: a guest has no identity that could be kept out.
    one.wait("endGuest1", 20, visible=False)
    check(True, "a guest can be ended")
    client.ctl("disconnect")
    one.click("backButton")


def safety(check, one):
    one.click("safetyButton")
    one.wait("safetyVerdict", text="out of reach")
    one.click("testNowButton")
    one.wait("testNowButton", 20, text="Test now")
    said = one.wait("safetyWhen", text="none is open")
    check(True, "the self-test can be made by hand", said["text"])
    one.click("backButton")


def limits(check, one, node):
    one.click("limitsButton")
    one.click("downLimitBox")
    one.key("Ctrl+A")
    one.type("downLimitBox", "7")
    one.key("Return")
    wait_until(lambda: node.status()["limits"]["downMbps"] == 7, 20, "the daemon has the limit")
    check(True, "a limit applies at once")
    one.click("backButton")


def killed_and_back(check, one, node):
    node.process.kill()
    one.wait("faultTitle", 20, text="The service")
    check(True, "a daemon that is gone is said to be gone")
    node.start()
    one.wait("stateTitle", 40, text="Ready for guests")
    check(True, "it comes back as it was")
    one.click("shareSwitch")
    one.wait("stateTitle", 20, text="Not sharing")
    check.equal(node.status()["state"], "off", "the switch ends sharing")


def body(check):
    lab = Laboratory()
    server = Server(lab)
    node = FreshNode(server, lab.node)
    client = Client(server, lab.user)
    desktop = window.Desktop(lab.node).session_bus()
    one = window.Window(desktop, "higgs-node", "--control", node.control)
    wait_until(lambda: one.ask("shown")["ok"], 20, "the window is painted")
    first_run(check, one, node, server)
    switch_on(check, one, node)
    guest(check, one, client)
    safety(check, one)
    limits(check, one, node)
    killed_and_back(check, one, node)
    check.equal(one.stop(), 0, "the window ends well")


if __name__ == "__main__":
    window.needs("Xvfb", "xdpyinfo", "dbus-daemon")
    product.program("higgs-node")
    product.scenario(body)
