/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/kallsyms_private.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

struct AilKallsyms {
    size_t count;
    uint64_t *addresses; /* owned; rising */
    uint32_t *names;     /* owned; of each symbol, where in `text` its type is */
    char *text;          /* owned */
    uint32_t *heads;     /* owned; of each hash of a base name: a symbol + 1, 0 for none */
    uint32_t *next;      /* owned; of each symbol: the next above it with that hash, the same way */
    size_t mask;         /* of hashes */
    size_t first;        /* the first symbol that is at an address */
    uint64_t end;        /* behind the kernel */
};

/* A name without what compilers add to it. */
static size_t base_length(const char *name)
{
    size_t n = *name ? 1 + strcspn(name + 1, ".$") : 0;
    return n;
}

static size_t hash(const char *name, size_t len)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        h = (h ^ (uint8_t)name[i]) * 0x100000001b3u;
    return (size_t)(h ^ h >> 32);
}

const char *kallsyms_text(const AilKallsyms *t, size_t i)
{
    return t->text + t->names[i];
}

size_t ail_kallsyms_count(const AilKallsyms *t)
{
    return t->count;
}

AilKsym ail_kallsyms_get(const AilKallsyms *t, size_t i)
{
    const char *text = kallsyms_text(t, i);
    return (AilKsym){t->addresses[i], text + 1, *text};
}

static bool is_name(const char *text, size_t len)
{
    if (len < 2 || len > KALLSYMS_MAX_NAME || !(g_ascii_isalpha(*text) || *text == '?'))
        return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    return true;
}

/* Where each name begins. */
static bool split(AilKallsyms *t, size_t text_size)
{
    size_t at = 0;
    for (size_t i = 0; i < t->count; i++) {
        size_t len = strnlen(t->text + at, text_size - at);
        if (len == text_size - at || !is_name(t->text + at, len))
            return false;
        t->names[i] = (uint32_t)at;
        at += len + 1;
    }
    return at == text_size;
}

static int by_address(const void *a, const void *b, void *addresses)
{
    const uint64_t *of = addresses;
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    return of[i] != of[k] ? (of[i] > of[k] ? 1 : -1) : (i > k) - (i < k);
}

/* Kernels sort their tables; but absolute symbols stay where they are when KASLR moves the rest. */
static void sort(AilKallsyms *t)
{
    size_t i = 1;
    while (i < t->count && t->addresses[i] >= t->addresses[i - 1])
        i++;
    if (i >= t->count)
        return;
    uint32_t *order = g_new(uint32_t, t->count), *names = g_new(uint32_t, t->count);
    uint64_t *addresses = g_new(uint64_t, t->count);
    for (i = 0; i < t->count; i++)
        order[i] = (uint32_t)i;
    qsort_r(order, t->count, sizeof *order, by_address, t->addresses);
    for (i = 0; i < t->count; i++) {
        names[i] = t->names[order[i]];
        addresses[i] = t->addresses[order[i]];
    }
    g_free(order);
    g_free(t->names);
    g_free(t->addresses);
    t->names = names;
    t->addresses = addresses;
}

/* In lists: a hostile table may have all names alike, and many of a kernel's are ("__func__.7"). */
static void index_names(AilKallsyms *t)
{
    size_t size = 1024;
    while (size < t->count)
        size *= 2;
    t->mask = size - 1;
    t->heads = g_new0(uint32_t, size);
    t->next = g_new(uint32_t, MAX(t->count, 1));
    for (size_t i = t->count; i-- > 0;) {
        const char *name = kallsyms_text(t, i) + 1;
        size_t head = hash(name, base_length(name)) & t->mask;
        t->next[i] = t->heads[head];
        t->heads[head] = (uint32_t)i + 1;
    }
}

/* The number of the first symbol whose address is above `address`. */
static size_t above(const AilKallsyms *t, uint64_t address)
{
    size_t low = 0, high = t->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->addresses[middle] <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void find_bounds(AilKallsyms *t)
{
    enum { LAST_SIZE = 1 << 20 }; /* what the last symbol may span, where no `_end` is known */
    uint64_t last = t->count ? t->addresses[t->count - 1] : 0;
    AilKsym end;
    t->first = last >> 63 ? above(t, UINT64_MAX >> 1) : 0;
    t->end = last > UINT64_MAX - LAST_SIZE ? UINT64_MAX : last + LAST_SIZE;
    if (ail_kallsyms_find(t, "_end", &end) && !strcmp(end.name, "_end") && end.address >= last)
        t->end = end.address;
}

AilKallsyms *kallsyms_build(size_t count, uint64_t *addresses, char *text, size_t text_size)
{
    AilKallsyms *t = g_new0(AilKallsyms, 1);
    *t = (AilKallsyms){.count = count, .addresses = addresses, .text = text};
    t->names = g_new(uint32_t, MAX(count, 1));
    if (!split(t, text_size)) {
        g_free(t->names);
        g_free(t);
        return NULL;
    }
    sort(t);
    index_names(t);
    find_bounds(t);
    return t;
}

AilKallsyms *ail_kallsyms_new(size_t count, uint64_t *addresses, char *text, size_t text_size)
{
    return count && count <= KALLSYMS_MAX_SYMBOLS && text_size <= KALLSYMS_MAX_TEXT
               ? kallsyms_build(count, addresses, text, text_size)
               : NULL;
}

void ail_kallsyms_free(AilKallsyms *t)
{
    if (!t)
        return;
    g_free(t->addresses);
    g_free(t->names);
    g_free(t->text);
    g_free(t->heads);
    g_free(t->next);
    g_free(t);
}

/* What is behind the base name: nothing but what compilers add to a function's name. */
static bool is_suffix(const char *rest)
{
    return *rest && !strstr(rest, ".cold");
}

bool ail_kallsyms_find(const AilKallsyms *t, const char *name, AilKsym *symbol)
{
    size_t len = base_length(name), exact = t->count, similar = t->count;
    bool plain = !name[len];
    for (uint32_t one = t->heads[hash(name, len) & t->mask]; one && exact == t->count;
         one = t->next[one - 1]) {
        const char *other = kallsyms_text(t, one - 1) + 1;
        if (strncmp(other, name, len) != 0)
            continue;
        if (!strcmp(other, name))
            exact = one - 1;
        else if (plain && base_length(other) == len && is_suffix(other + len))
            similar = MIN(similar, one - 1);
    }
    size_t found = exact < t->count ? exact : similar;
    if (found < t->count)
        *symbol = ail_kallsyms_get(t, found);
    return found < t->count;
}

uint64_t ail_kallsyms_address(const AilKallsyms *t, const char *name)
{
    AilKsym symbol;
    return ail_kallsyms_find(t, name, &symbol) ? symbol.address : 0;
}

bool ail_kallsyms_at(const AilKallsyms *t, uint64_t address, AilKsym *symbol, uint64_t *offset)
{
    size_t i = above(t, address);
    if (i <= t->first || address >= t->end)
        return false;
    for (i--; i > t->first && t->addresses[i - 1] == t->addresses[i];)
        i--;
    *symbol = ail_kallsyms_get(t, i);
    *offset = address - symbol->address;
    return true;
}
