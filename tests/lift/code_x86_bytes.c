/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random encodings of x86. Source: Intel 64 and IA-32 manual, volume 2, appendix A, "Opcode
 * map". */
#include <glib.h>
#include <string.h>

#include "tests/lift/code.h"

enum {
    NO_MODRM = 1,
    LONG = 2,       /* x86_64 only */
    SHORT = 4,      /* i386 only */
    ANY_PREFIX = 8, /* each of none, 66, F3, F2 makes another instruction */
    IMM8 = 16,
    IMM = 32,     /* 2 or 4 bytes, by operand size */
    LOCK = 64,    /* may have it */
    REPEAT = 128, /* may have rep */
    NO_66 = 256,
};

/* A range of opcodes of a map (0: one byte, 1: 0F, 2: 0F 38, 3: 0F 3A; 4 more: VEX). */
typedef struct Range {
    uint8_t map, from, to;
    uint8_t weight;
    uint16_t how;
} Range;

static const Range ranges[] = {
    {0, 0x00, 0x03, 8, LOCK},
    {0, 0x08, 0x0b, 8, 0},
    {0, 0x10, 0x13, 8, LOCK},
    {0, 0x18, 0x1b, 8, 0},
    {0, 0x20, 0x23, 8, 0},
    {0, 0x28, 0x2b, 8, LOCK},
    {0, 0x30, 0x33, 10, 0},
    {0, 0x38, 0x3b, 8, 0},
    {0, 0x04, 0x05, 1, NO_MODRM | IMM},
    {0, 0x14, 0x15, 1, NO_MODRM | IMM},
    {0, 0x24, 0x25, 1, NO_MODRM | IMM},
    {0, 0x2c, 0x2d, 1, NO_MODRM | IMM},
    {0, 0x3c, 0x3d, 1, NO_MODRM | IMM},
    {0, 0x27, 0x27, 1, NO_MODRM | SHORT},
    {0, 0x2f, 0x2f, 1, NO_MODRM | SHORT},
    {0, 0x37, 0x37, 1, NO_MODRM | SHORT},
    {0, 0x3f, 0x3f, 1, NO_MODRM | SHORT},
    {0, 0xd4, 0xd5, 1, NO_MODRM | SHORT | IMM8},
    {0, 0x40, 0x4f, 4, NO_MODRM | SHORT},
    {0, 0x50, 0x5f, 10, NO_MODRM},
    {0, 0x60, 0x61, 2, NO_MODRM | SHORT},
    {0, 0x63, 0x63, 3, LONG},
    {0, 0x68, 0x68, 1, NO_MODRM | IMM},
    {0, 0x6a, 0x6a, 1, NO_MODRM | IMM8},
    {0, 0x69, 0x69, 3, IMM},
    {0, 0x6b, 0x6b, 3, IMM8},
    {0, 0x70, 0x7f, 10, NO_MODRM | IMM8 | NO_66},
    {0, 0x80, 0x81, 12, IMM | LOCK},
    {0, 0x83, 0x83, 8, IMM8 | LOCK},
    {0, 0x84, 0x87, 10, 0},
    {0, 0x88, 0x8b, 12, 0},
    {0, 0x8d, 0x8d, 8, 0},
    {0, 0x8f, 0x8f, 2, 0},
    {0, 0x90, 0x97, 3, NO_MODRM},
    {0, 0x98, 0x99, 4, NO_MODRM},
    {0, 0x9c, 0x9d, 2, NO_MODRM | NO_66},
    {0, 0x9e, 0x9f, 2, NO_MODRM},
    {0, 0xa0, 0xa3, 2, NO_MODRM},
    {0, 0xa4, 0xa7, 10, NO_MODRM | REPEAT},
    {0, 0xaa, 0xaf, 12, NO_MODRM | REPEAT},
    {0, 0xa8, 0xa9, 2, NO_MODRM | IMM},
    {0, 0xb0, 0xbf, 4, NO_MODRM | IMM},
    {0, 0xc0, 0xc1, 18, IMM8},
    {0, 0xd0, 0xd3, 22, 0},
    {0, 0xc2, 0xc3, 2, NO_MODRM | NO_66},
    {0, 0xc6, 0xc7, 3, IMM},
    {0, 0xc9, 0xc9, 1, NO_MODRM | NO_66},
    {0, 0xd7, 0xd7, 1, NO_MODRM},
    {0, 0xd8, 0xdf, 30, NO_66},
    {0, 0xe0, 0xe3, 3, NO_MODRM | IMM8 | NO_66},
    {0, 0xe8, 0xe9, 2, NO_MODRM | IMM | NO_66},
    {0, 0xeb, 0xeb, 1, NO_MODRM | IMM8 | NO_66},
    {0, 0xf5, 0xf5, 1, NO_MODRM},
    {0, 0xf8, 0xf9, 1, NO_MODRM},
    {0, 0xfc, 0xfd, 1, NO_MODRM},
    {0, 0xf6, 0xf7, 24, LOCK},
    {0, 0xfe, 0xff, 14, LOCK},
    {1, 0x1f, 0x1f, 1, 0},
    {1, 0x40, 0x4f, 12, 0},
    {1, 0x80, 0x8f, 3, NO_MODRM | IMM | NO_66},
    {1, 0x90, 0x9f, 8, NO_66},
    {1, 0xa2, 0xa2, 1, NO_MODRM},
    {1, 0xa3, 0xa3, 3, 0},
    {1, 0xab, 0xab, 3, LOCK},
    {1, 0xb3, 0xb3, 3, LOCK},
    {1, 0xba, 0xba, 6, IMM8 | LOCK},
    {1, 0xbb, 0xbb, 3, LOCK},
    {1, 0xa4, 0xa4, 5, IMM8},
    {1, 0xac, 0xac, 5, IMM8},
    {1, 0xa5, 0xa5, 5, 0},
    {1, 0xad, 0xad, 5, 0},
    {1, 0xaf, 0xaf, 6, 0},
    {1, 0xb0, 0xb1, 6, LOCK},
    {1, 0xb6, 0xb7, 6, 0},
    {1, 0xbe, 0xbf, 6, 0},
    {1, 0xb8, 0xb8, 3, ANY_PREFIX},
    {1, 0xbc, 0xbd, 10, ANY_PREFIX},
    {1, 0xc0, 0xc1, 5, LOCK},
    {1, 0xc3, 0xc3, 1, NO_66},
    {1, 0xc7, 0xc7, 3, LOCK},
    {1, 0xc8, 0xcf, 4, NO_MODRM},
    {1, 0x10, 0x17, 12, ANY_PREFIX},
    {1, 0x28, 0x2f, 12, ANY_PREFIX},
    {1, 0x50, 0x6f, 40, ANY_PREFIX},
    {1, 0x70, 0x73, 10, ANY_PREFIX | IMM8},
    {1, 0x74, 0x76, 6, ANY_PREFIX},
    {1, 0x7c, 0x7f, 10, ANY_PREFIX},
    {1, 0xc2, 0xc2, 3, ANY_PREFIX | IMM8},
    {1, 0xc4, 0xc6, 6, ANY_PREFIX | IMM8},
    {1, 0xd0, 0xfe, 60, ANY_PREFIX},
    {2, 0x00, 0x0b, 8, ANY_PREFIX},
    {2, 0x10, 0x17, 6, ANY_PREFIX},
    {2, 0x1c, 0x1e, 3, ANY_PREFIX},
    {2, 0x20, 0x25, 5, ANY_PREFIX},
    {2, 0x28, 0x2b, 5, ANY_PREFIX},
    {2, 0x30, 0x41, 10, ANY_PREFIX},
    {2, 0xc8, 0xcd, 2, ANY_PREFIX},
    {2, 0xdb, 0xdf, 2, ANY_PREFIX},
    {2, 0xf0, 0xf6, 8, ANY_PREFIX},
    {3, 0x08, 0x0f, 7, ANY_PREFIX | IMM8},
    {3, 0x14, 0x17, 5, ANY_PREFIX | IMM8},
    {3, 0x20, 0x22, 4, ANY_PREFIX | IMM8},
    {3, 0x40, 0x44, 4, ANY_PREFIX | IMM8},
    {3, 0x60, 0x63, 4, ANY_PREFIX | IMM8},
    {3, 0xdf, 0xdf, 1, ANY_PREFIX | IMM8},
    {5, 0x10, 0x17, 8, ANY_PREFIX},
    {5, 0x28, 0x2f, 8, ANY_PREFIX},
    {5, 0x50, 0x6f, 30, ANY_PREFIX},
    {5, 0x70, 0x73, 8, ANY_PREFIX | IMM8},
    {5, 0x74, 0x76, 5, ANY_PREFIX},
    {5, 0x77, 0x77, 2, ANY_PREFIX | NO_MODRM},
    {5, 0x7c, 0x7f, 8, ANY_PREFIX},
    {5, 0xc2, 0xc2, 2, ANY_PREFIX | IMM8},
    {5, 0xc4, 0xc6, 5, ANY_PREFIX | IMM8},
    {5, 0xd0, 0xfe, 40, ANY_PREFIX},
    {6, 0x00, 0x0f, 16, ANY_PREFIX},
    {6, 0x13, 0x1e, 16, ANY_PREFIX},
    {6, 0x20, 0x2f, 12, ANY_PREFIX},
    {6, 0x30, 0x41, 12, ANY_PREFIX},
    {6, 0x45, 0x47, 4, ANY_PREFIX},
    {6, 0x58, 0x5a, 3, ANY_PREFIX},
    {6, 0x78, 0x79, 2, ANY_PREFIX},
    {6, 0x8c, 0x8e, 6, ANY_PREFIX},
    {6, 0x90, 0x93, 6, ANY_PREFIX},
    {6, 0x96, 0xbf, 10, ANY_PREFIX},
    {6, 0xdb, 0xdf, 2, ANY_PREFIX},
    {6, 0xf2, 0xf7, 20, ANY_PREFIX},
    {7, 0x00, 0x0f, 20, ANY_PREFIX | IMM8},
    {7, 0x14, 0x22, 12, ANY_PREFIX | IMM8},
    {7, 0x38, 0x39, 8, ANY_PREFIX | IMM8},
    {7, 0x40, 0x4c, 6, ANY_PREFIX | IMM8},
    {7, 0x60, 0x63, 3, ANY_PREFIX | IMM8},
    {7, 0xf0, 0xf0, 3, ANY_PREFIX | IMM8},
};

