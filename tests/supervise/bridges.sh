#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Bridges are made for the run and removed after it; run in a network namespace of the test's own.
. tests/tap.sh

if [ "$(id -u)" = 0 ]; then separate=(unshare -n); else separate=(unshare -rn); fi
config() { # config TABLE COMMAND
	cat >"$WORK/c.toml" <<-END
		mode = "manage"
		bridge.br7 = $1
		[[process]]
		type = "shell"
		command = '''$2'''
	END
}
in_namespace() { # in_namespace COMMANDS: with two interfaces joined by a wire; sets $code and $out
	out=$("${separate[@]}" sh -c "ip link add left type veth peer name right && $1" 2>&1)
	code=$?
}

config '{ address = "10.9.8.1/24", ports = ["left"] }' 'ip -br addr show br7; ip -br link show master br7 | grep -c ^left'
in_namespace "'$PITH' run -q '$WORK/c.toml' && ip -br link"
is $code 0 "a bridge is made" || echo "# $out"
like "$out" 'br7 +[A-Z]+ +10\.9\.8\.1/24' "with its address"
is "$(sed -n 2p <<<"$out")" 1 "and its port"
is "$(grep -c '^br7' <<<"$out")" 1 "it is gone after the run"

in_namespace "ip link add br7 type bridge; '$PITH' run -v '$WORK/c.toml' && ip -br link"
like "$out" 'bridge br7: was there' "a bridge that is there already is used"
is "$(grep -c '^br7' <<<"$out")" 2 "and left after the run"

config '{ ports = ["left", "nowhere"] }' 'echo started'
in_namespace "'$PITH' run --result '$WORK/result.json' '$WORK/c.toml'; echo \$?; ip -br link"
is "$(head -n 2 <<<"$out")" "pith: error: bridge br7: port nowhere: No such device
125" "a port that is not there: one line, 125, nothing is started"
is "$(grep -c '^br7' <<<"$out")" 0 "and no bridge is left"
is "$(jq -r '.outcome + ", " + .message' "$WORK/result.json")" "setup-failed, a bridge could not be made" "the result says why"

config '{}' 'exit 3'
in_namespace "'$PITH' run -q '$WORK/c.toml'; echo \$?; ip -br link"
is "$(head -n 1 <<<"$out") $(grep -c '^br7' <<<"$out")" "3 0" "a process that fails: its code, and the bridge is gone"
if [ "$(id -u)" = 0 ]; then
	chmod 755 "$WORK"
	in_namespace "setpriv --reuid=65534 --clear-groups '$PITH' run '$WORK/c.toml'"
	is "$code $out" "125 pith: error: bridge br7: making it needs root (CAP_NET_ADMIN)" "without the right to make it"
else
	skip "without the right to make it" "not root"
fi
finish
