#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith vm: the command line that it would run, and that wrong usage is never a success.
# tests/unit/test_vm_line.c has the rest of its command line.
. tests/tap.sh

line=$("$PITH" vm --dry-run --kernel 'path=vmlinux,cmdline="console=ttyS0,115200 quiet"' --memory size_mib=128 \
	--vcpus num=2 --block path=a,b --block path='"a,b"' 2>&1)
is "$? $line" "2 pith: error: vm: --block: 'b': accepted are words KEY=VALUE, KEY being path, read_only; see pith vm --help" \
	"a comma without quotes ends the value"
line=$("$PITH" vm --dry-run --kernel 'path=vmlinux,cmdline="console=ttyS0,115200 quiet"' --memory size_mib=128 \
	--vcpus num=2 --block 'path="a,b",read_only=yes' --net tap=tap0)
is $? 0 "the reference VMM's line is taken"
for words in "-m 128" "-smp 2" "-kernel ./vmlinux" "-append 'panic=-1 console=ttyS0,115200 quiet'" \
	"-drive if=none,id=vda,format=raw,read-only=on,file=./a,,b" "-netdev tap,id=net0,ifname=tap0,script=no,downscript=no" \
	"-nodefaults" "-serial chardev:stdio"; do
	case " $line " in
	*" $words "*) ok 0 "$words" ;;
	*) ok 1 "$words" || echo "# in: $line" ;;
	esac
done
like "$("$PITH" vm --dry-run --kernel path=k --log a,b)" "logfile=./a,,b,logappend=on" "--log, with its comma doubled"
unlike "$line" "pith\." "nothing of pith is in a kernel of one's own"
line=$("$PITH" vm --dry-run 2>/dev/null | head -n 1)
like "$line" "name=pith.report" "without a kernel, the shell's end is reported"
unlike "$line" "name=pith.stdout" "but its output is the console's"
for words in "--memory size_mib=0" "--memory 256" "--kernel vmlinux" "--vcpu" "--initrd path=a" "config.toml" "--kernel path="; do
	# shellcheck disable=SC2086
	"$PITH" vm $words >/dev/null 2>&1
	is $? 2 "vm $words: exit code 2"
done
like "$("$PITH" vm --help)" "^Usage: pith vm" "vm --help"
finish
