#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The whole chain on each architecture, with Debian's kernel for it: image verified, run, exit code
# reported, ended; and the same refused under another image's hash. By SHA-256, and, where no other test
# does it, by signature and hash tree.
. tests/tap.sh
kernels=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}/kernels
cat >"$WORK/runner.toml" <<'END'
mode = "exec"
[[process]]
type = "shell"
argv = ["/app/payload", "exit", "7"]
END
for key in key other; do
	openssl genpkey -algorithm ed25519 -out "$WORK/$key.pem"
	openssl pkey -in "$WORK/$key.pem" -pubout -out "$WORK/$key.pub"
done
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
	[ "$arch" != "$(uname -m)" ] || continue
	"$PITH" image build -q --verity -f "build/$arch/tests/payload=payload" -f "$WORK/runner.toml=runner.toml" \
		-o "$WORK/$arch.img" >/dev/null && "$PITH" image sign --key "$WORK/key.pem" --name app "$WORK/$arch.img" >/dev/null
	ok $? "$arch: an image is signed"
	for key in key other; do
		sed "/^app_sha256/d" "$WORK/wrong.toml" >"$WORK/$key.toml"
		printf 'app_name = "app"\napp_key = "%s.pub"\n' $key >>"$WORK/$key.toml"
	done
	out=$(PITH_KERNEL_DIR=$kernels/$arch "$PITH" run -v "$WORK/key.toml" 2>&1)
	is $? 7 "$arch: signed by the key, it runs" || printf '# %s\n' "${out//$'\n'/$'\n'# }"
	like "$out" 'verified root hash' "$arch: ... by its hash tree"
	out=$(PITH_KERNEL_DIR=$kernels/$arch "$PITH" run "$WORK/other.toml" 2>&1)
	is $? 125 "$arch: by another, it is refused"
	like "$out" 'its signature is wrong' "$arch: ... for its signature"
done
finish
