# SPDX-License-Identifier: GPL-3.0-or-later
"""A Redis of a test's own, and the ends of sessions on several servers, without any of our code."""
import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import websockets

from boson import tls_context, wait_for


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Redis:
    """On a loopback port, with nothing kept on disk."""

    PASSWORD = "s3cret/@"

    def __init__(self):
        self.port = free_port()
        self.dir = tempfile.mkdtemp(prefix="boson-redis-")
        self.url = f"redis://:s3cret%2F%40@127.0.0.1:{self.port}/2"
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [shutil.which("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
             "--appendonly", "no", "--dir", self.dir, "--requirepass", self.PASSWORD],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: self.says("PING") == "PONG", what="redis-server")

    def says(self, *words):
        return subprocess.run(["redis-cli", "-p", str(self.port), "-n", "2", "--no-auth-warning", "-a",
                               self.PASSWORD, *words], capture_output=True, text=True,
                              check=False, timeout=10).stdout.strip()

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            self.process = None

    def remove(self):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)


def connect(url, token, **more):
    return websockets.connect(url, ssl=tls_context(), ping_interval=None, max_size=None,
                              extra_headers={"Authorization": "Bearer " + token}, **more)


class NodeEnd:
    """A node's signal link on one server, and a relay connection wherever it is told to go."""

    def __init__(self, node, server):
        self.node = node
        self.server = server
        self.told = []      # every `connect`, as it came
        self.ended = []
        self.legs = {}      # session -> (endpoint, task)
        self.link = None
        self.reader = None

    async def open(self):
        self.link = await connect(self.server.url(f"/api/v1/nodes/{self.node.id}/signal"),
                                  self.node.token)
        self.reader = asyncio.ensure_future(self.read())

    async def close(self):
        if self.reader:
            self.reader.cancel()
        if self.link:
            await self.link.close()
        for _, task in self.legs.values():
            task.cancel()

    async def read(self):
        async for text in self.link:
            message = json.loads(text)
            session, payload = message["sessionId"], message["payload"]
            if payload["action"] == "connect":
                endpoint = payload["relayEndpoint"]
                self.told.append((session, endpoint))
                known = self.legs.get(session)
                if known and known[0] == endpoint and not known[1].done():
                    continue
                if known:
                    known[1].cancel()
                self.legs[session] = (endpoint, asyncio.ensure_future(self.echo(endpoint)))
            elif payload["action"] == "disconnect":
                self.ended.append(session)

    async def echo(self, endpoint):
        async with connect(endpoint, self.node.token) as relay:
            async for message in relay:
                if isinstance(message, bytes):
                    await relay.send(message)


class ClientEnd:
    """A client on its session's relay that comes back by itself: to the same server, else to the
    next one of those it knows."""

    def __init__(self, selected, servers=()):
        self.selected = selected
        self.session = selected["relayEndpoint"].rsplit("/", 1)[1]
        self.endpoints = [selected["relayEndpoint"]]
        self.endpoints += [server.url("/relay/" + self.session) for server in servers
                           if server.url("/relay/" + self.session) not in self.endpoints]
        self.relay = None
        self.count = 0

    async def open(self, seconds=10):
        end = time.monotonic() + seconds
        while True:
            for endpoint in self.endpoints:
                try:
                    relay = await asyncio.wait_for(
                        connect(endpoint, self.selected["sessionToken"]), 3)
                    hello = json.loads(await asyncio.wait_for(relay.recv(), 3))
                    if hello["payload"]["action"] == "connected":
                        self.relay = relay
                        return endpoint
                except (OSError, asyncio.TimeoutError, websockets.WebSocketException):
                    pass
            if time.monotonic() > end:
                raise AssertionError("no server takes the session")
            await asyncio.sleep(0.1)

    async def echoes(self, seconds=10):
        """Sends until one datagram comes back; the seconds that it took."""
        begun = time.monotonic()
        while time.monotonic() < begun + seconds:
            self.count += 1
            mine = self.count.to_bytes(8, "big") * 20
            await self.relay.send(mine)
            try:
                while True:
                    got = await asyncio.wait_for(self.relay.recv(), 0.3)
                    if got == mine:
                        return time.monotonic() - begun
            except asyncio.TimeoutError:
                continue
        raise AssertionError("nothing came back by the relay")

    async def close(self):
        if self.relay:
            await self.relay.close()
