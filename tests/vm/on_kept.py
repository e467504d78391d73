# SPDX-License-Identifier: GPL-3.0-or-later
"""A laboratory that tests/vm/run --keep left up: on_kept.py on GUEST COMMAND..., on_kept.py down."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "netns"))

import kept  # noqa: E402
from channel import Serial  # noqa: E402
from image import CACHE  # noqa: E402
from sandbox import SPACE  # noqa: E402

kept.RECORD = f"{CACHE}/kept"
WITHIN = 600


def main():
    if sys.argv[1:2] == ["down"]:
        return kept.main()
    records = kept.living()
    if not records or len(sys.argv) < 4 or sys.argv[2] not in records[-1]["hosts"]:
        print("tests/vm/run --keep first; then: tests/vm/run on boson|node|user COMMAND", file=sys.stderr)
        return 2
    path = f"/proc/{records[-1]['pid']}/root{SPACE}/{sys.argv[2]}.serial"
    status, said = Serial(path).run(" ".join(sys.argv[3:]), WITHIN)
    print(said, end="")
    return status


if __name__ == "__main__":
    sys.exit(main())
