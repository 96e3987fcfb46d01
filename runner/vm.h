/* SPDX-License-Identifier: Apache-2.0 */
/* vm.h: one virtual machine while it runs: QEMU, its channels, what came over them, its stop. */
#ifndef PITH_RUNNER_VM_H
#define PITH_RUNNER_VM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../init/outcome.h"
#include "../init/ring.h"
#include "app_image.h"
#include "autopsy.h"
#include "cgroup.h"
#include "config.h"
#include "console.h"
#include "labelled.h"
#include "loop.h"
#include "qemu.h"
#include "qmp.h"
#include "report_reader.h"
#include "rootfs.h"
#include "stream.h"
#include "strv.h"
#include "vm_helpers.h"
#include "vm_keep.h"

#define VM_STAGES_MAX 16
#define VM_STOP_TIMEOUT_MS 5000 /* pith-init's default (init/cmdline.h) */
#define VM_NESTED_MAX 1000      /* lines kept of what the runner in the guest reported */

/* What pith exec and pith vm add to a configuration. */
struct vm_addition {
	const char *modules; /* the kernel's lib/modules/RELEASE folder; NULL: found beside it */
	const struct strv *module_names;
	const struct rootfs_file *files;
	size_t file_count;
	uint64_t files_bytes; /* of their contents together */
	bool files_over_root; /* to /pith/root, over a root directory of the user's */
	unsigned needs;       /* of enum rootfs_need, beyond what the devices ask for */
	const char *records;  /* of the bulk configuration (init/cmdline.h) */
	size_t records_size;
	const struct strv *qemu_args;
	bool use_stdin;           /* pith's standard input goes to the app */
	bool app_on_console;      /* the app's streams are the console of the guest */
	bool ends_without_reader; /* the app's output is all that the run is for */
	/* Also called with what the app writes to its standard output, or with the console; NULL:
	 * not.
	 */
	void (*take_output)(void *context, const char *bytes, size_t size);
	void (*take_console)(void *context, const char *bytes, size_t size);
	void *take_context;
	bool warm;          /* resume a saved state where that is possible (vm_warm.h) */
	bool says_cold;     /* where it is not, say so without -v */
	bool may_use_rings; /* where that is right (vm_rings.h) */
	bool drops_output;  /* standard output goes nowhere else */
	bool use_outputs;   /* files come over the output port, into the file OUTPUTS_FD */
	int outputs_fd;
	struct vm_keep keep;
};

struct vm_options {
	bool has_boot_timeout;
	uint64_t boot_timeout_ms;           /* 0: none */
	bool foreground;                    /* gets the terminal */
	const struct vm_addition *addition; /* NULL: none */
	const struct config_paths *paths;   /* NULL: the standard names of programs */
	const char *label;           /* before each line of the app's output; NULL, "": none */
	int log_fd;                  /* gets the app's output too; -1: none */
	const struct cgroup *cgroup; /* for QEMU and its helpers; NULL or none: pith's own */
};

struct vm_stage {
	char name[24];
	uint64_t guest_us; /* since the guest's kernel started, or was resumed */
	uint64_t host_us;  /* arrival, since pith began to start this VM */
};

/* How far the stop has got; each step has a deadline, after which comes the next. */
enum vm_stop {
	VM_RUNS,
	VM_EXAMINED,  /* the autopsy of what hangs or panicked */
	VM_ASKED,     /* "stop" over the report port */
	VM_POWERDOWN, /* the ACPI power button, by QMP */
	VM_QUIT,      /* QMP quit */
	VM_KILLED,    /* SIGKILL */
};

struct vm {
	const struct config_process *process;
	struct loop *loop;

	/* Fixed when it has been started. */
	enum qemu_accel accel;
	char accel_reason[256];
	char kernel_release[128]; /* what pith chose; then what the guest says */
	struct app_image app;     /* its hash is "" without an app image */
	struct strv argv;
	bool uses_report;
	bool uses_rings;        /* init/ring.h, and a serial line for the report */
	bool is_resumed;        /* from a saved state: it has not booted */
	uint64_t resumed_at_us; /* of the guest's clock then; else 0 */
	char nonce[33];
	pid_t pid;
	uint64_t begun_us, qemu_us; /* CLOCK_MONOTONIC: vm_start called; QEMU started */
	uint64_t boot_timeout_ms;   /* 0: none */

	struct vm_helpers helpers;
	char helper_failure[160]; /* one of them ended out of turn; "" for none */

