/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events of a guest's operating system from strangers, and the state made of them. Input: each
 * event is a byte of its type, varints of icount (after the one before), value, pc and length, and
 * its data.
 */
#include "analyzers/file_names.h"
#include "analyzers/guest.h"
#include "formats/netframe.h"
#include "tests/fuzz/input.h"

static void check_maps(const AilGuest *g, uint64_t mm)
{
    size_t n;
    const AilMapping *m = ail_guest_mappings(g, mm, &n);
    for (size_t i = 0; i < n; i++) {
        EXPECT(m[i].start < m[i].end && m[i].path);
        EXPECT(!i || m[i - 1].end <= m[i].start);
        EXPECT(ail_guest_mapping(g, mm, m[i].start) == &m[i]);
        EXPECT(ail_guest_mapping(g, mm, m[i].end - 1) == &m[i]);
    }
}

static void check_tasks(const AilGuest *g)
{
    for (size_t i = 0; i < ail_guest_n_tasks(g); i++) {
        const AilTask *t = ail_guest_task_at(g, i);
        EXPECT(t->id == i + 1 && t->parent <= ail_guest_n_tasks(g) && t->comm && t->path);
        for (const char *const *arg = t->args; *arg; arg++)
            EXPECT(**arg || !**arg); /* can be read */
        check_maps(g, t->mm);
        for (uint32_t fd = 0; fd < ail_guest_n_files(g, t->files); fd++)
            EXPECT(!ail_guest_socket(g, t->files, fd) || ail_guest_file(g, t->files, fd));
    }
}

static void check_modules(const AilGuest *g)
{
    size_t n;
    const AilModule *m = ail_guest_modules(g, &n);
    for (size_t i = 0; i < n; i++) {
        uint64_t into;
        EXPECT(m[i].size && m[i].name && (!i || m[i - 1].base < m[i].base));
        ail_guest_module_symbol(g, &m[i], m[i].base + 0x24, &into);
    }
}

static void check_names(const AilFileNames *names, const AilEvent *e)
{
    uint64_t into;
    size_t len;
    for (uint64_t at = 0; at < 0x400; at += 0x40) {
        const char *name = ail_file_names_at(names, (uint32_t)e->pc, e->value, at, &into);
        EXPECT(!name || (*name && into <= at));
    }
    ail_file_names_build_id(names, (uint32_t)e->pc, e->value, &len);
}

static void check_places(const AilEvent *e)
{
    AilGuestSent sent;
    AilGuestPages pages;
    AilGuestPlace place;
    AilNetFrame frame;
    char text[160];
    uint64_t bytes = 0;
    if (ail_guest_sent(e, &sent)) {
        ail_netframe_read(sent.hardware, (const uint8_t *)sent.head.at, sent.head.len, &frame);
        ail_netframe_text(&frame, text, sizeof text);
        for (; ail_guest_next_sent(&sent, &place); bytes += place.len)
            EXPECT(place.len && place.offset == bytes && place.offset + place.len <= e->value);
    }
    if (ail_guest_file_pages(e, &pages))
        while (ail_guest_next_page(&pages, &place))
            EXPECT(place.len && place.offset + place.len >= place.offset);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    AilCursor c = ail_cursor(data, len);
    AilGuest *g = ail_guest_new();
    AilFileNames *names = ail_file_names_new();
    uint64_t icount = 0;
    while (ail_cursor_left(&c) && !c.bad) {
        AilEvent e = {.type = ail_cursor_u8(&c)};
        e.icount = icount += ail_cursor_varint(&c) & 0xffff;
        e.value = ail_cursor_varint(&c);
        e.pc = ail_cursor_varint(&c);
        uint64_t left = ail_cursor_varint(&c);
        e.len = (uint32_t)(left < ail_cursor_left(&c) ? left : ail_cursor_left(&c));
        e.data = ail_cursor_take(&c, e.len);
        ail_guest_take(g, &e);
        ail_file_names_take(names, &e);
        if (e.type == AIL_EVENT_SYMBOLS)
            check_names(names, &e);
        if (e.type == AIL_EVENT_MAPS)
            check_maps(g, e.value);
        check_places(&e);
    }
    check_tasks(g);
    check_modules(g);
    ail_guest_running(g);
    ail_guest_kernel_symbols(g);
    ail_guest_free(g);
    ail_file_names_free(names);
    return 0;
}
