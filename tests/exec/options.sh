#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith exec's options by hand: what is refused, in one line that says what is accepted, and files
# that are none.
. tests/exec/lib.sh

# Results go where a name leads, and replace no device.
"$PITH" exec --result /dev/stdout --junit /dev/fd/3 "$PAYLOAD" echo said 3>"$WORK/junit" >"$WORK/out" 2>&1 </dev/null
is "$? $(head -n 1 "$WORK/out") $(tail -n +2 "$WORK/out" | jq -r .outcome) $(grep -c '<testcase' "$WORK/junit")" \
	"0 said app-exit 1" "--result /dev/stdout comes behind the output, --junit /dev/fd/3 to that descriptor"
printf 'before\n' >"$WORK/log"
"$PITH" exec --result /dev/stderr "$PAYLOAD" echo said >>"$WORK/log" 2>&1 </dev/null
is "$? $(head -n 2 "$WORK/log" | tr '\n' ' ')$(tail -n +3 "$WORK/log" | jq -r .outcome)" "0 before said app-exit" "... and >> log 2>&1 appends"
ln -s /dev/full "$WORK/full"
run_exec --result "$WORK/full" "$PAYLOAD" exit 0
is "$STATUS $(readlink "$WORK/full") $(cat "$WORK/err")" "125 /dev/full pith: error: $WORK/full: No space left on device" \
	"a device is written to, and not replaced"
run_exec --result "$WORK/none/r.json" "$PAYLOAD" echo ran
is "$STATUS $(cat "$WORK/out" "$WORK/err")" "125 pith: error: $WORK/none/r.json: No such file or directory" \
	"a result that cannot be written is said before the program runs"
run_exec --output "f=$WORK/full" --cwd /out "$PAYLOAD" write f text
is "$STATUS $(readlink "$WORK/full") $(cat "$WORK/err")" "125 /dev/full pith: error: $WORK/full: No space left on device" "--output likewise, said once"
# Whether the write fails before or after the guest has said that the program ended with 0.
ends='' warm=(auto off)
for i in 1 2 3 4 5 6 7 8; do
	"$PITH" exec --warm "${warm[i % 2]}" "$PAYLOAD" echo said >/dev/full 2>"$WORK/err" </dev/null
	ends+="$? "
done
is "$ends$(cat "$WORK/err")" "141 141 141 141 141 141 141 141 pith: error: payload: its output cannot be written: No space left on device" \
	"output that cannot be written is no success"
(
	ulimit -f 8
	exec "$PITH" exec --warm off "$PAYLOAD" exit 0
) 2>&1 </dev/null | cat >"$WORK/err"
like "$(cat "$WORK/err")" '^pith: error: payload: setup-failed: initramfs: .*: File too large$' "a limit of the size of files is an error with words, no signal"
"$PITH" exec --help >/dev/full 2>"$WORK/err"
is "$? $(cat "$WORK/err")" "125 pith: error: standard output: No space left on device" "what pith prints is written or a failure"

# refused STATUS MESSAGE TEXT OPTION...: with that exit code and no line but that.
refused() {
	local status=$1 message=$2 text=$3
	shift 3
	run_exec "$@" "$PAYLOAD" exit 0
	is "$STATUS $(cat "$WORK/err")" "$status pith: error: $message" "$text"
}
failed() {
	refused 125 "payload: setup-failed: $2" "$1" "${@:3}"
}
used_wrongly() {
	refused 2 "exec: $2; see pith exec --help" "$1" "${@:3}"
}
user="accepted is a user's name, UID or UID:GID"
used_wrongly "a UID with a sign" "--user '-1': $user" --user -1
used_wrongly "a GID that is missing" "--user '1000:': $user" --user 1000:
failed "the UID that is none" "4294967295: --user: there is no such user here, nor is it UID or UID:GID" --user 4294967295
run_exec --user 4294967294:1234567890 /usr/bin/id
is "$STATUS $(cat "$WORK/out")" "0 uid=4294967294 gid=1234567890 groups=1234567890" "the largest UID"
used_wrongly "a relative --cwd" "--cwd 'rel': accepted is an absolute path in the guest" --cwd rel
mkdir "$WORK/outputs"
ln -s outputs "$WORK/other"
for host in "$WORK/outputs/f:$WORK/outputs/../outputs//f" "$WORK/outputs/f:$WORK/other/f" "$WORK/outputs:$WORK/other"; do
	used_wrongly "two --output to one place" "--output '/etc/a=${host%:*}' and '/etc/b=${host#*:}' go to the same place" \
		--output "/etc/a=${host%:*}" --output "/etc/b=${host#*:}"
