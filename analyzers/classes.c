/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/classes.h"

#include <glib.h>

struct AilClasses {
    const AilBlocks *blocks;
    AilClassPages *pages; /* owned, with what they point to; most of it is never touched */
    bool links;
    GArray *marks; /* of uint64_t */
    GMutex lock;   /* of the decoder and of storing */
    AilDecoder *decoder;
};

AilClasses *ail_classes_new(const AilBlocks *blocks, bool links)
{
    AilClasses *c = g_new0(AilClasses, 1);
    c->blocks = blocks;
    c->links = links;
    c->pages = g_new0(AilClassPages, 1);
    c->marks = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    c->decoder = ail_decoder_new();
    g_mutex_init(&c->lock);
    return c;
}

void ail_classes_free(AilClasses *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(c->pages->page); i++)
        g_free(c->pages->page[i]);
    g_free(c->pages);
    g_array_free(c->marks, TRUE);
    ail_decoder_free(c->decoder);
    g_mutex_clear(&c->lock);
    g_free(c);
}

void ail_classes_mark_pc(AilClasses *c, uint64_t pc)
{
    g_array_append_val(c->marks, pc);
}

const AilBlocks *ail_classes_blocks(const AilClasses *c)
{
    return c->blocks;
}

const AilClassPages *ail_classes_pages(const AilClasses *c)
{
    return c->pages;
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
    int store = ail_a64_link_access(block, false), load = ail_a64_link_access(block, true);
    more->link_store = store < 0 ? AIL_NO_INSN : (uint16_t)store;
    more->link_load = load < 0 ? AIL_NO_INSN : (uint16_t)load;
    if (store >= 0 || load >= 0)
        class->flags |= AIL_CLASS_LINK;
}

static AilClass class_of(const AilClasses *c, const AilBlock *block, AilClassMore *more)
{
    AilClass class = {.n_insns = block->n_insns};
    uint64_t last_byte = block->pc + block->size - 1;
    *more = (AilClassMore){.pc = block->pc,
                           .end = block->pc + block->size,
                           .last = block->pc + block->start[block->n_insns - 1],
                           .link_store = AIL_NO_INSN,
                           .link_load = AIL_NO_INSN};
    class.term = (uint8_t)ail_terminator(c->decoder, block);
    class.flags = (uint8_t)((block->user ? AIL_CLASS_USER : 0) |
                            (block->mode == AIL_MODE_A64 ? AIL_CLASS_A64 : 0) |
                            (is_marked(c, block) ? AIL_CLASS_MARK : 0));
    class.line[0] = ail_class_line(block->pc);
    class.line[1] = ail_class_line(last_byte);
    if ((last_byte >> AIL_CLASS_LINE_SHIFT) - (block->pc >> AIL_CLASS_LINE_SHIFT) > 1)
        class.line[1] = AIL_CLASS_LONG;
    if (c->links && block->mode == AIL_MODE_A64)
        find_links(block, &class, more);
    return class;
}

static AilClassPage *make_page(const AilClasses *c, uint32_t index)
{
    if (!c->pages->page[index])
        atomic_store_explicit(&c->pages->page[index], g_new0(AilClassPage, 1),
                              memory_order_release);
    return c->pages->page[index];
}

AilClass ail_classes_learn(const AilClasses *c, uint32_t id)
{
    AilClass class;
    g_mutex_lock((GMutex *)&c->lock);
    AilClassPage *page = make_page(c, id >> AIL_CLASS_PAGE_BITS);
    class.word = page->word[id & (AIL_CLASS_PAGE - 1)];
    if (!class.word) {
        class = class_of(c, ail_blocks_get(c->blocks, id), &page->more[id & (AIL_CLASS_PAGE - 1)]);
        atomic_store_explicit(&page->word[id & (AIL_CLASS_PAGE - 1)], class.word,
                              memory_order_release);
    }
    g_mutex_unlock((GMutex *)&c->lock);
    return class;
}
