#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Virtual machines beside other processes: order, readiness and results from inside guests; helpers; data
# that is written until the last moment.
# shellcheck disable=SC2119
. tests/tap.sh
. tests/vm/lib.sh

box_image() { # box_image NAME [FILE...]: busybox and what is in runner.toml
	local name=$1 file
	shift
	local files=()
	for file; do files+=(-f "$WORK/$file=$file"); done
	"$PITH" image build -q -f /bin/busybox=busybox -f "$WORK/runner.toml=runner.toml" "${files[@]}" -o "$WORK/$name.img" >/dev/null
}

# A guest with two processes, one of which says when it is ready; beside it a process that waits for that.
cat >"$WORK/runner.toml" <<'END'
mode = "manage"
[[process]]
type = "shell"
name = "server"
argv = ["/app/busybox", "sh", "-c", "echo serving; trap 'echo $ONE; exit 0' TERM; /app/busybox sleep 1; /app/busybox touch /run/socket; while :; do /app/busybox sleep 1; done"]
[[process]]
type = "shell"
name = "failing"
argv = ["/app/busybox", "sh", "-c", "/app/busybox sleep 3; /app/busybox pgrep -f escaped; /app/busybox ls /sys/fs/cgroup | /app/busybox grep -c escaping; exit 21"]
[[process]]
type = "shell"
name = "escaping"
stop_timeout = "500ms"
argv = ["/app/busybox", "sh", "-c", "trap '' TERM; while read -r line; do echo $line; done </proc/self/cgroup; /app/busybox setsid /app/busybox sh -c 'while :; do /app/busybox sleep 1; done' escaped &"]
END
box_image app
cat >"$WORK/vm.toml" <<'END'
mode = "manage"
[[process]]
type = "shell"
name = "client"
after = ["guest"]
command = "echo the guest is ready; sleep 1000"
[[process]]
type = "vm"
name = "guest"
ram_mb = 128
app = "app.img"
ready = "notify"
env = { ONE = "one = 1" }
log = "guest.log"
END
run --tap --junit "$WORK/junit.xml"
is "$code $(jq -r '.first_failure + " " + .outcome' "$WORK/result.json")" "21 guest app-exit" "a failure inside a guest is the guest's, and ends the rest"
like "$out" '^client \| the guest is ready$' "what waits for a guest starts when everything in it is ready"
is "$(grep -A 9 '^not ok' "$WORK/out" | paste -sd '|')" "not ok 2 - guest|# app-exit, exit code 21|# guest / failing: app-exit 21" \
	"TAP tells what failed inside a guest" || sed 's/^/# /' "$WORK/out"
like "$(xmllint --xpath 'string(//failure)' "$WORK/junit.xml" | paste -sd '|')" '^app-exit, exit code 21\|guest / failing: app-exit 21\|?$' "... and so does JUnit"
like "$out" '^guest  \| server   \| serving$' "output has a name at each level"
like "$out" '^guest  \| server   \| one = 1$' "env arrives in the guest, and TERM reaches what runs there"
like "$out" '^guest  \| escaping \| 0::/escaping-......$' "each has a control group of its own"
like "$out" '^guest  \| failing  \| 0$' "... which is gone when its grace is over"
unlike "$out" '^guest  \| failing  \| [1-9]' "... with what ignores TERM in a session of its own"
like "$(cat "$WORK/guest.log")" '^server   \| serving$' "the log has the guest's output"
is "$(jq -c '[.processes[1].nested[] | select(.event == "process-end") | [.process, .code]]' "$WORK/result.json")" \
	'[["escaping",0],["failing",21],["server",0]]' "--result has what happened in the guest"

# The same from an app that the guest runs directly.
cat >"$WORK/runner.toml" <<'END'
mode = "exec"
[[process]]
type = "shell"
argv = ["/app/payload", "echo", "starting", "+", "await", "/dev/vda", "+", "notify", "READY=1", "+", "wait-term", "+", "exit", "5"]
END
"$PITH" image build -q -f "$TOOLS/payload=payload" -f "$WORK/runner.toml=runner.toml" -o "$WORK/direct.img" >/dev/null
# Not at once: the app says that it is ready before it waits for TERM.
sed -i 's/"app.img"/"direct.img"/; s/echo the guest is ready; sleep 1000/echo the guest is ready; sleep 1; exit 3/; /^log/d' "$WORK/vm.toml"
truncate -s 1M "$WORK/any.img"
echo "disk.vda = { format = 'raw', path = 'any.img' }" >>"$WORK/vm.toml"
run
is "$code $(jq -r .first_failure "$WORK/result.json")" "3 client" "what waits for a guest starts when the app that it runs says so"
is "$(jq -r '.processes[1].nested[].event' "$WORK/result.json") $(jq -r .processes[1].code "$WORK/result.json")" "ready 5" \
	"... and both end in order"

