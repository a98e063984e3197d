/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What network devices send, and pages of files in pipes, of a made-up kernel: whole, and such as
 * makes no sense. */
#include "tests/osi_world.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#include "formats/syscalls_table.h"

/* Physical addresses are those in the world, and each page of it has a struct page. */
enum { PAGE_STRUCTS = 0x80000, VARIABLES = 0x8800, PAGE_STRUCT = 64 };
enum { PAGE_MAPPING = 24, PAGE_INDEX = 32, PAGE_HEAD = 8 };
enum { NEXT = 0, SK = 24, LEN = 112, DATA_LEN = 116, END = 188, HEAD_AT = 192, DATA_AT = 200 };
enum { SKB = 0x20000, BUFFER = 0x30000, DEVICE = 0x22000, SHARED = 0x800, SOCK = 0x23000 };
enum { PIPE = 0x24000, BUFFERS = 0x25000, TABLE = 0xa000, FILE_AT = 0x8100, MAPPING = 0x8400 };
enum { PIPE_HEAD = 0, PIPE_TAIL = 4, PIPE_SIZE = 8, PIPE_FILES = 12, PIPE_BUFS = 16 };
enum { FILE_MAPPING = 16, INODE = 0x8500 };

static void know(AilOsiProfile *p, uint64_t *symbol, uint64_t value)
{
    *symbol = value;
    p->has_symbol[symbol - (uint64_t *)&p->sym] = 1;
}

static void lay_out(World *w)
{
    AilOsiProfile *p = &w->profile;
    AilOsiOffsets *o = &p->off;
    o->skb_next = NEXT, o->skb_sk = SK, o->skb_len = LEN, o->skb_data_len = DATA_LEN;
    o->skb_end = END, o->skb_head = HEAD_AT, o->skb_data = DATA_AT;
    o->skb_shared_nr_frags = 2, o->skb_shared_frag_list = 8, o->skb_shared_frags = 48;
    o->skb_frag_size = 16, o->skb_frag_page = 0, o->skb_frag_len = 8, o->skb_frag_offset = 12;
    o->netdev_name = 8, o->netdev_type = 4;
    o->sock_state = 18, o->sock_socket = 24, o->socket_file = 16, o->file_inode = 24;
    o->inode_ino = 0, o->file_mapping = FILE_MAPPING;
    o->page_size = PAGE_STRUCT, o->page_mapping = PAGE_MAPPING, o->page_index = PAGE_INDEX;
    o->page_compound_head = PAGE_HEAD;
    o->pipe_head = PIPE_HEAD, o->pipe_tail = PIPE_TAIL, o->pipe_ring_size = PIPE_SIZE;
    o->pipe_files = PIPE_FILES, o->pipe_bufs = PIPE_BUFS;
    o->pipe_buffer_size = 40, o->pipe_buffer_page = 0, o->pipe_buffer_offset = 8;
    o->pipe_buffer_len = 12;
    know(p, &p->sym.vmemmap_base, BASE + VARIABLES);
    know(p, &p->sym.page_offset_base, BASE + VARIABLES + 8);
    world_put(w, BASE + VARIABLES, BASE + PAGE_STRUCTS);
    world_put(w, BASE + VARIABLES + 8, BASE);
}

static void put32(World *w, uint64_t at, uint32_t value)
{
    ail_put_le32(w->memory + at, value);
}

static uint64_t page_struct(uint64_t number)
{
    return BASE + PAGE_STRUCTS + number * PAGE_STRUCT;
}

/* An sk_buff whose own bytes are at BUFFER + number * 0x1000 + 2, `len` in all, `more` of them
 * elsewhere. */
static uint64_t put_skb(World *w, unsigned number, uint32_t len, uint32_t more)
{
    uint64_t at = SKB + number * 0x100, buffer = BASE + BUFFER + number * 0x1000;
    put32(w, at + LEN, len);
    put32(w, at + DATA_LEN, more);
    put32(w, at + END, SHARED);
    world_put(w, BASE + at + HEAD_AT, buffer);
    world_put(w, BASE + at + DATA_AT, buffer + 2);
    return at;
}

