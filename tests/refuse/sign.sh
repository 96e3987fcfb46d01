#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith image sign: what it signs, what it refuses to sign, and that a refused image stays as it was.
. tests/tap.sh
cd "$WORK" || exit 1
echo hello >file
openssl genpkey -algorithm ed25519 -out key.pem
openssl pkey -in key.pem -pubout -out key.pub
openssl genpkey -algorithm x25519 -out x25519.pem
openssl ecparam -name prime256v1 -genkey -noout -out p256.pem
head -c 10000 /dev/urandom >random # one data block alone would be its own hash tree
"$PITH" image build -f file -f random --verity -o a.img >/dev/null
"$PITH" image build -f file -o plain.img >/dev/null
cp a.img unsigned.img

refused() { # refused EXIT-CODE REGEX NAME ARGUMENT...: the last one is the image
	local code=$1 regex=$2 name=$3 before message status image=${!#}
	shift 3
	before=$(sha256sum "$image" 2>/dev/null)
	message=$("$PITH" image sign "$@" 2>&1)
	status=$?
	is "$status" "$code" "$name: exit code $code"
	like "$message" "$regex" "$name: the message"
	is "$(sha256sum "$image" 2>/dev/null)" "$before" "$name: the image is as it was"
}
refused 2 'give --key and one image' 'no key' a.img
refused 2 'give --key and one image' 'two images' --key key.pem a.img a.img
for name in '' 'a b' a/b "$(printf 'n%.0s' {1..64})" $'a\n' ü; do
	refused 2 'accepted: 1 to 63 of' "--name $(printf %q "${name:0:8}")" --key key.pem --name "$name" a.img
done
for version in '' -1 1x 18446744073709551616 0x1; do
	refused 2 'accepted: 0 to 18446744073709551615' "--version '$version'" --key key.pem --version "$version" a.img
done
refused 125 'no-such.img: No such file' 'no image' --key key.pem no-such.img
refused 125 'openssl failed' 'no such key' --key no-such.pem a.img
refused 125 'accepted: an Ed25519 private key' 'a key of another kind' --key p256.pem a.img
refused 125 'accepted: an Ed25519 private key' 'a key of X25519' --key x25519.pem a.img
refused 125 'openssl failed' 'a public key' --key key.pub a.img
refused 125 'openssl failed' 'a file that is no key' --key file a.img
refused 125 'no verity superblock.*build it with --verity' 'an image without a tree' --key key.pem plain.img
cp a.img bad.img
printf '\377' | dd of=bad.img bs=1 seek=5 conv=notrunc status=none
refused 125 'block 0 \(data\)' 'an image with a bad block' --key key.pem bad.img
mkdir bin
message=$(PATH=$WORK/bin "$PITH" image sign --key key.pem a.img 2>&1)
is $? 125 'openssl missing: exit code 125'
like "$message" 'openssl is not installed: apt-get install openssl' 'openssl missing: the package is named'
# shellcheck disable=SC2016
printf '#!/bin/sh\n[ "$1" = pkey ] && exec "$OPENSSL" "$@"\nhead -c 64 /dev/zero\n' >bin/openssl
chmod +x bin/openssl
message=$(OPENSSL=$(command -v openssl) PATH=$WORK/bin:$PATH "$PITH" image sign --key key.pem a.img 2>&1)
is $? 125 'a wrong signature of openssl: exit code 125'
like "$message" 'signature of openssl is not one of that key' 'a wrong signature of openssl: the message'
cmp a.img unsigned.img
ok $? 'after all that the image is as it was'

id=$(openssl pkey -in key.pem -pubout -outform DER | tail -c 32 | sha256sum | cut -d ' ' -f 1)
is "$("$PITH" image sign --key key.pem --version 18446744073709551615 a.img)" \
	"a.img: signed as a.img version 18446744073709551615 by key $id" 'signed, under the name of the file'
is "$(stat -c %s a.img)" $(($(stat -c %s unsigned.img) + 4096)) 'the manifest is one block'
head -c "$(stat -c %s unsigned.img)" a.img | cmp - unsigned.img
ok $? 'and what comes before it is as it was'
tail -c 4096 a.img | head -c 256 >message
tail -c 4096 a.img | head -c 320 | tail -c 64 >signature
openssl pkeyutl -verify -rawin -pubin -inkey key.pub -in message -sigfile signature >/dev/null
ok $? 'openssl verifies the signature over bytes 0 to 255'
cp a.img again.img
"$PITH" image sign --key key.pem --version 18446744073709551615 --name a.img again.img >/dev/null
cmp a.img again.img
ok $? 'signing again gives the same bytes'
"$PITH" image sign --key key.pem --name other --version 2 again.img >/dev/null
like "$("$PITH" image verify --key key.pub --name other --min-version 2 again.img)" 'signed as other version 2$' 'a second manifest takes the place of the first'
is "$(stat -c %s again.img)" "$(stat -c %s a.img)" 'and is not put behind it'

# pith-verify, the helper of pith-init: key, signed part and signature on standard input.
helper=${PITH%/*}/pith-verify
openssl pkey -in key.pem -pubout -outform DER | tail -c 32 >key.raw
cat key.raw message signature >right
verdict() { # verdict WANTED NAME: of standard input
	local said
	said=$(timeout 10 "$helper" 2>&1)
	is "$? $said" "$1 " "pith-verify: $2"
}
verdict 0 'the right signature' <right
verdict 0 'in several reads' < <(head -c 100 right && tail -c +101 right)
verdict 2 'one byte less' < <(head -c 351 right)
verdict 2 'one byte more' < <(cat right && printf x)
verdict 2 'nothing' </dev/null
verdict 2 'a folder' <.
for at in 0 31 32 168 287 288 319 320 351; do
	cp right wrong
	printf '%b' "\\x$(printf %02x $((0x$(xxd -s "$at" -l 1 -p right) ^ 0x40)))" | dd of=wrong bs=1 seek="$at" conv=notrunc status=none
	verdict 1 "byte $at is another" <wrong
done
verdict 1 'zeros, which the bare equation of RFC 8032 would accept' < <(head -c 352 /dev/zero)
if strace -o /dev/null true 2>/dev/null; then
	strace -o trace "$helper" <right
	is "$(sed -n '/PR_SET_SECCOMP/,$p' trace | sed 's/(.*//' | sort -u | tr '\n' ' ')" '+++ exited with 0 +++ exit prctl read ' 'pith-verify: nothing but read and exit once it has begun'
else
	skip 'pith-verify: nothing but read and exit once it has begun' 'strace cannot trace here'
fi
finish
