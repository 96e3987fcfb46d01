# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# tap.sh: sourced by the shell tests. Prints TAP, which tests/run counts. The tests run in the
# repository's top folder; $WORK is a fresh temporary folder, removed at the end.
set -u
TAP_COUNT=0
TAP_FAILED=0
ARCH=${ARCH:-$(uname -m)}
PITH=$PWD/build/$ARCH/pith
PITH_INIT=$PWD/build/$ARCH/pith-init
TOOLS=$PWD/build/$(uname -m)/tests
WORK=$(mktemp -d "${TMPDIR:-/tmp}/pith-test.XXXXXX")
trap 'rm -rf "$WORK"' EXIT

# From here on pith makes the folder of a run in one of this test's own, where left_of_runs finds what it leaves.
own_runs() {
	mkdir -m 0700 "$WORK/run"
	export XDG_RUNTIME_DIR=$WORK/run # pith takes one of at most 32 bytes, else /tmp
	[ ${#XDG_RUNTIME_DIR} -le 32 ]
	ok $? "runs have a folder of this test's own: $XDG_RUNTIME_DIR"
}
left_of_runs() { find "$XDG_RUNTIME_DIR" -mindepth 1; }

ok() { # ok STATUS NAME
	TAP_COUNT=$((TAP_COUNT + 1))
	if [ "$1" = 0 ]; then
		echo "ok $TAP_COUNT - $2"
	else
		echo "not ok $TAP_COUNT - $2"
		TAP_FAILED=$((TAP_FAILED + 1))
		return 1
	fi
}
is() { # is GOT WANTED NAME
	if [ "$1" = "$2" ]; then ok 0 "$3"; else
		ok 1 "$3"
		printf '# got:    %s\n# wanted: %s\n' "${1//$'\n'/$'\n#   '}" "${2//$'\n'/$'\n#   '}"
		return 1
	fi
}
like() { # like TEXT EXTENDED-REGEX NAME
	if grep -Eq -- "$2" <<<"$1"; then ok 0 "$3"; else
		ok 1 "$3"
		printf '# no match for: %s\n# in: %s\n' "$2" "${1//$'\n'/$'\n#   '}"
		return 1
	fi
}
unlike() { # unlike TEXT EXTENDED-REGEX NAME
	if grep -Eq -- "$2" <<<"$1"; then
		ok 1 "$3"
		printf '# unwanted match for: %s\n# in: %s\n' "$2" "${1//$'\n'/$'\n#   '}"
		return 1
	else ok 0 "$3"; fi
}
skip() { # skip NAME REASON
	TAP_COUNT=$((TAP_COUNT + 1))
	echo "ok $TAP_COUNT - $1 # SKIP $2"
}
finish() {
	echo "1..$TAP_COUNT"
	[ "$TAP_FAILED" = 0 ]
	exit
}
