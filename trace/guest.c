/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/guest.h"

static AilGuestText take_text(AilCursor *c)
{
    uint64_t len = ail_cursor_varint(c);
    AilGuestText t = {NULL, 0};
    if (len > ail_cursor_left(c)) {
        c->bad = true;
        return t;
    }
    t.at = (const char *)ail_cursor_take(c, (size_t)len);
    t.len = (uint32_t)len;
    return t;
}

static uint32_t take_u32(AilCursor *c)
{
    uint64_t v = ail_cursor_varint(c);
    c->bad |= v > UINT32_MAX;
    return (uint32_t)v;
}

static AilCursor open_event(const AilEvent *e, AilEventType type)
{
    AilCursor c = ail_cursor(e->data, e->len);
    c.bad = e->type != type;
    return c;
}

bool ail_guest_kernel(const AilEvent *e, AilGuestKernel *k)
{
    AilCursor c = open_event(e, AIL_EVENT_KERNEL);
    k->banner = take_text(&c);
    AilGuestText symbols = take_text(&c);
    k->symbols = (const uint8_t *)symbols.at;
    k->symbols_len = symbols.len;
    return !c.bad;
}

bool ail_guest_task(const AilEvent *e, AilGuestTask *t)
{
    AilCursor c = open_event(e, AIL_EVENT_TASK);
    *t = (AilGuestTask){.key = e->value};
    t->mm = ail_cursor_varint(&c);
    t->asid = ail_cursor_varint(&c);
    t->files = ail_cursor_varint(&c);
    t->start_ns = ail_cursor_varint(&c);
    t->pid = take_u32(&c);
    t->tgid = take_u32(&c);
    t->ppid = take_u32(&c);
    t->flags = take_u32(&c);
    t->comm = take_text(&c);
    return !c.bad;
}

bool ail_guest_exec(const AilEvent *e, AilGuestExec *x)
{
    AilCursor c = open_event(e, AIL_EVENT_EXEC);
    x->path = take_text(&c);
    x->n_args = take_u32(&c);
    x->args = c;
    return !c.bad;
}

bool ail_guest_maps(const AilEvent *e, AilGuestMaps *m)
{
    AilCursor c = open_event(e, AIL_EVENT_MAPS);
    m->from = ail_cursor_varint(&c);
    m->to = m->from + ail_cursor_varint(&c);
    m->n = take_u32(&c);
    m->next = c;
    return !c.bad && m->to >= m->from;
}

bool ail_guest_syscall(const AilEvent *e, AilGuestSyscall *s)
{
    AilCursor c = open_event(e, AIL_EVENT_SYSCALL);
    s->abi = ail_cursor_u8(&c);
    for (int i = 0; i < 6; i++)
        s->args[i] = ail_cursor_varint(&c);
    s->n_pieces = take_u32(&c);
    s->pieces = c;
    return !c.bad;
}

bool ail_guest_sysret(const AilEvent *e, AilGuestSysret *s)
{
    AilCursor c = open_event(e, AIL_EVENT_SYSRET);
    s->number = ail_cursor_varint(&c);
    s->abi = ail_cursor_u8(&c);
    s->flags = ail_cursor_u8(&c);
    s->n_pieces = take_u32(&c);
    s->pieces = c;
    return !c.bad;
}

bool ail_guest_signal(const AilEvent *e, AilGuestSignal *s)
{
    AilCursor c = open_event(e, AIL_EVENT_SIGNAL);
    s->code = (int32_t)ail_unzigzag(ail_cursor_varint(&c));
    s->addr = ail_cursor_varint(&c);
    return !c.bad;
}

bool ail_guest_file_symbols(const AilEvent *e, AilGuestSymbols *s)
{
    AilCursor c = open_event(e, AIL_EVENT_SYMBOLS);
    *s = (AilGuestSymbols){.build_id = take_text(&c)};
    s->flags = take_u32(&c);
    s->n = take_u32(&c);
    s->next = c;
    return !c.bad;
}

bool ail_guest_hypercall(const AilEvent *e, AilGuestHypercall *h)
{
    AilCursor c = open_event(e, AIL_EVENT_HYPERCALL);
    h->insn = take_u32(&c);
    h->addr = ail_cursor_varint(&c);
    h->len = ail_cursor_varint(&c);
    return !c.bad;
}

