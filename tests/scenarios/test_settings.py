# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person decides beside the connection: lockdown, the LAN, DNS, pause, auto-connect, server."""
import json
import sys
import time

from control_rpc import Control
from product import BOSON4, Client, URL, Whole, program, scenario, wait_until, WEB4, WEB6
from addresses import EXIT4, NOWHERE6, USER4, USER6
from sandbox import SPACE
from test_main_job import difference
from topology import CANARY4, CANARY6, DNS4, DNS6, Laboratory, PYTHON
from watching import Watch

ROUTER = "192.168.31.1"
BARE, SERVICE = f"{SPACE}/bare", f"{SPACE}/service"
MULTICAST = ("import socket,sys;s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);"
             "s.setsockopt(socket.IPPROTO_IP,socket.IP_MULTICAST_IF,socket.inet_aton('192.168.31.2'));"
             "s.sendto(b'x',(sys.argv[1],int(sys.argv[2])))")
# As resolvers do: again, when no answer has come.
ASK = ("import socket,sys\ns=socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET,socket.SOCK_DGRAM)\n"
       "s.settimeout(2)\n"
       "for turn in range(3):\n"
       "  s.sendto(bytes.fromhex('00010100000100000000000003776562076578616d706c650000010001'),(sys.argv[1],53))\n"
       f"  try: print(s.recv(99)[-4:]==socket.inet_aton('{WEB4}')); break\n"
       "  except TimeoutError: pass\n")


class Bench:
    """The laboratory, its client without options for the server, and the client's socket."""

    def __init__(self, check):
        self.check, self.lab = check, Laboratory()
        self.lab.user.sh("echo higgs-exclude:x:977: >> /etc/group")
        self.before = self.lab.user.fingerprint()
        self.whole = Whole(self.lab)
        self.client, self.user = self.whole.client, self.lab.user
        self.control = Control(self.client.control)
        self.watch = Watch(check, self.lab.user_home, self.user, "l2", [self.whole.node])

    def status(self):
        return self.control.call("status")

    def wait(self, what, condition, timeout=15):
        return wait_until(lambda: condition(self.status()), timeout,
                          f"{what}: {json.dumps(self.status())[:400]}")

    def connect(self, **wish):
        self.control.call("connect", **wish)
        self.wait("connected", lambda s: s["state"] == "connected")

    def set(self, key, value):
        return self.control.call("set", key=key, value=value)

    def bare(self, when):
        """The bare line carries again, and nothing of ours is left on the machine."""
        self.watch.again_visible(when)
        self.check.equal(difference(self.before, self.user.fingerprint()), [],
                         f"the machine is as before {when}")
        self.watch.forget()

    def page(self, timeout=3):
        return self.client.exit4(timeout)


def lockdown(bench):
    check, control, watch = bench.check, bench.control, bench.watch
    check.equal(bench.set("lockdown", "on")["lockdown"], "on", "lockdown is set")
    watch.forget()
    status = bench.status()
    check.equal((status["state"], status["problem"], status["killSwitch"], status["lockdown"],
                 status["request"]), ("blocked", "lockdown", True, True, None),
                "disconnected and locked down: blocked, and it says why")
    time.sleep(0.5)
    watch.nothing_left("under lockdown")
    check.equal(control.refusal("pause", minutes=5), "forbidden", "lockdown forbids a pause")
    bench.connect(country="US")
    check.equal(bench.page(), EXIT4, "connected under lockdown")
    control.call("disconnect")
    status = bench.wait("blocked again", lambda s: s["state"] == "blocked" and s)
    check.equal((status["problem"], status["request"]), ("lockdown", None), "disconnected: blocked again")
    check.equal([status[name] for name in ("country", "region", "since", "exitIp", "nodeId")], [None] * 5,
                "and nothing is left of the connection")
    time.sleep(0.3)
    watch.nothing_left("while connecting and disconnecting under lockdown")
    bench.client.process.kill()
    time.sleep(0.5)
    bench.client.start()
    check.equal(bench.status()["problem"], "lockdown", "a restarted daemon keeps lockdown")
    watch.nothing_left("while the daemon was killed and started under lockdown")
    bench.set("lockdown", "off")
    check.equal(bench.status()["state"], "disconnected", "lockdown off: disconnected")
    bench.bare("after lockdown")


