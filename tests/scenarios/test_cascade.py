# SPDX-License-Identifier: GPL-3.0-or-later
"""By an entry node in one country to an exit in another: the exit's address is seen, the entry carries what it
cannot read, and neither is left out when the other goes."""
from product import Client, Node, Server, scenario  # makes the others known
from addresses import EXIT2_4, EXIT4, USER4
from host import wait_until
from measure import lost_of, throughput
from topology import Laboratory
from watching import Watch


def entered(check, client, entry, exit_node):
    status = client.connect("CA", "--via", "US")
    check.equal([status["path"], status["pathReason"]], ["cascade", "cascade"], "the status says cascade")
    check.equal(status["nodeId"], exit_node.identity(), "its node is the exit")
    check.equal(client.exit4(), EXIT2_4, "the web server sees the exit's address")
    check.equal(lost_of(client.host, 50), 0, "50 pings by both, none lost")
    wait_until(lambda: entry.status()["guests"] == 1 and exit_node.status()["guests"] == 1, 5, "both have a guest")


def carries(check, entry, exit_node, client):
    moved, _ = throughput(client.host, 2)
    counted = entry.guests()
    check(moved > 1 and counted[0]["rxBytes"] > 1e6, "the entry counts what it carries", counted)
    told = entry.host.run("wg", "show", entry.interface, "peers").stdout.strip()
    check.equal(told, "", "the entry has no key of the client's: it cannot open what it carries")
    log = exit_node.process.text()
    check(USER4.rpartition(".")[0] not in log, "the exit's log knows no address of the client's")


def body(check):
    lab = Laboratory()
    server = Server(lab)
    entry = Node(server, lab.node).wait_online()
    exit_node = Node(server, lab.second_node(), country="CA", region="").wait_online()
    client = Client(server, lab.user)
    watch = Watch(check, lab.user_home, lab.user, "l2", [entry, exit_node])
    entered(check, client, entry, exit_node)
    watch.forget()
    carries(check, entry, exit_node, client)
    watch.nothing_left("while a cascade carries")
    check.equal(server.metric("boson_sessions"), 2, "the server has two sessions of it")
    client.disconnect()
    wait_until(lambda: entry.status()["guests"] + exit_node.status()["guests"] == 0, 10, "both have none")
    check.equal(server.metric("boson_sessions"), 0, "and the server neither")

    done = client.ctl("connect", "US", "--via", "US", "--wait=5", check=False)
    check(done.returncode != 0, "one node is not both", done.stderr.strip()[:80])
    client.disconnect()
    entered(check, client, entry, exit_node)
    for name, node in (("entry", entry), ("exit", exit_node)):
        node.process.stop()
        client.wait_state("reconnecting", "blocked", timeout=15)
        check(True, f"a lost {name} is noticed")
        node.start().wait_online(60)
        wait_until(lambda: client.state() == "connected" and client.exit4(1) == EXIT2_4, 40,
                   f"the cascade stands again when its {name} is back")
    check(EXIT4 != client.exit4(), "never by the entry's own address")


if __name__ == "__main__":
    scenario(body)
