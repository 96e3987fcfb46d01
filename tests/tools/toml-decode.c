/* SPDX-License-Identifier: Apache-2.0 */
/* toml-decode: TOML on standard input to toml-test's tagged JSON on standard output; exit 1 and a
 * line "LINE:COLUMN: message" on standard error when it is refused. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../runner/json.h"
#include "../../runner/toml.h"

static void print_scalar(const char *type, const char *text)
{
	printf("{\"type\": \"%s\", \"value\": \"%s\"}", type, text);
}

static void print_float(double real)
{
	char text[40];

	if (isnan(real))
		snprintf(text, sizeof(text), "nan");
	else if (isinf(real))
		snprintf(text, sizeof(text), real < 0 ? "-inf" : "inf");
	else
		snprintf(text, sizeof(text), "%.17g", real);
	print_scalar("float", text);
}

static void print_datetime(enum toml_type type, const struct toml_datetime *t)
{
	static const char *const tags[] = {
	    [TOML_OFFSET_DATETIME] = "datetime",
	    [TOML_LOCAL_DATETIME] = "datetime-local",
	    [TOML_LOCAL_DATE] = "date-local",
	    [TOML_LOCAL_TIME] = "time-local",
	};
	char date[40] = "", time[40] = "", fraction[16] = "", offset[40] = "";

	if (type != TOML_LOCAL_TIME)
		snprintf(date, sizeof(date), "%04d-%02d-%02d%s", t->year, t->month, t->day,
			 type == TOML_LOCAL_DATE ? "" : "T");
	if (type != TOML_LOCAL_DATE)
		snprintf(time, sizeof(time), "%02d:%02d:%02d", t->hour, t->minute, t->second);
	if (t->fraction_digits > 0) {
		snprintf(fraction, sizeof(fraction), ".%09d", t->nanosecond);
		fraction[1 + t->fraction_digits] = '\0';
	}
	if (type == TOML_OFFSET_DATETIME && t->is_utc_z)
		snprintf(offset, sizeof(offset), "Z");
	else if (type == TOML_OFFSET_DATETIME)
		snprintf(offset, sizeof(offset), "%c%02d:%02d", t->offset_minutes < 0 ? '-' : '+',
			 abs(t->offset_minutes) / 60, abs(t->offset_minutes) % 60);
	char text[160];
	snprintf(text, sizeof(text), "%s%s%s%s", date, time, fraction, offset);
	print_scalar(tags[type], text);
}

static void print_value(const struct toml_value *value)
{
	char text[40];

	switch (value->type) {
	case TOML_STRING:
		printf("{\"type\": \"string\", \"value\": ");
		json_write_string(stdout, value->as.string.bytes, value->as.string.size);
		putchar('}');
		break;
	case TOML_INTEGER:
		snprintf(text, sizeof(text), "%" PRId64, value->as.integer);
		print_scalar("integer", text);
		break;
	case TOML_FLOAT:
		print_float(value->as.real);
		break;
	case TOML_BOOL:
		print_scalar("bool", value->as.boolean ? "true" : "false");
		break;
	case TOML_ARRAY:
		putchar('[');
		for (size_t i = 0; i < value->as.array.count; i++) {
			fputs(i > 0 ? ", " : "", stdout);
			print_value(value->as.array.items[i]);
		}
		putchar(']');
		break;
	case TOML_TABLE:
		putchar('{');
		for (size_t i = 0; i < value->as.table.count; i++) {
			const struct toml_entry *entry = &value->as.table.entries[i];
			fputs(i > 0 ? ", " : "", stdout);
			json_write_string(stdout, entry->key, entry->key_size);
			fputs(": ", stdout);
			print_value(entry->value);
		}
		putchar('}');
		break;
	default:
		print_datetime(value->type, &value->as.datetime);
	}
}

static char *read_all(FILE *in, size_t *size)
{
	size_t room = 65536;
	char *text = malloc(room);

	*size = 0;
	while (text != NULL) {
		*size += fread(text + *size, 1, room - *size, in);
		if (*size < room)
			return text;
		room *= 2;
		char *grown = realloc(text, room);
		if (grown == NULL)
			free(text);
		text = grown;
	}
	return NULL;
}

int main(void)
{
	struct toml_value *root;
	struct toml_error error;
	size_t size;
	char *text = read_all(stdin, &size);

	if (text == NULL)
		return 125;
	int result = toml_parse(text, size, &root, &error);
	free(text);
	if (result == -EINVAL) {
		fprintf(stderr, "%u:%u: %s\n", error.position.line, error.position.column,
			error.message);
		return 1;
	}
	if (result < 0)
		return 125;
	print_value(root);
	putchar('\n');
	toml_free(root);
	return fflush(stdout) == 0 ? 0 : 125;
}
