# SPDX-License-Identifier: GPL-3.0-or-later
"""HiggsVPN's window, unchanged, on a display of the laboratory: how soon it can be used, how long it
lets a person wait, and what its graph costs while traffic passes."""
import argparse
import json
import os
import statistics
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "scenarios"))

import product  # noqa: E402
import sandbox  # noqa: E402
import window  # noqa: E402
from host import CommandFailed, wait_until  # noqa: E402
from topology import PYTHON, WEB4  # noqa: E402
from world import NEAR, World  # noqa: E402

START_MS, RESPONSE_MS, GRAPH_PERCENT = 700, 100, 2.0
SCRIPTED_MBITS = 500
TICK = os.sysconf("SC_CLK_TCK")


class Figures:
    def __init__(self):
        self.missed = 0

    def __call__(self, label, value, unit, limit=None, note=""):
        missed = limit is not None and value >= limit
        self.missed += missed
        against = "" if limit is None else f"  limit {limit:g} {unit}" + ("  MISSED" if missed else "")
        print(f"  {label:<52}{value:9.2f} {unit:<7}{against}  {note}".rstrip(), flush=True)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def usable(gui):
    return gui.widget("powerButton").get("enabled") and gui.text("stateTitle")


def measure_start(figures, desktop, control, rounds):
    painted, ready = [], []
    for _ in range(rounds):
        begun = time.monotonic()
        gui = window.Window(desktop, "higgs-vpn", "--control", control)
        wait_until(lambda: usable(gui), 10, "the window can be used")
        ready.append((time.monotonic() - begun) * 1000)
        painted.append(gui.first_shown(begun)[1])
        gui.stop()
    print(f"Start, {rounds} times, from the start of the process")
    figures("first picture, median", statistics.median(painted), "ms")
    figures("the button can be pressed, median", statistics.median(ready), "ms", START_MS)
    figures("the button can be pressed, worst", max(ready), "ms", START_MS)


def measure_response(figures, gui, rounds):
    """A click, and everything painted that it changed; and whether events ever waited meanwhile."""
    times = {"open the menu": [], "leave the settings": [], "open the picker": [], "close it": []}
    gui.do("watch")
    for _ in range(rounds):
        times["open the menu"].append(gui.do("timeClick", name="menuButton")["ms"])
        wait_until(lambda: gui.ask("clickAction", name="settingsAction")["ok"], 20, "the settings open")
        gui.wait("themeChoice")
        times["leave the settings"].append(gui.do("timeClick", name="backButton")["ms"])
        gui.wait("powerButton")
        times["open the picker"].append(gui.do("timeClick", name="pickerButton")["ms"])
        gui.wait("pickerList")
        for letters in ("d", "e", "u", "zzzz"):
            gui.type("pickerSearch", letters)
        gui.key("Escape")
        gui.wait("pickerList")
        times["close it"].append(gui.do("timeClick", name="pickerBack")["ms"])
        gui.wait("powerButton")
    waits = gui.do("waits")
    print(f"Response, {rounds} rounds while traffic passes")
    for what, seen in times.items():
        figures(f"{what}: click to picture, worst", max(seen), "ms", RESPONSE_MS)
    figures("an event's wait in the loop, 99 of 100", waits["p99"], "ms")
    figures("an event's wait in the loop, worst", waits["worst"], "ms", RESPONSE_MS,
            f"{waits['count']} knocks")


def measure_cost(figures, label, gui, seconds, received):
    begun, cpu, bytes_before = time.monotonic(), cpu_seconds(gui.pid), received()
    time.sleep(seconds)
    passed = time.monotonic() - begun
    rate = (received() - bytes_before) * 8 / passed / 1e6
    figures(label, (cpu_seconds(gui.pid) - cpu) / passed * 100, "% core", GRAPH_PERCENT,
            f"{rate:.0f} Mbit/s for {passed:.0f} s")


def measure(options):
    figures = Figures()
    world = World(NEAR)
    client = world.client()
    desktop = window.Desktop(world.lab.user).session_bus()
    measure_start(figures, desktop, client.control, options.rounds)

    client.connect("DE")
    gui = window.Window(desktop, "higgs-vpn", "--control", client.control)
    gui.wait("stateTitle", text="Connected")
    flow = world.lab.user.start("flow", "iperf3", "-c", WEB4, "-p", "5201", "-R", "-t", "3600")
    wait_until(lambda: client.status()["rxBytes"] > 1e6, 10, "traffic passes")
    print("Cost of the window and its graph, shown")
    measure_cost(figures, "the laboratory's highest rate", gui, options.seconds,
                 lambda: client.status()["rxBytes"])
    measure_response(figures, gui, options.rounds)
    flow.kill()
    gui.stop()

    status, socket = f"{sandbox.SPACE}/status.json", f"{sandbox.SPACE}/scripted.socket"
    with open(status, "w") as file:
        json.dump(client.status(), file)
    world.lab.user.start("scripted", PYTHON, f"{ROOT}/tests/bench/scripted_daemon.py", socket, status,
                         SCRIPTED_MBITS).wait_for("ready")
    gui = window.Window(desktop, "higgs-vpn", "--control", socket)
    gui.wait("stateTitle", text="Connected")
    time.sleep(5)
    begun = time.monotonic()
    print("The same, told of a rate that two cores do not carry")
    measure_cost(figures, "a scripted status, once a second", gui, options.seconds,
                 lambda: (time.monotonic() - begun) * SCRIPTED_MBITS * 125_000)
    return 1 if figures.missed else 0


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=10)
    arguments.add_argument("--seconds", type=int, default=20)
    options = arguments.parse_args()
    window.needs("Xvfb", "xdpyinfo", "dbus-daemon")
    for name in ("boson-server", "higgs-noded", "higgs-vpnd", "higgs-vpnctl", "higgs-vpn"):
        product.program(name)
    sandbox.enter()
    try:
        return measure(options)
    except (CommandFailed, TimeoutError) as error:
        product.show_logs()
        print(f"Failed: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
