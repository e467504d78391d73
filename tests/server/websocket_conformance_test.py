# SPDX-License-Identifier: GPL-3.0-or-later
"""RFC 6455 row by row, by frames that are written by hand, on a relay connection and on a signal link: what has to
pass passes, and what must not ends with the code that it has to. Then two other people's clients."""
import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

try:
    import websockets
except ImportError:
    print("SKIPPED: python3-websockets is not installed")
    sys.exit(77)

from boson import Node, Server, route_request, tls_context
from websocket_wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Wire, close, frame

HEARTBEAT = {"type": "heartbeat", "payload": {}}
EURO = "€".encode()

# What ends a connection, whatever it is for: frames, and the code that it ends with.
FAULTS = {
    "no mask": (frame(BINARY, b"x", mask=b""), 1002),
    "no mask on a ping": (frame(PING, b"x", mask=b""), 1002),
    **{f"reserved bit {bit}": (frame(TEXT, b"{}", rsv=bit), 1002) for bit in (1, 2, 4)},
    "reserved bit on a ping": (frame(PING, b"", rsv=4), 1002),
    **{f"opcode {code}": (frame(code, b"x"), 1002) for code in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
    "a ping of 126": (frame(PING, b"x" * 126), 1002),
    "a ping in parts": (frame(PING, b"x", fin=False), 1002),
    "a close in parts": (frame(CLOSE, b"\x03\xe8", fin=False), 1002),
    "a part of nothing": (frame(CONTINUATION, b"x"), 1002),
    "a part of what is over": (frame(TEXT, b"{", fin=False) + frame(CONTINUATION, b"}") +
                               frame(CONTINUATION, b"x"), 1002),
    "text within text": (frame(TEXT, b"{", fin=False) + frame(TEXT, b"{}"), 1002),
    "binary within text": (frame(TEXT, b"{", fin=False) + frame(BINARY, b"x"), 1002),
    "two bytes of length for 5": (frame(TEXT, b"{   }", form=126), 1002),
    "eight bytes of length for 5": (frame(TEXT, b"{   }", form=127), 1002),
    "eight bytes of length for 126": (frame(TEXT, b"{" + b" " * 124 + b"}", form=127), 1002),
    "a length beyond 63 bits": (frame(TEXT, b"", length=1 << 63, form=127), 1002),
    "a close of one byte": (frame(CLOSE, b"\x03"), 1002),
    "a close of 126": (frame(CLOSE, b"\x03\xe8" + b"x" * 124), 1002),
    **{f"a close with {code}": (close(code), 1002) for code in
       (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)},
    "a close whose reason is no text": (close(1000, b"\xff\xfe"), 1007),
    **{f"not UTF-8: {name}": (frame(TEXT, text), 1007) for name, text in {
        "a stray byte": b'"\x80"', "over-long": b'"\xc0\xaf"', "a surrogate": b'"\xed\xa0\x80"',
        "beyond U+10FFFF": b'"\xf4\x90\x80\x80"', "cut off": b'"\xe2\x82', "0xff": b'"\xff"'}.items()},
    "not UTF-8, in parts": (frame(TEXT, b'"\xe2', fin=False) + frame(CONTINUATION, b'("'), 1007),
    "cut off at the last part": (frame(TEXT, b'"', fin=False) + frame(CONTINUATION, EURO[:2]), 1007),
    "a frame that is announced with a terabyte": (frame(TEXT, b"", length=1 << 40), 1009),
    "text of 131,073": (frame(TEXT, b" " * 131073), 1009),
    "text of 131,073 in parts": (frame(TEXT, b" " * 65536, fin=False) +
                                 frame(CONTINUATION, b" " * 65536, fin=False) + frame(CONTINUATION, b" "), 1009),
}
CLOSES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]


class ConformanceTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        limits = ("signal", "relay-open", "routing", "session")
        cls.server = Server(*[word for each in limits for word in (
            "--limit", each + "-per-minute=1000000", "--limit", each + "-burst=1000000")])
        cls.server.start()
        cls.node = Node(cls.server)
        assert cls.node.register().status == 200

    @classmethod
    def tearDownClass(cls):
        cls.server.stop(signal.SIGKILL)
        shutil.rmtree(cls.server.data, ignore_errors=True)

    def setUp(self):
        self.session = None

    def route(self):
        answer = self.server.post("/api/v1/routing/request", route_request(targetNodeId=self.node.id))
        self.assertEqual(answer.status, 200, answer.body)
        selected = answer.json["selectedRoute"]
        return selected["relayEndpoint"].rsplit("/", 1)[1], selected["sessionToken"]

    def end_session(self):
        if self.session:
            self.server.request("DELETE", "/api/v1/sessions/" + self.session[0], token=self.session[1])
            self.session = None

    def relay(self, fields=""):
        self.end_session()
        self.addCleanup(self.end_session)
        self.session = self.route()
        wire = Wire(self.server.port, "/relay/" + self.session[0], self.session[1], fields)
        self.addCleanup(wire.end)
        self.assertEqual(wire.until(TEXT)[-1][0], TEXT)  # `connected`
        return wire

    def link(self, fields=""):
        wire = Wire(self.server.port, f"/api/v1/nodes/{self.node.id}/signal", self.node.token, fields)
        self.addCleanup(wire.end)
        return wire

    def both(self, row, fields=""):
        """Once on each kind of connection, whole and byte by byte."""
        for make in (self.relay, self.link):
            with self.subTest(of=make.__name__):
                row(make(fields))

    def text(self, **payload):
        return json.dumps({"sessionId": self.session[0], "direction": "client-to-node", **payload}).encode()

    def test_what_ends_a_connection(self):
        for name, (frames, code) in FAULTS.items():
            def row(wire, frames=frames, code=code):
                wire.send(frames)
                self.assertEqual(wire.close_code(), code)
            with self.subTest(name):
                self.both(row)

    def test_binary_beyond_its_bound(self):
        for frames in (frame(BINARY, b"x" * 65536),
                       frame(BINARY, b"x" * 40000, fin=False) + frame(CONTINUATION, b"x" * 30000),
                       frame(BINARY, b"", length=65536)):
            wire = self.relay()
            wire.send(frames)
            self.assertEqual(wire.close_code(), 1009)
        link = self.link()
        link.send(frame(BINARY, b"x"))
        self.assertEqual(link.close_code(), 1003)

    def test_closes_are_answered_with_their_code(self):
        for code in CLOSES:
            def row(wire, code=code):
                wire.send(close(code, "gut €".encode()))
                self.assertEqual(wire.close_code(), code)
            with self.subTest(code=code):
                self.both(row)

        def bare(wire):
            wire.send(close())
            self.assertIn(wire.close_code(), (None, 1000, 1005))
        self.both(bare)

        def afterwards(wire):
            wire.send(close(1000) + frame(PING, b"late") + frame(3, b"x"))
            frames = wire.until("nothing")
            self.assertEqual([each for each in frames if each[0] == CLOSE][0][1][:2], b"\x03\xe8")
            self.assertNotIn((PONG, b"late"), frames)
        self.both(afterwards)

    def test_pings(self):
        def row(wire):
            for payload in (b"", b"x", b"\x00\xff" * 62, b"x" * 125):
                wire.send(frame(PING, payload))
                self.assertEqual(wire.until(PONG, payload)[-1], (PONG, payload))
            wire.send(frame(PONG, b"unasked"))
            wire.lives()
            for byte in frame(PING, b"by bytes"):
                wire.send(bytes([byte]))
            self.assertEqual(wire.until(PONG, b"by bytes")[-1], (PONG, b"by bytes"))
            for mask in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x01\x02\x03\x04"):
                wire.send(frame(PING, b"masked", mask=mask))
                self.assertEqual(wire.until(PONG, b"masked")[-1], (PONG, b"masked"))
        self.both(row)

    def test_a_flood_of_pings_starves_nobody(self):
        flood = frame(PING, b"p" * 125) * 2000
        other = self.relay()
        flooded = Wire(self.server.port, f"/api/v1/nodes/{self.node.id}/signal", self.node.token)
        self.addCleanup(flooded.end)
        flooded.tls.settimeout(0.2)
        with open(f"/proc/{self.server.process.pid}/statm", encoding="ascii") as file:
            before = int(file.read().split()[1])
        worst = 0
        for _ in range(20):
            try:
                flooded.send(flood)  # and reads nothing of it
            except (TimeoutError, OSError):
                break
            begun = time.monotonic()
            other.lives()
            worst = max(worst, time.monotonic() - begun)
        with open(f"/proc/{self.server.process.pid}/statm", encoding="ascii") as file:
            grown = (int(file.read().split()[1]) - before) * os.sysconf("SC_PAGE_SIZE")
        self.assertLess(worst, 2)
        self.assertLess(grown, 32 * 1024 * 1024)

    def test_messages_in_parts(self):
        wire = self.relay()
        node = Wire(self.server.port, "/relay/" + self.session[0], self.node.token)
        self.addCleanup(node.end)
        node.until(TEXT)
        datagram = bytes(range(256)) * 4
        rows = {
            "whole": frame(BINARY, datagram),
            "two": frame(BINARY, datagram[:500], fin=False) + frame(CONTINUATION, datagram[500:]),
            "with nothing first": frame(BINARY, b"", fin=False) + frame(CONTINUATION, datagram),
            "with nothing last": frame(BINARY, datagram, fin=False) + frame(CONTINUATION, b""),
            "with pings between": frame(BINARY, datagram[:9], fin=False) + frame(PING, b"1") + frame(PONG, b"2") +
            frame(CONTINUATION, datagram[9:], fin=False) + frame(PING, b"3") + frame(CONTINUATION, b""),
            "byte by byte": frame(BINARY, datagram[:1], fin=False) +
            b"".join(frame(CONTINUATION, datagram[i:i + 1], fin=False) for i in range(1, len(datagram))) +
            frame(CONTINUATION, b""),
        }
        for name, frames in rows.items():
            with self.subTest(name):
                wire.send(frames)
                got = node.until(BINARY)[-1]
                self.assertEqual(got, (BINARY, datagram))
        largest = os.urandom(65535)
        wire.send(frame(BINARY, largest))
        self.assertEqual(node.until(BINARY)[-1], (BINARY, largest))

    def test_text_in_parts(self):
        wire = self.relay()
        text = self.text(type="control", payload={"action": "nonsense", "words": "€ 𝄞"})
        cuts = [range(0, len(text), step) for step in (1, 2, 3, 1000)]
        for cut in cuts:
            parts = [text[i:i + cut.step] for i in cut]
            frames = b"".join(frame(TEXT if i == 0 else CONTINUATION, part, fin=i == len(parts) - 1)
                              for i, part in enumerate(parts))
            wire.send(frames)
            said = json.loads(wire.until(TEXT)[-1][1])
            self.assertEqual(said["payload"]["errorCode"], "unsupported_action")
        # UTF-8 that may still become valid waits; what cannot any more need not.
        wire = self.relay()
        wire.send(frame(TEXT, b'"' + EURO[:1], fin=False))
        wire.lives()

    def test_compression_where_it_was_agreed(self):
        offer = "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover\r\n"
        for name, frames, code in (("a continuation", frame(TEXT, b"", fin=False, rsv=4) +
                                    frame(CONTINUATION, b"\x00", rsv=4), 1002),
                                   ("a ping", frame(PING, b"", rsv=4), 1002),
                                   ("garbage", frame(TEXT, b"\xff" * 20, rsv=4), 1007)):
            with self.subTest(name):
                wire = self.relay(offer)
                self.assertIn(b"permessage-deflate", wire.head)
                wire.send(frames)
                self.assertEqual(wire.close_code(), code)
        for extension in ("x-unknown", "permessage-deflate; server_max_window_bits=99", "permessage-deflate; x"):
            self.assertNotIn(b"Sec-WebSocket-Extensions",
                             self.relay(f"Sec-WebSocket-Extensions: {extension}\r\n").head)

    def test_a_connection_that_is_cut_in_the_middle_of_a_frame(self):
        def row(wire):
            wire.send(frame(BINARY, b"x" * 1000)[:500])
            wire.end()
        self.both(row)
        self.relay().lives()

    def test_python_websockets(self):
        asyncio.run(self.with_websockets())

    async def with_websockets(self):
        session, token = self.route()

        def open_end(secret):
            return websockets.connect(self.server.url("/relay/" + session), ssl=tls_context(),
                                      extra_headers={"Authorization": "Bearer " + secret})
        async with open_end(token) as client, open_end(self.node.token) as node:
            await client.recv()
            await node.recv()
            await client.send([b"one ", b"datagram ", b"in parts"])
            while True:
                got = await asyncio.wait_for(node.recv(), 5)
                if isinstance(got, bytes):
                    break
            self.assertEqual(got, b"one datagram in parts")
            await asyncio.wait_for(await client.ping(b"?"), 5)
            await client.close(1000, "done")
            self.assertEqual(client.close_code, 1000)

    def test_node_ws(self):
        if not shutil.which("node"):
            self.skipTest("node is not installed")
        session, token = self.route()
        script = """
const WebSocket = require('ws');
const [url, client, node] = process.argv.slice(2);
const open = token => new WebSocket(url, {rejectUnauthorized: false, headers: {Authorization: 'Bearer ' + token}});
const a = open(client), b = open(node);
let greeted = 0;
const start = () => { if (++greeted == 2) {
    a.ping('?');
    a.send(Buffer.from('one '), {fin: false, binary: true}); a.send(Buffer.from('datagram'), {fin: true, binary: true}); } };
a.once('message', start); b.once('message', start);
let ponged = false;
a.on('pong', data => { ponged = data.toString() == '?'; });
b.on('message', data => { if (data.toString() == 'one datagram') a.close(1000, 'done'); });
a.on('close', code => { console.log(code, ponged); process.exit(0); });
setTimeout(() => process.exit(1), 10000);
"""
        with tempfile.NamedTemporaryFile("w", suffix=".js") as file:
            file.write(script)
            file.flush()
            done = subprocess.run(["node", file.name, self.server.url("/relay/" + session), token, self.node.token],
                                  capture_output=True, text=True, timeout=30, check=False,
                                  env=dict(os.environ, NODE_PATH="/usr/share/nodejs:/usr/lib/nodejs"))
        if "Cannot find module" in done.stderr:
            self.skipTest("node-ws is not installed")
        self.assertEqual(done.stdout.strip(), "1000 true", done.stderr)


if __name__ == "__main__":
    unittest.main()
