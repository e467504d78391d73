# SPDX-License-Identifier: GPL-3.0-or-later
"""A hostile server names a machine of the user's own home as the relay: the client's sockets pass
the block, and do not go there."""
import time

import product
from listening import listen
from product import HANGS_AFTER, Client, Node, Server, scenario, wait_until
from topology import PYTHON, Laboratory


def body(check):
    """The same number is a machine of the user's here, and the server's relay elsewhere."""
    lab = Laboratory()
    address = f"{lab.user_home.lan4}.4"
    printer = lab.second_user()
    service = listen(printer, "0.0.0.0")
    server = Server(lab)
    Node(server, lab.node).wait_online()
    client = Client(server, lab.user)
    client.ctl("connect", "US", f"--wait={HANGS_AFTER}")
    check(True, "an honest server is connected to")
    client.ctl("disconnect")
    product.BOSON_NAME = address
    server.process.stop()
    server.start()
    client.ctl("connect", "US", "--wait=1", check=False)
    wait_until(lambda: "inside a home" in (client.status().get("problemDetail") or ""), 40,
               "the person hears what the server did")
    time.sleep(1)
    check("dialled" not in service.text(), "no machine of the user's home is dialled beside the "
          "block", service.text())
    lab.user.run(PYTHON, "-c", f"import socket; socket.socket().connect_ex(('{address}', 3000))",
                 check=False)
    client.ctl("disconnect")
    lab.user.run(PYTHON, "-c", f"import socket; socket.create_connection(('{address}', 3000), 5)")
    wait_until(lambda: "dialled" in service.text(), 5, "and it would have been seen")


scenario(body)
