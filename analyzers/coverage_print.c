/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of coverage: by module, and by process and module. */
#include "analyzers/coverage_private.h"

#include <inttypes.h>
#include <string.h>

typedef struct Line {
    uint32_t area, runner;
    const CoverSum *sum;
} Line;

/* Names are the guest's: nothing in them may do anything to a terminal. */
static char *tame(const char *name)
{
    char *s = g_utf8_make_valid(name, -1);
    for (char *c = s; *c; c = g_utf8_next_char(c))
        if (g_unichar_iscntrl(g_utf8_get_char(c)))
            memset(c, '?', (size_t)(g_utf8_next_char(c) - c));
    return s;
}

char *cover_runner_name(const AilPlaces *places, uint32_t runner)
{
    AilRunner r = ail_places_runner_at(places, runner);
    if (!r.known)
        return g_strdup_printf("asid 0x%" PRIx64, r.asid);
    char *comm = tame(r.comm);
    char *name = g_strdup_printf("%" PRIu32 " %s", r.pid, comm);
    g_free(comm);
    return name;
}

static gint by_insns(gconstpointer a, gconstpointer b)
{
    const Line *x = a, *y = b;
    if (x->sum->insns != y->sum->insns)
        return x->sum->insns < y->sum->insns ? 1 : -1;
    if (x->runner != y->runner)
        return x->runner < y->runner ? -1 : 1;
    return x->area < y->area ? -1 : x->area > y->area;
}

/* The lines of one table, most instructions first. */
static GArray *lines(const CoverSweep *s, bool all)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(Line));
    GHashTableIter iter;
    gpointer key, sum;
    g_hash_table_iter_init(&iter, s->sums);
    while (g_hash_table_iter_next(&iter, &key, &sum)) {
        uint64_t k = *(const uint64_t *)key;
        Line line = {(uint32_t)(k >> 32), (uint32_t)k, sum};
        if ((line.runner == COVERAGE_ALL) == all && line.sum->bytes)
            g_array_append_val(list, line);
    }
    g_array_sort(list, by_insns);
    return list;
}

static void print_line(const CoverSweep *s, const Line *line, AilOutput *out)
{
    const CoverSum *sum = line->sum;
    char *module = tame(g_array_index(s->areas, CoverArea, line->area).name);
    char *name =
        line->runner == COVERAGE_ALL ? g_strdup("") : cover_runner_name(s->places, line->runner);
    ail_output_text(out, "%9" PRIu64 " %9" PRIu64 " %15" PRIu64 " %10" PRIu64 "  ", sum->blocks,
                    sum->edges, sum->insns, sum->bytes);
    if (line->runner == COVERAGE_ALL)
        ail_output_text(out, "%s\n", module);
    else
        ail_output_text(out, "%-22s  %s\n", name, module);
    g_free(module);
    g_free(name);
}

static void print_table(const CoverSweep *s, bool all, uint64_t top, AilOutput *out)
{
    GArray *list = lines(s, all);
    ail_output_styled(out, AIL_STYLE_STRONG, "%9s %9s %15s %10s  %s%s\n", "blocks", "edges",
                      "instructions", "bytes", all ? "" : "process                 ", "module");
    for (guint i = 0; i < list->len && (!top || i < top); i++)
        print_line(s, &g_array_index(list, Line, i), out);
    if (top && list->len > top)
        ail_output_text(out, "%" PRIu64 " of %u lines shown (--top=0 shows all)\n", top, list->len);
    g_array_free(list, TRUE);
}

static void print_json(const CoverSweep *s, bool all, AilOutput *out)
{
    GArray *list = lines(s, all);
    for (guint i = 0; i < list->len; i++) {
        const Line *line = &g_array_index(list, Line, i);
        const CoverArea *area = &g_array_index(s->areas, CoverArea, line->area);
        uint64_t base, end;
        ail_json_begin(out, "coverage");
        if (!all) {
            AilRunner r = ail_places_runner_at(s->places, line->runner);
            if (r.known) {
                ail_json_number(out, "pid", r.pid);
                ail_json_text(out, "comm", r.comm);
            } else {
                ail_json_address(out, "asid", r.asid);
            }
        }
        ail_json_text(out, "module", area->name);
        ail_json_bool(out, "user", area->user);
        if (ail_places_extent(s->places, line->runner, area->code, &base, &end)) {
            ail_json_address(out, "base", base);
            ail_json_address(out, "end", end);
        }
        ail_json_number(out, "blocks", line->sum->blocks);
        ail_json_number(out, "edges", line->sum->edges);
        ail_json_number(out, "instructions", line->sum->insns);
        ail_json_number(out, "bytes", line->sum->bytes);
        ail_json_end(out);
    }
    g_array_free(list, TRUE);
}

void cover_print(const CoverSweep *s, const CoverWish *w, AilOutput *out)
{
    if (ail_output_wants_records(out)) {
        print_json(s, true, out);
        print_json(s, false, out);
    }
    if (!ail_output_wants_text(out))
        return;
    GArray *all = lines(s, true);
    if (all->len) {
        print_table(s, true, w->top, out);
        ail_output_text(out, "\n");
        print_table(s, false, w->top, out);
    } else {
        bool any = w->has_pid || w->comm || w->module || w->kernel || w->user;
        ail_output_text(out, "%s\n",
                        any ? "No code that was asked for ran in this trace."
                            : "No code ran in this trace.");
    }
    g_array_free(all, TRUE);
}
