/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * taint: where did these bytes go? Bytes are labelled where they come in; the engine
 * (taint/engine.h) follows them through registers and physical memory; this asks where they are
 * read, what they decide, and where they go. docs/taint.md says what is followed.
 */
#include <string.h>

#include "analyzers/builtin.h"
#include "analyzers/lift/llvm.h"
#include "analyzers/taint/taint_private.h"

enum { TOP = 20, SETS_MAX_BYTES = 1 << 30 };

/* --- who runs, and labels --- */

TaintWho taint_who(const Taint *t)
{
    const AilTask *task = ail_guest_running(t->guest);
    return task ? (TaintWho){task->tgid, task->pid, task->comm} : (TaintWho){0, 0, NULL};
}

AilTaintSource *taint_source(Taint *t, const char *kind, const char *name, uint32_t bytes)
{
    TaintWho who = taint_who(t);
    return ail_taint_sources_add(t->sources, kind, name, bytes, ail_taint_engine_icount(t->engine),
                                 who.pid, who.comm);
}

void taint_label(Taint *t, const AilTaintSource *source, uint32_t i, uint64_t phys, int value)
{
    AilTaint *taint = ail_taint_engine_taint(t->engine);
    AilCell cell = ail_sets_one(taint->sets, ail_taint_sources_label(t->sources, source, i));
    AilCell before = ail_shadow_get(taint->shadow, phys);
    cell = ail_taint_union(taint, cell, before & AIL_CELL_TAINT) | (before & ~AIL_CELL_TAINT);
    if (value >= 0)
        cell =
            (cell & AIL_CELL_TAINT) | AIL_CELL_HAS_VALUE | (uint64_t)value << AIL_CELL_VALUE_SHIFT;
    ail_taint_set_memory(taint, phys, cell);
}

uint32_t taint_label_virtual(Taint *t, const AilTaintSource *source, uint64_t addr, uint32_t bytes)
{
    uint64_t phys = 0;
    bool known = false;
    uint32_t labelled = 0;
    for (uint32_t i = 0; i < bytes; i++, phys++) {
        if (!i || !((addr + i) & 4095))
            known = ail_taint_engine_phys(t->engine, addr + i, &phys);
        if (!known)
            continue;
        taint_label(t, source, i, phys, -1);
        labelled++;
    }
    return labelled;
}

/* --- what the engine tells --- */

static void watch_loads(Taint *t)
{
    bool files = t->files && taint_files_watches(t->files);
    bool packets = t->packets && taint_packets_waiting(t->packets);
    bool serial = t->serial && taint_serial_waiting(t->serial);
    ail_taint_engine_watch_loads(t->engine, files || packets || serial);
}

static void on_event(void *self, const AilEvent *event)
{
    Taint *t = self;
    ail_guest_take(t->guest, event);
    ail_transfers_event(t->transfers, event);
    if (t->files)
        taint_files_event(t->files, event);
    if (t->packets)
        taint_packets_event(t->packets, event);
    if (t->serial)
        taint_serial_event(t->serial, event);
    taint_marked_event(t->marked, event);
    taint_sent_event(t->sent, event);
    watch_loads(t);
}

static void on_load(void *self, const AilTaintMoment *at, AilTaintAccess *access)
{
    Taint *t = self;
    if (t->files)
        taint_files_load(t->files, at, access);
    if (t->packets)
        taint_packets_load(t->packets, at, access);
    if (t->serial)
        taint_serial_load(t->serial, access);
    watch_loads(t);
}

static void on_due(void *self, uint64_t icount)
{
    Taint *t = self;
    uint64_t next = taint_ranges_due(t->ranges, icount), strings = UINT64_MAX;
    if (t->strings)
        strings = taint_strings_due(t->strings, icount);
    next = MIN(next, taint_marked_due(t->marked, icount));
    if (t->at != UINT64_MAX && t->at <= icount && !t->at_done) {
        t->at_done = true;
        taint_print_moment(t, t->env.out);
    }
    next = MIN(next, t->at_done ? UINT64_MAX : t->at);
    ail_taint_engine_wait(t->engine, MIN(next, strings));
}

