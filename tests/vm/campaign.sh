#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A sample of the campaign of random flips under a real kernel: in one VM, pith-init boots in a PID namespace
# from a signed image of which one byte was changed, again and again, through its own signature check, dm-verity
# and squashfs. Every one is refused, or reported when the block is read, or (a byte that nothing looks at)
# runs what was signed; none runs altered bytes. And our SHA-256 agrees with the kernel's.
# SEED=N repeats a campaign, FLIPS=N sets how many (default 30).
. tests/tap.sh
. tests/vm/lib.sh
need_busybox 'a campaign of flips'
seed=${SEED:-$((RANDOM * 32768 + RANDOM))} flips=${FLIPS:-30}
modules=${PITH_KERNEL_DIR:-${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}/kernels/$ARCH}/modules

# The image under test: data enough for a hash tree of two levels.
openssl genpkey -algorithm ed25519 -out "$WORK/key.pem"
openssl pkey -in "$WORK/key.pem" -pubout -outform DER | tail -c 32 >"$WORK/key"
head -c 700000 /dev/urandom | base64 >"$WORK/data"
mkdir "$WORK/subject"
cp "$TOOLS/payload" "$WORK/data" "$WORK/subject"
built=$("$PITH" image build -q --verity -d "$WORK/subject=." -o "$WORK/subject.img")
"$PITH" image sign --key "$WORK/key.pem" --name subject "$WORK/subject.img" >/dev/null
size=$(stat -c %s "$WORK/subject.img") offset=$(sed -n 's/^verity_offset *//p' <<<"$built")
[ $((offset / 4096)) -gt 128 ]
ok $? "the image has $((offset / 4096)) blocks of data: a tree of two levels"

# A third each over the data, over superblock and tree, over the manifest.
python3 - "$seed" "$flips" "$offset" "$size" >"$WORK/flips" <<'END'
import random, sys
seed, flips, offset, size = map(int, sys.argv[1:])
rng = random.Random(seed)
parts = ((0, offset), (offset, size - 4096), (size - 4096, size))
for i in range(flips):
    print(i, rng.randrange(*parts[i % 3]), 1 << rng.randrange(8))
END

mkdir -p "$WORK/box/modules"
for module in dm-mod dm-bufio reed_solomon sha256_generic dm-verity loop af_alg algif_hash; do
	find "$modules" -name "$module.ko*" -exec cp {} "$WORK/box/modules" \; 2>/dev/null
done
cp "$PITH_INIT" "build/$ARCH/pith-verify" "$TOOLS/guest-verify" "$WORK/subject.img" "$WORK/flips" "$WORK/key" "$WORK/box"
cat >"$WORK/script" <<'END'
box=/app/busybox
$box mkdir -p /bin /r
$box --install -s /bin
PATH=/bin
for module in dm-mod dm-bufio reed_solomon sha256_generic dm-verity loop af_alg algif_hash; do
	[ ! -e /app/box/modules/$module.ko ] || insmod /app/box/modules/$module.ko 2>/dev/null
done
major=$(sed -n 's/^ *\([0-9]*\) device-mapper$/\1/p' /proc/devices)
loop=/dev/loop7
[ -e $loop ] || mknod $loop b 7 7
mkdir /tmp/trial
wanted=$(cat /app/box/data.sha256)