static uint64_t shared_of(unsigned number)
{
    return BUFFER + number * 0x1000 + SHARED;
}

static void put_frag(World *w, unsigned number, unsigned frag, uint64_t page, uint32_t offset,
                     uint32_t len)
{
    uint64_t at = shared_of(number) + 48 + frag * 16;
    world_put(w, BASE + at, page);
    put32(w, at + 8, len);
    put32(w, at + 12, offset);
    w->memory[shared_of(number) + 2] = (uint8_t)(frag + 1);
}

static World begin(void)
{
    World w = world_begin();
    lay_out(&w);
    world_put_file(&w);
    world_put_text(&w, BASE + DEVICE + 8, "eth0");
    world_put_text(&w, BASE + BUFFER + 2, "header");
    world_put_text(&w, BASE + 0x40010, "from a page");
    put_skb(&w, 0, 17, 11);
    put_frag(&w, 0, 0, page_struct(0x40), 0x10, 11);
    world_put(&w, BASE + 0x2000 + FILES, BASE + TABLE);
    return w;
}

static void start(World *w)
{
    world_take(w);
    ail_osi_switch(w->osi, BASE + 0x2000);
    g_string_truncate(w->told, 0);
}

#define WHOLE "eth0 sends 17 0+6@30002 6+11@40010 \"headerfrom a page\"; "

static void send_it(World *w)
{
    ail_osi_sent(w->osi, BASE + SKB, BASE + DEVICE);
}

Test(osi_sent, frame)
{
    World w = begin();
    start(&w);
    send_it(&w);
    world_expect(&w, WHOLE);
    /* of a socket, unless it is one that has no file */
    world_put(&w, BASE + SKB + SK, BASE + SOCK);
    world_put(&w, BASE + SOCK + 24, BASE + SOCK + 0x100);
    world_put(&w, BASE + SOCK + 0x110, BASE + FILE_AT);
    world_put(&w, BASE + FILE_AT + 24, BASE + INODE);
    world_put(&w, BASE + INODE, 77);
    send_it(&w);
    world_expect(&w, "eth0 sends 17 of 77 0+6@30002 6+11@40010 \"headerfrom a page\"; ");
    w.memory[SOCK + 18] = 12;
    send_it(&w);
    world_expect(&w, WHOLE);
    world_end(&w);
}

Test(osi_sent, lists)
{
    World w = begin();
    start(&w);
    uint64_t next = put_skb(&w, 1, 9, 5), more = put_skb(&w, 2, 5, 0);
    world_put_text(&w, BASE + BUFFER + 0x1002, "next");
    world_put_text(&w, BASE + BUFFER + 0x2002, "other");
    world_put(&w, BASE + SKB + NEXT, BASE + next);
    world_put(&w, BASE + shared_of(1) + 8, BASE + more);
    send_it(&w);
    world_expect(&w, WHOLE "eth0 sends 9 0+4@31002 4+5@32002 \"nextother\"; ");
    world_end(&w);
}

/* A page that is none, but a device's memory; bytes that are not there. */
Test(osi_sent, unknown_places)
{
    World w = begin();
    start(&w);
    put_frag(&w, 0, 0, page_struct(0x40) + 1, 0x10, 11);
    send_it(&w);
    world_expect(&w, "eth0 sends 17 0+6@30002 6+11 \"header\"; ");
    put_frag(&w, 0, 0, page_struct(0x40) + 7, 0x10, 11);
    send_it(&w);
    world_expect(&w, "eth0 sends 17 0+6@30002 6+11 \"header\"; ");
    put_frag(&w, 0, 0, page_struct(0x40), 0x10, 12); /* longer than the frame */
    send_it(&w);
    world_expect(&w, "eth0 sends 17 0+6@30002 \"header\"; ");
    world_put(&w, BASE + SKB + HEAD_AT, BASE + BUFFER + 4); /* its data begin before it does */
    send_it(&w);
    world_expect(&w, "eth0 sends 17 \"\"; ");
    world_end(&w);
}

