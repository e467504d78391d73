# SPDX-License-Identifier: GPL-3.0-or-later
"""Where pictures are taken: several windows of a program, one for each look (theme, language, scale,
width), on one display and one daemon, pictured together in every state."""
import os
import subprocess
import time

import sandbox
import window
from host import CommandFailed, wait_until

WIDE = 760  # from here on a page stands beside the state
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
    def __init__(self, theme, language, size, scale=1):
        self.theme, self.language, self.size, self.scale = theme, language, size, scale
        self.name = f"{theme}-{language}" + ("-wide" if size[0] >= WIDE else "") + ("-2x" if scale == 2 else "")


def plain(size):
    return [Look(theme, language, size) for language in ("en", "ru") for theme in ("light", "dark")]


def large(size):
    return [Look("light", "en", size, 2), Look("dark", "ru", size, 2)]


class Studio:
    """The desktop, a window for each look, and the pictures."""

    def __init__(self, host, program, options, preferences=""):
        self.short = program.removeprefix("higgs-")
        self.host, self.program, self.preferences = host, program, preferences
        self.directory, self.only = options.into, options.only
        self.desktop = window.Desktop(host, 2400, 1800).session_bus().window_manager()
        fonts = f"{sandbox.SPACE}/fonts.conf"
        with open(fonts, "w") as file:
            file.write(FONTS.format(cache=f"{sandbox.SPACE}/fonts"))
        self.fonts, self.windows, self.clipped, self.files = fonts, {}, set(), []

    def open(self, looks, control, *arguments, **more):
        """Windows for the looks, each with a home of its own, as if each were another person's."""
        for look in looks:
            home = f"{self.desktop.place}/{look.name}"
            os.makedirs(f"{home}/.config/higgs", exist_ok=True)
            os.makedirs(f"{home}/run", mode=0o700, exist_ok=True)
            with open(f"{home}/.config/higgs/{self.program}.ini", "w") as file:
                file.write(f"[General]\ntheme={look.theme}\nlanguage={look.language}\n"
                           + self.preferences)
            opened = window.Window(
                self.desktop, self.program, "--control", control, *arguments, HOME=home,
                XDG_CONFIG_HOME=f"{home}/.config", XDG_RUNTIME_DIR=f"{home}/run",
                XDG_DATA_HOME=f"{home}/.local/share", FONTCONFIG_FILE=self.fonts,
                QT_SCALE_FACTOR=str(look.scale), **more)
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
            file = f"{self.directory}/{self.short}-{state}-{opened.look.name}.png"
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
