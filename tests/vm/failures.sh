#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Virtual machines that end in other ways than by their app's end: never a success, and every reason by
# its own name.
# shellcheck disable=SC2119
. tests/tap.sh
. tests/vm/lib.sh

# A byte flipped in the data, and the hash of the good image.
image app echo never
head -c 300000 /dev/urandom >"$WORK/ballast"
"$PITH" image build -q -f "$TOOLS/payload=payload" -f "$WORK/runner.toml=runner.toml" -f "$WORK/ballast=ballast" -o "$WORK/app.img" >"$WORK/app.sha256"
printf 'X' | dd of="$WORK/app.img" bs=1 seek=200000 conv=notrunc status=none
vm 'app = "app.img"' "app_sha256 = \"$(cut -d ' ' -f 1 "$WORK/app.sha256")\""
run
is "$code $outcome" "125 verify-failed" "a tampered image is refused"
like "$err" "sha256 is $(sha256sum "$WORK/app.img" | cut -d ' ' -f 1), expected $(cut -d ' ' -f 1 "$WORK/app.sha256")" "... with both hashes"
unlike "$out" never "... and its app does not run"
is "$(jq .processes[0].app_verified "$WORK/result.json")" false "... and the result says so"

# A guest would read the last sector filled with zeros, and blame the image.
for size in 0 1000 262145; do
	head -c $size /dev/urandom >"$WORK/odd.img"
	for hash in "" "app_sha256 = '$(sha256sum <"$WORK/odd.img" | cut -d ' ' -f 1)'"; do
		vm 'app = "odd.img"' "$hash"
		run
		is "$code $outcome" "125 setup-failed" "an app image of $size bytes is refused"
		like "$err" "app image .*odd.img: its size, $size bytes, is none of a disk: accepted are multiples of 512" "... by its size"
	done
done

vm 'report = "require"' 'append = "pith.app_device=/dev/vdz pith.device_timeout_ms=500"'
run
is "$code $outcome" "125 setup-failed" "an app device that does not come is a failure"
like "$err" '/dev/vdz' "... that names it"

image app ignore-term + echo ready + sleep 1000
vm 'app = "app.img"'
run --timeout 8s
is "$code $outcome" "124 run-timeout" "--timeout ends an app that does not end"
like "$err" 'not ended after 8.0 s; last stage reached: app' "... and names the stage"
run --boot-timeout 100ms
is "$code $outcome" "124 boot-timeout" "--boot-timeout ends a boot that does not get to the app"
like "$err" 'last stage reached: none' "... and names the stage"
like "$err" 'console' "... and speaks of the console"

start
await 60 grep -q ready "$WORK/out"
kill $pid
sleep 0.4
kill $pid
wait $pid
is "$? $(jq -r .outcome "$WORK/result.json")" "143 interrupted" "a second SIGTERM does not wait for the guest"
await 5 eval '! qemu_of_test'
ok $? "... and QEMU is gone"

start
await 60 grep -q ready "$WORK/out"
kill -KILL "$(pgrep -P $pid -x pith)"
wait $pid
is $? 125 "SIGKILL of the supervisor is 125"
await 5 eval '! qemu_of_test'
ok $? "... and QEMU is gone"

for signal in SEGV KILL; do
	start
	await 60 grep -q ready "$WORK/out"
	kill -$signal "$(qemus_of_test)"
	wait $pid
	is "$? $(jq -r .outcome "$WORK/result.json")" "125 vmm-crashed" "QEMU that ends by SIG$signal is 125"
done

start
await 20 qemu_of_test
kill $pid
wait $pid
stopped=$?
ok $((stopped == 0)) "SIGTERM while the guest boots is not success ($stopped)"

image app echo ready + wait-term + echo 'asked to stop' + exit 5
start
await 60 grep -q ready "$WORK/out"
kill $pid
wait $pid
is "$? $(tail -n 1 "$WORK/out")" "5 asked to stop" "SIGTERM reaches the app, whose own code counts"

