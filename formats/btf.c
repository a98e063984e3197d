/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/btf.h"

#include <bpf/btf.h>
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "formats/btf_private.h"

enum {
    MARK = 4,            /* the header's bytes to search for; more end in zeros: memmem is slow */
    MAX_TRIES = 64,      /* headers in memory that are looked behind */
    MAX_DEPTH = 16,      /* members in members */
    MAX_LOOKS = 1 << 16, /* members looked at for one that is wanted */
};

struct AilBtf {
    struct btf *btf;     /* owned */
    GHashTable *by_name; /* owned; of structures and unions: type number. Keys are libbpf's */
};

static const struct btf_type *type_of(const AilBtf *b, uint32_t id)
{
    return btf__type_by_id(b->btf, id);
}

/* The first of a name is taken: copies that differ come later. */
static void index_structures(AilBtf *b)
{
    b->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    uint32_t n = btf__type_cnt(b->btf);
    for (uint32_t id = 1; id < n; id++) {
        const struct btf_type *t = type_of(b, id);
        if (!btf_is_composite(t) || !t->name_off)
            continue;
        char *name = (char *)btf__name_by_offset(b->btf, t->name_off);
        if (!g_hash_table_contains(b->by_name, name))
            g_hash_table_insert(b->by_name, name, GUINT_TO_POINTER(id));
    }
}

AilStatus ail_btf_open(const void *bytes, size_t size, unsigned pointer_size, const char *where,
                       AilBtf **btf, AilError *err)
{
    const char *why;
    size_t used = btf_check(bytes, size, &why);
    *btf = NULL;
    if (!used)
        return ail_error_set(err, "%s: not BTF type information: %s", where, why);
    AilBtf *b = g_new0(AilBtf, 1);
    b->btf = btf__new(bytes, (uint32_t)used);
    if (!b->btf || btf__set_pointer_size(b->btf, pointer_size) != 0) {
        int errnum = errno;
        ail_btf_free(b);
        return ail_error_set_errno(err, errnum, "%s: libbpf does not take the BTF", where);
    }
    index_structures(b);
    *btf = b;
    return AIL_OK;
}

/* The size of BTF that begins with `mark` behind *p in the range, and where; 0: there is none. */
static size_t next_btf(const AilKernelRange *r, const uint8_t *mark, const uint8_t **p,
                       unsigned *tries)
{
    const uint8_t *end = r->bytes + r->size;
    const char *why;
    while ((*p = memmem(*p, (size_t)(end - *p), mark, MARK))) {
        bool likely = end - *p > BTF_HEADER && !memcmp(*p, mark, sizeof btf_mark_le);
        if (likely && (*tries)++ == MAX_TRIES)
            return 0;
        size_t size = likely ? btf_check(*p, (size_t)(end - *p), &why) : 0;
        if (size)
            return size;
        (*p)++;
    }
    return 0;
}

AilStatus ail_btf_find(const AilKernelImage *image, AilBtf **btf, AilError *err)
{
    const uint8_t *mark = image->big_endian ? btf_mark_be : btf_mark_le, *best = NULL, *p;
    size_t best_size = 0, size;
    unsigned tries = 0;
    *btf = NULL;
    for (size_t i = 0; i < image->n_ranges; i++) {
        const AilKernelRange *r = &image->ranges[i];
        for (p = r->bytes; r->size && (size = next_btf(r, mark, &p, &tries)); p += size)
            if (size > best_size) {
                best = p;
                best_size = size;
            }
    }
    if (!best)
        return AIL_END;
    return ail_btf_open(best, best_size, image->pointer_size, "BTF in the kernel's memory", btf,
                        err);
}

void ail_btf_free(AilBtf *b)
{
    if (!b)
        return;
    if (b->by_name)
        g_hash_table_destroy(b->by_name);
    btf__free(b->btf);
    g_free(b);
}

/* A type without typedefs, const and the like around it; they may go round in circles. */
static const struct btf_type *plain(const AilBtf *b, uint32_t id)
{
    const struct btf_type *t = type_of(b, id);
    for (int i = 0; t && i < MAX_DEPTH && (btf_is_mod(t) || btf_is_typedef(t)); i++)
        t = type_of(b, t->type);
    return t;
}

typedef struct Member {
    const char *name; /* looked for, name_len bytes */
    size_t name_len;
    unsigned looks;  /* members looked at so far */
    uint32_t offset; /* found: in bits, */
    uint32_t type;   /* its type's number, */
    uint32_t bits;   /* 0 unless it is a bit field */
} Member;

static bool is_it(const AilBtf *b, const Member *x, const struct btf_member *m)
{
    const char *name = btf__name_by_offset(b->btf, m->name_off);
    return name && !strncmp(name, x->name, x->name_len) && !name[x->name_len];
}

/* Find x->name in the structure, which is at `offset`. */
static bool find_member(const AilBtf *b, const struct btf_type *t, uint32_t offset, int depth,
                        Member *x)
{
    if (!t || !btf_is_composite(t) || depth > MAX_DEPTH)
        return false;
    const struct btf_member *m = btf_members(t);
    for (uint32_t i = 0; i < btf_vlen(t) && x->looks < MAX_LOOKS; i++, x->looks++) {
        uint32_t at = offset + btf_member_bit_offset(t, i);
        if (m[i].name_off && is_it(b, x, &m[i])) {
            x->offset = at;
            x->type = m[i].type;
            x->bits = btf_member_bitfield_size(t, i);
            return true;
        }
        if (!m[i].name_off && find_member(b, plain(b, m[i].type), at, depth + 1, x))
            return true;
    }
    return false;
}

bool ail_btf_member(const AilBtf *b, const char *structure, const char *member,
                    uint32_t *offset_bits, uint32_t *size)
{
    uint32_t id = GPOINTER_TO_UINT(g_hash_table_lookup(b->by_name, structure));
    Member x = {0};
    if (!id)
        return false;
    const struct btf_type *t = type_of(b, id);
    for (const char *p = member; *p; p += x.name_len + (p[x.name_len] == '.')) {
        x.name = p;
        x.name_len = strcspn(p, ".");
        if (!find_member(b, t, x.offset, 0, &x))
            return false;
        t = plain(b, x.type);
    }
    int64_t bytes = x.bits ? 0 : btf__resolve_size(b->btf, x.type);
    if (offset_bits)
        *offset_bits = x.offset;
    if (size)
        *size = bytes < 0 || bytes > UINT32_MAX ? 0 : (uint32_t)bytes;
    return *member != '\0';
}

uint32_t ail_btf_size(const AilBtf *b, const char *structure)
{
    uint32_t id = GPOINTER_TO_UINT(g_hash_table_lookup(b->by_name, structure));
    return id ? type_of(b, id)->size : 0;
}
