/* SPDX-License-Identifier: Apache-2.0 */
/* image_sign.h: puts a signed manifest behind an image with a hash tree. */
#ifndef PITH_RUNNER_IMAGE_SIGN_H
#define PITH_RUNNER_IMAGE_SIGN_H

#include <stdint.h>

#include "../init/ed25519.h"
#include "image_verity.h"

struct image_signing {
	const char *key;  /* path of the private key, Ed25519, as openssl(1) takes it */
	const char *name; /* of the image, as manifest_name_is_valid() accepts it */
	uint64_t version;
};

/* The public half of the private key in the file PATH. Returns 0, or -errno after saying why. */
int image_sign_public_key(const char *path, uint8_t key[ED25519_KEY_BYTES]);

/* Sign IMAGE, whose data and tree are known to agree, and write its manifest behind the tree in
 * DESCRIPTOR, over an older one. PATH is for messages. Returns 0 with the manifest in IMAGE, or
 * -errno after saying why; the file is then as it was. interrupt_catch must have been called. */
int image_sign(const char *path, const struct image_signing *signing, int descriptor,
	       struct image_verity *image);

#endif
