# SPDX-License-Identifier: GPL-3.0-or-later
"""Every page and state of HiggsNode, from life: a home in Germany, three real guests, and what can go wrong."""
import signal
import time

import product
import sandbox
from host import wait_until
from product import Client, Node, Server
from studio import Studio, large, plain
from topology import Laboratory
from world import browse

SIZE = (420, 680)
GRAPH_SECONDS = 100
PLAIN, LARGE = plain(SIZE), large(SIZE)
HOME_CLOCK = "Europe/Berlin"  # where the country of the first run comes from
GUESTS = 3


class FreshNode(Node):
    """As a package leaves it: no server, no place, nobody has agreed, nothing shared."""
    sharing = None

    def command(self):
        words = super().command()
        for name in ("--server", "--pin", "--country", "--region"):
            at = words.index(name)
            del words[at:at + 2]
        return ["env", f"TZ={HOME_CLOCK}", *words]


def state(studio, words, timeout=40):
    """The windows that speak English say so; the others follow the same status."""
    for each in studio.each():
        if each.look.language == "en":
            each.wait("stateTitle", timeout, text=words)


def first_run(studio, node, server):
    studio.open(PLAIN, node.control, TZ=HOME_CLOCK)
    studio.all(lambda each: each.wait("firstRunNext"))
    studio.shoot("first-run-sharing")
    studio.all(lambda each: each.click("firstRunNext"))
    studio.shoot("first-run-safety")
    for each in studio.each():
        each.click("firstRunNext")
        each.wait("serverField")
        each.type("serverField", f"{product.BOSON_NAME}:3000")
        each.type("pinField", server.pin)
    studio.shoot("first-run-server")
    studio.all(lambda each: each.do("scroll", name="firstGuestsBox"))
    studio.shoot("first-run-limits")
    studio.each()[0].click("firstRunNext")
    wait_until(lambda: node.status().get("consent"), 20, "the owner has agreed")
    studio.close()


def page(studio, button, name, looks=None, scroll=None, settle=0):
    """A page by its button on the first one, pictured, and back again."""
    for each in studio.each(looks):
        each.click(button)
        each.wait("backButton")
        if scroll:
            each.do("scroll", name=scroll)
    time.sleep(settle)
    studio.shoot(name, looks)
    back(studio, looks)


def back(studio, looks=None):
    for each in studio.each(looks):
        each.click("backButton")
        each.wait("stateTitle")
        each.do("scroll", name="shareSwitch")


def pages(studio, node):
    for each in studio.each():
        each.click("safetyButton")
        each.wait("safetyGroup_lan")
    studio.shoot("safety")
    for each in studio.each(PLAIN):
        each.click("safetyGroup_metadata")
        each.do("scroll", name="safetyGroup_control")
    studio.shoot("safety-table", PLAIN)
    back(studio)
    page(studio, "limitsButton", "limits", settle=0.5)
    hour = time.gmtime().tm_hour  # Berlin's is one or two ahead
    node.ctl("schedule", "mon-fri", f"{(hour + 9) % 24}-{(hour + 13) % 24 or 24}", "off", check=False)
    page(studio, "limitsButton", "limits-schedule", scroll="alwaysButton", settle=0.5)
    page(studio, "guestsButton", "guests", settle=1)
    page(studio, "historyButton", "history", PLAIN, settle=0.5)
    for entry, name, looks in (("settingsAction", "settings", None),
                               ("whoSeesAction", "who-sees", PLAIN),
                               ("diagnosticsAction", "diagnostics", PLAIN)):
        for each in studio.each(looks):
            each.menu("menuButton", entry)
            each.wait("backButton")
        time.sleep(2)
        studio.shoot(name, looks)
        back(studio, looks)


def sharing(studio, lab, node, server):
    state(studio, "Not sharing")
    studio.shoot("off")
    server.process.signal(signal.SIGSTOP)
    studio.each()[0].click("shareSwitch")
    wait_until(lambda: node.status()["state"] == "starting", 10, "it starts")
    studio.shoot("starting", PLAIN)
    server.process.signal(signal.SIGCONT)
    state(studio, "Ready for guests")
    studio.shoot("ready", PLAIN)
    for number in range(GUESTS):
        host = lab.user if number == 0 else lab.user_home.pc(f"guest{number}", 4 + number)
        Client(server, host).connect("DE")
        browse(host)
    begun = time.monotonic()
    state(studio, "Sharing with")
    pages(studio, node)
    if studio.wants("sharing"):
        time.sleep(max(0, GRAPH_SECONDS - (time.monotonic() - begun)))
    studio.shoot("sharing")


def limited(studio, node):
    node.ctl("pause", "60")
    state(studio, "Paused")
    studio.shoot("paused", PLAIN)
    node.ctl("resume")
    node.ctl("schedule", "all", "0-24", "off")
    wait_until(lambda: node.status()["limitReason"] == "schedule", 10, "outside the hours")
    studio.shoot("limited-schedule", PLAIN)
    node.ctl("schedule", "all", "0-24", "on")
    node.wait_online(40)
    node.ctl("limits", "--monthly", str(max(1_000_000, node.status()["volume"]["usedBytes"])))
    wait_until(lambda: node.status()["limitReason"] == "volume", 15, "the volume is used up")
    studio.shoot("limited-volume", PLAIN)
    node.ctl("limits", "--monthly", "0")
    node.wait_online(40)


def unsafe(studio, lab, node):
    """Another program takes one of the rules away."""
    handle = "nft -a list chain inet higgs_node leaving | sed -n 's/.*@special4.*handle //p'"
    lab.node.sh(f"nft delete rule inet higgs_node leaving handle $({handle})")
    wait_until(lambda: node.status()["problem"] == "exit_unsafe", 10, "it sees that")
    studio.shoot("unsafe", PLAIN)
    for each in studio.each(PLAIN):
        each.click("safetyButton")
        each.wait("safetyVerdict")
        each.do("scroll", name="safetyVerdict")
    studio.shoot("unsafe-safety", PLAIN)
    back(studio, PLAIN)
    node.wait_online(60)


def faults(studio, lab, node, server, other):
    unsafe(studio, lab, node)
    server.process.kill()
    wait_until(lambda: node.status().get("problem") == "server_unreachable", 90, "the server is missed")
    studio.shoot("server-gone", PLAIN)
    node.process.kill()
    studio.all(lambda each: each.wait("faultRetry", 20))
    studio.shoot("fault-service-stopped", PLAIN)
    studio.close()
    # The other program's daemon speaks another protocol, as a daemon of another version would.
    studio.open(PLAIN, other.control)
    studio.all(lambda each: each.wait("faultRetry", 20))
    studio.shoot("fault-other-version", PLAIN)
    studio.close()


def make(options):
    lab = Laboratory()
    lab.nas()
    server = Server(lab)
    node = FreshNode(server, lab.node, region="DE-BE")
    studio = Studio(lab.node, "higgs-node", options)
    first_run(studio, node, server)
    studio.open(PLAIN + LARGE, node.control, TZ=HOME_CLOCK)
    sharing(studio, lab, node, server)
    limited(studio, node)
    other = Client(None, lab.user_home.pc("other", 30), interface="hgvpn1", control=f"{sandbox.SPACE}/other.socket",
                   data=f"{sandbox.SPACE}/other-data")
    faults(studio, lab, node, server, other)
    studio.finish()
    return 1 if studio.clipped else 0
