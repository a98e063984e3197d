/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who runs: programs of processes, or address spaces while no task is known. */
#include "analyzers/coverage_places_private.h"

#include <string.h>

/* What tells the task's process from earlier ones with the same number. */
static uint64_t leader(AilPlaces *p, const AilTask *task)
{
    if (task->pid == task->tgid)
        set_number(p->leaders, task->tgid, task->id);
    return get_number(p->leaders, task->tgid, task->id);
}

static uint32_t find_runner(AilPlaces *p)
{
    const AilTask *task = ail_guest_running(p->guest);
    char *key = task ? g_strdup_printf("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, leader(p, task),
                                       task->mm)
                     : g_strdup_printf("asid %" G_GUINT64_FORMAT, p->asid);
    guint i = GPOINTER_TO_UINT(g_hash_table_lookup(p->by_key, key));
    if (i) {
        g_free(key);
    } else {
        Runner r = {.known = task != NULL,
                    .pid = task ? task->tgid : 0,
                    .asid = p->asid,
                    .mm = task ? task->mm : 0,
                    .comm = g_strdup(""),
                    .spots = g_array_new(FALSE, FALSE, sizeof(Spot))};
        g_array_append_val(p->runners, r);
        i = p->runners->len;
        g_hash_table_insert(p->by_key, key, GUINT_TO_POINTER(i));
    }
    Runner *r = &g_array_index(p->runners, Runner, i - 1);
    if (task && (task->pid == task->tgid || !*r->comm) && strcmp(r->comm, task->comm)) {
        g_free(r->comm);
        r->comm = g_strdup(task->comm);
    }
    return i - 1;
}

uint32_t ail_places_runner(AilPlaces *p)
{
    if (p->runner < 0)
        p->runner = find_runner(p);
    return (uint32_t)p->runner;
}

Runner *ail_places_current(AilPlaces *p)
{
    Runner *r = &g_array_index(p->runners, Runner, ail_places_runner(p));
    uint64_t maps = get_number(p->maps, r->mm, 0);
    if (!r->view || r->spaces != p->spaces || r->maps != maps) {
        r->spaces = p->spaces;
        r->maps = maps;
        r->view = ++p->views;
        g_array_set_size(r->spots, 0);
    }
    return r;
}

uint64_t ail_places_view(AilPlaces *p)
{
    return ail_places_current(p)->view;
}

uint32_t ail_places_n_runners(const AilPlaces *p)
{
    return p->runners->len;
}

AilRunner ail_places_runner_at(const AilPlaces *p, uint32_t i)
{
    const Runner *r = &g_array_index(p->runners, Runner, i);
    return (AilRunner){r->known, r->pid, r->asid, r->comm};
}
