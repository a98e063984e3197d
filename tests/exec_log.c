/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/exec_log.h"

#include "recorder/qemu.h"
#include "trace/reader.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { QMP_MS = 120000, CF_MEMI_ONLY = 0x1000, LONG_BLOCK = 64 };

static void await_stop(AilQmp *qmp)
{
    for (bool stopped = false; !stopped;) {
        for (JsonObject *e; (e = ail_qmp_take_event(qmp)); json_object_unref(e))
            stopped = stopped || !strcmp(ail_qmp_event_name(e), "STOP");
        if (!stopped)
            cr_assert_eq(ail_qmp_receive(qmp, QMP_MS), AIL_OK, "%s", ail_qmp_error(qmp));
    }
}

/* Let the replay run on to this instruction. It stops before, once, if the guest powers off and
 * QEMU's main loop sees that early. */
static void run_to(AilQmp *qmp, uint64_t to)
{
    uint64_t icount = 0;
    while (icount < to) {
        cr_assert_eq(ail_qmp_replay_seek(qmp, to, QMP_MS), AIL_OK, "%s", ail_qmp_error(qmp));
        await_stop(qmp);
        cr_assert_eq(ail_qmp_icount(qmp, QMP_MS, &icount), AIL_OK, "%s", ail_qmp_error(qmp));
    }
}

void ail_exec_log_make(const AilManifest *m, const char *dir, uint64_t from, uint64_t to)
{
    AilError err = {{0}};
    AilQemu *q = ail_qemu_new();
    const char *const extra[] = {"-D", "exec.log", NULL};
    AilMachineRun how = {.mode = AIL_MACHINE_REPLAY, .serial_fd = -1, .extra = extra};
    cr_assert_eq(ail_machine_prepare(&m->machine, how.mode, dir, &err), AIL_OK, "%s", err.text);
    cr_assert_eq(ail_qemu_find(q, m->machine.arch), AIL_OK, "%s", ail_qemu_error(q));
    cr_assert_eq(ail_qemu_start(q, &m->machine, &how, dir, NULL, 0), AIL_OK, "%s",
                 ail_qemu_error(q));
    AilQmp *qmp = ail_qemu_qmp(q);
    run_to(qmp, from);
    cr_assert_eq(ail_qmp_execute(qmp, "human-monitor-command",
                                 "{\"command-line\": \"log exec,nochain\"}", QMP_MS, NULL),
                 AIL_OK, "%s", ail_qmp_error(qmp));
    run_to(qmp, to);
    ail_qmp_execute(qmp, "quit", NULL, QMP_MS, NULL);
    ail_qemu_wait(q, QMP_MS);
    ail_qemu_free(q);
}

/* The log, a line ahead: a block that QEMU did not begin after all is followed by a line that
 * says so. */
typedef struct Log {
    FILE *file;
    char line[512], ahead[512];
    bool has_ahead;
} Log;

static bool next_line(Log *log)
{
    if (log->has_ahead) {
        memcpy(log->line, log->ahead, sizeof log->line);
        log->has_ahead = false;
        return true;
    }
    return fgets(log->line, sizeof log->line, log->file) != NULL;
}

/* Address of the next executed block. Not counted: a device access that QEMU runs by itself to
 * complete the block it left for it. */
static bool next_pc(Log *log, uint64_t *pc)
{
    while (next_line(log)) {
        const char *at = g_str_has_prefix(log->line, "Trace") ? strchr(log->line, '[') : NULL;
        unsigned flags, cflags;
        uint64_t base;
        if (!at || sscanf(at, "[%" SCNx64 "/%" SCNx64 "/%x/%x]", &base, pc, &flags, &cflags) != 4)
            continue;
        log->has_ahead = fgets(log->ahead, sizeof log->ahead, log->file) != NULL;
        if (log->has_ahead && g_str_has_prefix(log->ahead, "Stopped")) {
            log->has_ahead = false;
            continue;
        }
        if (!(cflags & CF_MEMI_ONLY))
            return true;
    }
    return false;
}