def lockdown_at_boot(bench):
    """Rules and routes are gone, as after a reboot, and the one-shot puts them up before anything else."""
    check, watch, client = bench.check, bench.watch, bench.client
    bench.set("lockdown", "on")
    client.process.stop()
    bench.user.sh("nft flush ruleset; for v in 4 6; do while ip -$v rule del pref 2920 2>/dev/null; do :; done; done; "
                  "tc qdisc del dev eth0 clsact 2>/dev/null; ip neigh flush all; true")  # all that a reboot takes
    watch.again_visible("when a reboot took the rules away")
    boot = [program("higgs-vpnd"), "--lockdown", "--data-dir", client.data, "--interface",
            client.interface]
    check.equal(bench.user.run(*boot).returncode, 0, "the one-shot at boot puts the block up")
    watch.forget()
    time.sleep(0.3)
    watch.nothing_left("after the one-shot")
    client.start()
    check.equal(bench.status()["problem"], "lockdown", "the daemon takes it over")
    bench.connect(country="US")
    watch.nothing_left("while connecting after a boot")
    client.process.kill()
    done = client.ctl("restore-network", "--data-dir", client.data)
    check("lockdown" in done.stdout, "an offline restore says that lockdown is off", done.stdout.strip())
    bench.bare("after an offline restore")
    check.equal(bench.user.run(*boot).returncode, 0, "the one-shot without lockdown")
    bench.bare("after the one-shot without lockdown")
    client.start()
    check.equal(bench.status()["state"], "disconnected", "the next daemon is disconnected")
    bench.set("lockdown", "on")
    check.equal(bench.control.call("restoreNetwork")["lockdown"], False,
                "the daemon's restore switches lockdown off")
    bench.bare("after the daemon's restore")


def reaches(bench, *argv):
    """Whether the router at home sees a packet that the user sends."""
    bench.watch.forget()
    target = argv[-2] if len(argv) > 1 else argv[0]
    if len(argv) > 1:
        bench.user.run(PYTHON, "-c", MULTICAST, *argv, check=False)
    else:
        bench.user.run("ping", "-c1", "-W1", target, check=False)
    time.sleep(0.2)
    return any(p.target == target for p in bench.watch.capture.fresh())


def lan(bench):
    check, watch = bench.check, bench.watch
    check(reaches(bench, ROUTER), "control: the router at home is reached on the bare line")
    check(reaches(bench, "239.255.255.250", "1900"), "control: SSDP leaves on the bare line")
    bench.connect(country="US")
    check(not reaches(bench, ROUTER), "connected: the LAN is shut")
    check(not reaches(bench, "224.0.0.251", "5353"), "and so is mDNS")
    watch.forget()
    for turn in range(3):
        bench.set("lan", "on")
        bench.set("lan", "off")
    leaks = [p for p in watch.capture.fresh() if p.target not in (BOSON4,) and p.target_port == 9999]
    check.equal(leaks, [], "nothing else leaves while the LAN is opened and shut")
    bench.set("lan", "on")
    check(reaches(bench, ROUTER), "lan on, while connected: the router at home is reached")
    check(reaches(bench, "224.0.0.251", "5353"), "mDNS leaves")
    check(reaches(bench, "239.255.255.250", "1900"), "SSDP leaves")
    check(not reaches(bench, "224.0.0.251", "53"), "port 53 does not, whatever its address")
    check.equal(bench.page(), EXIT4, "the Internet is still the tunnel's")
    watch.forget()
    answered = bench.user.run(PYTHON, "-c", ASK, ROUTER, check=False).stdout.strip()
    asked = [p for p in watch.capture.fresh() if p.target_port == 53]
    check.equal(asked, [], "a question for the router's resolver does not reach it")
    check.equal(answered, "True", "it is answered by the tunnel's")
    bench.control.call("disconnect")
    bench.bare("after LAN access")
    bench.set("lan", "off")


