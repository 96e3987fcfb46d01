/* SPDX-License-Identifier: Apache-2.0 */
/* path.h: paths by their text alone. Pure but for path_clean, which asks for the working directory.
 */
#ifndef PITH_RUNNER_PATH_H
#define PITH_RUNNER_PATH_H

/* PATH, taken from FOLDER unless it is absolute, made absolute and free of empty, "." and ".."
 * components; no symbolic link is looked at. Malloced; ends the program with a message when memory
 * is out. */
char *path_clean_from(const char *folder, const char *path);

/* The same from pith's own working directory, or from "/" where that cannot be named. */
char *path_clean(const char *path);

#endif
