#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A captive portal: speaks TLS with a certificate of its own in whosever place it stands.

impostor.py PORT
"""
import os
import socket
import ssl
import subprocess
import sys
import tempfile

place = tempfile.mkdtemp()
pair = os.path.join(place, "key"), os.path.join(place, "certificate")
subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", "30", "-subj", "/CN=portal", "-keyout", pair[0], "-out", pair[1]],
               check=True, capture_output=True)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(pair[1], pair[0])
listener = socket.create_server(("", int(sys.argv[1])), backlog=64)
print("ready", flush=True)
while True:
    caller, _ = listener.accept()
    caller.settimeout(2)
    print("answered", flush=True)
    try:
        with context.wrap_socket(caller, server_side=True) as stream:
            stream.recv(4096)
    except OSError:
        caller.close()
