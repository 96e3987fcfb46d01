/* SPDX-License-Identifier: Apache-2.0 */
/* strv.c: a growing, NULL-terminated vector of strings: command lines and environments. */
#include "strv.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

static void strv_take(struct strv *strings, char *text)
{
	if (text == NULL)
		die_out_of_memory();
	if (strings->count + 2 > strings->room) {
		size_t room = strings->room == 0 ? 16 : strings->room * 2;
		char **items = reallocarray(strings->items, room, sizeof(*items));
		if (items == NULL)
			die_out_of_memory();
		strings->items = items;
		strings->room = room;
	}
	strings->items[strings->count++] = text;
	strings->items[strings->count] = NULL;
}

void strv_add(struct strv *strings, const char *text)
{
	strv_take(strings, strdup(text));
}

void strv_addf(struct strv *strings, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	strv_take(strings, text);
}

bool strv_contains(const struct strv *strings, const char *text)
{
	for (size_t i = 0; i < strings->count; i++)
		if (strcmp(strings->items[i], text) == 0)
			return true;
	return false;
}

void strv_add_once(struct strv *strings, const char *text)
{
	if (!strv_contains(strings, text))
		strv_add(strings, text);
}

const char *strv_variable(const struct strv *environment, const char *name)
{
	size_t size = strlen(name);

	for (size_t i = 0; i < environment->count; i++)
		if (strncmp(environment->items[i], name, size) == 0 &&
		    environment->items[i][size] == '=')
			return environment->items[i] + size + 1;
	return NULL;
}

void strv_free(struct strv *strings)
{
	for (size_t i = 0; i < strings->count; i++)
		free(strings->items[i]);
	free(strings->items);
	*strings = (struct strv){0};
}

void strv_print_quoted_word(FILE *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-+=./,:@%^";

	if (*word != '\0' && word[strspn(word, plain)] == '\0') {
		fputs(word, out);
		return;
	}
	putc('\'', out);
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			fputs("'\\''", out);
		else
			putc(*word, out);
	}
	putc('\'', out);
}

void strv_print_quoted(FILE *out, char *const *words)
{
	for (size_t i = 0; words[i] != NULL; i++) {
		if (i > 0)
			putc(' ', out);
		strv_print_quoted_word(out, words[i]);
	}
	putc('\n', out);
}
