/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replayer/osi/osi_private.h"

enum { PAGE = 4096 };

bool ail_osi_read(AilOsi *o, uint64_t addr, void *to, size_t len)
{
    return addr >= PAGE && addr <= UINT64_MAX - len && o->host.read(o->host.user, addr, to, len);
}

uint64_t ail_osi_number(const uint8_t *from, unsigned size)
{
    return size == 8 ? ail_get_le64(from) : ail_get_le32(from);
}

uint64_t ail_osi_pointer(AilOsi *o, uint64_t addr)
{
    uint8_t bytes[8];
    return ail_osi_read(o, addr, bytes, o->pointer) ? ail_osi_number(bytes, o->pointer) : 0;
}

uint32_t ail_osi_u32(AilOsi *o, uint64_t addr)
{
    uint8_t bytes[4];
    return ail_osi_read(o, addr, bytes, 4) ? (uint32_t)ail_osi_number(bytes, 4) : 0;
}

uint64_t ail_osi_u64(AilOsi *o, uint64_t addr)
{
    uint8_t bytes[8];
    return ail_osi_read(o, addr, bytes, 8) ? ail_osi_number(bytes, 8) : 0;
}

bool ail_osi_text(AilOsi *o, uint64_t addr, char *to, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t n = MIN(size - at, (size_t)64);
        n = MIN(n, PAGE - (addr + at) % PAGE);
        if (!ail_osi_read(o, addr + at, to + at, n)) {
            to[at] = 0;
            return at > 0;
        }
        if (memchr(to + at, 0, n))
            return true;
        at += n;
    }
    to[size - 1] = 0;
    return true;
}

void ail_osi_tell(AilOsi *o, AilEventType type, uint64_t value, uint64_t pc)
{
    o->host.tell(o->host.user, type, value, pc, o->buf.data, o->buf.len);
    o->buf.len = 0;
}
