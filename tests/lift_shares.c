/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/lift_shares.h"

#include <glib.h>
#include <inttypes.h>
#include <string.h>

#include "trace/reader.h"

/* Bytes of one direction that an instruction takes. */
typedef struct Bytes {
    uint32_t least, most; /* most > least: some are predicated */
    bool any;
} Bytes;

typedef struct Insn {
    Bytes load, store;
    uint64_t cut;    /* executions of it in executions of the block that did not end */
    uint64_t differ; /* executions */
    bool repeats;
    AilLiftRow *row;
} Insn;

typedef struct Block {
    uint64_t whole; /* executions to the end */
    Insn *insns;    /* NULL: not lifted yet */
    uint16_t *touching;
    unsigned n_touching; /* instructions that load or store */
} Block;

typedef struct Counter {
    AilLift *lift;
    GHashTable *rows;  /* "quality mnemonic" -> AilLiftRow */
    const AilDict *of; /* referenced; of `blocks` */
    GArray *blocks;    /* Block, by id */
    const AilChunk *chunk;
    AilLiftShares *out;
} Counter;

static void free_insns(Counter *c)
{
    for (guint id = 0; id < c->blocks->len; id++) {
        Block *b = &g_array_index(c->blocks, Block, id);
        if (!b->insns)
            continue;
        const AilBlock *block = ail_dict_get(c->of, id);
        for (unsigned i = 0; i < block->n_insns; i++) {
            b->insns[i].row->executed += b->whole + b->insns[i].cut;
            b->insns[i].row->differ += b->insns[i].differ;
        }
        g_free(b->insns);
        g_free(b->touching);
    }
    g_array_set_size(c->blocks, 0);
}

static void set_dict(Counter *c, const AilDict *dict)
{
    if (dict && c->of && ail_dict_is(dict, c->of))
        return;
    free_insns(c);
    ail_dict_unref((AilDict *)c->of);
    c->of = dict ? ail_dict_ref(dict) : NULL;
}

static AilLiftRow *row_of(Counter *c, const AilLifted *l)
{
    char *key = g_strdup_printf("%u %s", l->quality, l->mnemonic);
    AilLiftRow *row = g_hash_table_lookup(c->rows, key);
    if (row) {
        g_free(key);
        return row;
    }
    row = g_new0(AilLiftRow, 1);
    g_strlcpy(row->mnemonic, l->mnemonic, sizeof row->mnemonic);
    row->quality = l->quality;
    g_snprintf(row->example, sizeof row->example, "%" PRIx64 " %s", l->pc, l->text);
    g_hash_table_insert(c->rows, key, row);
    return row;
}

static void add_bytes(Bytes *b, const AilOp *op, unsigned size)
{
    b->most += size;
    b->least += op->flags & AIL_OP_PREDICATED ? 0 : size;
}

static void lift(Counter *c, const AilBlock *block, unsigned i, Insn *insn)
{
    AilLifted l;
    unsigned start = block->start[i];
    ail_lift_insn(c->lift, block->mode, block->user, block->pc + start, block->bytes + start,
                  block->start[i + 1] - start, &l);
    insn->row = row_of(c, &l);
    insn->repeats = l.flags & AIL_LIFT_REPEATS;
    for (unsigned k = 0; k < l.n_ops; k++) {
        const AilOp *op = &l.ops[k];
        if (op->code == AIL_OP_LOAD)
            add_bytes(&insn->load, op, op->dst.size);
        else if (op->code == AIL_OP_STORE)
            add_bytes(&insn->store, op, op->a.size);
        insn->load.any |= op->code == AIL_OP_LOADS || op->code == AIL_OP_AREA_LOAD;
        insn->store.any |= op->code == AIL_OP_STORES || op->code == AIL_OP_AREA_STORE;
    }
}

static Block *block_of(Counter *c, uint32_t id)
{
    if (id >= c->blocks->len)
        g_array_set_size(c->blocks, id + 1);
    Block *b = &g_array_index(c->blocks, Block, id);
    if (b->insns)
        return b;
    const AilBlock *block = ail_dict_get(c->chunk->dict, id);
    b->insns = g_new0(Insn, block->n_insns);
    b->touching = g_new(uint16_t, block->n_insns);
    for (unsigned i = 0; i < block->n_insns; i++) {
        Insn *insn = &b->insns[i];
        lift(c, block, i, insn);
        if (insn->load.most || insn->store.most)
            b->touching[b->n_touching++] = (uint16_t)i;
    }
    return b;
}

static bool fits(const Bytes *b, bool repeats, uint64_t got)
{
    if (b->any)
        return true;
    if (repeats)
        return b->most ? got % b->most == 0 : !got;
    return got >= b->least && got <= b->most;
}

/* Instruction i of the block took so many bytes. */
static void compare(Counter *c, const AilBlock *block, Block *b, unsigned i, uint64_t loaded,
                    uint64_t stored)
{
    Insn *insn = &b->insns[i];
    if (fits(&insn->load, insn->repeats, loaded) && fits(&insn->store, insn->repeats, stored))
        return;
    if (!insn->row->differ && !insn->differ) {
        AilLifted l;
        unsigned start = block->start[i];
        ail_lift_insn(c->lift, block->mode, block->user, block->pc + start, block->bytes + start,
                      block->start[i + 1] - start, &l);
        g_snprintf(insn->row->example, sizeof insn->row->example,
                   "%" PRIx64 " %s: loads %" PRIu64 " for %u, stores %" PRIu64 " for %u", l.pc,
                   l.text, loaded, insn->load.most, stored, insn->store.most);
    }
    insn->differ++;
}

