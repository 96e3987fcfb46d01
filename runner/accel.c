/* SPDX-License-Identifier: Apache-2.0 */
/* accel.c: does KVM really run guest code here?
 *
 *   1. A forked child makes a VM of one vCPU and one page table's worth of memory (KVM's interface:
 *      Documentation/virt/kvm/api.rst), whose code counts ACCEL_PROBE_LOOPS down to zero and then
 *      touches a device that is not there, which brings control back.
 *   2. The child says when the code begins, writes what it found to a pipe, and ends. A CPU-time
 *      timer ends it where the code is interpreted, the parent where a deadline passes. */
#include "accel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "accel_cache.h"

#define SETUP_TIMEOUT_MS 2000 /* making a VM takes long in a VM that is emulated itself */
#define RUNNING "\n"          /* the child's word that the guest's code begins now */
#define GUEST_MEMORY 0x10000  /* bytes, at guest-physical address 0 */
#define GUEST_CODE 0x1000

/* Everything of the child is returned to the system by its end. */
struct probe {
	int answer; /* the pipe to the parent */
	int kvm, vm, vcpu;
	uint8_t *memory;
	struct kvm_run *run;
};

/* musl has the request as int, glibc as unsigned long: the kernel looks at 32 bits. */
static int kvm_ioctl(int fd, unsigned long request, unsigned long argument)
{
	return ioctl(fd, (int)request, argument);
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

#if defined(__x86_64__)

#define PROBE_EXIT KVM_EXIT_IO
static unsigned long vm_type(int kvm)
{
	(void)kvm;
	return 0;
}

/* 64-bit mode with paging at ring 0, as a kernel runs: real mode is emulated by some good KVMs too,
 * and says nothing. */
static const char *prepare_vcpu(struct probe *probe)
{
	static const uint8_t code[] = {
	    0xff, 0xc9, /* again: dec ecx */
	    0x75, 0xfc, /*        jnz again */
	    0xe6, 0x10, /*        out 0x10, al */
	    0xf4,       /*        hlt */
	};
	static const uint64_t tables[][2] = {
	    {0x2000, 0x3003}, /* PML4: its first entry is the table at 0x3000, present, writable */
	    {0x3000, 0x4003}, /* page directory pointers: the table at 0x4000 */
	    {0x4000, 0x0083}, /* page directory: the 2 MiB page at 0 */
	};
	struct kvm_segment segment = {
	    .limit = UINT32_MAX, .selector = 16, .present = 1, .type = 3, .s = 1, .g = 1, .db = 1};
	struct kvm_regs regs = {.rip = GUEST_CODE, .rflags = 2, .rcx = ACCEL_PROBE_LOOPS};
	struct kvm_sregs sregs;

	memcpy(probe->memory + GUEST_CODE, code, sizeof(code));
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		memcpy(probe->memory + tables[i][0], &tables[i][1], sizeof(uint64_t));
	if (kvm_ioctl(probe->vcpu, KVM_GET_SREGS, (uintptr_t)&sregs) != 0)
		return "KVM_GET_SREGS";
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = segment;
	segment.selector = 8;
	segment.type = 11; /* code, readable, accessed */
	segment.db = 0;
	segment.l = 1;
	sregs.cs = segment;
	sregs.cr3 = 0x2000;
	sregs.cr4 = 0x20;       /* PAE */
	sregs.cr0 = 0x80050033; /* PG AM WP NE ET MP PE */
	sregs.efer = 0x500;     /* LMA LME */
	if (kvm_ioctl(probe->vcpu, KVM_SET_SREGS, (uintptr_t)&sregs) != 0)
		return "KVM_SET_SREGS";
	if (kvm_ioctl(probe->vcpu, KVM_SET_REGS, (uintptr_t)&regs) != 0)
		return "KVM_SET_REGS";
	return NULL;
}

#elif defined(__aarch64__)

#define PROBE_EXIT KVM_EXIT_MMIO
/* The size of the guest's address space in bits; 0 means 40, which not every machine has. */
static unsigned long vm_type(int kvm)
{
	int bits = kvm_ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_VM_IPA_SIZE);

	return bits > 0 ? (unsigned long)bits : 0;
}

