/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/dict.h"

#include <glib.h>
#include <stdatomic.h>

enum { PAGE_BLOCKS = 1 << AIL_DICT_PAGE_BITS, MAX_PAGES = 16384, ARENA_PAGE = 1 << 20 };

struct AilDictArena {
    GPtrArray *pages; /* owned */
    uint8_t *at;
    size_t left;
};

AilDict *ail_dict_new(void)
{
    AilDict *d = g_new0(AilDict, 1);
    d->pages = g_new0(AilBlock *, MAX_PAGES);
    d->arena = g_new0(AilDictArena, 1);
    d->arena->pages = g_ptr_array_new_with_free_func(g_free);
    return d;
}

AilDict *ail_dict_view_new(const AilDict *of)
{
    AilDict *d = g_new0(AilDict, 1);
    d->pages = of->pages;
    return d;
}

void ail_dict_view_update(AilDict *view, const AilDict *of)
{
    atomic_store_explicit(&view->count, ail_dict_count(of), memory_order_relaxed);
}

void ail_dict_free(AilDict *d)
{
    if (d && d->arena) {
        for (int i = 0; i < MAX_PAGES && d->pages[i]; i++)
            g_free(d->pages[i]);
        g_free(d->pages);
        g_ptr_array_unref(d->arena->pages);
        g_free(d->arena);
    }
    g_free(d);
}

static void *arena_take(AilDictArena *arena, size_t len)
{
    len = (len + 7) & ~(size_t)7;
    if (len > arena->left) {
        arena->left = MAX(len, (size_t)ARENA_PAGE);
        arena->at = g_malloc(arena->left);
        g_ptr_array_add(arena->pages, arena->at);
    }
    void *p = arena->at;
    arena->at += len;
    arena->left -= len;
    return p;
}

bool ail_dict_add(AilDict *d, uint64_t pc, uint8_t mode, bool user, uint16_t n_insns,
                  const uint8_t *lengths, const uint8_t *bytes)
{
    uint32_t id = atomic_load_explicit(&d->count, memory_order_relaxed);
    if (n_insns == 0 || n_insns > AIL_BLOCK_MAX_INSNS || mode >= AIL_MODE_COUNT ||
        id == (uint32_t)MAX_PAGES * PAGE_BLOCKS)
        return false;
    uint16_t *start = arena_take(d->arena, (n_insns + 1u) * sizeof *start);
    uint32_t size = 0;
    for (uint16_t i = 0; i < n_insns; i++) {
        if (lengths[i] == 0 || lengths[i] > 15)
            return false;
        start[i] = (uint16_t)size;
        size += lengths[i];
    }
    start[n_insns] = (uint16_t)size;
    uint8_t *copy = arena_take(d->arena, size);
    memcpy(copy, bytes, size);

    AilBlock **page = &d->pages[id >> AIL_DICT_PAGE_BITS];
    if (!*page)
        *page = g_new(AilBlock, PAGE_BLOCKS);
    (*page)[id & AIL_DICT_PAGE_MASK] = (AilBlock){
        .pc = pc,
        .bytes = copy,
        .start = start,
        .id = id,
        .size = size,
        .n_insns = n_insns,
        .mode = mode,
        .user = user,
    };
    /* Published last: a thread that sees the count sees the block. */
    atomic_store_explicit(&d->count, id + 1, memory_order_release);
    return true;
}

uint32_t ail_dict_count(const AilDict *d)
{
    return atomic_load_explicit(&d->count, memory_order_acquire);
}
