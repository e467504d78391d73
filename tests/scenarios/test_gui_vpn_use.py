# SPDX-License-Identifier: GPL-3.0-or-later
"""HiggsVPN's window on a real daemon: connect, switch country, cancel both, search, theme and language."""
import json
import signal

import gui
from gui import Gui
from host import wait_until


def connect(one):
    gui_window = one.open()
    shown = one.title("disconnected")
    one.check(shown["visible"], "the window shows the state")
    one.connect("Germany", "DE")
    one.leaves_from("DE", "after Connect")
    one.check("Germany" in gui_window.text("stateSentence"), "the sentence names the country",
              gui_window.text("stateSentence"))


def places(one):
    """A round trip is this person's: both legs, and what it was in a session of their own."""
    def listed():
        answer = json.loads(one.client.ctl("countries", "--json").stdout)
        return answer if any(each["pastMs"] for each in answer["locations"]) else None
    answer = wait_until(listed, 20, "the session's own round trip is remembered")
    leg = answer["serverRttMs"]
    one.check(leg and all(each["estimateMs"] is None if each["latency"] is None
                          else abs(each["estimateMs"] - each["latency"] - leg) < 0.001
                          for each in answer["locations"]), "an estimate has both legs", answer)
    said = one.client.ctl("countries").stdout
    one.check(" of " in said and "last time" in said, "the terminal says the same", said)


def switch(one):
    one.pick("Finland")
    one.window.wait("stateSentence", 20, text="Finland")
    one.title("connected")
    one.leaves_from("FI", "after switching")


def cancel_switch(one):
    """Cancel leads back to the exit that stood, and nothing leaves on the way."""
    before = one.client.status()
    one.server.process.signal(signal.SIGSTOP)
    one.pick("Germany")
    one.window.wait("stateTitle", text="Switching")
    said = one.window.text("stateConsequence")
    one.check("Finland" in said and "cancel" in said, "Cancel says where it leads", said)
    one.window.click("powerButton")
    wait_until(lambda: one.client.status()["switchingFrom"] is None, 20, "the switch is cancelled")
    status = one.client.status()
    one.check(status["killSwitch"] and one.client.exit4(2) == "", "nothing leaves on the way back", status["state"])
    one.server.process.signal(signal.SIGCONT)
    one.title("connected", 40)
    after = one.client.status()
    one.check.equal(after["nodeId"], before["nodeId"], "the exit is the one from before the switch")
    one.check.equal(after["settings"]["country"], "FI", "and Connect means that place again")
    one.leaves_from("FI", "after a cancelled switch")


def search(one):
    one.window.click("pickerButton")
    one.window.wait("pickerSearch", focus=True)
    one.window.type("pickerSearch", "zzzz")
    said = one.window.wait("pickerMessage", text="Nothing found")
    one.check(said["visible"], "a search for nothing says so")
    for words, found in (("deu", "Deutschland"), ("germ", "Germany"), ("us", "United States")):
        one.window.key("Escape")
        wait_until(lambda: one.window.text("pickerSearch") == "", 20, "Escape clears the search")
        one.window.type("pickerSearch", words)
        wait_until(lambda: one.window.text("pickerSearch") == words, 20, "the words are in the field")
        rows = one.window.rows("pickerList")
        one.check(rows and found in rows[0]["text"] + rows[0]["spoken"], f"{words} finds {found} first",
                  [row["text"] for row in rows[:3]])
    one.window.key("Escape")
    wait_until(lambda: one.window.text("pickerSearch") == "", 20, "Escape clears the search")
    one.window.key("Escape")
    one.window.wait("stateTitle")


def disconnect(one):
    one.window.click("powerButton")
    one.title("disconnected")
    seen = wait_until(lambda: one.client.exit4(), 20, "the Internet is reached after Disconnect")
    one.check.equal(seen, one.lab.user_home.public4, "traffic leaves from home after Disconnect")


def cancel(one):
    one.server.process.signal(signal.SIGSTOP)
    one.window.click("powerButton")
    one.title("connecting")
    shown = one.window.widget("powerButton")
    one.check("Cancel" in shown["text"] + shown["spoken"], "while connecting the button says Cancel", shown)
    one.window.click("powerButton")
    one.title("disconnected")
    one.server.process.signal(signal.SIGCONT)


def appearance(one):
    gui_window = one.window
    gui_window.menu("menuButton", "settingsAction")
    gui_window.wait("themeChoice")
    for row, dark in ((2, True), (1, False)):
        gui_window.do("choose", name="themeChoice", row=row)
        wait_until(lambda: (int(gui_window.application()["background"][1:3], 16) < 0x60) == dark, 5,
                   "the theme is " + ("dark" if dark else "light"))
        one.check(True, "the theme is " + ("dark" if dark else "light"))
    gui_window.do("choose", name="languageChoice", row=2)
    wait_until(lambda: gui_window.application()["language"].startswith("ru"), 20, "the language is Russian")
    gui_window.click("backButton")
    gui_window.wait("stateTitle", text="Отключено")
    one.check(True, "the window speaks Russian at once")
    gui_window.stop()
    gui_window.start()
    gui_window.wait("stateTitle", text="Отключено")
    one.check(True, "and still after a new start")


def body(check):
    one = Gui(check)
    for case in (connect, places, switch, cancel_switch, search, disconnect, cancel, appearance):
        case(one)


if __name__ == "__main__":
    gui.run(body)
