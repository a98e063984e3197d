/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replayer/pump.h"

#include "formats/bytes.h"
#include "formats/rrlog.h"
#include "replayer/wire.h"

#include <errno.h>
#include <glib.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    CHUNK_INSNS = 4 << 20, /* large enough for predictors to learn, small enough to seek to */
    SEGMENTS = 4,
    DICT_BLOCKS = 512 << 10, /* a kernel and all programs of a system use some 200,000; as many
                                again are new in several G instructions when programs come and go */
};

typedef struct Slot {
    AilPump *pump;
    AilSegment *segment;
    AilBuf event_data;
} Slot;

struct AilPump {
    int fd; /* of the shared memory; owned */
    AilWire *wire;
    size_t size;
    uint64_t total;
    uint32_t taken; /* segments taken so far */
    Slot slots[AIL_WIRE_SEGMENTS_MAX];
    GArray *n_insns; /* uint16_t, by block id of the dictionary at hand */
    AilRrlog *log;   /* owned; for the payloads of input events, read in step */
    int console_fd;  /* borrowed */
    uint64_t console_at;
    AilReg *regs; /* owned */
    AilError error;
};

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

uint64_t ail_pump_total(const AilPump *p)
{
    return p->total;
}

uint64_t ail_pump_icount(const AilPump *p)
{
    return atomic_load_explicit(&p->wire->icount, memory_order_relaxed);
}

uint64_t ail_pump_console_bytes(const AilPump *p)
{
    return p->console_at;
}

/* The mark for a log event; false when the plugin need not know of it. */
static bool mark_of(const AilRrlogEvent *e, AilMark *mark)
{
    *mark = (AilMark){.icount = e->icount, .len = (uint32_t)e->len};
    switch (e->kind) {
    case AIL_RRLOG_INTERRUPT:
        mark->kind = AIL_MARK_INTERRUPT;
        return true;
    case AIL_RRLOG_EXCEPTION:
        mark->kind = AIL_MARK_EXCEPTION;
        return true;
    case AIL_RRLOG_CHAR_WRITE:
        mark->kind = AIL_MARK_CONSOLE;
        mark->len = (uint32_t)e->value;
        return e->value > 0;
    case AIL_RRLOG_CHAR_INPUT:
        mark->kind = AIL_MARK_INPUT;
        return true;
    case AIL_RRLOG_PACKET:
        mark->kind = AIL_MARK_PACKET;
        return true;
    case AIL_RRLOG_SHUTDOWN:
        mark->kind = AIL_MARK_SHUTDOWN;
        mark->len = (uint32_t)e->value;
        return true;
    default:
        return false;
    }
}

static AilStatus read_marks(AilPump *p, const char *path, GArray *marks)
{
    AilRrlog *log = ail_rrlog_new();
    AilRrlogEvent e;
    AilMark mark;
    AilStatus status = ail_rrlog_open(log, path, 0, 0);
    while (status == AIL_OK && (status = ail_rrlog_next(log, &e)) == AIL_OK) {
        if (mark_of(&e, &mark))
            g_array_append_val(marks, mark);
    }
    p->total = ail_rrlog_icount(log);
    mark = (AilMark){.icount = p->total, .kind = AIL_MARK_END};
    g_array_append_val(marks, mark);
    if (status == AIL_ERR)
        ail_error_set(&p->error, "%s", ail_rrlog_error(log));
    ail_rrlog_free(log);
    return status == AIL_ERR ? AIL_ERR : AIL_OK;
}

static uint64_t round_up(uint64_t n)
{
    return (n + 4095) & ~(uint64_t)4095;
}

/* Place an array of a segment behind the ones before. */
static uint64_t place(uint64_t *end, uint64_t count, size_t size)
{
    uint64_t at = *end;
    *end = round_up(at + count * size);
    return at;
}

/* Only what is touched takes memory, so the arrays have room for unusual mixes. */
static void lay_out(AilWire *w, const AilPumpConfig *config, guint n_marks)
{
    w->magic = AIL_WIRE_MAGIC;
    w->columns = config->columns;
    w->n_segments = config->n_segments ? config->n_segments : SEGMENTS;
    w->chunk_insns = config->chunk_insns ? config->chunk_insns : CHUNK_INSNS;
    w->dict_blocks = config->dict_blocks ? config->dict_blocks : DICT_BLOCKS;
    bool access = config->columns & AIL_COL_ADDR;
    w->flow_cap = (uint32_t)MIN(w->chunk_insns / 2, 4u << 20) + 65536;
    w->access_cap = access ? (uint32_t)MIN(w->chunk_insns / 2, 4u << 20) + 4 * AIL_WIRE_ACCESS_SLACK
                           : 4 * AIL_WIRE_ACCESS_SLACK;
    w->cuts_cap = w->flow_cap;
    w->events_cap = 1 << 20;
    w->defs_cap = 16 << 20;
    w->sync_cap = 64 << 10;
    uint64_t end = round_up(sizeof(AilSegment));
    w->flow_at = place(&end, w->flow_cap, sizeof(AilRawFlow));
    w->cuts_at = place(&end, w->cuts_cap, sizeof(AilCut));
    w->addr_at = place(&end, w->access_cap + (uint64_t)AIL_RAW_BEFORE, sizeof(uint64_t)) +
                 AIL_RAW_BEFORE * sizeof(uint64_t);
    w->value_at = place(&end, w->access_cap, sizeof(uint64_t));
    w->wide_at = place(&end, w->access_cap, sizeof(uint64_t));
    w->what_at = place(&end, w->access_cap, sizeof(uint16_t));
    w->io_at = place(&end, w->access_cap, sizeof(uint32_t));
    w->events_at = place(&end, w->events_cap, sizeof(AilRawEvent));
    w->defs_at = place(&end, w->defs_cap, 1);
    w->sync_at = place(&end, w->sync_cap, 1);
    w->segment_size = end;
    w->marks_at = round_up(sizeof(AilWire));
    w->n_marks = n_marks;
    w->segment_at = round_up(w->marks_at + n_marks * sizeof(AilMark));
    w->size = w->segment_at + w->n_segments * w->segment_size;
}

