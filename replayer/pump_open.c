/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Setting up what the replayer shares with the plugin: marks from the log, and the layout of the
 * segments. */
#include "replayer/pump_private.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    CHUNK_INSNS = 4 << 20, /* large enough for predictors to learn, small enough to seek to */
    SEGMENTS = 4,
    DICT_BLOCKS = 512 << 10, /* a kernel and all programs of a system use some 200,000; as many
                                again are new in several G instructions when programs come and go */
};

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

/* What matters of an event: before the part that is captured, only what it put on the console. */
static void read_event(AilPump *p, const AilPumpConfig *config, const AilRrlogEvent *e,
                       GArray *marks)
{
    AilMark mark;
    if (!mark_of(e, &mark))
        return;
    if (e->icount >= config->from)
        g_array_append_val(marks, mark);
    else if (mark.kind == AIL_MARK_CONSOLE && e->offset >= config->log_at)
        p->console_at += mark.len;
}

/* Events at the very end belong to the last instruction; elsewhere to the one behind them, which
 * is not captured any more. */
static void end_marks(AilPump *p, const AilPumpConfig *config, GArray *marks)
{
    p->end = config->to && config->to < p->total ? config->to : p->total;
    guint n = marks->len;
    while (p->end < p->total && n && g_array_index(marks, AilMark, n - 1).icount >= p->end)
        n--;
    g_array_set_size(marks, n);
    AilMark mark = {.icount = p->end, .kind = AIL_MARK_END};
    g_array_append_val(marks, mark);
}

/* The marks, and p->log opened where the events of the part begin. */
static AilStatus read_log(AilPump *p, const AilPumpConfig *config, GArray *marks)
{
    AilRrlog *log = ail_rrlog_new();
    AilRrlogEvent e;
    uint64_t offset = 0, icount = 0; /* of the part's first event */
    AilStatus status = ail_rrlog_open(log, config->log, 0, 0);
    while (status == AIL_OK && (status = ail_rrlog_next(log, &e)) == AIL_OK) {
        read_event(p, config, &e, marks);
        if (config->from && !offset && e.icount >= config->from) {
            offset = e.offset;
            icount = e.icount;
        }
    }
    p->total = ail_rrlog_icount(log);
    p->from = config->from;
    end_marks(p, config, marks);
    if (status == AIL_ERR)
        ail_error_set(&p->error, "%s", ail_rrlog_error(log));
    else if (ail_rrlog_open(p->log, config->log, offset, icount) != AIL_OK)
        status = ail_error_set(&p->error, "%s", ail_rrlog_error(p->log));
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
    w->begin = config->from ? AIL_WIRE_LATER : 0;
    w->n_segments = config->n_segments ? config->n_segments : SEGMENTS;
    w->chunk_insns = config->chunk_insns ? config->chunk_insns : CHUNK_INSNS;
    w->check_xlate = config->check_xlate;
    w->introspect = config->introspect && config->columns & AIL_COL_EVENT;
    w->has_profile = config->profile != NULL;
    if (config->profile)
        w->profile = *config->profile;
    w->dict_blocks = config->dict_blocks ? config->dict_blocks : DICT_BLOCKS;
    bool access = config->columns & AIL_COL_ADDR;
    w->flow_cap = (uint32_t)MIN(w->chunk_insns / 2, 4u << 20) + 65536;
    w->access_cap = access ? (uint32_t)MIN(w->chunk_insns / 2, 4u << 20) + 4 * AIL_WIRE_ACCESS_SLACK
                           : 4 * AIL_WIRE_ACCESS_SLACK;
    w->cuts_cap = w->flow_cap;
    w->events_cap = 1 << 20;
    w->defs_cap = 16 << 20;
    w->sync_cap = 64 << 10;
    w->edata_cap = 64 << 20;
    uint64_t end = round_up(sizeof(AilSegment));
    w->flow_at = place(&end, w->flow_cap, sizeof(AilRawFlow));
    w->cuts_at = place(&end, w->cuts_cap, sizeof(AilCut));
    w->addr_at = place(&end, w->access_cap + (uint64_t)AIL_RAW_BEFORE, sizeof(uint64_t)) +
                 AIL_RAW_BEFORE * sizeof(uint64_t);
    w->value_at = place(&end, w->access_cap, sizeof(uint64_t));
    w->wide_at = place(&end, w->access_cap, sizeof(uint64_t));
    w->what_at = place(&end, w->access_cap, sizeof(uint16_t));
    w->io_at = place(&end, w->access_cap, sizeof(uint32_t));
    w->xlate_at = place(&end, config->columns & AIL_COL_XLATE ? 2 * (uint64_t)w->access_cap : 0,
                        sizeof(AilRawXlate));
    w->events_at = place(&end, w->events_cap, sizeof(AilRawEvent));
    w->defs_at = place(&end, w->defs_cap, 1);
    w->sync_at = place(&end, w->sync_cap, 1);
    w->edata_at = place(&end, w->edata_cap, 1);
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
    AilStatus status = read_log(p, config, marks);
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
