# SPDX-License-Identifier: GPL-3.0-or-later
"""The attacks: what one hostile address does to a server with default limits, each as a row.

An attack is a function that gets the scene, does what has to be there before (sessions, nodes) and
returns what to start: calls of attack_load. `judge`, where there is one, says what else went wrong
for the innocent than time, loss and memory.
"""
import dataclasses
import socket
import time
from typing import Callable, Optional

import boson
import payloads as say
from bed import ATTACKER_NETWORK6, CROWD4, Api, Attacker, Relay, wait_for

SESSIONS = 4


@dataclasses.dataclass
class Attack:
    name: str
    words: str
    start: Callable
    judge: Optional[Callable] = None
    unread: bool = False  # nobody reads the server's stderr
    control: bool = False  # no attack: what the machine itself does to the figures
    memory_mb: float = 32  # what the server may grow by
    options: tuple = ()  # of the server, where one address stands for a crowd of innocent ones


ATTACKS = []


def attack(name, words, **more):
    def add(function):
        ATTACKS.append(Attack(name, words, function, **more))
        return function
    return add


class Scene:
    """A server under attack, and what its attacker holds."""

    def __init__(self, bed, target, bystander, seconds):
        self.bed, self.target, self.bystander, self.seconds = bed, target, bystander, seconds
        self.api = bed.attacker_api(target)
        self.attackers = []
        self.faults = []  # found by whoever prepared or looked
        self.notes = {}

    def load(self, mode, *options, seconds=None, **more):
        return mode, (seconds or self.seconds), options, more

    def sessions(self, count=SESSIONS, node=None, **changes):
        """As any stranger gets them, with the bystander's node unless another is named."""
        node = node or self.bystander.node.id
        made = []
        for _ in range(count):
            answer = self.api.post("/api/v1/routing/request",
                                   boson.route_request(targetNodeId=node, **changes))
            if answer.status != 200:
                break
            made.append(Relay(answer))
        return made

    def node(self, **capabilities):
        node = boson.Node(self.api, **{"maxConnections": 10000, **capabilities})
        answer = node.register()
        assert answer.status == 200, answer.body
        return node


# --- Controls ---------------------------------------------------------------------------------

@attack("quiet", "nothing at all", control=True)
def _(_scene):
    return []


@attack("busy", "the attacker's CPU is used up, and nothing is sent", control=True)
def _(scene):
    return [scene.load("burn"), scene.load("burn")]


# --- TLS --------------------------------------------------------------------------------------

@attack("tls-groups", "ClientHellos with an ffdhe8192 share, 40 a second")
def _(scene):
    return [scene.load("hello", "--groups", "ffdhe8192", "--rate", 40, "--connections", 300)]


@attack("tls-handshakes", "handshakes with X25519 that are left, 1,500 a second")
def _(scene):
    return [scene.load("hello", "--groups", "X25519", "--rate", 1500, "--connections", 400)]


@attack("tls-network", "the same from the 65,536 networks of a /48")
def _(scene):
    return [scene.load("hello", "--groups", "X25519", "--rate", 1500, "--connections", 400,
                       "--sources", ATTACKER_NETWORK6, v6=True)]


@attack("tls-no-common-group", "ClientHellos for which the server has to ask again, 1,500 a second")
def _(scene):
    return [scene.load("hello", "--groups", "X448:P-256", "--rate", 1500, "--connections", 400)]


@attack("keyupdate-api", "TLS KeyUpdates without end on 4 connections to the API")
def _(scene):
    return [scene.load("keyupdate", "--connections", 4, "--reopen")]


def refused_leg():
    return say.upgrade("/relay/00000000-0000-4000-8000-000000000000")


@attack("keyupdate-relay", "TLS KeyUpdates on relay connections that were refused")
def _(scene):
    return [scene.load("keyupdate", "--connections", 4, "--reopen", scripts=[(refused_leg(), b"")])]


