/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519: RFC 8032's vectors are accepted, and nothing near them. */
#include "../../init/cmdline.h"
#include "../../init/ed25519.h"
#include "../tap.h"

#include <errno.h>
#include <stdlib.h>

/* RFC 8032, section 7.1: TEST 1, TEST 3, TEST SHA(abc). */
static const struct {
	const char *key, *message, *signature;
} vectors[] = {
    {"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "46b"
     "d25bf5f0595bbe24655141438e7a100b"},
    {"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "659"
     "4a7c15e9716ed28dc027beceea1ec40a"},
    {"ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3fee"
     "bbd"
     "454d4423643ce80e2a9ac94fa54ca49f",
     "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e"
     "030"
     "3dca179c138ac17ad9bef1177331a704"},
};

int main(void)
{
	uint8_t key[32], message[64], signature[64];

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		size_t size = strlen(vectors[i].message) / 2;
		cmdline_parse_hex(vectors[i].key, key, sizeof(key));
		cmdline_parse_hex(vectors[i].message, message, size);
		cmdline_parse_hex(vectors[i].signature, signature, sizeof(signature));
		is_int(ed25519_verify(key, message, size, signature), 0, "a vector of RFC 8032");

		size_t refused = 0;
		for (size_t bit = 0; bit < sizeof(signature) * 8; bit++) {
			signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
			refused += ed25519_verify(key, message, size, signature) == -EBADMSG;
			signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		is_int((long long)refused, 512, "every flipped bit of the signature is refused");
		refused = 0;
		for (size_t bit = 0; bit < sizeof(key) * 8; bit++) {
			key[bit / 8] ^= (uint8_t)(1u << bit % 8);
			refused += ed25519_verify(key, message, size, signature) == -EBADMSG;
			key[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		is_int((long long)refused, 256, "every flipped bit of the key is refused");
		refused = 0;
		for (size_t bit = 0; bit < size * 8; bit++) {
			message[bit / 8] ^= (uint8_t)(1u << bit % 8);
			refused += ed25519_verify(key, message, size, signature) == -EBADMSG;
			message[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		is_int((long long)refused, (long long)size * 8,
		       "every flipped bit of the message is refused");
		is_int(ed25519_verify(key, message, size, signature), 0,
		       "and the vector still holds");
	}

	/* S + L is another encoding of the same S; RFC 8032, 5.1.7, refuses it. */
	static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a,       0x63,
					  0x12, 0x58, 0xd6, 0x9c, 0xf7,       0xa2,
					  0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
	unsigned carry = 0;
	for (size_t i = 0; i < sizeof(order); i++) {
		carry += (unsigned)signature[32 + i] + order[i];
		signature[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	is_int(ed25519_verify(key, message, 64, signature), -EBADMSG, "S + L is refused");
	memset(key, 0, sizeof(key));
	memset(signature, 0, sizeof(signature));
	memset(message, 0, sizeof(message));
	size_t refused = 0;
	for (size_t size = 0; size <= sizeof(message); size++)
		refused += ed25519_verify(key, message, size, signature) == -EBADMSG;
	is_int((long long)refused, 65, "a key of zeros is refused, whatever the message");
	return done();
}
