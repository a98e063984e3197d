/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/folded.h"

#include "formats/text.h"

#include <glib.h>
#include <inttypes.h>
#include <stdio.h>

enum {
    KIND_KERNEL = 100, /* top-level node: no user part */
    KIND_USER = 101,   /* top-level node: entry is the address space */
    KIND_TASK = 102,   /* top-level node: entry is the number of the task that leads the process */
};

typedef struct Node {
    uint64_t entry;
    uint64_t count;
    const char *name; /* in `names`; NULL: none is known */
    uint32_t parent;  /* index; a top-level node has itself */
    uint32_t depth;   /* 0: top level */
    uint32_t recent;  /* the child that was looked up last; 0: none */
    uint8_t kind;
} Node;

/* Node 0 is never used, so that a frame's tag 0 means "not looked up". */
struct AilFolded {
    AilStacks *stacks;         /* borrowed */
    const AilSymbols *symbols; /* borrowed; may be NULL */
    GStringChunk *names;
    GArray *nodes;   /* of Node */
    uint32_t *table; /* open addressing: index of a node or 0; owned */
    uint32_t mask;
    uint32_t max_depth;
    uint32_t current;
    GPtrArray *frames; /* scratch: of AilFrame */
    bool full;
};

AilFolded *ail_folded_new(AilStacks *stacks, const AilSymbols *symbols, uint32_t max_depth)
{
    AilFolded *f = g_new0(AilFolded, 1);
    f->stacks = stacks;
    f->symbols = symbols;
    f->names = g_string_chunk_new(1 << 14);
    f->nodes = g_array_new(FALSE, TRUE, sizeof(Node));
    g_array_set_size(f->nodes, 1);
    f->mask = 1023;
    f->table = g_new0(uint32_t, f->mask + 1);
    f->max_depth = max_depth ? max_depth : UINT32_MAX;
    f->frames = g_ptr_array_new();
    return f;
}

void ail_folded_free(AilFolded *f)
{
    if (!f)
        return;
    g_array_free(f->nodes, TRUE);
    g_string_chunk_free(f->names);
    g_ptr_array_free(f->frames, TRUE);
    g_free(f->table);
    g_free(f);
}

static uint32_t hash(uint32_t parent, uint64_t entry, uint8_t kind)
{
    uint64_t h = (entry ^ (uint64_t)kind << 56) * 0x9e3779b97f4a7c15u;
    h = (h ^ parent) * 0xff51afd7ed558ccdu;
    return (uint32_t)(h >> 32);
}

static void grow(AilFolded *f)
{
    g_free(f->table);
    f->mask = f->mask * 2 + 1;
    f->table = g_new0(uint32_t, f->mask + 1);
    for (uint32_t i = 1; i < f->nodes->len; i++) {
        const Node *n = &g_array_index(f->nodes, Node, i);
        uint32_t at = hash(n->depth ? n->parent : 0, n->entry, n->kind);
        while (f->table[at & f->mask])
            at++;
        f->table[at & f->mask] = i;
    }
}

/* What a frame's function is called now: later its process may have ended. */
static const char *name_of(AilFolded *f, uint64_t entry, uint8_t kind)
{
    char name[AIL_SYMBOL_MAX];
    if (kind >= KIND_KERNEL || !f->symbols ||
        !ail_stacks_name(f->stacks, f->symbols, entry, name, sizeof name))
        return NULL;
    return g_string_chunk_insert_const(f->names, g_strdelimit(ail_text_disarm(name), ";", ':'));
}

static uint32_t add_node(AilFolded *f, uint32_t parent, uint64_t entry, uint8_t kind, uint32_t at)
{
    uint32_t index = f->nodes->len;
    uint32_t depth = parent ? g_array_index(f->nodes, Node, parent).depth + 1 : 0;
    Node n = {.entry = entry,
              .name = name_of(f, entry, kind),
              .parent = parent ? parent : index,
              .depth = depth,
              .kind = kind};
    g_array_append_val(f->nodes, n);
    f->table[at & f->mask] = index;
    if (f->nodes->len > f->mask / 2)
        grow(f);
    return index;
}

static uint32_t find_child(AilFolded *f, uint32_t parent, uint64_t entry, uint8_t kind)
{
    uint32_t at = hash(parent, entry, kind);
    for (; f->table[at & f->mask]; at++) {
        uint32_t i = f->table[at & f->mask];
        const Node *n = &g_array_index(f->nodes, Node, i);
        if (n->entry == entry && n->kind == kind && (n->depth ? n->parent : 0) == parent)
            return i;
    }
    if (f->nodes->len >= AIL_FOLDED_MAX_NODES && parent) {
        f->full = true;
        return parent;
    }
    return add_node(f, parent, entry, kind, at);
}

/* The child of `parent` (0: top level) with that function, made when it is new; the parent itself
 * when the tree is full or deep enough. */
static uint32_t child(AilFolded *f, uint32_t parent, uint64_t entry, uint8_t kind)
{
    const Node *p = &g_array_index(f->nodes, Node, parent);
    if (parent && p->depth >= f->max_depth)
        return parent;
    const Node *recent = &g_array_index(f->nodes, Node, p->recent);
    if (parent && p->recent && recent->entry == entry && recent->kind == kind)
        return p->recent;
    uint32_t found = find_child(f, parent, entry, kind);
    if (found != parent)
        g_array_index(f->nodes, Node, parent).recent = found;
    return found;
}

