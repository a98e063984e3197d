/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Structures as DWARF describes them, with elfutils' libdw. */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <glib.h>
#include <string.h>

#include "formats/osi_private.h"

enum { MAX_DEPTH = 16, MAX_LOOKS = 1 << 16 };

typedef struct Types {
    GHashTable
        *wanted; /* owned; names of structures -> Dwarf_Die (owned), or NULL till it is seen */
    unsigned missing;
} Types;

/* The structures that rows name. */
static void want(Types *t)
{
    char from[OSI_MAX_NAME];
    t->wanted = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (size_t i = 0; i < AIL_OSI_N_OFFSETS; i++)
        for (const char *next = osi_offset_rows[i].from; (next = osi_next(next, from));) {
            const char *name = from + (*from == '#');
            g_hash_table_insert(t->wanted, g_strndup(name, strcspn(name, ".")), NULL);
        }
    t->missing = g_hash_table_size(t->wanted);
}

static bool is_structure(Dwarf_Die *die)
{
    int tag = dwarf_tag(die);
    return tag == DW_TAG_structure_type || tag == DW_TAG_union_type || tag == DW_TAG_class_type;
}

/* A unit's structures; a declaration has no members and does not count. */
static void take_unit(Types *t, Dwarf_Die *unit)
{
    Dwarf_Die die;
    for (int r = dwarf_child(unit, &die); r == 0; r = dwarf_siblingof(&die, &die)) {
        gpointer key, seen;
        const char *name = is_structure(&die) ? dwarf_diename(&die) : NULL;
        if (!name || !g_hash_table_lookup_extended(t->wanted, name, &key, &seen) || seen ||
            dwarf_hasattr(&die, DW_AT_declaration))
            continue;
        g_hash_table_insert(t->wanted, g_strdup(name), g_memdup2(&die, sizeof die));
        t->missing--;
    }
}

/* The type of a member or typedef, without typedefs, const and the like around it. */
static bool plain_type(Dwarf_Die *of, Dwarf_Die *type)
{
    Dwarf_Attribute attr;
    Dwarf_Die at;
    return dwarf_formref_die(dwarf_attr_integrate(of, DW_AT_type, &attr), &at) &&
           dwarf_peel_type(&at, type) == 0;
}

typedef struct Member {
    const char *name;
    size_t name_len;
    unsigned looks;
    uint64_t offset; /* bits */
    Dwarf_Die die;
    bool bits; /* a bit field */
} Member;

/* The member's place in its structure in bits; libdw's DWARF 5 has bit fields by their first bit.
 */
static bool member_offset(Dwarf_Die *die, uint64_t *bits)
{
    Dwarf_Attribute attr;
    Dwarf_Word v = 0;
    if (dwarf_attr(die, DW_AT_data_bit_offset, &attr)) {
        *bits = dwarf_formudata(&attr, &v) == 0 ? v : 0;
        return true;
    }
    if (dwarf_attr(die, DW_AT_data_member_location, &attr) && dwarf_formudata(&attr, &v) != 0)
        return false;
    *bits = v * 8; /* members of unions have no place */
    return true;
}

static bool find_member(Dwarf_Die *structure, uint64_t offset, int depth, Member *x)
{
    Dwarf_Die m, type;
    if (depth > MAX_DEPTH || !is_structure(structure))
        return false;
    for (int r = dwarf_child(structure, &m); r == 0; r = dwarf_siblingof(&m, &m)) {
        uint64_t bits;
        if (++x->looks > MAX_LOOKS || dwarf_tag(&m) != DW_TAG_member || !member_offset(&m, &bits))
            continue;
        const char *name = dwarf_diename(&m);
        if (name && !strncmp(name, x->name, x->name_len) && !name[x->name_len]) {
            x->offset = offset + bits;
            x->die = m;
            x->bits = dwarf_hasattr(&m, DW_AT_bit_size);
            return true;
        }
        if (!name && plain_type(&m, &type) && find_member(&type, offset + bits, depth + 1, x))
            return true;
    }
    return false;
}

static bool dwarf_member(const void *types, const char *structure, const char *member,
                         uint32_t *offset_bits, uint32_t *size)
{
    const Types *t = types;
    const Dwarf_Die *found = g_hash_table_lookup(t->wanted, structure);
    Dwarf_Word bytes = 0;
    Member x = {0};
    if (!found)
        return false;
    Dwarf_Die type = *found;
    for (const char *p = member; *p; p += x.name_len + (p[x.name_len] == '.')) {
        x.name = p;
        x.name_len = strcspn(p, ".");
        if (!find_member(&type, x.offset, 0, &x) || !plain_type(&x.die, &type))
            return false;
    }
    if (x.bits || dwarf_aggregate_size(&type, &bytes) != 0)
        bytes = 0;
    *offset_bits = (uint32_t)x.offset;
    *size = (uint32_t)bytes;
    return *member && x.offset <= UINT32_MAX;
}

static uint32_t dwarf_size(const void *types, const char *structure)
{
    const Types *t = types;
    const Dwarf_Die *found = g_hash_table_lookup(t->wanted, structure);
    Dwarf_Word bytes = 0;
    if (!found)
        return 0;
    Dwarf_Die die = *found;
    return dwarf_aggregate_size(&die, &bytes) == 0 ? (uint32_t)bytes : 0;
}

bool osi_add_dwarf(AilOsiProfile *p, int fd)
{
    Types t = {0};
    bool any = false;
    Dwarf *dwarf = dwarf_begin(fd, DWARF_C_READ);
    if (!dwarf)
        return false;
    want(&t);
    unsigned all = t.missing;
    Dwarf_CU *cu = NULL;
    Dwarf_Die unit;
    while (t.missing && dwarf_get_units(dwarf, cu, &cu, NULL, NULL, &unit, NULL) == 0)
        take_unit(&t, &unit);
    any = t.missing < all;
    osi_add_types(p, &(OsiTypes){dwarf_member, dwarf_size, &t});
    g_hash_table_destroy(t.wanted);
    dwarf_end(dwarf);
    return any;
}
