/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames with tainted bytes that network devices were given to send. A device reads memory by
 * itself; the guest's kernel says where it is to read, and taint of these bytes is looked up there
 * and then. So what is sent again, or from where a file lies in memory, is found like all else.
 */
#include <inttypes.h>
#include <string.h>

#include "analyzers/taint/taint_private.h"

enum { MAX_FRAMES = 1 << 16, MAX_RUNS = 1 << 20, LABELS = 4, MAX_LOOK = 1 << 24 };

struct TaintSent {
    Taint *taint;
    GPtrArray *frames; /* of TaintFrame; owned */
    size_t n_runs;
    uint64_t told, unlisted; /* frames, tainted or not; tainted ones that are not in frames */
};

static void frame_free(gpointer p)
{
    TaintFrame *f = p;
    g_free(f->device);
    g_free(f->comm);
    g_array_free(f->runs, TRUE);
    g_free(f);
}

TaintSent *taint_sent_new(Taint *t)
{
    TaintSent *s = g_new0(TaintSent, 1);
    s->taint = t;
    s->frames = g_ptr_array_new_with_free_func(frame_free);
    return s;
}

void taint_sent_free(TaintSent *s)
{
    if (!s)
        return;
    g_ptr_array_free(s->frames, TRUE);
    g_free(s);
}

/* --- a frame's bytes --- */

/* The label that is all of the set; false: it is none, or several. */
static bool only_label(const AilSets *sets, uint32_t set, uint32_t *label)
{
    uint32_t n;
    const AilLabelRange *ranges = ail_sets_ranges(sets, set, &n);
    if (set == AIL_SET_ANY || n != 1 || ranges[0].first != ranges[0].last)
        return false;
    *label = ranges[0].first;
    return true;
}

/* Bytes side by side are told as one if they have labels side by side, or the same. While they are
 * put together, the run's set is that of its last byte. */
static bool joins(const AilSets *sets, const TaintSentRun *run, uint32_t offset, uint32_t set)
{
    uint32_t last, now;
    if (run->offset + run->n != offset)
        return false;
    bool next = only_label(sets, run->set, &last) && only_label(sets, set, &now) && now == last + 1;
    bool same = run->set == set;
    return run->n == 1 ? next || same : run->each ? same : next;
}

static void end_run(AilSets *sets, GArray *runs)
{
    uint32_t last;
    TaintSentRun *run = runs->len ? &g_array_index(runs, TaintSentRun, runs->len - 1) : NULL;
    if (run && run->n > 1 && !run->each && only_label(sets, run->set, &last))
        run->set = ail_sets_range(sets, last - (run->n - 1), last);
}

static void add_byte(AilSets *sets, GArray *runs, uint32_t offset, AilCell cell)
{
    uint32_t set = ail_cell_set(cell);
    TaintSentRun *run = runs->len ? &g_array_index(runs, TaintSentRun, runs->len - 1) : NULL;
    if (run && joins(sets, run, offset, set)) {
        run->each = run->set == set;
        run->set = set;
        run->n++;
        run->depth = MAX(run->depth, ail_cell_depth(cell));
        return;
    }
    end_run(sets, runs);
    TaintSentRun begun = {.offset = offset, .n = 1, .set = set, .depth = ail_cell_depth(cell)};
    g_array_append_val(runs, begun);
}

/* A byte that has another value than was stored was written by a device. */
static bool is_stale(const AilGuestSent *sent, uint32_t offset, AilCell cell)
{
    return offset < sent->head.len && cell & AIL_CELL_HAS_VALUE &&
           (uint8_t)sent->head.at[offset] != (uint8_t)(cell >> AIL_CELL_VALUE_SHIFT);
}

static void look_at(TaintSent *s, const AilGuestSent *sent, const AilGuestPlace *place,
                    GArray *runs)
{
    AilTaint *taint = ail_taint_engine_taint(s->taint->engine);
    for (uint32_t i = 0; i < place->len; i++) {
        uint64_t phys = place->phys + i;
        uint32_t offset = (uint32_t)place->offset + i;
        if (!ail_shadow_maybe(taint->shadow, phys)) { /* nothing in this page */
            i += 4095 - (uint32_t)(phys & 4095);
            continue;
        }
        AilCell cell = ail_shadow_get(taint->shadow, phys);
        if (cell & AIL_CELL_TAINT && !is_stale(sent, offset, cell))
            add_byte(taint->sets, runs, offset, cell & AIL_CELL_TAINT);
    }
}

static void take_frame(TaintSent *s, const AilEvent *event, const AilGuestSent *sent, GArray *runs)
{
    TaintWho who = taint_who(s->taint);
    TaintFrame *f = g_new0(TaintFrame, 1);
    *f = (TaintFrame){.icount = event->icount,
                      .len = sent->len,
                      .socket = sent->socket,
                      .pid = who.pid,
                      .comm = g_strdup(who.comm),
                      .device = g_strndup(sent->device.at, sent->device.len),
                      .runs = runs};
    ail_netframe_read(sent->hardware, (const uint8_t *)sent->head.at, sent->head.len, &f->what);
    for (guint i = 0; i < runs->len; i++)
        f->bytes += g_array_index(runs, TaintSentRun, i).n;
    s->n_runs += runs->len;
    g_ptr_array_add(s->frames, f);
}

