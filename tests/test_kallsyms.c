/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Symbol tables of kernels that Debian built, as they lie in memory. What kernels export to modules
 * is in other tables of theirs, and says whether names and addresses are right. */
#include "formats/kallsyms.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glib.h>
#include <inttypes.h>

#include "formats/ksymtab.h"
#include "tests/kernel_file.h"

typedef struct Kernel {
    char name[8];   /* Debian's, of the architecture */
    uint64_t moved; /* a move that KASLR may choose */
    uint64_t stext; /* where that puts _stext: known from System.map or the kernel's sources */
} Kernel;

static Kernel kernels[] = {
    {"amd64", 0, 0xffffffff81000000}, {"amd64", 0x1d600000, 0xffffffff9e600000},
    {"arm64", 0, 0xffff800008010000}, {"arm64", 0x2f3a20000, 0xffff8002fba30000},
    {"i386", 0, 0xc1000000},          {"i386", 0x6400000, 0xc7400000},
    {"armhf", 0, 0xc0300000},
};

typedef struct Exports {
    const AilKallsyms *table;
    unsigned right, wrong, absent;
} Exports;

/* Other symbols may have the name, too. */
static bool has(const AilKallsyms *t, const char *name, uint64_t address)
{
    AilKsym s;
    uint64_t offset;
    size_t i = 0, n = ail_kallsyms_count(t);
    if (ail_kallsyms_address(t, name) == address)
        return true;
    if (!ail_kallsyms_at(t, address, &s, &offset) || offset)
        return false;
    while (i < n && ail_kallsyms_get(t, i).address < address)
        i++;
    for (; i < n && ail_kallsyms_get(t, i).address == address; i++)
        if (!strcmp(ail_kallsyms_get(t, i).name, name))
            return true;
    return false;
}

static void compare(void *user, const char *name, uint64_t address)
{
    Exports *x = user;
    AilKsym s;
    if (has(x->table, name, address))
        x->right++;
    else if (ail_kallsyms_find(x->table, name, &s))
        x->wrong++;
    else
        x->absent++; /* a variable, in kernels whose tables have functions only */
}

static void expect_same(const AilKallsyms *a, const AilKallsyms *b)
{
    cr_assert_eq(ail_kallsyms_count(a), ail_kallsyms_count(b));
    for (size_t i = 0; i < ail_kallsyms_count(a); i++) {
        AilKsym x = ail_kallsyms_get(a, i), y = ail_kallsyms_get(b, i);
        cr_assert(x.address == y.address && x.type == y.type && !strcmp(x.name, y.name));
    }
}

/* Saved and loaded it is the same, and small. */
static void expect_kept(const AilKallsyms *table)
{
    AilBuf b = {0};
    AilKallsyms *again;
    AilError err = {{0}};
    ail_kallsyms_save(table, &b);
    cr_expect_lt(b.len, 12 * ail_kallsyms_count(table));
    cr_assert_eq(ail_kallsyms_load(b.data, b.len, "saved", &again, &err), AIL_OK, "%s", err.text);
    expect_same(table, again);
    ail_kallsyms_free(again);
    ail_buf_clear(&b);
}

static void expect_lookups(const AilKallsyms *t, const Kernel *k)
{
    AilKsym s;
    uint64_t offset, at = ail_kallsyms_address(t, "do_exit");
    cr_expect_eq(ail_kallsyms_address(t, "_stext"), k->stext, "%" PRIx64,
                 ail_kallsyms_address(t, "_stext"));
    cr_assert(ail_kallsyms_at(t, at + 5, &s, &offset));
    cr_expect_str_eq(s.name, "do_exit");
    cr_expect_eq(s.type, 'T');
    cr_expect_eq(offset, 5);
    cr_expect_not(ail_kallsyms_find(t, "no_such_function", &s));
    cr_expect_not(ail_kallsyms_at(t, 0x1000, &s, &offset), "%s", s.name);
    cr_expect_not(ail_kallsyms_at(t, UINT64_MAX, &s, &offset), "%s", s.name);
}

ParameterizedTestParameters(kallsyms, of_real_kernels)
{
    return cr_make_param_array(Kernel, kernels, G_N_ELEMENTS(kernels));
}

ParameterizedTest(Kernel *which, kallsyms, of_real_kernels)
{
    KernelFile k;
    AilError err = {{0}};
    Exports x = {0};
    AilKallsyms *table;
    kernel_file_need_known();
    kernel_file_open(&k, which->name, which->moved);
    cr_assert_eq(ail_kallsyms_open(&k.image, &table, &err), AIL_OK, "%s", err.text);
    x.table = table;
    size_t n = ail_ksymtab_each(&k.image, compare, &x);
    cr_expect_gt(n, 8000, "%zu exports", n);
    cr_expect_eq(x.wrong, 0, "%u of %zu exports have another address", x.wrong, n);
    cr_expect_gt(x.right, 7000, "%u of %zu exports", x.right, n);
    if (!strcmp(which->name, "amd64"))
        cr_expect_eq(x.absent, 0, "%u of %zu exports have no symbol", x.absent, n);
    expect_lookups(table, which);
    expect_kept(table);
    ail_kallsyms_free(table);
    kernel_file_close(&k);
}
