/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lift_accesses.h"

#include <glib.h>
#include <stdio.h>

#include "trace/reader.h"

/* Bytes of a stream that an instruction takes: least .. most. */
typedef struct Range {
    uint32_t least, most;
} Range;

/* An instruction of a block, lifted. */
typedef struct Insn {
    AilLiftRow *row;
    Range load, store;
    bool repeats;
    uint8_t quality;
} Insn;

typedef struct Block {
    Insn *insns; /* NULL: not yet lifted; owned */
    uint64_t executed;
    uint16_t n_insns;
} Block;

struct AilLiftAccesses {
    AilLift *lift;
    AilTraceReader *reader;
    AilDict *dict;     /* which `blocks` are of, referenced */
    GArray *blocks;    /* Block, by id */
    GHashTable *rows;  /* mnemonic -> AilLiftRow; owns both */
    GPtrArray *sorted; /* the same rows */
    AilLiftRow sum;
};

static AilLiftRow *row_of(AilLiftAccesses *a, const char *mnemonic)
{
    AilLiftRow *row = g_hash_table_lookup(a->rows, mnemonic);
    if (!row) {
        row = g_new0(AilLiftRow, 1);
        row->mnemonic = g_strdup(mnemonic);
        g_hash_table_insert(a->rows, (char *)row->mnemonic, row);
    }
    return row;
}

static void widen(Range *r, const AilOp *op, unsigned size)
{
    r->most += size;
    if (!(op->flags & AIL_OP_PREDICATED))
        r->least += size;
}

static void lift_insn(AilLiftAccesses *a, const AilBlock *b, unsigned i, Insn *insn)
{
    AilLifted lifted;
    ail_lift_insn(a->lift, (AilMode)b->mode, b->user, b->pc + b->start[i], b->bytes + b->start[i],
                  b->start[i + 1] - b->start[i], &lifted);
    insn->row = row_of(a, lifted.mnemonic);
    if (lifted.quality == AIL_LIFT_UNKNOWN && !*insn->row->example)
        for (unsigned k = 0; k < lifted.size; k++)
            snprintf(insn->row->example + 2 * k, 3, "%02x", b->bytes[b->start[i] + k]);
    insn->quality = lifted.quality;
    insn->repeats = lifted.flags & AIL_LIFT_REPEATS;
    for (unsigned k = 0; k < lifted.n_ops; k++) {
        const AilOp *op = &lifted.ops[k];
        if (op->code == AIL_OP_LOAD)
            widen(&insn->load, op, op->dst.size);
        else if (op->code == AIL_OP_STORE)
            widen(&insn->store, op, op->a.size);
        else if (op->code == AIL_OP_LOADS || op->code == AIL_OP_AREA_LOAD)
            insn->load.most = UINT16_MAX;
        else if (op->code == AIL_OP_STORES || op->code == AIL_OP_AREA_STORE)
            insn->store.most = UINT16_MAX;
    }
}

/* Count what the blocks of the dictionary that ends have executed, and forget them. */
static void forget_blocks(AilLiftAccesses *a)
{
    for (guint i = 0; i < a->blocks->len; i++) {
        Block *b = &g_array_index(a->blocks, Block, i);
        for (unsigned k = 0; b->insns && k < b->n_insns; k++)
            b->insns[k].row->executed[b->insns[k].quality] += b->executed;
        g_free(b->insns);
    }
    g_array_set_size(a->blocks, 0);
    ail_dict_unref(a->dict);
    a->dict = NULL;
}

static Block *block_of(AilLiftAccesses *a, const AilChunk *c, uint32_t id)
{
    if (id >= a->blocks->len)
        g_array_set_size(a->blocks, MAX(id + 1, 2 * a->blocks->len));
    Block *block = &g_array_index(a->blocks, Block, id);
    if (!block->insns) {
        const AilBlock *b = ail_dict_get(c->dict, id);
        block->n_insns = b->n_insns;
        block->insns = g_new0(Insn, b->n_insns);
        for (unsigned i = 0; i < b->n_insns; i++)
            lift_insn(a, b, i, &block->insns[i]);
    }
    return block;
}

static bool fits(const Insn *insn, const Range *r, uint32_t n)
{
    if (!insn->repeats)
        return n >= r->least && n <= r->most;
    return r->least ? n % r->least == 0 : n == 0;
}

static void differs(AilLiftAccesses *a, const AilChunk *c, uint32_t id, unsigned i, uint32_t load,
                    uint32_t store)
{
    Block *block = block_of(a, c, id);
    Insn *insn = &block->insns[i];
    if (!insn->row->differ++) {
        const AilBlock *b = ail_dict_get(c->dict, id);
        AilLifted lifted;
        ail_lift_insn(a->lift, (AilMode)b->mode, b->user, b->pc + b->start[i],
                      b->bytes + b->start[i], b->start[i + 1] - b->start[i], &lifted);
        snprintf(insn->row->example, sizeof insn->row->example,
                 "%s: loads %u, stores %u bytes, not %u, %u", lifted.text, load, store,
                 insn->load.least, insn->store.least);
    }
}

