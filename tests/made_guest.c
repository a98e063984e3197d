/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/made_guest.h"

#include "formats/kallsyms.h"

#include <glib.h>
#include <string.h>

static AilGuestText text_of(const char *s)
{
    return (AilGuestText){s, (uint32_t)strlen(s)};
}

static void give(GuestEvents *g, AilEventType type, uint64_t value, uint64_t pc, AilBuf *data)
{
    AilEvent e = {.icount = g->icount,
                  .value = value,
                  .pc = pc,
                  .data = data ? data->data : NULL,
                  .len = data ? (uint32_t)data->len : 0,
                  .type = (uint8_t)type};
    g->take(g->user, &e);
    if (data)
        ail_buf_clear(data);
}

void guest_kernel(GuestEvents *g, const char *banner)
{
    AilBuf b = {0};
    ail_guest_put_kernel(&b, &(AilGuestKernel){text_of(banner), NULL, 0});
    give(g, AIL_EVENT_KERNEL, 0xffffffff81000000u, 0, &b);
}

static void put_task(GuestEvents *g, uint64_t key, AilGuestTask t)
{
    AilBuf b = {0};
    t.asid = t.mm ? t.mm << 12 : 0;
    t.files = t.mm ? t.mm + 1 : 0;
    t.start_ns = t.pid * (uint64_t)1000;
    ail_guest_put_task(&b, &t);
    give(g, AIL_EVENT_TASK, key, 0, &b);
}

void guest_task(GuestEvents *g, uint64_t key, uint32_t pid, uint32_t ppid, uint64_t mm,
                const char *comm)
{
    put_task(g, key,
             (AilGuestTask){.pid = pid,
                            .tgid = pid,
                            .ppid = ppid,
                            .mm = mm,
                            .flags = mm ? 0 : AIL_TASK_KERNEL,
                            .comm = text_of(comm)});
}

void guest_thread(GuestEvents *g, uint64_t key, uint32_t tid, uint32_t pid, uint64_t mm,
                  const char *comm)
{
    put_task(g, key,
             (AilGuestTask){.pid = tid, .tgid = pid, .ppid = 1, .mm = mm, .comm = text_of(comm)});
}

void guest_plain(GuestEvents *g, AilEventType type, uint64_t value, uint64_t pc)
{
    give(g, type, value, pc, NULL);
}

void guest_exec(GuestEvents *g, uint64_t key, const char *path, const char *args)
{
    AilBuf b = {0};
    uint32_t n = 0;
    for (const char *at = args; *at; at += strcspn(at, " "), at += *at == ' ')
        n++;
    ail_guest_put_exec(&b, &(AilGuestExec){.path = text_of(path), .n_args = n});
    for (const char *at = args; *at; at += strcspn(at, " "), at += *at == ' ')
        ail_guest_put_text(&b, at, strcspn(at, " "));
    give(g, AIL_EVENT_EXEC, key, 0, &b);
}

void guest_maps(GuestEvents *g, uint64_t mm, uint64_t from, uint64_t to, const AilGuestMap *maps,
                uint32_t n)
{
    AilBuf b = {0};
    ail_guest_put_maps(&b, &(AilGuestMaps){.from = from, .to = to, .n = n});
    for (uint32_t i = 0; i < n; i++)
        ail_guest_put_map(&b, &maps[i]);
    give(g, AIL_EVENT_MAPS, mm, 0, &b);
}

AilGuestMap guest_map(uint64_t start, uint64_t end, uint64_t offset, const char *path)
{
    return (AilGuestMap){.start = start,
                         .end = end,
                         .offset = offset,
                         .inode = *path == '/',
                         .flags = AIL_MAP_READ | AIL_MAP_EXEC,
                         .path = text_of(path)};
}

void guest_text(GuestEvents *g, AilEventType type, uint64_t value, uint64_t pc, const char *text)
{
    AilBuf b = {0};
    ail_buf_put(&b, text, strlen(text));
    give(g, type, value, pc, &b);
}