@attack("tiny-records", "TLS records of one byte on relay connections that were refused")
def _(scene):
    return [scene.load("stream", "--connections", 4, "--reopen", "--record", 1,
                       scripts=[(refused_leg(), b"x" * 4000)])]


# --- HTTP -------------------------------------------------------------------------------------

REGISTER = "/api/v1/nodes/register"
ROUTING = "/api/v1/routing/request"


@attack("chunk-extensions", "one request whose chunk extension does not end")
def _(scene):
    head = say.chunked(REGISTER, b"1;x=")
    return [scene.load("stream", "--reopen", "--no-wait", scripts=[(head, b"a" * 65536)])]


@attack("chunk-trailers", "one request whose trailers do not end")
def _(scene):
    head = say.chunked(REGISTER, b"0\r\n")
    return [scene.load("stream", "--reopen", "--no-wait", scripts=[(head, b"X-T: abcdefgh\r\n" * 4096)])]


@attack("header-drip", "500 connections, a header line of 1 KB a second on each")
def _(scene):
    body = b"X-N: " + b"a" * 1000 + b"\r\n"
    return [scene.load("stream", "--connections", 500, "--rate", 500, "--reopen", "--no-wait",
                       scripts=[(b"GET / HTTP/1.1\r\nHost: boson\r\n", body)])]


@attack("header-bytes", "headers of 15 KB, one byte a TLS record")
def _(scene):
    body = b"GET / HTTP/1.1\r\nHost: boson\r\nX: " + b"a" * 15000
    return [scene.load("stream", "--connections", 8, "--reopen", "--record", 1, "--bodies", 1, "--close",
                       scripts=[(b"", body)])]


@attack("json-bodies", "bodies of 64 KB full of small values, that no schema likes")
def _(scene):
    sizes = {"size": say.BODY_LIMIT}
    bodies = [say.padded(say.routing(requirements=[]), **sizes),
              say.padded(say.registration(), **sizes, unit="{},"),
              say.padded({"networkInfo": {}, "nodeId": 1}, **sizes, unit='{"a":{"b":[]}},')]
    scripts = [(b"", say.post(path, body)) for path, body in zip((ROUTING, REGISTER, REGISTER), bodies)]
    return [scene.load("stream", "--connections", 9, "--reopen", scripts=scripts)]


@attack("json-deep", "bodies of 64 KB of duplicate keys and nesting")
def _(scene):
    keys = b"{" + b",".join(b'"%d":0' % i for i in range(6500)) + b',"0":0}'
    deep = (b"[" * 63 + b"]" * 63 + b",") * 500
    scripts = [(b"", say.post(ROUTING, keys)),
               (b"", say.post(ROUTING, b'{"x":[' + deep[:-1] + b"]}"))]
    return [scene.load("stream", "--connections", 8, "--reopen", scripts=scripts)]


@attack("pipelining", "200 requests at a time on each of 8 connections")
def _(scene):
    return [scene.load("stream", "--connections", 8, "--reopen",
                       scripts=[(b"", say.get("/api/v1/server") * 200)])]


@attack("healthz-flood", "GET /healthz without a pause on 64 connections")
def _(scene):
    return [scene.load("stream", "--connections", 64, "--reopen",
                       scripts=[(b"", say.get("/healthz") * 10)])]


@attack("lists-flood", "GET /api/v1/nodes and /locations, with 240 nodes there, on 32 connections")
def _(scene):
    for _ in range(240):
        boson.Node(scene.api).register(proof=False)
    scripts = [(b"", say.get(path) * 4) for path in ("/api/v1/nodes", "/api/v1/locations")]
    return [scene.load("stream", "--connections", 32, "--reopen", scripts=scripts)]


@attack("unread-answers", "requests whose answers are never read, on 64 connections")
def _(scene):
    return [scene.load("stream", "--connections", 64, "--reopen", "--unread",
                       scripts=[(b"", say.get("/api/v1/server") * 64)])]


