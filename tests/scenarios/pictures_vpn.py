# SPDX-License-Identifier: GPL-3.0-or-later
"""Every page and state of HiggsVPN, from life. The state is brought about once, by real events, and every
window is pictured in it."""
import contextlib
import json
import signal
import time

import product
import sandbox
from host import CommandFailed, wait_until
from product import Client
from studio import Studio, large, plain
from world import World, browse

NARROW, BROAD_SIZE = (400, 680), (1000, 680)
GRAPH_SECONDS = 125  # the graph shows two minutes
PLAIN, LARGE, BROAD = plain(NARROW), large(NARROW), plain(BROAD_SIZE)


@contextlib.contextmanager
def access_by_key(world):
    """The server asks for an access key meanwhile."""
    server, options = world.server, world.server.options
    for each in ((*options, "--access", "key"), options):
        server.process.stop()
        server.options = each
        server.start()
        if each is not options:
            yield
    for nodes in world.nodes.values():
        for node in nodes:
            node.wait_online(60)


@contextlib.contextmanager
def nothing_set_up(studio, world, name):
    """Windows on a daemon that nobody has told a server yet, on a PC of its own."""
    fresh = Client(None, world.lab.user_home.pc(name, 30 + len(name)), interface="hgvpn1", control=f"{sandbox.SPACE}/{name}.socket",
                   data=f"{sandbox.SPACE}/{name}-data")
    studio.open(PLAIN, fresh.control)
    studio.all(lambda each: each.wait("firstRunServer"))
    yield
    studio.close()
    fresh.process.stop()


def invite(studio, world):
    invitation = f"higgs://join?server={product.BOSON_NAME}:3000&pin={world.server.pin.replace(':', '')}"
    for each in studio.each():
        each.type("firstRunServer", invitation)
        each.wait("firstRunServer", text=invitation)
        each.click("firstRunNext")
        each.wait("firstRunAccept")


def accept(studio, next_step):
    for each in studio.each():
        each.click("firstRunAccept")
        each.wait(next_step)


def first_run(studio, world):
    with access_by_key(world), nothing_set_up(studio, world, "guarded"):
        studio.shoot("first-run-server")
        invite(studio, world)
        studio.shoot("first-run-invitation")
        accept(studio, "firstRunKey")
        studio.shoot("first-run-key")
    with nothing_set_up(studio, world, "fresh"):
        invite(studio, world)
        accept(studio, "firstRunReady")
        studio.shoot("first-run-ready")


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
    studio.all(lambda each: each.do("scroll", name="portMappingSwitch"))
    studio.shoot("settings-path", PLAIN)
    studio.all(lambda each: each.do("scroll", name="languageChoice"))
    studio.shoot("settings-window", PLAIN)
    for each in studio.each():
        each.click("backButton")
        each.wait("stateTitle")
        each.menu("menuButton", "diagnosticsAction")
        each.wait("logView")
    time.sleep(3)
    studio.shoot("diagnostics")
    for each in studio.each(PLAIN):
        each.click("backButton")
        each.wait("stateTitle")
        each.menu("menuButton", "whoSeesAction")
        each.wait("whoSeesList")
    studio.shoot("who-sees", PLAIN)
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
    world = World(straight=True).populate()
    studio = Studio(world.lab.user, "higgs-vpn", options, "favourites=DE, JP\nrecents=FI, US\n")
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
