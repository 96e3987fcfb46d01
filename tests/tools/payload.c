/* SPDX-License-Identifier: Apache-2.0 */
/* payload.c: the app of the tests: static, answers questions from inside a guest or a PID
 * namespace. `payload --help` lists what it can. Commands can be chained: payload print-env + exit
 * 7 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static int number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 0);

	if (*text == '\0' || *end != '\0' || value < 0 || value > 1 << 30) {
		fprintf(stderr, "payload: '%s' is no number\n", text);
		exit(2);
	}
	return (int)value;
}

static void fail(const char *what)
{
	fprintf(stderr, "payload: %s: %s\n", what, strerror(errno));
	exit(99);
}

static void do_exit(char **args)
{
	fflush(NULL);
	_exit(number(args[0]));
}

static void do_signal(char **args)
{
	fflush(NULL);
	raise(number(args[0]));
}

static void do_echo(char **args)
{
	puts(args[0]);
}

static void do_stderr(char **args)
{
	fprintf(stderr, "%s\n", args[0]);
}

static void do_args(char **args)
{
	for (; *args != NULL; args++)
		printf("arg=%s\n", *args);
}

static void do_env(char **args)
{
	(void)args;
	for (char **entry = environ; *entry != NULL; entry++)
		puts(*entry);
}

static void do_cwd(char **args)
{
	char path[4096];

	(void)args;
	if (getcwd(path, sizeof(path)) == NULL)
		fail("getcwd");
	printf("cwd=%s\n", path);
}

/* The state that a program begins with and that PID 1 must not have changed. */
static void do_signals(char **args)
{
	struct sigaction action;
	sigset_t blocked;

	(void)args;
	if (sigprocmask(SIG_SETMASK, NULL, &blocked) != 0)
		fail("sigprocmask");
	printf("blocked=");
	for (int i = 1; i < NSIG; i++)
		if (sigismember(&blocked, i) == 1)
			printf("%d ", i);
	printf("\nignored=");
	for (int i = 1; i < NSIG; i++)
		if (sigaction(i, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
			printf("%d ", i);
	putchar('\n');
}

static void do_ids(char **args)
{
	(void)args;
	printf("pid=%d ppid=%d pgrp=%d sid=%d umask=%03o\n", (int)getpid(), (int)getppid(),
	       (int)getpgrp(), (int)getsid(0), (unsigned)umask(0));
}

static void do_fds(char **args)
{
	(void)args;
	printf("fds=");
	for (int fd = 0; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d ", fd);
	putchar('\n');
}

static void do_tty(char **args)
{
	int fd = open("/dev/tty", O_RDWR);

	(void)args;
	printf("isatty=%d%d%d controlling=%s foreground=%s name=%s\n", isatty(0), isatty(1),
	       isatty(2), fd >= 0 ? "yes" : "no",
	       fd >= 0 && tcgetpgrp(fd) == getpgrp() ? "yes" : "no",
	       isatty(0) ? ttyname(0) : "none");
	if (fd >= 0)
		close(fd);
}

static void do_cat(char **args)
{
	char buffer[65536];
	ssize_t got;
	int fd = strcmp(args[0], "-") == 0 ? 0 : open(args[0], O_RDONLY);

	fflush(stdout);
	if (fd < 0)
		fail(args[0]);
	while ((got = read(fd, buffer, sizeof(buffer))) > 0)
		if (write(1, buffer, (size_t)got) != got)
			fail("write");
	if (got < 0)
		fail(args[0]);
}

static void do_write(char **args)
{
	int fd = open(args[0], O_WRONLY | O_CREAT, 0600);

	if (fd < 0 || write(fd, args[1], strlen(args[1])) != (ssize_t)strlen(args[1]))
		fail(args[0]);
	close(fd);
}

static void do_line_to(char **args)
{
	if (dprintf(number(args[0]), "%s\n", args[1]) < 0)
		fail("write");
}

/* Whether the file PATH begins with TEXT. */
static int begins_with(const char *path, const char *text)
{
	char got[64] = "";
	int fd = open(path, O_RDONLY);

	if (fd >= 0 && read(fd, got, sizeof(got) - 1) < 0)
		got[0] = '\0';
	if (fd >= 0)
		close(fd);
	return strncmp(got, text, strlen(text)) == 0;
}

/* PID 1's descriptor of the port of reports, as root can have it. */
static int take_report_port(void)
{
	char path[320], link[64];
	int pid_fd = (int)syscall(SYS_pidfd_open, 1, 0), fd = -1;

	for (int number = 0; fd < 0 && number < 64; number++) {
		snprintf(path, sizeof(path), "/proc/1/fd/%d", number);
		ssize_t size = readlink(path, link, sizeof(link) - 1);
		link[size < 0 ? 0 : size] = '\0';
		if (strncmp(link, "/dev/vport", 10) != 0)
			continue;
		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", link + 5);
		if (begins_with(path, "pith.report\n"))
			fd = (int)syscall(SYS_pidfd_getfd, pid_fd, number, 0);
	}
	if (fd < 0)
		fail("the port of reports");
	return fd;
}

static void do_report(char **args)
{
	struct pollfd port = {.fd = take_report_port(), .events = POLLOUT};

	for (int left = number(args[0]); left > 0; left--)
		for (const char *at = args[1], *end = at + strlen(at); at <= end;) {
			ssize_t size =
			    write(port.fd, at < end ? at : "\n", at < end ? (size_t)(end - at) : 1);
			if (size < 0 && errno != EAGAIN)
				fail("the port of reports");
			if (size < 0)
				poll(&port, 1, -1);
			at += size < 0 ? 0 : size;
		}
}

static void do_exists(char **args)
{
	printf("%s: %s\n", args[0], access(args[0], F_OK) == 0 ? "exists" : strerror(errno));
}

static void do_mount_9p(char **args)
{
	if (mkdir(args[1], 0755) != 0 ||
	    mount(args[0], args[1], "9p", 0, "trans=virtio,version=9p2000.L") != 0)
		fail("mount");
}

static void do_open(char **args)
{
	int fd = open(args[0], O_RDWR | O_NONBLOCK | O_NOCTTY);

	printf("open %s: %s\n", args[0], fd >= 0 ? "ok" : strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* Into what can only be mapped, such as the memory of a device. */
static void do_spoil(char **args)
{
	int fd = open(args[0], O_RDWR), size = number(args[1]);
	char *memory = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (fd < 0 || memory == MAP_FAILED)
		fail(args[0]);
	memset(memory, 0xff, (size_t)size);
}

/* Every byte value in turn, so that a change of any of them shows. */
static void flood(int fd, const char *amount)
{
	unsigned char buffer[65536];
	int left = number(amount);

	for (size_t i = 0; i < sizeof(buffer); i++)
		buffer[i] = (unsigned char)i;
	fflush(NULL);
	while (left > 0) {
		size_t size = left < (int)sizeof(buffer) ? (size_t)left : sizeof(buffer);
		ssize_t written = write(fd, buffer, size);

		if (written != (ssize_t)size)
			fail("write");
		left -= (int)written;
	}
}

static void do_flood(char **args)
{
	flood(1, args[0]);
}

static void do_flood_stderr(char **args)
{
	flood(2, args[0]);
}

/* A child gives the processor away again and again meanwhile, by sleeping and by writing to a port.
 */
static void do_vectors(char **args)
{
#ifdef __aarch64__
#define ALL_32                                                                                     \
	"0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31"
	static uint64_t before[64] __attribute__((aligned(16)));
	static uint64_t after[64] __attribute__((aligned(16)));
	int rounds = number(args[0]), status;
	pid_t child;

	child = fork();
	for (int i = 0; child == 0 && i < rounds; i++) {
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
		if (write(1, ".", 1) != 1)
			_exit(1);
	}
	if (child == 0)
		_exit(0);
	for (int round = 0; round < rounds; round++) {
		uint64_t count = 300000;
		for (size_t i = 0; i < 64; i++)
			before[i] = ((uint64_t)round << 32 | i) * 0x9e3779b97f4a7c15;
		/* clang-format off */
		__asm__ volatile(
			".irp n, " ALL_32 "\n"
			"ldr q\\n, [%1, #\\n * 16]\n"
			".endr\n"
			"1: subs %0, %0, #1\n"
			"b.ne 1b\n"
			".irp n, " ALL_32 "\n"
			"str q\\n, [%2, #\\n * 16]\n"
			".endr\n"
			: "+r"(count)
			: "r"(before), "r"(after)
			: "cc", "memory", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11",
			  "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24",
			  "v25", "v26", "v27", "v28", "v29", "v30", "v31");
		/* clang-format on */
		if (memcmp(before, after, sizeof(before)) != 0) {
			puts("vectors=lost");
			exit(1);
		}
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
		fail("vectors: child");
	puts("\nvectors=kept");
#else
	(void)args;
	puts("vectors=unknown here");
	exit(2);
#endif
}

static void do_fill(char **args)
{
	static char buffer[1 << 16];
	long long total = 0;
	ssize_t written;
	int fd = open(args[0], O_WRONLY | O_CREAT, 0600);

	if (fd < 0)
		fail(args[0]);
	while ((written = write(fd, buffer, sizeof(buffer))) > 0)
		total += written;
	printf("filled %s: %s after %lld KiB\n", args[0], strerror(errno), total / 1024);
}

static void do_sleep(char **args)
{
	unsigned left = (unsigned)number(args[0]);

	fflush(NULL);
	while (left > 0)
		left = sleep(left);
}

/* Until its child ends, which vfork(2) makes of it, a process is in state D. */
static void do_block(char **args)
{
	(void)args;
	fflush(NULL);
	if (vfork() == 0) {
		for (;;)
			pause();
	}
}

static void on_term(int signal_number)
{
	(void)signal_number;
}

/* Wait for TERM, say so, and go on to the next command. */
static void do_wait_term(char **args)
{
	struct sigaction action = {.sa_handler = on_term};
	sigset_t term;
	int got;

	(void)args;
	sigaction(SIGTERM, &action, NULL);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	puts("waiting for TERM");
	fflush(NULL);
	sigwait(&term, &got);
	puts("got TERM");
}

static void do_ignore_term(char **args)
{
	(void)args;
	signal(SIGTERM, SIG_IGN);
}

/* A process of its own that the next commands belong to; the caller ends with 0. */
static void do_daemon(char **args)
{
	pid_t pid;

	(void)args;
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid > 0)
		_exit(0);
	setsid();
}

/* A grandchild that sleeps N seconds and is nobody's; go on. */
static void do_grandchild(char **args)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		setsid();
		if (fork() == 0) {
			do_sleep(args);
			_exit(0);
		}
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

/* COUNT orphans: their parent ends at once. All hold the pipe END open as long as they run. */
static void make_orphans(int count, int end)
{
	pid_t parent = fork();
	int status;

	if (parent < 0)
		fail("fork");
	if (parent == 0) {
		for (int i = 0; i < count; i++) {
			pid_t orphan = fork();

			if (orphan <= 0)
				_exit(orphan < 0 ? 1 : 3);
		}
		_exit(0);
	}
	close(end);
	if (waitpid(parent, &status, 0) != parent || status != 0) {
		errno = EAGAIN;
		fail("orphans");
	}
}

/* N processes whose parent has gone and that end with a failure at once; at most 100 at a time, so
 * that a busy machine is not flooded. */
static void do_orphans(char **args)
{
	int count = number(args[0]);

	fflush(NULL);
	for (int made = 0; made < count; made += 100) {
		int ends[2];
		char byte;

		if (pipe(ends) != 0)
			fail("pipe");
		make_orphans(count - made < 100 ? count - made : 100, ends[1]);
		while (read(ends[0], &byte, 1) > 0)
			;
		close(ends[0]);
	}
}

static int count_processes(const char *wanted_state)
{
	int count = 0;

	for (int pid = 1; pid < 32768; pid++) {
		char path[64], line[256] = "";
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		file = fopen(path, "r");
		if (file == NULL)
			continue;
		char *state = fgets(line, sizeof(line), file) == NULL ? NULL : strrchr(line, ')');
		count += state != NULL && (wanted_state == NULL || state[2] == wanted_state[0]);
		fclose(file);
	}
	return count;
}

/* Zombies that are left, waited for up to 5 seconds. */
/* How many processes there are. */
static int all_processes(void)
{
	const struct dirent *entry;
	int count = 0;
	DIR *dir = opendir("/proc");

	if (dir == NULL)
		fail("/proc");
	while ((entry = readdir(dir)) != NULL)
		count += entry->d_name[0] >= '1' && entry->d_name[0] <= '9';
	closedir(dir);
	return count;
}

static void do_processes(char **args)
{
	int wanted = number(args[0]), count;

	for (int i = 0; (count = all_processes()) > wanted && i < 1000; i++)
		usleep(10000);
	printf("processes=%d\n", count);
}

static void do_await(char **args)
{
	for (int i = 0; access(args[0], F_OK) != 0; i++) {
		if (i == 1000)
			fail(args[0]);
		usleep(10000);
	}
}

static void do_list(char **args)
{
	const struct dirent *entry;
	DIR *dir = opendir(args[0]);

	if (dir == NULL)
		fail(args[0]);
	while ((entry = readdir(dir)) != NULL)
		printf("entry=%s\n", entry->d_name);
	closedir(dir);
}

static void do_mkdir(char **args)
{
	if (mkdir(args[0], 0755) != 0)
		fail(args[0]);
}

/* As sd_notify(3) does; a name that begins with @ is abstract (unix(7)). */
static void do_notify(char **args)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	const char *address = getenv("NOTIFY_SOCKET");
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	size_t size = address == NULL ? 0 : strlen(address);

	if (size == 0 || size >= sizeof(name.sun_path)) {
		errno = EDESTADDRREQ;
		fail("NOTIFY_SOCKET");
	}
	memcpy(name.sun_path, address, size);
	if (address[0] == '@')
		name.sun_path[0] = '\0';
	if (sendto(fd, args[0], strlen(args[0]), 0, (struct sockaddr *)&name,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size)) < 0)
		fail("NOTIFY_SOCKET");
	close(fd);
}

/* In the mount of pith-init (init/mounts.c). */
static void do_group(char **args)
{
	char line[512], path[1024] = "";
	FILE *file = fopen("/proc/self/cgroup", "r");

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, "0::", 3) == 0)
			snprintf(path, sizeof(path), "/sys/fs/cgroup%.*s/%s",
				 (int)strcspn(line + 3, "\n"), line + 3, args[0]);
	if (file == NULL || mkdir(path, 0755) != 0)
		fail(path);
	fclose(file);
	strcat(path, "/cgroup.procs");
	file = fopen(path, "w");
	if (file == NULL || fputs("0", file) < 0 || fclose(file) != 0)
		fail(path);
}

/* Nobody can signal them one by one: by then each is another. */
static void do_swarm(char **args)
{
	int count = number(args[0]);

	fflush(stdout);
	for (int i = 0; i < count; i++) {
		pid_t pid = fork();

		while (pid == 0) {
			setsid();
			usleep(1000);
			pid = fork();
			if (pid != 0)
				_exit(0);
		}
	}
}

static void do_zombies(char **args)
{
	int left = 0;

	(void)args;
	for (int i = 0; i < 50 && (left = count_processes("Z")) > 0; i++)
		usleep(100000);
	printf("zombies=%d\n", left);
}

static void do_kill(char **args)
{
	int target = args[0][0] == '-' ? -number(args[0] + 1) : number(args[0]);

	fflush(NULL);
	printf("kill %s %s: %s\n", args[0], args[1],
	       kill(target, number(args[1])) == 0 ? "ok" : strerror(errno));
}

static void do_stop_terminal(char **args)
{
	(void)args;
	if (tcflow(1, TCOOFF) != 0)
		fail("tcflow");
}

static void do_segfault(char **args)
{
	(void)args;
	fflush(NULL);
	char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*(volatile char *)page = 1;
}

static void do_eat_memory(char **args)
{
	(void)args;
	fflush(NULL);
	for (;;) {
		char *block = malloc(1 << 20);

		if (block == NULL)
			fail("malloc");
		memset(block, 1, 1 << 20);
	}
}

static int bound_socket(int type, const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)number(port))};
	int fd = socket(AF_INET, type, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		fail("bind");
	printf("bound to port %s\n", port);
	fflush(NULL);
	return fd;
}

