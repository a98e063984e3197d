/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux's system calls: names, arguments and what they mean, by ABI and number. The tables are made
 * when Ailurus is built (formats/syscalls/generate.py): numbers and constants from the kernel's
 * uapi headers, prototypes from its include/linux/syscalls.h, what an argument means from
 * formats/syscalls/rules. All is constant data; all functions are thread-safe and allocate nothing.
 *
 * Only libc is needed: formats/syscalls*.c go into the replay's plugin, too.
 */
#ifndef AIL_FORMATS_SYSCALLS_H
#define AIL_FORMATS_SYSCALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a system call was made: the table that its number is of. */
typedef enum {
    AIL_ABI_X86_64 = 1, /* syscall in 64-bit code */
    AIL_ABI_I386 = 2,   /* int 0x80, sysenter or syscall in 32-bit code, int 0x80 in any */
    AIL_ABI_ARM64 = 3,
    AIL_ABI_ARM = 4, /* EABI */
    AIL_ABI_PPC = 5, /* without a table */
    AIL_ABI_COUNT,
} AilAbi;

/* Bytes of a pointer and of a long: 4 or 8 (8 for an unknown ABI). */
unsigned ail_abi_word(unsigned abi);

enum {
    AIL_CAPTURE_STRING_MAX = 4096, /* bytes of a string, its zero byte included */
    AIL_CAPTURE_TOTAL = 16384,     /* bytes in all pieces of one event */
    AIL_CAPTURE_PIECES = 128,      /* pieces of one event */
    AIL_CAPTURE_MISSED = 0x10000,  /* added to the number of pieces: something could not be read */
};

/* What of a call's memory is worth keeping; ail_syscall_capture executes it. */
typedef struct AilCaptureRule AilCaptureRule;

/*
 * The rules of a call, ended by one that ail_syscall_capture knows; NULL: nothing to keep (or an
 * unknown call). Constant.
 */
const AilCaptureRule *ail_syscall_captures(unsigned abi, uint64_t number);

/* Read `len` bytes of the running task's memory; false: not all of it can be read. Never asked for
 * bytes of more than one 4 KiB page at once. */
typedef bool (*AilCaptureRead)(void *user, uint64_t addr, void *buf, size_t len);

/* Take a piece (bytes: valid during the call). len is at least 1. */
typedef void (*AilCapturePiece)(void *user, uint64_t addr, const void *bytes, size_t len);

/*
 * Keep what the rules of a call say. rules may be NULL. args: the registers as they were at entry,
 * at the return too; the upper halves count for nothing where the ABI has 32 bits. result:
 * sign-extended, at_return only. What cannot be read is left out, from where it cannot be. A string
 * ends with its zero byte, or else is cut.
 * Bounded by AIL_CAPTURE_TOTAL and AIL_CAPTURE_PIECES whatever the memory holds; uses 12 KiB of
 * stack. Returns the number of pieces, and AIL_CAPTURE_MISSED: a page that the guest has not
 * brought in yet is read by its kernel, but not by us. Then capture again with at_return false when
 * the call has returned, unless as another program, and add the pieces to the return's.
 */
unsigned ail_syscall_capture(const AilCaptureRule *rules, unsigned abi, const uint64_t args[6],
                             int64_t result, bool at_return, AilCaptureRead read,
                             AilCapturePiece piece, void *user);

#endif
