/* SPDX-License-Identifier: Apache-2.0 */
/* report.h: the result channel: JSON lines from PID 1 to the base system, and stop requests back.
 *
 * The channel is the virtio-serial port named REPORT_PORT_NAME. Where there is none and the command
 * line (or bulk configuration) gave a nonce, lines go to the console as
 *     pith-report:NONCE:{...}
 * at the beginning of a line. Every line is one JSON object, at most REPORT_LINE_MAX bytes with its
 * newline, with "pith":1 (the format's version) first and "event" second:
 *
 *   {"pith":1,"event":"hello","version":"0.1.0","arch":"x86_64","kernel":"6.1.0-..."}
 *   {"pith":1,"event":"stage","stage":"mounts","us":51234}    the stage that BEGINS now
 *   {"pith":1,"event":"digest","algorithm":"sha256","value":"<64 hex>","bytes":N,"verified":true}
 *   {"pith":1,"event":"warning","message":"..."}
 *   {"pith":1,"event":"runner","line":{...}}     what the runner in the guest reported (nested)
 *   {"pith":1,"event":"outcome","outcome":"app-exit","code":7,"signal":0,"message":"","us":N}
 *
 * "us" is CLOCK_BOOTTIME in microseconds: the time since the guest's kernel started. Only the first
 * outcome line counts. From the base system come lines of text: "stop" asks PID 1 to end the app
 * (TERM, grace, KILL) and power off. */
#ifndef PITH_INIT_REPORT_H
#define PITH_INIT_REPORT_H

#define REPORT_PORT_NAME "pith.report"
#define REPORT_STDOUT_PORT_NAME "pith.stdout"
#define REPORT_STDERR_PORT_NAME "pith.stderr"
#define REPORT_STDIN_PORT_NAME "pith.stdin"
#define REPORT_CONSOLE_MARK "pith-report:"
#define REPORT_LINE_MAX 4096

/* Names of stages, in boot order. */
#define REPORT_STAGE_EARLY "early"
#define REPORT_STAGE_MOUNTS "mounts"
#define REPORT_STAGE_CMDLINE "cmdline"
#define REPORT_STAGE_MODULES "modules"
#define REPORT_STAGE_DEVICE "device"
#define REPORT_STAGE_VERIFY "verify"
#define REPORT_STAGE_MOUNT "mount"
#define REPORT_STAGE_NETWORK "network"
#define REPORT_STAGE_HANDOVER "handover"
#define REPORT_STAGE_APP "app"   /* the runner or app has been started (its exec succeeded) */
#define REPORT_STAGE_STOP "stop" /* the app has ended or is asked to end */

#endif
