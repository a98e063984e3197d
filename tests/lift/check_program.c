/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Run an instruction's taint program on a state in which everything has a label of its own. */
#include <string.h>

#include "tests/lift/check.h"

static void put_access(GArray *to, uint64_t address, bool write)
{
    AilTaintAccess a = {
        .addr = address, .phys = address, .phys2 = AIL_TAINT_NOWHERE, .size = 1, .write = write};
    g_array_append_val(to, a);
}

/* The accesses as a trace would have them. Where operations do not say them: all of the window. */
static GArray *list_of(const CheckAccesses *was)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(AilTaintAccess));
    if (was->anywhere) {
        for (unsigned i = 0; i < 2 * WINDOW_SIZE; i++)
            put_access(list, WINDOW + i % WINDOW_SIZE, i >= WINDOW_SIZE);
        return list;
    }
    for (unsigned i = 0; i < was->loads->len; i++)
        put_access(list, g_array_index(was->loads, uint64_t, i), false);
    for (unsigned i = 0; i < was->stores->len; i++)
        put_access(list, g_array_index(was->stores, uint64_t, i), true);
    return list;
}

void check_program(Check *c, unsigned pass, const CheckAccesses *was, AilCell *cell)
{
    AilTaint *t = c->taint;
    const Atoms *atoms = &c->atoms;
    GArray *list = list_of(was);
    memset(t->state, 0, sizeof t->state);
    for (unsigned i = 0; i < atoms->n_atoms; i++) {
        const Atom *a = &atoms->atom[i];
        if (a->cell == NO_CELL)
            ail_taint_set_memory(t, WINDOW + (i - atoms->first_window), c->one[i]);
        else
            t->state[a->cell] = c->one[i];
    }
    memset(&t->tainted, 0xff, sizeof t->tainted);
    c->branch = 0;
    if (was->iterations)
        ail_taint_run(t, c->program[pass], 0, 1, (AilTaintAccess *)list->data, list->len);
    for (unsigned i = 0; i < atoms->n_atoms; i++) {
        const Atom *a = &atoms->atom[i];
        cell[i] = a->cell == NO_CELL ? ail_shadow_get(t->shadow, WINDOW + (i - atoms->first_window))
                                     : t->state[a->cell];
    }
    cell[LABEL_PC] = c->branch;
    g_array_free(list, TRUE);
}
