#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a configuration says about a process beside its command: environment, user, limits, order,
# readiness, restarts, grace, output.
# shellcheck disable=SC2016 # dollars are for the shells below pith
. tests/tap.sh

process() { # process NAME COMMAND [LINE...]: add a shell process
	local name=$1 command=$2
	shift 2
	printf '[[process]]\ntype = "shell"\nname = "%s"\ncommand = %s\n' "$name" "'''$command'''"
	printf '%s\n' "$@"
}
config() { # config MODE: begin a configuration; processes follow on standard input
	{
		echo "mode = \"$1\""
		cat
	} >"$WORK/c.toml"
}
run() { # run OPTION...: sets $code, $out, $err
	timeout 60 "$PITH" run "$@" "$WORK/c.toml" >"$WORK/out" 2>"$WORK/err" </dev/null
	code=$?
	out=$(<"$WORK/out") err=$(<"$WORK/err")
}

for mode in exec manage; do
	config $mode <<<"$(process a 'echo "$ONE|$HOME|$(id -un)|$(id -gn)|$(ulimit -n)|$(ulimit -c)"' 'env = { ONE = "a b" }' 'user = "nobody"' 'group = "games"' 'rlimits = { nofile = 77, core = 0 }')"
	if [ "$(id -u)" = 0 ]; then
		chmod 755 "$WORK"
		run
		is "$code $out" "0 a b|/nonexistent|nobody|games|77|0" "$mode: environment, user, group, limits"
	else
		skip "$mode: environment, user, group, limits" "not root"
	fi
	config $mode <<<"$(process a 'grep -E "^(CapBnd|CapEff|NoNewPrivs|Uid):" /proc/self/status | tr -s "\t" " " | xargs; touch /.pith-test 2>&1; echo x >$HOME/f && cat $HOME/f' 'user = "nobody"' \
		"env = { HOME = '$WORK/home' }" 'capabilities = ["net_bind_service"]' 'no_new_privs = true' 'read_only_root = true')"
	if [ "$(id -u)" = 0 ]; then
		install -d -o nobody "$WORK/home"
		run
		like "$out" '^Uid: 65534 65534 65534 65534 CapEff: 0+400 CapBnd: 0+400 NoNewPrivs: 1$' "$mode: capabilities, no new privileges"
		like "$out" 'touch.*Read-only file system' "$mode: a read-only root"
		[ ! -e /.pith-test ]
		ok $? "$mode: ... in which nothing appears"
	else
		skip "$mode: privileges" "not root"
	fi
	config $mode <<<"$(process a true 'user = "nosuchuser"')"
	run
	is $code 125 "$mode: a user that does not exist is 125"
	like "$err" 'user nosuchuser: there is none' "$mode: ... and named"
done
config manage <<<"$(process a 'ulimit -n')"
run
is "$out" "$(ulimit -n)" "the limit on descriptors is what pith was started with"

config manage <<END
$(process one 'echo from one; echo to stderr >&2; printf unfinished')
$(process three 'echo from three')
END
run
is "$(sort <<<"$out")" "$(printf 'one   | from one\none   | unfinished\nthree | from three')" "lines have the name of their process"
like "$err" '^one   \| to stderr$' "... on standard error too"
unlike "$out" $'\033' "... without colours where there is no terminal"
run --no-labels
is "$(sort <<<"$out" | head -n 1)" "from one" "--no-labels leaves output as it is"
config manage <<END
$(process a 'head -c 300000 /dev/zero | tr "\\0" a; echo; seq 20000')
$(process b 'seq 20000; head -c 300000 /dev/zero | tr "\\0" b; echo')
END
run
is "$(grep -c '^a | a*$' "$WORK/out") $(grep -c '^b | b*$' "$WORK/out") $(grep -Evc '^(a \| (a+|[0-9]+)|b \| (b+|[0-9]+))$' "$WORK/out")" \
	"19 19 0" "long lines are broken, and no line is cut by another"
is "$(sed -n 's/^a | \([0-9]*\)$/\1/p' "$WORK/out" | sha256sum)" "$(seq 20000 | sha256sum)" "... and nothing is lost"
"$PITH" run "$WORK/c.toml" 2>/dev/null | { sleep 1; sha256sum; } >"$WORK/slow"
is "$(wc -l <"$WORK/slow")" 1 "... also to a slow reader"

config manage <<<"$(process a 'echo to the log; echo too >&2' 'log = "a.log"')"
run
run
is "$(sort "$WORK/a.log" | uniq -c | tr -s ' ')" "$(printf ' 2 to the log\n 2 too')" "a log file is added to"
is "$out $err" "to the log too" "... and output still arrives, without a name where there is one process"
config manage <<<"$(process a true 'log = "none/a.log"')"
run
is $code 125 "a log file that cannot be opened is 125"

