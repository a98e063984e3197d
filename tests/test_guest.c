/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is written into the data of a guest's events comes out again; what makes no sense does not.
 */
#include "trace/guest.h"

#include <criterion/criterion.h>
#include <string.h>

static AilEvent event_of(AilEventType type, const AilBuf *data)
{
    return (AilEvent){
        .type = (uint8_t)type, .value = 7, .pc = 9, .data = data->data, .len = (uint32_t)data->len};
}

static bool is(AilGuestText t, const char *text)
{
    return t.len == strlen(text) && !memcmp(t.at, text, t.len);
}

static AilGuestText text(const char *s)
{
    return (AilGuestText){s, (uint32_t)strlen(s)};
}

Test(guest, task)
{
    AilBuf b = {0};
    AilGuestTask t = {.mm = UINT64_MAX,
                      .asid = 0x1000,
                      .files = 3,
                      .start_ns = 4,
                      .pid = 5,
                      .tgid = 6,
                      .ppid = 7,
                      .flags = AIL_TASK_KERNEL,
                      .comm = text("kworker/0:1")};
    ail_guest_put_task(&b, &t);
    AilEvent e = event_of(AIL_EVENT_TASK, &b);
    AilGuestTask got;
    cr_assert(ail_guest_task(&e, &got));
    cr_expect(got.key == 7 && got.mm == UINT64_MAX && got.asid == 0x1000 && got.files == 3);
    cr_expect(got.start_ns == 4 && got.pid == 5 && got.tgid == 6 && got.ppid == 7);
    cr_expect(got.flags == AIL_TASK_KERNEL && is(got.comm, "kworker/0:1"));
    AilGuestExec wrong;
    cr_expect(!ail_guest_exec(&e, &wrong), "an event of another type");
    for (e.len--; e.len; e.len--)
        cr_expect(!ail_guest_task(&e, &got), "cut at %u", e.len);
    ail_buf_clear(&b);
}

Test(guest, exec)
{
    AilBuf b = {0};
    ail_guest_put_exec(&b, &(AilGuestExec){.path = text("/bin/ls"), .n_args = 2});
    ail_guest_put_text(&b, "ls", 2);
    ail_guest_put_text(&b, "", 0);
    AilEvent e = event_of(AIL_EVENT_EXEC, &b);
    AilGuestExec x;
    AilGuestText arg;
    cr_assert(ail_guest_exec(&e, &x));
    cr_expect(is(x.path, "/bin/ls") && x.n_args == 2);
    cr_expect(ail_guest_next_text(&x.args, &arg) && is(arg, "ls"));
    cr_expect(ail_guest_next_text(&x.args, &arg) && is(arg, ""));
    cr_expect(!ail_guest_next_text(&x.args, &arg) && !x.args.bad);
    ail_buf_clear(&b);
}

Test(guest, maps)
{
    AilBuf b = {0};
    ail_guest_put_maps(&b, &(AilGuestMaps){.from = 0x1000, .to = 0x9000, .n = 1});
    AilGuestMap m = {0x1000, 0x3000, 0x5000, 12, 8 << 20 | 1, AIL_MAP_READ, text("/lib/libc.so")};
    ail_guest_put_map(&b, &m);
    AilEvent e = event_of(AIL_EVENT_MAPS, &b);
    AilGuestMaps maps;
    AilGuestMap got;
    cr_assert(ail_guest_maps(&e, &maps));
    cr_expect(maps.from == 0x1000 && maps.to == 0x9000 && maps.n == 1);
    cr_expect(ail_guest_next_map(&maps.next, &got));
    cr_expect(got.start == 0x1000 && got.end == 0x3000 && got.offset == 0x5000);
    cr_expect(got.inode == 12 && got.dev == (8 << 20 | 1) && got.flags == AIL_MAP_READ);
    cr_expect(is(got.path, "/lib/libc.so"));
    cr_expect(!ail_guest_next_map(&maps.next, &got) && !maps.next.bad);
    b.len = 0;
    m.end = m.start; /* nothing */
    ail_guest_put_map(&b, &m);
    AilCursor c = ail_cursor(b.data, b.len);
    cr_expect(!ail_guest_next_map(&c, &got) && c.bad);
    ail_buf_clear(&b);
}

