/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/functions.h"

#include <string.h>

static gint by_place(gconstpointer a, gconstpointer b)
{
    const AilFunction *x = a, *y = b;
    size_t bars[] = {strspn(x->name, "_"), strspn(y->name, "_")};
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    if (!x->size != !y->size)
        return x->size ? -1 : 1;
    return bars[0] != bars[1] ? (bars[0] < bars[1] ? -1 : 1) : strcmp(x->name, y->name);
}

void ail_functions_sort(GArray *functions)
{
    g_array_sort(functions, by_place);
}

const AilFunction *ail_functions_at(const GArray *functions, uint64_t at)
{
    guint low = 0, high = functions->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(functions, AilFunction, middle).at <= at)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low)
        return NULL;
    const AilFunction *best = &g_array_index(functions, AilFunction, low - 1);
    while (low > 1 && g_array_index(functions, AilFunction, low - 2).at == best->at)
        best = &g_array_index(functions, AilFunction, --low - 1);
    return !best->size || at - best->at < best->size ? best : NULL;
}
