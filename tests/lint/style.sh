#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The form of the sources: clang-format, shellcheck, licence lines, long functions, unfinished work.
. tests/tap.sh

list() { git ls-files --cached --others --exclude-standard -- "$@" | while read -r f; do [ ! -f "$f" ] || echo "$f"; done; }
mapfile -t c_files < <(list '*.c' '*.h')
mapfile -t shell_files < <(list | xargs -r grep -lE -m1 '^#!.*[ /](ba)?sh$|^# shellcheck shell=' --)
mapfile -t python_files < <(list '*.py')
[ "${#c_files[@]}" -gt 0 ] && [ "${#shell_files[@]}" -gt 0 ]
ok $? "${#c_files[@]} C files, ${#shell_files[@]} shell scripts, ${#python_files[@]} Python files found"

is "$(clang-format --dry-run --Werror "${c_files[@]}" 2>&1 | grep -a 'error:' | head -n 20)" "" "clang-format has nothing to change"
is "$(shellcheck -x -f gcc "${shell_files[@]}" 2>&1 | head -n 40)" "" "shellcheck has nothing to say"
is "$(python3 -c '
import ast, sys
for name in sys.argv[1:]:
    try:
        ast.parse(open(name, encoding="utf-8").read(), name)
    except (SyntaxError, UnicodeDecodeError) as error:
        print(name, error)' "${python_files[@]}" 2>&1)" "" "the Python files parse"
is "$(for f in "${c_files[@]}" "${shell_files[@]}" "${python_files[@]}"; do
	head -n 3 "$f" | grep -q 'SPDX-License-Identifier: Apache-2\.0' || echo "$f"
done)" "" "every source begins with its licence line"

# With this brace style only a function's braces stand in the first column.
long_functions() { # long_functions LIMIT FILE...: functions of more lines, from the opening brace
	local limit=$1
	shift
	awk -v limit="$limit" '/^[a-zA-Z_].*\(/ { name = $0 } /^\{/ { begin = FNR }
		/^\}/ { if (begin > 0 && FNR - begin - 1 > limit) print FILENAME ":" begin ": " FNR - begin - 1 " lines: " name; begin = 0 }
		FNR == 1 { begin = 0 }' "$@"
}
is "$(long_functions 90 "${c_files[@]}")" "" "no function is longer than 90 lines"
{
	printf 'int f(void)\n{\n'
	yes '	g();' | head -n 91
	printf '}\n'
} >"$WORK/long.c"
like "$(long_functions 90 "$WORK/long.c")" '91 lines: int f' "a function of 91 lines is found"

unfinished() { grep -rniwE 'todo|fixme|xxx|stub' "$@"; }
folders=()
for folder in init runner rootfs scripts; do [ ! -d "$folder" ] || folders+=("$folder"); done
is "$(unfinished "${folders[@]}")" "" "nothing is marked as unfinished (${folders[*]})"
printf '/* XXX: later */\n' >"$WORK/unfinished.c"
like "$(unfinished "$WORK/unfinished.c")" later "a mark would be found"
finish
