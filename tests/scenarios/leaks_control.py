# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's control socket, spoken directly: a process for each command would blur the times."""
import json
import socket
import struct
import threading
import time

ANSWER_WITHIN = 30


class Refused(Exception):
    """The daemon's error answer; str() is its sentence."""

    def __init__(self, error):
        super().__init__(error.get("message", ""))
        self.code = (error.get("data") or {}).get("code")


class Gone(Exception):
    """The daemon ended before it answered."""


class Control:
    """One subscriber. Every status is kept with the time (CLOCK_REALTIME, seconds) it was told."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.changed = threading.Condition()
        self.answers, self.told, self.number, self.gone = {}, [], 0, False
        threading.Thread(target=self._listen, daemon=True).start()
        self.told.append((time.time(), self.call("subscribe")[0]))

    def _listen(self):
        try:
            stream = self.socket.makefile("rb")
            while header := stream.read(4):
                message = json.loads(stream.read(struct.unpack(">I", header)[0]))
                now = time.time()
                with self.changed:
                    if message.get("method") == "status":
                        self.told.append((now, message["params"]))
                    elif "id" in message:
                        self.answers[message["id"]] = (now, message)
                    self.changed.notify_all()
        except (OSError, ValueError):
            pass
        with self.changed:
            self.gone = True
            self.changed.notify_all()

    def send(self, method, **params):
        self.number += 1
        text = json.dumps({"jsonrpc": "2.0", "id": self.number, "method": method,
                           "params": params}).encode()
        self.socket.sendall(struct.pack(">I", len(text)) + text)
        return self.number

    def answer(self, number, timeout=ANSWER_WITHIN):
        """The result, and when it came."""
        with self.changed:
            self.changed.wait_for(lambda: number in self.answers or self.gone, timeout)
            if number not in self.answers:
                raise Gone("the daemon ended" if self.gone else f"no answer within {timeout} s")
            when, message = self.answers.pop(number)
        if "error" in message:
            raise Refused(message["error"])
        return message["result"], when

    def call(self, method, **params):
        return self.answer(self.send(method, **params))

    def status(self):
        return self.call("status")[0]

    def wait(self, condition, since, timeout, what):
        """The first status told at `since` or later for which the condition holds, and when."""
        def found():
            return next(((s, t) for t, s in self.told if t >= since and condition(s)), None)
        with self.changed:
            self.changed.wait_for(lambda: found() or self.gone, timeout)
            status = found()
            last = self.told[-1][1]
        if not status:
            raise TimeoutError(f"not within {timeout} s: {what}; it is {last.get('state')}, "
                               f"problem {last.get('problem')} {last.get('problemDetail')}"
                               + (", and the daemon ended" if self.gone else ""))
        return status

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()
