/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "Two-register miscellaneous" and "across lanes": operations on one vector. */
#include "analyzers/lift/arm64_vector.h"

enum { BHS = 7, BHSD = 15, HS = 6, B = 1, S = 4, SD = 12, SCALAR_D = 0x80, SCALAR_ALL = 0xf0 };
enum { SCALAR_SD = 0xc0, SCALAR_S = 0x40 };

/* An operation, lane by lane. */
typedef struct Unary {
    const char *name;
    uint8_t code;  /* 0: LANES by name */
    uint8_t sizes; /* as in A64Do */
    bool zero;     /* the second operand of code is zero, .. */
    bool swapped;  /* .. or the first */
    bool accumulates;
    bool pairs; /* lanes are twice as wide */
} Unary;

/* By u and opcode, bits 12 .. 16. */
static const Unary integer[2][12] = {
    {
        [2] = {"saddlp", .sizes = BHS, .pairs = true},
        [3] = {"suqadd", .sizes = BHSD | SCALAR_ALL, .accumulates = true},
        [4] = {"cls", .sizes = BHS},
        [5] = {"cnt", .code = AIL_OP_POPCNT, .sizes = B},
        [6] = {"sadalp", .sizes = BHS, .accumulates = true, .pairs = true},
        [7] = {"sqabs", .sizes = BHSD | SCALAR_ALL},
        [8] = {"cmgt", AIL_OP_LTS, BHSD | SCALAR_D, .swapped = true},
        [9] = {"cmeq", AIL_OP_EQ, BHSD | SCALAR_D, .zero = true},
        [10] = {"cmlt", AIL_OP_LTS, BHSD | SCALAR_D, .zero = true},
        [11] = {"abs", .code = AIL_OP_ABS, .sizes = BHSD | SCALAR_D},
    },
    {
        [2] = {"uaddlp", .sizes = BHS, .pairs = true},
        [3] = {"usqadd", .sizes = BHSD | SCALAR_ALL, .accumulates = true},
        [4] = {"clz", .code = AIL_OP_CLZ, .sizes = BHS},
        [6] = {"uadalp", .sizes = BHS, .accumulates = true, .pairs = true},
        [7] = {"sqneg", .sizes = BHSD | SCALAR_ALL},
        [8] = {"cmge", AIL_OP_LES, BHSD | SCALAR_D, .swapped = true},
        [9] = {"cmle", AIL_OP_LES, BHSD | SCALAR_D, .zero = true},
        [11] = {"neg", .code = AIL_OP_NEG, .sizes = BHSD | SCALAR_D},
    },
};

/* By u, bit 23, and opcode less 12. */
static const Unary floats[2][2][20] = {
    {
        {
            [12] = {"frintn", .sizes = SD},
            [13] = {"frintm", .sizes = SD},
            [14] = {"fcvtns", .sizes = SD | SCALAR_SD},
            [15] = {"fcvtms", .sizes = SD | SCALAR_SD},
            [16] = {"fcvtas", .sizes = SD | SCALAR_SD},
            [17] = {"scvtf", .sizes = SD | SCALAR_SD},
            [18] = {"frint32z", .sizes = SD},
            [19] = {"frint64z", .sizes = SD},
        },
        {
            [0] = {"fcmgt", .sizes = SD | SCALAR_SD},
            [1] = {"fcmeq", .sizes = SD | SCALAR_SD},
            [2] = {"fcmlt", .sizes = SD | SCALAR_SD},
            [3] = {"fabs", .sizes = SD},
            [12] = {"frintp", .sizes = SD},
            [13] = {"frintz", .sizes = SD},
            [14] = {"fcvtps", .sizes = SD | SCALAR_SD},
            [15] = {"fcvtzs", .sizes = SD | SCALAR_SD},
            [16] = {"urecpe", .sizes = S},
            [17] = {"frecpe", .sizes = SD | SCALAR_SD},
            [19] = {"frecpx", .sizes = SCALAR_SD},
        },
    },
    {
        {
            [12] = {"frinta", .sizes = SD},
            [13] = {"frintx", .sizes = SD},
            [14] = {"fcvtnu", .sizes = SD | SCALAR_SD},
            [15] = {"fcvtmu", .sizes = SD | SCALAR_SD},
            [16] = {"fcvtau", .sizes = SD | SCALAR_SD},
            [17] = {"ucvtf", .sizes = SD | SCALAR_SD},
            [18] = {"frint32x", .sizes = SD},
            [19] = {"frint64x", .sizes = SD},
        },
        {
            [0] = {"fcmge", .sizes = SD | SCALAR_SD},
            [1] = {"fcmle", .sizes = SD | SCALAR_SD},
            [3] = {"fneg", .sizes = SD},
            [13] = {"frinti", .sizes = SD},
            [14] = {"fcvtpu", .sizes = SD | SCALAR_SD},
            [15] = {"fcvtzu", .sizes = SD | SCALAR_SD},
            [16] = {"ursqrte", .sizes = S},
            [17] = {"frsqrte", .sizes = SD | SCALAR_SD},
            [19] = {"fsqrt", .sizes = SD},
        },
    },
};

