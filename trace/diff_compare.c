/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is next in both of two traces, compared: instructions, accesses, events, registers. */
#include "trace/diff_private.h"

#include <glib.h>
#include <string.h>

static int column_number(uint32_t column)
{
    return __builtin_ctz(column);
}

/* The columns that make no sense any more once this one differs, and itself. */
static uint32_t with_dependents(uint32_t column)
{
    if (column == AIL_COL_FLOW)
        return AIL_COL_FLOW | AIL_COL_CODE | AIL_COL_SYNC;
    if (column == AIL_COL_ADDR)
        return AIL_COL_ADDR | AIL_COL_DATA | AIL_COL_XLATE;
    return column;
}

void ail_diff_found(AilDiffWalk *w, uint32_t column, AilPlace a, AilPlace b)
{
    AilColumnDiff *d = &w->column[column_number(column)];
    w->open &= ~with_dependents(column);
    d->differs = true;
    d->place[0] = a;
    d->place[1] = b;
}

static void differ_at(AilDiffWalk *w, uint32_t column, AilPlaceKind a, AilPlaceKind b)
{
    ail_diff_found(w, column, ail_diff_place(&w->side[0], a), ail_diff_place(&w->side[1], b));
}

static void count(AilDiffWalk *w, uint32_t columns, uint64_t n)
{
    for (int i = 0; i < AIL_N_COLUMNS; i++)
        if (columns & w->open & 1u << i)
            w->column[i].compared += n;
}

/* --- accesses --- */

static void differ_access(AilDiffWalk *w, uint32_t column, bool has_a, bool has_b)
{
    AilDiffSide *a = &w->side[0], *b = &w->side[1];
    ail_diff_found(
        w, column,
        has_a ? ail_diff_access_place(a, a->access) : ail_diff_place(a, AIL_PLACE_NOTHING),
        has_b ? ail_diff_access_place(b, b->access) : ail_diff_place(b, AIL_PLACE_NOTHING));
}

static bool same_value(AilDiffSide *a, AilDiffSide *b, uint32_t i, uint32_t j)
{
    uint64_t high_a = 0, high_b = 0;
    if (a->chunk->value[i] != b->chunk->value[j])
        return false;
    if ((a->chunk->access_info[i] & AIL_ACCESS_SIZE_SHIFT) < 4)
        return true;
    bool wide_a = ail_diff_high(a, i, &high_a), wide_b = ail_diff_high(b, j, &high_b);
    return wide_a == wide_b && high_a == high_b;
}

static bool same_phys(AilDiffSide *a, AilDiffSide *b, uint32_t i, uint32_t j)
{
    uint64_t next_a = 0, next_b = 0;
    if (a->chunk->phys[i] != b->chunk->phys[j])
        return false;
    bool crosses_a = ail_diff_crossing(a, i, &next_a), crosses_b = ail_diff_crossing(b, j, &next_b);
    return crosses_a == crosses_b && next_a == next_b;
}

static bool same_access(const AilDiffSide *a, const AilDiffSide *b, uint32_t i, uint32_t j)
{
    return a->chunk->addr[i] == b->chunk->addr[j] &&
           a->chunk->access_info[i] == b->chunk->access_info[j];
}

/* The accesses up to these ends, which are of the same instruction. */
void ail_diff_accesses(AilDiffWalk *w, uint32_t end_a, uint32_t end_b)
{
    AilDiffSide *a = &w->side[0], *b = &w->side[1];
    for (; w->open & AIL_COL_ADDR && (a->access < end_a || b->access < end_b);
         a->access++, b->access++) {
        bool has_a = a->access < end_a, has_b = b->access < end_b;
        if (!has_a || !has_b || !same_access(a, b, a->access, b->access)) {
            differ_access(w, AIL_COL_ADDR, has_a, has_b);
            break;
        }
        count(w, AIL_COL_ADDR | AIL_COL_DATA | AIL_COL_XLATE, 1);
        if (w->open & AIL_COL_DATA && !same_value(a, b, a->access, b->access))
            differ_access(w, AIL_COL_DATA, true, true);
        if (w->open & AIL_COL_XLATE && !same_phys(a, b, a->access, b->access))
            differ_access(w, AIL_COL_XLATE, true, true);
    }
    a->access = end_a;
    b->access = end_b;
}