bool ail_guest_sent(const AilEvent *e, AilGuestSent *s)
{
    AilCursor c = open_event(e, AIL_EVENT_SENT);
    *s = (AilGuestSent){.len = e->value};
    s->device = take_text(&c);
    s->head = take_text(&c);
    s->hardware = take_u32(&c);
    s->socket = ail_cursor_varint(&c);
    s->n = take_u32(&c);
    s->next = c;
    return !c.bad && s->head.len <= s->len;
}

bool ail_guest_file_pages(const AilEvent *e, AilGuestPages *p)
{
    AilCursor c = open_event(e, AIL_EVENT_FILE_PAGES);
    p->path = take_text(&c);
    p->n = take_u32(&c);
    p->next = c;
    return !c.bad;
}

bool ail_guest_text(const AilEvent *e, AilGuestText *text)
{
    *text = (AilGuestText){(const char *)e->data, e->len};
    return e->type == AIL_EVENT_MODULE || e->type == AIL_EVENT_FILE;
}

bool ail_guest_module_kallsyms(const AilEvent *e, const uint8_t **bytes, uint32_t *len)
{
    *bytes = e->data;
    *len = e->len;
    return e->type == AIL_EVENT_MODULE_SYMBOLS;
}

bool ail_guest_next_text(AilCursor *at, AilGuestText *text)
{
    if (at->bad || !ail_cursor_left(at))
        return false;
    *text = take_text(at);
    return !at->bad;
}

bool ail_guest_next_map(AilCursor *at, AilGuestMap *m)
{
    if (at->bad || !ail_cursor_left(at))
        return false;
    m->start = ail_cursor_varint(at);
    uint64_t len = ail_cursor_varint(at);
    m->end = m->start + len;
    m->offset = ail_cursor_varint(at);
    m->inode = ail_cursor_varint(at);
    m->dev = take_u32(at);
    m->flags = take_u32(at);
    m->path = take_text(at);
    at->bad |= m->end <= m->start;
    return !at->bad;
}

bool ail_guest_next_piece(AilCursor *at, AilGuestPiece *p)
{
    if (at->bad || !ail_cursor_left(at))
        return false;
    p->addr = ail_cursor_varint(at);
    AilGuestText bytes = take_text(at);
    p->bytes = (const uint8_t *)bytes.at;
    p->len = bytes.len;
    return !at->bad;
}

bool ail_guest_next_symbol(AilGuestSymbols *from, AilGuestSymbol *s)
{
    AilCursor *at = &from->next;
    if (at->bad || !ail_cursor_left(at))
        return false;
    uint64_t more = ail_cursor_varint(at);
    at->bad |= more > UINT64_MAX - from->last;
    s->offset = from->last += more;
    s->size = ail_cursor_varint(at);
    s->name = take_text(at);
    return !at->bad;
}

/* Physical addresses are written plus 1, so that an unknown one is 0. */
static bool take_place(AilCursor *at, AilGuestPlace *p)
{
    p->phys = ail_cursor_varint(at) - 1;
    p->len = take_u32(at);
    at->bad |= !p->len || (p->phys != AIL_PHYS_NONE && p->phys > UINT64_MAX - p->len) ||
               p->offset > UINT64_MAX - p->len;
    return !at->bad;
}

bool ail_guest_next_sent(AilGuestSent *from, AilGuestPlace *p)
{
    AilCursor *at = &from->next;
    if (at->bad || !ail_cursor_left(at))
        return false;
    p->offset = from->told;
    at->bad |= !take_place(at, p) || p->len > from->len - from->told;
    from->told += at->bad ? 0 : p->len;
    return !at->bad;
}

bool ail_guest_next_page(AilGuestPages *from, AilGuestPlace *p)
{
    AilCursor *at = &from->next;
    if (at->bad || !ail_cursor_left(at))
        return false;
    p->offset = ail_cursor_varint(at);
    return take_place(at, p);
}

void ail_guest_put_text(AilBuf *out, const void *text, size_t len)
{
    ail_buf_varint(out, len);
    ail_buf_put(out, text, len);
}

