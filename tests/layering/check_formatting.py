# SPDX-License-Identifier: GPL-3.0-or-later
"""Every C++ file is as clang-format leaves it (version 14: others differ in details)."""
import os
import shutil
import subprocess
import sys

from check_layering import sources


def main():
    tool = shutil.which("clang-format-14")
    if tool is None:
        print("skipped: clang-format-14 is not installed")
        return 77
    root = os.environ.get("HIGGS_SOURCE", os.getcwd())
    files = [path for path in sorted(sources(root)) if path.endswith((".h", ".cpp"))]
    done = subprocess.run([tool, "--dry-run", "--Werror", *files], cwd=root, capture_output=True,
                          text=True, check=False)
    wrong = sorted({line.split(":")[0] for line in done.stderr.splitlines() if ": error:" in line})
    for path in wrong:
        print(f"{path}: run clang-format-14 -i on it")
    print(f"{len(files)} files, {len(wrong)} faults")
    return 1 if done.returncode or not files else 0


if __name__ == "__main__":
    sys.exit(main())
