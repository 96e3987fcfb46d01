#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A FIFO in the place of a file is refused at once, in one line, whatever it is for; pith does not wait for its other
# end. A pipe that the shell hands over by name is read where a file is read from its beginning to its end.
. tests/tap.sh
cd "$WORK" || exit 2
mkfifo fifo fifo.toml
chmod +x fifo
echo file >file
mkdir kernel
mkfifo kernel/release kernel/config
echo kernel >kernel/vmlinuz
openssl genpkey -algorithm ed25519 -out key.pem 2>/dev/null
openssl pkey -in key.pem -pubout -out pub.pem
"$PITH" image build -q --verity -f file=file -o app.img >/dev/null
"$PITH" image sign --key key.pem --name app --version 1 app.img >/dev/null

pith() { # pith WORD...: sets $code, $out; nothing here takes long, and nobody opens the other end
	out=$(timeout --kill-after=2 20 "$PITH" "$@" 2>&1 </dev/null)
	code=$?
	out=$(grep -v ': emulation' <<<"$out")
}
refused() { # refused CODE MESSAGE WORD...
	local wanted=$1 message=$2
	shift 2
	pith "$@"
	is "$code $(head -n 1 <<<"$out")" "$wanted $message" "pith $*"
}
for command in run show doctor; do
	refused 2 'pith: error: fifo: not a regular file' $command fifo
done
refused 2 'pith: error: fifo.toml: not a regular file' image build fifo.toml
refused 2 'pith: error: fifo: not a regular file' exec --matrix fifo true
refused 2 'fifo: not a regular file' check fifo
refused 125 'pith: error: fifo: not a regular file' image show fifo
refused 125 'pith: error: fifo: not a regular file' image verify fifo
refused 125 'pith: error: fifo: not a regular file' image verify --key fifo app.img
refused 125 'pith: error: fifo: not a regular file' image sign --key key.pem --name app --version 2 fifo
refused 125 'pith: error: timeline: fifo: not a regular file' timeline fifo
refused 1 'pith: error: fifo: missing, or not a whole JUnit file' junit-merge --output merged.xml fifo
refused 126 'pith: error: fifo: exec-failed: ./fifo: Permission denied' exec ./fifo
refused 125 'pith: error: true: setup-failed: kernel fifo: not a regular file' exec --kernel fifo /bin/true
refused 125 'pith: error: true: setup-failed: fifo is neither a file nor a folder' exec --add fifo /bin/true

vm() { # vm LINE...: vm.toml
	printf '%s\n' 'mode = "exec"' '[[process]]' 'type = "vm"' 'name = "vm"' 'arch = "x86_64"' "$@" >vm.toml
}
for case in 'app = "fifo"|vm: setup-failed: app image ./fifo' 'kernel = "fifo"|vm: setup-failed: kernel ./fifo' \
	'firmware = "fifo"|vm: setup-failed: firmware ./fifo' 'disk.vda = { format = "raw", path = "fifo" }|vm: setup-failed: vda ./fifo' \
	'app_key = "fifo"|./fifo' 'attest_key = "fifo"|attest_key ./fifo'; do
	vm "${case%%|*}"
	[[ $case != disk* && $case != *_key* ]] || vm "${case%%|*}" 'app = "app.img"'
	refused 125 "pith: error: ${case#*|}: not a regular file" run vm.toml
done
vm 'kernel = "kernel/vmlinuz"' 'initrd = "fifo"'
refused 125 'pith: error: vm: setup-failed: initrd ./fifo: not a regular file' run vm.toml
PITH_KERNEL_DIR=$WORK/kernel pith exec /bin/true
is "$((code != 124 && code != 137))" 1 "a kernel's folder with FIFOs in it does not hang (exit code $code)"

# Pipes of the shell.
printf 'mode = "exec"\n[[process]]\ntype = "shell"\nargv = ["/bin/echo", "from a pipe"]\n' >config.toml
is "$(timeout 20 "$PITH" run <(sleep 0.3 && cat config.toml) 2>&1)" "from a pipe" "a configuration from <(command)"
is "$(timeout 20 "$PITH" run /dev/stdin 2>&1 < <(sleep 0.3 && cat config.toml))" "from a pipe" "... from standard input"
is "$(timeout 20 "$PITH" run /dev/stdin 2>&1 <config.toml)" "from a pipe" "... that is a file"
timeout 20 "$PITH" image verify --key <(cat pub.pem) app.img >out 2>&1
is $? 0 "a key from <(command)" || sed 's/^/# /' out
finish
