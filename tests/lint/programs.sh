#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The shipped programs as files: static, position-independent, hardened, stripped, and small.
. tests/tap.sh

check_program() { # check_program FILE SIZE-LIMIT
	local name headers
	name=$(basename "$1")
	headers=$(readelf -hlW "$1")
	like "$headers" 'Type: +DYN' "$name: position-independent"
	unlike "$headers" 'INTERP' "$name: asks for no dynamic loader"
	is "$(readelf -dW "$1" | grep -c '(NEEDED)')" 0 "$name: needs no shared library"
	like "$headers" 'GNU_RELRO' "$name: relocations are read-only"
	like "$headers" 'GNU_STACK .* RW +0x' "$name: the stack is not executable"
	unlike "$headers" 'LOAD .* RWE ' "$name: nothing is writable and executable"
	is "$(readelf -SW "$1" | grep -cE '\.(symtab|debug_)')" 0 "$name: stripped"
	local size
	size=$(stat -c %s "$1")
	[ "$size" -lt "$2" ]
	ok $? "$name: $size bytes, below $2"
}

check_program "$PITH_INIT" 150000
check_program "$PITH" 1500000

# A dynamic program is told from a static one.
like "$(readelf -lW "$(command -v bash)")" INTERP "a dynamic program asks for a loader"
finish
