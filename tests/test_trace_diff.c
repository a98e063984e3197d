/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparing traces: one that is the same but for a planted difference is told to differ there, in
 * that column, whatever the number of threads. */
#include "tests/raw_builder.h"
#include "tests/shell.h"
#include "trace/diff.h"
#include "trace/writer.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CHUNKS = 6, CHANGED = 3 }; /* the chunk in which the difference is */

typedef struct Pair {
    char *dir, *path[2]; /* owned */
    RawChunk *chunks[CHUNKS];
} Pair;

static const AilReg registers[] = {{"rip", 0, 8}, {"xmm0", 8, 16}};

static void write_trace(const Pair *p, const char *path, int chunks, uint32_t columns)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    AilTraceInfo info = {.columns = columns,
                         .arch = AIL_ARCH_X86,
                         .tool = "test",
                         .recording = "none",
                         .machine = "made up",
                         .n_regs = 2,
                         .regs = registers};
    AilTraceWriter *w = ail_trace_writer_new();
    cr_assert_eq(ail_trace_writer_open(w, fd, &info, 1), AIL_OK);
    for (int i = 0; i < chunks; i++)
        cr_assert_eq(ail_trace_writer_add(w, &p->chunks[i]->raw, NULL, NULL), AIL_OK);
    cr_assert_eq(ail_trace_writer_finish(w), AIL_OK, "%s", ail_trace_writer_error(w));
    ail_trace_writer_free(w);
    close(fd);
}

static Pair begin_pair(uint32_t seed)
{
    Pair p = {.dir = ail_folder_new()};
    RawBuilder *b = raw_builder_new(seed);
    for (int i = 0; i < CHUNKS; i++)
        p.chunks[i] = raw_builder_chunk(b, 700);
    raw_builder_free(b);
    for (int i = 0; i < 2; i++)
        p.path[i] = g_strdup_printf("%s/%c.trace", p.dir, 'a' + i);
    write_trace(&p, p.path[0], CHUNKS, AIL_COL_ALL);
    return p;
}

static void end_pair(Pair *p)
{
    for (int i = 0; i < CHUNKS; i++)
        raw_chunk_free(p->chunks[i]);
    g_free(p->path[0]);
    g_free(p->path[1]);
    ail_folder_remove(p->dir);
}

static AilTraceDiff compare(const Pair *p, uint64_t from, uint64_t to, unsigned threads)
{
    AilDiffAsk ask = {.path = {p->path[0], p->path[1]},
                      .columns = AIL_COL_ALL,
                      .from = from,
                      .to = to,
                      .threads = threads};
    AilTraceDiff diff;
    AilError err = {""};
    cr_assert_eq(ail_trace_diff(&ask, &diff, &err), AIL_OK, "%s", err.text);
    return diff;
}

static void expect_same(const Pair *p, uint64_t from, uint64_t to)
{
    for (unsigned threads = 1; threads <= 3; threads++) {
        AilTraceDiff diff = compare(p, from, to, threads);
        cr_assert_eq(diff.first, -1, "column %d with %u threads", diff.first, threads);
        cr_assert_eq(diff.columns, AIL_COL_ALL);
        ail_trace_diff_clear(&diff);
    }
}

/* The column differs first, at this instruction, and it alone; not before and not behind. */
static void expect_difference(const Pair *p, uint32_t column, uint64_t icount)
{
    int n = __builtin_ctz(column);
    for (unsigned threads = 1; threads <= 3; threads++) {
        AilTraceDiff diff = compare(p, 0, UINT64_MAX, threads);
        cr_assert_eq(diff.first, n, "column %d rather than %d", diff.first, n);
        for (int i = 0; i < AIL_N_COLUMNS; i++)
            cr_assert_eq(diff.column[i].differs, i == n, "column %d", i);
        for (int i = 0; i < 2; i++)
            cr_assert_eq(diff.column[n].place[i].icount, icount, "%lu rather than %lu",
                         (unsigned long)diff.column[n].place[i].icount, (unsigned long)icount);
        ail_trace_diff_clear(&diff);
        diff = compare(p, icount, icount + 1, threads);
        cr_assert_eq(diff.first, n, "column %d of one instruction", diff.first);
        ail_trace_diff_clear(&diff);
    }
    expect_same(p, 0, icount);
    expect_same(p, icount + 1, UINT64_MAX);
}

