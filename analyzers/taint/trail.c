/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taint/trail_private.h"

/* Of what a call read; a trace may say that it was any number of bytes. */
enum { PAGE = 4096, MAX_READ = 1 << 24 };

/* Columns that going back needs. */
enum { NEEDS = AIL_COL_CODE | AIL_COL_FLOW | AIL_COL_ADDR | AIL_COL_XLATE | AIL_COL_EVENT };

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

/* --- backwards --- */

/* Bytes of one page at addr, which are what the call had read from `offset` on. */
static void check_page(Trail *t, const AilChunk *chunk, const AilPastRead *read, uint64_t addr,
                       uint64_t n, uint64_t offset)
{
    uint64_t phys;
    if (!trail_find(t, chunk, read->flow_index, read->asid, addr, &phys))
        return;
    for (uint64_t i = 0; i < n; i++) {
        uint32_t n_users;
        const AilLabelRange *users = ail_back_wanted(t->back, phys + i, &n_users);
        if (n_users)
            trail_print_read(t->print, read, offset + i, users, n_users);
    }
}

/* Tell of the bytes that are wanted of what this call had read. */
static void check_read(Trail *t, const AilChunk *chunk, const AilPastRead *read)
{
    uint64_t offset = 0;
    for (uint32_t k = 0; k < read->n && ail_back_wanted_memory(t->back); k++) {
        const AilTransferPiece *piece = ail_past_piece(t->past, read, k);
        for (uint64_t i = 0, n; i < piece->len && offset + i < MAX_READ; i += n) {
            uint64_t addr = piece->addr + i;
            n = MIN(PAGE - addr % PAGE, piece->len - i);
            check_page(t, chunk, read, addr, n, offset + i);
        }
        offset += piece->len;
    }
    trail_print_read_end(t->print, read);
}

static AilStatus go_back_chunk(Trail *t, const AilChunk *chunk, bool first, AilError *err)
{
    uint64_t icount = first ? t->range.icount : UINT64_MAX;
    learn(t, chunk);
    if (first && trail_want(t, chunk, err) != AIL_OK)
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
    if (!trail_parse(question->what, &t.range, &t.reg))
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
