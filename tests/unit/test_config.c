/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration becomes: defaults, order, path rules. What is refused: tests/refuse. */
#include "../../runner/config.h"
#include "../../runner/qemu.h"
#include "../tap.h"

static struct config *parse(const char *path, const char *text, enum config_arch host_arch)
{
	struct config *config = NULL;
	struct config_errors errors = {0};

	config_parse(path, text, strlen(text), host_arch, &config, &errors);
	for (size_t i = 0; i < errors.messages.count; i++)
		printf("# %s\n", errors.messages.items[i]);
	config_errors_free(&errors);
	return config;
}

static void test_defaults(void)
{
	struct config *config =
	    parse("c.toml", "mode = 'manage'\n[[process]]\ntype = 'vm'", ARCH_RISCV64);
	const struct config_vm *vm = &config->processes[0].vm;

	is_int(vm->arch, ARCH_RISCV64, "arch is the base system's");
	is_int(vm->ram_mb, 1024, "ram_mb is 1024");
	is_int(vm->kvm, KVM_AUTO, "kvm is auto");
	is_str(vm->append, "", "append is empty");
	ok(vm->build_initrd && qemu_is_lean(vm), "without a kernel, pith builds the initramfs");
	ok(qemu_uses_report(vm), "and expects an outcome");
	is_str(config->processes[0].name, "process1", "a process without a name has one");
	ok(config->processes[0].cwd == NULL, "a vm runs where pith runs");
	config_free(config);
}

static void test_arch(void)
{
	static const char text[] = "mode = 'manage'\n[[process]]\ntype = 'vm'\nkernel = 'k'\n"
				   "[[process]]\ntype = 'vm'\narch = 'x86_64'\n[paths]\n"
				   "qemu_system_aarch64 = 'q'\nqemu_system_x86_64 = './q'";
	struct config *config = parse("d/c.toml", text, ARCH_X86_64);
	const struct config_process *processes = config->processes;

	is_int(processes[0].vm.arch, ARCH_AARCH64, "qemu_system_aarch64 means aarch64");
	is_str(processes[0].vm.qemu, "q", "a program without a slash stays a name");
	ok(!processes[0].vm.build_initrd && !qemu_uses_report(&processes[0].vm),
	   "a kernel of its own: pith adds nothing");
	is_int(processes[1].vm.arch, ARCH_X86_64, "arch is stronger");
	is_str(processes[1].vm.qemu, "./d/q", "a program with a slash is a path");
	config_free(config);
}

static void test_order(void)
{
	static const char text[] =
	    "mode = 'exec'\n[[process]]\ntype = 'vm'\napp = 'a'\n"
	    "disk.vdb = {format = 'raw', path = 'b'}\ndisk.vda = {format = 'qcow2', path = 'a'}\n"
	    "net.z.mode = 'user'\nnet.a.mode = 'user'\n"
	    "serial.ttyS0.mode = 'stdio'\nserial.hvc1.mode = 'stdio'\nserial.hvc0.mode = 'stdio'\n";
	struct config *config = parse("c.toml", text, ARCH_X86_64);
	const struct config_vm *vm = &config->processes[0].vm;
	char device[QEMU_APP_DEVICE_SIZE];

	is_str(vm->disks[0].path, "./a", "disks are in name order");
	is_str(vm->disks[1].path, "./b", "to the last");
	is_str(vm->nets[0].name, "z", "nets are in file order");
	is_str(vm->serials[0].name, "hvc0", "serials are in name order");
	is_str(vm->serials[2].name, "ttyS0", "the machine's own last");
	qemu_app_device(vm, device);
	is_str(device, "/dev/vdc", "the app image comes behind the disks");
	config_free(config);
}

static void test_paths(void)
{
	static const struct {
		const char *config, *path, *wanted;
	} cases[] = {
	    {"c.toml", "k", "./k"},         {"c.toml", "/k", "/k"},
	    {"d/e/c.toml", "k", "./d/e/k"}, {"d/c.toml", "./k", "./d/k"},
	    {"/c.toml", "k", "//k"},        {"/d/c.toml", "../k", "/d/../k"},
	    {"../c.toml", "k", "../k"},     {"fat:d/c.toml", "k", "./fat:d/k"},
	    {"-d/c.toml", "k", "./-d/k"},   {"c.toml", "json:k", "./json:k"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[128];
		snprintf(text, sizeof(text),
			 "mode = 'exec'\n[[process]]\ntype = 'vm'\nkernel = '%s'", cases[i].path);
		struct config *config = parse(cases[i].config, text, ARCH_X86_64);
		is_str(config->processes[0].vm.kernel, cases[i].wanted, cases[i].wanted);
		config_free(config);
	}
}

static void test_errors(void)
{
	static const char text[] = "mode = 1\n[[process]]\ntype = 'vm'\ncpus = 0\nramm_mb = 1\n";
	struct config *config = NULL;
	struct config_errors errors = {0};
	int result = config_parse("c.toml", text, strlen(text), ARCH_X86_64, &config, &errors);

	ok(result != 0 && config == NULL, "a file with errors gives nothing");
	is_int((long long)errors.messages.count, 3, "all errors are collected");
	is_str(errors.messages.items[2],
	       "c.toml:5:1: unknown key 'ramm_mb' in vm process; did you mean 'ram_mb'?",
	       "in the order of the file");
	config_errors_free(&errors);
}

int main(void)
{
	test_defaults();
	test_arch();
	test_order();
	test_paths();
	test_errors();
	return done();
}
