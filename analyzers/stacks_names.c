/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/stacks_names.h"

bool ail_stacks_name(const AilStacks *s, const AilSymbols *symbols, uint64_t pc, char *buf,
                     size_t size)
{
    const AilGuest *guest = ail_stacks_guest(s);
    AilSymbolizer *z = ail_symbolizer_of(symbols);
    uint64_t asid = ail_stacks_asid(s);
    ail_stacks_user_asid(s, &asid);
    if (!z)
        return symbols && symbols->name(symbols->self, asid, pc, buf, size);
    uint64_t mm = ail_guest_mm_of(guest, asid);
    const AilTask *running = ail_guest_running(guest);
    if (!mm && running)
        mm = running->mm;
    return ail_symbolizer_name(z, guest, mm, pc, buf, size);
}

const AilTask *ail_stacks_task(const AilStacks *s, const AilSymbols *symbols)
{
    return symbols ? ail_guest_running(ail_stacks_guest(s)) : NULL;
}

uint64_t ail_stacks_process(const AilStacks *s, const AilSymbols *symbols)
{
    const AilTask *t = ail_stacks_task(s, symbols);
    const AilTask *leader = t ? ail_guest_find_pid(ail_stacks_guest(s), t->tgid) : NULL;
    return leader && leader->tgid == t->tgid ? leader->id : t ? t->id : 0;
}
