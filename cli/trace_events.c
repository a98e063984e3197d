/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events of a trace, a line each. */
#include "cli/trace_tools.h"

#include "formats/netframe.h"
#include "trace/guest.h"

#include <inttypes.h>

static const char *const names[AIL_EVENT_COUNT] = {
    [AIL_EVENT_ASID] = "address space",
    [AIL_EVENT_EXCEPTION] = "exception",
    [AIL_EVENT_INTERRUPT] = "interrupt",
    [AIL_EVENT_CONSOLE] = "console output",
    [AIL_EVENT_INPUT] = "console input",
    [AIL_EVENT_PACKET] = "packet received",
    [AIL_EVENT_SHUTDOWN] = "shutdown",
    [AIL_EVENT_KERNEL] = "kernel found",
    [AIL_EVENT_TASK] = "task",
    [AIL_EVENT_SWITCH] = "switch to task",
    [AIL_EVENT_EXIT] = "exit of task",
    [AIL_EVENT_EXEC] = "program of task",
    [AIL_EVENT_MAPS] = "maps",
    [AIL_EVENT_MODULE] = "kernel module",
    [AIL_EVENT_FILE] = "file of table",
    [AIL_EVENT_SYSCALL] = "system call",
    [AIL_EVENT_SYSRET] = "return of call",
    [AIL_EVENT_SIGNAL] = "signal",
    [AIL_EVENT_SYMBOLS] = "symbols of file",
    [AIL_EVENT_MODULE_SYMBOLS] = "symbols of module",
    [AIL_EVENT_PORT] = "port input",
    [AIL_EVENT_HYPERCALL] = "hypercall",
    [AIL_EVENT_SENT] = "frame sent",
    [AIL_EVENT_FILE_PAGES] = "pages of file",
};

static void print_text(const void *bytes, uint32_t len)
{
    const uint8_t *at = bytes;
    putchar('"');
    for (uint32_t i = 0; i < len && i < 256; i++) {
        uint8_t c = at[i];
        if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\')
            putchar(c);
        else
            printf("\\x%02x", c);
    }
    printf("\"%s", len > 256 ? "..." : "");
}

static void print_task(const AilEvent *e)
{
    AilGuestTask t;
    if (!ail_guest_task(e, &t))
        return;
    printf(" 0x%" PRIx64 ": pid %u tgid %u ppid %u mm 0x%" PRIx64 " asid 0x%" PRIx64
           " files 0x%" PRIx64 " start %" PRIu64 " ns%s ",
           t.key, t.pid, t.tgid, t.ppid, t.mm, t.asid, t.files, t.start_ns,
           t.flags & AIL_TASK_KERNEL ? " kernel" : "");
    print_text(t.comm.at, t.comm.len);
}

static void print_exec(const AilEvent *e)
{
    AilGuestExec x;
    AilGuestText arg;
    if (!ail_guest_exec(e, &x))
        return;
    printf(" 0x%" PRIx64 "%s: ", e->value, e->pc ? " (not new)" : "");
    print_text(x.path.at, x.path.len);
    while (ail_guest_next_text(&x.args, &arg)) {
        putchar(' ');
        print_text(arg.at, arg.len);
    }
}

static void print_maps(const AilEvent *e)
{
    AilGuestMaps maps;
    AilGuestMap m;
    if (!ail_guest_maps(e, &maps))
        return;
    printf(" 0x%" PRIx64 ": %" PRIx64 "-%" PRIx64 " has %u", e->value, maps.from, maps.to, maps.n);
    while (ail_guest_next_map(&maps.next, &m)) {
        printf("\n--     %" PRIx64 "-%" PRIx64 " %c%c%c%c %" PRIx64 " %x:%x %" PRIu64 " ", m.start,
               m.end, m.flags & AIL_MAP_READ ? 'r' : '-', m.flags & AIL_MAP_WRITE ? 'w' : '-',
               m.flags & AIL_MAP_EXEC ? 'x' : '-', m.flags & AIL_MAP_SHARED ? 's' : 'p', m.offset,
               m.dev >> 20, m.dev & 0xfffff, m.inode);
        print_text(m.path.at, m.path.len);
    }
}

static void print_pieces(AilCursor pieces)
{
    AilGuestPiece p;
    while (ail_guest_next_piece(&pieces, &p)) {
        printf(" [0x%" PRIx64 "]=", p.addr);
        print_text(p.bytes, p.len);
    }
}

static void print_call(const AilEvent *e)
{
    AilGuestSyscall s;
    if (!ail_guest_syscall(e, &s))
        return;
    printf(" %" PRIu64 " at 0x%" PRIx64 ", abi %u (", e->value, e->pc, s.abi);
    for (int i = 0; i < 6; i++)
        printf("%s0x%" PRIx64, i ? ", " : "", s.args[i]);
    putchar(')');
    print_pieces(s.pieces);
}

static void print_return(const AilEvent *e)
{
    AilGuestSysret s;
    if (!ail_guest_sysret(e, &s))
        return;
    printf(" %" PRIu64 ", abi %u = %" PRId64 "%s%s, goes on at 0x%" PRIx64, s.number, s.abi,
           (int64_t)e->value, s.flags & AIL_SYSRET_HANDLER ? " (handler)" : "",
           s.flags & AIL_SYSRET_RESTART ? " (restarts)" : "", e->pc);
    print_pieces(s.pieces);
}

static void print_signal(const AilEvent *e)
{
    AilGuestSignal s;
    if (ail_guest_signal(e, &s))
        printf(" %" PRIu64 " to 0x%" PRIx64 ", code %d, address 0x%" PRIx64, e->value, e->pc,
               s.code, s.addr);
}

