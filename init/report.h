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
 *   {"pith":1,"event":"measure","measure":"<64 hex>","pcr11":"<64 hex>, or empty without a TPM"}
 *   {"pith":1,"event":"warning","message":"..."}
 *   {"pith":1,"event":"runner","line":{...}}     what the runner in the guest reported (nested)
 *   {"pith":1,"event":"drain","stdout":N,"stderr":N}   bytes written to the two ports
 *   {"pith":1,"event":"input","taken":N}   serial lines: bytes of the app's input taken so far
 *   {"pith":1,"event":"task","pid":N,"process":N,"name":"...","state":"D","wait":"...","stack":"..."}
 *   {"pith":1,"event":"tasks","told":N,"left_out":N}   the end of the tasks
 *   {"pith":1,"event":"outcome","outcome":"app-exit","code":7,"signal":0,"message":"","us":N}
 *   {"pith":1,"event":"done","stdout":N,"stderr":N}   file systems are left too: only drain, where
 *                                                     it has not been, and the power-off are still
 *                                                     to come; bytes as in drain
 *
 * A program that is PID 1 itself (pith.standalone) sends three of these lines: the stages "app" and
 * "stop", and the outcome (pith-init(8)).
 *
 * "us" is CLOCK_BOOTTIME in microseconds: the time since the guest's kernel started. Only the first
 * outcome line counts. From the base system come lines of text: "stop" asks PID 1 to end the app
 * (TERM, grace, KILL) and power off; "tasks" asks what the guest's tasks do (tasks.h), "size
 * ROWSxCOLUMNS" tells the size of the terminal that the console is. "hello",
 * sent at the beginning, says that drain will be answered with "drained" once that many bytes have
 * arrived: what a port has taken may still wait in its queue, where a power-off would lose it, and
 * nothing within the guest can tell. Over serial lines (serial.h) the base system says nothing
 * before the line "hello" has come, each line bears the mark and NONCE, input is sent after the
 * first line "input", SERIAL_AHEAD bytes ahead of the last one at the most, and "end N" says that
 * there are N bytes of it. With rings (ring.h) input goes without these words. "work TIME" is for a
 * guest that waits for work (park.h). */
#ifndef PITH_INIT_REPORT_H
#define PITH_INIT_REPORT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cmdline.h"
#include "outcome.h"

#define REPORT_PORT_NAME "pith.report"
#define REPORT_STDOUT_PORT_NAME "pith.stdout"
#define REPORT_STDERR_PORT_NAME "pith.stderr"
#define REPORT_STDIN_PORT_NAME "pith.stdin"
#define REPORT_OUTPUT_PORT_NAME "pith.output"
#define REPORT_CONSOLE_MARK "pith-report:"
#define REPORT_LINE_MAX 4096

/* Names of stages, in boot order. */
#define REPORT_STAGE_EARLY "early"
#define REPORT_STAGE_MOUNTS "mounts"
#define REPORT_STAGE_CMDLINE "cmdline"
#define REPORT_STAGE_MODULES "modules"
#define REPORT_STAGE_PARK "park" /* everything is ready for a state to be saved (park.h) */
#define REPORT_STAGE_WORK "work" /* the saved state has been resumed with work to do */
#define REPORT_STAGE_DEVICE "device"
#define REPORT_STAGE_VERIFY "verify"
#define REPORT_STAGE_MOUNT "mount"
#define REPORT_STAGE_NETWORK "network"
#define REPORT_STAGE_HANDOVER "handover"
#define REPORT_STAGE_APP "app"         /* the runner or app has been started (its exec succeeded) */
#define REPORT_STAGE_STOP "stop"       /* the app has ended or is asked to end */
#define REPORT_STAGE_OUTPUTS "outputs" /* files that it left are sent */

/* Lines are kept in a queue until the port is open and takes them; the calls below never block.
 * What the queue has no room for is lost, and a warning line says so; room is kept for the outcome.
 * Only report_outcome waits for the base system, REPORT_FLUSH_MS at most. */
