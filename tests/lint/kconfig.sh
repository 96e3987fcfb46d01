#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# kconfig/: every option stands with its reason, once; scripts/build-kernel reads what it should.
. tests/tap.sh

reasonless() { grep -HnvE '^$|^#|^CONFIG_[A-Z0-9_]+=("[^"]*"|[^" ]+) +# [^ ]' "$@"; }
is "$(reasonless kconfig/*.config)" "" "every option has its reason beside it"
printf 'CONFIG_A=y\nCONFIG_B=y #\nCONFIG_C=y # for tests\n' >"$WORK/bad.config"
is "$(reasonless "$WORK/bad.config" | wc -l)" 2 "one without would be found"

for arch in x86_64 aarch64 riscv64; do
	all=$(cat kconfig/{base,verity,"$arch",host-vm,debug,kunit}.config kconfig/host-vm-"$arch".config 2>/dev/null |
		grep -oE '^CONFIG_[A-Z0-9_]+' | sort)
	is "$(uniq -d <<<"$all")" "" "$arch: no option is given twice"
done
is "$(cat kconfig/{minimal,minimal-x86_64,kunit}.config | grep -oE '^CONFIG_[A-Z0-9_]+' | sort | uniq -d)" "" \
	"nor in the minimal kernel"
like "$(scripts/build-kernel riscv64 minimal 2>&1)" 'there is no kconfig/minimal-riscv64.config' \
	"a minimal kernel of another architecture is refused"
like "$(scripts/build-kernel x86_64 kunit minimal 2>&1)" "'minimal': accepted as the first one only" \
	"... and minimal beside the full set"
like "$(scripts/build-kernel sparc 2>&1)" 'accepted are x86_64, aarch64, riscv64' "an unknown architecture is refused"
like "$(scripts/build-kernel x86_64 no-such 2>&1)" 'there is no kconfig/no-such.config' "an unknown fragment is refused"
# A copy of the tree, whose fragments are ours.
with_fragment() { # with_fragment LINE...: scripts/build-kernel with one more fragment of these lines, where it is read
	mkdir -p "$WORK/copy/scripts"
	ln -sfn "$PWD/scripts/build-kernel" "$WORK/copy/scripts/build-kernel"
	cp -r kconfig "$WORK/copy"
	printf '%s\n' "$@" >"$WORK/copy/kconfig/mine.config"
	PITH_CACHE=$WORK/none "$WORK/copy/scripts/build-kernel" x86_64 mine 2>&1
}
for line in CONFIG_USB=y 'CONFIG_USB=y #' 'CONFIG_USB=y#usb' '# CONFIG_USB is not set' 'USB=y # usb' 'CONFIG_A="b # c'; do
	out=$(with_fragment '# Mine.' '' "$line")
	is "$? $(head -n 1 <<<"$out")" "2 scripts/build-kernel: kconfig/mine.config:3: $line" \
		"a line that would be passed over is refused: $line"
done
is "$(test -e "$WORK/none"; echo $?)" 1 "... before anything is made"
like "$(scripts/fetch-kernel sparc 2>&1)" 'accepted are x86_64, aarch64, riscv64' "likewise when fetching"

