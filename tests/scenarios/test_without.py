# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines on which something is missing: what cannot be had is left out and said, and the rest works.

Each row takes one thing away from a home PC, and says what becomes of it: it shares all the same, or the
reason names what is missing. A row that expects a reason is the control for the others: it shows that
taking away takes away."""
import subprocess
import sys

from product import TUNNEL, Client, CommandFailed, Node, Server, sandbox, scenario, wait_until
from addresses import EXIT4
from topology import WEB4, Laboratory, http_get

NO_SOCKETS = r"""
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int argc, char **argv) { /* socket(AF_INET6) fails as with ipv6.disable=1 */
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 10, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    if (argc < 2 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, 2, &program))
        return 1;
    execvp(argv[1], argv + 1);
    return 127;
}
"""
NO6 = f"{sandbox.SPACE}/noipv6"

NO_IPV6 = ("ip -6 address flush dev eth0; ip -6 route flush table main; mkdir -p /run/empty;"
           "mount --bind /run/empty /proc/sys/net/ipv6; mount --bind /dev/null /proc/net/if_inet6")
IPV6_OFF = "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1"
READ_ONLY = "mount -o bind,ro /proc/sys /proc/sys"
FORWARDS = "sysctl -qw net.ipv4.ip_forward=1"


def hides(program):
    """The program is nowhere that ours look for it."""
    return ("printf '#!/nowhere\\n' > /run/nothing;"
            f"for d in /usr/sbin /usr/bin /sbin /bin; do test ! -e $d/{program} || "
            f"mount --bind /run/nothing $(readlink -f $d/{program}) || true; done")


# What is taken away, how, how the daemon is started, and what its reason has to name (None: it shares).
ROWS = {
    "nothing (control)": ("true", [], None),
    "IPv6, from the kernel": (NO_IPV6, [NO6], None),
    "IPv6, by setting": (IPV6_OFF, [], None),
    "the right to set, all is right": (f"{FORWARDS}; sysctl -qw net.ipv6.conf.all.forwarding=1; {READ_ONLY}", [], None),
    "the right to set, IPv6 is not forwarded": (f"{FORWARDS}; {READ_ONLY}", [], None),
    "the right to set (control)": (f"sysctl -qw net.ipv4.ip_forward=0; {READ_ONLY}", [], "ip_forward"),
    "IPv6 by setting, and the right to set": (f"{IPV6_OFF}; {FORWARDS}; {READ_ONLY}", [], None),
    "tc": (hides("tc"), [], None),
    "resolvectl and resolvconf": (hides("resolvectl") + ";" + hides("resolvconf"), [], None),
    "D-Bus": ("mkdir -p /run/empty; mount --bind /run/empty /run/dbus || true", [], None),
    "/sys": ("mkdir -p /run/empty; mount --bind /run/empty /sys", [], None),
    "nft": (hides("nft"), [], "nft"),
    "ip": (hides("ip"), [], "ip"),
    "wg": (hides("wg"), [], "wg" if TUNNEL == "wireguard-go" else None),
    "wireguard-go": (hides("wireguard-go"), [], "wireguard-go" if TUNNEL == "wireguard-go" else None),
    "/dev/net/tun": ("mkdir -p /run/empty; mount --bind /run/empty /dev/net", [], "/dev/net/tun"),
}


def try_node(check, lab, server, number, title, script, prefix, reason):
    home = lab.node_home.pc(f"n{number}", 20 + number)
    home.sh(script)

    class Less(Node):
        def command(self):
            return [*prefix, *super().command()]
    node = Less(server, home, country="FI", region=None)
    wait_until(lambda: node.status().get("state") in ("sharing", "problem") or not node.process.running(),
               20, f"without {title} the node has decided")
    status = node.status()
    said = status.get("problemDetail") or node.process.text().strip()[-160:]
    if reason is None:
        check(status.get("state") == "sharing", f"node without {title}: it shares", said)
    else:
        check(status.get("state") != "sharing" and reason in said, f"node without {title}: it says so", said)
    node.ctl("off", check=False)
    node.process.stop()


def try_client(check, lab, server, number, title, script, prefix, reason):
    pc = lab.user_home.pc(f"u{number}", 20 + number)
    pc.sh(script)

    class Less(Client):
        def command(self, pin=None):
            return [*prefix, *super().command(pin)]
    try:
        client = Less(server, pc)
    except (CommandFailed, TimeoutError) as failure: # the daemon says it, and ends
        check(reason is not None and reason in str(failure), f"client without {title}: it says so", str(failure)[-160:])
        return
    done = client.ctl("connect", "US", "--wait=10", check=False)
    said = (done.stdout + done.stderr).strip()
    if reason is None or title.startswith("the right to set"): # it forwards nothing
        check(done.returncode == 0, f"client without {title}: it connects", said)
        check.equal(http_get(pc, f"http://{WEB4}/", check=False), EXIT4, f"client without {title}: and is out at the node")
    else:
        check(done.returncode != 0 and reason in said, f"client without {title}: it says so", said)
    client.ctl("disconnect", check=False)
    client.process.stop()


OWN_FIREWALL = """table ip filter {
  chain OUTPUT {
    type filter hook output priority filter; policy drop;
    oif lo accept
    ct state established,related accept
    meta l4proto { tcp, udp } th dport { 53, 80, 443, 3000 } accept
  }
}"""


def try_own_firewall(check, lab, server):
    """The user's own firewall lets out names and the web, also into the tunnel: an exit is not to blame."""
    pc = lab.user_home.pc("ownfirewall", 60)
    pc.nft(OWN_FIREWALL)
    client = Client(server, pc)
    done = client.ctl("connect", "US", "--wait=20", check=False, timeout=40)
    said = (done.stdout + done.stderr).strip()
    check(done.returncode != 0 and "firewall on this machine refuses UDP to 10.86.0.1:3478" in said,
          "an own firewall that refuses the probe is named", said)
    pc.sh("nft insert rule ip filter OUTPUT oifname hgvpn0 accept")
    wait_until(lambda: client.state() == "connected", 30, "and with what was said it connects (control)")
    client.ctl("disconnect", check=False)
    client.process.stop()


def body(check):
    only = sys.argv[1:]
    source = f"{sandbox.SPACE}/noipv6.c"
    with open(source, "w", encoding="ascii") as file:
        file.write(NO_SOCKETS)
    subprocess.run(["gcc", "-o", NO6, source], check=True)
    lab = Laboratory()
    server = Server(lab)
    Node(server, lab.node).wait_online()
    for number, (title, row) in enumerate(ROWS.items()):
        if not only or title in only:
            try_node(check, lab, server, number, title, *row)
            try_client(check, lab, server, number, title, *row)
    if not only or "own firewall" in only:
        try_own_firewall(check, lab, server)


scenario(body)
