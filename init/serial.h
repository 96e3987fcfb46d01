/* SPDX-License-Identifier: Apache-2.0 */
/* serial.h: channels to the base system where there is no virtio: a 16550 line each for the report
 * and for the app's output and errors. Bytes go as they are, in both directions.
 *
 * The lines can be opened by a root app too, so a report line bears the nonce there, as on the
 * console. What such a line has not: flow control on the way in, and an end. So the base system
 * sends input only as far ahead as the report line allows, and says there where it ends
 * (report.h). */
#ifndef PITH_INIT_SERIAL_H
#define PITH_INIT_SERIAL_H

/* On x86_64 /dev/ttyS1 to 3 are at these I/O ports, whatever else there is (arch/x86/include/asm/
 * serial.h). Their usual interrupts, 3 and 4, are shared, which QEMU's lines cannot do; 6
 * and 7 are edge-triggered in the tables of its firmware, as 5 is not, and nobody's in a lean
 * machine.
 */
#define SERIAL_REPORT_IO 0x2f8
#define SERIAL_REPORT_IRQ 3
#define SERIAL_STDOUT_IO 0x3e8 /* and the app's input; after the app's end its files */
#define SERIAL_STDOUT_IRQ 6
#define SERIAL_STDERR_IO 0x2e8
#define SERIAL_STDERR_IRQ 7

/* How many bytes of input the base system may be ahead: what a terminal holds (N_TTY_BUF_SIZE). */
#define SERIAL_AHEAD 4095

/* Open the line for the port called NAME (port.h), non-blocking and close-on-exec. Returns its
 * descriptor, the caller's, or -errno. */
int serial_open(const char *name, int access);

#endif
