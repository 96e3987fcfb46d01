/* SPDX-License-Identifier: Apache-2.0 */
/* report.c: the result channel: JSON lines from PID 1 to the base system, and stop requests back.
 */
#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "clock.h"
#include "console.h"
#include "port.h"
#include "report_line.h"

#define QUEUE_SIZE (8 * REPORT_LINE_MAX)
#define PORT_WAIT_MS 2000
#define PORT_SETTLE_MS 100
#define HUNG_UP_POLL_MS 100
#define HUNG_UP_STEP_MS 5 /* virtio_console announces the other side's coming by SIGIO only */

static int port_fd = -1;
static const char *mark_nonce; /* in lines on the console or a serial line */
static bool is_open, hung_up;
static struct boot_size size_told;
static bool peer_answers, drained, tasks_asked, stop_asked; /* what the base system has said */
static bool answered[2];
static uint64_t input_end = UINT64_MAX;
static int64_t work_ns = -1; /* the time in its line "work TIME"; -1: none came */
static char queue[QUEUE_SIZE];
static size_t queued;
static unsigned lost_lines;
static char request[64]; /* a line from the base system, as far as it has come */
static size_t request_size;

/* Send what the port takes. */
static void flush(void)
{
	size_t sent = 0;

	while (port_fd >= 0 && sent < queued) {
		ssize_t written = write(port_fd, queue + sent, queued - sent);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0) /* EAGAIN: full, or nobody there yet; else the port is gone */
			break;
		sent += (size_t)written;
	}
	memmove(queue, queue + sent, queued - sent);
	queued -= sent;
}

/* In one write, so that nothing gets between mark and line. The app may have left the cursor within
 * a line. */
static void send_marked(const struct report_line *line)
{
	static char text[REPORT_LINE_MAX + 128];
	int size;

	if (mark_nonce == NULL)
		return;
	size = snprintf(text, sizeof(text), "\n" REPORT_CONSOLE_MARK "%.64s:%.*s", mark_nonce,
			(int)line->size, line->text);
	if (size > 0 && port_fd >= 0)
		console_write_to(port_fd, text, (size_t)size);
	else if (size > 0)
		console_write(text, (size_t)size);
}

/* RESERVE bytes of the queue stay free for lines that matter more. */
static void queue_line(struct report_line *line, size_t reserve)
{
	report_line_end(line);
	if (is_open && (port_fd < 0 || port_is_serial())) {
		send_marked(line);
		return;
	}
	if (queued + line->size + reserve > sizeof(queue)) {
		lost_lines++;
		return;
	}
	memcpy(queue + queued, line->text, line->size);
	queued += line->size;
}

static void send_line(struct report_line *line, size_t reserve)
{
	queue_line(line, reserve);
	flush();
}

void report_open(const char *nonce, int uevent_fd)
{
	port_fd = port_wait(REPORT_PORT_NAME, O_RDWR, uevent_fd, clock_ms() + PORT_WAIT_MS);
	if (port_fd < 0 && port_fd != -ENOENT)
		console_warning("port " REPORT_PORT_NAME ": %s", strerror(-port_fd));
	is_open = true;
	mark_nonce = nonce;
	if (port_fd >= 0 && !port_is_serial()) {
		flush();
		port_settle(uevent_fd, clock_ms() + PORT_SETTLE_MS);
		return;
	}
	/* What was queued goes out line by line with the mark. */
	for (char *line = queue, *end; queued > 0; line = end) {
		struct report_line one;

		end = memchr(line, '\n', queued);
		end = end == NULL ? line + queued : end + 1;
		one.size = (size_t)(end - line) - strlen("}\n");
		memcpy(one.text, line, one.size);
		queued -= (size_t)(end - line);
		queue_line(&one, 0); /* no flush: what is left is without the mark */
	}
}

bool report_is_open(void)
{
	return is_open;
}

void report_hello(void)
{
	struct report_line line;
	struct utsname system = {0};

	(void)uname(&system); /* fails only for a bad address */
	report_line_begin(&line, "hello");
	report_line_text(&line, "version", PITH_VERSION);
	report_line_text(&line, "arch", system.machine);
	report_line_text(&line, "kernel", system.release);
	send_line(&line, 0);
}

void report_stage(const char *stage)
{
	struct report_line line;

	console_info("stage %s", stage);
	report_line_begin(&line, "stage");
	report_line_text(&line, "stage", stage);
	report_line_number(&line, "us", clock_boot_us());
	send_line(&line, REPORT_LINE_MAX);
}

void report_digest(const char *algorithm, const char *hex, uint64_t bytes, bool verified)
{
	struct report_line line;

	report_line_begin(&line, "digest");
	report_line_text(&line, "algorithm", algorithm);
	report_line_text(&line, "value", hex);
	report_line_number(&line, "bytes", (int64_t)bytes);
	report_line_bool(&line, "verified", verified);
	send_line(&line, REPORT_LINE_MAX);
}

