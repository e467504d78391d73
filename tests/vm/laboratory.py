# SPDX-License-Identifier: GPL-3.0-or-later
"""The laboratory of tests/netns, with virtual machines in the places of server, node and user's PC.

    boson (systemd-networkd, fixed address) ---- internet ---- web, names, canaries
                                                 |        |
                          homerouter: NAT, DHCP, RA      userrouter: NAT, DHCP, RA, search domain, meter
                                                 |        |
                          node (systemd-networkd)        user (NetworkManager, talker)
"""
import os
import shutil
import time

import image
from homes import HomeServices
from machine import NETWORK_MANAGER, NETWORKD, WAITS_ONLINE, Machine
from meter import Meter, summary
from sandbox import SPACE
from topology import BOSON4, BOSON6, BOSON_NAME, CANARY4, CANARY6, DNS4, Laboratory

URL = f"https://{BOSON_NAME}:3000"
CALMED_AT_MOST = 3  # times, with restore-network, before a step is given up
STATE_WITHIN = 180  # seconds; under emulation on a busy host everything takes its time
SERVER_NETWORK = f"""
[Match]
Name=en* eth*
[Network]
Address={BOSON4}/24
Address={BOSON6}/64
Gateway={BOSON4.rpartition('.')[0]}.1
Gateway={BOSON6.rpartition(':')[0]}:1
DNS={DNS4}
IPv6AcceptRA=no
"""


class VirtualLaboratory:
    def __init__(self, table):
        self.table, lab = table, Laboratory()
        self.networks = lab
        self.node_services, services = HomeServices(lab.node_home), HomeServices(lab.user_home)
        self.meter = Meter(lab.user_home, "l2", services)
        begun = time.monotonic()
        self.server = Machine(lab.boson, 0x10, NETWORKD)  # gets its address below
        self.node = Machine(lab.node, 0x21, NETWORKD + WAITS_ONLINE)
        self.client = Client(lab.user, 0x31, NETWORK_MANAGER)
        self.machines = (self.server, self.node, self.client)
        for machine in self.machines:
            state = machine.wait_booted()
            table(f"{machine.name} boots", state == "running", f"{state} after {time.monotonic() - begun:.0f} s")
        self.server.sh(f"cat >/etc/systemd/network/10-fixed.network <<'TEXT'{SERVER_NETWORK}TEXT\n"
                       "networkctl reload && networkctl reconfigure $(ls /sys/class/net | grep -v lo)")
        self.server.wait(f"ip route get {DNS4} && ip -6 route get {CANARY6}", 60, "the server's address")
        self.client.sh(f"printf 'IPV4={CANARY4}\\nIPV6={CANARY6}\\nRESOLVER={lab.user_home.lan4}.1\\n' "
                       ">/etc/lab-talker && systemctl start lab-talker")

    def closed(self, claim):
        """A row: since the meter was reset nothing has left the client's PC that must not."""
        left = self.meter.outside()
        return self.table(claim, not left, summary(left))

    def keep_journals(self):
        """For the reader, after the run: build/vm/last."""
        place = f"{image.CACHE}/last"
        shutil.rmtree(place, ignore_errors=True)
        os.makedirs(place)
        for machine in self.machines:
            try:
                said = machine.ask("journalctl --no-pager -o short-precise", 120)[1]
            except (OSError, TimeoutError):
                said = ""
            with open(f"{place}/{machine.name}.journal", "w") as file:
                file.write(said)
        for name in os.listdir(SPACE):
            if name.endswith((".log", ".console", ".packets")):
                shutil.copy(f"{SPACE}/{name}", place)


class Client(Machine):
    """The user's PC, and what its controller says."""

    def status(self):
        return self.json("higgs-vpnctl status --json")

    def wait_state(self, *states, seconds=STATE_WITHIN):
        """Returns the status in which it was in one of the states."""
        end, status = time.monotonic() + seconds, {}
        while time.monotonic() < end:
            status = self.status()
            if status.get("state") in states:
                return status
            time.sleep(0.5)
        brief = {key: status.get(key) for key in ("state", "problem", "killSwitch", "lockdown")}
        raise TimeoutError(f"not {' or '.join(states)} within {seconds} s: {brief}")

    def page(self, version=4):
        """How the web sees it; empty when no page comes."""
        return self.ask(f"curl -s -{version} -m 20 http://web.example/")[1].strip()

    def connect(self):
        """Connected by somebody of the group, however it was before."""
        self.calm()
        self.ask("higgs-vpnctl connect US", user="anna")
        return self.wait_state("connected")

    def calm(self):
        """Its service runs, disconnected, without lockdown: where every step begins."""
        for turn in range(CALMED_AT_MOST):
            self.ask("systemctl is-active -q higgs-vpnd || systemctl restart higgs-vpnd")
            if turn > 0:
                self.ask("higgs-vpnctl restore-network; systemctl restart higgs-vpnd")
            self.ask("for i in $(seq 60); do higgs-vpnctl status >/dev/null && break; sleep 1; done;"
                     "higgs-vpnctl set lockdown off; higgs-vpnctl set autoconnect off; higgs-vpnctl disconnect")
            try:
                return self.wait_state("disconnected", seconds=40)
            except TimeoutError as error:
                said = error
        raise said

    def has_rules(self):
        return self.ask("nft list tables | grep -q higgs_vpn")[0] == 0
