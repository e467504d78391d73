# SPDX-License-Identifier: GPL-3.0-or-later
"""The leak receipt: what left this machine outside the tunnel while the kill switch stood, and what was kept from
leaving, as the kernel counts it; also where somebody takes the rules or the counters away, and after the end."""
import json
import signal

from product import Whole, scenario  # makes the others known
from host import wait_until
from topology import PYTHON, Laboratory, WEB4, WEB6

CARD, LAN_ROUTER, PORT = "eth0", "192.168.31.1", 9999
PACKETS = 7
TABLE = "inet higgs_vpn_receipt"
# By whoever may change the firewall's rules.
BLINDED = {
    "rules that were flushed": f"flush table {TABLE}",
    "a table that sleeps": f"add table {TABLE} {{ flags dormant; }}",
    "a rule before all others": f"insert rule {TABLE} leaving return",
    "a chain of another hook": f"delete table {TABLE}\ntable {TABLE} {{ chain leaving {{ type filter hook input "
                               "priority 0; }; }",
    "a counter that is missing": f"flush table {TABLE}\ndelete counter {TABLE} left_upkeep",
}
# From a socket of its own each, bound to the card: no route leads those into the tunnel.
SEND = """
import socket, sys
for _ in range(int(sys.argv[3])):
    s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"%s")
    try: s.sendto(b"of the home", (sys.argv[1], int(sys.argv[2])))
    except OSError: pass
    s.close()
""" % CARD


def send(user, to, port=PORT, packets=PACKETS):
    user.run(PYTHON, "-c", SEND, to, str(port), str(packets))


def receipt(client):
    done = client.ctl("receipt", "--json", check=False)
    return json.loads(done.stdout), done.returncode


def receipt_that(client, holds):
    def now():
        answer = receipt(client)[0]
        return answer if holds(answer) else None
    return wait_until(now, 20, lambda: f"the receipt is another one: {receipt(client)[0]}")


def packets(answer, part, kind):
    return answer[part][kind]["packets"]


def counts_what_is_refused(check, client, user):
    before, _ = receipt(client)
    for to in (WEB4, WEB6, LAN_ROUTER):
        send(user, to)
    after, code = receipt(client)
    risen = {kind: packets(after, "refused", kind) - packets(before, "refused", kind) for kind in after["refused"]}
    check(all(risen[kind] >= PACKETS for kind in ("ipv4", "ipv6", "local")), "what is refused is counted, each kind by "
          "itself", risen)
    check.equal(packets(after, "left", "outside"), 0, "nothing left outside")
    check.equal(code, 0, "and the command says so by its status")
    text = client.ctl("receipt").stdout
    check(text.startswith("0 packets left outside the tunnel in ") and "kill switch is up" in text,
          "the terminal says it in a sentence", text.splitlines()[0])
    check(packets(after, "left", "tunnel") > 0, "the tunnel's own are known", packets(after, "left", "tunnel"))


def tells_of_a_leak(check, client, user):
    """With the daemon stopped nobody puts the rules back: what gets past the firewall is counted."""
    client.process.popen.send_signal(signal.SIGSTOP)
    try:
        user.sh("nft delete table inet higgs_vpn")
        send(user, WEB4)
    finally:
        client.process.popen.send_signal(signal.SIGCONT)
    wait_until(lambda: user.run("nft", "list", "table", "inet", "higgs_vpn", check=False).returncode == 0, 10,
               "the rules are back")
    after, code = receipt(client)
    check.equal(packets(after, "left", "outside"), PACKETS, "what got past the firewall is told, and by how many packets")
    check.equal(code, 1, "and the command fails")
    check.equal(client.status()["leaks"]["outside"], PACKETS, "the status has it, too")
    return after


