# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2119,SC2120
# lib.sh: sourced by the tests that boot virtual machines: app images around the payload, a configuration
# around an image, and one run.

toml_words() { # toml_words WORD...: as a TOML array of strings
	jq -nc '$ARGS.positional' --args -- "$@"
}
image() { # image NAME WORD...: NAME.img, whose app is the payload with these words; "/..." as it is
	local name=$1
	shift
	[[ $1 = /* ]] || set -- /app/payload "$@"
	printf 'mode = "exec"\n[[process]]\ntype = "shell"\nargv = %s\n' "$(toml_words "$@")" >"$WORK/runner.toml"
	"$PITH" image build -q -f "$TOOLS/payload=payload" -f "$WORK/runner.toml=runner.toml" -o "$WORK/$name.img" >"$WORK/$name.sha256" 2>"$WORK/image.err" ||
		cat "$WORK/image.err" >&2
}
vm() { # vm [LINE...]: vm.toml, one VM with these lines
	printf '%s\n' 'mode = "exec"' '[[process]]' 'type = "vm"' 'name = "vm"' 'ram_mb = 128' "$@" >"$WORK/vm.toml"
}
run() { # run OPTION...: sets $code, $out, $err, $outcome
	timeout --kill-after=5 120 "$PITH" run --result "$WORK/result.json" "$@" "$WORK/vm.toml" >"$WORK/out" 2>"$WORK/err" </dev/null
	code=$?
	out=$(tr -d '\0' <"$WORK/out") err=$(tr -d '\0' <"$WORK/err")
	outcome=$(jq -r .outcome "$WORK/result.json" 2>/dev/null)
}
run_app() { # run_app WORD...: the payload with these words in a fresh VM
	image app "$@"
	vm 'app = "app.img"'
	run
}
start() { # start OPTION...: the same in the background; sets $pid
	truncate -s 0 "$WORK/out" "$WORK/err" # by the job itself it would come later: what is awaited there may be of the run before
	"$PITH" run --result "$WORK/result.json" "$@" "$WORK/vm.toml" >"$WORK/out" 2>"$WORK/err" </dev/null &
	pid=$!
}
await() { # await SECONDS COMMAND...: until it succeeds
	local end=$((SECONDS + $1))
	shift
	until "$@" 2>/dev/null; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}
# Its command line need not name a file of the test: the environment, which pith hands on, does.
export TEST_WORK=$WORK
qemus_of_test() { # the process ids of the QEMUs that this test's pith has started
	local qemu
	for qemu in $(pgrep '^qemu-system'); do
		! grep -qsz "^TEST_WORK=$WORK\$" "/proc/$qemu/environ" || echo "$qemu"
	done
}
qemu_of_test() { [ -n "$(qemus_of_test)" ]; }
flip() { # flip BYTE: app.img is good.img but for this byte
	python3 - "$WORK/good.img" "$WORK/app.img" "$1" <<-'END'
		import sys
		bytes_ = bytearray(open(sys.argv[1], "rb").read())
		bytes_[int(sys.argv[3])] ^= 1
		open(sys.argv[2], "wb").write(bytes_)
	END
}
refused() { # refused MESSAGE NAME: for its image, before the app ran
	is "$code $outcome" "125 verify-failed" "$2"
	like "$err" "$1" "... and said"
	is "$(wc -c <"$WORK/out")" 0 "... the app did not run"
}
script_image() { # script_image NAME: NAME.img runs the shell script on standard input by /bin/busybox
	cat >"$WORK/$1.sh"
	printf 'mode = "exec"\n[[process]]\ntype = "shell"\nargv = ["/app/busybox", "sh", "/app/script"]\n' >"$WORK/runner.toml"
	"$PITH" image build -q -f /bin/busybox=busybox -f "$TOOLS/payload=payload" -f "$WORK/$1.sh=script" \
		-f "$WORK/runner.toml=runner.toml" -o "$WORK/$1.img" >/dev/null
}
need_busybox() { # need_busybox NAME: a static one, or the whole test is skipped
	if [ ! -x /bin/busybox ] || ldd /bin/busybox >/dev/null 2>&1; then
		skip "$1" "no static busybox"
		finish
	fi
}
