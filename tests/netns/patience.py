# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a condition is waited for. A bound is meant for a machine with nothing else to do: of the time in which
somebody waited for a processor a quarter counts, so that a test says the same where four times as much goes on."""
import time

COUNTED = 0.25


def contended():
    """Seconds, since the machine started, in which somebody waited for a processor; 0 where the kernel does not count."""
    try:
        with open("/proc/pressure/cpu", encoding="ascii") as file:
            return int(file.readline().rpartition("total=")[2]) / 1e6
    except (OSError, ValueError):
        return 0


class Stopwatch:
    def __init__(self):
        self.began, self.contended = time.monotonic(), contended()

    def elapsed(self):
        return time.monotonic() - self.began

    def counted(self):
        """What of the elapsed seconds counts."""
        return self.elapsed() - (1 - COUNTED) * (contended() - self.contended)

    def busy(self):
        """Whether most of the time somebody waited for a processor: what is lost then says little."""
        return contended() - self.contended > self.elapsed() / 2

    def __str__(self):
        return f"{self.elapsed():.1f} s, of which {self.counted():.1f} s count"

    def passed(self, seconds):
        return self.elapsed() > seconds and self.counted() > seconds


def wait_until(condition, timeout, what, interval=0.02):
    """Polls condition until it is true and returns its value; says what did not happen otherwise."""
    watch = Stopwatch()
    while True:
        late = watch.passed(timeout)  # before the last look: the process may have stood still since the one before
        value = condition()
        if value:
            return value
        if late:
            raise TimeoutError(f"not within {timeout:g} s: {what() if callable(what) else what}")
        time.sleep(interval)
