/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Typed records as text. */
#include "formats/plog_print_private.h"

#include "formats/text.h"

#include <inttypes.h>

/* A field as it occurs in a message. */
typedef struct Item {
    const AilPlogField *field;
    AilWire wire;
} Item;

static gint by_field(gconstpointer a, gconstpointer b)
{
    const AilPlogField *x = ((const Item *)a)->field, *y = ((const Item *)b)->field;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* The known fields of a message, in order of their numbers, those of one number as they are in the
 * message; NULL when it is none. */
static GArray *items_of(const AilPlogMessage *type, AilCursor in)
{
    GArray *items = g_array_new(FALSE, FALSE, sizeof(Item));
    AilWire w;
    bool good = true;
    while (good && ail_wire_next(&in, &w)) {
        Item item = {ail_plog_message_number(type, w.number), w};
        if (!item.field)
            continue;
        AilWireType wants = ail_plog_wire_type(item.field->type);
        good = w.type == wants || (w.type == AIL_WIRE_BYTES && item.field->repeated);
        g_array_append_val(items, item);
    }
    if (good && !in.bad) {
        g_array_sort(items, by_field); /* a stable sort */
        return items;
    }
    g_array_unref(items);
    return NULL;
}

static bool put_message(const AilPlogPrinter *p, const AilPlogMessage *type, AilCursor in,
                        unsigned depth);

static bool put_value(const AilPlogPrinter *p, const AilPlogField *f, const AilWire *w,
                      unsigned depth)
{
    if (f->type == AIL_PROTO_MESSAGE)
        return put_message(p, f->message, w->bytes, depth);
    ail_plog_put_scalar(p, f->type, w);
    return true;
}

/* One item of a list; or, when it is packed, several. */
static bool put_element(const AilPlogPrinter *p, const Item *item, bool *first, unsigned depth)
{
    AilWireType type = ail_plog_wire_type(item->field->type);
    if (type == AIL_WIRE_BYTES || item->wire.type != AIL_WIRE_BYTES) {
        ail_plog_put_separator(p, first);
        return put_value(p, item->field, &item->wire, depth);
    }
    AilCursor in = item->wire.bytes;
    AilWire w;
    while (in.at != in.end && ail_wire_value(&in, type, &w)) {
        ail_plog_put_separator(p, first);
        ail_plog_put_scalar(p, item->field->type, &w);
    }
    return !in.bad;
}

/* All members of a message, behind what is there already. */
static bool put_members(const AilPlogPrinter *p, const AilPlogMessage *type, AilCursor in,
                        bool *first, unsigned depth)
{
    GArray *items = depth < AIL_PLOG_DEPTH_MAX ? items_of(type, in) : NULL;
    bool good = items != NULL;
    for (guint i = 0, end; good && i < items->len; i = end) {
        const Item *item = &g_array_index(items, Item, i);
        for (end = i + 1; end < items->len; end++)
            if (g_array_index(items, Item, end).field != item->field)
                break;
        bool fresh = true;
        ail_plog_put_key(p, first, item->field->name);
        if (!item->field->repeated) { /* the last one counts */
            good = put_value(p, item->field, &item[end - i - 1].wire, depth + 1);
            continue;
        }
        ail_plog_put_char(p, '[');
        for (guint k = i; k < end && good; k++)
            good = put_element(p, &g_array_index(items, Item, k), &fresh, depth + 1);
        ail_plog_put_char(p, ']');
    }
    if (items)
        g_array_unref(items);
    return good;
}

static bool put_message(const AilPlogPrinter *p, const AilPlogMessage *type, AilCursor in,
                        unsigned depth)
{
    bool first = true;
    ail_plog_put_char(p, '{');
    bool good = put_members(p, type, in, &first, depth);
    ail_plog_put_char(p, '}');
    return good;
}

/* The record's message type; NULL: the schema has none. */
static const AilPlogField *record_field(const AilPlogSchema *schema, const AilPlogEntry *e)
{
    if (e->record < AIL_PLOG_RECORDS)
        return NULL;
    const AilPlogField *f = ail_plog_message_number(ail_plog_schema_entry(schema), e->record);
    return f && f->type == AIL_PROTO_MESSAGE && !f->repeated ? f : NULL;
}

char *ail_plog_entry_type(const AilPlogSchema *schema, const AilPlogEntry *e)
{
    if (e->record == AIL_PLOG_OTHER)
        return ail_plog_other_name(e->body);
    const AilPlogField *f = record_field(schema, e);
    return f ? g_strdup(f->name) : g_strdup_printf("unknown-%" PRIu32, e->record);
}

/* Whether the record says itself, as first_icount, what its entry has as icount. */
static bool has_first(const AilPlogField *record, const AilPlogEntry *e)
{
    const AilPlogField *f = record ? ail_plog_message_field(record->message, "first_icount") : NULL;
    AilCursor body = e->body, key;
    AilWire w, value;
    bool found = false;
    while (ail_wire_next(&body, &w)) {
        if (f)
            found |= w.number == f->number;
        else if (e->record == AIL_PLOG_OTHER && w.number == AIL_OTHER_MEMBER &&
                 w.type == AIL_WIRE_BYTES && ail_plog_other_member(w.bytes, &key, &value))
            found |= ail_cursor_left(&key) == 12 && !memcmp(key.at, "first_icount", 12);
    }
    return found;
}

/* What the entry itself has. */
static void put_entry(const AilPlogPrinter *p, const AilPlogEntry *e, const AilPlogField *record)
{
    bool first = false;
    if (e->has_icount && !has_first(record, e)) {
        ail_plog_put_key(p, &first, "icount");
        g_string_append_printf(p->out, "%" PRIu64, e->icount);
    }
    if (e->has_asid) {
        ail_plog_put_key(p, &first, "asid");
        ail_plog_put_address(p, e->asid);
    }
    if (e->has_pc) {
        ail_plog_put_key(p, &first, "pc");
        ail_plog_put_address(p, e->pc);
    }
}

AilStatus ail_plog_print(const AilPlogSchema *schema, const AilPlogEntry *e, AilPlogStyle style,
                         GString *out, AilError *err)
{
    AilPlogPrinter p = {style, out};
    bool first = true, good = true;
    const AilPlogField *record = record_field(schema, e);
    char *type = ail_plog_entry_type(schema, e);
    if (style == AIL_PLOG_AS_JSON) {
        ail_plog_put_char(&p, '{');
        ail_plog_put_key(&p, &first, "analysis");
        ail_plog_put_text(&p, type);
    } else {
        g_string_append(out, ail_text_disarm(type));
    }
    g_free(type);
    put_entry(&p, e, record);
    first = false;
    if (record)
        good = put_members(&p, record->message, e->body, &first, 0);
    else if (e->record == AIL_PLOG_OTHER)
        good = ail_plog_put_other(&p, e->body, AIL_OTHER_MEMBER, false, &first, 0);
    if (style == AIL_PLOG_AS_JSON)
        ail_plog_put_char(&p, '}');
    return good ? AIL_OK : ail_error_set(err, "a record that is not as its schema says");
}
