# SPDX-License-Identifier: GPL-3.0-or-later
"""HiggsVPN's first run on a real daemon that knows no server: a wrong address, a wrong fingerprint, an
invitation, a wrong access key and the right one; invitations from a second start, the last one with a key of its
own, as an operator makes it."""
import json
import subprocess
import time

import gui
import product
from gui import Gui
from host import wait_until

WRONG_PIN = "ab" * 32


def fill(one, name, text):
    one.window.click(name)
    one.window.key("Ctrl+A")
    one.window.key("Delete")
    if text:
        one.window.type(name, text)
    wait_until(lambda: one.window.text(name) == text, 5, f"{name} holds {text!r}")


def server(one):
    one.window.wait("firstRunServer")
    one.check(True, "a daemon without a server is greeted by the first run")
    fill(one, "firstRunServer", "not a server")
    one.window.click("firstRunNext")
    said = one.window.wait("firstRunError", text="not a server's address")
    one.check(True, "a wrong address is explained", said["text"])
    fill(one, "firstRunServer", f"{product.BOSON_NAME}:3000")
    fill(one, "firstRunPin", WRONG_PIN)
    one.window.click("firstRunNext")
    said = one.window.wait("firstRunError", text="not the expected one")
    one.check(True, "a server with another certificate is refused, and said why", said["text"])


def invitation(one):
    link = f"higgs://join?server={product.BOSON_NAME}:3000&pin={one.server.pin.replace(':', '').lower()}"
    fill(one, "firstRunPin", "")
    fill(one, "firstRunServer", link)
    one.window.click("firstRunNext")
    shown = one.window.wait("firstRunInvitedServer")
    one.check.equal(shown["text"], f"{product.BOSON_NAME}:3000", "an invitation is shown before it is used")
    one.check(one.window.visible("firstRunInvitedPin"), "with the fingerprint to compare")
    said = one.window.wait("firstRunReplaces", text="another certificate")
    one.check(True, "that it is another one than was entered before is said", said["text"])
    one.window.click("firstRunAccept")
    one.check((one.client.status()["server"] or {})["pin"] != one.server.pin, "and asked for twice")
    one.window.click("firstRunAccept")


def wrong_key(one):
    one.window.wait("firstRunKey")
    one.check.equal((one.client.status()["server"] or {}).get("accessNeeded"), True,
                    "the key is asked for because the server says so")
    fill(one, "firstRunKey", "not-the-key")
    one.window.click("firstRunKeyNext")
    one.window.wait("firstRunReady")
    one.window.click("firstRunConnect")
    said = one.window.wait("bannerText", 30, text="access key")
    one.check(True, "a wrong key is said to be one", said["text"])
    one.check("not-the-key" not in one.client.process.text(), "and is in no log")


def right_key(one, key):
    one.window.click("bannerButton")
    one.window.wait("accessKeyField")
    fill(one, "accessKeyField", key)
    one.window.click("accessKeyKeep")
    one.window.click("backButton")
    one.window.wait("stateTitle")
    wait_until(lambda: one.client.status().get("accessKey") == "set", 20, "the daemon has the key")
    # It is asked again until the new key has arrived, which a keychain may take its time for.
    def connected():
        if one.client.state() in ("blocked", "disconnected"):
            one.window.ask("click", name="powerButton")
            time.sleep(0.5)
        return one.client.state() == "connected"
    wait_until(connected, 40, "it connects with the right key")
    one.title("connected")
    seen = one.client.exit4()
    one.check(seen and seen != one.lab.user_home.public4, "with the right key it connects", seen)
    one.window.click("powerButton")
    one.title("disconnected")


def second_start(one, link):
    """What a link in a browser does."""
    done = subprocess.run(one.user.enter + [product.program("higgs-vpn"), "--control", one.client.control, link],
                          env=one.desktop.environment, timeout=20, check=False)
    one.check.equal(done.returncode, 0, "the second start ends well")


def second_invitation(one):
    second_start(one, f"higgs://join?server=vpn.example.net&pin={WRONG_PIN}")
    said = one.window.wait("firstRunReplaces")
    one.check(product.BOSON_NAME in said["text"], "an invitation says which server it would replace",
              said["text"])
    one.window.click("firstRunDecline")
    one.check.equal((one.client.status()["server"] or {}).get("host"), product.BOSON_NAME,
                    "declined, it changes nothing")


def operators_invitation(one):
    """From the operator's command to connected: accept, connect."""
    boson = [product.program("boson-server"), "--data-dir", one.server.data]
    made = json.loads(one.lab.boson.run(*boson, "invite", "friend", "--from", "Анна", "--expires", "1d", "--uses", "1",
                                        "--json").stdout)
    second_start(one, made["link"])
    shown = one.window.wait("firstRunInvitedWords")
    one.check.equal(shown["text"], made["words"], "the window shows the operator's six check words")
    one.window.click("firstRunAccept")
    one.window.wait("firstRunReady")
    one.check(not one.window.visible("firstRunKey"), "no key is asked for: it came with the invitation")
    one.window.click("firstRunConnect")
    one.title("connected")
    seen = one.client.exit4()
    one.check(seen and seen != one.lab.user_home.public4, "by the invitation's own key it connects", seen)
    keys = json.loads(one.lab.boson.run(*boson, "access-key", "list", "--json").stdout)["keys"]
    one.check.equal([each["sessions"] for each in keys if each["name"] == "friend"], [1], "and is counted under it")
    one.check(made["link"].split("key=")[1].split("&")[0] not in one.client.process.text(), "which is in no log")


def body(check):
    one = Gui(check, server_options=("--access", "key"), configured=False)
    key = one.lab.boson.run(product.program("boson-server"), "access-key", "add", "guest",
                            "--data-dir", one.server.data).stdout.split()[-1]
    one.open()
    server(one)
    invitation(one)
    wrong_key(one)
    right_key(one, key)
    second_invitation(one)
    operators_invitation(one)


if __name__ == "__main__":
    gui.run(body)
