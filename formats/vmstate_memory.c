/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The beginning of a machine's state: a header, the configuration, and sections of memory (QEMU's
 * migration/savevm.c and ram.c), which come before all others.
 */
#include "formats/vmstate_private.h"

#include <glib.h>
#include <string.h>

#include "formats/bytes.h"

#define MAGIC "QEVM\0\0\0\3" /* version 3 */

/* What begins with this byte. */
enum {
    SECTION_START = 1, /* of memory, until */
    SECTION_PART,
    SECTION_MEMORY_END,
    SECTION_FULL, /* of a device */
    SUBSECTION,   /* of what was before */
    CONFIGURATION = 7,
    COMMAND = 8,
    FOOTER = 0x7e,
};

/* The low bits of the words that memory consists of. */
enum {
    ZERO = 0x02,
    SIZES = 0x04,
    PAGE = 0x08,
    END = 0x10,
    SAME_BLOCK = 0x20,
    FLAGS = 0xfff,
};

#define PAGE_BITS      12u
#define PAGE_BITS_NAME "configuration/target-page-bits"

typedef struct Walk {
    AilQcow2 *image;
    uint32_t number; /* that sections of memory get; 0: they keep theirs */
    uint8_t *window; /* owned; WINDOW bytes of the state */
    uint64_t from;   /* where it begins */
    size_t len;
    uint64_t at;
    AilStatus s; /* of all so far; AIL_END: not as expected */
} Walk;

enum { WINDOW = 64 << 10 };

static void load(Walk *w)
{
    uint64_t size = ail_qcow2_state_size(w->image);
    w->from = w->at;
    w->len = (size_t)MIN(WINDOW, size - w->at);
    w->s = ail_qcow2_read_state(w->image, w->from, w->window, w->len);
}

/* The next n bytes, at most 256; zeros once something was wrong. */
static const uint8_t *take(Walk *w, size_t n)
{
    static const uint8_t none[256];
    uint64_t size = ail_qcow2_state_size(w->image);
    if (w->s == AIL_OK && (w->at > size || n > size - w->at))
        w->s = AIL_END;
    if (w->s == AIL_OK && (w->at < w->from || w->at + n > w->from + w->len))
        load(w);
    if (w->s != AIL_OK)
        return none;
    const uint8_t *p = w->window + (w->at - w->from);
    w->at += n;
    return p;
}

static void expect(Walk *w, bool good)
{
    if (w->s == AIL_OK && !good)
        w->s = AIL_END;
}

static void skip_name(Walk *w)
{
    take(w, *take(w, 1));
}

/* Behind its first byte. */
static void skip_configuration(Walk *w)
{
    uint32_t len = ail_get_be32(take(w, 4));
    expect(w, len < 256);
    take(w, MIN(len, 255));
    while (w->s == AIL_OK && *take(w, 1) == SUBSECTION) {
        size_t n = *take(w, 1);
        bool bits = n == strlen(PAGE_BITS_NAME) && !memcmp(take(w, n), PAGE_BITS_NAME, n);
        expect(w, bits && ail_get_be32(take(w, 4)) == 1 && ail_get_be32(take(w, 4)) == PAGE_BITS);
    }
    w->at--;
}

/* The list of memory's blocks: names and sizes, that add up. */
static void skip_blocks(Walk *w, uint64_t total)
{
    while (w->s == AIL_OK && total) {
        skip_name(w);
        uint64_t size = ail_get_be64(take(w, 8));
        expect(w, size && size <= total);
        total -= MIN(size, total);
    }
}

static void skip_pages(Walk *w)
{
    while (w->s == AIL_OK) {
        uint64_t word = ail_get_be64(take(w, 8));
        switch (word & FLAGS & ~(uint64_t)SAME_BLOCK) {
        case END:
            return;
        case SIZES:
            skip_blocks(w, word & ~(uint64_t)FLAGS);
            break;
        case ZERO:
        case PAGE:
            if (!(word & SAME_BLOCK))
                skip_name(w);
            w->at += word & ZERO ? 1 : UINT64_C(1) << PAGE_BITS;
            break;
        default:
            w->s = AIL_END;
        }
    }
}

static uint32_t take_number(Walk *w)
{
    uint32_t be = GUINT32_TO_BE(w->number), number = ail_get_be32(take(w, 4));
    if (w->s == AIL_OK && w->number)
        w->s = ail_qcow2_write_state(w->image, w->at - 4, &be, sizeof be);
    return number;
}

/* Behind its first byte. */
static void skip_section(Walk *w, uint8_t kind)
{
    uint32_t id = take_number(w);
    if (kind == SECTION_START) {
        const uint8_t *name = take(w, 12); /* with instance and version */
        expect(w, !memcmp(name, "\3ram\0\0\0\0\0\0\0\4", 12));
    }
    skip_pages(w);
    expect(w, *take(w, 1) == FOOTER);
    expect(w, take_number(w) == id);
}

static void skip_command(Walk *w)
{
    take(w, 2);
    const uint8_t *len = take(w, 2);
    w->at += (uint64_t)len[0] << 8 | len[1];
}

AilStatus ail_vmstate_skip_memory(AilQcow2 *image, uint32_t number, uint64_t *at)
{
    Walk w = {.image = image, .number = number, .window = g_malloc(WINDOW)};
    uint8_t kind = 0;
    expect(&w, !memcmp(take(&w, 8), MAGIC, 8));
    while (w.s == AIL_OK && kind != SECTION_FULL) {
        kind = *take(&w, 1);
        if (kind == CONFIGURATION)
            skip_configuration(&w);
        else if (kind >= SECTION_START && kind <= SECTION_MEMORY_END)
            skip_section(&w, kind);
        else if (kind == COMMAND)
            skip_command(&w);
        else
            expect(&w, kind == SECTION_FULL);
    }
    g_free(w.window);
    *at = w.at - 1;
    return w.s;
}
