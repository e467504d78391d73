# SPDX-License-Identifier: GPL-3.0-or-later
"""Several servers of one operator in the laboratory, with the PostgreSQL and the Redis that they share."""
import glob
import json
import os
import pwd
import shutil
import sys

import product
import sandbox
from host import CommandFailed, wait_until
from topology import BOSON_NAME

DATA4 = "81.0.113.11"


def needed():
    """Skips where something is not installed."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    if not found or not shutil.which("redis-server"):
        print("skipped: PostgreSQL and redis-server are needed")
        sys.exit(sandbox.SKIPPED)
    return os.path.dirname(found[-1])


class Stores:
    """PostgreSQL and Redis on a host of their own, where the servers reach them."""

    def __init__(self, lab):
        binaries = needed()
        self.host = lab.internet.server("data", 11)
        self.dir = f"{sandbox.SPACE}/postgres"
        os.mkdir(self.dir)
        account = pwd.getpwnam("postgres")
        os.chown(self.dir, account.pw_uid, account.pw_gid)
        self.as_postgres = ["runuser", "-u", "postgres", "--"]
        self.host.run(*self.as_postgres, f"{binaries}/initdb", "-D", f"{self.dir}/data", "-U", "boson",
                      "--auth=trust", "-E", "UTF8", "--no-sync", timeout=120)
        with open(f"{self.dir}/data/pg_hba.conf", "a") as rules:
            rules.write("host all all 81.0.113.0/24 trust\n")
        self.postgres = self.host.start(
            "postgres", *self.as_postgres, f"{binaries}/postgres", "-D", f"{self.dir}/data", "-k", self.dir,
            "-c", "listen_addresses=*", "-c", "fsync=off")
        self.postgres.wait_for("ready to accept connections", 30)
        self.host.run(f"{binaries}/createdb", "-h", "127.0.0.1", "-U", "boson", "boson")
        self.start_redis()

    def start_redis(self):
        self.redis = self.host.start("redis", "redis-server", "--port", "6379", "--bind", "0.0.0.0",
                                     "--protected-mode", "no", "--save", "", "--appendonly", "no")
        wait_until(lambda: self.host.run("redis-cli", "PING", check=False).stdout.strip() == "PONG", 10, "Redis")

    @property
    def options(self):
        return ("--database", f"postgresql://boson@{DATA4}/boson", "--redis", f"redis://{DATA4}")


class FleetServer(product.Server):
    """One of several; its public host is a name for the first, and an address for the others."""

    def __init__(self, host, name, options, label):
        self.host, self.name, self.options, self.label = host, name, options, label
        self.data, self.pin, self.stun = f"{sandbox.SPACE}/boson-{label}", None, "0.0.0.0:3478"
        self.start()

    @property
    def url(self):
        return f"https://{self.name}:3000"

    def asked(self, path):
        done = self.host.run("curl", "-sk", "-m3", f"https://127.0.0.1:3000{path}", check=False)
        return json.loads(done.stdout) if done.stdout else {}

    def lists(self):
        return {each["host"] for each in self.asked("/api/v1/server").get("relayServers", [])}

    def legs(self):
        try:
            return int(self.metric("boson_relay_connections"))
        except CommandFailed:  # it has just ended
            return 0

    def is_up(self):
        return self.process.running()


class Fleet:
    """Three of them, which know each other."""

    def __init__(self, lab, *options):
        self.stores = Stores(lab)
        options = (*self.stores.options, *options)
        self.servers = [FleetServer(lab.boson, BOSON_NAME, options, "a")]
        for number, label in ((14, "b"), (15, "c")):
            host = lab.internet.server(f"boson{number}", number)
            self.servers.append(FleetServer(host, f"81.0.113.{number}", options, label))
        self.together()

    def together(self, seconds=20):
        names = {server.name for server in self.servers if server.is_up()}
        wait_until(lambda: all(server.lists() == names for server in self.servers if server.is_up()), seconds,
                   "all servers know each other")

    def holders(self):
        """Which of them have both ends of the one session: one, and beside it one that nobody can reach."""
        return [server for server in self.servers if server.is_up() and server.legs() == 2]

    def holder(self):
        """When there is one."""
        def only():
            found = self.holders()
            return found[0] if len(found) == 1 else None
        return wait_until(only, 30, "one server relays the session")


class FleetNode(product.Node):
    """Knows the server of its url."""

    def command(self):
        words = super().command()
        words[words.index("--server") + 1] = self.server.url
        return words


class FleetClient(product.Client):
    def command(self, pin=None):
        words = super().command(pin)
        words[words.index("--server") + 1] = self.server.url
        return words
