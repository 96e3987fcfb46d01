#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# App images with a hash tree: used without being read as a whole; a block that does not match is seen when it
# is read, and nothing that does not lead to the root hash is mounted.
. tests/tap.sh
. tests/vm/lib.sh

head -c 1048576 /dev/urandom >"$WORK/data"
printf 'mode = "exec"\n[[process]]\ntype = "shell"\nargv = ["/app/payload", "cat", "/app/data"]\n' >"$WORK/runner.toml"
build() { # build OUT [OPTION...]
	"$PITH" image build -q "${@:2}" -f "$TOOLS/payload=payload" -f "$WORK/data=data" -f "$WORK/runner.toml=runner.toml" -o "$WORK/$1"
}
built=$(build good.img --verity)
root=$(sed -n 's/^root_hash *//p' <<<"$built") offset=$(sed -n 's/^verity_offset *//p' <<<"$built")
middle=$(python3 -c 'import sys; a, b = (open(x, "rb").read() for x in sys.argv[1:]); print(a.index(b[500000:500064]))' "$WORK/good.img" "$WORK/data")

cp "$WORK/good.img" "$WORK/app.img"
vm 'app = "app.img"'
run
is $code 0 "an image with a hash tree"
cmp -s "$WORK/out" "$WORK/data"
ok $? "... is read right"
like "$err" "verified root hash ${root:0:16}" "... by its root hash"
is "$(jq -r '.processes[0] | [.app_root_hash, .app_verified] | @csv' "$WORK/result.json")" "\"$root\",true" "... which --result has"

flip "$middle"
run
is "$code $outcome" "125 verify-failed" "a data block that the app reads and that was changed ends the run"
like "$err" "verify-failed.*data block $((middle / 4096)) does not match the root hash" "... with the block's number"
cmp -s "$WORK/out" "$WORK/data"
[ $? = 1 ]
ok $? "... and its bytes do not reach the app"
vm 'app = "app.img"' 'app_on_corruption = "eio"'
run
is "$code $outcome" "99 app-exit" "app_on_corruption = eio: the app goes on"
like "$err" '(Input/output|I/O) error' "... and sees EIO"

vm 'app = "app.img"' "app_root_hash = \"$root\""
flip 0
run
refused 'data block 0 does not match|read the first block' "a changed first block"
flip $((offset + 4096 + 10))
run
refused 'hash tree block [0-9]+ does not match|read the first block' "a changed hash tree"
cp "$WORK/good.img" "$WORK/app.img"
vm 'app = "app.img"' "app_root_hash = \"$(tr 0-9a-f 1-9a-f0 <<<"$root")\""
run
refused 'does not match|read the first block' "another root hash"
flip $((offset + 81))
vm 'app = "app.img"' "app_root_hash = \"$root\""
run
is "$code $outcome" "125 setup-failed" "a changed salt length, pinned: refused before QEMU starts"
like "$err" 'app image .*app.img: ' "... and said"
vm 'app = "app.img"'
run
is "$code $outcome" "125 setup-failed" "... and not taken for an image without a tree"

# The guest's own checks, from a command line that nobody has looked at.
by_line() { # by_line WORD...: good.img or app.img, with these words
	PITH_KERNEL_DIR=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}/kernels/$ARCH timeout --kill-after=5 120 \
		"$PITH" exec ${VERBOSE:+-v} --kvm off --result "$WORK/result.json" --disk "$WORK/app.img:ro" --module sha256_generic --module dm-verity \
		--module squashfs --append "pith.app_device=/dev/vda $*" "$TOOLS/payload" cat /app/data >"$WORK/out" 2>"$WORK/err" </dev/null
	code=$? err=$(cat "$WORK/err") outcome=$(jq -r .outcome "$WORK/result.json")
}
by_line "pith.verity_root=$root pith.verity_offset=$offset"
refused 'dm-verity: ' "the guest refuses the superblock with the changed salt length"
cp "$WORK/good.img" "$WORK/app.img"
by_line "pith.verity_root=$root pith.verity_offset=$((offset - 4096))"
refused 'dm-verity: ' "an offset before the superblock"
truncate -s "$((offset + 8192))" "$WORK/app.img"
by_line "pith.verity_root=$root pith.verity_offset=$offset"
refused 'the hash tree does not fit the device' "an image that ends within its tree"
cp "$WORK/good.img" "$WORK/app.img"
VERBOSE=1 by_line pith.log=info
is "$code" 0 "without a hash, and without pith.verify=require, it runs"
like "$err" 'no hash was given: .* is mounted unchecked' "... and the guest says that it is unchecked"
by_line pith.verify=require
refused 'pith.verify=require, but no hash was given' "pith.verify=require without a hash"

if command -v veritysetup >/dev/null; then
	build app.img >/dev/null
	size=$(stat -c %s "$WORK/app.img")
	root=$(veritysetup format --hash-offset="$size" "$WORK/app.img" "$WORK/app.img" | sed -n 's/^Root hash:[[:space:]]*//p')
	vm 'app = "app.img"' "app_root_hash = \"$root\""
	run
	is $code 0 "an image that veritysetup made the tree of"
	cmp -s "$WORK/out" "$WORK/data"
	ok $? "... is read right"
	like "$err" "verified root hash ${root:0:16}" "... by the root hash that veritysetup printed"
else
	skip "an image that veritysetup made the tree of" "no veritysetup"
fi
finish
