/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/raw_builder.h"

RawBuilder *raw_builder_new(uint32_t seed)
{
    RawBuilder *b = g_new0(RawBuilder, 1);
    b->rand = g_rand_new_with_seed(seed);
    b->n_insns = g_array_new(FALSE, FALSE, sizeof(uint16_t));
    b->asid = 0x1000;
    return b;
}

void raw_builder_free(RawBuilder *b)
{
    g_rand_free(b->rand);
    g_array_unref(b->n_insns);
    g_free(b);
}

static uint32_t below(RawBuilder *b, uint32_t n)
{
    return (uint32_t)g_rand_int_range(b->rand, 0, (gint32)n);
}

static uint64_t rand64(RawBuilder *b)
{
    return (uint64_t)g_rand_int(b->rand) << 32 | g_rand_int(b->rand);
}

static void define_block(RawBuilder *b, RawChunk *c)
{
    uint32_t longest = below(b, 50) ? 12 : 600;
    uint16_t n = (uint16_t)(1 + below(b, longest));
    uint8_t lengths[700], bytes[700 * 15];
    uint32_t size = 0;
    for (uint16_t i = 0; i < n; i++) {
        lengths[i] = (uint8_t)(1 + below(b, 15));
        size += lengths[i];
    }
    for (uint32_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)below(b, 256);
    AilRawBlock def = {.pc = below(b, 3) ? 0xffffffff81000000u + below(b, 1 << 24) : rand64(b),
                       .id = b->n_blocks++,
                       .size = size,
                       .n_insns = n,
                       .mode = (uint8_t)below(b, AIL_MODE_COUNT),
                       .user = (uint8_t)below(b, 2)};
    ail_buf_put(&c->defs, &def, sizeof def);
    ail_buf_put(&c->defs, lengths, n);
    ail_buf_put(&c->defs, bytes, size);
    while (c->defs.len % 8)
        ail_buf_u8(&c->defs, 0);
    g_array_append_val(b->n_insns, n);
}

uint64_t raw_builder_phys(uint64_t addr, uint64_t mapping)
{
    uint64_t page = addr >> 12, h = page * 0x9e3779b97f4a7c15u;
    if (h >> 61 == 0)
        return AIL_PHYS_NONE;
    if (h >> 61 < 4) /* in a row */
        return (addr & 0xffffffffff) ^ 0x5000000000;
    uint64_t frame = h >> 61 == 4 ? page * 77 + mapping : h >> 40;
    return (frame << 12 & 0xffffffffff000) | (addr & 0xfff);
}

/* Everything is told again, which an encoder must bear. */
static void add_xlate(const RawBuilder *b, RawChunk *c, uint64_t addr, unsigned log2_size)
{
    AilRawXlate x = {c->what->len, 0, raw_builder_phys(addr, b->mapping)};
    g_array_append_val(c->xlate, x);
    if ((addr & 0xfff) + (1u << log2_size) <= 4096)
        return;
    x = (AilRawXlate){c->what->len, 1, raw_builder_phys((addr | 0xfff) + 1, b->mapping)};
    g_array_append_val(c->xlate, x);
}

static void add_access(RawBuilder *b, RawChunk *c, uint16_t insn)
{
    unsigned log2_size = below(b, 5);
    uint16_t what = AIL_RAW_WHAT(insn, log2_size | below(b, 2) << 3);
    uint64_t near = 0x7ffc00000000u + c->what->len * 8;
    uint64_t addr = below(b, 8) ? near + below(b, 64) : rand64(b);
    if (below(b, 16) == 0)
        addr = (addr & ~(uint64_t)0xfff) + 0x1000 * below(b, 64) - below(b, 20);
    if (below(b, 40) == 0)
        b->mapping += 1 + below(b, 3) * (uint64_t)1000;
    add_xlate(b, c, addr, log2_size);
    uint64_t value = below(b, 3) ? below(b, 4) : rand64(b);
    if (log2_size < 3)
        value &= ((uint64_t)1 << (8u << log2_size)) - 1;
    g_array_append_val(c->addr, addr);
    g_array_append_val(c->value, value);
    g_array_append_val(c->what, what);
    if (log2_size == 4) {
        uint64_t high = below(b, 2) ? value : rand64(b);
        g_array_append_val(c->wide, high);
    }
}

/* Which instructions access memory depends on the block, with an exception now and then. */
static void add_accesses(RawBuilder *b, RawChunk *c, uint32_t id, uint32_t executed)
{
    for (uint16_t i = 0; i < executed; i++) {
        bool usual = (id * 2654435761u + i * 40503u) % 7 < 2;
        if (below(b, 100) == 0)
            usual = !usual;
        if (!usual)
            continue;
        add_access(b, c, i);
        if ((id + i) % 11 == 0)
            add_access(b, c, i);
    }
}

