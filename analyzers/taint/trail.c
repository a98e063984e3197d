/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taint/trail.h"

#include <inttypes.h>
#include <string.h>

#include "analyzers/analysis.h"
#include "analyzers/taint/back.h"
#include "analyzers/taint/past.h"
#include "analyzers/taint/taint_private.h"
#include "analyzers/taint/trail_print.h"
#include "trace/reader.h"

/* Columns that going back needs. */
enum { NEEDS = AIL_COL_CODE | AIL_COL_FLOW | AIL_COL_ADDR | AIL_COL_XLATE | AIL_COL_EVENT };

typedef struct Trail {
    const AilTrailQuestion *question;
    TaintRange range; /* what is asked for: memory, */
    char *reg;        /* or not NULL: a register; owned */
    AilTraceReader *r;
    const char *path;
    AilSymbolizer *symbolizer; /* borrowed, or NULL */
    AilGuest *guest;           /* owned, or the symbolizer's */
    bool own_guest;
    AilPast *past;
    AilTaintSpaces *spaces;
    AilBack *back;
    TrailPrint *print;
    size_t reads; /* reads before this one are to come */
    void (*progress)(void *user, uint64_t done, uint64_t total);
    void *user;
} Trail;

/* "rdi@123": a register, else a range. */
static bool parse(const char *what, TaintRange *range, char **reg)
{
    const char *at = strchr(what, '@');
    *reg = NULL;
    if (taint_range_parse(what, range))
        return true;
    if (!at || at == what)
        return false;
    char *end;
    *range = (TaintRange){.icount = g_ascii_strtoull(at + 1, &end, 0), .text = what};
    if (end == at + 1 || *end)
        return false;
    *reg = g_strndup(what, (gsize)(at - what));
    return true;
}

AilStatus ail_trail_check(const AilTrailQuestion *question, AilError *err)
{
    TaintRange range;
    char *reg;
    bool ok = parse(question->what, &range, &reg);
    g_free(reg);
    if (ok)
        return AIL_OK;
    return ail_error_set(err,
                         "--back=%s: neither REGISTER@ICOUNT nor ADDR+LEN@ICOUNT (with :pid=N or "
                         ":asid=A behind it, or phys: before it)",
                         question->what);
}

/* --- forwards: who, and what was read --- */

static AilStatus reader_failed(const AilTraceReader *r, AilError *err)
{
    return ail_error_set(err, "%s", ail_trace_reader_error(r));
}

static void take_events(Trail *t, const AilChunk *chunk)
{
    uint64_t asid = chunk->asid;
    for (uint32_t i = 0; i < chunk->n_events; i++) {
        const AilEvent *e = &chunk->events[i];
        if (e->icount > t->range.icount)
            return;
        if (e->type == AIL_EVENT_ASID)
            asid = e->value;
        if (t->symbolizer)
            ail_symbolizer_take(t->symbolizer, e);
        if (t->own_guest)
            ail_guest_take(t->guest, e);
        ail_past_take(t->past, t->guest, e, asid);
    }
}

static AilStatus read_past(Trail *t, AilError *err)
{
    AilTraceReader *r = ail_trace_reader_new();
    const AilChunk *chunk;
    AilStatus status = ail_trace_reader_open(r, t->path, AIL_COL_EVENT, 0);
    while (status == AIL_OK && (status = ail_trace_reader_next(r, &chunk)) == AIL_OK) {
        if (chunk->icount > t->range.icount)
            break;
        take_events(t, chunk);
    }
    if (status == AIL_ERR)
        reader_failed(r, err);
    ail_trace_reader_free(r);
    return status == AIL_ERR ? AIL_ERR : AIL_OK;
}

/* --- where pages are --- */

static void learn(Trail *t, const AilChunk *chunk)
{
    uint64_t asid = chunk->asid;
    uint32_t from = 0;
    for (uint32_t i = 0; i < chunk->n_events; i++) {
        const AilEvent *e = &chunk->events[i];
        if (e->type != AIL_EVENT_ASID)
            continue;
        uint32_t to = e->flow_index ? chunk->access_end[e->flow_index - 1] : 0;
        ail_taint_spaces_learn(t->spaces, chunk, from, to, asid);
        from = to;
        asid = e->value;
    }
    ail_taint_spaces_learn(t->spaces, chunk, from, chunk->n_access, asid);
}

