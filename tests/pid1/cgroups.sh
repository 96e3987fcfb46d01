#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith as the runner of a guest: a control group for each process, and the end of what is left in it.
# shellcheck disable=SC2016
. tests/pid1/lib.sh

# runner STOP_TIMEOUT NAME WORDS...: a process more for runner.toml, with these words for the payload
runner() {
	printf '[[process]]\ntype = "shell"\nstop_timeout = "%s"\nname = "%s"\nargv = %s\n' "$1" "$2" \
		"$(shift 2 && jq -nc '$ARGS.positional' --args -- /payload "$@")" >>"$WORK/runner.toml"
}
begin() { printf 'mode = "manage"\n' >"$WORK/runner.toml"; }
end() { run_init arg=/runner arg=run arg=/runner.toml; }
# Those of cgroup2, wherever it is mounted, with the test's number in their names.
groups_left() {
	unshare --mount sh -c 'mount -t cgroup2 none "$1" && find "$1" -name "*-$2-*"' - "$WORK/cgroup2" $$
}
export ROOT_HOOK="cp '$PITH' runner && cp '$WORK/runner.toml' ."
mkdir "$WORK/cgroup2"
if ! groups_left >/dev/null 2>"$WORK/mount"; then
	skip "control groups" "mount cgroup2: $(head -c 120 "$WORK/mount")"
	finish
fi

# Three are left: PID 1, pith and the one that counts. The payload's own "daemon" ends with 0.
begin
runner 300ms "leaver-$$" cat /proc/self/cgroup + ignore-term + daemon + mkdir /run/ready + sleep 1000
runner 5s "looker-$$" cat /proc/self/cgroup + await /run/ready + processes 3 + list /sys/fs/cgroup
end
is "$(outcome)" app-exit:0:0 "processes in control groups" || printf '# %s\n' "$OUT"
like "$OUT" "^leaver-$$ \| 0::/.*leaver-$$-......\$" "each has one of its own"
like "$OUT" "^looker-$$ \| 0::/.*looker-$$-......\$" "... by its name"
like "$OUT" '\| processes=3$' "what a process leaves ends after its grace, while others go on, in whatever session"
like "$OUT" "\| entry=looker-$$-" "the group of the one that runs is there"
unlike "$OUT" "\| entry=leaver-$$-" "that of the other is gone"
is "$(groups_left)" "" "and all are in the end"

begin
runner 300ms "swarm-$$" swarm 4
runner 5s "looker-$$" processes 3
end
is "$(outcome)" app-exit:0:0 "processes that go on in others all the time"
like "$OUT" '\| processes=3$' "... end at once and together"
is "$(groups_left)" "" "... and leave no group"

begin
runner 300ms "nest-$$" group inner + cat /proc/self/cgroup + ignore-term + daemon + mkdir /run/ready + sleep 1000
runner 5s "looker-$$" await /run/ready + processes 3
end
is "$(outcome)" app-exit:0:0 "groups that an app makes for itself" || printf '# %s\n' "$OUT"
like "$OUT" "0::/.*nest-$$-....../inner\$" "... are below its own"
like "$OUT" '\| processes=3$' "... and end with it"
is "$(groups_left)" "" "... both"

# TERM to the whole, which ignores it: cgroup.kill when the grace is over.
begin
runner 300ms "first-$$" swarm 2 + ignore-term + echo ignoring + sleep 1000
runner 300ms "second-$$" wait-term
BACKGROUND=1 end
wait_for "ignoring"
kill -s TERM "$(init_pid)"
wait_init
is "$(outcome)" app-exit:143:0 "asked to end: what ignores TERM is killed with its group"
is "$(groups_left)" "" "... and no group is left"
finish
