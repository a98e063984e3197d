/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hotblocks: how often each block ran. One counter for each block of the dictionary at hand; those
 * of earlier ones are in a tally, so memory depends neither on how long the guest ran nor on how
 * much code it has (but --top=0 shows, and holds, all).
 */
#include "analyzers/builtin.h"
#include "analyzers/symbols.h"
#include "analyzers/tally.h"

#include <glib.h>
#include <inttypes.h>
#include <string.h>

enum { TOP = 20 };

typedef struct HotBlocks {
    AilDict *dict;   /* owned: a reference; what the counters are of; NULL: of nothing yet */
    uint64_t *runs;  /* owned, by block id */
    uint64_t *lost;  /* owned, by block id: instructions of cut executions that did not run */
    uint32_t n;      /* counters there are */
    AilTally *tally; /* owned: the counts of earlier dictionaries */
    uint64_t top;
    bool by_runs;
    const AilSymbols *symbols; /* borrowed; may be NULL */
} HotBlocks;

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
    h->symbols = env->symbols;
    h->tally = ail_tally_new(0);
    h->top = ail_options_number(o, "top", 0, TOP);
    h->by_runs = !g_strcmp0(ail_options_text(o, "by", 0), "executions");
    return h;
}

static void destroy(void *self)
{
    HotBlocks *h = self;
    ail_dict_unref(h->dict);
    ail_tally_free(h->tally);
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

/* Put the counters into the tally. */
static AilStatus settle(HotBlocks *h, AilError *err)
{
    AilStatus status = AIL_OK;
    for (uint32_t i = 0; i < h->n && status == AIL_OK; i++) {
        if (!h->runs[i])
            continue;
        AilTallyRow row = ail_tally_row(ail_dict_get(h->dict, i));
        row.runs = h->runs[i];
        row.insns = row.runs * row.n_insns - h->lost[i];
        h->runs[i] = h->lost[i] = 0;
        status = ail_tally_add(h->tally, &row, err);
    }
    return status;
}

static AilStatus chunk(void *self, const AilChunk *c, AilError *err)
{
    HotBlocks *h = self;
    if (!h->dict || !ail_dict_is(c->dict, h->dict)) {
        if (settle(h, err) != AIL_OK)
            return AIL_ERR;
        ail_dict_unref(h->dict);
        h->dict = ail_dict_ref(c->dict);
    }
    grow(h, ail_dict_count(c->dict));
    uint64_t *runs = h->runs;
    for (uint32_t i = 0; i < c->n_flow; i++)
        runs[c->flow[i]]++;
    for (uint32_t i = 0; i < c->n_cuts; i++) {
        uint32_t id = c->flow[c->cuts[i].at];
        h->lost[id] += ail_dict_get(c->dict, id)->n_insns - c->cuts[i].executed;
    }
    return AIL_OK;
}

/* For ail_tally_each: into another tally. */
typedef struct Target {
    AilTally *tally;
    AilError *err;
} Target;

static AilStatus add_row(void *user, const AilTallyRow *row)
{
    const Target *to = user;
    return ail_tally_add(to->tally, row, to->err);
}

static AilStatus merge(void *self, void *other, AilError *err)
{
    HotBlocks *h = self, *o = other;
    Target to = {h->tally, err};
    if (settle(h, err) != AIL_OK || settle(o, err) != AIL_OK)
        return AIL_ERR;
    return ail_tally_each(o->tally, add_row, &to, err);
}

static AilStatus save_row(void *user, const AilTallyRow *row)
{
    AilState *to = user;
    ail_state_put(to, 1);
    ail_state_put(to, row->pc);
    ail_state_put(to, row->code);
    ail_state_put(to, row->n_insns);
    ail_state_put(to, row->mode);
    ail_state_put(to, row->user);
    ail_state_put(to, row->runs);
    ail_state_put(to, row->insns);
    return AIL_OK;
}

static AilStatus save(void *self, AilState *to, AilError *err)
{
    HotBlocks *h = self;
    if (settle(h, err) != AIL_OK || ail_tally_each(h->tally, save_row, to, err) != AIL_OK)
        return AIL_ERR;
    ail_state_put(to, 0);
    return AIL_OK;
}

static AilStatus load(void *self, AilState *from, AilError *err)
{
    HotBlocks *h = self;
    AilStatus status = AIL_OK;
    while (ail_state_take(from) && status == AIL_OK) {
        AilTallyRow row = {0};
        row.pc = ail_state_take(from);
        row.code = ail_state_take(from);
        uint64_t n_insns = ail_state_take(from), mode = ail_state_take(from);
        uint64_t user = ail_state_take(from);
        row.runs = ail_state_take(from);
        row.insns = ail_state_take(from);
        if (!n_insns || n_insns > AIL_BLOCK_MAX_INSNS || mode >= AIL_MODE_COUNT || user > 1 ||
            row.runs > UINT64_MAX / n_insns || row.insns > row.runs * n_insns)
            return ail_error_set(err, "impossible counts of a block");
        row.n_insns = (uint16_t)n_insns;
        row.mode = (uint8_t)mode;
        row.user = user;
        status = ail_tally_add(h->tally, &row, err);
    }
    return status;
}

static gint by_insns(gconstpointer a, gconstpointer b)
{
    const AilTallyRow *x = a, *y = b;
    return x->insns != y->insns ? (x->insns < y->insns ? 1 : -1) : ail_tally_compare(x, y);
}

static gint by_runs(gconstpointer a, gconstpointer b)
{
    const AilTallyRow *x = a, *y = b;
    return x->runs != y->runs ? (x->runs < y->runs ? 1 : -1) : ail_tally_compare(x, y);
}

/* The hottest blocks of those seen, and all that there is in sum. */
typedef struct Ranking {
    GArray *rows; /* of AilTallyRow */
    uint64_t top; /* so many are wanted; 0: all */
    GCompareFunc order;
    uint64_t n, runs, insns;
} Ranking;

static void keep_hottest(Ranking *r)
{
    g_array_sort(r->rows, r->order);
    if (r->top && r->top < r->rows->len)
        g_array_set_size(r->rows, (guint)r->top);
}

static AilStatus rank(void *user, const AilTallyRow *row)
{
    Ranking *r = user;
    r->n++;
    r->runs += row->runs;
    r->insns += row->insns;
    g_array_append_vals(r->rows, row, 1);
    if (r->top && r->rows->len / 2 >= MAX(r->top, 4096))
        keep_hottest(r);
    return AIL_OK;
}

/* Blocks are counted by address, whoever runs them: code of processes has a name if it is the same
 * in all of them. */
static bool name_of(const AilSymbols *symbols, const AilTallyRow *row, char *buf, size_t size)
{
    AilSymbolizer *z = ail_symbolizer_of(symbols);
    if (!z)
        return false;
    if (row->user)
        return ail_symbolizer_name_any(z, row->pc, buf, size);
    return ail_symbolizer_name(z, ail_symbolizer_guest(z), 0, row->pc, buf, size);
}

static void print_row(AilOutput *out, const AilTallyRow *row, uint64_t total,
                      const AilSymbols *symbols)
{
    char name[AIL_SYMBOL_MAX] = "";
    bool named = name_of(symbols, row, name, sizeof name);
    double share = total ? 100.0 * (double)row->insns / (double)total : 0;
    if (ail_output_wants_text(out))
        ail_output_text(out, "%6.2f%% %15" PRIu64 " %15" PRIu64 " %6u  %c 0x%" PRIx64 "%s%s\n",
                        share, row->insns, row->runs, row->n_insns, row->user ? 'u' : 'k', row->pc,
                        named ? "  " : "", name);
    if (!ail_output_wants_records(out))
        return;
    ail_json_begin(out, "hotblocks");
    ail_json_address(out, "pc", row->pc);
    if (named)
        ail_json_text(out, "symbol", name);
    ail_json_bool(out, "user", row->user);
    ail_json_number(out, "block_instructions", row->n_insns);
    ail_json_number(out, "executions", row->runs);
    ail_json_number(out, "instructions", row->insns);
    ail_json_end(out);
}

static void print(AilOutput *out, const Ranking *r, const AilSymbols *symbols)
{
    bool text = ail_output_wants_text(out);
    if (text && r->n)
        ail_output_styled(out, AIL_STYLE_STRONG, "%7s %15s %15s %6s  %s\n", "share", "instructions",
                          "executions", "length", "address (k kernel, u user)");
    for (guint i = 0; i < r->rows->len; i++)
        print_row(out, &g_array_index(r->rows, AilTallyRow, i), r->insns, symbols);
    if (text && !r->n)
        ail_output_text(out, "No block was executed in this trace.\n");
    else if (text)
        ail_output_text(out,
                        "%u of %" PRIu64 " blocks shown (--top=0 shows all); %" PRIu64
                        " executions, %" PRIu64 " instructions in all\n",
                        r->rows->len, r->n, r->runs, r->insns);
}

static AilStatus finish(void *self, AilOutput *out, AilError *err)
{
    HotBlocks *h = self;
    Ranking r = {.rows = g_array_new(FALSE, FALSE, sizeof(AilTallyRow)),
                 .top = h->top,
                 .order = h->by_runs ? by_runs : by_insns};
    AilStatus status = settle(h, err);
    if (status == AIL_OK)
        status = ail_tally_each(h->tally, rank, &r, err);
    keep_hottest(&r);
    if (status == AIL_OK)
        print(out, &r, h->symbols);
    g_array_unref(r.rows);
    return status;
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
