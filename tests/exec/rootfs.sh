#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith exec --rootfs: this system's own tree, another one, an image; all only read.
# shellcheck disable=SC2016
. tests/exec/lib.sh
own_runs

refused() { # refused EXIT-CODE REGEX NAME WORD...: before any boot
	local code=$1 regex=$2 name=$3
	shift 3
	run_exec "$@"
	is "$STATUS" "$code" "$name is refused"
	like "$(cat "$WORK/err")" "$regex" "... in words"
}
mkdir -p "$WORK/tree/bin" "$WORK/tree/data" "$WORK/tree/usr/lib"
cp /bin/busybox "$WORK/tree/bin/"
ln -s /bin/busybox "$WORK/tree/bin/sh"
ln -s usr/lib "$WORK/tree/lib"
echo file >"$WORK/tree/data/f"
echo added >"$WORK/added"
mkfs.erofs -zlz4hc "$WORK/tree.erofs" "$WORK/tree" >/dev/null 2>&1
mksquashfs "$WORK/tree" "$WORK/tree.squashfs" -quiet -no-progress >/dev/null
refused 125 "--rootfs $WORK/none: No such file" "a tree that is missing" --rootfs "$WORK/none" sh
refused 125 "neither a folder nor an erofs, squashfs or ext4 image" "a file that is no image" --rootfs "$WORK/added" sh
refused 125 "--add goes into no image" "--add to an image" --rootfs "$WORK/tree.erofs" --add "$WORK/added" sh
if [ "$(id -u)" != 0 ]; then
	skip "trees" "virtiofsd needs root"
else
	refused 127 "none: not found in PATH" "a program that is not in the tree" --rootfs "$WORK/tree" none
	refused 127 "/usr/bin/perl: No such file" "a program that is here and not there" --rootfs "$WORK/tree" /usr/bin/perl
	refused 125 "/none: --rootfs has no such folder" "a folder that is not in the tree" --rootfs "$WORK/tree" --cwd /none sh
	mkdir "$WORK/a,b"
	cp /bin/busybox "$WORK/a,b/sh"
	refused 125 "holds a comma, which virtiofsd cannot take" "a comma in its path" --rootfs "$WORK/a,b" /sh

	# This system: its make, its shell, its libraries, this folder; and nothing of it changes.
	mkdir "$WORK/project"
	printf 'check: ; @cat in | tr a-z A-Z >made; cat made; pwd; rm in; echo x >%s/inside; exit 3\n' "$WORK" >"$WORK/project/Makefile"
	echo in >"$WORK/project/in"
	(cd "$WORK/project" && "$PITH" exec --rootfs / --output "made=$WORK/made" make check) >"$WORK/out" 2>"$WORK/err" </dev/null
	is "$?" 2 "--rootfs / make check: make's own exit code"
	is "$(cat "$WORK/out")" "IN
$WORK/project" "... in the same folder, with this system's programs"
	is "$(cat "$WORK/made")" IN "--output brings back what was made"
	is "$(ls "$WORK/project")" "Makefile
in" "... and what was written stays in the guest"
	[ ! -e "$WORK/inside" ]
	ok $? "... anywhere" || true

	# A tree, with files put over it; the guest's root user cannot write to it either.
	run_exec --rootfs "$WORK/tree" --add "$WORK/added=/opt/added" --cwd /data --user 1000 /bin/sh -c \
		'busybox cat f /opt/added; busybox id -u; echo x >/data/x; exit 4'
	is "$STATUS $(cat "$WORK/out")" "4 file
added
1000" "a tree, with --add over it, --cwd and --user"
	is "$(ls "$WORK/tree/data" "$WORK/tree")" "$WORK/tree:
bin
data
lib
usr

$WORK/tree/data:
f" "... which is as it was"
fi
for kind in erofs squashfs; do
	before=$(md5sum <"$WORK/tree.$kind")
	run_exec --rootfs "$WORK/tree.$kind" --disk "$WORK/added:ro" --output "/data/out=$WORK/out.$kind" /bin/sh -c \
		'busybox cat /data/f; busybox head -c 5 /dev/vda >/data/out; busybox rm /data/f; exit 5'
	is "$STATUS $(cat "$WORK/out" "$WORK/out.$kind")" "5 file
added" "an image ($kind), beside a disk"
	is "$(md5sum <"$WORK/tree.$kind")" "$before" "... which is as it was"
done
run_exec --rootfs "$WORK/tree.erofs" none
is "$STATUS" 127 "a program that is not in the image"
is "$(left_of_runs)" "" "nothing is left behind"
finish
