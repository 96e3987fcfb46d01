#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who may include what: init/ stands alone, tests are not shipped, and each dependency has one door.
. tests/tap.sh

includes() { # includes FOLDER REGEX: the lines that include something that matches
	grep -nE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($2)" "$1"/*.[ch]
}
files_of() { # files_of FOLDER REGEX: the files among them
	includes "$@" | cut -d: -f1 | sort -u
}
one_door() { # one_door FOLDER REGEX NAME: at most one file includes it
	local files
	files=$(files_of "$1" "$2")
	[ "$(grep -c . <<<"$files")" -le 1 ]
	ok $? "$1: one file sees $3${files:+ ($files)}" || printf '# more than one\n'
}

is "$(includes init '\.\.|runner/|tests/|/')" "" "init/ includes nothing but itself and the system"
is "$(includes runner '\.\./[^i]|\.\./i[^n]|tests/|/')" "" "runner/ includes only itself, init/ and the system"
is "$(files_of init 'openssl/' | tr '\n' ' ')" 'init/digest.c init/ed25519.c ' 'init: one file sees libcrypto for digests, one for signatures'
for arch in x86_64 aarch64 riscv64; do
	[ -e "build/$arch/pith-verify.debug" ] || continue
	is "$(nm "build/$arch/pith-init.debug" | grep -c ed25519)" 0 "$arch: pith-init carries nothing of Ed25519"
	[ "$(nm "build/$arch/pith-verify.debug" | grep -c ed25519)" -gt 0 ]
	ok $? "$arch: pith-verify does"
done
floats() { # floats FOLDER: formats of floating-point numbers, which pith-init cannot print (Makefile)
	grep -rnE --include='*.c' '%[-+ #0-9.*]*[lL]?[aAeEfFgG]([^a-zA-Z]|$)' "$1" | grep '"'
}
is "$(floats init)" "" "init/ formats no floating-point number"
one_door runner 'openssl/' libcrypto
one_door init 'linux/dm-ioctl' dm-ioctl
is "$(includes runner 'linux/dm-ioctl')" "" "runner/ has no business with dm-ioctl"

# The checks above find what they look for.
mkdir "$WORK/bad"
printf '#include <openssl/sha.h>\n' >"$WORK/bad/a.c"
printf '#  include "../runner/toml.h"\n#include <openssl/evp.h>\n' >"$WORK/bad/b.c"
printf 'printf("%%6.2f s", x);\n' >"$WORK/bad/c.c"
like "$(floats "$WORK/bad")" 'c\.c:1:' "a format of a floating-point number is found"
like "$(includes "$WORK/bad" '\.\.|runner/|tests/|/')" 'b\.c:1:' "an include of runner/ is found"
is "$(files_of "$WORK/bad" 'openssl/' | wc -l)" 2 "two doors to libcrypto are counted"
finish
