/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a file has in it, as far as the guest's memory has it: from the kernel's page cache, else
 * from where a process has it mapped. (Facts: Linux' include/linux/xarray.h and lib/xarray.c; the
 * addresses of struct pages and of the memory they stand for:
 * arch/x86/include/asm/pgtable_64_types.h, arch/arm64/include/asm/memory.h.)
 */
#include "replayer/osi/osi_private.h"

enum { PAGE_BITS = 12, PAGE = 1 << PAGE_BITS, MAX_DEPTH = 12, MAX_INDEX = 1 << 20 };
/* Entries of an xarray: a pointer to what is stored, or, by the lowest bits, something else. */
enum { KIND_MASK = 3, KIND_POINTER = 0, KIND_INTERNAL = 2, PG_LOCKED = 1 };

/* --- the page cache --- */

static bool is_node(uint64_t entry)
{
    return (entry & KIND_MASK) == KIND_INTERNAL && entry > PAGE;
}

/* What the tree has at `index`; 0: nothing. */
static uint64_t look_up(AilOsi *o, uint64_t mapping, uint64_t index)
{
    const AilOsiOffsets *off = &o->profile.off;
    uint64_t slots = (uint64_t)off->xa_node_slots_size / o->pointer;
    uint64_t entry = ail_osi_pointer(o, mapping + (uint64_t)off->mapping_head);
    if (!is_node(entry))
        return index ? 0 : entry;
    for (unsigned depth = 0, above = 64; depth < MAX_DEPTH && is_node(entry); depth++) {
        uint64_t node = entry - KIND_INTERNAL;
        uint8_t shift;
        if (!ail_osi_read(o, node + (uint64_t)off->xa_node_shift, &shift, 1) || shift >= above ||
            (!depth && index >> shift >= slots))
            return 0;
        uint64_t at = index >> shift & (slots - 1);
        entry = ail_osi_pointer(o, node + (uint64_t)off->xa_node_slots + at * o->pointer);
        /* A sibling says in which slot the entry is that it belongs to. */
        if ((entry & KIND_MASK) == KIND_INTERNAL && entry >> 2 < slots)
            entry =
                ail_osi_pointer(o, node + (uint64_t)off->xa_node_slots + (entry >> 2) * o->pointer);
        above = shift;
    }
    return entry;
}

/* The struct page of a page of the file; 0: it is not there, or not ready. An entry may stand for
 * several pages, and then is the first one's. */
static uint64_t find_page(AilOsi *o, uint64_t mapping, uint64_t index)
{
    const AilOsiOffsets *off = &o->profile.off;
    uint64_t page = look_up(o, mapping, index);
    if (!page || (page & KIND_MASK) != KIND_POINTER)
        return 0;
    uint64_t first = ail_osi_pointer(o, page + (uint64_t)off->page_index);
    uint64_t flags = ail_osi_pointer(o, page + (uint64_t)off->page_flags);
    if (flags & PG_LOCKED || first > index || index - first > MAX_INDEX)
        return 0;
    return page + (index - first) * (uint64_t)off->page_size;
}

/* --- where memory is --- */

static uint64_t place_of(const AilOsi *o, const AilOsiMemory *m, uint64_t page)
{
    uint64_t size = (uint64_t)o->profile.off.page_size;
    if (page < m->pages || (page - m->pages) % size)
        return 0;
    return m->memory + ((page - m->pages) / size << PAGE_BITS);
}

static void take_if_right(AilOsi *o, uint64_t page, AilOsiMemory m)
{
    uint8_t begin[4];
    uint64_t at = o->memory.pages ? 0 : place_of(o, &m, page);
    if (at && ail_osi_read(o, at, begin, sizeof begin) && !memcmp(begin, "\177ELF", 4))
        o->memory = m;
}

/* How far below the top the array begins has changed: until 5.10, until 6.8, since. */
static void try_arm64(AilOsi *o, uint64_t page)
{
    static const unsigned widths[] = {48, 52, 39, 47};
    for (size_t i = 0; i < G_N_ELEMENTS(widths); i++) {
        uint64_t size = (uint64_t)1 << widths[i], end = (uint64_t)1 << (MIN(widths[i], 48) - 1);
        uint64_t pages = ((size - end) >> PAGE_BITS) * (uint64_t)o->profile.off.page_size;
        take_if_right(o, page, (AilOsiMemory){-(size >> 6), -size});
        take_if_right(o, page, (AilOsiMemory){-((uint64_t)1 << 30) - pages, -size});
        take_if_right(o, page, (AilOsiMemory){-((uint64_t)2 << 20) - pages, -size});
    }
}

static void try_x86_64(AilOsi *o, uint64_t page)
{
    const AilOsiSymbols *sym = &o->profile.sym;
    if (AIL_OSI_HAS(&o->profile, vmemmap_base) && AIL_OSI_HAS(&o->profile, page_offset_base))
        take_if_right(o, page,
                      (AilOsiMemory){ail_osi_pointer(o, sym->vmemmap_base),
                                     ail_osi_pointer(o, sym->page_offset_base)});
    take_if_right(o, page, (AilOsiMemory){0xffffea0000000000u, 0xffff888000000000u});
    take_if_right(o, page, (AilOsiMemory){0xffd4000000000000u, 0xff11000000000000u});
}

