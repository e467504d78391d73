# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS where something else manages resolv.conf: openresolv, Debian's resolvconf, systemd-resolved; and
where resolv.conf may not be written at all. The programs are the real ones, laid over a host's /usr."""
import os
import sys
import time

from product import BIN, Client, Node, Server, sandbox, scenario, wait_until
from addresses import WEB4
from capturing import Capture
from full_disk import full_disk
from test_main_job import difference
from topology import DNS4, Laboratory

PACKAGES = os.environ.get("HIGGS_DNS_PACKAGES",
                          os.path.join(os.path.dirname(BIN), "dns-packages"))
LAN_DNS = "192.168.31.1"


def package(name):
    path = os.path.join(PACKAGES, name)
    return path if os.path.isdir(os.path.join(path, "usr")) else None


def lay_over(user, name):
    path = package(name)
    user.sh(f"mount -t overlay overlay -o lowerdir={path}/usr:/usr /usr;"
            f"[ ! -d {path}/etc ] || cp -a {path}/etc/. /etc/")


def openresolv(user):
    lay_over(user, "openresolv")
    user.sh(f"mkdir -p /run/resolvconf; echo nameserver {LAN_DNS} | resolvconf -a eth0.dhcp")


def resolvconf(user):
    lay_over(user, "resolvconf")
    user.sh("mkdir -p /run/resolvconf/interface; ln -sf /run/resolvconf/resolv.conf /etc/resolv.conf;"
            "touch /run/resolvconf/enable-updates;"
            f"echo nameserver {LAN_DNS} | resolvconf -a eth0.dhcp")


def resolved(user):
    lay_over(user, "systemd-resolved")
    user.sh("grep -q systemd-resolve /etc/passwd || "
            "echo systemd-resolve:x:978:978::/:/usr/sbin/nologin >> /etc/passwd;"
            "grep -q systemd-resolve /etc/group || echo systemd-resolve:x:978: >> /etc/group;"
            "grep -q messagebus /etc/passwd || echo messagebus:x:979:979::/:/bin/false >> /etc/passwd;"
            "mkdir -p /run/dbus /run/systemd/resolve; chown systemd-resolve:systemd-resolve /run/systemd/resolve;"
            "sed -i 's/^hosts:.*/hosts: files dns/' /etc/nsswitch.conf;"
            f"printf '[Resolve]\\nDNS={LAN_DNS}\\nFallbackDNS=\\nDNSSEC=no\\n' > /etc/systemd/resolved.conf")
    user.start("dbus", "dbus-daemon", "--system", "--nofork", "--nopidfile")
    wait_until(lambda: user.run("test", "-S", "/run/dbus/system_bus_socket", check=False).returncode == 0,
               5, "the bus is there")
    user.start("resolved", "/usr/lib/systemd/systemd-resolved")
    wait_until(lambda: user.run("resolvectl", "status", check=False).returncode == 0, 10,
               "systemd-resolved answers")
    user.sh("ln -sf /run/systemd/resolve/stub-resolv.conf /etc/resolv.conf")


def read_only(user):
    user.sh(f"echo nameserver {LAN_DNS} > /etc/resolv.conf;"
            "mount --bind /etc/resolv.conf /etc/resolv.conf; mount -o remount,bind,ro /etc/resolv.conf")


SHAPES = {"openresolv": openresolv, "resolvconf": resolvconf, "systemd-resolved": resolved,
          "read-only": read_only}


def questions(capture):
    """What went over the user's cable to a port 53 since the last call."""
    return [packet for packet in capture.fresh() if packet.target_port == 53]


