/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/taint/accesses.h"

#include "analyzers/taint/spaces.h"

/* The upper half of access i, which has 16 bytes. */
static uint64_t wide_of(const AilChunk *chunk, uint32_t i)
{
    uint32_t from = 0, to = chunk->n_wide;
    while (from < to) {
        uint32_t mid = from + (to - from) / 2;
        if (chunk->wide[mid].at < i)
            from = mid + 1;
        else
            to = mid;
    }
    return from < chunk->n_wide && chunk->wide[from].at == i ? chunk->wide[from].high : 0;
}

void ail_taint_collect(const AilChunk *c, uint32_t from, uint32_t end, GArray *to)
{
    g_array_set_size(to, 0);
    for (uint32_t i = from; i < end; i++) {
        AilTaintAccess access = {.addr = c->addr[i], .phys = ail_taint_phys(c, i)};
        access.size = (uint8_t)(1u << (c->access_info[i] & AIL_ACCESS_SIZE_SHIFT));
        access.write = (c->access_info[i] & AIL_ACCESS_STORE) != 0;
        access.insn = c->access_insn[i];
        if ((access.addr & 4095) + access.size > 4096)
            access.phys2 = ail_taint_phys2(c, i);
        if (c->value) {
            access.has_value = true;
            access.value[0] = c->value[i];
            access.value[1] = access.size == 16 ? wide_of(c, i) : 0;
        }
        g_array_append_val(to, access);
    }
}

bool ail_taint_touched(const AilShadow *shadow, const AilChunk *chunk, uint32_t from, uint32_t end)
{
    for (uint32_t i = from; i < end; i++) {
        uint64_t phys = ail_taint_phys(chunk, i);
        unsigned size = 1u << (chunk->access_info[i] & AIL_ACCESS_SIZE_SHIFT);
        if ((phys & 4095) + size > 4096) {
            uint64_t phys2 = ail_taint_phys2(chunk, i);
            if (ail_shadow_maybe(shadow, phys2) && ail_shadow_touches(shadow, phys2, size))
                return true;
            size = 4096 - (unsigned)(phys & 4095);
        }
        if (ail_shadow_maybe(shadow, phys) && ail_shadow_touches(shadow, phys, size))
            return true;
    }
    return false;
}
