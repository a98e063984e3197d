/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/syscalls.h"

unsigned ail_abi_word(unsigned abi)
{
    return abi == AIL_ABI_I386 || abi == AIL_ABI_ARM || abi == AIL_ABI_PPC ? 4 : 8;
}

/* The tables come with the next change. */
const AilCaptureRule *ail_syscall_captures(unsigned abi, uint64_t number)
{
    (void)abi;
    (void)number;
    return NULL;
}

unsigned ail_syscall_capture(const AilCaptureRule *rules, unsigned abi, const uint64_t args[6],
                             int64_t result, bool at_return, AilCaptureRead read,
                             AilCapturePiece piece, void *user)
{
    (void)rules, (void)abi, (void)args, (void)result, (void)at_return, (void)read, (void)piece;
    (void)user;
    return 0;
}
