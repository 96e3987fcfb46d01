/* SPDX-License-Identifier: Apache-2.0 */
/* What the runner writes as bulk configuration, pith-init reads back byte for byte. */
#include <stdlib.h>

#include "../../init/cmdline.h"
#include "../../runner/bulk.h"
#include "../tap.h"

#define ARGS 300

int main(void)
{
	struct bulk bulk = {0};
	struct boot_config config;
	struct cmdline_error error = {""};
	static char args[ARGS][64];
	bool same = true;

	srandom(1);
	for (int i = 0; i < ARGS; i++) {
		int size = (int)(random() % 63);
		for (int j = 0; j < size; j++)
			args[i][j] = (char)(1 + random() % 255);
		bulk_add(&bulk, "arg", args[i]);
	}
	bulk_add(&bulk, "env", "A=b=c\n\"'%41");
	bulk_add(&bulk, "nonce", "0123abcd");
	cmdline_defaults(&config);
	is_int(cmdline_parse_bulk(bulk.bytes, bulk.size, &config, &error), 0, "it is accepted");
	is_int((long long)config.args_count, ARGS, "every argument arrives");
	for (int i = 0; i < ARGS && config.args_count == ARGS; i++)
		same &= strcmp(config.args[i], args[i]) == 0;
	ok(same, "with every byte");
	is_int((long long)config.env_count, 1, "the environment too");
	is_str(config.env[0], "A=b=c\n\"'%41", "nothing in it is decoded");
	is_str(config.nonce, "0123abcd", "other keys too");
	cmdline_free(&config);
	bulk_free(&bulk);

	bulk_add(&bulk, "nonce", "a");
	cmdline_defaults(&config);
	is_int(cmdline_parse_bulk(bulk.bytes, bulk.size - 1, &config, &error), -22,
	       "a last record that was cut is refused");
	cmdline_free(&config);
	bulk_free(&bulk);
	return done();
}
