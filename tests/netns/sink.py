# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes TCP connections and reads what comes: sink.py PORT"""
import selectors
import socket
import sys

selector = selectors.DefaultSelector()
listening = socket.create_server(("::", int(sys.argv[1])), family=socket.AF_INET6,
                                 dualstack_ipv6=True)
selector.register(listening, selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in selector.select():
        if key.fileobj is listening:
            selector.register(listening.accept()[0], selectors.EVENT_READ)
            continue
        try:
            more = key.fileobj.recv(65536)
        except OSError:
            more = b""
        if not more:
            selector.unregister(key.fileobj)
            key.fileobj.close()
