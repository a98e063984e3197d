/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records that say themselves what is in them, as text. */
#include "formats/plog_print_private.h"

static bool put_other_nest(const AilPlogPrinter *p, const AilWire *w, unsigned depth)
{
    bool list = w->number == AIL_OTHER_LIST, first = true;
    ail_plog_put_char(p, list ? '[' : '{');
    bool good = ail_plog_put_other(p, w->bytes, AIL_OTHER_ELEMENT, list, &first, depth);
    ail_plog_put_char(p, list ? ']' : '}');
    return good;
}

/* The type of a member's value by its field, 0: none. */
static AilProtoType other_type(uint32_t number)
{
    static const uint8_t types[] = {
        [AIL_OTHER_NUMBER] = AIL_PROTO_UINT64, [AIL_OTHER_ADDRESS] = AIL_PROTO_FIXED64,
        [AIL_OTHER_TEXT] = AIL_PROTO_STRING,   [AIL_OTHER_REAL] = AIL_PROTO_DOUBLE,
        [AIL_OTHER_FLAG] = AIL_PROTO_BOOL,     [AIL_OTHER_SIGNED] = AIL_PROTO_SINT64,
        [AIL_OTHER_LIST] = AIL_PROTO_MESSAGE,  [AIL_OTHER_OBJECT] = AIL_PROTO_MESSAGE};
    return number < G_N_ELEMENTS(types) ? (AilProtoType)types[number] : (AilProtoType)0;
}

bool ail_plog_other_member(AilCursor in, AilCursor *key, AilWire *value)
{
    AilWire w;
    *key = ail_cursor("", 0);
    value->number = 0;
    while (ail_wire_next(&in, &w)) {
        AilProtoType type = other_type(w.number);
        if (w.number == AIL_OTHER_KEY && w.type == AIL_WIRE_BYTES)
            *key = w.bytes;
        else if (type && w.type == ail_plog_wire_type(type))
            *value = w;
        else
            return false;
    }
    return !in.bad && value->number;
}

static bool put_other_member(const AilPlogPrinter *p, AilCursor in, bool list, bool *first,
                             unsigned depth)
{
    AilCursor key;
    AilWire value;
    if (!ail_plog_other_member(in, &key, &value))
        return false;
    if (list) {
        ail_plog_put_separator(p, first);
    } else {
        char *text = ail_plog_text_of(key);
        ail_plog_put_key(p, first, text);
        g_free(text);
    }
    if (other_type(value.number) == AIL_PROTO_MESSAGE)
        return put_other_nest(p, &value, depth + 1);
    ail_plog_put_scalar(p, other_type(value.number), &value);
    return true;
}

bool ail_plog_put_other(const AilPlogPrinter *p, AilCursor in, uint32_t number, bool list,
                        bool *first, unsigned depth)
{
    AilWire w;
    bool good = depth < AIL_PLOG_DEPTH_MAX;
    while (good && ail_wire_next(&in, &w))
        if (w.number == number)
            good = w.type == AIL_WIRE_BYTES && put_other_member(p, w.bytes, list, first, depth);
    return good && !in.bad;
}

char *ail_plog_other_name(AilCursor body)
{
    AilWire w;
    char *name = g_strdup("");
    while (ail_wire_next(&body, &w)) {
        if (w.number != AIL_OTHER_ANALYSIS || w.type != AIL_WIRE_BYTES)
            continue;
        g_free(name);
        name = ail_plog_text_of(w.bytes);
    }
    return name;
}
