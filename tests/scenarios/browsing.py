# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody at the PC: pages, a film, a photograph sent away. Runs until it is ended; what the tunnel or
the kill switch does not let through fails and is tried again. browsing.py HOST"""
import itertools
import subprocess
import sys
import time

PORT = "5201"
# direction, Mbit/s, seconds
HABITS = (("down", 3, 2), ("down", 18, 4), ("down", 9, 3), ("up", 4, 2), ("down", 26, 5), ("down", 12, 4),
          ("down", 2, 2), ("up", 7, 3), ("down", 16, 3), ("down", 31, 4), ("down", 8, 3))


def main():
    for direction, rate, seconds in itertools.cycle(HABITS):
        words = ["iperf3", "-c", sys.argv[1], "-p", PORT, "-b", f"{rate}M", "-t", str(seconds),
                 "--connect-timeout", "1000"] + (["-R"] if direction == "down" else [])
        try:
            done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  timeout=seconds + 4, check=False)
            if done.returncode != 0:
                time.sleep(0.5)
        except subprocess.TimeoutExpired:
            pass


if __name__ == "__main__":
    main()