static const Range *random_range(Random *r, bool is_long)
{
    unsigned total = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(ranges); i++)
        total += ranges[i].weight;
    for (;;) {
        unsigned which = random_below(r, total), i = 0;
        while (which >= ranges[i].weight)
            which -= ranges[i++].weight;
        if (!(ranges[i].how & (is_long ? SHORT : LONG)))
            return &ranges[i];
    }
}

/* Prefixes and opcode, without VEX. */
static unsigned put_legacy(Random *r, const Range *range, unsigned opcode, bool is_long, uint8_t *p)
{
    static const uint8_t mandatory[] = {0, 0, 0x66, 0x66, 0x66, 0xf3, 0xf2};
    unsigned n = 0, prefix = range->how & ANY_PREFIX ? mandatory[random_below(r, 7)] : 0;
    bool movbe = range->map == 2 && (opcode & 0xfe) == 0xf0;
    bool sizes = prefix == 0x66 && movbe;
    if ((range->how & LOCK) && random_chance(r, 10))
        p[n++] = 0xf0;
    if ((range->how & REPEAT) && random_chance(r, 60))
        p[n++] = random_chance(r, 50) ? 0xf3 : 0xf2;
    if (!(range->how & (ANY_PREFIX | NO_66)) && random_chance(r, 20)) {
        prefix = 0x66;
        sizes = true;
    }
    if (prefix)
        p[n++] = (uint8_t)prefix;
    if (is_long && random_chance(r, 60))
        p[n++] = (uint8_t)(0x40 | random_below(r, sizes ? 8 : 16)); /* 66 or REX.W, not both */
    if (range->map)
        p[n++] = 0x0f;
    if (range->map > 1)
        p[n++] = range->map == 2 ? 0x38 : 0x3a;
    p[n++] = (uint8_t)opcode;
    return n;
}