/* EL1 with the MMU off, the state after KVM_ARM_VCPU_INIT. */
static const char *prepare_vcpu(struct probe *probe)
{
	static const uint32_t code[] = {
	    0xd2800001 | (ACCEL_PROBE_LOOPS & 0xffff) << 5, /* movz x1, #low */
	    0xf2a00001 | (ACCEL_PROBE_LOOPS >> 16) << 5,    /* movk x1, #high, lsl #16 */
	    0xf1000421,                                     /* again: subs x1, x1, #1 */
	    0x54ffffe1,                                     /* b.ne again */
	    0xd2a02002,                                     /* movz x2, #0x100, lsl #16 */
	    0xf9000041,                                     /* str x1, [x2]: no memory there */
	    0x14000000,                                     /* b . */
	};
	uint64_t pc = GUEST_CODE;
	struct kvm_one_reg reg = {
	    .id =
		KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(regs.pc),
	    .addr = (uintptr_t)&pc,
	};
	struct kvm_vcpu_init init;

	memcpy(probe->memory + GUEST_CODE, code, sizeof(code));
	if (kvm_ioctl(probe->vm, KVM_ARM_PREFERRED_TARGET, (uintptr_t)&init) != 0)
		return "KVM_ARM_PREFERRED_TARGET";
	if (kvm_ioctl(probe->vcpu, KVM_ARM_VCPU_INIT, (uintptr_t)&init) != 0)
		return "KVM_ARM_VCPU_INIT";
	if (kvm_ioctl(probe->vcpu, KVM_SET_ONE_REG, (uintptr_t)&reg) != 0)
		return "KVM_SET_ONE_REG";
	return NULL;
}

#else

#define PROBE_EXIT KVM_EXIT_UNKNOWN
static unsigned long vm_type(int kvm)
{
	(void)kvm;
	return 0;
}

static const char *prepare_vcpu(struct probe *probe)
{
	(void)probe;
	errno = ENOSYS;
	return "KVM is not tried on this architecture";
}

#endif

/* Make the VM and run its code. Returns NULL, or which step failed, with errno. */
static const char *run_guest(struct probe *probe)
{
	struct kvm_userspace_memory_region region = {.memory_size = GUEST_MEMORY};
	struct itimerval limit = {.it_value.tv_usec = ACCEL_PROBE_CPU_MS * 1000};
	const char *failed;
	int run_size;

	probe->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (probe->kvm < 0)
		return "/dev/kvm";
	probe->vm = kvm_ioctl(probe->kvm, KVM_CREATE_VM, vm_type(probe->kvm));
	if (probe->vm < 0)
		return "KVM_CREATE_VM";
	probe->memory =
	    mmap(NULL, GUEST_MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (probe->memory == MAP_FAILED)
		return "guest memory";
	region.userspace_addr = (uintptr_t)probe->memory;
	if (kvm_ioctl(probe->vm, KVM_SET_USER_MEMORY_REGION, (uintptr_t)&region) != 0)
		return "KVM_SET_USER_MEMORY_REGION";
	probe->vcpu = kvm_ioctl(probe->vm, KVM_CREATE_VCPU, 0);
	if (probe->vcpu < 0)
		return "KVM_CREATE_VCPU";
	run_size = kvm_ioctl(probe->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (run_size < (int)sizeof(*probe->run))
		return "KVM_GET_VCPU_MMAP_SIZE";
	probe->run =
	    mmap(NULL, (size_t)run_size, PROT_READ | PROT_WRITE, MAP_SHARED, probe->vcpu, 0);
	if (probe->run == MAP_FAILED)
		return "the vCPU's shared page";
	failed = prepare_vcpu(probe);
	if (failed != NULL)
		return failed;
	if (write(probe->answer, RUNNING, 1) != 1)
		return "pipe";
	setitimer(ITIMER_PROF, &limit, NULL);
	while (kvm_ioctl(probe->vcpu, KVM_RUN, 0) != 0)
		if (errno != EINTR)
			return "KVM_RUN";
	return NULL;
}

/* The child: never returns. Writes one line of text to FD; exit status 0 when KVM works. */
static _Noreturn void probe_child(int fd)
{
	struct probe probe = {.answer = fd};
	uint64_t start_us;
	const char *failed;
	char text[128];
	bool works = false;
	sigset_t none;

	signal(SIGPROF, SIG_DFL); /* the timer's signal ends the child */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	start_us = now_us();
	failed = run_guest(&probe);
	if (failed != NULL) {
		snprintf(text, sizeof(text), "%s: %s", failed, strerror(errno));
	} else if (probe.run->exit_reason != PROBE_EXIT) {
		snprintf(text, sizeof(text), "/dev/kvm: guest code ended with KVM exit %u",
			 probe.run->exit_reason);
	} else {
		works = true;
		snprintf(text, sizeof(text), "guest code ran in %.1f ms",
			 (double)(now_us() - start_us) / 1000);
	}
	if (write(fd, text, strlen(text)) < 0)
		works = false;
	_exit(works ? 0 : 1);
}

/* Wait until FD has something to read or its other end is closed. False when the deadline passed.
 */
static bool wait_readable(int fd, uint64_t deadline_us)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};

	for (;;) {
		uint64_t now = now_us();
		int timeout_ms = now >= deadline_us ? 0 : (int)((deadline_us - now + 999) / 1000);
		int result = poll(&pollfd, 1, timeout_ms);
		if (result >= 0 || errno != EINTR)
			return result > 0;
	}
}

