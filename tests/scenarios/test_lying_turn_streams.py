# SPDX-License-Identifier: GPL-3.0-or-later
"""A TURN server that lies over TCP and over TLS, where a person wants TURN and nothing else: there is no connection by it,
it is dialled and asked seldom, costs neither memory nor the processor, nothing is sent to whom it names, and nothing
leaves beside it; and an honest one is used afterwards."""
import re

from product import Node, Server, sandbox, scenario  # makes the others known
import turn
from addresses import BOSON4, BOSON6, TURN4, TURN6, TURN_NAME, USER4, WEB4
from capturing import Capture
from losses import none_lost
from test_turn import named
from test_turn_pinned import TrustingClient
from topology import HERE, PYTHON, Laboratory

# How it lies, and whom it names.
LIES = (("never", ""), ("half", ""), ("close", ""), ("framing", ""), ("garbage", ""), ("trickle", ""), ("drip", ""),
        ("endless", ""), ("stale", ""), ("realm", ""), ("storm", ""), ("integrity", ""), ("redirect", f"{WEB4}:3478"),
        ("relayed", f"{WEB4}:40000"))
BY_TLS = (("mute", ""), ("plain", ""), ("close", ""), ("endless", ""), ("redirect", f"{WEB4}:3478"))
ASKED = ("never", "endless", "mute")
SECONDS, MAY_JOIN, MAY_ASK = 2, 8, 24
MEMORY_MB, BUSY = 4, 1.0  # CPU seconds of one trial's, at most
KNOWN = {BOSON4, BOSON6, TURN4, TURN6}


class Honest:
    """What the server has to know of the TURN server, whoever plays it."""
    name, secret = TURN_NAME, turn.SECRET


def memory(process):
    with open(f"/proc/{process.popen.pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) / 1024


def lie(check, bench, mode, place, files=()):
    what = f"{mode} {place} by {'TLS' if files else 'TCP'}".replace("  ", " ")
    client = bench["client"]
    bench["number"] += 1
    liar = bench["host"].start(f"liar{bench['number']}", PYTHON, f"{HERE}/lying_turn_stream.py", TURN4, turn.SECRET, mode,
                               place, *files).wait_for("ready")
    bench["cable"].fresh()
    before, worked = memory(client.process), client.process.cpu_seconds()
    done = client.ctl("connect", "US", "--path", "turn", f"--wait={SECONDS}", check=False, timeout=40)
    seen = client.status()
    check(done.returncode != 0 and seen["state"] != "connected", f"{what}: there is no connection by it", seen["state"])
    # Asked of the web server where the liar does not name it.
    check(seen["killSwitch"] and (place or mode not in ASKED or not client.exit4(1)), f"{what}: and nothing leaves beside it")
    joined, asked = liar.text().count("joined"), liar.text().count("asked")
    check(0 < joined <= MAY_JOIN and asked <= MAY_ASK, f"{what}: positive control: it is dialled, and asked seldom",
          f"{joined} connections, {asked} questions")
    grown, worked = memory(client.process) - before, client.process.cpu_seconds() - worked
    check(grown < MEMORY_MB and worked < BUSY, f"{what}: and costs little", f"{grown:.1f} MB, {worked:.2f} s")
    own = USER4, f"{bench['lab'].user_home.lan4}.2"
    strangers = {str(packet) for packet in bench["cable"].fresh()
                 if packet.protocol in ("udp", "tcp") and packet.target not in KNOWN and packet.source in own and
                 packet.target_port != 53}
    check(not strangers, f"{what}: and nobody else is sent to", sorted(strangers)[:3] or "")
    client.disconnect()
    liar.kill()


def body(check):
    lab = Laboratory("symmetric", "symmetric", straight=True)
    lab.boson.sh(f"printf '{TURN4} {TURN_NAME}\\n{TURN6} {TURN_NAME}\\n' >>/etc/hosts")
    host = lab.internet.turn_host()
    files = turn.certificate(host)
    server = Server(lab, *named(Honest))
    node = Node(server, lab.node).wait_online()
    TrustingClient.certificate = files[0]
    client = TrustingClient(server, lab.user)
    bench = {"lab": lab, "host": host, "client": client, "cable": Capture(lab.user_home.router, "l2", "user"), "number": 0}
    client.connect("US", "--path", "relay")  # what a first connection takes is no liar's doing
    client.disconnect()
    for mode, place in LIES:
        lie(check, bench, mode, place)
    for mode, place in BY_TLS:
        lie(check, bench, mode, place, files)
    turn.Turn(host)
    client.process.stop()
    client.start()
    client.connect("US", "--path", "turn")
    check.equal(client.status()["path"], "turn", "positive control: an honest server is used")
    none_lost(check, "100 pings, none lost", lab, server, node, client)


if __name__ == "__main__":
    if not turn.available():
        print("skipped: there is no turnserver (package coturn)")
        raise SystemExit(sandbox.SKIPPED)
    scenario(body)
