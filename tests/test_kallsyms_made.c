/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Symbol tables as kernels of all ages have them, and ones that are none. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glib.h>

#include "formats/kallsyms.h"
#include "tests/kallsyms_builder.h"

static const uint64_t base64 = 0xffffffff81000000, base32 = 0xc0100000;

static KallsymsPlan plans[] = {
    /* 2.6: pointers; 64-bit, 32-bit, big-endian, Arm's alignment */
    {8, false, 8, 8, 700, 0, PLAN_ABSOLUTE, false, false},
    {4, false, 4, 4, 700, 0, PLAN_ABSOLUTE, false, false},
    {4, true, 4, 4, 700, 0, PLAN_ABSOLUTE, false, false},
    {4, false, 16, 4, 700, 0, PLAN_ABSOLUTE, false, false},
    {8, false, 256, 8, 700, 0, PLAN_ABSOLUTE, false, false},
    /* 4.6: offsets */
    {8, false, 8, 8, 700, 0, PLAN_PERCPU, false, false},
    {8, false, 256, 8, 700, 0, PLAN_RELATIVE, false, false},
    {4, false, 16, 4, 700, 0, PLAN_RELATIVE, false, false},
    /* 4.20: markers of 32 bits */
    {8, false, 8, 4, 700, 0, PLAN_PERCPU, false, false},
    {8, true, 8, 4, 700, 0, PLAN_RELATIVE, false, false},
    {8, false, 8, 4, 700, 127, PLAN_RELATIVE, false, false},
    /* 6.1: long names; 6.2: seqs_of_names; 6.4: another order; then without a base */
    {8, false, 8, 4, 700, 300, PLAN_PERCPU, false, false},
    {8, false, 8, 4, 700, 300, PLAN_PERCPU, true, false},
    {8, false, 8, 4, 1025, 0, PLAN_RELATIVE, true, false},
    {4, false, 4, 4, 700, 200, PLAN_ABSOLUTE, true, false},
    {8, false, 8, 4, 700, 300, PLAN_PERCPU, false, true},
    {8, false, 8, 4, 700, 0, PLAN_RELATIVE, false, true},
    {4, false, 4, 4, 700, 0, PLAN_RELATIVE, false, true},
    {4, false, 4, 4, 700, 0, PLAN_ABSOLUTE, false, true},
    {8, false, 8, 4, 700, 400, PLAN_OWN_PLACE, false, true},
    {4, true, 4, 4, 700, 0, PLAN_OWN_PLACE, false, true},
    {8, false, 8, 4, 257, 0, PLAN_RELATIVE, false, true},
    {8, false, 8, 4, 512, 0, PLAN_RELATIVE, false, false},
};

static AilKernelImage image_of(const KallsymsPlan *p, AilKernelRange *range, AilBuf *bytes)
{
    uint64_t vaddr = p->pointer_size == 8 ? base64 : base32;
    kallsyms_build_image(p, vaddr, bytes);
    *range = (AilKernelRange){vaddr, bytes->data, bytes->len};
    return (AilKernelImage){.arch = AIL_MACHINE_X86_64,
                            .pointer_size = p->pointer_size,
                            .big_endian = p->big_endian,
                            .ranges = range,
                            .n_ranges = 1};
}

ParameterizedTestParameters(kallsyms_made, of_all_ages)
{
    return cr_make_param_array(KallsymsPlan, plans, G_N_ELEMENTS(plans));
}

ParameterizedTest(KallsymsPlan *p, kallsyms_made, of_all_ages)
{
    AilBuf bytes = {0};
    AilKernelRange range;
    AilKernelImage image = image_of(p, &range, &bytes);
    AilKallsyms *table;
    AilError err = {{0}};
    cr_assert_eq(ail_kallsyms_open(&image, &table, &err), AIL_OK, "%s", err.text);
    cr_assert_eq(ail_kallsyms_count(table), p->count);
    for (unsigned i = 0; i < p->count; i++) {
        char name[600];
        AilKsym s = ail_kallsyms_get(table, i);
        kallsyms_plan_name(p, i, name);
        cr_expect_str_eq(s.name, name);
        cr_expect_eq(s.address, kallsyms_plan_address(p, range.vaddr, i), "symbol %u", i);
        cr_expect_eq(s.type, i % 2 ? 't' : 'T');
        cr_expect_eq(ail_kallsyms_address(table, name), s.address, "%s", name);
    }
    ail_kallsyms_free(table);
    ail_buf_clear(&bytes);
}

