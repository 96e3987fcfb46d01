#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith exec by an ordinary user, who may not start virtiofsd: folders come by 9p, where the kernel has it
# (Debian's for riscv64 has it, its cloud kernels have not).
. tests/exec/lib.sh

if [ ! -x build/riscv64/tests/payload ]; then
	skip "an ordinary user" "not built: make ARCH=riscv64 tools"
	finish
fi
as=()
[ "$(id -u)" != 0 ] || as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
kernels=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}/kernels
# All that such a user has to read, where he can: two programs a processor, a kernel and a few of its modules.
mkdir -p "$WORK"/{bin/riscv64,bin/x86_64,riscv64,x86_64/modules,share,tree/data}
cp "$PITH" "$PITH_INIT" "$WORK/bin/x86_64/"
cp build/riscv64/pith build/riscv64/pith-init "$WORK/bin/riscv64/"
cp "$kernels/riscv64/vmlinuz" "$kernels/riscv64/release" "$WORK/riscv64/"
(cd "$kernels/riscv64/" && find -L modules \( -name modules.dep -o -name modules.builtin -o -path '*/9p/*.ko*' -o \
	-path '*virtio*.ko*' -o -path '*/overlayfs/*.ko*' -o -path '*/netfs/*.ko*' -o -name '*failover*' \) -print0 |
	cpio -0 -pdL --quiet "$WORK/riscv64")
cp "$kernels/x86_64/release" "$WORK/x86_64/"
cp "$kernels/x86_64/modules/modules.dep" "$kernels/x86_64/modules/modules.builtin" "$WORK/x86_64/modules/"
touch "$WORK/x86_64/vmlinuz"
cp build/riscv64/tests/payload "$WORK/tree/payload"
echo outside >"$WORK/share/in"
echo file >"$WORK/tree/data/f"
ln -s data "$WORK/tree/by-link"
ln -s in "$WORK/share/link"
chmod -R a+rX "$WORK"
chmod 777 "$WORK" "$WORK/share"

exec_as_user() { # exec_as_user KERNEL WORD...
	local kernel=$1
	shift
	(cd "$WORK" && PITH_KERNEL_DIR=$WORK/$kernel PITH_CACHE=$WORK/cache "${as[@]}" "$WORK/bin/x86_64/pith" exec "$@") \
		>"$WORK/out" 2>"$WORK/err" </dev/null
	STATUS=$?
	[ ! -s "$WORK/err" ] || sed 's/^/# stderr: /' "$WORK/err" | head -n 5
}
exec_as_user riscv64 --share share --share share=/mnt:ro tree/payload cat "$WORK/share/in" + \
	write "$WORK/share/out" inside + open /mnt/in + exit 3
is "$STATUS $(cat "$WORK/out")" "3 outside
open /mnt/in: Read-only file system" "shares, by 9p"
is "$(cat "$WORK/share/out" 2>/dev/null || "${as[@]}" cat "$WORK/share/out")" inside "what is written is here"
exec_as_user riscv64 --share share tree/payload cat "$WORK/share/link"
is "$STATUS $(cat "$WORK/out")" "0 outside" "a symbolic link in a share leads where it does here"
exec_as_user riscv64 --rootfs tree --share share=/not/yet --output "/data/o=$WORK/o" /payload cat /by-link/f + cat /not/yet/in + \
	write /data/o text + exit 4
is "$STATUS $(cat "$WORK/out")" "4 file
outside" "a root directory, and a share at a path that it has not"
is "$(cat "$WORK/o") $(ls "$WORK/tree/data")" "text f" "... with an output; the tree is as it was"
exec_as_user x86_64 --share share /bin/true
is "$STATUS" 125 "a kernel without 9p"
like "$(cat "$WORK/err")" 'folders cannot be shared: the kernel has no 9p, and virtiofs needs (root here|virtiofsd)' "... is refused in words"
finish
