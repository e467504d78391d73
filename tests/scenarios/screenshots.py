# SPDX-License-Identifier: GPL-3.0-or-later
"""scripts/screenshots: every page and state of HiggsVPN, from life.

Several windows, one for each look (theme, language, scale, width), stand on one display and show the same
daemon; the state is brought about once, by real events, and every window is pictured in it. The names are
vpn-STATE-THEME-LANGUAGE.png, with -wide for the wide window and -2x for twice the scale.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import time

import product
import sandbox
import window
from host import CommandFailed, wait_until
from product import Client
from world import World, browse

NARROW, WIDE = (400, 680), (1000, 680)
GRAPH_SECONDS = 125  # the graph shows two minutes
SETTLED = 0.7  # animations take at most 200 ms; a second's figures may come in between
MOST_BYTES = 1 << 20
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <cachedir>{cache}</cachedir>
  <alias binding="strong"><family>sans-serif</family><prefer><family>Inter</family></prefer></alias>
  <alias binding="strong"><family>Sans Serif</family><prefer><family>Inter</family></prefer></alias>
  <alias binding="strong"><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
  <match target="font"><edit name="antialias"><bool>true</bool></edit></match>
  <match target="font"><edit name="hinting"><bool>false</bool></edit></match>
  <match target="font"><edit name="rgba"><const>none</const></edit></match>
</fontconfig>
"""


class Look:
    def __init__(self, theme, language, size=NARROW, scale=1):
        self.theme, self.language, self.size, self.scale = theme, language, size, scale
        self.name = f"{theme}-{language}" + ("-wide" if size == WIDE else "") + ("-2x" if scale == 2 else "")


PLAIN = [Look(theme, language) for language in ("en", "ru") for theme in ("light", "dark")]
LARGE = [Look("light", "en", scale=2), Look("dark", "ru", scale=2)]
BROAD = [Look(theme, language, WIDE) for language in ("en", "ru") for theme in ("light", "dark")]


class Studio:
    """The desktop, a window for each look, and the pictures."""

    def __init__(self, host, directory, only):
        self.host, self.directory, self.only = host, directory, only
        self.desktop = window.Desktop(host, 2400, 1800).session_bus().window_manager()
        fonts = f"{sandbox.SPACE}/fonts.conf"
        with open(fonts, "w") as file:
            file.write(FONTS.format(cache=f"{sandbox.SPACE}/fonts"))
        self.fonts, self.windows, self.clipped, self.files = fonts, {}, set(), []

    def open(self, looks, control, *arguments):
        """Windows for the looks, each with a home of its own, as if each were another person's."""
        for look in looks:
            home = f"{self.desktop.place}/{look.name}"
            os.makedirs(f"{home}/.config/higgs", exist_ok=True)
            os.makedirs(f"{home}/run", mode=0o700, exist_ok=True)
            with open(f"{home}/.config/higgs/higgs-vpn.ini", "w") as file:
                file.write(f"[General]\ntheme={look.theme}\nlanguage={look.language}\n"
                           "favourites=DE, JP\nrecents=FI, US\n")
            opened = window.Window(
                self.desktop, "higgs-vpn", "--control", control, *arguments, HOME=home,
                XDG_CONFIG_HOME=f"{home}/.config", XDG_RUNTIME_DIR=f"{home}/run",
                XDG_DATA_HOME=f"{home}/.local/share", FONTCONFIG_FILE=self.fonts,
                QT_SCALE_FACTOR=str(look.scale))
            opened.look = look
            wait_until(lambda: opened.ask("shown")["ok"], 15, "the window is painted")
            opened.do("resize", width=look.size[0], height=look.size[1])
            self.windows[look.name] = opened

    def close(self):
        for opened in self.windows.values():
            opened.stop()
        self.windows = {}

    def each(self, looks=None):
        return [opened for opened in self.windows.values() if looks is None or opened.look in looks]

    def all(self, action, looks=None):
        for opened in self.each(looks):
            action(opened)

    def wants(self, state):
        return not self.only or self.only in state

    def shoot(self, state, looks=None):
        """All windows at once, so that a moment's state is the same in every picture."""
        if not self.wants(state):
            return
        time.sleep(SETTLED)
        for opened in self.each(looks):
            file = f"{self.directory}/vpn-{state}-{opened.look.name}.png"
            for words in opened.grab(file):
                self.clipped.add(f"{state} {opened.look.name}: {words}")
            self.files.append(file)
        print(f"  {state}", flush=True)

    def finish(self):
        for file in self.files:
            squeeze(file)
        print(f"{len(self.files)} pictures, {sum(map(os.path.getsize, self.files)) / 1e6:.2f} MB; "
              f"{len(self.clipped)} texts do not fit")
        print(*sorted(self.clipped), sep="\n")


