/* SPDX-License-Identifier: Apache-2.0 */
/* vm_rings.c: the app's streams in memory that the guest and pith share. */
#include "vm_rings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "rootfs.h"
#include "vm_start.h"

const char *vm_rings_refusal(const struct config_vm *vm, const struct vm_addition *addition,
			     enum qemu_accel accel)
{
	const struct strv *args = addition->qemu_args, *names = addition->module_names;
	const struct {
		bool holds;
		const char *reason;
	} rules[] = {
	    {!addition->may_use_rings, "that is so by default, or asked for"},
	    {vm->arch != ARCH_X86_64 || vm->vmm != VMM_QEMU || !vm->build_initrd ||
		 vm->transport != TRANSPORT_PCI,
	     "it is no such machine"},
	    {vm->machine != NULL && strncmp(vm->machine, "q35", 3) != 0 &&
		 strncmp(vm->machine, "pc", 2) != 0,
	     "its machine is the user's"},
	    {accel == ACCEL_KVM, "with KVM loading drivers is short, and a serial line slow"},
	    {(vm_start_needs(vm) | addition->needs) != ROOTFS_REPORT || vm->gpu ||
		 vm->inputs.count > 0 || vm->gpio_count > 0,
	     "it has other devices that want drivers"},
	    {vm->serial_count > 0 || vm->port_count > 0 || addition->app_on_console,
	     "somebody uses its console"},
	    {(names != NULL && names->count > 0) || (args != NULL && args->count > 0) ||
		 vm->extra_args.count > 0,
	     "it has modules or devices of the user's"},
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].holds)
			return rules[i].reason;
	return NULL;
}

/* Its size is sealed: whoever else has it cannot take a page away from under pith. */
static int make_memory(void)
{
	int fd = memfd_create("pith-rings", MFD_CLOEXEC | MFD_ALLOW_SEALING), result = 0;

	if (fd < 0)
		return -errno;
	if (ftruncate(fd, RING_DEVICE_BYTES) != 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
		result = -errno;
	if (result != 0)
		close(fd);
	return result == 0 ? fd : result;
}

int vm_rings_make(struct vm *vm, int *fd)
{
	void *memory;
	int result = make_memory();

	if (result < 0)
		return result;
	*fd = result;
	memory = mmap(NULL, RING_DEVICE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	vm->ring_memory = memory;
	for (int i = 0; i < RING_COUNT; i++)
		ring_attach(&vm->rings[i], memory, i, i == 0);
	return 0;
}

static struct stream *output(struct vm *vm, int number)
{
	return number == 1 ? &vm->out : &vm->err;
}

void vm_rings_heard(struct vm *vm, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		for (int number = 1; number < RING_COUNT; number++)
			if (bytes[i] == RING_BELL(number) || bytes[i] == RING_BELL_ANSWER(number))
				stream_look(output(vm, number),
					    bytes[i] == RING_BELL_ANSWER(number));
}

void vm_rings_look(struct vm *vm)
{
	if (vm->ring_memory == NULL)
		return;
	stream_look(&vm->out, false);
	stream_look(&vm->err, false);
}

static void say(const struct vm *vm, const char *line)
{
	if (vm->report_watch.fd >= 0)
		(void)send(vm->report_watch.fd, line, strlen(line), MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* What QEMU has not read yet will wake the guest after this. So however small the pieces of the
 * input are, the line has room for what must not be lost. */
static bool will_wake(const struct vm *vm)
{
	int waiting = 0;

	return ioctl(vm->report_watch.fd, SIOCOUTQ, &waiting) == 0 && waiting > 0;
}

void vm_rings_answer(struct vm *vm)
{
	if (vm->ring_memory == NULL)
		return;
	if (vm->in.has_news && !will_wake(vm))
		say(vm, "\n");
	vm->in.has_news = false;
	for (int number = 1; number < RING_COUNT; number++) {
		struct stream *stream = output(vm, number);
		if (stream->has_news)
			say(vm, number == 1 ? "1\n" : "2\n");
		stream->has_news = false;
		if (stream->ring_is_broken && vm->lost_output[0] == '\0')
			snprintf(vm->lost_output, sizeof(vm->lost_output),
				 "the guest has spoilt the memory that its output is in");
	}
}

void vm_rings_free(struct vm *vm)
{
	if (vm->ring_memory != NULL)
		munmap(vm->ring_memory, RING_DEVICE_BYTES);
	vm->ring_memory = NULL;
}