/* --- instructions --- */

/* What one instruction is, but for its address. */
static bool same_insn(const AilDiffSide *a, const AilDiffSide *b)
{
    const uint16_t *from_a = a->block->start + a->insn, *from_b = b->block->start + b->insn;
    unsigned size = (unsigned)(from_a[1] - from_a[0]);
    return size == (unsigned)(from_b[1] - from_b[0]) && a->block->mode == b->block->mode &&
           a->block->user == b->block->user &&
           !memcmp(a->block->bytes + *from_a, b->block->bytes + *from_b, size);
}

static uint64_t pc_of(const AilDiffSide *s)
{
    return s->block->pc + s->block->start[s->insn];
}

static void compare_insn(AilDiffWalk *w)
{
    AilDiffSide *a = &w->side[0], *b = &w->side[1];
    if (w->open & AIL_COL_FLOW && pc_of(a) != pc_of(b))
        differ_at(w, AIL_COL_FLOW, AIL_PLACE_INSN, AIL_PLACE_INSN);
    else if (w->open & AIL_COL_CODE && !same_insn(a, b))
        differ_at(w, AIL_COL_CODE, AIL_PLACE_INSN, AIL_PLACE_INSN);
    count(w, AIL_COL_CODE | AIL_COL_FLOW, 1);
    if (w->open & AIL_COL_ADDR)
        ail_diff_accesses(w, ail_diff_insn_end(a), ail_diff_insn_end(b));
    ail_diff_take(a, AIL_NEXT_RUN, 1);
    ail_diff_take(b, AIL_NEXT_RUN, 1);
}

static bool same_block(const AilBlock *a, const AilBlock *b)
{
    return a->pc == b->pc && a->mode == b->mode && a->user == b->user && a->n_insns == b->n_insns &&
           a->size == b->size &&
           !memcmp(a->start, b->start, (a->n_insns + 1u) * sizeof *a->start) &&
           !memcmp(a->bytes, b->bytes, a->size);
}

/* Forget which blocks are the same when a dictionary has been replaced, and have room for those
 * that there are now. Once a chunk. */
static void renew_twins(AilDiffWalk *w)
{
    uint64_t dict[AIL_DIFF_SIDES];
    w->new_chunk = false;
    for (int i = 0; i < AIL_DIFF_SIDES; i++)
        dict[i] = ail_dict_first(w->side[i].chunk->dict) + 1;
    if (memcmp(dict, w->dict, sizeof dict) != 0) {
        g_clear_pointer(&w->twin, g_free);
        w->n_twin = 0;
        memcpy(w->dict, dict, sizeof dict);
    }
    uint32_t n = ail_dict_count(w->side[0].chunk->dict);
    if (n > w->n_twin) {
        w->twin = g_renew(uint32_t, w->twin, n);
        memset(w->twin + w->n_twin, 0, (n - w->n_twin) * sizeof *w->twin);
        w->n_twin = n;
    }
}

static bool twins(AilDiffWalk *w)
{
    const AilBlock *a = w->side[0].block, *b = w->side[1].block;
    if (w->twin[a->id] == b->id + 1)
        return true;
    if (!same_block(a, b))
        return false;
    w->twin[a->id] = b->id + 1;
    return true;
}

/* Whether the accesses of a whole execution are the same, too. */
static bool same_accesses(AilDiffWalk *w)
{
    AilDiffSide *a = &w->side[0], *b = &w->side[1];
    const AilChunk *c = a->chunk, *d = b->chunk;
    if (!(w->open & AIL_COL_ADDR))
        return true;
    uint32_t i = a->access, j = b->access, n = c->access_end[a->exec] - i;
    if (d->access_end[b->exec] - j != n)
        return false;
    bool data = w->open & AIL_COL_DATA, xlate = w->open & AIL_COL_XLATE;
    for (uint32_t end = i + n; i < end; i++, j++) {
        if (!same_access(a, b, i, j) || c->access_insn[i] != d->access_insn[j] ||
            (data && !same_value(a, b, i, j)) || (xlate && !same_phys(a, b, i, j)))
            return false;
    }
    count(w, AIL_COL_ADDR | AIL_COL_DATA | AIL_COL_XLATE, n);
    return true;
}

