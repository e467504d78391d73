# SPDX-License-Identifier: GPL-3.0-or-later
"""A coturn by the configuration that boson-server writes relays to nobody but the Internet."""
import os
import subprocess
import sys

import sandbox
import turn_server

if not turn_server.PROGRAM:
    print("skipped: there is no turnserver (package coturn)")
    sys.exit(sandbox.SKIPPED)
sandbox.enter()

OWN4, OWN6 = "45.90.1.1", "2a0b:c0:1::1"
OTHER4, OTHER6 = "45.90.1.77", "2a0b:c0:1::77"  # of the machine, too, and not what it listens on
ALLOWED4 = ("8.8.4.4", "45.90.1.2", "100.128.0.1", "172.32.0.1", "192.0.1.1", "223.255.255.254", "1.0.0.1", "198.20.0.1")
ALLOWED6 = ("2a00:1450:4001::1", "2a0b:c0:1::2", "2600::1", "2001:4860::1")
# First and last of each range, as IANA's registries have them.
DENIED4 = ("0.0.0.0", "0.255.255.255", "10.0.0.0", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255",
           "127.0.0.1", "127.255.255.255", "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255",
           "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1",
           "198.19.255.255", "198.51.100.1", "203.0.113.255", "224.0.0.1", "239.255.255.255", "240.0.0.1",
           "255.255.255.255", OWN4, OTHER4)
DENIED6 = ("::", "::1", "::2", "100::1", "2001::1", "2001:1ff:ffff::1", "2001:db8::1", "2001:db8:ffff::1",
           "3fff::1", "3fff:fff:ffff::1", "4000::1", "5f00::1", "fc00::1", "fd12:3456::1", "fdff:ffff::ffff", "fe80::1", "febf::1",
           "fec0::1", "ff02::1", "ff0e::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", OWN6, OTHER6)
# How IPv6 spells an IPv4 address.
SPELLINGS = {"mapped": "::ffff:{}", "compatible": "::{}", "translated": "::ffff:0:{}", "NAT64": "64:ff9b::{}",
             "local NAT64": "64:ff9b:1::{}", "6to4": "2002:{hex}::1", "Teredo": "2001:0:{hex}::1"}
INSIDE = ("10.0.0.1", "127.0.0.1", "192.168.1.1", "169.254.169.254", "8.8.8.8", OWN4)
FORBIDDEN = 403


def check(condition, what):
    print(("ok    " if condition else "FAULT ") + what, flush=True)
    check.faults += not condition


check.faults = 0


def spelled(address):
    pair = "{:02x}{:02x}:{:02x}{:02x}".format(*map(int, address.split(".")))
    return [(name, form.format(address, hex=pair)) for name, form in SPELLINGS.items()]


def tried(client, peers, wanted):
    """Those that were answered otherwise, by permission or by channel."""
    wrong = []
    for peer in peers:
        for how in (client.permit, client.bind):
            code = how(peer)
            if (code == FORBIDDEN) != (wanted == FORBIDDEN) or (wanted == 0 and code not in (0, 400)):
                wrong.append(f"{peer} ({how.__name__}: {code})")
    return wrong


def main():
    for command in ("link add outer type veth peer name cable", "link set outer up", "link set cable up", f"addr add {OWN4}/24 dev outer",
                    f"addr add {OTHER4}/24 dev outer", f"addr add {OWN6}/64 dev outer nodad",
                    f"addr add {OTHER6}/64 dev outer nodad"):
        subprocess.run(["ip", *command.split()], check=True)
    path = turn_server.write_configuration(sandbox.SPACE, f"{OWN4}:3478")
    check(os.stat(path).st_mode & 0o777 == 0o600, "the file with the secret is its owner's alone")
    with turn_server.Coturn(path, f"listening-ip={OWN4}", f"listening-ip={OWN6}", f"relay-ip={OWN4}",
                            f"relay-ip={OWN6}") as coturn:
        check("Bad configuration format" not in coturn.text() and "wrong" not in coturn.text().lower(),
              "coturn takes every line")
        v4, v6 = turn_server.Client(OWN4), turn_server.Client(OWN4, v6=True)
        check((v4.allocated, v6.allocated) == (0, 0), f"allocations of both families: {v4.allocated}, {v6.allocated}")
        for client, peers, wanted, what in (
                (v4, ALLOWED4, 0, "IPv4 of the Internet is relayed"), (v4, DENIED4, FORBIDDEN, "no other IPv4 is"),
                (v6, ALLOWED6, 0, "IPv6 of the Internet is relayed"), (v6, DENIED6, FORBIDDEN, "no other IPv6 is")):
            wrong = tried(client, peers, wanted)
            check(not wrong, f"{what}: {len(peers)} addresses" + (", but not " + ", ".join(wrong) if wrong else ""))
        for inside in INSIDE:
            wrong = [f"{name} {text}" for name, text in spelled(inside)
                     if tried(v6, [text], FORBIDDEN) or v4.permit(text) == 0]
            check(not wrong, f"no IPv6 spelling of {inside} is relayed to" + "".join(f", but {each}" for each in wrong))
    return 1 if check.faults else 0


if __name__ == "__main__":
    sys.exit(main())
