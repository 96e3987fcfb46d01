/* SPDX-License-Identifier: Apache-2.0 */
/* verity_tree.c: builds and checks dm-verity hash trees.
 *
 * One pass works on one level: it hashes the blocks of a source (the data, or a level of the tree)
 * and writes, or compares, the blocks of digests that belong to them. Its unit of work is what one
 * block of digests covers: 128 blocks, 512 KiB. Each thread takes the next unit that nobody has
 * taken, so memory is one unit a thread, whatever the image's size. */
#include "verity_tree.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../init/bytes.h"
#include "interrupt.h"
#include "progress.h"
#include "sha256.h"

#define UNIT_BLOCKS VERITY_DIGESTS_PER_BLOCK
#define THREADS_MAX 64

struct pass {
	int descriptor;
	const struct digest *salted; /* the state after the salt */
	uint64_t source, blocks;     /* what is hashed: first block, how many */
	uint64_t digests;            /* first block of the digests */
	bool compare;                /* else write */
	atomic_uint_fast64_t next;   /* unit that nobody has taken yet */
	atomic_int error;            /* the first one, negative */
	atomic_uint_fast64_t bad;    /* lowest bad block of the source, counted in the source */
};

static int transfer(int descriptor, uint8_t *bytes, size_t size, uint64_t block, bool writing)
{
	off_t offset = (off_t)(block * VERITY_BLOCK);

	while (size > 0) {
		ssize_t n = writing ? pwrite(descriptor, bytes, size, offset)
				    : pread(descriptor, bytes, size, offset);
		if (n < 0 && errno == EINTR && !interrupt_came())
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -ENODATA; /* the file has become shorter */
		bytes += n;
		size -= (size_t)n;
		offset += n;
	}
	return 0;
}

static void note_bad(struct pass *pass, uint64_t block)
{
	uint64_t lowest = atomic_load(&pass->bad);

	while (block < lowest && !atomic_compare_exchange_weak(&pass->bad, &lowest, block))
		;
}

static int do_unit(struct pass *pass, uint64_t unit, uint8_t *source, uint8_t *stored)
{
	uint8_t digests[VERITY_BLOCK] = {0};
	uint64_t first = unit * UNIT_BLOCKS;
	size_t count =
	    pass->blocks - first < UNIT_BLOCKS ? (size_t)(pass->blocks - first) : UNIT_BLOCKS;
	int error =
	    transfer(pass->descriptor, source, count * VERITY_BLOCK, pass->source + first, false);

	if (error < 0)
		return error;
	for (size_t i = 0; i < count; i++) {
		struct digest hash = *pass->salted;
		digest_add(&hash, source + i * VERITY_BLOCK, VERITY_BLOCK);
		digest_end(&hash, digests + i * VERITY_DIGEST_BYTES);
	}
	if (!pass->compare)
		return transfer(pass->descriptor, digests, VERITY_BLOCK, pass->digests + unit,
				true);
	error = transfer(pass->descriptor, stored, VERITY_BLOCK, pass->digests + unit, false);
	if (error < 0 || memcmp(digests, stored, VERITY_BLOCK) == 0)
		return error;
	for (size_t i = 0; i < count; i++)
		if (memcmp(digests + i * VERITY_DIGEST_BYTES, stored + i * VERITY_DIGEST_BYTES,
			   VERITY_DIGEST_BYTES) != 0) {
			note_bad(pass, first + i);
			return -EBADMSG;
		}
	return -EBADMSG;
}

static void *work(void *argument)
{
	struct pass *pass = argument;
	uint8_t *buffer = malloc((UNIT_BLOCKS + 1) * VERITY_BLOCK);
	uint64_t units = (pass->blocks + UNIT_BLOCKS - 1) / UNIT_BLOCKS;
	int error = buffer == NULL ? -ENOMEM : 0;

	/* Units are taken in order, and one that is taken is finished: what is found first is the
	 * lowest but for those still being worked on, which note_bad sorts out. */
	while (error == 0 && atomic_load(&pass->error) == 0) {
		uint64_t unit = atomic_fetch_add(&pass->next, 1);
		if (unit >= units)
			break;
		progress_add(UNIT_BLOCKS * VERITY_BLOCK);
		error = interrupt_came() ? -EINTR
					 : do_unit(pass, unit, buffer,
						   buffer + (size_t)UNIT_BLOCKS * VERITY_BLOCK);
	}
	free(buffer);
	if (error < 0) {
		int none = 0;
		atomic_compare_exchange_strong(&pass->error, &none, error);
	}
	return NULL;
}

