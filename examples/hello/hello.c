/* SPDX-License-Identifier: Apache-2.0 */
/* hello.c: the app of the demo: greets, and proves where it runs. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(void)
{
	const char *hash = getenv("PITH_APP_HASH");
	struct utsname system;

	if (uname(&system) < 0)
		return 1;
	puts("Hello, World!");
	printf("  kernel    %s %s %s\n", system.sysname, system.release, system.machine);
	printf("  PID       %d, child of %d\n", (int)getpid(), (int)getppid());
	printf("  verified  %s\n", hash == NULL ? "(nothing was)" : hash);
	return 0;
}
