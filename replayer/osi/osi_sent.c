/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames that network devices are given to send: where their bytes are. A frame is a stretch of
 * memory, parts of pages behind it, and perhaps a list of more such (facts: Linux,
 * include/linux/skbuff.h, include/linux/netdevice.h, include/net/netmem.h). Only on kernels of 64
 * bits, where a sk_buff's end is a number.
 */
#include "replayer/osi/osi_private.h"

enum {
    MAX_FRAMES = 256, /* at a time */
    MAX_PARTS = 128,  /* of a frame */
    MAX_LIST = 64,    /* sk_buffs in its list */
    MAX_FRAGS = 64,   /* in one of these */
    MAX_LEN = 1 << 24,
    HEAD = 128, /* bytes that are told */
    NAME = 16,
};

/* A stretch of the kernel's memory, as the kernel sees it; addr 0: not known where. */
typedef struct Part {
    uint64_t addr;
    uint32_t len;
} Part;

typedef struct Frame {
    AilOsi *osi;
    uint32_t len, left; /* bytes; of these, not in parts yet */
    unsigned n;
    Part parts[MAX_PARTS];
} Frame;

static bool is_known(const AilOsi *o)
{
    const AilOsiOffsets *off = &o->profile.off;
    const int32_t needed[] = {
        off->skb_next,      off->skb_len,         off->skb_data_len,     off->skb_head,
        off->skb_data,      off->skb_end,         off->netdev_name,      off->skb_shared_nr_frags,
        off->skb_frag_page, off->skb_frag_offset, off->skb_shared_frags, off->skb_frag_len};
    for (size_t i = 0; i < G_N_ELEMENTS(needed); i++)
        if (needed[i] < 0)
            return false;
    return o->pointer == 8 && off->skb_frag_size > 0;
}

static bool add_part(Frame *f, uint64_t addr, uint32_t len)
{
    if (!len)
        return true;
    if (f->n == MAX_PARTS || len > f->left)
        return false;
    f->parts[f->n++] = (Part){addr, len};
    f->left -= len;
    return true;
}

/* Parts of pages; the lowest bit says that there is no page, but memory of a device. */
static bool add_frags(Frame *f, uint64_t shared)
{
    AilOsi *o = f->osi;
    const AilOsiOffsets *off = &o->profile.off;
    uint8_t n = 0;
    if (!ail_osi_read(o, shared + (uint64_t)off->skb_shared_nr_frags, &n, 1) || n > MAX_FRAGS)
        return false;
    for (unsigned i = 0; i < n; i++) {
        uint64_t frag = shared + (uint64_t)off->skb_shared_frags + i * (uint64_t)off->skb_frag_size;
        uint64_t page = ail_osi_pointer(o, frag + (uint64_t)off->skb_frag_page);
        uint64_t at = page & 1 ? 0 : ail_osi_page_address(o, page);
        uint32_t offset = ail_osi_u32(o, frag + (uint64_t)off->skb_frag_offset);
        if (!add_part(f, at ? at + offset : 0, ail_osi_u32(o, frag + (uint64_t)off->skb_frag_len)))
            return false;
    }
    return true;
}

/* One sk_buff's own. *list: those that it has besides. */
static bool add_one(Frame *f, uint64_t skb, uint64_t *list)
{
    AilOsi *o = f->osi;
    const AilOsiOffsets *off = &o->profile.off;
    uint64_t head = ail_osi_pointer(o, skb + (uint64_t)off->skb_head);
    uint64_t data = ail_osi_pointer(o, skb + (uint64_t)off->skb_data);
    uint32_t len = ail_osi_u32(o, skb + (uint64_t)off->skb_len);
    uint32_t elsewhere = ail_osi_u32(o, skb + (uint64_t)off->skb_data_len);
    uint32_t end = ail_osi_u32(o, skb + (uint64_t)off->skb_end);
    *list = 0;
    if (!head || elsewhere > len || data < head || data - head > end ||
        len - elsewhere > end - (data - head) || !add_part(f, data, len - elsewhere))
        return false;
    if (!elsewhere)
        return true;
    if (off->skb_shared_frag_list >= 0)
        *list = ail_osi_pointer(o, head + end + (uint64_t)off->skb_shared_frag_list);
    return add_frags(f, head + end);
}

/* Until something makes no sense: what comes behind that is not told. */
static void find_parts(Frame *f, uint64_t skb)
{
    uint64_t list, none;
    if (!add_one(f, skb, &list))
        return;
    for (unsigned i = 0; list && f->left && i < MAX_LIST; i++) {
        if (!add_one(f, list, &none))
            return;
        list = ail_osi_pointer(f->osi, list + (uint64_t)f->osi->profile.off.skb_next);
    }
}

static uint32_t read_head(const Frame *f, uint8_t head[HEAD])
{
    uint32_t n = 0;
    for (unsigned i = 0; i < f->n && n < HEAD; i++) {
        uint32_t part = MIN(f->parts[i].len, HEAD - n);
        if (!ail_osi_read(f->osi, f->parts[i].addr, head + n, part))
            break;
        n += part;
    }
    return n;
}

static void tell_frame(AilOsi *o, uint64_t skb, const char *device, uint32_t hardware)
{
    const AilOsiOffsets *off = &o->profile.off;
    Frame f = {.osi = o, .len = ail_osi_u32(o, skb + (uint64_t)off->skb_len)};
    uint8_t head[HEAD];
    if (!f.len || f.len > MAX_LEN)
        return;
    f.left = f.len;
    find_parts(&f, skb);
    AilGuestSent s = {.device = {device, (uint32_t)strlen(device)},
                      .head = {(const char *)head, read_head(&f, head)},
                      .hardware = hardware,
                      .n = f.n};
    if (off->skb_sk >= 0)
        s.socket = ail_osi_socket_inode(o, ail_osi_pointer(o, skb + (uint64_t)off->skb_sk));
    ail_guest_put_sent(&o->buf, &s);
    for (unsigned i = 0; i < f.n; i++)
        ail_guest_put_sent_place(&o->buf,
                                 f.parts[i].addr ? ail_osi_phys(o, f.parts[i].addr) : AIL_PHYS_NONE,
                                 f.parts[i].len);
    ail_osi_tell(o, AIL_EVENT_SENT, f.len, 0);
}

void ail_osi_sent(AilOsi *o, uint64_t skb, uint64_t device)
{
    const AilOsiOffsets *off = &o->profile.off;
    char name[NAME];
    uint8_t type[2] = {0};
    if (!o->known || !is_known(o) ||
        !ail_osi_text(o, device + (uint64_t)off->netdev_name, name, sizeof name))
        return;
    if (off->netdev_type >= 0)
        ail_osi_read(o, device + (uint64_t)off->netdev_type, type, sizeof type);
    for (unsigned i = 0; skb && i < MAX_FRAMES; i++) {
        tell_frame(o, skb, name, ail_get_le16(type));
        skb = ail_osi_pointer(o, skb + (uint64_t)off->skb_next);
    }
}
