# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# lib.sh: sourced by the tests of pith run with shell processes.

config() { # config MODE COMMAND...: c.toml, with a shell process for each command
	local mode=$1 command
	shift
	echo "mode = \"$mode\"" >"$WORK/c.toml"
	for command; do
		printf '[[process]]\ntype = "shell"\ncommand = %s\n' "'''$command'''" >>"$WORK/c.toml"
	done
}
