# SPDX-License-Identifier: GPL-3.0-or-later
"""A daemon's control socket, spoken by hand: frames of a 4-byte length and JSON-RPC 2.0."""
import json
import socket
import struct


class Refused(Exception):
    """The daemon's error, with its code ("forbidden", ...) and its sentence."""

    def __init__(self, error):
        super().__init__(error.get("message"))
        self.code = (error.get("data") or {}).get("code")
        self.sentence = error.get("message", "")


class Control:
    def __init__(self, path, timeout=20):
        self.path, self.timeout = path, timeout

    def call(self, method, **params):
        """The result of one request over a connection of its own."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(self.timeout)
            sock.connect(self.path)
            text = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
            sock.sendall(struct.pack("!I", len(text)) + text)
            answer = json.loads(self._frame(sock))
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]

    def refusal(self, method, **params):
        """The code of the error, or None when the daemon did as it was told."""
        try:
            self.call(method, **params)
            return None
        except Refused as error:
            return error.code or "invalid_argument"

    @staticmethod
    def _frame(sock):
        def exactly(count):
            got = b""
            while len(got) < count:
                more = sock.recv(count - len(got))
                if not more:
                    raise ConnectionError("the daemon closed the connection")
                got += more
            return got
        return exactly(struct.unpack("!I", exactly(4))[0])