void report_measure(const char *measure_hex, const char *pcr_hex)
{
	struct report_line line;

	report_line_begin(&line, "measure");
	report_line_text(&line, "measure", measure_hex);
	report_line_text(&line, "pcr11", pcr_hex);
	send_line(&line, REPORT_LINE_MAX);
}

void report_warning(const char *format, ...)
{
	struct report_line line;
	char message[OUTCOME_MESSAGE_MAX];
	va_list args;

	va_start(args, format);
	if (vsnprintf(message, sizeof(message), format, args) < 0)
		message[0] = '\0';
	va_end(args);
	console_warning("%s", message);
	report_line_begin(&line, "warning");
	report_line_text(&line, "message", message);
	send_line(&line, 2 * REPORT_LINE_MAX);
}

int report_runner(const char *json, size_t size)
{
	struct report_line line;

	if (size > REPORT_LINE_MAX / 2 || !report_line_is_object(json, size))
		return -EINVAL;
	if (queued > 0)
		return -EAGAIN;
	report_line_begin(&line, "runner");
	report_line_json(&line, "line", json, size);
	send_line(&line, 2 * REPORT_LINE_MAX);
	return 0;
}

void report_app_ready(void)
{
	struct report_line line;
	char json[64];
	int size = snprintf(json, sizeof(json), "{\"event\":\"ready\",\"t_us\":%lld}",
			    (long long)clock_boot_us());

	report_line_begin(&line, "runner");
	report_line_json(&line, "line", json, (size_t)size);
	send_line(&line, REPORT_LINE_MAX);
}

/* Wait until the queue is empty, REPORT_FLUSH_MS at most. */
static void flush_all(void)
{
	const int64_t deadline_ms = clock_ms() + REPORT_FLUSH_MS;

	for (flush(); port_fd >= 0 && queued > 0; flush()) {
		struct pollfd port = {.fd = port_fd, .events = POLLOUT};
		int left_ms = clock_left_ms(deadline_ms);

		if (left_ms == 0) {
			console_warning("nobody takes the report");
			return;
		}
		if (poll(&port, 1, left_ms) > 0 && (port.revents & POLLHUP) != 0)
			poll(NULL, 0, HUNG_UP_STEP_MS);
	}
}

int report_give_port(void)
{
	flush_all();
	if (port_fd < 0)
		return -ENOENT;
	(void)fcntl(port_fd, F_SETFL, 0);
	return port_fd;
}

static void queue_outcome(const struct outcome *outcome)
{
	struct report_line line;

	if (lost_lines > 0) {
		report_line_begin(&line, "warning");
		report_line_text(&line, "message", "report lines were lost");
		report_line_number(&line, "lines", lost_lines);
		queue_line(&line, REPORT_LINE_MAX);
	}
	report_line_begin(&line, "outcome");
	report_line_text(&line, "outcome", outcome_name(outcome->kind));
	report_line_number(&line, "code", outcome->code);
	report_line_number(&line, "signal", outcome->signal);
	report_line_text(&line, "message", outcome->message);
	report_line_number(&line, "us", clock_boot_us());
	queue_line(&line, 0);
}

void report_outcome(const struct outcome *outcome)
{
	queue_outcome(outcome);
	flush_all();
}

static void begin_bytes(struct report_line *line, const char *event, uint64_t stdout_bytes,
			uint64_t stderr_bytes)
{
	report_line_begin(line, event);
	report_line_number(line, "stdout", (int64_t)stdout_bytes);
	report_line_number(line, "stderr", (int64_t)stderr_bytes);
}

void report_done(uint64_t stdout_bytes, uint64_t stderr_bytes)
{
	struct report_line line;

	if (port_fd < 0)
		return;
	begin_bytes(&line, "done", stdout_bytes, stderr_bytes);
	queue_line(&line, 0);
	flush_all();
}

void report_outcome_and_done(const struct outcome *outcome, uint64_t stdout_bytes,
			     uint64_t stderr_bytes)
{
	queue_outcome(outcome);
	report_done(stdout_bytes, stderr_bytes);
}

void report_close(void)
{
	/* Closing sends a message of its own to the device and waits until that was consumed, which
	 * is after the lines: nothing is under way when the machine goes off. */
	if (port_fd >= 0)
		close(port_fd);
	port_fd = -1;
	mark_nonce = NULL;
}

int report_poll(struct pollfd *entry)
{
	/* A port with nobody at its other end makes poll() return at once, again and again. */
	*entry = (struct pollfd){.fd = hung_up ? -1 : port_fd,
				 .events = queued > 0 ? POLLIN | POLLOUT : POLLIN};
	return hung_up ? HUNG_UP_POLL_MS : -1;
}