config manage <<END
$(process last 'echo last >>order' 'after = ["middle"]')
$(process first 'sleep 0.2; echo first >>order; python3 -c "
import os, socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendto(b\"STATUS=x\\nREADY=1\", \"\\0\" + os.environ[\"NOTIFY_SOCKET\"][1:])"' 'ready = "notify"')
$(process middle 'sleep 0.1; echo middle >>order; exec python3 -c "
import socket, time
s = socket.socket(socket.AF_UNIX)
s.bind(\"s\")
time.sleep(0.3)
open(\"order\", \"a\").write(\"listens\\n\")
s.listen()
time.sleep(0.5)"' 'after = ["first"]' 'ready = "socket"' 'ready_socket = "s"')
END
run
is "$code $(tr '\n' ' ' <"$WORK/order")" "0 first middle listens last " "after, with readiness by sd_notify and by a socket that listens"
config manage <<END
$(process a 'sleep 100' 'ready = "notify"' 'ready_timeout = "300ms"')
$(process b 'echo never >never' 'after = ["a"]')
END
run
is "$code $(cat "$WORK/never" 2>/dev/null)" "125 " "what is not ready in time has failed, and what waits for it does not start"
like "$err" 'a: setup-failed: not ready in time' "... and that is said"
config manage <<END
$(process a 'exit 3' 'ready = "notify"')
$(process b 'echo never >never' 'after = ["a"]')
END
run
is "$code $(cat "$WORK/never" 2>/dev/null)" "3 " "what ends before it is ready keeps its own exit code"
config manage <<END
$(process a 'true' 'ready = "notify"')
$(process b 'echo never >never' 'after = ["a"]')
END
run
is "$code $(cat "$WORK/never" 2>/dev/null)" "125 " "what ends with 0 before it is ready has failed, where something waits for it"
like "$err" 'a: setup-failed: ended before it was ready' "... and that is said"
config manage <<<"$(process a 'true' 'ready = "notify"')"
run
is "$code" 0 "... and has not where nothing does"
# What it says last is heard, also where pith was busy and learns of its end, by another's, before.
cat >"$WORK/last-words" <<'END'
import os, signal, socket, time
def is_zombie(pid):
    return open("/proc/%d/stat" % pid).read().rpartition(")")[2].split()[0] == "Z"
me, pith, other = os.getpid(), os.getppid(), int(open("other").read())
if os.fork() == 0:
    os.setsid()
    while not is_zombie(me):
        time.sleep(0.01)
    os.kill(pith, signal.SIGCONT)
    os._exit(0)
os.kill(pith, signal.SIGSTOP)
os.kill(other, signal.SIGUSR1)
while not is_zombie(other):
    time.sleep(0.01)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendto(b"READY=1", "\0" + os.environ["NOTIFY_SOCKET"][1:])
os._exit(0)
END
config manage <<END
$(process other 'trap "exit 0" USR1; echo $$ >other.new; mv other.new other; while :; do :; done')
$(process a 'until [ -e other ]; do sleep 0.02; done; exec python3 last-words' 'ready = "notify"')
$(process b 'echo after >words' 'after = ["a"]')
END
run
is "$code $(cat "$WORK/words" 2>/dev/null)" "0 after" "being ready counts, though it was said just before the end" || sed 's/^/# /' "$WORK/err"

rm -f "$WORK/count"
config manage <<<"$(process a 'echo x >>count; [ $(wc -l <count) = 3 ]' 'restart = "on-failure"' 'restart_delay = "10ms"')"
run
is "$code $(wc -l <"$WORK/count")" "0 3" "restart on failure until it succeeds"
rm -f "$WORK/count"
config manage <<<"$(process a 'echo x >>count; exit 5' 'restart = "on-failure"' 'restart_delay = "10ms"' 'restart_limit = 2')"
run
is "$code $(wc -l <"$WORK/count")" "5 3" "... and no more often than the limit"
rm -f "$WORK/count"
config manage <<END
$(process a 'echo x >>count' 'restart = "always"' 'restart_delay = "10ms"')
$(process b 'sleep 0.5; exit 4')
END
run
is $code 4 "restart always ends with the failure of another"
ok $(($(wc -l <"$WORK/count") < 3)) "... having been restarted often"
config manage <<<"$(process a 'sleep 100' 'restart = "always"')"
"$PITH" run "$WORK/c.toml" 2>/dev/null &
sleep 0.3
kill $!
wait $!
is $? 143 "restart always ends with SIGTERM"

config manage <<<"$(process a 'trap "" TERM; touch ready; while :; do sleep 100; done' 'stop_timeout = "300ms"')"
rm -f "$WORK/ready"
"$PITH" run "$WORK/c.toml" 2>/dev/null &
until [ -e "$WORK/ready" ]; do sleep 0.02; done
began=$SECONDS
kill $!
wait $!
is $? 143 "stop_timeout is the grace"
ok $((SECONDS - began > 2)) "... and not more"
finish