def dns(bench):
    check = bench.check
    bench.connect(country="US")
    bench.watch.forget()
    resolv = bench.user.run("cat", "/etc/resolv.conf").stdout
    check(DNS4 in resolv, "the exit's resolver is in use", resolv)
    bench.set("dns", DNS6)
    resolv = bench.user.run("cat", "/etc/resolv.conf").stdout
    check(DNS6 in resolv and DNS4 not in resolv, "a custom resolver is in use at once", resolv)
    check.equal(bench.user.run(PYTHON, "-c", ASK, DNS6, check=False).stdout.strip(), "True",
                "it answers through the tunnel")
    check.equal(bench.user.run(PYTHON, "-c", ASK, NOWHERE6, check=False).stdout.strip(), "True",
                "a program with a resolver of its own is answered by it, too")
    bench.watch.nothing_left("while the resolver was changed")
    for wrong in ("127.0.0.1", "1.2.3.4,", "1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4", "fe80::1", "x", ""):
        check.equal(bench.control.refusal("set", key="dns", value=wrong), "invalid_argument",
                    f"dns {wrong!r} is refused")
    bench.set("dns", "node")
    resolv = bench.user.run("cat", "/etc/resolv.conf").stdout
    check(DNS4 in resolv, "and the exit's again", resolv)
    bench.control.call("disconnect")
    bench.bare("after custom DNS")


def excluded_get(bench, url, *wrap):
    """What the web server sees of a program outside the tunnel."""
    done = bench.user.run(program("higgs-exclude"), "--", *wrap, "curl", "-sS", "-m3", url, check=False)
    return done.stdout.strip()


FLOW = ("import socket,sys,time\n"
        "s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n"
        "print('ready',flush=True)\n"
        "while True:\n"
        "  try: s.sendto(b'outside',(sys.argv[1],4545))\n"
        "  except OSError: pass\n"
        "  time.sleep(0.02)\n")


def launcher(bench):
    """Installed as it shall be: root and the group higgs may use it, and it keeps nothing else."""
    check, user = bench.check, bench.user
    copy = f"{SPACE}/higgs-exclude"
    user.sh(f"cp {program('higgs-exclude')} {copy}; chown 0:977 {copy}; chmod 2755 {copy};"
            "echo higgs:x:976: >> /etc/group")

    def run(groups, *argv, path=copy):
        return user.run("setpriv", "--reuid=1000", "--regid=1000", *groups, path, *argv, check=False)
    member = run(["--groups=976"], "sh", "-c", "id -u; grep -E '^(Gid|CapEff)' /proc/self/status")
    check.equal(member.stdout.split(), ["1000", "Gid:", "977", "977", "977", "977", "CapEff:", "0" * 16],
                "a member of higgs: the group in all its forms, and nothing else")
    stranger = run(["--clear-groups"], "id")
    check((stranger.returncode, stranger.stdout) == (126, "") and "not permitted" in stranger.stderr,
          "a stranger is refused", stranger.stderr.strip())
    plain = run(["--groups=976"], "id", path=program("higgs-exclude"))
    check(plain.returncode == 126 and "2755" in plain.stderr, "without its mode it says what is missing",
          plain.stderr.strip())
    check.equal(run(["--groups=976"], "/nowhere").returncode, 127, "a program that is not there")
    check.equal(run(["--groups=976"]).returncode, 2, "no program at all")
    check.equal(run(["--groups=976"], "sh", "-c", "exit 7").returncode, 7, "the program's own exit status")
    user.sh("sed -i '/^higgs:x:976/d' /etc/group")


def exclude(bench):
    """One program outside; everybody else inside, whatever happens."""
    check, control, watch = bench.check, bench.control, bench.watch
    how = control.call("exclude", action="describe")
    check.equal((how["mechanism"], how["gid"], how["reason"]), ("group", 977, None), "it can be done here")
    check.equal(control.refusal("exclude", action="run"), "invalid_argument", "and nothing else is a verb")
    bench.connect(country="US")
    check.equal(bench.page(), EXIT4, "a program as any other: through the tunnel")
    check.equal(excluded_get(bench, f"http://{WEB4}/"), USER4, "outside: its own IPv4 address")
    check.equal(excluded_get(bench, f"http://[{WEB6}]/"), USER6, "and its own IPv6 address")
    check.equal(excluded_get(bench, f"http://{WEB4}/", "sh", "-c", '"$@"; true', "sh"), USER4,
                "a child of a shell is outside, too")
    check.equal(excluded_get(bench, "http://any.name.example/"), USER4, "by a name")
    with open(bench.lab.internet.web_log) as log:
        asked = [line for line in log if line.startswith(f"dns {USER4}")]
    check.equal(asked, [], "the name was asked for inside the tunnel")

    flow = bench.user.start("outside", program("higgs-exclude"), PYTHON, "-c", FLOW, WEB4).wait_for("ready")

    def seen():
        packets = watch.capture.fresh()
        return {"outside": any(p.target_port == 4545 for p in packets),
                "others": [p for p in packets if p.target_port == 9999 or p.protocol.startswith("icmp")
                           and p.target in (CANARY4, CANARY6)]}
    wait_until(lambda: seen()["outside"], 20, "the flow outside is seen")
    wait_until(lambda: bench.status()["excluded"] == 1, 10, "one program is counted outside")
    for turn in range(3):
        control.call("connect", country="US")
        bench.wait("connected again", lambda s: s["state"] == "connected")
    time.sleep(0.3)
    now = seen()
    check((now["outside"], now["others"]) == (True, []), "switching: that flow outside, nothing else", now["others"][:3])
    bench.set("lockdown", "on")
    control.call("disconnect")
    time.sleep(0.2)
    watch.forget()
    time.sleep(0.5)
    check.equal(seen(), {"outside": False, "others": []}, "locked down: not even the program outside")
    bench.connect(country="US")
    wait_until(lambda: seen()["outside"], 20, "connected: the flow is seen again")
    bench.client.process.kill()
    time.sleep(0.3)
    check.equal(seen()["others"], [], "the daemon killed: nobody else got out")
    bench.client.start()
    bench.wait("connected after the crash", lambda s: s["state"] == "connected")
    bench.set("lockdown", "off")
    control.call("disconnect")
    flow.stop()
    bench.bare("after programs outside")


