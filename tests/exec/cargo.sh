#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# cargo test and cargo run with pith exec as their runner (docs/ci.md).
. tests/exec/lib.sh

if ! cargo --version >/dev/null 2>&1; then
	skip "cargo's runner" "there is no cargo (Debian: cargo)"
	finish
fi
PATH=$(dirname "$PITH"):$PATH
mkdir -p "$WORK/demo/src" "$WORK/demo/.cargo"
cd "$WORK/demo" || exit 1
printf '[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n' >Cargo.toml
printf '[target.%s-unknown-linux-gnu]\nrunner = ["pith", "exec", "--result", "%s"]\n' "$ARCH" "$WORK/result.json" >.cargo/config.toml
cat >src/main.rs <<'END'
fn main() {
    println!("below {}", std::os::unix::process::parent_id());
    std::process::exit(7);
}

#[test]
fn below_pid_1() {
    assert_eq!(std::os::unix::process::parent_id(), 1);
}

#[test]
#[ignore]
fn wrong() {
    assert!(false);
}
END
out=$(cargo run --offline -q 2>"$WORK/err")
is "$? $out" "7 below 1" "cargo run: the program's output and exit code"
is "$(jq -r '.processes[0].stages[0].stage' "$WORK/result.json")" work "... in a guest that was resumed, without a word about it"
out=$(cargo test --offline -q 2>&1)
is "$?" 0 "cargo test: a test that passes"
like "$out" '1 passed; 0 failed; 1 ignored' "... is counted"
out=$(cargo test --offline -q -- --ignored 2>&1)
is "$?" 101 "a test that fails"
like "$out" 'src/main.rs:14' "... says where"
cd - >/dev/null || exit 1
finish
