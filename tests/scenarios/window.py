# SPDX-License-Identifier: GPL-3.0-or-later
"""The windows on a laboratory host: a display of its own, a session bus, and the programs that people
run, unchanged, whose buttons are pressed by a plugin of Qt (tests/gui_driver)."""
import json
import os
import select
import shutil
import signal
import subprocess
import sys

import product
from product import sandbox
from host import CommandFailed, wait_until

PLUGINS = os.path.join(os.environ.get("HIGGS_BUILD", os.path.join(product.ROOT, "build", "release")),
                       "tests", "plugins")
ANSWER_WITHIN = 20


def needs(*programs):
    """Ends the script as skipped when a program for it is not installed."""
    for name in programs:
        if shutil.which(name) is None:
            print(f"skipped: {name} is not installed")
            sys.exit(sandbox.SKIPPED)
    if not os.path.exists(f"{PLUGINS}/generic/libhiggs_gui_driver.so"):
        print(f"skipped: the driver of windows is not built in {PLUGINS}")
        sys.exit(sandbox.SKIPPED)


class Desktop:
    """Xvfb and a session bus on a host, with a home and a runtime directory of their own."""

    def __init__(self, host, width=1400, height=1800, name="desktop"):
        self.host, self.place = host, f"{sandbox.SPACE}/{name}-{host.name}"
        host.sh(f"mkdir -p {self.place}/home && mkdir -m 0700 -p {self.place}/run;"
                # The host's own: displays of other laboratories have the same number.
                "mkdir -p -m 1777 /tmp/.X11-unix && mount -t tmpfs -o mode=1777 tmpfs /tmp/.X11-unix")
        self.display = host.start("xvfb", "Xvfb", ":9", "-nolock", "-nolisten", "tcp", "-noreset",
                                  "-screen", "0", f"{width}x{height}x24", "-dpi", "96")
        wait_until(lambda: host.run("xdpyinfo", "-display", ":9", check=False).returncode == 0, 10,
                   "the display answers")
        self.bus = None
        self.environment = {
            "PATH": os.environ["PATH"], "DISPLAY": ":9", "HOME": f"{self.place}/home", "LANG": "C.UTF-8",
            "XDG_RUNTIME_DIR": f"{self.place}/run", "XDG_CONFIG_HOME": f"{self.place}/home/.config",
            "XDG_DATA_HOME": f"{self.place}/home/.local/share",
            "XDG_CACHE_HOME": f"{self.place}/home/.cache", "QT_QPA_PLATFORM": "xcb",
            "DBUS_SESSION_BUS_ADDRESS": "disabled:"}

    def session_bus(self):
        address = f"unix:path={self.place}/bus"
        self.bus = self.host.start("dbus", "dbus-daemon", "--session", "--nofork", "--nosyslog",
                                   f"--address={address}")
        wait_until(lambda: os.path.exists(f"{self.place}/bus"), 20, "the session bus is there")
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = address
        return self

    def window_manager(self):
        """Without one nothing has the focus, and nothing can be minimised or raised."""
        self.start("openbox", "openbox")
        wait_until(lambda: "window id" in self.host.run(
            "xprop", "-display", ":9", "-root", "_NET_SUPPORTING_WM_CHECK", check=False).stdout, 10,
            "the window manager is ready")
        return self

    def start(self, label, *argv, **more):
        """A program of the desktop, such as a panel or a window manager."""
        return self.host.start(label, *argv, env={**self.environment, **more})


class Refused(CommandFailed):
    """The window did not let a person do that."""


