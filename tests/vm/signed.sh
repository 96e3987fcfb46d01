#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# With a key in the initramfs only images that it signed run, whatever the kernel command line says.
. tests/tap.sh
. tests/vm/lib.sh

# A cache of its own: one initramfs in it, which is used again below.
PITH_CACHE=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}
export PITH_KERNEL_DIR=${PITH_KERNEL_DIR:-$PITH_CACHE/kernels/$ARCH}
export PITH_CACHE=$WORK/cache

for key in key other; do
	openssl genpkey -algorithm ed25519 -out "$WORK/$key.pem"
	openssl pkey -in "$WORK/$key.pem" -pubout -out "$WORK/$key.pub"
done
printf 'mode = "exec"\n[[process]]\ntype = "shell"\nargv = ["/app/payload", "echo", "it ran"]\n' >"$WORK/runner.toml"
built=$("$PITH" image build -q --verity -f "$TOOLS/payload=payload" -f "$WORK/runner.toml=runner.toml" -o "$WORK/plain.img")
root=$(sed -n 's/^root_hash *//p' <<<"$built") offset=$(sed -n 's/^verity_offset *//p' <<<"$built")
cp "$WORK/plain.img" "$WORK/app.img"
"$PITH" image sign --key "$WORK/key.pem" --name hello --version 3 "$WORK/app.img" >/dev/null
cp "$WORK/app.img" "$WORK/signed.img"
refused() { # refused MESSAGE NAME
	is "$code $outcome" "125 verify-failed" "$2"
	like "$err" "$1" "... and said"
	unlike "$out" 'it ran' "... and the app did not run"
}
with() { # with LINE...: a run of app.img with the key and these lines
	vm 'app = "app.img"' 'app_key = "key.pub"' "$@"
	run
}

with 'app_name = "hello"' 'app_min_version = 3'
is "$code $out" "0 it ran" "an image signed by the key runs"
like "$err" "verified root hash ${root:0:16}" "... by the root hash that was signed"
with 'app_min_version = 4'
refused 'its version 3 is older than 4, the least accepted' "an older version"
with 'app_name = "other"'
refused 'its name is hello, accepted is other' "another name"
vm 'app = "app.img"' 'app_key = "other.pub"'
run
refused 'its signature is wrong, or not by the key' "signed by another key"
with "app_root_hash = \"$(tr 0-9a-f 1-9a-f0 <<<"$root")\""
refused 'is not what was signed' "another root hash on the command line"
with "append = 'pith.log=quiet -- /app/payload echo instead'"
refused 'a program on the command line is refused' "another program on the command line"

# What a build.toml writes: key, name and version; unpinned, a newer image by the same signer fits in, an older one not.
printf 'mode = "exec"\n[[process]]\ntype = "vm"\nram_mb = 128\napp = "hello.img"\n' >"$WORK/base.toml"
for version in 1 2 3; do
	cat >"$WORK/build.toml" <<-END
		[[image]]
		name = "hello"
		files = ["$TOOLS/payload=payload"]
		configs = ["runner.toml"]
		key = "key.pem"
		version = $version
		pin = false
		[[config]]
		source = "base.toml"
		output = "vm.toml"
	END
	"$PITH" image build -q -o "$WORK/v$version" "$WORK/build.toml" >/dev/null
	ok $? "version $version is built"
done
cp "$WORK/v2/hello.img.pub" "$WORK/v2/vm.toml" "$WORK"
cp "$WORK/v3/hello.img" "$WORK/hello.img"
run
is "$code $out" "0 it ran" "a newer image by the same signer runs"
cp "$WORK/v1/hello.img" "$WORK/hello.img"
run
refused 'its version 1 is older than 2, the least accepted' "an older one"

# The image as the root: the initramfs says so, beside the key.
mkdir -p "$WORK/tree"/{proc,sys,dev,run,tmp,app}
printf 'mode = "exec"\n[[process]]\ntype = "shell"\nargv = ["/payload", "exists", "/pith/key", "+", "exit", "6"]\n' >"$WORK/runner.toml"
"$PITH" image build -q --verity -d "$WORK/tree=." -f "$PITH=usr/bin/pith" -f "$TOOLS/payload=payload" -f "$WORK/runner.toml=runner.toml" \
	-o "$WORK/app.img" >/dev/null
"$PITH" image sign --key "$WORK/key.pem" --name hello "$WORK/app.img" >/dev/null
with 'app_root = true'
is "$code" 6 "app_root = true beside app_key: the image is the root"
like "$out" '/pith/key: No such file' "... and the initramfs is out of sight"

cp "$WORK/plain.img" "$WORK/app.img"
with
refused 'is not signed, and there is a key' "an image that is not signed"

# The guest's own checks, from a command line and a disk that nobody has looked at: the initramfs of the runs above,
# and a key.
openssl pkey -pubin -in "$WORK/key.pub" -outform DER | tail -c 32 >"$WORK/key"
by_line() { # by_line IMAGE WORD...: IMAGE as the disk, with these words
	mkdir -p "$WORK/root/pith"
	cp "$WORK/key" "$WORK/root/pith/key"
	(cd "$WORK/root" && printf 'pith/key\n' | cpio -o -H newc --quiet) | cat "$PITH_CACHE"/initramfs/* - >"$WORK/initrd"
	vm "kernel = \"$PITH_KERNEL_DIR/vmlinuz\"" 'initrd = "initrd"' 'report = "require"' "disk.vda = { format = 'raw', path = '$1', read_only = true }" \
		"append = \"panic=-1 quiet ${*:2}\""
	run
}
tamper() { # tamper OFFSET: tampered.img is signed.img but for this byte; from the end if negative
	python3 - "$WORK/signed.img" "$WORK/tampered.img" "$1" <<-'END'
		import sys
		content = bytearray(open(sys.argv[1], "rb").read())
		content[int(sys.argv[3])] ^= 1
		open(sys.argv[2], "wb").write(content)
	END
}
by_line signed.img pith.app_device=/dev/vda
is "$code $out" "0 it ran" "no hash on the command line: the signed one"
by_line signed.img "pith.app_device=/dev/vda pith.verity_root=$root pith.verity_offset=$offset pith.verify=if-given"
is "$code $out" "0 it ran" "the same hash on the command line"
by_line signed.img pith.app_device=/dev/vda pith.verify=off
refused 'pith.verify=off is refused' "pith.verify=off on the command line"
by_line plain.img "pith.app_device=/dev/vda pith.verity_root=$root pith.verity_offset=$offset"
refused 'is not signed, and there is a key' "a root hash in place of a signature"
by_line signed.img pith.log=info
refused 'no pith.app_device was given' "no image at all"
tamper $((-4096 + 40))
by_line tampered.img pith.app_device=/dev/vda
refused 'its signature is wrong, or not by the key' "a changed root hash in the manifest"
tamper $((-4096 + 256))
by_line tampered.img pith.app_device=/dev/vda
refused 'its signature is wrong, or not by the key' "a changed signature"
tamper $((-4096 + 8))
by_line tampered.img pith.app_device=/dev/vda
refused "the manifest's layout version is not 1" "a manifest out of form"
tamper 0
by_line tampered.img pith.app_device=/dev/vda
refused 'does not match the root hash|read the first block' "changed data"
truncate -s 31 "$WORK/key"
by_line signed.img pith.app_device=/dev/vda
refused '/pith/key: Invalid argument' "a key that is no key"
finish
