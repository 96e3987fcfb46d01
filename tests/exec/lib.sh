# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# lib.sh: sourced by the tests of pith exec. $PAYLOAD is a static program with answers.
. tests/tap.sh
PAYLOAD=$TOOLS/payload
# PITH_TEST_WARM=off: the same tests with guests that boot in the place of resumed ones.
unset PITH_EXEC_ARGS
[ -z "${PITH_TEST_WARM:-}" ] || export PITH_EXEC_ARGS="--warm $PITH_TEST_WARM"
export PITH_TEST_OWN=mine

# run_exec WORD...: pith exec; $STATUS, and $WORK/out and $WORK/err; $STDIN is a file for its input.
run_exec() {
	"$PITH" exec "$@" <"${STDIN:-/dev/null}" >"$WORK/out" 2>"$WORK/err"
	STATUS=$?
	[ ! -s "$WORK/err" ] || sed 's/^/# stderr: /' "$WORK/err" | head -n 5
}
