#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""pith vm on a terminal: a shell in the default kernel, its exit code, Ctrl-A x, the terminal's settings."""
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


class Terminal:
    """A program in the foreground of a terminal of its own."""

    def __init__(self, *words, size=None):
        self.output = b""
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            if size:
                termios.tcsetwinsize(0, size)
            os.execv(words[0], words)
        self.before = termios.tcgetattr(self.master)

    def await_output(self, wanted, seconds=90):
        end = time.monotonic() + seconds
        while wanted not in self.output and time.monotonic() < end:
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    self.output += os.read(self.master, 4096)
                except OSError:  # nobody is on the terminal any more
                    break
        return wanted in self.output

    def write(self, text):
        os.write(self.master, text)

    def code(self):
        """The exit code, once the program has ended and what it wrote has been read."""
        self.await_output(b"\0never\0", 60)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


run = Terminal(PITH, "vm", "--memory", "size_mib=128", "--vcpu", "num=2")
ok(run.await_output(b"# "), "a prompt appears", run.output)
run.write(b"echo $((6 * 7))-$(nproc); tty; exit 5\n")
ok(run.await_output(b"42-2"), "commands run, on two processors", run.output)
ok(run.await_output(b"/dev/ttyS0") or b"/dev/ttyAMA0" in run.output, "on the guest's console", run.output)
ok(run.code() == 5, "the shell's exit code is pith's", run.output)

run = Terminal(PITH, "vm", "--memory", "size_mib=128", size=(33, 111))
ok(run.await_output(b"# "), "a prompt appears again", run.output)
run.write(b"\x03")
run.write(b"echo still-$((40 + 2))\n")
ok(run.await_output(b"still-42"), "Ctrl-C goes to the guest", run.output)
run.write(b"stty size\n")
ok(run.await_output(b"33 111"), "the guest knows the size of the terminal", run.output)
run.write(b"sh -c 'trap \"stty size; exit\" WINCH; echo wai\"\"ting; while :; do sleep 0.1; done'\n")
run.await_output(b"waiting")
termios.tcsetwinsize(run.master, (44, 122))
ok(run.await_output(b"44 122"), "... and is told when it changes", run.output)
run.write(b"\x01x")
ok(run.code() not in (0, 5), "Ctrl-A x ends the machine, and that is no success", run.output)
ok(b"its console went to standard output" in run.output, "... and where its console's lines are", run.output)
try:
    ok(termios.tcgetattr(run.master) == run.before, "the terminal's settings are as before")
except termios.error as error:
    ok(False, f"the terminal's settings are as before ({error})")

# aarch64's PL011, with the kernel of kconfig/: QEMU holds more than its FIFO of what was typed before Linux opened it.
with tempfile.TemporaryDirectory() as folder:
    pathlib.Path(folder, "runner.toml").write_text(
        'mode = "exec"\n[[process]]\ntype = "shell"\n'
        'argv = ["/app/payload", "echo", "rea", "+", "echo", "dy", "+", "cat", "/dev/ttyAMA0"]\n', encoding="utf-8")
    pathlib.Path(folder, "vm.toml").write_text(
        'mode = "exec"\n[[process]]\ntype = "vm"\narch = "aarch64"\nkvm = false\nram_mb = 128\napp = "app.img"\n'
        'serial.ttyAMA0 = {mode = "stdio"}\n', encoding="utf-8")
    subprocess.run([PITH, "image", "build", "-q", "-f", "build/aarch64/tests/payload=payload", "-f",
                    f"{folder}/runner.toml=runner.toml", "-o", f"{folder}/app.img"], stdout=subprocess.DEVNULL, check=True)
    run = Terminal(PITH, "run", f"{folder}/vm.toml")
    ok(run.await_output(b"booting Linux"), "aarch64: a machine with its console on the terminal starts", run.output)
    run.write(b"a" * 40)
    ok(run.await_output(b"dy\r\n"), "... and boots, 40 bytes typed ahead", run.output)
    run.write(b"hel" + b"lo\n")
    ok(run.await_output(b"hello", 30), "... and hears what is typed then", run.output)
    os.kill(run.pid, signal.SIGTERM)
    run.code()
finish()
