# SPDX-License-Identifier: GPL-3.0-or-later
"""A service of a home, where nobody of the Internet may get through: it says who has dialled it."""
from topology import PYTHON

LISTENER = """
import socket, sys
s = socket.create_server((sys.argv[1], 3000))
print("ready", flush=True)
while True:
    c, a = s.accept()
    print("dialled by", a[0], flush=True)
"""


def listen(host, address):
    """On port 3000 of the address. What is returned has "dialled by ADDRESS" in its text."""
    return host.start("service", PYTHON, "-c", LISTENER, address).wait_for("ready")
