#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The trusted boot socket: measures and attestations as another implementation computes them; requests cut
# in pieces, cut off, out of form, without end; and what becomes of the key.
. tests/pid1/lib.sh

KEY=$(printf '%064d' 7)
NONCE_HEX=000102030405060708090a0b0c0d0e0f
# attested [HEX]...: the reply to be expected: the measure of an app without an image (32 zero bytes measured) and of
# these data, in order.
attested() {
	python3 - "$KEY" "$NONCE_HEX" "$@" <<-'END'
		import hashlib, hmac, sys
		key, nonce, *data = map(bytes.fromhex, sys.argv[1:])
		measure = bytes(32)
		for one in [bytes(32)] + data: measure = hashlib.sha256(one + measure).digest()
		print((measure + hmac.new(key, measure + nonce, "sha256").digest()).hex())
	END
}
with_key() { # with_key COMMAND...: the payload with them
	app "$@"
	run_init "attest_key=$KEY" "${APP[@]}"
}
replies() { grep -ao '^reply=.*' <<<"$OUT" | cut -d= -f2; }

run_app env + fds
unlike "$OUT" VERSE_TRUSTED_BOOT_FD "without an image or a key there is no socket"

with_key env + fds + exists /pith/config + boot-send "02$NONCE_HEX" + boot-read 64 + exit 3
is "$(outcome)" app-exit:3:0 "with a key the app runs as ever"
like "$OUT" '^VERSE_TRUSTED_BOOT_FD=4$' "it is told of the socket"
like "$OUT" '^fds=0 1 2 3 4 $' "which is one more descriptor"
unlike "$OUT" "$KEY" "the key is nowhere in its environment"
is "$(replies)" "$(attested)" "it attests what was measured before the app"
is "$(jq -r 'select(.event == "measure") | .measure + ":" + .pcr11' <<<"$REPORT")" "$(attested | cut -c 1-64):" \
	"... which is reported"

with_key boot-send 010300616263 + boot-send 010000 + boot-send "02$NONCE_HEX" + boot-read 64
is "$(replies)" "$(attested 616263 '')" "data is measured, and no data, too"
with_key boot-send 01 + boot-send 04 + boot-send 0061 + boot-send 62 + boot-send 6364 + boot-send 02 + \
	boot-send "${NONCE_HEX:0:2}" + boot-send "${NONCE_HEX:2}" + boot-read 64
is "$(replies)" "$(attested 61626364)" "requests may come in pieces"
with_key boot-send "01010061""02$NONCE_HEX""01010062""02$NONCE_HEX""02$NONCE_HEX" + boot-read 192
is "$(replies)" "$(attested 61)$(attested 61 62)$(attested 61 62)" "... and several at once"
big=$(printf '%04000d' 1) # 2000 bytes
parts=()
for _ in {1..32}; do parts+=(boot-send "$big" +); done
with_key boot-send "01ffff" + "${parts[@]}" boot-send "$(printf '%03070d' 2)02$NONCE_HEX" + boot-read 64
is "$(replies)" "$(attested "$(for _ in {1..32}; do printf %s "$big"; done)$(printf '%03070d' 2)")" "65535 bytes in one request"

