/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/ksymtab.h"

#include <glib.h>
#include <string.h>

enum {
    MAX_NAME = 512,
    MAX_PLACES = 8,      /* of a known name in memory */
    MIN_NEIGHBOURS = 64, /* entries in a row that make an array */
    MAX_STEPS = 1 << 28,
};

typedef struct Array {
    const AilKernelImage *image;
    const AilKernelRange *range;
    bool relative;
    unsigned item, stride; /* bytes of a number; of an entry */
    uint64_t steps;        /* letters looked at: bounds the time that a search takes */
} Array;

/* A number at offset `at`, as an address. */
static uint64_t take(const Array *a, size_t at)
{
    const uint8_t *p = a->range->bytes + at;
    if (!a->relative)
        return ail_kernel_get_pointer(a->image, p);
    uint64_t v = a->range->vaddr + at + (uint64_t)(int64_t)(int32_t)ail_kernel_get32(a->image, p);
    return a->image->pointer_size == 4 ? (uint32_t)v : v;
}

/* The name of the entry at offset `at`; NULL: that is none. */
static const char *name_of(Array *a, size_t at)
{
    const AilKernelRange *r = a->range;
    if (at > r->size || r->size - at < a->stride)
        return NULL;
    uint64_t offset = take(a, at + a->item) - r->vaddr;
    if (offset >= r->size)
        return NULL;
    const uint8_t *p = r->bytes + offset;
    size_t most = MIN(r->size - offset, MAX_NAME), len = 0;
    while (len < most && (g_ascii_isalnum(p[len]) || p[len] == '_' || p[len] == '.'))
        len++;
    a->steps += len + 1;
    return len && len < most && !p[len] ? (const char *)p : NULL;
}

/* The array around the entry at offset `at`: its first entry; 0 entries: too few. */
static size_t extend(Array *a, size_t *at)
{
    size_t n = 1;
    while (*at >= a->stride && name_of(a, *at - a->stride)) {
        *at -= a->stride;
        n++;
    }
    while (name_of(a, *at + n * a->stride))
        n++;
    return n >= MIN_NEIGHBOURS ? n : 0;
}

/* Where the text stands; it may be the end of a longer one, which a linker merges it with. */
static unsigned find_text(const AilKernelRange *r, const char *text, uint64_t places[MAX_PLACES])
{
    size_t len = strlen(text) + 1;
    const uint8_t *p = r->bytes, *end = p + r->size;
    unsigned n = 0;
    while (n < MAX_PLACES && (p = memmem(p, (size_t)(end - p), text, len))) {
        places[n++] = r->vaddr + (uint64_t)(p - r->bytes);
        p++;
    }
    return n;
}

/* An array with an entry whose name is at one of the places. */
static size_t find_array(Array *a, const uint64_t *places, unsigned n_places, size_t *at)
{
    for (size_t i = a->item; i + 2 * a->item <= a->range->size && a->steps < MAX_STEPS;
         i += a->item) {
        uint64_t v = take(a, i);
        for (unsigned k = 0; k < n_places; k++) {
            if (v != places[k])
                continue;
            for (a->stride = 3 * a->item; a->stride >= 2 * a->item; a->stride -= a->item) {
                *at = i - a->item;
                size_t n = name_of(a, *at) ? extend(a, at) : 0;
                if (n)
                    return n;
            }
        }
    }
    return 0;
}

static size_t search_range(Array *a, size_t *at)
{
    static const char *const known[] = {"init_task", "jiffies", "kfree"};
    uint64_t places[MAX_PLACES];
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        unsigned n_places = find_text(a->range, known[i], places);
        for (int relative = 1; relative >= 0 && n_places; relative--) {
            a->relative = relative;
            a->item = relative ? 4 : a->image->pointer_size;
            size_t n = find_array(a, places, n_places, at);
            if (n)
                return n;
        }
    }
    return 0;
}

size_t ail_ksymtab_each(const AilKernelImage *image,
                        void (*each)(void *user, const char *name, uint64_t address), void *user)
{
    size_t n = 0, at;
    for (size_t i = 0; i < image->n_ranges && !n; i++) {
        if (!image->ranges[i].size)
            continue;
        Array a = {.image = image, .range = &image->ranges[i]};
        n = search_range(&a, &at);
        for (size_t k = 0; k < n; k++)
            each(user, name_of(&a, at + k * a.stride), take(&a, at + k * a.stride));
    }
    return n;
}
