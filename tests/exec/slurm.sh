#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# scripts/slurm: a matrix as a Slurm job array, on a cluster of one node that lives for this test only.
. tests/exec/lib.sh

if [ "$(id -u)" != 0 ]; then
	skip "a job array" "slurmd needs root"
	finish
fi
export PITH
array() { # array WORD...: scripts/slurm/matrix in the cluster
	scripts/slurm/one-node "$WORK/cluster" scripts/slurm/matrix "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
	STATUS=$?
}
left() { # what runs of the cluster, PIDs and names
	pgrep -af "$WORK/cluster" | grep -v pgrep
}
cat >"$WORK/m.toml" <<-END
	[options]
	memory = "128M"
	[axis.n]
	good = {}
	bad = { binary = "$WORK/bad" }
END
printf '#!/bin/sh\nexit 3\n' >"$WORK/bad"
chmod +x "$WORK/bad"
array --dir "$WORK/dir" --junit "$WORK/all.xml" "$WORK/m.toml" "$PAYLOAD" args 'a "b' '' "\$x;'"
is "$STATUS" 1 "an array with a run that fails" || { cat "$WORK/err" "$WORK/cluster"/*.log | tail -n 40 | sed 's/^/# /'; }
is "$(cat "$WORK/dir/0001.log")" $'arg=a "b\narg=\narg=$x;\'' "the words arrive as they are"
is "$(xmllint --xpath 'count(//testsuite)' "$WORK/all.xml") $(xmllint --xpath 'string(//testsuite[@name="bad"]//error/@message)' "$WORK/all.xml")" \
	"2 exit code 3" "one JUnit file has all runs"
is "$(jq -r .exit_code "$WORK/dir/001-good.json") $(jq -r .exit_code "$WORK/dir/002-bad.json")" "0 3" "each has its result"
is "$(left)" "" "the cluster is gone"

# Stopped on the way: the array is cancelled, its VMs end, and what has no result is an error.
# shellcheck disable=SC2016 # for the inner shell
scripts/slurm/one-node "$WORK/cluster" bash -c '
	scripts/slurm/matrix --dir "$0/stop" "$0/m.toml" "$1" sleep 600 &
	script=$!
	for ((i = 0; i < 300; i++)); do
		[ -s "$0/stop/job.id" ] && [ "$(squeue -h -t R | wc -l)" -ge 1 ] && break
		sleep 0.1
	done
	kill -TERM $script
	wait $script
	code=$?
	for ((i = 0; i < 300; i++)); do
		[ "$(squeue -h | wc -l)" = 0 ] && break
		sleep 0.1
	done
	squeue -h
	exit $code
' "$WORK" "$PAYLOAD" >"$WORK/out" 2>"$WORK/err" </dev/null
is "$? $(cat "$WORK/out")" "143 " "SIGTERM cancels the array"
for ((i = 0; i < 100; i++)); do
	[ -n "$(pgrep -f "$WORK/stop")$(left)" ] || break
	sleep 0.1
done
is "$(pgrep -af "$WORK/stop")$(left)" "" "... and leaves no process"

echo 'x = 1' >"$WORK/wrong.toml"
scripts/slurm/matrix "$WORK/wrong.toml" x 2>"$WORK/err"
is "$?" 2 "a wrong matrix file is refused before anything is submitted"
like "$(cat "$WORK/err")" "wrong.toml:1:1: unknown key 'x'" "... in words"
scripts/slurm/matrix --nodes 3 x.toml 2>"$WORK/err"
is "$?" 2 "a wrong option"
: >"$WORK/slurm.conf"
SLURM_CONF=$WORK/slurm.conf scripts/slurm/matrix --dir "$WORK/none" "$WORK/m.toml" "$PAYLOAD" 2>"$WORK/err"
is "$?" 125 "no cluster to submit to"
finish
