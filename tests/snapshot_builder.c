/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/snapshot_builder.h"

enum { CLUSTER = 512, CLUSTER_BITS = 9, L2_ENTRIES = CLUSTER / 8 };

static void be32(AilBuf *b, uint32_t v)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        ail_buf_u8(b, (uint8_t)(v >> shift));
}

static void be64(AilBuf *b, uint64_t v)
{
    be32(b, (uint32_t)(v >> 32));
    be32(b, (uint32_t)v);
}

static void pad(AilBuf *b, size_t to)
{
    while (b->len % to)
        ail_buf_u8(b, 0);
}

/* The parts of a section's header that do not matter: its kind and number. */
static void begin_section(AilBuf *b, uint8_t kind, uint32_t id)
{
    ail_buf_u8(b, kind);
    be32(b, id);
}

static void end_section(AilBuf *b, uint32_t id)
{
    ail_buf_u8(b, 0x7e);
    be32(b, id);
}

static void put_sections(AilBuf *b, const SnapshotPlan *p, uint64_t icount)
{
    static const char timer[] = "\x05timer\0\0\0\0\0\0\0\2",
                      counts[] = "\x05\x0ctimer/icount\0\0\0\1",
                      replay[] = "\x06replay\0\0\0\0\0\0\0\3";
    begin_section(b, 4, 0);
    ail_buf_put(b, timer, sizeof timer - 1);
    be64(b, 1);
    be64(b, 2);
    be64(b, p->clock_ns);
    if (!p->plain) {
        ail_buf_put(b, counts, sizeof counts - 1);
        be64(b, p->bias);
        be64(b, icount);
    }
    end_section(b, 0);
    if (p->plain)
        return;
    begin_section(b, 4, 1);
    ail_buf_put(b, replay, sizeof replay - 1);
    be64(b, 11); /* clocks */
    be64(b, 12);
    be64(b, p->current);
    be32(b, p->left);
    be32(b, 99); /* events so far */
    be32(b, p->kind);
    ail_buf_u8(b, p->unread);
    be64(b, p->offset);
    be64(b, 7); /* disk requests */
    be64(b, p->event_id);
    end_section(b, 1);
}

enum { RAM = 2, PAGE = 4096 };

/* A page of memory: of the guest's choice. */
static void put_page(AilBuf *b, const SnapshotPlan *p, uint64_t i)
{
    AilBuf page = {0};
    if (p->decoy)
        put_sections(&page, p, 1);
    while (page.len < PAGE)
        ail_buf_u8(&page, (uint8_t)((i + page.len) * 7));
    be64(b, i * PAGE | (i ? 0x28 : 0x08)); /* a page, of the same block as the last */
    if (!i)
        ail_buf_put(b, "\2pc", 3);
    ail_buf_put(b, page.data, PAGE);
    be64(b, (i + 1) * PAGE | 0x22); /* one of zeros */
    ail_buf_u8(b, 0);
    ail_buf_clear(&page);
}

static void put_memory(AilBuf *b, const SnapshotPlan *p)
{
    begin_section(b, 1, RAM);
    ail_buf_put(b, "\3ram\0\0\0\0\0\0\0\4", 12);
    be64(b, 2 * PAGE | 0x04);
    ail_buf_put(b, "\2pc", 3);
    be64(b, 2 * PAGE);
    be64(b, 0x10);
    end_section(b, RAM);
    begin_section(b, 2, RAM);
    for (uint64_t i = 0; i < p->pages; i++)
        put_page(b, p, i);
    be64(b, 0x10);
    end_section(b, RAM);
    ail_buf_put(b, "\x08\0\x0b\0\0", 5); /* a command */
    begin_section(b, 3, RAM);
    be64(b, 0x10);
    end_section(b, RAM);
}

/* The name is as long as to bring what matters to any place relative to clusters. */
static void put_configuration(AilBuf *b, const SnapshotPlan *p)
{
    static const char bits[] = "\x05\x1e"
                               "configuration/target-page-bits\0\0\0\1\0\0\0\x0c";
    ail_buf_put(b, "QEVM\0\0\0\3\7", 9);
    be32(b, p->name);
    for (unsigned i = 0; i < p->name; i++)
        ail_buf_u8(b, 'x');
    if (p->arm)
        ail_buf_put(b, bits, sizeof bits - 1);
}

static void put_state(AilBuf *b, const SnapshotPlan *p)
{
    put_configuration(b, p);
    put_memory(b, p);
    put_sections(b, p, p->icount);
    begin_section(b, 4, 3);
    if (p->decoy)
        put_sections(b, p, 2);
    for (int i = 0; i < 600; i++)
        ail_buf_u8(b, 0x55);
}

static void put_header(AilBuf *b)
{
    ail_buf_put(b, "QFI\xfb", 4);
    be32(b, 3);
    be64(b, 0); /* no backing file */
    be32(b, 0);
    be32(b, CLUSTER_BITS);
    be64(b, 1 << (2 * CLUSTER_BITS - 3)); /* a disk of one L1 entry */
    be32(b, 0);
    be32(b, 0); /* the active L1 is of no interest */
    be64(b, 0);
    be64(b, 0);
    be32(b, 0);
    be32(b, 2);       /* snapshots, */
    be64(b, CLUSTER); /* behind the header */
    pad(b, CLUSTER);
}

static void put_entry(AilBuf *b, const char *tag, uint64_t l1_at, uint32_t l1_size, uint64_t size)
{
    uint32_t len = (uint32_t)strlen(tag);
    be64(b, l1_at);
    be32(b, l1_size);
    be32(b, 1 << 16 | len); /* bytes of the id, of the name */
    be64(b, 0);             /* date */
    be64(b, 0);             /* clock */
    be32(b, 0);
    be32(b, 24);
    be64(b, size);
    be64(b, 0);
    be64(b, 1234); /* icount */
    ail_buf_u8(b, '1');
    ail_buf_put(b, tag, len);
    pad(b, 8);
}

void snapshot_build(AilBuf *b, const SnapshotPlan *p)
{
    AilBuf state = {0};
    put_state(&state, p);
    uint64_t clusters = (state.len + CLUSTER - 1) / CLUSTER, tables = clusters / L2_ENTRIES + 1;
    uint64_t l1 = 2 * CLUSTER, l2 = l1 + CLUSTER * ((tables + 1) / L2_ENTRIES + 1);
    uint64_t data = l2 + tables * CLUSTER;
    put_header(b);
    put_entry(b, "other", 0, 0, 0);
    put_entry(b, p->tag, l1, (uint32_t)tables + 1, state.len);
    pad(b, CLUSTER);
    be64(b, 0); /* the disk's */
    for (uint64_t i = 0; i < tables; i++)
        be64(b, l2 + i * CLUSTER);
    while (b->len < l2)
        ail_buf_u8(b, 0);
    /* The state's clusters lie backwards in the file. */
    for (uint64_t i = 0; i < clusters; i++)
        be64(b, data + (clusters - 1 - i) * CLUSTER);
    while (b->len < data)
        ail_buf_u8(b, 0);
    pad(&state, CLUSTER);
    for (uint64_t i = clusters; i-- > 0;)
        ail_buf_put(b, state.data + i * CLUSTER, CLUSTER);
    ail_buf_clear(&state);
}
