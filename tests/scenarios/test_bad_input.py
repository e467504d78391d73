# SPDX-License-Identifier: GPL-3.0-or-later
"""What people get wrong: each time one clear line and an exit code, and nobody else is harmed."""
import os
import re

from product import (Client, Whole, program, sandbox, scenario,
                     wait_until, BIN)
from addresses import EXIT4, WEB4
from test_main_job import difference
from topology import Laboratory

SPACE = sandbox.SPACE
WITHOUT_CAPABILITY = ("setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin")


def refused(check, host, what, argv, code=1, word="", timeout=20):
    """The command ends with this code, and says why in one line."""
    try:
        done = host.run(*argv, check=False, timeout=timeout)
    except Exception as error:  # it did not end at all
        return check(False, what, f"did not end: {error}")
    lines = [line for line in done.stderr.strip().splitlines() if line]
    said = done.stderr.strip()
    check(done.returncode == code and len(lines) == 1 and word.lower() in said.lower(),
          f"{what}: exit {code}, one line", f"exit {done.returncode}: {said[:300]}")


def server_faults(check, lab, whole):
    boson, host = program("boson-server"), lab.boson
    refused(check, host, "port in use", [boson, "--data-dir", f"{SPACE}/b1", "--stun", "off",
                                         "--listen", "[::]:3000"], word="3000")
    refused(check, host, "STUN port in use", [boson, "--data-dir", f"{SPACE}/b2", "--listen",
                                              "[::]:3001", "--stun", "0.0.0.0:3478"], word="3478")
    with open(f"{SPACE}/corrupt.db", "wb") as file:
        file.write(b"this was a database once\n" * 500)
    refused(check, host, "corrupt database", [boson, "--data-dir", f"{SPACE}/b3", "--stun", "off",
            "--listen", "[::]:3001", "--database", f"sqlite:{SPACE}/corrupt.db"], word="corrupt.db")
    host.sh(f"mkdir -p {SPACE}/readonly && mount -t tmpfs -o ro tmpfs {SPACE}/readonly")
    refused(check, host, "unwritable data directory", [boson, "--data-dir", f"{SPACE}/readonly/x",
            "--stun", "off", "--listen", "[::]:3001"], word="readonly")
    refused(check, host, "a certificate that is not there", [boson, "--data-dir", f"{SPACE}/b4",
            "--listen", "[::]:3001", "--stun", "off", "--tls-cert", "/nope.pem", "--tls-key",
            "/nope.pem"], word="nope.pem")
    for argv in (["--nonsense"], ["--listen", "nonsense"], ["--session-ttl", "-5"], ["--access", "maybe"]):
        refused(check, host, f"boson-server {' '.join(argv)}", [boson, *argv], code=2)


def daemon_faults(check, lab, whole):
    user, node = lab.user, lab.node
    client = whole.client
    for name, host, command in (("higgs-vpnd", user, client.command()),
                                ("higgs-noded", node, whole.node.command())):
        refused(check, host, f"a second {name} on the same socket", command)
        fresh = [*command]
        fresh[fresh.index("--control") + 1] = f"{SPACE}/other.socket"
        fresh[fresh.index("--data-dir") + 1] = f"{SPACE}/other-{name}"
        fresh[fresh.index("--interface") + 1] = "hgother0"
        refused(check, host, f"{name} without CAP_NET_ADMIN", [*WITHOUT_CAPABILITY, *fresh],
                word="net_admin")
        host.sh(f"mkdir -p {SPACE}/ro-{name} && mount -t tmpfs -o ro tmpfs {SPACE}/ro-{name}")
        nowhere = [*fresh]
        nowhere[nowhere.index("--data-dir") + 1] = f"{SPACE}/ro-{name}/x"
        refused(check, host, f"{name} with an unwritable data directory", nowhere, word=f"ro-{name}")
        # A daemon may learn its server from a controller; a pin without one is a mistake.
        refused(check, host, f"{name} with a pin and no server",
                [program(name), "--pin", "AB" * 32], code=2)
        refused(check, host, f"{name} --nonsense", [program(name), "--nonsense"], code=2)
        pinless = [*fresh]
        pinless[pinless.index("--pin") + 1] = "1234"
        refused(check, host, f"{name} with a pin that is none", pinless, code=2, word="pin")
        if name == "higgs-noded":
            nobody = ["unshare", "--net", *fresh] # where no other holds the network
            nobody[nobody.index("--pin"):nobody.index("--pin") + 2] = ["--ca", "/nope.pem"]
            refused(check, host, f"{name} with a CA file that is not there", nobody, word="nope.pem")
    for name in ("higgs-vpnctl", "higgs-nodectl"):
        refused(check, user, f"{name} without a daemon",
                [program(name), "--control", f"{SPACE}/nobody.socket", "status"])
        refused(check, user, f"{name} nonsense",
                [program(name), "--control", client.control, "nonsense"], code=2)
    for name in sorted(os.listdir(BIN)):
        for option in ("--help", "--version"):
            done = user.run(program(name), option, check=False)
            check(done.returncode == 0 and done.stdout.strip() and not done.stderr,
                  f"{name} {option}", "" if done.returncode == 0 else done.stderr[:200])


