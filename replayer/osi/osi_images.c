/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of functions in the files that processes run code of, by what the guest's memory has of the
 * files. Each file is told once; if not all of it was there, it is tried again as the process runs
 * (its loader reads what names it needs), when another process maps it and when one that has it
 * ends.
 */
#include "replayer/osi/osi_private.h"

enum {
    MAX_IMAGES = 4096,
    MAX_TRIES = 24,
    FIRST_WAIT = 16,
    LAST_WAIT = 1 << 14,
    MOST = 8 << 20,        /* bytes told of one file, */
    MOST_AT_ONCE = 8 << 20 /* and at one moment, before the next file is left for later */
};

/* A file, by inode and device. */
typedef struct Image {
    uint64_t inode, dev;
    uint64_t size, mtime; /* what it was then */
    uint64_t mm;          /* who had it mapped at the last try */
    size_t told;          /* functions */
    unsigned tries;
    bool partial; /* there may be more another time */
} Image;

static guint image_hash(gconstpointer p)
{
    const Image *i = p;
    return g_int64_hash(&i->inode) * 31 + (guint)i->dev;
}

static gboolean image_equal(gconstpointer a, gconstpointer b)
{
    const Image *x = a, *y = b;
    return x->inode == y->inode && x->dev == y->dev;
}

GHashTable *ail_osi_images_new(void)
{
    return g_hash_table_new_full(image_hash, image_equal, g_free, NULL);
}

static Image *image_of(AilOsi *o, const AilOsiFile *f)
{
    Image key = {.inode = f->inode, .dev = f->dev};
    Image *i = g_hash_table_lookup(o->images, &key);
    if (i)
        return i;
    if (g_hash_table_size(o->images) >= MAX_IMAGES) {
        g_hash_table_remove_all(o->images);
        o->n_partial = 0;
    }
    i = g_memdup2(&key, sizeof key);
    g_hash_table_add(o->images, i);
    return i;
}

static void set_partial(AilOsi *o, Image *i, bool partial)
{
    if (i->partial != partial)
        o->n_partial += partial ? 1 : -1u;
    i->partial = partial;
}

static void tell_symbols(AilOsi *o, const Image *i, const AilElfSymbols *s)
{
    AilBuf list = {0};
    AilGuestSymbols all = {.build_id = {(const char *)s->build_id, (uint32_t)s->build_id_len},
                           .flags = (s->whole ? AIL_SYMBOLS_WHOLE : 0) |
                                    (s->symtab ? AIL_SYMBOLS_ALL : 0)};
    uint64_t last = 0;
    for (; all.n < s->n && list.len < MOST; all.n++) {
        const AilElfSymbol *from = &s->list[all.n];
        ail_guest_put_symbol(&list, &last,
                             &(AilGuestSymbol){from->offset, from->size, {from->name, from->len}});
    }
    if (list.len <= o->symbols_left) {
        o->symbols_left -= list.len;
        o->symbols_now += list.len;
        ail_guest_put_file_symbols(&o->buf, &all);
        ail_buf_put(&o->buf, list.data, list.len);
        ail_osi_tell(o, AIL_EVENT_SYMBOLS, i->inode, i->dev);
    }
    ail_buf_clear(&list);
}

/* What is in the file by now. A file without names has its build ID told. */
static void read_image(AilOsi *o, Image *i, AilOsiContent *c)
{
    AilElfSymbols s;
    bool first = !i->tries++;
    bool elf = ail_elf_symbols_read(ail_osi_content_source(c), &s);
    set_partial(o, i, !s.all && i->tries < MAX_TRIES);
    if (elf && (s.n > i->told || (first && s.build_id_len))) {
        i->told = s.n;
        tell_symbols(o, i, &s);
    }
    ail_elf_symbols_clear(&s);
}

/* False: there is no point in looking again as this process runs. */
static bool look(AilOsi *o, uint64_t mm, uint64_t file, const AilOsiFile *f)
{
    const AilOsiOffsets *off = &o->profile.off;
    if (!f->inode || !o->content_left)
        return false;
    AilOsiContent c = {.osi = o, .mm = mm, .file = file, .size = UINT64_MAX};
    uint64_t mtime = 0, host = 0;
    if (off->file_mapping >= 0)
        c.mapping = ail_osi_pointer(o, file + (uint64_t)off->file_mapping);
    if (c.mapping && off->mapping_host >= 0)
        host = ail_osi_pointer(o, c.mapping + (uint64_t)off->mapping_host);
    if (host && off->inode_size >= 0)
        c.size = ail_osi_u64(o, host + (uint64_t)off->inode_size);
    if (host && off->inode_mtime >= 0)
        mtime = ail_osi_u64(o, host + (uint64_t)off->inode_mtime);
    Image *i = image_of(o, f);
    if (i->tries && (i->size != c.size || i->mtime != mtime)) {
        set_partial(o, i, false);
        *i = (Image){.inode = i->inode, .dev = i->dev};
    }
    if (i->tries && (!i->partial || i->mm == mm))
        return false;
    i->size = c.size;
    i->mtime = mtime;
    i->mm = mm;
    if (o->symbols_now < MOST_AT_ONCE)
        read_image(o, i, &c);
    else
        set_partial(o, i, true);
    ail_osi_content_clear(&c);
    return i->partial;
}

void ail_osi_look_at_symbols(AilOsi *o, uint64_t mm, uint64_t file, const AilOsiFile *f)
{
    if (!look(o, mm, file, f) || o->again_mm == mm)
        return;
    o->again_mm = mm;
    o->again_in = o->again_wait = FIRST_WAIT;
}

/* --- later --- */

typedef struct Again {
    AilOsi *o;
    uint64_t mm;
} Again;

static void look_again(void *user, const AilOsiVma *vma)
{
    const Again *a = user;
    AilOsiFile f;
    if (!vma->file || !(vma->flags & AIL_MAP_EXEC))
        return;
    ail_osi_file(a->o, vma->file, &f);
    Image key = {.inode = f.inode, .dev = f.dev};
    Image *i = g_hash_table_lookup(a->o->images, &key);
    if (!i || !i->partial)
        return;
    i->mm = 0; /* so that it is tried */
    look(a->o, a->mm, vma->file, &f);
}

void ail_osi_look_again(AilOsi *o, uint64_t mm)
{
    ail_osi_walk_maps(o, mm, 0, UINT64_MAX, look_again, &(Again){o, mm});
}

/* Less and less often: what its loader did not read, it may never need. */
void ail_osi_wait_for_symbols(AilOsi *o, uint64_t mm)
{
    if (--o->again_in)
        return;
    ail_osi_look_again(o, mm);
    o->again_wait *= 2;
    o->again_in = o->again_wait;
    if (!o->n_partial || o->again_wait > LAST_WAIT)
        o->again_mm = 0;
}