/* One execution: c->flow[at], of which the first `executed` instructions completed. */
static void check_execution(AilLiftAccesses *a, const AilChunk *c, uint32_t at, uint32_t executed)
{
    uint32_t id = c->flow[at], access = at ? c->access_end[at - 1] : 0;
    const Block *block = block_of(a, c, id);
    for (uint32_t i = 0; i < executed; i++) {
        const Insn *insn = &block->insns[i];
        uint32_t n[2] = {0};
        for (; access < c->access_end[at] && c->access_insn[access] <= i; access++) {
            uint8_t info = c->access_info[access];
            n[!!(info & AIL_ACCESS_STORE)] += 1u << (info & AIL_ACCESS_SIZE_SHIFT);
        }
        if (!fits(insn, &insn->load, n[0]) || !fits(insn, &insn->store, n[1]))
            differs(a, c, id, i, n[0], n[1]);
    }
}

static void check_chunk(AilLiftAccesses *a, const AilChunk *c)
{
    if (!a->dict || !ail_dict_is(c->dict, a->dict)) {
        forget_blocks(a);
        a->dict = ail_dict_ref(c->dict);
    }
    uint32_t cut = 0;
    for (uint32_t i = 0; i < c->n_flow; i++) {
        Block *block = block_of(a, c, c->flow[i]);
        if (cut < c->n_cuts && c->cuts[cut].at == i) {
            uint32_t executed = c->cuts[cut++].executed;
            for (uint32_t k = 0; k < executed; k++)
                block->insns[k].row->executed[block->insns[k].quality]++;
            check_execution(a, c, i, executed);
        } else {
            block->executed++;
            check_execution(a, c, i, block->n_insns);
        }
    }
}

static gint by_executed(gconstpointer x, gconstpointer y)
{
    const AilLiftRow *a = *(AilLiftRow *const *)x, *b = *(AilLiftRow *const *)y;
    uint64_t n[2] = {0};
    for (unsigned i = 0; i < G_N_ELEMENTS(a->executed); i++) {
        n[0] += a->executed[i];
        n[1] += b->executed[i];
    }
    return n[0] < n[1] ? 1 : n[0] > n[1] ? -1 : g_strcmp0(a->mnemonic, b->mnemonic);
}

static void add_up(AilLiftAccesses *a)
{
    GHashTableIter iter;
    gpointer row;
    g_hash_table_iter_init(&iter, a->rows);
    while (g_hash_table_iter_next(&iter, NULL, &row)) {
        const AilLiftRow *r = row;
        for (unsigned i = 0; i < G_N_ELEMENTS(r->executed); i++)
            a->sum.executed[i] += r->executed[i];
        a->sum.differ += r->differ;
        g_ptr_array_add(a->sorted, row);
    }
    g_ptr_array_sort(a->sorted, by_executed);
}

static void free_row(gpointer p)
{
    AilLiftRow *row = p;
    g_free((char *)row->mnemonic);
    g_free(row);
}

AilLiftAccesses *ail_lift_accesses_new(const char *trace, uint64_t to, AilError *err)
{
    AilLiftAccesses *a = g_new0(AilLiftAccesses, 1);
    a->blocks = g_array_new(FALSE, TRUE, sizeof(Block));
    a->rows = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_row);
    a->sorted = g_ptr_array_new();
    a->reader = ail_trace_reader_new();
    const uint32_t columns = AIL_COL_CODE | AIL_COL_FLOW | AIL_COL_ADDR;
    AilStatus status = ail_trace_reader_open(a->reader, trace, columns, 0);
    if (status == AIL_OK) {
        a->lift = ail_lift_new(ail_trace_reader_info(a->reader)->arch, err);
        if (!a->lift) {
            ail_lift_accesses_free(a);
            return NULL;
        }
    }
    const AilChunk *c;
    while (status == AIL_OK) {
        status = ail_trace_reader_next(a->reader, &c);
        if (status == AIL_OK && c->icount >= to)
            break;
        if (status == AIL_OK)
            check_chunk(a, c);
    }
    if (status == AIL_ERR) {
        ail_error_set(err, "%s", ail_trace_reader_error(a->reader));
        ail_lift_accesses_free(a);
        return NULL;
    }
    forget_blocks(a);
    add_up(a);
    return a;
}

void ail_lift_accesses_free(AilLiftAccesses *a)
{
    if (!a)
        return;
    forget_blocks(a);
    g_array_free(a->blocks, TRUE);
    g_ptr_array_free(a->sorted, TRUE);
    g_hash_table_destroy(a->rows);
    ail_lift_free(a->lift);
    ail_trace_reader_free(a->reader);
    g_free(a);
}

const AilLiftRow *ail_lift_accesses_sum(const AilLiftAccesses *a)
{
    return &a->sum;
}

const AilLiftRow *ail_lift_accesses_row(const AilLiftAccesses *a, unsigned i)
{
    return i < a->sorted->len ? g_ptr_array_index(a->sorted, i) : NULL;
}