/* The instruction that makes access number n of the chunk. */
static uint64_t icount_of_access(const AilRawChunk *raw, uint32_t n, const GArray *n_insns)
{
    uint64_t icount = raw->icount;
    uint32_t cut = 0;
    for (uint32_t i = 0; i < raw->n_flow; i++) {
        uint32_t end = i + 1 < raw->n_flow ? (uint32_t)(raw->flow[i + 1] >> 32) : raw->n_access;
        if (n < end)
            return icount + AIL_RAW_INSN(raw->what[n]);
        uint32_t executed = g_array_index(n_insns, uint16_t, (uint32_t)raw->flow[i]);
        if (cut < raw->n_cuts && raw->cuts[cut].at == i)
            executed = raw->cuts[cut++].executed;
        icount += executed;
    }
    cr_assert_fail("no such access");
    return 0;
}

/* Instructions of each block that chunk number `to` knows. */
static GArray *lengths_of(const Pair *p, int to)
{
    GArray *n_insns = g_array_new(FALSE, FALSE, sizeof(uint16_t));
    for (int i = 0; i <= to; i++) {
        const AilRawChunk *raw = &p->chunks[i]->raw;
        AilRawBlock def;
        uint32_t at = 0;
        if (raw->fresh)
            g_array_set_size(n_insns, 0);
        while (ail_raw_next_block(raw->defs, raw->defs_len, &at, &def))
            g_array_append_val(n_insns, def.n_insns);
    }
    return n_insns;
}

static uint64_t access_icount(const Pair *p, uint32_t n)
{
    GArray *n_insns = lengths_of(p, CHANGED);
    uint64_t icount = icount_of_access(&p->chunks[CHANGED]->raw, n, n_insns);
    g_array_unref(n_insns);
    return icount;
}

Test(trace_diff, finds_no_difference)
{
    for (uint32_t seed = 1; seed <= 4; seed++) {
        Pair p = begin_pair(seed);
        write_trace(&p, p.path[1], CHUNKS, AIL_COL_ALL);
        uint64_t end = p.chunks[CHUNKS - 1]->raw.icount + p.chunks[CHUNKS - 1]->raw.insns;
        expect_same(&p, 0, UINT64_MAX);
        expect_same(&p, end / 3, end / 2);
        AilTraceDiff diff = compare(&p, 0, UINT64_MAX, 3);
        cr_assert_eq(diff.column[__builtin_ctz(AIL_COL_FLOW)].compared, end);
        cr_assert_eq(diff.column[__builtin_ctz(AIL_COL_SYNC)].compared, CHUNKS);
        ail_trace_diff_clear(&diff);
        end_pair(&p);
    }
}

/* An access that several others follow, and whose address may change without reaching elsewhere. */
static uint32_t pick_access(const Pair *p)
{
    const AilRawChunk *raw = &p->chunks[CHANGED]->raw;
    for (uint32_t i = raw->n_access / 2; i + 10 < raw->n_access; i++) {
        if ((raw->addr[i] & 0xfff) > 64 && (raw->addr[i] & 0xfff) < 3900)
            return i;
    }
    cr_assert_fail("no access to change");
    return 0;
}

Test(trace_diff, finds_a_planted_value)
{
    Pair p = begin_pair(5);
    uint32_t n = pick_access(&p);
    g_array_index(p.chunks[CHANGED]->value, uint64_t, n) ^= 1;
    write_trace(&p, p.path[1], CHUNKS, AIL_COL_ALL);
    expect_difference(&p, AIL_COL_DATA, access_icount(&p, n));
    end_pair(&p);
}

