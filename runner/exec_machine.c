/* SPDX-License-Identifier: Apache-2.0 */
/* exec_machine.c: the virtual machine of pith exec. */
#include "exec_machine.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "exec_failure.h"
#include "exec_net.h"
#include "exec_shares.h"
#include "exec_transport.h"
#include "message.h"
#include "text.h"
#include "vm_memory.h"

#define MEMORY_MIB 256
#define ROOTFS_MEMORY_MIB 1024 /* also for what is written, and for what such a run is about */
#define FILES_FREE_MIB 16      /* of files that this memory has room for */
#define MIB (1024 * 1024)
#define RESOLVER_FILE "/etc/resolv.conf"

/* --- Kernel ------------------------------------------------------------------------------------
 */

/* The kernel that runs here, as distributions install it. */
static int choose_host_kernel(struct exec_plan *plan, struct outcome *failure)
{
	struct utsname name;
	char path[PATH_MAX];

	uname(&name);
	snprintf(path, sizeof(path), "/boot/vmlinuz-%s", name.release);
	if (access(path, R_OK) != 0)
		return exec_failure_setup(failure, path, strerror(errno));
	plan->process.vm.kernel = text_copy(path);
	return 0;
}

/* DIR/boot/vmlinuz-RELEASE, or DIR/vmlinuz-RELEASE, has its modules in DIR/lib/modules/RELEASE. */
static char *modules_of(const char *kernel)
{
	char *real = realpath(kernel, NULL), *modules = NULL;
	char *base = real == NULL ? NULL : strrchr(real, '/');
	const char *release = base == NULL ? NULL : strchr(base, '-');
	char path[PATH_MAX];

	if (release != NULL) {
		*base = '\0';
		if (text_ends_with(real, "/boot"))
			real[strlen(real) - strlen("/boot")] = '\0';
		if (snprintf(path, sizeof(path), "%s/lib/modules/%s", real, release + 1) <
		    (int)sizeof(path))
			modules = realpath(path, NULL);
	}
	free(real);
	return modules;
}

static int choose_kernel(struct exec_plan *plan, const struct exec_options *options,
			 struct outcome *failure)
{
	struct config_vm *vm = &plan->process.vm;

	if (options->kernel != NULL && strcmp(options->kernel, "host") == 0) {
		if (choose_host_kernel(plan, failure) != 0)
			return -1;
	} else if (options->kernel != NULL) {
		vm->kernel = text_copy(options->kernel);
	}
	if (options->modules != NULL) {
		plan->modules = realpath(options->modules, NULL);
		if (plan->modules == NULL)
			return exec_failure_setup(failure, options->modules, strerror(errno));
	} else if (vm->kernel != NULL) {
		plan->modules = modules_of(vm->kernel);
	}
	return 0;
}

/* --append's words, and what --tests-source console needs. Malloced. */
static char *kernel_words(const struct exec_options *options)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		die_out_of_memory();
	for (size_t i = 0; i < options->appends.count; i++)
		fprintf(out, "%s%s", i == 0 ? "" : " ", options->appends.items[i]);
	if (options->tests != EXEC_TESTS_OFF && options->tests_source == EXEC_SOURCE_CONSOLE)
		fprintf(out, "%signore_loglevel", ftell(out) == 0 ? "" : " ");
	if (fclose(out) != 0)
		die_out_of_memory();
	return text;
}

/* --- Devices -----------------------------------------------------------------------------------
 */

/* On a user network QEMU answers for the name servers of this system (net/slirp.c). */
static int add_resolver(struct exec_plan *plan, struct outcome *failure)
{
	const struct config_vm *vm = &plan->process.vm;
	char *text;

	if (vm->net_count == 0 || vm->nets[0].mode != NET_USER || plan->root.image != NULL ||
	    exec_files_find(&plan->files, RESOLVER_FILE) != NULL)
		return 0;
	text = text_copy("nameserver 10.0.2.3\n");
	return exec_files_bytes(&plan->files, RESOLVER_FILE, text, strlen(text)) == 0
		   ? 0
		   : exec_failure_files(&plan->files, failure);
}

/* Whether one of the first COUNT interfaces has ADDRESS, which may be NULL. */
static bool has_address(const struct config_vm *vm, size_t count, const char *address)
{
	for (size_t i = 0; i < count; i++)
		if (address != NULL && vm->nets[i].address != NULL &&
		    isdigit((unsigned char)address[0]) && strcmp(address, vm->nets[i].address) == 0)
			return true;
	return false;
}

static int add_nets(struct exec_plan *plan, const struct exec_options *options,
		    struct outcome *failure)
{
	struct config_vm *vm = &plan->process.vm;

