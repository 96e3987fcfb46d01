/* SPDX-License-Identifier: Apache-2.0 */
/* nest: the trivial PID 1 of a VM in a VM, the floor of `make bench BENCH=nested`. Where there is a
 * file /argv (a word a line) it mounts what QEMU needs, runs that and waits; else it says
 * "innermost". Then the machine is powered off. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX 64

/* Room for the words of /argv; ends with NULL. */
static int read_words(char *text, size_t size, char *words[WORDS_MAX])
{
	FILE *file = fopen("/argv", "re");
	size_t length, count = 0;

	if (file == NULL)
		return -1;
	length = fread(text, 1, size - 1, file);
	fclose(file);
	text[length] = '\0';
	for (char *word = strtok(text, "\n"); word != NULL && count < WORDS_MAX - 1;
	     word = strtok(NULL, "\n"))
		words[count++] = word;
	words[count] = NULL;
	return count > 0 ? 0 : -1;
}

/* A root without nodes has no console yet. */
static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR);

	for (int target = 0; fd >= 0 && target <= 2; target++)
		dup2(fd, target);
}

static void run(char *words[])
{
	int status;
	pid_t pid;

	mount("dev", "/dev", "devtmpfs", 0, NULL);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("tmp", "/tmp", "tmpfs", 0, NULL);
	open_console();
	pid = fork();
	if (pid == 0) {
		execv(words[0], words);
		perror(words[0]);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		puts("the inner level failed");
}

int main(void)
{
	static char text[8192];
	char *words[WORDS_MAX];

	if (read_words(text, sizeof(text), words) == 0)
		run(words);
	else
		puts("innermost");
	fflush(stdout);
	return reboot(RB_POWER_OFF);
}
