# SPDX-License-Identifier: GPL-3.0-or-later
"""Which path a session takes between every two types of router, as a table:

    paths_matrix.py [--ipv6 | --mapping | --turn]     one variant, in one laboratory
    paths_matrix.py --all --kept FILE                 all four in one table, piece by piece

One server, a home with a client and a home with a node for each type, in one laboratory; each pair is a connect.
A cell is the path, the reason by a letter, the seconds from the command to the first byte of a page, and those to the best path.
With --kept what was found is kept there after each piece, and what is there already is not done again. Exit status
1 when a pair did not connect at all, or with --strict when one is not what it must be, or less than 95 of 100
reasons are right.
"""
import argparse
import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from product import Client, Node, Server, http_get, sandbox, scenario  # makes the others known
import nat
import nat64
import paths_table
import port_mapping
import turn
from control_rpc import Control
from host import CommandFailed, wait_until
from addresses import public4
from paths_expected import MAPPABLE, MUST, NARROW, NAT64, ways
from topology import BOSON6, BOSON_NAME, WEB4, Internet

FIRST_CLIENT, FIRST_NODE = 101, 141
SECOND4 = public4(12)
ONLINE_WITHIN = 20
SEARCHED_WITHIN = 15  # for a better way, until the client says that there is none
NODES_A_PIECE = 11
RIGHT_REASONS = 0.95
CLIENTS = (*nat.KINDS, NAT64)
NODES = (*nat.KINDS, NARROW)


def settled(node):
    """Its status, once it shares or has found out that it cannot."""
    status = node.status()
    return status if status.get("state") == "sharing" or status.get("problem") == "exit_failed" else None