/* The innermost frames of the stack up to the first whose node is known, innermost first; all of
 * them when none is. Returns how many there are. */
static size_t unknown_frames(AilFolded *f, uint32_t *known)
{
    size_t total, max = 8;
    *known = 0;
    for (;;) {
        g_ptr_array_set_size(f->frames, (gint)max);
        AilFrame **frames = (AilFrame **)f->frames->pdata;
        size_t n = ail_stacks_frames(f->stacks, frames, max, &total);
        for (size_t i = 0; i < n; i++) {
            if (frames[i]->tag) {
                *known = frames[i]->tag;
                return i;
            }
        }
        if (n == total)
            return n;
        max = total;
    }
}

/* A stack of which only the innermost frame may be unknown. */
static bool switch_near(AilFolded *f)
{
    AilFrame *outer, *top = ail_stacks_top(f->stacks, &outer);
    if (!top->tag && outer && outer->tag)
        top->tag = child(f, outer->tag, top->entry, top->kind);
    f->current = top->tag;
    return top->tag;
}

/* Whose stack the current one is. */
static uint32_t top_level(AilFolded *f)
{
    uint64_t asid = 0;
    bool user = ail_stacks_user_asid(f->stacks, &asid);
    uint64_t process = user ? ail_stacks_process(f->stacks, f->symbols) : 0;
    if (process)
        return child(f, 0, process, KIND_TASK);
    return child(f, 0, asid, user ? KIND_USER : KIND_KERNEL);
}

void ail_folded_switch(AilFolded *f)
{
    uint32_t node;
    if (switch_near(f))
        return;
    size_t n = unknown_frames(f, &node);
    if (!node)
        node = top_level(f);
    while (n-- > 0) {
        AilFrame *frame = f->frames->pdata[n];
        node = child(f, node, frame->entry, frame->kind);
        frame->tag = node;
    }
    f->current = node;
}

void ail_folded_count(AilFolded *f, uint64_t insns)
{
    if (insns)
        g_array_index(f->nodes, Node, f->current).count += insns;
}

static const Node *outer(const AilFolded *f, const Node *n)
{
    return &g_array_index(f->nodes, Node, n->parent);
}

/* A recording has hundreds of thousands of stacks, and printf takes longer than all else here. */
static void append_hex(GString *line, uint64_t v)
{
    char text[18], *at = text + sizeof text;
    do
        *--at = "0123456789abcdef"[v & 15];
    while (v >>= 4);
    *--at = 'x';
    *--at = '0';
    g_string_append_len(line, at, text + sizeof text - at);
}

/* "cat-81", by what it was called last. */
static void append_process(GString *line, const AilFolded *f, uint64_t id)
{
    const AilTask *t = ail_guest_task_at(ail_stacks_guest(f->stacks), id - 1);
    char *comm = g_strdup(t->comm);
    g_string_append_printf(line, "%s-%u", g_strdelimit(ail_text_disarm(comm), ";", ':'), t->tgid);
    g_free(comm);
}

/* Code that ran before the kernel was found; NULL: no name. */
static const char *late_name(const AilFolded *f, uint64_t entry, char *buf, size_t size)
{
    AilSymbolizer *z = ail_symbolizer_of(f->symbols);
    bool known = z && ail_symbolizer_name(z, NULL, 0, entry, buf, size);
    return known ? g_strdelimit(buf, ";", ':') : NULL;
}

static void append_label(GString *line, const AilFolded *f, const Node *n)
{
    static const char *const kinds[] = {"", "", "syscall:", "exception:", "interrupt:"};
    if (n->kind == KIND_KERNEL) {
        g_string_append(line, "kernel");
    } else if (n->kind == KIND_USER) {
        g_string_append(line, "asid:");
        append_hex(line, n->entry);
    } else if (n->kind == KIND_TASK) {
        append_process(line, f, n->entry);
    } else {
        char buf[AIL_SYMBOL_MAX];
        const char *name = n->name ? n->name : late_name(f, n->entry, buf, sizeof buf);
        g_string_append(line, kinds[n->kind]);
        if (name)
            g_string_append(line, name);
        else
            append_hex(line, n->entry);
    }
}

static void write_node(const AilFolded *f, const Node *n, GString *line)
{
    g_ptr_array_set_size(f->frames, 0);
    for (const Node *p = n; p->depth; p = outer(f, p))
        g_ptr_array_add(f->frames, (gpointer)p);
    const Node *top = n;
    while (top->depth)
        top = outer(f, top);
    g_string_truncate(line, 0);
    append_label(line, f, top);
    for (guint i = f->frames->len; i-- > 0;) {
        g_string_append_c(line, ';');
        append_label(line, f, f->frames->pdata[i]);
    }
}

bool ail_folded_write(const AilFolded *f, AilOutput *out)
{
    GString *line = g_string_new(NULL);
    for (uint32_t i = 1; i < f->nodes->len; i++) {
        const Node *n = &g_array_index(f->nodes, Node, i);
        if (!n->count)
            continue;
        write_node(f, n, line);
        if (ail_output_wants_records(out)) {
            ail_json_begin(out, "callstack");
            ail_json_text(out, "stack", line->str);
            ail_json_number(out, "instructions", n->count);
            ail_json_end(out);
        }
        if (ail_output_wants_text(out))
            ail_output_text(out, "%s %" PRIu64 "\n", line->str, n->count);
    }
    g_string_free(line, TRUE);
    return f->full;
}
