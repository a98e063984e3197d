/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/covered_programs.h"

#include <glib.h>
#include <string.h>

uint32_t covered_block(ChunkBuilder *b, uint64_t pc, unsigned n, bool jump, bool user)
{
    g_assert(n <= 8 && (n || jump));
    uint8_t bytes[10];
    memset(bytes, 0x90, n);
    memcpy(bytes + n, "\xeb\x00", 2);
    unsigned l[9];
    for (unsigned i = 0; i < 9; i++)
        l[i] = i < n ? 1 : 2;
    return chunk_block(b, pc, AIL_MODE_X86_64, user, bytes, n + (jump ? 2 : 0), n + jump, l[0],
                       l[1], l[2], l[3], l[4], l[5], l[6], l[7], l[8]);
}

ChunkBuilder *covered_processes(const char *program, const char *comm)
{
    ChunkBuilder *b = chunk_builder_new(AIL_ARCH_X86, 0x1000);
    GuestEvents g = {.take = chunk_take_event, .user = b};
    AilGuestMap of_a[] = {guest_map(0x400000, 0x401000, 0, program),
                          guest_map(0x401000, 0x403000, 0x1000, program),
                          guest_map(0x7f0000, 0x7f2000, 0, "/lib/libc.so")};
    AilGuestMap of_b[] = {guest_map(0x400000, 0x402000, 0, "/lib/libc.so"),
                          guest_map(0x900000, 0x901000, 0, "")};
    uint32_t at_400000 = covered_block(b, 0x400100, 2, true, true);
    uint32_t at_401000 = covered_block(b, 0x401010, 3, true, true);
    uint32_t library = covered_block(b, 0x7f0100, 2, true, true);
    uint32_t anonymous = covered_block(b, 0x900000, 0, true, true);
    uint32_t kernel = covered_block(b, KERNEL + 0x40, 1, true, false);
    uint32_t early = covered_block(b, 0x7c00, 0, true, false);
    uint32_t module = covered_block(b, 0xffffffffc0000010u, 0, true, false);
    chunk_run(b, early);
    guest_kernel(&g, "Linux");
    guest_task(&g, KEY_A, 1, 0, MM_A, comm);
    guest_task(&g, KEY_B, 2, 1, MM_B, "two");
    guest_maps(&g, MM_A, 0, UINT64_MAX, of_a, 3);
    guest_maps(&g, MM_B, 0, UINT64_MAX, of_b, 2);
    guest_text(&g, AIL_EVENT_MODULE, 0xffffffffc0000000u, 0x1000, "dummy");
    guest_plain(&g, AIL_EVENT_SWITCH, KEY_A, 0);
    chunk_run(b, at_401000);
    chunk_run(b, library);
    chunk_run(b, kernel);
    guest_plain(&g, AIL_EVENT_SWITCH, KEY_B, 0);
    chunk_run(b, kernel);
    chunk_run(b, module);
    chunk_run(b, at_400000);
    chunk_run(b, anonymous);
    return b;
}
