#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith exec --dry-run: the machine, the guest's files and PID 1's records that options stand for.
. tests/tap.sh
PAYLOAD=$TOOLS/payload
unset PITH_EXEC_ARGS
cd "$WORK" || exit 1
cp "$PAYLOAD" program
mkdir data
echo x >data/file
ln -s file data/link

dry() { # dry WORD...: without what depends on this machine's paths
	env -i PATH=/usr/bin HOME=/home/u "$PITH" exec --dry-run "$@" </dev/null 2>&1 | sed "s|$WORK|WORK|g"
}

plan=$(dry --memory 1G --cpus 2 --machine pc --cpu max --append 'a b' --append c --qemu-arg -S --env A=1 --env A=2 \
	--env HOME --add data --add data/file=/opt/x --output "out=$WORK/out" ./program 'a b' -- '')
line=$(head -n 1 <<<"$plan")
for words in '-machine pc' '-cpu max' '-smp 2' '-m 1024' "a b c'" 'name=pith.output'; do
	like "$line" "$(printf ' %s|%s' "${words/-/\\-}" "$words")" "$words"
done
like "$line" ' -S$' "--qemu-arg comes last"
unlike "$line" 'pith.stdin' "no input, no port for it"
line=$(dry --transport mmio --disk data/file --net user ./program | head -n 1)
like "$line" ' -machine microvm .* -device virtio-blk-device,drive=vda .*force-legacy=false' "--transport mmio"
unlike "$line" '-pci' "... and nothing on PCI"
line=$(dry --transport isa ./program | head -n 1)
like "$line" ' -machine q35.* -device isa-serial,chardev=report,iobase=0x2f8,irq=3 .*chardev=stdout,iobase=0x3e8,irq=6 .*chardev=stderr,iobase=0x2e8,irq=7' "--transport isa"
unlike "$line" 'virtio' "... and nothing virtio"
line=$(dry --transport shm ./program | head -n 1)
like "$line" ' -machine q35.* -device isa-serial,chardev=report,iobase=0x2f8,irq=3 -object memory-backend-file,id=rings,mem-path=/proc/self/fd/12,size=1024K,share=on -device ivshmem-plain,memdev=rings ' "--transport shm"
unlike "$line" 'virtio|stdout' "... and nothing virtio"
line=$(dry --kernel program --share data:ro --net tap=tap9,mac=52:54:00:00:00:09 --rootfs / ./program)
like "$line" 'ifname=tap9.*mac=52:54:00:00:00:09' "--net tap="
like "$line" '^record mount=(virtiofs|9p),pith.root,ro,/$' "--rootfs is the first to be mounted"
like "$line" '^record mount=(virtiofs|9p),pith1,ro,WORK/data$' "--share is mounted where it is here"
wanted="folder 0755 WORK/data
file 0644 WORK/data/file data/file
link 0777 WORK/data/link file
folder 0755 /opt
file 0644 /opt/x data/file
file 0755 WORK/program WORK/program
record arg=./program
record 'arg=a b'
record arg=--
record arg=
record env=HOME=/home/u
record env=A=2
record env=PATH=/usr/bin
record cwd=WORK
record stderr=stdout
record output=WORK/out"
is "$(tail -n +2 <<<"$plan" | grep -vxE 'folder (0755|1777|01777) (/tmp|WORK)')" "$wanted" "files and records"
unlike "$("$PITH" exec --dry-run ./program 2>"$WORK/err" </dev/null)" 'stderr=' "output and errors apart: no record joins them"
unlike "$(dry --tests tap ./program)" 'stderr=' "... nor where results are read"
is "$(dry ./program | sed -n 's/.* -m \([0-9]*\) .*/\1/p')" 256 "memory by default"
truncate -s 100M big
is "$(dry --add big ./program | sed -n 's/.* -m \([0-9]*\) .*/\1/p')" 512 "... grows with what is taken along"
truncate -s 360M big
is "$(dry --add big ./program | sed -n 's/.* -m \([0-9]*\) .*/\1/p')" 2048 "... three times as much: packed, and half of the rest unpacked"
env -i "$PITH" exec --dry-run "$WORK/program" <<<x | grep -q name=pith.stdin
ok $? "input has a port" || true
is "$(printf -- '# comment\n--memory=300\n--cpus=2\n' >.pith-exec; PITH_EXEC_ARGS='--cpus 3' "$PITH" exec --dry-run ./program </dev/null |
	sed -n 's/.* -smp \([0-9]*\) -m \([0-9]*\) .*/\1 \2/p')" "3 300" "file, then environment"
if [ "$(id -u)" = 0 ]; then
	chown 1 .pith-exec
	said=$("$PITH" exec --dry-run ./program 2>&1)
	is "$?" 2 "a .pith-exec of another user"
	like "$said" 'belongs to another user' "... is refused in words"
else
	skip 'a .pith-exec of another user' 'chown needs root'
fi
finish
