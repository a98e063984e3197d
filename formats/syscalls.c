/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/syscalls.h"

#include <string.h>

#include "formats/syscalls_private.h"

unsigned ail_abi_word(unsigned abi)
{
    return abi == AIL_ABI_I386 || abi == AIL_ABI_ARM || abi == AIL_ABI_PPC ? 4 : 8;
}

const char *ail_abi_name(unsigned abi)
{
    static const char *const names[AIL_ABI_COUNT] = {"abi",   "x86_64", "i386",
                                                     "arm64", "arm",    "ppc"};
    return names[abi < AIL_ABI_COUNT ? abi : 0];
}

static const AilSyscallTable *table_of(unsigned abi)
{
    return &ail_syscall_tables[abi < AIL_ABI_COUNT ? abi : 0];
}

const AilSyscall *ail_syscall_find(unsigned abi, uint64_t number)
{
    const AilSyscallTable *t = table_of(abi);
    uint32_t low = 0, high = t->n_calls;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (t->calls[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < t->n_calls && t->calls[low].number == number ? t->calls[low].call : NULL;
}

const AilSyscall *ail_syscall_socketcall(uint64_t number)
{
    return number < ail_n_socketcalls ? ail_socketcalls[number] : NULL;
}

uint64_t ail_syscall_number(unsigned abi, const char *name)
{
    const AilSyscallTable *t = table_of(abi);
    for (uint32_t i = 0; i < t->n_calls; i++)
        if (!strcmp(t->calls[i].call->name, name))
            return t->calls[i].number;
    return AIL_SYSCALL_NONE;
}

const AilSyscall *ail_syscall_variant(const AilSyscall *call, const uint64_t args[6])
{
    for (const AilSyscallVariant *v = call->variants; v && v->call; v++)
        if ((uint32_t)args[v->reg] == v->value)
            return v->call;
    return call;
}

const AilCaptureRule *ail_syscall_captures(unsigned abi, uint64_t number)
{
    const AilSyscall *call = ail_syscall_find(abi, number);
    return call ? call->captures : NULL;
}

const AilSyscallSet *ail_syscall_set(unsigned abi, const char *name)
{
    const AilSyscallTable *t = table_of(abi);
    for (uint32_t i = 0; i < t->n_sets; i++)
        if (!strcmp(t->sets[i].name, name))
            return t->sets[i].set;
    return NULL;
}

const AilSyscallStruct *ail_syscall_struct(unsigned abi, const char *name)
{
    const AilSyscallTable *t = table_of(abi);
    for (uint32_t i = 0; i < t->n_structs; i++)
        if (!strcmp(t->structs[i]->name, name))
            return t->structs[i];
    return NULL;
}

const char *ail_syscall_name(const AilSyscallSet *set, uint64_t value)
{
    for (uint32_t i = 0; set && i < set->n; i++)
        if (set->at[i].value == value)
            return set->at[i].name;
    return NULL;
}
