#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The whole chain on each architecture, with Debian's kernel for it: image verified, run, exit code
# reported, powered off; and the same refused under another image's hash.
. tests/tap.sh
kernels=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}/kernels
cat >"$WORK/runner.toml" <<'END'
mode = "exec"
[[process]]
type = "shell"
argv = ["/app/payload", "exit", "7"]
END
for arch in x86_64 aarch64 riscv64; do
	if [ ! -x "build/$arch/tests/payload" ]; then
		skip "$arch" "not built: make ARCH=$arch tools"
		continue
	fi
	"$PITH" image build -f "build/$arch/tests/payload=payload" -f "$WORK/runner.toml=runner.toml" \
		-o "$WORK/$arch.img" >"$WORK/$arch.sum" 2>&1
	ok $? "$arch: an image is built" || sed 's/^/# /' "$WORK/$arch.sum"
	for variant in good wrong; do
		cat >"$WORK/$variant.toml" <<-END
			mode = "exec"
			[[process]]
			type = "vm"
			arch = "$arch"
			ram_mb = 256
			app = "$arch.img"
		END
	done
	echo "app_sha256 = \"$(printf '%064d' 0)\"" >>"$WORK/wrong.toml"
	out=$(PITH_KERNEL_DIR=$kernels/$arch "$PITH" run "$WORK/good.toml" 2>&1)
	is $? 7 "$arch: the app's exit code comes back" || printf '# %s\n' "${out//$'\n'/$'\n'# }"
	out=$(PITH_KERNEL_DIR=$kernels/$arch "$PITH" run "$WORK/wrong.toml" 2>&1)
	is $? 125 "$arch: an image of another hash is refused" || printf '# %s\n' "${out//$'\n'/$'\n'# }"
done
finish
