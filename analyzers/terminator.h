/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the last instruction of a block does to the call stack, by decoding it once.
 * Sources: Intel 64 and IA-32 manual, volume 2; Arm ARM (DDI 0487), chapter C4.
 */
#ifndef AIL_ANALYZERS_TERMINATOR_H
#define AIL_ANALYZERS_TERMINATOR_H

#include "trace/trace.h"

typedef enum {
    AIL_TERM_OTHER = 0, /* nothing: a jump, a branch, the end of a page */
    AIL_TERM_CALL, /* x86 call (pushes), bl and its like that keep the return address in a register
                    */
    AIL_TERM_RETURN,
    AIL_TERM_ENTRY,  /* asks for a more privileged level: syscall, sysenter, int n, svc, ... */
    AIL_TERM_RESUME, /* leaves it: iret, sysret, sysexit, eret */
} AilTerminator;

/* Decoder state: capstone handles, opened when first needed. One thread at a time. */
typedef struct AilDecoder AilDecoder;
AilDecoder *ail_decoder_new(void);
void ail_decoder_free(AilDecoder *decoder);

/* The class of the block's last instruction; OTHER for one that cannot be decoded. */
AilTerminator ail_terminator(AilDecoder *decoder, const AilBlock *block);

/* Whether calls of this AilMode keep the return address in a register. */
static inline bool ail_mode_links(uint8_t mode)
{
    return mode >= AIL_MODE_A64;
}

/*
 * The first instruction in the block that stores (load false) or the last that loads (load true)
 * the link register at an address from the stack pointer, or -1: AArch64's x30, Arm's lr; PowerPC
 * by way of another register. Where a return
 * address is kept tells which stack a function runs on.
 */
int ail_link_access(const AilBlock *block, bool load);

#endif