void guest_module_symbols(GuestEvents *g, uint64_t base)
{
    static const char names[] = "trun\0dtable\0tstop";
    uint64_t at[] = {base + 0x20, base + 0x80, base + 0x40};
    AilKallsyms *table =
        ail_kallsyms_new(3, g_memdup2(at, sizeof at), g_memdup2(names, sizeof names), sizeof names);
    AilBuf b = {0};
    ail_kallsyms_save(table, &b);
    ail_kallsyms_free(table);
    give(g, AIL_EVENT_MODULE_SYMBOLS, base, 0, &b);
}

void guest_sent(GuestEvents *g, const char *head, uint32_t head_len, uint64_t head_phys,
                uint32_t rest, uint64_t rest_phys, uint64_t socket)
{
    AilBuf b = {0};
    AilGuestSent s = {.device = text_of("eth0"), .head = {head, head_len}, .hardware = 1};
    s.socket = socket;
    s.n = 2;
    ail_guest_put_sent(&b, &s);
    ail_guest_put_sent_place(&b, head_phys, head_len);
    ail_guest_put_sent_place(&b, rest_phys, rest);
    give(g, AIL_EVENT_SENT, head_len + rest, 0, &b);
}

void guest_file_pages(GuestEvents *g, const char *path, AilGuestPlace place)
{
    AilBuf b = {0};
    ail_guest_put_file_pages(&b, &(AilGuestPages){.path = text_of(path), .n = 1});
    ail_guest_put_page(&b, &place);
    give(g, AIL_EVENT_FILE_PAGES, 1, 1, &b);
}

void guest_switch(GuestEvents *g, uint64_t key)
{
    give(g, AIL_EVENT_SWITCH, key, 0, NULL);
}

void guest_exit(GuestEvents *g, uint64_t key, uint64_t code)
{
    give(g, AIL_EVENT_EXIT, key, code, NULL);
}

void guest_file(GuestEvents *g, uint64_t files, uint64_t fd, const char *path)
{
    guest_text(g, AIL_EVENT_FILE, files, fd, path);
}

void guest_signal(GuestEvents *g, uint64_t number, int code, uint64_t addr)
{
    AilBuf data = {0};
    ail_guest_put_signal(&data, &(AilGuestSignal){code, addr});
    give(g, AIL_EVENT_SIGNAL, number, 0x401000, &data);
}

static uint32_t count(const Piece *pieces)
{
    uint32_t n = 0;
    while (pieces && pieces[n].bytes)
        n++;
    return n;
}

static void put_pieces(AilBuf *data, const Piece *pieces)
{
    for (; pieces && pieces->bytes; pieces++)
        ail_guest_put_piece(data, &(AilGuestPiece){pieces->addr, pieces->bytes, pieces->len});
}

void guest_call(GuestEvents *g, unsigned abi, uint64_t number, const uint64_t args[6],
                const Piece *pieces)
{
    AilBuf data = {0};
    AilGuestSyscall call = {.abi = (uint8_t)abi, .n_pieces = count(pieces)};
    memcpy(call.args, args, sizeof call.args);
    ail_guest_put_syscall(&data, &call);
    put_pieces(&data, pieces);
    give(g, AIL_EVENT_SYSCALL, number, 0x401000, &data);
}

static void put_return(GuestEvents *g, unsigned abi, uint64_t number, int64_t result,
                       unsigned flags, const Piece *pieces)
{
    AilBuf data = {0};
    ail_guest_put_sysret(&data, &(AilGuestSysret){.number = number,
                                                  .abi = (uint8_t)abi,
                                                  .flags = (uint8_t)flags,
                                                  .n_pieces = count(pieces)});
    put_pieces(&data, pieces);
    give(g, AIL_EVENT_SYSRET, (uint64_t)result, 0x401002, &data);
}

void guest_return(GuestEvents *g, unsigned abi, uint64_t number, int64_t result,
                  const Piece *pieces)
{
    put_return(g, abi, number, result, 0, pieces);
}

void guest_return_flags(GuestEvents *g, unsigned abi, uint64_t number, int64_t result,
                        unsigned flags)
{
    put_return(g, abi, number, result, flags, NULL);
}