Test(guest, system_calls)
{
    AilBuf b = {0};
    AilGuestSyscall call = {
        .abi = AIL_ABI_ARM64, .args = {1, 2, 3, 4, 5, UINT64_MAX}, .n_pieces = 1};
    AilGuestPiece piece = {0x7ff0, (const uint8_t *)"/etc", 5}, got;
    ail_guest_put_syscall(&b, &call);
    ail_guest_put_piece(&b, &piece);
    AilEvent e = event_of(AIL_EVENT_SYSCALL, &b);
    AilGuestSyscall s;
    cr_assert(ail_guest_syscall(&e, &s));
    cr_expect(s.abi == AIL_ABI_ARM64 && s.args[0] == 1 && s.args[5] == UINT64_MAX);
    cr_expect(s.n_pieces == 1 && ail_guest_next_piece(&s.pieces, &got));
    cr_expect(got.addr == 0x7ff0 && got.len == 5 && !memcmp(got.bytes, "/etc", 5));
    b.len = 0;
    ail_guest_put_sysret(&b,
                         &(AilGuestSysret){.number = 56, .abi = 3, .flags = AIL_SYSRET_RESTART});
    e = event_of(AIL_EVENT_SYSRET, &b);
    AilGuestSysret r;
    cr_assert(ail_guest_sysret(&e, &r));
    cr_expect(r.number == 56 && r.abi == 3 && r.flags == AIL_SYSRET_RESTART && !r.n_pieces);
    ail_buf_clear(&b);
}

Test(guest, symbols)
{
    AilBuf b = {0};
    uint64_t last = 0;
    const AilGuestSymbol list[] = {
        {0x1000, 16, text("open")}, {0x1000, 0, text("open64")}, {UINT64_MAX, 1, text("")}};
    ail_guest_put_file_symbols(&b, &(AilGuestSymbols){text("ID"), AIL_SYMBOLS_WHOLE, 3, 0, {0}});
    for (int i = 0; i < 3; i++)
        ail_guest_put_symbol(&b, &last, &list[i]);
    AilEvent e = event_of(AIL_EVENT_SYMBOLS, &b);
    AilGuestSymbols s;
    AilGuestSymbol got;
    cr_assert(ail_guest_file_symbols(&e, &s));
    cr_expect(is(s.build_id, "ID") && s.flags == AIL_SYMBOLS_WHOLE && s.n == 3);
    cr_expect(ail_guest_next_symbol(&s, &got) && got.offset == 0x1000 && got.size == 16);
    cr_expect(is(got.name, "open"));
    cr_expect(ail_guest_next_symbol(&s, &got) && got.offset == 0x1000 && !got.size);
    cr_expect(ail_guest_next_symbol(&s, &got) && got.offset == UINT64_MAX && is(got.name, ""));
    cr_expect(!ail_guest_next_symbol(&s, &got) && !s.next.bad);
    ail_guest_put_symbol(&b, &(uint64_t){0}, &list[0]); /* offsets do not fall */
    e = event_of(AIL_EVENT_SYMBOLS, &b);
    cr_assert(ail_guest_file_symbols(&e, &s));
    for (int i = 0; i < 3; i++)
        cr_expect(ail_guest_next_symbol(&s, &got));
    cr_expect(!ail_guest_next_symbol(&s, &got) && s.next.bad);
    ail_buf_clear(&b);
}

