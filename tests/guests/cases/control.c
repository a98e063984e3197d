/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls, jumps out of them, signals, threads. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

#include "program.h"

typedef struct Pair {
    uint64_t first, second;
} Pair;

__attribute__((noinline)) static void give_pair(Pair pair)
{
    GIVE(pair);
}

void as_argument(void)
{
    give_pair(TAKE(Pair, 0));
}

__attribute__((noinline)) static void give_all(int n, ...)
{
    va_list args;
    va_start(args, n);
    GIVE(va_arg(args, uint32_t));
    GIVE_AT(4, va_arg(args, double));
    va_end(args);
}

void as_variable_argument(void)
{
    give_all(2, TAKE(uint32_t, 0), TAKE(double, 8));
}

__attribute__((noinline)) static uint32_t sum(int at)
{
    uint32_t x = TAKE(uint32_t, at);
    return at == 12 ? x : x + sum(at + 4);
}

void recursed(void)
{
    GIVE(sum(0));
}

void by_longjmp(void)
{
    jmp_buf env;
    int x = setjmp(env);
    if (!x)
        longjmp(env, TAKE(int, 0));
    GIVE(x);
}

/* --- what registers hold while something else runs --- */

static volatile int signals;

/* Something else in the registers that `held` uses. */
static void overwrite(void)
{
#ifdef __x86_64__
    __asm__ volatile("xor %%r12d, %%r12d\n\tpxor %%xmm9, %%xmm9" : : : "r12", "xmm9");
#else
    __asm__ volatile("mov x19, xzr\n\tmovi v9.16b, #0" : : : "x19", "v9");
#endif
}

/* Makes this system call between loading registers and storing them in `out`. */
static void held(long number, long a, const void *b, long c)
{
#ifdef __x86_64__
    __asm__ volatile("mov (%[in]), %%r12\n\t"
                     "movdqu (%[in]), %%xmm9\n\t"
                     "syscall\n\t"
                     "mov %%r12, (%[out])\n\t"
                     "movdqu %%xmm9, 8(%[out])"
                     : "+a"(number)
                     : "D"(a), "S"(b), "d"(c), [in] "r"(in), [out] "r"(out)
                     : "rcx", "r11", "r12", "xmm9", "memory");
#else
    register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x2 __asm__("x2") = c;
    register const void *x1 __asm__("x1") = b;
    __asm__ volatile("ldr x19, [%[in]]\n\t"
                     "ldr q9, [%[in]]\n\t"
                     "svc #0\n\t"
                     "str x19, [%[out]]\n\t"
                     "stur q9, [%[out], #8]"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), [in] "r"(in), [out] "r"(out)
                     : "x19", "v9", "memory");
    number = x0;
#endif
    if (number < 0)
        fail("system call");
}

static void on_signal(int number)
{
    (void)number;
    overwrite();
    signals++;
}

#ifdef __x86_64__
enum { CALL_READ = 0, CALL_KILL = 62 };
#else
enum { CALL_READ = 63, CALL_KILL = 129 };
#endif

void over_signal(void)
{
    signals = 0;
    signal(SIGUSR1, on_signal);
    held(CALL_KILL, getpid(), (const void *)(long)SIGUSR1, 0);
    if (signals != 1)
        fail("no signal");
}

static void give_in_signal(int number)
{
    (void)number;
    GIVE(TAKE(uint64_t, 0));
}

void in_signal(void)
{
    signal(SIGUSR2, give_in_signal);
    raise(SIGUSR2);
}

static int ends[2];

static void *write_later(void *nothing)
{
    usleep(20000);
    overwrite();
    if (write(ends[1], "", 1) != 1)
        fail("pipe");
    return nothing;
}

/* Another thread runs meanwhile. */
void over_switch(void)
{
    pthread_t thread;
    char got;
    if (pipe(ends) || pthread_create(&thread, NULL, write_later, NULL))
        fail("thread");
    held(CALL_READ, ends[0], &got, 1);
    pthread_join(thread, NULL);
    close(ends[0]);
    close(ends[1]);
}

/* --- threads --- */

static void *take_second(void *nothing)
{
    (void)nothing;
    return (void *)TAKE(uint64_t, 8);
}

void from_thread(void)
{
    pthread_t thread;
    void *result;
    if (pthread_create(&thread, NULL, take_second, NULL) || pthread_join(thread, &result))
        fail("thread");
    GIVE(result);
}

static __thread volatile uint64_t own;

static void *take_own(void *nothing)
{
    own = TAKE(uint64_t, 0);
    usleep(20000);
    GIVE((uint64_t)own);
    return nothing;
}

void thread_storage(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, take_own, NULL))
        fail("thread");
    own = 1;
    pthread_join(thread, NULL);
}
