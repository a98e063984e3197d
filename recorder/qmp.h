/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QMP, QEMU's control protocol: one JSON object a line over a socket. Calls block, with timeouts;
 * events that arrive meanwhile are kept in order. A connection belongs to one thread at a time.
 */
#ifndef AIL_RECORDER_QMP_H
#define AIL_RECORDER_QMP_H

#include <json-glib/json-glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "formats/error.h"

typedef struct AilQmp AilQmp;

/* A client on a connected socket, which it owns from now on. Never NULL. */
AilQmp *ail_qmp_new(int fd);
void ail_qmp_free(AilQmp *qmp); /* qmp may be NULL */

/* The last failure's message. */
const char *ail_qmp_error(const AilQmp *qmp);

/* The socket, to wait on with poll together with others; then call ail_qmp_receive. */
int ail_qmp_fd(const AilQmp *qmp);

/*
 * Wait for QEMU's greeting and agree on the protocol. All functions below with a timeout: in
 * milliseconds, AIL_ERR when it passes; AIL_END when QEMU closed the connection (it ended).
 */
AilStatus ail_qmp_greet(AilQmp *qmp, int timeout_ms);

/*
 * Call `idle` again and again while waiting for replies: for work without which QEMU would not come
 * to answer. The time that it takes does not count towards timeouts; false: stop waiting, which is
 * AIL_ERR. NULL: no such work.
 */
void ail_qmp_set_idle(AilQmp *qmp, bool (*idle)(void *user), void *user);

/* QEMU's version from the greeting: "10.0.2" and the package's ("Debian 1:10.0.2+ds-2"). */
const char *ail_qmp_version(const AilQmp *qmp);
const char *ail_qmp_package(const AilQmp *qmp);

/*
 * Run a command and wait for its reply.
 * arguments: a JSON object as text, or NULL. result: gets the reply's "return" (release with
 * json_node_unref), or NULL if it does not matter. An error reply is AIL_ERR.
 */
AilStatus ail_qmp_execute(AilQmp *qmp, const char *command, const char *arguments, int timeout_ms,
                          JsonNode **result);

/* Run a command of the human monitor ("info registers"); *text = its answer, the caller's. */
AilStatus ail_qmp_monitor(AilQmp *qmp, const char *line, int timeout_ms, char **text);

/* `query-replay`: instructions executed so far. */
AilStatus ail_qmp_icount(AilQmp *qmp, int timeout_ms, uint64_t *icount);

/* `replay-break`: stop the replay at this icount (a STOP event follows). */
AilStatus ail_qmp_replay_break(AilQmp *qmp, uint64_t icount, int timeout_ms);

/*
 * `replay-seek`: let a stopped replay run on to this icount and stop there (a STOP event follows).
 * Unlike `cont` it also works after the guest has powered off, where QEMU stops as soon as it
 * notices, a few instructions before or after other replays do, and before the recording's end.
 */
AilStatus ail_qmp_replay_seek(AilQmp *qmp, uint64_t icount, int timeout_ms);

/* Take in what has arrived, waiting at most timeout_ms for something (0: not at all). AIL_OK also
 * when nothing came. */
AilStatus ail_qmp_receive(AilQmp *qmp, int timeout_ms);

/* The oldest event not yet taken, or NULL; the whole object: {"event": NAME, "data": {...}}.
 * Release with json_object_unref. */
JsonObject *ail_qmp_take_event(AilQmp *qmp);

/* Name of an event ("SHUTDOWN"), and a text member of its data ("reason"); "" where there is
 * none. Owned by the event. */
const char *ail_qmp_event_name(JsonObject *event);
const char *ail_qmp_event_text(JsonObject *event, const char *member);

#endif
