#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith image build: what is refused, in which words, and that a refused, failed, interrupted or killed
# build leaves nothing behind.
. tests/tap.sh
cd "$WORK" || exit 1
mkdir -p src/sub out
echo hello >src/file
echo '#!/bin/sh' >src/sub/tool

refused() { # refused EXIT-CODE REGEX NAME ARGUMENT...
	local code=$1 regex=$2 name=$3 status message
	shift 3
	message=$("$PITH" image build "$@" 2>&1)
	status=$?
	is "$status" "$code" "$name: exit code $code"
	like "$message" "$regex" "$name: the message"
	is "$(ls -A out)" "" "$name: nothing left"
}

# Destinations, each for files and for folders.
for item in '/abs:is absolute' '../up:has a .\.\.. component' 'a/../b:has a .\.\.. component' \
	'..:has a .\.\.. component' 'a/..:has a .\.\.. component' ':is empty' 'a//b:has an empty component' \
	'a/:has an empty component' './a:has a .\.. component' 'a/./b:has a .\.. component' \
	"$(printf 'n%.0s' {1..256}):more than 255 bytes"; do
	dest=${item%%:*} regex=${item#*:}
	refused 2 "-f src/file=${dest:0:20}.*$regex" "file to '${dest:0:20}'" -f "src/file=$dest" -o out/a.img
	refused 2 "-d src=${dest:0:20}.*$regex" "folder to '${dest:0:20}'" -d "src=$dest" -o out/a.img
done
refused 2 'is the root, which only a folder' 'file to the root' -f src/file=. -o out/a.img
refused 2 'has a .\.\.. component' 'folder named ..' -d src/sub/.. -o out/a.img
refused 2 'is empty' 'default destination of /' -d / -o out/a.img
refused 2 'source is empty' 'empty source' -f =a -o out/a.img

# Conflicts.
refused 2 "'a' is given twice" 'same place twice' -f src/file=a -f src/sub/tool=a -o out/a.img
refused 2 "'file' is given twice" 'file over a folder content' -d src=. -f src/sub/tool=file -o out/a.img
refused 2 "'\.' is given twice" 'two roots' -d src=. -d src/sub=. -o out/a.img
refused 2 "'a' cannot be both" 'file below a file' -f src/file=a -f src/file=a/b -o out/a.img
refused 2 "'sub/tool' cannot be both" 'file below a file of a folder' -d src=. -f src/file=sub/tool/x -o out/a.img

# Sources.
refused 125 '-f src/none: src/none: No such file' 'missing source' -f src/none -o out/a.img
refused 2 'src is a folder; files' 'folder by -f' -f src -o out/a.img
refused 2 'src/file is not a folder' 'file by -d' -d src/file -o out/a.img
mkfifo src/sub/fifo
refused 125 'src/sub/fifo is a FIFO' 'a FIFO' -d src -o out/a.img
rm src/sub/fifo
python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).bind("src/sub/socket")'
refused 125 'src/sub/socket is a socket' 'a socket' -d src -o out/a.img
rm src/sub/socket
refused 2 '/dev/null is not a folder' 'a device by -d' -d /dev/null -o out/a.img
refused 125 '/dev/null is a device node' 'a device by -f' -f /dev/null -o out/a.img
if [ "$(id -u)" = 0 ] && mknod src/sub/null c 1 3 2>/dev/null; then
	refused 125 'src/sub/null is a device node' 'a device in a folder' -d src -o out/a.img
	rm src/sub/null
else
	skip 'a device in a folder' 'making a device node needs root'
fi
refused 2 'lies in .*, which goes into the image' 'output within a source' -d .=x -o out/a.img

# Options of the format and the tree.
refused 2 '--format ext4: accepted: squashfs, erofs, cpio' 'another format' -f src/file -o out/a.img --format ext4
refused 2 '--verity: a cpio archive has no hash tree' 'a tree behind an initramfs' -f src/file -o out/a.img --format cpio --verity
refused 2 '--salt is of no use' 'a salt without a tree' -f src/file -o out/a.img --salt 00
for salt in 0 0g '+1' ' 00' "$(printf '00%.0s' {1..257})"; do
	refused 2 'accepted: 0 to 256 bytes' "--salt '${salt:0:8}'" -f src/file -o out/a.img --verity --salt "$salt"
done

# Usage.
refused 2 'nothing to put' 'no input' -o out/a.img
refused 2 'by -o' 'no output' -f src/file
refused 2 'by -o' 'empty output' -f src/file -o ''
refused 2 "unexpected argument 'x'" 'a stray argument' -f src/file -o out/a.img x
refused 2 'unknown option --frob' 'an unknown option' --frob -o out/a.img
refused 2 'unknown option -x' 'an unknown short option' -qx -o out/a.img
refused 2 '-o needs a value' 'an option without its value' -f src/file -o
for jobs in 0 -1 x 1025 '' 99999999999999999999; do
	refused 2 'accepted: 1 to 1024' "--jobs '$jobs'" -f src/file -o out/a.img --jobs "$jobs"
done
for epoch in -1 1x '' 4294967296 ' 1'; do
	SOURCE_DATE_EPOCH=$epoch refused 2 'SOURCE_DATE_EPOCH=.*accepted: seconds' "SOURCE_DATE_EPOCH='$epoch'" -f src/file -o out/a.img
