#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the app is to do without: capabilities, new privileges, a root directory that can be written; and
# that it has all of it where nothing is said.
. tests/pid1/lib.sh
NET_BIND=0000000000000400 # bit 10 of linux/capability.h
NONE=0000000000000000

status() { # status SETTING...: sets $OUT to what the kernel says of the app, spaces for its tabs
	app cat /proc/self/status
	run_init "$@" "${APP[@]}"
	OUT=$(tr '\t' ' ' <<<"$OUT")
}
field() { sed -n "s/^$1: *//p" <<<"$OUT" | tr -s ' '; }
status
all=$(field CapBnd)
is "$(field CapEff) $(field NoNewPrivs)" "$all 0" "with nothing said it has all that PID 1 has"
status capabilities=none
is "$(field CapBnd) $(field CapPrm) $(field CapEff) $(field CapAmb)" "$NONE $NONE $NONE $NONE" \
	"capabilities=none: root has none, and cannot get any back"
is "$(outcome)" app-exit:0:0 "... and runs"
status capabilities=net_bind_service
is "$(field CapBnd) $(field CapEff) $(field CapAmb)" "$NET_BIND $NET_BIND $NET_BIND" "one that it keeps"
status capabilities=net_bind_service user=1000:1001 no_new_privs=yes
is "$(field Uid) $(field Gid) $(field CapEff) $(field CapBnd) $(field NoNewPrivs)" \
	"1000 1000 1000 1000 1001 1001 1001 1001 $NET_BIND $NET_BIND 1" "another user keeps it too, and can get no more"
status user=1000:1001
is "$(field CapEff) $(field CapBnd) $(field NoNewPrivs)" "$NONE $all 0" "a user alone: no capabilities, as the kernel has it"

app write /file x
run_init "${APP[@]}"
is "$(outcome)" app-exit:0:0 "the root directory can be written"
run_init read_only_root=yes "${APP[@]}"
like "$OUT" '/file: Read-only file system' "read_only_root=yes: it cannot"
is "$(outcome)" app-exit:99:0 "... which the app is told"
app write /run/file x + cat /run/file
run_init read_only_root=yes capabilities=none no_new_privs=yes "${APP[@]}"
is "$(outcome)" app-exit:0:0 "what is mounted below it can"

for bad in capabilities=all capabilities= capabilities=none,chown no_new_privs=maybe read_only_root=on; do
	app exit 0
	run_init "$bad" "${APP[@]}"
	is "$(outcome)" setup-failed:0:0 "$bad ends the boot"
	like "$(message)" "pith\.${bad%%=*}: '${bad#*=}': accepted are" "... and says what is accepted"
done
finish
