/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: pith-init, PID 1 of a virtual machine: the stages in boot order.
 *
 * Nothing here returns to the kernel: a PID 1 that ends is a kernel panic. Whatever fails becomes
 * an outcome, and every outcome takes the one way out, finish(). */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attest_socket.h"
#include "boot_measure.h"
#include "child.h"
#include "clock.h"
#include "collect.h"
#include "cmdline.h"
#include "config.h"
#include "console.h"
#include "device.h"
#include "file.h"
#include "helper.h"
#include "image.h"
#include "measure.h"
#include "modules.h"
#include "mounts.h"
#include "network.h"
#include "notify.h"
#include "oom.h"
#include "outcome.h"
#include "park.h"
#include "port.h"
#include "power.h"
#include "report.h"
#include "resident.h"
#include "rings.h"
#include "runner_pipe.h"
#include "signals.h"
#include "stream.h"
#include "supervise.h"
#include "trees.h"
#include "uevent.h"
#include "verity.h"

#define LEAVE_TIMEOUT_MS 20000 /* for writing back and unmounting */
#define RUNNER_CONFIG "runner.toml"

static struct boot_config config;
static struct image image = {.fd = -1};
static struct measure measure BOOT_BUFFER;
static int attest_fd = -1; /* the app's end */
static struct supervision supervision = {
    .signal_fd = -1, .uevent_fd = -1, .terminal_fd = -1, .notify_fd = -1};

static int early(struct outcome *outcome)
{
	/* What an initrd that ran before has left open is not for the app. ENOSYS: before
	 * Linux 5.9. */
	(void)syscall(SYS_close_range, 3, ~0U, 0);
	console_open();
	supervision.signal_fd = signals_block();
	if (supervision.signal_fd < 0) {
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "signals: %s",
			    strerror(-supervision.signal_fd));
		return -1;
	}
	umask(022);
	(void)setsid();               /* EPERM: it leads its session already */
	(void)reboot(RB_DISABLE_CAD); /* EINVAL: in a PID namespace; else SIGINT comes to us */
	if (chdir("/") != 0) {
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "chdir /: %s", strerror(errno));
		return -1;
	}
	return 0;
}

static int mount_system(struct outcome *outcome)
{
	if (mounts_mount(outcome) != 0)
		return -1;
	console_open();
	/* Were PID 1 killed for want of memory, that would be a panic. */
	if (file_write("/proc/self/oom_score_adj", "-1000") != 0)
		console_debug("no protection from the OOM killer");
	supervision.uevent_fd = uevent_open();
	return 0;
}

static void apply_config(void)
{
	console_set_level(config.log_level);
	network_set_hostname(config.hostname);
}

static int read_config(struct outcome *outcome)
{
	if (config_read(&config, &measure, outcome) != 0)
		return -1;
	apply_config();
	return 0;
}

/* A machine whose state is saved: what it does, it is told when it is resumed. */
static int take_work(struct outcome *outcome)
{
	char *bulk;
	size_t size;

	stream_prepare();
	runner_pipe_prepare();
	child_prepare();
	oom_watch();
	if (park(&bulk, &size, outcome) != 0)
		return -1;
	cmdline_free(&config);
	cmdline_defaults(&config);
	if (config_take(&config, &measure, bulk, size, outcome) != 0)
		return -1;
	apply_config();
	return 0;
}

/* A module that is missed is missed by a later stage. */
static void open_report(void)
{
	modules_load();
	if (config.serial)
		port_use_serial();
	report_open(config.nonce, supervision.uevent_fd);
}

static int load_modules(struct outcome *outcome)
{
	open_report();
	const int result = config.rings ? rings_open() : 0;
	if (result != 0) {
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "memory for the streams: %s",
			    strerror(-result));
		return -1;
	}
	return config.parks ? take_work(outcome) : 0;
}

static int wait_for_device(struct outcome *outcome)
{
	if (config.app_device == NULL)
		return 0;
	return device_wait(config.app_device, config.device_timeout_ms, supervision.uevent_fd,
			   outcome);
}

static int verify_image(struct outcome *outcome)
{
	if (config.app_device != NULL && (image_open(&image, config.app_device, outcome) != 0 ||
					  image_verify(&image, &config, outcome) != 0))
		return -1;
	return boot_measure(&measure, &image, &config, supervision.uevent_fd, &attest_fd, outcome);
}

static int mount_image(struct outcome *outcome)
{
	if (config.app_device == NULL)
		return trees_mount(&config, supervision.uevent_fd, outcome);
	if (image_mount(&image, &config, outcome) != 0)
		return -1;
	if (config.app_is_root && mounts_switch_root(config.app_mount, outcome) != 0)
		return -1;
	return trees_mount(&config, supervision.uevent_fd, outcome);
}