/* Wait for the end of the child PID, under a deadline: one that the kernel cannot end is left. FD
 * is its pipe, which its end closes. Returns the wait status, or -1. */
static int wait_child(pid_t pid, int fd, uint64_t deadline_us)
{
	char rest[64];
	int status;

	while (wait_readable(fd, deadline_us))
		if (read(fd, rest, sizeof(rest)) == 0)
			return waitpid(pid, &status, 0) == pid ? status : -1;
	return -1;
}

/* Read the child's answer from FD into TEXT, without the word RUNNING. False when a deadline passed
 * first. An empty answer is a child that ended without one. */
static bool read_answer(int fd, char *text, size_t size)
{
	uint64_t deadline_us = now_us() + SETUP_TIMEOUT_MS * 1000;
	size_t length = 0;
	bool running = false;

	for (;;) {
		ssize_t n;
		text[length] = '\0';
		if (!wait_readable(fd, deadline_us))
			return false;
		n = read(fd, text + length, size - 1 - length);
		if (n <= 0)
			return true;
		length += (size_t)n;
		if (!running && text[0] == RUNNING[0]) {
			running = true;
			deadline_us = now_us() + ACCEL_PROBE_TIMEOUT_MS * 1000;
			memmove(text, text + 1, --length);
		}
	}
}

/* Whether a guest's code gets as far as it should in the time. TEXT says what was found, always. */
static bool probe_kvm(char *text, size_t size)
{
	int pipe_fds[2], status = -1;
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
		snprintf(text, size, "pipe: %s", strerror(errno));
		return false;
	}
	pid = fork();
	if (pid == 0)
		probe_child(pipe_fds[1]);
	close(pipe_fds[1]);
	text[0] = '\0';
	if (pid > 0) {
		if (!read_answer(pipe_fds[0], text, size))
			kill(pid, SIGKILL);
		status = wait_child(pid, pipe_fds[0], now_us() + 1000000);
	}
	close(pipe_fds[0]);
	if (text[0] != '\0')
		return status == 0;
	if (pid < 0) {
		snprintf(text, size, "fork: %s", strerror(errno));
		return false;
	}
	if (status >= 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF) {
		snprintf(text, size,
			 "/dev/kvm is there, but interprets guest code: %d loops not done "
			 "in %d ms of CPU time",
			 ACCEL_PROBE_LOOPS, ACCEL_PROBE_CPU_MS);
		accel_cache_write(text);
	} else {
		snprintf(text, size, "/dev/kvm is there, but guest code did not run within %d ms",
			 ACCEL_PROBE_TIMEOUT_MS);
	}
	return false;
}

/* Who says kvm = true knows better than a short look at it (KVM in an emulated machine is slow, and
 * still much faster than emulation in it); the boot has a deadline. So no code is run: only what
 * QEMU would say in other words is found out. */
static bool look_at_kvm(char *text, size_t size)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int version = fd < 0 ? -1 : kvm_ioctl(fd, KVM_GET_API_VERSION, 0);

	if (version < 0)
		snprintf(text, size, "/dev/kvm: %s", strerror(errno));
	else if (version != KVM_API_VERSION)
		snprintf(text, size, "/dev/kvm: version %d, not %d", version, KVM_API_VERSION);
	else
		snprintf(text, size, "kvm = true");
	if (fd >= 0)
		close(fd);
	return version == KVM_API_VERSION;
}

int accel_choose(enum config_kvm wanted, enum config_arch guest_arch, enum qemu_accel *accel,
		 char *reason, size_t reason_size)
{
	enum config_arch host_arch = config_host_arch();
	char found[160];
	bool works = false;

	if (wanted == KVM_OFF)
		snprintf(found, sizeof(found), "kvm = false");
	else if (guest_arch != host_arch)
		snprintf(found, sizeof(found), "the guest is %s, this machine %s",
			 config_arch_name(guest_arch), config_arch_name(host_arch));
	else if (wanted == KVM_ON)
		works = look_at_kvm(found, sizeof(found));
	else if (!accel_cache_read(found, sizeof(found)))
		works = probe_kvm(found, sizeof(found));
	*accel = works ? ACCEL_KVM : ACCEL_TCG;
	if (wanted == KVM_ON && !works) {
		snprintf(reason, reason_size, "kvm = true, but %s", found);
		return -ENODEV;
	}
	snprintf(reason, reason_size, "%s (%s)", *accel == ACCEL_KVM ? "KVM" : "emulation", found);
	return 0;
}