static bool whole(const AilDiffSide *s, uint32_t n)
{
    return s->insn == 0 && s->block->n_insns == n;
}

/* In which address space the instruction that comes next is. */
static bool space_of(const AilDiffSide *s, uint64_t *asid)
{
    uint64_t icount = s->icount - s->shift;
    for (uint32_t i = 0; i < s->chunk->n_spans; i++) {
        const AilSpan *span = &s->chunk->spans[i];
        *asid = span->asid;
        if (icount >= span->first && icount - span->first < span->insns)
            return true;
    }
    return false;
}

static AilPlace space_place(AilDiffSide *s, uint64_t asid)
{
    AilPlace p = ail_diff_place(s, AIL_PLACE_NOTHING);
    p.kind = AIL_PLACE_EVENT;
    p.event = (AilEvent){.type = AIL_EVENT_ASID, .icount = p.icount, .value = asid};
    return p;
}

/* The address space that the first instruction is in; later ones are in events. */
static void compare_spaces(AilDiffWalk *w)
{
    AilDiffSide *a = &w->side[0], *b = &w->side[1];
    uint64_t x = 0, y = 0;
    w->begun = true;
    if (w->open & AIL_COL_EVENT && space_of(a, &x) && space_of(b, &y) && x != y)
        ail_diff_found(w, AIL_COL_EVENT, space_place(a, x), space_place(b, y));
}

void ail_diff_runs(AilDiffWalk *w, uint32_t n)
{
    AilDiffSide *a = &w->side[0], *b = &w->side[1];
    if (!w->begun)
        compare_spaces(w);
    if (w->new_chunk)
        renew_twins(w);
    if (whole(a, n) && whole(b, n) && twins(w) && same_accesses(w)) {
        count(w, AIL_COL_CODE | AIL_COL_FLOW, n);
        ail_diff_take(a, AIL_NEXT_RUN, n);
        ail_diff_take(b, AIL_NEXT_RUN, n);
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        compare_insn(w);
}

/* --- events and registers --- */

static bool same_event(const AilDiffWalk *w)
{
    const AilDiffSide *a = &w->side[0], *b = &w->side[1];
    const AilEvent *x = &a->chunk->events[a->event], *y = &b->chunk->events[b->event];
    return x->icount + a->shift == y->icount + b->shift && x->type == y->type &&
           x->value == y->value && x->pc == y->pc && x->len == y->len &&
           (!x->len || !memcmp(x->data, y->data, x->len));
}

void ail_diff_events(AilDiffWalk *w)
{
    if (!(w->open & AIL_COL_EVENT))
        return;
    if (!same_event(w))
        differ_at(w, AIL_COL_EVENT, AIL_PLACE_EVENT, AIL_PLACE_EVENT);
    count(w, AIL_COL_EVENT, 1);
}

static AilPlace register_place(AilDiffSide *s, const AilReg *reg)
{
    AilPlace p = ail_diff_place(s, AIL_PLACE_REGISTER);
    g_strlcpy(p.reg, reg->name, sizeof p.reg);
    p.reg_size = MIN(reg->size, (uint32_t)sizeof p.reg_bytes);
    memcpy(p.reg_bytes, s->chunk->sync + reg->offset, p.reg_size);
    return p;
}

void ail_diff_registers(AilDiffWalk *w)
{
    AilDiffSide *a = &w->side[0], *b = &w->side[1];
    const AilTraceInfo *info = ail_trace_reader_info(a->reader);
    const AilReg *reg = info->regs, *end = reg + info->n_regs;
    if (!(w->open & AIL_COL_SYNC))
        return;
    while (reg < end &&
           !memcmp(a->chunk->sync + reg->offset, b->chunk->sync + reg->offset, reg->size))
        reg++;
    if (reg < end)
        ail_diff_found(w, AIL_COL_SYNC, register_place(a, reg), register_place(b, reg));
    count(w, AIL_COL_SYNC, 1);
}
