# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2016
# lib.sh: sourced by the tests that run pith-init as PID 1 of a PID namespace, in a root directory of
# its own (a tmpfs). There is no virtio port in it, so reports come out on standard error with a nonce.
# Options for pith-init go into its bulk configuration, as the runner writes them.
. tests/tap.sh
PAYLOAD=$TOOLS/payload
NONCE=test-nonce-1

if ! unshare --pid --mount --uts --fork true 2>"$WORK/unshare"; then
	skip "pith-init in a PID namespace" "unshare: $(head -c 120 "$WORK/unshare")"
	finish
fi

# run_init SETTING...: boots it with records KEY=VALUE (nonce is added). $OUT, $REPORT (the JSON lines)
# and $STATUS (unshare's: 130 for power off, 129 for restart) get what came of it. $ROOT_HOOK, a
# command, is run in the new root before the start, $BEFORE_EXEC by the shell that becomes PID 1, $TRACER is put before all; $STDIN, a file, becomes standard input; $CMDLINE is
# the kernel command line.
run_init() {
	printf '%s\0' "nonce=$NONCE" "$@" >"$WORK/config"
	start_init
}
run_init_plain() { # without a bulk configuration: $CMDLINE says all
	: >"$WORK/config"
	start_init
}
start_init() {
	# shellcheck disable=SC2086
	timeout --kill-after=5 "${RUN_TIMEOUT:-60}" ${TRACER:-} unshare --pid --mount --uts --fork --kill-child \
		--propagation private tests/pid1/enter "$WORK" "$PITH_INIT" "$PAYLOAD" \
		<"${STDIN:-/dev/null}" >"$WORK/out" 2>&1 &
	INIT_JOB=$!
	[ -n "${BACKGROUND:-}" ] || wait_init
}
wait_init() {
	wait "$INIT_JOB"
	STATUS=$?
	OUT=$(tr -d '\0' <"$WORK/out")
	REPORT=$(sed -n "s/^pith-report:$NONCE://p" "$WORK/out")
}
outcome() { # the outcome line as NAME:CODE:SIGNAL
	jq -r 'select(.event == "outcome") | "\(.outcome):\(.code):\(.signal)"' <<<"$REPORT"
}
message() {
	jq -r 'select(.event == "outcome") | .message' <<<"$REPORT"
}
app() { # app COMMAND...: records that run the payload
	local word
	APP=("arg=/payload")
	for word in "$@"; do APP+=("arg=$word"); done
}
run_app() { # run_app COMMAND...: with no other settings
	app "$@"
	run_init "${APP[@]}"
}
# wait_for TEXT: until the output holds it, at most 10 s.
wait_for() {
	timeout 10 sh -c "until grep -aqF -- '$1' '$WORK/out' 2>/dev/null; do sleep 0.02; done"
}
# The process id, outside, of pith-init. pgrep has been seen to miss a process on a busy machine.
init_pid() {
	timeout 10 sh -c 'until pgrep -f -x -P "$(pgrep -P "$0" -x unshare)" /pith-init; do sleep 0.02; done' \
		"$INIT_JOB" 2>/dev/null | head -n 1
}