#define REPORT_FLUSH_MS 3000

/* Open the port, waiting for it where a device is there that could bring it; else fall back to the
 * console when NONCE is not NULL. Sends what was queued. */
void report_open(const char *nonce, int uevent_fd);
bool report_is_open(void);
/* Wait for the line "work TIME" from the base system. That takes as long as the machine is saved;
 * without a deadline of its own, because the guest's clock may leap when it is resumed, and because
 * the base system, which alone can bring work, ends the machine where there is none. *NOW_NS gets
 * TIME: nanoseconds since 1970; 0 where the line is out of form. Returns 0; -ECANCELED when asked
 * to stop before; or -ENODEV when there is no port. */
int report_wait_for_work(int64_t *now_ns);

void report_hello(void);
void report_stage(const char *stage);
void report_digest(const char *algorithm, const char *hex, uint64_t bytes, bool verified);
/* What attestations begin with (attest.h), and what the TPM's PCR 11 holds, in hexadecimal. */
void report_measure(const char *measure_hex, const char *pcr_hex);
/* A line on the console and on the channel. */
void report_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Pass on SIZE bytes that the runner in the guest reported. They are refused (-EINVAL) unless they
 * are one JSON object, and not taken (-EAGAIN) while the queue is not empty. */
int report_runner(const char *line, size_t size);
/* The app says that it is ready: as a runner would report it. */
void report_app_ready(void);

/* Tell that there is something in a ring (ring.h), and whether the base system has answered for
 * ring NUMBER since the last call. */
void report_bell(char bell);
bool report_answered(int number);

/* Tell how many bytes of the app's input were taken from its serial line or ring. */
void report_input(uint64_t taken);
/* Where the base system has said that the input ends; UINT64_MAX: not yet. */
uint64_t report_input_end(void);

/* Tell how many bytes were written to the output ports, and wait until they have arrived where the
 * base system has said that it answers: REPORT_DRAIN_MS at most, or until it asks for a stop.
 * Returns whether it has answered. */
#define REPORT_DRAIN_MS 600000 /* somebody may be reading them in a pager */
bool report_drain(uint64_t stdout_bytes, uint64_t stderr_bytes);

/* For a program that takes PID 1's place: the port, after what was queued, blocking. The caller
 * leaves it open in case that fails. Returns its descriptor, or -ENOENT where the lines go to the
 * console. */
int report_give_port(void);

/* The outcome. Waits until it is sent. */
void report_outcome(const struct outcome *outcome);
/* The last line: nothing is left to do but to power off. On the port only. */
void report_done(uint64_t stdout_bytes, uint64_t stderr_bytes);
/* Both in one write: the base system ends the machine upon it (docs/boot.md, "The end"). */
void report_outcome_and_done(const struct outcome *outcome, uint64_t stdout_bytes,
			     uint64_t stderr_bytes);
/* Close the channel once all that was sent has gone. */
void report_close(void);

/* Fill the entry for poll(2). Returns the longest time to wait in milliseconds, or -1. */
int report_poll(struct pollfd *entry);
/* After poll(2): send what is queued, read what came. Returns true when a stop was asked for. */
bool report_run(const struct pollfd *entry);
/* Whether the base system has asked for the tasks since the last call. */
bool report_tasks_asked(void);
/* True once after each change of the terminal's size that the base system told, which SIZE gets. */
bool report_size_told(struct boot_size *size);

/* A task for report_task. */
struct report_task {
	int pid, process; /* the task's own number; its process's */
	char name[64];    /* as /proc has it */
	char state[2];    /* D, S, R, T, Z, ... (proc(5)) */
	char wait[64];    /* the function of the kernel in which it waits; "" for none */
	char stack[512];  /* the kernel's functions, innermost first, separated by blanks */
};

void report_task(const struct report_task *task);
/* All has been told, but for LEFT_OUT tasks. */
void report_tasks_end(unsigned told, unsigned left_out);

#endif
