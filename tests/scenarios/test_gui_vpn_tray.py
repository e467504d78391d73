# SPDX-License-Identifier: GPL-3.0-or-later
"""HiggsVPN in a panel that comes late, and where there is none; and a second start."""
import subprocess

import gui
import product
from gui import Gui
from host import wait_until


def on_icon(one, button):
    """Moves the pointer onto the icon, once the panel has put it somewhere, and clicks."""
    places = []

    def settled():
        places.append(one.window.application()["trayIcon"])
        return len(places) > 10 and places[-1] and places[-1] == places[-10]
    wait_until(settled, 10, "the icon has its place in the panel")
    icon = places[-1]
    one.pointer("mousemove", str(icon["x"] + icon["width"] // 2), str(icon["y"] + icon["height"] // 2))
    if button:
        one.pointer("click", str(button))


def second_start(one):
    """Returns when the second program has ended, by itself."""
    done = subprocess.run(one.user.enter + [product.program("higgs-vpn"), "--control", one.client.control],
                          env=one.desktop.environment, timeout=20, check=False)
    one.check.equal(done.returncode, 0, "the second start ends well")


def without_tray(one):
    one.open()
    one.title("disconnected")
    one.check(not one.window.application()["trayThere"], "there is no panel")
    one.window.do("close")
    wait_until(lambda: one.window.widget("stateTitle").get("minimised"), 10, "the window is minimised")
    one.check(one.window.running(), "closed without a panel it is minimised and goes on")
    second_start(one)
    wait_until(lambda: not one.window.widget("stateTitle").get("minimised"), 10, "the window is back")
    one.check(True, "a second start brings it back")


def with_tray(one):
    one.panel = one.desktop.start("trayer", "trayer", "--edge", "top", "--align", "right", "--widthtype",
                                  "request", "--height", "24")
    wait_until(lambda: one.window.application()["trayIcon"], 30, "the icon is in the panel that came late")
    one.check(True, "a panel that comes later gets the icon")
    on_icon(one, None)
    one.window.wait("qtooltip_label", text="Disconnected")
    one.check(True, "the icon says the state in words", one.window.text("qtooltip_label"))
    one.window.do("close")
    wait_until(lambda: not one.window.visible("stateTitle"), 10, "the window is closed")
    one.check(one.window.running(), "closed to the panel it goes on")
    on_icon(one, 1)
    one.window.wait("stateTitle")
    one.check(True, "a click on the icon shows the window")
    one.window.do("close")
    wait_until(lambda: not one.window.visible("stateTitle"), 10, "the window is closed")
    second_start(one)
    one.window.wait("stateTitle")
    one.check(True, "and so does a second start")


def from_menu(one):
    on_icon(one, 3)
    wait_until(lambda: one.window.ask("clickAction", name="trayVerb")["ok"], 10, "Connect can be clicked")
    one.title("connected")
    one.check(True, "Connect in the icon's menu connects")
    on_icon(one, 3)
    wait_until(lambda: one.window.ask("clickAction", name="trayVerb")["ok"], 10, "Disconnect can be clicked")
    one.title("disconnected")
    on_icon(one, 3)
    wait_until(lambda: one.window.ask("clickAction", name="trayQuit")["ok"], 10, "Quit can be clicked")
    wait_until(lambda: not one.window.running(), 10, "the program has ended")
    one.check.equal(one.window.popen.returncode, 0, "Quit ends it well")


def body(check):
    one = Gui(check)
    for case in (without_tray, with_tray, from_menu):
        case(one)


if __name__ == "__main__":
    gui.run(body)
