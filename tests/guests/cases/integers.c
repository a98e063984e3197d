/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What processors do with numbers. */
#include "program.h"

typedef unsigned __int128 Wide;

void copied(void)
{
    for (int i = 0; i < IN; i++)
        out[i] = in[i];
}

void added(void)
{
    GIVE(TAKE(uint64_t, 0) + TAKE(uint64_t, 8));
}

void subtracted(void)
{
    GIVE(TAKE(uint32_t, 0) - TAKE(uint32_t, 4));
}

void carried(void)
{
    GIVE((uint8_t)(((Wide)TAKE(uint64_t, 0) + TAKE(uint64_t, 8)) >> 64));
}

void multiplied(void)
{
    GIVE(TAKE(uint32_t, 0) * TAKE(uint32_t, 4));
}

void multiplied_high(void)
{
    GIVE((uint64_t)(((Wide)TAKE(uint64_t, 0) * TAKE(uint64_t, 8)) >> 64));
}

void divided(void)
{
    GIVE(TAKE(uint32_t, 4) / TAKE(uint32_t, 0));
}

void remainder_of(void)
{
    GIVE(TAKE(uint32_t, 4) % TAKE(uint32_t, 0));
}

void divided_by_ten(void)
{
    GIVE(TAKE(int32_t, 0) / 10);
}

void negated(void)
{
    GIVE(-TAKE(uint32_t, 0));
}

void inverted(void)
{
    GIVE(~TAKE(uint32_t, 0));
}

/* A constant decides where it is part of the instruction. */
void masked(void)
{
    uint32_t x = TAKE(uint32_t, 0);
#ifdef __x86_64__
    __asm__("and $0x00ff00ff, %0" : "+r"(x));
#else
    __asm__("and %w0, %w0, #0x00ff00ff" : "+r"(x));
#endif
    GIVE(x);
}

void set_bits(void)
{
    uint32_t x = TAKE(uint32_t, 0);
#ifdef __x86_64__
    __asm__("or $0xff00, %0" : "+r"(x));
#else
    __asm__("orr %w0, %w0, #0xff00" : "+r"(x));
#endif
    GIVE(x);
}

void exclusive(void)
{
    GIVE(TAKE(uint32_t, 0) ^ TAKE(uint32_t, 4));
}

void shifted(void)
{
    GIVE(TAKE(uint32_t, 0) << 8);
}

void rotated(void)
{
    uint32_t x = TAKE(uint32_t, 0);
    GIVE(x << 12 | x >> 20);
}

void shifted_by(void)
{
    GIVE(TAKE(uint32_t, 0) << (in[4] & 7));
}

void swapped(void)
{
    GIVE(__builtin_bswap64(TAKE(uint64_t, 0)));
}

void widened(void)
{
    GIVE((int64_t)TAKE(int16_t, 2));
}

void zeros_counted(void)
{
    GIVE(__builtin_clz(TAKE(uint32_t, 0)));
}

void compared(void)
{
    GIVE((uint8_t)(TAKE(uint32_t, 0) < TAKE(uint32_t, 4)));
}

/* A branch that is followed into nothing: the text is '-'. */
void decided(void)
{
    if (*(volatile char *)in == '-')
        *(volatile uint32_t *)(void *)out = 0x01020304;
}

void looked_up(void)
{
    static volatile char table[256];
    table['.'] = 7;
    out[0] = table[(uint8_t)in[9]];
}

void cleared(void)
{
    memcpy(out, in, IN);
    memset(out + 4, 0, 4);
    GIVE_AT(12, 5);
}

void cancelled(void)
{
    uint64_t x = TAKE(uint64_t, 0);
#ifdef __x86_64__
    __asm__("xor %0, %0" : "+r"(x));
#else
    __asm__("eor %0, %0, %0" : "+r"(x));
#endif
    GIVE(x);
}
