#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A guest that is to wait for work (park.h), where none can come or a stop comes first. Its device and its port are
# files that look like them.
. tests/pid1/lib.sh
export RUN_TIMEOUT=20

# parked [MORE]: with the device, and what MORE adds to the root directory
parked() {
	ROOT_HOOK="mkdir -p sys && mount -t tmpfs -o size=64k tmpfs sys && mkdir -p sys/bus/pci/devices/0 &&
		cd sys/bus/pci/devices/0 && echo 0x1af4 >vendor && echo 0x1110 >device && : >enable && truncate -s 16M resource2 && cd - >&2 &&
		: >dev/urandom &&
		${1:-:}" run_init park=yes arg=/payload arg=exit arg=3
}

ROOT_HOOK="mkdir -p sys && mount -t tmpfs -o size=64k tmpfs sys" run_init park=yes arg=/payload arg=exit arg=3
is "$(outcome) $(message)" "setup-failed:0:0 work: no device: No such file or directory" "without a device for work"
parked
is "$(outcome) $(message)" "setup-failed:0:0 work: channel to the base system: No such device" "without a channel it is not waited for"

# PID 1 reads what it says itself as well: no line of that is a request.
# shellcheck disable=SC2016
parked 'mkdir -p sys/class/virtio-ports/vport0p1 && echo pith.report >sys/class/virtio-ports/vport0p1/name &&
	mkfifo dev/vport0p1 && { (exec 9<>dev/vport0p1; printf "hello\nstop\n" >&9; exec sleep 15) & }'
like "$OUT" '^pith-init: interrupted: asked to stop before there was work$' "asked to stop meanwhile, it does"
finish
