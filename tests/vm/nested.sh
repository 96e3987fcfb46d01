#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A VM in a VM, each verifying its image: output, exit code, outcomes and the stop request travel all the way.
. tests/tap.sh
. tests/vm/lib.sh

nested() { # nested ARCH WORD...: images around the payload in $WORK/ARCH
	local arch=$1
	shift
	scripts/build-nested "$arch" "$WORK/$arch" "build/$arch/tests/payload" "$@" >"$WORK/build.log" 2>&1
	ok $? "$arch: images of both levels are built" || sed 's/^/# /' "$WORK/build.log"
}

nested x86_64 echo before + wait-term + echo after + exit 9
cp "$WORK/x86_64/base.toml" "$WORK/x86_64/vm.toml"
timeout --kill-after=60 240 "$PITH" run --result "$WORK/result.json" --tap --junit "$WORK/junit.xml" "$WORK/x86_64/vm.toml" \
	>"$WORK/out" 2>"$WORK/err" </dev/null &
pid=$!
await 200 grep -q "waiting for TERM" "$WORK/out"
ok $? "x86_64: output of the inner app arrives" || sed 's/^/# /' "$WORK/err"
kill -TERM "$pid"
wait "$pid"
is $? 9 "x86_64: SIGTERM reaches the inner app, whose exit code comes back" || sed 's/^/# /' "$WORK/err"
is "$(grep -cE '^(before|after)$' "$WORK/out")" 2 "x86_64: what it wrote after that too"
is "$(jq -r .outcome "$WORK/result.json")" app-exit "x86_64: the outcome is the app's"
like "$(tr -d '\n' <"$WORK/result.json")" '"nested":\[.*guest.*app-exit' "x86_64: the result holds the inner level's outcome"
is "$(grep -aE '^(ok|not ok|1\.\.)' "$WORK/out" | paste -sd ' ')" "1..1 not ok 1 - host" "x86_64: as TAP, the outer VM is the one test, and failed"
is "$(xmllint --xpath 'concat(count(//testcase), //testcase/@name, count(//failure))' "$WORK/junit.xml")" 1host1 "x86_64: ... as JUnit too"
like "$(xmllint --xpath 'string(//failure)' "$WORK/junit.xml")" 'app-exit, exit code 9' "x86_64: ... with the inner app's exit code"
"$PITH" timeline -o "$WORK/boot.svg" "$WORK/result.json" && xmllint --noout "$WORK/boot.svg"
ok $? "x86_64: pith timeline draws both levels"
is "$("$PITH" timeline "$WORK/result.json" | grep -oE ' (host|guest): app-exit|    (QEMU|kernel|app|stop)$' | tr -s ' \n' ' ')" \
	" host: app-exit QEMU kernel app stop guest: app-exit QEMU kernel app stop " "x86_64: and tells of them in a table"

# The outer grace is longer than the inner one, so that this is the inner PID 1's to end, and to tell.
nested x86_64 ignore-term + echo ready + sleep 1000
timeout --kill-after=60 240 "$PITH" run --tap "$WORK/x86_64/base.toml" >"$WORK/out" 2>"$WORK/err" </dev/null &
pid=$!
await 200 grep -q ready "$WORK/out"
kill -INT "$pid"
wait "$pid"
is "$? $(grep -a '^# host' "$WORK/out")" "137 # host / guest: app-signal 9" "x86_64: an inner app that ignores SIGTERM is killed after its grace, and that is told" ||
	sed 's/^/# /' "$WORK/err"

nested aarch64 vectors 300 + exit 7
timeout --kill-after=5 300 "$PITH" run -v "$WORK/aarch64/base.toml" >"$WORK/out" 2>"$WORK/err" </dev/null
is "$? $(grep -a vectors "$WORK/out")" "7 vectors=kept" "aarch64: the inner app's registers are its own, whoever runs between" ||
	tail -n 40 "$WORK/err" | sed 's/^/# /'
like "$(cat "$WORK/err")" 'VHE mode initialized successfully' "aarch64: the outer kernel runs KVM in its own mode"
sed '/^app_root = true/a append = "kvm-arm.mode=protected"' "$WORK/aarch64/base.toml" >"$WORK/aarch64/vm.toml"
timeout --kill-after=5 300 "$PITH" run -v --result "$WORK/result.json" "$WORK/aarch64/vm.toml" \
	>"$WORK/out" 2>"$WORK/err" </dev/null
is $? 7 "aarch64: the inner app's exit code comes back" || tail -n 40 "$WORK/err" | sed 's/^/# /'
like "$(cat "$WORK/err")" 'Protected nVHE mode initialized successfully' "aarch64: the outer kernel runs KVM in protected mode"
like "$(cat "$WORK/err")" 'guest: KVM \(kvm = true\)' "aarch64: the inner VM runs under KVM"
finish
