/* SPDX-License-Identifier: Apache-2.0 */
/* xml.c: text for XML. */
#include "xml.h"

#include <stdbool.h>
#include <string.h>

#include "utf8.h"

void xml_write_text(FILE *out, const char *text)
{
	size_t size = strlen(text);

	for (size_t i = 0; i < size;) {
		size_t length = utf8_length(text + i, size - i);
		unsigned char c = (unsigned char)text[i];
		bool is_noncharacter = length == 3 && (memcmp(text + i, "\xef\xbf\xbe", 3) == 0 ||
						       memcmp(text + i, "\xef\xbf\xbf", 3) == 0);

		if (length == 0 || is_noncharacter ||
		    (c < 0x20 && c != '\t' && c != '\n' && c != '\r'))
			fputs("\xef\xbf\xbd", out);
		else if (c < 0x20 || strchr("&<>\"'", c) != NULL)
			fprintf(out, "&#%u;", c);
		else
			fwrite(text + i, 1, length, out);
		i += length == 0 ? 1 : length;
	}
}