/* The first datagram goes back to its sender, behind "udp: ". */
static void do_udp_echo(char **args)
{
	char bytes[1024] = "udp: ";
	struct sockaddr_in sender;
	socklen_t size = sizeof(sender);
	int fd = bound_socket(SOCK_DGRAM, args[0]);
	ssize_t got =
	    recvfrom(fd, bytes + 5, sizeof(bytes) - 5, 0, (struct sockaddr *)&sender, &size);

	if (got < 0 ||
	    sendto(fd, bytes, (size_t)got + 5, 0, (struct sockaddr *)&sender, size) != got + 5)
		fail("udp-echo");
	close(fd);
}

/* The first bytes of the first connection likewise. */
static void do_tcp_echo(char **args)
{
	char bytes[1024] = "tcp: ";
	int listening = bound_socket(SOCK_STREAM, args[0]), fd;

	if (listen(listening, 1) != 0 || (fd = accept(listening, NULL, NULL)) < 0)
		fail("accept");
	ssize_t got = read(fd, bytes + 5, sizeof(bytes) - 5);
	if (got < 0 || write(fd, bytes, (size_t)got + 5) != got + 5)
		fail("tcp-echo");
	close(fd);
	close(listening);
}

/* --- The trusted boot socket (init/attest.h) and the TPM --------------------------------------
 */

