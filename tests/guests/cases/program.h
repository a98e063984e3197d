/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the program. */
#ifndef AIL_TESTS_GUESTS_CASES_PROGRAM_H
#define AIL_TESTS_GUESTS_CASES_PROGRAM_H

#include <stdint.h>
#include <string.h>

#include "cases.h"

enum { IN = 16, OUT = 64 };

/* "-1234 567.5 0x9f", and a NUL; read anew for each case, in which each has labels of its own. */
extern char in[IN + 1];
/* The result, cleared before. */
extern char out[OUT];

#define CASE_FUNCTION(name, bytes, answer, with) void name(void);
CASES(CASE_FUNCTION)
#undef CASE_FUNCTION

/* Ends the program with a line that says what failed. */
_Noreturn void fail(const char *what);

/* Asks which labels these bytes have (formats/hypercall.h). */
static inline void ask(const void *at, unsigned long len)
{
#ifdef __x86_64__
    unsigned eax = 0x554c4941, ecx = 4, ebx, edx;
    __asm__ volatile("cpuid"
                     : "+a"(eax), "+c"(ecx), "=b"(ebx), "=d"(edx)
                     : "D"(at), "S"(len)
                     : "memory");
#else
    register unsigned long x0 __asm__("x0") = 0x554c4941, x1 __asm__("x1") = 4;
    register const void *x2 __asm__("x2") = at;
    register unsigned long x3 __asm__("x3") = len;
    __asm__ volatile("hint #127" : : "r"(x0), "r"(x1), "r"(x2), "r"(x3) : "memory");
#endif
}

/* What is at in[at], as such a number. */
#define TAKE(type, at)                                                                             \
    ({                                                                                             \
        type taken;                                                                                \
        memcpy(&taken, in + (at), sizeof taken);                                                   \
        taken;                                                                                     \
    })

/* `value` is the result, or a part of it from out[at] on. */
#define GIVE_AT(at, value)                                                                         \
    do {                                                                                           \
        __typeof__(value) given = (value);                                                         \
        memcpy(out + (at), &given, sizeof given);                                                  \
    } while (0)
#define GIVE(value) GIVE_AT(0, value)

#endif
