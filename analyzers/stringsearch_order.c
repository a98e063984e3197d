/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of stringsearch that is done in order: to continue the runs of earlier chunks; and to
 * feed the accesses in which a pattern may start, and those by instructions that are in the middle
 * of a match, to the instructions' taps.
 */
#include "analyzers/stringsearch_private.h"

/* Remember a match of this access; the two kinds of streams may both find it. */
static void remember(Search *s, uint32_t pattern, uint64_t addr, unsigned via)
{
    for (unsigned i = 0; i < s->n_found; i++) {
        if (s->found[i].pattern == pattern && s->found[i].addr == addr) {
            s->found[i].via |= via;
            return;
        }
    }
    if (s->n_found < STRINGSEARCH_MAX_FOUND)
        s->found[s->n_found++] = (Found){addr, pattern, via};
}

/* Feed the access to its instruction's tap. */
static void feed_tap(Search *s, const AilTapKey *key, const AilPiece *p, uint64_t icount)
{
    const AilMatcher *m = s->matcher;
    bool any = ail_taps_filter(s->taps)[ail_taps_place(key->pc)];
    uint32_t before = any ? ail_taps_get(s->taps, key) : 0, state = before;
    for (uint32_t i = 0; i < p->size; i++) {
        state = ail_matcher_step(m, state, p->bytes[i]);
        for (uint32_t end = ail_matcher_ends(m, state) ? state : 0; end; end = m->states[end].next)
            if (m->states[end].match)
                remember(s, m->states[end].match - 1, p->addr + i, VIA_INSTRUCTION);
    }
    if (before | state)
        ail_taps_set(s->taps, key, state, icount);
}

static const char *name_of(Search *s, uint64_t pc)
{
    char name[AIL_SYMBOL_MAX];
    if (!pc || !ail_stacks_name(s->stacks, s->env.symbols, pc, name, sizeof name))
        return NULL;
    return g_string_chunk_insert_const(s->names, name);
}

/* Names for who is there now: later its process may have ended. */
static void name_place(Search *s, Place *place)
{
    const AilTask *t = ail_stacks_task(s->stacks, s->env.symbols);
    place->pc_name = name_of(s, place->pc);
    place->caller_name = name_of(s, place->caller);
    if (!t)
        return;
    place->comm = g_string_chunk_insert_const(s->names, t->comm);
    place->pid = t->tgid;
    place->tid = t->pid;
}

static void count_match(Search *s, Place *match)
{
    const Pattern *p = s->patterns->pdata[match->pattern];
    Place *place = g_hash_table_lookup(s->places, match);
    bool room = g_hash_table_size(s->places) < STRINGSEARCH_MAX_PLACES;
    if (s->env.symbols && (s->each || (!place && room)))
        name_place(s, match);
    if (!place && room) {
        place = g_memdup2(match, sizeof *match);
        g_hash_table_insert(s->places, place, place);
    }
    if (place) {
        place->matches++;
        place->last = match->last;
        place->via |= match->via;
    } else {
        s->unlisted++;
    }
    if (s->each)
        stringsearch_print_match(p, match, s->env.out);
    AilStringMatch event = {.base = {sizeof event, match->first},
                            .string = p->label,
                            .pc = match->pc,
                            .caller = match->caller,
                            .asid = match->asid,
                            .addr = match->addr,
                            .length = (uint32_t)p->len,
                            .write = (uint8_t)match->write,
                            .ascending = (match->via & VIA_ADDRESSES) != 0};
    ail_bus_publish(s->topic, &event.base);
}

/* The matches at ascending addresses that end in this access. */
static void take_run_matches(Search *s, const AilWhere *where)
{
    const AilRunMatches *in_chunk = &s->found_in->matches;
    for (; s->next_match < in_chunk->n; s->next_match++) {
        const AilRunMatch *m = &in_chunk->all[s->next_match];
        if (m->access != where->access)
            break;
        remember(s, m->pattern, m->addr, VIA_ADDRESSES);
    }
    s->matches.n = 0;
    if (ail_runs_filter(s->runs)[ail_runs_place(where->piece->addr)])
        ail_runsearch_access(s->matcher, s->runs, where, false, &s->matches);
    for (size_t i = 0; i < s->matches.n; i++)
        remember(s, s->matches.all[i].pattern, s->matches.all[i].addr, VIA_ADDRESSES);
}

static void search_access(Search *s, const AilWhere *where, uint64_t pc, bool tap)
{
    const AilPiece *p = where->piece;
    AilTapKey key = {pc, where->asid, ail_stacks_caller(s->stacks), p->write};
    s->n_found = 0;
    if (tap)
        feed_tap(s, &key, p, where->icount);
    take_run_matches(s, where);
    for (unsigned i = 0; i < s->n_found; i++) {
        const Found *f = &s->found[i];
        Place match = {.pattern = f->pattern,
                       .write = p->write,
                       .pc = pc,
                       .caller = key.caller,
                       .asid = key.asid,
                       .first = where->icount,
                       .last = where->icount,
                       .addr = f->addr,
                       .via = f->via};
        count_match(s, &match);
    }
}

/* Whether the next match at ascending addresses was found in access a. */
static bool is_match(const Search *s, uint32_t a)
{
    const AilRunMatches *m = &s->found_in->matches;
    return s->next_match < m->n && m->all[s->next_match].access == a;
}

/* Execution i, which has instructions that may be in the middle of a match, or comes while runs of
 * earlier chunks live: all its accesses are looked at. */