/* Decimal digits that fit; else 0. */
static int64_t read_number(const char *text)
{
	int64_t number = 0;

	for (; *text != '\0'; text++)
		if (*text < '0' || *text > '9' || __builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, *text - '0', &number))
			return 0;
	return number;
}

/* What came from the base system: lines; one that is too long is none. */
static void take_byte(char byte)
{
	if (byte != '\n') {
		if (request_size < sizeof(request))
			request[request_size++] = byte;
		return;
	}
	const bool whole = request_size < sizeof(request);

	request[whole ? request_size : 0] = '\0';
	request_size = 0;
	peer_answers |= strcmp(request, "hello") == 0;
	drained |= strcmp(request, "drained") == 0;
	answered[0] |= strcmp(request, "1") == 0;
	answered[1] |= strcmp(request, "2") == 0;
	tasks_asked |= strcmp(request, "tasks") == 0;
	stop_asked |= strcmp(request, "stop") == 0;
	if (strncmp(request, "size ", 5) == 0) /* one out of form changes nothing */
		(void)cmdline_parse_size(request + 5, &size_told);
	if (strncmp(request, "end ", 4) == 0)
		input_end = (uint64_t)read_number(request + 4);
	if (strncmp(request, "work ", 5) == 0)
		work_ns = read_number(request + 5);
}

static void send_and_receive(const struct pollfd *entry)
{
	char bytes[256];
	ssize_t got;

	hung_up = entry->fd >= 0 && (entry->revents & POLLHUP) != 0;
	flush();
	if (port_fd < 0 || (got = read(port_fd, bytes, sizeof(bytes))) <= 0)
		return;
	for (ssize_t i = 0; i < got; i++)
		take_byte(bytes[i]);
}

bool report_run(const struct pollfd *entry)
{
	send_and_receive(entry);
	const bool stop = stop_asked;
	stop_asked = false;
	return stop;
}

bool report_size_told(struct boot_size *size)
{
	*size = size_told;
	size_told.rows = 0;
	return size->rows != 0;
}

bool report_tasks_asked(void)
{
	const bool asked = tasks_asked;

	tasks_asked = false;
	return asked;
}

void report_task(const struct report_task *task)
{
	struct report_line line;

	report_line_begin(&line, "task");
	report_line_number(&line, "pid", task->pid);
	report_line_number(&line, "process", task->process);
	report_line_text(&line, "name", task->name);
	report_line_text(&line, "state", task->state);
	report_line_text(&line, "wait", task->wait);
	report_line_text(&line, "stack", task->stack);
	send_line(&line, 2 * REPORT_LINE_MAX);
}

void report_tasks_end(unsigned told, unsigned left_out)
{
	struct report_line line;

	report_line_begin(&line, "tasks");
	report_line_number(&line, "told", told);
	report_line_number(&line, "left_out", left_out);
	send_line(&line, REPORT_LINE_MAX);
}

void report_input(uint64_t taken)
{
	struct report_line line;

	report_line_begin(&line, "input");
	report_line_number(&line, "taken", (int64_t)taken);
	send_line(&line, REPORT_LINE_MAX);
}

void report_bell(char bell)
{
	if (port_fd >= 0)
		console_write_to(port_fd, &bell, sizeof(bell));
}

bool report_answered(int number)
{
	const bool has = answered[number - 1];

	answered[number - 1] = false;
	return has;
}

uint64_t report_input_end(void)
{
	return input_end;
}

int report_wait_for_work(int64_t *now_ns)
{
	struct pollfd port;

	while (work_ns < 0) {
		if (port_fd < 0)
			return -ENODEV;
		if (stop_asked) /* with work that came before it, it is for the supervision */
			return -ECANCELED;
		int wait_ms = report_poll(&port);
		(void)poll(&port, 1, wait_ms);
		send_and_receive(&port);
	}
	*now_ns = work_ns;
	return 0;
}

bool report_drain(uint64_t stdout_bytes, uint64_t stderr_bytes)
{
	const int64_t deadline_ms = clock_ms() + REPORT_DRAIN_MS;
	struct report_line line;
	struct pollfd port;
	bool stop = false;

	(void)report_poll(&port);
	stop = report_run(&port);
	if (port_fd < 0 ||
	    (!port_is_serial() && (!peer_answers || (stdout_bytes == 0 && stderr_bytes == 0))))
		return false;
	begin_bytes(&line, "drain", stdout_bytes, stderr_bytes);
	send_line(&line, REPORT_LINE_MAX);
	while (!drained && !stop) {
		int wait_ms = report_poll(&port), left_ms = clock_left_ms(deadline_ms);

		if (left_ms == 0) {
			report_warning("output of the app was not taken in time");
			return false;
		}
		(void)poll(&port, 1, wait_ms < 0 || wait_ms > left_ms ? left_ms : wait_ms);
		stop = report_run(&port);
	}
	return drained;
}
