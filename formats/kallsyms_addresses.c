/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a kernel's symbols are: how addresses are stored has changed over the years, and nothing
 * in memory says which way it is. All ways are tried on a sample; one gives addresses that rise and
 * lie in the image.
 */
#include "formats/kallsyms_private.h"

#include <glib.h>

enum { RATED = 4096 }; /* symbols in a sample */

static size_t align_up(size_t v, size_t to)
{
    return (v + to - 1) / to * to;
}

static const uint8_t *bytes_at(const KallsymsPlace *x, size_t at)
{
    return x->range->bytes + at;
}

/* Pointers; 32-bit offsets from relative_base; such offsets if negative (less one), else per-CPU
 * variables of x86_64 by their offset in each processor's area; offsets from where they stand. */
typedef enum { ABSOLUTE, RELATIVE, PERCPU_ABSOLUTE, OWN_PLACE, N_WAYS } Way;

typedef struct Addresses {
    Way way;
    size_t at;     /* of the array */
    uint64_t base; /* relative_base */
} Addresses;

static uint64_t address(const KallsymsPlace *x, const Addresses *a, uint32_t i)
{
    unsigned word = x->image->pointer_size;
    if (a->way == ABSOLUTE)
        return ail_kernel_get_pointer(x->image, bytes_at(x, a->at + (size_t)i * word));
    size_t at = a->at + (size_t)i * 4;
    uint32_t raw = ail_kernel_get32(x->image, bytes_at(x, at));
    int64_t offset = (int32_t)raw;
    uint64_t v = a->way == OWN_PLACE  ? x->range->vaddr + at + (uint64_t)offset
                 : a->way == RELATIVE ? a->base + raw
                 : offset >= 0        ? (uint64_t)offset
                                      : a->base - 1 - (uint64_t)offset;
    return word == 4 ? (uint32_t)v : v;
}

static bool in_image(const KallsymsPlace *x, uint64_t vaddr)
{
    for (size_t i = 0; i < x->image->n_ranges; i++)
        if (vaddr - x->image->ranges[i].vaddr <= x->image->ranges[i].size)
            return true;
    return false;
}

/* How many of each step'th symbol are in the image and above the one before, as few are not. */
static unsigned rate(const KallsymsPlace *x, const Addresses *a, uint32_t step)
{
    unsigned good = 0;
    uint64_t last = 0;
    for (uint32_t i = 0; i < x->count; i += step) {
        uint64_t v = address(x, a, i);
        good += (v > last || !i) && in_image(x, v);
        last = v;
    }
    return good;
}

/* Where the array can be in one way, before num_syms or behind token_index, when each part is
 * aligned to `alignment`. */
static bool place(const KallsymsPlace *x, Way way, bool behind, size_t alignment, Addresses *a)
{
    size_t word = x->image->pointer_size, item = way == ABSOLUTE ? word : 4;
    size_t room = align_up(item * x->count, alignment);
    bool based = way == RELATIVE || way == PERCPU_ABSOLUTE;
    size_t all = room + (based ? alignment : 0);
    *a = (Addresses){.way = way};
    if (way == OWN_PLACE && !behind)
        return false; /* newer than that order */
    if (behind) {
        a->at = align_up(x->index_at + 2 * KALLSYMS_TOKENS, alignment);
        if (a->at > x->range->size || all > x->range->size - a->at)
            return false;
    } else {
        if (all > x->num_at)
            return false;
        a->at = x->num_at - all;
    }
    if (based)
        a->base = ail_kernel_get_pointer(x->image, bytes_at(x, a->at + room));
    return true;
}

uint64_t *kallsyms_addresses(const KallsymsPlace *x)
{
    const size_t alignments[] = {x->image->pointer_size, 16, 256};
    Addresses best = {0}, a;
    uint32_t step = MAX(x->count / RATED, 1), samples = (x->count + step - 1) / step;
    unsigned most = 0;
    for (unsigned i = 0; i < 2 * G_N_ELEMENTS(alignments) * N_WAYS; i++) {
        bool behind = i / N_WAYS % 2;
        bool there = place(x, (Way)(i % N_WAYS), behind, alignments[i / (2 * N_WAYS)], &a);
        unsigned good = there ? rate(x, &a, step) : 0;
        if (good > most) {
            most = good;
            best = a;
        }
    }
    if (most < samples / 2)
        return NULL;
    uint64_t *addresses = g_new(uint64_t, x->count);
    for (uint32_t i = 0; i < x->count; i++)
        addresses[i] = address(x, &best, i);
    return addresses;
}
