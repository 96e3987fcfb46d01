#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Measured boot: what the guest attests, what its TPM's PCR 11 holds and what its event log leads to is what
# pith measure predicts from the files; and an app extends a PCR and reads it back. One boot an
# architecture; the protocol itself: tests/pid1/attest.sh.
. tests/tap.sh
. tests/vm/lib.sh

PITH_CACHE=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}
NONCE_HEX=000102030405060708090a0b0c0d0e0f
hash_of() { # hash_of HEX...: SHA-256 of these bytes
	local IFS=
	xxd -r -p <<<"$*" | sha256sum | cut -c 1-64
}
zeros=$(printf '%064d' 0) sevens=${zeros//0/07} sevens=${sevens:0:64}
openssl rand -hex 32 >"$WORK/attest.key"
ask() { # the app's words
	toml_words /app/payload exists /pith/config + env + boot-send "02$NONCE_HEX" + boot-read 64 + \
		cat /sys/class/tpm/tpm0/pcr-sha256/11 + hex /run/pith/eventlog + \
		tpm-extend 16 "$sevens" + cat /sys/class/tpm/tpm0/pcr-sha256/16
}
runner() { printf 'mode = "exec"\n[[process]]\ntype = "shell"\nargv = %s\n' "$(ask)" >"$WORK/runner.toml"; }
predicted() { # predicted WHAT: of the VM of vm.toml
	"$PITH" measure --vm "$WORK/vm.toml" | sed -n "s/^vm $1 //p"
}
reported() { jq -r ".processes[0].$1" "$WORK/result.json"; }

measured() { # measured NAME: what the run of vm.toml said is what was predicted
	local reply measure hmac
	is "$code $outcome" "0 app-exit" "$1: the app runs" || printf '# %s\n' "$err"
	reply=$(sed -n 's/^reply=//p' <<<"$out")
	measure=$(predicted measure)
	is "${reply:0:64}" "$measure" "$1: the app attests the measure that was predicted"
	is "$(reported measure)" "$measure" "... as PID 1 reports"
	hmac=$(xxd -r -p <<<"$measure$NONCE_HEX" | openssl mac -digest SHA256 -macopt hexkey:"$(<"$WORK/attest.key")" HMAC)
	is "${reply:64}" "${hmac,,}" "... and it is authentic by the key in the file"
	unlike "$out" "$(<"$WORK/attest.key")" "... which the app does not see"
	like "$out" '/pith/config: No such file' "... nor the file it came in"
	is "$(sed -n '/^reply=/{n;p}' <<<"$out" | tr A-F a-f)" "$(predicted pcr11)" "$1: PCR 11 is what was predicted"
	is "$(reported pcr11)" "$(predicted pcr11)" "... as PID 1 reports"
	sed -n 's,^/run/pith/eventlog: ,,p' <<<"$out" | xxd -r -p >"$WORK/eventlog"
	is "$(tpm2_eventlog "$WORK/eventlog" 2>/dev/null | sed -n 's/^ *11 *: 0x//p')" "$(predicted pcr11)" "tpm2_eventlog computes the same from the event log"
	is "$(strings -n 6 "$WORK/eventlog" | grep -cE '^.?(cmdline|config|manifest|image) ')" \
		"$("$PITH" measure --vm "$WORK/vm.toml" --events | grep -c '^vm event')" "... which holds the events that were predicted"
	like "$out" 'extended=yes' "$1: the app extends a PCR"
	is "$(tail -n 1 <<<"$out" | tr A-F a-f)" "$(hash_of "$zeros" "$sevens")" "... and reads back what that comes to"
}

# x86_64: a signed image with a hash tree, an environment, a name.
runner
openssl genpkey -algorithm ed25519 -out "$WORK/key.pem"
openssl pkey -in "$WORK/key.pem" -pubout -out "$WORK/key.pub"
"$PITH" image build -q --verity -f "$TOOLS/payload=payload" -f "$WORK/runner.toml=runner.toml" -o "$WORK/app.img" >/dev/null
"$PITH" image sign --key "$WORK/key.pem" --name hello "$WORK/app.img" >/dev/null
vm 'app = "app.img"' 'app_key = "key.pub"' 'attest_key = "attest.key"' 'tpm = true' "env = { A = 'b  c' }" 'hostname = "measured"' \
	'stop_timeout = "4s"'
run
measured x86_64
like "$(tpm2_eventlog "$WORK/eventlog" 2>/dev/null)" "manifest sha256 $(tail -c 4096 "$WORK/app.img" | sha256sum | cut -c 1-64)" \
	"the log names the manifest by the SHA-256 of the image's last block"
before=$(predicted pcr11)
sed -i "s/b  c/b c/" "$WORK/vm.toml"
[ "$(predicted pcr11)" != "$before" ]
ok $? "another environment is another PCR"
root=$("$PITH" image show "$WORK/app.img" | sed -n 's/^ *root.hash *//p')
is "$(predicted measure)" "$(hash_of "$root" "$zeros")" "the measure is that of the root hash"

echo 0123 >"$WORK/attest.short"
sed 's/attest\.key/attest.short/' "$WORK/vm.toml" >"$WORK/other.toml"
"$PITH" run "$WORK/other.toml" >"$WORK/out" 2>"$WORK/err"
is $? 125 "a file that holds no key is refused"
like "$(<"$WORK/err")" 'attest_key .*attest.short: accepted: 64 hexadecimal digits' "... in one line"
unlike "$(<"$WORK/err")" '0123' "... without its content"

# The key is made by the guest, which has no entropy when it begins: PID 1 has some gathered.
image random boot-send "02$NONCE_HEX" + boot-read 64
vm 'app = "random.img"' 'kvm = false' 'append = "random.trust_cpu=off random.trust_bootloader=off"'
run
is "$code $outcome" "0 app-exit" "a guest without a source of entropy" || printf '# %s\n' "$err"
reply=$(sed -n 's/^reply=//p' <<<"$out")
is "${#reply}:${reply:0:64}" "128:$(reported measure)" "... attests, with a key of its own"
runner

# aarch64: a plain image, whose measure is OpenSUT's own.
if [ ! -x build/aarch64/tests/payload ] || [ ! -d "$PITH_CACHE/kernels/aarch64" ]; then
	skip "aarch64" "not built: make ARCH=aarch64 tools; scripts/fetch-kernel aarch64"
	finish
fi
"$PITH" image build -q -f build/aarch64/tests/payload=payload -f "$WORK/runner.toml=runner.toml" -o "$WORK/arm.img" >/dev/null
vm 'arch = "aarch64"' 'app = "arm.img"' 'attest_key = "attest.key"' 'tpm = true'
unset PITH_KERNEL_DIR
run
measured aarch64
is "$(predicted measure)" "$("$PITH" measure --measure-hash-of-file "$WORK/arm.img")" "the measure is that of the old calculator's steps"
finish
