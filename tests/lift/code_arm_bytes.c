/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random instructions of 32-bit Arm, A32 and T32. Source: Arm ARM for ARMv7-A (DDI 0406), chapters
 * A5 and A6. */
#include <glib.h>
#include <string.h>

#include "tests/lift/code.h"

/* Classes of instructions: bits that are as they are, the others are random. */
typedef struct Class {
    uint32_t value, mask;
    uint8_t weight;
} Class;

static const Class a32[] = {
    {0x00000000, 0x0e000010, 40},                               /* data processing: registers, .. */
    {0x00000010, 0x0e000090, 20},                               /* .. shifted by registers, .. */
    {0x02000000, 0x0e000000, 30},                               /* .. and constants */
    {0x00000090, 0x0f0000f0, 14},                               /* products */
    {0x00000090, 0x0e000090, 20},                               /* half words, pairs */
    {0x012fff10, 0x0fffffd0, 4},                                /* bx, blx */
    {0x016f0f10, 0x0fff0ff0, 2},                                /* clz */
    {0x03000000, 0x0fb00000, 6},                                /* movw, movt */
    {0x04000000, 0x0e000000, 24},                               /* loads and stores */
    {0x06000000, 0x0e000010, 24}, {0x06800070, 0x0f8003f0, 12}, /* extensions */
    {0x06bf0f30, 0x0fbf0f70, 6},                                /* reversals */
    {0x07a00050, 0x0fa00070, 8},                                /* fields */
    {0x07c00010, 0x0fe00070, 6},  {0x0710f010, 0x0fd0f0f0, 4},  /* division */
    {0x08000000, 0x0e400000, 24},                               /* many registers */
    {0x0a000000, 0x0e000000, 8},                                /* branches */
};

static const Class t16[] = {
    {0x0000, 0xc000, 24}, {0x4000, 0xfc00, 24}, {0x4400, 0xfc00, 12}, {0x4800, 0xf800, 3},
    {0x5000, 0xf000, 14}, {0x6000, 0xe000, 14}, {0x8000, 0xe000, 14}, {0xa000, 0xf000, 5},
    {0xb000, 0xff00, 2},  {0xb100, 0xf500, 5},  {0xb200, 0xff00, 4},  {0xb400, 0xf600, 8},
    {0xba00, 0xff00, 4},  {0xc000, 0xf000, 10}, {0xd000, 0xf000, 5},  {0xe000, 0xf800, 2},
};

static const Class t32[] = {
    {0xe8000000, 0xfe400000, 12}, /* many registers */
    {0xe8400000, 0xfe400000, 10}, /* pairs */
    {0xe8d0f000, 0xfff0ffe0, 3},  /* tbb, tbh */
    {0xea000000, 0xfe008000, 30}, /* data processing: registers, .. */
    {0xf0000000, 0xfa008000, 20}, /* .. and constants */
    {0xf2000000, 0xfa008000, 12}, /* fields, wide constants */
    {0xf0008000, 0xf800d000, 4},  /* branches */
    {0xf0009000, 0xf800d000, 3},  {0xf000c000, 0xf800c000, 4},
    {0xf8000000, 0xfe000000, 30},                               /* loads and stores */
    {0xf8000800, 0xfe000800, 10}, {0xfa00f000, 0xff80f0f0, 10}, /* shifts */
    {0xfa00f080, 0xff80f0c0, 8},                                /* extensions */
    {0xfa90f080, 0xfff0f0c0, 4},                                /* reversals */
    {0xfab0f080, 0xfff0f0f0, 2},  {0xfb000000, 0xfff000e0, 6},  /* products */
    {0xfb800000, 0xff800000, 8},
};

static const Class *pick(Random *r, const Class *from, unsigned n)
{
    unsigned total = 0, i = 0;
    for (i = 0; i < n; i++)
        total += from[i].weight;
    unsigned which = random_below(r, total);
    for (i = 0; which >= from[i].weight; i++)
        which -= from[i].weight;
    return &from[i];
}

unsigned arm_bytes(Maker *m, uint8_t *bytes)
{
    Random *r = m->random;
    bool thumb = m->processor->mode == AIL_MODE_T32, narrow = thumb && random_chance(r, 50);
    const Class *c = narrow  ? pick(r, t16, G_N_ELEMENTS(t16))
                     : thumb ? pick(r, t32, G_N_ELEMENTS(t32))
                             : pick(r, a32, G_N_ELEMENTS(a32));
    uint32_t word = ((uint32_t)random_u64(r) & ~c->mask) | c->value;
    if (!thumb && random_chance(r, 60))
        word |= 0xe0000000; /* often without a condition */
    if (!thumb && word >> 28 == 15 && random_chance(r, 80))
        word &= ~0x10000000u;
    if (thumb && !narrow)
        word = word >> 16 | word << 16; /* the first half word is at the lower address */
    memcpy(bytes, &word, 4);
    return narrow ? 2 : 4;
}
