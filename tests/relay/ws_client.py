#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ws/client.mjs (npm's `ws`) against a boson-server: the distribution's node-ws where it is
installed, else by npm into the build directory. Without either the test is skipped (77)."""
import json
import os
import shutil
import subprocess
import sys

import relay_bed

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGED = "/usr/share/nodejs/ws"  # Debian and Ubuntu: node-ws
SESSIONS = 16


def install():
    """Returns the directory that has node_modules/ws."""
    if not shutil.which("node"):
        relay_bed.skip("node is not installed")
    target = os.path.join(os.environ.get("HIGGS_BUILD", "build/release"), "tests", "relay-ws")
    target = os.path.abspath(target)
    os.makedirs(target, exist_ok=True)
    if os.path.exists(os.path.join(target, "node_modules", "ws", "package.json")):
        return target
    if os.path.exists(os.path.join(PACKAGED, "package.json")):
        os.makedirs(os.path.join(target, "node_modules"), exist_ok=True)
        os.symlink(PACKAGED, os.path.join(target, "node_modules", "ws"))
        return target
    if not shutil.which("npm"):
        relay_bed.skip("neither node-ws nor npm is installed")
    shutil.copy(os.path.join(HERE, "ws", "package.json"), target)
    done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"],
                          cwd=target, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        relay_bed.skip("npm cannot install ws: " + done.stderr.strip().split("\n")[-1])
    return target


def main():
    modules = install()
    with relay_bed.Server() as server:
        bed = {"modules": modules, "port": server.port, "certificate": server.certificate,
               "sessions": []}
        for _ in range(SESSIONS):
            session = server.session()
            bed["sessions"].append({"path": session.path, "id": session.id,
                                    "tokens": {"client": session.client_token,
                                               "node": session.node_token}})
        file = server.directory + "/bed.json"
        with open(file, "w", encoding="utf-8") as out:
            json.dump(bed, out)
        code = subprocess.run(["node", os.path.join(HERE, "ws", "client.mjs"), file],
                              timeout=120, check=False).returncode
        if code != 0:
            server.print_log()
        return code


if __name__ == "__main__":
    sys.exit(main())
