/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What analyses want to know of every block that runs, looked up once for each block and kept by
 * its id: how many instructions it has, whether it matters to the call stack. Several threads may
 * ask at once.
 */
#ifndef AIL_ANALYZERS_CLASSES_H
#define AIL_ANALYZERS_CLASSES_H

#include <stdatomic.h>

#include "analyzers/analysis.h"
#include "analyzers/terminator.h"

/* The part that is looked at for each execution, packed into four bytes. */
typedef union AilClass {
    uint32_t word; /* 0: not looked up yet */
    struct {
        uint16_t n_insns; /* at least 1 */
        uint8_t term;     /* AilTerminator */
        uint8_t flags;    /* AIL_CLASS_* */
    };
} AilClass;

enum {
    AIL_CLASS_USER = 1,   /* runs without privilege */
    AIL_CLASS_LINK = 2,   /* saves or restores the return address */
    AIL_CLASS_MARK = 4,   /* has an instruction at a marked address */
    AIL_CLASS_LINKED = 8, /* calls keep the return address in a register */
};

/* The part that is looked at when a block does matter. */
typedef struct AilClassMore {
    uint64_t pc;         /* of its first instruction, */
    uint64_t end;        /* after its last one, */
    uint64_t last;       /* and of that one */
    uint16_t link_store; /* index of the instruction that saves the return address, */
    uint16_t link_load;  /* and of the one that restores it; with AIL_CLASS_LINK */
} AilClassMore;

#define AIL_NO_INSN UINT16_MAX

enum { AIL_CLASS_PAGE_BITS = 12, AIL_CLASS_PAGE = 1 << AIL_CLASS_PAGE_BITS };

typedef struct AilClassPage {
    _Atomic uint32_t word[AIL_CLASS_PAGE]; /* AilClass.word, stored after `more` */
    AilClassMore more[AIL_CLASS_PAGE];
} AilClassPage;

typedef struct AilClasses AilClasses;

/* What is known of the blocks of one dictionary. `page` is for the inline functions below alone. */
typedef struct AilClassPages {
    const AilClasses *of; /* borrowed */
    AilDict *dict;        /* owned: a reference */
    unsigned refs;        /* guarded by the lock in `of` */
    _Atomic(AilClassPage *) page[AIL_DICT_MAX >> AIL_CLASS_PAGE_BITS];
} AilClassPages;

/* links: look for instructions that save and restore x30. */
AilClasses *ail_classes_new(bool links);
/* Nothing may be acquired any more. c may be NULL. */
void ail_classes_free(AilClasses *c);

/* Mark all blocks that contain the instruction at pc. Before any look-up. */
void ail_classes_mark_pc(AilClasses *c, uint64_t pc);

/* For the blocks of a chunk; to be given to ail_classes_release. What was looked up is kept for
 * the chunks that follow, until they come with another dictionary. */
const AilClassPages *ail_classes_acquire(const AilClasses *c, const AilChunk *chunk);
void ail_classes_release(const AilClassPages *pages);

/* Look a block up for the first time. */
AilClass ail_classes_learn(const AilClassPages *pages, uint32_t id);

/* The class of a block that a chunk refers to; pages: of that chunk. */
static inline AilClass ail_classes_get(const AilClassPages *pages, uint32_t id)
{
    AilClass class = {0};
    AilClassPage *page =
        atomic_load_explicit(&pages->page[id >> AIL_CLASS_PAGE_BITS], memory_order_acquire);
    if (__builtin_expect(page != NULL, 1))
        class.word =
            atomic_load_explicit(&page->word[id & (AIL_CLASS_PAGE - 1)], memory_order_acquire);
    return __builtin_expect(class.word != 0, 1) ? class : ail_classes_learn(pages, id);
}

/* The rest of it, once ail_classes_get has been asked. */
static inline const AilClassMore *ail_classes_more(const AilClassPages *pages, uint32_t id)
{
    AilClassPage *page =
        atomic_load_explicit(&pages->page[id >> AIL_CLASS_PAGE_BITS], memory_order_acquire);
    return &page->more[id & (AIL_CLASS_PAGE - 1)];
}

#endif
