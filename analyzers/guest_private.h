/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of guest. */
#ifndef AIL_ANALYZERS_GUEST_PRIVATE_H
#define AIL_ANALYZERS_GUEST_PRIVATE_H

#include <glib.h>

#include "analyzers/guest.h"
#include "formats/kallsyms.h"

enum {
    AIL_GUEST_MAX_FD = 1 << 16,   /* descriptors of a table are below */
    AIL_GUEST_MAX_MAPS = 1 << 17, /* of a space; Linux' own limit is 65530 unless raised */
    AIL_GUEST_MAX_SOCKETS = 1 << 14,
};
#define AIL_GUEST_MAX_BYTES ((size_t)512 << 20) /* that all this may take */

/* A process, for what its threads share. */
typedef struct GuestProcess {
    uint32_t refs;   /* its tasks, and being the one of its tgid */
    uint32_t living; /* tasks of it that have not ended */
    char *path;      /* owned; NULL: not known */
    char **args;     /* owned; NULL: none */
    size_t cost;     /* of these, of AilGuest.left */
} GuestProcess;

typedef struct GuestTask {
    AilTask is;
    char comm[64];
    GuestProcess *process; /* a reference */
} GuestTask;

typedef struct GuestSpace {
    uint64_t users; /* tasks that have it and have not ended */
    uint64_t id;    /* from 1, a new one when the first task comes to have it */
    GArray *maps;   /* of AilMapping, by address; owned with their paths */
} GuestSpace;

/* A symbol table, made of its bytes when it is first asked for. */
typedef struct GuestSymbols {
    uint8_t *bytes; /* owned; as formats/kallsyms.h saves them; NULL: the table was made */
    uint32_t len;
    size_t cost;
    AilKallsyms *table; /* owned; NULL: not made, or they make no sense */
} GuestSymbols;

struct AilGuest {
    GPtrArray *tasks;           /* of GuestTask, owned, by id - 1 */
    GHashTable *by_key;         /* the last task with a key */
    GHashTable *by_pid;         /* the last task with a pid */
    GHashTable *processes;      /* tgid -> GuestProcess, a reference: the last with it */
    GHashTable *spaces;         /* mm -> GuestSpace, owned */
    GHashTable *mms;            /* asid -> mm */
    GHashTable *files;          /* key -> GPtrArray of char *, owned */
    GHashTable *sockets;        /* path -> what it was last told to be; owned */
    GArray *modules;            /* of AilModule, by address; names owned */
    GuestTask *running;         /* NULL: not known */
    char *banner;               /* owned; NULL: no kernel */
    uint64_t kernel_found;      /* icount */
    uint64_t n_spaces;          /* ids given to spaces */
    GuestSymbols *symbols;      /* owned: the kernel's; NULL: none */
    GHashTable *module_symbols; /* base -> GuestSymbols, owned */
    size_t left;                /* bytes that may still be taken */
    bool full;
};

/* Whether there is room for so many more bytes, which are then taken. */
bool ail_guest_afford(AilGuest *g, size_t bytes);

/* The guest's bytes as a string of our own, up to the first NUL. */
char *ail_guest_text_dup(AilGuestText text);

GuestSpace *ail_guest_space(AilGuest *g, uint64_t mm, bool make);
void ail_guest_space_clear(AilGuest *g, GuestSpace *s);
void ail_guest_take_maps(AilGuest *g, const AilEvent *e);
void ail_guest_take_file(AilGuest *g, const AilEvent *e);

/* guest_kernel.c */
void ail_guest_kernel_init(AilGuest *g);
void ail_guest_kernel_clear(AilGuest *g);
void ail_guest_take_kernel(AilGuest *g, const AilEvent *e);
void ail_guest_take_module(AilGuest *g, const AilEvent *e);
void ail_guest_take_module_symbols(AilGuest *g, const AilEvent *e);
void ail_guest_forget_modules(AilGuest *g);
/* guest.c: nothing of another kernel's is there any more. */
void ail_guest_forget(AilGuest *g, uint64_t icount);

void ail_guest_space_free(gpointer space);

#endif
