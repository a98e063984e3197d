/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's operating system at one moment of a trace: tasks, their programs, what they have
 * mapped and open, the kernel's modules and symbols. It is made of the trace's events, which it is
 * given in order; at each moment it is as of the last one. Those of a whole trace take well under a
 * second to read, so who wants to know about a moment gives it all events up to there.
 *
 * Events may be a stranger's: what makes no sense is left out, and memory is bounded.
 * One thread. What it returns is its own, and valid until the next event is taken.
 */
#ifndef AIL_ANALYZERS_GUEST_H
#define AIL_ANALYZERS_GUEST_H

#include "trace/guest.h"

typedef struct AilGuest AilGuest;
typedef struct AilKallsyms AilKallsyms; /* formats/kallsyms.h */

/* A task: a thread of a process, or of the kernel. One that has ended is remembered. */
typedef struct AilTask {
    uint64_t id;  /* number in the trace, from 1: keys and pids are used again, these are not */
    uint64_t key; /* the kernel's address of it */
    uint64_t mm, asid, files; /* as in AilGuestTask */
    uint64_t start_ns;
    uint32_t pid, tgid, ppid;
    uint32_t flags;          /* AIL_TASK_* */
    const char *comm;        /* the guest's bytes; may hold anything but NUL */
    const char *path;        /* of its program; "": not known, or a thread of the kernel */
    const char *const *args; /* its program's, ends with NULL; may be empty */
    uint64_t parent;         /* id of the task that leads its parent's process; 0: not known */
    uint64_t born;           /* icount at which it was first told */
    bool was_there;          /* which is where the trace begins, not the task */
    uint64_t died;           /* icount of its end; UINT64_MAX: it has not ended */
    uint32_t exit_code;      /* as the kernel has it: status << 8 | signal */
} AilTask;

typedef struct AilMapping {
    uint64_t start, end, offset, inode;
    uint32_t dev, flags; /* AIL_MAP_* */
    const char *path;    /* "" without a file; "[heap]" and the like */
} AilMapping;

typedef struct AilModule {
    uint64_t base, size;
    const char *name;
} AilModule;

AilGuest *ail_guest_new(void);    /* never NULL */
void ail_guest_free(AilGuest *g); /* may be NULL */

/* Take in an event; those that do not concern it are ignored, as is what makes no sense. */
void ail_guest_take(AilGuest *g, const AilEvent *e);

/* Whether something had to be left out, because events tell more than any guest has. */
bool ail_guest_full(const AilGuest *g);

/* The task that runs; NULL: not known. */
const AilTask *ail_guest_running(const AilGuest *g);
/* The task with this key now (the last, if there were several); NULL: none was told. */
const AilTask *ail_guest_find_task(const AilGuest *g, uint64_t key);
/* The first thread of the process with this pid now (the last, if there were several), or, of a
 * thread's own, that thread; NULL: none was told. */
const AilTask *ail_guest_find_pid(const AilGuest *g, uint32_t pid);
/* Whether a thread of the task's process has not ended: its first may have, and others go on. */
bool ail_guest_process_lives(const AilGuest *g, const AilTask *task);
/* All tasks, in the order in which they were told, which is that of their ids; i < the number. */
size_t ail_guest_n_tasks(const AilGuest *g);
const AilTask *ail_guest_task_at(const AilGuest *g, size_t i);

/* Mappings of an address space by address; *n of them. */
const AilMapping *ail_guest_mappings(const AilGuest *g, uint64_t mm, size_t *n);
/* The one that has `addr`; NULL: none that is known. */
const AilMapping *ail_guest_mapping(const AilGuest *g, uint64_t mm, uint64_t addr);
/* The address space (mm) that user code has which runs with this AIL_EVENT_ASID now; 0: not known.
 */
uint64_t ail_guest_mm_of(const AilGuest *g, uint64_t asid);

/* The number of the address space that this mm is now: another one that comes to be in its place
 * has another. 0: none has it. */
uint64_t ail_guest_space_id(const AilGuest *g, uint64_t mm);

/* Path of an open file; NULL: not open, or not known. Descriptors run from 0 to below the number.
 */
uint32_t ail_guest_n_files(const AilGuest *g, uint64_t files);
const char *ail_guest_file(const AilGuest *g, uint64_t files, uint32_t fd);
/* What a socket is: "tcp 10.0.2.15:22 -> 10.0.2.2:54321"; NULL: it is none, or not known. */
const char *ail_guest_socket(const AilGuest *g, uint64_t files, uint32_t fd);

/* The kernel's modules that are loaded, by address; *n of them; and the one that has `addr`, or
 * NULL. */
const AilModule *ail_guest_modules(const AilGuest *g, size_t *n);
const AilModule *ail_guest_module(const AilGuest *g, uint64_t addr);
/* Its own symbols, NULL if they are not known; and the one that `addr`, which is in it, belongs to,
 * and how far it is into it; NULL: none. */
const AilKallsyms *ail_guest_module_symbols(const AilGuest *g, const AilModule *m);
const char *ail_guest_module_symbol(const AilGuest *g, const AilModule *m, uint64_t addr,
                                    uint64_t *into);

/* The kernel: its banner, "" if none was found; its symbols, NULL if there are none. */
const char *ail_guest_banner(const AilGuest *g);
const AilKallsyms *ail_guest_kernel_symbols(const AilGuest *g);
/* The kernel's symbol that `addr` belongs to, and how far it is into it; NULL: none. */
const char *ail_guest_kernel_symbol(const AilGuest *g, uint64_t addr, uint64_t *into);

#endif
