#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# With a key in the initramfs: what pith-init refuses of command line and policy files, and how it keeps its
# helper, pith-verify. There is no loop device in this root, so an image that is accepted fails at that.
. tests/pid1/lib.sh
openssl genpkey -algorithm ed25519 -out "$WORK/key.pem"
openssl pkey -in "$WORK/key.pem" -pubout -outform DER | tail -c 32 >"$WORK/key"
head -c 20000 /dev/urandom >"$WORK/random"
"$PITH" image build -q --verity -f "$WORK/random" -o "$WORK/image" >/dev/null
"$PITH" image sign --key "$WORK/key.pem" --name hello --version 3 "$WORK/image" >/dev/null
export HELPER=$PWD/build/$ARCH/pith-verify WORK

# shellcheck disable=SC2016 # the variables are for the shell that makes the root
boot() { # boot WORD...: the kernel command line beside pith.app_device; FILES are commands for /pith
	export ROOT_HOOK='mkdir -p usr/lib/pith && cp "$WORK/image" image && cp "$WORK/key" pith/key &&
		{ [ ! -e "$HELPER" ] || cp "$HELPER" usr/lib/pith/pith-verify; } && cd pith && '"${FILES:-true}"
	CMDLINE="pith.app_device=/image $*" run_init
}
accepted() { # accepted NAME
	like "$(message)" 'loop device|no block device' "$1"
}
refused() { # refused REGEX NAME
	is "$(outcome)" verify-failed:0:0 "$2"
	like "$(message)" "$1" "... and said"
}

boot
accepted "an image signed by the key is accepted"
for word in pith.app_mount=/app pith.app_mount=/opt/opensut/app pith.runner=/usr/bin/pith pith.app_root=no pith.verify=require; do
	boot "$word"
	accepted "$word is accepted"
done
for word in pith.app_mount=/bin pith.app_mount=/app/below pith.app_root=yes pith.cwd=/tmp pith.runner=/payload pith.verify=off; do
	boot "$word"
	refused "${word%%=*}(=[a-z/]*)? is refused" "$word is refused"
done
boot -- /payload exit 0
refused 'a program on the command line is refused' "a program is refused"

for version in 0 3 ' 3' 0003; do
	FILES="printf '%s' '$version' >min-version" boot
	if [ "$version" = ' 3' ]; then
		refused '/pith/min-version holds no number' "min-version '$version' is refused"
	else
		accepted "min-version '$version' is accepted"
	fi
done
FILES='echo 4 >min-version' boot
refused 'its version 3 is older than 4' "an older version is refused"
for version in '' 3x x -1 +3 0x3 3.0 99999999999999999999 "$(printf '1%.0s' {1..100})"; do
	FILES="printf '%s' '$version' >min-version" boot
	refused '/pith/min-version holds no number' "min-version '${version:0:24}' is refused"
done
FILES='mkdir min-version' boot
refused '/pith/min-version holds no number' "a min-version that cannot be read is refused"
FILES='echo hello >name' boot
accepted "its name is accepted"
for name in other hell helloo ''; do
	FILES="echo '$name' >name" boot
	refused 'its name is hello, accepted is' "name '$name' is refused"
done
FILES='head -c 31 key >short && mv short key' boot
refused '/pith/key: ' "a key of 31 bytes is refused"
FILES='printf x >>key' boot
refused '/pith/key: ' "a key of 33 bytes is refused"

# The helper.
HELPER=$WORK/none boot
refused 'pith-verify did not run' "no helper: refused"
HELPER=$PAYLOAD boot
refused 'pith-verify did not run' "a helper that ends with another code: refused"
HELPER=$TOOLS/stuck BACKGROUND=1 boot
helper=
for _ in {1..1000}; do
	helper=$(pgrep -f -x pith-verify | while read -r pid; do
		[ "$(readlink "/proc/$pid/root")" = "$WORK/root" ] && echo "$pid"
	done)
	[ -z "$helper" ] || break
	sleep 0.01
done
proc=/proc/${helper:-none}
is "$(grep -E '^(Uid|Gid|Groups|CapPrm|CapEff|NoNewPrivs):' "$proc/status" | tr -s '\t ' ' ' | sed 's/ *$//' | xargs)" \
	'Uid: 64990 64990 64990 64990 Gid: 64990 64990 64990 64990 Groups: CapPrm: 0000000000000000 CapEff: 0000000000000000 NoNewPrivs: 1' \
	"the helper has a user of its own, no group, no capability, and can get none"
is "$(find "$proc/fd" -type l -printf "%f ")" "0 " "it has its input, and nothing else open"
is "$(tr '\0' ' ' <"$proc/environ")" '' "its environment is empty"
limits=$(tr -s ' ' <"$proc/limits")
like "$limits" '^Max open files 1 1 ' "it can open no file"
like "$limits" '^Max processes 1 1 ' "... start no process"
like "$limits" '^Max file size 0 0 ' "... write to none"
like "$limits" '^Max address space 67108864 67108864 ' "... and take no memory but 64 MiB"
wait_init
refused 'pith-verify: no answer after 10 s' "a helper that does not answer: refused"
[ ! -e "$proc" ]
ok $? "... and ended"
finish
