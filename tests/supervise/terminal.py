#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""pith run on a terminal: who may read from it, Ctrl-C, and its settings after any end."""
import os
import pathlib
import pty
import select
import signal
import subprocess
import sys
import tempfile
import termios
import time

sys.path.insert(0, "tests")
sys.dont_write_bytecode = True
from tap import finish, ok  # noqa: E402

PITH = str(pathlib.Path("build", os.environ.get("ARCH", os.uname().machine), "pith").resolve())


class Run:
    """pith run in the foreground of a terminal of its own, with shell processes for COMMANDS."""

    def __init__(self, folder, *commands):
        config = pathlib.Path(folder, "c.toml")
        text = 'mode = "manage"\n'
        for command in commands:
            text += f"[[process]]\ntype = \"shell\"\ncommand = '''{command}'''\n"
        config.write_text(text)
        # A second descriptor for the terminal keeps it alive when everybody on it has gone.
        self.master, slave = pty.openpty()
        self.slave = slave
        self.before = termios.tcgetattr(slave)
        self.output = b""
        self.pid = os.fork()
        if self.pid == 0:
            os.login_tty(slave) if hasattr(os, "login_tty") else login(slave)
            os.execv(PITH, [PITH, "run", str(config)])

    def await_output(self, wanted):
        end = time.monotonic() + 10
        while wanted not in self.output and time.monotonic() < end:
            if select.select([self.master], [], [], 0.1)[0]:
                self.output += os.read(self.master, 4096)
        return wanted in self.output

    def write(self, text):
        os.write(self.master, text)

    def supervisor(self):
        return int(subprocess.check_output(["pgrep", "-P", str(self.pid), "-x", "pith"]))

    def code(self):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            if select.select([self.master], [], [], 0.05)[0]:
                self.output += os.read(self.master, 4096)
        os.kill(self.pid, signal.SIGKILL)
        return "no end"

    def restored(self):
        return termios.tcgetattr(self.slave) == self.before


def login(slave):
    os.setsid()
    import fcntl
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for number in range(3):
        os.dup2(slave, number)


with tempfile.TemporaryDirectory() as folder:
    run = Run(folder, 'echo ready; read line; echo "got $line"; exit 4')
    ok(run.await_output(b"ready"), "a single process starts")
    run.write(b"words\n")
    ok(run.await_output(b"got words"), "... and reads from the terminal")
    ok(run.code() == 4, "... and its exit code arrives")

    run = Run(folder, "trap 'exit 9' INT; echo ready; sleep 100 & wait")
    run.await_output(b"ready")
    run.write(b"\x03")
    ok(run.code() == 9, "Ctrl-C reaches a single process")

    run = Run(folder, "echo ready; sleep 100", "sleep 100")
    run.await_output(b"ready")
    run.write(b"\x03")
    ok(run.code() == 130, "Ctrl-C ends several processes: 130")

    run = Run(folder, "read line || echo nothing to read; exit 3", "sleep 100")
    ok(run.code() == 3 and b"nothing to read" in run.output, "of several processes none waits for the terminal")

    run = Run(folder, "stty raw -echo; echo ready; exit 5")
    ok(run.code() == 5 and run.restored(), "the settings are restored after an end")
    run = Run(folder, "stty raw -echo; echo ready; sleep 100")
    run.await_output(b"ready")
    os.kill(run.supervisor(), signal.SIGKILL)
    ok(run.code() == 125 and run.restored(), "... after SIGKILL of the supervisor")
    run = Run(folder, "stty raw -echo; echo ready; sleep 100")
    run.await_output(b"ready")
    os.kill(run.pid, signal.SIGTERM)
    ok(run.code() == 143 and run.restored(), "... after SIGTERM")

finish()
