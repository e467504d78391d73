# SPDX-License-Identifier: GPL-3.0-or-later
"""A virtual machine in the place of a laboratory's host: its cable, and QEMU beside it.

QEMU runs in the host's own network namespace, bridged to eth0: a guest has no way but that cable, and
it ends with the laboratory's box, however that ends.
"""
import json
import os
import shlex
import time

import image
import package
from channel import ANSWERS_WITHIN, GuestFailed, Monitor, Serial
from host import CommandFailed, bridge, wait_until
from sandbox import SPACE

COMMAND_WITHIN = 300  # seconds: emulation is slow at starting programs
# Without hardware that runs a distribution's kernel, processors are emulated.
ACCELERATOR = os.environ.get("HIGGS_VM_ACCELERATOR", "tcg,tb-size=256")
PROCESSOR = "host" if ACCELERATOR.startswith("kvm") else "Westmere"
MEMORY_MIB = 640
NETWORKD = ("systemd.wants=systemd-networkd.service systemd.mask=NetworkManager.service "
            "systemd.mask=NetworkManager-wait-online.service")
WAITS_ONLINE = " systemd.wants=systemd-networkd-wait-online.service"
NETWORK_MANAGER = "systemd.wants=NetworkManager-wait-online.service systemd.mask=systemd-networkd-wait-online.service"


class Machine:
    """One guest. mac: the last byte of its card's address; settings: words for the kernel."""

    def __init__(self, host, mac, settings):
        self.host, self.name = host, host.name
        self._take_the_cable(host)
        self.process = host.start("qemu", *self._command(mac, settings))
        path = f"{SPACE}/{host.name}"
        wait_until(lambda: os.path.exists(f"{path}.qmp") or not self.process.running(), 60, "QEMU starts")
        if not self.process.running():
            raise CommandFailed(f"QEMU for {host.name} ended: {self.process.text()}")
        self.serial, self.monitor = Serial(f"{path}.serial"), Monitor(f"{path}.qmp")

    @staticmethod
    def _take_the_cable(host):
        """The namespace is a piece of wire from now on, without an address or a word of its own."""
        host.sh("ip address flush dev eth0; ip route flush table main")
        host.sysctl("net.ipv6.conf.all.disable_ipv6", 1)
        host.sysctl("net.ipv6.conf.default.disable_ipv6", 1)
        bridge(host, "wire")
        host.sh("ip link set wire type bridge mcast_snooping 0; ip link set eth0 master wire;"
                "ip tuntap add dev guest mode tap; ip link set guest up master wire")

    def _command(self, mac, settings):
        path = f"{SPACE}/{self.name}"
        kernel = ("console=ttyS0 quiet nokaslr mitigations=off random.trust_cpu=on systemd.show_status=no "
                  f"systemd.hostname={self.name} {settings}")
        return [
            "nice", "-n", "10", "qemu-system-x86_64", "-name", self.name, "-accel", ACCELERATOR,
            "-cpu", PROCESSOR, "-M", "pc", "-m", MEMORY_MIB, "-global", "PIIX4_PM.disable_s3=0",
            "-nodefaults", "-no-user-config", "-display", "none", "-serial", f"file:{path}.console",
            "-qmp", f"unix:{path}.qmp,server=on,wait=off",
            "-kernel", image.KERNEL, "-initrd", image.INITRD, "-append", kernel,
            # Nothing is kept after the run; a reboot inside keeps everything.
            "-drive", f"file={image.DISK},format=raw,if=none,id=root,snapshot=on",
            "-device", "virtio-blk-pci,drive=root",
            "-drive", f"file={package.PACKAGE},format=raw,if=none,id=package,readonly=on",
            "-device", "virtio-blk-pci,drive=package",
            "-netdev", "tap,id=net,ifname=guest,script=no,downscript=no",
            "-device", f"virtio-net-pci,netdev=net,id=nic,romfile=,mac=52:54:00:00:00:{mac:02x}",
            "-device", "virtio-serial-pci", "-chardev", f"socket,id=lab,path={path}.serial,server=on,wait=off",
            "-device", "virtserialport,chardev=lab,name=lab", "-device", "virtio-rng-pci"]

    # What a person types there, as root or as somebody else.
    def ask(self, text, timeout=COMMAND_WITHIN, user=None):
        """(exit status, output)"""
        if user:
            text = f"runuser -u {user} -- bash -c {shlex.quote(text)}"
        return self.serial.run(text, timeout)

    def sh(self, text, timeout=COMMAND_WITHIN, user=None):
        status, said = self.ask(text, timeout, user)
        if status != 0:
            raise CommandFailed(f"on {self.name}: exit {status}: {said.strip()[-120:]!r} of {text.strip()[:100]}")
        return said.strip()

    def json(self, text):
        """The document that a command prints, {} where it prints none."""
        status, said = self.ask(text)
        try:
            return json.loads(said) if status == 0 else {}
        except json.JSONDecodeError:
            return {}

    def wait(self, text, seconds, what=None):
        """Until a command succeeds; returns its output."""
        said = [""]

        def holds():
            status, said[0] = self.ask(text)
            time.sleep(0 if status == 0 else 0.5)
            return status == 0
        try:
            wait_until(holds, seconds, what or text.strip()[:200])
        except TimeoutError as error:
            raise TimeoutError(f"{error} [{' '.join(said[0].split())[-300:]}]") from None
        return said[0].strip()

    def wait_booted(self):
        """Until systemd has nothing left to do."""
        self.ask("true", ANSWERS_WITHIN)
        return self.ask("systemctl is-system-running --wait", ANSWERS_WITHIN)[1].strip()

    def reboot(self, hard=False):
        """Returns the wall time when the old system ended. hard: as by a power cut."""
        asked, before = time.time(), self.sh("cat /proc/sys/kernel/random/boot_id")
        if hard:
            self.monitor.order("system_reset")
        else:
            self.ask("systemctl --no-block reboot")
        reset = wait_until(lambda: time.sleep(0.5) or self.monitor.happened("RESET", asked), ANSWERS_WITHIN,
                           f"{self.name} goes down")
        self.ask("true", ANSWERS_WITHIN)
        if self.sh("cat /proc/sys/kernel/random/boot_id") == before:
            raise GuestFailed(f"{self.name} did not boot anew")
        self.wait_booted()
        return reset

    def freeze(self, seconds):
        """Its processor stands, and the world goes on."""
        self.monitor.order("stop")
        time.sleep(seconds)
        self.monitor.order("cont")

    def cable(self, plugged):
        self.monitor.order("set_link", name="nic", up=plugged)
