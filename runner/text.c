/* SPDX-License-Identifier: Apache-2.0 */
/* text.c: formatted text in memory of its own. */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>

#include "message.h"

char *text_format(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		die_out_of_memory();
	va_end(args);
	return text;
}
