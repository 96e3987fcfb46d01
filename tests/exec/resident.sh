#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# PID 1's resident memory in the guest while the app runs: the code and the buffers of the boot are given back at
# once, and what the app made it use when nothing has come for a second.
. tests/exec/lib.sh
LIMIT_KIB=100
BYTES=300000

# fits NAME WORD...: what an app whose last action is "cat /proc/1/smaps_rollup" finds there. Before that it sleeps, so
# that PID 1 has had its turn.
fits() {
	local name=$1 kib
	shift
	"$PITH" exec "$@" cat /proc/1/smaps_rollup <"${STDIN:-/dev/null}" >"$WORK/out" 2>"$WORK/err"
	is "$?" 0 "$name: runs"
	kib=$(tail -c 1000 "$WORK/out" | tr -d '\0' | sed -nE 's/^Rss: +([0-9]+) kB$/\1/p')
	[ -n "$kib" ] && [ "$kib" -gt 0 ] && [ "$kib" -le $LIMIT_KIB ]
	ok $? "$name: ${kib:-nothing} kB, at most $LIMIT_KIB"
}

"$TOOLS/payload" flood $BYTES >"$WORK/flood"
for warm in on off; do
	fits "warm $warm, as the app begins" --warm $warm "$PAYLOAD" sleep 1 +
	STDIN=$WORK/flood fits "warm $warm, after input, output and errors" --warm $warm \
		"$PAYLOAD" cat - + flood-stderr $BYTES + sleep 3 +
	cmp "$WORK/flood" <(head -c $BYTES "$WORK/out") && cmp "$WORK/flood" "$WORK/err"
	ok $? "... which have all arrived"
done
[ "$(uname -m)" != x86_64 ] || fits "serial lines" --transport isa "$PAYLOAD" echo text + sleep 3 +
[ "$(uname -m)" != x86_64 ] || fits "shared memory" --transport shm "$PAYLOAD" flood $BYTES + flood-stderr $BYTES + sleep 3 +
for arch in x86_64 aarch64 riscv64; do
	[ "$arch" != "$(uname -m)" ] || continue
	if [ -x "build/$arch/tests/payload" ]; then
		fits "$arch" "build/$arch/tests/payload" sleep 1 +
	else
		skip "$arch" "not built: make ARCH=$arch tools"
	fi
done
finish
