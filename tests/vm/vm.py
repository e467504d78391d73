# SPDX-License-Identifier: GPL-3.0-or-later
"""The product on virtual machines: vm.py [--only STEP,...] [--keep] [--list]; `tests/vm/run` prepares it.

Three Debian guests with systemd, the distribution's kernel and NetworkManager, on the laboratory of
tests/netns: install, connect, break, reboot. Prints a row a claim, and exits with 1 if one does not hold.
"""
import argparse
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "netns"))

import image  # noqa: E402
import kept  # noqa: E402
import package  # noqa: E402
import sandbox  # noqa: E402
import steps_boot  # noqa: E402
import steps_connect  # noqa: E402
import steps_containers  # noqa: E402
import steps_firewall  # noqa: E402
import steps_install  # noqa: E402
import steps_machine  # noqa: E402
import steps_units  # noqa: E402
from laboratory import VirtualLaboratory  # noqa: E402
from table import Table  # noqa: E402

# In this order; each leaves the client disconnected. The first two are what the others stand on.
STEPS = {
    "control": steps_install.control, "install": steps_install.install,
    "main": steps_connect.main_job, "everyday": steps_connect.every_day,
    "nftables": steps_firewall.nftables, "networkd": steps_firewall.networkd, "node": steps_firewall.node,
    "sleep": steps_machine.sleep, "users": steps_machine.users, "containers": steps_containers.containers,
    "disk": steps_machine.full_disk, "autoconnect": steps_boot.autoconnect, "lockdown": steps_boot.lockdown,
    "units": steps_units.units, "uninstall": steps_units.uninstall,
}
kept.RECORD = f"{image.CACHE}/kept"  # apart from those of ./run --keep


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(STEPS), metavar="STEP,...",
                        help=f"of {', '.join(STEPS)}; install comes before in any case")
    parser.add_argument("--keep", action="store_true", help="leave the guests up; tests/vm/run down ends them")
    parser.add_argument("--list", action="store_true", help="name the steps")
    options = parser.parse_args()
    unknown = set(options.only) - set(STEPS)
    if unknown:
        parser.error(f"no such step: {', '.join(sorted(unknown))}")
    return options


def remember(pid):
    with open(f"/proc/{pid}/root{sandbox.SPACE}/hosts") as file:
        kept.remember(pid, {name: int(number) for name, number in map(str.split, file)})


def keep_up(lab):
    with open(f"{sandbox.SPACE}/hosts", "w") as file:
        file.writelines(f"{machine.name} {machine.host.pid}\n" for machine in lab.machines)
    print("\nThe guests stay up: tests/vm/run on boson|node|user COMMAND, tests/vm/run down", flush=True)
    sandbox.keep()


def main():
    options = arguments()
    if options.list:
        print("\n".join(STEPS))
        return 0
    if os.geteuid() != 0:
        print("skipped: virtual machines and their network need root")
        return sandbox.SKIPPED
    try:
        package.make()
        image.make(package.needed())
    except image.CannotBeMade as error:
        print(f"skipped: {error}")
        return sandbox.SKIPPED
    sandbox.enter(on_kept=remember)
    table, begun, lab = Table(), time.monotonic(), None
    try:
        def boot():
            nonlocal lab
            lab = VirtualLaboratory(table)
        table.play("boot", boot)
        for name, step in STEPS.items():
            if lab and (name in options.only or name == "install"):
                table.play(name, step, lab, table)
    finally:
        if lab:
            lab.keep_journals()
        failed = table.print()
        print(f"{time.monotonic() - begun:.0f} s; journals, consoles and captures: {image.CACHE}/last", flush=True)
    if options.keep and lab:
        keep_up(lab)
    return 1 if failed or not lab else 0


if __name__ == "__main__":
    sys.exit(main())