static int boot_fd(void)
{
	const char *text = getenv("VERSE_TRUSTED_BOOT_FD");

	if (text == NULL) {
		puts("no VERSE_TRUSTED_BOOT_FD");
		exit(98);
	}
	return number(text);
}

static unsigned hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c == '\0' ? NULL : strchr(digits, c);

	if (at == NULL) {
		fprintf(stderr, "payload: '%c' is no hexadecimal digit\n", c);
		exit(2);
	}
	return (unsigned)(at - digits);
}

static size_t from_hex(const char *text, unsigned char *bytes, size_t room)
{
	size_t size = strlen(text) / 2;

	if (size > room)
		size = room;
	for (size_t i = 0; i < size; i++)
		bytes[i] =
		    (unsigned char)(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
	return size;
}

static void do_boot_send(char **args)
{
	unsigned char bytes[4096];
	size_t size = from_hex(args[0], bytes, sizeof(bytes));
	ssize_t sent = send(boot_fd(), bytes, size, MSG_NOSIGNAL);

	printf("sent=%s\n", sent == (ssize_t)size ? "all" : strerror(errno));
}

static void do_boot_read(char **args)
{
	struct pollfd ready = {.fd = boot_fd(), .events = POLLIN};
	unsigned char byte;
	int count = number(args[0]);

	printf("reply=");
	for (ssize_t got; count > 0; count--) {
		if (poll(&ready, 1, 10000) != 1) {
			printf("nothing");
			break;
		}
		got = recv(ready.fd, &byte, 1, 0);
		if (got <= 0) {
			printf("%s", got == 0 ? "end" : strerror(errno));
			break;
		}
		printf("%02x", byte);
	}
	putchar('\n');
}

/* Requests to attest, whose replies nobody takes, until no more are taken. */
static void do_boot_flood(char **args)
{
	static unsigned char requests[17 * 512];
	struct pollfd ready = {.fd = boot_fd(), .events = POLLOUT};
	long long total = 0;

	(void)args;
	for (size_t i = 0; i < sizeof(requests); i += 17)
		requests[i] = 2;
	while (total < 64 << 20 && poll(&ready, 1, 1000) == 1) {
		ssize_t sent =
		    send(ready.fd, requests, sizeof(requests), MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0)
			break;
		total += sent;
	}
	printf("flood=%s\n", total > 0 && total < 64 << 20 ? "held back" : "taken");
}

/* TPM2_PCR_Extend, TCG TPM 2.0 Library, Part 3, 22.2. */
static void do_tpm_extend(char **args)
{
	unsigned char command[65] = {0x80, 2,    0, 0, 0, 65, 0, 0, 1, 0x82, 0, 0, 0, 0, 0, 0,   0,
				     9,    0x40, 0, 0, 9, 0,  0, 0, 0, 0,    0, 0, 0, 1, 0, 0x0b};
	unsigned char answer[4096];
	int fd = open("/dev/tpm0", O_RDWR);

	command[13] = (unsigned char)number(args[0]);
	from_hex(args[1], command + 33, 32);
	if (fd < 0 || write(fd, command, sizeof(command)) != (ssize_t)sizeof(command))
		fail("/dev/tpm0");
	ssize_t size = read(fd, answer, sizeof(answer));
	printf("extended=%s\n",
	       size >= 10 && memcmp(answer + 6, "\0\0\0\0", 4) == 0 ? "yes" : "no");
	close(fd);
}

/* --- A GPIO chip (linux/gpio.h) ---------------------------------------------------------------
 */

static int gpio_line(int chip, unsigned line, uint64_t flags)
{
	struct gpio_v2_line_request request = {
	    .offsets = {line}, .num_lines = 1, .config = {.flags = flags}, .consumer = "payload"};

	if (ioctl(chip, (int)GPIO_V2_GET_LINE_IOCTL, &request) != 0)
		fail("GPIO line");
	return request.fd;
}

static int gpio_get(int line)
{
	struct gpio_v2_line_values values = {.mask = 1};

	if (ioctl(line, (int)GPIO_V2_LINE_GET_VALUES_IOCTL, &values) != 0)
		fail("GPIO value");
	return (int)(values.bits & 1);
}

/* Each input as it is, then FROM is driven high and low, which TO has to tell by interrupts. */
static void do_gpio(char **args)
{
	struct gpiochip_info info;
	struct gpio_v2_line_event event;
	int chip = open(args[0], O_RDWR | O_CLOEXEC), from, to;

	if (chip < 0 || ioctl(chip, (int)GPIO_GET_CHIPINFO_IOCTL, &info) != 0)
		fail(args[0]);
	printf("lines=%u values=", info.lines);
	for (unsigned i = 0; i < info.lines; i++) {
		int line = gpio_line(chip, i, GPIO_V2_LINE_FLAG_INPUT);

		printf("%d", gpio_get(line));
		close(line);
	}
	putchar('\n');
	to = gpio_line(chip, (unsigned)number(args[2]),
		       GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_RISING |
			   GPIO_V2_LINE_FLAG_EDGE_FALLING);
	from = gpio_line(chip, (unsigned)number(args[1]), GPIO_V2_LINE_FLAG_OUTPUT);
	for (unsigned value = 1; value < 2; value--) {
		struct gpio_v2_line_values values = {.mask = 1, .bits = value};
		struct pollfd ready = {.fd = to, .events = POLLIN};

		if (ioctl(from, (int)GPIO_V2_LINE_SET_VALUES_IOCTL, &values) != 0)
			fail("GPIO output");
		if (poll(&ready, 1, 10000) != 1 || read(to, &event, sizeof(event)) < 0)
			fail("GPIO event");
		printf("event=%s value=%d\n",
		       event.id == GPIO_V2_LINE_EVENT_RISING_EDGE ? "rising" : "falling",
		       gpio_get(to));
	}
	close(from);
	close(to);
	close(chip);
}

static void do_hex(char **args)
{
	FILE *file = fopen(args[0], "r");

	if (file == NULL)
		fail(args[0]);
	printf("%s: ", args[0]);
	for (int c; (c = getc(file)) != EOF;)
		printf("%02x", (unsigned)c);
	putchar('\n');
	fclose(file);
}

/* What no two guests may have in common, and the time. */
static void do_unique(char **args)
{
	char boot_id[64] = "";
	unsigned char random[16];
	struct timespec now;
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY);

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		fail("getrandom");
	if (fd < 0 || read(fd, boot_id, sizeof(boot_id) - 1) < 0)
		fail("boot_id");
	close(fd);
	boot_id[strcspn(boot_id, "\n")] = '\0';
	clock_gettime(CLOCK_REALTIME, &now);
	printf("random=");
	for (size_t i = 0; i < sizeof(random); i++)
		printf("%02x", random[i]);
	printf("\nboot_id=%s\nstack=%p\ntime=%lld.%09ld\n", boot_id, (void *)&args,
	       (long long)now.tv_sec, now.tv_nsec);
}