static AilKallsyms *sample(AilBuf *bytes)
{
    AilKernelRange range;
    AilKernelImage image = image_of(&plans[5], &range, bytes);
    AilKallsyms *table = NULL;
    cr_assert_eq(ail_kallsyms_open(&image, &table, NULL), AIL_OK);
    return table;
}

Test(kallsyms_made, looks_names_and_addresses_up)
{
    AilBuf bytes = {0};
    AilKallsyms *t = sample(&bytes);
    AilKsym s;
    uint64_t offset, at = ail_kallsyms_address(t, "sym_300");
    cr_assert(ail_kallsyms_find(t, "sym_99", &s)); /* what the compiler made of it */
    cr_expect_str_eq(s.name, "sym_99.isra.0");
    cr_expect_not(ail_kallsyms_find(t, "sym_9.isra.0", &s));
    cr_expect_not(ail_kallsyms_find(t, "sym_", &s));
    cr_expect_not(ail_kallsyms_find(t, "", &s));
    cr_assert(ail_kallsyms_at(t, at, &s, &offset));
    cr_expect(!strcmp(s.name, "sym_300") && offset == 0);
    cr_assert(ail_kallsyms_at(t, at + 31, &s, &offset));
    cr_expect(!strcmp(s.name, "sym_300") && offset == 31);
    cr_assert(ail_kallsyms_at(t, at - 1, &s, &offset));
    cr_expect_str_eq(s.name, "sym_299.isra.0");
    cr_expect_not(ail_kallsyms_at(t, 70, &s, &offset)); /* per-CPU variables are no addresses */
    cr_expect_not(ail_kallsyms_at(t, base64, &s, &offset));
    cr_expect_not(ail_kallsyms_at(t, base64 + (64 << 20), &s, &offset));
    ail_kallsyms_free(t);
    ail_buf_clear(&bytes);
}

Test(kallsyms_made, says_what_is_missing)
{
    AilBuf bytes = {0};
    AilKernelRange range;
    AilError err = {{0}};
    AilKallsyms *t;
    AilKernelImage image = image_of(&plans[5], &range, &bytes);
    memset(bytes.data + PLAN_ROOM, 0, 200); /* addresses, but not all */
    cr_expect_eq(ail_kallsyms_open(&image, &t, &err), AIL_OK, "%s", err.text);
    ail_kallsyms_free(t);
    memset(bytes.data + PLAN_ROOM, 1, 700 * 4 + 8);
    cr_expect_eq(ail_kallsyms_open(&image, &t, &err), AIL_ERR);
    cr_expect_not_null(strstr(err.text, "no addresses that lie in"), "%s", err.text);
    bytes.data[PLAN_ROOM + 700 * 4 + 8]++; /* num_syms */
    cr_expect_eq(ail_kallsyms_open(&image, &t, &err), AIL_ERR);
    cr_expect_not_null(strstr(err.text, "no names and markers"), "%s", err.text);
    range.size = PLAN_ROOM;
    cr_expect_eq(ail_kallsyms_open(&image, &t, &err), AIL_ERR);
    cr_expect_not_null(strstr(err.text, "no token table"), "%s", err.text);
    cr_expect_null(t);
    ail_buf_clear(&bytes);
}

/* Cut at any byte, or with any byte changed: an error or a table, nothing else. */
Test(kallsyms_made, reads_only_what_was_saved)
{
    AilBuf bytes = {0}, saved = {0};
    AilKallsyms *t = sample(&bytes), *again;
    AilError err = {{0}};
    ail_kallsyms_save(t, &saved);
    for (size_t size = 0; size < saved.len; size++) {
        cr_expect_eq(ail_kallsyms_load(saved.data, size, "x", &again, &err), AIL_ERR);
        cr_expect(again == NULL && g_str_has_prefix(err.text, "x: "), "%s", err.text);
    }
    for (size_t i = 0; i < saved.len; i++) {
        saved.data[i] ^= 0x10;
        if (ail_kallsyms_load(saved.data, saved.len, "x", &again, &err) == AIL_OK)
            cr_expect_eq(ail_kallsyms_count(again), ail_kallsyms_count(t));
        ail_kallsyms_free(again);
        saved.data[i] ^= 0x10;
    }
    ail_kallsyms_free(t);
    ail_buf_clear(&saved);
    ail_buf_clear(&bytes);
}
