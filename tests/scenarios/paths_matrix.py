# SPDX-License-Identifier: GPL-3.0-or-later
"""Which path a session takes between every two types of router, as a table:
paths_matrix.py [--ipv6] [--mapping] [--turn]

One server, a home with a client and a home with a node for each type, in one laboratory; each pair is a connect.
A cell is the path, the seconds from the command to the first byte of a page, and those to the best path. "!": it
must be direct and is not. "+": it is by guessing ports. Exit status 1 when a pair did not connect at all, or
with --strict when one was not what it must be.
"""
import argparse
import json
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from product import Client, Node, Server, http_get, sandbox, scenario  # makes the others known
import nat
import nat64
import port_mapping
import turn
from control_rpc import Control
from host import CommandFailed, wait_until
from addresses import public4
from paths_expected import CANNOT, MAPPABLE, MAY, MUST, NAT64, reasons, ways
from topology import BOSON6, BOSON_NAME, WEB4, Internet

FIRST_CLIENT, FIRST_NODE = 101, 141
SECOND4 = public4(12)
SHORT = {"address-restricted": "address-r", "port-restricted": "port-r", "port-preserving": "preserving",
         "carrier-grade": "carrier", "udp-blocked": "blocked"}
ONLINE_WITHIN = 20


def settled(node):
    """Its status, once it shares or has found out that it cannot."""
    status = node.status()
    return status if status.get("state") == "sharing" or status.get("problem") == "exit_failed" else None


class Matrix:
    def __init__(self, chosen):
        self.chosen, self.results, self.offline = chosen, {}, {}
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
        self.offline[kind] = status.get("problemDetail") or status["problem"]
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
            for pair, result in pool.map(self._locked, list(self.pairs())):
                self.results[pair] = result

    def _locked(self, pair):
        client, node = self.clients[pair[0]], self.nodes[pair[1]]
        with self.locks[client], self.locks[node]:
            try:
                result = self._connect(client, node)
            except (CommandFailed, TimeoutError, OSError) as error:
                result = {"path": None, "error": str(error).strip().splitlines()[-1]}
            finally:
                client.ctl("disconnect", check=False)
        if self.chosen.verbose:
            print(f"{pair[0]:>20} -> {pair[1]:<20} {json.dumps(result)}", flush=True)
        return pair, result

    def _connect(self, client, node):
        home, begun = node.host.home, time.monotonic()
        exit4 = f"{home.lan4}.2" if home.kind in nat.UNTRANSLATED else home.public4
        client.ctl("connect", "US", "--node", node.identity(), "--wait=15")
        wait_until(lambda: http_get(client.host, f"http://{WEB4}/", 3, check=False) == exit4, 15,
                   f"a page comes by the exit {exit4}")
        first, control, best = time.monotonic() - begun, Control(client.control), None
        while time.monotonic() < begun + first + self.chosen.settle:
            status = control.call("status")
            if status.get("path") != "relay":
                best = time.monotonic() - begun
                break
            time.sleep(0.05)
        status = control.call("status")
        return {"path": status.get("path"), "reason": status.get("pathReason"), "first": round(first, 2),
                "best": round(best if best is not None else first, 2)}

    def judged(self, pair):
        return ways(*pair, self.chosen.ipv6, self.chosen.mapping)


def cell(result, judgement):
    if result is None:
        return "-"
    if not result["path"]:
        return "NOT CONNECTED"
    direct = result["path"] == "direct"
    mark = "!" if judgement == MUST and not direct else "+" if judgement == MAY and direct else ""
    return f"{result['path']}{mark} {result['first']:.1f} {result['best']:.1f}"


def table(matrix, title, text):
    columns = matrix.chosen.nodes
    print(f"\n{title}\n{'client / node':<16}" + "".join(f"{SHORT.get(kind, kind):>17}" for kind in columns))
    for client in matrix.chosen.clients:
        row = "".join(f"{text((client, node)):>17}" for node in columns)
        print(f"{SHORT.get(client, client):<16}{row}")


