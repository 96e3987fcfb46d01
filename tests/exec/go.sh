#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# go test -exec 'pith exec': exit codes, the folder of the package, and the files that go asks for.
. tests/exec/lib.sh

if ! command -v go >/dev/null; then
	skip "go test -exec" "there is no go (Debian: golang-go)"
	finish
fi
PATH=$(dirname "$PITH"):$PATH
export GOPROXY=off GOFLAGS=-mod=mod GOCACHE=$WORK/cache
mkdir -p "$WORK/demo/testdata"
cd "$WORK/demo" || exit 1
printf 'module demo\ngo 1.19\n' >go.mod
printf 'package demo\n\nfunc Add(a, b int) int {\n\treturn a + b\n}\n' >a.go
cat >a_test.go <<'END'
package demo

import (
	"os"
	"testing"
)

func TestAdd(t *testing.T) {
	if Add(1, 2) != 3 {
		t.Fatal("wrong")
	}
	if os.Getppid() != 1 {
		t.Fatal("not below PID 1")
	}
	if _, err := os.ReadFile("testdata/x"); err != nil {
		t.Fatal(err)
	}
}
END
echo x >testdata/x
out=$(go test -count=1 -exec "pith exec --add testdata --result $WORK/result.json" -coverprofile=cover.out . 2>&1)
is "$?" 0 "a test that passes"
like "$out" 'coverage: 100' "... with its coverage"
like "$(cat cover.out)" '^demo/a.go:' "... whose profile is here"
is "$(jq -r '.processes[0].stages[0].stage' "$WORK/result.json")" work "... in a guest that was resumed, without a word about it"
out=$(go test -count=1 -exec 'pith exec' . 2>&1)
is "$?" 1 "a test that fails"
like "$out" 'open testdata/x: no such file' "... says why"
cd - >/dev/null || exit 1
finish