done
"$PITH" image >/dev/null 2>&1
is $? 2 'no verb: exit code 2'
"$PITH" image frob >/dev/null 2>&1
is $? 2 'an unknown verb: exit code 2'
for verb in verify show; do
	"$PITH" image $verb >/dev/null 2>&1
	is $? 2 "$verb without an image: exit code 2"
	"$PITH" image $verb --frob x >/dev/null 2>&1
	is $? 2 "$verb with an unknown option: exit code 2"
	message=$("$PITH" image $verb no-such 2>&1)
	is "$? $message" '125 pith: error: no-such: No such file or directory' "$verb of a missing image"
	"$PITH" image $verb --help | grep -q "^Usage: pith image $verb"
	ok $? "$verb --help"
done
for hash in '' 00 "$(printf 'g%.0s' {1..64})" "$(printf '0%.0s' {1..65})" "+$(printf '0%.0s' {1..63})"; do
	for option in --sha256 --root-hash; do
		message=$("$PITH" image verify $option "$hash" src/file 2>&1)
		is "$?" 2 "verify $option '${hash:0:4}' of ${#hash}: exit code 2"
		like "$message" 'accepted: 64 hexadecimal digits' "verify $option '${hash:0:4}' of ${#hash}: the message"
	done
done
like "$("$PITH" image build --help)" 'SOURCE_DATE_EPOCH' '--help prints the text'

# The output.
refused 125 'no/such/.*No such file' 'output folder missing, erofs' -f src/file --format erofs -o no/such/a.img
refused 125 'no/such/a.img: No such file' 'output folder missing' -f src/file -o no/such/a.img
mkdir out/dir
message=$("$PITH" image build -f src/file -o out/dir 2>&1)
is $? 125 'output is a folder: exit code 125'
like "$message" 'out/dir: Is a directory' 'output is a folder: the message'
is "$(ls -A out)" dir 'output is a folder: nothing else left'
rmdir out/dir

# Without mksquashfs, and with one that fails: an older image stays as it was.
message=$(PATH=$WORK "$PITH" image build -f src/file -o out/a.img 2>&1)
is $? 125 'mksquashfs missing: exit code 125'
like "$message" 'mksquashfs is not installed: apt-get install squashfs-tools' 'mksquashfs missing: the package is named'
message=$(PATH=$WORK "$PITH" image build --format erofs -f src/file -o out/a.img 2>&1)
like "$message" 'mkfs.erofs is not installed: apt-get install erofs-utils' 'mkfs.erofs missing: the package is named'
is "$(ls -A out)" '' 'mkfs.erofs missing: nothing left'
mkdir bin
printf '#!/bin/sh\nexit 3\n' >bin/mksquashfs
chmod +x bin/mksquashfs
echo old >out/a.img
message=$(PATH=$WORK/bin:$PATH "$PITH" image build -f src/file -o out/a.img 2>&1)
is $? 125 'mksquashfs fails: exit code 125'
like "$message" 'mksquashfs failed with exit status 3' 'mksquashfs fails: the message'
is "$(cat out/a.img)" old 'mksquashfs fails: the older image is untouched'
rm out/a.img

# A tool that takes its time, known by a FIFO that it opens: pith is ended meanwhile. A process of its own removes
# the copy of the input that mkfs.erofs reads when pith is killed.
nothing_left() {
	local end=$((SECONDS + 10))
	until [ "$(ls -A out)" = "" ] || [ $SECONDS -ge $end ]; do sleep 0.02; done
	ls -A out
}
# shellcheck disable=SC2016
printf '#!/bin/sh\necho "$$" >"$STARTED"\ncat >/dev/null\nexec sleep 600\n' >bin/mksquashfs
cp bin/mksquashfs bin/mkfs.erofs
export STARTED=$WORK/started
mkfifo "$STARTED"
chmod 0555 src/sub
for case in squashfs:INT squashfs:TERM squashfs:HUP squashfs:KILL erofs:INT erofs:TERM erofs:HUP erofs:KILL; do
	format=${case%:*} signal=${case#*:}
	# env(1) undoes that a background process of a script ignores SIGINT.
	PATH=$WORK/bin:$PATH env --default-signal=INT "$PITH" image build -d src --format "$format" -o out/a.img 2>/dev/null &
	pith=$!
	read -r tool <"$STARTED"
	kill -"$signal" "$pith"
	wait "$pith" 2>/dev/null
	is $? $((128 + $(kill -l "$signal"))) "$format, SIG$signal: ends by it"
	is "$(nothing_left)" "" "$format, SIG$signal: nothing left"
	timeout 10 tail --pid="$tool" -f /dev/null
	ok $? "$format, SIG$signal: the tool has ended"
done

# A file system without files that have no name: the temporary one beside the output is removed too.
if strace -o /dev/null true 2>/dev/null; then
	without() { strace -qq -o /dev/null -P out/ -e trace=open,openat -e inject=open,openat:error=EOPNOTSUPP "$@" 2>&1; }
	line=$(without "$PITH" image build -d src -o out/a.img)
	is "$(tail -n 1 <<<"$line")" "$(sha256sum out/a.img)" 'without O_TMPFILE: the image is built'
	is "$(ls -A out)" a.img 'without O_TMPFILE: and nothing else'
	rm out/a.img
	without "$PITH" image build -d src/none=x -f src/file -o out/a.img >/dev/null
	is "$(ls -A out)" '' 'without O_TMPFILE: a refused build leaves nothing'
	PATH=$WORK/bin:$PATH without "$PITH" image build -d src -o out/a.img >/dev/null &
	read -r tool <"$STARTED"
	like "$(ls -A out)" '^\.a\.img\.[a-z]{6}$' 'without O_TMPFILE: a name of its own meanwhile'
	kill -TERM "$(ps -o ppid= -p "$tool" | tr -d ' ')"
	wait $!
	is "$(ls -A out)" '' 'without O_TMPFILE: SIGTERM leaves nothing'
else
	skip 'without O_TMPFILE' 'strace cannot trace here'
fi
finish
