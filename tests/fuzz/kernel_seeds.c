/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/kernel_seeds.h"

#include <glib.h>
#include <linux/btf.h>
#include <string.h>

#include "formats/osi_profile.h"
#include "tests/kallsyms_builder.h"

static const KallsymsPlan plans[] = {
    {8, false, 8, 4, 300, 0, PLAN_PERCPU, true, false},
    {8, false, 8, 8, 300, 0, PLAN_ABSOLUTE, false, false},
    {4, true, 4, 4, 300, 0, PLAN_RELATIVE, false, true},
    {8, false, 8, 4, 300, 200, PLAN_OWN_PLACE, false, true},
};

static void put_tables(const KallsymsPlan *p, AilBuf *out)
{
    AilBuf image = {0};
    bool wide = p->pointer_size == 8;
    kallsyms_build_image(p, KERNEL_VADDR(wide), &image);
    ail_buf_u8(out, KERNEL_MEMORY | (wide ? KERNEL_WIDE : 0) | (p->big_endian ? KERNEL_BIG : 0));
    ail_buf_put(out, image.data + PLAN_ROOM, image.len - PLAN_ROOM);
    ail_buf_clear(&image);
}

/* 70 exports, the first of which is init_task, relative to their places. */
static void put_exports(AilBuf *out)
{
    enum { N = 70, ENTRY = 12 };
    static const char names[] = "init_task\0current_task\0n\0modules";
    ail_buf_u8(out, KERNEL_MEMORY | KERNEL_WIDE);
    for (uint32_t i = 0; i < N; i++) {
        uint32_t at = i * ENTRY, name = N * ENTRY + (i == 0 ? 0 : i == 1 ? 10 : 23);
        ail_buf_le32(out, (uint32_t)-8 * i);
        ail_buf_le32(out, name - (at + 4));
        ail_buf_le32(out, 0);
    }
    ail_buf_put(out, names, sizeof names);
}

static void put_type(AilBuf *out, uint32_t name, uint32_t kind, uint32_t n, uint32_t size)
{
    ail_buf_le32(out, name);
    ail_buf_le32(out, kind << 24 | n);
    ail_buf_le32(out, size);
}

static void put_member(AilBuf *out, uint32_t name, uint32_t type, uint32_t bits)
{
    ail_buf_le32(out, name);
    ail_buf_le32(out, type);
    ail_buf_le32(out, bits);
}

/* struct task_struct { int pid; struct { int tgid; }; int comm[4]; } and a typedef. */
static void put_btf(AilBuf *out)
{
    static const char names[] = "\0int\0task_struct\0pid\0tgid\0comm";
    AilBuf types = {0};
    put_type(&types, 1, BTF_KIND_INT, 0, 4);
    ail_buf_le32(&types, BTF_INT_SIGNED << 24 | 32);
    put_type(&types, 0, BTF_KIND_STRUCT, 1, 4);
    put_member(&types, 21, 1, 0);
    put_type(&types, 0, BTF_KIND_ARRAY, 0, 0);
    put_member(&types, 1, 1, 4);
    put_type(&types, 5, BTF_KIND_STRUCT, 3, 24);
    put_member(&types, 17, 5, 0);
    put_member(&types, 0, 2, 32);
    put_member(&types, 26, 3, 64);
    put_type(&types, 1, BTF_KIND_TYPEDEF, 0, 1);
    ail_buf_u8(out, 0x9f);
    ail_buf_u8(out, 0xeb);
    ail_buf_u8(out, 1);
    ail_buf_u8(out, 0);
    const uint32_t header[] = {24, 0, (uint32_t)types.len, (uint32_t)types.len, sizeof names};
    for (size_t i = 0; i < G_N_ELEMENTS(header); i++)
        ail_buf_le32(out, header[i]);
    ail_buf_put(out, types.data, types.len);
    ail_buf_put(out, names, sizeof names);
    ail_buf_clear(&types);
}

static void put_profile(AilBuf *out)
{
    AilOsiProfile p;
    ail_osi_profile_init(&p);
    p.sym.init_task = 0xffffffff82a12940;
    p.has_symbol[offsetof(AilOsiSymbols, init_task) / 8] = 1;
    p.off.task_pid = 2416;
    p.off.mount_parent = -16;
    p.version[0] = 6;
    p.pointer_size = 8;
    char *text = ail_osi_profile_text(&p, "x");
    ail_buf_u8(out, KERNEL_PROFILE);
    ail_buf_put(out, text, strlen(text));
    g_free(text);
}

static void put_columns(AilBuf *out)
{
    static const char columns[] = "\x80\x10\x40\x05"
                                  "tTD"
                                  "a\0b.isra.0\0init_task";
    ail_buf_u8(out, KERNEL_COLUMNS);
    ail_buf_le32(out, 3);
    ail_buf_put(out, columns, sizeof columns);
}

bool kernel_seed(unsigned i, AilBuf *out)
{
    if (i < G_N_ELEMENTS(plans)) {
        put_tables(&plans[i], out);
    } else if (i == G_N_ELEMENTS(plans)) {
        put_exports(out);
    } else if (i < G_N_ELEMENTS(plans) + 3) { /* alone, and in memory */
        ail_buf_u8(out, i % 2 ? KERNEL_BTF : KERNEL_MEMORY | KERNEL_WIDE);
        put_btf(out);
    } else if (i == G_N_ELEMENTS(plans) + 3) {
        put_profile(out);
    } else if (i == G_N_ELEMENTS(plans) + 4) {
        put_columns(out);
    } else {
        return false;
    }
    return true;
}
