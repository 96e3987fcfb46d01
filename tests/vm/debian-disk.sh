#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An ordinary Debian disk with its own kernel and initramfs, and pith-init for init=: examples/debian-disk as it is, then
# the same disk again with a verified app image beside it. The file system is clean after each.
. tests/tap.sh
. tests/vm/lib.sh
if [ "$ARCH" != "$(uname -m)" ] || [ "$ARCH" != x86_64 ]; then
	skip "a Debian disk" "written for x86_64, this is $ARCH"
	finish
fi
PATH=$PATH:/usr/sbin:/sbin
# What mmdebstrap needs, as root and as an ordinary user.
if [ "$(id -u)" = 0 ]; then unshare --mount true; else unshare --user --map-auto --map-root-user true; fi 2>"$WORK/log" || {
	skip "a Debian disk" "no file system can be mounted here: $(head -n 1 "$WORK/log")"
	finish
}
rm "$WORK/log"
disk=$WORK/disk.img
first='?offset=1048576' # where partition 1 begins

check_disk() { # check_disk WHEN
	local said
	e2fsck -fn "$disk$first" >"$WORK/log" 2>&1
	is $? 0 "the file system is clean $1" || sed 's/^/# /' "$WORK/log"
	said=$(dumpe2fs -h "$disk$first" 2>&1)
	like "$said" 'Filesystem state: +clean$' "... says so itself" && unlike "$said" 'needs_recovery' "... and its journal is empty"
}
refused() { # refused CODE MESSAGE OPTION...
	local code=$1 message=$2 said
	shift 2
	said=$(rootfs/debian-disk "$@" 2>&1)
	is "$? $said" "$code $message" "rootfs/debian-disk $*"
}
usage='usage: rootfs/debian-disk [--update] [-f SRC=DEST]... FOLDER [PACKAGE...]'
refused 2 "$usage"
refused 2 "$usage" --upgrade "$WORK"
refused 1 'rootfs/debian-disk: -f app: accepted is SRC=DEST' -f app "$WORK"
refused 1 'realpath: ./no-such-file: No such file or directory' -f ./no-such-file=srv/app "$WORK"
is "$(ls -A "$WORK")" "" "... and nothing is made"

# The app: a script that needs Debian's programs, and writes.
cat >"$WORK/start" <<'END'
#!/bin/sh
echo "$(cat /proc/1/comm) $(dpkg-query -W -f '${db:Status-Status}' pith) $(sed -n 's/^VERSION_ID=//p' /etc/os-release)"
cat /srv/app/runs 2>/dev/null
echo "a run before, ${PITH_APP_HASH:-without an image}" >>/srv/app/runs
cp -r /usr/share/doc /srv/app/copy-$$
[ ! -e /app/code ] || exit "$(cat /app/code)"
exit 7
END
chmod +x "$WORK/start"
kept=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}/disks/debian-test-$$
mkdir -p "${kept%/*}"
touch -d '8 days ago' "$kept-old.tar" && touch -d '6 days ago' "$kept-new.tar"
make -s deb >"$WORK/log" 2>&1 && rootfs/debian-disk -f "$WORK/start=srv/app/start" "$WORK" >>"$WORK/log" 2>&1
ok $? "the disk is made" || {
	sed 's/^/# /' "$WORK/log"
	finish
}
is "$(find "${kept%/*}" -name "${kept##*/}*" -printf '%f ' -delete)" "debian-test-$$-new.tar " "roots that nobody used for a week are gone from the cache"
sfdisk --verify "$disk" >"$WORK/log" 2>&1
ok $? "its partition table is sound" || sed 's/^/# /' "$WORK/log"
check_disk "to begin with"

cp examples/debian-disk/base.toml "$WORK/vm.toml"
run
release=$(sed -n 's/^VERSION_ID=//p' /etc/os-release)
is "$code $outcome $(grep -v 'reboot: Power down' <<<"$out")" "7 app-exit pith-init installed $release" "the app of the disk runs under pith-init" || sed 's/^/# /' "$WORK/err"
like "$(jq -r '.processes[0].argv | join(" ")' "$WORK/result.json")" "-initrd $WORK/initrd.img" "... behind Debian's own initramfs"
check_disk "after a power-off"
is "$(debugfs -R 'cat /srv/app/runs' "$disk$first" 2>/dev/null)" "a run before, without an image" "what the app wrote is on the disk"

printf 'mode = "exec"\n[[process]]\ntype = "shell"\nargv = ["/srv/app/start"]\n' >"$WORK/runner.toml"
echo 9 >"$WORK/code"
"$PITH" image build -q -f "$WORK/code=code" -f "$WORK/runner.toml=runner.toml" --verity -o "$WORK/app.img" >/dev/null
sed -e 's/ -- .*"/"/' -e '/^report/s/.*/app = "app.img"/' examples/debian-disk/base.toml >"$WORK/vm.toml"
run
is "$code $outcome" "9 app-exit" "with an app image beside it, that is verified and says what to run" || sed 's/^/# /' "$WORK/err"
like "$out" '^a run before' "... on the same disk"
like "$(debugfs -R 'cat /srv/app/runs' "$disk$first" 2>/dev/null)" '^a run before, [0-9a-f]{64}$' "... and knows its hash"
check_disk "once more"
finish
