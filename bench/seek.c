/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long until the instruction at some icount is there?  bench-seek TRACE [COLUMNS]
 * Prints one line of JSON, all in milliseconds: a new reader that opens the trace, seeks and
 * decodes the chunk there (`open_*`), and one that is open already (`seek_*`); median and worst of
 * SEEKS icounts, the same in every run.
 */
#include "trace/reader.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>

enum { SEEKS = 41 };

static bool fail(AilTraceReader *r)
{
    fprintf(stderr, "bench-seek: %s\n", ail_trace_reader_error(r));
    return false;
}

static bool seek(AilTraceReader *r, uint64_t icount)
{
    const AilChunk *c;
    if (ail_trace_reader_seek(r, icount) != AIL_OK || ail_trace_reader_next(r, &c) != AIL_OK)
        return fail(r);
    return c->icount <= icount && icount - c->icount < c->insns;
}

static bool open_and_seek(const char *path, uint32_t columns, uint64_t icount)
{
    AilTraceReader *r = ail_trace_reader_new();
    bool good =
        (ail_trace_reader_open(r, path, columns, 0) == AIL_OK || fail(r)) && seek(r, icount);
    ail_trace_reader_free(r);
    return good;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void print(const char *name, double *ms, const char *end)
{
    qsort(ms, SEEKS, sizeof *ms, by_size);
    printf("\"%s_median\":%.2f,\"%s_worst\":%.2f%s", name, ms[SEEKS / 2], name, ms[SEEKS - 1], end);
}

int main(int argc, char **argv)
{
    uint32_t columns = argc == 3 ? ail_columns_parse(argv[2]) : AIL_COL_FLOW;
    if ((argc != 2 && argc != 3) || !columns) {
        fprintf(stderr, "usage: bench-seek TRACE [COLUMNS]\n");
        return 2;
    }
    AilTraceReader *r = ail_trace_reader_new();
    double opened[SEEKS], sought[SEEKS];
    bool good = ail_trace_reader_open(r, argv[1], columns, 0) == AIL_OK || fail(r);
    uint64_t total = good ? ail_trace_reader_total(r) : 0, at = 0;
    for (int i = 0; good && i < SEEKS; i++) {
        at = (at + (uint64_t)((double)total * 0.6180339887)) % total; /* all over the trace */
        gint64 begin = g_get_monotonic_time();
        good = open_and_seek(argv[1], columns, at);
        gint64 middle = g_get_monotonic_time();
        good = good && seek(r, at);
        opened[i] = (double)(middle - begin) / 1e3;
        sought[i] = (double)(g_get_monotonic_time() - middle) / 1e3;
    }
    ail_trace_reader_free(r);
    if (!good)
        return 1;
    printf("{\"instructions\":%" G_GUINT64_FORMAT ",", total);
    print("open", opened, ",");
    print("seek", sought, "}\n");
    return 0;
}