static int set_up_network(struct outcome *outcome)
{
	network_loopback_up();
	for (size_t i = 0; i < config.networks_count; i++)
		if (network_configure(&config.networks[i], config.dhcp_timeout_ms, outcome) != 0)
			return -1;
	return 0;
}

/* What to run: the program that was given, or the runner on the image's runner.toml. */
static char *const *choose_program(struct outcome *outcome)
{
	static char runner_config[512];
	static char run[] = "run";
	static char *runner_args[4];

	if (config.args_count > 0)
		return config.args;
	snprintf(runner_config, sizeof(runner_config), "%s/" RUNNER_CONFIG,
		 config.app_is_root ? "" : config.app_mount);
	if (config.app_device == NULL) {
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0,
			    "nothing to run: no program and no pith.app_device were given");
		return NULL;
	}
	if (access(runner_config, F_OK) != 0) {
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0,
			    "nothing to run: no program was given, and %s: %s", runner_config,
			    strerror(errno));
		return NULL;
	}
	runner_args[0] = (char *)(uintptr_t)config.runner; /* exec writes to none of them */
	runner_args[1] = run;
	runner_args[2] = runner_config;
	return runner_args;
}

/* Where one of the child's streams is the console, that is its controlling terminal. */
static void open_terminal(const int child_fds[STREAM_COUNT])
{
	bool wanted = false;

	for (int i = 0; i < STREAM_COUNT; i++)
		wanted |= child_fds[i] < 0;
	if (!wanted)
		return;
	supervision.terminal_fd = console_open_terminal();
	if (supervision.terminal_fd >= 0 && ioctl(supervision.terminal_fd, TIOCSCTTY, 0) != 0)
		console_debug("no controlling terminal: %s", strerror(errno));
	if (supervision.terminal_fd >= 0 && config.terminal_size.rows != 0)
		console_set_size(supervision.terminal_fd, &config.terminal_size);
}

/* Returns only where that fails. */
static int give_place(struct outcome *outcome)
{
	struct child_plan plan = {
	    .config = &config, .cwd = config.cwd, .terminal_fd = -1, .attest_fd = -1};
	int result;

	plan.args = choose_program(outcome);
	if (plan.args == NULL)
		return -1;
	plan.environment = child_environment(&config, "", "", false);
	result = plan.environment == NULL ? -ENOMEM : stream_open_ports(plan.fds, !config.no_stdin);
	if (result == 0 && config.has_one_output)
		stream_join(plan.fds);
	if (result == 0)
		result = plan.report_fd = report_give_port();
	if (config.has_user || config.outputs_count > 0 || config.has_attest_key)
		result = -EINVAL; /* they are for PID 1 to do */
	if (result < 0)
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "standalone: %s",
			    result == -EINVAL ? "no user, outputs or attest_key with it"
					      : strerror(-result));
	child_discard();
	if (result >= 0)
		child_take_place(&plan, outcome);
	return -1;
}

/* Where the app may say that it is ready. */
static void open_notify(char address[NOTIFY_ADDRESS_SIZE])
{
	address[0] = '\0';
	if (!config.notify)
		return;
	supervision.notify_fd = notify_open(address);
	supervision.notify_uid = config.has_user ? config.uid : 0;
	if (supervision.notify_fd < 0)
		report_warning("socket for sd_notify: %s", strerror(-supervision.notify_fd));
}

static int hand_over(struct outcome *outcome)
{
	char notify_address[NOTIFY_ADDRESS_SIZE];
	struct child_plan plan = {
	    .config = &config, .cwd = config.cwd, .args = choose_program(outcome)};
	int result;

	if (config.is_standalone)
		return give_place(outcome);
	if (plan.args == NULL)
		return -1;
	open_notify(notify_address);
	plan.environment =
	    child_environment(&config, image.hash_hex, notify_address, attest_fd >= 0);
	result = plan.environment == NULL ? -ENOMEM : stream_open(plan.fds, !config.no_stdin);
	if (result == 0 && config.has_one_output)
		stream_join(plan.fds);
	if (result == 0)
		result = plan.report_fd = runner_pipe_open();
	if (result < 0) {
		outcome_set(outcome, OUTCOME_SETUP_FAILED, 0, 0, "streams: %s", strerror(-result));
		return -1;
	}
	open_terminal(plan.fds);
	plan.terminal_fd = supervision.terminal_fd;
	plan.attest_fd = attest_fd;
	oom_watch();
	mounts_watch();
	pid_t child = child_start(&plan, outcome);
	for (int i = 0; i < STREAM_COUNT; i++)
		if (plan.fds[i] >= 0 && (i != 2 || !config.has_one_output))
			close(plan.fds[i]);
	close(plan.report_fd);
	if (attest_fd >= 0)
		close(attest_fd);
	if (child < 0)
		return -1;
	supervision.child = child;
	report_stage(REPORT_STAGE_APP);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct outcome *outcome); /* 0, or -1 with OUTCOME filled */
} stages[] = {
    {REPORT_STAGE_EARLY, early},
    {REPORT_STAGE_MOUNTS, mount_system},
    {REPORT_STAGE_CMDLINE, read_config},
    {REPORT_STAGE_MODULES, load_modules},
    {REPORT_STAGE_DEVICE, wait_for_device},
    {REPORT_STAGE_VERIFY, verify_image},
    {REPORT_STAGE_MOUNT, mount_image},
    {REPORT_STAGE_NETWORK, set_up_network},
    {REPORT_STAGE_HANDOVER, hand_over},
};