Test(trace_diff, finds_a_planted_upper_half)
{
    Pair p = begin_pair(6);
    const AilRawChunk *raw = &p.chunks[CHANGED]->raw;
    uint32_t n = 0, wide = 0;
    for (; wide < raw->n_wide / 2; n++)
        wide += (raw->what[n] & AIL_ACCESS_SIZE_SHIFT) == 4;
    g_array_index(p.chunks[CHANGED]->wide, uint64_t, wide - 1) ^= 1;
    write_trace(&p, p.path[1], CHUNKS, AIL_COL_ALL);
    expect_difference(&p, AIL_COL_DATA, access_icount(&p, n - 1));
    end_pair(&p);
}

Test(trace_diff, finds_a_planted_address)
{
    Pair p = begin_pair(7);
    uint32_t n = pick_access(&p);
    g_array_index(p.chunks[CHANGED]->addr, uint64_t, AIL_RAW_BEFORE + n) ^= 1;
    write_trace(&p, p.path[1], CHUNKS, AIL_COL_ALL);
    expect_difference(&p, AIL_COL_ADDR, access_icount(&p, n));
    end_pair(&p);
}

Test(trace_diff, finds_a_planted_direction)
{
    Pair p = begin_pair(8);
    uint32_t n = pick_access(&p);
    g_array_index(p.chunks[CHANGED]->what, uint16_t, n) ^= AIL_ACCESS_STORE;
    write_trace(&p, p.path[1], CHUNKS, AIL_COL_ALL);
    expect_difference(&p, AIL_COL_ADDR, access_icount(&p, n));
    end_pair(&p);
}

/* Pages that reach into the next are told twice: the second one here, if there is one. */
static void plant_phys(uint32_t seed, uint32_t second)
{
    Pair p = begin_pair(seed);
    GArray *all = p.chunks[CHANGED]->xlate;
    AilRawXlate *x = NULL;
    for (guint i = all->len / 2; i < all->len && !x; i++) {
        AilRawXlate *y = &g_array_index(all, AilRawXlate, i);
        x = y->second == second && y->phys != AIL_PHYS_NONE ? y : NULL;
    }
    cr_assert(x);
    x->phys ^= 0x1000;
    write_trace(&p, p.path[1], CHUNKS, AIL_COL_ALL);
    expect_difference(&p, AIL_COL_XLATE, access_icount(&p, x->at));
    end_pair(&p);
}

Test(trace_diff, finds_planted_pages)
{
    plant_phys(9, 0);
    plant_phys(10, 1);
}

/* One with data in the changed chunk of a new pair. */
static AilRawEvent *pick_event(Pair *p)
{
    for (uint32_t seed = 100; seed < 200; seed++) {
        *p = begin_pair(seed);
        GArray *all = p->chunks[CHANGED]->events;
        for (guint i = 0; i < all->len; i++) {
            AilRawEvent *e = &g_array_index(all, AilRawEvent, i);
            if (e->data_len && e->type != AIL_EVENT_PORT)
                return e;
        }
        end_pair(p);
    }
    cr_assert_fail("no event to change");
    return NULL;
}

Test(trace_diff, finds_a_planted_event)
{
    for (int field = 0; field < 3; field++) {
        Pair p;
        AilRawEvent *e = pick_event(&p);
        if (field == 0)
            e->value ^= 1;
        else if (field == 1)
            e->pc ^= 1;
        else
            p.chunks[CHANGED]->event_data.data[e->data_at + e->data_len - 1] ^= 1;
        write_trace(&p, p.path[1], CHUNKS, AIL_COL_ALL);
        expect_difference(&p, AIL_COL_EVENT, e->icount);
        end_pair(&p);
    }
}

Test(trace_diff, finds_an_event_that_is_missing)
{
    Pair p;
    const AilRawEvent *e = pick_event(&p);
    RawChunk *c = p.chunks[CHANGED];
    uint64_t icount = e->icount;
    g_array_remove_index(c->events, (guint)(e - c->raw.events));
    c->raw.n_events--;
    write_trace(&p, p.path[1], CHUNKS, AIL_COL_ALL);
    AilTraceDiff diff = compare(&p, 0, UINT64_MAX, 2);
    int event = __builtin_ctz(AIL_COL_EVENT);
    cr_assert_eq(diff.first, event);
    cr_assert_eq(diff.column[event].place[0].kind, AIL_PLACE_EVENT);
    cr_assert_eq(diff.column[event].place[0].icount, icount);
    ail_trace_diff_clear(&diff);
    expect_same(&p, 0, icount);
    end_pair(&p);
}