static void search_block(Search *s, uint32_t i, uint64_t icount, uint32_t from)
{
    const AilChunk *c = s->chunk;
    const AilBlock *block = ail_dict_get(c->dict, c->flow[i]);
    const uint32_t *tapped = ail_taps_filter(s->taps);
    const uint16_t *running = ail_runs_filter(s->runs);
    AilWhere where = {.chunk = c, .wide = &s->wide, .asid = ail_stacks_asid(s->stacks)};
    AilPiece piece;
    where.first = i ? c->access_end[i - 1] : 0;
    where.piece = &piece;
    for (uint32_t a = MAX(from, where.first); a < c->access_end[i]; a++) {
        uint64_t pc = block->pc + block->start[c->access_insn[a]];
        bool tap = ail_starts_at(s->found_in, a) || tapped[ail_taps_place(pc)];
        if (!tap && !running[ail_runs_place(c->addr[a])] && !is_match(s, a))
            continue;
        where.access = a;
        ail_piece_of(&piece, c, a, &s->wide);
        where.icount = icount + c->access_insn[a];
        search_access(s, &where, pc, tap);
    }
}

/* Execution i, of which only what was found in parallel matters; until that brings an instruction
 * into the middle of a match, which may have more accesses. */
static void search_hits(Search *s, uint32_t i, uint64_t icount)
{
    const AilChunkSearch *in = s->found_in;
    AilWhere where = {.chunk = s->chunk, .wide = &s->wide, .asid = ail_stacks_asid(s->stacks)};
    for (; s->next_hit < in->n_hits && in->hits[s->next_hit].flow == i; s->next_hit++) {
        const AilHit *hit = &in->hits[s->next_hit];
        where.access = hit->access;
        where.icount = icount + s->chunk->access_insn[hit->access];
        where.piece = &hit->piece;
        search_access(s, &where, hit->pc, hit->starts);
        if (ail_tapped_is(s->tapped, s->chunk->flow[i])) {
            search_block(s, i, icount, hit->access + 1);
            return;
        }
    }
}

/* The next execution, from i on, in which something was found. */
static uint32_t next_found(Search *s, uint32_t i)
{
    const AilChunkSearch *in = s->found_in;
    while (s->next_hit < in->n_hits && in->hits[s->next_hit].flow < i)
        s->next_hit++;
    return s->next_hit < in->n_hits ? in->hits[s->next_hit].flow : UINT32_MAX;
}

/* How many instructions of execution i, of n, completed; asked in order. */
static uint32_t executed(Search *s, uint32_t i, uint32_t n)
{
    const AilChunk *c = s->chunk;
    while (s->next_cut < c->n_cuts && c->cuts[s->next_cut].at < i)
        s->next_cut++;
    bool cut = s->next_cut < c->n_cuts && c->cuts[s->next_cut].at == i;
    return cut ? c->cuts[s->next_cut].executed : n;
}

/* How many instructions executions from..to-1 completed; first: the first of them may be cut short,
 * others are not. */
static uint64_t count_insns(Search *s, uint32_t from, uint32_t to, bool first)
{
    const uint32_t *flow = s->chunk->flow;
    uint64_t insns = 0;
    if (from < to && first) {
        insns = executed(s, from, ail_classes_get(s->pages, flow[from]).n_insns);
        from++;
    }
    for (; from < to; from++)
        insns += ail_classes_get(s->pages, flow[from]).n_insns;
    return insns;
}

/* Executions from..to-1, between two steps; only the first of them may be cut short. */
static void search_stretch(Search *s, uint32_t from, uint32_t to, uint64_t icount)
{
    const uint32_t *flow = s->chunk->flow;
    uint32_t next = next_found(s, from), known = from;
    bool all = s->carried;
    if (from == to || (!ail_taps_count(s->taps) && !all && next >= to))
        return;
    for (uint32_t i = from; i < to; i++) {
        bool tapped = ail_tapped_is(s->tapped, flow[i]) | all;
        if (!(tapped | (i == next)))
            continue;
        icount += count_insns(s, known, i, known == from);
        known = i;
        if (tapped)
            search_block(s, i, icount, 0);
        else
            search_hits(s, i, icount);
        next = next_found(s, i + 1);
    }
}

static void begin_chunk(Search *s, const AilChunk *c, const Prepared *p)
{
    ail_stacks_begin_chunk(s->stacks, c);
    ail_runs_expire(s->runs, c->icount);
    s->chunk = c;
    s->pages = p->pages;
    ail_taps_learn(s->taps, c->dict);
    s->tapped = ail_taps_blocks(s->taps);
    s->found_in = &p->search;
    s->carried = ail_runs_any(s->runs);
    s->next_hit = 0;
    s->next_match = 0;
    s->next_cut = 0;
    s->wide = 0;
}

AilStatus stringsearch_take(void *self, const AilChunk *c, void *prepared, AilError *err)
{
    Search *s = self;
    Prepared *p = prepared;
    uint64_t icount = c->icount;
    uint32_t at = 0;
    (void)err;
    begin_chunk(s, c, p);
    for (size_t k = 0; k < p->steps.n; k++) {
        const AilStep *step = &p->steps.steps[k];
        search_stretch(s, at, at + step->blocks, icount);
        at += step->blocks;
        icount += step->insns;
        ail_stacks_step(s->stacks, step);
        if (s->carried) {
            ail_runs_drop_overdue(s->runs, icount);
            s->carried = ail_runs_any(s->runs);
        }
    }
    ail_runs_move(p->search.runs, icount, s->runs);
    stringsearch_discard(prepared);
    return AIL_OK;
}
