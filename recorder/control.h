/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands for a machine that runs, from connections: a socket in the file system that others
 * connect to, and connections made in another way. A command is a line of text; each is answered
 * by one line, a JSON object {"ok": true, "text": "..."}, in the order in which answers come. A
 * client that sends another command before its answer has come has to know that. A client that
 * sends no more (shutdown of its writing side) still gets its answers. All functions belong to one
 * thread.
 */
#ifndef AIL_RECORDER_CONTROL_H
#define AIL_RECORDER_CONTROL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/error.h"

#define AIL_CONTROL_MAX_LINE 4096 /* bytes of a command */
#define AIL_CONTROL_MAX_FDS  17   /* descriptors to poll: 16 connections and the socket */

typedef struct AilControl AilControl;

/* A connection, as far as answers to it are concerned. */
typedef struct AilClient AilClient;

/* Called for each command; the line is the caller's and has no newline. */
typedef void AilControlHandler(void *user, AilClient *client, const char *line);

AilControl *ail_control_new(AilControlHandler *handler, void *user); /* never NULL */
void ail_control_free(AilControl *control); /* closes all, removes the socket; may be NULL */

/*
 * Listen on a new socket `path`, which only this user can connect to. One that a dead process has
 * left is replaced; AIL_ERR when something else is there, or somebody listens.
 */
AilStatus ail_control_listen(AilControl *control, const char *path, AilError *err);

/* Serve a connected descriptor too, which the control owns from now on. */
void ail_control_add(AilControl *control, int fd);

/* Descriptors to wait for, at most AIL_CONTROL_MAX_FDS; returns how many. Then ail_control_turn
 * with what poll made of them. */
size_t ail_control_fds(const AilControl *control, struct pollfd *fds);
void ail_control_turn(AilControl *control, const struct pollfd *fds, size_t n);

/* Whether nobody can give commands any more. */
bool ail_control_is_deserted(const AilControl *control);

/* When to take a turn at the latest, microseconds of the monotonic clock; INT64_MAX: no matter. */
int64_t ail_control_deadline(const AilControl *control);

/* To answer later: a client stays valid, though its connection may go, between hold and drop. */
AilClient *ail_client_hold(AilClient *client);
void ail_client_drop(AilClient *client); /* may be NULL */

/* Answer; text: any UTF-8. Nothing happens when the connection is gone or client is NULL. */
void ail_client_answer(AilClient *client, bool ok, const char *text);

#endif
