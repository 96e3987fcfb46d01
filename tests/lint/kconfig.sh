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
like "$(scripts/build-kernel sparc 2>&1)" 'accepted are x86_64, aarch64, riscv64' "an unknown architecture is refused"
like "$(scripts/build-kernel x86_64 no-such 2>&1)" 'there is no kconfig/no-such.config' "an unknown fragment is refused"
like "$(scripts/fetch-kernel sparc 2>&1)" 'accepted are x86_64, aarch64, riscv64' "likewise when fetching"
finish