@attack("refusals-log", "requests that are refused, 50 at a time on 16 connections")
def _(scene):
    return [scene.load("stream", "--connections", 16, "--reopen",
                       scripts=[(b"", say.get("/nothing/here") * 50)])]


@attack("log-unread", "the same, while nobody reads the server's stderr", unread=True)
def _(scene):
    return [scene.load("stream", "--connections", 16, "--reopen",
                       scripts=[(b"", say.get("/nothing/here") * 50)])]


# --- Connections ------------------------------------------------------------------------------

@attack("connections", "2,000 connections of one address that say nothing")
def _(scene):
    return [scene.load("silent", "--connections", 2000, "--rate", 2000, "--reopen")]


@attack("connections-network", "25,000 connections from the networks of a /48 that say nothing")
def _(scene):
    return [scene.load("silent", "--connections", 25000, "--rate", 8000, "--reopen",
                       "--sources", ATTACKER_NETWORK6, v6=True)]


@attack("refused-legs", "relay connections that are refused and stay, 300 a second")
def _(scene):
    return [scene.load("stream", "--connections", 3000, "--rate", 300, "--reopen",
                       scripts=[(refused_leg(), b"")])]


# --- The relay --------------------------------------------------------------------------------

def legs(sessions, make, deflate=False):
    return [(say.upgrade(each.path, each.token, deflate), make(each)) for each in sessions]


@attack("text-bombs", "compressed texts of 270 bytes that are 128 KB of small values, on 4 sessions")
def _(scene):
    scripts = legs(scene.sessions(), lambda each: say.text(
        say.padded(say.heartbeat(each.id), say.TEXT_LIMIT), deflate=True), deflate=True)
    return [scene.load("stream", "--connections", SESSIONS, "--reopen", scripts=scripts)]


@attack("texts-flood", "heartbeats as texts without a pause, on 4 sessions")
def _(scene):
    scripts = legs(scene.sessions(), lambda each: say.text(say.heartbeat(each.id)) * 50)
    return [scene.load("stream", "--connections", SESSIONS, "--reopen", scripts=scripts)]


@attack("texts-unread", "the same, and the answers are not read")
def _(scene):
    scripts = legs(scene.sessions(), lambda each: say.text(say.heartbeat(each.id)) * 50)
    return [scene.load("stream", "--connections", SESSIONS, "--reopen", "--unread", scripts=scripts)]


@attack("held-datagrams", "compressed datagrams of 64 KB for ends that do not come, on 60 sessions")
def _(scene):
    datagram = bytes(say.DATAGRAM_LIMIT)
    scripts = legs(scene.sessions(60), lambda each: say.text(
        say.data(each.id, datagram), deflate=True), deflate=True)
    return [scene.load("stream", "--connections", 60, "--rate", 1000, "--reopen", scripts=scripts)]


@attack("held-binary", "datagrams of 64 KB for ends that do not come, on 60 sessions")
def _(scene):
    body = say.frame(say.BINARY, bytes(say.DATAGRAM_LIMIT))
    scripts = legs(scene.sessions(60), lambda _each: body)
    return [scene.load("stream", "--connections", 60, "--rate", 1000, "--reopen", scripts=scripts)]


@attack("unread-datagrams", "datagrams of 64 KB, packed to 100 bytes or not, to 150 ends that do not read")
def _(scene):
    node = scene.node()
    sessions = scene.sessions(150, node=node.id)
    packed = say.binary(bytes(say.DATAGRAM_LIMIT), deflate=True) * 20
    plain = say.binary(bytes(say.DATAGRAM_LIMIT))
    readers = [(say.upgrade(each.path, node.token), b"") for each in sessions]
    senders = [(say.upgrade(each.path, each.token, True), packed if i % 2 else plain)
               for i, each in enumerate(sessions)]
    loads = [scene.load("stream", "--connections", len(sessions), "--unread", scripts=scripts)
             for scripts in (readers, senders)]
    return loads


