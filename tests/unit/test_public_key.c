/* SPDX-License-Identifier: Apache-2.0 */
/* Public keys in PEM: the one form that is accepted, and what is not. */
#include "../../runner/public_key.h"
#include "../tap.h"

#include <errno.h>
#include <stdlib.h>

#define BEGIN "-----BEGIN PUBLIC KEY-----\n"
#define END "-----END PUBLIC KEY-----\n"
/* RFC 8410, section 10.1. */
#define BASE64 "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="

static int parse(const char *text)
{
	uint8_t key[32];
	/* Of its exact size, so that reading beyond it is seen. */
	size_t size = strlen(text);
	char *copy = malloc(size + (size == 0));
	memcpy(copy, text, size);
	int error = public_key_from_pem(copy, size, key);
	free(copy);
	return error;
}

int main(void)
{
	static const uint8_t wanted[4] = {0x19, 0xbf, 0x44, 0x09};
	uint8_t key[32] = {0};

	is_int(public_key_from_pem(BEGIN BASE64 "\n" END, strlen(BEGIN BASE64 "\n" END), key), 0,
	       "the key of RFC 8410");
	ok(memcmp(key, wanted, sizeof(wanted)) == 0 && key[31] == 0xe1, "its bytes");
	is_int(parse("\r\n" BEGIN
		     "MCow BQYD\r\nK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\r\n" END
		     "\n"),
	       0, "white space anywhere");

	is_int(parse(""), -EINVAL, "nothing");
	is_int(parse(BEGIN), -EINVAL, "only the beginning");
	is_int(parse(BEGIN BASE64), -EINVAL, "no end");
	is_int(parse(BASE64), -EINVAL, "no frame");
	is_int(parse(BEGIN END), -EINVAL, "no key");
	is_int(parse(BEGIN BASE64 "\n" END "x"), -EINVAL, "something behind it");
	is_int(parse("x" BEGIN BASE64 "\n" END), -EINVAL, "something before it");
	is_int(parse(BEGIN BASE64 "=\n" END), -EINVAL, "one = too many");
	is_int(parse(BEGIN "AAAA" BASE64 "\n" END), -EINVAL, "three bytes too many");
	is_int(parse(BEGIN "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAx\n" END),
	       -EINVAL, "two bytes missing");
	is_int(parse(BEGIN "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuF=\n" END),
	       -EINVAL, "another spelling of the last byte");
	is_int(parse(BEGIN "MCowBQYDK2VxAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n" END),
	       -EINVAL, "a key of Ed448's kind");
	is_int(parse(BEGIN "MCowBQYDK2Vw-yEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n" END),
	       -EINVAL, "a wrong character");
	is_int(parse("-----BEGIN PRIVATE KEY-----\n"
		     "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
		     "-----END PRIVATE KEY-----\n"),
	       -EINVAL, "a private key");
	char nul[] = BEGIN BASE64 "\n" END;
	nul[sizeof(BEGIN) + 5] = '\0';
	is_int(public_key_from_pem(nul, sizeof(nul) - 1, key), -EINVAL, "a NUL byte");
	is_int(public_key_from_der(key, 32, key), -EINVAL, "DER that is too short");
	return done();
}