Test(trace_diff, finds_planted_registers)
{
    Pair p = begin_pair(13);
    p.chunks[CHANGED]->sync.data[23] ^= 1;
    write_trace(&p, p.path[1], CHUNKS, AIL_COL_ALL);
    expect_difference(&p, AIL_COL_SYNC, p.chunks[CHANGED]->raw.icount);
    AilTraceDiff diff = compare(&p, 0, UINT64_MAX, 1);
    cr_assert_str_eq(diff.column[__builtin_ctz(AIL_COL_SYNC)].place[0].reg, "xmm0");
    ail_trace_diff_clear(&diff);
    end_pair(&p);
}

/* The first execution of a block of the changed chunk, whose definition is changed: 0 when it has
 * none that ran whole. */
static uint64_t first_execution(const Pair *p, uint32_t id)
{
    const AilRawChunk *raw = &p->chunks[CHANGED]->raw;
    GArray *n_insns = lengths_of(p, CHANGED);
    uint64_t icount = raw->icount, found = 0;
    uint32_t cut = 0;
    for (uint32_t i = 0; i < raw->n_flow && !found; i++) {
        uint32_t executed = g_array_index(n_insns, uint16_t, (uint32_t)raw->flow[i]);
        if (cut < raw->n_cuts && raw->cuts[cut].at == i)
            executed = raw->cuts[cut++].executed;
        if ((uint32_t)raw->flow[i] == id && executed)
            found = icount;
        icount += executed;
    }
    g_array_unref(n_insns);
    return found;
}

/* Change a block of the chunk: its address, or the last byte of its first instruction. False: none
 * of its blocks ran. */
static bool plant_block(uint32_t seed, uint32_t column)
{
    Pair p = begin_pair(seed);
    AilBuf *defs = &p.chunks[CHANGED]->defs;
    uint64_t icount = 0;
    uint32_t at = 0, last = 0;
    AilRawBlock def;
    const uint8_t *lengths;
    while (!icount &&
           (lengths = ail_raw_next_block(defs->data, (uint32_t)defs->len, &at, &def)) != NULL) {
        icount = first_execution(&p, def.id);
        if (icount && column == AIL_COL_FLOW)
            defs->data[last + offsetof(AilRawBlock, pc)] ^= 1;
        else if (icount)
            defs->data[last + sizeof def + def.n_insns + lengths[0] - 1u] ^= 1;
        last = at;
    }
    write_trace(&p, p.path[1], CHUNKS, AIL_COL_ALL);
    for (unsigned threads = 1; threads <= 3 && icount; threads++) {
        AilTraceDiff diff = compare(&p, 0, UINT64_MAX, threads);
        int n = __builtin_ctz(column);
        cr_assert_eq(diff.first, n, "column %d", diff.first);
        cr_assert_eq(diff.column[n].place[0].icount, icount);
        cr_assert_eq(diff.column[n].place[0].pc, def.pc);
        ail_trace_diff_clear(&diff);
    }
    expect_same(&p, 0, icount);
    end_pair(&p);
    return icount;
}

Test(trace_diff, finds_planted_blocks)
{
    int planted = 0;
    for (uint32_t seed = 14; planted < 6; seed++) {
        planted += plant_block(seed, AIL_COL_FLOW);
        planted += plant_block(seed, AIL_COL_CODE);
        cr_assert_lt(seed, 40);
    }
}

Test(trace_diff, tells_an_earlier_end)
{
    Pair p = begin_pair(18);
    write_trace(&p, p.path[1], CHUNKS - 1, AIL_COL_ALL);
    uint64_t end = p.chunks[CHUNKS - 1]->raw.icount;
    int flow = __builtin_ctz(AIL_COL_FLOW);
    for (unsigned threads = 1; threads <= 3; threads++) {
        AilTraceDiff diff = compare(&p, 0, UINT64_MAX, threads);
        cr_assert(diff.column[flow].differs || diff.column[__builtin_ctz(AIL_COL_EVENT)].differs);
        cr_assert(!diff.column[__builtin_ctz(AIL_COL_DATA)].differs);
        cr_assert(diff.column[diff.first].place[1].ended);
        cr_assert_eq(diff.column[diff.first].place[0].icount, end);
        ail_trace_diff_clear(&diff);
    }
    expect_same(&p, 0, end);
    end_pair(&p);
}

