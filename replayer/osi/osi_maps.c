/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process has mapped: a list of mappings until Linux 6.0, a maple tree since 6.1 (facts from
 * Linux' include/linux/maple_tree.h and lib/maple_tree.c).
 */
#include "replayer/osi/osi_private.h"

enum { VM_READ = 1, VM_WRITE = 2, VM_EXEC = 4, VM_MAYSHARE = 0x80, VM_GROWSDOWN = 0x100 };
/* Of a pointer to a node: what it is, and where in it its address ends. */
enum { LEAF_64 = 1, RANGE_64 = 2, ARANGE_64 = 3, NODE_MASK = 255, TYPE_SHIFT = 3, TYPE_MASK = 15 };
enum { MAX_SLOTS = 64, MAX_DEPTH = 16 };
enum {
    MAX_VISITS = 1 << 18,
    MOST = 8 << 20 /* bytes told of one process's */
};

typedef struct Walk {
    AilOsi *o;
    uint64_t mm, from, to;
    uint32_t left, visits_left; /* steps that may be taken, mappings that may be looked at */
    AilOsiEachVma *each;
    void *user;
} Walk;

static uint32_t flags_of(uint64_t vm)
{
    return (vm & VM_READ ? AIL_MAP_READ : 0) | (vm & VM_WRITE ? AIL_MAP_WRITE : 0) |
           (vm & VM_EXEC ? AIL_MAP_EXEC : 0) | (vm & VM_MAYSHARE ? AIL_MAP_SHARED : 0) |
           (vm & VM_GROWSDOWN ? AIL_MAP_STACK : 0);
}

static void visit(Walk *w, uint64_t vma)
{
    AilOsi *o = w->o;
    const AilOsiOffsets *off = &o->profile.off;
    uint8_t b[512];
    uint32_t len = (uint32_t)MAX(MAX(off->vma_vm_start, off->vma_vm_end),
                                 MAX(MAX(off->vma_vm_flags, off->vma_vm_file),
                                     MAX(off->vma_vm_pgoff, off->vma_vm_private_data))) +
                   8;
    if (!w->visits_left) {
        w->left = 0;
        return;
    }
    w->visits_left--;
    if (len > sizeof b || !ail_osi_read(o, vma, b, len))
        return;
    AilOsiVma v = {.start = ail_osi_number(b + off->vma_vm_start, o->pointer),
                   .end = ail_osi_number(b + off->vma_vm_end, o->pointer),
                   .offset = ail_osi_number(b + off->vma_vm_pgoff, o->pointer) << 12,
                   .file = ail_osi_number(b + off->vma_vm_file, o->pointer),
                   .flags = flags_of(ail_osi_number(b + off->vma_vm_flags, o->pointer))};
    if (off->vma_vm_private_data >= 0)
        v.private_data = ail_osi_number(b + off->vma_vm_private_data, o->pointer);
    if (v.end > v.start && v.end > w->from && v.start < w->to)
        w->each(w->user, &v);
}

static void walk_list(Walk *w)
{
    const AilOsiOffsets *off = &w->o->profile.off;
    uint64_t vma = ail_osi_pointer(w->o, w->mm + (uint64_t)off->mm_mmap);
    for (; vma && w->left; w->left--) {
        visit(w, vma);
        vma = ail_osi_pointer(w->o, vma + (uint64_t)off->vma_vm_next);
    }
}

typedef struct Node {
    unsigned type, n_pivots, n_slots;
    uint64_t pivot[MAX_SLOTS], slot[MAX_SLOTS];
} Node;

static bool read_words(AilOsi *o, uint64_t addr, unsigned n, uint64_t *to)
{
    uint8_t bytes[MAX_SLOTS * 8];
    if (n > MAX_SLOTS || !ail_osi_read(o, addr, bytes, (size_t)n * o->pointer))
        return false;
    for (unsigned i = 0; i < n; i++)
        to[i] = ail_osi_number(bytes + i * o->pointer, o->pointer);
    return true;
}

static bool read_node(AilOsi *o, uint64_t entry, Node *n)
{
    const AilOsiOffsets *off = &o->profile.off;
    uint64_t at = entry & ~(uint64_t)NODE_MASK;
    n->type = entry >> TYPE_SHIFT & TYPE_MASK;
    bool arange = n->type == ARANGE_64;
    if (n->type < LEAF_64 || n->type > ARANGE_64)
        return false;
    int32_t pivot = arange ? off->maple_arange_64_pivot : off->maple_range_64_pivot;
    int32_t slot = arange ? off->maple_arange_64_slot : off->maple_range_64_slot;
    n->n_pivots =
        (unsigned)(arange ? off->maple_arange_64_pivot_size : off->maple_range_64_pivot_size) /
        o->pointer;
    n->n_slots =
        (unsigned)(arange ? off->maple_arange_64_slot_size : off->maple_range_64_slot_size) /
        o->pointer;
    return pivot >= 0 && slot >= 0 && read_words(o, at + (uint64_t)pivot, n->n_pivots, n->pivot) &&
           read_words(o, at + (uint64_t)slot, n->n_slots, n->slot);
}

/* The node holds first..last. */
static void walk_node(Walk *w, uint64_t entry, uint64_t first, uint64_t last, int depth)
{
    Node n;
    if (depth > MAX_DEPTH || !w->left || !read_node(w->o, entry, &n))
        return;
    w->left--;
    for (unsigned i = 0; i < n.n_slots && w->left; i++) {
        uint64_t end = i < n.n_pivots ? n.pivot[i] : last;
        if (i > 0 && i < n.n_pivots && !end)
            end = last; /* the rest was never used */
        end = MIN(end, last);
        if (n.slot[i] && end >= w->from && first < w->to) {
            if (n.type == LEAF_64)
                visit(w, n.slot[i]);
            else
                walk_node(w, n.slot[i], first, end, depth + 1);
        }
        if (end >= last || end < first)
            return;
        first = end + 1;
    }
}

static void walk_tree(Walk *w)
{
    const AilOsiOffsets *off = &w->o->profile.off;
    uint64_t root =
        ail_osi_pointer(w->o, w->mm + (uint64_t)off->mm_mm_mt + (uint64_t)off->maple_tree_root);
    if ((root & 3) == 2 && root > 4096) /* a node, not an entry of its own */
        walk_node(w, root, 0, w->o->pointer == 8 ? UINT64_MAX : UINT32_MAX, 0);
}

bool ail_osi_walk_maps(AilOsi *o, uint64_t mm, uint64_t from, uint64_t to, AilOsiEachVma *each,
                       void *user)
{
    const AilOsiOffsets *off = &o->profile.off;
    const int32_t needed[] = {off->vma_vm_start, off->vma_vm_end, off->vma_vm_flags,
                              off->vma_vm_file, off->vma_vm_pgoff};
    for (size_t i = 0; i < G_N_ELEMENTS(needed); i++) {
        if (needed[i] < 0)
            return false;
    }
    Walk w = {.o = o,
              .mm = mm,
              .from = from,
              .to = to,
              .left = AIL_OSI_MAX_MAPS,
              .visits_left = MAX_VISITS,
              .each = each,
              .user = user};
    if (off->mm_mm_mt >= 0 && off->maple_tree_root >= 0)
        walk_tree(&w);
    else if (off->mm_mmap >= 0 && off->vma_vm_next >= 0)
        walk_list(&w);
    else
        return false;
    return true;
}

/* --- telling --- */

typedef struct Telling {
    AilOsi *o;
    uint64_t mm, brk, start_brk, start_stack, vdso;
    uint32_t n;
    AilBuf maps;      /* owned */
    char special[32]; /* name of a mapping of the kernel's own */
} Telling;

/* A mapping of the kernel's own has its name from the kernel: [vdso], [vvar], [vectors]. */
static bool read_special(Telling *t, uint64_t private_data)
{
    const AilOsiOffsets *off = &t->o->profile.off;
    char *name = t->special;
    if (!private_data || off->special_mapping_name < 0)
        return false;
    uint64_t at = ail_osi_pointer(t->o, private_data + (uint64_t)off->special_mapping_name);
    if (!at || !ail_osi_text(t->o, at, name, sizeof t->special) || *name != '[')
        return false;
    size_t len = 1;
    while (g_ascii_isalnum(name[len]) || name[len] == '_')
        len++;
    return len > 1 && !strcmp(name + len, "]");
}

/* What /proc calls a mapping without a file. */
static const char *name_of(Telling *t, AilGuestMap *m, uint64_t private_data)
{
    if (read_special(t, private_data))
        return t->special;
    if (t->vdso && m->start == t->vdso)
        return "[vdso]";
    if (m->start <= t->brk && m->end >= t->start_brk && t->brk) {
        m->flags |= AIL_MAP_HEAP;
        return "[heap]";
    }
    return m->start <= t->start_stack && m->end >= t->start_stack ? "[stack]" : "";
}

static void tell_map(void *user, const AilOsiVma *vma)
{
    Telling *t = user;
    AilGuestMap m = {.start = vma->start, .end = vma->end, .flags = vma->flags};
    AilOsiFile f;
    const char *path = "?";
    if (t->maps.len > MOST)
        return;
    if (vma->file) {
        m.offset = vma->offset;
        if (ail_osi_file(t->o, vma->file, &f))
            path = f.path;
        m.inode = f.inode;
        m.dev = f.dev;
        if (vma->flags & AIL_MAP_EXEC)
            ail_osi_look_at_symbols(t->o, t->mm, vma->file, &f);
    } else {
        path = name_of(t, &m, vma->private_data);
    }
    m.path = (AilGuestText){path, (uint32_t)strlen(path)};
    ail_guest_put_map(&t->maps, &m);
    t->n++;
}

static uint64_t mm_member(const Telling *t, int32_t offset)
{
    return offset < 0 ? 0 : ail_osi_pointer(t->o, t->mm + (uint64_t)offset);
}

void ail_osi_tell_maps(AilOsi *o, uint64_t mm, uint64_t from, uint64_t to)
{
    const AilOsiOffsets *off = &o->profile.off;
    Telling t = {.o = o, .mm = mm};
    t.brk = mm_member(&t, off->mm_brk);
    t.start_brk = mm_member(&t, off->mm_start_brk);
    t.start_stack = mm_member(&t, off->mm_start_stack);
    t.vdso = mm_member(&t, off->mm_context_vdso);
    if (ail_osi_walk_maps(o, mm, from, to, tell_map, &t)) {
        ail_guest_put_maps(&o->buf, &(AilGuestMaps){.from = from, .to = to, .n = t.n});
        ail_buf_put(&o->buf, t.maps.data, t.maps.len);
        ail_osi_tell(o, AIL_EVENT_MAPS, mm, 0);
    }
    ail_buf_clear(&t.maps);
}
