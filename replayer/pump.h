/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the plugin's shared memory into a trace: takes the segments that the plugin fills, adds
 * what only the replayer has (console bytes, received input), and gives them to the trace writer.
 * One thread at a time.
 */
#ifndef AIL_REPLAYER_PUMP_H
#define AIL_REPLAYER_PUMP_H

#include "formats/error.h"
#include "formats/osi_profile.h"
#include "trace/writer.h"

typedef struct AilPump AilPump;

typedef struct AilPumpConfig {
    const char *log;      /* path of the replay log */
    uint64_t from, to;    /* capture only these instructions: the first, and the one behind the
                             last; 0: to the log's end */
    uint64_t log_at;      /* offset in the log of the first event that QEMU is going to replay;
                             0: all of them */
    uint32_t columns;     /* AIL_COL_* to capture */
    bool check_xlate;     /* ask QEMU for each access's physical address, and compare */
    uint64_t chunk_insns; /* instructions in a chunk; 0: the usual */
    uint32_t dict_blocks; /* blocks after which a new dictionary is begun; 0: the usual */
    bool introspect;      /* follow the guest's operating system */
    const AilOsiProfile *profile; /* what is known of its kernel; borrowed; NULL: nothing */
    unsigned n_segments;          /* segments in flight, 2 .. 16; 0: the usual */
    int console_fd; /* where QEMU puts the bytes that the guest writes to its serial port;
                       borrowed; -1: nowhere */
} AilPumpConfig;

AilPump *ail_pump_new(void);
void ail_pump_free(AilPump *p);
const char *ail_pump_error(const AilPump *p);

/* Read the log, set up the shared memory. */
AilStatus ail_pump_open(AilPump *p, const AilPumpConfig *config);

/* The shared memory's file descriptor, for QEMU's process to inherit. Owned by the pump. */
int ail_pump_fd(const AilPump *p);

/* x86: tell the plugin where the guest's interrupt table is when the trace begins, and its table
 * of segments, with their limits (size in bytes, less 1). Before ail_pump_begin. */
void ail_pump_set_idt(AilPump *p, uint64_t base, uint64_t limit);
void ail_pump_set_gdt(AilPump *p, uint64_t base, uint64_t limit);

/* The machine has stopped before instruction `from`, and QEMU has no translations of the guest's
 * code: what it executes from now on is to be captured. Until then the plugin does nothing. */
void ail_pump_begin(AilPump *p);

/* Instructions in the whole recording, from its log. */
uint64_t ail_pump_total(const AilPump *p);

/* The instruction behind the last that is to be captured. */
uint64_t ail_pump_end(const AilPump *p);

/* Instructions replayed so far (a little behind the truth). Callable from any thread. */
uint64_t ail_pump_icount(const AilPump *p);

/* Why the guest's operating system could not be followed, in a line; "": it could, or nobody asked.
 * Valid as long as the pump. */
const char *ail_pump_osi_note(const AilPump *p);

/* Bytes of serial output consumed so far. */
uint64_t ail_pump_console_bytes(const AilPump *p);

/*
 * Wait up to timeout_ms until the plugin knows the guest's registers, then complete `info` with
 * them (its regs point into the pump). AIL_END: not yet.
 */
AilStatus ail_pump_describe(AilPump *p, int timeout_ms, AilTraceInfo *info);

/*
 * Wait up to timeout_ms for a segment, and as long for the writer to have room for it, and pass it
 * on. AIL_OK: passed one on; AIL_END: none came, or there is no room (*finished: none will, the
 * plugin is done); AIL_ERR: the plugin or the writer failed, see ail_pump_error.
 */
AilStatus ail_pump_turn(AilPump *p, AilTraceWriter *w, int timeout_ms, bool *finished);

/* There is a segment that was not passed on yet. */
bool ail_pump_has_segment(const AilPump *p);

#endif