static void on_insn(void *self, const AilTaintMoment *at, AilCell cell)
{
    Taint *t = self;
    taint_places_add(t->instructions, at, cell, false);
}

static void on_branch(void *self, const AilTaintMoment *at, bool target, AilCell cell)
{
    Taint *t = self;
    if (t->decided)
        taint_decided_add(t->decided, ail_taint_engine_taint(t->engine)->sets, ail_cell_set(cell));
    taint_places_add(t->branches, at, cell, target);
}

static void on_device(void *self, const AilTaintMoment *at, uint64_t addr, AilCell cell)
{
    Taint *t = self;
    (void)at, (void)addr, (void)cell;
    t->devices++;
}

static void on_call(void *self, const AilTransfer *transfer)
{
    Taint *t = self;
    taint_calls_begun(t->calls, transfer);
}

static void on_return(void *self, const AilTransfer *transfer)
{
    Taint *t = self;
    taint_calls_returned(t->calls, transfer); /* what it carried before it is labelled */
    if (t->files)
        taint_files_returned(t->files, transfer);
}

/* --- life --- */

static void destroy(void *self)
{
    Taint *t = self;
    taint_strings_free(t->strings);
    taint_files_free(t->files);
    taint_packets_free(t->packets);
    taint_serial_free(t->serial);
    taint_marked_free(t->marked);
    taint_asked_free(t->asked);
    taint_ranges_free(t->ranges);
    taint_places_free(t->instructions);
    taint_places_free(t->branches);
    taint_calls_free(t->calls);
    taint_sent_free(t->sent);
    taint_decided_free(t->decided);
    ail_transfers_free(t->transfers);
    ail_taint_engine_free(t->engine);
    ail_taint_sources_free(t->sources);
    ail_guest_free(t->guest);
    g_free(t->graph);
    g_free(t->markers);
    g_free(t);
}

/* Where LLVM's module is not installed, all is interpreted. */
static void compile(AilTaintEngine *engine)
{
    g_autofree char *module = ail_llvm_find();
    g_autofree char *cache = ail_taint_jit_cache_dir();
    if (module)
        ail_taint_engine_compile(
            engine, ail_taint_jit_new(&(AilTaintJitConfig){.module = module, .cache = cache}));
}

static AilStatus create_engine(Taint *t, const AilOptions *o, AilError *err)
{
    AilTaintListener listener = {.self = t,
                                 .event = on_event,
                                 .due = on_due,
                                 .insn = on_insn,
                                 .branch = on_branch,
                                 .device = on_device,
                                 .load = on_load};
    unsigned flags = ail_options_flag(o, "tainted-pointer") ? AIL_TAINT_POINTERS : 0;
    t->engine = ail_taint_engine_new(t->env.info->arch, flags, SETS_MAX_BYTES, &listener, err);
    if (t->engine && !ail_options_flag(o, "interpret"))
        compile(t->engine);
    return t->engine ? AIL_OK : AIL_ERR;
}

static AilStatus create_sources(Taint *t, const AilOptions *o, AilError *err)
{
    bool strings = ail_options_count(o, "label-string") || ail_options_count(o, "label-hex");
    t->ranges = taint_ranges_new(t, o, err);
    if (strings)
        t->strings = taint_strings_new(t, o, err);
    if (ail_options_count(o, "label-file"))
        t->files = taint_files_new(t, o);
    if (ail_options_flag(o, "label-net"))
        t->packets = taint_packets_new(t);
    if (ail_options_flag(o, "label-serial"))
        t->serial = taint_serial_new(t);
    return t->ranges && (t->strings || !strings) ? AIL_OK : AIL_ERR;
}

