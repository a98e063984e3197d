/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/dict.h"

#include <glib.h>
#include <stdatomic.h>
#include <string.h>

enum {
    PAGE_BLOCKS = 1 << AIL_DICT_PAGE_BITS,
    MAX_PAGES = AIL_DICT_MAX / PAGE_BLOCKS,
    ARENA_PAGE = 1 << 20
};

struct AilDictArena {
    GPtrArray *pages; /* owned */
    uint8_t *at;
    size_t left;
};

AilDict *ail_dict_new(uint64_t first)
{
    AilDict *d = g_new0(AilDict, 1);
    d->refs = 1;
    d->first = first;
    d->pages = g_new0(AilBlock *, MAX_PAGES);
    d->arena = g_new0(AilDictArena, 1);
    d->arena->pages = g_ptr_array_new_with_free_func(g_free);
    return d;
}

AilDict *ail_dict_ref(const AilDict *d)
{
    AilDict *whole = d->of ? d->of : (AilDict *)d;
    atomic_fetch_add_explicit(&whole->refs, 1, memory_order_relaxed);
    return whole;
}

void ail_dict_unref(AilDict *d)
{
    if (!d || atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) > 1)
        return;
    for (int i = 0; i < MAX_PAGES && d->pages[i]; i++)
        g_free(d->pages[i]);
    g_free(d->pages);
    g_ptr_array_unref(d->arena->pages);
    g_free(d->arena);
    g_free(d);
}

AilDict *ail_dict_view_new(void)
{
    return g_new0(AilDict, 1);
}

void ail_dict_view_update(AilDict *view, const AilDict *of)
{
    if (view->of != of) {
        ail_dict_unref(view->of);
        view->of = ail_dict_ref(of);
        view->pages = of->pages;
        view->first = of->first;
    }
    atomic_store_explicit(&view->count, ail_dict_count(of), memory_order_relaxed);
}

void ail_dict_view_free(AilDict *view)
{
    if (view)
        ail_dict_unref(view->of);
    g_free(view);
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

uint64_t ail_dict_first(const AilDict *d)
{
    return d->first;
}

bool ail_dict_is(const AilDict *d, const AilDict *kept)
{
    return (d->of ? d->of : d) == kept;
}
