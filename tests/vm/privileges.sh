#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An app in a VM that has a user of its own, one capability, no way to get more, and a root directory that it
# cannot write: what its kernel says of it.
. tests/tap.sh
. tests/vm/lib.sh

cat >"$WORK/runner.toml" <<'END'
mode = "exec"
[[process]]
type = "shell"
argv = ["/app/payload", "cat", "/proc/self/status", "+", "cat", "/proc/self/mountinfo", "+", "write", "/tmp/file", "x",
	"+", "exit", "5"]
user = "1000"
group = "1001"
capabilities = ["dac_override"]
no_new_privs = true
read_only_root = true
END
"$PITH" image build -q --verity -f "$TOOLS/payload=payload" -f "$WORK/runner.toml=runner.toml" -o "$WORK/app.img" >/dev/null
vm 'app = "app.img"'
run
is "$code" 5 "it runs, and writes where it may" || sed 's/^/# /' "$WORK/err"
is "$(grep -aE '^(Uid|Gid|CapBnd|CapEff|NoNewPrivs):' <<<"$out" | tr -s '\t ' ' ' | xargs)" \
	'Uid: 1000 1000 1000 1000 Gid: 1001 1001 1001 1001 CapEff: 0000000000000002 CapBnd: 0000000000000002 NoNewPrivs: 1' \
	"user, capabilities and no new privileges"
like "$out" ' / / ro' "its root directory is read-only"
like "$out" ' / /app ro,nosuid,nodev' "its image is nosuid and nodev"
like "$out" ' / /tmp rw' "what is mounted elsewhere is as it was"
finish