static void *create(const AilAnalysisEnv *env, const AilOptions *o, AilError *err)
{
    Taint *t = g_new0(Taint, 1);
    t->env = *env;
    t->guest = ail_guest_new();
    t->sources = ail_taint_sources_new(ail_options_flag(o, "uniform"));
    t->instructions = taint_places_new(t, "instruction");
    t->branches = taint_places_new(t, "branch");
    t->calls = taint_calls_new(t);
    t->sent = taint_sent_new(t);
    t->marked = taint_marked_new(t, ail_options_flag(o, "label-hypercall"));
    t->asked = taint_asked_new(t);
    t->transfers = ail_transfers_new(t->guest, on_call, on_return, t);
    t->top = (unsigned)ail_options_number(o, "top", 0, TOP);
    t->at = ail_options_number(o, "at", 0, UINT64_MAX);
    if (ail_options_count(o, "by"))
        taint_by_parse(ail_options_text(o, "by", 0), &t->by);
    t->graph = g_strdup(ail_options_text(o, "graph", 0));
    t->markers = g_strdup(ail_options_text(o, "markers", 0));
    t->decided = ail_options_flag(o, "dead") ? taint_decided_new() : NULL;
    t->want_memory = ail_options_flag(o, "memory");
    if (create_engine(t, o, err) == AIL_OK && create_sources(t, o, err) == AIL_OK)
        return t;
    destroy(t);
    return NULL;
}

/* --- chunks --- */

static void *prepare(const void *self, const AilChunk *chunk)
{
    const Taint *t = self;
    return t->strings ? taint_strings_prepare(t->strings, chunk) : NULL;
}

static AilStatus take(void *self, const AilChunk *chunk, void *prepared, AilError *err)
{
    Taint *t = self;
    AilStatus status = t->strings ? taint_strings_take(t->strings, chunk, prepared, err) : AIL_OK;
    if (status != AIL_OK)
        return status;
    ail_taint_engine_wait(t->engine, chunk->icount); /* to hear of what the search has found */
    ail_taint_engine_chunk(t->engine, chunk);
    return AIL_OK;
}

static void discard(void *prepared)
{
    ail_stringsearch_ops.discard(prepared);
}

static AilStatus finish(void *self, AilOutput *out, AilError *err)
{
    Taint *t = self;
    ail_taint_engine_end(t->engine); /* what the last instruction stored is labelled now */
    if (t->at != UINT64_MAX && !t->at_done)
        return ail_error_set(
            err, "taint: at=%" G_GUINT64_FORMAT ": the trace ends at %" G_GUINT64_FORMAT, t->at,
            ail_taint_engine_icount(t->engine));
    taint_print_sources(t, out);
    if (!ail_taint_sources_count(t->sources) && ail_output_wants_text(out))
        ail_output_text(out, "Nothing was labelled: what was asked for did not come by in this "
                             "trace. `ailurus stringsearch` finds texts, `ailurus syscalls` shows "
                             "which files are read.\n");
    taint_places_print(t->instructions, out);
    taint_places_print(t->branches, out);
    taint_calls_print(t->calls, out);
    taint_sent_print(t->sent, out);
    taint_asked_print(t->asked, out);
    if (t->want_memory)
        taint_print_moment(t, out);
    if (t->decided)
        taint_print_dead(t, out);
    taint_print_notes(t, out);
    if (t->graph && taint_graph_write(t, t->graph, err) != AIL_OK)
        return AIL_ERR;
    return t->markers ? taint_markers_write(t, t->markers, err) : AIL_OK;
}

const AilAnalysisOps ail_taint_ops = {
    .abi = AIL_ANALYSIS_ABI,
    .size = sizeof(AilAnalysisOps),
    .name = "taint",
    .summary = "Where labelled bytes went: what read them, what they decided",
    .needs =
        AIL_COL_CODE | AIL_COL_FLOW | AIL_COL_ADDR | AIL_COL_DATA | AIL_COL_EVENT | AIL_COL_XLATE,
    .order = AIL_SEQUENTIAL,
    .stage = 1,
    .options = taint_options,
    .check = taint_check,
    .create = create,
    .finish = finish,
    .destroy = destroy,
    .prepare = prepare,
    .take = take,
    .discard = discard,
};