	if (options->nets.count > EXEC_NET_MAX)
		return exec_failure_setup(failure, options->nets.items[EXEC_NET_MAX],
					  "more than 8 networks");
	vm->nets = calloc(options->nets.count + 1, sizeof(*vm->nets));
	if (vm->nets == NULL)
		die_out_of_memory();
	for (; vm->net_count < options->nets.count; vm->net_count++)
		(void)exec_net_parse(options->nets.items[vm->net_count],
				     &vm->nets[vm->net_count]); /* exec_options.c has looked */
	for (size_t i = 1; i < vm->net_count; i++)
		if (has_address(vm, i, vm->nets[i].address))
			return exec_failure_setup(
			    failure, options->nets.items[i],
			    "an interface before it has this address: address=");
	return add_resolver(plan, failure);
}

static int add_devices(struct exec_plan *plan, const struct exec_options *options,
		       struct outcome *failure)
{
	struct config_vm *vm = &plan->process.vm;
	const struct exec_shares shares = {
	    .vm = vm, .files = &plan->files, .records = &plan->records, .modules = plan->modules};
	enum config_share_kind kind = SHARE_VIRTIOFS;

	for (size_t i = 0; i < options->disks.count; i++)
		if (exec_shares_add_disk(vm, options->disks.items[i], failure) != 0)
			return -1;
	if ((options->shares.count > 0 || plan->root.folder != NULL) &&
	    exec_shares_choose(&shares, &kind, failure) != 0)
		return -1;
	if (options->rootfs != NULL &&
	    exec_shares_add_root(&shares, kind, &plan->root, failure) != 0)
		return -1;
	for (size_t i = 0; i < options->shares.count; i++)
		if (exec_shares_add(&shares, kind, options->shares.items[i], failure) != 0)
			return -1;
	return add_nets(plan, options, failure);
}

/* All that is a virtio device, or wants to be PID 1 in the place of who carries the streams. */
static int check_no_virtio(const struct exec_options *options, struct outcome *failure)
{
	const struct {
		bool holds;
		const char *option;
	} rules[] = {
	    {options->disks.count > 0, "--disk"},  {options->shares.count > 0, "--share"},
	    {options->nets.count > 0, "--net"},    {options->rootfs != NULL, "--rootfs"},
	    {options->standalone, "--standalone"},
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].holds)
			return exec_failure_setup(
			    failure, rules[i].option,
			    options->transport == TRANSPORT_ISA
				? "not with --transport isa, which has serial lines only"
				: "not with --transport shm, which is without virtio");
	return 0;
}

/* --- All of it ---------------------------------------------------------------------------------
 */

/* By what the guest holds. Few sizes: each has a saved state of its own (vm_warm.h). */
static uint64_t memory_mib(const struct exec_plan *plan, const struct exec_options *options)
{
	uint64_t files = plan->files.size_bytes / MIB;
	uint64_t wanted =
	    (options->rootfs != NULL ? ROOTFS_MEMORY_MIB : MEMORY_MIB) +
	    (files > FILES_FREE_MIB ? VM_MEMORY_BOOTED * (files - FILES_FREE_MIB) : 0);
	uint64_t memory = MEMORY_MIB;

	while (memory < wanted)
		memory *= 2;
	return memory;
}

int exec_machine_describe(struct exec_plan *plan, const struct exec_options *options,
			  struct outcome *failure)
{
	struct config_vm *vm = &plan->process.vm;

	vm->machine = options->machine;
	vm->cpu = options->cpu;
	vm->cpus = (unsigned)options->cpus;
	vm->build_initrd = true;
	vm->append = kernel_words(options);
	vm->ram_mb =
	    (uint32_t)(options->memory_mib != 0 ? options->memory_mib : memory_mib(plan, options));
	vm->kvm = (enum config_kvm)options->kvm;
	vm->report = REPORT_REQUIRE;
	if (exec_transport_choose(vm, (enum config_transport)options->transport, failure) != 0 ||
	    ((vm->transport == TRANSPORT_ISA || vm->transport == TRANSPORT_SHM) &&
	     check_no_virtio(options, failure) != 0) ||
	    choose_kernel(plan, options, failure) != 0)
		return -1;
	return add_devices(plan, options, failure);
}

void exec_machine_free(struct config_vm *vm)
{
	for (size_t i = 0; i < vm->net_count; i++)
		exec_net_free(&vm->nets[i]);
	free(vm->nets);
	exec_shares_free(vm);
	free(vm->kernel);
	free(vm->append);
}
