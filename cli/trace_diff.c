/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `ailurus trace diff`: whether two traces hold the same execution. */
#include "cli/trace_tools.h"

#include "analyzers/output.h"
#include "cli/threads.h"
#include "formats/text.h"
#include "trace/diff.h"

#include <inttypes.h>
#include <string.h>

enum { SAME = 0, DIFFERENT = 1, TROUBLE = 2 }; /* exit statuses, as diff(1) has them */

static const struct {
    const char *name, *counts;
} columns[AIL_N_COLUMNS] = {
    {"code", "instructions"}, {"flow", "instructions"}, {"addr", "accesses"},
    {"data", "accesses"},     {"event", "events"},      {"sync", "sets of registers"},
    {"xlate", "accesses"},
};

typedef struct Printer {
    const AilTraceDiff *diff;
    char *name[2]; /* owned: of the files, for people */
    AilDisassembly *disassembly;
} Printer;

static void print_insn(const Printer *p, const AilPlace *place)
{
    printf("%" PRIu64 " %c %016" PRIx64 "  ", place->icount, place->user ? 'u' : 'k', place->pc);
    ail_trace_print_insn(p->disassembly, place->mode, place->pc, place->bytes, place->size);
}

static void print_access(const Printer *p, const AilPlace *place, AilArch arch)
{
    unsigned size = 1u << (place->info & AIL_ACCESS_SIZE_SHIFT);
    print_insn(p, place);
    printf("  %s#%u [0x%" PRIx64 "]%s", place->incomplete ? "(did not complete) " : "",
           place->access, place->addr, place->info & AIL_ACCESS_STORE ? "<-" : "=");
    if (place->has_value)
        ail_trace_print_value(arch, place->value, place->high, size);
    else
        printf("%u bytes", size);
    if (place->has_phys)
        ail_trace_print_phys(" @", place->phys);
    if (place->crosses)
        ail_trace_print_phys("+", place->next);
}

static void print_register(const AilPlace *place)
{
    printf("%" PRIu64 " %s", place->icount, place->reg);
    for (uint32_t i = 0; i < place->reg_size; i++)
        printf(" %02x", place->reg_bytes[i]);
}

static void print_nothing(const AilPlace *place)
{
    if (place->ended)
        printf("(the trace has ended)");
    else
        printf("%" PRIu64 " (nothing)", place->icount);
}

/* A line as `trace dump` has it. */
static void print_place(const Printer *p, int which, const AilPlace *place)
{
    printf("  %c ", which ? '>' : '<');
    if (place->kind == AIL_PLACE_EVENT)
        ail_trace_print_event(&place->event); /* with its newline */
    else if (place->kind == AIL_PLACE_ACCESS)
        print_access(p, place, p->diff->arch[which]);
    else if (place->kind == AIL_PLACE_INSN)
        print_insn(p, place);
    else if (place->kind == AIL_PLACE_REGISTER)
        print_register(place);
    else
        print_nothing(place);
    if (place->kind == AIL_PLACE_INSN || place->kind == AIL_PLACE_ACCESS)
        printf("  in block %016" PRIx64, place->block);
    if (place->kind != AIL_PLACE_EVENT)
        putchar('\n');
}

static void print_column(const Printer *p, int n)
{
    const AilColumnDiff *d = &p->diff->column[n];
    uint32_t bit = 1u << n;
    if (!(p->diff->columns & bit)) {
        int without = p->diff->has[0] & bit ? 1 : 0;
        if (p->diff->has[0] & p->diff->has[1] & bit)
            printf("%-6s not compared: the traces have other registers\n", columns[n].name);
        else if (p->diff->has[!without] & bit)
            printf("%-6s not compared: %s has none\n", columns[n].name, p->name[without]);
        return;
    }
    printf("%-6s %s %" PRIu64 " %s\n", columns[n].name, d->differs ? "differs after" : "same:",
           d->differs ? d->compared - (d->compared > 0) : d->compared, columns[n].counts);
    for (int i = 0; i < 2 && d->differs; i++)
        print_place(p, i, &d->place[i]);
}

static void print_text(const Printer *p)
{
    const AilTraceDiff *diff = p->diff;
    if (diff->first < 0)
        printf("%s and %s hold the same execution\n", p->name[0], p->name[1]);
    else
        printf("%s (<) and %s (>) differ, first in %s\n", p->name[0], p->name[1],
               columns[diff->first].name);
    if (!diff->recordings)
        puts("they are of different recordings");
    for (int i = 0; i < 2; i++)
        if (diff->first >= 0 && diff->begin[i] > diff->begin[!i])
            printf("%s begins at instruction %" PRIu64 ": --from or --shift may be missing\n",
                   p->name[i], diff->begin[i]);
    for (int n = 0; n < AIL_N_COLUMNS; n++)
        print_column(p, n);
}

/* --- JSON --- */