static unsigned processors(unsigned jobs)
{
	cpu_set_t set;

	if (jobs == 0 && sched_getaffinity(0, sizeof(set), &set) == 0)
		jobs = (unsigned)CPU_COUNT(&set);
	return jobs == 0 ? 1 : jobs > THREADS_MAX ? THREADS_MAX : jobs;
}

static int run(struct pass *pass, unsigned jobs)
{
	pthread_t threads[THREADS_MAX];
	uint64_t units = (pass->blocks + UNIT_BLOCKS - 1) / UNIT_BLOCKS;
	unsigned wanted = processors(jobs), started = 0;

	progress_begin(pass->compare ? "checking" : "hash tree",
		       units * UNIT_BLOCKS * VERITY_BLOCK);
	if (wanted > units)
		wanted = (unsigned)units;
	/* The calling thread works too; a thread that cannot be had is no error. */
	while (started + 1 < wanted && pthread_create(&threads[started], NULL, work, pass) == 0)
		started++;
	work(pass);
	while (started > 0)
		pthread_join(threads[--started], NULL);
	progress_end();
	return atomic_load(&pass->error);
}

static void salt(const struct verity_tree *tree, struct digest *salted)
{
	digest_begin(salted);
	digest_add(salted, tree->salt, tree->salt_bytes);
}

/* The pass that hashes what lies below LEVEL, into LEVEL. */
static void prepare(struct pass *pass, const struct verity_tree *tree, const struct digest *salted,
		    unsigned level)
{
	const struct verity_layout *layout = &tree->layout;

	*pass = (struct pass){
	    .descriptor = tree->descriptor,
	    .salted = salted,
	    .source = level == 0 ? 0 : layout->level[level - 1].first,
	    .blocks = level == 0 ? layout->data_blocks : layout->level[level - 1].blocks,
	    .digests = layout->level[level].first,
	};
	atomic_init(&pass->next, 0);
	atomic_init(&pass->error, 0);
	atomic_init(&pass->bad, UINT64_MAX);
}

int verity_tree_root(const struct verity_tree *tree, uint8_t root[VERITY_DIGEST_BYTES])
{
	const struct verity_layout *layout = &tree->layout;
	uint64_t top = layout->levels == 0 ? 0 : layout->level[layout->levels - 1].first;
	uint8_t block[VERITY_BLOCK];
	struct digest hash;
	int error = transfer(tree->descriptor, block, sizeof(block), top, false);

	if (error == 0) {
		salt(tree, &hash);
		digest_add(&hash, block, sizeof(block));
		digest_end(&hash, root);
	}
	return error;
}

int verity_tree_build(const struct verity_tree *tree, uint8_t root[VERITY_DIGEST_BYTES])
{
	struct digest salted;
	struct pass pass;
	int error = 0;

	salt(tree, &salted);
	for (unsigned level = 0; level < tree->layout.levels && error == 0; level++) {
		prepare(&pass, tree, &salted, level);
		error = run(&pass, tree->jobs);
	}
	return error == 0 ? verity_tree_root(tree, root) : error;
}

int verity_tree_check(const struct verity_tree *tree, const uint8_t root[VERITY_DIGEST_BYTES],
		      struct verity_bad_block *bad)
{
	const struct verity_layout *layout = &tree->layout;
	int level = (int)layout->levels;
	uint8_t found[VERITY_DIGEST_BYTES];
	struct digest salted;
	struct pass pass;
	int error = verity_tree_root(tree, found);

	if (error == 0 && memcmp(found, root, sizeof(found)) != 0) {
		*bad = (struct verity_bad_block){
		    .block = level == 0 ? 0 : layout->level[level - 1].first,
		    .level = level - 1,
		    .why = "its digest is not the root hash"};
		return -EBADMSG;
	}
	salt(tree, &salted);
	while (error == 0 && level-- > 0) {
		prepare(&pass, tree, &salted, (unsigned)level);
		pass.compare = true;
		error = run(&pass, tree->jobs);
	}
	if (error != -EBADMSG)
		return error;
	if (atomic_load(&pass.bad) == UINT64_MAX)
		*bad = (struct verity_bad_block){
		    .block = pass.digests + layout->level[level].blocks - 1,
		    .level = level,
		    .why = "a byte behind its last digest is not zero"};
	else
		*bad = (struct verity_bad_block){.block = pass.source + atomic_load(&pass.bad),
						 .level = level - 1,
						 .why = "its digest is not the one in the tree"};
	return error;
}
