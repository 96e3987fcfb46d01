/* SPDX-License-Identifier: Apache-2.0 */
/* Which two descriptors keep the order of what is written to them. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../runner/one_output.h"
#include "../tap.h"

#define CLOSED 1000 /* beyond what a test opens */

int main(void)
{
	char path[] = "/tmp/pith-test.XXXXXX";
	const int file = mkstemp(path), same = dup(file), again = open(path, O_WRONLY);
	const int appends = open(path, O_WRONLY | O_APPEND), too = open(path, O_WRONLY | O_APPEND);
	int first[2], second[2];

	is_int(file >= 0 && same >= 0 && again >= 0 && appends >= 0 && too >= 0 &&
		   pipe(first) == 0 && pipe(second) == 0,
	       1, "files and pipes");
	unlink(path);
	is_int(one_output(first[1], dup(first[1])), true, "one pipe");
	is_int(one_output(first[1], second[1]), false, "two pipes");
	is_int(one_output(file, same), true, "one open file");
	is_int(one_output(file, again), false, "a file opened twice, each with a place of its own");
	is_int(one_output(file, appends), false, "... of which one appends");
	is_int(one_output(appends, too), true, "... which both append to");
	is_int(one_output(file, first[1]), false, "a file and a pipe");
	is_int(one_output(file, CLOSED), false, "a closed descriptor");
	is_int(one_output(CLOSED, CLOSED), false, "... twice");
	return done();
}
