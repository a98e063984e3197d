/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels' memory, types, profiles and saved symbol tables from strangers. */
#include <glib.h>
#include <string.h>
#include <zstd.h>

#include "formats/osi_profile.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/kernel_seeds.h"

enum { ROOM = 1 << 16 };

/* A table that was accepted answers for each of its symbols, and survives being saved. */
static void use_table(const AilKallsyms *t)
{
    AilBuf b = {0};
    AilKallsyms *again;
    AilKsym s;
    uint64_t offset;
    size_t n = ail_kallsyms_count(t);
    for (size_t i = 0; i < n; i++) {
        AilKsym x = ail_kallsyms_get(t, i);
        EXPECT(i == 0 || ail_kallsyms_get(t, i - 1).address <= x.address);
        EXPECT(ail_kallsyms_find(t, x.name, &s) && !strcmp(s.name, x.name));
        if (ail_kallsyms_at(t, x.address, &s, &offset))
            EXPECT(s.address + offset == x.address && s.address == x.address);
    }
    ail_kallsyms_save(t, &b);
    EXPECT(ail_kallsyms_load(b.data, b.len, "saved", &again, NULL) == AIL_OK);
    EXPECT(ail_kallsyms_count(again) == n);
    ail_kallsyms_free(again);
    ail_buf_clear(&b);
}

static void use_memory(uint8_t kind, const uint8_t *data, size_t len)
{
    static const uint8_t nothing[ROOM];
    uint64_t vaddr = KERNEL_VADDR(kind & KERNEL_WIDE);
    const AilKernelRange ranges[] = {{vaddr, nothing, ROOM}, {vaddr + ROOM, data, len}};
    AilKernelImage image = {.pointer_size = kind & KERNEL_WIDE ? 8 : 4,
                            .big_endian = kind & KERNEL_BIG,
                            .ranges = ranges,
                            .n_ranges = 2};
    AilOsiProfile p;
    AilError err = {{0}};
    AilKallsyms *t;
    AilStatus s = ail_osi_profile_find(&image, NULL, &p, &t, &err);
    EXPECT(s == AIL_OK || (*err.text && !strchr(err.text, '\n')));
    if (t)
        use_table(t);
    ail_kallsyms_free(t);
}

static void use_btf(const uint8_t *data, size_t len)
{
    AilOsiProfile p;
    AilError err = {{0}};
    AilBtf *btf;
    if (ail_btf_open(data, len, 8, "x", &btf, &err) != AIL_OK) {
        EXPECT(*err.text && !btf);
        return;
    }
    ail_osi_profile_init(&p);
    ail_osi_profile_add_btf(&p, btf);
    ail_btf_free(btf);
}

static void use_profile(const uint8_t *data, size_t len)
{
    AilOsiProfile p, again;
    AilError err = {{0}};
    if (ail_osi_profile_parse((const char *)data, len, "x", NULL, &p, &err) != AIL_OK) {
        EXPECT(*err.text && !strchr(err.text, '\n'));
        return;
    }
    char *text = ail_osi_profile_text(&p, "x");
    EXPECT(ail_osi_profile_parse(text, strlen(text), "x", NULL, &again, &err) == AIL_OK);
    EXPECT(!memcmp(&p.off, &again.off, sizeof p.off));
    EXPECT(!memcmp(p.has_symbol, again.has_symbol, sizeof p.has_symbol));
    EXPECT(!memcmp(&p.sym, &again.sym, sizeof p.sym));
    g_free(text);
}

static void use_saved(const uint8_t *data, size_t len)
{
    AilError err = {{0}};
    AilKallsyms *t;
    if (ail_kallsyms_load(data, len, "x", &t, &err) == AIL_OK)
        use_table(t);
    else
        EXPECT(*err.text && !t);
    ail_kallsyms_free(t);
}

static void use_columns(const uint8_t *data, size_t len)
{
    AilBuf b = {0};
    if (len < 4)
        return;
    size_t bound = ZSTD_compressBound(len - 4);
    ail_buf_put(&b, "AilKsym1", 8);
    ail_buf_le32(&b, ail_get_le32(data));
    ail_buf_le32(&b, (uint32_t)(len - 4));
    ail_buf_reserve(&b, 4 + bound);
    size_t size = ZSTD_compress(b.data + b.len + 4, bound, data + 4, len - 4, 1);
    ail_buf_le32(&b, (uint32_t)size);
    b.len += size;
    use_saved(b.data, b.len);
    ail_buf_clear(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (!len)
        return 0;
    uint8_t kind = *data++;
    len--;
    switch (kind & 7) {
    case KERNEL_MEMORY: {
        uint8_t *copy = g_memdup2(data, len); /* with an end that sanitizers see */
        use_memory(kind, copy, len);
        g_free(copy);
        break;
    }
    case KERNEL_BTF:
        use_btf(data, len);
        break;
    case KERNEL_PROFILE:
        use_profile(data, len);
        break;
    case KERNEL_COLUMNS:
        use_columns(data, len);
        break;
    case KERNEL_SAVED:
        use_saved(data, len);
        break;
    }
    return 0;
}
