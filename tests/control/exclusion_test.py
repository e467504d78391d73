# SPDX-License-Identifier: GPL-3.0-or-later
"""higgs-exclude keeps its group to the program that it starts: no way of making a set-group-id file
leads to one of the group, by which everybody would leave the tunnel for good. Each way is first
shown to work for a process of the group that nothing holds; and what is no such way goes on working."""
import ctypes
import errno
import mmap
import os
import platform
import resource
import shutil
import stat
import subprocess
import sys
import tempfile

from scripted import BIN, needs

EXCLUDE, CONTROLLERS, MEMBER, MEMBERS_OWN = 977, 976, 1001, 1001
CLONE_NEWNS = 0x00020000
X86 = platform.machine() == "x86_64"
libc = ctypes.CDLL(None, use_errno=True)

AT_FDCWD, O_TMPFILE, SGID = -100, os.O_TMPFILE, 0o2755
# The numbers of x86-64's two ABIs, and those that all architectures share.
NATIVE = {"open": 2, "creat": 85, "chmod": 90, "fchmod": 91, "chown": 92, "mknod": 133, "openat": 257, "mknodat": 259,
          "fchownat": 260, "fchmodat": 268, "io_uring_setup": 425, "openat2": 437, "fchmodat2": 452}
I386 = {"open": 5, "creat": 8, "mknod": 14, "chmod": 15, "fchmod": 94, "chown16": 182, "chown": 212, "openat": 295,
        "mknodat": 297, "fchownat": 298, "fchmodat": 306, "io_uring_setup": 425, "openat2": 437, "fchmodat2": 452}
GETPID_32 = 20
# rwx for the owner, r-x for the group, as acl(5) has it in system.posix_acl_access.
ACL = bytes.fromhex("02000000" "01000700ffffffff" "04000500ffffffff" "20000500ffffffff")


class Native:
    numbers = NATIVE

    @staticmethod
    def call(number, *arguments):
        words = [ctypes.c_char_p(a) if isinstance(a, bytes) else ctypes.c_long(a) for a in arguments]
        if libc.syscall(ctypes.c_long(number), *words) < 0:
            raise OSError(ctypes.get_errno(), "")


class Compat:
    """System calls by int 0x80: those of 32-bit programs. What they point to has to lie low."""
    numbers = I386
    CODE = bytes.fromhex("53" "89f8" "89f3" "87ca" "4489c6" "4489cf" "cd80" "5b" "c3")
    MAP_32BIT = 0x40

    def __init__(self):
        self.memory = mmap.mmap(-1, 8192, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | self.MAP_32BIT,
                                mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        self.memory[:len(self.CODE)] = self.CODE
        self.base = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        self.enter = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_uint32] * 6)(self.base)

    def call(self, number, *arguments):
        words, at = [], 4096
        for argument in arguments:
            if isinstance(argument, bytes):
                self.memory[at:at + len(argument) + 1] = argument + b"\0"
                words.append(self.base + at)
                at += len(argument) + 8
            else:
                words.append(argument & 0xffffffff)
        result = self.enter(number, *(words + [0] * 5)[:5])
        if result < 0:
            raise OSError(-result, "")


def compat_runs():
    """Whether this kernel takes i386's calls at all: one without them ends who makes one by a signal."""
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        Compat().enter(GETPID_32, 0, 0, 0, 0, 0)
        os._exit(0)
    return os.WIFEXITED(os.waitpid(child, 0)[1])


def plain(path):
    with open(path, "wb") as file:
        file.write(b"#!")
    os.chmod(path, 0o755)
    return os.fsencode(path)


