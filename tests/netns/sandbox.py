# SPDX-License-Identifier: GPL-3.0-or-later
"""A box for a laboratory: process, mount and network namespaces that die with the script.

enter() puts the calling script into the box. Every process that the laboratory starts lives in the
box's process namespace, so when the script ends in any way at all (return, exception, Ctrl-C,
kill -9), the kernel ends them, and the network namespaces, interfaces and temporary files, which lie
on a tmpfs of the box, go with them. Nothing has to be swept up, and two boxes never meet.
"""
import ctypes
import os
import signal
import subprocess
import sys

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWPID, CLONE_NEWNET = 0x20000, 0x4000000, 0x20000000, 0x40000000
PR_SET_PDEATHSIG = 1
SKIPPED = 77
SPACE = "/run/lab"  # private tmpfs of the box: logs, data directories, sockets

_libc = ctypes.CDLL(None, use_errno=True)
_keep_pipe = -1


def _forward(pid, *signals):
    for number in signals:
        signal.signal(number, lambda received, _: os.kill(pid, received))


def _status(raw):
    return os.waitstatus_to_exitcode(raw) & 0xFF if os.WIFEXITED(raw) else 128 + os.WTERMSIG(raw)


def _outside(child, pipe):
    """The process that the caller sees: passes signals in, waits, or leaves when the box is kept."""
    _forward(child, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    kept = os.read(pipe, 1)
    if kept:
        return 0, child
    return _status(os.waitpid(child, 0)[1]), None


def _init(main, pipe):
    """Process 1 of the box: reaps orphans until the script itself is done."""
    _forward(main, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def keep(_number, _frame):
        _libc.prctl(PR_SET_PDEATHSIG, 0)
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        os.write(pipe, b"k")

    signal.signal(signal.SIGUSR1, keep)
    while True:
        pid, raw = os.wait()
        if pid == main:
            os._exit(_status(raw))


def _unshare(flags):
    if _libc.unshare(flags) != 0:
        print(f"skipped: cannot make namespaces: {os.strerror(ctypes.get_errno())}", flush=True)
        sys.exit(SKIPPED)


def _private_root():
    """No mount of ours is seen outside."""
    if subprocess.run(["mount", "--make-rprivate", "/"], stderr=subprocess.DEVNULL).returncode == 0:
        return
    # In a chroot "/" is no mount, but /proc is: the tree is mounted once more in the shade of it.
    shade = "/proc/root"
    for command in (
        ["mount", "--make-private", "/proc"],
        ["mount", "-t", "tmpfs", "tmpfs", "/proc"],
        ["mkdir", shade],
        ["mount", "--rbind", "/", shade],
        ["mount", "--make-rprivate", shade],
    ):
        subprocess.run(command, check=True)
    os.chroot(shade)
    os.chdir("/")


def enter(on_kept=None):
    """Returns inside the box. The outer process never returns: it exits with the script's status.

    on_kept(pid) is called outside when the script asked by keep() that the box outlive it; pid is
    the box's process 1 as seen from outside.
    """
    global _keep_pipe
    if os.geteuid() != 0:
        print("skipped: network namespaces need root", flush=True)
        sys.exit(SKIPPED)
    sys.stdout.flush()
    reading, writing = os.pipe()
    _unshare(CLONE_NEWPID)
    child = os.fork()
    if child:
        os.close(writing)
        status, kept = _outside(child, reading)
        if kept and on_kept:
            on_kept(kept)
        os._exit(status)
    os.close(reading)
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    _unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS)
    _private_root()
    for command in (
        ["mount", "-t", "proc", "proc", "/proc"],
        ["mount", "-t", "tmpfs", "tmpfs", "/run"],
        ["mkdir", "-m", "0755", SPACE],
        ["ip", "link", "set", "lo", "up"],
    ):
        subprocess.run(command, check=True)
    main = os.fork()
    if main:
        _init(main, writing)
    os.set_inheritable(writing, False)
    _keep_pipe = writing
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)


def _interrupt(number, _frame):
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)


def keep():
    """Lets the box outlive the caller, until this script gets a SIGTERM by way of the box's init."""
    sys.stdout.flush()
    nothing = os.open(os.devnull, os.O_RDWR)
    os.kill(1, signal.SIGUSR1)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(_keep_pipe)
    while True:
        signal.pause()
