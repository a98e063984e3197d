/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What commands share that ask what the guest's system was like at a moment: ps, maps, modules,
 * files. They read the event column alone. */
#ifndef AIL_CLI_GUEST_CLI_H
#define AIL_CLI_GUEST_CLI_H

#include "analyzers/guest.h"
#include "analyzers/output.h"
#include "analyzers/symbols.h"
#include "cli/cli.h"

/* Of such a command; begins its state. */
typedef struct AilGuestAsk {
    const char *command;
    gint64 at;  /* icount; -1: the end */
    gint64 pid; /* -1: none was given */
    gboolean json;
    gboolean tree, all, threads;                 /* ps */
    void *user;                                  /* for `show` and `take` */
    void (*take)(void *user, const AilEvent *e); /* each event, as it is read; NULL: not wanted */
    GOptionEntry *entries;                       /* owned */
} AilGuestAsk;

/* --at, --pid and --json; `more` may be NULL. For AilCommand.options. */
GOptionEntry *ail_guest_cli_options(AilGuestAsk *ask, const GOptionEntry *more, bool pid);
void ail_guest_cli_discard(void *state);

/* What was found of a trace, and of the process that was asked for. */
typedef struct AilGuestSeen {
    AilGuest *guest;  /* owned; as of `at` */
    uint64_t at;      /* events up to here were taken */
    uint64_t n;       /* processes that had the pid by then */
    uint64_t last_id; /* the last of them; 0: none */
    GString *ended;   /* owned: what `show` wrote of it at its last moment, if it has ended */
    uint64_t died;    /* which was then */
} AilGuestSeen;

/* Write what a process has at this moment. */
typedef void AilGuestShow(const AilGuestAsk *ask, const AilGuest *guest, const AilTask *task,
                          AilOutput *out);

/*
 * Read the trace up to the moment asked for. Says what is wrong on stderr: no event column, no
 * kernel found. Returns an exit status; *seen is to be cleared whatever it is.
 */
int ail_guest_cli_read(const AilGuestAsk *ask, const char *path, AilGuestSeen *seen);
void ail_guest_cli_clear(AilGuestSeen *seen);

/* Read the one trace in argv and show the process that was asked for, or each if none was. Returns
 * an exit status. */
int ail_guest_cli_processes(const AilGuestAsk *ask, int argc, char **argv, AilGuestShow *show);

/* Text of the guest's, safe for a terminal; free with g_free. */
char *ail_guest_cli_safe(const char *text);

/* What is to be said once all is named, on stderr. symbolizer: may be NULL. */
void ail_guest_cli_warn(const char *command, const AilSymbolizer *symbolizer);

#endif