void taint_sent_event(TaintSent *s, const AilEvent *event)
{
    AilGuestSent sent;
    AilGuestPlace place;
    AilTaint *taint = ail_taint_engine_taint(s->taint->engine);
    if (event->type != AIL_EVENT_SENT || !ail_guest_sent(event, &sent))
        return;
    s->told++;
    if (!ail_shadow_counts(taint->shadow).tainted)
        return;
    AilGuestSent from = sent;
    GArray *runs = g_array_new(FALSE, FALSE, sizeof(TaintSentRun));
    while (from.told < MAX_LOOK && ail_guest_next_sent(&from, &place))
        if (place.phys != AIL_PHYS_NONE && place.offset + place.len <= MAX_LOOK)
            look_at(s, &sent, &place, runs);
    end_run(taint->sets, runs);
    bool room = s->frames->len < MAX_FRAMES && s->n_runs + runs->len <= MAX_RUNS;
    if (runs->len && room) {
        take_frame(s, event, &sent, runs);
        return;
    }
    s->unlisted += runs->len > 0;
    g_array_free(runs, TRUE);
}

bool taint_sent_any(const TaintSent *s)
{
    return s->told > 0;
}

uint64_t taint_sent_unlisted(const TaintSent *s)
{
    return s->unlisted;
}

/* --- the report --- */

void taint_sent_each(const TaintSent *s, void (*fn)(void *self, const TaintFrame *frame),
                     void *self)
{
    for (guint i = 0; i < s->frames->len; i++)
        fn(self, s->frames->pdata[i]);
}

static void put_text(AilOutput *out, const char *key, const char *text)
{
    if (text && *text)
        ail_json_text(out, key, text);
}

static void print_record(const TaintFrame *f, const TaintSentRun *run, const char *labels,
                         AilOutput *out)
{
    ail_json_begin(out, "taint");
    ail_json_text(out, "kind", "sent");
    ail_json_number(out, "icount", f->icount);
    ail_json_text(out, "interface", f->device);
    ail_json_number(out, "length", f->len);
    put_text(out, "protocol", f->what.protocol);
    put_text(out, "from", f->what.from);
    put_text(out, "to", f->what.to);
    if (f->socket) {
        char path[40];
        g_snprintf(path, sizeof path, "socket:[%" PRIu64 "]", f->socket);
        ail_json_text(out, "path", path);
    }
    if (f->pid)
        ail_json_number(out, "pid", f->pid);
    put_text(out, "comm", f->comm);
    ail_json_number(out, "offset", run->offset);
    ail_json_number(out, "bytes", run->n);
    ail_json_bool(out, "each", run->each);
    ail_json_number(out, "depth", run->depth);
    ail_json_text(out, "labels", labels);
    ail_json_end(out);
}

static void print_line(const TaintSent *s, const TaintFrame *f, const TaintSentRun *run,
                       const char *labels, AilOutput *out)
{
    uint32_t label;
    const AilSets *sets = ail_taint_engine_taint(s->taint->engine)->sets;
    bool all = run->each && !only_label(sets, run->set, &label);
    char what[160], bytes[32];
    ail_netframe_text(&f->what, what, sizeof what);
    g_snprintf(bytes, sizeof bytes, run->n > 1 ? "%u-%u" : "%u", run->offset,
               run->offset + run->n - 1);
    ail_output_text(out, "%14" PRIu64 "  %-10s  %6" PRIu64 "  %11s  %s", f->icount, f->device,
                    f->len, bytes, *what ? what : "?");
    ail_output_styled(out, AIL_STYLE_DIM, "  %s%s\n", all ? "each of " : "", labels);
}

void taint_sent_print(TaintSent *s, AilOutput *out)
{
    unsigned top = s->taint->top;
    guint n = s->frames->len;
    bool text = ail_output_wants_text(out), records = ail_output_wants_records(out);
    if (text && n) {
        ail_output_styled(out, AIL_STYLE_HEADING, "\nFrames sent with tainted bytes: %u\n", n);
        ail_output_styled(out, AIL_STYLE_DIM, "%14s  %-10s  %6s  %11s  %s\n", "at", "device",
                          "length", "of its bytes", "what it is, and the labels");
    }
    for (guint i = 0; i < n; i++) {
        const TaintFrame *f = s->frames->pdata[i];
        for (guint k = 0; k < f->runs->len; k++) {
            const TaintSentRun *run = &g_array_index(f->runs, TaintSentRun, k);
            TaintLabels labels = taint_labels(s->taint, run->set, LABELS);
            if (text && (!top || i < top))
                print_line(s, f, run, labels.few, out);
            if (records)
                print_record(f, run, labels.all, out);
            taint_labels_clear(&labels);
        }
    }
    if (text && top && n > top)
        ail_output_styled(out, AIL_STYLE_DIM, "%14s  (%u more: --top=0 lists all)\n", "", n - top);
}
