/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads and stores of vectors' elements, ld1 .. ld4 and st1 .. st4: Arm ARM C4.1, "Advanced SIMD
 * load/store multiple structures" and "single structure". Memory is loaded as it lies, in order,
 * and its elements are then dealt out.
 */
#include "analyzers/lift/arm64.h"

/* Memory of `size` bytes to or from v; a part of it at a time. */
static void stream(AilBuild *b, bool load, AilVar v, AilVar at)
{
    for (unsigned i = 0; i < v.size; i += 16) {
        AilVar part = ail_part(v, i, v.size - i < 16 ? v.size - i : 16),
               from = a64_offset(b, at, i);
        if (load)
            ail_put(b, AIL_OP_LOAD, 0, part, AIL_NONE, from, AIL_NONE);
        else
            ail_store(b, from, part);
    }
}

/* After the instruction the base is further on, by register m or by what was accessed. */
static void move_base(AilBuild *b, uint32_t w, unsigned size)
{
    unsigned n = a64_bits(w, 5, 5), m = a64_bits(w, 16, 5);
    AilVar base = a64_xsp(b, n, 8), by = m == 31 ? ail_const(size, 8) : a64_x(m, 8);
    if (a64_bit(w, 23))
        ail_put(b, AIL_OP_ADD, 0, base, base, by, AIL_NONE);
}

static void clear_upper(AilBuild *b, unsigned t)
{
    ail_copy(b, ail_part(a64_v(t, 16), 8, 8), ail_const(0, 8));
}

static bool multiple(AilBuild *b, uint32_t w)
{
    /* by opcode: registers that each structure is dealt out to, and in all */
    static const uint8_t deal[16] = {
        [0] = 4, [2] = 1, [4] = 3, [6] = 1, [7] = 1, [8] = 2, [10] = 1};
    static const uint8_t total[16] = {
        [0] = 4, [2] = 4, [4] = 3, [6] = 3, [7] = 1, [8] = 2, [10] = 2};
    unsigned opcode = a64_bits(w, 12, 4), each = deal[opcode], n = total[opcode];
    unsigned size = a64_bit(w, 30) ? 16 : 8, element = 1u << a64_bits(w, 10, 2);
    unsigned t = a64_bits(w, 0, 5);
    bool load = a64_bit(w, 22);
    if (!n || a64_bit(w, 21) || (each > 1 && element == 8 && size == 8))
        return false;
    AilVar all = ail_temp(b, n * size), at = a64_xsp(b, a64_bits(w, 5, 5), 8);
    if (each == 1)
        element = size;
    if (load)
        stream(b, true, all, at);
    for (unsigned i = 0; i < n * size / element; i++) {
        unsigned reg = each == 1 ? i : i % each, index = each == 1 ? 0 : i / each;
        AilVar lane = ail_part(a64_v((t + reg) % 32, 16), index * element, element);
        AilVar mem = ail_part(all, i * element, element);
        ail_copy(b, load ? lane : mem, load ? mem : lane);
    }
    for (unsigned i = 0; i < n && load && size == 8; i++)
        clear_upper(b, (t + i) % 32);
    if (!load)
        stream(b, false, all, at);
    move_base(b, w, n * size);
    return true;
}

/* ld1r .. ld4r */
static void replicate(AilBuild *b, uint32_t w, unsigned n)
{
    unsigned element = 1u << a64_bits(w, 10, 2), t = a64_bits(w, 0, 5);
    unsigned size = a64_bit(w, 30) ? 16 : 8;
    AilVar all = ail_temp(b, n * element);
    stream(b, true, all, a64_xsp(b, a64_bits(w, 5, 5), 8));
    for (unsigned i = 0; i < n; i++) {
        AilVar v = a64_v((t + i) % 32, 16);
        for (unsigned at = 0; at < size; at += element)
            ail_copy(b, ail_part(v, at, element), ail_part(all, i * element, element));
        if (size == 8)
            clear_upper(b, (t + i) % 32);
    }
    move_base(b, w, n * element);
}

static bool single(AilBuild *b, uint32_t w)
{
    unsigned opcode = a64_bits(w, 13, 3), scale = opcode >> 1, size = a64_bits(w, 10, 2);
    unsigned n = ((opcode & 1) << 1 | a64_bit(w, 21)) + 1, t = a64_bits(w, 0, 5);
    unsigned index = a64_bit(w, 30) << 3 | a64_bit(w, 12) << 2 | size;
    bool load = a64_bit(w, 22);
    if (scale == 3) {
        if (!load || a64_bit(w, 12))
            return false;
        replicate(b, w, n);
        return true;
    }
    if (scale == 2 && size & 1)
        scale = 3;
    if ((scale == 1 && size & 1) || (scale == 2 && size & 2) || (scale == 3 && index & 6))
        return false;
    unsigned element = 1u << scale, from = (index >> scale) * element;
    AilVar all = ail_temp(b, n * element), at = a64_xsp(b, a64_bits(w, 5, 5), 8);
    if (load)
        stream(b, true, all, at);
    for (unsigned i = 0; i < n; i++) {
        AilVar lane = ail_part(a64_v((t + i) % 32, 16), from, element);
        AilVar mem = ail_part(all, i * element, element);
        ail_copy(b, load ? lane : mem, load ? mem : lane);
    }
    if (!load)
        stream(b, false, all, at);
    move_base(b, w, n * element);
    return true;
}

bool a64_structure(AilBuild *b, uint32_t w)
{
    return a64_bit(w, 24) ? single(b, w) : multiple(b, w);
}
