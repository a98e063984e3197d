/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hotblocks: how often each block ran. One counter a block of the dictionary, so memory depends on
 * how much code the guest has and not on how long it ran.
 */
#include "analyzers/builtin.h"

#include <glib.h>
#include <inttypes.h>
#include <string.h>

enum { TOP = 20, MAX_BLOCKS = 1 << 26 };

typedef struct HotBlocks {
    const AilBlocks *blocks; /* borrowed */
    uint64_t *runs;          /* owned, by block id */
    uint64_t *lost; /* owned, by block id: instructions of cut executions that did not run */
    uint32_t n;     /* counters there are */
    uint64_t top;
    bool by_runs;
} HotBlocks;

/* A block that ran, for the table. */
typedef struct Row {
    const AilBlock *block;
    uint64_t runs, insns;
} Row;

static const AilOption options[] = {
    {"top", "N", "show the N hottest blocks (default 20; 0: all)", AIL_OPTION_NUMBER, false, false},
    {"by", "WHAT", "hottest by instructions (default) or by executions", AIL_OPTION_TEXT, false,
     false},
    {NULL, NULL, NULL, 0, false, false},
};

static AilStatus check(const AilOptions *o, AilError *err)
{
    const char *by = ail_options_text(o, "by", 0);
    if (by && strcmp(by, "instructions") && strcmp(by, "executions"))
        return ail_error_set(err, "by=%s: say by=instructions or by=executions", by);
    return AIL_OK;
}

static void *create(const AilAnalysisEnv *env, const AilOptions *o, AilError *err)
{
    (void)err;
    HotBlocks *h = g_new0(HotBlocks, 1);
    h->blocks = env->blocks;
    h->top = ail_options_number(o, "top", 0, TOP);
    h->by_runs = !g_strcmp0(ail_options_text(o, "by", 0), "executions");
    return h;
}

static void destroy(void *self)
{
    HotBlocks *h = self;
    g_free(h->runs);
    g_free(h->lost);
    g_free(h);
}

static void grow(HotBlocks *h, uint32_t n)
{
    if (n <= h->n)
        return;
    uint32_t cap = MAX(n, h->n + h->n / 2);
    h->runs = g_renew(uint64_t, h->runs, cap);
    h->lost = g_renew(uint64_t, h->lost, cap);
    memset(h->runs + h->n, 0, (cap - h->n) * sizeof *h->runs);
    memset(h->lost + h->n, 0, (cap - h->n) * sizeof *h->lost);
    h->n = cap;
}

static AilStatus chunk(void *self, const AilChunk *c, AilError *err)
{
    HotBlocks *h = self;
    (void)err;
    grow(h, ail_blocks_count(h->blocks));
    uint64_t *runs = h->runs;
    for (uint32_t i = 0; i < c->n_flow; i++)
        runs[c->flow[i]]++;
    for (uint32_t i = 0; i < c->n_cuts; i++) {
        uint32_t id = c->flow[c->cuts[i].at];
        h->lost[id] += ail_blocks_get(h->blocks, id)->n_insns - c->cuts[i].executed;
    }
    return AIL_OK;
}

static AilStatus merge(void *self, const void *other, AilError *err)
{
    HotBlocks *h = self;
    const HotBlocks *o = other;
    (void)err;
    grow(h, o->n);
    for (uint32_t i = 0; i < o->n; i++) {
        h->runs[i] += o->runs[i];
        h->lost[i] += o->lost[i];
    }
    return AIL_OK;
}

static void save(const void *self, AilState *to)
{
    const HotBlocks *h = self;
    uint32_t n = h->n;
    while (n && !h->runs[n - 1])
        n--;
    ail_state_put(to, n);
    for (uint32_t i = 0; i < n; i++) {
        ail_state_put(to, h->runs[i]);
        ail_state_put(to, h->lost[i]);
    }
}