static bool do_unary(AilBuild *b, const A64Vec *v, const Unary *what)
{
    unsigned have = v->scalar ? what->sizes >> 4 : what->sizes;
    if (!what->name || !(have >> v->log2 & 1) || (!v->scalar && v->lane == 8 && !v->q))
        return false;
    unsigned lane = what->pairs ? 2 * v->lane : v->lane;
    AilVar n = a64_vec(v, v->n), zero = ail_const(0, v->size), result;
    if (!what->code)
        result = a64_lanes(b, what->name, lane, v->size, n,
                           what->accumulates ? a64_vec(v, v->d) : AIL_NONE, AIL_NONE);
    else if (what->zero)
        result = a64_op_lanes(b, what->code, lane, n, zero);
    else if (what->swapped)
        result = a64_op_lanes(b, what->code, lane, zero, n);
    else
        result = a64_op_lanes(b, what->code, lane, n, AIL_NONE);
    a64_set_v(b, v->d, result);
    return true;
}

/* rev64, rev32, rev16: lanes of each unit in reverse order */
static bool reverse(AilBuild *b, const A64Vec *v, unsigned unit)
{
    AilVar n = a64_vec(v, v->n), all = ail_temp(b, v->size);
    if (v->lane >= unit || v->scalar)
        return false;
    for (unsigned i = 0; i < v->size && v->lane > 1; i += v->lane) {
        unsigned from = i - i % unit + unit - v->lane - i % unit;
        ail_copy(b, ail_part(all, i, v->lane), ail_part(n, from, v->lane));
    }
    a64_set_v(b, v->d, v->lane > 1 ? all : a64_op_lanes(b, AIL_OP_BSWAP, unit, n, AIL_NONE));
    return true;
}

/* Lanes get half as wide: xtn, sqxtn .., fcvtn. */
static bool narrow(AilBuild *b, const A64Vec *v, const char *name)
{
    unsigned size = v->scalar ? v->lane : 8;
    if (v->lane == 8)
        return false;
    if (!name) {
        a64_narrow(b, v, a64_v(v->n, 16), 0);
        return true;
    }
    a64_set_half(b, v,
                 a64_lanes(b, name, v->lane, size, a64_v(v->n, 2 * size), AIL_NONE, AIL_NONE));
    return true;
}

/* shll: by as many bits as a lane has */
static bool shift_long(AilBuild *b, const A64Vec *v)
{
    if (v->lane == 8 || v->scalar)
        return false;
    AilVar wide = ail_temp(b, 16), half = a64_half(v, v->n);
    ail_copy(b, wide, ail_const(0, 16));
    for (unsigned i = 0; i < 8; i += v->lane)
        ail_copy(b, ail_part(wide, 2 * i + v->lane, v->lane), ail_part(half, i, v->lane));
    a64_set_v(b, v->d, wide);
    return true;
}

/* fcvtn, fcvtl and the like; bit 22 says between which. */
static bool convert_width(AilBuild *b, const A64Vec *v, unsigned opcode)
{
    A64Vec f = *v;
    f.lane = opcode == 22 && v->log2 >= 2 ? 2 : v->log2 & 1 ? 4 : 2;
    if (opcode == 22)
        return (!v->scalar || (v->u && f.lane == 4)) && narrow(b, &f,
                                                               v->u           ? "fcvtxn"
                                                               : v->log2 >= 2 ? "bfcvtn"
                                                                              : "fcvtn");
    if (v->scalar || v->u || v->log2 >= 2)
        return false;
    AilVar half = a64_half(v, v->n);
    a64_set_v(b, v->d, a64_lanes(b, "fcvtl", 2 * f.lane, 16, half, AIL_NONE, AIL_NONE));
    return true;
}

