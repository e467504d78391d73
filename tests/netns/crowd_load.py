# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP load of many guests at once, from one process: crowd_load.py source PORT
                                                     crowd_load.py guests SECONDS ADDRESS PORT PID...

"source" gives every caller bytes without end. "guests" opens a connection in the network namespace of
each process named, lets all of them settle, and prints the bytes that each got in the seconds after.
"""
import ctypes
import json
import select
import socket
import sys
import time

CLONE_NEWNET = 0x40000000
SETTLE, CONNECT_WITHIN = 3.0, 20.0
BLOCK = b"\0" * 65536


def source(port):
    waiting = select.epoll()
    listening = socket.create_server(("", port), backlog=512)
    waiting.register(listening, select.EPOLLIN)
    callers = {}
    print("ready", flush=True)
    while True:
        for fd, event in waiting.poll():
            if fd == listening.fileno():
                caller = listening.accept()[0]
                caller.setblocking(False)
                callers[caller.fileno()] = caller
                waiting.register(caller, select.EPOLLOUT)
                continue
            try:
                if event & ~select.EPOLLOUT:
                    raise ConnectionError
                callers[fd].send(BLOCK)
            except BlockingIOError:
                pass
            except OSError:
                waiting.unregister(fd)
                callers.pop(fd).close()


def connections(address, port, pids):
    libc = ctypes.CDLL(None, use_errno=True)
    for pid in pids:
        with open(f"/proc/{pid}/ns/net") as namespace:
            if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), f"cannot enter the network of {pid}")
        guest = socket.socket()
        guest.setblocking(False)
        guest.connect_ex((address, port))
        yield guest


def guests(seconds, address, port, pids):
    sockets = list(connections(address, port, pids))
    waiting, counts = select.epoll(), {}
    for guest in sockets:
        waiting.register(guest, select.EPOLLIN)
        counts[guest.fileno()] = 0
    numbers = {guest.fileno(): guest for guest in sockets}

    def read_until(end, done=lambda: False):
        while (left := end - time.monotonic()) > 0 and not done():
            for fd, _ in waiting.poll(min(left, 0.2)):
                try:
                    got = numbers[fd].recv(1 << 18)
                except OSError:
                    got = b""
                if not got:
                    waiting.unregister(fd)
                counts[fd] += len(got)

    read_until(time.monotonic() + CONNECT_WITHIN, lambda: all(counts.values()))
    read_until(time.monotonic() + SETTLE)
    before, begun = dict(counts), time.monotonic()
    read_until(begun + seconds)
    took = time.monotonic() - begun
    print(json.dumps({"seconds": took, "bytes": [counts[g.fileno()] - before[g.fileno()] for g in sockets]}))


if __name__ == "__main__":
    if sys.argv[1] == "source":
        source(int(sys.argv[2]))
    guests(float(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5:])
