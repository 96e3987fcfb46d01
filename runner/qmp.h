/* SPDX-License-Identifier: Apache-2.0 */
/* qmp.h: QEMU's machine protocol (docs/interop/qmp-spec.txt, qemu-qmp-ref(7)): lines of JSON in
 * both directions. Pure: what arrives becomes events, what is to be sent is handed to a callback.
 */
#ifndef PITH_RUNNER_QMP_H
#define PITH_RUNNER_QMP_H

#include <stdbool.h>
#include <stddef.h>

#include "json.h"
#include "lines.h"

#define QMP_LINE_MAX 65536 /* longer lines (none that we ask for is) are passed over */
#define QMP_TEXT_MAX 128

enum qmp_kind {
	QMP_READY,    /* the handshake is over */
	QMP_SHUTDOWN, /* TEXT: the reason: guest-shutdown, guest-reset, host-qmp-quit, ... */
	QMP_PANICKED, /* the guest's kernel told a pvpanic device */
	QMP_RESET,    /* TEXT: the reason */
	QMP_STOPPED,  /* the virtual machine is paused */
	QMP_RESUMED,  /* it runs again, or for the first time after its state was loaded */
	QMP_MIGRATED, /* TEXT: how far saving or loading its state is: completed, failed, ... */
	QMP_ANSWER,   /* ID: of qmp_ask; VALUE */
	QMP_ERROR,    /* TEXT: what QEMU had against a command; ID: of qmp_ask, or 0 */
	QMP_BROKEN,   /* a line that is no QMP */
};

struct qmp_event {
	enum qmp_kind kind;
	char text[QMP_TEXT_MAX];
	unsigned id;
	const struct json_value *value; /* valid while handled */
};

struct qmp {
	void (*handler)(void *context, const struct qmp_event *event);
	void (*send)(void *context, const char *bytes, size_t size);
	void *context;
	bool ready;
	unsigned major;      /* QEMU's version, from the greeting; 0: it did not say */
	const char *waiting; /* a command given before the handshake was over */
	struct lines lines;
	char buffer[QMP_LINE_MAX];
};

void qmp_init(struct qmp *qmp, void (*handler)(void *context, const struct qmp_event *event),
	      void (*send)(void *context, const char *bytes, size_t size), void *context);
void qmp_feed(struct qmp *qmp, const char *bytes, size_t size);
/* Send a command without arguments ("system_powerdown", "quit", "query-status"). Before the end of
 * the handshake the last one given is kept and sent then. NAME must be a literal. */
void qmp_command(struct qmp *qmp, const char *name);
/* Send a command whose answer comes back as QMP_ANSWER or QMP_ERROR with ID (not 0). ARGUMENTS is a
 * JSON object, or NULL for none. Returns false, and sends nothing, before the end of the handshake.
 */
bool qmp_ask(struct qmp *qmp, unsigned id, const char *name, const char *arguments);

#endif