def report(matrix):
    families = "IPv4 and IPv6" if matrix.chosen.ipv6 else "IPv4"
    mapping = "with" if matrix.chosen.mapping else "without"
    found = matrix.results
    table(matrix, f"{families}, {mapping} port mapping: path, seconds to the first byte and to the best path",
          lambda pair: cell(found.get(pair), matrix.judged(pair)))
    table(matrix, "reason", lambda pair: (found.get(pair) or {}).get("reason", "-")
          .replace("symmetric_behind_strict", "behind_strict"))
    table(matrix, "expected", lambda pair: {MUST: "direct", MAY: "by guessing", CANNOT: "relay"}[matrix.judged(pair)])
    for kind, why in matrix.offline.items():
        print(f"the node behind {kind} does not share: {why}")
    for pair, result in found.items():
        if not result["path"]:
            print(f"{' -> '.join(pair)}: {result['error']}")
    connected = {pair: result for pair, result in found.items() if result["path"]}
    short = [pair for pair, result in connected.items()
             if matrix.judged(pair) == MUST and result["path"] != "direct"]
    odd = [pair for pair, result in connected.items()
           if matrix.judged(pair) == CANNOT and result["path"] == "direct"]
    right = [pair for pair, result in connected.items()
             if result["reason"] in reasons(*pair, result["path"], matrix.chosen.mapping)]
    turned = sum(result["path"] == "turn" for result in connected.values())
    late = sorted(result["best"] for result in connected.values() if result["path"] == "direct")
    print(f"\n{len(found)} pairs, {len(found) - len(connected)} not connected; {len(late)} direct, {turned} by TURN, "
          f"{len(short)} not direct that must be,\n{len(odd)} direct that should not be able to; "
          f"the reason is right for {len(right)}")
    if late:
        print(f"seconds to the direct path: median {late[len(late) // 2]:.2f}, most {late[-1]:.2f}")
    if odd:
        print("direct, and should not be able to: " + ", ".join(" -> ".join(pair) for pair in odd))
    return len(found) - len(connected), len(short)


def options():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--ipv6", action="store_true", help="homes have IPv6, too, behind stateful firewalls")
    arguments.add_argument("--mapping", action="store_true", help="the nodes' routers open ports when asked")
    arguments.add_argument("--turn", action="store_true", help="there is a TURN server")
    arguments.add_argument("--clients", default=",".join(nat.KINDS),
                           help="types of router, by comma; also nat64: IPv6 alone")
    arguments.add_argument("--nodes", default=",".join(nat.KINDS))
    arguments.add_argument("--settle", type=float, default=5, help="seconds that a better path may take")
    arguments.add_argument("--parallel", type=int, default=3, help="pairs at a time")
    arguments.add_argument("--json", help="write the results there")
    arguments.add_argument("--strict", action="store_true")
    arguments.add_argument("--verbose", action="store_true", help="a line for each pair, as it comes")
    chosen = arguments.parse_args()
    chosen.clients, chosen.nodes = chosen.clients.split(","), chosen.nodes.split(",")
    for wanted, there, what in ((chosen.mapping, port_mapping.available(), "miniupnpd (package miniupnpd-nftables)"),
                                (chosen.turn, turn.available(), "turnserver (package coturn)"),
                                (NAT64 in chosen.clients, nat64.available(), "tayga (package tayga)")):
        if wanted and not there:
            print(f"skipped: there is no {what}")
            sys.exit(sandbox.SKIPPED)
    return chosen


def body(check, chosen, output):
    matrix = Matrix(chosen)
    matrix.run()
    unconnected, short = report(matrix)
    if output:
        json.dump({" -> ".join(pair): result for pair, result in matrix.results.items()}, output, indent=1)
        output.close()
    check(not unconnected, "every pair is connected")
    if chosen.strict:
        check(not short, "what must be direct is")


if __name__ == "__main__":
    wanted = options()
    file = open(wanted.json, "w") if wanted.json else None
    scenario(lambda check: body(check, wanted, file))
