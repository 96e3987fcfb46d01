/* SPDX-License-Identifier: Apache-2.0 */
/* config_arch.c: names of architectures. */
#include <stddef.h>

#include "config.h"

const char *config_arch_name(enum config_arch arch)
{
	static const char *const names[ARCH_COUNT] = {
	    [ARCH_X86_64] = "x86_64",
	    [ARCH_AARCH64] = "aarch64",
	    [ARCH_RISCV64] = "riscv64",
	};

	return names[arch];
}

enum config_arch config_host_arch(void)
{
#if defined(__x86_64__)
	return ARCH_X86_64;
#elif defined(__aarch64__)
	return ARCH_AARCH64;
#elif defined(__riscv) && __riscv_xlen == 64
	return ARCH_RISCV64;
#else
#error "this architecture is not among x86_64, aarch64 and riscv64"
#endif
}
