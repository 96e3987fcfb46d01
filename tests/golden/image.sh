#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith image build: same input, same bytes, whatever the times, inode order, umask, processors and
# file system order; and the content is what was given.
. tests/tap.sh
cd "$WORK" || exit 1
umask 022

tree() { # tree FOLDER NAME...: makes the same content, files made in the order of NAMEs
	local root=$1 name
	shift
	mkdir "$root"
	for name in "$@"; do
		mkdir -p "$(dirname "$root/$name")"
		case $name in
		*link) ln -s 'some where/else' "$root/$name" ;;
		*big) yes "$name" | head -c 3000000 >"$root/$name" ;;
		*) echo "content of $name" >"$root/$name" ;;
		esac
	done
	chmod 0700 "$root/a"
	chmod 0444 "$root/a/one"
	chmod 0755 "$root/tool"
	chmod 4755 "$root/suid"
	chmod 1777 "$root/sticky"
}
long=$(printf 'l%.0s' {1..200})
names=(a/one a/two a.b a-link tool suid big dir/deep/er/big2/big sticky/f "$long/$long/$long" $'new\nline' "q\"uo'te \\ ü" "-dash")
tree first "${names[@]}"
readarray -d '' -t backwards < <(for ((i = ${#names[@]} - 1; i >= 0; i--)); do printf '%s\0' "${names[i]}"; done)
tree second "${backwards[@]}"
find second -exec touch -h -d '2001-02-03 04:05:06' {} +
ln second/a/two second/hardlink # a hard link or a copy: nothing else differs
cp first/a/two first/hardlink
tree other "${names[@]}"
cp other/a/two other/hardlink
printf X | dd of=other/big bs=1 seek=1500000 conv=notrunc status=none

build() { # build IMAGE ARGUMENT...
	local image=$1
	shift
	"$PITH" image build "$@" -o "$image" | cut -d ' ' -f 1
}
hash=$(build 1.img -d first=. -f first/tool=extra/deep/tool)
is "$hash" "$(sha256sum <1.img | cut -d ' ' -f 1)" 'the printed SHA-256 is that of the file'
is "$("$PITH" image build -d first=. -f first/tool=extra/deep/tool -o 1.img)" "$hash  1.img" 'the line is that of sha256sum(1), and building again gives the same'
is "$(build 2.img -f second/tool=extra/deep/tool -d second=.)" "$hash" 'other times, inode order and argument order: same bytes'
is "$(umask 077 && build 3.img -d first=. -f first/tool=extra/deep/tool)" "$hash" 'another umask: same bytes'
for jobs in 1 2 7; do
	is "$(build 4.img -j "$jobs" -d second=. -f first/tool=extra/deep/tool)" "$hash" "$jobs processors: same bytes"
done
is "$(cd second && SOURCE_DATE_EPOCH=0 TZ=Asia/Tokyo LC_ALL=C build ../5.img -d "$WORK/first=." -f tool=extra/deep/tool)" "$hash" 'another working folder, locale and time zone: same bytes'
if mkdir -p /dev/shm/pith-test.$$ && cp -a first/. /dev/shm/pith-test.$$/; then
	is "$(build 6.img -d "/dev/shm/pith-test.$$=." -f first/tool=extra/deep/tool)" "$hash" 'another file system: same bytes'
	rm -rf /dev/shm/pith-test.$$
else
	skip 'another file system: same bytes' '/dev/shm cannot be written'
fi

differs() { # differs NAME ARGUMENT...
	local name=$1 other
	shift
	other=$(build 7.img "$@")
	[ ${#other} = 64 ] && [ "$other" != "$hash" ]
	ok $? "$name: other bytes"
}
differs 'one byte of content' -d other=. -f first/tool=extra/deep/tool
differs 'another place' -d first=. -f first/tool=extra/deep/tools
chmod 0755 second/big
differs 'another mode' -d second=. -f first/tool=extra/deep/tool
SOURCE_DATE_EPOCH=1700000000 differs 'another SOURCE_DATE_EPOCH' -d first=. -f first/tool=extra/deep/tool

# The content.
unsquashfs -q -n -d unpacked 1.img >/dev/null
ok $? 'unsquashfs unpacks it'
rm -rf wanted && cp -a first wanted && mkdir -p wanted/extra/deep && cp -p first/tool wanted/extra/deep/
chmod 0755 wanted/suid
attributes() { (cd "$1" && find . -printf '%p %y %m %l\0' | sort -z | tr '\0' '\n'); }
diff -r --no-dereference wanted unpacked >/dev/null
ok $? 'the content is what was given'
is "$(attributes unpacked)" "$(attributes wanted)" 'names, types, modes and link targets too; set-user-id is gone'
is "$(find unpacked -newermt '1970-01-01 00:00:01 UTC' ! -type l | wc -l)" 0 'all times are 0'
is "$(unsquashfs -lln 1.img | grep -E '^[-dl][-rwxst]{9} ' | grep -vc ' 0/0 ')" 0 'all owners are root'
unsquashfs -q -n -d unpacked7 7.img >/dev/null
is "$(find unpacked7 ! -newermt '2023-11-14 22:13:19 UTC' ! -type l | wc -l)" 0 'all times are SOURCE_DATE_EPOCH'
ln -s first symlinked
is "$(build 8.img -d symlinked=. -f first/tool=extra/deep/tool)" "$hash" 'a source that is a symbolic link is followed'
build 10.img --format cpio -d first=. -f first/tool=extra/deep/tool >/dev/null
mkdir -p unpacked10 && chmod --reference=first unpacked10 && (cd unpacked10 && cpio -i --quiet <../10.img)
ok $? 'cpio unpacks an initramfs'
diff -r --no-dereference wanted unpacked10 >/dev/null
ok $? '... the content is the same'
is "$(attributes unpacked10)" "$(attributes wanted)" '... and names, types, modes and link targets'
is "$(cpio -itv --quiet --numeric-uid-gid <10.img | grep -E '^[-dl][-rwxst]{9} ' | awk '$3 != 0 || $4 != 0' | wc -l)" 0 '... all owners are root'
is "$(touch -h wanted/* && SOURCE_DATE_EPOCH=7 build 11.img --format cpio -d wanted=.)" "$(build 10.img --format cpio -d first=. -f first/tool=extra/deep/tool)" \
	'... the same input gives the same bytes'
is "$(umask 027 && rm -f 9.img && build 9.img -d first >/dev/null && stat -c %a 9.img)" 640 "the image's own mode is the umask's"

# Progress: on a terminal only, where there is something to wait for, and -q is not given.
truncate -s 100M large
shown() { script -qec "$PITH image build $*" /dev/null </dev/null | tr '\r' '\n'; }
like "$(shown -f large --verity --salt 00 -o a.img)" '^pith: packing: 100 %' 'a terminal sees progress'
unlike "$(shown -f large -q -o a.img)" '%' 'not with -q'
unlike "$(shown -f first/big -o a.img)" '%' 'not of little work'
is "$("$PITH" image build -f large -o a.img 2>&1)" "$(sha256sum a.img)" 'nothing but a terminal sees it'
head -c 70000000 /dev/urandom >large
like "$(shown -f large --verity -o a.img)" '^pith: hash tree: 50 %' 'of the hash tree too'
like "$(script -qec "$PITH image verify a.img" /dev/null </dev/null | tr '\r' '\n')" '^pith: checking: 50 %' 'and of checking it'
finish
