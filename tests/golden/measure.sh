#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith measure: the same values as sha256sum, xxd's bytes and Python's hashlib give for the same steps.
. tests/tap.sh
cd "$WORK" || exit 1
zeros=$(printf '00%.0s' {1..32})
head -c 3000000 /dev/urandom >image
printf '' >empty
printf 'opensut' >text

measure() { # measure DATA-FILE CURRENT-HEX: SHA-256(data || current) by other tools
	{
		cat "$1"
		python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))' "$2"
	} | sha256sum | cut -d ' ' -f 1
}
hash_of() { # hash_of FILE: its SHA-256 as 32 bytes, in a file of that name and .hash
	python3 -c 'import hashlib,sys; sys.stdout.buffer.write(hashlib.sha256(open(sys.argv[1],"rb").read()).digest())' "$1" >"$1.hash"
	echo "$1.hash"
}

one=$(measure text "$zeros")
is "$("$PITH" measure --measure-file text)" "$one" 'a file'
is "$("$PITH" measure --measure-file=text)" "$one" 'its value behind ='
is "$("$PITH" measure --set "$zeros" --measure-file text)" "$one" 'zeros are the beginning'
# printf opensut | cat - <(32 zero bytes) | sha256sum, once and for all:
is "$one" a55d758e225871bd115ce1cb8b1c4eab2d34a8db8ee2d6ae885b561cd0fde637 "a value written down"
is "$("$PITH" measure --measure-file empty)" "$(measure empty "$zeros")" 'an empty file'
two=$(measure "$(hash_of image)" "$one")
is "$("$PITH" measure --measure-file text --measure-hash-of-file image)" "$two" 'then the hash of an image'
is "$("$PITH" measure --set "$one" --measure-hash-of-file image)" "$two" 'from a measure that was set'
is "$("$PITH" measure --set "${one^^}" --measure-hash-of-file image)" "$two" 'set in capital digits'
is "$("$PITH" measure --measure-hash-of-file text.x --measure-file text 2>/dev/null)" '' 'a missing file prints no measure'
other=$(measure text "$(measure "$(hash_of image)" "$zeros")")
is "$("$PITH" measure --measure-hash-of-file image --measure-file text)" "$other" 'the order of steps counts'
[ "$other" != "$two" ]
ok $? 'and makes a difference'
is "$("$PITH" measure --measure-file image --set "$one")" "$one" 'a later --set replaces'

refused() { # refused EXIT-CODE REGEX ARGUMENT...
	local code=$1 regex=$2 message status
	shift 2
	message=$("$PITH" measure "$@" 2>&1)
	status=$?
	is "$status" "$code" "${*:0:60}: exit code $code"
	like "$message" "$regex" "${*:0:60}: the message"
}
refused 2 'give steps'
refused 2 'give steps' --set "$zeros" stray
refused 2 'lacks its value' --set
refused 2 'unknown option --measure-files' --measure-files text
for hex in '' "${zeros}0" "${zeros%0}" "+${zeros%0}" "0x${zeros%00}" " ${zeros%0}"; do
	refused 2 'accepted: 64 hexadecimal digits' --set "$hex"
done
refused 125 'no-such: No such file' --measure-file no-such
refused 125 '.: Is a directory' --measure-hash-of-file .
# A whole VM: the rules are the guest's own, and tests/vm/measure.sh compares with what it reports.
"$PITH" image build -q -f text=text -o app.img >/dev/null
vm() { # vm FILE LINE...: a VM of app.img
	printf '%s\n' 'mode = "manage"' '[[process]]' 'type = "vm"' 'name = "v"' 'arch = "x86_64"' 'app = "app.img"' "${@:2}" >"$1"
}
vm plain.toml
vm tpm.toml 'tpm = true'
is "$("$PITH" measure --vm plain.toml --accel tcg)" "v measure $("$PITH" measure --measure-hash-of-file app.img)" 'a VM: the measure of its image'
lines=$("$PITH" measure --vm tpm.toml v --accel kvm --events)
pcr=$zeros
while read -r event; do
	pcr=$({ xxd -r -p <<<"$pcr"; printf %s "$event" | sha256sum | cut -c 1-64 | xxd -r -p; } | sha256sum | cut -c 1-64)
done < <(sed -n 's/^v event //p' <<<"$lines")
is "$(sed -n 's/^v pcr11 //p' <<<"$lines")" "$pcr" 'its PCR 11 is what its events come to'
like "$lines" "event image sha256 $(sha256sum app.img | cut -c 1-64)" '... of which one is the image'
[ "$("$PITH" measure --vm tpm.toml --accel tcg)" != "$("$PITH" measure --vm tpm.toml --accel kvm)" ]
ok $? 'how it runs makes a difference'
refused 2 "there is no VM 'w'" --vm plain.toml w
refused 2 'no such|No such' --vm no-such.toml
refused 2 "'x': one VM is accepted" --vm plain.toml v x
refused 2 'steps beside --vm' --vm plain.toml --set "$zeros"
refused 2 'are for --vm' --events --set "$zeros"
refused 2 'accepted are kvm, tcg' --vm plain.toml --accel hvf
refused 2 'is there twice' --vm plain.toml --vm plain.toml
vm gone.toml 'tpm = true'
sed -i 's/app\.img/gone.img/' gone.toml
refused 125 'app image .*gone.img: No such file' --vm gone.toml --accel tcg
vm signed.toml 'app_key = "k.pub"'
refused 125 'is not signed' --vm signed.toml --accel tcg
like "$("$PITH" measure --help)" 'SHA-256\(DATA' '--help prints the text'
finish
