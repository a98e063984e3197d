/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of coverage_places: who runs, and what is where. */
#ifndef AIL_ANALYZERS_COVERAGE_PLACES_PRIVATE_H
#define AIL_ANALYZERS_COVERAGE_PLACES_PRIVATE_H

#include <glib.h>

#include "analyzers/coverage_places.h"
#include "analyzers/guest.h"

/* A mapping that was asked for: what code it is, and where offsets count from. */
typedef struct Spot {
    uint64_t start, end, base;
    uint32_t code;
} Spot;

typedef struct Runner {
    bool known;
    uint32_t pid;
    uint64_t asid, mm;
    char *comm;            /* owned */
    uint64_t spaces, maps; /* `spots` are as of these */
    uint64_t view;         /* and this is their number */
    GArray *spots;         /* of Spot, owned */
} Runner;

typedef struct Code {
    AilCodeKind kind;
    char *name; /* owned */
} Code;

typedef struct Extent {
    uint64_t base, end;
} Extent;

struct AilPlaces {
    AilGuest *guest;     /* owned */
    uint64_t asid;       /* which runs, while no task is known */
    GArray *runners;     /* of Runner */
    GHashTable *by_key;  /* "PROCESS MM" or "asid ASID" -> index + 1 */
    GHashTable *leaders; /* pid of a process -> id of the task that leads it */
    GArray *codes;       /* of Code */
    GHashTable *by_name; /* what tells codes apart -> index + 1 */
    GHashTable *extents; /* runner << 32 | code -> Extent */
    GHashTable *maps;    /* mm -> signature of its mappings with code */
    uint64_t spaces;     /* changes with the kernel's modules */
    uint64_t views;      /* given out so far */
    int64_t runner;      /* who runs; -1: to be looked up */
    uint64_t kernel;     /* 0: none was found */
    uint64_t kernel_end;
};

/* Tables of numbers. */
static inline void set_number(GHashTable *table, uint64_t key, uint64_t value)
{
    g_hash_table_replace(table, g_memdup2(&key, sizeof key), g_memdup2(&value, sizeof value));
}

static inline uint64_t get_number(GHashTable *table, uint64_t key, uint64_t otherwise)
{
    const uint64_t *value = g_hash_table_lookup(table, &key);
    return value ? *value : otherwise;
}

/* The runner, with what is known of its space as of now. */
Runner *ail_places_current(AilPlaces *p);

#endif