def pause(bench):
    check, control = bench.check, bench.control
    check.equal(control.refusal("pause", minutes=5), "invalid_argument", "nothing to pause")
    bench.connect(country="US")
    for wrong in (0, -1, 1441, "5", None):
        check.equal(control.refusal("pause", minutes=wrong), "invalid_argument", f"pause {wrong!r}")
    now = time.time() * 1000
    status = control.call("pause", minutes=5)
    check.equal(status["state"], "disconnected", "paused: the bare line is open")
    check(abs(status["pausedUntil"] - now - 300000) < 5000, "it tells until when", status["pausedUntil"])
    check.equal(status["request"]["country"], "US", "and what comes back")
    bench.bare("while paused")
    bench.client.process.kill()
    bench.client.start()
    again = bench.status()
    check.equal((again["state"], again["pausedUntil"]), ("disconnected", status["pausedUntil"]),
                "a restarted daemon keeps the pause")
    check.equal(control.call("resume")["pausedUntil"], None, "resumed")
    bench.wait("connected after the pause", lambda s: s["state"] == "connected")
    check.equal(bench.page(), EXIT4, "through the tunnel again")
    control.call("pause", minutes=1)
    control.call("disconnect")
    check.equal((bench.status()["pausedUntil"], bench.status()["request"]), (None, None),
                "a disconnect ends the pause for good")
    bench.connect(country="US")
    control.call("pause", minutes=60)
    bench.client.process.stop()
    # The pause ends while no daemon runs: the next one connects at once.
    path = f"{bench.client.data}/settings.json"
    with open(path) as file:
        settings = json.load(file)
    settings["pausedUntil"] = int(time.time() * 1000) - 1000
    with open(path, "w") as file:
        json.dump(settings, file)
    bench.watch.forget()
    bench.client.start()
    bench.wait("connected after a pause that is over", lambda s: s["state"] == "connected")
    control.call("pause", minutes=60)
    bench.set("lockdown", "on")
    check.equal((bench.status()["state"], bench.status()["pausedUntil"]), ("blocked", None),
                "lockdown ends a pause")
    bench.set("lockdown", "off")
    bench.bare("after the pauses")


def autoconnect(bench):
    check = bench.check
    bench.set("autoconnect", "on")
    bench.set("country", "US")
    bench.client.process.stop()
    bench.client.start()
    bench.wait("connected by itself", lambda s: s["state"] == "connected")
    check.equal(bench.status()["request"]["country"], "US", "auto-connect goes where the settings say")
    bench.control.call("disconnect")
    bench.set("autoconnect", "off")
    bench.set("country", "any")
    bench.client.process.stop()
    bench.client.start()
    check.equal(bench.status()["state"], "disconnected", "without auto-connect it waits")
    bench.bare("after auto-connect")


class Service(Client):
    """The daemon as its unit runs it: no root, no capability but one, and /etc is not its own."""

    def command(self, pin=None):
        words = super().command(pin)
        for option in ("--data-dir", "--control"):
            words[words.index(option) + 1] = f"{SERVICE}/{option[2:]}"
        self.control, self.data = f"{SERVICE}/control", f"{SERVICE}/data-dir"
        return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                "--inh-caps=-all,+net_admin", "--ambient-caps=-all,+net_admin",
                "--bounding-set=-all,+net_admin", "--no-new-privs", *words]


