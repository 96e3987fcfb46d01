/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration: refused with a message, or command lines for every VM in it. */
#include <stdint.h>
#include <stdlib.h>

#include "../../runner/config.h"
#include "../../runner/crosvm.h"
#include "../../runner/helpers.h"
#include "../../runner/qemu.h"

static void build(const struct config *config, const struct config_vm *vm)
{
	const struct qemu_setting setting = {
	    .kernel = "k", .run_dir = "r", .use_report = qemu_uses_report(vm)};
	const struct helpers_setting helpers_setting = {.run_dir = "r", .cwd = "/"};
	struct helpers helpers;
	struct strv argv = {0};

	helpers_list(&config->paths, vm, &helpers_setting, &helpers);
	helpers_free(&helpers);
	if (vm->vmm == VMM_CROSVM)
		crosvm_argv(vm, &setting, &argv);
	else
		qemu_argv(vm, &setting, &argv);
	strv_free(&argv);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config = NULL;
	struct config_errors errors = {0};
	int result =
	    config_parse("f.toml", (const char *)data, size, ARCH_X86_64, &config, &errors);

	if ((result == 0) != (errors.messages.count == 0) || (result == 0) != (config != NULL))
		abort();
	for (size_t i = 0; config != NULL && i < config->process_count; i++)
		if (config->processes[i].type == PROCESS_VM)
			build(config, &config->processes[i].vm);
	config_free(config);
	config_errors_free(&errors);
	return 0;
}
