/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages of files that the kernel moves by itself. sendfile, splice and copy_file_range put pages of
 * the page cache into a pipe: one of the kernel's own, which only it works on, or one that the call
 * names. Whoever puts them into the latter unlocks it afterwards, and whoever takes them out of the
 * former locks it before, though that locks nothing. These are the moments at which it is known
 * which pages they are, whether they were in memory before the call or not, and nothing was done
 * with them yet. (Facts: Linux, fs/splice.c, fs/pipe.c, include/linux/pipe_fs_i.h.)
 */
#include "replayer/osi/osi_private.h"

#include "formats/syscalls_table.h"

enum { MAX_BUFFERS = 1 << 16, MAX_TOLD = 4096, PAGE_BITS = 12, PAGE = 1 << PAGE_BITS };

/* The file that the running task's call moves bytes of. */
typedef struct Moved {
    uint64_t mapping; /* its pages are of */
    bool own;         /* they are in a pipe of the kernel's, where no others are */
} Moved;

static bool is_known(const AilOsi *o)
{
    const AilOsiOffsets *off = &o->profile.off;
    const int32_t needed[] = {off->pipe_head,          off->pipe_tail,       off->pipe_ring_size,
                              off->pipe_files,         off->pipe_bufs,       off->pipe_buffer_page,
                              off->pipe_buffer_offset, off->pipe_buffer_len, off->page_mapping,
                              off->page_index,         off->file_mapping};
    for (size_t i = 0; i < G_N_ELEMENTS(needed); i++)
        if (needed[i] < 0)
            return false;
    return off->pipe_buffer_size > 0 && off->page_size > 0;
}

/* The file that the call which is being made reads; 0: there is none such. */
static uint64_t source_of(AilOsi *o)
{
    static const struct {
        const char *name;
        unsigned from; /* which of its arguments */
    } calls[] = {{"sendfile", 1}, {"sendfile64", 1}, {"splice", 0}, {"copy_file_range", 0}};
    const AilOsiTask *t = o->current ? ail_osi_task(o, o->current) : NULL;
    const AilSyscall *call = t && t->in_call ? ail_syscall_find(t->call.abi, t->call.number) : NULL;
    for (size_t i = 0; call && i < G_N_ELEMENTS(calls); i++)
        if (!strcmp(call->name, calls[i].name))
            return ail_osi_open_file(o, t->files, (uint32_t)t->call.args[calls[i].from]);
    return 0;
}

/* Of a page that is one of several in one, all is said by the first. */
static bool add_place(AilOsi *o, const Moved *m, uint64_t page, AilGuestPlace *place)
{
    const AilOsiOffsets *off = &o->profile.off;
    uint64_t first = off->page_compound_head < 0
                         ? 0
                         : ail_osi_pointer(o, page + (uint64_t)off->page_compound_head);
    first = first & 1 ? first - 1 : page;
    uint64_t mapping = ail_osi_pointer(o, first + (uint64_t)off->page_mapping);
    uint64_t index = ail_osi_pointer(o, first + (uint64_t)off->page_index);
    uint64_t at = ail_osi_page_address(o, page);
    if (!mapping || mapping & 3 || (!m->own && mapping != m->mapping) || page < first || !at)
        return false;
    index += (page - first) / (uint64_t)off->page_size;
    place->phys = ail_osi_phys(o, at + place->offset);
    place->offset += index << PAGE_BITS;
    return index < UINT64_MAX >> PAGE_BITS && place->phys != AIL_PHYS_NONE;
}

/* What is in the pipe, into `out`; how many places. */
static uint32_t find_places(AilOsi *o, uint64_t pipe, const Moved *m, AilBuf *out)
{
    const AilOsiOffsets *off = &o->profile.off;
    uint32_t head = ail_osi_u32(o, pipe + (uint64_t)off->pipe_head), n = 0;
    uint32_t tail = ail_osi_u32(o, pipe + (uint64_t)off->pipe_tail);
    uint32_t size = ail_osi_u32(o, pipe + (uint64_t)off->pipe_ring_size);
    uint64_t bufs = ail_osi_pointer(o, pipe + (uint64_t)off->pipe_bufs);
    if (!bufs || !size || size > MAX_BUFFERS || size & (size - 1) || head - tail > size)
        return 0;
    for (; tail != head && n < MAX_TOLD; tail++) {
        uint64_t buf = bufs + (tail & (size - 1)) * (uint64_t)off->pipe_buffer_size;
        uint64_t page = ail_osi_pointer(o, buf + (uint64_t)off->pipe_buffer_page);
        AilGuestPlace place = {.offset = ail_osi_u32(o, buf + (uint64_t)off->pipe_buffer_offset),
                               .len = ail_osi_u32(o, buf + (uint64_t)off->pipe_buffer_len)};
        if (!page || !place.len || place.offset >= PAGE || place.len > PAGE - place.offset ||
            !add_place(o, m, page, &place))
            continue;
        ail_guest_put_page(out, &place);
        n++;
    }
    return n;
}

void ail_osi_pipe(AilOsi *o, uint64_t pipe, bool done)
{
    const AilOsiOffsets *off = &o->profile.off;
    if (!o->known || !is_known(o))
        return;
    uint64_t source = source_of(o);
    Moved m = {.mapping = source ? ail_osi_pointer(o, source + (uint64_t)off->file_mapping) : 0,
               .own = !ail_osi_u32(o, pipe + (uint64_t)off->pipe_files)};
    AilOsiFile f = {0};
    if (!m.mapping || m.own == done || !ail_osi_file(o, source, &f))
        return;
    AilBuf places = {0};
    AilGuestPages p = {.path = {f.path, (uint32_t)strlen(f.path)},
                       .n = find_places(o, pipe, &m, &places)};
    if (p.n) {
        ail_guest_put_file_pages(&o->buf, &p);
        ail_buf_put(&o->buf, places.data, places.len);
        ail_osi_tell(o, AIL_EVENT_FILE_PAGES, f.inode, f.dev);
    }
    ail_buf_clear(&places);
}
