#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith exec when things go wrong: what cannot be run, time limits, panic, memory, signals to pith; and
# programs that are not alone: dynamic ones, scripts, files beside them, /tmp.
. tests/exec/lib.sh

refused() { # refused EXIT-CODE REGEX NAME WORD...: at once, before any boot
	local code=$1 regex=$2 name=$3
	shift 3
	PATH=$WORK/bin:$PATH run_exec "$@"
	is "$STATUS" "$code" "$name: exit code $code"
	like "$(cat "$WORK/err")" "$regex" "... in words"
}
# Were QEMU started, this one would say so.
mkdir "$WORK/bin"
printf '#!/bin/sh\necho started >&2\nexit 1\n' >"$WORK/bin/qemu-system-x86_64"
chmod +x "$WORK/bin/qemu-system-x86_64"
refused 127 'no-such-program: not found in PATH' "no such program" no-such-program
refused 127 './none: No such file' "no such file" ./none
refused 126 '/etc/passwd: Permission denied' "a file that may not be executed" /etc/passwd
refused 126 'Permission denied' "a folder" /etc
printf 'neither\n' >"$WORK/neither"
printf '#!/no/such/interpreter\n' >"$WORK/script"
printf 'int f(void); int main(void) { return f(); }\n' >"$WORK/p.c"
printf 'int f(void) { return 5; }\n' >"$WORK/f.c"
gcc -shared -o "$WORK/libpithtest.so" "$WORK/f.c"
# shellcheck disable=SC2016
gcc -o "$WORK/dynamic" "$WORK/p.c" -L"$WORK" -lpithtest -Wl,-rpath,'$ORIGIN/lib'
chmod +x "$WORK/neither" "$WORK/script"
refused 126 'neither an ELF program nor a script' "neither ELF nor script" "$WORK/neither"
refused 126 "interpreter '/no/such/interpreter' of .*/script is not found" "an interpreter that is missing" "$WORK/script"
refused 126 'libpithtest\.so.*dynamic|dynamic.*libpithtest\.so' "a library that is missing, and who wants it" "$WORK/dynamic"
refused 125 "--add: .*libpithtest\.so.*dynamic" "a program to add whose library is missing" --add "$WORK/dynamic" "$PAYLOAD"
refused 2 "unknown option '--memmory'; did you mean --memory" "an unknown option" --memmory 1 /bin/true
refused 2 'BINARY is missing' "no program" --memory 64
refused 125 '/none: No such file' "a file to add that is missing" --add "$WORK/none" "$PAYLOAD"
refused 125 '/init is the guest' "a file in the place of PID 1" --add "$PAYLOAD=/init" "$PAYLOAD"
refused 125 'not an absolute path' "a relative destination" --add "$PAYLOAD=x" "$PAYLOAD"
refused 125 'none.img: No such file' "a disk that is missing" --disk "$WORK/none.img" "$PAYLOAD"
echo '--cpus=none' >"$WORK/.pith-exec"
(cd "$WORK" && mkdir -p deep/er && cd deep/er && "$PITH" exec "$PAYLOAD") >"$WORK/out" 2>"$WORK/err"
is "$?" 2 "a wrong option in a .pith-exec above"
like "$(cat "$WORK/err")" "\.pith-exec: --cpus 'none': accepted is 1 to 255" "... in words"
rm "$WORK/.pith-exec"

# Programs that need more than themselves, in one place below /tmp.
mkdir "$WORK/lib"
mv "$WORK/libpithtest.so" "$WORK/lib/"
run_exec "$WORK/dynamic"
is "$STATUS" 5 "a dynamic program finds its library by \$ORIGIN"
mkdir "$WORK/links"
ln -s ../dynamic "$WORK/links/link"
run_exec "$WORK/links/link"
is "$STATUS" 5 "... also when it is reached by a symbolic link"
run_exec --add "$WORK/dynamic=/opt/dynamic" /bin/sh -c "/opt/dynamic; exit \$((20 + \$?))"
is "$STATUS" 25 "--add of a program brings its libraries"
cp "$PAYLOAD" "$WORK/payload"
echo data >"$WORK/data"
# shellcheck disable=SC2016
printf '#!/bin/sh\n./payload cat data + cwd + args "$0" "$@"\n' >"$WORK/script"
(cd "$WORK" && PITH_EXEC_ARGS="--add data --add=payload" "$PITH" exec ./script 'a b' '') >"$WORK/out" 2>"$WORK/err"
is "$? $(cat "$WORK/out" "$WORK/err")" "0 data
cwd=$WORK
arg=./script
arg=a b
arg=" "a script, with files beside it, in its own folder"