/* Each column by itself, as far as the trace has what it needs. */
Test(trace_diff, compares_the_columns_that_both_have)
{
    Pair p;
    AilRawEvent *e = pick_event(&p);
    e->pc ^= 1;
    write_trace(&p, p.path[1], CHUNKS, AIL_COL_EVENT);
    AilTraceDiff diff = compare(&p, 0, UINT64_MAX, 2);
    int event = __builtin_ctz(AIL_COL_EVENT);
    cr_assert_eq(diff.columns, AIL_COL_EVENT);
    cr_assert_eq(diff.first, event, "%d", diff.first);
    cr_assert_eq(diff.column[event].place[1].icount, e->icount);
    ail_trace_diff_clear(&diff);
    end_pair(&p);
}

Test(trace_diff, has_statuses_as_diff_has)
{
    Pair p = begin_pair(20);
    write_trace(&p, p.path[1], CHUNKS, AIL_COL_ALL);
    ail_run(p.dir, "$A trace diff a.trace b.trace >out && grep -q 'hold the same execution' out");
    ail_run(p.dir, "$A trace diff - b.trace <a.trace >out && $A trace diff a.trace - <b.trace");
    uint32_t n = pick_access(&p);
    g_array_index(p.chunks[CHANGED]->value, uint64_t, n) ^= 1;
    write_trace(&p, p.path[1], CHUNKS, AIL_COL_ALL);
    AilOutcome o = ail_shell(p.dir, "$A trace diff a.trace b.trace");
    cr_assert_eq(o.status, 1);
    cr_assert_str_empty(o.err);
    char *at = g_strdup_printf("\n  < %lu ", (unsigned long)access_icount(&p, n));
    cr_assert(strstr(o.out, "differ, first in data\n") && strstr(o.out, at), "%s", o.out);
    g_free(at);
    ail_outcome_clear(&o);
    ail_run(p.dir, "$A trace diff a.trace b.trace --columns=addr,event");
    ail_run(p.dir, "$A trace diff a.trace b.trace --json >out; test $? = 1 && "
                   "grep -q '\"same\":false,.*\"first\":\"data\"' out");
    static const char *const trouble[] = {"$A trace diff a.trace none.trace",
                                          "head -c 5000 a.trace >cut; $A trace diff a.trace cut",
                                          "$A trace diff a.trace", "$A trace diff - -"};
    for (size_t i = 0; i < G_N_ELEMENTS(trouble); i++) {
        o = ail_shell(p.dir, trouble[i]);
        cr_expect_eq(o.status, i == 1 ? 1 : 2, "%s: %s", trouble[i], o.err);
        cr_expect_neq(o.err[0], 0);
        ail_outcome_clear(&o);
    }
    end_pair(&p);
}

/* What comes between two chunks is told with the instruction behind it. */
Test(trace_diff, dump_has_what_comes_between_chunks)
{
    Pair p = begin_pair(21);
    RawChunk *c = p.chunks[CHANGED - 1];
    uint64_t end = c->raw.icount + c->raw.insns;
    AilRawEvent e = {.icount = end, .flow_index = c->raw.n_flow, .type = AIL_EVENT_SHUTDOWN};
    g_array_append_val(c->events, e);
    c->raw.events = (void *)c->events->data;
    c->raw.n_events++;
    write_trace(&p, p.path[1], CHUNKS, AIL_COL_ALL);
    ail_run(p.dir,
            "$A trace dump --events b.trace --from %lu --to %lu | grep -q 'shutdown cause 0'",
            (unsigned long)end, (unsigned long)end + 1);
    AilTraceDiff diff = compare(&p, end, end + 1, 1);
    cr_assert_eq(diff.first, __builtin_ctz(AIL_COL_EVENT));
    ail_trace_diff_clear(&diff);
    end_pair(&p);
}
