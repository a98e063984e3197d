/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's modules: their list is compared with what was told of it last. */
#include "replayer/osi/osi_private.h"

/* Bytes from a kernel's first instruction to its last variable, at the most; its modules are
 * elsewhere. */
enum { MAX_KERNEL = 128 << 20, MAX_VARIABLES = 16 << 20, PAGE = 4096 };

typedef struct Module {
    uint64_t base, size;
    char name[64];
    bool symbols; /* were told */
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
    m->symbols = false;
    return m->base && m->size &&
           ail_osi_text(o, at + (uint64_t)off->module_name, m->name, sizeof m->name);
}

static void tell_module(AilOsi *o, const Module *m)
{
    ail_buf_put(&o->buf, m->name, strlen(m->name));
    ail_osi_tell(o, AIL_EVENT_MODULE, m->base, m->size);
}

/* --- the list --- */

/* The list's head is what a module's neighbour is that is not a module. */
static uint64_t head_beside(AilOsi *o, uint64_t module)
{
    uint64_t at = module + (uint64_t)o->profile.off.module_list;
    for (unsigned left = AIL_OSI_MAX_MODULES; left && at; left--) {
        if (at >= o->data_from && at < o->data_to)
            return at;
        at = ail_osi_pointer(o, at);
    }
    return 0;
}

void ail_osi_module(AilOsi *o, uint64_t module)
{
    uint64_t *head = &o->profile.sym.modules;
    if (!o->known || o->profile.off.module_list < 0)
        return;
    if (!*head)
        *head = head_beside(o, module);
    ail_osi_look_at_modules(o);
}

static bool has_module_name(AilOsi *o, uint64_t module)
{
    char name[64];
    uint64_t at = module + (uint64_t)o->profile.off.module_name;
    if (!ail_osi_text(o, at, name, sizeof name) || !*name)
        return false;
    for (const char *c = name; *c; c++)
        if (!g_ascii_isalnum(*c) && *c != '_' && *c != '-')
            return false;
    return true;
}

/* Whether it may be a pointer into a module's struct, which lies in the module's memory and begins
 * a line of a cache. Nothing else may be followed: to read a device's memory is to use the device.
 */
static bool may_be_in_module(const AilOsi *o, uint64_t at)
{
    enum { LINE = 32 }; /* at least */
    const int64_t near = (int64_t)2 << 30;
    int64_t away = (int64_t)(at - o->profile.sym.text);
    if (o->pointer == 4)
        away = (int32_t)away;
    return (at - (uint64_t)o->profile.off.module_list) % LINE == 0 && away > -near && away < near &&
           (at < o->profile.sym.text || at >= o->data_to);
}

/* Whether a list begins at `head`, whose members `next` and `prev` are, that has modules in it. */
static bool begins_modules(AilOsi *o, uint64_t head, uint64_t next, uint64_t prev)
{
    uint64_t offset = (uint64_t)o->profile.off.module_list;
    Module m;
    return may_be_in_module(o, next) && may_be_in_module(o, prev) &&
           ail_osi_pointer(o, next + o->pointer) == head && ail_osi_pointer(o, prev) == head &&
           has_module_name(o, next - offset) && has_module_name(o, prev - offset) &&
           read_module(o, next - offset, &m);
}

/* The kernel's variables from its first task on, which begins them, to where init_mm says that they
 * end, or a page is not there. */
static void read_variables(AilOsi *o, AilBuf *to)
{
    const AilOsiSymbols *sym = &o->profile.sym;
    uint64_t words[6] = {0}; /* the last ones; [5] is the very last */
    o->data_to = o->data_from + MAX_VARIABLES;
    for (uint64_t at = o->data_from; at < o->data_to; at += PAGE) {
        ail_buf_reserve(to, PAGE);
        if (!ail_osi_read(o, at, to->data + to->len, PAGE)) {
            o->data_to = at;
            return;
        }
        for (unsigned i = 0; i < PAGE; i += o->pointer) {
            memmove(words, words + 1, sizeof words - sizeof *words);
            words[5] = ail_osi_number(to->data + to->len + i, o->pointer);
            /* where code begins and ends, and data, and what follows */
            if (words[0] == sym->stext && words[1] == sym->etext && words[3] > at &&
                words[3] < o->data_to && words[3] <= words[5])
                o->data_to = words[3];
        }
        to->len += PAGE;
    }
}

void ail_osi_find_modules(AilOsi *o)
{
    AilOsiSymbols *sym = &o->profile.sym;
    AilBuf variables = {0};
    if (sym->modules || o->profile.off.module_list < 0 || o->profile.off.module_name < 0 ||
        !sym->text || sym->init_task - sym->text > MAX_KERNEL)
        return;
    o->data_from = sym->init_task & ~(uint64_t)(PAGE - 1);
    read_variables(o, &variables);
    for (size_t i = 0; i + 2 * o->pointer <= variables.len && !sym->modules; i += o->pointer) {
        uint64_t next = ail_osi_number(variables.data + i, o->pointer);
        uint64_t prev = ail_osi_number(variables.data + i + o->pointer, o->pointer);
        if (next && prev && begins_modules(o, o->data_from + i, next, prev))
            sym->modules = o->data_from + i;
    }
    ail_buf_clear(&variables);
}

/* --- what is in it --- */

void ail_osi_look_at_modules(AilOsi *o)
{
    const AilOsiOffsets *off = &o->profile.off;
    uint64_t head = o->profile.sym.modules, at = head;
    if (!head || off->module_list < 0 || off->module_name < 0)
        return;
    o->symbol_bytes_left = AIL_OSI_MAX_SYMBOL_BYTES;
    GHashTable *now = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    for (unsigned left = AIL_OSI_MAX_MODULES; left; left--) {
        at = ail_osi_pointer(o, at);
        if (!at || at == head)
            break;
        Module m;
        uint64_t module = at - (uint64_t)off->module_list;
        if (!read_module(o, module, &m))
            continue;
        const Module *before = g_hash_table_lookup(o->modules, &m.base);
        bool is_new = !before || before->size != m.size || strcmp(before->name, m.name);
        if (is_new)
            tell_module(o, &m);
        m.symbols = (!is_new && before->symbols) || ail_osi_tell_symbols(o, module, m.base);
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