# Time limits.
autopsy() { # autopsy JQ-FILTER: of the result
	jq -r ".processes[0].autopsy | $1" "$WORK/result.json"
}
run_exec --timeout 8s --result "$WORK/result.json" "$PAYLOAD" echo begun + block
is "$STATUS $(cat "$WORK/out")" "124 begun" "--timeout"
like "$(cat "$WORK/err")" 'run-timeout: not ended after 8' "... in words"
like "$(tr '\n' ' ' <"$WORK/err")" 'state of it: running.*RAX=.*RIP=' "... with the registers"
like "$(cat "$WORK/err")" '\(payload\) D.*kernel_clone' "... and the task that is blocked, with its stack"
is "$(autopsy '.tasks[0] | .name + " " + .state')" "payload D" "... in --result too"
like "$(autopsy '.registers[0]')" 'CR3=' "... with all registers"
run_exec --boot-timeout 4s --qemu-arg=-S --result "$WORK/result.json" "$PAYLOAD"
is "$STATUS $(autopsy .machine)" "124 prelaunch" "a machine that does not run, and what QEMU says of it"
like "$(cat "$WORK/err")" "nothing came from the guest's console" "... in words"
run_exec --boot-timeout 5ms --result "$WORK/result.json" "$PAYLOAD"
is "$STATUS $(jq -r .outcome "$WORK/result.json")" "124 boot-timeout" "--boot-timeout, and --result tells which"

# Root in the guest has PID 1's own port of reports: what it says there holds nobody up.
hostile() { # hostile WORD...: under a time limit
	timeout --kill-after=1 90 "$PITH" exec --transport pci --timeout 5s "$PAYLOAD" "$@" + sleep 600 </dev/null >"$WORK/out" 2>"$WORK/err"
	STATUS=$?
}
report_outcome='{"pith":1,"event":"outcome","outcome":"app-exit","code":0,"signal":0,"message":"","us":1}'
hostile report 2000 '{"pith":1,"event":"drain","stdout":0,"stderr":0}' + echo sent
is "$STATUS $(cat "$WORK/out")" "124 sent" "a flood of drain reports: --timeout"
hostile report 1 "$report_outcome" + report 1 '{"pith":1,"event":"stage","stage":"app","us":1}'
is "$STATUS $(grep -c 'no power-off 20 s after the outcome' "$WORK/err")" "0 1" "an outcome, and a stage after it: the guest is ended"

# The kernel's own ends.
PITH_KERNEL_DIR=$(readlink -f "${PITH_CACHE:-$HOME/.cache/pith}/kernels/$ARCH") run_exec --result "$WORK/result.json" "$PAYLOAD" write /proc/sysrq-trigger c
is "$STATUS" 125 "a panic"
like "$(autopsy '.machine + .registers[0] | gsub("\n"; " ")')" 'shutdown.*RIP=' "... and the registers after it"
like "$(autopsy '.console | join(" ")')" 'panic - not syncing.*sysrq_handle_crash' "... and the kernel's trace"
like "$(cat "$WORK/err")" 'panic: .*sysrq triggered crash|panic: Kernel panic' "... in the kernel's words"
run_exec "$PAYLOAD" fill /run/x + fill /dev/shm/x + exit 6
is "$STATUS" 6 "full memory file systems do not end the program"
run_exec --memory 128M /usr/bin/perl -e 'my @a; while (1) { push @a, "x" x 1000000 }'
is "$STATUS" 125 "too little memory"
like "$(cat "$WORK/err")" 'oom: Out of memory: Killed process [0-9]+ \(perl\)' "... and who was killed for it"
run_exec --memory 128M --add "$PAYLOAD" /bin/sh -c "$PAYLOAD eat-memory; exit 9"
is "$STATUS" 9 "too little memory for a child of the program"
like "$(cat "$WORK/err")" 'before it ended with 9: Out of memory: Killed process [0-9]+ \(payload\)' "... is said too"

# pith itself.
start_and_find() { # in the background: sets $pith, $supervisor and $qemu
	"$PITH" exec "$PAYLOAD" sleep 600 </dev/null >"$WORK/out" 2>"$WORK/err" &
	pith=$! qemu=
	for ((i = 0; i < 100; i++)); do
		supervisor=$(pgrep -P "$pith") && qemu=$(pgrep -P "$supervisor" -f '^qemu-system') && return
		sleep 0.1
	done
}
start_and_find
kill -KILL "$supervisor"
wait "$pith"
is $? 125 "SIGKILL of the supervisor"
[ -n "$qemu" ] && ! kill -0 "$qemu" 2>/dev/null
ok $? "... leaves no QEMU ($qemu)"
start_and_find
kill -INT "$pith"
wait "$pith"
is $? 130 "SIGINT to pith"
finish
