#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An app in a virtual machine ends, and pith ends the same way; its output arrives apart and unchanged.
. tests/tap.sh
. tests/vm/lib.sh

run_app echo 'to stdout' + stderr 'to stderr' + env + exit 0
is $code 0 "exit 0"
is "$outcome" app-exit "... is app-exit"
like "$out" '^to stdout$' "standard output arrives"
unlike "$out" 'to stderr|pith:' "... and nothing else with it"
like "$err" '^to stderr$' "standard error arrives on its own"
like "$err" '^pith: vm: (emulation|KVM)' "the accelerator is said"
like "$err" '^pith: vm: booting Linux [0-9]' "the kernel is said"
like "$err" '^pith: vm: verified sha256 [0-9a-f]{16}' "the verification is said"
like "$err" '^pith: vm: app-exit 0, in [0-9.]+ s \(.*QEMU [0-9.]+, kernel [0-9.]+,.*\)$' "the closing line has the times"
unlike "$err" '^\[ *[0-9]+\.[0-9]+\]' "no kernel message without -v"
hash=$(cut -d ' ' -f 1 "$WORK/app.sha256")
like "$out" "^PITH_APP_HASH=$hash$" "the app sees the verified hash"
is "$(jq -r '.processes[0] | [.app_sha256, .app_verified, .accelerator_reason != "", .kernel_release != ""] | @csv' "$WORK/result.json")" \
	"\"$hash\",true,true,true" "--result has hash, accelerator, kernel"
is "$(jq -c '[.processes[0].stages[].stage] | [index("mounts") < index("verify"), index("verify") < index("app"), .[-1]]' "$WORK/result.json")" \
	'[true,true,"stop"]' "--result has the stages in order"

for want in 7 255; do
	run_app exit $want
	is "$code $outcome" "$want app-exit" "exit $want"
	like "$err" "^pith: vm: app-exit $want, in" "... is said"
done
run_app segfault
is "$code $outcome" "139 app-signal" "SIGSEGV is 139"
like "$err" 'app-signal SIGSEGV, exit code 139' "... and said"
image app /app/none
vm 'app = "app.img"'
run
is $code 127 "a program that does not exist is 127"
like "$err" '/app/none: No such file' "... and named"
image app /app/runner.toml
vm 'app = "app.img"'
run
is $code 126 "a file that cannot be executed is 126"
like "$err" '/app/runner.toml: Permission denied' "... and named"

head -c 1048576 /dev/urandom >"$WORK/random"
printf 'mode = "exec"\n[[process]]\ntype = "shell"\nargv = ["/app/payload", "cat", "/app/random", "+", "flood-stderr", "300000"]\n' >"$WORK/runner.toml"
"$PITH" image build -q -f "$TOOLS/payload=payload" -f "$WORK/random=random" -f "$WORK/runner.toml=runner.toml" -o "$WORK/app.img" >/dev/null
vm 'app = "app.img"'
run -q
is "$code" 0 "1 MiB of random bytes"
cmp -s "$WORK/out" "$WORK/random"
ok $? "... arrives byte for byte"
is "$(stat -c %s "$WORK/err") $(od -An -tu1 -v -w1 "$WORK/err" | awk '$1 != (NR - 1) % 256' | wc -l)" "300000 0" "300,000 bytes of standard error at the same time"

run -v
like "$(tr -d '\0' <"$WORK/err")" 'Linux version' "-v shows the kernel's messages"

# A pipe whose reader is slow, and one whose reader leaves.
"$PITH" run -q "$WORK/vm.toml" 2>/dev/null | { sleep 4; sha256sum; } >"$WORK/slow"
is "$(cut -d ' ' -f 1 "$WORK/slow")" "$(sha256sum <"$WORK/random" | cut -d ' ' -f 1)" "a reader that is slow gets everything"
"$PITH" run -q "$WORK/vm.toml" 2>"$WORK/err" | head -c 10 >"$WORK/out"
is "${PIPESTATUS[0]}" 0 "a reader that leaves does not change the outcome"
finish
