#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The shipped programs as files: static, position-independent, hardened, stripped, and small.
. tests/tap.sh

check_program() { # check_program FILE SIZE-LIMIT
	local name headers
	name=${1#build/}
	headers=$(readelf -hlW "$1")
	like "$headers" 'Type: +DYN' "$name: position-independent"
	unlike "$headers" 'INTERP' "$name: asks for no dynamic loader"
	is "$(readelf -dW "$1" | grep -c '(NEEDED)')" 0 "$name: needs no shared library"
	like "$headers" 'GNU_RELRO' "$name: relocations are read-only"
	like "$headers" 'GNU_STACK .* RW +0x' "$name: the stack is not executable"
	unlike "$headers" 'LOAD .* RWE ' "$name: nothing is writable and executable"
	is "$(readelf -SW "$1" | grep -cE '\.(symtab|debug_)')" 0 "$name: stripped"
	local size
	# What is loaded. The file of aarch64 has up to 64 KiB of zeros more, where its pages may be so large.
	size=$(size "$1" | awk 'NR == 2 { print $1 + $2 }')
	[ "$size" -lt "$2" ]
	ok $? "$name: $size bytes, below $2"
}

for arch in x86_64 aarch64 riscv64; do
	if [ ! -x "build/$arch/pith-init" ] || [ ! -x "build/$arch/pith" ]; then
		skip "$arch" "not built: make ARCH=$arch"
		continue
	fi
	echo "# $arch"
	check_program "build/$arch/pith-init" 150000
	check_program "build/$arch/pith-verify" 150000
	check_program "build/$arch/pith" 1500000
done

# A dynamic program is told from a static one.
like "$(readelf -lW "$(command -v bash)")" INTERP "a dynamic program asks for a loader"
finish
