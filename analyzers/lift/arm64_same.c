/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "Three same": operations on two vectors, lane by lane or in pairs. */
#include "analyzers/lift/arm64_vector.h"

/* Sets of lanes. */
enum {
    BHS = 7,
    BHSD = 15,
    HS = 6,
    B = 1,
    SD = 12,
    SCALAR_D = 0x80,
    SCALAR_HS = 0x60,
    SCALAR_ALL = 0xf0,
    SCALAR_SD = 0xc0,
};

#define PLAIN(name, sizes)                                                                         \
    {                                                                                              \
        name, 0, sizes, false, false, false                                                        \
    }
#define CODE(name, code, sizes)                                                                    \
    {                                                                                              \
        name, code, sizes, false, false, false                                                     \
    }
#define SWAP(name, code, sizes)                                                                    \
    {                                                                                              \
        name, code, sizes, false, true, false                                                      \
    }
#define ADDS(name, sizes)                                                                          \
    {                                                                                              \
        name, 0, sizes, true, false, false                                                         \
    }
#define PAIRS(name, sizes)                                                                         \
    {                                                                                              \
        name, 0, sizes, false, false, true                                                         \
    }

/* By u and opcode, bits 11 .. 15. */
static const A64Do integer[2][24] = {
    {
        [0] = PLAIN("shadd", BHS),
        [1] = PLAIN("sqadd", BHSD | SCALAR_ALL),
        [2] = PLAIN("srhadd", BHS),
        [4] = PLAIN("shsub", BHS),
        [5] = PLAIN("sqsub", BHSD | SCALAR_ALL),
        [6] = SWAP("cmgt", AIL_OP_LTS, BHSD | SCALAR_D),
        [7] = SWAP("cmge", AIL_OP_LES, BHSD | SCALAR_D),
        [8] = PLAIN("sshl", BHSD | SCALAR_D),
        [9] = PLAIN("sqshl", BHSD | SCALAR_ALL),
        [10] = PLAIN("srshl", BHSD | SCALAR_D),
        [11] = PLAIN("sqrshl", BHSD | SCALAR_ALL),
        [12] = CODE("smax", AIL_OP_MAXS, BHS),
        [13] = CODE("smin", AIL_OP_MINS, BHS),
        [14] = PLAIN("sabd", BHS),
        [15] = ADDS("saba", BHS),
        [16] = CODE("add", AIL_OP_ADD, BHSD | SCALAR_D),
        [17] = PLAIN("cmtst", BHSD | SCALAR_D),
        [18] = ADDS("mla", BHS),
        [19] = CODE("mul", AIL_OP_MUL, BHS),
        [20] = PAIRS("smaxp", BHS),
        [21] = PAIRS("sminp", BHS),
        [22] = PLAIN("sqdmulh", HS | SCALAR_HS),
        [23] = PAIRS("addp", BHSD),
    },
    {
        [0] = PLAIN("uhadd", BHS),
        [1] = PLAIN("uqadd", BHSD | SCALAR_ALL),
        [2] = PLAIN("urhadd", BHS),
        [4] = PLAIN("uhsub", BHS),
        [5] = PLAIN("uqsub", BHSD | SCALAR_ALL),
        [6] = SWAP("cmhi", AIL_OP_LTU, BHSD | SCALAR_D),
        [7] = SWAP("cmhs", AIL_OP_LEU, BHSD | SCALAR_D),
        [8] = PLAIN("ushl", BHSD | SCALAR_D),
        [9] = PLAIN("uqshl", BHSD | SCALAR_ALL),
        [10] = PLAIN("urshl", BHSD | SCALAR_D),
        [11] = PLAIN("uqrshl", BHSD | SCALAR_ALL),
        [12] = CODE("umax", AIL_OP_MAXU, BHS),
        [13] = CODE("umin", AIL_OP_MINU, BHS),
        [14] = PLAIN("uabd", BHS),
        [15] = ADDS("uaba", BHS),
        [16] = CODE("sub", AIL_OP_SUB, BHSD | SCALAR_D),
        [17] = CODE("cmeq", AIL_OP_EQ, BHSD | SCALAR_D),
        [18] = ADDS("mls", BHS),
        [19] = PLAIN("pmul", B),
        [20] = PAIRS("umaxp", BHS),
        [21] = PAIRS("uminp", BHS),
        [22] = PLAIN("sqrdmulh", HS | SCALAR_HS),
    },
};

