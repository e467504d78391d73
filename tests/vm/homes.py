# SPDX-License-Identifier: GPL-3.0-or-later
"""What an ordinary home router does beside its NAT: leases, router advertisements, names, a search domain."""
import re

from sandbox import SPACE
from topology import BOSON4, BOSON6, BOSON_NAME, DNS4

DOMAIN, PRINTER = "home.example", "printer.home.example"


class HomeServices:
    """dnsmasq on the router's LAN; it notes the names that it is asked for."""

    def __init__(self, home):
        name = home.router.name
        self.process = home.router.start(
            "dnsmasq", "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--pid-file=",
            "--log-facility=-", "--log-queries", "--no-hosts", "--no-resolv", "--interface=lan",
            "--bind-interfaces", "--dhcp-authoritative", f"--dhcp-leasefile={SPACE}/{name}.leases", "--no-ping",
            f"--dhcp-range={home.lan4}.100,{home.lan4}.150,1h", f"--dhcp-range={home.lan6},ra-stateless,64",
            "--enable-ra", f"--domain={DOMAIN}", f"--local=/{DOMAIN}/", f"--address=/{PRINTER}/{home.lan4}.77",
            f"--address=/{BOSON_NAME}/{BOSON4}", f"--address=/{BOSON_NAME}/{BOSON6}", f"--server={DNS4}")
        self.process.wait_for("DHCP, IP range")
        self.read = 0

    def fresh_questions(self):
        """The names that somebody asked for since the last call."""
        text = self.process.text()
        new, self.read = text[self.read:], len(text)
        return re.findall(r"query\[\w+\] (\S+) from", new)
