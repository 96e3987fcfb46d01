/* SPDX-License-Identifier: Apache-2.0 */
/* stuck: a program that never answers. */
#include <unistd.h>

int main(void)
{
	for (;;)
		pause();
}