void ail_guest_put_kernel(AilBuf *out, const AilGuestKernel *k)
{
    ail_guest_put_text(out, k->banner.at, k->banner.len);
    ail_guest_put_text(out, k->symbols, k->symbols_len);
}

void ail_guest_put_task(AilBuf *out, const AilGuestTask *t)
{
    const uint64_t fields[] = {t->mm,  t->asid, t->files, t->start_ns,
                               t->pid, t->tgid, t->ppid,  t->flags};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        ail_buf_varint(out, fields[i]);
    ail_guest_put_text(out, t->comm.at, t->comm.len);
}

void ail_guest_put_exec(AilBuf *out, const AilGuestExec *x)
{
    ail_guest_put_text(out, x->path.at, x->path.len);
    ail_buf_varint(out, x->n_args);
}

void ail_guest_put_maps(AilBuf *out, const AilGuestMaps *m)
{
    ail_buf_varint(out, m->from);
    ail_buf_varint(out, m->to - m->from);
    ail_buf_varint(out, m->n);
}

void ail_guest_put_map(AilBuf *out, const AilGuestMap *m)
{
    const uint64_t fields[] = {m->start, m->end - m->start, m->offset, m->inode, m->dev, m->flags};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        ail_buf_varint(out, fields[i]);
    ail_guest_put_text(out, m->path.at, m->path.len);
}

void ail_guest_put_syscall(AilBuf *out, const AilGuestSyscall *s)
{
    ail_buf_u8(out, s->abi);
    for (int i = 0; i < 6; i++)
        ail_buf_varint(out, s->args[i]);
    ail_buf_varint(out, s->n_pieces);
}

void ail_guest_put_sysret(AilBuf *out, const AilGuestSysret *s)
{
    ail_buf_varint(out, s->number);
    ail_buf_u8(out, s->abi);
    ail_buf_u8(out, s->flags);
    ail_buf_varint(out, s->n_pieces);
}

void ail_guest_put_piece(AilBuf *out, const AilGuestPiece *p)
{
    ail_buf_varint(out, p->addr);
    ail_guest_put_text(out, p->bytes, p->len);
}

void ail_guest_put_signal(AilBuf *out, const AilGuestSignal *s)
{
    ail_buf_varint(out, ail_zigzag(s->code));
    ail_buf_varint(out, s->addr);
}

void ail_guest_put_file_symbols(AilBuf *out, const AilGuestSymbols *s)
{
    ail_guest_put_text(out, s->build_id.at, s->build_id.len);
    ail_buf_varint(out, s->flags);
    ail_buf_varint(out, s->n);
}

void ail_guest_put_symbol(AilBuf *out, uint64_t *last, const AilGuestSymbol *s)
{
    ail_buf_varint(out, s->offset - *last);
    ail_buf_varint(out, s->size);
    ail_guest_put_text(out, s->name.at, s->name.len);
    *last = s->offset;
}

void ail_guest_put_hypercall(AilBuf *out, const AilGuestHypercall *h)
{
    ail_buf_varint(out, h->insn);
    ail_buf_varint(out, h->addr);
    ail_buf_varint(out, h->len);
}

void ail_guest_put_sent(AilBuf *out, const AilGuestSent *s)
{
    ail_guest_put_text(out, s->device.at, s->device.len);
    ail_guest_put_text(out, s->head.at, s->head.len);
    ail_buf_varint(out, s->hardware);
    ail_buf_varint(out, s->socket);
    ail_buf_varint(out, s->n);
}

void ail_guest_put_sent_place(AilBuf *out, uint64_t phys, uint32_t len)
{
    ail_buf_varint(out, phys + 1);
    ail_buf_varint(out, len);
}

void ail_guest_put_file_pages(AilBuf *out, const AilGuestPages *p)
{
    ail_guest_put_text(out, p->path.at, p->path.len);
    ail_buf_varint(out, p->n);
}

void ail_guest_put_page(AilBuf *out, const AilGuestPlace *p)
{
    ail_buf_varint(out, p->offset);
    ail_guest_put_sent_place(out, p->phys, p->len);
}
