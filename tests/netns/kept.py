# SPDX-License-Identifier: GPL-3.0-or-later
"""A laboratory that ./run --keep left up: remember it, enter one of its hosts, end it."""
import json
import os
import signal
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RECORD = os.path.join(ROOT, "build", "kept-laboratories")


def started(pid):
    """When a process started, in ticks: tells it from a later one with the same number."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[19]
    except OSError:
        return None


def remember(pid, hosts):
    """pid: the box's process 1; hosts: name -> process id inside the box."""
    os.makedirs(RECORD, exist_ok=True)
    with open(f"{RECORD}/{pid}.json", "w") as file:
        json.dump({"pid": pid, "started": started(pid), "hosts": hosts}, file)


def living():
    found = []
    for name in sorted(os.listdir(RECORD) if os.path.isdir(RECORD) else []):
        path = f"{RECORD}/{name}"
        with open(path) as file:
            record = json.load(file)
        if started(record["pid"]) == record["started"]:
            found.append(record)
        else:
            os.unlink(path)
    return sorted(found, key=lambda record: int(record["started"]))


def end(record):
    os.kill(record["pid"], signal.SIGTERM)
    for _ in range(500):
        if started(record["pid"]) is None:
            break
        time.sleep(0.02)
    else:
        os.kill(record["pid"], signal.SIGKILL)
    os.unlink(f"{RECORD}/{record['pid']}.json")


def main():
    records = living()
    if not records:
        print("Nothing is up: ./run --keep first.", file=sys.stderr)
        return 1
    if sys.argv[1] == "down":
        for record in records:
            end(record)
        if not os.listdir(RECORD):
            os.rmdir(RECORD)
        return 0
    record = records[-1]
    name, command = (sys.argv[2:3] or [None])[0], sys.argv[3:] or ["bash"]
    if name not in record["hosts"]:
        print("./run enter HOST [COMMAND], where HOST is one of: " + " ".join(record["hosts"]),
              file=sys.stderr)
        return 2
    box = ["nsenter", "-t", str(record["pid"]), "-p", "-m", "-n", "-r", "--"]
    os.execvp("nsenter", box + ["nsenter", "-t", str(record["hosts"][name]), "-n", "-m", "-u", "-r",
                                "--",
                                *command])


if __name__ == "__main__":
    sys.exit(main())