def made_by(abi, name, path):
    """One way to a set-group-id file at the path. What is called prepared lies there beforehand."""
    number, flags = abi.numbers[name], os.O_CREAT | os.O_WRONLY
    encoded = os.fsencode(path)
    if name in ("creat",):
        abi.call(number, encoded, SGID)
    elif name == "open":
        abi.call(number, encoded, flags, SGID)
    elif name == "openat":
        abi.call(number, AT_FDCWD, encoded, flags, SGID)
    elif name == "openat2":
        how = b"".join(value.to_bytes(8, "little") for value in (flags, SGID, 0))
        abi.call(number, AT_FDCWD, encoded, how, len(how))
    elif name == "mknod":
        abi.call(number, encoded, stat.S_IFREG | SGID, 0)
    elif name == "mknodat":
        abi.call(number, AT_FDCWD, encoded, stat.S_IFREG | SGID, 0)
    elif name == "chmod":
        abi.call(number, plain(path), SGID)
    elif name == "fchmod":
        with open(plain(path), "rb") as file:
            abi.call(number, file.fileno(), SGID)
    elif name == "fchmodat":
        abi.call(number, AT_FDCWD, plain(path), SGID)
    elif name == "fchmodat2":
        abi.call(number, AT_FDCWD, plain(path), SGID, 0)
    elif name in ("chown", "chown16", "fchownat"):
        # Without x for the group a change of group leaves the bit; an ACL then brings the x.
        upper = 0x50000 if name == "chown16" else 0
        place = (AT_FDCWD, encoded) if name == "fchownat" else (encoded,)
        abi.call(number, *place, -1, EXCLUDE | upper, *([0] if name == "fchownat" else []))
        os.setxattr(path, "system.posix_acl_access", ACL)


def temporary(path):
    """A file without a name, which gets one."""
    file = os.open(os.path.dirname(path), O_TMPFILE | os.O_WRONLY, SGID)
    os.link(f"/proc/self/fd/{file}", path, src_dir_fd=file, follow_symlinks=True)  # else it is link(2)


def ring(abi):
    """The calls of a ring pass no filter, so there must be none."""
    try:
        abi.call(abi.numbers["io_uring_setup"], 1, bytes(120))
    except OSError as error:
        return error.errno == errno.ENOSYS
    return False


def try_all(folder, compat):
    abis = {"": Native()} if X86 else {}
    if compat:
        abis["32-bit "] = Compat()
    for word, abi in abis.items():
        for name in abi.numbers:
            if name == "io_uring_setup":
                print(f"{word}ring={'none' if ring(abi) else 'there'}")
                continue
            try:
                made_by(abi, name, f"{folder}/{word.strip()}{name}")
            except OSError as error:
                print(f"{word}{name}={errno.errorcode.get(error.errno)}")
    for name, way in {"tmpfile": temporary,
                      "python": lambda path: os.chmod(plain(path), SGID),
                      "folder": lambda path: (os.mkdir(path), os.chmod(path, SGID))}.items():
        try:
            way(f"{folder}/{name}")
        except OSError as error:
            print(f"{name}={errno.errorcode.get(error.errno)}")


def ordinary(folder, compat):
    """What programs do all day."""
    path = f"{folder}/file"
    plain(path)
    os.mkdir(f"{folder}/made", 0o1777)
    os.rename(path, f"{folder}/renamed")
    os.link(f"{folder}/renamed", path)
    os.chmod(path, 0o4711)
    os.chown(path, -1, -1)
    # Inherited from a folder of another group: of that group, and so nobody's exemption.
    os.mkdir(f"{folder}/shared/made")
    assert os.stat(f"{folder}/shared/made").st_mode & stat.S_ISGID
    if X86: # no file is made: what lies where a mode would be is nobody's affair
        Native().call(NATIVE["openat"], AT_FDCWD, os.fsencode(path), os.O_RDONLY, SGID)
    if compat:
        Compat().call(I386["open"], os.fsencode(path), os.O_RDONLY, SGID)
    print("all done")


def prepare(folder):
    """By the user outside, before: files with the bit in a group of his, without x for the group."""
    os.mkdir(folder)
    os.chown(folder, MEMBER, MEMBERS_OWN)
    for name in ("chown", "fchownat", "32-bitchown16", "32-bitchown", "32-bitfchownat"):
        plain(f"{folder}/{name}")
        os.chown(f"{folder}/{name}", MEMBER, MEMBERS_OWN)
        os.chmod(f"{folder}/{name}", 0o2705)
    os.mkdir(f"{folder}/shared")
    os.chown(f"{folder}/shared", MEMBER, MEMBERS_OWN)
    os.chmod(f"{folder}/shared", 0o2775)


def handed_on(folder):
    """The files and folders at hand by which the group is had."""
    found = []
    for where, folders, files in os.walk(folder):
        for name in folders + files:
            status = os.stat(f"{where}/{name}")
            if status.st_gid == EXCLUDE and status.st_mode & stat.S_ISGID:
                found.append(name)
    return sorted(found)


