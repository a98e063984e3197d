/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the analysis taint: what labels, and what is asked. */
#ifndef AIL_ANALYZERS_TAINT_TAINT_PRIVATE_H
#define AIL_ANALYZERS_TAINT_TAINT_PRIVATE_H

#include "analyzers/analysis.h"
#include "analyzers/guest.h"
#include "analyzers/taint/engine.h"
#include "analyzers/taint/sources.h"
#include "analyzers/taint/transfers.h"
#include "formats/netframe.h"

typedef struct TaintStrings TaintStrings; /* strings.c */
typedef struct TaintFiles TaintFiles;     /* files.c */
typedef struct TaintPackets TaintPackets; /* packets.c */
typedef struct TaintPlaces TaintPlaces;   /* places.c */
typedef struct TaintCalls TaintCalls;     /* calls.c */
typedef struct TaintSent TaintSent;       /* sent.c */
typedef struct TaintRanges TaintRanges;   /* ranges.c */
typedef struct TaintSerial TaintSerial;   /* serial.c */
typedef struct TaintMarked TaintMarked;   /* marked.c */
typedef struct TaintAsked TaintAsked;     /* asked.c */
typedef struct TaintDecided TaintDecided; /* decided.c */

/* What instructions are summed up by. */
typedef enum { TAINT_BY_INSTRUCTION, TAINT_BY_FUNCTION, TAINT_BY_MODULE, TAINT_BY_PROCESS } TaintBy;

typedef struct Taint {
    AilAnalysisEnv env;
    AilTaintEngine *engine;
    AilTaintSources *sources;
    AilGuest *guest;
    TaintStrings *strings; /* NULL: no string is labelled */
    TaintFiles *files;     /* NULL: no file is */
    TaintPackets *packets; /* NULL: no packet is */
    TaintSerial *serial;   /* NULL: nor what the serial port receives */
    TaintMarked *marked;
    TaintAsked *asked;
    TaintRanges *ranges;
    TaintPlaces *instructions, *branches; /* where tainted bytes were read, and decided */
    TaintCalls *calls;
    TaintSent *sent;
    AilTransfers *transfers;
    TaintDecided *decided; /* NULL: nobody asks */
    uint64_t devices;      /* tainted bytes that went to devices */
    uint64_t moved;        /* bytes of labelled files that the kernel moved by itself, from where it
                              is not known */
    uint64_t at;           /* icount of the moment that is asked for; UINT64_MAX: the end */
    bool at_done;          /* that moment has been told */
    unsigned top;          /* lines of each table; 0: all */
    TaintBy by;
    char *graph, *markers; /* files to be written, or NULL; owned */
    bool want_memory;
} Taint;

/* --- taint_options.c: see AilAnalysisOps --- */
extern const AilOption taint_options[];
AilStatus taint_check(const AilOptions *options, AilError *err);

/* What runs: pid and name of the process, 0 and NULL where they are not known. */
typedef struct TaintWho {
    uint32_t pid, tid;
    const char *comm;
} TaintWho;
TaintWho taint_who(const Taint *t);

/* A new source of what runs now. */
AilTaintSource *taint_source(Taint *t, const char *kind, const char *name, uint32_t bytes);
/* Label byte i of the source, which is at phys; value: 0 .. 255, -1: not known. */
void taint_label(Taint *t, const AilTaintSource *source, uint32_t i, uint64_t phys, int value);
/* Label `bytes` bytes at a virtual address of the space that runs; those whose place in memory is
 * not known are left out. Returns how many were labelled. */
uint32_t taint_label_virtual(Taint *t, const AilTaintSource *source, uint64_t addr, uint32_t bytes);

/* --- strings.c: what stringsearch finds --- */
/* NULL and err set: it makes no sense. */
TaintStrings *taint_strings_new(Taint *t, const AilOptions *options, AilError *err);
void taint_strings_free(TaintStrings *s);
AilStatus taint_strings_check(const AilOptions *options, AilError *err);
void *taint_strings_prepare(const TaintStrings *s, const AilChunk *chunk);
/* Search the chunk, before the engine goes through it. */
AilStatus taint_strings_take(TaintStrings *s, const AilChunk *chunk, void *prepared, AilError *err);
/* Label what was found up to icount. Returns when there is more; UINT64_MAX: nothing. */
uint64_t taint_strings_due(TaintStrings *s, uint64_t icount);

/* --- ranges.c: memory named by its address --- */
enum { TAINT_RANGE_MAX = 1 << 24 }; /* bytes */

typedef struct TaintRange {
    uint64_t addr, len, icount;
    uint64_t asid; /* with has_asid: of this space, else of what runs then */
    uint32_t pid;  /* not 0: of this process */
    bool has_asid;
    bool physical;
    const char *text; /* borrowed */
} TaintRange;

