/* SPDX-License-Identifier: Apache-2.0 */
/* config_devices.h: the tables of devices of a vm process. Internal to config*.c. */
#ifndef PITH_RUNNER_CONFIG_DEVICES_H
#define PITH_RUNNER_CONFIG_DEVICES_H

#include "config_read.h"

#define CONFIG_DISKS_MAX 26 /* vda to vdz */

/* The field is a struct config_vm, whose arch is known. */
config_set config_devices_disks;    /* "disk" */
config_set config_devices_serials;  /* "serial" */
config_set config_devices_ports;    /* "console" */
config_set config_devices_9p;       /* "9p" */
config_set config_devices_virtiofs; /* "virtiofs" */
config_set config_devices_gpios;    /* "gpio" */
config_set config_devices_vsock;    /* "vsock" */
config_set config_devices_tpm;      /* "tpm" */
config_set config_devices_rng;      /* "rng" */
config_set config_devices_inputs;   /* "input" */

#endif
