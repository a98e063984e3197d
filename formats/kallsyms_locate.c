/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a kernel's image has its symbol tables. */
#include "formats/kallsyms_private.h"

#include <glib.h>

enum {
    MAX_PADDING = 255,                 /* `.align 8` is 256 bytes on Arm, in kernels before 4.20 */
    MAX_BEFORE = 32 << 20,             /* the names begin this far before token_table at most */
    MAX_STRIDE = KALLSYMS_BLOCK * 256, /* from one marker to the next, */
    MIN_STRIDE = KALLSYMS_BLOCK * 2,   /* a length and a byte each */
    MAX_STEPS = 1 << 28,
};

static const uint8_t *bytes_at(const KallsymsPlace *x, size_t at)
{
    return x->range->bytes + at;
}

/* Does token_index lie here? Each offset is above the one before. */
static bool is_index(const KallsymsPlace *x, size_t at)
{
    const uint8_t *p = bytes_at(x, at);
    unsigned last = ail_kernel_get16(x->image, p);
    if (last != 0)
        return false;
    for (unsigned i = 1; i < KALLSYMS_TOKENS; i++) {
        unsigned next = ail_kernel_get16(x->image, p + 2 * i);
        if (next <= last)
            return false;
        last = next;
    }
    return true;
}

static bool is_token(const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (p[i] <= ' ' || p[i] > '~')
            return false;
    return p[len] == '\0';
}

/* token_table lies before token_index at `at`, with zeros between: is there one that the index
 * fits? Tokens may be empty but the last, which is the first that Linux gives a meaning. */
static bool find_tokens(KallsymsPlace *x, size_t at)
{
    const uint8_t *index = bytes_at(x, at), *all = x->range->bytes;
    size_t last_offset = ail_kernel_get16(x->image, index + 2 * (KALLSYMS_TOKENS - 1));
    size_t end = at;
    while (end > 0 && at - end <= MAX_PADDING && !all[end - 1])
        end--;
    size_t start = end;
    while (start > 0 && end - start < KALLSYMS_MAX_NAME && all[start - 1])
        start--;
    if (end == at || start == end || start < last_offset)
        return false;
    x->tokens_at = start - last_offset;
    x->steps += last_offset;
    for (unsigned i = 0; i + 1 < KALLSYMS_TOKENS; i++) {
        size_t from = ail_kernel_get16(x->image, index + 2 * i);
        size_t to = ail_kernel_get16(x->image, index + 2 * i + 2);
        if (!is_token(all + x->tokens_at + from, to - from - 1))
            return false;
    }
    x->index_at = at;
    return is_token(all + start, end - start);
}

uint32_t kallsyms_length(const KallsymsPlace *x, size_t at, bool long_lengths, unsigned *size)
{
    const uint8_t *p = bytes_at(x, at);
    size_t left = x->markers_at - at;
    *size = left ? 1 : 0;
    if (!left || !long_lengths || !(*p & 0x80))
        return left ? *p : 0;
    *size = left > 1 ? 2 : 0;
    return left > 1 ? (p[0] & 0x7fu) | (uint32_t)p[1] << 7 : 0;
}

static uint64_t marker(const KallsymsPlace *x, size_t i)
{
    const uint8_t *p = bytes_at(x, x->markers_at + i * x->marker_size);
    return x->marker_size == 8 ? ail_kernel_get64(x->image, p) : ail_kernel_get32(x->image, p);
}

/* How many numbers from markers_at on can be markers. */
static size_t count_markers(const KallsymsPlace *x)
{
    size_t most = (x->tokens_at - x->markers_at) / x->marker_size, n = 1;
    if (!most || marker(x, 0) != 0)
        return 0;
    while (n < most && n <= KALLSYMS_MAX_SYMBOLS / KALLSYMS_BLOCK) {
        uint64_t last = marker(x, n - 1), next = marker(x, n);
        if (next < last + MIN_STRIDE || next > last + MAX_STRIDE)
            break;
        n++;
    }
    return n;
}

/* Walk all names: each KALLSYMS_BLOCKth is where its marker says, and behind the last one come only
 * zeros until the markers. */
static bool walk(KallsymsPlace *x, bool long_lengths)
{
    size_t at = x->names_at;
    for (uint32_t i = 0; i < x->count; i++) {
        unsigned size;
        if (i % KALLSYMS_BLOCK == 0 && at - x->names_at != marker(x, i / KALLSYMS_BLOCK))
            return false;
        uint32_t len = kallsyms_length(x, at, long_lengths, &size);
        x->steps++;
        if (!len || len > KALLSYMS_MAX_NAME || len > x->markers_at - at - size)
            return false;
        at += size + len;
    }
    if (x->markers_at - at > MAX_PADDING)
        return false;
    for (; at < x->markers_at; at++)
        if (*bytes_at(x, at))
            return false;
    x->long_lengths = long_lengths;
    return true;
}

