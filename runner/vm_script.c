/* SPDX-License-Identifier: Apache-2.0 */
/* vm_script.c: a shell script that starts a kept machine again. */
#include "vm_script.h"

#include <stdbool.h>
#include <string.h>

#include "qemu.h"
#include "strv.h"

static const char head[] =
    "#!/bin/sh\n"
    "# Starts this machine again, without pith: the same kernel, initramfs and devices. Its "
    "console\n"
    "# is here (Ctrl-A X ends it); what the program writes comes to the files stdout and stderr "
    "beside\n"
    "# this script, what PID 1 says to the file report. There is no input, and QEMU's exit code "
    "says\n"
    "# nothing about the program's, which is in the report.\n"
    "folder=$(cd \"$(dirname \"$0\")\" && pwd) || exit\n"
    "files=$(printf %s \"$folder\" | sed 's/,/,,/g') # as QEMU's options want it\n";

const char *vm_script_refusal(char *const *argv)
{
	for (; *argv != NULL; argv++) {
		if (strstr(*argv, "mem-path=/proc/self/fd/") != NULL)
			return "the streams are in memory that is shared with pith (--transport "
			       "pci has others)";
		if (strncmp(*argv, "isa-serial,", 11) == 0)
			return "the streams are serial lines, on which the guest waits for answers "
			       "of pith's";
		if (strstr(*argv, "vhost-user") != NULL || strncmp(*argv, "stream,", 7) == 0)
			return "a helper of pith's serves a device (virtiofsd, passt)";
	}
	return NULL;
}

static void print_word(FILE *out, const char *word)
{
	fputs(" \\\n\t", out);
	strv_print_quoted_word(out, word);
}

/* "socket,id=NAME,fd=N" */
static bool print_channel(FILE *out, const char *word)
{
	static const char begin[] = "socket,id=";
	const char *name = word + strlen(begin);
	size_t size = strcspn(name, ",");

	if (strncmp(word, begin, strlen(begin)) != 0 || strncmp(name + size, ",fd=", 4) != 0)
		return false;
	if (strncmp(name, "console,", size + 1) == 0)
		print_word(out, "stdio,id=console,mux=on,signal=off");
	else if (strncmp(name, "qmp,", size + 1) == 0 || strncmp(name, "stdin,", size + 1) == 0)
		fprintf(out, " \\\n\tnull,id=%.*s", (int)size, name);
	else
		fprintf(out, " \\\n\tfile,id=%.*s,path=\"$files\"/%.*s", (int)size, name, (int)size,
			name);
	return true;
}

void vm_script_write(FILE *out, char *const *argv, const char *cwd)
{
	fputs(head, out);
	fputs("cd ", out);
	strv_print_quoted_word(out, cwd);
	fputs(" || exit\nexec ", out);
	strv_print_quoted_word(out, argv[0]);
	for (size_t i = 1; argv[i] != NULL; i++) {
		if (strcmp(argv[i], "-no-shutdown") == 0) /* QEMU would wait to be told to end */
			continue;
		if (strcmp(argv[i - 1], "-chardev") == 0 && print_channel(out, argv[i]))
			continue;
		if (strcmp(argv[i], QEMU_INITRD_PATH) == 0)
			fputs(" \\\n\t\"$folder\"/initramfs.cpio", out);
		else
			print_word(out, argv[i]);
	}
	fputc('\n', out);
}
