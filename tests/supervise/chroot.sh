#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# In a chroot whose "/" is a folder and no mount point, as of a CI job, within mounts that are shared with those
# outside: what is to be read-only is, and no mount comes out.
. tests/tap.sh
ROOT=$WORK/root

# The command in the chroot, beside it what is mounted outside afterwards.
in_chroot() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --propagation private sh -c '
		mount --bind "$0" "$0" && mount --make-shared "$0" && cd "$0" &&
		mount -t proc proc root/proc && mount --bind share/below root/share/below || exit 100
		chroot root "$@"; echo "status $?"
		cut -d" " -f5 /proc/self/mountinfo | grep -F "$0" | sed "s|^$0|outside|"' "$WORK" "$@" 2>&1
}
mkdir -p "$ROOT/proc" "$ROOT/share/below" "$ROOT/work" "$WORK/share/below"
cp "$PITH" "$ROOT/pith"
cp "$TOOLS/payload" "$ROOT/payload"
if ! in_chroot /payload exit 0 >"$WORK/try"; then
	skip "read-only in a chroot" "$(head -n 1 "$WORK/try")"
	finish
fi
OUTSIDE='outside
outside/root/proc
outside/root/share/below'
is "$(cat "$WORK/try")" "status 0
$OUTSIDE" "a chroot whose / is no mount point"

readonly_write() { in_chroot /pith readonly /share /point /payload write "$1" text; }
got=$(readonly_write /point/file)
like "$got" '/point/file: Read-only file system' "pith readonly: the folder cannot be written to"
is "$(tail -n +2 <<<"$got")" "status 99
$OUTSIDE" "... and no mount comes out of it"
like "$(readonly_write /point/below/file)" '/point/below/file: Read-only file system' "... nor what is mounted in it"
is "$(readonly_write /share/file)" "status 0
$OUTSIDE" "... but by its other name it can"

config() { # config PATH: a process in the folder /work that writes to PATH
	printf '%s\n' 'mode = "exec"' '[[process]]' 'type = "shell"' "argv = [\"/payload\", \"write\", \"$1\", \"text\"]" \
		'cwd = "/work"' 'read_only_root = true' >"$ROOT/c.toml"
}
for path in /file file; do
	config $path
	got=$(in_chroot /pith run /c.toml)
	like "$got" "$path: Read-only file system" "read_only_root: $path cannot be written"
	is "$(tail -n 4 <<<"$got")" "status 99
$OUTSIDE" "... and no mount comes out of it"
done
config /share/below/written
is "$(in_chroot /pith run /c.toml)" "status 0
$OUTSIDE" "... what is mounted below can"
is "$(cat "$WORK/share/below/written")" text "... and is the same file system"
finish
