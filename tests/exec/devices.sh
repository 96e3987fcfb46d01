#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith exec: shared folders, disks, networks and modules, and what is refused of them.
. tests/exec/lib.sh
own_runs

refused() { # refused EXIT-CODE REGEX NAME WORD...: before any boot
	local code=$1 regex=$2 name=$3
	shift 3
	run_exec "$@" "$PAYLOAD"
	is "$STATUS" "$code" "$name is refused"
	like "$(cat "$WORK/err")" "$regex" "... in words"
}
mkdir "$WORK/share" "$WORK/fixed" "$WORK/a,b" "$WORK/share/inner"
refused 125 "$WORK/none: No such file" "a share that is missing" --share "$WORK/none"
refused 125 "--add takes files" "a file as a share" --share /etc/passwd
refused 125 "/proc: this folder is the guest's own" "a share over /proc" --share "$WORK/share=/proc"
refused 125 "see --rootfs" "a share over the root directory" --share "$WORK/share=/"
refused 125 "no empty, \. or \.\. component" "a share at a path that is not clean" --share "$WORK/share=/a/../b"
refused 125 "or a tag of at most 31" "a tag with a slash" --share "$WORK/share=a/b"
refused 125 "which virtiofsd cannot take|none" "a comma in the path" --share "$WORK/a,b"
refused 2 "--net 'wifi': accepted is user" "an unknown network" --net wifi
refused 2 "accepted is user" "a port that is none" --net user,tcp=0:80
refused 125 "user: an interface before it has this address" "an address that is given twice" --net user --net user
refused 125 "none.img: No such file" "a disk that is missing" --disk "$WORK/none.img"
debian=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}/kernels/$ARCH # whose drivers are modules
cp "$debian/vmlinuz" "$WORK/vmlinuz"
refused 125 "module dm-verity: the kernel has no folder of modules; --modules" "a module of a kernel without them" \
	--kernel "$WORK/vmlinuz" --module dm-verity
refused 125 "module no_such_module in .*not in modules.dep" "an unknown module" --kernel "$WORK/vmlinuz" --modules "$debian/modules" --module no_such_module
refused 125 "/none: No such file" "a modules folder that is missing" --modules "$WORK/none"
host=/boot/vmlinuz-$(uname -r)
[ -r "$host" ] ||
	refused 125 "$host: (No such file|Permission denied)" "--kernel host, whose file is not here," --kernel host
[ "$(id -u)" = 0 ] || skip "shares" "virtiofsd needs root"
[ "$(id -u)" = 0 ] || finish

# Debian's kernel, installed under the name of the one that runs here, in a mount namespace: it boots with its
# own modules. A guest in a guest would be the real thing, but takes minutes where both are emulated; there the
# plan is looked at, in a guest whose own kernel it is.
cat >"$WORK/install" <<'EOS'
set -e
debian=$1
shift
mount -t tmpfs boot /boot
cp "$debian/vmlinuz" "/boot/vmlinuz-$(uname -r)"
mkdir /boot/lib /boot/lib/modules /boot/work
ln -s "$(readlink -f "$debian/modules")" "/boot/lib/modules/$(uname -r)"
mount -t overlay -o lowerdir=/usr/lib,upperdir=/boot/lib,workdir=/boot/work lib /usr/lib
exec "$@"
EOS
unshare -m sh "$WORK/install" "$debian" "$PITH" exec --kernel host --module dm-verity --add /bin/busybox /bin/busybox sh -c \
	'busybox uname -r; busybox grep -o "^dm_verity" /proc/modules; exit 7' >"$WORK/out" 2>"$WORK/err" </dev/null
is "$? $(tr '\n' ' ' <"$WORK/out")" "7 $(cat "$debian/release") dm_verity " "--kernel host boots what /boot and /lib/modules have for the one that runs here" ||
	sed 's/^/# /' "$WORK/err"
run_exec --rootfs / --kernel "$debian/vmlinuz" --modules "$debian/modules" sh "$WORK/install" "$debian" \
	"$PITH" exec --kernel host --dry-run "$PAYLOAD"
like "$STATUS $(cat "$WORK/out")" "^0 .* -kernel /boot/vmlinuz-$(cat "$debian/release") " "... in a guest too, whose release is another"

