/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's modules: their list is compared with what was told of it last. */
#include "replayer/osi/osi_private.h"

/* Bytes from a kernel's first instruction to its last variable, at the most; its modules are
 * elsewhere. */
enum { MAX_KERNEL = 128 << 20 };

typedef struct Module {
    uint64_t base, size;
    char name[64];
} Module;

/* Of the variants of struct module: formats/osi_members.h. */
static bool read_module(AilOsi *o, uint64_t at, Module *m)
{
    const AilOsiOffsets *off = &o->profile.off;
    if (off->module_mem >= 0 && off->module_memory_base >= 0 && off->module_memory_bytes >= 0) {
        uint64_t text = at + (uint64_t)off->module_mem;
        m->base = ail_osi_pointer(o, text + (uint64_t)off->module_memory_base);
        m->size = ail_osi_u32(o, text + (uint64_t)off->module_memory_bytes);
    } else if (off->module_core >= 0 && off->module_core_size >= 0) {
        m->base = ail_osi_pointer(o, at + (uint64_t)off->module_core);
        m->size = ail_osi_u32(o, at + (uint64_t)off->module_core_size);
    } else {
        return false;
    }
    return m->base && m->size &&
           ail_osi_text(o, at + (uint64_t)off->module_name, m->name, sizeof m->name);
}

static void tell_module(AilOsi *o, const Module *m)
{
    ail_buf_put(&o->buf, m->name, strlen(m->name));
    ail_osi_tell(o, AIL_EVENT_MODULE, m->base, m->size);
}

/* The list's head is what a module's neighbour is that is not a module. */
void ail_osi_module(AilOsi *o, uint64_t module)
{
    const AilOsiOffsets *off = &o->profile.off;
    uint64_t *head = &o->profile.sym.modules;
    if (!o->known || *head || off->module_list < 0 || !o->profile.sym.text)
        return;
    uint64_t at = module + (uint64_t)off->module_list, low = o->profile.sym.text;
    for (unsigned left = AIL_OSI_MAX_MODULES; left && at && !*head; left--) {
        if (at - low < MAX_KERNEL)
            *head = at;
        at = ail_osi_pointer(o, at);
    }
}

void ail_osi_look_at_modules(AilOsi *o)
{
    const AilOsiOffsets *off = &o->profile.off;
    uint64_t head = o->profile.sym.modules, at = head;
    if (!head || off->module_list < 0 || off->module_name < 0)
        return;
    GHashTable *now = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    for (unsigned left = AIL_OSI_MAX_MODULES; left; left--) {
        at = ail_osi_pointer(o, at);
        if (!at || at == head)
            break;
        Module m;
        if (!read_module(o, at - (uint64_t)off->module_list, &m))
            continue;
        const Module *before = g_hash_table_lookup(o->modules, &m.base);
        if (!before || before->size != m.size || strcmp(before->name, m.name))
            tell_module(o, &m);
        g_hash_table_replace(now, g_memdup2(&m.base, sizeof m.base), g_memdup2(&m, sizeof m));
    }
    GHashTableIter iter;
    gpointer base, old;
    g_hash_table_iter_init(&iter, o->modules);
    while (g_hash_table_iter_next(&iter, &base, &old)) {
        Module gone = *(Module *)old;
        gone.size = 0;
        if (!g_hash_table_contains(now, base))
            tell_module(o, &gone);
    }
    g_hash_table_unref(o->modules);
    o->modules = now;
}