def squeeze(file):
    """A palette is enough for a flat design, and a tenth of the bytes."""
    subprocess.run(["pngquant", "--force", "--strip", "--speed", "1", "--output", file, "128", file],
                   check=True)
    subprocess.run(["optipng", "-quiet", "-o2", file], check=True)
    if os.path.getsize(file) > MOST_BYTES:
        raise CommandFailed(f"{file} is over 1 MiB")


def first_run(studio, world):
    """A daemon that nobody has told a server yet; the server wants an access key."""
    fresh = Client(None, world.lab.user, interface="hgvpn1", control=f"{sandbox.SPACE}/fresh.socket",
                   data=f"{sandbox.SPACE}/fresh-data")
    studio.open(PLAIN, fresh.control)
    studio.all(lambda each: each.wait("firstRunServer"))
    studio.shoot("first-run-server")
    invitation = f"higgs://join?server={product.BOSON_NAME}:3000&pin={world.server.pin.replace(':', '')}"
    for each in studio.each():
        each.type("firstRunServer", invitation)
        each.wait("firstRunServer", text=invitation)
        each.click("firstRunNext")
        each.wait("firstRunAccept")
    studio.shoot("first-run-invitation")
    for each in studio.each():
        each.click("firstRunAccept")
        each.wait("firstRunKey")
    studio.shoot("first-run-key")
    for each in studio.each():
        each.click("firstRunKeySkip")
        each.wait("firstRunReady")
    studio.shoot("first-run-ready")
    studio.close()
    fresh.process.stop()


def state(studio, words, timeout=30):
    """The windows that speak English say so; the others follow the same status."""
    for each in studio.each():
        if each.look.language == "en":
            each.wait("stateTitle", timeout, text=words)


def press(studio, name="powerButton"):
    studio.each()[0].click(name)


def pick(studio, words):
    """The first window chooses a place."""
    one = studio.each()[0]
    one.click("pickerButton")
    one.type("pickerSearch", words)
    one.wait("pickerSearch", text=words)
    one.key("Return")
    one.wait("stateTitle")


def picker(studio):
    """The sheet of the narrow windows, and what stands beside in the wide ones."""
    narrow = PLAIN + LARGE
    for each in studio.each(narrow):
        each.click("pickerButton")
        each.wait("pickerList")
    studio.shoot("picker", narrow)
    for each in studio.each():
        each.type("pickerSearch", "land")
        each.wait("pickerSearch", text="land")
    studio.shoot("picker-search", narrow)
    for each in studio.each(narrow):
        each.key("Escape")
        each.type("pickerSearch", "atlantis")
    studio.shoot("picker-no-results", narrow)
    for each in studio.each():
        while each.widget("pickerSearch").get("text"):
            each.key("Escape")
    for each in studio.each(narrow):
        each.click("pickerBack")
        each.wait("stateTitle")


def pages(studio):
    """Settings and diagnostics, in the narrow window."""
    for each in studio.each():
        each.menu("menuButton", "settingsAction")
        each.wait("lockdownSwitch")
    studio.shoot("settings")
    studio.all(lambda each: each.do("scroll", name="languageChoice"))
    studio.shoot("settings-window", PLAIN)
    for each in studio.each():
        each.click("backButton")
        each.wait("stateTitle")
        each.menu("menuButton", "diagnosticsAction")
        each.wait("logView")
    time.sleep(3)
    studio.shoot("diagnostics")
    for each in studio.each():
        each.click("backButton")
        each.wait("stateTitle")


