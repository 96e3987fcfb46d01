#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What pith check refuses, with the whole message, and beside each refusal its accepting sibling.

A case is (GOOD, BAD, MESSAGES): pith check accepts the first text and refuses the second with exactly
these lines, FILE: left out. VM, ARM and SHELL stand before the texts of a process; what is asked about
begins in line 5.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, "tests")
sys.dont_write_bytecode = True
from tap import finish, ok  # noqa: E402

PITH = pathlib.Path("build", os.environ.get("ARCH", os.uname().machine), "pith").resolve()
VM = 'mode = "exec"\n[[process]]\ntype = "vm"\narch = "x86_64"\n'
ARM = VM.replace("x86_64", "aarch64")
SHELL = 'mode = "exec"\n[[process]]\ntype = "shell"\n\n'
ONE = 'process = [{type = "shell", command = "true"}]\n'
PORTS = "outer_port = 1, inner_port = 2"
TIME = 'a time such as "10s", "500ms", "2m" or a number of seconds'
LIMIT = 'a number, "unlimited", or [soft, hard] with soft at most hard'
P = '\n[[process]]\ntype = "shell"\nname = "p"\ncommand = "p"\n'


def vm(good, bad, *messages):
    return VM + good, VM + bad, messages


def paths(good, bad, *messages):
    text = 'mode = "exec"\n[[process]]\ntype = "vm"\n[paths]\n'
    return text + good, text + bad, messages


def crosvm(good, bad, *messages):
    text = VM + "vmm = 'crosvm'\n"
    return text + good, text + bad, messages


def shell(good, bad, *messages):
    return SHELL + good, SHELL + bad, messages


def manage(good, bad, *messages):
    text = 'mode = "manage"\n[[process]]\ntype = "shell"\nname = "a"\ncommand = "a"\n'
    return text + good + P, text + bad + P, messages


def one_bridge(good, bad, *messages):
    text = 'mode = "manage"\nbridge.br0 = %s\n' + ONE
    return text % good, text % bad, messages


def forward(good, bad, *messages):
    text = 'net.a = {mode = "user", port_forward.b = {%s}}'
    return vm(text % good, text % bad, *messages)


