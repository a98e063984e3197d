/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By instruction and process: where tainted bytes were read, or decided where control goes. */
#include <string.h>

#include "analyzers/symbols.h"
#include "analyzers/taint/taint_private.h"

enum { MAX_PLACES = 1 << 20, LABELS = 4 };

struct TaintPlaces {
    Taint *taint;
    const char *kind;  /* "instruction", "branch" */
    GHashTable *all;   /* TaintPlace -> itself; owned */
    uint64_t unlisted; /* executions at further places */
};

static guint place_hash(gconstpointer p)
{
    const TaintPlace *place = p;
    return (guint)((place->pc * UINT64_C(0x9e3779b97f4a7c15)) >> 32) ^ place->pid ^
           (guint)place->target << 31;
}

static gboolean place_equal(gconstpointer a, gconstpointer b)
{
    const TaintPlace *x = a, *y = b;
    return x->pc == y->pc && x->pid == y->pid && x->target == y->target;
}

static void place_free(gpointer p)
{
    TaintPlace *place = p;
    g_free(place->comm);
    g_free(place->name);
    g_free(place->module);
    g_free(place);
}

TaintPlaces *taint_places_new(Taint *t, const char *kind)
{
    TaintPlaces *p = g_new0(TaintPlaces, 1);
    p->taint = t;
    p->kind = kind;
    p->all = g_hash_table_new_full(place_hash, place_equal, place_free, NULL);
    return p;
}

void taint_places_free(TaintPlaces *p)
{
    if (!p)
        return;
    g_hash_table_destroy(p->all);
    g_free(p);
}

/* The file that the instruction is mapped from; the kernel's is "[kernel]" or a module. */
static void find_module(const TaintPlaces *p, const AilTaintMoment *at, TaintPlace *place)
{
    const AilGuest *guest = p->taint->guest;
    uint64_t mm = ail_guest_mm_of(guest, at->asid);
    const AilMapping *m = place->user && mm ? ail_guest_mapping(guest, mm, at->pc) : NULL;
    const AilModule *module = place->user ? NULL : ail_guest_module(guest, at->pc);
    if (m && *m->path) {
        place->module = g_strdup(m->path);
        place->offset = at->pc - m->start + m->offset;
    } else if (module) {
        place->module = g_strdup(module->name);
        place->offset = at->pc - module->base;
    }
}

static TaintPlace *add_place(TaintPlaces *p, const TaintPlace *key, const AilTaintMoment *at,
                             const TaintWho *who)
{
    char name[256];
    TaintPlace *place = g_memdup2(key, sizeof *key);
    place->first = at->icount;
    place->user = at->block->user;
    place->comm = g_strdup(who->comm);
    if (ail_symbols_name(p->taint->env.symbols, p->taint->guest, at->asid, at->pc, name,
                         sizeof name))
        place->name = g_strdup(name);
    find_module(p, at, place);
    g_hash_table_insert(p->all, place, place);
    return place;
}

void taint_places_add(TaintPlaces *p, const AilTaintMoment *at, AilCell cell, bool target)
{
    TaintWho who = taint_who(p->taint);
    TaintPlace key = {.pc = at->pc, .pid = who.pid, .target = target};
    TaintPlace *place = g_hash_table_lookup(p->all, &key);
    if (!place && g_hash_table_size(p->all) >= MAX_PLACES) {
        p->unlisted++;
        return;
    }
    if (!place)
        place = add_place(p, &key, at, &who);
    AilTaint *taint = ail_taint_engine_taint(p->taint->engine);
    place->set = taint_sum(taint->sets, place->set, ail_cell_set(cell));
    place->depth = MAX(place->depth, ail_cell_depth(cell));
    place->count++;
    place->last = at->icount;
}

static gint by_count(gconstpointer a, gconstpointer b)
{
    const TaintPlace *x = *(TaintPlace *const *)a, *y = *(TaintPlace *const *)b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->pc != y->pc)
        return x->pc < y->pc ? -1 : 1;
    if (x->pid != y->pid)
        return x->pid < y->pid ? -1 : 1;
    int name = x->sum ? strcmp(x->name, y->name) : 0;
    return name ? name : x->target - y->target;
}