class Bench:
    def __init__(self, space):
        self.space, self.failed = space, 0
        self.compat = X86 and compat_runs()
        if X86 and not self.compat:
            print("note this kernel runs no 32-bit program: their calls are not tried")
        with open("/etc/group") as file:
            groups = file.read()
        with open(f"{space}/group", "w") as file:
            file.write(f"{groups}higgs-exclude:x:{EXCLUDE}:\nhiggs:x:{CONTROLLERS}:\n")
        subprocess.run(["mount", "--bind", f"{space}/group", "/etc/group"], check=True)
        self.launcher = f"{space}/higgs-exclude"
        shutil.copy(f"{BIN}/higgs-exclude", self.launcher)
        shutil.copy(__file__, f"{space}/script.py")
        shutil.copy(os.path.join(os.path.dirname(__file__), "scripted.py"), space)
        os.chown(self.launcher, 0, EXCLUDE)
        os.chmod(self.launcher, 0o2755)

    def check(self, holds, what, seen=""):
        print("ok  " if holds else "FAIL", what, seen if not holds else "", flush=True)
        self.failed += not holds

    def run(self, who, work, name):
        folder = f"{self.space}/{name}"
        prepare(folder)
        done = subprocess.run([*who, "/usr/bin/python3", f"{self.space}/script.py", work, folder, *["compat"] * self.compat],
                              capture_output=True, text=True, timeout=60, check=False)
        return folder, done

    def body(self):
        member = ["setpriv", f"--reuid={MEMBER}", f"--regid={MEMBERS_OWN}", f"--groups={CONTROLLERS},{MEMBERS_OWN}"]
        bare = ["setpriv", f"--reuid={MEMBER}", f"--regid={EXCLUDE}", f"--groups={CONTROLLERS},{MEMBERS_OWN}"]
        folder, done = self.run(bare, "try_all", "bare")
        control = handed_on(folder)
        expected = {"tmpfile", "python", "folder"}
        if X86:
            expected |= set(NATIVE) - {"io_uring_setup"}
        if self.compat:
            expected |= {f"32-bit{name}" for name in I386 if name != "io_uring_setup"}
        # One that this kernel does not have cannot be shown.
        missing = {line.split("=")[0].replace(" ", "") for line in done.stdout.split("\n") if line.endswith("=ENOSYS")}
        self.check(set(control) >= expected - missing, "control: each way leads to a set-group-id file",
                   f"{sorted(expected - set(control))} {done.stdout} {done.stderr}")
        for name, who in (("a member's", member), ("root's", [])):
            folder, done = self.run([*who, self.launcher, "--"], "try_all", name.split("'")[0].replace(" ", "-"))
            self.check(done.returncode == 0 and handed_on(folder) == [], f"{name} excluded program hands nothing on",
                       f"{handed_on(folder)} {done.stdout} {done.stderr}")
            self.check("there" not in done.stdout, "and has no ring, whose calls no filter sees", done.stdout)
        _, done = self.run([*member, self.launcher], "ordinary", "ordinary")
        self.check(done.stdout == "all done\n", "an excluded program works as any other", done.stdout + done.stderr)
        status = subprocess.run([*member, self.launcher, "--", self.launcher, "--", "cat", "/proc/self/status"],
                                capture_output=True, text=True, check=False).stdout.replace("\t", " ")
        self.check(f"Gid: {EXCLUDE} {EXCLUDE} {EXCLUDE} {EXCLUDE}\n" in status and "NoNewPrivs: 1" in status,
                   "it may exclude again, and gains nothing by it", status)
        return 1 if self.failed else 0


def main():
    if len(sys.argv) > 2:
        {"try_all": try_all, "ordinary": ordinary}[sys.argv[1]](sys.argv[2], "compat" in sys.argv[3:])
        return 0
    needs("higgs-exclude")
    if os.geteuid() != 0:
        print("skipped: groups and modes of files are to be set, which needs root")
        return 77
    if libc.unshare(CLONE_NEWNS) != 0:
        print("skipped: no mount namespace can be had")
        return 77
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    with tempfile.TemporaryDirectory(prefix="higgs-exclusion-") as space:
        os.chmod(space, 0o755)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", space], check=True)
        try:
            return Bench(space).body()
        finally:
            subprocess.run(["umount", "-l", "/etc/group"], check=False)
            subprocess.run(["umount", "-l", space], check=False)


if __name__ == "__main__":
    sys.exit(main())