# All in one guest: a share in its place, one read-only elsewhere, one that the program mounts, two disks, a
# module with what it needs, a network with a port that leads in.
echo outside >"$WORK/share/in"
echo fixed >"$WORK/fixed/in"
mkdir "$WORK/fixed/below"
mount -t tmpfs below "$WORK/fixed/below" 2>/dev/null && trap 'umount "$WORK/fixed/below"; rm -rf "$WORK"' EXIT
echo below >"$WORK/fixed/below/in"
echo raw >"$WORK/disk"
truncate -s 1M "$WORK/disk"
cp "$WORK/disk" "$WORK/disk.ro"
port=$((20000 + $$ % 10000))
cat >"$WORK/script" <<'EOS'
#!/bin/sh
b=/bin/busybox
cd "$1" || exit 1
$b cat in; echo inside >out
$b cat /mnt/fixed/in /mnt/fixed/below/in
echo x >/mnt/fixed/x; echo x >/mnt/fixed/below/x
$b mount -o remount,rw /mnt/fixed && echo x >/mnt/fixed/x
$b mkdir /tagged && $b mount -t virtiofs mine /tagged && $b cat /tagged/in
$b head -c 3 /dev/vda && echo
echo new >/dev/vda; $b dd if=/dev/zero of=/dev/vdb bs=512 count=1 oflag=direct 2>&1 | $b grep -o 'ot permitted\|ead-only'
$b grep -o '^dm_[a-z]*' /proc/modules
$b ip -o -4 address show eth0 | $b grep -o 'inet [0-9.]*'
$b ip route | $b grep default
$b cat /etc/resolv.conf
echo listening >&2
"$2" tcp-echo 80
"$2" tcp-echo 81
exit 9
EOS
chmod +x "$WORK/script"
"$PITH" exec --share "$WORK/share" --share "$WORK/fixed=/mnt/fixed:ro" --share "$WORK/fixed=mine:ro" --disk "$WORK/disk" \
	--disk "$WORK/disk.ro:ro" --kernel "$WORK/vmlinuz" --modules "$debian/modules" --module dm-verity --net "user,tcp=$port:80,address=dhcp" \
	--net "passt,tcp=$((port + 10000)):81" --add /bin/busybox --add "$PAYLOAD" \
	"$WORK/script" "$WORK/share" "$PAYLOAD" >"$WORK/out" 2>"$WORK/err" </dev/null &
pid=$!
await_port() { # await_port PORT: until the guest listens there, or is no more
	for ((i = 0; i < 1200; i++)); do
		grep -q "port $1" "$WORK/out" 2>/dev/null && break
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.05
	done
}
await_port 80
is "$(socat -T 5 - "TCP:127.0.0.1:$port" <<<ask)" "tcp: ask" "--net user,tcp=: a port leads into the guest"
await_port 81
is "$(socat -T 5 - "TCP:127.0.0.1:$((port + 10000))" <<<ask)" "tcp: ask" "--net passt,tcp=: likewise, past QEMU"
wait "$pid"
is $? 9 "the script ran to its end" || sed 's/^/# /' "$WORK/err"
out=$(cat "$WORK/out")
like "$out" '^outside' "--share: what is outside is read inside, at the same path"
is "$(cat "$WORK/share/out")" inside "... and what is written inside is there outside"
is "$(grep -c '^fixed' "$WORK/out")" 2 "--share =DEST is mounted there, =TAG by the program"
like "$out" '^below' "... with what is mounted below it"
like "$(cat "$WORK/err")" 'cannot create /mnt/fixed/x: Read-only file system' ":ro cannot be written to"
is "$(cat "$WORK/fixed/x" "$WORK/fixed/below/x" 2>/dev/null)" "" "... not even after a remount, nor a file system below it"
like "$out" '^raw' "--disk is /dev/vda"
is "$(head -n 1 "$WORK/disk")" new "... and written to"
cmp -s <(head -c 3 "$WORK/disk.ro") <(echo -n raw)
ok $? "one with :ro is not"
like "$out" '^dm_verity' "--module: it is loaded, from --modules, into --kernel"
like "$out" '^dm_bufio' "... with what it needs"
like "$out" 'inet 10.0.2.15' "--net user,address=dhcp: an address"
like "$out" '^default via 10.0.2.2' "... and a route"
like "$out" '^nameserver 10.0.2.3' "... and a name server"
is "$(left_of_runs)" "" "nothing is left behind"
finish
