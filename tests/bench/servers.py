# SPDX-License-Identifier: GPL-3.0-or-later
"""Three boson-servers that act as one, on a PostgreSQL and a Redis of their own."""
import contextlib
import shutil
import signal

from boson import Server, wait_for
from cluster import Redis
from life import FREE
from postgres_test import Postgres


@contextlib.contextmanager
def three_servers(*options):
    with contextlib.ExitStack() as stack:
        postgres, redis = Postgres(), Redis()
        stack.callback(postgres.remove)
        stack.callback(redis.remove)
        redis.start()
        servers = [Server("--database", postgres.url, "--redis", redis.url, *FREE, *options)
                   for _ in range(3)]
        for server in servers:
            stack.callback(shutil.rmtree, server.data, ignore_errors=True)
            stack.callback(server.stop, signal.SIGKILL)
            server.start()
        wait_for(lambda: all(together(server) for server in servers), 30, "all servers to know each other")
        yield servers, postgres, redis


def together(server):
    return len(server.get("/api/v1/server").json["relayServers"]) == 3
