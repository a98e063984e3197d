/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory that the replay plugin (in QEMU) and the replayer (in our process) share: one memory
 * file, laid out as below. The plugin only appends to the arrays of a segment and hands it over
 * when it is full; the replayer encodes it and hands it back. Both sides run on one machine and
 * are built together, so the layout is the compiler's.
 *
 *   AilWire | marks[n_marks] | segment 0 | segment 1 | ...
 */
#ifndef AIL_REPLAYER_WIRE_H
#define AIL_REPLAYER_WIRE_H

#include "formats/osi_profile.h"
#include "trace/raw.h"
#include <stdatomic.h>

#define AIL_WIRE_MAGIC 0x36574c4941u /* "AILW6" */

#define AIL_WIRE_LATER UINT64_MAX

enum {
    AIL_WIRE_MAX_REGS = 512,
    AIL_WIRE_REG_NAME = 40,
    AIL_WIRE_SEGMENTS_MAX = 16,
    AIL_WIRE_ACCESS_SLACK = 1 << 17, /* accesses that one block may make at the most */
};

/* What the replay log says happens when: from formats/rrlog by the replayer, for the plugin. */
typedef enum {
    AIL_MARK_INTERRUPT = 1,
    AIL_MARK_EXCEPTION = 2,
    AIL_MARK_CONSOLE = 3,  /* len bytes written by the guest */
    AIL_MARK_INPUT = 4,    /* len bytes received by the guest's serial port */
    AIL_MARK_PACKET = 5,   /* a packet of len bytes received */
    AIL_MARK_SHUTDOWN = 6, /* len = cause */
    AIL_MARK_END = 7,      /* nothing is known to happen after */
} AilMarkKind;

typedef struct AilMark {
    uint64_t icount;
    uint32_t kind;
    uint32_t len;
} AilMark;

typedef enum {
    AIL_SEGMENT_FREE = 0,  /* the plugin's */
    AIL_SEGMENT_FULL = 1,  /* handed over */
    AIL_SEGMENT_TAKEN = 2, /* being encoded */
} AilSegmentState;

/* How much of each array of a segment is used. */
typedef struct AilSegment {
    _Atomic uint32_t state; /* AilSegmentState; a futex */
    uint32_t fresh;         /* AilRawChunk.fresh */
    uint64_t icount, insns, asid;
    uint32_t n_flow, n_cuts, n_access, n_wide, n_io, n_xlate, n_events, defs_len, sync_len,
        edata_len;
} AilSegment;

typedef struct AilWireReg {
    char name[AIL_WIRE_REG_NAME];
    uint32_t size;
} AilWireReg;

typedef enum {
    AIL_PLUGIN_ABSENT = 0,
    AIL_PLUGIN_READY = 1,
    AIL_PLUGIN_DONE = 2,
    AIL_PLUGIN_FAILED = 3,
} AilPluginState;

typedef struct AilWire {
    /* Set by the replayer before QEMU starts. */
    uint64_t magic;
    uint64_t size; /* of the whole, in bytes */
    uint32_t columns;
    uint32_t n_segments;
    uint64_t chunk_insns; /* a segment is handed over at the first block after so many */
    uint32_t dict_blocks; /* a segment begins a new dictionary when the one before has so many */
    uint64_t segment_at;  /* offset of segment 0 */
    uint64_t segment_size;
    /* Offsets of the arrays in a segment, and how many elements they hold. */
    uint64_t flow_at, cuts_at, events_at, defs_at, sync_at;
    uint64_t edata_at; /* data of events that the plugin writes itself; of others, see pump.c */
    uint64_t addr_at;  /* of addr[0]; AIL_RAW_BEFORE zeros are before it */
    uint64_t value_at, wide_at, what_at;
    uint64_t io_at;    /* uint32_t indexes of accesses that may be a device's: see pump.c */
    uint64_t xlate_at; /* AilRawXlate; room for both pages of each access */
    uint32_t flow_cap, cuts_cap, events_cap, defs_cap, sync_cap, edata_cap;
    uint32_t access_cap; /* of addr, value, wide, what and io */
    uint64_t marks_at;
    uint64_t n_marks; /* the last is AIL_MARK_END */
    bool check_xlate; /* ask QEMU for each access, and compare */
    bool introspect;  /* follow the guest's operating system */
    bool has_profile;
    AilOsiProfile profile; /* what is known of its kernel beforehand */
    /* Set by the replayer while the guest stands where the trace begins: x86, its interrupt table
     * and table of segments at that moment, and then the icount; AIL_WIRE_LATER: not there yet. */
    uint64_t idt_base, idt_limit, gdt_base, gdt_limit;
    _Atomic uint64_t begin;
    /* Set by the plugin. */
    _Atomic uint32_t plugin_state;
    uint32_t n_regs; /* valid once it is ready */
    AilWireReg regs[AIL_WIRE_MAX_REGS];
    char failure[256];       /* one line, when it failed */
    char osi_note[512];      /* one line: why the guest's system could not be followed; or empty */
    _Atomic uint64_t icount; /* executed so far, now and then */
    uint64_t xlate_checked;  /* with check_xlate: pages of accesses that were compared, */
    uint64_t xlate_unknown;  /* and of these, such that QEMU did not know */
} AilWire;

static inline AilSegment *ail_wire_segment(AilWire *w, uint32_t i)
{
    return (AilSegment *)(void *)((char *)w + w->segment_at + i * w->segment_size);
}

#endif
