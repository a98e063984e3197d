/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of labels and the shadow of memory against the plainest ones that do the same; and code that
 * leaves everything as it was. */
#include <criterion/criterion.h>
#include <glib.h>
#include <string.h>

#include "analyzers/taint/run.h"
#include "analyzers/taint/sets.h"
#include "analyzers/taint/shadow.h"

enum { LABELS = 64, KEPT = 200 };

static uint64_t bits_of(const AilSets *sets, uint32_t set)
{
    uint32_t n;
    uint64_t bits = 0;
    const AilLabelRange *r = ail_sets_ranges(sets, set, &n);
    for (uint32_t i = 0; i < n; i++) {
        cr_assert_leq(r[i].first, r[i].last);
        cr_assert(!i || r[i].first > r[i - 1].last + 1, "ranges that touch are one");
        for (uint32_t k = r[i].first; k <= r[i].last; k++)
            bits |= UINT64_C(1) << k;
    }
    return bits;
}

Test(taint_parts, sets_are_unions_of_what_went_into_them)
{
    AilSets *sets = ail_sets_new(1 << 24);
    GRand *random = g_rand_new_with_seed(6);
    uint32_t set[KEPT] = {0};
    uint64_t bits[KEPT] = {0};
    GHashTable *seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (unsigned i = 0; i < 20000; i++) {
        unsigned to = (unsigned)g_rand_int_range(random, 0, KEPT);
        unsigned a = (unsigned)g_rand_int_range(random, 0, KEPT);
        unsigned b = (unsigned)g_rand_int_range(random, 0, KEPT);
        uint32_t label = (uint32_t)g_rand_int_range(random, 0, LABELS);
        bool one = g_rand_int_range(random, 0, 4) == 0;
        set[to] = one ? ail_sets_one(sets, label) : ail_sets_union(sets, set[a], set[b]);
        bits[to] = one ? UINT64_C(1) << label : bits[a] | bits[b];
        cr_assert_eq(bits_of(sets, set[to]), bits[to]);
        cr_assert_eq(ail_sets_has(sets, set[to], label), bits[to] >> label & 1);
        cr_assert_eq(ail_sets_share(sets, set[to], set[b]), (bits[to] & bits[b]) != 0);
        /* One set has one number. */
        gpointer known = g_hash_table_lookup(seen, &bits[to]);
        cr_assert(!known || GPOINTER_TO_UINT(known) == set[to]);
        if (set[to])
            g_hash_table_insert(seen, g_memdup2(&bits[to], 8), GUINT_TO_POINTER(set[to]));
    }
    cr_expect(!ail_sets_full(sets));
    cr_expect_eq(ail_sets_union(sets, 0, 0), 0);
    g_hash_table_destroy(seen);
    g_rand_free(random);
    ail_sets_free(sets);
}

Test(taint_parts, sets_beyond_the_limit_are_any)
{
    AilSets *sets = ail_sets_new(1 << 16);
    uint32_t all = 0;
    for (uint32_t i = 0; i < 100000 && all != AIL_SET_ANY; i++)
        all = ail_sets_union(sets, all, ail_sets_one(sets, 2 * i));
    cr_assert_eq(all, AIL_SET_ANY);
    cr_expect(ail_sets_full(sets));
    cr_expect(ail_sets_has(sets, all, 12345));
    cr_expect_eq(ail_sets_union(sets, all, ail_sets_one(sets, 0)), AIL_SET_ANY);
    ail_sets_free(sets);
}

typedef struct Each {
    GHashTable *expected;
    uint64_t last, n;
} Each;

static void check_cell(void *self, uint64_t phys, AilCell cell)
{
    Each *e = self;
    const uint64_t *expected = g_hash_table_lookup(e->expected, &phys);
    cr_assert(expected && *expected == cell);
    cr_assert(!e->n || phys > e->last);
    e->last = phys;
    e->n++;
}

Test(taint_parts, the_shadow_has_what_was_put_there_and_frees_the_rest)
{
    static const uint64_t regions[] = {0, 0x7fffff80, UINT64_C(0x100000000), UINT64_C(1) << 51};
    AilShadow *shadow = ail_shadow_new();
    GRand *random = g_rand_new_with_seed(7);
    GHashTable *expected = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    for (unsigned i = 0; i < 200000; i++) {
        uint64_t phys =
            regions[g_rand_int_range(random, 0, 4)] + (uint64_t)g_rand_int_range(random, 0, 6000);
        AilCell cell = g_rand_boolean(random) ? (AilCell)g_rand_int_range(random, 1, 1000) : 0;
        ail_shadow_set(shadow, phys, cell);
        if (cell)
            g_hash_table_insert(expected, g_memdup2(&phys, 8), g_memdup2(&cell, 8));
        else
            g_hash_table_remove(expected, &phys);
        cr_assert_eq(ail_shadow_get(shadow, phys), cell);
        cr_assert(!cell || (ail_shadow_maybe(shadow, phys) && ail_shadow_touches(shadow, phys, 1)));
        cr_assert_eq(ail_shadow_counts(shadow).tainted, g_hash_table_size(expected));
    }
    Each each = {.expected = expected};
    ail_shadow_each(shadow, check_cell, &each);
    cr_assert_eq(each.n, g_hash_table_size(expected));
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, expected);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        ail_shadow_set(shadow, *(uint64_t *)key, 0);
    AilShadowCounts counts = ail_shadow_counts(shadow);
    cr_expect_eq(counts.tainted, 0);
    cr_expect_eq(counts.memory, 0);
    cr_expect_gt(counts.most_memory, 0);
    cr_expect(!ail_shadow_maybe(shadow, 0) && !ail_shadow_touches(shadow, 0, 64));
    g_hash_table_destroy(expected);
    g_rand_free(random);
    ail_shadow_free(shadow);
}

