# SPDX-License-Identifier: GPL-3.0-or-later
"""What ./run gui shows the windows on: a server, homes that share in several countries, and the daemons
of a user and of one home, whose control sockets lie in a directory that the desktop user can reach.

A unix socket is a file, and files of the machine are the same inside and outside of network
namespaces: so the windows run in the desktop session as always, and the daemons in the laboratory.
"""
import argparse
import sys

import product
import sandbox
from host import CommandFailed
from world import World, browse, let_control


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("directory", help="where the control sockets come to lie")
    arguments.add_argument("user", help="who may control the daemons")
    options = arguments.parse_args()
    for name in ("boson-server", "higgs-noded", "higgs-vpnd", "higgs-vpnctl", "higgs-nodectl"):
        product.program(name)
    sandbox.enter()
    try:
        world = World(controls={"DE-BY": f"{options.directory}/noded.sock"}, controller=options.user)
        world.populate()
        let_control(world.lab.user, options.user)
        world.client(control=f"{options.directory}/vpnd.sock")
        browse(world.lab.user)
        print("ready", flush=True)
        # Whoever started this holds the other end, and lets go of it when the windows are closed.
        sys.stdin.read()
        return 0
    except (CommandFailed, TimeoutError) as error:
        product.show_logs()
        print(f"Failed: {error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
