#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith exec under the QEMU of the next release of Debian: booted, resumed, over a shared tree.
. tests/exec/lib.sh
. tests/newer-qemu.sh
newer_qemu "a newer QEMU"
kernels=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}/kernels
export PITH_CACHE=$WORK/cache # no saved state to begin with
mkdir "$PITH_CACHE"
ln -s "$kernels" "$PITH_CACHE/kernels"

run_exec --warm off "$PAYLOAD" exit 7
is "$STATUS" 7 "a guest is booted" || sed 's/^/# /' "$WORK/err"
for time in first second; do
	run_exec -v --kvm off --warm on "$PAYLOAD" exit 8
	is "$STATUS" 8 "a saved state is resumed, $time time" || sed 's/^/# /' "$WORK/err"
	like "$(cat "$WORK/err")" 'resumed the saved state' "... says pith"
	unlike "$(cat "$WORK/err")" 'deprecated' "... and QEMU has nothing against how"
done
if [ "$(id -u)" != 0 ] || [ ! -x /usr/lib/qemu/virtiofsd ]; then
	skip "a shared tree" "virtiofsd needs root"
else
	# Where code was before, virtiofsd writes by itself: QEMU went on to run the old.
	run_exec --kvm off --rootfs / /bin/sh -c 'for i in 1 2 3; do make --version; done | grep -c "^GNU Make"; exit 9'
	is "$STATUS $(cat "$WORK/out")" "9 3" "programs of a shared tree run" || sed 's/^/# /' "$WORK/err"
fi

finish