/* By u, bit 23, and opcode less 24. Sizes: words and double words, where bit 22 is the choice. */
static const A64Do floats[2][2][8] = {
    {
        {
            [0] = PLAIN("fmaxnm", SD),
            [1] = ADDS("fmla", SD),
            [2] = PLAIN("fadd", SD),
            [3] = PLAIN("fmulx", SD | SCALAR_SD),
            [4] = PLAIN("fcmeq", SD | SCALAR_SD),
            [6] = PLAIN("fmax", SD),
            [7] = PLAIN("frecps", SD | SCALAR_SD),
        },
        {
            [0] = PLAIN("fminnm", SD),
            [1] = ADDS("fmls", SD),
            [2] = PLAIN("fsub", SD),
            [6] = PLAIN("fmin", SD),
            [7] = PLAIN("frsqrts", SD | SCALAR_SD),
        },
    },
    {
        {
            [0] = PAIRS("fmaxnmp", SD),
            [2] = PAIRS("faddp", SD),
            [3] = PLAIN("fmul", SD),
            [4] = PLAIN("fcmge", SD | SCALAR_SD),
            [5] = PLAIN("facge", SD | SCALAR_SD),
            [6] = PAIRS("fmaxp", SD),
            [7] = PLAIN("fdiv", SD),
        },
        {
            [0] = PAIRS("fminnmp", SD),
            [2] = PLAIN("fabd", SD | SCALAR_SD),
            [4] = PLAIN("fcmgt", SD | SCALAR_SD),
            [5] = PLAIN("facgt", SD | SCALAR_SD),
            [6] = PAIRS("fminp", SD),
        },
    },
};

/* and, bic, orr, orn, eor; bsl, bit, bif, which choose between two by the bits of a third */
static void logical(AilBuild *b, const A64Vec *v)
{
    AilVar d = a64_vec(v, v->d), n = a64_vec(v, v->n), m = a64_vec(v, v->m);
    AilVar dst = ail_temp(b, v->size), mask = v->log2 == 1 ? d : m;
    static const AilOpCode codes[] = {AIL_OP_AND, AIL_OP_ANDN, AIL_OP_OR};
    bool itself = v->n == v->m;
    if (!v->u && v->log2 == 2 && itself) {
        dst = n;
    } else if ((!v->u && v->log2 == 1 && itself) || (v->u && v->log2 == 0 && itself)) {
        dst = ail_const(0, v->size);
    } else if (!v->u && v->log2 < 3) {
        ail_put(b, codes[v->log2], 0, dst, n, m, AIL_NONE);
    } else if (!v->u) {
        ail_put(b, AIL_OP_OR, 0, dst, n, ail_do1(b, AIL_OP_NOT, v->size, m), AIL_NONE);
    } else if (v->log2 == 0) {
        ail_put(b, AIL_OP_XOR, 0, dst, n, m, AIL_NONE);
    } else {
        AilVar on = n, off = v->log2 == 1 ? m : d;
        if (v->log2 == 3) { /* bif */
            on = d;
            off = n;
        }
        AilVar one = ail_do2(b, AIL_OP_AND, v->size, on, mask);
        AilVar other = ail_do2(b, AIL_OP_ANDN, v->size, off, mask);
        ail_put(b, AIL_OP_OR, 0, dst, one, other, AIL_NONE);
    }
    a64_set_v(b, v->d, dst);
}