/* Where a byte is as of an execution of the chunk. */
static bool find_phys(const Trail *t, const AilChunk *chunk, uint32_t flow_index, uint64_t asid,
                      uint64_t addr, uint64_t *phys)
{
    return ail_taint_spaces_near(chunk, flow_index, asid, addr, phys) ||
           ail_taint_spaces_find(t->spaces, asid, addr, phys) ||
           ail_taint_spaces_find(t->spaces, asid ^ 0x1000, addr, phys);
}

/* --- what is asked for --- */

static AilStatus want_reg(Trail *t, AilError *err)
{
    AilArch arch = ail_trace_reader_info(t->r)->arch;
    AilVar v = ail_lift_find(arch, t->reg);
    if (!v.kind)
        return ail_error_set(err, "--back=%s: there is no register \"%s\"", t->question->what,
                             t->reg);
    ail_back_want_reg(t->back, v.at, v.size);
    return AIL_OK;
}

static uint64_t asid_at(const AilChunk *chunk, uint64_t icount)
{
    uint64_t asid = chunk->asid;
    for (uint32_t i = 0; i < chunk->n_events && chunk->events[i].icount <= icount; i++)
        if (chunk->events[i].type == AIL_EVENT_ASID)
            asid = chunk->events[i].value;
    return asid;
}

static uint64_t space_of(const Trail *t, const AilChunk *chunk)
{
    const AilTask *task = t->range.pid ? ail_guest_find_pid(t->guest, t->range.pid) : NULL;
    if (t->range.has_asid)
        return t->range.asid;
    return task && task->asid ? task->asid : asid_at(chunk, t->range.icount);
}

/* The execution that has the instruction. */
static uint32_t flow_at(const AilChunk *chunk, uint64_t icount)
{
    uint64_t at = chunk->icount;
    uint32_t cut = 0, i = 0;
    for (; i < chunk->n_flow; i++) {
        unsigned n = ail_dict_get(chunk->dict, chunk->flow[i])->n_insns;
        if (cut < chunk->n_cuts && chunk->cuts[cut].at == i)
            n = chunk->cuts[cut++].executed;
        if (at + n > icount)
            break;
        at += n;
    }
    return i;
}

static AilStatus want_memory(Trail *t, const AilChunk *chunk, AilError *err)
{
    uint64_t asid = space_of(t, chunk), phys = 0;
    uint32_t now = flow_at(chunk, t->range.icount);
    for (uint64_t i = 0; i < t->range.len; i++, phys++) {
        uint64_t addr = t->range.addr + i;
        if (t->range.physical)
            phys = addr;
        else if ((!i || !(addr & 4095)) && !find_phys(t, chunk, now, asid, addr, &phys))
            return ail_error_set(err,
                                 "--back=%s: nothing accessed %#" PRIx64
                                 " in address space %#" PRIx64
                                 " near that moment, so where it is in memory is not known; try "
                                 "the icount of an access to it",
                                 t->question->what, t->range.addr + i, asid);
        ail_back_want_memory(t->back, phys, 1);
    }
    return AIL_OK;
}

/* --- backwards --- */

/* Tell of the bytes that are wanted of what this call had read. */
static void check_read(Trail *t, const AilChunk *chunk, const AilPastRead *read)
{
    uint64_t offset = 0, phys = 0;
    for (uint32_t k = 0; k < read->n; k++) {
        const AilTransferPiece *piece = ail_past_piece(t->past, read, k);
        bool known = false;
        for (uint64_t i = 0; i < piece->len; i++, offset++, phys++) {
            uint64_t addr = piece->addr + i;
            uint32_t n = 0;
            if (!i || !(addr & 4095))
                known = find_phys(t, chunk, read->flow_index, read->asid, addr, &phys);
            if (!known)
                continue;
            const AilLabelRange *users = ail_back_wanted(t->back, phys, &n);
            if (n)
                trail_print_read(t->print, read, offset, users, n);
        }
    }
    trail_print_read_end(t->print, read);
}

