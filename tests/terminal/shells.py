# SPDX-License-Identifier: GPL-3.0-or-later
"""The real shells, at a terminal of their own: what TAB offers after a line that was typed."""
import os
import pty
import select
import shutil
import signal
import subprocess
import threading
import time

import help_text

COMPLETIONS = f"{help_text.SOURCE}/installer/completions"

# TAB completes and logs; Ctrl-G, typed behind it, says that it is done.
BASH = """
PS1= PS2= HISTFILE=
source {completions}/higgs-vpnctl.bash
source {completions}/higgs-nodectl.bash
logged() {{ "_${{1//-/_}}" "$@" 2>>{space}/errors; printf '%s\\n' "${{COMPREPLY[@]}}" >> {space}/log; }}
complete -F logged higgs-vpnctl higgs-nodectl
finish() {{ : > {space}/done; }}
bind -x '"\\C-g": finish'
: > {space}/done
"""
ZSH = """
PS1= PS2= LISTMAX=0
unsetopt prompt_cr prompt_sp beep
fpath=({completions} $fpath)
autoload -U compinit
compinit -u -D
compadd() {{
    local -a found
    if [[ -z $argv[(r)-[OAD]] ]]; then
        builtin compadd -O found "$@"
        print -rl -- $found >> {space}/log
    fi
    builtin compadd "$@"
}}
finish() {{ : > {space}/done }}
zle -N finish
bindkey '^G' finish
bindkey '^I' expand-or-complete
exec 2>>{space}/errors
: > {space}/done
"""


class AtTerminal:
    """An interactive bash or zsh. Its screen is read away and kept for who looks into a failure."""

    def __init__(self, argv, setup, space):
        self.space, self.screen = space, b""
        with open(f"{space}/setup", "w") as file:
            file.write(setup.format(completions=COMPLETIONS, space=space))
        environment = {"PATH": f"{os.path.abspath(help_text.BIN)}:/usr/bin:/bin", "HOME": space,
                       "TERM": "dumb", "LC_ALL": "C.UTF-8"}
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execve(argv[0], argv, environment)
        threading.Thread(target=self.read_screen, daemon=True).start()
        self.type(f"source {space}/setup\n")
        self.wait_done(20)

    def read_screen(self):
        while True:
            try:
                if select.select([self.terminal], [], [], 1)[0]:
                    self.screen += os.read(self.terminal, 4096)
            except (OSError, ValueError):
                return

    def type(self, text):
        os.write(self.terminal, text.encode())

    def wait_done(self, seconds):
        end = time.monotonic() + seconds
        while not os.path.exists(f"{self.space}/done"):
            if time.monotonic() > end:
                raise AssertionError(f"the shell did not finish: {self.screen[-2000:]!r}")
            time.sleep(0.01)
        os.unlink(f"{self.space}/done")

    def offers(self, line):
        open(f"{self.space}/log", "w").close()
        self.type("\x15" + line + "\t\x07\x15")
        self.wait_done(15)
        with open(f"{self.space}/log") as file:
            return sorted({word.rstrip(" =") for word in file.read().split("\n")} - {""})

    def errors(self):
        if not os.path.exists(f"{self.space}/errors"):
            return ""
        with open(f"{self.space}/errors") as file:
            return file.read()

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


class Fish:
    """fish tells itself what it would offer."""

    def __init__(self, program, space):
        self.program, self.space, self.said = program, space, ""

    def offers(self, line):
        script = "".join(f"source {COMPLETIONS}/{name}.fish;" for name in ("higgs-vpnctl", "higgs-nodectl"))
        done = subprocess.run(
            [self.program, "--no-config", "-c", script + "complete -C $argv[1]", line],
            capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL,
            env={"PATH": f"{os.path.abspath(help_text.BIN)}:/usr/bin:/bin", "HOME": self.space,
                 "LC_ALL": "C.UTF-8"})
        self.said += done.stderr
        return sorted({row.split("\t")[0] for row in done.stdout.split("\n")} - {""})

    def errors(self):
        return self.said

    def close(self):
        pass


def start(name, space):
    """The shell, or None when it is not installed."""
    program = shutil.which(name)
    if program is None:
        return None
    os.makedirs(space)
    if name == "bash":
        return AtTerminal([program, "--noprofile", "--norc", "-i"], BASH, space)
    if name == "zsh":
        return AtTerminal([program, "-f", "-i"], ZSH, space)
    return Fish(program, space)