CASES = {
    "root": [
        ('mode = "exec"\n' + ONE, ONE, ("1:1: 'mode' is missing in the configuration",)),
        ('mode = "exec"\n' + ONE, 'mode = "exec"', ("1:1: 'process' is missing in the configuration",)),
        ('mode = "exec"\n' + ONE, 'mode = "Exec"\n' + ONE,
         ("1:8: 'mode' in the configuration is \"Exec\"; accepted is \"manage\" or \"exec\"",)),
        ('mode = "exec"\n' + ONE, "mode = 1\n" + ONE,
         ("1:8: 'mode' in the configuration is 1; accepted is \"manage\" or \"exec\"",)),
        ('mode = "exec"\n' + ONE, 'mode = "exec\\u0000"\n' + ONE,
         ("1:8: 'mode' in the configuration is \"exec\"; accepted is \"manage\" or \"exec\"",)),
        ('mode = "exec"\n' + ONE, 'mode = "exec"\nmood = 2\n' + ONE,
         ("2:1: unknown key 'mood' in the configuration; did you mean 'mode'?",)),
        ('mode = "exec"\n' + ONE, 'mode = "exec"\nxyzzyx = 2\n' + ONE,
         ("2:1: unknown key 'xyzzyx' in the configuration; known are mode, paths, bridge, process",)),
        ('mode = "exec"\n' + ONE, 'mode = "exec"\n"\\u001b[2J" = 2\n' + ONE,
         ("2:1: unknown key '?[2J' in the configuration; known are mode, paths, bridge, process",)),
        ('mode = "exec"\n[[process]]\ntype = "shell"\ncommand = "a"',
         'mode = "exec"\n[process]\ntype = "shell"\ncommand = "a"',
         ("2:1: 'process' is a table; accepted is at least one [[process]]",)),
        ('mode = "exec"\n' + ONE, 'mode = "exec"\nprocess = []',
         ("2:11: 'process' is an empty array; accepted is at least one [[process]]",)),
        ('mode = "exec"\n' + ONE, 'mode = "exec"\nprocess = [3]',
         ("2:12: process is an integer; accepted is [[process]]",)),
        ('mode = "manage"\n' + 2 * ONE.replace("process = [{", "[[process]]\n").replace(", ", "\n").replace("}]", ""),
         'mode = "exec"\n' + 2 * ONE.replace("process = [{", "[[process]]\n").replace(", ", "\n").replace("}]", ""),
         ("1:8: mode \"exec\" with 2 processes; accepted is one",)),
    ],
    "paths": [
        paths('qemu_system_aarch64 = "q"', 'qemu_system_aarch = "q"',
              "5:1: unknown key 'qemu_system_aarch' in [paths]; did you mean 'qemu_system_aarch64'?"),
        paths("qemu_system_aarch64_version = [8, 2]", 'qemu_system_aarch64_version = "8.2"',
              "5:31: 'qemu_system_aarch64_version' in [paths] is \"8.2\"; accepted is an array of 1 to 3 integers from "
              "0 to 255, such as [8, 2]"),
        paths("qemu_system_aarch64_version = [8, 2, 0]", "qemu_system_aarch64_version = [8, 256]",
              "5:31: 'qemu_system_aarch64_version' in [paths] is an array; accepted is an array of 1 to 3 integers from "
              "0 to 255, such as [8, 2]"),
        paths('vhost_device_gpio = "g"', 'vhost_device_gpio = ""', "5:21: 'vhost_device_gpio' in [paths] is empty"),
        ("paths = {}\nmode = 'exec'\n" + ONE, "paths = '/bin'\nmode = 'exec'\n" + ONE,
         ("1:9: [paths] is a string; accepted is a table",)),
    ],
    "process": [
        shell('command = "a"', "", "2:1: 'command' or 'argv' is missing in shell process"),
        ('mode = "exec"\n[[process]]\ntype = "vm"', 'mode = "exec"\n[[process]]\n', ("2:1: 'type' is missing in process",)),
        ('mode = "exec"\n[[process]]\ntype = "vm"', 'mode = "exec"\n[[process]]\ntype = "container"',
         ("3:8: 'type' in process is \"container\"; accepted is \"shell\" or \"vm\"",)),
        shell('command = "a"', 'command = ["a"]', "5:11: 'command' in shell process is an array; accepted is a string"),
        shell('command = "a"', 'command = ""', "5:11: 'command' in shell process is empty"),
        shell('command = "a\\n"', 'command = "a\\u0000"', "5:11: 'command' in shell process holds a NUL character"),
        shell('argv = ["a"]', 'argv = ["a"]\ncommand = "a"',
              "5:8: 'argv' and 'command' in shell process; accepted is one of them"),
        shell('argv = ["a"]', "argv = []", "5:8: 'argv' in shell process is an empty array; accepted is an array of at least one string"),
        shell('argv = ["a", ""]', 'argv = ["", "a"]', "5:8: the program in 'argv' in shell process is empty"),
        shell('argv = ["a", "2"]', 'argv = ["a", 2]', "5:14: 'argv' in shell process is 2; accepted is a string"),
        shell('command = "a"\ncwd = "/"', 'command = "a"\ncdw = "/"', "6:1: unknown key 'cdw' in shell process; did you mean 'cwd'?"),
        shell('command = "a"\ncwd = "/"', 'command = "a"\ncwd = ""', "6:7: 'cwd' in shell process is empty"),
        shell('command = "a"\nname = "b-1"', 'command = "a"\nname = "b 1"',
              "6:8: 'name' in shell process is \"b 1\"; accepted is up to 64 letters, digits and _.-, not begun with . or -"),
        shell('command = "a"\nname = "' + 64 * "b" + '"', 'command = "a"\nname = "' + 65 * "b" + '"',
              "6:8: 'name' in shell process is \"" + 60 * "b"
              + "\"; accepted is up to 64 letters, digits and _.-, not begun with . or -"),
        ('mode = "manage"\nprocess = [{type="vm", name="a"}, {type="vm", name="b"}]',
         'mode = "manage"\nprocess = [{type="vm", name="a"}, {type="vm", name="a"}]',
         ("2:35: process 'a' is there twice; names are unique",)),
        shell('command = "a"', 'comand = "a"', "2:1: 'command' or 'argv' is missing in shell process",
              "5:1: unknown key 'comand' in shell process; did you mean 'command'?"),
        ('mode = "exec"\n[[process]]\ntype = "vm"', 'mode = "exec"\n[[process]]\ntyp = "vm"',
         ("3:1: unknown key 'typ' in process; did you mean 'type'?",)),
        # Near to it, but a key of its own.
        ('mode = "exec"\n[[process]]\ntype = "vm"\ntpm = true', 'mode = "exec"\n[[process]]\ntpm = true',
         ("2:1: 'type' is missing in process",)),
        ('mode = "exec"\n[[process]]\ntype = "vm"', 'mode = "exec"\n[[process]]\nkind = "vm"', ("2:1: 'type' is missing in process",)),
    ],
    "supervision": [
        manage('stop_timeout = "10s"', 'stop_timeout = "10 s"', "6:16: 'stop_timeout' in shell process is \"10 s\"; accepted is " + TIME),
        manage("stop_timeout = 10", "stop_timeout = 0", "6:16: 'stop_timeout' in shell process is 0; accepted is " + TIME),
        manage('restart_delay = "500ms"', "restart_delay = true", "6:17: 'restart_delay' in shell process is a boolean; accepted is " + TIME),
        manage('restart = "on-failure"', 'restart = "on_failure"',
               "6:11: 'restart' in shell process is \"on_failure\"; accepted is \"no\", \"on-failure\" or \"always\""),
        manage("restart_limit = 0", "restart_limit = -1",
               "6:17: 'restart_limit' in shell process is -1; accepted is an integer from 0 to 1000000"),
        manage('ready = "notify"', 'ready = "now"',
               "6:9: 'ready' in shell process is \"now\"; accepted is \"start\", \"notify\" or \"socket\""),
        manage('ready_timeout = "2m"', 'ready_timeout = 0',
               "6:17: 'ready_timeout' in shell process is 0; accepted is " + TIME),
        manage('ready = "socket"\nready_socket = "s"', 'ready = "socket"', "6:9: 'ready' in process is \"socket\" without 'ready_socket'"),
        manage('ready = "socket"\nready_socket = "s"', 'ready = "notify"\nready_socket = "s"',
               "7:16: 'ready_socket' in process is for ready = \"socket\""),
        manage('after = ["p"]', 'after = ["q"]', "6:9: 'after' in process names 'q'; there is no process of that name"),
        manage('after = ["p"]', 'after = "p"', "6:9: 'after' in process is \"p\"; accepted is an array of at least one string"),
        manage('after = ["p"]', 'after = ["a"]', "2:1: process 'a' can never start: 'after' leads in a circle"),
        manage('after = ["p"]\n[[process]]\ntype = "vm"\nname = "b"\nafter = ["a"]',
               'after = ["b"]\n[[process]]\ntype = "vm"\nname = "b"\nafter = ["a"]',
               "2:1: process 'a' can never start: 'after' leads in a circle",
               "7:1: process 'b' can never start: 'after' leads in a circle"),
        (manage('log = "l"', "")[0], manage('log = "l"', "")[0].replace("manage", "exec").replace(P, ""),
         ("6:7: 'log' in shell process is for mode \"manage\"; in mode \"exec\" the process takes pith's place",)),
        manage("env = {A = 'b=c'}", "env = {'A=b' = 'c'}", "6:8: 'A=b' in env is no name of a variable"),
        manage("env = {A = '1'}", "env = {A = 1}", "6:12: 'env' in shell process is 1; accepted is a string"),
        manage("env = {A = '1'}", "env = ['A=1']", "6:7: 'env' in shell process is an array; accepted is a table of strings"),
        shell("command = 'c'\ncapabilities = ['chown']", "command = 'c'\ncapabilities = ['CAP_CHOWN']",
              "6:17: 'capabilities' in shell process is \"CAP_CHOWN\"; accepted is a capability by its name in small "
              "letters, such as \"net_bind_service\""),
        shell("command = 'c'\ncapabilities = []", "command = 'c'\ncapabilities = 'none'",
              "6:16: 'capabilities' in shell process is \"none\"; accepted is an array of names"),
        shell("command = 'c'\nno_new_privs = true", "command = 'c'\nno_new_privs = 1",
              "6:16: 'no_new_privs' in shell process is 1; accepted is true or false"),
        shell("command = 'c'\nread_only_root = false", "command = 'c'\nread_only_root = 'no'",
              "6:18: 'read_only_root' in shell process is \"no\"; accepted is true or false"),
        manage("rlimits = {nofile = 9}", "rlimits = {files = 9}",
               "6:12: unknown limit 'files'; accepted are the names of prlimit(1), such as nofile, nproc, core"),
        manage("rlimits = {nofile = [1, 2]}", "rlimits = {nofile = [2, 1]}", "6:21: limit 'nofile' is out of form; accepted is " + LIMIT),
        manage("rlimits = {core = 'unlimited'}", "rlimits = {core = 'none'}", "6:19: limit 'core' is out of form; accepted is " + LIMIT),
        manage("rlimits = {core = 0}", "rlimits = {core = -1}", "6:19: limit 'core' is out of form; accepted is " + LIMIT),
        manage("rlimits = {core = 0}", "rlimits = 0", "6:11: 'rlimits' in shell process is 0; accepted is a table such as { nofile = 1024 }"),
        manage("user = 'nobody'", "user = 'no body'",
               "6:8: 'user' in shell process is \"no body\"; accepted is up to 64 letters, digits and _.-, not begun with . or -"),
    ],
    "vm": [
        vm("ram_mb = 3", "ramm_mb = 3", "5:1: unknown key 'ramm_mb' in vm process; did you mean 'ram_mb'?"),
        vm("ram_mb = 1", "ram_mb = 0", "5:10: 'ram_mb' in vm process is 0; accepted is an integer from 1 to 16777216"),
        vm("ram_mb = 64", "ram_mb = -64", "5:10: 'ram_mb' in vm process is -64; accepted is an integer from 1 to 16777216"),
        vm("ram_mb = 64", 'ram_mb = "64"', "5:10: 'ram_mb' in vm process is \"64\"; accepted is an integer from 1 to 16777216"),
        vm("ram_mb = 64", "ram_mb = 64.0", "5:10: 'ram_mb' in vm process is a float; accepted is an integer from 1 to 16777216"),
        vm('app = "a"\napp_sha256 = "%s"' % ("aB" * 32), 'app = "a"\napp_sha256 = "%s"' % ("a" * 63),
           "6:14: 'app_sha256' in vm process is \"%s\"; accepted is a string of 64 hexadecimal digits" % ("a" * 60)),
        vm('app = "a"\napp_sha256 = "%s"' % ("0" * 64), 'app = "a"\napp_sha256 = "+%s"' % ("0" * 63),
           "6:14: 'app_sha256' in vm process is \"+%s\"; accepted is a string of 64 hexadecimal digits" % ("0" * 59)),
        vm('app = "a"\napp_sha256 = "%s"' % ("0" * 64), 'app_sha256 = "%s"' % ("0" * 64),
           "5:14: 'app_sha256' in vm process without 'app'"),
        vm('app = "a"\napp_root_hash = "%s"' % ("aB" * 32), 'app = "a"\napp_root_hash = "%s"' % ("a" * 65),
           "6:17: 'app_root_hash' in vm process is \"%s\"; accepted is a string of 64 hexadecimal digits" % ("a" * 60)),
        vm('app = "a"\napp_root_hash = "%s"' % ("0" * 64), 'app_root_hash = "%s"' % ("0" * 64),
           "5:17: 'app_root_hash' in vm process without 'app'"),
        vm('app = "a"\napp_sha256 = "%s"' % ("0" * 64), 'app = "a"\napp_sha256 = "%s"\napp_root_hash = "%s"' % ("0" * 64, "0" * 64),
           "7:17: 'app_root_hash' and 'app_sha256' in vm process; accepted is one of them"),
        vm('app = "a"\napp_on_corruption = "eio"', 'app = "a"\napp_on_corruption = "panic"',
           "6:21: 'app_on_corruption' in vm process is \"panic\"; accepted is \"fail\" or \"eio\""),
        vm('app = "a"\napp_root = true', "app_root = true", "5:12: 'app_root' in vm process without 'app'"),
        vm('app = "a"\napp_root = false', 'app = "a"\napp_root = "yes"',
           "6:12: 'app_root' in vm process is \"yes\"; accepted is true or false"),
        vm('app = "a"\napp_on_corruption = "fail"', 'app_on_corruption = "fail"',
           "5:21: 'app_on_corruption' in vm process without 'app'"),
        vm('app = "a"\nattest_key = "k"', 'app = "a"\nattest_key = ""', "6:14: 'attest_key' in vm process is empty"),
        vm('app = "a"\nattest_key = "k"', 'kernel = "k"\nattest_key = "k"', "6:14: 'attest_key' in vm process is for guests whose initramfs pith builds: leave 'initrd' out, and 'kernel' too or give 'app'"),
        shell('command = "a"\nattest = true', 'command = "a"\nattest = 1', "6:10: 'attest' in shell process is 1; accepted is true or false"),
        manage("attest = true", 'attest = true\n[[process]]\ntype = "shell"\ncommand = "b"\nattest = true', "10:10: 'attest' in shell process is true in 'a' already; accepted is one process"),
        vm('app = "a"\napp_key = "k"', 'app_key = "k"', "5:11: 'app_key' in vm process without 'app'"),
        vm('app = "a"\napp_key = "k"', 'app = "a"\napp_key = ""', "6:11: 'app_key' in vm process is empty"),
        vm('app = "a"\nkernel = "k"\napp_key = "k"', 'app = "a"\ninitrd = "i"\napp_key = "k"',
           "7:11: 'app_key' in vm process beside 'initrd': pith puts the key into the initramfs that it builds"),
        vm('app = "a"\napp_key = "k"\napp_on_corruption = "fail"', 'app = "a"\napp_key = "k"\napp_on_corruption = "eio"',
           "7:21: 'app_on_corruption' in vm process is \"eio\"; accepted beside 'app_key' is \"fail\""),
        vm('app = "a"\napp_key = "k"\napp_name = "n-1"', 'app = "a"\napp_key = "k"\napp_name = "n 1"',
           "7:12: 'app_name' in vm process is \"n 1\"; accepted is a string of 1 to 63 letters, digits and _.-"),
        vm('app = "a"\napp_key = "k"\napp_name = "n"', 'app = "a"\napp_name = "n"',
           "6:12: 'app_name' in vm process without 'app_key'"),
        vm('app = "a"\napp_key = "k"\napp_min_version = 1', 'app = "a"\napp_key = "k"\napp_min_version = 0',
           "7:19: 'app_min_version' in vm process is 0; accepted is an integer from 1 to 4294967295"),
        vm('app = "a"\napp_key = "k"\napp_min_version = 1', 'app = "a"\napp_min_version = 1',
           "6:19: 'app_min_version' in vm process without 'app_key'"),
        vm('memory = "64M"', 'memory = "64"',
           "5:10: 'memory' in vm process is \"64\"; accepted is a string such as \"256M\" or \"4G\", at most 16384G"),
        vm('memory = "1G"', 'memory = "1g"',
           "5:10: 'memory' in vm process is \"1g\"; accepted is a string such as \"256M\" or \"4G\", at most 16384G"),
        vm('memory = "16384G"', 'memory = "16385G"',
           "5:10: 'memory' in vm process is \"16385G\"; accepted is a string such as \"256M\" or \"4G\", at most 16384G"),
        vm('memory = "1G"', 'memory = "-1G"',
           "5:10: 'memory' in vm process is \"-1G\"; accepted is a string such as \"256M\" or \"4G\", at most 16384G"),
        vm('memory = "1G"', 'memory = "1G"\nram_mb = 1024',
           "5:10: 'memory' and 'ram_mb' in vm process; accepted is one of them"),
        vm("cpus = 1", "cpus = 0", "5:8: 'cpus' in vm process is 0; accepted is an integer from 1 to 512"),
        vm("cpus = 512", "cpus = 513", "5:8: 'cpus' in vm process is 513; accepted is an integer from 1 to 512"),
        vm('cpu = "max,-avx2"', 'cpu = "max -avx2"',
           "5:7: 'cpu' in vm process is \"max -avx2\"; accepted is QEMU's own spelling: letters, digits and _-+.,=:"),
        vm('machine = "q35"', 'machine = "-q35"',
           "5:11: 'machine' in vm process is \"-q35\"; accepted is QEMU's own spelling: letters, digits and _-+.,=:"),
        vm('kvm = "auto"', 'kvm = "yes"', "5:7: 'kvm' in vm process is \"yes\"; accepted is true, false or \"auto\""),
        vm("kvm = false", "kvm = 0", "5:7: 'kvm' in vm process is 0; accepted is true, false or \"auto\""),
        vm('kernel = "k"', 'kernel = ""', "5:10: 'kernel' in vm process is empty"),
        vm('kernel = "k"', "kernel = 3", "5:10: 'kernel' in vm process is 3; accepted is a string"),
        vm('report = "off"', "report = false",
           "5:10: 'report' in vm process is a boolean; accepted is \"auto\", \"require\" or \"off\""),
        vm("on_reset = 'restart'\nkernel = 'k'", "on_reset = 'reboot'\nkernel = 'k'",
           "5:12: 'on_reset' in vm process is \"reboot\"; accepted is \"end\" or \"restart\""),
        vm("on_reset = 'restart'\nkernel = 'k'", "on_reset = 'restart'",
           "5:12: on_reset = \"restart\" in vm process is for guests without pith-init: 'kernel' and 'initrd', or 'firmware', and no 'app'"),
        vm("on_reset = 'end'\nkernel = 'k'\napp = 'a'", "on_reset = 'restart'\nkernel = 'k'\napp = 'a'",
           "5:12: on_reset = \"restart\" in vm process is for guests without pith-init: 'kernel' and 'initrd', or 'firmware', and no 'app'"),
        vm('append = ""', "append = []", "5:10: 'append' in vm process is an empty array; accepted is a string"),
        vm('append = "' + 1535 * "a" + '"', 'append = "' + 1536 * "a" + '"',
           "5:10: 'append' in vm process has 1536 bytes; accepted are 1535"),
        vm('kernel = "k"\nappend = "' + 2047 * "a" + '"', 'kernel = "k"\nappend = "' + 2048 * "a" + '"',
           "6:10: 'append' in vm process has 2048 bytes; accepted are 2047"),
        (VM.replace("x86_64", "riscv64"), VM.replace("x86_64", "mips"),
         ("4:8: 'arch' in vm process is \"mips\"; accepted is \"x86_64\", \"aarch64\" or \"riscv64\"",)),
        vm("vmm = 'qemu'", "vmm = 'kvmtool'", "5:7: 'vmm' in vm process is \"kvmtool\"; accepted is \"qemu\" or \"crosvm\""),
        vm("nested = true", "nested = 'yes'", "5:10: 'nested' in vm process is \"yes\"; accepted is true or false"),
        (ARM + "nested = true", ARM + "nested = true\nkvm = true",
         ("5:10: 'nested' with kvm = true: on aarch64, QEMU gives a guest virtualization only under emulation",)),
        (VM + "nested = true", VM.replace("x86_64", "riscv64") + "nested = true",
         ("5:10: 'nested' in vm process is for x86_64 and aarch64",)),
        vm("firmware = 'f'\nkernel = 'k'\nappend = 'a'", "firmware = 'f'\nappend = 'a'",
           "6:10: 'append' in vm process without 'kernel': the firmware finds its own"),
        vm("firmware = 'f'\nkernel = 'k'\ninitrd = 'a'", "firmware = 'f'\ninitrd = 'a'",
           "6:10: 'initrd' in vm process without 'kernel': the firmware finds its own"),
        vm("hostname = 'a'", "hostname = 'a'\nkernel = 'k'",
           "5:12: 'hostname' in vm process is for guests whose initramfs pith builds: leave 'initrd' out, and 'kernel' too or give 'app'"),
        vm("env = {A = 'b'}", "env = {A = 'b'}\nkernel = 'k'",
           "5:7: 'env' in vm process is for guests whose initramfs pith builds: leave 'initrd' out, and 'kernel' too or give 'app'"),
        vm("env = {A = 'b'}\napp = 'a'", "env = {A = 'b'}\napp = 'a'\nkernel = 'k'\ninitrd = 'i'",
           "5:7: 'env' in vm process is for guests whose initramfs pith builds: leave 'initrd' out, and 'kernel' too or give 'app'"),
        vm("smbios_oem_strings = ['a']", "smbios_oem_strings = 'a'",
           "5:22: 'smbios_oem_strings' in vm process is \"a\"; accepted is an array of at least one string"),
        (VM + "smbios_oem_strings = ['a']", VM.replace("x86_64", "riscv64") + "smbios_oem_strings = ['a']",
         ("5:22: 'smbios_oem_strings' in vm process is for x86_64 and aarch64",)),
        vm("extra_args = ['-d', 'int']", "extra_args = '-d int'",
           "5:14: 'extra_args' in vm process is \"-d int\"; accepted is an array of at least one string"),
    ],
    "crosvm": [
        crosvm("cpus = 2", "cpu = 'host'", "6:7: 'cpu' in vm process is not there with vmm = \"crosvm\""),
        crosvm("", "tpm = true", "6:7: 'tpm' in vm process is not there with vmm = \"crosvm\""),
        crosvm("kvm = true", "kvm = false", "6:7: kvm = false: crosvm does not emulate processors"),
        crosvm("report = 'off'", "report = 'require'", "6:10: report = \"require\": crosvm has no port for it"),
        crosvm("net.a = {mode = 'tap', interface = 't'}", "net.a = {mode = 'user'}", "2:1: crosvm has only \"tap\" for net 'a'"),
        crosvm("serial.ttyS0 = {mode = 'file', path = 'a'}", "serial.ttyS0 = {mode = 'unix', path = 'a'}",
               "2:1: crosvm has only \"stdio\" and \"file\" for serial 'ttyS0'"),
        crosvm("serial.ttyS0.mode = 'stdio'", "serial.ttyS0.mode = 'stdio'\nserial.hvc0.mode = 'stdio'",
               "2:1: crosvm reads standard input for one serial line only"),
        crosvm("disk.vda = {format = 'qcow2', path = 'a'}", "disk.vda = {format = 'vmdk', path = 'a'}",
               "6:6: crosvm has no format \"vmdk\" for disk 'vda'"),
        crosvm("disk.vda = {format = 'raw', path = 'a'}", "disk.vda = {format = 'raw', path = 'a,b'}",
               "6:6: path './a,b' holds one of , : \" [ ] \\; crosvm's options cannot carry it"),
        crosvm("9p.a = {path = 'a'}", "9p.a = {path = 'a', read_only = true}", "2:1: crosvm has no 'read_only' for share 'a'"),
    ],
    "share": [
        vm("9p.a.path = 'a'", "9p.a = {}", "5:8: 'path' is missing in 9p"),
        vm("9p.a.path = 'a,b'", "virtiofs.a.path = 'a,b'", "5:10: the path of virtiofs 'a' holds a comma, which virtiofsd cannot take"),
        vm("9p.%s.path = 'a'" % (31 * "a"), "9p.%s.path = 'a'" % (32 * "a"),
           "5:4: 9p '%s'; accepted are up to 31 letters, digits and _.-" % (32 * "a")),
        vm("virtiofs.%s.path = 'a'" % (36 * "a"), "virtiofs.%s.path = 'a'" % (37 * "a"),
           "5:10: virtiofs '%s'; accepted are up to 36 letters, digits and _.-" % (37 * "a")),
        vm("9p.a.path = 'a'", "9p.'a,b'.path = 'a'", "5:4: 9p 'a,b'; accepted are up to 31 letters, digits and _.-"),
        vm("9p.a = {path = 'a', read_only = true}", "9p.a = {path = 'a', readonly = true}",
           "5:21: unknown key 'readonly' in 9p; did you mean 'read_only'?"),
    ],
    "console": [
        vm("console.a.mode = 'stdio'", "console.'pith.report'.mode = 'stdio'",
           "5:9: console 'pith.report'; names that begin with \"pith.\" are pith's own"),
        vm("console.a.mode = 'stdio'", "console.'a,b'.mode = 'stdio'", "5:9: console 'a,b'; accepted are up to 63 letters, digits and _.-"),
        vm("console.a.mode = 'stdio'", "console.a = {}", "5:13: 'mode' is missing in console"),
    ],
    "gpio": [
        vm("gpio.gpiochip1 = {mode = 'external', path = 's'}", "gpio.gpiochip0 = {mode = 'external', path = 's'}",
           "5:6: unknown gpio 'gpiochip0'; accepted names are gpiochip1 to gpiochip9"),
        vm("gpio.gpiochip1 = {mode = 'external', path = 's'}", "gpio.gpiochip2 = {mode = 'external', path = 's'}",
           "5:6: gpio 'gpiochip2' without 'gpiochip1'; names leave no gap, from gpiochip1 on"),
        vm("gpio.gpiochip1 = {mode = 'external', path = 's'}", "gpio.gpiochip1 = {mode = 'external'}",
           "5:18: 'path' is missing in external gpio"),
        vm("gpio.gpiochip1 = {mode = 'passthrough', device = '/dev/gpiochip0'}",
           "gpio.gpiochip1 = {mode = 'passthrough', device = '/dev/gpio0'}",
           "5:50: 'device' in passthrough gpio is \"/dev/gpio0\"; accepted is \"/dev/gpiochipN\""),
    ],
    "devices": [
        vm("vsock = {cid = 3}", "vsock = {cid = 2}", "5:16: 'cid' in vsock is 2; accepted is an integer from 3 to 4294967294"),
        vm("vsock = {cid = 3}", "vsock = 3", "5:9: vsock is an integer; accepted is a table"),
        vm("tpm = true", "tpm = 'yes'", "5:7: 'tpm' in vm process is \"yes\"; accepted is true, false or { state = \"folder\" }"),
        vm("tpm = {state = 'a'}", "tpm = {state = 'a,b'}", "5:7: the path 'state' of tpm holds a comma, which swtpm cannot take"),
        (VM + "tpm = true", VM.replace("x86_64", "riscv64") + "tpm = true", ("5:7: 'tpm' in vm process: QEMU's riscv64 machine has none",)),
        vm("sound = 'none'", "sound = true", "5:9: 'sound' in vm process is a boolean; accepted is a string"),
        vm("rng = '/dev/hwrng'", "rng = 1", "5:7: 'rng' in vm process is 1; accepted is true, false or a file's path"),
        vm("gpu = true", "gpu = 'virtio'", "5:7: 'gpu' in vm process is \"virtio\"; accepted is true or false"),
        vm("display = 'gtk,gl=on'", "display = 'gtk gl'",
           "5:11: 'display' in vm process is \"gtk gl\"; accepted is QEMU's own spelling: letters, digits and _-+.,=:"),
        vm("input = ['keyboard', '/dev/input/event0']", "input = ['keyboard', 'event0']",
           "5:9: 'input' in vm process holds \"event0\"; accepted are \"keyboard\", \"mouse\", \"tablet\" and paths in /dev/input"),
    ],
    "disk": [
        vm("disk.vda = {format = 'raw', path = 'a'}", "disk.vda = {path = 'a'}", "5:12: 'format' is missing in disk"),
        vm("disk.vda = {format = 'raw', path = 'a'}", "disk.vda = {format = 'raw'}", "5:12: 'path' is missing in disk"),
        vm("disk.vda = {format = 'raw', path = 'a'}", "disk.vda = {format = 'iso', path = 'a'}",
           "5:22: 'format' in disk is \"iso\"; accepted is \"raw\", \"qcow2\" or \"vmdk\""),
        vm("disk.vda = {format = 'raw', path = 'a', sync = 'full'}", "disk.vda = {format = 'raw', path = 'a', sync = true}",
           "5:48: 'sync' in disk is a boolean; accepted is \"relaxed\", \"full\" or \"none\""),
        vm("disk.vda = {format = 'raw', path = 'a', direct_io = true}", "disk.vda = {format = 'raw', path = 'a', direct_io = 'on'}",
           "5:53: 'direct_io' in disk is \"on\"; accepted is true or false"),
        vm("disk.vda = {format = 'raw', path = 'a', serial = 'a-1'}", "disk.vda = {format = 'raw', path = 'a', serial = 'a,1'}",
           "5:50: 'serial' in disk is \"a,1\"; accepted is up to 64 letters, digits and _.-, not begun with . or -"),
        vm("disk.vda = {format = 'raw', path = 'a', serial = '%s'}" % (20 * "a"),
           "disk.vda = {format = 'raw', path = 'a', serial = '%s'}" % (21 * "a"),
           "5:50: 'serial' in disk is \"%s\"; accepted is a name of at most 20 characters" % (21 * "a")),
        vm("disk.vda = {format = 'raw', path = 'a', read_only = true}", "disk.vda = {format = 'raw', path = 'a', readonly = true}",
           "5:41: unknown key 'readonly' in disk; did you mean 'read_only'?"),
        vm("disk.vda = {format = 'raw', path = 'a', snapshot = true}", "disk.vda = {format = 'raw', path = 'a', snapshot = 1}",
           "5:52: 'snapshot' in disk is 1; accepted is true or false"),
        vm("disk.vda = {format = 'raw', path = 'a'}", "disk.vdb = {format = 'raw', path = 'a'}",
           "5:6: disk 'vdb' without 'vda'; names leave no gap, from vda on"),
        vm("disk.vda = {format = 'raw', path = 'a'}", "disk.sda = {format = 'raw', path = 'a'}",
           "5:6: unknown disk 'sda'; accepted names are vda to vdz"),
        vm("disk.vda = {format = 'raw', path = 'a'}", "disk.vdaa = {format = 'raw', path = 'a'}",
           "5:6: unknown disk 'vdaa'; accepted names are vda to vdz"),
        vm("disk.vda = {format = 'raw', path = 'a'}", "disk.vda = 'a'", "5:12: disk is a string; accepted is a table"),
        vm("disk = {}", "disk = 'a'", "5:8: 'disk' in vm process is \"a\"; accepted is a table of tables"),
        vm("app = 'a'\n" + "".join(f"disk.vd{c} = {{format='raw', path='a'}}\n" for c in "abcdefghijklmnopqrstuvwxy"),
           "app = 'a'\n" + "".join(f"disk.vd{c} = {{format='raw', path='a'}}\n" for c in "abcdefghijklmnopqrstuvwxyz"),
           "5:7: 'app' in vm process beside 26 disks; accepted are 25"),
    ],
    "bridge": [
        one_bridge('{address = "10.0.0.1/24", ports = ["eth0"]}', '{adress = "10.0.0.1/24"}', "2:15: unknown key 'adress' in bridge; did you mean 'address'?"),
        one_bridge('{address = "10.0.0.1/24"}', '{address = "10.0.0.1"}',
                   "2:25: 'address' in bridge is \"10.0.0.1\"; accepted is an IPv4 address and its prefix, such as \"10.0.2.15/24\""),
        one_bridge('{ports = ["eth0"]}', '{ports = ["e:th0"]}',
                   "2:23: port 'e:th0'; accepted is an interface's name: at most 15 letters, digits and _.-"),
        one_bridge('{}', '7', "2:14: bridge is an integer; accepted is a table"),
        ('mode = "manage"\nbridge.abcdefghijklmno = {}\n' + ONE, 'mode = "manage"\nbridge.abcdefghijklmnop = {}\n' + ONE,
         ("2:8: bridge 'abcdefghijklmnop'; accepted is an interface's name: at most 15 letters, digits and _.-",)),
        ('mode = "manage"\nbridge.br0 = {}\n' + ONE, 'mode = "exec"\nbridge.br0 = {}\n' + ONE,
         ("2:1: 'bridge' with mode \"exec\" and a shell process, which takes pith's place; accepted is mode \"manage\"",)),
        ('mode = "exec"\nbridge.br0 = {}\n' + ONE.replace("shell", "vm").replace(', command = "true"', ""), "mode = \"exec\"\nbridge = 3\n" + ONE.replace("shell", "vm").replace(', command = "true"', ""),
         ("2:10: 'bridge' in the configuration is 3; accepted is a table of tables",)),
    ],
    "net": [
        vm("net.a = {mode = 'user'}", "net.a = {}", "5:9: 'mode' is missing in net"),
        vm("net.a = {mode = 'user'}", "net.a = {mod = 'user'}", "5:10: unknown key 'mod' in net; did you mean 'mode'?"),
        vm("net.a = {mode = 'user'}", "net.a = {mode = 'wifi'}", "5:17: 'mode' in net is \"wifi\"; accepted is \"user\", \"bridge\", \"unix\", "
           "\"tap\" or \"passt\""),
        vm("net.a = {mode = 'bridge', bridge = 'b0'}", "net.a = {mode = 'bridge', bridge = 'b0,helper=/tmp/x'}",
           "5:36: 'bridge' in bridge net is \"b0,helper=/tmp/x\"; accepted is up to 64 letters, digits and _.-, not begun "
           "with . or -"),
        vm("net.a = {mode = 'bridge', bridge = 'bridge123456789'}", "net.a = {mode = 'bridge', bridge = 'bridge1234567890'}",
           "5:36: 'bridge' in bridge net is \"bridge1234567890\"; accepted is a name of at most 15 characters"),
        vm("net.a = {mode = 'tap', interface = 't'}", "net.a = {mode = 'tap'}", "5:9: 'interface' is missing in tap net"),
        vm("net.a = {mode = 'unix', listen = 's'}", "net.a = {mode = 'unix'}", "5:9: 'listen' or 'connect' is missing in unix net"),
        vm("net.a = {mode = 'unix', connect = ['s', 't']}", "net.a = {mode = 'unix', connect = ['s', 3]}",
           "5:41: 'connect' in unix net is 3; accepted is a string"),
        vm("net.a = {mode = 'unix', listen = '/%s'}" % (106 * "a"), "net.a = {mode = 'unix', listen = '/%s'}" % (107 * "a"),
           "5:34: 'listen' in unix net is a socket's path of 108 bytes, with the configuration's folder; accepted are 107"),
        vm("net.a = {mode = 'user', mac = '52:54:00:12:34:56'}", "net.a = {mode = 'user', mac = '53:54:00:12:34:56'}",
           "5:31: 'mac' in user net is \"53:54:00:12:34:56\"; accepted is an address such as \"52:54:00:12:34:56\", not of a group"),
        vm("net.a = {mode = 'user', mac = '52:54:00:12:34:5A'}", "net.a = {mode = 'user', mac = '52-54-00-12-34-56'}",
           "5:31: 'mac' in user net is \"52-54-00-12-34-56\"; accepted is an address such as \"52:54:00:12:34:56\", not of a group"),
        vm("net.a = {mode = 'user', address = '10.0.2.15/24', gateway = '10.0.2.2'}", "net.a = {mode = 'user', address = '10.0.2.15'}",
           "5:35: 'address' in user net is \"10.0.2.15\"; accepted is \"dhcp\", or an IPv4 address and its prefix, such as \"10.0.2.15/24\""),
        vm("net.a = {mode = 'user', address = '10.0.2.15/32'}", "net.a = {mode = 'user', address = '10.0.2.15/33'}",
           "5:35: 'address' in user net is \"10.0.2.15/33\"; accepted is \"dhcp\", or an IPv4 address and its prefix, such as \"10.0.2.15/24\""),
        vm("net.a = {mode = 'user', address = 'dhcp'}", "net.a = {mode = 'user', address = 'DHCP'}",
           "5:35: 'address' in user net is \"DHCP\"; accepted is \"dhcp\", or an IPv4 address and its prefix, such as \"10.0.2.15/24\""),
        vm("net.a = {mode = 'user', address = 'dhcp'}", "net.a = {mode = 'user', address = 'dhcp', gateway = '10.0.2.2'}",
           "5:53: 'gateway' in net 'a', whose address is \"dhcp\": the server tells the gateway"),
        vm("net.a = {mode = 'user', address = '10.0.2.15/24', gateway = '10.0.2.2'}", "net.a = {mode = 'user', gateway = '10.0.2.2'}",
           "5:35: 'gateway' in net 'a' without 'address'"),
        vm("net.a = {mode = 'user', address = '10.0.2.15/24'}", "net.a = {mode = 'user', address = '10.0.2.15/24'}\nkernel = 'k'",
           "5:1: 'address' of a net is for guests whose initramfs pith builds: leave 'initrd' out, and 'kernel' too or give 'app'"),
        vm("net.a = {mode = 'passt', port_forward.b = {%s}}" % PORTS,
           "net.a = {mode = 'passt', port_forward.b = {%s, inner_host = '10.0.0.1'}}" % PORTS,
           "5:39: port_forward 'b' has an 'inner_host'; passt knows one guest only"),
        vm("net.a = {mode = 'user'}", "net = []", "5:7: 'net' in vm process is an empty array; accepted is a table of tables"),
        vm("net.a = {mode = 'user'}", "net.a = 1", "5:9: net is an integer; accepted is a table"),
        vm("net.a = {mode = 'user'}", "net.a = {mode = 'user', port_forwards = {}}",
           "5:25: unknown key 'port_forwards' in user net; did you mean 'port_forward'?"),
        forward(PORTS, "outer_port = 1", "5:42: 'inner_port' is missing in port_forward"),
        forward(PORTS, "inner_port = 1", "5:42: 'outer_port' is missing in port_forward"),
        forward(PORTS, "outer_port = 0, inner_port = 1",
                "5:56: 'outer_port' in port_forward is 0; accepted is an integer from 1 to 65535"),
        forward("outer_port = 65535, inner_port = 1", "outer_port = 65536, inner_port = 1",
                "5:56: 'outer_port' in port_forward is 65536; accepted is an integer from 1 to 65535"),
        forward(PORTS + ", proto = 'udp'", PORTS + ", proto = 'sctp'",
                "5:83: 'proto' in port_forward is \"sctp\"; accepted is \"tcp\" or \"udp\""),
        forward(PORTS + ", outer_host = '127.0.0.2'", PORTS + ", outer_host = '127.0.0.2,guestfwd=tcp:1.2.3.4:5-cmd:x'",
                "5:88: 'outer_host' in port_forward is \"127.0.0.2,guestfwd=tcp:1.2.3.4:5-cmd:x\"; accepted is a dotted "
                "IPv4 address, or \"\" for any"),
        forward(PORTS + ", inner_host = ''", PORTS + ", inner_host = '::1'",
                "5:88: 'inner_host' in port_forward is \"::1\"; accepted is a dotted IPv4 address, or \"\" for any"),
        vm("net.a.mode = 'user'\nnet.a.port_forward = {x = {%s}, y = {%s, proto = 'udp'}}" % (PORTS, PORTS),
           "net.a.mode = 'user'\nnet.a.port_forward = {x = {%s}, y = {%s}}" % (PORTS, PORTS),
           "6:61: port_forward 'y' takes outer port 1, which another port_forward takes already"),
    ],
    "serial": [
        vm("serial.ttyS0.mode = 'stdio'", "serial.ttyAMA0.mode = 'stdio'",
           "5:8: unknown serial 'ttyAMA0'; accepted names are hvc0 to hvc7, and ttyS0 on x86_64"),
        (ARM + "serial.ttyAMA0.mode = 'stdio'", ARM + "serial.ttyS0.mode = 'stdio'",
         ("5:8: unknown serial 'ttyS0'; accepted names are hvc0 to hvc7, and ttyAMA0 on aarch64",)),
        vm("serial.hvc0.mode = 'stdio'", "serial.hvc1.mode = 'stdio'",
           "5:8: serial 'hvc1' without 'hvc0'; names leave no gap, from hvc0 on"),
        vm("\n".join(f"serial.hvc{i} = {{mode = 'file', path = 'a'}}" for i in range(8)),
           "\n".join(f"serial.hvc{i} = {{mode = 'file', path = 'a'}}" for i in range(9)),
           "13:8: unknown serial 'hvc8'; accepted names are hvc0 to hvc7, and ttyS0 on x86_64"),
        vm("serial.hvc0.mode = 'stdio'", "serial.hvc0 = {}", "5:15: 'mode' is missing in serial"),
        vm("serial.hvc0.mode = 'stdio'", "serial.hvc0.mode = 'pty'",
           "5:20: 'mode' in serial is \"pty\"; accepted is \"stdio\", \"passthrough\", \"unix\" or \"file\""),
        vm("serial.hvc0 = {mode = 'unix', path = 'a'}", "serial.hvc0 = {mode = 'unix'}", "5:15: 'path' is missing in unix serial"),
        vm("serial.hvc0 = {mode = 'file', path = 'a'}", "serial.hvc0 = {mode = 'file', device = 'a'}",
           "5:15: 'path' is missing in file serial", "5:31: unknown key 'device' in file serial; known are path, mode"),
        vm("serial.hvc0 = {mode = 'passthrough', device = 'a'}", "serial.hvc0 = {mode = 'passthrough'}",
           "5:15: 'device' is missing in passthrough serial"),
        vm("serial.hvc0 = {mode = 'unix', path = '/" + 106 * "a" + "'}", "serial.hvc0 = {mode = 'unix', path = '/" + 107 * "a" + "'}",
           "5:38: 'path' in unix serial is a socket's path of 108 bytes, with the configuration's folder; accepted are 107"),
        vm("\n".join(f"serial.hvc{i}.mode = 'stdio'" for i in range(3)), "\n".join(f"serial.hvc{i}.mode = 'stdio'" for i in range(4)),
           "2:1: 4 serial lines and consoles on stdio; accepted are 3, the machine's own console included"),
        vm("kernel = 'k'\nserial = {hvc0.mode = 'stdio', hvc1.mode = 'stdio'}",
           "kernel = 'k'\nserial = {hvc0.mode = 'stdio', hvc1.mode = 'stdio', hvc2.mode = 'stdio'}",
           "2:1: 4 serial lines and consoles on stdio; accepted are 3, the machine's own console included"),
    ],
    "text": [
        ('mode = "exec"\n' + ONE, 'mode = "exec\n' + ONE,
         ("1:8: this string is not closed; '\"' ends it on the same line",)),
        ('mode = "exec"\n' + ONE, 'mode = "exec"\nmode = "exec"\n' + ONE,
         ("2:1: 'mode' has a value already (line 1, column 1); a key is given once",)),
        ("# caf\u00e9\nmode = 'exec'\n" + ONE, b"# caf\xe9\nmode = 'exec'\n" + ONE.encode(),
         ("1:6: found byte 0xe9, which is not UTF-8; TOML files are UTF-8",)),
        vm("ram_mb = 1\ncpus = 2\nappend = 'a'\n", "ram_mb = \ncpus = 0\nappend = 'a\ncpu 3\ncpsu = 4\nram_mb = 2\n",
           "5:10: found the end of the line; a value is accepted here: a string, number, boolean, date, time, array or "
           "inline table",
           "6:8: 'cpus' in vm process is 0; accepted is an integer from 1 to 512",
           "7:10: this string is not closed; \"'\" ends it on the same line",
           "8:5: found '3' after a key; '=' or '.' is accepted",
           "9:1: unknown key 'cpsu' in vm process; did you mean 'cpu'?"),
        # Without the line its absence is no error; after half a statement nothing can be said of the rest.
        shell("command = 'a'\ncwd = '/'", "command = \ncwd = ''", "5:11: found the end of the line; a value is accepted here: a string, number, "
              "boolean, date, time, array or inline table"),
        shell("argv = [\n'a',\n'b']\ncwd = '/'", "argv = [\n'a'\n'b']\ncwd = ",
              "7:1: found \"'\" in an array; ',' or ']' is accepted"),
        ('mode = "exec"\n' + ONE, 'mode = "exec"\n' + 40 * "=\n" + ONE,
         tuple(f"{line}:1: found '='; a key is accepted here: letters, digits, '_' and '-', or a quoted string" for line in range(2, 35))),
        ('mode = "exec"\n' + ONE, '[[mode]\nmode = 1\nmode = 2\n', ("1:7: found ']' in a header; '.' or ']]' is accepted",)),
    ],
}


def check(folder, text):
    (folder / "c.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    run = subprocess.run([PITH, "check", "c.toml"], cwd=folder, capture_output=True, text=True, timeout=60)
    return run.returncode, run.stdout, run.stderr


def main():
    with tempfile.TemporaryDirectory() as name:
        for group, cases in CASES.items():
            for good, bad, messages in cases:
                wanted = "".join(f"c.toml:{message}\n" for message in messages)
                for text, expected in ((good, (0, "", "")), (bad, (2, wanted, ""))):
                    got = check(pathlib.Path(name), text)
                    what = messages[0] if text is bad else "its accepting sibling"
                    ok(got == expected, f"{group}: {what}", f"got    {got}", f"wanted {expected}", repr(text))
    finish()


main()
