# SPDX-License-Identifier: GPL-3.0-or-later
"""scripts/screenshots: every page and state of HiggsVPN and of HiggsNode, from life.

The names are PROGRAM-STATE-THEME-LANGUAGE.png, with -wide for the wide window and -2x for twice the scale.
"""
import argparse
import os
import sys

import pictures_node
import pictures_vpn
import product
import sandbox
import window
from host import CommandFailed

PROGRAMS = {"vpn": pictures_vpn.make, "node": pictures_node.make}


def laboratory(make, options):
    """In a process of its own: each program has a laboratory for itself."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    sandbox.enter()
    try:
        sys.exit(make(options))
    except (CommandFailed, TimeoutError) as error:
        product.show_logs()
        print(f"Failed: {error}", file=sys.stderr)
        sys.exit(1)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program", nargs="?", choices=PROGRAMS, help="only this one's pictures")
    arguments.add_argument("--only", help="states with this word in their name")
    arguments.add_argument("--into", default=f"{product.ROOT}/resources/screenshots")
    options = arguments.parse_args()
    window.needs("Xvfb", "xdpyinfo", "dbus-daemon", "openbox", "pngquant", "optipng")
    for name in ("boson-server", "higgs-noded", "higgs-nodectl", "higgs-vpnd", "higgs-vpnctl",
                 "higgs-vpn", "higgs-node"):
        product.program(name)
    os.makedirs(options.into, exist_ok=True)
    wanted = [options.program] if options.program else PROGRAMS
    return max([laboratory(PROGRAMS[name], options) for name in wanted])


if __name__ == "__main__":
    sys.exit(main())
