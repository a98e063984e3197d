/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions for AES, SHA, SM3 and SM4: Arm ARM C4.1, "Cryptographic ..". */
#include "analyzers/lift/arm64_vector.h"

/* d = name(d, n, m), where what is AIL_NONE is not used; `size` bytes of it. */
static bool mix(AilBuild *b, const char *name, unsigned d, unsigned size, AilVar x, AilVar y,
                AilVar z)
{
    AilVar result = ail_temp(b, size);
    a64_mix(b, name, result, x, y, z);
    a64_set_v(b, d, result);
    return true;
}

/* aese, aesd, aesmc, aesimc; sha1h, sha1su1, sha256su0 */
static bool two_registers(AilBuild *b, uint32_t w)
{
    unsigned opcode = a64_bits(w, 12, 5), rd = a64_bits(w, 0, 5);
    AilVar d = a64_v(rd, 16), n = a64_v(a64_bits(w, 5, 5), 16);
    if (a64_bits(w, 22, 2))
        return false;
    if (!a64_bit(w, 28)) {
        static const char *const names[] = {"aese", "aesd", "aesmc", "aesimc"};
        return opcode >= 4 && opcode < 8 &&
               mix(b, names[opcode - 4], rd, 16, n, opcode < 6 ? d : AIL_NONE, AIL_NONE);
    }
    if (opcode == 0) { /* sha1h: a rotation */
        a64_set_v(b, rd, ail_do2(b, AIL_OP_ROL, 4, ail_part(n, 0, 4), ail_const(30, 4)));
        return true;
    }
    return opcode < 3 && mix(b, opcode == 1 ? "sha1su1" : "sha256su0", rd, 16, d, n, AIL_NONE);
}

/* sha1c .., sha256h .. */
static bool three_registers(AilBuild *b, uint32_t w)
{
    static const char *const names[] = {"sha1c",   "sha1p",    "sha1m",    "sha1su0",
                                        "sha256h", "sha256h2", "sha256su1"};
    unsigned opcode = a64_bits(w, 12, 3), rd = a64_bits(w, 0, 5);
    AilVar n = a64_v(a64_bits(w, 5, 5), opcode < 3 ? 4 : 16);
    return opcode < 7 &&
           mix(b, names[opcode], rd, 16, a64_v(rd, 16), n, a64_v(a64_bits(w, 16, 5), 16));
}

/* eor3, bcax: d = n ^ m ^ a, n ^ (m & ~a); sm3ss1 */
static bool four_registers(AilBuild *b, uint32_t w)
{
    unsigned which = a64_bits(w, 21, 2), d = a64_bits(w, 0, 5);
    AilVar n = a64_v(a64_bits(w, 5, 5), 16), m = a64_v(a64_bits(w, 16, 5), 16);
    AilVar a = a64_v(a64_bits(w, 10, 5), 16);
    if (which == 2)
        return mix(b, "sm3ss1", d, 16, n, m, a);
    AilVar other = ail_do2(b, which ? AIL_OP_ANDN : AIL_OP_XOR, 16, m, a);
    a64_set_v(b, d, ail_do2(b, AIL_OP_XOR, 16, n, other));
    return which < 2;
}

/* xar: rotated n ^ m; rax1: n ^ m rotated by one */
static void rotate(AilBuild *b, uint32_t w, bool xar)
{
    unsigned by = a64_bits(w, 10, 6);
    AilVar n = a64_v(a64_bits(w, 5, 5), 16), m = a64_v(a64_bits(w, 16, 5), 16), result;
    if (xar) {
        AilVar x = ail_do2(b, AIL_OP_XOR, 16, n, m);
        result = a64_op_lanes(b, AIL_OP_ROR, 8, x, ail_const(by, 8));
    } else {
        result = a64_op_lanes(b, AIL_OP_ROL, 8, m, ail_const(1, 8));
        result = ail_do2(b, AIL_OP_XOR, 16, n, result);
    }
    a64_set_v(b, a64_bits(w, 0, 5), result);
}

/* sha512h .., sm3.., sm4.. */
static bool later(AilBuild *b, uint32_t w)
{
    static const char *const sha[] = {"sha512h", "sha512h2", "sha512su1", NULL};
    static const char *const sm[] = {"sm3partw1", "sm3partw2", "sm4ekey", NULL};
    static const char *const turn[] = {"sm3tt1a", "sm3tt1b", "sm3tt2a", "sm3tt2b"};
    unsigned rd = a64_bits(w, 0, 5), which = a64_bits(w, 10, 2), kind = a64_bits(w, 12, 4);
    AilVar d = a64_v(rd, 16), n = a64_v(a64_bits(w, 5, 5), 16), m = a64_v(a64_bits(w, 16, 5), 16);
    if (a64_bits(w, 21, 3) == 4) {
        rotate(b, w, true);
        return true;
    }
    if (a64_bits(w, 21, 3) == 2 && kind >> 2 == 2)
        return mix(b, turn[which], rd, 16, d, n, ail_part(m, 4 * (kind & 3), 4));
    if (a64_bits(w, 21, 3) == 6 && a64_bits(w, 12, 9) == 8 && which < 2)
        return mix(b, which ? "sm4e" : "sha512su0", rd, 16, d, n, AIL_NONE);
    if (a64_bits(w, 21, 3) != 3 || (kind != 8 && kind != 12))
        return false;
    if (kind == 8 && which == 3) {
        rotate(b, w, false);
        return true;
    }
    const char *name = (kind == 8 ? sha : sm)[which];
    return name && mix(b, name, rd, 16, n, m, kind == 12 && which == 2 ? AIL_NONE : d);
}

bool a64_crypto(AilBuild *b, uint32_t w)
{
    if (a64_bits(w, 24, 8) != 0xce)
        return a64_bit(w, 21) ? two_registers(b, w) : !a64_bits(w, 22, 2) && three_registers(b, w);
    return a64_bit(w, 23) || a64_bit(w, 15) || a64_bits(w, 21, 3) == 4 ? later(b, w)
                                                                       : four_registers(b, w);
}
