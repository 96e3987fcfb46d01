#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# pith timeline: a result file as a table with its critical path, and as a picture.
. tests/tap.sh

# Two processes; the second starts when the first is ready. In the VM's app runs a VM, in that a program.
# The inner clocks: host's kernel began at 1,100,000 (least of arrival less clock), guest's 500,000 later.
cat >"$WORK/result.json" <<'END'
{"version":1,"pith":"0.1.0","exit_code":0,"outcome":"app-exit","code":0,"signal":0,"message":"","duration_us":5000000,
 "processes":[
  {"name":"service","type":"shell","started":true,"outcome":"app-exit","start_us":10000,"ready_us":900000,"duration_us":4980000},
  {"name":"host","type":"vm","started":true,"outcome":"app-exit","start_us":1000000,"duration_us":3900000,"qemu_us":40000,
   "stages":[
    {"stage":"early","guest_us":300000,"host_us":450000},
    {"stage":"app","guest_us":400000,"host_us":500000},
    {"stage":"stop","guest_us":3600000,"host_us":3700000}],
   "nested":[
    {"event":"vm-start","t_us":450000,"process":"guest","pid":9,"accelerator":"kvm","kernel":"k"},
    {"event":"stage","t_us":800000,"process":"guest","stage":"early","guest_us":200000},
    {"event":"stage","t_us":900000,"process":"guest","stage":"app","guest_us":400000},
    {"event":"nested","t_us":1000000,"process":"guest","line":{"event":"process-start","t_us":500000,"process":"inner","pid":3}},
    {"event":"nested","t_us":3000000,"process":"guest","line":{"event":"process-end","t_us":2400000,"process":"inner","outcome":"app-exit","code":3}},
    {"event":"process-end","t_us":3500000,"process":"guest","outcome":"app-signal","code":0,"signal":9}]},
  {"name":"never","type":"shell","started":false,"outcome":"none","duration_us":0}]}
END
is "$("$PITH" timeline "$WORK/result.json")" "       at ms     for ms  process, stage (* on the critical path)
*       10.0     4980.0  service: app-exit
      1000.0     3900.0  host: app-exit
      1000.0       40.0    pith
      1040.0       60.0    QEMU
      1100.0      300.0    kernel
      1400.0      100.0    early
      1500.0     3200.0    app
      4700.0      200.0    stop
      1550.0     3050.0      guest: app-signal 9
      1550.0       50.0        QEMU
      1600.0      200.0        kernel
      1800.0      200.0        early
      2000.0     2600.0        app
      2100.0     1900.0          inner: app-exit 3

The critical path, 5000.0 ms:
        10.0 ms   0.2 %  pith
      4980.0 ms  99.6 %  service: runs
        10.0 ms   0.2 %  pith" "a table: each level on the base system's clock" || true
# Without the service running on, the VM's end is what the run waits for.
sed 's/"duration_us":4980000/"duration_us":1500000/' "$WORK/result.json" >"$WORK/vm.json"
is "$("$PITH" timeline "$WORK/vm.json" | sed '1,/critical path,/d')" "        10.0 ms   0.2 %  pith
       890.0 ms  17.8 %  service: runs
       100.0 ms   2.0 %  waits
        40.0 ms   0.8 %  host: pith
        60.0 ms   1.2 %  host: QEMU
       300.0 ms   6.0 %  host: kernel
       100.0 ms   2.0 %  host: early
        50.0 ms   1.0 %  host: app
        50.0 ms   1.0 %  host / guest: QEMU
       200.0 ms   4.0 %  host / guest: kernel
       200.0 ms   4.0 %  host / guest: early
       100.0 ms   2.0 %  host / guest: app
      1900.0 ms  38.0 %  host / guest / inner: runs
       600.0 ms  12.0 %  host / guest: app
       100.0 ms   2.0 %  host: app
       200.0 ms   4.0 %  host: stop
       100.0 ms   2.0 %  pith" "the critical path goes through levels and through readiness" || true

# A stop request: the guest inside goes on in the host's stop, and that is what the end waits for.
sed 's/"stop","guest_us":3600000/"stop","guest_us":2500000/' "$WORK/vm.json" >"$WORK/stop.json"
is "$("$PITH" timeline "$WORK/stop.json" | tail -n 4)" "      1900.0 ms  38.0 %  host / guest / inner: runs
       600.0 ms  12.0 %  host / guest: app
       300.0 ms   6.0 %  host: stop
       100.0 ms   2.0 %  pith" "the critical path goes into what runs on while its VM stops" || true

