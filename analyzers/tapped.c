/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/tapped.h"

#include <glib.h>
#include <string.h>

enum { LINE_SHIFT = 6, LINES = 1 << 14, PLACE_BITS = 11, PLACE_STARTS = 5 };

/* Where blocks start. */
typedef struct Start {
    uint64_t pc;
    uint32_t size;  /* of the longest block */
    uint32_t count; /* of instructions in it that count */
} Start;

/* A start whose blocks lie in a line of code, in a list. */
typedef struct Member {
    uint32_t start;
    uint32_t next; /* in the list; 0: none */
} Member;

/* An instruction that was asked for lately. */
typedef struct Place {
    uint64_t pc;
    uint32_t n; /* starts of blocks that it lies in; 0: this place is free */
    uint32_t starts[PLACE_STARTS];
} Place;

struct AilTapped {
    AilDict *dict;         /* owned: a reference; NULL: none yet */
    GHashTable *by_pc;     /* address -> number of its start; keys owned */
    GArray *starts;        /* of Start */
    GArray *any;           /* of bool, by start: its count is not 0 */
    GArray *start_of;      /* of uint32_t, by block id */
    GArray *members;       /* of Member; the first one is not used */
    uint32_t lines[LINES]; /* the first of each list */
    Place places[1 << PLACE_BITS];
};

AilTapped *ail_tapped_new(void)
{
    AilTapped *t = g_new0(AilTapped, 1);
    t->by_pc = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    t->starts = g_array_new(FALSE, TRUE, sizeof(Start));
    t->any = g_array_new(FALSE, TRUE, sizeof(bool));
    t->start_of = g_array_new(FALSE, TRUE, sizeof(uint32_t));
    t->members = g_array_new(FALSE, TRUE, sizeof(Member));
    g_array_set_size(t->members, 1);
    return t;
}

void ail_tapped_free(AilTapped *t)
{
    if (!t)
        return;
    ail_dict_unref(t->dict);
    g_hash_table_destroy(t->by_pc);
    g_array_free(t->starts, TRUE);
    g_array_free(t->any, TRUE);
    g_array_free(t->start_of, TRUE);
    g_array_free(t->members, TRUE);
    g_free(t);
}

static Start *start_at(const AilTapped *t, uint32_t i)
{
    return &g_array_index(t->starts, Start, i);
}

static uint32_t *line_of(AilTapped *t, uint64_t pc)
{
    uint64_t line = pc >> LINE_SHIFT;
    return &t->lines[(line ^ line >> 14 ^ line >> 28) & (LINES - 1)];
}

/* Put start i, which has grown from `had` bytes, into the lines that it did not lie in. */
static void add_lines(AilTapped *t, uint32_t i, uint32_t had)
{
    const Start *start = start_at(t, i);
    uint64_t before = start->pc & ((1 << LINE_SHIFT) - 1), line_size = 1 << LINE_SHIFT;
    uint64_t known = had ? (before + had + line_size - 1) / line_size * line_size : 0;
    for (uint64_t at = known; at < before + start->size; at += line_size) {
        uint32_t *line = line_of(t, start->pc - before + at), n = t->members->len;
        Member member = {i, *line};
        g_array_append_val(t->members, member);
        *line = n;
    }
}

static uint32_t add_start(AilTapped *t, uint64_t pc)
{
    uint32_t i = t->starts->len;
    Start start = {.pc = pc};
    bool any = false;
    g_array_append_val(t->starts, start);
    g_array_append_val(t->any, any);
    g_hash_table_insert(t->by_pc, g_memdup2(&pc, sizeof pc), GUINT_TO_POINTER(i));
    return i;
}

static void add_block(AilTapped *t, const AilBlock *block)
{
    gpointer known;
    uint32_t i = g_hash_table_lookup_extended(t->by_pc, &block->pc, NULL, &known)
                     ? GPOINTER_TO_UINT(known)
                     : add_start(t, block->pc);
    uint32_t had = start_at(t, i)->size;
    g_array_append_val(t->start_of, i);
    if (block->size > had) {
        start_at(t, i)->size = block->size;
        add_lines(t, i, had);
    }
}

static void forget(AilTapped *t, const AilDict *dict)
{
    ail_dict_unref(t->dict);
    t->dict = ail_dict_ref(dict);
    g_hash_table_remove_all(t->by_pc);
    g_array_set_size(t->starts, 0);
    g_array_set_size(t->any, 0);
    g_array_set_size(t->start_of, 0);
    g_array_set_size(t->members, 1);
    memset(t->lines, 0, sizeof t->lines);
}

bool ail_tapped_learn(AilTapped *t, const AilDict *dict)
{
    if (!t->dict || !ail_dict_is(dict, t->dict))
        forget(t, dict);
    uint32_t n = ail_dict_count(dict);
    if (t->start_of->len >= n)
        return false;
    for (uint32_t id = t->start_of->len; id < n; id++)
        add_block(t, ail_dict_get(dict, id));
    for (uint32_t i = 0; i < t->starts->len; i++)
        start_at(t, i)->count = 0;
    memset(t->any->data, 0, t->any->len * sizeof(bool));
    memset(t->places, 0, sizeof t->places);
    return true;
}

static void count(AilTapped *t, uint32_t i, int by)
{
    Start *start = start_at(t, i);
    start->count += (uint32_t)by;
    g_array_index(t->any, bool, i) = start->count != 0;
}

/* The same for an instruction that is not in its place, and is put there if it has room. */
static void count_slowly(AilTapped *t, uint64_t pc, int by, Place *place)
{
    uint32_t n = 0;
    for (uint32_t k = *line_of(t, pc); k;) {
        const Member *m = &g_array_index(t->members, Member, k);
        k = m->next;
        if (pc - start_at(t, m->start)->pc >= start_at(t, m->start)->size)
            continue;
        count(t, m->start, by);
        if (n < PLACE_STARTS)
            place->starts[n] = m->start;
        n++;
    }
    place->pc = pc;
    place->n = n <= PLACE_STARTS ? n : 0;
}

void ail_tapped_count(AilTapped *t, uint64_t pc, int by)
{
    Place *place = &t->places[pc * 0x9e3779b97f4a7c15u >> (64 - PLACE_BITS)];
    if (!place->n || place->pc != pc) {
        count_slowly(t, pc, by, place);
        return;
    }
    for (uint32_t i = 0; i < place->n; i++)
        count(t, place->starts[i], by);
}

AilTappedBlocks ail_tapped_blocks(const AilTapped *t)
{
    return (AilTappedBlocks){(const uint32_t *)(void *)t->start_of->data,
                             (const bool *)(void *)t->any->data};
}
