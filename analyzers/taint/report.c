/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What taint is told of: its sources, what is tainted at a moment, what never decided anything. */
#include <inttypes.h>
#include <string.h>

#include "analyzers/taint/taint_private.h"

enum { LABELS = 4 };

/* --- sources --- */

static void source_record(const AilTaintSource *source, AilOutput *out)
{
    ail_json_begin(out, "taint");
    ail_json_text(out, "kind", "source");
    ail_json_text(out, "source", source->kind);
    ail_json_text(out, "name", source->name);
    ail_json_number(out, "icount", source->icount);
    ail_json_number(out, "bytes", source->bytes);
    if (source->offset)
        ail_json_number(out, "offset", source->offset);
    if (source->pid)
        ail_json_number(out, "pid", source->pid);
    if (source->comm)
        ail_json_text(out, "comm", source->comm);
    ail_json_end(out);
}

static void source_line(const AilTaintSource *source, AilOutput *out)
{
    ail_output_text(out, "%14" PRIu64 "  %8u  %s %s", source->icount, source->bytes, source->kind,
                    source->name);
    if (source->offset)
        ail_output_text(out, " from byte %" PRIu64, source->offset);
    if (source->comm)
        ail_output_styled(out, AIL_STYLE_DIM, "  %s (%u)", source->comm, source->pid);
    ail_output_text(out, "\n");
}

void taint_print_sources(Taint *t, AilOutput *out)
{
    size_t n = ail_taint_sources_count(t->sources);
    bool text = ail_output_wants_text(out), records = ail_output_wants_records(out);
    if (text) {
        ail_output_styled(out, AIL_STYLE_HEADING, "Labelled: %zu source%s\n", n, n == 1 ? "" : "s");
        if (n)
            ail_output_styled(out, AIL_STYLE_DIM, "%14s  %8s  %s\n", "at", "bytes", "source");
    }
    for (size_t i = 0; i < n; i++) {
        const AilTaintSource *source = ail_taint_sources_at(t->sources, i);
        if (text && (!t->top || i < t->top))
            source_line(source, out);
        if (records)
            source_record(source, out);
    }
    if (text && t->top && n > t->top)
        ail_output_styled(out, AIL_STYLE_DIM, "%14s  (%zu more: --top=0 lists all)\n", "",
                          n - t->top);
}

/* --- what is tainted --- */

/* Neighbouring bytes of one kind become a line. */
typedef struct Moment {
    Taint *taint;
    AilOutput *out;
    uint64_t first, next; /* of the line at hand; first == next: none */
    uint32_t set, depth;
    uint64_t lines;
} Moment;

static void memory_record(const Moment *m, const char *labels)
{
    uint64_t asid, addr;
    AilOutput *out = m->out;
    const AilTaintSpaces *spaces = ail_taint_engine_spaces(m->taint->engine);
    ail_json_begin(out, "taint");
    ail_json_text(out, "kind", "memory");
    ail_json_address(out, "phys", m->first);
    ail_json_number(out, "bytes", m->next - m->first);
    if (ail_taint_spaces_reverse(spaces, m->first, &asid, &addr)) {
        ail_json_address(out, "addr", addr);
        ail_json_address(out, "asid", asid);
    }
    ail_json_number(out, "depth", m->depth);
    ail_json_text(out, "labels", labels);
    ail_json_end(out);
}

static void memory_line(const Moment *m, const char *labels)
{
    uint64_t asid, addr;
    const AilTaintSpaces *spaces = ail_taint_engine_spaces(m->taint->engine);
    ail_output_text(m->out, "%#16" PRIx64 "  %8" PRIu64 "  %5u  ", m->first, m->next - m->first,
                    m->depth);
    if (ail_taint_spaces_reverse(spaces, m->first, &asid, &addr))
        ail_output_text(m->out, "%#" PRIx64 " in %#" PRIx64 "  ", addr, asid);
    ail_output_styled(m->out, AIL_STYLE_DIM, "%s", labels);
    ail_output_text(m->out, "\n");
}

