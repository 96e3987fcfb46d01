/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the kernel's log: whom its OOM killer has ended, and nobody else's word for it. */
#include "../../init/oom.h"
#include "../tap.h"

static void names(const char *record, int pid, const char *wanted, const char *what)
{
	char copy[256];
	const char *text = "";

	snprintf(copy, sizeof(copy), "%s", record);
	is_int(oom_parse(copy, &text), pid, what);
	if (pid != 0)
		is_str(text, wanted, "... in its words");
}

int main(void)
{
	names("3,512,9000123,-;Out of memory: Killed process 78 (perl) total-vm:1kB\n K=V\n", 78,
	      "Out of memory: Killed process 78 (perl) total-vm:1kB", "the kernel's own record");
	names("3,1,2,-;Memory cgroup out of memory: Killed process 9 (x)\n", 9,
	      "Memory cgroup out of memory: Killed process 9 (x)", "... about a control group");
	names("3,1,2,-;Out of memory (oom_kill_allocating_task): Killed process 7 (a)\n", 7,
	      "Out of memory (oom_kill_allocating_task): Killed process 7 (a)",
	      "... about the one that allocated");
	names("11,1,2,-;Out of memory: Killed process 78 (perl)\n", 0, "", "one of user space's");
	names("2043,1,2,-;Out of memory: Killed process 78 (perl)\n", 0, "",
	      "... of another facility");
	names("6,1,2,-;x: Out of memory: Killed process 78 (perl)\n", 0, "",
	      "the same words within another record");
	names("6,1,2,-;x\n\n3,1,2,-;Out of memory: Killed process 78 (perl)\n", 0, "",
	      "... behind a newline");
	names("Out of memory: Killed process 78 (perl)", 0, "", "no record at all");
	names(";Out of memory: Killed process 78 (perl)", 0, "", "a record without its head");
	names("3;Out of memory: Killed process 78 (perl)", 0, "", "... with half of it");
	names("", 0, "", "nothing");
	return done();
}
