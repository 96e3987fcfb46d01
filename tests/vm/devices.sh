#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Devices as the guest sees them: forwarded ports of both protocols, shared folders. (virtiofs and data
# disks: tests/vm/supervised.sh; two VMs on one network: tests/vm/networks.sh.)
# shellcheck disable=SC2016
. tests/tap.sh
. tests/vm/lib.sh

need_busybox devices

# QEMU's user network, whose default guest is 10.0.2.15: what is forwarded to another arrives only where
# pith-init has given that address.
script_image ports <<'EOF'
b=/app/busybox
/app/payload udp-echo 53 + tcp-echo 80
$b ip -o -4 address show
$b ip route
EOF
tcp=$((20000 + $$ % 10000)) udp=$((30000 + $$ % 10000))
vm 'app = "ports.img"' '[process.net.a]' 'mode = "user"' "address = '10.0.2.77/24'" "gateway = '10.0.2.2'" \
	"port_forward.web = { outer_port = $tcp, inner_host = '10.0.2.77', inner_port = 80 }" \
	"port_forward.names = { proto = \"udp\", inner_host = '10.0.2.77', outer_port = $udp, inner_port = 53 }"
start
await 60 grep -q 'port 53' "$WORK/out"
is "$(socat -T 5 - "UDP:127.0.0.1:$udp" <<<ask)" "udp: ask" "a forwarded UDP port answers"
await 20 grep -q 'port 80' "$WORK/out"
is "$(socat -T 5 - "TCP:127.0.0.1:$tcp" <<<ask)" "tcp: ask" "a forwarded TCP port answers"
wait "$pid"
is $? 0 "... and the guest ends well"

like "$(<"$WORK/out")" 'inet 10\.0\.2\.77/24 .*eth0' "its interface has the address of the configuration"
like "$(<"$WORK/out")" '^default via 10\.0\.2\.2 dev eth0' "... and its route the gateway"
like "$(<"$WORK/out")" 'inet 127\.0\.0\.1/8 .*lo' "... and the loopback interface is there"
vm 'app = "ports.img"' "net.a = { mode = 'user', address = '10.0.2.15/24', gateway = '192.168.0.1' }"
run
is "$code $outcome" "125 setup-failed" "a gateway that is not on the network is refused by the guest"
like "$err" 'gateway of interface eth0: Network (is )?unreachable' "... in one line"

# The same network's own DHCP server.
script_image asks <<'EOF'
b=/app/busybox
/app/payload tcp-echo 80
$b ip -o -4 address show
$b ip route
$b cat /etc/resolv.conf
EOF
vm 'app = "asks.img"' "net.a = { mode = 'user', address = 'dhcp', port_forward.web = { outer_port = $tcp, inner_port = 80 } }"
start
await 60 grep -q 'port 80' "$WORK/out"
is "$(socat -T 5 - "TCP:127.0.0.1:$tcp" <<<ask)" "tcp: ask" "an interface with an address by DHCP takes connections"
wait "$pid"
is $? 0 "... and the guest ends well"
like "$(<"$WORK/out")" 'inet 10\.0\.2\.15/24 .*eth0' "it has the address that QEMU's server gives"
like "$(<"$WORK/out")" '^default via 10\.0\.2\.2 dev eth0' "... its route"
like "$(<"$WORK/out")" '^nameserver 10\.0\.2\.3$' "... and its name server"
# A network of one: nobody answers.
vm 'app = "asks.img"' "net.a = { mode = 'unix', listen = 'alone.socket', address = 'dhcp' }" \
	'append = "pith.dhcp_timeout_ms=700"'
run
is "$code $outcome" "125 setup-failed" "without a DHCP server the run ends"
like "$err" 'DHCP on interface eth0: no server answered within 700 ms' "... with the reason in one line"

# 9p, which Debian's cloud kernels lack and its kernel for riscv64 has.
if [ ! -x build/riscv64/tests/payload ]; then
	skip "9p" "not built: make ARCH=riscv64 tools"
	finish
fi
mkdir "$WORK/share" "$WORK/fixed"
echo from outside >"$WORK/share/in"
echo fixed >"$WORK/fixed/in"
printf 'mode = "exec"\n[[process]]\ntype = "shell"\nargv = %s\n' "$(toml_words /app/payload \
	mount-9p home /run/home + mount-9p fixed /run/fixed + cat /run/home/in + cat /run/fixed/in + \
	write /run/home/out 'from inside' + open /run/home/in + open /run/fixed/in)" >"$WORK/runner.toml"
"$PITH" image build -q -f build/riscv64/tests/payload=payload -f "$WORK/runner.toml=runner.toml" -o "$WORK/shares.img" >/dev/null
vm 'arch = "riscv64"' 'app = "shares.img"' '9p.home.path = "share"' '9p.fixed = { path = "fixed", read_only = true }'
export PITH_KERNEL_DIR=${PITH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pith}/kernels/riscv64
run
is "$code" 0 "9p shares are mounted" || printf '# %s\n' "$err"
like "$out" $'^from outside' "what is outside is read inside"
like "$out" $'^fixed' "from the read-only one too"
is "$(cat "$WORK/share/out")" "from inside" "what is written inside is there outside"
like "$out" '^open /run/home/in: ok' "a file of it can be opened for writing"
like "$out" '^open /run/fixed/in: Read-only file system' "one of the read-only one cannot"
is "$(cat "$WORK/fixed/in")" fixed "which is as it was"
finish
