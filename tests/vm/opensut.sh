#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# examples/opensut: four guests in a host VM on a bridge, and side by side: each does its job.
. tests/tap.sh

port=$((20000 + RANDOM % 20000))
for level in nested single; do
	timeout --kill-after=5 400 scripts/demo-opensut $level $port >"$WORK/$level" 2>&1 </dev/null
	is $? 0 "$level: the demo ends well" || sed 's/^/# /' "$WORK/$level"
	out=$(<"$WORK/$level")
	like "$out" 'telemetry by UDP: telemetry [0-9]+: armed' "$level: UDP is forwarded to the autopilot"
	like "$out" 'telemetry by TCP: telemetry [0-9]+: armed' "$level: and TCP"
	like "$out" 'keys +\| refused: the attestation is not by a machine of this system' "$level: a stranger gets no key"
	like "$out" 'keys +\| granted a key' "$level: logging does, by attestation"
	is "$(grep -c '^mission frame [1-3]: telemetry' "build/demo-opensut/$level/mission-console.log")" 3 \
		"$level: frames on mission protection's second serial console"
	is "$(grep -cE '^[0-9a-f]{64} telemetry [0-9]+: armed' "build/demo-opensut/$level/flight.log")" 3 \
		"$level: logging's data disk holds its log"
	like "$out" '^pith: keys: verified root hash [0-9a-f]{16}\.\.\. \([1-9][0-9]* KiB\)' "$level: a small image's size is told in KiB"
	like "$(sed '1,/^Every guest/d' "$WORK/$level" | head -n 1)" '^ +at ms +for ms +process' "$level: the outcomes have a heading"
	is "$(sed '1,/outcome/d' "$WORK/$level" | grep -oE '(autopilot|keys|logging|mission): app-exit 0$' | sort | tr '\n' ' ')" \
		"autopilot: app-exit 0 keys: app-exit 0 logging: app-exit 0 mission: app-exit 0 " "$level: every guest's outcome is shown"
done

finish