/* "[phys:]ADDR+LEN@ICOUNT[:asid=A|:pid=P]"; false: it is not. */
bool taint_range_parse(const char *text, TaintRange *range);
/* NULL and err set: one of the texts "ADDR+LEN@ICOUNT" makes no sense. */
TaintRanges *taint_ranges_new(Taint *t, const AilOptions *options, AilError *err);
void taint_ranges_free(TaintRanges *r);
uint64_t taint_ranges_due(TaintRanges *r, uint64_t icount);
/* Bytes that could not be labelled, as nothing in the trace had shown where they are. */
uint64_t taint_ranges_missed(const TaintRanges *r);

/* --- packets.c: what a network card received --- */
TaintPackets *taint_packets_new(Taint *t);
void taint_packets_free(TaintPackets *p);
void taint_packets_event(TaintPackets *p, const AilEvent *event);
void taint_packets_load(TaintPackets *p, const AilTaintMoment *at, const AilTaintAccess *access);
uint64_t taint_packets_missed(const TaintPackets *p);
/* Whether there are packets that nobody has read yet. */
bool taint_packets_waiting(const TaintPackets *p);

/* --- serial.c: what the serial port received --- */
TaintSerial *taint_serial_new(Taint *t);
void taint_serial_free(TaintSerial *s);
void taint_serial_event(TaintSerial *s, const AilEvent *event);
/* Sets access->given where it reads what was received. */
void taint_serial_load(TaintSerial *s, AilTaintAccess *access);
/* Whether there are bytes that a load may read now. */
bool taint_serial_waiting(const TaintSerial *s);
uint64_t taint_serial_missed(const TaintSerial *s);

/* --- marked.c: what the guest itself says, by hypercalls --- */
/* labels: do label what it wants to be labelled. What it asks is answered anyway. */
TaintMarked *taint_marked_new(Taint *t, bool labels);
void taint_marked_free(TaintMarked *m);
void taint_marked_event(TaintMarked *m, const AilEvent *event);
uint64_t taint_marked_due(TaintMarked *m, uint64_t icount);
uint64_t taint_marked_missed(const TaintMarked *m);

/* --- asked.c: which labels a guest's bytes have when it asks --- */
TaintAsked *taint_asked_new(Taint *t);
void taint_asked_free(TaintAsked *a);
/* It asks now, of memory of the space that runs. */
void taint_asked_add(TaintAsked *a, uint64_t addr, uint64_t len);
void taint_asked_print(const TaintAsked *a, AilOutput *out);
/* Bytes that were too many for an answer. */
uint64_t taint_asked_missed(const TaintAsked *a);

/* --- decided.c: labels that a branch depended on --- */
TaintDecided *taint_decided_new(void);
void taint_decided_free(TaintDecided *d);
void taint_decided_add(TaintDecided *d, const AilSets *sets, uint32_t set);
bool taint_decided_has(const TaintDecided *d, uint32_t label);

/* --- files.c: what system calls read of files, or was mapped --- */
TaintFiles *taint_files_new(Taint *t, const AilOptions *options);
void taint_files_free(TaintFiles *f);
void taint_files_event(TaintFiles *f, const AilEvent *event);
/* A system call has returned. */
void taint_files_returned(TaintFiles *f, const AilTransfer *t);
void taint_files_load(TaintFiles *f, const AilTaintMoment *at, const AilTaintAccess *access);
/* Whether loads have to be watched now. */
bool taint_files_watches(const TaintFiles *f);

/* --- calls.c: where tainted bytes went --- */
/* A call that was given tainted bytes, or returned them, by process, file and argument. */
typedef struct TaintCall {
    const char *call; /* constant; this and the next five are the key */
    uint32_t pid;
    bool returned; /* what it returned was tainted */
    bool memory;   /* what an argument points to; else the argument itself */
    uint8_t arg;
    char *path; /* "" without a descriptor; owned */
    char *comm; /* owned, or NULL */
    uint64_t count, first, bytes;
    uint32_t set;
} TaintCall;

TaintCalls *taint_calls_new(Taint *t);
void taint_calls_free(TaintCalls *c);
/* A system call is made, has returned. */
void taint_calls_begun(TaintCalls *c, const AilTransfer *t);
void taint_calls_returned(TaintCalls *c, const AilTransfer *t);
/* A system call has moved bytes of this set itself, from what argument `arg` is to `path` (NULL: it
 * is not known), past the memory of its process. */
void taint_calls_moved(TaintCalls *c, const AilTransfer *t, unsigned arg, const char *path,
                       uint32_t set, uint64_t bytes);