def connect_faults(check, lab, whole):
    """The second user's client; what it suffers must not matter to the first."""
    pc = lab.user2
    before = pc.fingerprint()
    client = Client(whole.server, pc)
    
    def connect(country):
        return [program("higgs-vpnctl"), "--control", client.control, "connect", country, "--wait=15"]

    refused(check, pc, "a country with no node", connect("AQ"))
    client.ctl("disconnect", check=False)
    refused(check, pc, "a country that does not exist", connect("XX"), code=client_code(client, pc))
    client.ctl("disconnect", check=False)
    refused(check, pc, "a node that does not exist",
            [*connect("US"), "--node", "00000000-0000-4000-8000-000000000000"])
    client.ctl("disconnect", check=False)
    check.equal(difference(before, pc.fingerprint()), [], "after these the machine is as before")

    client.process.stop()
    client.start(pin="00" * 32)
    refused(check, pc, "a wrong pin", connect("US"), word="certificate")
    client.ctl("disconnect", check=False)
    client.process.stop()
    home = lab.user_home
    home.router.nft("insert rule inet router forward ip saddr 192.168.31.4 tcp dport 3000 "
                    "reject with tcp reset")
    client.start()
    refused(check, pc, "a server that is not reachable", connect("US"))
    client.ctl("disconnect", check=False)
    home.set_nat(home.kind)
    check.equal(difference(before, pc.fingerprint()), [], "after these, too")
    check.equal(client.connect()["state"], "connected", "and now the same client connects")
    client.disconnect()
    client.process.stop()


def client_code(client, pc):
    """An unassigned country may be refused at once as wrong use, or by the server."""
    done = pc.run(program("higgs-vpnctl"), "--control", client.control, "connect", "XX", "--wait=10",
                  check=False)
    return 2 if done.returncode == 2 else 1


def body(check):
    lab = Laboratory()
    lab.second_user()
    whole = Whole(lab)
    whole.client.connect()
    pings = lab.user.start("steady", "ping", "-n", "-i", "0.1", WEB4)
    server_faults(check, lab, whole)
    daemon_faults(check, lab, whole)
    connect_faults(check, lab, whole)
    check.equal((whole.client.state(), whole.client.exit4()), ("connected", EXIT4),
                "whoever was connected still is")
    pings.stop()
    answered = {int(number) for number in re.findall(r"icmp_seq=(\d+) .*time=", pings.text())}
    # Of the last one the answer may not have come yet.
    lost = set(range(1, max(answered, default=0))) - answered
    check(len(answered) > 100 and not lost, "and lost not one ping", f"{len(answered)} answered, lost {sorted(lost)}")

    whole.node.process.stop()
    wait_until(lambda: whole.server.nodes() == [], 10, "the node has gone offline")
    whole.client.disconnect()
    refused(check, lab.user, "no node online", [program("higgs-vpnctl"), "--control",
            whole.client.control, "connect", "US", "--wait=5"], word="node")


if __name__ == "__main__":
    scenario(body)