# The example, both sides; and the runner, which hands the socket on to the one process that is to have it.
ATTEST=$PWD/${PITH_INIT%/*}/attest
[[ $PITH_INIT != /* ]] || ATTEST=${PITH_INIT%/*}/attest
printf '%s\n' "$KEY" >"$WORK/key"
verify() { "$ATTEST" verify "$WORK/key" "$@" 2>&1; }
ROOT_HOOK="cp $ATTEST attest" run_init "attest_key=$KEY" arg=/attest arg=quote "arg=$NONCE_HEX"
quote=$(grep -axE '[0-9a-f]{128}' <<<"$OUT")
is "$quote" "$(attested)" "examples/attest: its quote"
is "$(verify "$NONCE_HEX" "${quote:0:64}" "$quote")" good "... which it verifies"
like "$(verify "${NONCE_HEX/00/01}" "${quote:0:64}" "$quote")" 'Bad message' "... not for another nonce"
like "$(verify "$NONCE_HEX" "${quote:0:64}" "0${quote:1}")" 'Bad message' "... nor changed"
like "$(verify "$NONCE_HEX" "${quote:64}" "$quote")" 'Stale' "... nor of another measure"
cat >"$WORK/two.toml" <<-END
	mode = "manage"
	[[process]]
	type = "shell"
	name = "one"
	argv = ["/payload", "env", "+", "fds"]
	[[process]]
	type = "shell"
	name = "two"
	after = ["one"]
	attest = true
	argv = ["/attest", "quote", "$NONCE_HEX"]
END
ROOT_HOOK="cp $ATTEST attest && cp $PITH bin/pith && cp $WORK/two.toml two.toml" \
	run_init "attest_key=$KEY" arg=/bin/pith arg=run arg=/two.toml
unlike "$OUT" '^one.*VERSE_TRUSTED_BOOT_FD' "the runner gives the socket to no process that does not ask"
like "$OUT" '^one.*fds=0 1 2 $' "... nor its descriptor"
like "$OUT" "^two.*$(attested)" "... but to the one that does"
sed '/attest = true/d' "$WORK/two.toml" >"$WORK/none.toml"
ROOT_HOOK="cp $ATTEST attest && cp $PITH bin/pith && cp $WORK/none.toml none.toml" \
	run_init "attest_key=$KEY" arg=/bin/pith arg=run arg=/none.toml
like "$OUT" '^two.*attest: No such file' "of two that do not ask none has it"
printf 'mode = "exec"\n[[process]]\ntype = "shell"\nargv = ["/attest", "quote", "%s"]\n' "$NONCE_HEX" >"$WORK/exec.toml"
ROOT_HOOK="cp $ATTEST attest && cp $PITH bin/pith && cp $WORK/exec.toml exec.toml" \
	run_init "attest_key=$KEY" arg=/bin/pith arg=run arg=/exec.toml
like "$OUT" "^$(attested)$" "the only process has it, in mode exec too"

for bad in 00 03 ff; do
	with_key boot-send "01010061${bad}02$NONCE_HEX" + boot-read 64 + exit 4
	is "$(replies) $(outcome)" "end app-exit:4:0" "a request $bad that is none ends the conversation, not the app"
	like "$REPORT" '"event":"warning".*trusted boot socket: a request that is none' "... and is said"
done
with_key boot-send 03 + boot-read 1 + boot-send "02$NONCE_HEX"
like "$OUT" '^sent=Broken pipe' "... after which nothing is taken"
with_key boot-send 0105006162 + exit 5
is "$(outcome)" app-exit:5:0 "the app's end in the middle of a request is its own affair"
unlike "$REPORT" '"event":"warning"' "... without a word"

RUN_TIMEOUT=120 with_key boot-flood + exit 6
like "$OUT" '^flood=held back' "requests whose replies nobody takes are held back"
is "$(outcome)" app-exit:6:0 "... and PID 1 goes on"
app boot-flood + wait-term + exit 7
BACKGROUND=1 run_init "attest_key=$KEY" stop_timeout_ms=20000 "${APP[@]}"
wait_for 'waiting for TERM'
kill -TERM "$(init_pid)"
wait_init
is "$(outcome)" app-exit:7:0 "a stop is heard during it"

for bad in "${KEY:1}" "${KEY}0" "" "g${KEY:1}"; do
	app exit 0
	run_init "attest_key=$bad" "${APP[@]}"
	is "$(outcome) $(message)" "setup-failed:0:0 attest_key: accepted are exactly 64 hexadecimal digits" "a key of ${#bad} digits is refused"
	unlike "$OUT" "${KEY:2}" "... and not printed"
done
run_init "attest_key=$KEY" "attest_key=$KEY" "${APP[@]}"
is "$(message)" "attest_key: given twice" "a key given twice is refused"
CMDLINE="pith.nonce=$NONCE pith.attest_key=$KEY -- /payload exit 0" run_init_plain
is "$(message)" "pith.attest_key: unknown key" "a key on the command line, where the app could read it, is refused"

# What becomes of the key: PID 1's memory, looked at from outside, as bytes and as the digits it came in.
# found_keys: how often it is there so, and so, and as the inner half of the HMAC takes it.
found_keys() {
	python3 - "$(init_pid)" "$KEY" <<-'END'
		import sys
		pid, text = sys.argv[1:]
		key, found = bytes.fromhex(text), [0, 0, 0]
		wanted = (key, text.encode(), bytes(byte ^ 0x36 for byte in key))
		with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
		    for line in maps:
		        begin, end = (int(part, 16) for part in line.split()[0].split("-"))
		        if line.split()[1][0] == "r" and "[v" not in line:
		            memory.seek(begin)
		            part = memory.read(end - begin)
		            found = [had + part.count(one) for had, one in zip(found, wanted)]
		print(*found)
	END
}
OLD_KEY=$KEY KEY=$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
app boot-send "02$NONCE_HEX" + boot-read 64 + stderr attested + await /go + boot-send 03 + boot-read 1 + \
	stderr closed + await /end + exit 8
BACKGROUND=1 run_init "attest_key=$KEY" "${APP[@]}"
wait_for attested
is "$(found_keys)" "1 0 0" "while the app attests, the key is in PID 1's memory once, and not its digits"
: >"/proc/$(init_pid)/root/go"
wait_for closed
# The app sees the end just before PID 1 overwrites the key.
for _ in {1..10}; do
	keys=$(found_keys)
	[ "$keys" != "0 0 0" ] || break
	sleep 0.02
done
is "$keys" "0 0 0" "... and once the socket is closed, nowhere"
: >"/proc/$(init_pid)/root/end"
wait_init
is "$(outcome) $(replies | head -n 1)" "app-exit:8:0 $(attested)" "... the app has attested with it and goes on"
KEY=$OLD_KEY

app exit 0
run_init tpm=require device_timeout_ms=0 "${APP[@]}"
is "$(outcome)" setup-failed:0:0 "tpm=require without a TPM"
like "$(message)" '^TPM: pith.tpm=require, but there is no /dev/tpm0 after 0 ms' "... says so"
run_init tpm=if-there "${APP[@]}"
is "$(outcome)" app-exit:0:0 "tpm=if-there without one"
run_init tpm=maybe "${APP[@]}"
is "$(message)" "pith.tpm: 'maybe': accepted are require, if-there, off" "tpm= out of form"
ROOT_HOOK=': >dev/tpm0' run_init tpm=off "${APP[@]}"
is "$(outcome)" app-exit:0:0 "tpm=off looks at none"
ROOT_HOOK=': >dev/tpm0' run_init tpm=if-there "${APP[@]}"
is "$(outcome)" setup-failed:0:0 "a TPM that does not answer as one ends the run"
like "$(message)" '^TPM: extending PCR 11: ' "... and says so"
finish
