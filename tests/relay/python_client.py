#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The relay against an independent client, python3-websockets: every rule of the relay that an end
can see. Needs HIGGS_BIN; exit code 77 = skipped."""
import asyncio
import base64
import contextlib
import json
import os
import signal
import sys
import time

import relay_bed

try:
    import websockets
except ImportError:
    relay_bed.skip("python3-websockets is not installed")

DIRECTION = {"client": "client-to-node", "node": "node-to-client"}
OTHER = {"client": "node", "node": "client"}
WAIT = 8


class End:
    """One end of a session: a WebSocket whose first message was `connected`."""

    def __init__(self, socket, session, role):
        self.socket, self.session, self.role = socket, session, role

    async def receive(self, skip_heartbeats=True):
        while True:
            message = await asyncio.wait_for(self.socket.recv(), WAIT)
            if isinstance(message, str):
                message = json.loads(message)
                if skip_heartbeats and message["type"] == "heartbeat":
                    continue
            return message

    async def send(self, message):
        await asyncio.wait_for(self.socket.send(message), WAIT)

    async def say(self, kind, payload, direction=None):
        await self.send(self.session.message(kind, direction or DIRECTION[self.role], payload))

    async def closed(self):
        """Waits for the close and returns (code, reason)."""
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                await asyncio.wait_for(self.socket.recv(), WAIT)
        return self.socket.close_code, self.socket.close_reason

    def vanish(self):
        self.socket.transport.abort()


async def connect(server, path, token=None, **options):
    headers = {"Authorization": "Bearer " + token} if token else {}
    return await websockets.connect(
        "wss://localhost:%d%s" % (server.port, path), ssl=server.tls, extra_headers=headers,
        ping_interval=None, max_size=None, **options)


async def open_end(server, session, role, **options):
    socket = await connect(server, session.path, session.token(role), **options)
    end = End(socket, session, role)
    first = await end.receive()
    assert first == {"type": "control", "sessionId": session.id, "direction": "server",
                     "payload": {"action": "connected"}}, first
    return end


async def open_both(server, **options):
    session = server.session()
    return (await open_end(server, session, "client", **options),
            await open_end(server, session, "node", **options))


async def refused(server, path, token=None):
    """The upgrade completes, and the connection is closed before any message."""
    socket = await connect(server, path, token)
    try:
        message = await asyncio.wait_for(socket.recv(), WAIT)
        raise AssertionError("got %r" % message)
    except websockets.ConnectionClosed:
        return socket.close_code, socket.close_reason


INVALID = (1008, "Invalid session")


async def test_binary_unchanged(server):
    client, node = await open_both(server)
    for sender, receiver in ((client, node), (node, client)):
        for size in (1, 2, 125, 126, 127, 1452, 16383, 16384, 65534, 65535):
            body = os.urandom(size)
            await sender.send(body)
            assert await receiver.receive() == body, size


async def test_binary_uncompressed_connection(server):
    client, node = await open_both(server, compression=None)
    bodies = [os.urandom(1 + i * 37 % 1452) for i in range(500)]
    for body in bodies[:64]:
        await client.send(body)
    for body in bodies[:64]:
        assert await node.receive() == body


async def test_fragments(server):
    client, node = await open_both(server)
    body = os.urandom(65535)
    await client.send([body[:1], body[1:1], body[1:40000], body[40000:]])
    assert await node.receive() == body
    text = client.session.message("control", "client-to-node", {"action": "connect"})
    await client.send([text[:5], text[5:6], text[6:]])
    assert (await node.receive())["payload"] == {"action": "connect"}


async def test_json_data(server):
    client, node = await open_both(server)
    body = os.urandom(1000)
    await client.say("data", base64.b64encode(body).decode())
    assert await node.receive() == body  # the node has sent no data yet: binary
    await node.send(b"back")
    assert await client.receive() == {
        "type": "data", "sessionId": client.session.id, "direction": "node-to-client",
        "payload": base64.b64encode(b"back").decode()}
    await client.send(b"binary again")
    assert await node.receive() == b"binary again"
    await node.say("data", base64.b64encode(b"json").decode())
    assert await client.receive() == b"json"
    await client.send(b"x")
    assert (await node.receive())["payload"] == base64.b64encode(b"x").decode()


async def test_empty_datagrams_are_dropped(server):
    client, node = await open_both(server)
    await client.send(b"")
    await client.say("data", "")
    await client.send(b"after")
    assert await node.receive() == b"after"


async def test_held_until_the_other_comes(server):
    session = server.session()
    client = await open_end(server, session, "client")
    for i in range(70):
        await client.send(b"%d" % i)
    await client.socket.ping()
    await asyncio.wait_for(await client.socket.ping(), WAIT)  # all of them have arrived
    node = await open_end(server, session, "node")
    assert [await node.receive() for _ in range(64)] == [b"%d" % i for i in range(6, 70)]


async def test_control_is_forwarded(server):
    client, node = await open_both(server)
    for payload in ({"action": "connect"},
                    {"action": "error", "errorCode": "E", "errorMessage": "m"},
                    {"action": "candidates",
                     "candidates": [{"type": "host", "address": "192.168.2.7:4000"}]}):
        for sender, receiver in ((client, node), (node, client)):
            await sender.say("control", payload)
            got = await receiver.receive()
            assert got["direction"] == DIRECTION[sender.role] and got["payload"] == payload, got


async def test_heartbeat_is_answered(server):
    client, node = await open_both(server)
    for direction in ("server", "client-to-node"):
        await client.say("heartbeat", {"timestamp": 1704067200000}, direction)
        answer = await client.receive(skip_heartbeats=False)
        assert answer["type"] == "heartbeat" and answer["direction"] == "server"
        assert abs(answer["payload"]["timestamp"] / 1000 - time.time()) < 60
    await client.send(b"next")
    assert await node.receive(skip_heartbeats=False) == b"next"
    pong = await client.socket.ping()
    await asyncio.wait_for(pong, WAIT)


async def test_refusals(server):
    session = server.session()
    unknown = "/relay/00000000-0000-4000-8000-000000000000"
    assert await refused(server, session.path) == INVALID
    assert await refused(server, session.path, "wrong") == INVALID
    assert await refused(server, session.path, server.session().client_token) == INVALID
    assert await refused(server, unknown, session.client_token) == INVALID
    assert await refused(server, "/relay/not-a-uuid", session.client_token) == INVALID
    client = await open_end(server, session, "client")  # refusals harm nobody
    mine = server.node_id, server.node_token
    server.register_node()
    foreign = server.node_token
    server.node_id, server.node_token = mine
    assert await refused(server, session.path, foreign) == INVALID
    node = await open_end(server, session, "node")
    await client.send(b"still")
    assert await node.receive() == b"still"


async def test_token_in_the_query(server):
    session = server.session()
    socket = await connect(server, session.path + "?token=" + session.client_token)
    assert json.loads(await asyncio.wait_for(socket.recv(), WAIT))["payload"] == {
        "action": "connected"}
    with open(server.log_name, encoding="utf-8") as log:
        assert session.client_token not in log.read(), "a token was logged"


async def test_text_faults(server):
    client, node = await open_both(server)

    async def fault(text):
        await client.send(text)
        got = await client.receive()
        assert got["direction"] == "server" and got["payload"]["action"] == "error", got
        return got["payload"]["errorCode"]

    make = client.session.message
    assert await fault("not json") == "invalid_message"
    assert await fault(make("data", "node-to-client", "AAAA")) == "wrong_direction"
    assert await fault(make("control", "client-to-node", {"action": "dance"})) == \
        "unsupported_action"
    large = base64.b64encode(bytes(65536)).decode()
    assert await fault(make("data", "client-to-node", large)) == "payload_too_large"
    await client.send(b"good")
    assert await node.receive() == b"good"
    await client.send(make("data", "server", "AAAA"))
    assert (await client.closed())[0] == 1008
    lost = await node.receive()
    assert lost["payload"]["errorCode"] == "peer_lost", lost


async def test_too_big(server):
    for message in (bytes(65536), [bytes(40000), bytes(40000)], "x" * 131073):
        client, _ = await open_both(server)
        with contextlib.suppress(websockets.ConnectionClosed):
            await client.send(message)
        assert (await client.closed())[0] == 1009
    client, _ = await open_both(server, compression=None)
    with contextlib.suppress(websockets.ConnectionClosed):
        await client.send(bytes(65536))
    assert (await client.closed())[0] == 1009


async def test_replaced(server):
    for role in ("client", "node"):
        ends = dict(zip(("client", "node"), await open_both(server)))
        first = ends[role]
        second = await open_end(server, first.session, role)
        assert await first.closed() == (1000, "Replaced")
        await ends[OTHER[role]].send(b"to the new one")
        assert await second.receive() == b"to the new one"


async def test_peer_lost_and_back(server):
    client, node = await open_both(server)
    node.vanish()
    lost = await client.receive()
    assert lost["direction"] == "server" and lost["payload"]["action"] == "error"
    assert lost["payload"]["errorCode"] == "peer_lost", lost
    await client.send(b"held")
    node = await open_end(server, client.session, "node")
    assert await node.receive() == b"held"
    assert (await client.receive())["payload"] == {"action": "connect"}


async def test_disconnect_and_close(server):
    client, node = await open_both(server)
    await client.say("control", {"action": "disconnect"})
    assert (await client.closed())[0] == 1000
    assert (await node.closed())[0] == 1000
    assert await refused(server, client.session.path, client.session.client_token) == INVALID
    client, node = await open_both(server)
    await node.socket.close(1000)
    assert (await client.closed())[0] == 1000
    assert await refused(server, node.session.path, node.session.node_token) == INVALID


async def test_delete(server):
    client, node = await open_both(server)
    status, _ = server.delete(client.session)
    assert status == 204, status
    assert await client.closed() == (1000, "Session closed")
    assert await node.closed() == (1000, "Session closed")


async def test_slow_reader_is_bounded(server):
    slow, sender = await open_both(server, compression=None)
    slow.socket.transport.pause_reading()
    other_client, other_node = await open_both(server, compression=None)
    before = server.resident_kilobytes()
    body = bytes(60000)
    for i in range(1000):  # 60 MB for somebody who reads nothing
        await sender.send(body)
        if i % 200 == 0:
            await other_client.send(b"quick")
            assert await other_node.receive() == b"quick"
    grown = server.resident_kilobytes() - before
    assert grown < 8192, "server grew by %d KB" % grown
    slow.vanish()


async def test_expiry(_):
    with relay_bed.Server("--session-ttl", "3") as server:
        client, node = await open_both(server)
        begin = time.monotonic()
        assert await client.closed() == (1008, "Session expired")
        assert await node.closed() == (1008, "Session expired")
        assert time.monotonic() - begin < 3 + 5
        expired = client.session
        assert await refused(server, expired.path, expired.client_token) == INVALID


async def test_drain(_):
    with relay_bed.Server() as server:
        client, node = await open_both(server)
        server.process.send_signal(signal.SIGTERM)
        assert (await client.closed())[0] == 1001
        assert (await node.closed())[0] == 1001
        assert server.process.wait(10) == 0


async def main():
    failed = 0
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_")]
    wanted = sys.argv[1:]
    with relay_bed.Server() as server:
        for name, test in tests:
            if wanted and name not in wanted:
                continue
            try:
                await asyncio.wait_for(test(server), 60)
                print("ok   " + name)
            except Exception as error:  # the next test is not this one's prisoner
                failed += 1
                print("FAIL %s: %s: %s" % (name, type(error).__name__, error))
        if failed:
            server.print_log()
    print("%d failed" % failed)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