static void end_line(Moment *m)
{
    if (m->first == m->next)
        return;
    unsigned top = m->taint->top;
    TaintLabels labels = taint_labels(m->taint, m->set, LABELS);
    if (ail_output_wants_records(m->out))
        memory_record(m, labels.all);
    if (ail_output_wants_text(m->out) && (!top || m->lines < top))
        memory_line(m, labels.few);
    m->lines++;
    m->first = m->next = 0;
    m->set = m->depth = 0;
    taint_labels_clear(&labels);
}

static void on_byte(void *self, uint64_t phys, AilCell cell)
{
    Moment *m = self;
    if (m->first != m->next && (phys != m->next || !(phys & 4095)))
        end_line(m);
    if (m->first == m->next)
        m->first = m->next = phys;
    m->set = taint_sum(ail_taint_engine_taint(m->taint->engine)->sets, m->set, ail_cell_set(cell));
    m->depth = MAX(m->depth, ail_cell_depth(cell));
    m->next = phys + 1;
}

static void print_memory(Taint *t, AilOutput *out)
{
    Moment m = {.taint = t, .out = out};
    AilTaint *taint = ail_taint_engine_taint(t->engine);
    AilShadowCounts counts = ail_shadow_counts(taint->shadow);
    if (ail_output_wants_text(out)) {
        ail_output_styled(out, AIL_STYLE_HEADING,
                          "\nTainted memory at %" PRIu64 ": %" PRIu64 " bytes\n",
                          ail_taint_engine_icount(t->engine), counts.tainted);
        if (counts.tainted)
            ail_output_styled(out, AIL_STYLE_DIM, "%16s  %8s  %5s  %s\n", "physical", "bytes",
                              "depth", "address in a space that has it, and the labels");
    }
    ail_shadow_each(taint->shadow, on_byte, &m);
    end_line(&m);
    if (ail_output_wants_text(out) && t->top && m.lines > t->top)
        ail_output_styled(out, AIL_STYLE_DIM, "%16s  (%" PRIu64 " more: --top=0 lists all)\n", "",
                          m.lines - t->top);
}

static void register_line(Taint *t, AilOutput *out, const AilStateReg *reg, AilCell all,
                          unsigned bytes)
{
    TaintLabels labels = taint_labels(t, ail_cell_set(all), LABELS);
    if (ail_output_wants_text(out))
        ail_output_text(out, "%16s  %8u  %5u  %s\n", reg->name, bytes, ail_cell_depth(all),
                        labels.few);
    if (ail_output_wants_records(out)) {
        ail_json_begin(out, "taint");
        ail_json_text(out, "kind", "register");
        ail_json_text(out, "name", reg->name);
        ail_json_number(out, "bytes", bytes);
        ail_json_number(out, "depth", ail_cell_depth(all));
        ail_json_text(out, "labels", labels.all);
        ail_json_end(out);
    }
    taint_labels_clear(&labels);
}

static void print_registers(Taint *t, AilOutput *out)
{
    AilTaint *taint = ail_taint_engine_taint(t->engine);
    bool heading = false;
    for (const AilStateReg *reg = ail_lift_state(t->env.info->arch); reg->name; reg++) {
        AilCell all = 0;
        unsigned bytes = 0;
        for (unsigned i = reg->at; i < reg->at + (unsigned)reg->size; i++) {
            all = ail_taint_union(taint, all, taint->state[i]);
            bytes += taint->state[i] != 0;
        }
        if (!all)
            continue;
        if (!heading && ail_output_wants_text(out))
            ail_output_styled(out, AIL_STYLE_HEADING, "\nTainted registers\n");
        heading = true;
        register_line(t, out, reg, all, bytes);
    }
}

void taint_print_moment(Taint *t, AilOutput *out)
{
    print_registers(t, out);
    print_memory(t, out);
}

/* --- dead data --- */

