# SPDX-License-Identifier: GPL-3.0-or-later
"""coturn in the laboratory's Internet: STUN with NAT behaviour discovery (RFC 5780), and TURN."""
import base64
import hashlib
import hmac
import shutil
import time

from addresses import TURN4, TURN6, TURN_NAME, TURN_OTHER4
from sandbox import SPACE

PROGRAM = "/usr/bin/turnserver"
PORT, TLS_PORT = 3478, 5349
SECRET = "laboratory-secret"


def available():
    return shutil.which(PROGRAM) is not None


def certificate(host):
    """turn.example's own and its key, as files."""
    own, key = f"{SPACE}/turn.crt", f"{SPACE}/turn.key"
    host.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-keyout", key, "-out", own, "-days", 30, "-subj", f"/CN={TURN_NAME}",
             "-addext", f"subjectAltName=DNS:{TURN_NAME},IP:{TURN4},IP:{TURN6}")
    return own, key


class Turn:
    """TURN over UDP and TCP at PORT and over TLS at TLS_PORT, for who knows the secret.

    certificate: what a client has to trust; it is turn.example's own. options: further ones of turnserver(1).
    ipv4: False where it has IPv6 alone.
    """

    def __init__(self, host, secret=SECRET, options=(), ipv4=True):
        self.host, self.secret, self.options = host, secret, options
        self.listening = (TURN4, TURN_OTHER4, TURN6) if ipv4 else (TURN6,)
        self.relaying = (TURN4, TURN6) if ipv4 else (TURN6,)
        self.certificate, self.key = certificate(host)
        self.name, self.address4, self.address6 = TURN_NAME, TURN4, TURN6
        self.start()

    def start(self):
        self.process = self.host.start(
            "turnserver", PROGRAM, "-n", "--log-file=stdout", "--simple-log", "--no-cli", "--verbose",
            f"--userdb={SPACE}/turn.db", f"--pidfile={SPACE}/turn.pid", f"--realm={TURN_NAME}", "--fingerprint",
            *(f"--listening-ip={address}" for address in self.listening),
            *(f"--relay-ip={address}" for address in self.relaying),
            f"--listening-port={PORT}", f"--tls-listening-port={TLS_PORT}",
            f"--cert={self.certificate}", f"--pkey={self.key}",
            "--use-auth-secret", f"--static-auth-secret={self.secret}", *self.options)
        self.process.wait_for("IO method (admin thread)")
        return self

    def stop(self):
        self.process.kill()

    def credentials(self, user="somebody", seconds=600):
        """User name and password of the REST convention."""
        name = f"{int(time.time()) + seconds}:{user}"
        digest = hmac.new(self.secret.encode(), name.encode(), hashlib.sha1).digest()
        return name, base64.b64encode(digest).decode()
