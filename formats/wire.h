/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of a protobuf message, field by field (protobuf.dev, "Encoding"): for messages whose
 * type is only known at run time, which protobuf-c has nothing for. Groups, which protobuf gave up
 * long ago, are refused. Thread-safe on distinct objects.
 */
#ifndef AIL_FORMATS_WIRE_H
#define AIL_FORMATS_WIRE_H

#include "formats/bytes.h"

typedef enum {
    AIL_WIRE_VARINT = 0,
    AIL_WIRE_64 = 1,
    AIL_WIRE_BYTES = 2,
    AIL_WIRE_32 = 5,
} AilWireType;

typedef struct AilWire {
    uint32_t number; /* of the field */
    AilWireType type;
    uint64_t value;  /* unless it is AIL_WIRE_BYTES */
    AilCursor bytes; /* if it is; borrowed */
} AilWire;

/* The value behind a key of that type. False, and in->bad, when there is none. */
static inline bool ail_wire_value(AilCursor *in, AilWireType type, AilWire *w)
{
    w->type = type;
    w->value = 0;
    w->bytes = ail_cursor("", 0);
    if (type == AIL_WIRE_VARINT) {
        w->value = ail_cursor_varint(in);
    } else if (type == AIL_WIRE_64) {
        w->value = ail_cursor_le64(in);
    } else if (type == AIL_WIRE_32) {
        w->value = ail_cursor_le32(in);
    } else if (type == AIL_WIRE_BYTES) {
        uint64_t len = ail_cursor_varint(in);
        const uint8_t *p = len <= ail_cursor_left(in) ? ail_cursor_take(in, len) : NULL;
        in->bad |= !p;
        w->bytes = ail_cursor(p ? (const void *)p : "", p ? len : 0);
    } else {
        in->bad = true;
    }
    return !in->bad;
}

/* Take the next field. False at the end, and when the bytes are no field: in->bad tells. */
static inline bool ail_wire_next(AilCursor *in, AilWire *w)
{
    if (in->at == in->end || in->bad)
        return false;
    uint64_t key = ail_cursor_varint(in);
    if (in->bad || !(key >> 3) || key >> 3 > 0x1fffffff) {
        in->bad = true;
        return false;
    }
    w->number = (uint32_t)(key >> 3);
    return ail_wire_value(in, (AilWireType)(key & 7), w);
}

static inline void ail_wire_put_key(AilBuf *out, uint32_t number, AilWireType type)
{
    ail_buf_varint(out, (uint64_t)number << 3 | type);
}

static inline void ail_wire_put_bytes(AilBuf *out, uint32_t number, const void *bytes, size_t len)
{
    ail_wire_put_key(out, number, AIL_WIRE_BYTES);
    ail_buf_varint(out, len);
    ail_buf_put(out, bytes, len);
}

#endif
