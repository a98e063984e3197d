/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which physical page an access is in. QEMU tells, but asking for each access takes longer than all
 * else that we do with one. A mapping that QEMU holds changes only when it drops it: at
 * instructions that say so (guest_tlb.c), with the address space, at exceptions and interrupts at
 * the latest. So each page is asked for once, until something of that kind comes; `page_epoch` is
 * part of what a slot is known by, so that forgetting all is one addition.
 *
 * The slots are those of the encoder (trace/pages.h), which is told of what is asked only: a page
 * that is found here is there too, since no other page has been in its slot since it was told.
 */
#include "replayer/plugin/plugin.h"

#include <inttypes.h>

void ail_xlate_start(void)
{
    Plugin *p = &ail_plugin;
    if (!(p->wire->columns & AIL_COL_XLATE))
        return;
    bool wide = p->x86_64 || p->arch == AIL_ARCH_ARM64;
    p->addr_mask = wide ? UINT64_MAX : UINT32_MAX;
    p->pages = g_new0(PageSlot, 1 << AIL_PAGE_SLOT_BITS);
    p->page_epoch = AIL_PAGE_MASK + 1;
}

void ail_xlate_forget(void)
{
    Plugin *p = &ail_plugin;
    if (!p->pages)
        return;
    p->page_epoch += AIL_PAGE_MASK + 1;
    if (p->page_epoch)
        return;
    for (size_t i = 0; i < 1 << AIL_PAGE_SLOT_BITS; i++) /* old stamps would look new */
        p->pages[i].key[0] = p->pages[i].key[1] = 0;
    p->page_epoch = AIL_PAGE_MASK + 1;
}

static void on_flush(unsigned vcpu, void *user)
{
    (void)vcpu, (void)user;
    ail_xlate_forget();
}

void ail_xlate_watch(struct qemu_plugin_insn *insn)
{
    qemu_plugin_register_vcpu_insn_exec_cb(insn, on_flush, QEMU_PLUGIN_CB_NO_REGS, NULL);
}

/* *known: QEMU had an answer, be it that there is no memory there. */
static uint64_t ask(qemu_plugin_meminfo_t info, uint64_t vaddr, bool *known)
{
    struct qemu_plugin_hwaddr *hw = qemu_plugin_get_hwaddr(info, vaddr & ail_plugin.addr_mask);
    *known = hw != NULL;
    return !hw || qemu_plugin_hwaddr_is_io(hw) ? AIL_PHYS_NONE : qemu_plugin_hwaddr_phys_addr(hw);
}

/* Ask for the page, tell the encoder, and keep the answer. What may be something else when read
 * than when written (a flash chip) is not kept, nor is anything behind a store to a device, which
 * may change where memory is. */
static void look_up(qemu_plugin_meminfo_t info, uint64_t vaddr, uint32_t access, PageTouch touch)
{
    Plugin *p = &ail_plugin;
    uint64_t page = touch.page, key = page | p->page_epoch;
    PageSlot *slot = &p->pages[ail_page_slot(page, AIL_PAGE_SLOT_BITS)];
    bool known;
    uint64_t phys = ask(info, vaddr, &known), frame = phys >> AIL_PAGE_SHIFT;
    bool same = slot->key[!touch.store] == key && slot->frame == frame;
    if (!same)
        p->xlate[p->n_xlate++] = (AilRawXlate){access, touch.second, phys};
    bool to_device = phys == AIL_PHYS_NONE && touch.store;
    bool keep = known && !to_device && (same || slot->key[!touch.store] != key);
    if (to_device)
        ail_xlate_forget();
    slot->key[touch.store] = keep ? key : 0;
    if (!same)
        slot->key[!touch.store] = 0;
    slot->frame = frame;
}

void ail_xlate_ask(qemu_plugin_meminfo_t info, uint64_t vaddr, uint32_t access, uint16_t what)
{
    const Plugin *p = &ail_plugin;
    PageTouch touch = {vaddr >> AIL_PAGE_SHIFT, (what & AIL_ACCESS_STORE) != 0, 0};
    if (!ail_xlate_is_known(p, touch.page, touch.store))
        look_up(info, vaddr, access, touch);
    if (!ail_page_crosses(vaddr, what & AIL_ACCESS_SIZE_SHIFT))
        return;
    touch.page = (touch.page + 1) & AIL_PAGE_MASK;
    touch.second = 1;
    if (!ail_xlate_is_known(p, touch.page, touch.store))
        look_up(info, touch.page << AIL_PAGE_SHIFT, access, touch);
}

static void check_page(qemu_plugin_meminfo_t info, uint64_t vaddr, uint64_t page)
{
    Plugin *p = &ail_plugin;
    bool known;
    uint64_t frame = ask(info, vaddr, &known) >> AIL_PAGE_SHIFT;
    uint64_t ours = p->pages[ail_page_slot(page, AIL_PAGE_SLOT_BITS)].frame;
    p->wire->xlate_unknown += !known;
    p->wire->xlate_checked++;
    if (ours != frame)
        ail_plugin_fail("instruction %" PRIu64 " or before: 0x%" PRIx64
                        " is in physical page 0x%" PRIx64 ", not 0x%" PRIx64,
                        p->icount, vaddr, frame, ours);
}

void ail_xlate_check(qemu_plugin_meminfo_t info, uint64_t vaddr, uint16_t what)
{
    uint64_t page = vaddr >> AIL_PAGE_SHIFT;
    check_page(info, vaddr, page);
    if (!ail_page_crosses(vaddr, what & AIL_ACCESS_SIZE_SHIFT))
        return;
    page = (page + 1) & AIL_PAGE_MASK;
    check_page(info, page << AIL_PAGE_SHIFT, page);
}