static void print_symbols(const AilEvent *e)
{
    AilGuestSymbols s;
    if (!ail_guest_file_symbols(e, &s))
        return;
    printf(" %x:%x %" PRIu64 ", %u bytes: %u of %s%s, build ID ", (uint32_t)e->pc >> 20,
           (uint32_t)e->pc & 0xfffff, e->value, e->len, s.n,
           s.flags & AIL_SYMBOLS_ALL ? ".symtab" : ".dynsym",
           s.flags & AIL_SYMBOLS_WHOLE ? "" : " (not whole)");
    for (uint32_t i = 0; i < s.build_id.len && i < 64; i++)
        printf("%02x", (uint8_t)s.build_id.at[i]);
    if (!s.build_id.len)
        printf("unknown");
}

static void print_kernel(const AilEvent *e)
{
    AilGuestKernel k;
    if (!ail_guest_kernel(e, &k))
        return;
    printf(" at 0x%" PRIx64 ", %u bytes of symbols: ", e->value, k.symbols_len);
    print_text(k.banner.at, k.banner.len);
}

static void print_module_symbols(const AilEvent *e)
{
    printf(" 0x%" PRIx64 ", %u bytes", e->value, e->len);
}

static void print_port(const AilEvent *e)
{
    printf(" 0x%x from port 0x%x, %u byte%s, at 0x%" PRIx64, AIL_PORT_READ(e->value),
           AIL_PORT_NUMBER(e->value), AIL_PORT_SIZE(e->value),
           AIL_PORT_SIZE(e->value) == 1 ? "" : "s", e->pc);
}

static void print_hypercall(const AilEvent *e)
{
    AilGuestHypercall h;
    if (ail_guest_hypercall(e, &h))
        printf(" %" PRIu64 " about 0x%" PRIx64 ", %" PRIu64 " bytes, at 0x%" PRIx64
               " after %u instructions of the block",
               e->value, h.addr, h.len, e->pc, h.insn);
}

static void print_place(const AilGuestPlace *p)
{
    printf(" %" PRIu64 "+%u at ", p->offset, p->len);
    if (p->phys == AIL_PHYS_NONE)
        putchar('?');
    else
        printf("0x%" PRIx64, p->phys);
}

static void print_sent(const AilEvent *e)
{
    AilGuestSent s;
    AilGuestPlace place;
    AilNetFrame frame;
    char text[160];
    if (!ail_guest_sent(e, &s))
        return;
    ail_netframe_read(s.hardware, (const uint8_t *)s.head.at, s.head.len, &frame);
    ail_netframe_text(&frame, text, sizeof text);
    printf(" by ");
    print_text(s.device.at, s.device.len);
    printf(", %" PRIu64 " bytes, %s", s.len, *text ? text : "unknown");
    if (s.socket)
        printf(", socket:[%" PRIu64 "]", s.socket);
    while (ail_guest_next_sent(&s, &place))
        print_place(&place);
    putchar(' ');
    print_text(s.head.at, s.head.len);
}

static void print_pages(const AilEvent *e)
{
    AilGuestPages p;
    AilGuestPlace place;
    if (!ail_guest_file_pages(e, &p))
        return;
    putchar(' ');
    print_text(p.path.at, p.path.len);
    while (ail_guest_next_page(&p, &place))
        print_place(&place);
}

/* Events with numbers and bytes alone. */
static void print_plain(const AilEvent *e)
{
    if (e->type == AIL_EVENT_ASID)
        printf(" 0x%" PRIx64, e->value);
    else if (e->type == AIL_EVENT_SHUTDOWN)
        printf(" cause %" PRIu64, e->value);
    else if (e->type == AIL_EVENT_EXCEPTION || e->type == AIL_EVENT_INTERRUPT) {
        if (e->value != AIL_VECTOR_UNKNOWN)
            printf(" 0x%" PRIx64, e->value);
        printf(", resumes at 0x%" PRIx64, e->pc);
    } else if (e->type >= AIL_EVENT_KERNEL) {
        printf(" 0x%" PRIx64 " %" PRIu64, e->value, e->pc);
    }
    if (e->len) {
        putchar(' ');
        print_text(e->data, e->len);
    }
}

void ail_trace_print_event(const AilEvent *e)
{
    static void (*const print[AIL_EVENT_COUNT])(const AilEvent *) = {
        [AIL_EVENT_KERNEL] = print_kernel,
        [AIL_EVENT_TASK] = print_task,
        [AIL_EVENT_EXEC] = print_exec,
        [AIL_EVENT_MAPS] = print_maps,
        [AIL_EVENT_SYSCALL] = print_call,
        [AIL_EVENT_SYSRET] = print_return,
        [AIL_EVENT_SIGNAL] = print_signal,
        [AIL_EVENT_SYMBOLS] = print_symbols,
        [AIL_EVENT_MODULE_SYMBOLS] = print_module_symbols,
        [AIL_EVENT_PORT] = print_port,
        [AIL_EVENT_HYPERCALL] = print_hypercall,
        [AIL_EVENT_SENT] = print_sent,
        [AIL_EVENT_FILE_PAGES] = print_pages,
    };
    bool known = e->type < AIL_EVENT_COUNT;
    printf("-- %" PRIu64 " %s", e->icount, known && names[e->type] ? names[e->type] : "event");
    if (known && print[e->type])
        print[e->type](e);
    else
        print_plain(e);
    putchar('\n');
}
