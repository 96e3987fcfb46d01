/* SPDX-License-Identifier: Apache-2.0 */
/* xml.h: text for XML. */
#ifndef PITH_RUNNER_XML_H
#define PITH_RUNNER_XML_H

#include <stdio.h>

/* Write TEXT with all that XML 1.0 does not hold (section 2.2, Char) as U+FFFD. It is right in text
 * and in attributes in double quotes, where line ends must be escaped to last. */
void xml_write_text(FILE *out, const char *text);

#endif
