# SPDX-License-Identifier: GPL-3.0-or-later
"""A container engine beside the client: it starts, makes and removes networks, is flushed and stops, at random moments,
while its containers talk to the Internet. None of it may leave beside the tunnel."""
from docker import Engine, TALK_PORT, spare_exit, talker
from host import wait_until
from leaks_laboratory import EXITS
from leaks_transitions import some_moment
from product import http_get
from topology import DNS4, WEB4, WEB6


def has_internet(lab, box):
    wait_until(lambda: http_get(box, f"http://{WEB4}/", 1, check=False) == EXITS["US"], 30,
               "a container's Internet is the exit's")


def docker(lab):
    """Up and down."""
    for node in lab.nodes.values():
        spare_exit(node)
    engine = Engine(lab.user)
    try:
        talk(lab, engine, "first")
        some_moment(lab)
        for number in range(4):
            play(lab, engine, number)
        lab.back()
        engine.up()
        has_internet(lab, talk(lab, engine, "last", control=False))
    finally:
        engine.leave()
        for node in lab.nodes.values():
            node.host.nft("delete table inet talk")
    lab.back()


def talk(lab, engine, name, network="docker0", control=True):
    box = engine.container(f"{name}{lab.round}", 2 + len(engine.boxes), DNS4, network)
    talker(box, WEB4, WEB6)
    if control:
        wait_until(lambda: {WEB4, WEB6} <= {p.target for p in lab.read() if p.target_port == TALK_PORT}, 10,
                   "positive control: what a container says is seen")
    return box


def play(lab, engine, number):
    lab.random.choice((engine.down, engine.up, lambda: renewed(lab, engine, number), lab.kill_tunnel))()
    lab.watch(lab.random.uniform(0, 0.3))


def renewed(lab, engine, number):
    """A network comes, with a container, and goes."""
    engine.network(f"br-{number}", f"172.{18 + number}.0", f"fd18:{number}::")
    engine.up()
    talk(lab, engine, f"more{number}-", f"br-{number}", control=False)
    lab.watch(lab.random.uniform(0, 0.3))
    engine.remove(f"br-{number}")


CONTAINERS = {"docker": docker}