static void json_access(AilOutput *out, const AilPlace *place)
{
    ail_json_number(out, "access", place->access);
    ail_json_bool(out, "complete", !place->incomplete);
    ail_json_bool(out, "store", place->info & AIL_ACCESS_STORE);
    ail_json_number(out, "size", 1u << (place->info & AIL_ACCESS_SIZE_SHIFT));
    ail_json_address(out, "address", place->addr);
    if (place->has_value) {
        ail_json_address(out, "value", place->value);
        ail_json_address(out, "high", place->high);
    }
    if (place->has_phys && place->phys != AIL_PHYS_NONE)
        ail_json_address(out, "physical", place->phys);
    if (place->crosses && place->next != AIL_PHYS_NONE)
        ail_json_address(out, "physical_next", place->next);
}

static void json_event(AilOutput *out, const AilEvent *e)
{
    ail_json_number(out, "type", e->type);
    ail_json_address(out, "value", e->value);
    ail_json_address(out, "event_pc", e->pc);
    ail_json_number(out, "length", e->len);
}

static void json_place(AilOutput *out, const AilPlace *place)
{
    static const char *const kinds[] = {"nothing", "instruction", "access", "event", "register"};
    ail_json_object(out, NULL);
    ail_json_text(out, "has", place->ended ? "ended" : kinds[place->kind]);
    ail_json_number(out, "icount", place->icount);
    if (place->has_insn) {
        ail_json_address(out, "block", place->block);
        ail_json_address(out, "pc", place->pc);
    }
    if (place->kind == AIL_PLACE_ACCESS)
        json_access(out, place);
    if (place->kind == AIL_PLACE_EVENT)
        json_event(out, &place->event);
    if (place->kind == AIL_PLACE_REGISTER)
        ail_json_text(out, "register", place->reg);
    ail_json_object_end(out);
}

static void json_column(AilOutput *out, const AilTraceDiff *diff, int n)
{
    const AilColumnDiff *d = &diff->column[n];
    ail_json_object(out, columns[n].name);
    ail_json_bool(out, "same", !d->differs);
    ail_json_number(out, "compared", d->compared);
    if (d->differs) {
        ail_json_array(out, "places");
        for (int i = 0; i < 2; i++)
            json_place(out, &d->place[i]);
        ail_json_array_end(out);
    }
    ail_json_object_end(out);
}

static void print_json(const AilTraceDiff *diff, char **paths)
{
    AilOutput *out = ail_output_new(stdout, AIL_OUTPUT_JSON, 0);
    ail_json_begin(out, "trace_diff");
    ail_json_bool(out, "same", diff->first < 0);
    ail_json_array(out, "files");
    for (int i = 0; i < 2; i++)
        ail_json_text(out, NULL, paths[i]);
    ail_json_array_end(out);
    ail_json_bool(out, "same_recording", diff->recordings);
    if (diff->first >= 0)
        ail_json_text(out, "first", columns[diff->first].name);
    ail_json_object(out, "columns");
    for (int n = 0; n < AIL_N_COLUMNS; n++)
        if (diff->columns & 1u << n)
            json_column(out, diff, n);
    ail_json_object_end(out);
    ail_json_end(out);
    ail_output_free(out);
}

/* --- */

static void print(const AilTraceDiff *diff, const AilTraceOptions *o, char **paths)
{
    Printer p = {.diff = diff};
    for (int i = 0; i < 2; i++)
        p.name[i] = ail_text_disarm(g_strdup(paths[i]));
    p.disassembly = ail_trace_disassembly_new();
    if (o->json)
        print_json(diff, paths);
    else
        print_text(&p);
    for (int i = 0; i < 2; i++) {
        if (!diff->complete[i])
            ail_cli_fail("trace", "%s: incomplete: its writer was stopped", paths[i]);
        g_free(p.name[i]);
    }
    ail_trace_disassembly_free(p.disassembly);
}

static void show_progress(void *user, uint64_t done, uint64_t total)
{
    ail_progress_update(user, done, total);
}

static int compare(AilDiffAsk *ask, const AilTraceOptions *o, char **paths)
{
    AilTraceDiff diff;
    AilError err = {""};
    ask->user = ail_progress_start("comparing");
    AilStatus status = ail_trace_diff(ask, &diff, &err);
    ail_progress_end(ask->user);
    int code = diff.first < 0 ? SAME : DIFFERENT;
    if (status == AIL_OK) {
        print(&diff, o, paths);
    } else {
        ail_cli_fail("trace", "%s", err.text);
        code = TROUBLE;
    }
    ail_trace_diff_clear(&diff);
    return code;
}

int ail_trace_diff_files(const AilTraceOptions *o, char **paths)
{
    AilDiffAsk ask = {.path = {paths[0], paths[1]},
                      .columns = o->columns ? ail_columns_parse(o->columns) : AIL_COL_ALL,
                      .from = (uint64_t)o->from,
                      .to = o->to < 0 ? UINT64_MAX : (uint64_t)o->to,
                      .shift = (uint64_t)o->shift,
                      .threads = ail_threads("trace", o->threads),
                      .progress = show_progress};
    if (!ask.threads)
        return AIL_EXIT_USAGE;
    if (!ask.columns)
        return ail_trace_bad_columns(o->columns);
    if (o->shift < 0)
        return ail_cli_usage("trace", "--shift is not negative: give the two files the other way");
    if (!strcmp(paths[0], "-") && !strcmp(paths[1], "-"))
        return ail_cli_usage("trace", "only one of the traces can be standard input");
    return compare(&ask, o, paths);
}
