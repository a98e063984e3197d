/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/runs.h"

#include <glib.h>
#include <stdlib.h>

/* When a run was put into the table: it is over a window later unless it was continued. */
typedef struct Deadline {
    uint64_t icount;
    uint32_t at; /* in the table */
} Deadline;

/* `deadlines` is a ring, oldest first. When there are more than it has room for, the oldest is
 * forgotten: that run stays in the filter until it is found to be over. */
struct AilRuns {
    AilRun table[AIL_RUNS_MAX];
    uint64_t next[AIL_RUNS_MAX]; /* of those in use; close together, since it is looked at often */
    uint16_t filter[AIL_RUNS_FILTER];
    Deadline deadlines[AIL_RUNS_MAX];
    uint32_t first, n_deadlines;
    uint32_t n;
    uint64_t window;
    uint64_t forgotten;
};

AilRuns *ail_runs_new(uint64_t window)
{
    AilRuns *r = g_new0(AilRuns, 1);
    r->window = window;
    return r;
}

void ail_runs_free(AilRuns *r)
{
    g_free(r);
}

uint64_t ail_runs_window(const AilRuns *r)
{
    return r->window;
}

static size_t bucket_of(uint64_t granule)
{
    uint64_t h = granule * 0x9e3779b97f4a7c15u >> 40;
    return h % (AIL_RUNS_MAX / AIL_RUNS_WAYS) * AIL_RUNS_WAYS;
}

AilRun *ail_runs_bucket(AilRuns *r, uint64_t granule)
{
    return &r->table[bucket_of(granule)];
}

unsigned ail_runs_touched(const AilRuns *r, uint64_t granule, uint64_t addr, uint32_t size)
{
    const uint64_t *next = &r->next[bucket_of(granule)];
    unsigned touched = 0;
    for (unsigned i = 0; i < AIL_RUNS_WAYS; i++)
        touched |= (unsigned)(next[i] - addr <= size) << i;
    return touched;
}

bool ail_runs_touch(const AilRuns *r, uint64_t addr, uint32_t size)
{
    uint64_t first = addr >> 4, last = (addr + size) >> 4;
    return ail_runs_touched(r, first, addr, size) ||
           (first != last && ail_runs_touched(r, last, addr, size));
}

/* An access that a run continues in starts at most 16 bytes before. */
static void count(AilRuns *r, const AilRun *run, int by)
{
    uint16_t *here = &r->filter[ail_runs_place(run->next)];
    uint16_t *before = &r->filter[ail_runs_place(run->next - 16)];
    *here = (uint16_t)(*here + by);
    *before = (uint16_t)(*before + by);
    r->n += (uint32_t)by;
}

void ail_runs_drop(AilRuns *r, AilRun *run)
{
    count(r, run, -1);
    run->state = 0;
    r->next[run - r->table] = 0;
}

bool ail_runs_live(AilRuns *r, AilRun *run, uint64_t granule, uint64_t icount)
{
    if (run->state && icount - run->icount > r->window)
        ail_runs_drop(r, run);
    return run->state && run->next >> 4 == granule;
}

void ail_runs_drop_overdue(AilRuns *r, uint64_t icount)
{
    while (r->n_deadlines) {
        const Deadline *d = &r->deadlines[r->first];
        if (icount - d->icount <= r->window && r->n_deadlines < AIL_RUNS_MAX)
            return;
        AilRun *run = &r->table[d->at];
        if (run->state && icount - run->icount > r->window)
            ail_runs_drop(r, run);
        r->first = (r->first + 1) % AIL_RUNS_MAX;
        r->n_deadlines--;
    }
}

static void add_deadline(AilRuns *r, const AilRun *run)
{
    ail_runs_drop_overdue(r, run->icount);
    uint32_t at = (r->first + r->n_deadlines++) % AIL_RUNS_MAX;
    r->deadlines[at] = (Deadline){run->icount, (uint32_t)(run - r->table)};
}

static bool same_run(const AilRun *a, const AilRun *b)
{
    return a->state == b->state && a->next == b->next && a->asid == b->asid && a->write == b->write;
}

void ail_runs_put(AilRuns *r, const AilRun *run)
{
    AilRun *bucket = ail_runs_bucket(r, run->next >> 4), *to = bucket;
    for (unsigned i = 0; i < AIL_RUNS_WAYS; i++) {
        AilRun *b = &bucket[i];
        if (same_run(b, run)) {
            to = b;
            break;
        }
        if (to->state && (!b->state || b->icount < to->icount))
            to = b;
    }
    if (to->state && !same_run(to, run) && run->icount - to->icount <= r->window)
        r->forgotten++;
    if (to->state)
        ail_runs_drop(r, to);
    *to = *run;
    r->next[to - r->table] = run->next;
    count(r, to, 1);
    add_deadline(r, to);
}

void ail_runs_expire(AilRuns *r, uint64_t icount)
{
    for (uint32_t i = 0; r->n && i < AIL_RUNS_MAX; i++)
        if (r->table[i].state && icount - r->table[i].icount > r->window)
            ail_runs_drop(r, &r->table[i]);
}

static int by_icount(const void *a, const void *b)
{
    const AilRun *x = *(const AilRun *const *)a, *y = *(const AilRun *const *)b;
    return x->icount < y->icount ? -1 : x->icount > y->icount;
}

void ail_runs_move(AilRuns *r, uint64_t icount, AilRuns *to)
{
    ail_runs_expire(r, icount);
    GPtrArray *all = g_ptr_array_new();
    for (uint32_t i = 0; r->n && i < AIL_RUNS_MAX; i++)
        if (r->table[i].state)
            g_ptr_array_add(all, &r->table[i]);
    if (all->len)
        qsort(all->pdata, all->len, sizeof *all->pdata, by_icount);
    for (guint i = 0; i < all->len; i++) {
        ail_runs_put(to, all->pdata[i]);
        ail_runs_drop(r, all->pdata[i]);
    }
    g_ptr_array_free(all, TRUE);
    r->n_deadlines = 0;
    to->forgotten += ail_runs_forgotten(r);
}

bool ail_runs_any(const AilRuns *r)
{
    return r->n != 0;
}

uint64_t ail_runs_forgotten(AilRuns *r)
{
    uint64_t n = r->forgotten;
    r->forgotten = 0;
    return n;
}

const uint16_t *ail_runs_filter(const AilRuns *r)
{
    return r->filter;
}