done
run_exec --cwd /out --output "a=$WORK/outputs/a" --output "b=$WORK/outputs/b" --output "a=$WORK/outputs/a" --output a=/dev/stdout --output b=/dev/stdout \
	/bin/sh -c 'printf 1 >a; printf 2 >b'
is "$STATUS $(cat "$WORK/out" "$WORK/outputs/a" "$WORK/outputs/b")" "0 1212" "... to several, to one that takes several, and one that is given twice"
rm -r "$WORK/outputs" "$WORK/other"
failed "a file below /dev" "/dev/shm: /dev is the guest's own, and nothing from here can be in it; a copy in another folder can be taken along" \
	--add "$PAYLOAD=/dev/shm/x"
used_wrongly "--tests-source alone" "--tests-source needs --tests" --tests-source console
printf '%s\n' '--timeout 10s' >"$WORK/.pith-exec"
(cd "$WORK" && "$PITH" exec /bin/true) 2>"$WORK/err" </dev/null
is "$? $(cat "$WORK/err")" "2 pith: error: exec: $WORK/.pith-exec: '--timeout 10s': a value goes behind '=', or on a line (a word) of its own; see pith exec --help" \
	"an option and its value on one line of .pith-exec"
printf '%s\0' --verbose >"$WORK/.pith-exec"
(cd "$WORK" && "$PITH" exec /bin/true) 2>"$WORK/err" </dev/null
is "$? $(cat "$WORK/err")" "2 pith: error: exec: $WORK/.pith-exec: a NUL byte; accepted is an option a line; see pith exec --help" \
	"a .pith-exec that is no text"
rm "$WORK/.pith-exec"

# What the initramfs, QEMU or the kernel would miss: said once, whether the guest would have been resumed or booted.
for warm in auto off; do
	failed "a module of a kernel without modules, --warm $warm" \
		"module none: the kernel has no folder of modules; --modules names one" --warm "$warm" --module none
	failed "a folder without modules, --warm $warm" "$WORK/modules.dep: No such file or directory; depmod makes it" --warm "$warm" --modules "$WORK"
	failed "a kernel that is a folder, --warm $warm" "kernel $WORK: Is a directory" --warm "$warm" --kernel "$WORK"
done
run_exec --add /proc/cpuinfo=/x "$PAYLOAD" exit 0
is "$STATUS $(cat "$WORK/err")" "125 pith: error: payload: setup-failed: initramfs: /proc/cpuinfo: it is not as long as it says, or became another meanwhile" \
	"a file of /proc, whose length is not known"
truncate -s 100M "$WORK/large"
for warm in auto:140M off:300M; do
	run_exec --warm "${warm%:*}" --memory "${warm#*:}" --add "$WORK/large" "$PAYLOAD" exit 0
	like "$STATUS $(cat "$WORK/err")" "^125 pith: error: payload: setup-failed: memory of ${warm//[!0-9]/} MiB is too little for the 10[0-9] MiB of files that are taken along: .*; 384 MiB would do$" \
		"too little memory for what is taken along, --warm ${warm%:*}"
