/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of export (docs/export.md). */
#ifndef AIL_ANALYZERS_EXPORT_PRIVATE_H
#define AIL_ANALYZERS_EXPORT_PRIVATE_H

#include <glib.h>

#include "formats/perfetto.h"
#include "formats/syscalls.h"
#include "trace/trace.h"

/* analyzers/guest.h and analyzers/analysis.h do not go together: each file has one of them. */
typedef struct AilGuest AilGuest;
typedef struct AilTask AilTask;
struct AilSymbols;

enum { EXPORT_TIMELINES = 2 };

/* Numbers of tracks: below 16 for what there is once, then by kind and number. */
enum { TRACK_CPU = 1, TRACK_TRAPS, TRACK_CONSOLE, TRACK_NETWORK, TRACK_KERNEL };
enum { KIND_PROCESS = 1, KIND_THREAD, KIND_STACK, KIND_SPACE, KIND_SPACE_STACK };
#define TRACK(kind, number) ((uint64_t)(kind) << 56 | ((number)&0xffffffffffffff))

/* A system call that has not returned. */
typedef struct OpenCall {
    AilAbi abi;
    uint64_t number;
    bool told; /* its slice is open */
} OpenCall;

typedef struct ExportProcess {
    uint64_t number; /* of its track */
    uint64_t leader; /* id of the task that leads it; 0: not seen */
} ExportProcess;

typedef struct Exporter {
    AilTimeline *to[EXPORT_TIMELINES]; /* borrowed */
    size_t n;
    uint64_t from, until; /* icounts: what happens in from..until-1 is told */
    unsigned shift;       /* an instruction takes 1 << shift ns */

    AilGuest *guest;       /* owned */
    uint64_t asid;         /* which runs */
    uint64_t icount;       /* of the last thing that was taken in */
    GHashTable *tracks;    /* id -> parent and name as told; owned */
    GHashTable *calls;     /* track -> OpenCall, owned */
    GHashTable *processes; /* tgid -> the last process with it, owned */
    uint64_t n_processes;
    bool started;        /* `from` was reached */
    bool running;        /* a slice of who runs is open */
    uint64_t running_id; /* task id, or asid, that it is of */
    int32_t tid;         /* of the thread that the timelines have running; -1: none */
    char *comm;          /* owned: its name */
    int64_t state;       /* that it will have when it stops */
    GString *console;    /* the line so far */
    uint64_t console_at; /* icount of its first byte */
    uint64_t told;       /* slices and instants */
} Exporter;

Exporter *exporter_new(uint64_t from, uint64_t until, unsigned shift);
void exporter_free(Exporter *x);
/* Take in the next event. */
void exporter_take(Exporter *x, const AilEvent *e);
/* Reach this icount: what begins with `from` is told. */
void exporter_reach(Exporter *x, uint64_t icount);
/* All that is open ends. */
void exporter_end(Exporter *x);

/* The track of the thread that runs, told if need be; of its address space if no task is known. */
uint64_t exporter_thread(Exporter *x);
/* A track below that one, for call stacks. */
uint64_t exporter_stack_track(Exporter *x);
/* Name of the function that begins at this address, for who runs: a symbol of the kernel, or file
 * and offset. Free it. */
char *exporter_name(const Exporter *x, uint64_t pc);
/* When what is open on such a track ends: with its thread, or with what is told. */
uint64_t exporter_stack_end(const Exporter *x, uint64_t track);
bool exporter_tells(const Exporter *x);
uint64_t exporter_task_track(Exporter *x, const AilTask *task);
/* One of those that there is once: TRACK_CPU and so on. */
uint64_t exporter_machine_track(Exporter *x, uint64_t id);
/* Somebody else may run: end the slice of who did, begin another. */
void exporter_update_running(Exporter *x, uint64_t icount);
void exporter_stop_running(Exporter *x, uint64_t icount);
void exporter_emit(Exporter *x, AilTrackEventKind kind, uint64_t icount, uint64_t track,
                   const char *category, const char *name, const AilTrackArg *args, size_t n_args);

/* --- call stacks as slices (export_stacks.c) --- */

typedef struct ExportStacks ExportStacks;

/* columns: what chunks have; symbols may be NULL. x is borrowed. */
ExportStacks *export_stacks_new(Exporter *x, uint32_t columns, const struct AilSymbols *symbols);
void export_stacks_free(ExportStacks *s); /* may be NULL */
/* What needs nothing from earlier chunks; from several threads. */
void *export_stacks_prepare(const ExportStacks *s, const AilChunk *chunk);
void export_stacks_discard(void *prepared);
/* A chunk in its turn, its events among it. Frees prepared. */
void export_stacks_take(ExportStacks *s, const AilChunk *chunk, void *prepared);
/* All that is open ends. */
void export_stacks_end(ExportStacks *s);

#endif
