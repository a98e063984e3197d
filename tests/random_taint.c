/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/random_taint.h"

#include <inttypes.h>
#include <string.h>

/* GIVEN: the set of one label, the first that random_sets makes. */
enum { LABELS = 6, DEVICE = 0xfee00000, GIVEN = AIL_SET_ANY + 1 };

/* --- accesses --- */

static void add_access(GArray *list, unsigned insn, bool write, unsigned size, GRand *rand)
{
    AilTaintAccess a = {.insn = (uint16_t)insn, .size = (uint8_t)size, .write = write};
    int how = g_rand_int_range(rand, 0, 40);
    a.phys = 0x10000 + (uint64_t)g_rand_int_range(rand, 0, 16) * 4096 +
             (uint64_t)g_rand_int_range(rand, 0, 4080);
    if (how == 0) /* into the next page, which is elsewhere */
        a.phys = (a.phys & ~UINT64_C(4095)) + 4096 - (uint64_t)g_rand_int_range(rand, 1, 16);
    a.phys2 = 0x80000 + (uint64_t)g_rand_int_range(rand, 0, 16) * 4096;
    a.addr = a.phys ^ 0xffff000000000000;
    if (how == 1) {
        a.addr = DEVICE;
        a.phys = AIL_TAINT_NOWHERE;
    }
    a.has_value = g_rand_int_range(rand, 0, 2);
    a.value[0] = a.has_value ? (uint64_t)g_rand_int(rand) << 32 | g_rand_int(rand) : 0;
    a.value[1] = ~a.value[0];
    if (a.phys == AIL_TAINT_NOWHERE && !write && g_rand_boolean(rand))
        a.given = GIVEN;
    g_array_append_val(list, a);
}

/* So many bytes, cut into accesses. */
static void add_bytes(GArray *list, unsigned insn, bool write, unsigned n, GRand *rand)
{
    while (n) {
        unsigned size = 16;
        while (size > n || (size > 1 && !g_rand_int_range(rand, 0, 6)))
            size /= 2;
        add_access(list, insn, write, size, rand);
        n -= size;
    }
}

GArray *random_accesses(const AilTaintProgram *p, GRand *rand)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(AilTaintAccess));
    for (unsigned i = 0; i < p->n_insns; i++) {
        const AilTaintInsn *insn = &p->insns[i];
        bool any = insn->n_load == AIL_TAINT_ANY || insn->n_store == AIL_TAINT_ANY;
        unsigned times =
            insn->flags & AIL_LIFT_REPEATS ? (unsigned)g_rand_int_range(rand, 0, 5) : 1;
        unsigned n_load = any ? (unsigned)g_rand_int_range(rand, 0, 33) : insn->n_load;
        unsigned n_store = any ? (unsigned)g_rand_int_range(rand, 0, 33) : insn->n_store;
        if (!any && !g_rand_int_range(rand, 0, 60))
            n_load++; /* not what is expected */
        if (insn->predicated && g_rand_int_range(rand, 0, 2))
            n_load = n_store = 0;
        for (unsigned k = 0; k < times; k++) {
            add_bytes(list, i, false, n_load, rand);
            add_bytes(list, i, true, n_store, rand);
        }
    }
    return list;
}

/* --- taint --- */

void random_sets(AilTaint *t)
{
    for (unsigned i = 1; i <= LABELS; i++)
        ail_sets_one(t->sets, i);
    for (unsigned i = 1; i <= LABELS; i++)
        ail_sets_union(t->sets, ail_sets_one(t->sets, i), ail_sets_one(t->sets, i % LABELS + 1));
}

