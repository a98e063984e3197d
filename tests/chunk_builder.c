/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/chunk_builder.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "analyzers/registry.h"
#include "analyzers/symbols.h"

struct ChunkBuilder {
    AilTraceInfo info;
    AilDict *dict; /* owned: a reference */
    GArray *flow, *cuts, *access_end, *addr, *access_insn, *access_info, *value, *wide, *events,
        *spans;
    GPtrArray *copies; /* of events' data; owned */
    AilChunk chunk;
    uint64_t icount, asid;
    bool taken; /* the arrays belong to a chunk that was given out */
};

static GArray **arrays(ChunkBuilder *b, size_t i)
{
    GArray **all[] = {&b->flow,        &b->cuts,  &b->access_end, &b->addr,   &b->access_insn,
                      &b->access_info, &b->value, &b->wide,       &b->events, &b->spans};
    return i < G_N_ELEMENTS(all) ? all[i] : NULL;
}

ChunkBuilder *chunk_builder_new(AilArch arch, uint64_t asid)
{
    static const guint sizes[] = {
        4, sizeof(AilCut), 4, 8, 2, 1, 8, sizeof(AilWide), sizeof(AilEvent), sizeof(AilSpan)};
    ChunkBuilder *b = g_new0(ChunkBuilder, 1);
    for (size_t i = 0; arrays(b, i); i++)
        *arrays(b, i) = g_array_new(FALSE, FALSE, sizes[i]);
    b->dict = ail_dict_new(0);
    b->copies = g_ptr_array_new_with_free_func(g_free);
    b->info = (AilTraceInfo){.format = 1, .columns = AIL_COL_ALL, .arch = arch};
    b->asid = asid;
    b->chunk.asid = asid;
    return b;
}

void chunk_builder_free(ChunkBuilder *b)
{
    for (size_t i = 0; arrays(b, i); i++)
        g_array_free(*arrays(b, i), TRUE);
    ail_dict_unref(b->dict);
    g_ptr_array_free(b->copies, TRUE);
    g_free(b);
}

/* Start the next chunk when the last one was given out. */
static void refresh(ChunkBuilder *b)
{
    if (!b->taken)
        return;
    b->taken = false;
    for (size_t i = 0; arrays(b, i); i++)
        g_array_set_size(*arrays(b, i), 0);
    uint64_t number = b->chunk.number + 1;
    b->chunk = (AilChunk){.number = number, .icount = b->icount, .asid = b->asid};
}

uint32_t chunk_block(ChunkBuilder *b, uint64_t pc, AilMode mode, bool user, const void *bytes,
                     size_t size, unsigned n, ...)
{
    uint8_t lengths[AIL_BLOCK_MAX_INSNS];
    size_t sum = 0;
    va_list sizes;
    va_start(sizes, n);
    for (unsigned i = 0; i < n; i++)
        sum += lengths[i] = (uint8_t)va_arg(sizes, int);
    va_end(sizes);
    g_assert(sum == size);
    refresh(b);
    g_assert(ail_dict_add(b->dict, pc, mode, user, (uint16_t)n, lengths, bytes));
    return ail_dict_count(b->dict) - 1;
}

void chunk_fresh(ChunkBuilder *b)
{
    refresh(b);
    ail_dict_unref(b->dict);
    b->dict = ail_dict_new(b->chunk.number);
}

static void add_span(ChunkBuilder *b, uint32_t insns, bool user)
{
    AilSpan *last = b->spans->len ? &g_array_index(b->spans, AilSpan, b->spans->len - 1) : NULL;
    if (!last || last->asid != b->asid) {
        AilSpan span = {.asid = b->asid, .first = b->icount};
        g_array_append_val(b->spans, span);
        last = &g_array_index(b->spans, AilSpan, b->spans->len - 1);
    }
    last->insns += insns;
    last->user += user ? insns : 0;
}

void chunk_run_cut(ChunkBuilder *b, uint32_t id, uint32_t executed)
{
    refresh(b);
    const AilBlock *block = ail_dict_get(b->dict, id);
    if (executed < block->n_insns) {
        AilCut cut = {b->flow->len, executed};
        g_array_append_val(b->cuts, cut);
    }
    g_array_append_val(b->flow, id);
    uint32_t end = b->addr->len;
    g_array_append_val(b->access_end, end);
    add_span(b, executed, block->user);
    b->icount += executed;
}

void chunk_run(ChunkBuilder *b, uint32_t id)
{
    chunk_run_cut(b, id, ail_dict_get(b->dict, id)->n_insns);
}

static void add_access(ChunkBuilder *b, unsigned insn, uint64_t addr, const void *bytes,
                       unsigned size, bool write)
{
    uint64_t value[2] = {0, 0};
    uint16_t at = (uint16_t)insn;
    uint8_t info = write ? AIL_ACCESS_STORE : 0;
    while (1u << (info & AIL_ACCESS_SIZE_SHIFT) < size)
        info++;
    memcpy(value, bytes, size);
    if (size == 16) {
        AilWide wide = {b->addr->len, value[1]};
        g_array_append_val(b->wide, wide);
    }
    g_array_append_val(b->addr, addr);
    g_array_append_val(b->access_insn, at);
    g_array_append_val(b->access_info, info);
    g_array_append_val(b->value, value[0]);
    g_array_index(b->access_end, uint32_t, b->access_end->len - 1)++;
}

void chunk_read_bytes(ChunkBuilder *b, unsigned insn, uint64_t addr, const void *bytes,
                      unsigned size)
{
    add_access(b, insn, addr, bytes, size, false);
}

