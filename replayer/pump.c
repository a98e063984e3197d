/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replayer/pump_private.h"

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

AilPump *ail_pump_new(void)
{
    AilPump *p = g_new0(AilPump, 1);
    p->fd = -1;
    p->n_insns = g_array_new(FALSE, FALSE, sizeof(uint16_t));
    p->log = ail_rrlog_new();
    return p;
}

void ail_pump_free(AilPump *p)
{
    if (!p)
        return;
    if (p->wire)
        munmap(p->wire, p->size);
    if (p->fd >= 0)
        close(p->fd);
    for (int i = 0; i < AIL_WIRE_SEGMENTS_MAX; i++)
        ail_buf_clear(&p->slots[i].event_data);
    g_array_unref(p->n_insns);
    ail_rrlog_free(p->log);
    g_free(p->regs);
    g_free(p);
}

const char *ail_pump_error(const AilPump *p)
{
    return p->error.text;
}

int ail_pump_fd(const AilPump *p)
{
    return p->fd;
}

void ail_pump_set_idt(AilPump *p, uint64_t base, uint64_t limit)
{
    p->wire->idt_base = base;
    p->wire->idt_limit = limit;
}

void ail_pump_set_gdt(AilPump *p, uint64_t base, uint64_t limit)
{
    p->wire->gdt_base = base;
    p->wire->gdt_limit = limit;
}

void ail_pump_begin(AilPump *p)
{
    atomic_store(&p->wire->icount, p->from);
    atomic_store(&p->wire->begin, p->from);
}

uint64_t ail_pump_total(const AilPump *p)
{
    return p->total;
}

uint64_t ail_pump_end(const AilPump *p)
{
    return p->end;
}

uint64_t ail_pump_icount(const AilPump *p)
{
    return atomic_load_explicit(&p->wire->icount, memory_order_relaxed);
}

uint64_t ail_pump_console_bytes(const AilPump *p)
{
    return p->console_at;
}

const char *ail_pump_osi_note(const AilPump *p)
{
    if (!p->wire)
        return "";
    p->wire->osi_note[sizeof p->wire->osi_note - 1] = 0;
    return p->wire->osi_note;
}

/* The plugin's failure, as ours. */
static AilStatus plugin_failed(AilPump *p)
{
    p->wire->failure[sizeof p->wire->failure - 1] = 0;
    return ail_error_set(&p->error, "%s", p->wire->failure);
}

AilStatus ail_pump_describe(AilPump *p, int timeout_ms, AilTraceInfo *info)
{
    AilWire *w = p->wire;
    for (int waited = 0; atomic_load(&w->plugin_state) == AIL_PLUGIN_ABSENT; waited++) {
        if (waited >= timeout_ms)
            return AIL_END;
        g_usleep(1000);
    }
    if (atomic_load(&w->plugin_state) == AIL_PLUGIN_FAILED)
        return plugin_failed(p);
    p->regs = g_new0(AilReg, w->n_regs + 1);
    uint32_t offset = 0;
    for (uint32_t i = 0; i < w->n_regs; i++) {
        p->regs[i] = (AilReg){w->regs[i].name, offset, w->regs[i].size};
        offset += w->regs[i].size;
    }
    info->n_regs = w->n_regs;
    info->regs = p->regs;
    info->sync_len = offset;
    return AIL_OK;
}

