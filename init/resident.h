/* SPDX-License-Identifier: Apache-2.0 */
/* resident.h: which of PID 1's pages stay in memory while the app runs. */
#ifndef PITH_INIT_RESIDENT_H
#define PITH_INIT_RESIDENT_H

/* Of a variable without initializer: it is zero again from resident_trim() on. For what is filled
 * anew wherever it is used, or is not used after the boot. */
#define BOOT_BUFFER __attribute__((section(".bss.boot")))

/* Give back the pages of code, constants and buffers that only the boot and the end need
 * (resident.ld). What is used of them again comes back by itself, as at the start; nothing can
 * fail. No other process may share PID 1's memory. */
void resident_trim(void);

#endif