/* --- areas --- */

enum { AREA = 0x1000, TAINTED = AREA + 576 /* upper half of ymm0 */ };

static AilTaintAccess load_of(uint64_t at, unsigned size)
{
    return (AilTaintAccess){
        .addr = at, .phys = at, .phys2 = AIL_TAINT_NOWHERE, .size = (uint8_t)size};
}

/* Taint of byte `at` of ymm0 behind xrstor [rcx], which makes these accesses; the area's byte 576
 * is tainted. */
static AilCell restored(unsigned at, const AilTaintAccess *access, unsigned n)
{
    static const uint8_t xrstor[] = {0x0f, 0xae, 0x29};
    static const uint16_t start[] = {0, sizeof xrstor};
    const AilBlock block = {.bytes = xrstor,
                            .start = start,
                            .size = sizeof xrstor,
                            .n_insns = 1,
                            .mode = AIL_MODE_X86_64};
    AilError err = {""};
    AilTaint *t = ail_taint_new(1 << 20);
    AilTaintLower *lower = ail_taint_lower_new(AIL_ARCH_X86, 0, &err);
    AilTaintProgram *p = ail_taint_lower(lower, &block);
    ail_taint_set_memory(t, TAINTED, ail_sets_one(t->sets, 1));
    ail_taint_run(t, p, 0, 1, access, n);
    AilCell cell = t->state[ail_lift_find(AIL_ARCH_X86, "ymm0").at + at];
    ail_taint_program_free(p);
    ail_taint_lower_free(lower);
    ail_taint_free(t);
    return cell;
}

/* Of AVX's registers alone: nothing is loaded of the first 512 bytes. */
Test(taint_parts, a_state_area_is_found_by_its_header)
{
    const AilTaintAccess avx[] = {load_of(AREA + 512, 8), load_of(AREA + 520, 8),
                                  load_of(TAINTED, 8), load_of(TAINTED + 8, 8)};
    const AilTaintAccess both[] = {load_of(AREA + 512, 8), load_of(AREA + 160, 8),
                                   load_of(AREA + 168, 8), load_of(TAINTED, 8)};
    cr_expect(restored(16, avx, G_N_ELEMENTS(avx)));
    cr_expect(!restored(0, avx, G_N_ELEMENTS(avx)));
    cr_expect(restored(16, both, G_N_ELEMENTS(both)));
    cr_expect(!restored(0, both, G_N_ELEMENTS(both)));
}

/* --- where Linux on AArch64 is entered --- */

typedef struct Branches {
    AilTaintWatch watch;
    unsigned n;
} Branches;

static void on_branch(void *self, unsigned insn, bool target, AilCell cell)
{
    Branches *b = self;
    (void)insn, (void)target, (void)cell;
    b->n++;
}

/* Whether the stack pointer has labels behind this code, if only x0 had one; *branches: how many
 * depended on it. */
static bool reaches_stack(const uint32_t *code, uint16_t n, bool user, unsigned *branches)
{
    AilError err = {""};
    uint16_t start[8] = {0};
    for (unsigned i = 1; i <= n; i++)
        start[i] = (uint16_t)(4 * i);
    AilBlock block = {.pc = 0x1000, .mode = AIL_MODE_A64, .user = user, .n_insns = n};
    block.size = (uint16_t)(4 * n);
    block.start = start;
    block.bytes = (const uint8_t *)code;
    AilTaintLower *lower = ail_taint_lower_new(AIL_ARCH_ARM64, 0, &err);
    AilTaintProgram *p = ail_taint_lower(lower, &block);
    AilTaint *t = ail_taint_new(1 << 20);
    Branches b = {.watch = {.self = &b, .branch = on_branch}};
    t->watch = b.watch;
    unsigned x0 = ail_lift_find(AIL_ARCH_ARM64, "x0").at;
    unsigned sp = ail_lift_find(AIL_ARCH_ARM64, user ? "sp_el0" : "sp_el1").at;
    ail_taint_set_reg(t, x0 + 1, ail_sets_one(t->sets, 7));
    ail_taint_run(t, p, 0, n, NULL, 0);
    bool reached = t->state[sp + 1] || t->state[sp + 7];
    cr_expect(reached || (t->state[x0 + 1] && !t->state[x0 + 2]), "x0 is as it was");
    *branches = b.n;
    ail_taint_free(t);
    ail_taint_program_free(p);
    ail_taint_lower_free(lower);
    return reached;
}

Test(taint_parts, entering_linux_on_aarch64_leaves_the_stack_pointer)
{
    enum { ADD_SP = 0x8b2063ff, SUB_X0 = 0xcb2063e0, SUB_SP = 0xcb2063ff, TBNZ = 0x37700060 };
    static const uint32_t looks[] = {ADD_SP, SUB_X0, TBNZ}, restores[] = {SUB_X0, SUB_SP};
    unsigned branches;
    cr_expect(!reaches_stack(looks, 3, false, &branches));
    cr_expect_eq(branches, 0);
    cr_expect(!reaches_stack(restores, 2, false, &branches));
    cr_expect(reaches_stack(looks, 1, false, &branches), "any other sum does");
    cr_expect(reaches_stack(looks, 3, true, &branches), "and programs have no such entry");
    cr_expect_eq(branches, 1);
}