static void dead_line(AilOutput *out, const AilTaintSource *source, uint32_t from, uint32_t to)
{
    uint64_t first = source->offset + (from - source->first), n = to - from + 1;
    if (source->n == 1)
        n = source->bytes;
    if (ail_output_wants_text(out))
        ail_output_text(out, "%14" PRIu64 "  %8" PRIu64 "  %s %s\n", first, n, source->kind,
                        source->name);
    if (!ail_output_wants_records(out))
        return;
    ail_json_begin(out, "taint");
    ail_json_text(out, "kind", "dead");
    ail_json_text(out, "source", source->kind);
    ail_json_text(out, "name", source->name);
    ail_json_number(out, "offset", first);
    ail_json_number(out, "bytes", n);
    ail_json_end(out);
}

/* The labels of a source that decided nothing. */
static void dead_of(Taint *t, AilOutput *out, const AilTaintSource *source)
{
    for (uint32_t from = source->first, end = source->first + source->n; from < end;) {
        bool dead = !taint_decided_has(t->decided, from);
        uint32_t to = from;
        while (to + 1 < end && !taint_decided_has(t->decided, to + 1) == dead)
            to++;
        if (dead)
            dead_line(out, source, from, to);
        from = to + 1;
    }
}

void taint_print_dead(Taint *t, AilOutput *out)
{
    if (ail_output_wants_text(out))
        ail_output_styled(out, AIL_STYLE_HEADING, "\nBytes on which no branch depended\n");
    for (size_t i = 0; i < ail_taint_sources_count(t->sources); i++)
        dead_of(t, out, ail_taint_sources_at(t->sources, i));
}

/* --- remarks --- */

static void note(AilOutput *out, uint64_t n, const char *text)
{
    if (!n)
        return;
    if (ail_output_wants_text(out))
        ail_output_text(out, "note: %" PRIu64 " %s\n", n, text);
    if (!ail_output_wants_records(out))
        return;
    ail_json_begin(out, "taint");
    ail_json_text(out, "kind", "note");
    ail_json_text(out, "note", text);
    ail_json_number(out, "count", n);
    ail_json_end(out);
}

void taint_print_notes(Taint *t, AilOutput *out)
{
    AilTaint *taint = ail_taint_engine_taint(t->engine);
    AilTaintEngineCounts counts = ail_taint_engine_counts(t->engine);
    AilShadowCounts shadow = ail_shadow_counts(taint->shadow);
    if (ail_output_wants_text(out))
        ail_output_styled(out, AIL_STYLE_DIM,
                          "\n%" PRIu64 " of %" PRIu64 " executed blocks touched tainted bytes "
                          "(%" PRIu64 " instructions); at most %" PRIu64 " bytes of memory were "
                          "tainted at once\n",
                          counts.run, counts.executions, counts.insns, shadow.most_tainted);
    note(out, counts.rough,
         "instructions on tainted bytes are not modelled exactly: all that they "
         "wrote was taken to depend on all that they read");
    note(out, taint->mismatched,
         "instructions accessed memory otherwise than was expected, and "
         "were taken in the same way");
    note(out, t->devices, "tainted bytes were written to devices");
    note(out, taint->overwritten, "tainted bytes were written over by a device");
    note(out, taint_ranges_missed(t->ranges),
         "bytes of ranges could not be labelled: nothing had accessed their pages before");
    note(out, t->packets ? taint_packets_missed(t->packets) : 0,
         "received packets were not read by the guest, or not found");
    note(out, t->serial ? taint_serial_missed(t->serial) : 0,
         "received bytes were not read from the serial port by the guest, or not found");
    note(out, taint_marked_missed(t->marked),
         "bytes that the guest wanted labelled could not be: nothing had accessed their pages "
         "before, or they are too many");
    note(out, taint_asked_missed(t->asked),
         "bytes that the guest asked about were too many to be answered");
    note(out, t->moved,
         "bytes of labelled files were moved by the kernel without passing through a process: they "
         "are not followed further");
    note(out, taint_sent_any(t->sent) ? 0 : taint_calls_to_sockets(t->calls),
         "times tainted bytes were given to sockets, but the trace tells of no frames that a "
         "network device was given to send");
    note(out, taint_sent_unlisted(t->sent), "frames with tainted bytes were too many to be told");
    note(out, ail_taint_sources_refused(t->sources), "sources were too many to be labelled");
    note(out, ail_sets_full(taint->sets), "limit was reached: some labels could not be kept apart");
}
