#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The manual pages: well-formed, and pith.1 tells of every subcommand that --help lists.
. tests/tap.sh

shopt -s nullglob
pages=(man/*.[1-9])
if [ "${#pages[@]}" = 0 ]; then
	skip "manual pages" "there is no man/ yet"
	finish
fi
for page in "${pages[@]}"; do
	is "$(mandoc -T lint -W warning "$page" 2>&1 | grep -v ': STYLE: ')" "" "$page: mandoc has no warning"
done

if [ ! -e man/pith.1 ]; then
	skip "every subcommand" "there is no man/pith.1 yet"
	finish
fi
commands=$("$PITH" --help 2>/dev/null | sed -n '/^[Cc]ommands/,/^[^ C]*$/s/^ \{2,\}\([a-z][a-z-]*\).*/\1/p')
for command in $commands; do
	grep -qE "(^|[^a-z-])$command([^a-z-]|$)" man/pith.1
	ok $? "man/pith.1 tells of pith $command" || true
done
# pith-init(8) and docs/boot.md tell of every key that init/cmdline.c reads, but those of /pith/config only.
keys=$(sed -n '/ keys\[\] = {/,/^};/s/^[^{]*{"\([a-z_]*\)".*/\1/p' init/cmdline.c)
for key in $keys; do
	for paper in man/pith-init.8 docs/boot.md; do
		grep -q "pith\.$key=" "$paper"
		ok $? "$paper tells of pith.$key" || true
	done
done
[ "$(wc -w <<<"$keys")" -ge 10 ]
ok $? "init/cmdline.c has its table of keys"
# Each explains itself, and says what it ends with.
while read -r line; do
	# shellcheck disable=SC2086 # two words of one command
	text=$("$PITH" $line --help) && [[ $text == "Usage: pith $line"* && $text == *"xit codes:"* ]]
	ok $? "pith $line --help: usage and exit codes" || true
done <<<"$(grep -vxE 'image|version' <<<"$commands"; printf 'image %s\n' build sign verify show)"
for command in run vm exec cache readonly send doctor show check junit-merge measure timeline "image build" "image sign" "image verify" "image show"; do
	# shellcheck disable=SC2086 # two words of one command
	options=$("$PITH" $command --help | grep -oE '^ +(-., )?--[a-z0-9-]+' | grep -oE -- '--[a-z0-9-]+' | sort -u)
	missing=
	for option in $options; do
		grep -qE "^\\.(It|Op) Fl (. , )?${option#-}( |\$)|Fl ${option#-}( |\$)|Fl . , ${option#-}( |\$)" man/pith.1 || missing+=" $option"
	done
	is "${missing# --help}" "" "man/pith.1 tells of every option of pith $command"
done
# Every key of a build.toml.
keys=$(sed -n '/_keys\[\] = {/,/^};/s/^ *{"\([a-z_]*\)", .*/\1/p' runner/build_file.c)
for key in $keys; do
	grep -qE "^\\.It Ic .*$key" man/pith-build.toml.5
	ok $? "man/pith-build.toml.5 tells of $key" || true
done
[ -n "$commands" ]
ok $? "pith --help lists commands"
finish
