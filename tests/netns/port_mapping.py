# SPDX-License-Identifier: GPL-3.0-or-later
"""A router that opens ports when PCs of the home ask: a real miniupnpd with UPnP IGD 1 and 2, NAT-PMP and PCP."""
import re
import shutil

from sandbox import SPACE

PROGRAM = "/usr/sbin/miniupnpd"
HTTP_PORT = 49152
# Of the router's table; miniupnpd writes its rules into these, and makes none of them itself.
CHAINS = """
  chain miniupnpd { }
  chain prerouting_miniupnpd { }
  chain postrouting_miniupnpd { }
  chain mapped_in {
    type nat hook prerouting priority dstnat - 1; policy accept;
    jump prerouting_miniupnpd
  }
  chain mapped_out {
    type nat hook postrouting priority srcnat - 1; policy accept;
    jump postrouting_miniupnpd
  }
"""
# miniupnpd answers PCP wherever it answers NAT-PMP: who speaks NAT-PMP alone lets the newer version fall.
WITHOUT_PCP = """
  chain older {
    type filter hook input priority filter - 1; policy accept;
    iifname "lan" udp dport 5351 @th,64,8 2 drop
  }
"""
ALL = ("pcp", "nat-pmp", "upnp")
CONFIGURATION = """
ext_ifname=wan
listening_ip=lan
http_port={port}
enable_upnp={upnp}
enable_natpmp={natpmp}
secure_mode=yes
min_lifetime=2
max_lifetime={lease}
system_uptime=yes
notify_interval=60
uuid=4c4a9b58-0000-4000-8000-{number:012d}
lease_file={space}/{name}.leases
lease_file6={space}/{name}.leases6
upnp_table_name=router
upnp_nat_table_name=router
upnp_forward_chain=miniupnpd
upnp_nat_chain=prerouting_miniupnpd
upnp_nat_postrouting_chain=postrouting_miniupnpd
allow 1024-65535 {lan4}.0/24 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
"""


def available():
    return shutil.which(PROGRAM) is not None


class PortMapper:
    """miniupnpd on a home's router. stop() takes it away as when a router forgets; start() again is a new one,
    which knows of no mapping."""

    def __init__(self, home, protocols=ALL, lease=86400):
        """protocols: of ALL, those that it speaks. lease: seconds that it gives at most."""
        self.home, self.protocols, self.lease, self.process = home, protocols, lease, None

    def chains(self):
        return CHAINS + ("" if "pcp" in self.protocols else WITHOUT_PCP)

    def start(self):
        router = self.home.router
        path = f"{SPACE}/{router.name}.miniupnpd"
        with open(path, "w") as file:
            file.write(CONFIGURATION.format(upnp="yes" if "upnp" in self.protocols else "no",
                                            natpmp="yes" if {"pcp", "nat-pmp"} & set(self.protocols) else "no",
                                            lease=self.lease, number=self.home.number, space=SPACE, name=router.name,
                                            lan4=self.home.lan4, port=HTTP_PORT))
        self.process = router.start("miniupnpd", PROGRAM, "-d", "-f", path, "-P", f"{SPACE}/{router.name}.pid")
        self.process.wait_for("HTTP listening on port" if "upnp" in self.protocols else "NAT-PMP")
        return self

    def opened(self):
        """(outer port, PC's address, its port) of each mapping that stands in the router's rules."""
        rules = self.home.router.sh("nft list chain inet router prerouting_miniupnpd")
        return {(int(outer), address, int(inner)) for outer, address, inner in
                re.findall(r"dport (\d+) .*dnat ip to ([\d.]+):(\d+)", rules)}

    def pinholes(self):
        """Ports of the PCs' that stand open in the IPv6 firewall."""
        rules = self.home.router.sh("nft list chain inet router miniupnpd")
        return {int(port) for port in re.findall(r"dport (\d+) @nh,192,128", rules)}

    def description(self, address=None):
        """Where UPnP's description of the router is, for who does not want to search for it."""
        return f"http://{address or self.home.lan4 + '.1'}:{HTTP_PORT}/rootDesc.xml"

    def stop(self):
        self.process.stop()
        self.home.router.sh(f"rm -f {SPACE}/{self.home.router.name}.leases*")
        self.home.set_nat(self.home.kind)  # without what it had opened