def tells_of_a_gap(check, client, user, before):
    user.sh("nft reset counters table inet higgs_vpn_receipt")
    after, _ = receipt(client)
    check(after["gaps"] == before["gaps"] + 1 and packets(after, "left", "outside") == packets(before, "left", "outside"),
          "counters that somebody set back are a gap, and what they counted is kept")
    before = after
    user.sh("nft flush ruleset")
    wait_until(lambda: user.run("nft", "list", "table", "inet", "higgs_vpn_receipt", check=False).returncode == 0, 10,
               "the counters are back")
    after, _ = receipt(client)
    check.equal(after["gaps"], before["gaps"] + 1, "counters that somebody removed are a gap")
    check.equal(packets(after, "left", "outside"), packets(before, "left", "outside"),
                "and what was counted before is kept")
    for what, rules in BLINDED.items():
        before = after
        user.sh(f"nft -f - <<'END'\n{rules}\nEND")
        after = receipt_that(client, lambda now, known=before: now["gaps"] > known["gaps"] and now["counting"])
        check.equal([after["gaps"], packets(after, "left", "outside"), packets(after, "refused", "ipv4") >=
                     packets(before, "refused", "ipv4")],
                    [before["gaps"] + 1, packets(before, "left", "outside"), True], f"{what}: a gap, and nothing twice")
        send(user, WEB4)
        after, code = receipt(client)
        check(packets(after, "refused", "ipv4") >= packets(before, "refused", "ipv4") + PACKETS and code == 1,
              f"{what}: they count again, and the command fails for what is not known")


def blind_while_it_cannot_help(check, client, user):
    """Somebody holds the table: it says that nothing is counted, and counts again when they let it go."""
    before, _ = receipt(client)
    user.start("holder", "sh", "-c", "(echo 'delete table inet higgs_vpn_receipt; "
                        "add table inet higgs_vpn_receipt { flags owner; }'; sleep 5) | nft -i")
    held = receipt_that(client, lambda now: not now["counting"])
    check(held["until"] is None and "another program keeps the counters away" in
          client.ctl("receipt", check=False).stdout, "held counters are said to be so")
    after = receipt_that(client, lambda now: now["counting"])
    check(after["gaps"] == before["gaps"] + 1 and after["gapSeconds"] >= 0, "and are one gap, with its length",
          after["gapSeconds"])


def knows_what_came_while_it_was_down(check, client, user):
    """A service that was killed: its rules and counters stand, and somebody removes the rules."""
    client.process.kill()
    user.sh("nft delete table inet higgs_vpn")
    send(user, LAN_ROUTER, 53)
    client.start()
    after = receipt_that(client, lambda now: now["counting"])
    check(packets(after, "left", "outside") >= PACKETS and after["inherited"],
          "questions to the home's router that left while the service was down are told as a leak", after["left"])
    check("while" in client.ctl("receipt", check=False).stdout, "and that they are of that time")


def follows_a_setting(check, client, user):
    before, _ = receipt(client)
    client.ctl("set", "lan", "on")
    send(user, LAN_ROUTER)
    after, _ = receipt(client)
    check(packets(after, "left", "local") - packets(before, "left", "local") >= PACKETS,
          "what the person lets out is counted apart")
    check(packets(after, "refused", "ipv4") >= packets(before, "refused", "ipv4"), "and counting goes on",
          [packets(each, "refused", "ipv4") for each in (before, after)])
    check.equal(after["since"], before["since"], "since the same moment")
    client.ctl("set", "lan", "off")


def ends(check, client, user):
    before, _ = receipt(client)
    client.disconnect()
    after, _ = receipt(client)
    check(after["counting"] is False and after["until"] is not None, "the last receipt stays when the line is open")
    check(packets(after, "refused", "ipv4") >= packets(before, "refused", "ipv4"), "with its figures")
    check("higgs" not in user.sh("nft list tables"), "and no table")
    send(user, WEB4)
    later, _ = receipt(client)
    check.equal(later, after, "what leaves then is nobody's affair")


def body(check):
    lab = Laboratory()
    whole = Whole(lab)
    client, user = whole.client, lab.user
    none, code = receipt(client)
    check(none["left"] is None and code == 1, "before the first block nothing was counted, and it says so")
    client.connect()
    counts_what_is_refused(check, client, user)
    follows_a_setting(check, client, user)
    tells_of_a_gap(check, client, user, tells_of_a_leak(check, client, user))
    blind_while_it_cannot_help(check, client, user)
    ends(check, client, user)
    client.connect()
    again, code = receipt(client)
    check(code == 0 and packets(again, "left", "outside") == 0 and again["gaps"] == 0,
          "the next connection has a receipt of its own")
    client.disconnect()
    client.ctl("set", "lockdown", "on")
    send(user, LAN_ROUTER, 53)
    locked, _ = receipt(client)
    check(packets(locked, "refused", "names") >= PACKETS and packets(locked, "left", "outside") == 0,
          "under lockdown, too: no name was asked for outside", locked["refused"])
    knows_what_came_while_it_was_down(check, client, user)
    client.ctl("set", "lockdown", "off")


if __name__ == "__main__":
    scenario(body)