def try_one(check, lab, server, name, number):
    user = lab.user_home.pc(f"user{number}", number)
    SHAPES[name](user)
    before = user.fingerprint()
    check(LAN_DNS in user.sh("cat /etc/resolv.conf") or name == "systemd-resolved",
          f"{name}: set up with the LAN's resolver")
    capture = Capture(lab.user_home.router, f"l{number}", f"cable-{name}")
    user.run("getent", "ahostsv4", "before.name.example", check=False, timeout=30)
    time.sleep(0.1)
    check(questions(capture), f"{name}: positive control: the capture sees questions on the cable")
    client = Client(server, user)
    questions(capture)
    for turn in range(2):
        client.connect()
        found = user.run("getent", "ahostsv4", f"turn{turn}.name.example", check=False).stdout
        check(WEB4 in found, f"{name}: a name is resolved through the tunnel", found[:60])
        check.equal(questions(capture), [], f"{name}: nobody outside was asked")
        text = user.sh("cat /etc/resolv.conf")
        if name == "systemd-resolved":
            link = user.run("resolvectl", "dns", client.interface, check=False).stdout
            check(DNS4 in link, "systemd-resolved: the link has the tunnel's resolver", link.strip())
            domain = user.run("resolvectl", "domain", client.interface, check=False).stdout
            check("~." in domain, "systemd-resolved: and every name goes there", domain.strip())
        elif name == "read-only":
            check(LAN_DNS in text, "read-only: the file is as it was, the question is redirected")
        else:
            # Debian's resolvconf cannot leave the others away; they are redirected.
            first = [line for line in text.splitlines() if line.startswith("nameserver")][0]
            check.equal(first, f"nameserver {DNS4}", f"{name}: resolv.conf begins with the tunnel's")
            check(LAN_DNS not in text or name == "resolvconf", f"{name}: and names no other")
        if turn == 0:
            client.disconnect()
            check.equal(difference(before, user.fingerprint()), [], f"{name}: as before afterwards")
    client.process.kill()
    client.ctl("restore-network", "--data-dir", client.data)
    check.equal(difference(before, user.fingerprint()), [], f"{name}: as before after a crash")
    with full_disk(client.data):
        full = Client(server, user, data=client.data)
        full.connect()
        found = user.run("getent", "ahostsv4", "full.name.example", check=False).stdout
        check(WEB4 in found, f"{name}: on a full disk names are resolved through the tunnel, too", found[:60])
        full.process.kill()
        full.ctl("restore-network", "--data-dir", client.data)
        check.equal(difference(before, user.fingerprint()), [], f"{name}: and after a crash it is as before")


def hopeless(check, lab, server):
    """A stub resolver that nobody may point elsewhere: no tunnel without names in it."""
    user = lab.user_home.pc("hopeless", 30)
    user.sh("echo nameserver 127.0.0.53 > /etc/resolv.conf;"
            "mount --bind /etc/resolv.conf /etc/resolv.conf; mount -o remount,bind,ro /etc/resolv.conf")
    before = user.fingerprint()
    client = Client(server, user)
    client.ctl("connect", "US")
    wait_until(lambda: client.status().get("problem") == "dns_failed", 10, "the problem is dns_failed")
    status = client.status()
    check(status["state"] != "connected" and status["killSwitch"], "it fails closed", status["state"])
    client.wait_state("blocked", timeout=20)
    check.equal(client.status()["problem"], "dns_failed", "blocked, and it says why")
    client.disconnect()
    check.equal(difference(before, user.fingerprint()), [], "hopeless: as before afterwards")


def body(check):
    lab = Laboratory()
    server = Server(lab)
    Node(server, lab.node).wait_online()
    number = 10
    for name in SHAPES:
        if name != "read-only" and not package(name):
            print(f"     {name}: not unpacked in {PACKAGES} (scripts/fetch-dns-packages does it)")
            continue
        number += 1
        try_one(check, lab, server, name, number)
    hopeless(check, lab, server)


if __name__ == "__main__":
    if not any(package(name) for name in SHAPES):
        print(f"skipped: nothing in {PACKAGES}: scripts/fetch-dns-packages unpacks it there")
        sys.exit(sandbox.SKIPPED)
    scenario(body)
