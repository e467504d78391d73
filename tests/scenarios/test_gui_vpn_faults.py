# SPDX-License-Identifier: GPL-3.0-or-later
"""HiggsVPN's window when things go wrong: the node goes, the server goes, all is blocked and comes back,
the daemon itself goes and comes back."""
import os

import gui
import sandbox
from gui import Gui
from host import wait_until


COMMANDS = f"{sandbox.SPACE}/commands"


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


def as_root(one):
    """The service is gone, the block holds: the window's own buttons give the machine back and start it."""
    for node in one.world.nodes["FI"]:
        node.start()
        node.wait_online()
    one.connect("Finland", "FI")
    one.client.process.kill()
    one.window.wait("faultRestore")
    one.check(one.window.visible("menuButton"), "the window has its head and menu")
    one.check(one.client.exit4(2) == "", "control: nothing leaves while the daemon is gone")
    one.window.click("faultRestore")
    one.window.wait("faultTraffic", 30, text="as it was before")
    seen = wait_until(lambda: one.client.exit4(), 20, "the Internet is reached after Restore my network")
    one.check.equal(seen, one.lab.user_home.public4, "the network is given back without the service")
    one.window.click("faultStart")
    wait_until(lambda: os.path.exists(f"{COMMANDS}/asked"), 20, "the service is asked to start")
    with open(f"{COMMANDS}/asked") as file:
        one.check.equal(file.read().strip(), "restart higgs-vpnd", "and it is the service")


def stand_ins():
    """No polkit and no systemd in a laboratory: what would be run as root is run, or noted."""
    os.makedirs(COMMANDS, exist_ok=True)
    for name, text in (("pkexec", 'shift\nexec "$@"'), ("systemctl", f'echo "$@" > {COMMANDS}/asked')):
        with open(f"{COMMANDS}/{name}", "w") as file:
            file.write(f"#!/bin/sh\n{text}\n")
        os.chmod(f"{COMMANDS}/{name}", 0o755)


def body(check):
    stand_ins()
    one = Gui(check, PATH=f"{COMMANDS}:{os.environ['PATH']}")
    one.open()
    one.connect("Finland", "FI")
    for case in (node_gone, server_gone, daemon_gone, open_line, as_root):
        case(one)


if __name__ == "__main__":
    gui.run(body)