Test(guest, frames)
{
    AilBuf b = {0};
    AilGuestSent in = {.device = text("eth0"), .head = text("abcd"), .hardware = 1, .socket = 12};
    in.n = 3;
    ail_guest_put_sent(&b, &in);
    ail_guest_put_sent_place(&b, 0x1000, 4);
    ail_guest_put_sent_place(&b, AIL_PHYS_NONE, 2);
    ail_guest_put_sent_place(&b, 0, 1);
    AilEvent e = event_of(AIL_EVENT_SENT, &b); /* of 7 bytes */
    AilGuestSent s;
    AilGuestPlace p;
    cr_assert(ail_guest_sent(&e, &s));
    cr_expect(is(s.device, "eth0") && is(s.head, "abcd") && s.hardware == 1 && s.socket == 12);
    cr_expect(s.len == 7 && s.n == 3);
    cr_expect(ail_guest_next_sent(&s, &p) && p.phys == 0x1000 && p.offset == 0 && p.len == 4);
    cr_expect(ail_guest_next_sent(&s, &p) && p.phys == AIL_PHYS_NONE && p.offset == 4);
    cr_expect(ail_guest_next_sent(&s, &p) && p.phys == 0 && p.offset == 6 && p.len == 1);
    cr_expect(!ail_guest_next_sent(&s, &p) && !s.next.bad);
    e.value = 6; /* it is shorter than its places */
    cr_assert(ail_guest_sent(&e, &s));
    cr_expect(ail_guest_next_sent(&s, &p) && ail_guest_next_sent(&s, &p));
    cr_expect(!ail_guest_next_sent(&s, &p) && s.next.bad);
    e.value = 3; /* and than its beginning */
    cr_expect(!ail_guest_sent(&e, &s));
    for (e.value = 7; e.len; e.len--) {
        unsigned n = 0;
        for (bool ok = ail_guest_sent(&e, &s); ok && ail_guest_next_sent(&s, &p); n++)
            ;
        cr_expect(n == 3 || e.len < b.len, "cut at %u", e.len);
    }
    ail_buf_clear(&b);
}

Test(guest, pages_of_files)
{
    AilBuf b = {0};
    const AilGuestPlace places[] = {{0x5000, 4096, 4096}, {AIL_PHYS_NONE, 0, 1}};
    ail_guest_put_file_pages(&b, &(AilGuestPages){.path = text("/etc/x"), .n = 2});
    size_t from = b.len;
    for (int i = 0; i < 2; i++)
        ail_guest_put_page(&b, &places[i]);
    AilEvent e = event_of(AIL_EVENT_FILE_PAGES, &b);
    AilGuestPages f;
    AilGuestPlace p;
    cr_assert(ail_guest_file_pages(&e, &f));
    cr_expect(is(f.path, "/etc/x") && f.n == 2);
    for (int i = 0; i < 2; i++)
        cr_expect(ail_guest_next_page(&f, &p) && p.phys == places[i].phys &&
                  p.offset == places[i].offset && p.len == places[i].len);
    cr_expect(!ail_guest_next_page(&f, &p) && !f.next.bad);
    /* Nothing, and what goes around the end of memory or of all files. */
    const AilGuestPlace bad[] = {{1, 1, 0}, {UINT64_MAX - 2, 0, 4}, {1, UINT64_MAX, 2}};
    for (int i = 0; i < 3; i++) {
        b.len = from;
        ail_guest_put_page(&b, &bad[i]);
        e = event_of(AIL_EVENT_FILE_PAGES, &b);
        cr_assert(ail_guest_file_pages(&e, &f));
        cr_expect(!ail_guest_next_page(&f, &p) && f.next.bad, "%d", i);
    }
    cr_expect(!ail_guest_sent(&e, &(AilGuestSent){0}), "an event of another type");
    ail_buf_clear(&b);
}

Test(guest, others)
{
    AilBuf b = {0};
    ail_guest_put_signal(&b, &(AilGuestSignal){.code = -6, .addr = 0x42});
    AilEvent e = event_of(AIL_EVENT_SIGNAL, &b);
    AilGuestSignal s;
    cr_expect(ail_guest_signal(&e, &s) && s.code == -6 && s.addr == 0x42);
    b.len = 0;
    ail_guest_put_kernel(&b, &(AilGuestKernel){text("Linux version 6"), (const uint8_t *)"abc", 3});
    e = event_of(AIL_EVENT_KERNEL, &b);
    AilGuestKernel k;
    cr_expect(ail_guest_kernel(&e, &k) && is(k.banner, "Linux version 6"));
    cr_expect(k.symbols_len == 3 && !memcmp(k.symbols, "abc", 3));
    ail_buf_clear(&b);
}
