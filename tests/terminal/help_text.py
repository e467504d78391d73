# SPDX-License-Identifier: GPL-3.0-or-later
"""What a program's --help says there is: commands, options, settings, limits."""
import os
import re
import subprocess

BIN = os.environ.get("HIGGS_BIN", "build/release/bin")
SOURCE = os.environ.get("HIGGS_SOURCE", os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def is_built(program):
    return os.path.exists(f"{BIN}/{program}")


def sections(program):
    """Heading (in small letters, its first word) -> its lines."""
    text = subprocess.run([f"{BIN}/{program}", "--help"], capture_output=True, text=True, check=True,
                          env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}).stdout
    found, heading = {}, ""
    for line in text.splitlines():
        begin = re.match(r"(\w+)[^:]*:$", line) if line and not line.startswith(" ") else None
        if begin:
            heading = begin.group(1).lower()
            found[heading] = []
        elif line.startswith("  ") and heading:
            if not line.startswith(" " * 20):  # else the meaning of a command so long that it stands on the next line
                found[heading].append(line.strip())
        elif line:
            heading = ""
    return found


def first_words(program, heading):
    """Each once: a command may have a line for each of its forms."""
    return list(dict.fromkeys(line.split()[0] for line in sections(program).get(heading, [])))


def options(program):
    """Without dashes, in the help's order."""
    names = []
    for line in sections(program).get("options", []):
        names += re.findall(r"(?:^|, )--([a-z][a-z-]*)", line.split("  ")[0])
    return names


def options_with_value(program):
    """Those that need one, as the next word."""
    return [match.group(1) for line in sections(program)["options"]
            if (match := re.match(r"--([a-z-]+) [A-Za-z|]", line))]


def settings(program):
    """key -> its values as the help has them: "on|off" -> ["on", "off"]."""
    return {line.split()[0]: line.split()[1].split("|") for line in sections(program).get("settings", [])}