static unsigned put_vex(Random *r, const Range *range, unsigned opcode, bool is_long, uint8_t *p)
{
    unsigned n = 0, any = (unsigned)(random_u64(r) >> 32);
    unsigned vvvv = random_chance(r, 30) ? 15 : any & 15; /* 15: none, where none is allowed */
    unsigned last = (any >> 4 & 1) << 7 | vvvv << 3 | (any >> 5 & 1) << 2 | (any >> 6 & 3);
    if (!is_long)
        last |= 0x40; /* registers 0 .. 7 */
    p[n++] = 0xc4;
    p[n++] = (uint8_t)((is_long ? any >> 8 & 0xe0 : 0xe0) | (range->map - 4));
    p[n++] = (uint8_t)last;
    if (range->map == 7 && (opcode == 0x0a || opcode == 0x0b))
        p[n - 1] &= (uint8_t)~4; /* vroundss, vroundsd: QEMU 10.0 ends when L is set */
    p[n++] = (uint8_t)opcode;
    return n;
}

static unsigned put_modrm(Random *r, bool gathers, uint8_t *p)
{
    unsigned n = 0, mod = random_chance(r, 50) ? 3 : random_below(r, 3), rm = random_below(r, 8);
    if (gathers) {
        mod = 1;
        rm = 4;
    }
    p[n++] = (uint8_t)(mod << 6 | random_below(r, 8) << 3 | rm);
    if (mod == 3)
        return n;
    unsigned sib = random_below(r, 256);
    if (rm == 4)
        p[n++] = (uint8_t)sib;
    unsigned disp = mod == 1 ? 1 : mod == 2 ? 4 : rm == 5 || (rm == 4 && (sib & 7) == 5) ? 4 : 0;
    uint32_t value =
        random_chance(r, 50) ? (uint32_t)(random_below(r, 4096) - 2048) : (uint32_t)random_u64(r);
    memcpy(p + n, &value, disp);
    return n + disp;
}

unsigned x86_bytes(Maker *m, uint8_t *bytes)
{
    Random *r = m->random;
    bool is_long = m->processor->mode == AIL_MODE_X86_64;
    const Range *range = random_range(r, is_long);
    unsigned opcode = range->from + random_below(r, range->to - range->from + 1u);
    unsigned n = (range->map >= 4 ? put_vex : put_legacy)(r, range, opcode, is_long, bytes);
    if (!(range->how & NO_MODRM))
        n += put_modrm(r, range->map == 6 && opcode >= 0x90 && opcode <= 0x93, bytes + n);
    uint64_t immediate = random_chance(r, 50) ? random_u64(r) : random_below(r, 70);
    memcpy(bytes + n, &immediate, MIN(8, 16 - n));
    return 15;
}