static void count(Counter *c, uint32_t at, uint32_t executed)
{
    const AilChunk *chunk = c->chunk;
    const AilBlock *block = ail_dict_get(chunk->dict, chunk->flow[at]);
    Block *b = block_of(c, chunk->flow[at]);
    if (executed == block->n_insns)
        b->whole++;
    else
        for (uint32_t i = 0; i < executed; i++)
            b->insns[i].cut++;
    uint32_t access = at ? chunk->access_end[at - 1] : 0, end = chunk->access_end[at];
    unsigned next = 0; /* of those that touch memory */
    for (;;) {
        unsigned i = next < b->n_touching ? b->touching[next] : block->n_insns;
        if (access < end)
            i = MIN(i, chunk->access_insn[access]);
        if (i >= executed)
            return;
        uint64_t bytes[2] = {0};
        for (; access < end && chunk->access_insn[access] == i; access++) {
            uint8_t info = chunk->access_info[access];
            bytes[!!(info & AIL_ACCESS_STORE)] += 1u << (info & AIL_ACCESS_SIZE_SHIFT);
        }
        compare(c, block, b, i, bytes[0], bytes[1]);
        next += next < b->n_touching && b->touching[next] == i;
    }
}

static void take_chunk(Counter *c, const AilChunk *chunk)
{
    c->chunk = chunk;
    set_dict(c, chunk->dict);
    for (uint32_t at = 0, cut = 0; at < chunk->n_flow; at++) {
        uint32_t executed = ail_dict_get(chunk->dict, chunk->flow[at])->n_insns;
        if (cut < chunk->n_cuts && chunk->cuts[cut].at == at)
            executed = chunk->cuts[cut++].executed;
        count(c, at, executed);
    }
}

static int by_count(const void *a, const void *b)
{
    uint64_t x = ((const AilLiftRow *)a)->executed, y = ((const AilLiftRow *)b)->executed;
    return x < y   ? 1
           : x > y ? -1
                   : strcmp(((const AilLiftRow *)a)->mnemonic, ((const AilLiftRow *)b)->mnemonic);
}

static void sum_up(Counter *c)
{
    AilLiftShares *out = c->out;
    out->rows = g_new0(AilLiftRow, g_hash_table_size(c->rows));
    GHashTableIter each;
    gpointer row;
    g_hash_table_iter_init(&each, c->rows);
    while (g_hash_table_iter_next(&each, NULL, &row)) {
        AilLiftRow *r = &out->rows[out->n_rows++];
        *r = *(AilLiftRow *)row;
        out->executed += r->executed;
        out->quality[r->quality] += r->executed;
        out->differ += r->differ;
    }
    qsort(out->rows, out->n_rows, sizeof *out->rows, by_count);
}

AilStatus ail_lift_shares(const char *trace, uint64_t insns, AilLiftShares *out, AilError *err)
{
    *out = (AilLiftShares){0};
    Counter c = {.out = out,
                 .rows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
                 .blocks = g_array_new(FALSE, TRUE, sizeof(Block))};
    AilTraceReader *r = ail_trace_reader_new();
    uint32_t columns = AIL_COL_FLOW | AIL_COL_ADDR;
    AilStatus status = ail_trace_reader_open(r, trace, columns, columns);
    if (status == AIL_OK) {
        c.lift = ail_lift_new(ail_trace_reader_info(r)->arch, err);
        status = c.lift ? AIL_OK : AIL_ERR;
    } else {
        ail_error_set(err, "%s", ail_trace_reader_error(r));
    }
    const AilChunk *chunk;
    while (status == AIL_OK && (status = ail_trace_reader_next(r, &chunk)) == AIL_OK) {
        if (insns && chunk->icount >= insns)
            break;
        take_chunk(&c, chunk);
    }
    if (status == AIL_ERR && c.lift)
        ail_error_set(err, "%s", ail_trace_reader_error(r));
    set_dict(&c, NULL);
    sum_up(&c);
    g_array_free(c.blocks, TRUE);
    g_hash_table_destroy(c.rows);
    ail_lift_free(c.lift);
    ail_trace_reader_free(r);
    return status == AIL_END ? AIL_OK : status;
}

void ail_lift_shares_clear(AilLiftShares *s)
{
    g_free(s->rows);
    *s = (AilLiftShares){0};
}

static const char *const qualities[] = {"exact", "rough", "conservative", "unknown"};

static void print_rows(const AilLiftShares *s, unsigned n, FILE *to, unsigned which)
{
    for (size_t i = 0; i < s->n_rows && n; i++) {
        const AilLiftRow *r = &s->rows[i];
        if (which <= AIL_LIFT_UNKNOWN ? r->quality != which : !r->differ)
            continue;
        fprintf(to, "  %-12s %12" PRIu64 "  %-10s %s\n",
                which <= AIL_LIFT_UNKNOWN ? qualities[which] : "differs",
                which <= AIL_LIFT_UNKNOWN ? r->executed : r->differ, r->mnemonic, r->example);
        n--;
    }
}

void ail_lift_shares_print(const AilLiftShares *s, unsigned n, FILE *to)
{
    double all = s->executed ? (double)s->executed : 1;
    fprintf(to, "instructions   %12" PRIu64 "\n", s->executed);
    for (unsigned q = 0; q < G_N_ELEMENTS(qualities); q++)
        fprintf(to, "%-14s %12" PRIu64 " %10.5f %%\n", qualities[q], s->quality[q],
                100 * (double)s->quality[q] / all);
    fprintf(to, "differ         %12" PRIu64 " %10.5f %%\n", s->differ,
            100 * (double)s->differ / all);
    for (unsigned which = AIL_LIFT_UNKNOWN + 1; which > 0; which--)
        print_rows(s, n, to, which);
}