"$PITH" timeline -o "$WORK/boot.svg" "$WORK/result.json"
is $? 0 "a picture is drawn"
# Bars to scale: 1,000 pixels for 5,000 ms, the plot begins at 20.
is "$(python3 - "$WORK/boot.svg" <<'END'
import sys, xml.etree.ElementTree as ET
root = ET.parse(sys.argv[1]).getroot()
assert root.tag == "{http://www.w3.org/2000/svg}svg", root.tag
items = list(root)
for i, item in enumerate(items):
    if item.tag.endswith("rect") and item.get("height") == "13":
        print(item.get("x"), item.get("width"), "".join(items[i + 1].itertext()))
END
)" "22.00 996.00 service: app-exit 4980.0 ms
220.00 780.00 host: app-exit 3900.0 ms
220.00 8.00 pith 40.0 ms
228.00 12.00 QEMU 60.0 ms
240.00 60.00 kernel 300.0 ms
300.00 20.00 early 100.0 ms
320.00 640.00 app 3200.0 ms
960.00 40.00 stop 200.0 ms
330.00 610.00 guest: app-signal 9 3050.0 ms
330.00 10.00 QEMU 50.0 ms
340.00 40.00 kernel 200.0 ms
380.00 40.00 early 200.0 ms
420.00 520.00 app 2600.0 ms
440.00 380.00 inner: app-exit 3 1900.0 ms" "its bars are to scale"

# The label of a process that starts late would reach over the right edge: it ends there.
name=a-process-that-begins-late-and-has-a-name-of-sixty-four-letters-x
sed "s/\"name\":\"service\"/\"name\":\"$name\"/; s/\"start_us\":10000,/\"start_us\":4900000,/" "$WORK/result.json" >"$WORK/late.json"
"$PITH" timeline -o "$WORK/late.svg" "$WORK/late.json"
like "$(grep "$name" "$WORK/late.svg")" '<text x="1276.00" y="[0-9]*" text-anchor="end"' "a late process's label stays in the picture"

# A guest may report anything: it stays within the life of its VM, and its names within XML and the terminal.
sed 's/"t_us":450000/"t_us":-5/; s/"t_us":500000,"process":"inner"/"t_us":999999999999,"process":"<\\u001b[31m\&\\u0007>"/; s/"name":"service"/"name":"a<b"/' \
	"$WORK/result.json" >"$WORK/hostile.json"
is "$("$PITH" timeline "$WORK/hostile.json" | grep -aF '[31m')" "      4600.0        0.0          <?[31m&?>" "hostile times and names: a table" || true
"$PITH" timeline -o "$WORK/hostile.svg" "$WORK/hostile.json" && xmllint --noout "$WORK/hostile.svg" 2>"$WORK/err"
ok $? "hostile times and names: a picture that is XML" || sed 's/^/# /' "$WORK/err"

refused() { # refused CODE MESSAGE ARGUMENT...
	local code=$1 message=$2
	shift 2
	is "$("$PITH" timeline "$@" 2>&1 >/dev/null; echo $?)" "pith: error: timeline: $message
$code" "refused: timeline ${*##*/}"
}
echo '{"version":2,"processes":[]}' >"$WORK/other.json"
echo 'boot' >"$WORK/text"
echo '{"version":1,"processes":[]}' >"$WORK/short.json"
echo '{"version":1,"duration_us":5,"processes":[{"name":"a","started":true}]}' >"$WORK/process.json"
refused 2 "$WORK/other.json: it is not a result file of pith (version 1)" "$WORK/other.json"
refused 2 "$WORK/text: it is not JSON" "$WORK/text"
refused 2 "$WORK/short.json: it has no duration_us" "$WORK/short.json"
refused 2 "$WORK/process.json: a process lacks its name, start_us or duration_us" "$WORK/process.json"
refused 125 "$WORK/none: No such file or directory" "$WORK/none"
refused 125 "$WORK: Is a directory" "$WORK"
refused 2 "give one result file; see pith timeline --help"
refused 2 "unknown option --svg; see pith timeline --help" --svg "$WORK/result.json"
refused 2 "--output lacks its file; see pith timeline --help" "$WORK/result.json" -o
is "$("$PITH" timeline -o "$WORK/none/boot.svg" "$WORK/result.json" 2>/dev/null; echo $?)" 125 "a picture that cannot be written"
finish
