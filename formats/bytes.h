/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes of fixed order and variable length, and a growable buffer to put them in: what every
 * format here is made of. All functions are thread-safe on distinct objects.
 */
#ifndef AIL_FORMATS_BYTES_H
#define AIL_FORMATS_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t ail_get_le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t ail_get_le32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t ail_get_le64(const uint8_t *p)
{
    return ail_get_le32(p) | (uint64_t)ail_get_le32(p + 4) << 32;
}

static inline uint32_t ail_get_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint64_t ail_get_be64(const uint8_t *p)
{
    return (uint64_t)ail_get_be32(p) << 32 | ail_get_be32(p + 4);
}

static inline void ail_put_le32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static inline void ail_put_le64(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

/* Map signed to unsigned so that small magnitudes stay small (0, -1, 1, -2, ...). */
static inline uint64_t ail_zigzag(int64_t v)
{
    return ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
}

static inline int64_t ail_unzigzag(uint64_t v)
{
    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

/* A growable byte buffer. Zero-initialise, or ail_buf_init; release with ail_buf_clear. */
typedef struct AilBuf {
    uint8_t *data; /* owned */
    size_t len;    /* bytes used */
    size_t cap;    /* bytes allocated */
} AilBuf;

/* Make room for `more` bytes after len (aborts when memory is exhausted, as GLib does). */
void ail_buf_reserve_slow(AilBuf *buf, size_t more);
void ail_buf_clear(AilBuf *buf);

static inline void ail_buf_reserve(AilBuf *buf, size_t more)
{
    if (buf->cap - buf->len < more)
        ail_buf_reserve_slow(buf, more);
}

static inline void ail_buf_put(AilBuf *buf, const void *bytes, size_t len)
{
    if (!len)
        return;
    ail_buf_reserve(buf, len);
    memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
}

static inline void ail_buf_u8(AilBuf *buf, uint8_t v)
{
    ail_buf_reserve(buf, 1);
    buf->data[buf->len++] = v;
}

static inline void ail_buf_le32(AilBuf *buf, uint32_t v)
{
    ail_buf_reserve(buf, 4);
    ail_put_le32(buf->data + buf->len, v);
    buf->len += 4;
}

static inline void ail_buf_le64(AilBuf *buf, uint64_t v)
{
    ail_buf_reserve(buf, 8);
    ail_put_le64(buf->data + buf->len, v);
    buf->len += 8;
}

/* Unsigned LEB128: 7 bits a byte, least significant first, at most 10 bytes. */
static inline void ail_buf_varint(AilBuf *buf, uint64_t v)
{
    ail_buf_reserve(buf, 10);
    uint8_t *p = buf->data + buf->len;
    while (v >= 0x80) {
        *p++ = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    *p++ = (uint8_t)v;
    buf->len = (size_t)(p - buf->data);
}

/* A read position in bytes that somebody else owns. Reading past the end sets `bad` and gives
 * zeros, so a decoder may check once after a run of reads. */
typedef struct AilCursor {
    const uint8_t *at;
    const uint8_t *end;
    bool bad;
} AilCursor;

static inline AilCursor ail_cursor(const void *bytes, size_t len)
{
    return (AilCursor){bytes, (const uint8_t *)bytes + len, false};
}

static inline size_t ail_cursor_left(const AilCursor *c)
{
    return (size_t)(c->end - c->at);
}

/* The next `len` bytes (borrowed), or NULL and `bad` when fewer are left. */
static inline const uint8_t *ail_cursor_take(AilCursor *c, size_t len)
{
    if (ail_cursor_left(c) < len) {
        c->bad = true;
        c->at = c->end;
        return NULL;
    }
    const uint8_t *p = c->at;
    c->at += len;
    return p;
}

static inline uint8_t ail_cursor_u8(AilCursor *c)
{
    const uint8_t *p = ail_cursor_take(c, 1);
    return p ? *p : 0;
}

static inline uint32_t ail_cursor_le32(AilCursor *c)
{
    const uint8_t *p = ail_cursor_take(c, 4);
    return p ? ail_get_le32(p) : 0;
}

static inline uint64_t ail_cursor_le64(AilCursor *c)
{
    const uint8_t *p = ail_cursor_take(c, 8);
    return p ? ail_get_le64(p) : 0;
}

/* ail_cursor_varint near the end of the bytes, and for numbers of 57 bits and more. */
static inline uint64_t ail_cursor_varint_slow(AilCursor *c)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (c->at == c->end)
            break;
        uint8_t b = *c->at++;
        if (shift == 63 && b > 1)
            break;
        v |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80))
            return v;
    }
    c->bad = true;
    c->at = c->end;
    return 0;
}

/* Lengths are hard to predict, so up to 8 bytes are taken without a branch on them: their groups
 * of 7 bits are moved together in pairs, fours and eights. */
static inline uint64_t ail_cursor_varint(AilCursor *c)
{
    if (ail_cursor_left(c) < 8)
        return ail_cursor_varint_slow(c);
    uint64_t v = ail_get_le64(c->at), ends = ~v & 0x8080808080808080u;
    if (!ends)
        return ail_cursor_varint_slow(c);
    c->at += (__builtin_ctzll(ends) >> 3) + 1;
    v &= ends ^ (ends - 1);
    v = (v & 0x007f007f007f007fu) | (v & 0x7f007f007f007f00u) >> 1;
    v = (v & 0x00003fff00003fffu) | (v & 0x3fff00003fff0000u) >> 2;
    return (v & 0x000000000fffffffu) | (v & 0x0fffffff00000000u) >> 4;
}

#endif
