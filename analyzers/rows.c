/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/rows.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 32 << 20 };

/* A temporary file with rows in order, and the next of them. */
typedef struct Run {
    FILE *file; /* owned */
    void *row;  /* owned */
    bool at_end;
} Run;

struct AilRows {
    const AilRowKind *kind;
    size_t room, cap, n; /* rows */
    uint8_t *rows;       /* owned */
    GArray *runs;        /* of Run, owned */
    uint8_t *smallest;   /* owned: scratch of one row */
};

AilRows *ail_rows_new(const AilRowKind *kind, size_t room)
{
    AilRows *r = g_new0(AilRows, 1);
    r->kind = kind;
    r->room = MAX((room ? room : ROOM) / kind->size, 2);
    r->runs = g_array_new(FALSE, FALSE, sizeof(Run));
    r->smallest = g_malloc(kind->size);
    return r;
}

void ail_rows_free(AilRows *r)
{
    if (!r)
        return;
    for (guint i = 0; i < r->runs->len; i++) {
        fclose(g_array_index(r->runs, Run, i).file);
        g_free(g_array_index(r->runs, Run, i).row);
    }
    g_array_free(r->runs, TRUE);
    g_free(r->smallest);
    g_free(r->rows);
    g_free(r);
}

/* Put what is in memory in order and make one of those that are the same. */
static void settle(AilRows *r)
{
    size_t size = r->kind->size, n = 0;
    if (r->n)
        qsort(r->rows, r->n, size, r->kind->compare);
    for (size_t i = 0; i < r->n; i++) {
        const uint8_t *row = r->rows + i * size;
        uint8_t *last = r->rows + (n ? n - 1 : 0) * size;
        if (n && !r->kind->compare(last, row))
            r->kind->fold(last, row);
        else
            memmove(r->rows + n++ * size, row, size);
    }
    r->n = n;
}

/* Without a name, so that nothing is left behind. */
static FILE *temporary_file(void)
{
    char *name = g_build_filename(g_get_tmp_dir(), "ailurus-XXXXXX", NULL);
    int fd = g_mkstemp(name);
    if (fd >= 0)
        g_unlink(name);
    g_free(name);
    return fd < 0 ? NULL : fdopen(fd, "w+");
}

/* Put the rows in memory, which are in order, into a file of their own. */
static AilStatus spill(AilRows *r, AilError *err)
{
    FILE *file = temporary_file();
    if (!file || fwrite(r->rows, r->kind->size, r->n, file) != r->n || fflush(file)) {
        int why = errno;
        if (file)
            fclose(file);
        return ail_error_set_errno(err, why, "cannot write a temporary file in %s",
                                   g_get_tmp_dir());
    }
    Run run = {.file = file, .row = g_malloc(r->kind->size)};
    g_array_append_val(r->runs, run);
    r->n = 0;
    return AIL_OK;
}

AilStatus ail_rows_add(AilRows *r, const void *row, AilError *err)
{
    if (r->n == r->cap && r->cap == r->room) {
        settle(r);
        if (r->n > r->room / 2 && spill(r, err) != AIL_OK)
            return AIL_ERR;
    } else if (r->n == r->cap) {
        r->cap = MIN(MAX(256, 2 * r->cap), r->room);
        r->rows = g_realloc_n(r->rows, r->cap, r->kind->size);
    }
    memcpy(r->rows + r->n++ * r->kind->size, row, r->kind->size);
    return AIL_OK;
}

static AilStatus next_row(const AilRows *r, Run *run, AilError *err)
{
    run->at_end = fread(run->row, r->kind->size, 1, run->file) != 1;
    if (run->at_end && ferror(run->file))
        return ail_error_set_errno(err, errno, "cannot read a temporary file");
    return AIL_OK;
}

/* The smallest row of all runs into r->smallest, folded from all that have it. */
static bool take_smallest(AilRows *r, AilStatus *status, AilError *err)
{
    const Run *first = NULL;
    for (guint i = 0; i < r->runs->len; i++) {
        const Run *run = &g_array_index(r->runs, Run, i);
        if (!run->at_end && (!first || r->kind->compare(run->row, first->row) < 0))
            first = run;
    }
    if (!first)
        return false;
    bool taken = false;
    memcpy(r->smallest, first->row, r->kind->size);
    for (guint i = 0; i < r->runs->len && *status == AIL_OK; i++) {
        Run *run = &g_array_index(r->runs, Run, i);
        if (run->at_end || r->kind->compare(run->row, r->smallest))
            continue;
        if (taken)
            r->kind->fold(r->smallest, run->row);
        else
            memcpy(r->smallest, run->row, r->kind->size);
        taken = true;
        *status = next_row(r, run, err);
    }
    return *status == AIL_OK;
}

AilStatus ail_rows_each(AilRows *r, AilStatus (*each)(void *user, const void *row), void *user,
                        AilError *err)
{
    AilStatus status = AIL_OK;
    settle(r);
    if (!r->runs->len) {
        for (size_t i = 0; i < r->n && status == AIL_OK; i++)
            status = each(user, r->rows + i * r->kind->size);
        return status;
    }
    if (r->n)
        status = spill(r, err);
    for (guint i = 0; i < r->runs->len && status == AIL_OK; i++) {
        Run *run = &g_array_index(r->runs, Run, i);
        rewind(run->file);
        status = next_row(r, run, err);
    }
    while (status == AIL_OK && take_smallest(r, &status, err))
        status = each(user, r->smallest);
    return status;
}
