/* SPDX-License-Identifier: Apache-2.0 */
/* image_sign.c: the manifest of a signed image. The private key is seen by openssl(1) only, which
 * also asks for a pass phrase or talks to a token where the key needs it. */
#include "image_sign.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "message.h"
#include "public_key.h"
#include "strv.h"
#include "tool.h"

int image_sign_public_key(const char *path, uint8_t key[ED25519_KEY_BYTES])
{
	uint8_t der[4096];
	struct strv argv = {0};
	static const char *const words[] = {"openssl", "pkey", "-pubout", "-outform", "DER", "-in"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		strv_add(&argv, words[i]);
	strv_add(&argv, path);
	ssize_t size = tool_read(argv.items, -1, "openssl", der, sizeof(der));
	strv_free(&argv);
	if (size < 0)
		return (int)size;
	if (public_key_from_der(der, (size_t)size, key) < 0) {
		say_error("%s: accepted: an Ed25519 private key", path);
		return -EKEYREJECTED;
	}
	return 0;
}

/* SIGNATURE of the key in the file PATH over BYTES. openssl wants a file for the message. */
static int make_signature(const char *path, const uint8_t bytes[MANIFEST_SIGNED_BYTES],
			  uint8_t signature[MANIFEST_SIGNATURE_BYTES])
{
	struct strv argv = {0};
	static const char *const words[] = {"openssl", "pkeyutl", "-sign", "-rawin", "-inkey"};
	int message = memfd_create("manifest", MFD_CLOEXEC);

	if (message < 0 || write(message, bytes, MANIFEST_SIGNED_BYTES) != MANIFEST_SIGNED_BYTES) {
		int error = errno != 0 ? errno : EIO;
		say_error("memfd: %s", strerror(error));
		if (message >= 0)
			close(message);
		return -error;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		strv_add(&argv, words[i]);
	strv_add(&argv, path);
	strv_add(&argv, "-in");
	strv_addf(&argv, "/proc/self/fd/%d", message);
	ssize_t size =
	    tool_read(argv.items, message, "openssl", signature, MANIFEST_SIGNATURE_BYTES);
	strv_free(&argv);
	close(message);
	if (size >= 0 && size != MANIFEST_SIGNATURE_BYTES) {
		say_error("openssl pkeyutl: %zd bytes of signature, expected %d", size,
			  MANIFEST_SIGNATURE_BYTES);
		return -EIO;
	}
	return size < 0 ? (int)size : 0;
}

/* The manifest of IMAGE, signed, into image->manifest_block. */
static int make_manifest(const struct image_signing *signing, struct image_verity *image)
{
	struct manifest *manifest = &image->manifest;
	uint8_t key[ED25519_KEY_BYTES];
	int error = image_sign_public_key(signing->key, key);

	if (error < 0)
		return error;
	*manifest = (struct manifest){
	    .data_bytes = image->layout.data_blocks * VERITY_BLOCK,
	    .total_bytes = image->layout.end * VERITY_BLOCK + MANIFEST_BYTES,
	    .version = signing->version,
	};
	memcpy(manifest->root_hash, image->root_hash, sizeof(manifest->root_hash));
	memcpy(manifest->superblock_hash, image->superblock_hash,
	       sizeof(manifest->superblock_hash));
	public_key_id(key, manifest->key_id);
	snprintf(manifest->name, sizeof(manifest->name), "%s", signing->name);
	manifest_write(manifest, image->manifest_block);
	error = make_signature(signing->key, image->manifest_block, manifest->signature);
	if (error < 0)
		return error;
	manifest_write(manifest, image->manifest_block);
	image->is_signed = true;
	error = image_verity_check_signature(image, key);
	if (error < 0)
		say_error("%s: the signature of openssl is not one of that key", signing->key);
	return error;
}

/* One write of one block: the image has its new manifest, or what it had before. */
static int append(const char *path, int descriptor, const struct image_verity *image)
{
	off_t end = (off_t)(image->layout.end * VERITY_BLOCK);
	ssize_t n = pwrite(descriptor, image->manifest_block, MANIFEST_BYTES, end);
	int error = n < 0 ? -errno : n != MANIFEST_BYTES ? -ENOSPC : 0;

	if (error == 0 && fsync(descriptor) < 0)
		error = -errno;
	if (error < 0) {
		say_error("%s: %s", path, strerror(-error));
		if (image->total_bytes == image->layout.end * VERITY_BLOCK &&
		    ftruncate(descriptor, end) < 0)
			say_error("%s: cutting off the manifest: %s", path, strerror(errno));
	}
	return error;
}

int image_sign(const char *path, const struct image_signing *signing, int descriptor,
	       struct image_verity *image)
{
	int error = make_manifest(signing, image);

	return error == 0 ? append(path, descriptor, image) : error;
}
