# SPDX-License-Identifier: GPL-3.0-or-later
"""A TURN server that lies in every answer: the relay carries on without a loss, nothing is sent to whom the server names,
it is asked seldom, and what it sent stands in the log; and an honest one is used afterwards."""
import json
import re
import threading

from product import Client, Node, Server, sandbox, scenario  # makes the others known
import turn
from addresses import BOSON4, BOSON6, EXIT4, EXIT6, TURN4, TURN6, TURN_NAME, USER4, WEB4
from capturing import Capture
from host import wait_until
from losses import none_lost
from measure import round_trips
from test_turn import goes, named
from topology import HERE, PYTHON, Laboratory

VICTIM = f"{WEB4}:40000"
# How it lies, and whom it names.
LIES = (("transaction", ""), ("integrity", ""), ("source", ""), ("stale", ""), ("never", ""), ("storm", ""),
        ("relayed", "127.0.0.1:5000"), ("relayed", "192.168.21.1:5000"), ("relayed", VICTIM),
        ("redirect", "192.168.31.1:3478"), ("redirect", f"{WEB4}:3478"))
PINGS, MAY_ASK = 280, 24  # a ping each 10 ms; what one connection asks in that time, its repetitions counted
KNOWN = {BOSON4, BOSON6, EXIT4, EXIT6, TURN4, TURN6}


class Honest:
    """What the server has to know of the TURN server, whoever plays it."""
    name, secret = TURN_NAME, turn.SECRET


def lie(check, bench, mode, place):
    what = f"{mode} {place}".strip()
    lab, client = bench["lab"], bench["client"]
    liar = bench["host"].start(f"liar{LIES.index((mode, place))}", PYTHON, f"{HERE}/lying_turn.py", TURN4, turn.SECRET,
                               mode, place).wait_for("ready")
    client.connect()
    for capture in bench["cables"]:
        capture.fresh()
    lost, paths = [], set()
    pings = threading.Thread(target=lambda: lost.append(round_trips(lab.user, PINGS, 0.01)[1]))
    pings.start()
    while pings.is_alive():
        paths.add(client.status().get("path"))
        pings.join(0.2)
    asked = liar.text().count("asked allocate")
    check(0 < asked <= MAY_ASK, f"{what}: positive control: it is asked, and seldom", asked)
    check.equal([lost[0], paths], [0, {"relay"}], f"{what}: the relay carries all the time, and nothing is lost")
    user, node = ([packet for packet in capture.fresh() if packet.protocol in ("udp", "tcp")]
                  for capture in bench["cables"])
    own = USER4, f"{lab.user_home.lan4}.2"
    strangers = {str(packet) for packet in user
                 if packet.target not in KNOWN and packet.source in own and packet.target_port != 53}
    check(not strangers, f"{what}: the client sends to nobody else", sorted(strangers)[:3] or "")
    to_place = [packet for packet in node if f"{packet.target}:{packet.target_port}" == place]
    check(not to_place, f"{what}: and the node not to whom it names", to_place[:3] or "")
    liar.stop()


def body(check):
    lab = Laboratory("symmetric", "symmetric", straight=True)
    lab.boson.sh(f"printf '{TURN4} {TURN_NAME}\\n{TURN6} {TURN_NAME}\\n' >>/etc/hosts")
    host = lab.internet.turn_host()
    server = Server(lab, *named(Honest))
    node = Node(server, lab.node).wait_online()
    client = Client(server, lab.user)
    bench = {"lab": lab, "host": host, "client": client,
             "cables": (Capture(lab.user_home.router, "l2", "user"), Capture(lab.node_home.router, "l2", "node"))}
    for mode, place in LIES:
        lie(check, bench, mode, place)
    client.connect()
    said = client.process.text()
    check("no TURN server" in said, "the log says why there is no TURN",
          sorted(set(re.findall(r'no TURN server.*error="?([^"\n]*)', said)))[:6])
    refused = [dict(re.findall(r"(\w+)=(\d+)", line)) for line in said.splitlines() if "sent what was refused" in line]
    for kind in ("forged", "unnamed", "strangers", "malformed"):
        total = sum(int(each.get(kind, 0)) for each in refused)
        check(total > 0, f"and how much was refused: {kind}", total)
    udp = client.status()["udpRefused"]
    print("     the client's socket refused", udp, "and the node's", node.status()["udpRefused"])
    def told():
        checks = json.loads(client.ctl("diagnose", "--json", check=False).stdout)["checks"]
        return [each["detail"] for each in checks if each["name"] == "TURN" and not each["ok"]]
    detail = wait_until(told, 40, "it is told that the TURN server does no service")
    wait_until(lambda: "mend_turn" in (client.status()["pathAdvice"] or {}).get("improve", []), 40,
               "whoever is connected by the relay is told why")
    check(True, "a TURN server that does no service is named to whoever goes by the relay", detail)
    turn.Turn(host)
    client.connect()
    goes(client, "turn", 15)
    check.equal(told(), [], "and no more, once there is an honest one")
    check(True, "positive control: an honest server is used")
    none_lost(check, "100 pings, none lost", lab, server, node, client)


if __name__ == "__main__":
    if not turn.available():
        print("skipped: there is no turnserver (package coturn)")
        raise SystemExit(sandbox.SKIPPED)
    scenario(body)
