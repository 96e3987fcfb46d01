#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The walk through `make demo-nested`: an outer system, inner ones in it, its disk, and ssh into it."""
import os
import pathlib
import pty
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, "tests")
sys.dont_write_bytecode = True
from tap import finish, ok  # noqa: E402

SCRIPT = "scripts/demo-nested"
OUTER, INNER = rb"outer:~# ", rb"/ # "


class Terminal:
    """A program in the foreground of a terminal of its own; what was waited for is consumed."""

    def __init__(self, environment, *words):
        self.output, self.begin = b"", 0
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.environ.update(environment)
            os.execv(words[0], words)

    def wait_for(self, pattern, seconds):
        """The match of PATTERN in what came since the last one, or None after SECONDS."""
        end = time.monotonic() + seconds
        while True:
            match = re.compile(pattern, re.DOTALL).search(self.output, self.begin)
            if match:
                self.begin = match.end()
                return match
            if time.monotonic() >= end:
                return None
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    self.output += os.read(self.master, 65536)
                except OSError:  # nobody is on the terminal any more
                    return re.compile(pattern, re.DOTALL).search(self.output, self.begin)

    def say(self, line, pattern, seconds):
        os.write(self.master, line.encode() + b"\n")
        self.wait_for(re.escape(line.encode()[-20:]), 10)  # its echo, which a narrow terminal folds
        return self.wait_for(pattern, seconds)

    def code(self):
        """The exit code, once the program has ended; None if it does not."""
        self.wait_for(rb"\0never\0", 60)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.1)
        os.kill(self.pid, 15)
        os.waitpid(self.pid, 0)
        return None

    def rest(self):
        return self.output[self.begin:][-2000:]


work = pathlib.Path(tempfile.mkdtemp(prefix="pith-test."))
demo = work / "demo"
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]


def ssh(command, seconds):
    """COMMAND by ssh in the outer system: its exit code, or None after SECONDS, and its output."""
    try:
        run = subprocess.run(
            ["dbclient", "-y", "-y", "-T", "-i", demo / "id", "-p", str(port), "root@127.0.0.1", command],
            env={**os.environ, "HOME": str(work)}, stdin=subprocess.DEVNULL, timeout=seconds,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return run.returncode, run.stdout
    except subprocess.TimeoutExpired as error:
        return None, error.stdout or b""


try:
    refused = subprocess.run([SCRIPT, demo], env={**os.environ, "DEMO_SSH_PORT": "ssh"}, capture_output=True, check=False)
    ok((refused.returncode, refused.stderr) ==
       (2, b"scripts/demo-nested: DEMO_SSH_PORT='ssh': accepted is a port's number\n"), "a port that is none is refused",
       refused.stderr)

    outer = Terminal({"DEMO_SSH_PORT": str(port)}, SCRIPT, str(demo))
    if not outer.wait_for(OUTER, 300):
        ok(False, "the outer system comes up", outer.rest())
        os.kill(outer.pid, 15)
        outer.code()
        finish()
    ok(True, "the outer system comes up")
    ok(outer.say("svm --cpus 4", INNER, 150), "svm starts an inner system", outer.rest())
    ok(outer.say("echo $(nproc) processors", rb"4 processors", 20), "... with its extra arguments", outer.rest())
    ok(outer.say("poweroff", rb"app-signal SIGHUP.*" + OUTER, 60), "poweroff in there returns to the outer shell", outer.rest())

    ok(outer.say("svm -b -n one; svm -b -n two --mem 128", rb"two: started.*" + OUTER, 30), "two more are started", outer.rest())
    ok(outer.say("svm -n one", rb"svm: one runs already.*" + OUTER, 30), "... a name is not given twice", outer.rest())
    ok(outer.say("svm -b -n; svm -k -b; svm -n ../a", rb"svm: -n '': accepted.*svm: -k '-b': accepted.*svm: -n '\.\./a': accepted.*" + OUTER,
                 30), "... and what is no name is refused", outer.rest())
    ok(outer.say("ssh-server on", rb"ssh-server: on.*" + OUTER, 30), "the ssh server is switched on", outer.rest())
    code, said = ssh("i=0; until grep -q '/ #' /disk/svm/one.log && grep -q '/ #' /disk/svm/two.log; do sleep 1; i=$((i + 1)); "
                     "[ $i -lt 150 ] || { cat /run/svm/*/errors; break; }; done; pidof qemu-system-aarch64 | wc -w", 200)
    ok(code == 0 and said.endswith(b"\n2\n") or said == b"2\n", "both run at once, each with its own log; said by ssh", said)
    ok(outer.say("svm -k one; svm -k one; pidof qemu-system-aarch64 | wc -w",
                 rb"one: ended\s+svm: one does not run\s+1\s", 60), "one is ended, the other stays", outer.rest())
    ok(outer.say("ssh-server off", rb"ssh-server: off.*" + OUTER, 30), "the ssh server is switched off", outer.rest())
    code, said = ssh("true", 30)
    ok(code not in (0, None), "... and nobody gets in", said)
    ok(outer.say("exit 6", rb"exit code 6|app-exit", 60), "the outer shell's end", outer.rest())
    ok(outer.code() == 6, "... is that of all, with its exit code, whatever runs in there", outer.output[-1000:])
    ok(not subprocess.run(["pgrep", "-f", f"^qemu-system.*{work}"], capture_output=True, check=False).stdout, "no QEMU is left")

    outer = Terminal({"DEMO_SSH_PORT": str(port)}, SCRIPT, str(demo))
    outer.wait_for(rb"booting Linux", 60)
    os.write(outer.master, b"echo typed-$((40 + 2))-ahead # " + b"and more than a serial line keeps " * 6 + b"\n")
    ok(outer.wait_for(rb"typed-42-ahead.*" + OUTER, 120), "the outer system comes up again, and takes what was typed meanwhile", outer.rest())
    ok(outer.say("grep -l '/ #' /disk/svm/*", rb"one\.log\s+/disk/svm/svm1\.log\s+/disk/svm/two\.log\s", 20),
       "its disk has kept the logs, one each", outer.rest())
    ok(outer.say("poweroff", rb"app-exit 0|\(preparation", 60), "poweroff ends it", outer.rest())
    ok(outer.code() == 0, "... and is success", outer.output[-1000:])
    ok("clean" in subprocess.run(["/usr/sbin/dumpe2fs", "-h", demo / "disk.img"], capture_output=True, text=True, check=False).stdout
       and subprocess.run(["/usr/sbin/e2fsck", "-fn", demo / "disk.img"], capture_output=True, check=False).returncode == 0,
       "its file system is clean")
finally:
    shutil.rmtree(work, ignore_errors=True)
finish()