	/* What was seen. */
	struct vm_stage stages[VM_STAGES_MAX];
	size_t stage_count;
	bool app_verified;
	char measure[DIGEST_HEX_SIZE], pcr11[DIGEST_HEX_SIZE]; /* as reported; "": not */
	bool panicked;
	char shutdown_reason[QMP_TEXT_MAX];
	struct outcome reported;
	bool drain_asked; /* the guest waits until these many bytes of output have arrived */
	uint64_t drain_stdout, drain_stderr;
	bool done_told; /* nothing is left to do there but to power off, and to get these bytes here
			 */
	bool done_heard; /* that was told, be it over by now */
	uint64_t done_stdout, done_stderr;
	bool input_end_told; /* over serial lines */
	struct strv nested;
	unsigned nested_dropped;
	unsigned terminal_rows, terminal_columns; /* what the guest was told last; 0: nothing */
	bool guest_is_ready; /* its runner says that everything in it is ready */

	/* Its end. */
	enum vm_stop stop;
	enum vm_stop stop_next; /* VM_EXAMINED: what comes after it */
	struct autopsy autopsy;
	size_t stop_stage_count; /* stages seen when the stop began */
	int stop_signal;
	bool boot_timed_out;
	uint64_t run_timeout_ms; /* not 0: it passed */
	uint64_t deadline_ms;    /* CLOCK_MONOTONIC, of the boot or of the current step; 0: none */
	bool ended_early;        /* QEMU was ended when the guest was done (vm_early.h) */
	bool reaped;
	int wait_status;
	uint64_t ended_us;

	/* Channels. */
	struct loop_watch qmp_watch, report_watch, console_watch, stderr_watch;
	struct stream out, err, in, files;
	struct ring rings[RING_COUNT];
	void *ring_memory;    /* NULL: none */
	char lost_output[80]; /* why some of the app's output did not come; "": it did */
	struct labelled *out_lines, *err_lines; /* in the place of out and err; NULL: not so */
	const struct vm_addition *addition;
	int input_fd;  /* pith's end of the stdin port, open until the end: see watch_channels */
	int unused_fd; /* of the output port, where nothing is to come */
	struct qmp qmp;
	struct report_reader report;
	struct console console, report_lines; /* the latter: of a serial line */
	char last_words[1024];                /* the end of QEMU's standard error */
	size_t last_words_size;
	bool output_error_said;
};

/* Prepare and start. Returns 0, or -errno with FAILURE filled. VM must stay where it is until
 * vm_free. */
int vm_start(struct vm *vm, const struct config_process *process, struct loop *loop,
	     const struct vm_options *options, struct outcome *failure);
/* QEMU has ended with WAIT_STATUS. */
void vm_reaped(struct vm *vm, int wait_status);
/* Say, once, that its output cannot be written any more; where the addition asks for it, stop the
 * VM then, as SIGPIPE would end the app here. */
void vm_check_reader(struct vm *vm);
/* The child PID has ended with WAIT_STATUS; true when it is a helper of this VM. */
bool vm_helper_reaped(struct vm *vm, pid_t pid, int wait_status);
/* QEMU has ended, and everything it wrote has been read and passed on. */
bool vm_is_done(const struct vm *vm);
/* After each turn of the loop: answer the guest when its output has arrived. */
void vm_look(struct vm *vm);
/* Tell the guest the size of the terminal that it is on, where that is another than the last. */
void vm_tell_size(struct vm *vm, unsigned rows, unsigned columns);
/* Ask it to stop because of SIGNAL; RUN_TIMEOUT_MS not 0: because that passed. Only the first call
 * counts. */
void vm_stop(struct vm *vm, int signal, uint64_t run_timeout_ms);
/* End it at once. */
void vm_kill(struct vm *vm);
/* vm->deadline_ms has passed. */
void vm_deadline_passed(struct vm *vm);
/* A socket of another process or daemon that must be listened on before VM starts, and is not. NULL
 * for none. */
const char *vm_missing_socket(const struct config_vm *vm);
/* The outcome, once it is done. */
void vm_outcome(const struct vm *vm, struct outcome *outcome);
/* Whether there is something to tell that helps: it hung, or ended without a report. */
bool vm_needs_autopsy(const struct vm *vm, const struct outcome *outcome);
/* Close the channels; what was seen stays. Harmless when done before. */
void vm_close(struct vm *vm);
/* Free what VM holds (not VM itself), after vm_close. */
void vm_free(struct vm *vm);

#endif
