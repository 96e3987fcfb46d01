#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016
# Two VMs on one network. Forwarded ports: tests/vm/devices.sh; helpers: tests/vm/supervised.sh.
. tests/tap.sh
. tests/vm/lib.sh

need_busybox networks

# The one that connects is first in the file.
net_image() { # net_image NAME ADDRESS COMMAND
	printf '%s\n' 'b=/app/busybox' "for i in /sys/class/net/e*; do \$b ifconfig \${i##*/} $2 up; done" "$3" | script_image "$1"
}
net_image client 10.9.0.1 'until $b nc -w 5 10.9.0.2 7; do $b usleep 100000; done'
net_image server 10.9.0.2 'echo over the network | $b nc -l -p 7'
{
	printf 'mode = "manage"\n'
	printf '[[process]]\ntype = "vm"\nname = "%s"\nram_mb = 128\napp = "%s.img"\nnet.a = { mode = "unix", %s = "net.socket" }\n' \
		client client connect server server listen
} >"$WORK/vm.toml"
run --timeout 100s
is "$code" 0 "two VMs joined by a unix network both end well" || printf '# %s\n' "$err"
like "$out" "^client \| over the network$" "and what one sends, the other gets"
ok "$([ ! -e "$WORK/net.socket" ]; echo $?)" "the socket is gone"
finish