static AilStatus map_wire(AilPump *p, const AilWire *layout)
{
    p->size = layout->size;
    p->fd = memfd_create("ailurus", MFD_CLOEXEC);
    if (p->fd < 0 || ftruncate(p->fd, (off_t)p->size) < 0)
        return ail_error_set_errno(&p->error, errno, "cannot make shared memory of %zu bytes",
                                   p->size);
    void *at = mmap(NULL, p->size, PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, 0);
    if (at == MAP_FAILED)
        return ail_error_set_errno(&p->error, errno, "cannot map shared memory of %zu bytes",
                                   p->size);
    p->wire = at;
    memcpy(p->wire, layout, sizeof *layout);
    return AIL_OK;
}

AilStatus ail_pump_open(AilPump *p, const AilPumpConfig *config)
{
    GArray *marks = g_array_new(FALSE, FALSE, sizeof(AilMark));
    AilWire *layout = g_new0(AilWire, 1);
    p->console_fd = config->console_fd;
    AilStatus status = read_marks(p, config->log, marks);
    if (status == AIL_OK && ail_rrlog_open(p->log, config->log, 0, 0) != AIL_OK)
        status = ail_error_set(&p->error, "%s", ail_rrlog_error(p->log));
    if (status == AIL_OK) {
        lay_out(layout, config, marks->len);
        status = map_wire(p, layout);
    }
    if (status == AIL_OK)
        memcpy((char *)p->wire + p->wire->marks_at, marks->data, marks->len * sizeof(AilMark));
    g_array_unref(marks);
    g_free(layout);
    return status;
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
    Slot *slot = user;
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

/* The payload of the next event of this kind in the log. */
static AilStatus next_payload(AilPump *p, AilRrlogKind kind, AilBuf *out)
{
    AilRrlogEvent e;
    AilStatus status;
    while ((status = ail_rrlog_next(p->log, &e)) == AIL_OK) {
        if (e.kind == kind) {
            ail_buf_put(out, e.payload, e.len);
            return AIL_OK;
        }
    }
    return ail_error_set(&p->error, "the log has no payload for an input event");
}

static void read_console(AilPump *p, uint32_t len, AilBuf *out)
{
    ail_buf_reserve(out, len);
    uint8_t *to = out->data + out->len;
    memset(to, 0, len);
    for (uint32_t got = 0; p->console_fd >= 0 && got < len;) {
        ssize_t n = pread(p->console_fd, to + got, len - got, (off_t)(p->console_at + got));
        if (n <= 0)
            break;
        got += (uint32_t)n;
    }
    out->len += len;
    p->console_at += len;
}

static AilStatus fill_events(AilPump *p, AilRawEvent *events, uint32_t n, AilBuf *data)
{
    AilStatus status = AIL_OK;
    data->len = 0;
    for (uint32_t i = 0; i < n && status == AIL_OK; i++) {
        events[i].data_at = (uint32_t)data->len;
        if (events[i].type == AIL_EVENT_CONSOLE)
            read_console(p, events[i].data_len, data);
        else if (events[i].type == AIL_EVENT_INPUT)
            status = next_payload(p, AIL_RRLOG_CHAR_INPUT, data);
        else if (events[i].type == AIL_EVENT_PACKET)
            status = next_payload(p, AIL_RRLOG_PACKET, data);
        events[i].data_len = (uint32_t)data->len - events[i].data_at;
    }
    return status;
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
        .events = (const AilRawEvent *)(void *)(base + w->events_at),
        .defs = (const uint8_t *)base + w->defs_at,
        .sync = (const uint8_t *)base + w->sync_at,
        .n_flow = s->n_flow,
        .n_cuts = s->n_cuts,
        .n_access = s->n_access,
        .n_wide = s->n_wide,
        .n_events = s->n_events,
        .defs_len = s->defs_len,
        .sync_len = s->sync_len,
    };
}

static AilStatus pass_on(AilPump *p, AilTraceWriter *w, AilSegment *s)
{
    Slot *slot = &p->slots[p->taken % p->wire->n_segments];
    char *base = (char *)s;
    slot->pump = p;
    slot->segment = s;
    AilRawChunk raw = raw_chunk(p->wire, s);
    learn_blocks(p, &raw);
    fix_io_accesses(p, &raw, (uint16_t *)(void *)(base + p->wire->what_at),
                    (const uint32_t *)(void *)(base + p->wire->io_at), s->n_io);
    AilRawEvent *events = (AilRawEvent *)(void *)(base + p->wire->events_at);
    if (fill_events(p, events, s->n_events, &slot->event_data) != AIL_OK)
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
        ail_trace_writer_wait(w, false, timeout_ms) == AIL_END)
        return AIL_END;
    return pass_on(p, w, s);
}

bool ail_pump_has_segment(const AilPump *p)
{
    const AilSegment *s = ail_wire_segment(p->wire, p->taken % p->wire->n_segments);
    return atomic_load(&s->state) == AIL_SEGMENT_FULL;
}