void chunk_write_bytes(ChunkBuilder *b, unsigned insn, uint64_t addr, const void *bytes,
                       unsigned size)
{
    add_access(b, insn, addr, bytes, size, true);
}

void chunk_read(ChunkBuilder *b, unsigned insn, uint64_t addr, unsigned size, uint64_t value)
{
    add_access(b, insn, addr, &value, size, false);
}

void chunk_write(ChunkBuilder *b, unsigned insn, uint64_t addr, unsigned size, uint64_t value)
{
    add_access(b, insn, addr, &value, size, true);
}

static void add_event(ChunkBuilder *b, AilEvent event)
{
    refresh(b);
    event.icount = b->icount;
    event.flow_index = b->flow->len;
    g_array_append_val(b->events, event);
}

void chunk_event(ChunkBuilder *b, AilEvent event)
{
    event.data = event.len ? g_memdup2(event.data, event.len) : NULL;
    g_ptr_array_add(b->copies, (gpointer)event.data);
    add_event(b, event);
}

void chunk_asid(ChunkBuilder *b, uint64_t asid)
{
    add_event(b, (AilEvent){.type = AIL_EVENT_ASID, .value = asid});
    b->asid = asid;
}

void chunk_trap(ChunkBuilder *b, AilEventType type, uint64_t vector, uint64_t resume)
{
    add_event(b, (AilEvent){.type = (uint8_t)type, .value = vector, .pc = resume});
}

void chunk_console(ChunkBuilder *b, const char *text)
{
    add_event(b, (AilEvent){.type = AIL_EVENT_CONSOLE,
                            .data = (const uint8_t *)text,
                            .len = (uint32_t)strlen(text)});
}

uint64_t chunk_icount(const ChunkBuilder *b)
{
    return b->icount;
}

const AilChunk *chunk_builder_take(ChunkBuilder *b)
{
    refresh(b);
    AilChunk *c = &b->chunk;
    c->insns = b->icount - c->icount;
    c->dict = b->dict;
    c->n_flow = b->flow->len;
    c->flow = (const uint32_t *)(void *)b->flow->data;
    c->n_cuts = b->cuts->len;
    c->cuts = (const AilCut *)(void *)b->cuts->data;
    c->n_access = b->addr->len;
    c->access_end = (const uint32_t *)(void *)b->access_end->data;
    c->addr = (const uint64_t *)(void *)b->addr->data;
    c->phys = c->addr;
    c->access_insn = (const uint16_t *)(void *)b->access_insn->data;
    c->access_info = (const uint8_t *)b->access_info->data;
    c->value = (const uint64_t *)(void *)b->value->data;
    c->n_wide = b->wide->len;
    c->wide = (const AilWide *)(void *)b->wide->data;
    c->n_events = b->events->len;
    c->events = (const AilEvent *)(void *)b->events->data;
    c->n_spans = b->spans->len;
    c->spans = (const AilSpan *)(void *)b->spans->data;
    b->taken = true;
    return c;
}

const AilTraceInfo *chunk_info(const ChunkBuilder *b)
{
    return &b->info;
}

/* Without addr a reader gives no access arrays. */
static void drop_columns(AilChunk *c, uint32_t columns)
{
    if (columns & AIL_COL_ADDR)
        return;
    c->n_access = 0;
    c->access_end = NULL;
    c->addr = c->phys = NULL;
    c->access_insn = NULL;
    c->access_info = NULL;
    c->value = NULL;
}

static AilStatus run_pass(ChunkBuilder *b, AilPass *pass, uint32_t columns, AilOutput *out)
{
    AilChunk chunk = *chunk_builder_take(b);
    drop_columns(&chunk, columns);
    if (ail_pass_begin(pass, chunk_info(b), columns, out) != AIL_OK ||
        ail_pass_chunk(pass, &chunk) == AIL_ERR)
        return AIL_ERR;
    return ail_pass_finish(pass);
}

static char *analyse(ChunkBuilder *b, const char *analysis, uint32_t columns, AilOutputKind kind,
                     AilSymbolizer *symbolizer)
{
    AilPass *pass = ail_pass_new();
    const AilAnalysisOps *ops;
    AilOptions *options;
    AilError err = {""};
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    AilOutput *out = ail_output_new(file, kind, 100);
    ail_pass_set_symbolizer(pass, symbolizer);
    AilStatus status = ail_analysis_parse(analysis, &ops, &options, &err);
    if (status == AIL_OK &&
        (ail_pass_add(pass, ops, options) != AIL_OK || run_pass(b, pass, columns, out) != AIL_OK))
        status = ail_error_set(&err, "%s", ail_pass_error(pass));
    if (status != AIL_OK)
        fprintf(file, "error: %s", err.text);
    ail_output_free(out);
    ail_pass_free(pass);
    fclose(file);
    return text;
}

char *chunk_analyse(ChunkBuilder *b, const char *analysis, uint32_t columns, AilOutputKind kind)
{
    return analyse(b, analysis, columns, kind, NULL);
}

char *chunk_analyse_named(ChunkBuilder *b, const char *analysis, uint32_t columns,
                          AilOutputKind kind, const char *sysroot)
{
    AilError err;
    AilSymbolizer *z = ail_symbolizer_new(sysroot, &err);
    cr_assert_not_null(z, "%s", err.text);
    char *text = analyse(b, analysis, columns, kind, z);
    ail_symbolizer_free(z);
    return text;
}

void chunk_take_event(void *builder, const AilEvent *event)
{
    chunk_event(builder, *event);
}
