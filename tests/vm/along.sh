#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A small app image comes in the initramfs of pith's own kernel, not as a disk, and is checked like one; where
# it cannot, it is a disk.
. tests/tap.sh
. tests/vm/lib.sh
kernels=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}/kernels
if [ ! -e "$kernels/$ARCH-pith/release" ]; then
	skip "a small image comes along" "no kernel of kconfig/: make kernel"
	finish
fi
export PITH_KERNEL_DIR=$kernels/$ARCH-pith

head -c 65536 /dev/urandom >"$WORK/data"
words=$(toml_words /app/payload exists /dev/vda + exists /pith/app + cat /app/data)
build() { # build OUT OPTION...: prints root_hash and verity_offset
	printf 'mode = "exec"\n[[process]]\ntype = "shell"\nargv = %s\n' "$words" >"$WORK/runner.toml"
	"$PITH" image build -q "${@:2}" -f "$TOOLS/payload=payload" -f "$WORK/data=data" -f "$WORK/runner.toml=runner.toml" -o "$WORK/$1"
}
came() { # came NAME: the app ran, its image no disk, without a name, and right
	is "$code $outcome" "0 app-exit" "$1"
	is "$(head -n 2 "$WORK/out")" $'/dev/vda: No such file or directory\n/pith/app: No such file or directory' "... comes along, and has no name left"
	tail -n +3 "$WORK/out" | cmp -s - "$WORK/data"
	ok $? "... and is read right"
}
was_disk() { # was_disk NAME
	is "$code $outcome" "0 app-exit" "$1"
	is "$(head -n 1 "$WORK/out")" "/dev/vda: exists" "... is a disk"
}

built=$(build good.img --verity)
root=$(sed -n 's/^root_hash *//p' <<<"$built") offset=$(sed -n 's/^verity_offset *//p' <<<"$built")
cp "$WORK/good.img" "$WORK/app.img"
vm 'app = "app.img"' "app_root_hash = \"$root\""
run
came "an image with a hash tree"
like "$err" "verified root hash ${root:0:16}" "... verified by its root hash"
middle=$(python3 -c 'import sys; a, b = (open(x, "rb").read() for x in sys.argv[1:]); print(a.index(b[30000:30064]))' "$WORK/good.img" "$WORK/data")
flip "$middle"
run
is "$code $outcome" "125 verify-failed" "a data block that was changed ends the run"
like "$err" "data block $((middle / 4096)) does not match the root hash" "... with the block's number"
flip $((offset + 4096 + 10))
run
refused 'hash tree block [0-9]+ does not match|read the first block' "a changed hash tree"
cp "$WORK/good.img" "$WORK/app.img"
vm 'app = "app.img"' "app_root_hash = \"$(tr 0-9a-f 1-9a-f0 <<<"$root")\""
run
refused 'does not match|read the first block' "another root hash"

sum=$(sha256sum <"$WORK/app.img" | cut -d ' ' -f 1)
vm 'app = "app.img"' "app_sha256 = \"$sum\""
run
came "an image by its SHA-256"
vm 'app = "app.img"' "app_sha256 = \"$(tr 0-9a-f 1-9a-f0 <<<"$sum")\""
run
refused "sha256 is $sum, expected" "another SHA-256"

openssl genpkey -algorithm ed25519 -out "$WORK/key.pem"
openssl pkey -in "$WORK/key.pem" -pubout -out "$WORK/key.pub"
vm 'app = "app.img"' 'app_key = "key.pub"'
run
refused 'is not signed|no manifest' "an image without the signature that a key asks for"
"$PITH" image sign --key "$WORK/key.pem" --name app "$WORK/app.img" >/dev/null
run
came "a signed image"

cp "$WORK/good.img" "$WORK/app.img"
vm 'app = "app.img"'
PITH_KERNEL_DIR=$kernels/$ARCH run
was_disk "with Debian's kernel, an image"
head -c 1048576 /dev/urandom >"$WORK/data"
build app.img --verity >/dev/null
run
was_disk "one of more than 1 MiB"
finish
