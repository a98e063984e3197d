/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which blocks have instructions with taps, while blocks and taps come and go. */
#include <criterion/criterion.h>

#include "analyzers/taps.h"

static void add(AilDict *d, uint64_t pc, unsigned size)
{
    cr_assert(ail_dict_add(d, pc, AIL_MODE_X86_64, true, 1, (const uint8_t[]){(uint8_t)size},
                           (const uint8_t[15]){0}));
}

static AilDict *dict_of(uint64_t pc, unsigned size)
{
    AilDict *d = ail_dict_new(0);
    add(d, pc, size);
    return d;
}

static bool tapped(const AilTaps *t, uint32_t id)
{
    return ail_tapped_is(ail_taps_blocks(t), id);
}

static const AilTapKey here = {.pc = 0x1004}, there = {.pc = 0x1004, .caller = 1};

Test(taps, as_long_as_an_instruction_has_one)
{
    AilTaps *t = ail_taps_new();
    AilDict *d = dict_of(0x1000, 8);
    add(d, 0x1004, 4);
    add(d, 0x1008, 4);
    ail_taps_learn(t, d);
    ail_taps_set(t, &here, 1, 0);
    ail_taps_set(t, &there, 2, 0);
    ail_taps_set(t, &here, 3, 1); /* it is known already */
    cr_expect(tapped(t, 0) && tapped(t, 1) && !tapped(t, 2));
    ail_taps_set(t, &here, 0, 2);
    cr_expect(tapped(t, 0) && tapped(t, 1));
    ail_taps_set(t, &there, 0, 2);
    cr_expect(!tapped(t, 0) && !tapped(t, 1));
    ail_taps_free(t);
    ail_dict_unref(d);
}

Test(taps, blocks_that_come_later)
{
    AilTaps *t = ail_taps_new();
    AilDict *d = dict_of(0x1000, 4);
    ail_taps_learn(t, d);
    ail_taps_set(t, &here, 1, 0);
    cr_expect(!tapped(t, 0));
    add(d, 0xff8, 15);
    add(d, 0xff8, 4); /* starts where one starts that has it */
    ail_taps_learn(t, d);
    cr_expect(!tapped(t, 0) && tapped(t, 1));
    add(d, 0x1000, 6); /* longer than the one that starts there */
    ail_taps_learn(t, d);
    cr_expect(tapped(t, 1) && tapped(t, 3));
    ail_taps_set(t, &here, 0, 2);
    cr_expect(!tapped(t, 1) && !tapped(t, 3));
    ail_taps_free(t);
    ail_dict_unref(d);
}

/* Both blocks span lines of code; the second one wraps around. */
Test(taps, blocks_of_another_dictionary_and_at_the_end_of_memory)
{
    AilTaps *t = ail_taps_new();
    AilDict *d = dict_of(0x1000, 8), *other = dict_of(0xfff8, 15);
    const AilTapKey zero = {.pc = 2};
    add(other, UINT64_MAX - 7, 15);
    ail_taps_learn(t, d);
    ail_taps_set(t, &here, 1, 0);
    ail_taps_set(t, &zero, 1, 0);
    cr_expect(tapped(t, 0));
    ail_taps_learn(t, other);
    cr_expect(!tapped(t, 0) && tapped(t, 1));
    ail_taps_free(t);
    ail_dict_unref(d);
    ail_dict_unref(other);
}
