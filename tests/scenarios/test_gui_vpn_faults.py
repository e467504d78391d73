# SPDX-License-Identifier: GPL-3.0-or-later
"""HiggsVPN's window when things go wrong: the node goes, the server goes, all is blocked and comes back,
the daemon itself goes and comes back."""
import gui
from gui import Gui
from host import wait_until


def node_gone(one):
    nodes = one.world.nodes["FI"]
    for node in nodes:
        node.process.kill()
    one.window.wait("stateTitle", 40, text="Blocked")
    one.check(one.client.exit4(2) == "", "nothing leaves while it says Blocked")
    one.check(one.window.text("stateSentence") != "", "and it says why", one.window.text("stateSentence"))
    for node in nodes:
        node.start()
        node.wait_online()
    one.title("connected", 60)
    one.leaves_from("FI", "after the node came back")


def server_gone(one):
    one.server.process.kill()
    wait_until(lambda: one.window.text("stateTitle") in ("Reconnecting", "Blocked"), 40,
               "the window notices that the server is gone")
    one.check(one.client.exit4(2) == "", "nothing leaves while the server is gone")
    one.server.start()
    one.title("connected", 60)
    one.leaves_from("FI", "after the server came back")


def daemon_gone(one):
    one.client.process.kill()
    one.window.wait("faultRetry")
    one.check(one.client.exit4(2) == "", "nothing leaves while the daemon is gone")
    one.client.start()
    one.window.wait("stateTitle", 30)
    one.title("connected", 60)
    one.leaves_from("FI", "after the daemon came back")


def open_line(one):
    for node in one.world.nodes["FI"]:
        node.process.kill()
    one.title("blocked", 40)
    said = one.window.text("secondButton"), one.window.text("stateConsequence")
    one.check(said[0] == "Disconnect" and "not protected" in said[1], "what opens the line says so", said)
    one.window.click("secondButton")
    one.title("disconnected")
    seen = wait_until(lambda: one.client.exit4(), 20, "the Internet is reached after Disconnect")
    one.check.equal(seen, one.lab.user_home.public4, "the person has opened the line")


def body(check):
    one = Gui(check)
    one.open()
    one.connect("Finland", "FI")
    for case in (node_gone, server_gone, daemon_gone, open_line):
        case(one)


if __name__ == "__main__":
    gui.run(body)
