/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel and its modules, with their symbols. */
#include "analyzers/guest_private.h"

#include <string.h>

static void module_clear(gpointer p)
{
    g_free((gpointer)((AilModule *)p)->name);
}

static void symbols_free(gpointer p)
{
    GuestSymbols *s = p;
    ail_kallsyms_free(s->table);
    g_free(s->bytes);
    g_free(s);
}

void ail_guest_kernel_init(AilGuest *g)
{
    g->modules = g_array_new(FALSE, FALSE, sizeof(AilModule));
    g_array_set_clear_func(g->modules, module_clear);
    g->module_symbols = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, symbols_free);
}

void ail_guest_kernel_clear(AilGuest *g)
{
    g_array_free(g->modules, TRUE);
    g_hash_table_destroy(g->module_symbols);
    g_clear_pointer(&g->symbols, symbols_free);
    g_free(g->banner);
}

static const AilKallsyms *table_of(GuestSymbols *s)
{
    AilError ignored;
    if (s && !s->table && s->bytes) {
        if (ail_kallsyms_load(s->bytes, s->len, "symbols", &s->table, &ignored) != AIL_OK)
            s->table = NULL;
        g_clear_pointer(&s->bytes, g_free);
    }
    return s ? s->table : NULL;
}

/* NULL: there are none, or no room for them. */
static GuestSymbols *symbols_new(AilGuest *g, const uint8_t *bytes, uint32_t len)
{
    size_t cost = len ? ail_kallsyms_cost(bytes, len) : SIZE_MAX;
    if (cost == SIZE_MAX || !ail_guest_afford(g, cost + len))
        return NULL;
    GuestSymbols *s = g_new0(GuestSymbols, 1);
    *s = (GuestSymbols){g_memdup2(bytes, len), len, cost + len, NULL};
    return s;
}

/* --- the kernel --- */

void ail_guest_take_kernel(AilGuest *g, const AilEvent *e)
{
    AilGuestKernel k;
    if (!ail_guest_kernel(e, &k) || !ail_guest_afford(g, k.banner.len + 1u))
        return;
    if (g->banner)
        ail_guest_forget(g, e->icount);
    g_free(g->banner);
    g_clear_pointer(&g->symbols, symbols_free);
    g->banner = g_strchomp(ail_guest_text_dup(k.banner));
    g->symbols = symbols_new(g, k.symbols, k.symbols_len);
    g->kernel_found = e->icount;
}

const char *ail_guest_banner(const AilGuest *g)
{
    return g->banner ? g->banner : "";
}

const AilKallsyms *ail_guest_kernel_symbols(const AilGuest *g)
{
    return table_of(g->symbols);
}

const char *ail_guest_kernel_symbol(const AilGuest *g, uint64_t addr, uint64_t *into)
{
    const AilKallsyms *table = ail_guest_kernel_symbols(g);
    AilKsym symbol;
    return table && ail_kallsyms_at(table, addr, &symbol, into) ? symbol.name : NULL;
}

/* --- modules --- */

/* How many of them begin at or below addr. */
static guint modules_up_to(const AilGuest *g, uint64_t addr)
{
    guint n = 0;
    while (n < g->modules->len && g_array_index(g->modules, AilModule, n).base <= addr)
        n++;
    return n;
}

static void forget_symbols(AilGuest *g, uint64_t base)
{
    const GuestSymbols *s = g_hash_table_lookup(g->module_symbols, &base);
    if (!s)
        return;
    g->left += s->cost;
    g_hash_table_remove(g->module_symbols, &base);
}

void ail_guest_forget_modules(AilGuest *g)
{
    for (guint i = 0; i < g->modules->len; i++)
        forget_symbols(g, g_array_index(g->modules, AilModule, i).base);
    g_array_set_size(g->modules, 0);
}

void ail_guest_take_module(AilGuest *g, const AilEvent *e)
{
    AilGuestText name;
    if (!ail_guest_text(e, &name))
        return;
    guint at = modules_up_to(g, e->value);
    forget_symbols(g, e->value);
    if (at && g_array_index(g->modules, AilModule, at - 1).base == e->value)
        g_array_remove_index(g->modules, --at);
    if (e->pc && g->modules->len < 4096 && ail_guest_afford(g, name.len + sizeof(AilModule))) {
        AilModule m = {e->value, e->pc, ail_guest_text_dup(name)};
        g_array_insert_val(g->modules, at, m);
    }
}

void ail_guest_take_module_symbols(AilGuest *g, const AilEvent *e)
{
    const uint8_t *bytes;
    uint32_t len;
    guint at = modules_up_to(g, e->value);
    if (!ail_guest_module_kallsyms(e, &bytes, &len) || !at ||
        g_array_index(g->modules, AilModule, at - 1).base != e->value)
        return;
    forget_symbols(g, e->value);
    GuestSymbols *s = symbols_new(g, bytes, len);
    if (s)
        g_hash_table_insert(g->module_symbols, g_memdup2(&e->value, sizeof e->value), s);
}

const AilModule *ail_guest_modules(const AilGuest *g, size_t *n)
{
    *n = g->modules->len;
    return (const AilModule *)(void *)g->modules->data;
}

const AilModule *ail_guest_module(const AilGuest *g, uint64_t addr)
{
    guint n = modules_up_to(g, addr);
    const AilModule *m = n ? &g_array_index(g->modules, AilModule, n - 1) : NULL;
    return m && addr - m->base < m->size ? m : NULL;
}

const AilKallsyms *ail_guest_module_symbols(const AilGuest *g, const AilModule *m)
{
    return table_of(g_hash_table_lookup(g->module_symbols, &m->base));
}

const char *ail_guest_module_symbol(const AilGuest *g, const AilModule *m, uint64_t addr,
                                    uint64_t *into)
{
    const AilKallsyms *table = ail_guest_module_symbols(g, m);
    AilKsym symbol;
    return table && ail_kallsyms_at(table, addr, &symbol, into) && symbol.address >= m->base
               ? symbol.name
               : NULL;
}