static void say_outcome(const struct outcome *outcome)
{
	if (outcome->message[0] != '\0')
		console_error("%s: %s", outcome_name(outcome->kind), outcome->message);
	else
		console_info("%s: code %d, signal %d", outcome_name(outcome->kind), outcome->code,
			     outcome->signal);
}

/* Write back and unmount, in a process of its own: a disk that never answers must not keep PID 1
 * from the end. Returns whether that was done. */
static bool leave_file_systems(void)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		report_close(); /* PID 1's is the last one */
	if (pid <= 0)           /* the child, or no memory for one */
		mounts_unmount_all();
	if (pid == 0)
		_exit(0);
	if (pid > 0 && helper_wait(pid, LEAVE_TIMEOUT_MS, &status) == -ETIMEDOUT) {
		console_warning("unmounting takes too long: not waiting for it");
		return false;
	}
	return status == 0;
}

/* Wait until the app's output has arrived, and close its streams. Returns whether it has. Shared
 * memory is there when the machine is not any more. */
static bool drain(void)
{
	const bool drained =
	    (!config.rings || config.outputs_count > 0) &&
	    report_drain(stream_carried(STDOUT_FILENO), stream_carried(STDERR_FILENO));

	stream_close();
	return drained;
}

static void report_in_steps(const struct outcome *outcome, bool nothing_to_leave)
{
	const bool drained = drain();

	/* On the app's output's line or ring they come behind that, or not at all. */
	if (config.outputs_count > 0 && (drained || !port_is_serial())) {
		report_stage(REPORT_STAGE_OUTPUTS);
		collect_outputs(&config);
	}
	say_outcome(outcome);
	report_outcome(outcome);
	if (nothing_to_leave || leave_file_systems())
		report_done(stream_carried(STDOUT_FILENO), stream_carried(STDERR_FILENO));
}

/* The base system ends the machine as soon as it has these lines and the output. What goes before a
 * power-off comes after them, should it come to that. */
static void report_at_once(const struct outcome *outcome)
{
	say_outcome(outcome);
	report_outcome_and_done(outcome, stream_carried(STDOUT_FILENO),
				stream_carried(STDERR_FILENO));
	(void)drain();
}

/* The one way out: end every process, say and report the outcome, leave the disks, power off. */
_Noreturn static void finish(struct outcome *outcome)
{
	child_discard();
	supervise_run(&supervision, outcome);
	oom_look(supervision.child, outcome);
	attest_socket_close();
	explicit_bzero(config.attest_key, sizeof(config.attest_key));
	(void)verity_last_look(supervision.uevent_fd, outcome);
	if (!report_is_open())
		open_report();
	const bool nothing_to_leave = config.is_volatile && !mounts_have_changed();
	if (nothing_to_leave && outcome->kind == OUTCOME_APP_EXIT &&
	    (!port_is_serial() || config.rings))
		report_at_once(outcome);
	else
		report_in_steps(outcome, nothing_to_leave);
	report_close();
	power_down(config.power);
}

int main(void)
{
	struct outcome outcome = {.kind = OUTCOME_NONE};

	if (getpid() != 1) {
		fprintf(stderr, "pith-init: is PID 1 of a virtual machine; not to be run as %d\n",
			(int)getpid());
		return EXIT_CODE_PITH;
	}
	cmdline_defaults(&config);
	report_hello();
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		report_stage(stages[i].name);
		if (stages[i].run(&outcome) != 0)
			break;
	}
	supervision.stop_timeout_ms = config.stop_timeout_ms;
	finish(&outcome);
}
