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
like "$("$PITH" measure --help)" 'SHA-256\(DATA' '--help prints the text'
finish
