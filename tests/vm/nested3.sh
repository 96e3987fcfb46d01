#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Three levels of VMs, each verifying its image, on both architectures at once: KVM in the second, emulation in the
# third. The stop request goes all the way in, the exit code and the outcomes all the way out.
. tests/tap.sh
. tests/vm/lib.sh

# timeout passes a SIGTERM on, and counts from there to its SIGKILL: three levels on a busy machine do not stop in 5 s.
three() { # three ARCH WORD...: the images around the payload in $WORK/ARCH, and their run in the background
	local arch=$1
	shift
	scripts/build-nested -3 "$arch" "$WORK/$arch" "build/$arch/tests/payload" "$@" >"$WORK/build.log" 2>&1
	ok $? "$arch: images of three levels are built" || sed 's/^/# /' "$WORK/build.log"
	timeout --kill-after=60 800 "$PITH" run -v --result "$WORK/$arch.json" "$WORK/$arch/base.toml" \
		>"$WORK/$arch.out" 2>"$WORK/$arch.err" </dev/null &
	pid=$!
}
words() { # words ARCH: what pith said, without the kernels' words
	grep -av '^\[' "$WORK/$1.err" | tail -n 30 | sed 's/^/# /'
}

three x86_64 echo before + wait-term + echo after + exit 9
outermost=$pid
three aarch64 exit 7
other=$pid

await 700 grep -q "waiting for TERM" "$WORK/x86_64.out"
ok $? "x86_64: output of the innermost app arrives" || words x86_64
kill -TERM "$outermost"
wait "$outermost"
is $? 9 "x86_64: SIGTERM reaches the innermost app, whose exit code comes back" || words x86_64
is "$(grep -cE '^(before|after)$' "$WORK/x86_64.out")" 2 "x86_64: what it wrote after that too"
wait "$other"
is $? 7 "aarch64: the innermost app's exit code comes back" || words aarch64
for arch in x86_64 aarch64; do
	is "$(jq -r .outcome "$WORK/$arch.json")" app-exit "$arch: the outcome is the app's"
	like "$(tr -d '\n' <"$WORK/$arch.json")" '"nested":\[.*guest.*app-exit.*host.*app-exit' "$arch: the result holds the outcomes of both inner levels"
	is "$(grep -acE '^pith: (outer|host|guest): verified ' "$WORK/$arch.err")" 3 "$arch: three images were verified"
	like "$(cat "$WORK/$arch.err")" 'host: KVM \(kvm = true\)' "$arch: KVM in the second level"
done
finish
