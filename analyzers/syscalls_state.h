/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An instance of the analysis syscalls: its options, the tasks, and the calls under way. */
#ifndef AIL_ANALYZERS_SYSCALLS_STATE_H
#define AIL_ANALYZERS_SYSCALLS_STATE_H

#include "analyzers/guest.h"
#include "analyzers/syscalls_private.h"

typedef struct Syscalls {
    /* options */
    GArray *pids;              /* of uint64_t; owned */
    GHashTable *comms, *calls; /* sets of names, or NULL: all; owned */
    char *path;                /* pattern, or NULL; owned */
    bool errors, count, paths, interleaved;
    unsigned max_string;
    AilOutput *out;

    /* who runs */
    GHashTable *tasks, *spaces; /* &task->key -> SyscallTask; owned */
    AilGuest *files;            /* which open file is what; owned */
    uint64_t asid, current;     /* current: key of the running task */
    bool has_current;

    SyscallCounts *counts; /* owned */
    SyscallOpen *recent;   /* interleaved: made last, and not in words yet; or NULL */
    SyscallTask *recent_task;
    size_t held;                                      /* bytes of the pieces of calls under way */
    uint64_t seen, shown, unfinished, forgotten, bad; /* forgotten, bad: events */
} Syscalls;

Syscalls *syscalls_state_new(void);
void syscalls_state_free(Syscalls *s);

/* The running task, or address space; NULL: there are too many. */
SyscallTask *syscalls_running(Syscalls *s);
/* The calls that it has under way will not return; exits: as it ends. */
void syscalls_give_up(Syscalls *s, SyscallTask *task, bool exits);
void syscalls_open_free(Syscalls *s, SyscallOpen *open);
/* A kernel begins: tasks there were are no more. */
void syscalls_on_kernel(Syscalls *s, const AilEvent *e);
void syscalls_on_task(Syscalls *s, const AilEvent *e);
void syscalls_on_exit(Syscalls *s, const AilEvent *e);
/* What a descriptor of the task is, NULL: not known. Valid until the next event. */
const char *syscalls_path_of(const Syscalls *s, const SyscallTask *task, uint64_t fd);

/* syscalls_events.c: take in an event of the guest's. */
void syscalls_event(Syscalls *s, const AilEvent *e);
/* The trace has ended: tell the calls that are still under way. */
void syscalls_end(Syscalls *s);

/* Whether the options let a task of that name through. */
bool syscalls_task_wanted(const Syscalls *s, const SyscallTask *task, const char *comm);

/* syscalls_events.c: whether a call is about a file that the option path names. */
bool syscalls_path_matches(const Syscalls *s, const SyscallOpen *open);

/* syscalls_print.c: tell of a call that returned, or (ret NULL) never will. `open` may be of no
 * known beginning: without arguments. */
typedef struct SyscallReturn {
    uint64_t icount;
    int64_t result;
    unsigned flags; /* AIL_SYSRET_* */
    SyscallPieces out;
    const char *path; /* what the resulting descriptor is, or NULL */
} SyscallReturn;
void syscalls_print_call(Syscalls *s, const SyscallTask *task, SyscallOpen *open,
                         const SyscallReturn *ret, bool exits);
/* interleaved: its beginning, as something else comes before it returns. */
void syscalls_print_begin(Syscalls *s, const SyscallTask *task, SyscallOpen *open);
/* A return without a beginning: a fork's in the child, or the trace began in between. */
void syscalls_print_rest(Syscalls *s, const SyscallTask *task, const SyscallOpen *call,
                         const SyscallReturn *ret);
void syscalls_print_signal(Syscalls *s, const SyscallTask *task, const AilEvent *e,
                           const AilGuestSignal *signal);
void syscalls_print_exit(Syscalls *s, const SyscallTask *task, const AilEvent *e);

#endif
