/* SPDX-License-Identifier: Apache-2.0 */
/* accel_cache.h: remembers until the next reboot that KVM interprets guest code here. The probe
 * finds that out by using up its limit of CPU time, which is a part of every run otherwise. Only
 * this verdict is kept: it does not depend on how busy the machine is. */
#ifndef PITH_RUNNER_ACCEL_CACHE_H
#define PITH_RUNNER_ACCEL_CACHE_H

#include <stdbool.h>
#include <stddef.h>

/* True when it was found since the last reboot; TEXT gets the words of then. */
bool accel_cache_read(char *text, size_t size);

/* Keep TEXT (one line). The cache only saves time: failing is harmless. */
void accel_cache_write(const char *text);

#endif
