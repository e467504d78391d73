# SPDX-License-Identifier: GPL-3.0-or-later
"""The product as the README has people install it: configured for /usr, `cmake --install`, packed."""
import os
import re
import shutil

from image import CACHE, ROOT, run

# As deep as build/release, so that both find what the other compiled in ccache.
TREE = os.path.join(ROOT, "build", "packaged")
PACKAGE = f"{CACHE}/product.tar"
PROGRAMS = ("boson-server", "higgs-noded", "higgs-vpnd", "higgs-exclude", "higgs-nodectl", "higgs-vpnctl",
            "higgs-node", "higgs-vpn")


def make():
    """Builds what changed; a guest has it as a raw disk with this archive on it."""
    run("cmake", "--preset", "release", "-Wno-dev", "-B", TREE, "-DCMAKE_INSTALL_PREFIX=/usr",
        "-DBUILD_TESTING=OFF", cwd=ROOT)
    run("cmake", "--build", TREE, cwd=ROOT)
    place = f"{CACHE}/installed"
    shutil.rmtree(place, ignore_errors=True)
    run("cmake", "--install", TREE, "--strip", env={**os.environ, "DESTDIR": place})
    os.makedirs(CACHE, exist_ok=True)
    # A disk has whole sectors, and tar's records are some. Guests that run keep the old one.
    run("tar", "-C", place, "--owner=0", "--group=0", "--sort=name", "-cf", f"{PACKAGE}.new", "usr")
    os.rename(f"{PACKAGE}.new", PACKAGE)
    shutil.rmtree(place)


def needed():
    """What of the distribution a machine needs for it: whatever the programs link, and what debian/control names."""
    linked = run("dpkg-shlibdeps", "-O", "--warnings=0", *(f"{TREE}/bin/{program}" for program in PROGRAMS), cwd=ROOT)
    with open(f"{ROOT}/debian/control") as file:
        named = "".join(re.findall(r"^Depends:\n((?: .*\n)+)", file.read(), re.MULTILINE))
    return sorted({*re.findall(r"(?:=|, )([a-z0-9][a-z0-9+.-]*)", linked),
                   *re.findall(r"^ ([a-z0-9][a-z0-9+.-]*)", named, re.MULTILINE)} - {"higgs-common"})