static AilStatus load(void *self, AilState *from, AilError *err)
{
    HotBlocks *h = self;
    uint64_t n = ail_state_take(from);
    if (n > ail_blocks_count(h->blocks) || n > MAX_BLOCKS)
        return ail_error_set(err, "counts of blocks that the trace does not have");
    grow(h, (uint32_t)n);
    for (uint64_t i = 0; i < n; i++) {
        h->runs[i] = ail_state_take(from);
        h->lost[i] = ail_state_take(from);
        uint64_t n_insns = ail_blocks_get(h->blocks, (uint32_t)i)->n_insns;
        if (h->lost[i] > h->runs[i] * n_insns)
            return ail_error_set(err, "impossible counts of a block");
    }
    return AIL_OK;
}

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? 1 : a > b ? -1 : 0;
}

static gint by_insns(gconstpointer a, gconstpointer b)
{
    const Row *x = a, *y = b;
    int c = compare(x->insns, y->insns);
    return c ? c : compare(y->block->id, x->block->id);
}

static gint by_runs(gconstpointer a, gconstpointer b)
{
    const Row *x = a, *y = b;
    int c = compare(x->runs, y->runs);
    return c ? c : compare(y->block->id, x->block->id);
}

/* The blocks that ran, hottest first; adds up everything in *total. */
static GArray *ranked(const HotBlocks *h, Row *total)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(Row));
    for (uint32_t i = 0; i < h->n; i++) {
        if (!h->runs[i])
            continue;
        Row row = {.block = ail_blocks_get(h->blocks, i), .runs = h->runs[i]};
        row.insns = row.runs * row.block->n_insns - h->lost[i];
        total->runs += row.runs;
        total->insns += row.insns;
        g_array_append_val(rows, row);
    }
    g_array_sort(rows, h->by_runs ? by_runs : by_insns);
    return rows;
}

static void print_row(AilOutput *out, const Row *row, const Row *total)
{
    double share = total->insns ? 100.0 * (double)row->insns / (double)total->insns : 0;
    const AilBlock *b = row->block;
    if (!ail_output_is_json(out)) {
        ail_output_text(out, "%6.2f%% %15" PRIu64 " %15" PRIu64 " %6u  %c 0x%" PRIx64 "\n", share,
                        row->insns, row->runs, b->n_insns, b->user ? 'u' : 'k', b->pc);
        return;
    }
    ail_json_begin(out, "hotblocks");
    ail_json_address(out, "pc", b->pc);
    ail_json_number(out, "block", b->id);
    ail_json_bool(out, "user", b->user);
    ail_json_number(out, "block_instructions", b->n_insns);
    ail_json_number(out, "executions", row->runs);
    ail_json_number(out, "instructions", row->insns);
    ail_json_end(out);
}

static void print_heading(AilOutput *out)
{
    ail_output_styled(out, AIL_STYLE_STRONG, "%7s %15s %15s %6s  %s\n", "share", "instructions",
                      "executions", "length", "address (k kernel, u user)");
}

static AilStatus finish(void *self, AilOutput *out, AilError *err)
{
    HotBlocks *h = self;
    Row total = {0};
    (void)err;
    GArray *rows = ranked(h, &total);
    bool text = !ail_output_is_json(out);
    uint64_t shown = h->top ? MIN(h->top, rows->len) : rows->len;
    if (text && shown)
        print_heading(out);
    for (guint i = 0; i < shown; i++)
        print_row(out, &g_array_index(rows, Row, i), &total);
    if (text && !rows->len)
        ail_output_text(out, "No block was executed in this trace.\n");
    else if (text)
        ail_output_text(out,
                        "%" PRIu64 " of %u blocks shown (--top=0 shows all); %" PRIu64
                        " executions, %" PRIu64 " instructions in all\n",
                        shown, rows->len, total.runs, total.insns);
    g_array_unref(rows);
    return AIL_OK;
}

const AilAnalysisOps ail_hotblocks_ops = {
    .abi = AIL_ANALYSIS_ABI,
    .size = sizeof(AilAnalysisOps),
    .name = "hotblocks",
    .summary = "How often each block of code ran",
    .needs = AIL_COL_FLOW,
    .order = AIL_MERGEABLE,
    .options = options,
    .check = check,
    .create = create,
    .chunk = chunk,
    .merge = merge,
    .save = save,
    .load = load,
    .finish = finish,
    .destroy = destroy,
};