Test(osi_sent, circles, .timeout = 60)
{
    World w = begin();
    start(&w);
    uint64_t again = put_skb(&w, 1, 60000, 59996);
    world_put(&w, BASE + shared_of(1) + 8, BASE + again);
    world_put(&w, BASE + again + NEXT, BASE + again);
    ail_osi_sent(w.osi, BASE + again, BASE + DEVICE);
    cr_expect(w.count[AIL_EVENT_SENT] == 256, "%u", w.count[AIL_EVENT_SENT]);
    cr_expect(w.reads < 200000, "%" PRIu64, w.reads);
    uint32_t told = w.count[AIL_EVENT_SENT];
    put32(&w, again + LEN, 0);
    world_put(&w, BASE + again + NEXT, 0);
    ail_osi_sent(w.osi, BASE + again, BASE + DEVICE);
    put32(&w, again + LEN, UINT32_MAX);
    ail_osi_sent(w.osi, BASE + again, BASE + DEVICE);
    ail_osi_sent(w.osi, BASE + again, 8); /* no device */
    cr_expect_eq(w.count[AIL_EVENT_SENT], told);
    world_end(&w);
}

/* --- pipes --- */

static void put_buffer(World *w, unsigned i, uint64_t page, uint32_t offset, uint32_t len)
{
    uint64_t at = BUFFERS + i * 40;
    world_put(w, BASE + at, page);
    put32(w, at + 8, offset);
    put32(w, at + 12, len);
}

/* Pages 3 and 4 of /bin/dog are in memory's 0x50 and 0x51, and in the pipe; `files`: of the pipe.
 */
static World begin_pipe(uint32_t files)
{
    World w = begin();
    world_put(&w, BASE + FILE_AT + FILE_MAPPING, BASE + MAPPING);
    for (unsigned i = 0; i < 2; i++) {
        world_put(&w, page_struct(0x50 + i) + PAGE_MAPPING, BASE + MAPPING);
        world_put(&w, page_struct(0x50 + i) + PAGE_INDEX, 3 + i);
    }
    put_buffer(&w, 3, page_struct(0x50), 4000, 96);
    put_buffer(&w, 0, page_struct(0x51), 0, 4);
    put32(&w, PIPE + PIPE_TAIL, UINT32_MAX);
    put32(&w, PIPE + PIPE_HEAD, 1);
    put32(&w, PIPE + PIPE_SIZE, 4);
    put32(&w, PIPE + PIPE_FILES, files);
    world_put(&w, BASE + PIPE + PIPE_BUFS, BASE + BUFFERS);
    return w;
}

static void make_call(World *w, const char *name, uint64_t first, uint64_t second)
{
    AilOsiCall call = {.abi = AIL_ABI_X86_64,
                       .number = ail_syscall_number(AIL_ABI_X86_64, name),
                       .args = {first, second}};
    ail_osi_call(w->osi, &call);
    g_string_truncate(w->told, 0);
}

#define PAGES "pages of /bin/dog 16288+96@50fa0 16384+4@51000; "

Test(osi_sent, pages_in_the_kernels_pipe)
{
    World w = begin_pipe(0);
    start(&w);
    ail_osi_pipe(w.osi, BASE + PIPE, false);
    world_expect(&w, ""); /* there is no call that moves anything */
    make_call(&w, "write", 1, 1);
    ail_osi_pipe(w.osi, BASE + PIPE, false);
    world_expect(&w, "");
    make_call(&w, "sendfile", 7, 1);
    ail_osi_pipe(w.osi, BASE + PIPE, false);
    world_expect(&w, PAGES);
    ail_osi_pipe(w.osi, BASE + PIPE, true);
    world_expect(&w, "");
    make_call(&w, "sendfile", 1, 7); /* the other way */
    ail_osi_pipe(w.osi, BASE + PIPE, false);
    world_expect(&w, "");
    world_end(&w);
}

