/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/classes.h"

#include <glib.h>

struct AilClasses {
    bool links;
    GArray *marks;  /* of uint64_t */
    GMutex lock;    /* of what follows, and of storing */
    GPtrArray *all; /* of AilClassPages, owned: of the newest dictionary, and those in use */
    AilDecoder *decoder;
};

static void pages_free(gpointer p)
{
    AilClassPages *pages = p;
    for (size_t i = 0; i < G_N_ELEMENTS(pages->page); i++)
        g_free(pages->page[i]);
    ail_dict_unref(pages->dict);
    g_free(pages);
}

AilClasses *ail_classes_new(bool links)
{
    AilClasses *c = g_new0(AilClasses, 1);
    c->links = links;
    c->marks = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    c->all = g_ptr_array_new_with_free_func(pages_free);
    c->decoder = ail_decoder_new();
    g_mutex_init(&c->lock);
    return c;
}

void ail_classes_free(AilClasses *c)
{
    if (!c)
        return;
    g_ptr_array_free(c->all, TRUE);
    g_array_free(c->marks, TRUE);
    ail_decoder_free(c->decoder);
    g_mutex_clear(&c->lock);
    g_free(c);
}

void ail_classes_mark_pc(AilClasses *c, uint64_t pc)
{
    g_array_append_val(c->marks, pc);
}

/* Drop what nobody uses, but for the newest: chunks come in order, but for the few in flight. */
static void sweep(const AilClasses *c)
{
    uint64_t newest = 0;
    for (guint i = 0; i < c->all->len; i++)
        newest = MAX(newest, ail_dict_first(((AilClassPages *)c->all->pdata[i])->dict));
    for (guint i = c->all->len; i-- > 0;) {
        const AilClassPages *pages = c->all->pdata[i];
        if (!pages->refs && ail_dict_first(pages->dict) != newest)
            g_ptr_array_remove_index_fast(c->all, i);
    }
}

static AilClassPages *find_pages(const AilClasses *c, const AilDict *dict)
{
    for (guint i = 0; i < c->all->len; i++) {
        AilClassPages *pages = c->all->pdata[i];
        if (ail_dict_is(dict, pages->dict))
            return pages;
    }
    AilClassPages *pages = g_new0(AilClassPages, 1);
    pages->of = c;
    pages->dict = ail_dict_ref(dict);
    g_ptr_array_add(c->all, pages);
    return pages;
}

const AilClassPages *ail_classes_acquire(const AilClasses *c, const AilChunk *chunk)
{
    g_mutex_lock((GMutex *)&c->lock);
    AilClassPages *pages = find_pages(c, chunk->dict);
    pages->refs++;
    sweep(c);
    g_mutex_unlock((GMutex *)&c->lock);
    return pages;
}

void ail_classes_release(const AilClassPages *pages)
{
    const AilClasses *c = pages->of;
    g_mutex_lock((GMutex *)&c->lock);
    ((AilClassPages *)pages)->refs--;
    sweep(c);
    g_mutex_unlock((GMutex *)&c->lock);
}

static bool is_marked(const AilClasses *c, const AilBlock *block)
{
    for (guint m = 0; m < c->marks->len; m++) {
        uint64_t offset = g_array_index(c->marks, uint64_t, m) - block->pc;
        for (unsigned i = 0; offset < block->size && i < block->n_insns; i++)
            if (block->start[i] == offset)
                return true;
    }
    return false;
}

static void find_links(const AilBlock *block, AilClass *class, AilClassMore *more)
{
    int store = ail_link_access(block, false), load = ail_link_access(block, true);
    more->link_store = store < 0 ? AIL_NO_INSN : (uint16_t)store;
    more->link_load = load < 0 ? AIL_NO_INSN : (uint16_t)load;
    if (store >= 0 || load >= 0)
        class->flags |= AIL_CLASS_LINK;
}

static AilClass class_of(const AilClasses *c, const AilBlock *block, AilClassMore *more)
{
    AilClass class = {.n_insns = block->n_insns};
    *more = (AilClassMore){.pc = block->pc,
                           .end = block->pc + block->size,
                           .last = block->pc + block->start[block->n_insns - 1],
                           .link_store = AIL_NO_INSN,
                           .link_load = AIL_NO_INSN};
    class.term = (uint8_t)ail_terminator(c->decoder, block);
    class.flags = (uint8_t)((block->user ? AIL_CLASS_USER : 0) |
                            (ail_mode_links(block->mode) ? AIL_CLASS_LINKED : 0) |
                            (is_marked(c, block) ? AIL_CLASS_MARK : 0));
    if (c->links && ail_mode_links(block->mode))
        find_links(block, &class, more);
    return class;
}

static AilClassPage *make_page(const AilClassPages *pages, uint32_t index)
{
    _Atomic(AilClassPage *) *page = &((AilClassPages *)pages)->page[index];
    if (!*page)
        atomic_store_explicit(page, g_new0(AilClassPage, 1), memory_order_release);
    return *page;
}

AilClass ail_classes_learn(const AilClassPages *pages, uint32_t id)
{
    const AilClasses *c = pages->of;
    AilClass class;
    g_mutex_lock((GMutex *)&c->lock);
    AilClassPage *page = make_page(pages, id >> AIL_CLASS_PAGE_BITS);
    class.word = page->word[id & (AIL_CLASS_PAGE - 1)];
    if (!class.word) {
        class = class_of(c, ail_dict_get(pages->dict, id), &page->more[id & (AIL_CLASS_PAGE - 1)]);
        atomic_store_explicit(&page->word[id & (AIL_CLASS_PAGE - 1)], class.word,
                              memory_order_release);
    }
    g_mutex_unlock((GMutex *)&c->lock);
    return class;
}