static bool do_float(AilBuild *b, const A64Vec *v, unsigned opcode)
{
    A64Vec f = *v;
    f.log2 = 2 + (v->log2 & 1);
    f.lane = 1u << f.log2;
    f.size = v->scalar ? f.lane : v->size;
    return do_unary(b, &f, &floats[v->u][v->log2 >> 1][opcode - 12]);
}

bool a64_two_misc(AilBuild *b, uint32_t w, const A64Vec *v)
{
    unsigned opcode = a64_bits(w, 12, 5);
    static const char *const narrowing[2] = {"sqxtn", "uqxtn"};
    if (opcode < 2)
        return !(opcode && v->u) && reverse(b, v, opcode ? 2 : v->u ? 4 : 8);
    if (opcode == 5 && v->u) {
        if (v->log2 > 1 || v->scalar)
            return false;
        a64_set_v(b, v->d,
                  a64_op_lanes(b, v->log2 ? AIL_OP_BITREV : AIL_OP_NOT, v->log2 ? 1 : v->size,
                               ail_state(a64_v(v->n, 16).at, v->q ? 16 : 8), AIL_NONE));
        return true;
    }
    if (opcode < 12)
        return do_unary(b, v, &integer[v->u][opcode]);
    if (opcode == 18)
        return (v->u || !v->scalar) && narrow(b, v, v->u ? "sqxtun" : NULL);
    if (opcode == 19)
        return v->u && shift_long(b, v);
    if (opcode == 20)
        return narrow(b, v, narrowing[v->u]);
    if (opcode == 22 || opcode == 23)
        return convert_width(b, v, opcode);
    return do_float(b, v, opcode);
}

bool a64_two_misc_half(AilBuild *b, uint32_t w, const A64Vec *v)
{
    A64Vec h = *v;
    unsigned opcode = a64_bits(w, 12, 5);
    if (opcode < 12 || !a64_bit(w, 22))
        return false;
    Unary what = floats[v->u][v->log2 >> 1][opcode - 12];
    what.sizes = (what.sizes & SD ? 2 : 0) | (what.sizes & SCALAR_SD ? 0x20 : 0);
    h.log2 = 1;
    h.lane = 2;
    h.size = v->scalar ? 2 : v->size;
    return do_unary(b, &h, &what);
}

/* Sums, greatest and least of all lanes. */
bool a64_across(AilBuild *b, uint32_t w, const A64Vec *v)
{
    unsigned opcode = a64_bits(w, 12, 5), lane = v->lane;
    const char *name = opcode == 3    ? (v->u ? "uaddlv" : "saddlv")
                       : opcode == 10 ? (v->u ? "umaxv" : "smaxv")
                       : opcode == 26 ? (v->u ? "uminv" : "sminv")
                       : opcode == 27 ? "addv"
                       : opcode == 12 ? (v->log2 & 2 ? "fminnmv" : "fmaxnmv")
                       : opcode == 15 ? (v->log2 & 2 ? "fminv" : "fmaxv")
                                      : NULL;
    bool is_float = opcode == 12 || opcode == 15;
    if (!name || (opcode == 27 && v->u))
        return false;
    if (is_float)
        lane = v->u ? 4 : 2;
    if (lane == 8 || (lane == 4 && !v->q))
        return false;
    AilVar sum = ail_temp(b, opcode == 3 ? 2 * lane : lane), n = a64_v(v->n, v->q ? 16 : 8);
    a64_mix(b, name, sum, n, AIL_NONE, AIL_NONE);
    a64_set_v(b, v->d, sum);
    return true;
}

/* addp, faddp .. of the two lanes of a vector */
bool a64_scalar_pair(AilBuild *b, uint32_t w, const A64Vec *v)
{
    unsigned opcode = a64_bits(w, 12, 5), lane = v->u ? (v->log2 & 1 ? 8 : 4) : 2;
    AilVar n = a64_v(v->n, 16);
    if (opcode == 27 && !v->u && v->log2 == 3) {
        a64_set_v(b, v->d, ail_do2(b, AIL_OP_ADD, 8, ail_part(n, 0, 8), ail_part(n, 8, 8)));
        return true;
    }
    const char *name = opcode == 12   ? (v->log2 & 2 ? "fminnm" : "fmaxnm")
                       : opcode == 13 ? "fadd"
                       : opcode == 15 ? (v->log2 & 2 ? "fmin" : "fmax")
                                      : NULL;
    if (!name)
        return false;
    AilVar low = ail_part(n, 0, lane), high = ail_part(n, lane, lane);
    a64_set_v(b, v->d, a64_lanes(b, name, lane, lane, low, high, AIL_NONE));
    return true;
}
