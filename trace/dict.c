/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/dict.h"

#include <glib.h>
#include <stdatomic.h>

/* Blocks live in pages that are never reallocated: readers on other threads keep their pointers. */
enum { PAGE_BLOCKS = 4096, MAX_PAGES = 16384, ARENA_PAGE = 1 << 20 };

struct AilDict {
    _Atomic uint32_t count;     /* other threads read it */
    AilBlock *pages[MAX_PAGES]; /* owned */
    GPtrArray *arena;           /* owned pages of instruction bytes and offsets */
    uint8_t *arena_at;
    size_t arena_left;
};

AilDict *ail_dict_new(void)
{
    AilDict *d = g_new0(AilDict, 1);
    d->arena = g_ptr_array_new_with_free_func(g_free);
    return d;
}

void ail_dict_free(AilDict *d)
{
    if (!d)
        return;
    for (int i = 0; i < MAX_PAGES && d->pages[i]; i++)
        g_free(d->pages[i]);
    g_ptr_array_unref(d->arena);
    g_free(d);
}

static void *arena_take(AilDict *d, size_t len)
{
    len = (len + 7) & ~(size_t)7;
    if (len > d->arena_left) {
        d->arena_left = MAX(len, (size_t)ARENA_PAGE);
        d->arena_at = g_malloc(d->arena_left);
        g_ptr_array_add(d->arena, d->arena_at);
    }
    void *p = d->arena_at;
    d->arena_at += len;
    d->arena_left -= len;
    return p;
}

bool ail_dict_add(AilDict *d, uint64_t pc, uint8_t mode, bool user, uint16_t n_insns,
                  const uint8_t *lengths, const uint8_t *bytes)
{
    uint32_t id = atomic_load_explicit(&d->count, memory_order_relaxed);
    if (n_insns == 0 || n_insns > AIL_BLOCK_MAX_INSNS || mode >= AIL_MODE_COUNT ||
        id == (uint32_t)MAX_PAGES * PAGE_BLOCKS)
        return false;
    uint16_t *start = arena_take(d, (n_insns + 1u) * sizeof *start);
    uint32_t size = 0;
    for (uint16_t i = 0; i < n_insns; i++) {
        if (lengths[i] == 0 || lengths[i] > 15)
            return false;
        start[i] = (uint16_t)size;
        size += lengths[i];
    }
    start[n_insns] = (uint16_t)size;
    uint8_t *copy = arena_take(d, size);
    memcpy(copy, bytes, size);

    uint32_t page = id / PAGE_BLOCKS;
    if (!d->pages[page])
        d->pages[page] = g_new(AilBlock, PAGE_BLOCKS);
    d->pages[page][id % PAGE_BLOCKS] = (AilBlock){
        .pc = pc,
        .bytes = copy,
        .start = start,
        .id = id,
        .size = size,
        .n_insns = n_insns,
        .mode = mode,
        .user = user,
    };
    atomic_store_explicit(&d->count, id + 1, memory_order_release);
    return true;
}

uint32_t ail_dict_count(const AilDict *d)
{
    return atomic_load_explicit(&d->count, memory_order_acquire);
}

const AilBlock *ail_dict_get(const AilDict *d, uint32_t id)
{
    return &d->pages[id / PAGE_BLOCKS][id % PAGE_BLOCKS];
}
