#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzzer for FUZZ_SECONDS (default 4), beginning with its corpus, which is only read. An
# input that fails is kept as build/ARCH/fuzz/failed-*: add it to the corpus once the bug is mended.
. tests/tap.sh

folder=build/$(uname -m)/fuzz
count=0
for fuzzer in "$folder"/fuzz_*; do
	[ -x "$fuzzer" ] || continue
	count=$((count + 1))
	name=${fuzzer##*/fuzz_}
	log=$WORK/$name.log
	mkdir "$WORK/$name"
	inputs=("$WORK/$name")
	[ ! -d "tests/fuzz/corpus/$name" ] || inputs+=("tests/fuzz/corpus/$name")
	timeout --kill-after=5 $((${FUZZ_SECONDS:-4} + 60)) "$fuzzer" \
		-max_total_time="${FUZZ_SECONDS:-4}" -timeout=5 -rss_limit_mb=1024 -max_len=8192 \
		-artifact_prefix="$folder/failed-$name-" -print_final_stats=1 \
		"${inputs[@]}" >"$log" 2>&1
	status=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	[ "$status" = 0 ] && [ "${runs:-0}" -gt 0 ]
	ok $? "fuzz_$name: ${runs:-no} executions" || {
		echo "# exit status $status; the end of its output:"
		tail -n 40 "$log" | sed 's/^/#   /'
	}
done
[ "$count" -gt 0 ]
ok $? "there are fuzzers in $folder ($count)"
finish
