# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that notes every contact: logger.py FILE PORT... writes one line per TCP connection."""
import selectors
import socket
import sys

log = open(sys.argv[1], "a", buffering=1)
waiting = selectors.DefaultSelector()
for port in sys.argv[2:]:
    listening = socket.create_server(("::", int(port)), family=socket.AF_INET6,
                                     dualstack_ipv6=True)
    waiting.register(listening, selectors.EVENT_READ)
print("ready", flush=True)
while True:
    for key, _ in waiting.select():
        connection, caller = key.fileobj.accept()
        log.write(f"tcp {key.fileobj.getsockname()[1]} {caller[0]}\n")
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nprivate\n")
        connection.close()