done
run_exec --warm off --memory 384M --add "$WORK/large" --add /usr/bin/wc /usr/bin/wc -c "$WORK/large"
is "$STATUS $(cat "$WORK/out" "$WORK/err")" "0 104857600 $WORK/large" "... and enough, which the message names"
rm "$WORK/large"
run_exec --append "$(head -c 3000 /dev/zero | tr '\0' x)" "$PAYLOAD" exit 0
like "$STATUS $(cat "$WORK/err")" '^125 pith: error: payload: setup-failed: the kernel command line has 3[0-9]* bytes; accepted are at most 2047$' \
	"a kernel command line that the kernel would cut"
run_exec --machine none-such "$PAYLOAD" exit 0
like "$STATUS $(cat "$WORK/err")" '^125 pith: error: payload: vmm-failed: QEMU ended with status 1: qemu-system-.*: unsupported machine type; Use -machine help' \
	"what QEMU refuses, in all of its words"
is "$(wc -l <"$WORK/err")" 1 "... on one line"
run_exec --timeout 1ms "$PAYLOAD" sleep 60
like "$(cat "$WORK/err")" '^pith: error: --timeout: not ended after 0.001 s: stopping' "a short time limit is not said as 0.0 s"

# What comes back: files whose length is not told, one that is reached by a link; and what does not, with the reason.
for transport in pci isa; do
	[ "$transport" = pci ] || [ "$ARCH" = x86_64 ] || continue
	run_exec --transport "$transport" --output "/proc/version=$WORK/version" --output "/sys/kernel/uevent_seqnum=$WORK/number" "$PAYLOAD" exit 0
	is "$STATUS $(cut -c 1-14 "$WORK/version") $(grep -c '^[0-9][0-9]*$' "$WORK/number")" "0 Linux version  1" "--output of files of /proc and /sys, $transport"
	rm -f "$WORK/version" "$WORK/number"
done
run_exec --cwd /out --add /bin/ln --add /usr/bin/truncate --output "/out/link=$WORK/linked" --output "/out/large=$WORK/large" --output "/out/d=$WORK/d" \
	--output "/dev/null=$WORK/null" --output "/out/end=$WORK/end" --add /bin/mkdir /bin/sh -c '
	echo real >real; ln -s real link; truncate -s 5G large; mkdir d; ln -s nowhere d/link; echo end >end'
is "$STATUS $(cat "$WORK/linked" "$WORK/end" | tr '\n' ' ')$(ls -A "$WORK/d")" "125 real end " "--output by a link, and all that can come"
is "$(cat "$WORK/err")" "pith: error: --output /out/large: /out/large: 4 GiB or more
pith: warning: --output /out/d: 1 left out: only regular files and folders come
pith: error: --output /dev/null: neither a file nor a folder" "... the rest is named, with the reason"

# A program that is added too, by the name of a link to it.
cp "$PAYLOAD" "$WORK/really"
ln -s really "$WORK/program"
run_exec --add "$WORK/program" "$WORK/program" exit 5
is "$STATUS $(cat "$WORK/err")" "5 " "--add of BINARY itself, which is a link"
mkfifo "$WORK/fifo"
run_exec --result "$WORK/fifo" "$PAYLOAD" exit 0
is "$STATUS $(cat "$WORK/err")" "125 pith: error: $WORK/fifo: No such device or address" "a result for a FIFO that nobody reads: no waiting"
run_exec --junit "$WORK/fifo" --output "f=$WORK/fifo" --cwd /out "$PAYLOAD" write f text
is "$STATUS $(sort -u "$WORK/err")" "125 pith: error: $WORK/fifo: No such device or address" "... nor for JUnit and --output"

# Two folders at one place hide each other.
mkdir "$WORK/a" "$WORK/b"
failed "two shares at one place" "/mnt: two folders are shared there" --share "$WORK/a=/mnt" --share "$WORK/b=/mnt"
failed "two shares of one name" "$WORK/b=tag: two folders are shared under this name" --share "$WORK/a=tag" --share "$WORK/b=tag"
finish
