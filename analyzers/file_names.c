/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/file_names.h"

#include "analyzers/functions.h"

enum { MAX_BYTES = 512 << 20 }; /* that all this may take */

/* A file, by inode and device. */
typedef struct File {
    uint64_t inode;
    uint32_t dev;
    uint8_t *build_id; /* owned */
    size_t build_id_len;
    GArray *functions; /* of AilFunction, sorted; owned */
    char *text;        /* their names; owned */
    size_t cost;
} File;

struct AilFileNames {
    GHashTable *files; /* of File, owned; keys are the values */
    size_t left;       /* bytes that may still be taken */
};

static guint file_hash(gconstpointer p)
{
    const File *f = p;
    return g_int64_hash(&f->inode) * 31 + f->dev;
}

static gboolean file_equal(gconstpointer a, gconstpointer b)
{
    const File *x = a, *y = b;
    return x->inode == y->inode && x->dev == y->dev;
}

static void file_free(gpointer p)
{
    File *f = p;
    g_free(f->build_id);
    g_free(f->text);
    g_array_free(f->functions, TRUE);
    g_free(f);
}

AilFileNames *ail_file_names_new(void)
{
    AilFileNames *n = g_new0(AilFileNames, 1);
    n->files = g_hash_table_new_full(file_hash, file_equal, file_free, NULL);
    n->left = MAX_BYTES;
    return n;
}

void ail_file_names_free(AilFileNames *n)
{
    if (!n)
        return;
    g_hash_table_destroy(n->files);
    g_free(n);
}

static const File *find(const AilFileNames *n, uint32_t dev, uint64_t inode)
{
    return g_hash_table_lookup(n->files, &(File){.inode = inode, .dev = dev});
}

/* The names lie one behind the other, which takes no more room than in the event. */
static void take_functions(File *f, AilGuestSymbols *from, uint32_t len)
{
    AilGuestSymbol s;
    char *text = f->text = g_malloc(MAX(len, 1));
    while (f->functions->len < from->n && ail_guest_next_symbol(from, &s)) {
        if (!s.name.len || memchr(s.name.at, 0, s.name.len))
            continue;
        AilFunction new = {s.offset, s.size, text};
        memcpy(text, s.name.at, s.name.len);
        text[s.name.len] = 0;
        text += s.name.len + 1;
        g_array_append_val(f->functions, new);
    }
    ail_functions_sort(f->functions);
}

void ail_file_names_take(AilFileNames *n, const AilEvent *e)
{
    AilGuestSymbols s;
    if (!ail_guest_file_symbols(e, &s) || e->pc > UINT32_MAX)
        return;
    const File *before = find(n, (uint32_t)e->pc, e->value);
    /* An entry is at least four bytes of the event. */
    size_t cost = sizeof(File) + 256 + e->len + e->len / 4 * sizeof(AilFunction);
    size_t left = n->left + (before ? before->cost : 0);
    if (cost > left)
        return;
    n->left = left - cost;
    File *f = g_new0(File, 1);
    *f = (File){.inode = e->value,
                .dev = (uint32_t)e->pc,
                .build_id = g_memdup2(s.build_id.at, s.build_id.len),
                .build_id_len = s.build_id.len,
                .functions = g_array_new(FALSE, FALSE, sizeof(AilFunction)),
                .cost = cost};
    take_functions(f, &s, e->len);
    g_hash_table_replace(n->files, f, f);
}

const char *ail_file_names_at(const AilFileNames *n, uint32_t dev, uint64_t inode, uint64_t offset,
                              uint64_t *into)
{
    const File *f = find(n, dev, inode);
    const AilFunction *function = f ? ail_functions_at(f->functions, offset) : NULL;
    if (!function)
        return NULL;
    *into = offset - function->at;
    return function->name;
}

bool ail_file_names_any(const AilFileNames *n, uint32_t dev, uint64_t inode)
{
    const File *f = find(n, dev, inode);
    return f && f->functions->len;
}

const uint8_t *ail_file_names_build_id(const AilFileNames *n, uint32_t dev, uint64_t inode,
                                       size_t *len)
{
    const File *f = find(n, dev, inode);
    *len = f ? f->build_id_len : 0;
    return *len ? f->build_id : NULL;
}