static void release(void *user)
{
    AilPumpSlot *slot = user;
    atomic_store(&slot->segment->state, AIL_SEGMENT_FREE);
    syscall(SYS_futex, &slot->segment->state, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Remember how long the segment's new blocks are. */
static void learn_blocks(AilPump *p, const AilRawChunk *raw)
{
    AilRawBlock def;
    uint32_t at = 0;
    if (raw->fresh)
        g_array_set_size(p->n_insns, 0);
    while (ail_raw_next_block(raw->defs, raw->defs_len, &at, &def))
        g_array_append_val(p->n_insns, def.n_insns);
}

/* The execution during which access i was recorded. */
static uint32_t execution_of(const AilRawChunk *raw, uint32_t i)
{
    uint32_t low = 0, high = raw->n_flow;
    while (high - low > 1) {
        uint32_t mid = low + (high - low) / 2;
        if (raw->flow[mid] >> 32 <= i)
            low = mid;
        else
            high = mid;
    }
    return low;
}

static uint32_t executed_of(const AilRawChunk *raw, uint32_t execution)
{
    uint32_t low = 0, high = raw->n_cuts;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (raw->cuts[mid].at < execution)
            low = mid + 1;
        else
            high = mid;
    }
    return low < raw->n_cuts && raw->cuts[low].at == execution ? raw->cuts[low].executed : 1;
}

/*
 * A device access for which QEMU left a block was made by an instruction run by itself, of which
 * the plugin could only tell that it may be one: it was the last that the block executed.
 */
static void fix_io_accesses(AilPump *p, const AilRawChunk *raw, uint16_t *what, const uint32_t *io,
                            uint32_t n_io)
{
    for (uint32_t i = 0; i < n_io; i++) {
        uint32_t at = execution_of(raw, io[i]);
        bool own = g_array_index(p->n_insns, uint16_t, (uint32_t)raw->flow[at]) == 1;
        uint32_t insn = own ? 0 : executed_of(raw, at) - 1;
        what[io[i]] = AIL_RAW_WHAT(insn, AIL_RAW_INFO(what[io[i]]));
    }
}

/* The segment as the writer takes it. */
static AilRawChunk raw_chunk(const AilWire *w, AilSegment *s)
{
    char *base = (char *)s;
    return (AilRawChunk){
        .icount = s->icount,
        .insns = s->insns,
        .asid = s->asid,
        .fresh = s->fresh,
        .flow = (const AilRawFlow *)(void *)(base + w->flow_at),
        .cuts = (const AilCut *)(void *)(base + w->cuts_at),
        .addr = (const uint64_t *)(void *)(base + w->addr_at),
        .value = (const uint64_t *)(void *)(base + w->value_at),
        .wide = (const uint64_t *)(void *)(base + w->wide_at),
        .what = (const uint16_t *)(void *)(base + w->what_at),
        .xlate = (const AilRawXlate *)(void *)(base + w->xlate_at),
        .events = (const AilRawEvent *)(void *)(base + w->events_at),
        .defs = (const uint8_t *)base + w->defs_at,
        .sync = (const uint8_t *)base + w->sync_at,
        .n_flow = s->n_flow,
        .n_cuts = s->n_cuts,
        .n_access = s->n_access,
        .n_wide = s->n_wide,
        .n_xlate = s->n_xlate,
        .n_events = s->n_events,
        .defs_len = s->defs_len,
        .sync_len = s->sync_len,
    };
}

static AilStatus pass_on(AilPump *p, AilTraceWriter *w, AilSegment *s)
{
    AilPumpSlot *slot = &p->slots[p->taken % p->wire->n_segments];
    char *base = (char *)s;
    slot->pump = p;
    slot->segment = s;
    AilRawChunk raw = raw_chunk(p->wire, s);
    learn_blocks(p, &raw);
    fix_io_accesses(p, &raw, (uint16_t *)(void *)(base + p->wire->what_at),
                    (const uint32_t *)(void *)(base + p->wire->io_at), s->n_io);
    AilRawEvent *events = (AilRawEvent *)(void *)(base + p->wire->events_at);
    const uint8_t *own = (const uint8_t *)base + p->wire->edata_at;
    if (pump_fill_events(p, events, s->n_events, own, &slot->event_data) != AIL_OK)
        return AIL_ERR;
    raw.event_data = slot->event_data.data;
    raw.event_data_len = (uint32_t)slot->event_data.len;
    p->taken++;
    atomic_store(&s->state, AIL_SEGMENT_TAKEN);
    if (ail_trace_writer_add(w, &raw, release, slot) != AIL_OK)
        return ail_error_set(&p->error, "%s", ail_trace_writer_error(w));
    return AIL_OK;
}

AilStatus ail_pump_turn(AilPump *p, AilTraceWriter *w, int timeout_ms, bool *finished)
{
    AilSegment *s = ail_wire_segment(p->wire, p->taken % p->wire->n_segments);
    *finished = false;
    if (atomic_load(&s->state) != AIL_SEGMENT_FULL) {
        uint32_t state = atomic_load(&p->wire->plugin_state);
        if (state == AIL_PLUGIN_FAILED)
            return plugin_failed(p);
        if (state == AIL_PLUGIN_DONE && atomic_load(&s->state) != AIL_SEGMENT_FULL) {
            *finished = true;
            return AIL_END;
        }
        struct timespec wait = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
        uint32_t busy = atomic_load(&s->state);
        if (busy != AIL_SEGMENT_FULL)
            syscall(SYS_futex, &s->state, FUTEX_WAIT, busy, &wait, NULL, 0);
    }
    if (atomic_load(&s->state) != AIL_SEGMENT_FULL ||
        ail_trace_writer_wait(w, timeout_ms) == AIL_END)
        return AIL_END;
    return pass_on(p, w, s);
}

bool ail_pump_has_segment(const AilPump *p)
{
    const AilSegment *s = ail_wire_segment(p->wire, p->taken % p->wire->n_segments);
    return atomic_load(&s->state) == AIL_SEGMENT_FULL;
}