/* num_syms, `before` bytes before the names: is it one that goes with n_markers? Older kernels
 * store it as a long. */
static bool take_count(KallsymsPlace *x, size_t before, size_t n_markers)
{
    if (x->names_at < before)
        return false;
    x->num_at = x->names_at - before;
    const uint8_t *p = bytes_at(x, x->num_at);
    uint32_t n = ail_kernel_get32(x->image, p);
    if (!n && x->image->big_endian && before >= 8)
        n = ail_kernel_get32(x->image, p + 4);
    x->count = n;
    return n && n <= KALLSYMS_MAX_SYMBOLS && (n + KALLSYMS_BLOCK - 1) / KALLSYMS_BLOCK == n_markers;
}

/* The names begin before the markers by what the last marker says and by up to a block of names. */
static bool find_names(KallsymsPlace *x, size_t n_markers)
{
    unsigned word = x->image->pointer_size;
    size_t last = marker(x, n_markers - 1);
    if (last > x->markers_at)
        return false;
    size_t top = (x->markers_at - last) / word * word;
    size_t bottom = top > MAX_STRIDE + MAX_PADDING ? top - MAX_STRIDE - MAX_PADDING : word;
    const size_t before[] = {word, 16, 256};
    for (x->names_at = top; x->names_at >= bottom && x->steps < MAX_STEPS; x->names_at -= word) {
        x->steps++;
        for (unsigned i = 0; i < G_N_ELEMENTS(before); i++)
            if (take_count(x, before[i], n_markers) && (walk(x, true) || walk(x, false)))
                return true;
    }
    return false;
}

/* The markers, somewhere before token_table: right there, or before seqs_of_names. A cheap look at
 * two numbers tells most other memory. */
static bool find_markers(KallsymsPlace *x)
{
    unsigned word = x->image->pointer_size;
    size_t bottom = x->tokens_at > MAX_BEFORE ? x->tokens_at - MAX_BEFORE : 0;
    size_t top = x->tokens_at / word * word;
    for (x->markers_at = top; x->markers_at >= bottom + word && x->steps < MAX_STEPS;) {
        x->markers_at -= word;
        x->steps++;
        if (ail_kernel_get32(x->image, bytes_at(x, x->markers_at)) != 0)
            continue;
        for (x->marker_size = 4; x->marker_size <= word; x->marker_size *= 2) {
            size_t n = count_markers(x);
            x->steps += n;
            /* what follows the last marker may look like one more */
            if (n >= 2 && (find_names(x, n) || (n > 2 && find_names(x, n - 1))))
                return true;
        }
    }
    return false;
}

typedef struct Seen {
    bool tokens, all;
} Seen;

static void search_range(KallsymsPlace *x, Seen *seen)
{
    unsigned word = x->image->pointer_size;
    size_t size = x->range->size, need = 2 * KALLSYMS_TOKENS;
    for (size_t at = 0; size >= need && at <= size - need && x->steps < MAX_STEPS; at += word) {
        const uint8_t *p = bytes_at(x, at);
        if ((p[0] | p[1]) || !(p[2] | p[3])) /* 0, then something */
            continue;
        if (!is_index(x, at) || !find_tokens(x, at))
            continue;
        seen->tokens = true;
        if (find_markers(x)) {
            seen->all = true;
            return;
        }
    }
}

AilStatus kallsyms_locate(const AilKernelImage *image, KallsymsPlace *x, AilError *err)
{
    Seen seen = {0};
    uint64_t size = 0;
    *x = (KallsymsPlace){.image = image};
    if (image->pointer_size != 4 && image->pointer_size != 8)
        return ail_error_set(err, "kernel symbols: pointers of %u bytes", image->pointer_size);
    for (size_t i = 0; i < image->n_ranges && !seen.all; i++) {
        x->range = &image->ranges[i];
        size += x->range->size;
        if (x->range->vaddr % image->pointer_size == 0)
            search_range(x, &seen);
    }
    if (seen.all)
        return AIL_OK;
    return ail_error_set(
        err,
        "no kernel symbol table (kallsyms) in %u KiB of memory: %s (is it all of a "
        "Linux kernel with CONFIG_KALLSYMS, and up?)",
        (unsigned)(size >> 10),
        seen.tokens ? "there is a token table, but no names and markers that fit it"
                    : "there is no token table with its index");
}
