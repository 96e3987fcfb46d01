#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith show against the expected command lines: configs/NAME.toml gives NAME.tcg, and NAME.kvm where
# that file exists. The files hold one option a line. UPDATE=1 rewrites them.
. tests/tap.sh

cd tests/golden/configs || exit 2
show() { # show ACCEL CONFIG
	"$PITH" show --accel "$1" "$2" 2>&1 | sed -E 's/ (-[a-z])/\n  \1/g'
}
for config in *.toml; do
	for accel in tcg kvm; do
		expected=${config%.toml}.$accel
		[ -e "$expected" ] || [ "$accel" = tcg ] || continue
		[ -z "${UPDATE:-}" ] || show $accel "$config" >"$expected"
		is "$(show $accel "$config")" "$(cat "$expected")" "show --accel $accel $config"
	done
	"$PITH" check "$config" >"$WORK/out" 2>&1
	is "$? $(cat "$WORK/out")" "0 " "check $config"
done

# An app image with a hash tree: its root hash, not its SHA-256.
printf 'mode = "exec"\n[[process]]\ntype = "vm"\narch = "x86_64"\nkernel = "k"\napp = "app.img"\n' >"$WORK/verity.toml"
"$PITH" image build -q --verity -f lean.toml=runner.toml -o "$WORK/app.img" >"$WORK/built" 2>&1 || cat "$WORK/built"
root=$(sed -n 's/^root_hash *//p' "$WORK/built") offset=$(sed -n 's/^verity_offset *//p' "$WORK/built")
like "$("$PITH" show "$WORK/verity.toml")" "pith.verity_root=$root pith.verity_offset=$offset pith.verify=require" "show has the root hash of an image with a tree"
zeros=$(printf '0%.0s' {1..64})
echo "app_root_hash = '$zeros'" >>"$WORK/verity.toml"
like "$("$PITH" show "$WORK/verity.toml")" "pith.verity_root=$zeros pith.verity_offset=$offset pith.verify=require" "... or app_root_hash"
echo "app_on_corruption = 'eio'" >>"$WORK/verity.toml"
like "$("$PITH" show "$WORK/verity.toml")" "pith.verity_offset=$offset pith.verity_on_corruption=eio pith.verify=require" "... and app_on_corruption"
sed "s/^app_root_hash.*/app_sha256 = '$zeros'/; /app_on/d" "$WORK/verity.toml" >"$WORK/whole.toml"
like "$("$PITH" show "$WORK/whole.toml")" "pith.app_hash=$zeros pith.verify=require" "app_sha256 is for the whole of it"

# The refusing sibling: one letter more, and neither command accepts the file.
sed 's/^mode = "manage"/mode = "managed"/' opensut.toml >"$WORK/bad.toml"
"$PITH" show "$WORK/bad.toml" >"$WORK/out" 2>"$WORK/err"
is "$? $(cat "$WORK/out")" "2 " "show prints no command line of a configuration with an error"
like "$(cat "$WORK/err")" "bad.toml:[0-9]+:8: 'mode' in the configuration is \"managed\"; accepted is \"manage\" or \"exec\"$" "and says what is wrong"
for arguments in "" "--accel hvf opensut.toml" "opensut.toml opensut.toml" "--help x"; do
	# shellcheck disable=SC2086
	"$PITH" show $arguments >/dev/null 2>"$WORK/err"
	is "$? $(cat "$WORK/err")" "2 pith: error: show: usage: pith show [--accel tcg|kvm] CONFIG" "show $arguments"
done
"$PITH" check >/dev/null 2>&1
is $? 2 "check without a file"
like "$("$PITH" check --help)" '^Usage: pith check' "check --help"
like "$("$PITH" show --help)" '^Usage: pith show' "show --help"
"$PITH" check no-such-file.toml >"$WORK/out"
is "$? $(cat "$WORK/out")" "2 no-such-file.toml: No such file or directory" "check names a missing file"
"$PITH" check . >"$WORK/out"
is "$? $(cat "$WORK/out")" "2 .: Is a directory" "check refuses a folder"

# What follows "--" is an operand, whatever it begins with.
cd "$WORK" || exit 2
printf 'mode = "exec"\n[[process]]\ntype = "shell"\ncommand = "exit 0"\n' >-x.toml
"$PITH" run --result -x.json -- -x.toml
is $? 0 "run --result FILE -- -x.toml"
for command in run show check doctor "show --accel tcg"; do
	# shellcheck disable=SC2086
	"$PITH" $command -- -x.toml >out 2>&1
	is $? 0 "$command -- -x.toml"
	# shellcheck disable=SC2086
	"$PITH" $command -x.toml >out 2>&1
	is $? 2 "... and $command -x.toml, which is an option there, is refused"
	# shellcheck disable=SC2086
	"$PITH" $command -- -x.toml -- >out 2>&1
	is $? 2 "... and a second -- is no option any more"
done
is "$("$PITH" run -- --tap 2>&1)" "pith: error: --tap: No such file or directory" "run -- --tap: a configuration of that name"
"$PITH" timeline -- -x.json >out
is $? 0 "timeline -- FILE"
for words in "cache list -- warm:0" "cache list -- --x:2" "cache list --x:2" "send -- /proc/version:0" "send -- x:2" "send --:2" \
	"readonly -- x y:2" "junit-merge -o out -- none:1" "measure --vm -- none:2" "image show -- -x.toml:0" "image show -x.toml:2"; do
	# shellcheck disable=SC2086
	"$PITH" ${words%:*} >out 2>&1
	is $? "${words##*:}" "${words%:*}"
done
finish