class Matrix:
    def __init__(self, chosen, found, tell):
        """found: what is known, to which the rest is added; tell: called after each pair."""
        self.chosen, self.found, self.tell = chosen, found, tell
        self.internet = Internet()
        self.boson = self.internet.boson
        if NAT64 in chosen.clients:
            self.internet.nat64()
        self.boson.address("eth0", f"{SECOND4}/24")  # by which routers are told apart
        self.server = Server(self, "--stun-alternate", SECOND4, *self._turn(), stun="[::]:3478")
        with ThreadPoolExecutor(8) as pool:
            nodes = pool.map(self._node, enumerate(chosen.nodes, FIRST_NODE))
            clients = pool.map(self._client, enumerate(chosen.clients, FIRST_CLIENT))
            self.nodes = {kind: node for kind, node in nodes if node}
            self.clients = dict(clients)
        self.locks = {end: threading.Lock() for ends in (self.nodes, self.clients) for end in ends.values()}

    def _turn(self):
        """A TURN server, and what tells the server of it."""
        if not self.chosen.turn:
            return ()
        relay = self.internet.turn()
        secret = f"{sandbox.SPACE}/turn-secret"
        with open(secret, "w") as file:
            file.write(relay.secret)
        os.chmod(secret, 0o600)
        return "--turn", f"{relay.name}:{turn.PORT},tls={turn.TLS_PORT}", "--turn-secret-file", secret

    def _home(self, name, number, kind, **options):
        if kind == NAT64:
            kind, options = "port-restricted", {"ipv4": False}
        elif not self.chosen.ipv6:
            options["ipv6"] = "none"
        if kind == NARROW:
            kind, options = "port-restricted", {**options, "mtu": 1492}
        pc = self.internet.home(f"{name}router{number}", number, kind, **options).pc(f"{name}{number}", 2)
        if self.chosen.ipv6:
            pc.sh(f"echo '{BOSON6} {BOSON_NAME}' >>/etc/hosts")
        return pc

    def _node(self, row):
        number, kind = row
        mapping = self.chosen.mapping and kind in MAPPABLE
        node = Node(self.server, self._home("node", number, kind, upnp=mapping))
        status = wait_until(lambda: settled(node), ONLINE_WITHIN, f"the node behind {kind} shares, or says why not")
        if status["state"] == "sharing":
            return kind, node
        self.found["offline"][kind] = status.get("problemDetail") or status["problem"]
        node.process.stop()
        return kind, None

    def _client(self, row):
        number, kind = row
        client = Client(self.server, self._home("client", number, kind))
        client.ctl("set", "port-mapping", "on")
        return kind, client

    def pairs(self):
        """In an order in which neighbours share neither client nor node."""
        clients, nodes = list(self.clients), list(self.nodes)
        size = max(len(clients), len(nodes))
        for shift in range(size):
            for place, client in enumerate(clients):
                if (place + shift) % size < len(nodes):
                    yield client, nodes[(place + shift) % size]

    def run(self):
        with ThreadPoolExecutor(self.chosen.parallel) as pool:
            wanted = [pair for pair in self.pairs() if paths_table.name_of(pair) not in self.found["pairs"]]
            for pair, result in pool.map(self._locked, wanted):
                self.found["pairs"][paths_table.name_of(pair)] = result
                self.tell()

    def _locked(self, pair):
        client, node = self.clients[pair[0]], self.nodes[pair[1]]
        with self.locks[client], self.locks[node]:
            try:
                result = self._connect(client, node, ways(*pair, self.chosen.ipv6, self.chosen.mapping))
            except (CommandFailed, TimeoutError, OSError) as error:
                result = {"path": None, "error": str(error).strip().splitlines()[-1]}
            finally:
                client.ctl("disconnect", check=False)
        if self.chosen.verbose:
            print(f"{pair[0]:>20} -> {pair[1]:<20} {json.dumps(result)}", flush=True)
        return pair, result

    @staticmethod
    def _connect(client, node, judgement):
        home, begun = node.host.home, time.monotonic()
        exit4 = f"{home.lan4}.2" if home.kind in nat.UNTRANSLATED else home.public4
        client.ctl("connect", "US", "--node", node.identity(), "--wait=15")
        wait_until(lambda: http_get(client.host, f"http://{WEB4}/", 3, check=False) == exit4, 15,
                   f"a page comes by the exit {exit4}")
        best = first = time.monotonic() - begun
        control, last = Control(client.control), "relay"
        while time.monotonic() < begun + first + SEARCHED_WITHIN:
            status = control.call("status")
            if status["path"] != last:
                best, last = time.monotonic() - begun, status["path"]
            # By TURN no search ends, as a straight way is looked for beside it.
            searched = last == "relay" and status["pathReason"] != "probing"
            if last == "direct" or searched or (last == "turn" and judgement != MUST):
                break
            time.sleep(0.05)
        return {"path": status["path"], "reason": status["pathReason"], "first": round(first, 2),
                "best": round(best, 2)}


def options():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--all", action="store_true", help="all variants, piece by piece")
    arguments.add_argument("--ipv6", action="store_true", help="homes have IPv6, too, behind stateful firewalls")
    arguments.add_argument("--mapping", action="store_true", help="the nodes' routers open ports when asked")
    arguments.add_argument("--turn", action="store_true", help="there is a TURN server")
    arguments.add_argument("--clients", default=",".join(CLIENTS),
                           help="types of router, by comma; nat64: IPv6 alone")
    arguments.add_argument("--nodes", default=",".join(NODES), help="narrow: port-restricted, with an uplink of 1492")
    arguments.add_argument("--parallel", type=int, default=3, help="pairs at a time")
    arguments.add_argument("--kept", metavar="FILE", help="what was found: read, gone on with, and written there")
    arguments.add_argument("--pieces", type=int, default=1000, help="with --all: no more than so many now")
    arguments.add_argument("--begin", default="", help="with --all: words to begin each piece's command with")
    arguments.add_argument("--piece", action="store_true", help=argparse.SUPPRESS)
    arguments.add_argument("--strict", action="store_true")
    arguments.add_argument("--verbose", action="store_true", help="a line for each pair, as it comes")
    chosen = arguments.parse_args()
    if chosen.all and not chosen.kept:
        arguments.error("--all needs --kept")
    chosen.clients, chosen.nodes = chosen.clients.split(","), chosen.nodes.split(",")
    if not chosen.all:
        wanted = {name: value for name in ("ipv6", "mapping", "turn") if (value := getattr(chosen, name))}
        named = [name for name, made in paths_table.VARIANTS.items() if made == wanted]
        if not named:
            arguments.error("one of --ipv6, --mapping and --turn")
        chosen.variant = named[0]
    return chosen