class Window:
    """A window program under the driver. Every method does what a person does."""

    def __init__(self, desktop, program, *arguments, **environment):
        self.desktop, self.host, self.program = desktop, desktop.host, program
        self.arguments, self.extra = arguments, environment
        self.popen = None
        self.start()

    def start(self, *arguments):
        env = {**self.desktop.environment, "QT_QPA_GENERIC_PLUGINS": "higgsdriver",
               "QT_PLUGIN_PATH": PLUGINS, **self.extra}
        self.log = f"{sandbox.SPACE}/{self.host.name}-{self.program}.log"
        self.pending = b""
        with open(self.log, "ab") as log:
            self.popen = subprocess.Popen(
                self.host.enter + [product.program(self.program), *(arguments or self.arguments)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=env, bufsize=0,
                start_new_session=True)
        self.pid = self.popen.pid
        return self

    def running(self):
        return self.popen.poll() is None

    def ask(self, do, **words):
        """The driver's answer, whatever it is."""
        try:
            self.popen.stdin.write(json.dumps({"do": do, **words}).encode() + b"\n")
        except BrokenPipeError:
            raise CommandFailed(f"{self.program} has ended ({self.popen.wait()}): {self.text_of_log()}")
        while b"\n" not in self.pending:
            ready, _, _ = select.select([self.popen.stdout], [], [], ANSWER_WITHIN)
            if not ready:
                raise CommandFailed(f"{self.program} does not answer to {do} {words}")
            more = os.read(self.popen.stdout.fileno(), 1 << 16)
            if not more:
                raise CommandFailed(f"{self.program} ended ({self.popen.wait()}): {self.text_of_log()}")
            self.pending += more
        line, _, self.pending = self.pending.partition(b"\n")
        return json.loads(line)

    def do(self, do, **words):
        """As ask(), and fails when the window refuses."""
        said = self.ask(do, **words)
        if not said.pop("ok"):
            raise Refused(f"{do} {words}: {said.get('error')}")
        return said

    def text_of_log(self):
        with open(self.log, errors="replace") as log:
            return log.read()[-2000:]

    def widget(self, name):
        """What the widget looks like to a person; {} when there is none."""
        return self.ask("get", name=name).get("widget", {})

    def text(self, name):
        return self.widget(name).get("text", "")

    def visible(self, name):
        return self.widget(name).get("visible", False)

    def wait(self, name, timeout=15, text=None, **wanted):
        """Until the widget is visible and has these properties; text: a part of its words."""
        seen = {}

        def held():
            seen.clear()
            seen.update(self.widget(name))
            if not wanted.get("visible", True):
                return not seen.get("visible", False)
            return seen.get("visible") and (text is None or text in seen["text"]) and \
                all(seen.get(key) == value for key, value in wanted.items())
        try:
            wait_until(held, timeout, name)
        except TimeoutError:
            raise TimeoutError(f"not within {timeout:g} s: {name} with {text or ''} {wanted or ''}; "
                               f"it is {seen}") from None
        return dict(seen)

    def click(self, name, timeout=5):
        """Clicks what is there, or comes within the time."""
        refused = []

        def clicked():
            said = self.ask("click", name=name)
            refused[:] = [said.get("error")]
            return said["ok"]
        try:
            wait_until(clicked, timeout, name)
        except TimeoutError:
            raise Refused(f"click {name}: {refused[0]}") from None

    def menu(self, button, entry):
        """Opens a menu by its button and clicks an entry."""
        self.click(button)
        wait_until(lambda: self.ask("clickAction", name=entry)["ok"], 5, f"{entry} can be clicked")

    def type(self, name, text):
        self.do("type", name=name, text=text)

    def key(self, keys):
        self.do("key", keys=keys)

    def rows(self, name):
        return self.do("rows", name=name)["rows"]

    def application(self):
        return self.do("application")

    def grab(self, file, name=""):
        """Writes a picture of the window; returns the words that do not fit into it."""
        return self.do("grab", file=file, name=name)["clipped"]

    def first_shown(self, since, timeout=15):
        """Milliseconds from a moment of time.monotonic() until the window was shown, and painted."""
        shown = wait_until(lambda: (lambda said: said if said["ok"] else None)(self.ask("shown")), timeout,
                           "the window is painted")
        return shown["shown"] - since * 1000, shown["painted"] - since * 1000

    def stop(self, timeout=10):
        if self.running():
            self.popen.send_signal(signal.SIGTERM)
            try:
                self.popen.wait(timeout)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        return self.popen.returncode

    def kill(self):
        self.popen.kill()
        self.popen.wait()