static void print_record(const TaintPlaces *p, const TaintPlace *place, const char *labels,
                         AilOutput *out)
{
    ail_json_begin(out, "taint");
    ail_json_text(out, "kind", p->kind);
    if (!place->sum)
        ail_json_address(out, "pc", place->pc);
    if (place->name && *place->name)
        ail_json_text(out, place->sum ? "name" : "symbol", place->name);
    if (!place->sum)
        ail_json_bool(out, "user", place->user);
    if (!place->sum && place->module)
        ail_json_text(out, "module", place->module);
    if (place->pid)
        ail_json_number(out, "pid", place->pid);
    if (place->comm)
        ail_json_text(out, "comm", place->comm);
    ail_json_number(out, "count", place->count);
    ail_json_number(out, "first_icount", place->first);
    ail_json_number(out, "last_icount", place->last);
    ail_json_number(out, "depth", place->depth);
    if (place->target)
        ail_json_bool(out, "target", true);
    ail_json_text(out, "labels", labels);
    ail_json_end(out);
}

static void print_line(const TaintPlace *place, const char *labels, AilOutput *out)
{
    char who[64];
    g_snprintf(who, sizeof who, "%s (%u)", place->comm ? place->comm : "?", place->pid);
    ail_output_text(out, "%10" G_GUINT64_FORMAT "  %14" G_GUINT64_FORMAT "  %5u  %-22s  ",
                    place->count, place->first, place->depth, who);
    if (!place->sum)
        ail_output_text(out, "%#" G_GINT64_MODIFIER "x  ", place->pc);
    if (place->name)
        ail_output_text(out, "%s", place->name);
    ail_output_text(out, "%s", place->target ? "  (to where)" : "");
    ail_output_styled(out, AIL_STYLE_DIM, "  %s", labels);
    ail_output_text(out, "\n");
}

static void print_heading(const TaintPlaces *p, guint n, AilOutput *out)
{
    bool branch = !strcmp(p->kind, "branch");
    ail_output_styled(out, AIL_STYLE_HEADING, "\n%s: %u place%s\n",
                      branch ? "Branches that tainted bytes decide"
                             : "Instructions that read tainted bytes",
                      n, n == 1 ? "" : "s");
    if (n)
        ail_output_styled(out, AIL_STYLE_DIM, "%10s  %14s  %5s  %-22s  %s\n", "times", "first at",
                          "depth", "process", "place, and the labels that it saw");
}

void taint_places_print(TaintPlaces *p, AilOutput *out)
{
    guint n, shown = 0, top = p->taint->top;
    AilSets *sets = ail_taint_engine_taint(p->taint->engine)->sets;
    TaintBy by = p->taint->by;
    GHashTable *sums = by ? taint_places_sum(p->all, sets, by) : g_hash_table_ref(p->all);
    void **all = g_hash_table_get_keys_as_array(sums, &n);
    qsort(all, n, sizeof *all, by_count);
    bool text = ail_output_wants_text(out), records = ail_output_wants_records(out);
    if (text)
        print_heading(p, n, out);
    for (guint i = 0; i < n; i++) {
        const TaintPlace *place = all[i];
        TaintLabels labels = taint_labels(p->taint, place->set, LABELS);
        if (text && (!top || shown < top)) {
            print_line(place, labels.few, out);
            shown++;
        }
        if (records)
            print_record(p, place, labels.all, out);
        taint_labels_clear(&labels);
    }
    if (text && shown < n)
        ail_output_styled(out, AIL_STYLE_DIM, "%10s  (%u more: --top=0 lists all)\n", "",
                          n - shown);
    if (text && p->unlisted)
        ail_output_text(out, "%10s  %" G_GUINT64_FORMAT " times at further places\n", "",
                        p->unlisted);
    g_free(all);
    g_hash_table_unref(sums);
}

static gint by_address(gconstpointer a, gconstpointer b)
{
    const TaintPlace *x = *(TaintPlace *const *)a, *y = *(TaintPlace *const *)b;
    if (x->pc != y->pc)
        return x->pc < y->pc ? -1 : 1;
    if (x->pid != y->pid)
        return x->pid < y->pid ? -1 : 1;
    return x->target - y->target;
}

void taint_places_each(const TaintPlaces *p, void (*fn)(void *self, const TaintPlace *place),
                       void *self)
{
    guint n;
    void **all = g_hash_table_get_keys_as_array(p->all, &n);
    qsort(all, n, sizeof *all, by_address);
    for (guint i = 0; i < n; i++)
        fn(self, all[i]);
    g_free(all);
}
