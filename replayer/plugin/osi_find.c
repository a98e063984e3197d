/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding the guest's kernel: all memory around code that may be its, and what that says. */
#include "replayer/plugin/plugin.h"

enum {
    PAGE = 4096,
    SCAN_DOWN = 96 << 20, /* how far from running code its kernel is looked for */
    SCAN_UP = 128 << 20,
    HOLE = 16 << 20,        /* and over what that is not there */
    SCAN_MOST = 600u << 20, /* in all, before it is given up */
};

typedef struct Scan {
    uint8_t *bytes; /* owned: of [low, low + size) */
    uint64_t low, size;
    GArray *ranges; /* of AilKernelRange; owned */
} Scan;

/* So far from pc its pages are there, in this direction. */
static uint64_t reach(uint64_t page, int64_t step, uint64_t most)
{
    uint64_t last = 0, hole = 0;
    uint8_t byte;
    for (uint64_t at = PAGE; at <= most && hole < HOLE; at += PAGE) {
        uint64_t addr = step > 0 ? page + at : page - at;
        bool wraps = step > 0 ? addr < page : addr > page;
        if (wraps)
            break;
        if (ail_plugin_read_memory(addr, &byte, 1)) {
            last = at;
            hole = 0;
        } else {
            hole += PAGE;
        }
    }
    return last;
}

static void scan(uint64_t pc, Scan *s)
{
    uint64_t page = pc & ~(uint64_t)(PAGE - 1);
    uint64_t down = reach(page, -1, SCAN_DOWN), up = reach(page, 1, SCAN_UP);
    *s = (Scan){.low = page - down, .size = down + up + PAGE};
    s->bytes = g_malloc(s->size);
    s->ranges = g_array_new(FALSE, FALSE, sizeof(AilKernelRange));
    AilKernelRange range = {0};
    for (uint64_t at = 0; at <= s->size; at += PAGE) {
        bool there = at < s->size && ail_plugin_read_memory(s->low + at, s->bytes + at, PAGE);
        if (there && !range.size)
            range = (AilKernelRange){.vaddr = s->low + at, .bytes = s->bytes + at};
        if (there)
            range.size += PAGE;
        else if (range.size) {
            g_array_append_val(s->ranges, range);
            range.size = 0;
        }
    }
}

void ail_plugin_osi_look(uint64_t pc)
{
    Plugin *p = &ail_plugin;
    Scan s;
    p->osi_look = false;
    p->event_icount = p->icount;
    AilError err = {{0}};
    AilOsiProfile *profile = g_new(AilOsiProfile, 1);
    AilKallsyms *symbols = NULL;
    scan(pc, &s);
    AilKernelImage image = ail_kernel_image(ail_plugin_machine());
    image.ranges = (const AilKernelRange *)(void *)s.ranges->data;
    image.n_ranges = s.ranges->len;
    AilStatus found = ail_osi_profile_find(&image, p->wire->has_profile ? &p->wire->profile : NULL,
                                           profile, &symbols, &err);
    p->osi_scanned += s.size;
    p->osi_done = symbols || p->osi_scanned > SCAN_MOST;
    if (symbols)
        ail_plugin_osi_take(profile, symbols);
    if (found != AIL_OK)
        g_strlcpy(p->wire->osi_note, err.text, sizeof p->wire->osi_note);
    ail_kallsyms_free(symbols);
    g_free(profile);
    g_array_unref(s.ranges);
    g_free(s.bytes);
}

bool ail_plugin_may_be_kernel(const Block *b)
{
    const Plugin *p = &ail_plugin;
    enum { PAGING = 1u << 31, SCTLR_M = 1 };
    if (b->user)
        return false;
    switch (b->mode) {
    case AIL_MODE_X86_64:
        return b->pc >= 0xffffffff80000000u;
    case AIL_MODE_X86_32:
        return b->pc >= 0x80000000u && ail_guest_read(p->reg.cr0) & PAGING;
    case AIL_MODE_A64:
        return b->pc >= 0xffff000000000000u;
    case AIL_MODE_A32:
    case AIL_MODE_T32:
        return b->pc >= 0x80000000u && ail_guest_read(p->reg.sctlr) & SCTLR_M;
    default:
        return false;
    }
}
