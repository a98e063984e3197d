/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The summary: how often each system call was made, how often in vain, and how long it took. */
#include "analyzers/syscalls_private.h"

#include <inttypes.h>

typedef struct Row {
    char *name; /* owned */
    uint64_t calls, errors, insns;
} Row;

struct SyscallCounts {
    GHashTable *rows; /* row->name -> row; owned */
};

static void row_free(gpointer p)
{
    Row *row = p;
    g_free(row->name);
    g_free(row);
}

SyscallCounts *syscalls_counts_new(void)
{
    SyscallCounts *c = g_new0(SyscallCounts, 1);
    c->rows = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, row_free);
    return c;
}

void syscalls_counts_free(SyscallCounts *c)
{
    g_hash_table_destroy(c->rows);
    g_free(c);
}

void syscalls_counts_add(SyscallCounts *c, const char *name, bool failed, uint64_t insns)
{
    Row *row = g_hash_table_lookup(c->rows, name);
    if (!row && g_hash_table_size(c->rows) >= SYSCALLS_MAX_ROWS) {
        name = "(others)";
        row = g_hash_table_lookup(c->rows, name);
    }
    if (!row) {
        row = g_new0(Row, 1);
        row->name = g_strdup(name);
        g_hash_table_insert(c->rows, row->name, row);
    }
    row->calls++;
    row->errors += failed;
    row->insns += insns;
}

static gint by_insns(gconstpointer a, gconstpointer b)
{
    const Row *x = a, *y = b;
    if (x->insns != y->insns)
        return x->insns < y->insns ? 1 : -1;
    return g_strcmp0(x->name, y->name);
}

static void put_record(AilOutput *out, const Row *row)
{
    ail_json_begin(out, "syscalls");
    ail_json_text(out, "call", row->name);
    ail_json_number(out, "calls", row->calls);
    ail_json_number(out, "errors", row->errors);
    ail_json_number(out, "instructions", row->insns);
    ail_json_end(out);
}

static void print_row(AilOutput *out, const Row *row, uint64_t all)
{
    char errors[24] = "";
    if (row->errors)
        g_snprintf(errors, sizeof errors, "%" PRIu64, row->errors);
    ail_output_text(out, "%6.2f %16" PRIu64 " %14" PRIu64 " %9" PRIu64 " %9s %s\n",
                    all ? 100.0 * (double)row->insns / (double)all : 0, row->insns,
                    row->calls ? row->insns / row->calls : 0, row->calls, errors, row->name);
}

void syscalls_counts_print(SyscallCounts *c, AilOutput *out)
{
    GList *rows = g_list_sort(g_hash_table_get_values(c->rows), by_insns);
    Row total = {.name = (char *)"total"};
    for (const GList *r = rows; r; r = r->next) {
        const Row *row = r->data;
        total.calls += row->calls;
        total.errors += row->errors;
        total.insns += row->insns;
    }
    for (const GList *r = rows; r && ail_output_wants_records(out); r = r->next)
        put_record(out, r->data);
    if (ail_output_wants_text(out)) {
        ail_output_styled(out, AIL_STYLE_STRONG, "%6s %16s %14s %9s %9s %s\n", "share",
                          "instructions", "a call", "calls", "errors", "system call");
        for (const GList *r = rows; r; r = r->next)
            print_row(out, r->data, total.insns);
        print_row(out, &total, total.insns);
    }
    g_list_free(rows);
}
