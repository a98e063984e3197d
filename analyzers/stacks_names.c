/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/stacks_names.h"

bool ail_stacks_name(const AilStacks *s, const AilSymbols *symbols, uint64_t pc, char *buf,
                     size_t size)
{
    uint64_t asid = ail_stacks_asid(s);
    ail_stacks_user_asid(s, &asid);
    return ail_symbols_name(symbols, ail_stacks_guest(s), asid, pc, buf, size);
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
