/* SPDX-License-Identifier: Apache-2.0 */
/* verity-tree build FILE DATA_BLOCKS SALT_HEX JOBS: superblock and tree behind the data of FILE, as
 * `veritysetup format --hash-offset` makes them; prints the root hash. For timing alone, and for
 * sizes that no file system fills. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../init/cmdline.h"
#include "../../runner/sha256.h"
#include "../../runner/verity_tree.h"

int main(int argc, char **argv)
{
	struct verity_superblock superblock = {0};
	uint8_t block[VERITY_BLOCK], root[VERITY_DIGEST_BYTES];
	char hex[DIGEST_HEX_SIZE];

	if (argc != 6 || strcmp(argv[1], "build") != 0)
		return 2;
	superblock.data_blocks = strtoull(argv[3], NULL, 10);
	superblock.salt_bytes = (uint16_t)(strlen(argv[4]) / 2);
	struct verity_tree tree = {.descriptor = open(argv[2], O_RDWR | O_CLOEXEC),
				   .salt = superblock.salt,
				   .salt_bytes = superblock.salt_bytes,
				   .jobs = (unsigned)atoi(argv[5])};
	int error = superblock.salt_bytes > sizeof(superblock.salt)
			? -EINVAL
			: cmdline_parse_hex(argv[4], superblock.salt, superblock.salt_bytes);
	if (error == 0 && tree.descriptor < 0)
		error = -errno;
	if (error == 0)
		error = verity_layout_of(superblock.data_blocks, &tree.layout);
	if (error == 0)
		error = verity_tree_build(&tree, root);
	verity_superblock_write(&superblock, block);
	if (error == 0 && pwrite(tree.descriptor, block, sizeof(block),
				 (off_t)(superblock.data_blocks * VERITY_BLOCK)) != sizeof(block))
		error = -EIO;
	if (error < 0) {
		fprintf(stderr, "verity-tree: %s\n", strerror(-error));
		return 1;
	}
	digest_hex(root, hex);
	puts(hex);
	return 0;
}