def link_stays(scene, under):
    if under["signal"]["losses"]:
        scene.faults.append(f"the node's signal link was lost {under['signal']['losses']} times")


@attack("cut-records", "TLS records of 16 KB without their last byte on 512 relay connections, after whole ones")
def _(scene):
    node = scene.node()
    sessions = scene.sessions(256, node=node.id)
    body = say.binary(bytes(16_000)) * 4
    scripts = [(say.upgrade(each.path, token), body) for each in sessions
               for token in (each.token, node.token)]
    return [scene.load("stream", "--connections", len(scripts), "--bodies", 1, "--cut", "--record", len(body) // 4,
                       scripts=scripts)]


@attack("candidates", "candidates for a stranger's node, without a pause, on 4 sessions",
        judge=link_stays)
def _(scene):
    scripts = legs(scene.sessions(), lambda each: say.text(say.candidates(each.id, 32)) * 20)
    return [scene.load("stream", "--connections", SESSIONS, "--reopen", scripts=scripts)]


@attack("slow-pong-relay", "pings without a pause on the relay, whose pongs are read slowly")
def _(scene):
    body = say.frame(say.PING, b"p" * 125) * 200
    scripts = legs(scene.sessions(), lambda _each: body)
    return [scene.load("stream", "--connections", SESSIONS, "--reopen", "--sip", 500000, scripts=scripts)]


@attack("slow-pong-signal", "pings without a pause on a signal link, whose pongs are read slowly")
def _(scene):
    node = scene.node()
    body = say.frame(say.PING, b"p" * 125) * 200
    return [scene.load("stream", "--reopen", "--sip", 500000, scripts=[
        (say.upgrade(f"/api/v1/nodes/{node.id}/signal", node.token), body)])]


@attack("leg-replacement", "one relay session, whose client comes again and again, 8 at once")
def _(scene):
    scripts = legs(scene.sessions(1), lambda _each: say.frame(say.PING, b""))
    return [scene.load("stream", "--connections", 8, "--reopen", "--bodies", 1, "--close", scripts=scripts)]


# --- Places -----------------------------------------------------------------------------------

@attack("regions", "registrations with regions of 256 bytes from the networks of a /48")
def _(scene):
    body = say.post(REGISTER, say.registration(region=say.ANY_UUID * 7))
    return [scene.load("stream", "--connections", 16, "--reopen", "--bodies", 200, "--rate", 800,
                       "--sources", ATTACKER_NETWORK6, scripts=[(b"", body)], v6=True)]


def nodes_that_came(scene, _under):
    total = sum(value for name, value in scene.target.metrics().items()
                if name.startswith("boson_nodes{"))
    scene.notes["nodes"] = int(total)
    if total > 1000:
        scene.faults.append(f"one network registered {int(total)} nodes")


@attack("registrations", "nodes without end from the networks of a /48", judge=nodes_that_came)
def _(scene):
    body = say.post(REGISTER, say.registration())
    return [scene.load("stream", "--connections", 16, "--reopen", "--bodies", 200, "--rate", 800,
                       "--sources", ATTACKER_NETWORK6, scripts=[(b"", body)], v6=True)]


def place_is_free(scene, _under):
    """A user gets a place at the small node, if need be after the time in which one has to come."""
    api = scene.bed.bystander_api(scene.target)

    def asks():
        return api.post(ROUTING, boson.route_request(targetNodeId=scene.notes["small"])).status == 200
    began = time.monotonic()
    if not wait_for(asks, 25):
        scene.faults.append("no place at a node of 10 for 25 s")
    scene.notes["place after s"] = round(time.monotonic() - began, 1)


@attack("sessions-unjoined", "session requests, and nobody comes, for a node of 10 places",
        judge=place_is_free)
def _(scene):
    small = boson.Node(scene.bed.bystander_api(scene.target), maxConnections=10)
    small.register()
    scene.notes["small"] = small.id
    return [scene.load("stream", "--connections", 4, "--rate", 40, "--reopen",
                       scripts=[(b"", say.post(ROUTING, say.routing(targetNodeId=small.id)))])]