static void add_event(RawBuilder *b, RawChunk *c)
{
    AilRawEvent e = {.icount = b->icount,
                     .flow_index = c->flow->len,
                     .type = (uint8_t)(1 + below(b, AIL_EVENT_COUNT - 1)),
                     .value = below(b, 4) ? below(b, 256) : AIL_VECTOR_UNKNOWN,
                     .pc = rand64(b)};
    if (e.type == AIL_EVENT_ASID)
        e.value = b->asid = 0x1000u * (1 + below(b, 5));
    e.data_at = (uint32_t)c->event_data.len;
    e.data_len = e.type >= AIL_EVENT_CONSOLE ? below(b, 20) : 0;
    for (uint32_t i = 0; i < e.data_len; i++)
        ail_buf_u8(&c->event_data, (uint8_t)below(b, 256));
    g_array_append_val(c->events, e);
}

static void execute(RawBuilder *b, RawChunk *c, uint32_t id)
{
    uint32_t n = g_array_index(b->n_insns, uint16_t, id), executed = n;
    AilRawFlow flow = id | (uint64_t)c->what->len << 32;
    if (below(b, 30) == 0) {
        AilCut cut = {c->flow->len, executed = below(b, n)};
        g_array_append_val(c->cuts, cut);
    }
    g_array_append_val(c->flow, flow);
    add_accesses(b, c, id, executed);
    if (executed < n && below(b, 2)) /* the instruction that failed had begun */
        add_access(b, c, (uint16_t)executed);
    b->icount += executed;
}

static void finish_chunk(RawBuilder *b, RawChunk *c)
{
    for (int i = 0; i < RAW_BUILDER_SYNC; i++)
        ail_buf_u8(&c->sync, (uint8_t)below(b, 256));
    AilRawChunk *raw = &c->raw;
    raw->insns = b->icount - raw->icount;
    raw->flow = (void *)c->flow->data;
    raw->cuts = (void *)c->cuts->data;
    raw->addr = (uint64_t *)(void *)c->addr->data + AIL_RAW_BEFORE;
    raw->value = (void *)c->value->data;
    raw->wide = (void *)c->wide->data;
    raw->what = (void *)c->what->data;
    raw->xlate = (void *)c->xlate->data;
    raw->events = (void *)c->events->data;
    raw->event_data = c->event_data.data;
    raw->defs = c->defs.data;
    raw->sync = c->sync.data;
    raw->n_flow = c->flow->len;
    raw->n_cuts = c->cuts->len;
    raw->n_access = c->what->len;
    raw->n_wide = c->wide->len;
    raw->n_xlate = c->xlate->len;
    raw->n_events = c->events->len;
    raw->event_data_len = (uint32_t)c->event_data.len;
    raw->defs_len = (uint32_t)c->defs.len;
    raw->sync_len = (uint32_t)c->sync.len;
}

RawChunk *raw_builder_chunk(RawBuilder *b, uint32_t n_flow)
{
    RawChunk *c = g_new0(RawChunk, 1);
    c->flow = g_array_new(FALSE, TRUE, sizeof(AilRawFlow));
    c->cuts = g_array_new(FALSE, TRUE, sizeof(AilCut));
    c->addr = g_array_new(FALSE, TRUE, sizeof(uint64_t));
    c->value = g_array_new(FALSE, TRUE, sizeof(uint64_t));
    c->wide = g_array_new(FALSE, TRUE, sizeof(uint64_t));
    c->what = g_array_new(FALSE, TRUE, sizeof(uint16_t));
    c->xlate = g_array_new(FALSE, TRUE, sizeof(AilRawXlate));
    g_array_set_size(c->addr, AIL_RAW_BEFORE);
    c->events = g_array_new(FALSE, TRUE, sizeof(AilRawEvent));
    c->raw.icount = b->icount;
    c->raw.asid = b->asid;
    c->raw.fresh = below(b, 5) == 0;
    if (c->raw.fresh) {
        b->n_blocks = 0;
        g_array_set_size(b->n_insns, 0);
    }
    while (c->flow->len < n_flow) {
        if (b->n_blocks < 4 || below(b, 40) == 0)
            define_block(b, c);
        if (below(b, 60) == 0)
            add_event(b, c);
        /* A loop over a few blocks that follow each other, or a single one. */
        uint32_t first = below(b, b->n_blocks), len = 1 + below(b, 6), times = 1 + below(b, 20);
        for (uint32_t k = 0; k < len * times && c->flow->len < n_flow; k++)
            execute(b, c, (first + k % len) % b->n_blocks);
    }
    finish_chunk(b, c);
    return c;
}

void raw_chunk_free(RawChunk *c)
{
    g_array_unref(c->flow);
    g_array_unref(c->cuts);
    g_array_unref(c->addr);
    g_array_unref(c->value);
    g_array_unref(c->wide);
    g_array_unref(c->what);
    g_array_unref(c->xlate);
    g_array_unref(c->events);
    ail_buf_clear(&c->defs);
    ail_buf_clear(&c->event_data);
    ail_buf_clear(&c->sync);
    g_free(c);
}
