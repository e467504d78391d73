# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of FTP's active mode (RFC 959) that only calls back: ftp_server.py prints "got WORD" for what the
place that a PORT command names says first, or "got nothing"."""
import re
import socket

listening = socket.create_server(("0.0.0.0", 21))
print("ready", flush=True)
while True:
    connection, caller = listening.accept()
    with connection:
        connection.sendall(b"220 hello\r\n")
        connection.settimeout(3)
        try:
            connection.recv(200)  # a name; routers begin to read with the line after the first
            connection.sendall(b"331 password?\r\n")
            numbers = [int(word) for word in re.findall(rb"\d+", connection.recv(200))]
            address, port = ".".join(map(str, numbers[:4])), numbers[4] * 256 + numbers[5]
            with socket.create_connection((address, port), 3, source_address=(connection.getsockname()[0], 20)) as back:
                back.settimeout(3)
                print("got", back.recv(100).decode().split()[-1], f"at {address}:{port}", flush=True)
        except (OSError, IndexError) as error:
            print("got nothing", error, flush=True)