/* how: 0 none, 1 one set, 2 one set in several depths, others several sets. */
static AilCell random_cell(AilTaint *t, unsigned how, GRand *rand)
{
    AilCell depth = how == 1 ? 3 : (AilCell)g_rand_int_range(rand, 0, 4);
    uint32_t label = how < 3 ? 1 : (uint32_t)g_rand_int_range(rand, 1, LABELS + 1);
    if (!how || !g_rand_int_range(rand, 0, 3))
        return 0;
    if (how > 4 && !g_rand_int_range(rand, 0, 8))
        depth = AIL_CELL_DEPTH_MAX - (AilCell)g_rand_int_range(rand, 0, 2);
    uint32_t set = ail_sets_one(t->sets, label);
    if (how > 2 && g_rand_int_range(rand, 0, 2))
        set = ail_sets_union(t->sets, set, ail_sets_one(t->sets, label % LABELS + 1));
    return set | depth << AIL_CELL_DEPTH_SHIFT;
}

static uint64_t phys_of(const AilTaintAccess *a, unsigned i)
{
    unsigned here = 4096 - (unsigned)(a->phys & 4095);
    return i < here ? a->phys + i : a->phys2 + i - here;
}

static void forget_memory(uint64_t phys, GArray *list)
{
    g_array_append_val(list, phys);
}

static void collect(void *self, uint64_t phys, AilCell cell)
{
    (void)cell;
    forget_memory(phys, self);
}

void random_taint(AilTaint *t, const AilTaintProgram *p, const GArray *accesses, GRand *rand)
{
    AilTaintMask all;
    GArray *old = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    unsigned how = (unsigned)g_rand_int_range(rand, 0, 7);
    unsigned regs = g_rand_int_range(rand, 0, 3) ? how : 0;
    unsigned memory = g_rand_int_range(rand, 0, 3) ? how : 0;
    ail_shadow_each(t->shadow, collect, old);
    for (guint i = 0; i < old->len; i++)
        ail_taint_set_memory(t, g_array_index(old, uint64_t, i), 0);
    g_array_unref(old);
    memset(t->state, 0, sizeof t->state);
    for (unsigned r = 0; r < AIL_STATE_TEMP / 8; r++)
        for (unsigned i = 0; i < 8 && p->touches.word[r / 64] >> r % 64 & 1; i++)
            t->state[r * 8 + i] = random_cell(t, regs, rand);
    for (guint k = 0; k < accesses->len; k++) {
        const AilTaintAccess *a = &g_array_index(accesses, AilTaintAccess, k);
        bool whole = g_rand_int_range(rand, 0, 2);
        for (unsigned i = 0; i < a->size && a->phys != AIL_TAINT_NOWHERE && whole; i++)
            ail_taint_set_memory(t, phys_of(a, i), random_cell(t, memory, rand));
    }
    memset(&all, 0xff, sizeof all);
    ail_taint_refresh(t, &all);
}

char *random_taint_compare(const AilTaint *a, const AilTaint *b, const GArray *accesses)
{
    for (unsigned i = 0; i < AIL_STATE_TEMP; i++)
        if (a->state[i] != b->state[i])
            return g_strdup_printf("state byte %u: %" PRIx64 ", %" PRIx64, i, a->state[i],
                                   b->state[i]);
    for (guint k = 0; k < accesses->len; k++) {
        const AilTaintAccess *m = &g_array_index(accesses, AilTaintAccess, k);
        for (unsigned i = 0; i < m->size && m->phys != AIL_TAINT_NOWHERE; i++) {
            uint64_t phys = phys_of(m, i);
            AilCell x = ail_shadow_get(a->shadow, phys), y = ail_shadow_get(b->shadow, phys);
            if (x != y)
                return g_strdup_printf("access %u, byte %u: %" PRIx64 ", %" PRIx64, k, i, x, y);
        }
    }
    if (memcmp(&a->tainted, &b->tainted, sizeof a->tainted))
        return g_strdup("which registers are tainted");
    if (a->overwritten != b->overwritten || a->mismatched != b->mismatched ||
        ail_sets_count(a->sets) != ail_sets_count(b->sets) ||
        ail_shadow_counts(a->shadow).tainted != ail_shadow_counts(b->shadow).tainted)
        return g_strdup("what is counted");
    return NULL;
}
