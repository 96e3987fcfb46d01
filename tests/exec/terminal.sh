#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith exec on a terminal: what is typed arrives, end of file and Ctrl-C mean what they mean to a program.
. tests/exec/lib.sh
export PITH PAYLOAD

cat >"$WORK/typed" <<'EOS'
set timeout 120
spawn -noecho $env(PITH) exec $env(PAYLOAD) echo up + cat - + exit 3
expect "up\r\n" {} timeout { exit 97 } eof { exit 98 }
send "typed\r"
expect "typed\r\ntyped\r\n" {} timeout { exit 97 } eof { exit 98 }
send "\004"
expect eof {} timeout { exit 97 }
exit [lindex [wait] 3]
EOS
expect "$WORK/typed" >"$WORK/out" 2>&1 </dev/null
is $? 3 "a line that is typed, and an end of file" || sed 's/^/# /' "$WORK/out"

cat >"$WORK/interrupt" <<'EOS'
set timeout 120
spawn -noecho $env(PITH) exec $env(PAYLOAD) echo up + cat -
expect "up\r\n" {} timeout { exit 97 } eof { exit 98 }
send "\003"
expect eof {} timeout { exit 97 }
exit [lindex [wait] 3]
EOS
expect "$WORK/interrupt" >"$WORK/out" 2>&1 </dev/null
is $? 130 "Ctrl-C" || sed 's/^/# /' "$WORK/out"

# In the background of a shell it reads nothing, and is not stopped for that.
cat >"$WORK/background" <<'EOS'
set timeout 120
spawn -noecho sh -mc "\"$env(PITH)\" exec \"$env(PAYLOAD)\" echo up + cat - + exit 4 & wait \$!; exit \$?"
expect eof {} timeout { exit 97 }
exit [lindex [wait] 3]
EOS
expect "$WORK/background" >"$WORK/out" 2>&1 </dev/null
is $? 4 "in the background its input is empty" || sed 's/^/# /' "$WORK/out"
finish
