/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Floating point: all bytes of a number have a part in all bytes of the result. And vectors. */
#include "program.h"

typedef float Floats __attribute__((vector_size(16)));
typedef double Doubles __attribute__((vector_size(16)));
typedef uint32_t Words __attribute__((vector_size(16)));
typedef int8_t Bytes __attribute__((vector_size(16)));

/* What the compiler cannot know the value of. */
#define HIDDEN(type, value) (*(volatile type *)&(type){value})

void float_added(void)
{
    GIVE(TAKE(float, 0) + TAKE(float, 4));
}

void float_subtracted(void)
{
    GIVE(HIDDEN(float, -187.25f) - TAKE(float, 0));
}

void double_multiplied(void)
{
    GIVE(TAKE(double, 0) * TAKE(double, 8));
}

void double_divided(void)
{
    GIVE(TAKE(double, 0) / TAKE(double, 8));
}

void double_rooted(void)
{
    GIVE(__builtin_sqrt(TAKE(double, 0)));
}

/* x87; AArch64 has no such numbers in its processor. */
void long_double_added(void)
{
#ifdef __x86_64__
    GIVE((double)((long double)TAKE(double, 0) + HIDDEN(long double, 3)));
#else
    GIVE(TAKE(double, 0) + HIDDEN(double, 3));
#endif
}

void float_compared(void)
{
    GIVE((uint8_t)(TAKE(float, 0) < TAKE(float, 4)));
}

void int_to_float(void)
{
    GIVE((float)TAKE(int32_t, 0));
}

void int_to_double(void)
{
    GIVE((double)TAKE(int32_t, 4));
}

void float_to_int(void)
{
    GIVE((int32_t)TAKE(float, 0));
}

void double_to_unsigned(void)
{
    GIVE((uint32_t)TAKE(double, 0));
}

void float_to_double(void)
{
    GIVE((double)TAKE(float, 0));
}

void double_to_float(void)
{
    GIVE((float)TAKE(double, 8));
}

void floats_added(void)
{
    GIVE(TAKE(Floats, 0) + HIDDEN(Floats, 1.5f));
}

void doubles_multiplied(void)
{
    GIVE(TAKE(Doubles, 0) * TAKE(Doubles, 0));
}

void lanes_added(void)
{
    GIVE(TAKE(Words, 0) + HIDDEN(Words, 77));
}

void lanes_compared(void)
{
    GIVE(TAKE(Bytes, 0) == HIDDEN(Bytes, '5'));
}