/* fmlal, fmlsl: products of half the lanes, which are twice as wide, are added */
static bool multiply_long(AilBuild *b, uint32_t w, const A64Vec *v)
{
    unsigned half = v->size / 2, from = v->u ? half : 0;
    if (v->scalar || a64_bit(w, 22) || a64_bits(w, 11, 5) != (v->u ? 25 : 29))
        return false;
    AilVar n = ail_part(a64_v(v->n, 16), from, half), m = ail_part(a64_v(v->m, 16), from, half);
    a64_set_v(b, v->d,
              a64_lanes(b, a64_bit(w, 23) ? "fmlsl" : "fmlal", 4, v->size, n, m, a64_vec(v, v->d)));
    return true;
}

bool a64_three_same(AilBuild *b, uint32_t w, const A64Vec *v)
{
    unsigned opcode = a64_bits(w, 11, 5);
    AilVar n = a64_vec(v, v->n), m = a64_vec(v, v->m);
    if (opcode == 3) {
        if (v->scalar)
            return false;
        logical(b, v);
        return true;
    }
    if (opcode < 24) {
        bool itself = v->n == v->m && !v->scalar && v->u && (v->q || v->lane < 8);
        if (!itself || (opcode != 16 && opcode != 17))
            return a64_do(b, v, &integer[v->u][opcode], n, m);
        a64_set_v(b, v->d, ail_const(opcode == 16 ? 0 : UINT64_MAX, v->size)); /* sub, cmeq */
        return true;
    }
    A64Vec f = *v;
    const A64Do *what = &floats[v->u][v->log2 >> 1][opcode - 24];
    f.log2 = 2 + (v->log2 & 1);
    f.lane = 1u << f.log2;
    f.size = v->scalar ? f.lane : v->size;
    return multiply_long(b, w, v) || a64_do(b, &f, what, a64_vec(&f, v->n), a64_vec(&f, v->m));
}

bool a64_three_same_half(AilBuild *b, uint32_t w, const A64Vec *v)
{
    A64Vec h = *v;
    h.log2 = 1;
    h.lane = 2;
    h.size = v->scalar ? 2 : v->size;
    A64Do what = floats[v->u][v->log2 >> 1][a64_bits(w, 11, 3)];
    what.sizes = what.sizes & SCALAR_SD ? 0x22 : 2;
    return a64_do(b, &h, &what, a64_vec(&h, v->n), a64_vec(&h, v->m));
}

/* Dot products, complex numbers, products of small matrices. */
bool a64_three_same_extra(AilBuild *b, uint32_t w, const A64Vec *v)
{
    unsigned opcode = a64_bits(w, 11, 4), size = v->size, lane = 4;
    AilVar n = a64_vec(v, v->n), m = a64_vec(v, v->m), d = a64_vec(v, v->d);
    const char *name = NULL;
    if (opcode < 2 && v->u) {
        A64Do what = ADDS(opcode ? "sqrdmlsh" : "sqrdmlah", HS | SCALAR_HS);
        return a64_do(b, v, &what, n, m);
    }
    if (v->scalar)
        return false;
    if (opcode == 2)
        name = v->u ? "udot" : "sdot";
    else if (opcode == 3)
        name = "usdot";
    else if (opcode >= 8 && opcode < 12 && v->u)
        name = "fcmla", lane = 2 * v->lane;
    else if ((opcode == 12 || opcode == 14) && v->u)
        name = "fcadd", lane = 2 * v->lane, d = AIL_NONE;
    else if (opcode == 15 && v->u)
        name = v->log2 == 1 ? "bfdot" : v->q ? "bfmlalt" : "bfmlalb";
    else if (opcode == 4 || opcode == 5 || opcode == 13)
        lane = 0;
    else
        return false;
    if (lane > size)
        return false;
    if (opcode == 15 && v->log2 == 3) { /* of every other lane, which q says */
        size = 16;
        n = a64_v(v->n, 16), m = a64_v(v->m, 16), d = a64_v(v->d, 16);
    }
    AilVar dst = ail_temp(b, size);
    if (lane)
        ail_put(b, AIL_OP_LANES, lane, dst, n, m, d)->name = name;
    else
        a64_mix(b, opcode == 13 ? "bfmmla" : v->u ? "ummla" : "smmla", dst, n, m, d);
    a64_set_v(b, v->d, dst);
    return true;
}