for file in kconfig/patches/*/*.patch; do
	like "$(sed '/^--- /,$d' "$file" | tr '\n' ' ')" '^SPDX-License-Identifier: GPL-2.0-only .+: .{20,}' "$file says what it is for"
done

# The build itself, around a source tree whose makefile is ours: it takes the fragments' lines as .config, but for
# those of $LOSE, and $GAIN is what comes of dependencies. What a patch takes away or leaves stands where it wants it.
host=$(uname -m)
before_patch() { # before_patch PATCH: the file that it applies to, empty lines between its parts
	awk '/^@@/ { split($2, at, "[-,]"); while (line < at[2] - 1) { print ""; line++ }; inside = 1; next }
		inside && /^[- ]/ { print substr($0, 2); line++ }' "$1"
}
make_tree() {
	local tree=$WORK/linux tar=$PITH_CACHE/source/linux-source-6.1_0_all/usr/src
	mkdir -p "$tree/scripts/kconfig" "$tar"
	cat >"$tree/scripts/kconfig/merge_config.sh" <<-'END'
		#!/bin/sh
		cp "$3" "$2"
	END
	chmod +x "$tree/scripts/kconfig/merge_config.sh"
	sed 's/^  */\t/' >"$tree/Makefile" <<-'END'
		tinyconfig:
		  : >.config
		olddefconfig:
		  sed -i '/=n$$/d; /^$(LOSE)=/d' .config
		  [ -z "$(GAIN)" ] || echo "$(GAIN)" >>.config
		bzImage Image:
		  echo built >>$(PITH_CACHE)/builds
		  mkdir -p arch/x86/boot arch/arm64/boot include/config
		  cp .config arch/x86/boot/bzImage
		  cp .config arch/arm64/boot/Image
		  cp /bin/true vmlinux
		  echo 6.1.0-pith >include/config/kernel.release
	END
	sed -nE 's/^CONFIG_([A-Za-z0-9_]+)=.*/config \1/p' kconfig/*.config >"$tree/Kconfig"
	for patch in kconfig/patches/"$host"/*.patch; do
		[ -e "$patch" ] || continue
		file=$tree/$(sed -n 's/^--- a\///p' "$patch")
		mkdir -p "${file%/*}"
		before_patch "$patch" >"$file"
	done
	[ -z "${1:-}" ] || sed -i "$1" "$file"
	tar -C "$WORK" -cJf "$tar/linux-source-6.1.tar.xz" linux
}
export PITH_CACHE=$WORK/cache
make_tree
built() { find "$PITH_CACHE/kernels" -mindepth 1 ! -name '.lock-*' -printf '%P\n'; }
out=$(LOSE=CONFIG_EPOLL scripts/build-kernel "$host" 2>&1)
is "$? $(tail -n 2 <<<"$out")" "1 scripts/build-kernel: these lines of the fragments are not in the final .config:
CONFIG_EPOLL=y" "a line that did not survive ends the build, with its name"
out=$(GAIN=CONFIG_VT=y scripts/build-kernel "$host" 2>&1)
is "$? $(tail -n 1 <<<"$out")" "1 CONFIG_VT=y" "... and so does an option that has to be off"
printf 'CONFIG_NO_SUCH=n # misspelt\n' >"$WORK/copy/kconfig/mine.config"
out=$("$WORK/copy/scripts/build-kernel" "$host" mine 2>&1)
is "$? $(tail -n 1 <<<"$out")" "1 CONFIG_NO_SUCH=n: there is no such option" "... and one that has to be off, and that no kernel has"
is "$(built)" store "... and nothing is left behind"
out=$(scripts/build-kernel "$host" 2>&1)
is "$? $(cat "$PITH_CACHE/kernels/$host-pith/release")" "0 6.1.0-pith" "with every line there it is built" || printf '# %s\n' "${out//$'\n'/$'\n'# }"
is "$(scripts/build-kernel "$host" 2>&1; wc -l <"$PITH_CACHE/builds")" 1 "... once"
if [ "$host" = x86_64 ]; then
	make_tree 's/tsc_early_khz/another_name/'
	rm -rf "$PITH_CACHE/kernels"
	out=$(scripts/build-kernel "$host" 2>&1)
	is "$?" 1 "a patch that does not apply ends the build"
	like "$out" 'kconfig/patches/x86_64/tsc-rate.patch does not apply to linux-source-6.1_0_all:' "... with its name"
	is "$(built)" store "... and nothing is left behind"
else
	skip "patches" "there are none for $host"
fi

# A program with a mebibyte of zeros behind its data is the same without them.
cat >"$WORK/zeros.c" <<'END'
static volatile char data[1 << 20] = {7}, empty[1 << 20];
int main(void)
{
	for (int i = 1; i < 1 << 20; i++)
		if (data[i] != 0 || empty[i] != 0)
			return 1;
	return data[0];
}
END
sizes() { # in the file, and in memory, of the last segment: more than a mebibyte each?
	local in_file in_memory
	read -r in_file in_memory < <(readelf -lW "$WORK/zeros" | awk '$1 == "LOAD" { print $5, $6 }' | tail -n 1)
	echo "$((in_file > 1 << 20)) $((in_memory > 1 << 20))"
}
"${CC:-gcc}" -O0 -o "$WORK/zeros" "$WORK/zeros.c"
mode=$(stat -c %a "$WORK/zeros")
before=$(sizes)
scripts/lean-kernel "$WORK/zeros"
"$WORK/zeros"
is "$? $before $(sizes) $(stat -c %a "$WORK/zeros")" "7 1 1 0 1 $mode" "a segment's zeros are not read from the file, and are there"
cp "$WORK/zeros.c" "$WORK/text"
out=$(scripts/lean-kernel "$WORK/text" 2>&1)
is "$? $out $(cmp "$WORK/text" "$WORK/zeros.c")" "1 scripts/lean-kernel: $WORK/text: no 64-bit little-endian ELF file " \
	"what is no ELF file is refused"
finish
