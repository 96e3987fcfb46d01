/* SPDX-License-Identifier: Apache-2.0 */
/* Public keys in PEM from hostile bytes. */
#include "../../runner/public_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t key[ED25519_KEY_BYTES];

	public_key_from_pem((const char *)data, size, key);
	public_key_from_der(data, size, key);
	return 0;
}
