# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# no_virtio.sh: sourced by the tests of transports without virtio: isa (transport.sh) and shm (shm.sh), once TRANSPORT
# names one. What both carry: input, output, the files behind it, outcomes, stops.
debian=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}/kernels/$ARCH # whose virtio drivers are modules

carry() { run_exec --transport "$TRANSPORT" "$@"; }
refused() { # refused REGEX NAME WORD...: before any boot
	local regex=$1 name=$2
	shift 2
	carry "$@"
	is "$STATUS" 125 "$name is refused"
	like "$(cat "$WORK/err")" "$regex" "... in words"
}

refuses_virtio() {
	local option
	for option in "--disk $WORK/none" "--share $WORK" "--net user" "--rootfs /" --standalone; do
		# shellcheck disable=SC2086
		refused "setup-failed: ${option%% *}: not with --transport $TRANSPORT" "$option" $option "$PAYLOAD"
	done
}

# Everything at once, with either kernel: each stream byte for byte, arguments, folder, exit code. With
# --keep the guests of KERNEL, own or debian, are kept in $WORK/keep-KERNEL.
carries_all() { # carries_all BYTES [--keep]: BYTES of input
	local kernel words long
	head -c "$1" /dev/urandom >"$WORK/input"
	long=$(head -c 100000 /dev/zero | tr '\0' x)
	for kernel in own debian; do
		words=()
		[ $kernel = own ] || words=(--kernel "$debian/vmlinux" --modules "$debian/modules")
		[ $# = 1 ] || words+=("$2" "$WORK/keep-$kernel")
		STDIN=$WORK/input carry "${words[@]}" --env "E=1 '2'" "$PAYLOAD" cat - + stderr two + args "a b" "$long" + exit 7
		is "$STATUS $(cat "$WORK/err")" "7 two" "$kernel kernel: exit code, and standard error apart"
		printf 'arg=%s\n' "a b" "$long" | cat "$WORK/input" - | cmp -s - "$WORK/out"
		ok $? "... a file as input, to its end, and long arguments" || true
	done
}

carries_input() { # after carries_all
	{ head -c 10000 "$WORK/input"; sleep 1; head -c 20000 "$WORK/input"; } | "$PITH" exec --transport "$TRANSPORT" "$PAYLOAD" cat - >"$WORK/out" 2>"$WORK/err"
	cat <(head -c 10000 "$WORK/input") <(head -c 20000 "$WORK/input") | cmp -s - "$WORK/out"
	ok $? "a slow pipe as input" || true
	STDIN=$WORK/input carry "$PAYLOAD" echo unread + exit 6
	is "$STATUS $(cat "$WORK/out")" "6 unread" "input that nobody reads"
}

is_every_stage() { # of $WORK/result.json
	is "$(jq -r '[.processes[0].stages[].stage] | join(" ")' "$WORK/result.json")" \
		"early mounts cmdline modules device verify mount network handover app stop" "every stage is told"
}

carries_outputs() {
	carry --cwd /out --output "/out=$WORK/folder" --output "f=$WORK/file" "$PAYLOAD" echo said + write f text + write /out/g more + segfault
	is "$STATUS $(cat "$WORK/out" "$WORK/file" "$WORK/folder/f" "$WORK/folder/g")" "139 said
texttextmore" "--output, behind the app's own on the same way, though the program crashed"
	carry --output "/none=$WORK/none" "$PAYLOAD" exit 0
	is "$STATUS $(cat "$WORK/err")" "125 pith: error: --output /none: the guest has no such file" "--output of what is not there"
}

stops() {
	local pid i
	carry --timeout 6s "$PAYLOAD" echo begun + block
	is "$STATUS $(cat "$WORK/out")" "124 begun" "--timeout"
	like "$(cat "$WORK/err")" '\(payload\) D.*kernel_clone' "... and PID 1 tells what the program does"
	"$PITH" exec --transport "$TRANSPORT" "$PAYLOAD" flood 4194304 + sleep 600 2>"$WORK/err" </dev/null | head -c 10 >/dev/null
	is "${PIPESTATUS[0]}" 141 "a reader that goes away is SIGPIPE for the program"
	"$PITH" exec --transport "$TRANSPORT" --cpus 2 "$PAYLOAD" echo up + sleep 600 >"$WORK/out" 2>"$WORK/err" </dev/null &
	pid=$!
	for ((i = 0; i < 600; i++)); do
		grep -q up "$WORK/out" && break
		sleep 0.1
	done
	kill -INT "$pid"
	wait "$pid"
	is "$? $(cat "$WORK/out")" "130 up" "SIGINT to pith; two processors, with ACPI"
}

# What the app writes to the line of the reports, from within and through its third descriptor.
forged='{"pith":1,"event":"outcome","outcome":"app-exit","code":0,"signal":0,"message":"","us":1}'
forgery=(write /dev/ttyS1 "
pith-report::$forged
$forged
" + line-to 3 "$forged")
