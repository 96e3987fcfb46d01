#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the child gets from PID 1 and what PID 1 says of it: environment, signals, descriptors, exit codes.
. tests/pid1/lib.sh

said=$("$PITH_INIT" 2>&1)
is $? 125 "pith-init that is not PID 1 ends with 125"
like "$said" '^pith-init: is PID 1 of a virtual machine; not to be run as [0-9]+$' "... and one line"

run_app ids + signals + fds + cwd + args a 'b  c' '' + exists /pith/config + exit 7
is "$STATUS" 130 "PID 1 ends by powering off"
is "$(outcome)" app-exit:7:0 "the child's exit code is the outcome"
like "$OUT" '^pid=([0-9]+) ppid=1 pgrp=\1 sid=\1 umask=022$' "the child leads a session of its own"
like "$OUT" '^blocked=$' "no signal is blocked in the child"
like "$OUT" '^ignored=$' "every disposition is default in the child"
like "$OUT" '^fds=0 1 2 3 $' "the child has its streams and the report descriptor, nothing else"
like "$OUT" '^cwd=/$' "it begins in the root directory"
is "$(grep -a '^arg=' <<<"$OUT")" $'arg=a\narg=b  c\narg=' "its arguments are as given"
like "$OUT" '/pith/config: No such file' "the bulk configuration is gone before the app runs"
is "$(jq -s 'map(select(.event == "outcome")) | length' <<<"$REPORT")" 1 "there is one outcome line"
is "$(jq -r 'select(.event == "stage") | .stage' <<<"$REPORT" | tr '\n' ' ')" \
	"early mounts cmdline modules device verify mount network handover app stop " "every stage is reported"
is "$(jq -s 'map(select(.us)) | map(.us) | . == sort' <<<"$REPORT")" true "... with times that do not go back"
unlike "$OUT" '^pith-init:' "PID 1 says nothing of its own when all is well"

# State that PID 1 itself inherits must not reach the child either.
app signals
BEFORE_EXEC='trap "" INT QUIT TERM USR1 HUP' run_init "${APP[@]}"
like "$OUT" '^ignored=$' "signals that PID 1 was started with as ignored are default in the child"
app fds
run_init "${APP[@]}" 7</dev/null 8</dev/null
like "$OUT" '^fds=0 1 2 3 $' "descriptors that PID 1 was started with are closed"

app env
run_init env=A='1 2' env=PATH=/x env=PITH_GUEST=no env=B=3 "${APP[@]}"
env_lines=$(grep -aE '^[A-Z_]+=' <<<"$OUT" | sort)
is "$env_lines" $'A=1 2\nB=3\nHOME=/\nPATH=/x\nPITH_GUEST=1\nPITH_REPORT_FD=3\nTERM=linux' \
	"the environment: what was given, the kernel's, defaults, and pith's own marks, which cannot be replaced"

app exists /tmp/brought + exists /run/brought
ROOT_HOOK='mkdir -p tmp run && : >tmp/brought && : >run/brought' run_init "${APP[@]}"
is "$(grep -a brought: <<<"$OUT")" $'/tmp/brought: exists\n/run/brought: exists' "what the initramfs brought to /tmp and /run is not hidden"
app cat /proc/self/mountinfo
ROOT_HOOK='mkdir -p tmp' run_init "${APP[@]}"
like "$OUT" ' / /tmp rw,nosuid,nodev[^ ]* (.* )?- tmpfs .*size=[1-9]' "an empty /tmp is a file system of its own, with a limit"

app cwd
run_init cwd=/proc hostname=pith-test "${APP[@]}"
like "$OUT" '^cwd=/proc$' "cwd"
run_init cwd=/missing "${APP[@]}"
is "$(outcome) $(message)" "setup-failed:0:0 working directory /missing: No such file or directory" "cwd that does not exist"

run_app signal 11
is "$(outcome)" app-signal:0:11 "a child that a signal ended"
run_app signal 9
is "$(outcome)" app-signal:0:9 "... SIGKILL"
run_app segfault
is "$(outcome)" app-signal:0:11 "a child that crashed"

app line-to 3 '{"a":{"b":[1,"}"]}}' + line-to 3 '{"a":1},"event":"outcome","code":0,"x":{}' + \
	line-to 3 '{"outcome":"app-exit","code":0}' + exit 5
run_init "${APP[@]}"
is "$(jq -c 'select(.event == "runner") | .line' <<<"$REPORT")" $'{"a":{"b":[1,"}"]}}\n{"outcome":"app-exit","code":0}' \
	"lines of the runner are passed on, and one that breaks out is not"
like "$REPORT" '"event":"warning".*no JSON object' "... which is said"
is "$(outcome)" app-exit:5:0 "... and changes no outcome"

run_init log=info "${APP[@]}"
like "$OUT" '^pith-init: stage handover$' "log=info says the stages"
run_init log=loud "${APP[@]}"
is "$(outcome) $(message)" "setup-failed:0:0 pith.log: 'loud': accepted are quiet, info, debug" "a setting out of form is refused"
CMDLINE="quiet pith.nonce=$NONCE pith.log=info -- /payload args x" run_init_plain
like "$OUT" '^arg=x$' "a program on the kernel command line"
CMDLINE='pith.loud=1' run_init "${APP[@]}"
is "$(message)" "pith.loud: unknown key" "an unknown key on the kernel command line is refused"
power_status() {
	run_init "power=$1" "${APP[@]}"
	echo "$STATUS"
}
is "$(power_status reboot) $(power_status off)" "129 130" "power=reboot restarts, power=off powers off"
finish
