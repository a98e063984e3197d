/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/dwarf_names.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>
#include <glib.h>
#include <lzma.h>
#include <unistd.h>

enum { MAX_UNPACKED = 256 << 20, MAX_UNPACK_MEMORY = 128 << 20, MAX_PARTS = 1 << 22 };

/* Code of a unit. */
typedef struct Part {
    uint64_t begin, end;
    Dwarf_Die unit;
} Part;

struct AilDwarf {
    int fd, shared_fd;     /* owned; -1: none */
    Dwarf *dwarf, *shared; /* owned; shared may be NULL */
    GArray *parts;         /* of Part, by address; owned */
};

/* libdw would look for a supplementary file all over this machine. */
static bool find_shared(AilDwarf *d, AilDwarfOpen *open, void *user)
{
    const char *name;
    const void *id;
    ssize_t len = dwelf_dwarf_gnu_debugaltlink(d->dwarf, &name, &id);
    if (len == 0)
        return true;
    d->shared_fd = len >= 2 ? open(user, id, (size_t)len) : -1;
    d->shared = d->shared_fd < 0 ? NULL : dwarf_begin(d->shared_fd, DWARF_C_READ);
    if (d->shared)
        dwarf_setalt(d->dwarf, d->shared);
    return d->shared;
}

static gint by_address(gconstpointer a, gconstpointer b)
{
    const Part *x = a, *y = b;
    return x->begin < y->begin ? -1 : x->begin > y->begin;
}

/* Not all compilers write the table that tells units by address. */
static void take_parts(AilDwarf *d)
{
    Dwarf_CU *cu = NULL;
    uint8_t type;
    Part p;
    while (dwarf_get_units(d->dwarf, cu, &cu, NULL, &type, &p.unit, NULL) == 0) {
        Dwarf_Addr base;
        ptrdiff_t next = 0;
        while (type == DW_UT_compile && d->parts->len < MAX_PARTS &&
               (next = dwarf_ranges(&p.unit, next, &base, &p.begin, &p.end)) > 0)
            if (p.begin && p.end > p.begin)
                g_array_append_val(d->parts, p);
    }
    g_array_sort(d->parts, by_address);
}

AilDwarf *ail_dwarf_open(int fd, AilDwarfOpen *open, void *user)
{
    AilDwarf *d = g_new0(AilDwarf, 1);
    d->fd = fd;
    d->shared_fd = -1;
    d->parts = g_array_new(FALSE, FALSE, sizeof(Part));
    d->dwarf = dwarf_begin(fd, DWARF_C_READ);
    if (d->dwarf && find_shared(d, open, user))
        take_parts(d);
    if (d->parts->len)
        return d;
    ail_dwarf_close(d);
    return NULL;
}

void ail_dwarf_close(AilDwarf *d)
{
    if (!d)
        return;
    dwarf_end(d->dwarf);
    dwarf_end(d->shared);
    close(d->fd);
    if (d->shared_fd >= 0)
        close(d->shared_fd);
    g_array_free(d->parts, TRUE);
    g_free(d);
}

/* The unit that has `addr`; NULL: none has. */
static Dwarf_Die *find_unit(const AilDwarf *d, uint64_t addr)
{
    guint low = 0, high = d->parts->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(d->parts, Part, middle).begin <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    Part *p = low ? &g_array_index(d->parts, Part, low - 1) : NULL;
    return p && addr < p->end ? &p->unit : NULL;
}

typedef struct Search {
    uint64_t addr, begin;
    const char *name; /* NULL: not found yet */
} Search;

static const char *name_of(Dwarf_Die *die)
{
    static const unsigned attributes[] = {DW_AT_linkage_name, DW_AT_MIPS_linkage_name, DW_AT_name};
    const char *name = NULL;
    Dwarf_Attribute a;
    for (size_t i = 0; !name && i < G_N_ELEMENTS(attributes); i++)
        name = dwarf_formstring(dwarf_attr_integrate(die, attributes[i], &a));
    return name;
}

static int look_at(Dwarf_Die *die, void *user)
{
    Search *s = user;
    Dwarf_Addr begin;
    if (dwarf_haspc(die, s->addr) != 1)
        return DWARF_CB_OK;
    s->name = name_of(die);
    s->begin = dwarf_entrypc(die, &begin) == 0 && begin <= s->addr ? begin : s->addr;
    return DWARF_CB_ABORT;
}

const char *ail_dwarf_function(AilDwarf *d, uint64_t addr, uint64_t *begin)
{
    Dwarf_Die *unit = find_unit(d, addr);
    Search s = {.addr = addr};
    if (unit)
        dwarf_getfuncs(unit, look_at, &s, 0);
    if (s.name)
        *begin = s.begin;
    return s.name;
}

const char *ail_dwarf_line(AilDwarf *d, uint64_t addr, uint32_t *line)
{
    Dwarf_Die *unit = find_unit(d, addr);
    int number = 0;
    Dwarf_Line *at = unit ? dwarf_getsrc_die(unit, addr) : NULL;
    const char *source = at ? dwarf_linesrc(at, NULL, NULL) : NULL;
    if (!source || dwarf_lineno(at, &number) || number <= 0)
        return NULL;
    *line = (uint32_t)number;
    return source;
}

char *ail_dwarf_unpack(const void *bytes, size_t size, size_t *len)
{
    lzma_ret ret = LZMA_BUF_ERROR;
    char *out = NULL;
    for (size_t room = 1 << 20; ret == LZMA_BUF_ERROR && room <= MAX_UNPACKED; room *= 4) {
        uint64_t memory = MAX_UNPACK_MEMORY;
        size_t in = 0;
        *len = 0;
        out = g_realloc(out, room);
        ret = lzma_stream_buffer_decode(&memory, 0, NULL, bytes, &in, size, (uint8_t *)out, len,
                                        room);
    }
    if (ret == LZMA_OK)
        return out;
    g_free(out);
    return NULL;
}