# A data disk that is written to until SIGTERM has all of it.
cat >"$WORK/write.sh" <<'END'
/app/busybox mount -t ext4 /dev/vda /run/disk
trap 'echo "last $i" >>/run/disk/log; echo "last $i"; exit 0' TERM
echo ready
i=0
while :; do i=$((i + 1)); echo "$i" >>/run/disk/log; done
END
printf 'mode = "exec"\n[[process]]\ntype = "shell"\nargv = ["/app/busybox", "sh", "-c", "/app/busybox mkdir /run/disk; . /app/write.sh"]\n' >"$WORK/runner.toml"
box_image app write.sh
mke2fs -q -t ext4 "$WORK/data.img" 16M >/dev/null 2>&1
vm 'app = "app.img"' 'disk.vda = {format = "raw", path = "data.img"}'
start
await 60 grep -q ready "$WORK/out"
sleep 0.5
kill $pid
wait $pid
is $? 0 "SIGTERM: the app ends by itself"
debugfs -R "cat log" "$WORK/data.img" 2>/dev/null >"$WORK/log"
is "$(tail -n 1 "$WORK/log")" "$(tail -n 1 "$WORK/out")" "... and what it wrote last is on the disk"
lines=$(grep -cv last "$WORK/log") last=$(sed -n 's/last //p' "$WORK/out")
ok $((lines != last && lines != last - 1)) "... and all before it ($lines of $last; the signal may come between counting and writing)"
e2fsck -fn "$WORK/data.img" >"$WORK/fsck" 2>&1
ok $? "... whose file system was unmounted"

# Helper daemons: there while QEMU is, and gone after any end.
own_runs
leftovers() { left_of_runs; pgrep -f "virtiofsd.*$WORK" || true; }
mkdir "$WORK/share" "$WORK/fixed"
echo shared >"$WORK/share/in"
cat >"$WORK/share.sh" <<'END'
/app/busybox mkdir -p /run/a /run/b
/app/busybox mount -t virtiofs home /run/a && /app/busybox mount -t virtiofs fixed /run/b || exit 1
/app/busybox cat /run/a/in
echo out >/run/a/out
{ echo x >/run/b/x; } 2>/dev/null || echo read-only
[ "$1" = wait ] || exit 3
echo ready
/app/busybox sleep 1000
END
share() { # share [wait]
	printf 'mode = "exec"\n[[process]]\ntype = "shell"\nargv = ["/app/busybox", "sh", "/app/share.sh", "%s"]\n' "$1" >"$WORK/runner.toml"
	box_image app share.sh
	vm 'app = "app.img"' 'virtiofs.home = {path = "share"}' 'virtiofs.fixed = {path = "fixed", read_only = true}'
}
if PATH=$PATH:/usr/libexec:/usr/lib/qemu command -v virtiofsd >/dev/null; then
	share now
	run
	is "$code $(tr '\n' ' ' <<<"$out")" "3 shared read-only " "virtiofs shares are read, and written where they may be"
	is "$(cat "$WORK/share/out") $(ls "$WORK/fixed")" "out " "... as the base system sees it"
	is "$(leftovers)" "" "... and no helper, socket or folder is left"
	share wait
	start
	await 60 grep -q ready "$WORK/out"
	like "$(left_of_runs)" '/virtiofs1$' "... while another runs its sockets are there"
	pkill -KILL -f "virtiofsd.*$WORK"
	wait $pid
	is "$? $(jq -r .outcome "$WORK/result.json")" "125 vmm-failed" "a helper that is killed is 125"
	like "$(<"$WORK/err")" 'virtiofsd (home|fixed) was killed by signal 9' "... by its name"
	is "$(leftovers)" "" "... and nothing is left"
	start
	await 60 grep -q ready "$WORK/out"
	kill -KILL "$(pgrep -P $pid -x pith)"
	wait $pid
	is "$? $(leftovers)" "125 " "SIGKILL of the supervisor leaves nothing either"
	printf '[paths]\nvirtiofsd = "/nonexistent"\n' >>"$WORK/vm.toml"
	run
	is "$code $outcome" "125 vmm-failed" "a helper that does not exist is 125"
	like "$err" 'virtiofsd home: /nonexistent: No such file' "... and named"
	is "$(leftovers)" "" "... and nothing is left"
else
	skip "virtiofs" "there is no virtiofsd here"
fi

vm 'app = "app.img"' 'net.a = {mode = "unix", connect = "no.socket"}'
run --timeout 2s
is "$code $outcome" "124 run-timeout" "a VM waits for a socket that it needs"
finish
