/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How well the executed instructions are modelled. */
#include "cli/lift_cli.h"

#include <inttypes.h>
#include <string.h>

enum { QUALITIES = AIL_LIFT_UNKNOWN + 1, WORST = 20 };

typedef struct Mnemonic {
    char *name; /* owned */
    unsigned quality;
    uint64_t n; /* executions */
} Mnemonic;

typedef struct Stats {
    uint64_t n[QUALITIES];
    GHashTable *table; /* owned: "quality mnemonic" to Mnemonic; not of exact ones */
} Stats;

static void free_mnemonic(gpointer data)
{
    Mnemonic *m = data;
    g_free(m->name);
    g_free(m);
}

static void count(Stats *s, const AilLifted *insn, uint64_t n)
{
    char key[80];
    s->n[MIN(insn->quality, QUALITIES - 1u)] += n;
    if (insn->quality == AIL_LIFT_EXACT || !n)
        return;
    g_snprintf(key, sizeof key, "%u %s", insn->quality, insn->mnemonic);
    Mnemonic *m = g_hash_table_lookup(s->table, key);
    if (!m) {
        m = g_new0(Mnemonic, 1);
        m->name = g_strdup(insn->mnemonic);
        m->quality = insn->quality;
        g_hash_table_insert(s->table, g_strdup(key), m);
    }
    m->n += n;
}

/* What is modelled worse first, then what ran more often. */
static gint by_weight(gconstpointer x, gconstpointer y)
{
    const Mnemonic *a = *(Mnemonic *const *)x, *b = *(Mnemonic *const *)y;
    if (a->quality != b->quality)
        return a->quality < b->quality ? 1 : -1;
    return a->n != b->n ? (a->n < b->n ? 1 : -1) : strcmp(a->name, b->name);
}

static GPtrArray *sorted(const Stats *s)
{
    GPtrArray *list = g_ptr_array_new();
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, s->table);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        g_ptr_array_add(list, value);
    g_ptr_array_sort(list, by_weight);
    return list;
}

static double share(uint64_t n, uint64_t total)
{
    return total ? 100.0 * (double)n / (double)total : 0;
}

static void print_text(AilOutput *out, const Stats *s, uint64_t total, const GPtrArray *list)
{
    for (unsigned q = 0; q < QUALITIES; q++)
        ail_output_text(out, "%10.6f%% %16" PRIu64 "  %s\n", share(s->n[q], total), s->n[q],
                        ail_lift_cli_quality(q));
    ail_output_text(out, "%11s %16" PRIu64 "  instructions executed\n", "", total);
    for (guint i = 0; i < list->len && i < WORST; i++) {
        const Mnemonic *m = list->pdata[i];
        if (!i)
            ail_output_styled(out, AIL_STYLE_STRONG, "\nNot exact, the worst first:\n");
        ail_output_text(out, "%10.6f%% %16" PRIu64 "  %-14s %s\n", share(m->n, total), m->n,
                        m->name, ail_lift_cli_quality(m->quality));
    }
    if (list->len > WORST)
        ail_output_text(out, "and %u more (--json lists all)\n", list->len - WORST);
}

static void print_records(AilOutput *out, const Stats *s, uint64_t total, const GPtrArray *list)
{
    ail_json_begin(out, "lift");
    ail_json_number(out, "instructions", total);
    for (unsigned q = 0; q < QUALITIES; q++)
        ail_json_number(out, ail_lift_cli_quality(q), s->n[q]);
    ail_json_array(out, "not_exact");
    for (guint i = 0; i < list->len; i++) {
        const Mnemonic *m = list->pdata[i];
        ail_json_object(out, NULL);
        ail_json_text(out, "mnemonic", m->name);
        ail_json_text(out, "quality", ail_lift_cli_quality(m->quality));
        ail_json_number(out, "instructions", m->n);
        ail_json_object_end(out);
    }
    ail_json_array_end(out);
    ail_json_end(out);
}

void ail_lift_cli_stats(AilOutput *out, const AilLiftBlocks *blocks, AilLift *lift)
{
    const GPtrArray *all = ail_lift_blocks_all(blocks);
    Stats s = {.table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_mnemonic)};
    uint64_t total = 0;
    for (guint k = 0; k < all->len; k++) {
        const AilLiftBlock *b = all->pdata[k];
        for (unsigned i = 0; i < b->block.n_insns; i++) {
            AilLifted insn;
            ail_lift_cli_insn(lift, &b->block, i, &insn);
            count(&s, &insn, ail_lift_block_count(b, i));
        }
    }
    for (unsigned q = 0; q < QUALITIES; q++)
        total += s.n[q];
    GPtrArray *list = sorted(&s);
    if (ail_output_is_json(out))
        print_records(out, &s, total, list);
    else
        print_text(out, &s, total, list);
    g_ptr_array_unref(list);
    g_hash_table_unref(s.table);
}