static AilStatus go_back_chunk(Trail *t, const AilChunk *chunk, bool first, AilError *err)
{
    uint64_t icount = first ? t->range.icount : UINT64_MAX;
    learn(t, chunk);
    if (first && (t->reg ? want_reg(t, err) : want_memory(t, chunk, err)) != AIL_OK)
        return AIL_ERR;
    if (first)
        trail_print_question(t->print, t->question->what);
    ail_back_begin(t->back, chunk);
    for (; t->reads && !ail_back_done(t->back); t->reads--) {
        const AilPastRead *read = ail_past_read(t->past, t->reads - 1);
        if (read->icount < chunk->icount)
            break;
        ail_back_to(t->back, icount, read->icount);
        check_read(t, chunk, read);
    }
    ail_back_to(t->back, icount, chunk->icount);
    return AIL_OK;
}

/* The moment may be the chunk's end. */
static bool has_moment(const Trail *t, const AilChunk *chunk)
{
    return chunk->icount <= t->range.icount && t->range.icount - chunk->icount <= chunk->insns;
}

static AilStatus go_back(Trail *t, AilError *err)
{
    const AilChunk *chunk;
    uint64_t next = t->range.icount;
    t->reads = ail_past_n_reads(t->past);
    for (bool first = true; first || !ail_back_done(t->back); first = false) {
        if (ail_trace_reader_seek(t->r, next ? next - 1 : 0) != AIL_OK)
            return reader_failed(t->r, err);
        AilStatus status = ail_trace_reader_next(t->r, &chunk);
        if (status == AIL_ERR)
            return reader_failed(t->r, err);
        if (status == AIL_END || (first && !has_moment(t, chunk)))
            return ail_error_set(err, "--back=%s: the trace does not have that instruction",
                                 t->question->what);
        if (go_back_chunk(t, chunk, first, err) != AIL_OK)
            return AIL_ERR;
        if (t->progress)
            t->progress(t->user, t->range.icount - chunk->icount, t->range.icount);
        if (!chunk->number)
            break;
        next = chunk->icount;
    }
    return AIL_OK;
}

static void on_step(void *self, const AilBackStep *step)
{
    Trail *t = self;
    trail_print_step(t->print, step, ail_past_task(t->past, step->at.icount));
}

static void on_device(void *self, uint64_t icount, uint64_t phys, const AilLabelRange *users,
                      uint32_t n_users)
{
    Trail *t = self;
    trail_print_device(t->print, icount, phys, users, n_users);
}

static AilStatus run(Trail *t, AilOutput *out, AilError *err)
{
    AilBackListener listener = {t, on_step, on_device};
    if (ail_trace_reader_open(t->r, t->path, NEEDS, AIL_COL_DATA) != AIL_OK)
        return reader_failed(t->r, err);
    AilArch arch = ail_trace_reader_info(t->r)->arch;
    unsigned flags = t->question->pointers ? AIL_TAINT_POINTERS : 0;
    t->back = ail_back_new(arch, flags, t->question->max_steps, &listener, err);
    t->print = t->back ? trail_print_new(arch, t->symbolizer, t->guest, out, err) : NULL;
    if (!t->print || read_past(t, err) != AIL_OK)
        return AIL_ERR;
    if (go_back(t, err) != AIL_OK)
        return AIL_ERR;
    trail_print_end(t->print, t->back);
    return AIL_OK;
}

AilStatus ail_trail_run(const AilTrailQuestion *question, const char *path,
                        AilSymbolizer *symbolizer, AilOutput *out,
                        void (*progress)(void *user, uint64_t done, uint64_t total), void *user,
                        AilError *err)
{
    Trail t = {.question = question, .path = path, .symbolizer = symbolizer};
    if (!parse(question->what, &t.range, &t.reg))
        return ail_trail_check(question, err);
    t.progress = progress;
    t.user = user;
    t.r = ail_trace_reader_new();
    t.own_guest = !symbolizer;
    t.guest = symbolizer ? (AilGuest *)ail_symbolizer_guest(symbolizer) : ail_guest_new();
    t.past = ail_past_new();
    t.spaces = ail_taint_spaces_new();
    AilStatus status = run(&t, out, err);
    trail_print_free(t.print);
    ail_back_free(t.back);
    ail_taint_spaces_free(t.spaces);
    ail_past_free(t.past);
    if (t.own_guest)
        ail_guest_free(t.guest);
    ail_trace_reader_free(t.r);
    g_free(t.reg);
    return status;
}
