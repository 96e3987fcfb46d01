/* SPDX-License-Identifier: Apache-2.0 */
/* warm_store.h: saved states of machines (warm.h) in the folder CACHE/warm, which only its owner
 * may enter: a folder KEY each, with the files memory   the guest's memory, as large as that, with
 * holes where it was never written devices  the state of everything else, as QEMU writes it about
 * lines KEY=VALUE: what it is, digests of the two, and what stat(2) said of them then A state
 * appears whole, by rename(2), and is never changed. */
#ifndef PITH_RUNNER_WARM_STORE_H
#define PITH_RUNNER_WARM_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sha256.h"

#define WARM_KEY_SIZE (2 * SHA256_BYTES + 1)
#define WARM_WHAT_SIZE 256
#define WARM_STORE_MAX_MIB 2048 /* on disk together, unless $PITH_WARM_MAX_MIB says otherwise */

struct warm_state {
	int memory_fd, devices_fd; /* the caller closes them */
	uint32_t tsc_khz;          /* as warm_store_commit was given it */
};

/* A state that is being saved. */
struct warm_draft {
	char key[WARM_KEY_SIZE], name[WARM_KEY_SIZE + 32];
	int memory_fd, devices_fd; /* read and write */
};

/* Open the state KEY. The devices' state is checked by its SHA-256 each time. The memory is checked
 * so when the base system was booted since it last was, or when stat(2) says anything else of the
 * file than then (inode, size, times of change: the file system changes them with every write).
 * Returns 0, -ENOENT for none, -EBADMSG for one that is damaged, with the reason said when verbose,
 * or another -errno. */
int warm_store_open(const char *key, struct warm_state *state);

/* Wait until nobody else saves the state KEY, until DEADLINE_MS (CLOCK_MONOTONIC). Returns the
 * lock, to be closed; -ETIMEDOUT; -EINTR when a signal asks pith to stop, which stays pending; or
 * another -errno. */
int warm_store_lock(const char *key, uint64_t deadline_ms);

/* Begin to save the state KEY of MEMORY_BYTES. Returns 0 or -errno. */
int warm_store_begin(const char *key, uint64_t memory_bytes, struct warm_draft *draft);
/* It is whole: WHAT (a line for people), the counter's rate it was saved with. An older one of that
 * name is replaced, and those used least recently leave until the rest fits. Returns 0 or -errno;
 * nothing is left of the draft then. */
int warm_store_commit(struct warm_draft *draft, const char *what, uint32_t tsc_khz);
void warm_store_abandon(struct warm_draft *draft);

/* Remember for a day that no state KEY can be had from this machine, and whether that is so. */
void warm_store_give_up(const char *key);
bool warm_store_is_given_up(const char *key);

/* Remove the state KEY. */
void warm_store_drop(const char *key);
/* Print a line for each state to OUT: key, MiB on disk, when it was last used, what it is. Returns
 * how many there are. */
unsigned warm_store_list(FILE *out);
/* Remove all; what is in use goes on. Returns how many. */
unsigned warm_store_clear(void);

#endif