/* Comparing a trace with a log. */
typedef struct Compare {
    Log log;
    uint64_t ahead;    /* the log's next block, */
    bool has_ahead;    /* if it was read already */
    uint64_t behind;   /* address behind the trace's last block */
    uint64_t from, to; /* instructions that the log has */
    uint64_t icount, n;
    GHashTable *places; /* of what was executed: bytes and page offset -> address; owned */
    unsigned aliases;
} Compare;

/* Whether the log's next block is at `pc`; it is gone then. */
static bool take(Compare *x, uint64_t pc)
{
    if (!x->has_ahead)
        cr_assert(next_pc(&x->log, &x->ahead), "the log ends at instruction %" PRIu64, x->icount);
    x->has_ahead = x->ahead != pc;
    return !x->has_ahead;
}

/* Code without a branch may be one block in the trace and two in the log, or the other way round:
 * what fits into a block of QEMU's depends on what plugins add to it. */
static void compare_block(Compare *x, const AilBlock *b, uint32_t first, uint32_t executed,
                          const AilBlock *next)
{
    uint64_t pc = b->pc + b->start[first];
    if (!take(x, pc))
        cr_assert_eq(pc, x->behind, "instruction %" PRIu64 ": trace 0x%" PRIx64 ", log 0x%" PRIx64,
                     x->icount, pc, x->ahead);
    for (uint32_t i = first + 1; i < executed && b->n_insns >= LONG_BLOCK; i++)
        if (!next || next->pc != b->pc + b->start[i])
            take(x, b->pc + b->start[i]);
    x->behind = b->pc + b->start[executed];
    x->n++;
}

static void note_place(Compare *x, const AilBlock *b)
{
    GBytes *bytes = g_bytes_new(b->bytes, b->size);
    guint key = g_bytes_hash(bytes) ^ (guint)(b->pc & 0xfff) << 16;
    gpointer pc = GSIZE_TO_POINTER(b->pc),
             known = g_hash_table_lookup(x->places, GUINT_TO_POINTER(key));
    g_bytes_unref(bytes);
    if (!known)
        g_hash_table_insert(x->places, GUINT_TO_POINTER(key), pc);
    else if (known != pc)
        x->aliases++;
}

/* Compare the executions of a chunk with the log's; false when there are more than that has. */
static bool compare_chunk(Compare *x, const AilChunk *c)
{
    uint32_t cut = 0;
    x->icount = c->icount;
    for (uint32_t i = 0; i < c->n_flow; i++) {
        const AilBlock *b = ail_dict_get(c->dict, c->flow[i]);
        const AilBlock *next = i + 1 < c->n_flow ? ail_dict_get(c->dict, c->flow[i + 1]) : NULL;
        uint32_t executed = b->n_insns;
        if (cut < c->n_cuts && c->cuts[cut].at == i)
            executed = c->cuts[cut++].executed;
        if (x->icount + executed > x->to)
            return false; /* QEMU stopped inside this block */
        uint64_t first = x->icount < x->from ? x->from - x->icount : 0;
        if (first < executed || (!executed && !first)) {
            compare_block(x, b, (uint32_t)first, executed, next);
            note_place(x, b);
        }
        x->icount += executed;
    }
    return true;
}

uint64_t ail_exec_log_compare(const char *trace, const char *log, uint64_t from, uint64_t to,
                              unsigned *aliases)
{
    Compare x = {.log.file = fopen(log, "r"),
                 .from = from,
                 .to = to,
                 .places = g_hash_table_new(NULL, NULL)};
    AilTraceReader *r = ail_trace_reader_new();
    const AilChunk *c;
    cr_assert_not_null(x.log.file);
    cr_assert_eq(ail_trace_reader_open(r, trace, AIL_COL_FLOW, 0), AIL_OK);
    cr_assert_eq(ail_trace_reader_seek(r, from), AIL_OK);
    while (ail_trace_reader_next(r, &c) == AIL_OK && compare_chunk(&x, c))
        ;
    fclose(x.log.file);
    g_hash_table_unref(x.places);
    ail_trace_reader_free(r);
    if (aliases)
        *aliases = x.aliases;
    return x.n;
}
