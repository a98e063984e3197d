/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals. When a handler runs, what it interrupted is on the user's stack, the result of a system
 * call with it (facts: Linux, arch/x86/include/asm/sigframe.h, arch/arm64/kernel/signal.c,
 * arch/arm/kernel/signal.c, and the uapi headers of their contexts).
 */
#include "replayer/osi/osi_private.h"

enum { FLAG_SIGINFO = 4 };

void ail_osi_signal(AilOsi *o, uint64_t ksignal)
{
    const AilOsiOffsets *off = &o->profile.off;
    if (!o->known || !o->current || off->ksignal_sig < 0)
        return;
    AilOsiTask *t = ail_osi_task(o, o->current);
    uint32_t number = ail_osi_u32(o, ksignal + (uint64_t)off->ksignal_sig);
    uint64_t handler = ail_osi_pointer(o, ksignal); /* ka.sa.sa_handler comes first, then flags */
    uint64_t flags = ail_osi_pointer(o, ksignal + o->pointer);
    uint64_t info = ksignal + (uint64_t)MAX(off->ksignal_info, 0);
    AilGuestSignal s = {0};
    if (off->ksignal_info >= 0 && off->siginfo_code >= 0)
        s.code = (int32_t)ail_osi_u32(o, info + (uint64_t)off->siginfo_code);
    if (off->ksignal_info >= 0 && off->siginfo_addr >= 0)
        s.addr = ail_osi_pointer(o, info + (uint64_t)off->siginfo_addr);
    t->in_handler = true;
    t->siginfo = flags & FLAG_SIGINFO;
    ail_guest_put_signal(&o->buf, &s);
    ail_osi_tell(o, AIL_EVENT_SIGNAL, number, handler);
}

/* Offsets from the stack pointer that the handler begins with. */
typedef struct Frame {
    unsigned result, pc, size;
} Frame;

static Frame frame_of(AilOsi *o, const AilOsiTask *t, uint64_t stack)
{
    enum { X86_64_CONTEXT = 48, ARM64_CONTEXT = 304, ARM_CONTEXT = 20 };
    bool rt;
    switch (t->call.abi) {
    case AIL_ABI_X86_64:
        return (Frame){X86_64_CONTEXT + 13 * 8, X86_64_CONTEXT + 16 * 8, 8};
    case AIL_ABI_ARM64:
        return (Frame){ARM64_CONTEXT + 8, ARM64_CONTEXT + 8 + 32 * 8, 8};
    case AIL_ABI_ARM:
        rt = t->siginfo;
        return (Frame){(rt ? 128 : 0) + ARM_CONTEXT + 12, (rt ? 128 : 0) + ARM_CONTEXT + 12 + 60,
                       4};
    default:
        /* A frame with siginfo begins with the addresses of what follows. */
        rt = ail_osi_u32(o, stack + 8) == (uint32_t)stack + 16;
        return rt ? (Frame){164 + 44, 164 + 56, 4} : (Frame){8 + 44, 8 + 56, 4};
    }
}

bool ail_osi_interrupted(AilOsi *o, const AilOsiTask *t, uint64_t stack, AilOsiInterrupted *was)
{
    Frame f = frame_of(o, t, stack);
    uint8_t result[8], pc[8];
    if (!ail_osi_read(o, stack + f.result, result, f.size) ||
        !ail_osi_read(o, stack + f.pc, pc, f.size))
        return false;
    was->result = ail_osi_number(result, f.size);
    was->pc = ail_osi_number(pc, f.size);
    return true;
}
