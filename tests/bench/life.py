# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests/bench/fleet and tests/bench/day have in common: a simulated life on boson-servers (the
program server_life), and limits that do not stand in its way."""
import contextlib
import json
import os
import resource
import subprocess
import sys
import threading
import time

DESCRIPTORS = 100_000
FREE = [word for name, value in (
    *((each + kind, 10 ** 8) for each in ("routing", "register", "heartbeat", "signal", "relay-open")
      for kind in ("-per-minute", "-burst")),
    ("work-per-minute", 10 ** 8), ("work-burst", 10 ** 8),
    *(("nodes-per-" + each, 400_000) for each in ("address", "site", "network")),
    *(("sessions-per-" + each, 400_000) for each in ("address", "site", "network")),
    *(("waiting-sessions-per-" + each, 400_000) for each in ("address", "site", "network")),
    *((each + kind, 10 ** 8) for each in ("handshake", "handshake-network", "handshake-site")
      for kind in ("-per-minute", "-burst")),
    ) for word in ("--limit", "%s=%d" % (name, value))]


def skip(why):
    print("SKIPPED: " + why)
    sys.exit(77)


def many_descriptors():
    """As many as one may have; how many that is."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    for number in (DESCRIPTORS, min(DESCRIPTORS, most)):  # without the right: what is given
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (number, max(number, most)))
            break
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


class Life:
    """The simulation, whose latest figures are there all the time."""

    def __init__(self, servers, **options):
        words = [word for server in servers for word in ("--port", str(server.port))]
        words += [word for name, value in options.items()
                  for word in ("--" + name.replace("_", "-"), str(value))]
        self.process = subprocess.Popen([os.path.join(os.environ["HIGGS_BUILD"], "tests", "server_life"), *words],
                                        stdout=subprocess.PIPE, text=True)
        self.now, self.final = {}, None
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.now = json.loads(line)
            if "final" in self.now:
                self.final = self.now

    def wait(self, holds, seconds, what):
        end = time.monotonic() + seconds
        while not holds(self.now):
            if time.monotonic() > end or self.process.poll() is not None:
                raise SystemExit("%s: %s" % (what, self.now))
            time.sleep(0.2)

    def ended(self):
        self.process.terminate()
        self.process.wait()
        self.reader.join(10)
        return self.final or {}

    def stop(self):
        self.process.kill()
        self.process.wait()
