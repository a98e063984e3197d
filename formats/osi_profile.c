/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "formats/osi_private.h"

#define ROW(member, key, from) {#member, key, from},
const OsiRow osi_symbol_rows[] = {AIL_OSI_SYMBOLS(ROW)};
const OsiRow osi_offset_rows[] = {AIL_OSI_OFFSETS(ROW)};
#undef ROW

uint64_t *osi_symbols(AilOsiProfile *p)
{
    return (uint64_t *)(void *)((char *)p + offsetof(AilOsiProfile, sym));
}

int32_t *osi_offsets(AilOsiProfile *p)
{
    return (int32_t *)(void *)((char *)p + offsetof(AilOsiProfile, off));
}

const char *osi_next(const char *from, char one[OSI_MAX_NAME])
{
    if (!*from)
        return NULL;
    size_t len = strcspn(from, "|");
    g_strlcpy(one, from, MIN(len + 1, OSI_MAX_NAME));
    return from + len + (from[len] == '|');
}

char *osi_symbol_key(const OsiRow *row)
{
    return *row->key ? g_strdup(row->key) : g_strconcat("sym.", row->member, NULL);
}

/* "#a.b.c" -> "a.b_c_size" */
char *osi_offset_key(const OsiRow *row)
{
    char one[OSI_MAX_NAME];
    if (*row->key)
        return g_strdup(row->key);
    osi_next(row->from, one);
    bool size = *one == '#';
    char *dot = strchr(one, '.');
    for (dot = dot ? strchr(dot + 1, '.') : NULL; dot; dot = strchr(dot, '.'))
        *dot = '_';
    return g_strconcat(one + size, size ? "_size" : "_offset", NULL);
}

void ail_osi_profile_init(AilOsiProfile *p)
{
    *p = (AilOsiProfile){.size = sizeof *p, .arch = UINT32_MAX};
    for (size_t i = 0; i < AIL_OSI_N_OFFSETS; i++)
        osi_offsets(p)[i] = AIL_OSI_NONE;
}

void ail_osi_profile_add_symbols(AilOsiProfile *p, const AilKallsyms *table)
{
    char name[OSI_MAX_NAME];
    for (size_t i = 0; i < AIL_OSI_N_SYMBOLS; i++) {
        AilKsym symbol;
        const char *next = osi_symbol_rows[i].from;
        while (!p->has_symbol[i] && (next = osi_next(next, name)))
            if (ail_kallsyms_find(table, name, &symbol)) {
                osi_symbols(p)[i] = symbol.address;
                p->has_symbol[i] = 1;
            }
    }
}

/* "a.b" or "#a.b" or "#a", in place. */
static bool look_up(const OsiTypes *types, char *from, int64_t *value)
{
    bool want_size = *from == '#';
    char *structure = from + want_size, *dot = strchr(structure, '.');
    uint32_t bits = 0, size = 0;
    if (dot)
        *dot = '\0';
    if (!dot)
        size = types->size(types->types, structure);
    else if (!types->member(types->types, structure, dot + 1, &bits, &size) || bits % 8)
        return false;
    *value = want_size ? size : bits / 8;
    return !want_size || size;
}

/* The same, and "a.b-c.d". */
static int32_t evaluate(const OsiTypes *types, char *from)
{
    int64_t value, less = 0;
    char *minus = strchr(from, '-');
    if (minus)
        *minus = '\0';
    if (!look_up(types, from, &value) || (minus && !look_up(types, minus + 1, &less)))
        return AIL_OSI_NONE;
    value -= less;
    return value != (int32_t)value ? AIL_OSI_NONE : (int32_t)value;
}

void osi_add_types(AilOsiProfile *p, const OsiTypes *types)
{
    char from[OSI_MAX_NAME];
    for (size_t i = 0; i < AIL_OSI_N_OFFSETS; i++) {
        const char *next = osi_offset_rows[i].from;
        while (osi_offsets(p)[i] == AIL_OSI_NONE && (next = osi_next(next, from)))
            osi_offsets(p)[i] = evaluate(types, from);
    }
}

static bool btf_member(const void *types, const char *structure, const char *member,
                       uint32_t *offset_bits, uint32_t *size)
{
    return ail_btf_member(types, structure, member, offset_bits, size);
}

static uint32_t btf_size(const void *types, const char *structure)
{
    return ail_btf_size(types, structure);
}

void ail_osi_profile_add_btf(AilOsiProfile *p, const AilBtf *btf)
{
    osi_add_types(p, &(OsiTypes){btf_member, btf_size, btf});
}

void osi_take_version(AilOsiProfile *p)
{
    static const char mark[] = "Linux version ";
    const char *at = g_str_has_prefix(p->banner, mark) ? p->banner + strlen(mark) : p->banner;
    if (p->version[0])
        return;
    for (int i = 0; i < 3 && g_ascii_isdigit(*at); i++) {
        char *end;
        p->version[i] = (uint32_t)strtoul(at, &end, 10);
        at = end + (*end == '.');
    }
}

AilStatus ail_osi_profile_check(const AilOsiProfile *p, AilError *err)
{
    const struct {
        const char *name;
        bool known;
    } needs[] = {
        {"the address of init_task", AIL_OSI_HAS(p, init_task)},
        {"task_struct.pid", p->off.task_pid != AIL_OSI_NONE},
        {"task_struct.tgid", p->off.task_tgid != AIL_OSI_NONE},
        {"task_struct.comm", p->off.task_comm != AIL_OSI_NONE},
        {"task_struct.mm", p->off.task_mm != AIL_OSI_NONE},
        {"task_struct.tasks", p->off.task_tasks != AIL_OSI_NONE},
        {"task_struct.real_parent", p->off.task_real_parent != AIL_OSI_NONE},
        {"mm_struct.pgd", p->off.mm_pgd != AIL_OSI_NONE},
    };
    GString *missing = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(needs); i++)
        if (!needs[i].known)
            g_string_append_printf(missing, "%s%s", missing->len ? ", " : "", needs[i].name);
    AilStatus s = missing->len ? ail_error_set(err, "unknown: %s", missing->str) : AIL_OK;
    g_string_free(missing, TRUE);
    return s;
}
