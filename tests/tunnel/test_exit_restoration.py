#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""`higgs-nodectl restore-network`: a home whose node is dead is given back by one command, which says
what it undid and what it could not, and does not take what others need.

   [ node ] e0 ---- o0 [ outside ]

The exit's rules, settings and interface are made by the tunnel_probe, which is then killed; the
tunnel's interface is put there anew, as the kernel's own WireGuard stays when its daemon dies.
"""
import json
import os
import shutil
import signal
import subprocess

from netns_lab import Lab, Report, run, skip, snapshot, wait_for

BIN = os.environ.get("HIGGS_BIN", "build/release/bin")
TUNNEL = "hx" + str(os.getpid() % 1000000)
POLICY = "exit net4=10.86.0.0/24 net6=fd00:86::/64 gateway=10.86.0.1,fd00:86::1"
SERVICE = 65534  # the service's user, which is not root


class Home:
    def __init__(self, lab, report):
        self.lab, self.report = lab, report
        self.node, outside = lab.namespace("node"), lab.namespace("outside")
        lab.wire(self.node, "e0", outside, "o0")
        lab.address(self.node, "e0", "192.168.7.2/24", "2a00:7::2/64")
        run("ip", "-n", self.node, "route", "add", "default", "via", "192.168.7.1")
        run("ip", "-n", self.node, "-6", "route", "add", "default", "via", "2a00:7::1")
        lab.settle(self.node)
        self.data = f"{lab.directory}"
        self.socket = f"{lab.directory}/node.sock"
        self.before = snapshot(self.node)

    def inside(self, *words, wrap=()):
        return subprocess.run(["ip", "netns", "exec", self.node, *wrap, *words], capture_output=True,
                              text=True, timeout=60, check=False)

    def restore(self, *words, wrap=()):
        return self.inside(f"{BIN}/higgs-nodectl", "restore-network", "--control", self.socket,
                           "--data-dir", self.data, *words, wrap=wrap)

    def forwarding(self):
        return self.inside("cat", "/proc/sys/net/ipv4/ip_forward").stdout.strip()

    def tables(self):
        return [line for line in self.inside("nft", "list", "tables").stdout.splitlines() if "higgs" in line]

    def back_by_hand(self):
        """The settings that a restore did not put back, as it said."""
        self.inside("sysctl", "-qw", "net.ipv4.ip_forward=0", "net.ipv6.conf.all.forwarding=0",
                    *(f"net.ipv6.conf.{name}.accept_ra=1" for name in ("all", "default", "e0")))

    def leave(self):
        """A node that shared, and was killed."""
        probe = self.lab.probe(self.node, TUNNEL)
        probe.do(POLICY)
        probe.do("device address=10.86.0.1/24 allowed=10.86.0.2/32")
        probe.do("exit-barrier")
        probe.kill()
        wait_for(lambda: TUNNEL not in run("ip", "-n", self.node, "-br", "link"))
        run("ip", "-n", self.node, "tuntap", "add", "dev", TUNNEL, "mode", "tun")
        run("ip", "-n", self.node, "link", "set", TUNNEL, "up")
        run("ip", "netns", "exec", self.node, "tc", "qdisc", "replace", "dev", TUNNEL, "clsact")
        with open(f"{self.data}/settings.json", "w", encoding="ascii") as file:
            json.dump({"consent": True, "sharing": True}, file)
        for name in ("", *os.listdir(self.data)):
            os.chown(f"{self.data}/{name}", SERVICE, SERVICE)
        self.report.check("control: rules, forwarding and interface were left",
                          len(self.tables()) >= 3 and self.forwarding() == "1" and
                          snapshot(self.node) != self.before, str(self.tables()))

    def shares(self):
        with open(f"{self.data}/settings.json", encoding="ascii") as file:
            return json.load(file)["sharing"]


def guards_the_port(home):
    """WireGuard's own port: who has a guest's key would get in past the relay and its limits."""
    report, guard = home.report, f"higgs_port_{TUNNEL}"
    probe = home.lab.probe(home.node, TUNNEL)
    nft = lambda *words: home.inside("nft", *words).stdout
    listed = lambda: nft("list", "table", "inet", guard)
    probe.do(POLICY)
    probe.do("device address=10.86.0.1/24 allowed=10.86.0.2/32")
    probe.do("exit-barrier")
    made = listed()
    report.check("control: WireGuard's port is guarded, and all is ours", "drop" in made and
                 probe.answer("exit-change") == "ok", made)
    for damage in (("delete", "table", "inet", guard), ("flush", "table", "inet", guard)):
        nft(*damage)
        answer = probe.answer("exit-change")
        report.check(f"its loss is noticed: {damage[0]}", "WireGuard's port" in answer, answer)
        nft("delete", "table", "inet", guard)
        probe.do("exit-barrier")
        report.check("begun again it is as it was", listed() == made and probe.answer("exit-change") == "ok", listed())
    probe.do("exit-restore")
    probe.do("device-close")
    report.same("guard: the machine is as it was", home.before, snapshot(home.node))
    probe.kill()


def gives_all_back(home):
    report = home.report
    home.leave()
    refused = home.restore(wrap=("setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin"))
    report.check("who is not root is told so, and nothing is done",
                 refused.returncode == 1 and "sudo" in refused.stderr and refused.stderr.count("\n") == 1 and
                 home.forwarding() == "1" and home.shares(), str(refused))
    done = home.restore()
    report.check("it ends well, and says so on stdout", done.returncode == 0 and done.stderr == "" and
                 done.stdout.endswith("The network is as it was before, and sharing is off.\n"), str(done))
    for phrase in ("undone: table inet higgs_node", "undone: table inet higgs_fuse", f"undone: interface {TUNNEL}",
                   "undone: setting net/ipv4/ip_forward, was 0"):
        report.check(f"it says '{phrase}'", phrase in done.stdout, done.stdout)
    report.same("the machine is as it was", home.before, snapshot(home.node))
    report.check("sharing is off at the next start", not home.shares())
    report.check("the note of how it was is gone", not os.path.exists(f"{home.data}/exit-network.json"))
    owners = {name: os.stat(f"{home.data}/{name}").st_uid for name in os.listdir(home.data)}
    report.check("every file is still the service's", set(owners.values()) == {SERVICE}, str(owners))
    again = home.restore("--json")
    report.check("once more, it finds nothing, and says so as JSON",
                 again.returncode == 0 and again.stderr == "" and json.loads(again.stdout) ==
                 {"restored": True, "offline": True, "sharingEnded": False, "undone": [], "left": []}, str(again))
    report.check("a machine that no node was ever on", home.inside(
        f"{BIN}/higgs-nodectl", "restore-network", "--control", f"{home.data}/no/node.sock",
        "--data-dir", f"{home.data}/none").returncode == 0 and not os.path.exists(f"{home.data}/no"))


def leaves_what_others_need(home):
    report = home.report
    home.leave()
    run("ip", "-n", home.node, "link", "add", "docker0", "type", "bridge")
    run("ip", "-n", home.node, "link", "set", "docker0", "up")
    done = home.restore("--json")
    told = json.loads(done.stdout or "{}")
    report.check("containers that came keep their forwarding, and it is told",
                 done.returncode == 0 and "containers" in str(told.get("left")) and home.forwarding() == "1" and
                 "table inet higgs_node" in told["undone"] and not home.tables(), str(done))
    run("ip", "-n", home.node, "link", "delete", "docker0")
    home.back_by_hand()


def cards_that_came(home):
    """They have from `default` what was changed there for us."""
    home.leave()
    accepted = lambda: home.inside("cat", "/proc/sys/net/ipv6/conf/wl0/accept_ra").stdout.strip()
    run("ip", "-n", home.node, "link", "add", "wl0", "type", "veth", "peer", "name", "wl1")
    home.report.check("control: a card that came while sharing has our setting", accepted() == "2", accepted())
    home.restore()
    home.report.check("it is put back, too", accepted() == "1", accepted())
    run("ip", "-n", home.node, "link", "delete", "wl0")
    home.report.same("the machine is as it was, but for that card", home.before, snapshot(home.node))


def says_what_it_could_not(home):
    report = home.report
    home.leave()
    # Of programs the offline restore takes none from $PATH.
    nft = os.path.realpath(shutil.which("nft", path="/usr/sbin:/usr/bin"))
    broken = ("unshare", "-m", "sh", "-ec", f'mount --bind /bin/false {nft}; exec "$@"', "sh")
    for words in ((), ("--json",)):
        done = home.restore(*words, wrap=broken)
        message = json.loads(done.stderr)["error"]["message"] if words else done.stderr
        report.check(f"without nft it says what was not undone, and fails {words}",
                     done.returncode == 1 and "not undone: " in message and "nft" in message and
                     "restarted" in message and done.stderr.rstrip().count("\n") == 0, str(done))
    report.check("control: the rules still stand", len(home.tables()) >= 2, str(home.tables()))
    done = home.restore()
    report.check("and undoes it when it can", done.returncode == 0, str(done))
    report.same("the machine is as it was after a restore in two parts", home.before, snapshot(home.node))
    home.leave()
    with open(f"{home.data}/exit-network.json", "w", encoding="ascii") as file:
        file.write("{")
    done = home.restore()
    report.check("a lost note of the settings is told", done.returncode == 1 and "is damaged" in done.stderr and
                 "still forwarded" in done.stderr and done.stderr.count("\n") == 1 and
                 not [table for table in home.tables() if "higgs_port" not in table], str(done))
    home.back_by_hand()
    report.check("and is no matter the next time", home.restore().returncode == 0)
    # Without the note only the usual name of the interface is known.
    report.check("a daemon's own --interface is cleared away", home.inside(
        f"{BIN}/higgs-noded", "--restore-network", "--control", home.socket, "--data-dir", home.data,
        "--interface", TUNNEL).returncode == 0)
    report.same("the machine is as it was after all", home.before, snapshot(home.node))


def beside_a_running_daemon(home):
    report = home.report
    options = ["--country", "DE", "--data-dir", home.data, "--control", home.socket, "--interface", TUNNEL]
    os.unlink(f"{home.data}/settings.json")
    daemon = subprocess.Popen(["ip", "netns", "exec", home.node, f"{BIN}/higgs-noded", *options],
                              stderr=subprocess.DEVNULL)
    try:
        ask = lambda *words: home.inside(f"{BIN}/higgs-nodectl", "--control", home.socket, *words)
        wait_for(lambda: ask("status").returncode == 0)
        home.inside("nft", "add", "table", "inet", "higgs_node")
        offline = home.inside(f"{BIN}/higgs-noded", "--restore-network", *options)
        report.check("beside a daemon that runs the offline way stands back", offline.returncode == 1 and
                     "another daemon is running" in offline.stderr and home.tables() != [], str(offline))
        done = ask("restore-network")
        report.check("the daemon itself gives the machine back", done.returncode == 0 and
                     "Sharing is off" in done.stdout and home.tables() == [], str(done))
        home.inside("nft", "add", "table", "inet", "higgs_node")
        daemon.send_signal(signal.SIGSTOP)
        done = ask("restore-network")
        report.check("one that hangs is ended, and told", done.returncode == 0 and "did not answer" in done.stdout and
                     home.tables() == [], str(done))
        daemon.send_signal(signal.SIGCONT)
        report.check("it does not wake", daemon.wait() == -signal.SIGKILL)
        daemon = subprocess.Popen(["ip", "netns", "exec", home.node, f"{BIN}/higgs-noded", *options],
                                  stderr=subprocess.DEVNULL)
        wait_for(lambda: ask("status").returncode == 0)
        daemon.kill()
        daemon.wait()
        home.inside("nft", "add", "table", "inet", "higgs_node")
        done = ask("restore-network", "--json")
        report.check("a killed one's data directory is found, and its socket is no obstacle",
                     done.returncode == 0 and json.loads(done.stdout)["undone"] == ["table inet higgs_node"] and
                     not os.path.exists(home.socket), str(done))
    finally:
        daemon.kill()
        daemon.wait()


def main():
    for program in ("higgs-noded", "higgs-nodectl"):
        if not os.path.exists(f"{BIN}/{program}"):
            skip(f"{BIN}/{program} is not built")
    report = Report()
    with Lab() as lab:
        home = Home(lab, report)
        guards_the_port(home)
        gives_all_back(home)
        leaves_what_others_need(home)
        cards_that_came(home)
        says_what_it_could_not(home)
        beside_a_running_daemon(home)
    report.end()


if __name__ == "__main__":
    main()