static const struct command {
	const char *name;
	int args;
	void (*run)(char **args);
	const char *help;
} commands[] = {
    {"exit", 1, do_exit, "N: end with status N"},
    {"signal", 1, do_signal, "N: send oneself signal N"},
    {"segfault", 0, do_segfault, "write to a page that may not be written"},
    {"echo", 1, do_echo, "TEXT: print a line"},
    {"stderr", 1, do_stderr, "TEXT: print a line to standard error"},
    {"args", -1, do_args, "ANY...: print each as a line arg=..."},
    {"env", 0, do_env, "print the environment"},
    {"cwd", 0, do_cwd, "print the working directory"},
    {"signals", 0, do_signals, "print which signals are blocked and which not default"},
    {"ids", 0, do_ids, "print pid, parent, process group, session, umask"},
    {"fds", 0, do_fds, "print which descriptors are open"},
    {"tty", 0, do_tty, "print what the terminal is"},
    {"cat", 1, do_cat, "PATH: print a file; - is standard input"},
    {"write", 2, do_write, "PATH TEXT: write a file"},
    {"line-to", 2, do_line_to, "FD TEXT: write a line to a descriptor"},
    {"report", 2, do_report, "N TEXT: send a line N times over PID 1's own port of reports"},
    {"exists", 1, do_exists, "PATH: say whether it exists"},
    {"open", 1, do_open, "PATH: say whether it can be opened for reading and writing"},
    {"mount-9p", 2, do_mount_9p, "TAG PATH: make the folder PATH and mount a 9p share there"},
    {"flood", 1, do_flood, "N: N bytes to standard output, 0 to 255 in turn"},
    {"flood-stderr", 1, do_flood_stderr, "N: the same to standard error"},
    {"vectors", 1, do_vectors,
     "N: do the vector registers keep what was loaded, N times? (aarch64)"},
    {"fill", 1, do_fill, "PATH: write to a file until there is no room"},
    {"spoil", 2, do_spoil, "PATH N: map N bytes of a file, and make them 255"},
    {"sleep", 1, do_sleep, "N: seconds"},
    {"block", 0, do_block, "wait in the kernel, in state D"},
    {"wait-term", 0, do_wait_term, "wait for SIGTERM, then go on"},
    {"ignore-term", 0, do_ignore_term, "ignore SIGTERM from here on"},
    {"daemon", 0, do_daemon, "go on in a child with a session of its own; the caller ends with 0"},
    {"grandchild", 1, do_grandchild, "N: leave behind a process that sleeps N seconds"},
    {"orphans", 1, do_orphans, "N: leave behind N processes that end at once"},
    {"processes", 1, do_processes, "N: wait until there are at most N, for 10 s; print how many"},
    {"await", 1, do_await, "PATH: wait until it exists, for 10 s"},
    {"list", 1, do_list, "PATH: print each name in a folder as a line entry=..."},
    {"mkdir", 1, do_mkdir, "PATH: make a folder"},
    {"group", 1, do_group, "NAME: make a control group below one's own, and go there"},
    {"notify", 1, do_notify, "TEXT: send it to NOTIFY_SOCKET"},
    {"swarm", 1, do_swarm, "N: leave N processes that go on in new ones, each in its own session"},
    {"zombies", 0, do_zombies, "print how many zombies are left after at most 5 s"},
    {"kill", 2, do_kill, "PID N: send signal N; -1 is everybody"},
    {"stop-terminal", 0, do_stop_terminal, "stop the terminal's output (TCOOFF)"},
    {"udp-echo", 1, do_udp_echo, "PORT: send the first datagram back"},
    {"tcp-echo", 1, do_tcp_echo, "PORT: send back what the first connection says"},
    {"boot-send", 1, do_boot_send, "HEX: bytes to the trusted boot socket"},
    {"boot-read", 1, do_boot_read, "N: print N bytes from there, or how it ended"},
    {"boot-flood", 0, do_boot_flood, "say whether requests there are held back at some time"},
    {"tpm-extend", 2, do_tpm_extend, "PCR HEX: extend a PCR of the SHA-256 bank"},
    {"gpio", 3, do_gpio, "PATH FROM TO: print a chip's lines; events of line TO, driven by FROM"},
    {"hex", 1, do_hex, "PATH: print a file in hexadecimal"},
    {"unique", 0, do_unique, "print random bytes, boot_id, a stack address and the time"},
    {"eat-memory", 0, do_eat_memory, "allocate until killed"},
};

int main(int argc, char **argv)
{
	const size_t count = sizeof(commands) / sizeof(commands[0]);

	if (argc < 2 || strcmp(argv[1], "--help") == 0) {
		puts("payload COMMAND [ARGS] [+ COMMAND [ARGS]]...: the app of the tests; ends "
		     "with 0\n"
		     "after the last command, 2 for wrong usage, 99 when something fails. "
		     "Commands:");
		for (size_t i = 0; i < count; i++)
			printf("  %-13s %s\n", commands[i].name, commands[i].help);
		return argc < 2 ? 2 : 0;
	}
	for (int at = 1; at < argc;) {
		size_t i = 0;
		int end = at + 1;

		while (i < count && strcmp(argv[at], commands[i].name) != 0)
			i++;
		while (end < argc && strcmp(argv[end], "+") != 0)
			end++;
		if (i == count || (commands[i].args >= 0 && commands[i].args != end - at - 1)) {
			fprintf(stderr, "payload: %s: no such command, or not so many arguments\n",
				argv[at]);
			return 2;
		}
		argv[end] = NULL;
		commands[i].run(argv + at + 1);
		fflush(stdout);
		at = end + 1;
	}
	return 0;
}
