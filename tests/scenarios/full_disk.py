# SPDX-License-Identifier: GPL-3.0-or-later
"""A daemon's data directory on a disk without room for one more byte."""
import contextlib
import os
import shutil
import subprocess


@contextlib.contextmanager
def full_disk(place):
    """While it lasts `place` has what it had, on a disk of its own that is full. No program may have a file open."""
    kept, filler = f"{place}.kept", os.path.join(place, "filler")
    shutil.copytree(place, kept)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", place], check=True)
    shutil.copytree(kept, place, dirs_exist_ok=True)
    with open(filler, "ab", buffering=0) as file:
        for size in (4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)
    try:
        yield
    finally:
        os.unlink(filler)
        shutil.copytree(place, kept, dirs_exist_ok=True)
        subprocess.run(["umount", "-l", place], check=True)
        shutil.copytree(kept, place, dirs_exist_ok=True)
        shutil.rmtree(kept)