def everyday(studio, world, client):
    """Connect, use it for two minutes, pause, switch, disconnect."""
    state(studio, "Disconnected")
    studio.shoot("disconnected")
    picker(studio)
    world.server.process.signal(signal.SIGSTOP)
    pick(studio, "ger")
    state(studio, "Connecting")
    studio.shoot("connecting")
    world.server.process.signal(signal.SIGCONT)
    state(studio, "Connected")
    browsing = browse(world.lab.user)
    time.sleep(GRAPH_SECONDS if studio.wants("connected") else 1)
    studio.shoot("connected")
    pages(studio)
    world.server.process.signal(signal.SIGSTOP)
    pick(studio, "fin")
    state(studio, "Switching")
    studio.shoot("switching", PLAIN)
    world.server.process.signal(signal.SIGCONT)
    state(studio, "Connected")
    client.ctl("pause", "15")
    state(studio, "Paused")
    studio.shoot("paused", PLAIN)
    client.ctl("resume")
    state(studio, "Connected")
    browsing.kill()
    disconnecting(studio, client)
    pick(studio, "fin")
    state(studio, "Connected")


def disconnecting(studio, client):
    """Lasts only as long as the network takes to be put back: the daemon is held in the midst of it."""
    one = studio.each()[0]
    for _ in range(10):
        one.click("powerButton")
        wait_until(lambda: one.text("stateTitle") != "Connected", 10, "it disconnects")
        client.process.signal(signal.SIGSTOP)
        time.sleep(0.1)
        held = all(each.text("stateTitle") in ("Disconnecting", "Отключение") for each in studio.each(PLAIN))
        if held:
            studio.shoot("disconnecting", PLAIN)
        client.process.signal(signal.SIGCONT)
        state(studio, "Disconnected")
        if held:
            return
        pick(studio, "fin")
        state(studio, "Connected")
    raise CommandFailed("disconnecting was always over before it could be pictured")


def faults(studio, world, client):
    """The exit goes, the server goes, lockdown holds, the daemon goes."""
    for node in world.nodes["FI"]:
        node.process.kill()
    state(studio, "Reconnecting")
    studio.shoot("reconnecting", PLAIN)
    state(studio, "Blocked", 60)
    studio.shoot("blocked")
    world.server.process.kill()
    press(studio)
    wait_until(lambda: client.status().get("problem") == "server_unreachable", 60, "the server is missed")
    wait_until(lambda: client.state() in ("blocked", "reconnecting", "connecting"), 60, "it is noticed")
    studio.shoot("server-gone", PLAIN)
    client.ctl("disconnect")
    client.ctl("set", "lockdown", "on")
    state(studio, "Blocked")
    studio.shoot("lockdown", PLAIN + BROAD)
    # Killed while nothing leaves: the page says so, and the block holds.
    client.process.kill()
    studio.all(lambda each: each.wait("faultRetry"))
    studio.shoot("fault-service-stopped", PLAIN)
    studio.close()
    # The other program's daemon speaks another protocol, as a daemon of another version would.
    node = world.nodes["DE-BY"][0]
    studio.open(PLAIN, node.control)
    studio.all(lambda each: each.wait("faultRetry"))
    studio.shoot("fault-other-version", PLAIN)
    studio.close()


def make(options):
    world = World().populate()
    studio = Studio(world.lab.user, options.into, options.only)
    first_run(studio, world)
    client = world.client()
    wait_until(lambda: all(place["latency"] for place in
                           json.loads(client.ctl("countries", "--json").stdout)["locations"]), 120,
               "every distance is known")
    studio.open(PLAIN + LARGE + BROAD, client.control)
    everyday(studio, world, client)
    faults(studio, world, client)
    studio.finish()
    return 1 if studio.clipped else 0


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--only", help="states with this word in their name")
    arguments.add_argument("--into", default=f"{product.ROOT}/resources/screenshots")
    options = arguments.parse_args()
    window.needs("Xvfb", "xdpyinfo", "dbus-daemon", "openbox", "pngquant", "optipng")
    for name in ("boson-server", "higgs-noded", "higgs-vpnd", "higgs-vpnctl", "higgs-vpn"):
        product.program(name)
    os.makedirs(options.into, exist_ok=True)
    sandbox.enter()
    try:
        return make(options)
    except (CommandFailed, TimeoutError) as error:
        product.show_logs()
        print(f"Failed: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
