/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A module's own symbols: an ELF symbol table in the kernel's memory (struct mod_kallsyms; facts:
 * Linux, kernel/module/kallsyms.c, include/uapi/linux/elf.h).
 */
#include "replayer/osi/osi_private.h"

enum {
    PAGE = 4096,
    MAX_SYMBOLS = 1 << 16, /* of a module; the largest there are have half of it */
    MAX_NAMES = 4 << 20,   /* bytes of their names */
    MAX_NAME = 512,
};

typedef struct Symbol {
    uint64_t value;
    uint32_t name;
    uint16_t section; /* 0: another's */
    uint8_t info;
} Symbol;

/* A module's tables, as far as they could be read. */
typedef struct Tables {
    AilBuf symbols, names, types; /* owned */
    uint32_t n;
} Tables;

static void read_some(AilOsi *o, uint64_t addr, size_t len, AilBuf *to)
{
    len = MIN(len, o->symbol_bytes_left);
    ail_buf_reserve(to, len);
    while (len) {
        size_t n = MIN(len, PAGE - (addr + to->len) % PAGE);
        if (!ail_osi_read(o, addr + to->len, to->data + to->len, n))
            break;
        to->len += n;
        len -= n;
        o->symbol_bytes_left -= n;
    }
}

static Symbol symbol_at(const AilOsi *o, const uint8_t *at)
{
    if (o->pointer == 8)
        return (Symbol){ail_get_le64(at + 8), ail_get_le32(at), ail_get_le16(at + 6), at[4]};
    return (Symbol){ail_get_le32(at + 4), ail_get_le32(at), ail_get_le16(at + 14), at[12]};
}

static unsigned symbol_size(const AilOsi *o)
{
    return o->pointer == 8 ? 24 : 16;
}

static void read_tables(AilOsi *o, uint64_t module, Tables *t)
{
    const AilOsiOffsets *off = &o->profile.off;
    uint64_t symbols = ail_osi_pointer(o, module + (uint64_t)off->module_symtab);
    uint64_t names = ail_osi_pointer(o, module + (uint64_t)off->module_strtab);
    uint64_t types =
        off->module_typetab < 0 ? 0 : ail_osi_pointer(o, module + (uint64_t)off->module_typetab);
    uint32_t n = ail_osi_u32(o, module + (uint64_t)off->module_num_symtab), last = 0;
    if (!symbols || !names || !n || n > MAX_SYMBOLS)
        return;
    read_some(o, symbols, (size_t)n * symbol_size(o), &t->symbols);
    t->n = (uint32_t)(t->symbols.len / symbol_size(o));
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t name = symbol_at(o, t->symbols.data + (size_t)i * symbol_size(o)).name;
        if (name < MAX_NAMES)
            last = MAX(last, name);
    }
    if (t->n)
        read_some(o, names, (size_t)last + MAX_NAME, &t->names);
    if (types)
        read_some(o, types, t->n, &t->types);
}

/* The kernel keeps what nm(1) prints; before 5.1 in the symbol itself. */
static char type_of(const Tables *t, uint32_t i, const Symbol *s)
{
    uint8_t type = i < t->types.len ? t->types.data[i] : s->info;
    return g_ascii_isalpha(type) ? (char)g_ascii_tolower(type) : '?';
}

/* 32-bit Arm's and AArch64's marks of what is code and what is data; labels of the assembler's. */
static bool is_mark(const char *name)
{
    return (*name == '$' && name[1] && strchr("atdx", name[1]) && (!name[2] || name[2] == '.')) ||
           (*name == '.' && name[1] == 'L');
}

static const char *name_of(const Tables *t, const Symbol *s)
{
    if (s->name >= t->names.len)
        return NULL;
    const char *name = (const char *)t->names.data + s->name;
    size_t len = strnlen(name, t->names.len - s->name);
    if (!len || len >= MAX_NAME || len == t->names.len - s->name || is_mark(name))
        return NULL;
    for (size_t i = 0; i < len; i++)
        if (name[i] <= ' ' || name[i] > '~')
            return NULL;
    return name;
}

static AilKallsyms *make_table(AilOsi *o, const Tables *t)
{
    uint64_t *addresses = g_new(uint64_t, MAX(t->n, 1));
    uint64_t thumb = o->arch == AIL_MACHINE_ARM;
    size_t n = 0;
    AilBuf text = {0};
    for (uint32_t i = 0; i < t->n; i++) {
        enum { FUNCTION = 2 };
        Symbol s = symbol_at(o, t->symbols.data + (size_t)i * symbol_size(o));
        const char *name = s.section && s.value ? name_of(t, &s) : NULL;
        if (!name || text.len + strlen(name) > MAX_NAMES)
            continue;
        addresses[n++] = (s.info & 15) == FUNCTION ? s.value & ~thumb : s.value;
        ail_buf_u8(&text, (uint8_t)type_of(t, i, &s));
        ail_buf_put(&text, name, strlen(name) + 1);
    }
    AilKallsyms *table = ail_kallsyms_new(n, addresses, (char *)text.data, text.len);
    if (!table) {
        g_free(addresses);
        ail_buf_clear(&text);
    }
    return table;
}

bool ail_osi_tell_symbols(AilOsi *o, uint64_t module, uint64_t base)
{
    const AilOsiOffsets *off = &o->profile.off;
    if (off->module_symtab < 0 || off->module_num_symtab < 0 || off->module_strtab < 0)
        return false;
    Tables t = {.n = 0};
    read_tables(o, module, &t);
    AilKallsyms *table = make_table(o, &t);
    if (table) {
        ail_kallsyms_save(table, &o->buf);
        ail_osi_tell(o, AIL_EVENT_MODULE_SYMBOLS, base, 0);
    }
    bool told = table;
    ail_kallsyms_free(table);
    ail_buf_clear(&t.symbols);
    ail_buf_clear(&t.names);
    ail_buf_clear(&t.types);
    return told;
}
