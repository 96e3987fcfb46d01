/* SPDX-License-Identifier: Apache-2.0 */
/* text.c: text in memory of its own. */
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

char *text_copy(const char *text)
{
	char *copy = text == NULL ? NULL : strdup(text);

	if (copy == NULL && text != NULL)
		die_out_of_memory();
	return copy;
}

bool text_ends_with(const char *text, const char *end)
{
	size_t size = strlen(text), end_size = strlen(end);

	return size >= end_size && strcmp(text + size - end_size, end) == 0;
}
