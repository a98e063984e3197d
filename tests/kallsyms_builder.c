/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/kallsyms_builder.h"

#include <stdio.h>
#include <string.h>

static void put(const KallsymsPlan *p, AilBuf *out, unsigned size, uint64_t v)
{
    for (unsigned i = 0; i < size; i++)
        ail_buf_u8(out, (uint8_t)(v >> 8 * (p->big_endian ? size - 1 - i : i)));
}

static void align(const KallsymsPlan *p, AilBuf *out)
{
    while (out->len % p->align)
        ail_buf_u8(out, 0);
}

uint64_t kallsyms_plan_address(const KallsymsPlan *p, uint64_t vaddr, unsigned i)
{
    if (p->way == PLAN_PERCPU && i < PLAN_PERCPU_COUNT)
        return i * 64;
    return vaddr + 16 + (uint64_t)i * 32;
}

void kallsyms_plan_name(const KallsymsPlan *p, unsigned i, char *name)
{
    if (i == 5 && p->long_name) {
        memset(name, 'x', p->long_name);
        name[p->long_name] = '\0';
    } else {
        sprintf(name, i % 100 == 99 ? "sym_%u.isra.0" : "sym_%u", i);
    }
}

/* Printable characters stand for themselves, others for "sym_" or two digits. */
static void token(unsigned i, char text[8])
{
    if (i > ' ' && i <= '~')
        sprintf(text, "%c", (int)i);
    else
        sprintf(text, i == 0x80 ? "sym_" : "%02u", i % 100);
}

static void put_addresses(const KallsymsPlan *p, uint64_t vaddr, AilBuf *out)
{
    uint64_t base = kallsyms_plan_address(p, vaddr, p->way == PLAN_PERCPU ? PLAN_PERCPU_COUNT : 0);
    align(p, out);
    for (unsigned i = 0; i < p->count; i++) {
        uint64_t a = kallsyms_plan_address(p, vaddr, i);
        if (p->way == PLAN_ABSOLUTE)
            put(p, out, p->pointer_size, a);
        else if (p->way == PLAN_RELATIVE)
            put(p, out, 4, a - base);
        else if (p->way == PLAN_OWN_PLACE)
            put(p, out, 4, a - (vaddr + out->len));
        else
            put(p, out, 4, i < PLAN_PERCPU_COUNT ? a : base - 1 - a);
    }
    align(p, out);
    if (p->way == PLAN_RELATIVE || p->way == PLAN_PERCPU)
        put(p, out, p->pointer_size, base);
}

/* The names; where each 256th is goes to `markers`. */
static void put_names(const KallsymsPlan *p, AilBuf *out, AilBuf *markers)
{
    size_t begin = out->len;
    for (unsigned i = 0; i < p->count; i++) {
        char name[600];
        kallsyms_plan_name(p, i, name);
        bool packed = !strncmp(name, "sym_", 4);
        size_t len = 1 + strlen(name) - (packed ? 3 : 0);
        if (i % 256 == 0)
            put(p, markers, p->marker_size, out->len - begin);
        if (len < 0x80) {
            ail_buf_u8(out, (uint8_t)len);
        } else {
            ail_buf_u8(out, (uint8_t)(len | 0x80));
            ail_buf_u8(out, (uint8_t)(len >> 7));
        }
        ail_buf_u8(out, i % 2 ? 't' : 'T');
        if (packed)
            ail_buf_u8(out, 0x80);
        ail_buf_put(out, name + (packed ? 4 : 0), len - 1 - packed);
    }
}

static void put_tokens(const KallsymsPlan *p, AilBuf *out)
{
    AilBuf index = {0};
    size_t begin = out->len;
    for (unsigned i = 0; i < 256; i++) {
        char text[8];
        token(i, text);
        put(p, &index, 2, out->len - begin);
        ail_buf_put(out, text, strlen(text) + 1);
    }
    align(p, out);
    ail_buf_put(out, index.data, index.len);
    ail_buf_clear(&index);
}

void kallsyms_build_image(const KallsymsPlan *p, uint64_t vaddr, AilBuf *out)
{
    AilBuf markers = {0};
    ail_buf_reserve(out, PLAN_ROOM);
    memset(out->data, 0, PLAN_ROOM);
    out->len = PLAN_ROOM;
    if (!p->behind)
        put_addresses(p, vaddr, out);
    align(p, out);
    put(p, out, 4, p->count);
    align(p, out);
    put_names(p, out, &markers);
    align(p, out);
    ail_buf_put(out, markers.data, markers.len);
    align(p, out);
    for (unsigned i = 0; p->seqs_before && i < p->count; i++)
        for (int k = 16; k >= 0; k -= 8)
            ail_buf_u8(out, (uint8_t)((p->count - 1 - i) >> k));
    align(p, out);
    put_tokens(p, out);
    if (p->behind)
        put_addresses(p, vaddr, out);
    align(p, out);
    ail_buf_clear(&markers);
}
