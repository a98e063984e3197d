/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts by block: the same sums, in the same order, whether they fit into memory or not. */
#include "analyzers/tally.h"

#include <criterion/criterion.h>
#include <glib.h>

enum { PLACES = 1000, ADDED = 9000 };

/* A block of one of the places, whose code depends on the place's number only in part. */
static AilTallyRow row_of(uint32_t place)
{
    static const uint8_t code[][3] = {{0x90, 0x90, 0x90}, {0x90, 0x90, 0x91}};
    static const uint16_t start[] = {0, 1, 2, 3};
    AilBlock block = {.pc = 0x1000 + place / 4 * 16,
                      .bytes = code[place & 1],
                      .start = start,
                      .size = 3,
                      .n_insns = 3,
                      .mode = AIL_MODE_X86_64,
                      .user = place & 2};
    return ail_tally_row(&block);
}

typedef struct Sums {
    AilTallyRow last;
    uint64_t n, runs, insns, hash;
} Sums;

static AilStatus see(void *user, const AilTallyRow *row)
{
    Sums *s = user;
    cr_assert(!s->n || ail_tally_compare(&s->last, row) < 0);
    s->last = *row;
    s->n++;
    s->runs += row->runs;
    s->insns += row->insns;
    for (const uint64_t *v = (uint64_t[]){row->pc, row->code, row->runs, row->insns, 0}; *v; v++)
        s->hash = (s->hash ^ *v) * 0x100000001b3u;
    return AIL_OK;
}

static Sums sums_of(uint32_t room)
{
    AilTally *t = ail_tally_new(room);
    GRand *rand = g_rand_new_with_seed(5);
    AilError err = {""};
    Sums s = {.hash = 0};
    for (int i = 0; i < ADDED; i++) {
        AilTallyRow row = row_of((uint32_t)g_rand_int_range(rand, 0, PLACES));
        row.runs = (uint64_t)g_rand_int_range(rand, 1, 100);
        row.insns = row.runs * 3 - 1;
        cr_assert_eq(ail_tally_add(t, &row, &err), AIL_OK, "%s", err.text);
    }
    cr_assert_eq(ail_tally_each(t, see, &s, &err), AIL_OK, "%s", err.text);
    g_rand_free(rand);
    ail_tally_free(t);
    return s;
}

Test(tally, counts_the_same_with_little_room)
{
    Sums all = sums_of(0);
    cr_expect_eq(all.n, PLACES);
    cr_expect_eq(all.insns, all.runs * 3 - ADDED);
    for (const uint32_t *room = (uint32_t[]){100, PLACES - 1, PLACES, 0}; *room; room++) {
        Sums some = sums_of(*room);
        cr_expect(some.n == all.n && some.runs == all.runs && some.insns == all.insns &&
                      some.hash == all.hash,
                  "room for %u", *room);
    }
}

static AilStatus stop(void *user, const AilTallyRow *row)
{
    (void)row;
    ++*(int *)user;
    return AIL_ERR;
}

Test(tally, ends_when_told_to)
{
    for (uint32_t room = 1; room <= 2; room++) {
        AilTally *t = ail_tally_new(room);
        AilError err = {""};
        int calls = 0;
        for (uint32_t i = 0; i < 2; i++) {
            AilTallyRow row = row_of(i);
            cr_assert_eq(ail_tally_add(t, &row, &err), AIL_OK);
        }
        cr_expect_eq(ail_tally_each(t, stop, &calls, &err), AIL_ERR);
        cr_expect_eq(calls, 1);
        ail_tally_free(t);
    }
}

Test(tally, no_rows)
{
    AilTally *t = ail_tally_new(0);
    AilError err = {""};
    int calls = 0;
    cr_expect_eq(ail_tally_each(t, stop, &calls, &err), AIL_OK);
    cr_expect_eq(calls, 0);
    ail_tally_free(t);
}