@attack("sessions-joined", "ten sessions that are joined and idle, at a node of 10 places",
        judge=place_is_free, options=("--limit", "unanswered-is-safe=8000"))
def _(scene):
    small = boson.Node(scene.bed.bystander_api(scene.target), maxConnections=10)
    small.register()
    scene.notes["small"] = small.id
    scripts = legs(scene.sessions(10, node=small.id), lambda _each: b"")
    return [scene.load("stream", "--connections", len(scripts), scripts=scripts)]


ANNOUNCED = 1000


def crowd(scene, seconds=None):
    """People who ask for a session of the node each, and go when it was answered."""
    body = say.post(ROUTING, say.routing(
        targetNodeId=scene.notes["node"].id, clientPublicKey=boson.Node(None).public_key))
    return scene.load("stream", "--connections", 16, "--rate", 300, "--close", "--reopen",
                      "--sources", CROWD4, scripts=[(body, b"")], seconds=seconds)


def sessions_open(scene):
    return sum(value for name, value in scene.target.metrics().items()
               if name.startswith("boson_sessions{"))


def all_announced(scene, _under):
    end = time.monotonic() + 180
    while sessions_open(scene) <= ANNOUNCED and time.monotonic() < end:  # a busy machine made fewer
        mode, seconds, options, more = crowd(scene, seconds=3)
        Attacker(scene.bed, scene.target, mode, seconds, *options, **more).outcome()
    node = scene.notes.pop("node")
    tls = scene.api.tls(say.upgrade(f"/api/v1/nodes/{node.id}/signal", node.token))
    tls.settimeout(20)
    got = b""
    try:
        while got.count(b'"connect"') < ANNOUNCED:
            chunk = tls.recv(65536)
            if not chunk:
                break
            got += chunk
    except (socket.timeout, OSError):
        pass
    tls.close()
    scene.notes["announced"] = got.count(b'"connect"')
    if scene.notes["announced"] < ANNOUNCED:
        scene.faults.append(f"a node of 1,000 sessions heard of {scene.notes['announced']}, "
                            f"of {sessions_open(scene):.0f} that are open")


@attack("announcements", "a node with 1,200 sessions of as many people opens its signal link",
        judge=all_announced,
        options=tuple(word for scope in ("address", "site", "network")
                      for word in ("--limit", f"waiting-sessions-per-{scope}=10000"))
        + ("--limit", "first-connection=600000"))
def _(scene):
    scene.notes["node"] = scene.node()
    return [crowd(scene)]


# --- Rights -----------------------------------------------------------------------------------

def node_is_not_aimed(scene, _under):
    victim = "127.0.0.1:22"
    node = boson.Node(Api(scene.bed.bystander, "203.0.113.10", scene.target.port))
    node.register()
    for mapped in (victim, "10.0.0.1:22", "192.0.2.99:0", "[::1]:22", "[::ffff:127.0.0.1]:22"):
        scene.api.post(ROUTING, {
            "clientId": str(boson.uuid.uuid4()), "requirements": {},
            "targetNodeId": node.id, "clientPublicKey": boson.Node(None).public_key,
            "clientNetworkInfo": {"natType": "FullCone", "stunMappedAddress": mapped}})
        text = node.heartbeat().body.decode()
        if mapped in text or "127.0.0.1" in text:
            scene.faults.append("a node was told to reach " + mapped)


@attack("mapped-address", "routing requests that name somebody else's address as their own",
        judge=node_is_not_aimed)
def _(_scene):
    return []


def metrics_are_closed(scene, _under):
    if scene.api.get("/metrics").status != 401:
        scene.faults.append("/metrics is open to a stranger")


@attack("metrics-open", "a stranger reads /metrics", judge=metrics_are_closed)
def _(_scene):
    return []