/* Which way pages are found is known by the first page of a program. */
static void find_memory(AilOsi *o, uint64_t page)
{
    if (o->arch == AIL_MACHINE_X86_64)
        try_x86_64(o, page);
    else if (o->arch == AIL_MACHINE_AARCH64)
        try_arm64(o, page);
}

/* --- for others --- */

/* Of x86_64 it is said by the kernel, where it says it. */
static bool know_memory(AilOsi *o)
{
    if (!o->memory.pages && o->arch == AIL_MACHINE_X86_64 &&
        AIL_OSI_HAS(&o->profile, vmemmap_base) && AIL_OSI_HAS(&o->profile, page_offset_base))
        o->memory = (AilOsiMemory){ail_osi_pointer(o, o->profile.sym.vmemmap_base),
                                   ail_osi_pointer(o, o->profile.sym.page_offset_base)};
    return o->memory.pages && o->memory.memory;
}

uint64_t ail_osi_page_address(AilOsi *o, uint64_t page)
{
    return o->profile.off.page_size > 0 && know_memory(o) ? place_of(o, &o->memory, page) : 0;
}

/* The kernel has all memory mapped at a stretch. AArch64's begins with the first memory there is;
 * and if the array of struct pages was found by another width of addresses than the kernel's own,
 * what is above the lowest 48 bits is not right, which no machine has. */
uint64_t ail_osi_phys(AilOsi *o, uint64_t addr)
{
    const uint64_t most = (uint64_t)1 << 48;
    if (!know_memory(o) || addr < o->memory.memory)
        return AIL_PHYS_NONE;
    uint64_t at = addr - o->memory.memory;
    if (o->arch == AIL_MACHINE_X86_64)
        return at < most ? at : AIL_PHYS_NONE;
    if (o->arch != AIL_MACHINE_AARCH64 || !AIL_OSI_HAS(&o->profile, memstart_addr))
        return AIL_PHYS_NONE;
    return (at + ail_osi_u64(o, o->profile.sym.memstart_addr)) & (most - 1);
}

static bool has_cache(const AilOsi *o)
{
    const AilOsiOffsets *off = &o->profile.off;
    uint64_t slots = (uint64_t)MAX(off->xa_node_slots_size, 0) / o->pointer;
    return off->mapping_head >= 0 && off->xa_node_shift >= 0 && off->xa_node_slots >= 0 && slots &&
           !(slots & (slots - 1)) && off->page_size > 0 && off->page_flags >= 0 &&
           off->page_index >= 0;
}

static bool read_cached(AilOsiContent *c, uint64_t index)
{
    AilOsi *o = c->osi;
    uint64_t page = c->mapping && has_cache(o) ? find_page(o, c->mapping, index) : 0;
    if (page && !o->memory.pages && !index)
        find_memory(o, page);
    uint64_t at = page && o->memory.pages ? place_of(o, &o->memory, page) : 0;
    return at && ail_osi_read(o, at, c->page, PAGE);
}

/* --- mappings --- */

static void take_extent(void *user, const AilOsiVma *vma)
{
    AilOsiContent *c = user;
    AilOsiExtent x = {vma->start, vma->end, vma->offset};
    enum { MAX_EXTENTS = 256 };
    if (vma->file == c->file && c->extents->len < MAX_EXTENTS)
        g_array_append_val(c->extents, x);
}

static bool read_mapped(AilOsiContent *c, uint64_t index)
{
    uint64_t offset = index << PAGE_BITS;
    if (!c->extents) {
        c->extents = g_array_new(FALSE, FALSE, sizeof(AilOsiExtent));
        ail_osi_walk_maps(c->osi, c->mm, 0, UINT64_MAX, take_extent, c);
    }
    for (guint i = 0; i < c->extents->len; i++) {
        const AilOsiExtent *x = &g_array_index(c->extents, AilOsiExtent, i);
        if (offset >= x->offset && offset - x->offset < x->end - x->start &&
            ail_osi_read(c->osi, x->start + (offset - x->offset), c->page, PAGE)) {
            if (!x->offset)
                c->source.base = x->start;
            return true;
        }
    }
    return false;
}

/* --- bytes --- */

static void turn_to(AilOsiContent *c, uint64_t index)
{
    AilOsi *o = c->osi;
    if (c->turned && c->index == index)
        return;
    c->turned = true;
    c->index = index;
    c->there = o->content_left && (read_cached(c, index) || read_mapped(c, index));
    o->content_left -= o->content_left > 0;
    if (!c->there)
        memset(c->page, AIL_ELF_HOLE, PAGE);
}

static bool content_read(void *user, uint64_t offset, void *to, size_t len)
{
    AilOsiContent *c = user;
    bool whole = offset < c->size && len <= c->size - offset;
    uint8_t *out = to;
    if (!whole) {
        memset(to, AIL_ELF_HOLE, len);
        len = offset < c->size ? (size_t)(c->size - offset) : 0;
    }
    while (len) {
        size_t n = MIN(len, PAGE - offset % PAGE);
        turn_to(c, offset >> PAGE_BITS);
        whole &= c->there;
        memcpy(out, c->page + offset % PAGE, n);
        offset += n;
        out += n;
        len -= n;
    }
    return whole;
}

const AilElfSource *ail_osi_content_source(AilOsiContent *c)
{
    c->source = (AilElfSource){.user = c, .size = c->size, .read = content_read};
    return &c->source;
}

void ail_osi_content_clear(AilOsiContent *c)
{
    if (c->extents)
        g_array_free(c->extents, TRUE);
}
