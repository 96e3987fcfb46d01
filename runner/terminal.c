/* SPDX-License-Identifier: Apache-2.0 */
/* terminal.c: the terminal that pith was started on. */
#include "terminal.h"

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static bool is_there, is_ours;
static struct termios settings;
static pid_t foreground;

void terminal_save(void)
{
	is_there = tcgetattr(STDIN_FILENO, &settings) == 0;
	foreground = is_there ? tcgetpgrp(STDIN_FILENO) : -1;
	is_ours = foreground > 0 && foreground == getpgrp();
}

bool terminal_is_there(void)
{
	return is_there;
}

bool terminal_is_ours(void)
{
	return is_ours;
}

bool terminal_size(unsigned *rows, unsigned *columns)
{
	struct winsize size;

	if (!is_there || ioctl(STDIN_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 ||
	    size.ws_col == 0)
		return false;
	*rows = size.ws_row;
	*columns = size.ws_col;
	return true;
}

void terminal_give(pid_t group)
{
	tcsetpgrp(STDIN_FILENO, group);
}

/* One that ran in the background must not touch the terminal of those in the foreground. */
void terminal_restore(void)
{
	if (!is_ours)
		return;
	tcsetpgrp(STDIN_FILENO, foreground);
	tcsetattr(STDIN_FILENO, TCSANOW, &settings);
}