Test(osi_sent, pages_in_a_pipe)
{
    World w = begin_pipe(2);
    start(&w);
    make_call(&w, "splice", 1, 0);
    ail_osi_pipe(w.osi, BASE + PIPE, false);
    world_expect(&w, "");
    ail_osi_pipe(w.osi, BASE + PIPE, true);
    world_expect(&w, PAGES);
    /* one of another file, and one of no file */
    world_put(&w, page_struct(0x50) + PAGE_MAPPING, BASE + MAPPING + 0x40);
    ail_osi_pipe(w.osi, BASE + PIPE, true);
    world_expect(&w, "pages of /bin/dog 16384+4@51000; ");
    world_put(&w, page_struct(0x51) + PAGE_MAPPING, BASE + MAPPING + 1);
    ail_osi_pipe(w.osi, BASE + PIPE, true);
    world_expect(&w, "");
    /* pages of a larger one, of which the first says all */
    world_put(&w, page_struct(0x51) + PAGE_HEAD, page_struct(0x4f) + 1);
    world_put(&w, page_struct(0x4f) + PAGE_MAPPING, BASE + MAPPING);
    world_put(&w, page_struct(0x4f) + PAGE_INDEX, 8);
    ail_osi_pipe(w.osi, BASE + PIPE, true);
    world_expect(&w, "pages of /bin/dog 40960+4@51000; ");
    world_end(&w);
}

Test(osi_sent, pipes_that_make_no_sense, .timeout = 60)
{
    const uint32_t sizes[] = {0, 3, 1u << 31, 1u << 17, 4};
    World w = begin_pipe(0);
    start(&w);
    make_call(&w, "sendfile", 7, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        put32(&w, PIPE + PIPE_HEAD, i == 4 ? 6 : 1);
        put32(&w, PIPE + PIPE_SIZE, sizes[i]);
        ail_osi_pipe(w.osi, BASE + PIPE, false);
    }
    world_expect(&w, "");
    put32(&w, PIPE + PIPE_HEAD, 1);
    put_buffer(&w, 3, page_struct(0x50), 4000, 97);
    put_buffer(&w, 0, page_struct(0x51) + 1, 0, 4);
    ail_osi_pipe(w.osi, BASE + PIPE, false);
    world_expect(&w, "");
    world_end(&w);
}

/* Noise instead of all that: it ends, and soon. */
Test(osi_sent, noise, .timeout = 120)
{
    for (uint64_t seed = 1; seed < 40; seed++) {
        World w = begin_pipe(seed & 2);
        start(&w);
        make_call(&w, "sendfile", 7, 1);
        for (uint64_t at = SKB, x = seed; at < SIZE - 8; at += 8 * (x >> 61) + 8) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            if (x >> 56 < 64)
                world_put(&w, BASE + at, x & 1 << 20 ? BASE + (x >> 44) : x >> 50);
        }
        w.random = seed & 1;
        uint64_t before = w.reads;
        send_it(&w);
        ail_osi_pipe(w.osi, BASE + PIPE, false);
        ail_osi_pipe(w.osi, BASE + PIPE, true);
        cr_expect(w.reads - before < 1000000, "%" PRIu64, w.reads);
        world_end(&w);
    }
}

/* A kernel of which not all is known. */
Test(osi_sent, without_what_it_takes)
{
    World w = begin_pipe(0);
    start(&w);
    AilError err;
    w.profile.off.skb_end = w.profile.off.pipe_bufs = AIL_OSI_NONE;
    cr_assert_eq(ail_osi_take_kernel(w.osi, &w.profile, NULL, &err), AIL_OK);
    make_call(&w, "sendfile", 7, 1);
    send_it(&w);
    ail_osi_pipe(w.osi, BASE + PIPE, false);
    world_expect(&w, "");
    world_end(&w);
}