void taint_calls_print(TaintCalls *c, AilOutput *out);
/* How many times tainted bytes were given to sockets. */
uint64_t taint_calls_to_sockets(const TaintCalls *c);
/* All of them, in order of their first time. */
void taint_calls_each(const TaintCalls *c, void (*fn)(void *self, const TaintCall *call),
                      void *self);

/* --- sent.c: frames that network devices sent --- */
/* Tainted bytes side by side of a frame. */
typedef struct TaintSentRun {
    uint32_t offset, n; /* in the frame */
    uint32_t set;
    uint32_t depth; /* the largest */
    bool each;      /* each byte has all of the set; else they have one label each, in order */
} TaintSentRun;

typedef struct TaintFrame {
    uint64_t icount, len;
    uint64_t bytes;  /* that are tainted */
    uint64_t socket; /* inode of the socket that it is of; 0: not known */
    uint32_t pid;    /* of what ran, which need not be who had sent it */
    char *comm;      /* the same, or NULL; owned */
    char *device;    /* "eth0"; owned */
    AilNetFrame what;
    GArray *runs; /* of TaintSentRun; owned */
} TaintFrame;

TaintSent *taint_sent_new(Taint *t);
void taint_sent_free(TaintSent *s);
void taint_sent_event(TaintSent *s, const AilEvent *event);
void taint_sent_print(TaintSent *s, AilOutput *out);
/* In order of time. */
void taint_sent_each(const TaintSent *s, void (*fn)(void *self, const TaintFrame *frame),
                     void *self);
/* Whether the trace tells of any frames; tainted ones that are too many to be told. */
bool taint_sent_any(const TaintSent *s);
uint64_t taint_sent_unlisted(const TaintSent *s);

/* --- places.c: by instruction and process --- */
TaintPlaces *taint_places_new(Taint *t, const char *kind);
void taint_places_free(TaintPlaces *p);
void taint_places_add(TaintPlaces *p, const AilTaintMoment *at, AilCell cell, bool target);
void taint_places_print(TaintPlaces *p, AilOutput *out);

/* Each place, in order of address. */
typedef struct TaintPlace {
    uint64_t pc; /* these three are the key */
    uint32_t pid;
    bool target; /* of branches: the address itself is tainted */
    bool sum;    /* of a group of places: without pc */
    bool user;
    uint64_t count, first, last; /* first, last: icounts */
    uint32_t set;                /* union of what was seen */
    uint32_t depth;              /* the largest */
    char *comm, *name;           /* NULL: not known; owned */
    char *module;                /* the file that pc is mapped from, NULL: none; owned */
    uint64_t offset;             /* in it */
} TaintPlace;
void taint_places_each(const TaintPlaces *p, void (*fn)(void *self, const TaintPlace *place),
                       void *self);

/* --- places_sum.c --- */
/* "function"; false: it is none. */
bool taint_by_parse(const char *text, TaintBy *by);
/* Places (TaintPlace -> itself) that belong together become one, a sum, whose name is of the group.
 * To be freed with g_hash_table_destroy. */
GHashTable *taint_places_sum(GHashTable *places, AilSets *sets, TaintBy by);

/* --- graph.c --- */
/* Draw who gave tainted bytes to whom: Graphviz, or, if path ends with ".svg", what Graphviz's dot
 * makes of it. */
AilStatus taint_graph_check(const char *path, AilError *err);
AilStatus taint_graph_write(Taint *t, const char *path, AilError *err);

/* --- markers.c --- */
/* Write the instructions that read tainted bytes as a script for Ghidra, IDA or radare2 (by the
 * path's end: .ghidra.py, .ida.py, .r2), or as JSON (.json). */
AilStatus taint_markers_check(const char *path, AilError *err);
AilStatus taint_markers_write(Taint *t, const char *path, AilError *err);

/* --- report.c --- */
void taint_print_sources(Taint *t, AilOutput *out);
/* What is tainted now, in memory and registers. */
void taint_print_moment(Taint *t, AilOutput *out);
void taint_print_dead(Taint *t, AilOutput *out);
void taint_print_notes(Taint *t, AilOutput *out);

/* --- labels.c: sets of labels for the report --- */
/* The union of a and b for people, who are told its first few labels alone: what is scattered
 * grows no more, since all unions on the way there would be kept, and take the room of taint. */
uint32_t taint_sum(AilSets *sets, uint32_t a, uint32_t b);
/* A set in words, at most so many parts of it; free with g_free. */
char *taint_describe(const Taint *t, uint32_t set, unsigned most);

/* A set as people are told it, and as programs are. */
typedef struct TaintLabels {
    char *few, *all; /* owned */
} TaintLabels;
TaintLabels taint_labels(const Taint *t, uint32_t set, unsigned few);
void taint_labels_clear(TaintLabels *labels);

#endif