boot() { # boot: pith-init from /tmp/trial/image; its app prints the data
	mount -t tmpfs tmpfs /r
	mkdir -p /r/dev/mapper /r/proc /r/sys /r/pith /r/usr/lib/pith /r/tmp
	mount -t tmpfs tmpfs /r/dev
	mount -t tmpfs tmpfs /r/sys
	mkdir /r/dev/mapper
	mknod /r/dev/null c 1 3
	mknod /r/dev/loop7 b 7 7
	mknod /r/dev/dm-0 b "$major" 0
	cp -a /dev/mapper/control /r/dev/mapper/control
	cp /app/box/pith-init /r/pith-init
	cp /app/box/pith-verify /r/usr/lib/pith/pith-verify
	cp /app/box/key /r/pith/key
	echo "pith.app_device=/dev/loop7" >/r/pith/cmdline
	printf 'nonce=n\0arg=/app/payload\0arg=cat\0arg=/app/data\0' >/r/pith/config
	losetup -r $loop /tmp/trial/image
	unshare -f -p -m sh -c 'mount -t proc proc /r/proc && mount --bind /r/pith/cmdline /r/proc/cmdline &&
		exec env -i chroot /r /pith-init' >/tmp/trial/out 2>/tmp/trial/err </dev/null
	losetup -d $loop
	/app/box/guest-verify remove pith-app
	umount /r/dev /r/sys /r
}
judge() { # judge: one word for what came of it
	outcome=$(sed -n 's/.*"event":"outcome","outcome":"\([a-z-]*\)".*/\1/p' /tmp/trial/err /tmp/trial/out)
	# What the app wrote, without what PID 1 did.
	got=$(grep -v '^pith' /tmp/trial/out | grep -v '^$' | sha256sum | cut -d ' ' -f 1)
	if [ "$outcome" = app-exit ] && [ "$got" = "$wanted" ]; then
		echo same
	elif [ "$outcome" = verify-failed ]; then
		echo refused
	else
		echo "WRONG:$outcome:$got"
	fi
}
cp /app/box/subject.img /tmp/trial/image
boot
echo "untouched $(judge)"
sed -n 's/.*"message":"\([^"]*\)".*/untouched: \1/p' /tmp/trial/err
while read -r number at mask; do
	/app/box/guest-verify flip /tmp/trial/image "$at" "$mask"
	boot
	echo "flip $number $at $mask $(judge) $(sed -n 's/.*"event":"outcome".*"message":"\([^"]*\)".*/\1/p' /tmp/trial/out /tmp/trial/err)"
	/app/box/guest-verify flip /tmp/trial/image "$at" "$mask"
done </app/box/flips
cmp /tmp/trial/image /app/box/subject.img && echo "restored"
/app/box/guest-verify digests "$(cat /app/box/seed)" 260 2>&1
END
sha256sum <"$WORK/data" | cut -d ' ' -f 1 >"$WORK/box/data.sha256"
echo "$seed" >"$WORK/box/seed"
printf 'mode = "exec"\n[[process]]\ntype = "shell"\nargv = ["/app/busybox", "sh", "/app/script"]\n' >"$WORK/runner.toml"
"$PITH" image build -q -f /bin/busybox=busybox -f "$WORK/script=script" -d "$WORK/box=box" -f "$WORK/runner.toml=runner.toml" \
	-o "$WORK/campaign.img" >/dev/null
vm 'app = "campaign.img"' 'ram_mb = 256'
sed -i '/^ram_mb = 128$/d' "$WORK/vm.toml"
timeout --kill-after=5 600 "$PITH" run "$WORK/vm.toml" >"$WORK/out" 2>"$WORK/err" </dev/null
is $? 0 "the campaign of seed $seed ends" || tail -n 20 "$WORK/err" | sed 's/^/# /'
out=$(tr -d '\0' <"$WORK/out")
echo "# seed $seed: $(grep -c ' refused ' <<<"$out") refused or reported, $(grep -c '^flip.* same' <<<"$out") ran what was signed, of $flips"
like "$out" '^untouched same' "the untouched image runs"
is "$(grep -c '^flip ' <<<"$out")" "$flips" "every flip was tried"
is "$(grep -E 'WRONG|not found' <<<"$out")" "" "none ran altered bytes, and none failed in another way"
# Nothing looks at the superblock's UUID, and the app needs not read every block of the payload.
is "$(awk -v begin="$offset" '/^flip.* same/ && $3 >= begin + 4096' <<<"$out")" "" "every flip of tree and manifest is refused or reported"
refused=$(awk -v begin="$offset" '/^flip.* refused/ && $3 < begin' <<<"$out" | wc -l)
[ "$refused" -ge $((flips / 4)) ]
ok $? "so are $refused of $((flips / 3)) of the data; the other blocks were not read"
like "$out" '^restored$' "the image was otherwise as it had been"
like "$out" '^digests: 260 messages, 0 differ$' "our SHA-256 and the kernel's (AF_ALG) agree"
finish
