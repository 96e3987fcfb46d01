#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every exit code from 0 to 255 is reported as it is; so is a program that cannot be run.
. tests/pid1/lib.sh

one() {
	WORK=$WORK/$1
	mkdir "$WORK"
	BACKGROUND=1 run_app exit "$1"
	wait "$INIT_JOB"
	grep -a -m 1 '"event":"outcome"' "$WORK/out"
}
seen=$(for code in $(seq 0 255); do
	one "$code" &
	[ $((code % 4)) != 3 ] || wait
done | sed "s/^[^{]*//" | jq -r '"\(.outcome):\(.code):\(.signal)"' | sort)
is "$seen" "$(seq -f 'app-exit:%g:0' 0 255 | sort)" "exit codes 0 to 255"

run_init arg=/missing
is "$(outcome)" exec-failed:127:0 "a program that does not exist is 127"
is "$(message)" "exec /missing: No such file or directory" "... and named"
run_init arg=missing
is "$(outcome) $(message)" "exec-failed:127:0 exec missing: No such file or directory" "... when looked for in PATH"
run_init arg=/payload/x
is "$(outcome)" exec-failed:127:0 "... below a file"
run_init arg=
is "$(outcome)" exec-failed:127:0 "... without a name"
run_init arg=/dev
is "$(outcome) $(message)" "exec-failed:126:0 exec /dev: Permission denied" "a directory is 126"
ROOT_HOOK='echo text >script; chmod 755 script' run_init arg=/script
is "$(outcome) $(message)" "exec-failed:126:0 exec /script: Exec format error" "a file that is no program is 126"
ROOT_HOOK='echo text >script' run_init arg=/script
is "$(outcome)" exec-failed:126:0 "a file without the x bit is 126"
ROOT_HOOK='printf "#!/missing\n" >script; chmod 755 script' run_init arg=/script
is "$(outcome)" exec-failed:127:0 "a script without its interpreter is 127"
like "$(message)" 'the program is there, its interpreter or loader is not' "... and says which of the two is missing"
run_init env=PATH=/ arg=payload arg=exit arg=4
is "$(outcome)" app-exit:4:0 "a program found in PATH"

run_init
is "$(outcome) $(message)" "setup-failed:0:0 nothing to run: no program and no pith.app_device were given" "nothing to run"
run_init device_timeout_ms=50 app_device=/dev/pith-none
is "$(outcome)" setup-failed:0:0 "an app device that does not come"
like "$(message)" '^app device /dev/pith-none: No such file or directory after 50 ms; block devices: ' "... is named, with those there are"
run_init verify=require app_device=/pith-init
is "$(outcome) $(message)" "verify-failed:0:0 app image /pith-init: pith.verify=require, but no hash was given" "verify=require without a hash"
run_init app_device=/pith-init
is "$(outcome) $(message)" "setup-failed:0:0 app image /pith-init: is no squashfs or erofs" "an image that is none"
run_init app_device=/dev/null
is "$(outcome) $(message)" "setup-failed:0:0 app image /dev/null: is no block device or file" "a device that is no disk"
run_init app_device=/pith-init app_hash="$(printf '%064d' 0)"
is "$(outcome) $(message)" "verify-failed:0:0 app image /pith-init: sha256 is $(sha256sum <"$PITH_INIT" | cut -d' ' -f1), expected $(printf '%064d' 0)" \
	"an image with another hash"
is "$(jq -c 'select(.event == "digest") | .verified' <<<"$REPORT")" false "... which is reported"
right=$(sha256sum <"$PITH_INIT" | cut -d' ' -f1)
run_init app_device=/pith-init app_hash="$right"
like "$REPORT" '"event":"warning".*a change after the check would not be noticed: the kernel has no loop device' \
	"an image that cannot be kept from changing is a warning"
is "$(jq -c 'select(.event == "digest") | .verified' <<<"$REPORT")" true "... when its hash is right"
run_init app_device=/pith-init app_hash="$right" verify=require
is "$(outcome)" verify-failed:0:0 "... and refused with verify=require"
run_init app_device=/pith-init verity_root="$right" verity_offset=4096
is "$(outcome) $(message)" "setup-failed:0:0 app image /pith-init: loop device: No such file or directory" \
	"verity on a file without a loop device"
run_init app_device=/pith-init verity_root="$right"
is "$(outcome) $(message)" "setup-failed:0:0 pith.verity_root: needs verity_offset" "half of verity's settings"
finish
