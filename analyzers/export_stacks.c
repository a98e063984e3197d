/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Call stacks as slices: a slice for each frame, from its call to its return, on a track of its
 * thread. While another thread runs they stay open. */
#include "analyzers/export_private.h"
#include "analyzers/stacks_names.h"

#include <inttypes.h>
#include <string.h>

enum { FRAMES = 2 * AIL_STACKS_MAX_DEPTH };

typedef struct ToldFrame {
    uint64_t entry, ret, from; /* from: icount of its slice's begin */
} ToldFrame;

struct ExportStacks {
    Exporter *x; /* borrowed */
    const AilSymbols *symbols;
    AilClasses *classes; /* owned */
    AilStacks *stacks;   /* owned */
    bool slots;          /* chunks have the addr column */
    GHashTable *told;    /* track -> GArray of ToldFrame, outermost first; owned */
    AilFrame *frames[FRAMES];
};

typedef struct Prepared {
    AilSteps steps;
    const AilClassPages *pages; /* to be released */
} Prepared;

static void free_array(gpointer p)
{
    g_array_free(p, TRUE);
}

ExportStacks *export_stacks_new(Exporter *x, uint32_t columns, const AilSymbols *symbols)
{
    ExportStacks *s = g_new0(ExportStacks, 1);
    s->x = x;
    s->symbols = symbols;
    s->slots = columns & AIL_COL_ADDR;
    s->classes = ail_classes_new(s->slots);
    s->stacks = ail_stacks_new(columns);
    s->told = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_array);
    return s;
}

void export_stacks_free(ExportStacks *s)
{
    if (!s)
        return;
    ail_classes_free(s->classes);
    ail_stacks_free(s->stacks);
    g_hash_table_destroy(s->told);
    g_free(s);
}

void *export_stacks_prepare(const ExportStacks *s, const AilChunk *chunk)
{
    Prepared *p = g_new0(Prepared, 1);
    p->pages = ail_classes_acquire(s->classes, chunk);
    ail_steps_find(&p->steps, p->pages, chunk, s->slots);
    return p;
}

void export_stacks_discard(void *prepared)
{
    Prepared *p = prepared;
    ail_classes_release(p->pages);
    ail_steps_clear(&p->steps);
    g_free(p);
}

static char *name_of(const ExportStacks *s, uint64_t pc)
{
    char text[256];
    if (ail_stacks_name(s->stacks, s->symbols, pc, text, sizeof text))
        return g_strdup(text);
    return exporter_name(s->x, pc);
}

static void begin_frame(ExportStacks *s, uint64_t track, const AilFrame *f, GArray *told)
{
    static const char *const kinds[] = {"root", "call", "syscall", "exception", "interrupt"};
    char text[20], *name = name_of(s, f->entry);
    g_snprintf(text, sizeof text, "0x%" PRIx64, f->entry);
    AilTrackArg arg = {"function", text, 0};
    exporter_emit(s->x, AIL_SLICE_BEGIN, s->x->icount, track, kinds[f->kind], name, &arg, 1);
    ToldFrame t = {f->entry, f->ret, s->x->icount};
    g_array_append_val(told, t);
    g_free(name);
}

static void end_frames(ExportStacks *s, uint64_t track, GArray *told, guint keep, uint64_t icount)
{
    while (told->len > keep) {
        uint64_t from = g_array_index(told, ToldFrame, told->len - 1).from;
        exporter_emit(s->x, AIL_SLICE_END, MAX(icount, from), track, NULL, NULL, NULL, 0);
        g_array_set_size(told, told->len - 1);
    }
}

/* The stack of who runs has changed: end the slices of what is gone, begin those of what came. */
static void tell(ExportStacks *s)
{
    uint64_t track = exporter_stack_track(s->x);
    GArray *told = g_hash_table_lookup(s->told, &track);
    if (!told) {
        told = g_array_new(FALSE, FALSE, sizeof(ToldFrame));
        g_hash_table_insert(s->told, g_memdup2(&track, sizeof track), told);
    }
    size_t n = ail_stacks_frames(s->stacks, s->frames, FRAMES, NULL);
    guint same = 0;
    for (; same < told->len && same < n; same++) {
        const ToldFrame *t = &g_array_index(told, ToldFrame, same);
        const AilFrame *f = s->frames[n - 1 - same];
        if (t->entry != f->entry || t->ret != f->ret)
            break;
    }
    end_frames(s, track, told, same, s->x->icount);
    for (size_t i = same; i < n; i++)
        begin_frame(s, track, s->frames[n - 1 - i], told);
}

void export_stacks_take(ExportStacks *s, const AilChunk *chunk, void *prepared)
{
    const AilSteps *steps = &((Prepared *)prepared)->steps;
    uint64_t icount = chunk->icount, version = UINT64_MAX;
    uint32_t fed = 0;
    ail_stacks_begin_chunk(s->stacks, chunk);
    for (size_t k = 0; k < steps->n; k++) {
        icount += steps->steps[k].insns;
        while (fed < chunk->n_events && chunk->events[fed].icount <= icount)
            exporter_take(s->x, &chunk->events[fed++]);
        exporter_reach(s->x, icount);
        ail_stacks_step(s->stacks, &steps->steps[k]);
        if (!exporter_tells(s->x) || !(steps->steps[k].flags & AIL_STEP_NEXT))
            continue;
        if (version != ail_stacks_version(s->stacks))
            tell(s);
        version = ail_stacks_version(s->stacks);
    }
    while (fed < chunk->n_events)
        exporter_take(s->x, &chunk->events[fed++]);
    export_stacks_discard(prepared);
}

static gint by_number(gconstpointer a, gconstpointer b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

void export_stacks_end(ExportStacks *s)
{
    GList *tracks = g_list_sort(g_hash_table_get_keys(s->told), by_number);
    for (GList *t = tracks; t; t = t->next) {
        uint64_t track = *(const uint64_t *)t->data;
        end_frames(s, track, g_hash_table_lookup(s->told, &track), 0,
                   exporter_stack_end(s->x, track));
    }
    g_list_free(tracks);
}
