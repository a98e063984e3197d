/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/tally.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROOM = 1 << 20 };

/* A temporary file with rows in order, and the next of them. */
typedef struct Run {
    FILE *file; /* owned */
    AilTallyRow row;
    bool at_end;
} Run;

struct AilTally {
    uint32_t room;
    AilTallyRow *rows; /* owned; as they were added */
    uint32_t n, cap;
    uint32_t *slots; /* owned; hash -> index in rows + 1; 0: free */
    uint32_t mask;
    GArray *runs; /* of Run, owned */
};

AilTally *ail_tally_new(uint32_t room)
{
    AilTally *t = g_new0(AilTally, 1);
    t->room = room ? room : ROOM;
    t->runs = g_array_new(FALSE, FALSE, sizeof(Run));
    return t;
}

void ail_tally_free(AilTally *t)
{
    if (!t)
        return;
    for (guint i = 0; i < t->runs->len; i++)
        fclose(g_array_index(t->runs, Run, i).file);
    g_array_free(t->runs, TRUE);
    g_free(t->rows);
    g_free(t->slots);
    g_free(t);
}

AilTallyRow ail_tally_row(const AilBlock *b)
{
    uint64_t code = 0xcbf29ce484222325u;
    for (uint32_t i = 0; i < b->size; i++)
        code = (code ^ b->bytes[i]) * 0x100000001b3u;
    return (AilTallyRow){
        .pc = b->pc, .code = code, .n_insns = b->n_insns, .mode = b->mode, .user = b->user};
}

static int order(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

int ail_tally_compare(const AilTallyRow *a, const AilTallyRow *b)
{
    int c = order(a->pc, b->pc);
    c = c ? c : order(a->n_insns, b->n_insns);
    c = c ? c : order(a->mode, b->mode);
    c = c ? c : order(a->user, b->user);
    return c ? c : order(a->code, b->code);
}

static int compare(const void *a, const void *b)
{
    return ail_tally_compare(a, b);
}

static uint32_t hash(const AilTallyRow *row)
{
    uint64_t h = (row->pc ^ row->code ^ row->user) * 0x9e3779b97f4a7c15u + row->n_insns;
    return (uint32_t)(h >> 32 ^ h >> 12);
}

/* The slot of the row: where it is, or the free one where it belongs. */
static uint32_t *find_slot(const AilTally *t, const AilTallyRow *row)
{
    uint32_t i = hash(row) & t->mask;
    while (t->slots[i] && ail_tally_compare(&t->rows[t->slots[i] - 1], row))
        i = (i + 1) & t->mask;
    return &t->slots[i];
}

/* At most half of the slots are taken. */
static void grow(AilTally *t)
{
    t->cap = MIN(MAX(4096, 2 * t->cap), t->room);
    t->rows = g_renew(AilTallyRow, t->rows, t->cap);
    uint32_t n_slots = 1;
    while (n_slots < 2 * t->cap)
        n_slots *= 2;
    g_free(t->slots);
    t->slots = g_new0(uint32_t, n_slots);
    t->mask = n_slots - 1;
    for (uint32_t i = 0; i < t->n; i++)
        *find_slot(t, &t->rows[i]) = i + 1;
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

/* Put all rows in memory into a file of their own. */
static AilStatus spill(AilTally *t, AilError *err)
{
    FILE *file = temporary_file();
    qsort(t->rows, t->n, sizeof *t->rows, compare);
    if (!file || fwrite(t->rows, sizeof *t->rows, t->n, file) != t->n || fflush(file)) {
        int why = errno;
        if (file)
            fclose(file);
        return ail_error_set_errno(err, why, "cannot write a temporary file in %s",
                                   g_get_tmp_dir());
    }
    Run run = {.file = file};
    g_array_append_val(t->runs, run);
    memset(t->slots, 0, (t->mask + 1ull) * sizeof *t->slots);
    t->n = 0;
    return AIL_OK;
}

AilStatus ail_tally_add(AilTally *t, const AilTallyRow *row, AilError *err)
{
    uint32_t *slot = t->slots ? find_slot(t, row) : NULL;
    if (slot && *slot) {
        t->rows[*slot - 1].runs += row->runs;
        t->rows[*slot - 1].insns += row->insns;
        return AIL_OK;
    }
    if (t->n == t->cap) {
        if (t->cap < t->room)
            grow(t);
        else if (spill(t, err) != AIL_OK)
            return AIL_ERR;
        slot = find_slot(t, row);
    }
    t->rows[t->n++] = *row;
    *slot = t->n;
    return AIL_OK;
}

static AilStatus next_row(Run *run, AilError *err)
{
    run->at_end = fread(&run->row, sizeof run->row, 1, run->file) != 1;
    if (run->at_end && ferror(run->file))
        return ail_error_set_errno(err, errno, "cannot read a temporary file");
    return AIL_OK;
}

static AilStatus rewind_runs(AilTally *t, AilError *err)
{
    AilStatus status = AIL_OK;
    for (guint i = 0; i < t->runs->len && status == AIL_OK; i++) {
        Run *run = &g_array_index(t->runs, Run, i);
        rewind(run->file);
        status = next_row(run, err);
    }
    return status;
}

/* The smallest row of all runs; *row has its counts from all of them. False: there is none. */
static bool take_smallest(AilTally *t, AilTallyRow *row, AilStatus *status, AilError *err)
{
    const Run *smallest = NULL;
    for (guint i = 0; i < t->runs->len; i++) {
        const Run *run = &g_array_index(t->runs, Run, i);
        if (!run->at_end && (!smallest || ail_tally_compare(&run->row, &smallest->row) < 0))
            smallest = run;
    }
    if (!smallest)
        return false;
    *row = smallest->row;
    row->runs = row->insns = 0;
    for (guint i = 0; i < t->runs->len && *status == AIL_OK; i++) {
        Run *run = &g_array_index(t->runs, Run, i);
        if (run->at_end || ail_tally_compare(&run->row, row))
            continue;
        row->runs += run->row.runs;
        row->insns += run->row.insns;
        *status = next_row(run, err);
    }
    return *status == AIL_OK;
}

AilStatus ail_tally_each(AilTally *t, AilStatus (*each)(void *user, const AilTallyRow *row),
                         void *user, AilError *err)
{
    AilStatus status = AIL_OK;
    AilTallyRow row;
    if (!t->runs->len) {
        if (t->n)
            qsort(t->rows, t->n, sizeof *t->rows, compare);
        for (uint32_t i = 0; i < t->n && status == AIL_OK; i++)
            status = each(user, &t->rows[i]);
        return status;
    }
    if (t->n)
        status = spill(t, err);
    if (status == AIL_OK)
        status = rewind_runs(t, err);
    while (status == AIL_OK && take_smallest(t, &row, &status, err))
        status = each(user, &row);
    return status;
}
