# SPDX-License-Identifier: GPL-3.0-or-later
"""A cable with a length: two TAP interfaces in two network namespaces, and a delay between them.

    long_cable.py PID INTERFACE PID INTERFACE MILLISECONDS

Frames keep their order and are never dropped while the queue holds; super-packets pass whole, as on a
veth pair. It is for laboratories whose distances should be seen, on kernels without netem.
"""
import collections
import ctypes
import fcntl
import os
import select
import struct
import sys
import time

TUNSETIFF, TUNSETOFFLOAD = 0x400454CA, 0x400454D0
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x0002, 0x1000, 0x4000
OFFLOADS = 0x01 | 0x02 | 0x04 | 0x08  # checksum, TSO4, TSO6, TSO with ECN
CLONE_NEWNET = 0x40000000
LONGEST_FRAME = 65536 + 64
MOST_WAITING = 20000  # frames each way; what comes beyond is dropped, as a router would

libc = ctypes.CDLL(None, use_errno=True)


def tap(pid, name):
    """An interface of that name in the process's network namespace."""
    with open(f"/proc/{pid}/ns/net") as namespace:
        if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter the network of {pid}")
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI | IFF_VNET_HDR))
    fcntl.ioctl(fd, TUNSETOFFLOAD, OFFLOADS)
    return fd


class Direction:
    def __init__(self, source, target, delay):
        self.source, self.target, self.delay = source, target, delay
        self.waiting = collections.deque()

    def take(self):
        now = time.monotonic()
        while True:
            try:
                frame = os.read(self.source, LONGEST_FRAME)
            except OSError:  # nothing more, or the interface is down
                return
            if len(self.waiting) < MOST_WAITING:
                self.waiting.append((now + self.delay, frame))

    def give(self):
        now = time.monotonic()
        while self.waiting and self.waiting[0][0] <= now:
            try:
                os.write(self.target, self.waiting.popleft()[1])
            except OSError:
                pass


def main():
    one = tap(sys.argv[1], sys.argv[2])
    other = tap(sys.argv[3], sys.argv[4])
    delay = float(sys.argv[5]) / 1000
    directions = Direction(one, other, delay), Direction(other, one, delay)
    poll = select.epoll()
    for direction in directions:
        poll.register(direction.source, select.EPOLLIN)
    by_source = {direction.source: direction for direction in directions}
    print("ready", flush=True)
    while True:
        due = [direction.waiting[0][0] for direction in directions if direction.waiting]
        wait = max(0.0, min(due) - time.monotonic()) if due else -1
        for fd, _ in poll.poll(wait):
            by_source[fd].take()
        for direction in directions:
            direction.give()


if __name__ == "__main__":
    main()
