/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/search_machine.h"

SearchMachine search_machine(void)
{
    SearchMachine m = {.b = chunk_builder_new(AIL_ARCH_X86, 0x1000)};
    m.one = chunk_block(m.b, 0x100, AIL_MODE_X86_64, true, "\x90", 1, 1, 1);
    m.other = chunk_block(m.b, 0x200, AIL_MODE_X86_64, true, "\x90", 1, 1, 1);
    m.eight = chunk_block(m.b, 0x300, AIL_MODE_X86_64, true, "\x90\x90\x90\x90\x90\x90\x90\x90", 8,
                          8, 1, 1, 1, 1, 1, 1, 1, 1);
    m.call = chunk_block(m.b, 0x400, AIL_MODE_X86_64, true, "\xe8\0\0\0\0", 5, 1, 5);
    m.ret = chunk_block(m.b, 0x500, AIL_MODE_X86_64, true, "\xc3", 1, 1, 1);
    return m;
}
