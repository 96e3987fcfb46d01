#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A disk that gives other bytes the second time it is read: what is mounted is what was hashed.
. tests/tap.sh
. tests/vm/lib.sh

head -c 1048576 /dev/urandom >"$WORK/data"
hash=$("$PITH" image build -q -f "$WORK/data=data" -o "$WORK/first.img" | cut -d ' ' -f 1)
middle=$(python3 -c 'import sys; a, b = (open(x, "rb").read() for x in sys.argv[1:]); print(a.index(b[500000:500064]))' "$WORK/first.img" "$WORK/data")
cp "$WORK/first.img" "$WORK/altered.img"
printf 'altered' | dd of="$WORK/altered.img" bs=1 seek="$middle" conv=notrunc status=none
server=
trap 'kill "$server" 2>/dev/null; rm -rf "$WORK"' EXIT

# The first read of the byte at $middle is answered from first.img, all others from altered.img.
run_on() { # run_on FIRST OPTION...: pith exec on the disk whose first answers are of FIRST.img
	local first=$1
	shift
	rm -f "$WORK/seen" "$WORK/socket" "$WORK/pid"
	nbdkit -f -P "$WORK/pid" -U "$WORK/socket" --threads 1 eval get_size="stat -c %s $WORK/first.img" pread="
		from=$WORK/$first.img
		if [ \$4 -le $middle ] && [ $middle -lt \$((\$4 + \$3)) ]; then
			[ ! -e $WORK/seen ] || from=$WORK/altered.img
			echo >>$WORK/seen
		fi
		dd if=\$from iflag=skip_bytes,count_bytes skip=\$4 count=\$3 bs=65536 status=none" >"$WORK/nbd" 2>&1 &
	server=$!
	await 10 test -s "$WORK/pid" || cat "$WORK/nbd"
	timeout --kill-after=5 120 "$PITH" exec --kvm off --result "$WORK/result.json" --module virtio_blk --module squashfs "$@" \
		--qemu-arg -drive --qemu-arg "if=none,id=race,format=raw,read-only=on,file=nbd+unix:///?socket=$WORK/socket" \
		--qemu-arg -device --qemu-arg virtio-blk-pci,drive=race \
		"$TOOLS/payload" cat /app/data >"$WORK/out" 2>"$WORK/err" </dev/null
	code=$? err=$(cat "$WORK/err") outcome=$(jq -r .outcome "$WORK/result.json")
	kill "$server"
	wait "$server" 2>/dev/null
}
same() { # same NAME: the app saw the first content
	cmp -s "$WORK/out" "$WORK/data"
	ok $? "$1"
}
words="pith.app_device=/dev/vda pith.app_hash=$hash"
# Debian's kernel, in which the drivers are modules.
export PITH_KERNEL_DIR=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}/kernels/$ARCH

run_on first --module loop --append "$words pith.verify=require"
is $code 0 "the disk changes after it was hashed"
same "... the app sees what was hashed"
is "$(wc -l <"$WORK/seen")" 1 "... as the disk was read once only"

run_on altered --module loop --append "$words pith.verify=require"
is "$code $outcome" "125 verify-failed" "the disk changed before it was hashed"
like "$err" "sha256 is [0-9a-f]{64}, expected $hash" "... is refused"

# The loop device is a module that is not loaded here.
run_on first --append "$words pith.verify=require"
is "$code $outcome" "125 verify-failed" "no loop device, so no copy: refused"
like "$err" 'cannot be kept from changing after the check: the kernel has no loop device' "... with the reason"

# That the disk does change, and that this would be seen.
run_on first --append "$words"
like "$err" 'a change after the check would not be noticed' "without pith.verify=require: a warning"
cmp -s "$WORK/out" "$WORK/data"
is "$code $?" "0 1" "... and altered bytes reach the app"
finish
