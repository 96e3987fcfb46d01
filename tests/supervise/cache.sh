#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith cache: the parts of the cache folder, what they take, and how each is emptied without touching another,
# kernels that have a name, or what somebody is at work in.
. tests/tap.sh
export PITH_CACHE=$WORK/cache
cache() { "$PITH" cache "$@" 2>&1; }

is "$(cache list)$?" 0 "no cache: nothing is listed"
is "$(cache clear disks)" "disks: 0 removed, 0.0 MiB" "... and nothing to be removed"

store=$PITH_CACHE/kernels/store
mkdir -p "$store/debian-2/modules" "$store/debian-1/modules/deep" "$store/pith-x86_64-1" "$PITH_CACHE/kernels/.work-1/source" \
	"$PITH_CACHE"/{disks,initramfs,source/linux-source,sysroot,apt/x86_64/state,kselftest} "$PITH_CACHE/warm/.draft" "$WORK/outside"
: >"$PITH_CACHE/kernels/.lock-x86_64"
: >"$PITH_CACHE/disks/.lock-1"
: >"$PITH_CACHE/apt/x86_64/lock"
ln -s store/debian-2 "$PITH_CACHE/kernels/x86_64"
ln -s store/pith-x86_64-1 "$PITH_CACHE/kernels/x86_64-pith"
for file in kernels/store/debian-1/modules/deep/a.ko kernels/store/debian-2/vmlinuz kernels/store/pith-x86_64-1/vmlinuz initramfs/1 \
	initramfs/2 source/linux-source/tar apt/x86_64/state/list; do
	head -c 100000 /dev/zero >"$PITH_CACHE/$file"
done
head -c 3145728 /dev/zero >"$PITH_CACHE/disks/debian-1.tar"
touch -d '2020-02-03 04:05' "$PITH_CACHE/disks/debian-1.tar"
echo kept >"$WORK/outside/file"
ln -s "$WORK/outside" "$PITH_CACHE/initramfs/link"

got=$(cache list)
like "$got" '^disks +3\.0 MiB  changed 2020-02-03 04:05  packages of rootfs/debian-disk \(1\)$' "each part has its size and age"
is "$(awk '{ print $1, $NF }' <<<"$got" | tr '\n' ' ')" \
	"initramfs (3) kernels (3) source (1) disks (1) sysroot (0) apt (1) kselftest (0) " "... and how many entries"
is "$(cache list kernels | sed 's/.*[0-9]  //' | sort | tr '\n' ';')" \
	"debian-1;debian-2, in use as x86_64;pith-x86_64-1, in use as x86_64-pith;" "the entries of a part"
like "$(cache list disks initramfs)" '^disks .*debian-1\.tar$' "... or of several"

before=$(find "$PITH_CACHE" | sort)
got=$(cache clear kernel)
is "$? $got" "2 pith: error: cache: part 'kernel': accepted are warm, initramfs, kernels, source, disks, sysroot, apt, kselftest" \
	"a part that there is not is refused"
got=$(cache clear disks ../outside)
is "${got%%: accepted*}" "pith: error: cache: part '../outside'" "... before anything is removed"
is "$(cache clear)" "0 saved states removed" "clear alone is for saved states"
is "$(find "$PITH_CACHE" | sort)" "$before" "... and nothing else is gone so far"

exec 8>"$PITH_CACHE/kernels/.lock-x86_64"
flock 8
got=$(cache clear kernels)
is "$? $got" "125 pith: error: cache: kernels: somebody is at work in it (kernels/.lock-x86_64 is locked); left as it is" \
	"while a script is at work in a part, that stays"
got=$(cache clear source)
is $? 125 "... and the source that its kernels are built from"
exec 8>&-
is "$(find "$PITH_CACHE" | sort)" "$before" "... whole"
like "$(cache clear kernels)" '^kernels: 2 removed, 0\.1 MiB; 2 in use$' "a kernel without a name is removed"
is "$(cd "$PITH_CACHE/kernels" && find . | sort | tr '\n' ' ')" \
	". ./.lock-x86_64 ./store ./store/debian-2 ./store/debian-2/modules ./store/debian-2/vmlinuz ./store/pith-x86_64-1 ./store/pith-x86_64-1/vmlinuz ./x86_64 ./x86_64-pith " \
	"... with what a build left, and no other"
PITH_KERNEL_DIR=$store/pith-x86_64-1
rm "$PITH_CACHE/kernels/x86_64-pith"
is "$(PITH_KERNEL_DIR=$PITH_KERNEL_DIR cache clear kernels)" "kernels: 0 removed, 0.0 MiB; 2 in use" "... nor that of PITH_KERNEL_DIR"

is "$(cache clear disks apt warm)" "disks: 1 removed, 3.0 MiB
apt: 1 removed, 0.1 MiB
0 saved states removed" "several parts"
is "$(cd "$PITH_CACHE" && find disks apt | sort | tr '\n' ' ')" "apt apt/x86_64 apt/x86_64/lock disks disks/.lock-1 " \
	"... whose locks stay: somebody may wait for one"
like "$(cache clear initramfs)" '^initramfs: 3 removed' "a link in a part is removed"
is "$(cat "$WORK/outside/file")" kept "... and not what it leads to"
rmdir "$PITH_CACHE/sysroot"
ln -s "$WORK/outside" "$PITH_CACHE/sysroot"
got=$(cache clear sysroot)
is "$? $got $(cat "$WORK/outside/file")" "125 pith: error: cache: sysroot: no folder; left as it is kept" "a part that is a link is left"
is "$(cache list sysroot)" "" "... and not listed"

for words in "" "list nonsense" "empty" "clear --all"; do
	# shellcheck disable=SC2086 # several words
	cache $words >/dev/null
	is $? 2 "pith cache $words: wrong usage"
done
finish