def missing(chosen):
    """What this machine lacks for a variant."""
    for wanted, there, what in ((chosen.mapping, port_mapping.available(), "miniupnpd (package miniupnpd-nftables)"),
                                (chosen.turn, turn.available(), "turnserver (package coturn)"),
                                (NAT64 in chosen.clients, nat64.available(), "tayga (package tayga)")):
        if wanted and not there:
            return what
    return None


def report(check, kept, chosen):
    paths_table.table(kept, chosen.clients, chosen.nodes)
    print()
    sums = [paths_table.summary(variant, kept[variant]) for variant in paths_table.VARIANTS if variant in kept]
    unconnected, other, wrong, pairs = map(sum, zip(*sums))
    check(not unconnected, "every pair is connected")
    if chosen.strict:
        check(not other, "what must be direct is, and nothing else")
        check(wrong <= (1 - RIGHT_REASONS) * pairs, "the reasons are right", f"{pairs - wrong} of {pairs}")


def body(check, chosen, kept):
    """The box may not see the file by its name, so it was opened before."""
    known = kept.read() if kept else ""
    found = json.loads(known) if known else paths_table.nothing()

    def tell():
        if kept:
            kept.seek(0)
            kept.truncate()
            json.dump(found, kept)
            kept.flush()
    Matrix(chosen, found, tell).run()
    tell()
    if not chosen.piece:
        report(check, {chosen.variant: found}, chosen)


def one_piece(chosen, variant, nodes, found):
    """In a process of its own, as each makes a box of its own; adds to what is found."""
    path = f"{chosen.kept}.piece"
    paths_table.write(path, found)
    words = [*chosen.begin.split(), sys.executable, os.path.abspath(__file__), "--piece", "--kept", path, "--verbose",
             "--nodes", ",".join(nodes), "--clients", ",".join(chosen.clients), "--parallel", str(chosen.parallel),
             *(f"--{name}" for name in paths_table.VARIANTS[variant])]
    print(f"--- {variant}: nodes behind {', '.join(nodes)}", flush=True)
    subprocess.run(words)
    try:
        return paths_table.read(path)
    except ValueError:  # cut off while it wrote
        return found


def all_variants(chosen):
    kept, left = paths_table.read(chosen.kept), chosen.pieces
    for variant in paths_table.VARIANTS:
        found = kept.setdefault(variant, paths_table.nothing())
        wanted = [node for node in chosen.nodes if node not in found["offline"]
                  and any(paths_table.name_of((client, node)) not in found["pairs"] for client in chosen.clients)]
        for at in range(0, len(wanted), NODES_A_PIECE):
            if left == 0:
                break
            left -= 1
            kept[variant] = found = one_piece(chosen, variant, wanted[at:at + NODES_A_PIECE], found)
            paths_table.write(chosen.kept, kept)
    return kept


def main():
    chosen = options()
    if chosen.all:
        faults = []
        def check(held, claim, seen=""):
            print(f"{'ok   ' if held else 'FAULT'} {claim}" + (f" [{seen}]" if seen else ""))
            faults.extend([] if held else [claim])
        report(check, all_variants(chosen), chosen)
        sys.exit(1 if faults else 0)
    if (what := missing(chosen)):
        print(f"skipped: there is no {what}")
        sys.exit(sandbox.SKIPPED)
    kept = open(chosen.kept, "a+") if chosen.kept else None
    if kept:
        kept.seek(0)
    scenario(lambda check: body(check, chosen, kept))


if __name__ == "__main__":
    main()