def service_user(bench):
    check, user = bench.check, bench.user
    bench.client.process.stop()
    user.sh(f"mkdir -p {SERVICE} /run/wireguard; chown 65534:65534 {SERVICE} /run/wireguard;"
            "mknod /run/tun c 10 200; chmod 666 /run/tun; mount --bind /run/tun /dev/net/tun")
    resolv = user.run("cat", "/etc/resolv.conf").stdout
    bench.client = Service(bench.whole.server, user)
    bench.control = Control(bench.client.control)
    for turn in range(2):
        bench.connect(country="US")
        bench.watch.forget()
        check.equal(bench.page(), EXIT4, "a service user connects")
        check.equal(user.run("cat", "/etc/resolv.conf").stdout, resolv, "resolv.conf is not its to write")
        check.equal(user.run("curl", "-sS", "-m5", "http://any.name.example/", check=False).stdout,
                    f"{EXIT4}\n", "names are resolved all the same")
        bench.watch.nothing_left("while the service user is connected")
        if turn == 0:
            bench.control.call("disconnect")
            bench.bare("after the service user disconnected")
    bench.client.process.kill()
    bench.client.start()
    bench.wait("connected after a crash", lambda s: s["state"] == "connected")
    bench.control.call("restoreNetwork")
    bench.bare("after the service user gave it back")
    bench.client.process.stop()
    bench.client = Client(bench.whole.server, user)
    bench.control = Control(bench.client.control)


class Bare(Client):
    """A daemon that nobody told a server."""

    def command(self, pin=None):
        words = super().command(pin)
        words[words.index("--data-dir") + 1] = BARE
        return words[:1] + words[5:]


def server(bench):
    check, whole = bench.check, bench.whole
    check.equal(bench.control.refusal("configureServer", url=URL), "forbidden",
                "options of the daemon's are not a controller's to change")
    bench.client.process.stop()
    bench.client = Bare(whole.server, bench.user)
    control = bench.control = Control(bench.client.control)
    status = bench.status()
    check.equal((status["server"], status["accessKey"], status["controlVersion"]), (None, "none", 2),
                "a daemon without a server starts and says so")
    check.equal(control.call("connect")["problem"], "no_server", "connect without a server")
    for wrong in ({"url": "http://boson.example"}, {"url": "https://"}, {"url": URL, "pin": "12"}, {},
                  {"url": URL, "accessKey": "a\nb"}, {"url": URL + "\nX: y"}):
        check.equal(control.refusal("configureServer", **wrong), "invalid_argument", f"refused: {wrong}")
    status = control.call("configureServer", url=URL, pin=whole.server.pin, accessKey="not-needed")
    check.equal((status["server"]["host"], status["server"]["port"], status["accessKey"]),
                ("boson.example", 3000, "set"), "the server is configured")
    bench.connect(country="US")
    check.equal(bench.page(), EXIT4, "and connects")
    check.equal(control.refusal("configureServer", url=URL), "forbidden", "not while connected")
    check.equal(control.call("setAccessKey", key="")["accessKey"], "none", "the key is forgotten")
    bench.control.call("disconnect")
    control.call("setAccessKey", key="SecretSecretSecret")
    bench.client.process.stop()
    with open(f"{BARE}/settings.json") as file:
        text = file.read()
    check("not-needed" not in text and "SecretSecret" not in text, "no key is written down")
    bench.client.start()
    check.equal(bench.status()["server"]["pin"], status["server"]["pin"],
                "the server is remembered")
    bench.connect()
    lines = control.call("log", lines=50)["lines"]
    check(any(line["text"].startswith("tunnel verified") for line in lines), "the log is told")
    told = json.dumps(lines)
    check("SecretSecret" not in told and BOSON4 not in told, "without keys and whole addresses")
    control.call("disconnect")
    bench.bare("at the end")


def body(check):
    bench = Bench(check)
    parts = (lockdown, lockdown_at_boot, lan, dns, launcher, exclude, pause, autoconnect, service_user, server)
    for part in parts:
        if len(sys.argv) < 2 or part.__name__ in sys.argv[1:]:
            print(f"-- {part.__name__}", flush=True)
            part(bench)


if __name__ == "__main__":
    scenario(body)
