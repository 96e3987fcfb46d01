#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The public toml-test corpus, read in place from $TOML_TEST_DIR: every valid case gives the value that
# the tagged JSON beside it describes, every invalid one is refused with a line and a column.
. tests/tap.sh

corpus=${TOML_TEST_DIR:-../shared/toml-test}
if [ ! -d "$corpus/valid" ] || [ ! -d "$corpus/invalid" ]; then
	skip "the toml-test corpus" "no corpus in $corpus (set TOML_TEST_DIR)"
	finish
fi
python3 tests/toml/corpus_check.py "$TOOLS/toml-decode" "$corpus"