# The runner in the guest is killed by its own app: neither success nor a wait for what is left.
# shellcheck disable=SC2016 # for the shell in the guest
printf 'mode = "manage"\n[[process]]\ntype = "shell"\nargv = ["/app/busybox", "sh", "-c", "kill -9 $PPID; exec /app/busybox sleep 1000"]\n' >"$WORK/manage.toml"
"$PITH" image build -q -f /bin/busybox=busybox -f "$WORK/manage.toml=runner.toml" -o "$WORK/app.img" >/dev/null
run
is "$code $outcome" "137 app-signal" "SIGKILL of the guest's runner is 137"

image app write /proc/sysrq-trigger c + sleep 10
run
is "$code $outcome" "125 panic" "a kernel panic is not success"
like "$err" 'Kernel panic - not syncing: sysrq triggered crash' "... and is said"
like "$err" '  \| .*Kernel Offset|  \| .*Call Trace|  \| .*panic' "... with the console's last lines"

vm 'app = "app.img"' 'cpu = "no-such-cpu"'
run
is "$code $outcome" "125 vmm-failed" "QEMU that does not start is 125"
like "$err" 'vmm-failed: .*no-such-cpu' "... with its last words"
vm 'app = "none.img"'
run
is "$code $outcome" "125 setup-failed" "an app image that does not exist is 125"
like "$err" 'none.img: No such file' "... and named"
vm 'app = "app.img"' 'kernel = "none"'
run
is "$code $outcome" "125 setup-failed" "a kernel that does not exist is 125"
like "$err" 'kernel .*none: No such file' "... and named"

# Without pith-init: a kernel that finds no root panics, which by itself it would do for ever.
kernel=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}/kernels/$ARCH/vmlinuz
vm "kernel = '$kernel'" "append = 'quiet'"
run --timeout 100s
is "$code $outcome" "125 setup-failed" "a guest without pith-init that panics ends"
like "$err" 'the guest was reset, by itself or after a panic' "... and the reason is said"
vm "kernel = '$kernel'" "append = 'quiet panic=-1'" 'on_reset = "restart"'
start --events "$WORK/events.json"
# shellcheck disable=SC2317 # called through await
resets() { [ "$(grep -c '"event":"reset"' "$WORK/events.json")" -ge 2 ]; }
await 100 resets
ok $? 'with on_reset = "restart" it starts again, and again'
kill $pid
wait $pid
is "$? $(jq -r .outcome "$WORK/result.json")" "143 interrupted" "... until it is stopped"

other=aarch64
[ "$(uname -m)" != aarch64 ] || other=x86_64
vm 'app = "app.img"' 'kvm = true' "arch = \"$other\""
run
is "$code $outcome" "125 vmm-failed" "kvm = true for a guest that it cannot run is 125"
like "$err" "kvm = true, but the guest is $other, this machine $(uname -m)" "... and said"

# What the kernel's configuration lacks of the devices asked for. The image is none: QEMU refuses it.
mkdir "$WORK/k" "$WORK/shared"
echo none >"$WORK/k/vmlinuz"
echo 'CONFIG_NET_9P=m' >"$WORK/k/config"
vm 'app = "app.img"' 'kernel = "k/vmlinuz"' 'tpm = true' '9p.home.path = "shared"'
run
like "$err" 'warning: vm: .*k/config: CONFIG_NET_9P_VIRTIO is not set; the guest will not find that device' "a share that the kernel cannot mount is told"
like "$err" 'warning: vm: .*k/config: neither CONFIG_TCG_CRB nor CONFIG_TCG_TIS is set' "... and a TPM that it cannot drive"
printf '%s\n' CONFIG_NET_9P_VIRTIO=m CONFIG_TCG_TIS=y >"$WORK/k/config"
run
unlike "$err" 'is not set|neither' "... and none where it can"
finish
