#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# GPIO: an app in a guest reads and drives the lines of a chip, and hears of their edges. QEMU 8.2 is needed, and a
# vhost-user daemon: tests/tools/vhost-gpio.py, in the place of vhost-device-gpio, which Debian does not have.
. tests/tap.sh
. tests/vm/lib.sh
. tests/newer-qemu.sh
cache=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}
if ! grep -qs '^CONFIG_GPIO_VIRTIO=y' "$cache/kernels/$ARCH-pith/config"; then
	skip "GPIO" "only pith's own kernel has virtio's GPIO, and it is not built (make kernel)"
	finish
fi
newer_qemu "GPIO"
daemon=$PWD/tests/tools/vhost-gpio.py

image app gpio /dev/gpiochip0 6 7
chip() { # chip VALUE: vm.toml with this gpio.gpiochip1
	vm 'app = "app.img"' "gpio.gpiochip1 = $1"
	printf '[paths]\nvhost_device_gpio = "%s"\n' "$daemon" >>"$WORK/vm.toml"
}
lines='lines=8 values=10100000
event=rising value=1
event=falling value=0'
chip '{ mode = "passthrough", device = "/dev/gpiochip5" }'
run -v
is "$code" 0 "passthrough: the app finds /dev/gpiochip0" || sed 's/^/# /' "$WORK/err"
is "$out" "$lines" "... whose lines it reads, drives, and hears of"
is "$(grep -a '^vhost-gpio: the guest' "$WORK/err" | tail -n 2 | tr -d '\r')" "vhost-gpio: the guest sets line 6 to 1
vhost-gpio: the guest sets line 6 to 0" "... as the daemon has it"
pgrep -f "$daemon --socket-path=" >/dev/null
is $? 1 "... which has ended with the VM"

chip '{ mode = "external", path = "chip0" }'
run
is "$code" 125 "external: nobody listens there"
(cd "$WORK" && exec "$daemon" -s chip -l 5) 2>"$WORK/daemon" &
pid=$!
await 10 test -S "$WORK/chip0"
run
is "$code $out" "0 $lines" "... and a daemon of one's own" || sed 's/^/# /' "$WORK/err" "$WORK/daemon"
run
is "$code $out" "0 $lines" "... which serves the next VM, too"
kill $pid
wait $pid 2>/dev/null

GPIO=$daemon timeout --kill-after=5 400 scripts/demo-opensut single $((20000 + RANDOM % 20000)) >"$WORK/demo" 2>&1 </dev/null
is $? 0 "examples/opensut with a chip for mission protection" || sed 's/^/# /' "$WORK/demo"
like "$(<"$WORK/demo")" 'mission +\| GPIO line 0 is high' "... which drives its line 0"
GPIO=$daemon scripts/demo-opensut nested >"$WORK/demo" 2>&1
is "$? $(<"$WORK/demo")" "2 scripts/demo-opensut: GPIO is for LEVEL=single: the host VM has no such daemon" "... not in a host VM"
finish
