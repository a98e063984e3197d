/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The message at each level of nesting has a buffer of its own, since its length comes first. */
#include "formats/plog_builder.h"

#include "formats/plog_other.h"

#include <glib.h>

enum { DEPTH_MAX = 32 };

/* An object or list that is begun. */
typedef struct Level {
    AilBuf bytes; /* kept from record to record */
    bool list;
    const AilPlogMessage *type; /* of an object; NULL in records of AIL_PLOG_OTHER */
    const AilPlogField *field;  /* what it is in the level before; of a list, also its elements */
    char *key;                  /* owned; the same, in records of AIL_PLOG_OTHER */
} Level;

struct AilPlogBuilder {
    const AilPlogMessage *entry_type;
    Level level[DEPTH_MAX]; /* 0: the record */
    unsigned depth;         /* levels that are begun */
    bool other;
    bool has_icount, has_first;
    uint64_t first; /* first_icount */
    uint32_t record;
    AilBuf entry, scratch;
    AilError error; /* of this record; "" */
};

AilPlogBuilder *ail_plog_builder_new(const AilPlogSchema *schema)
{
    AilPlogBuilder *b = g_new0(AilPlogBuilder, 1);
    b->entry_type = ail_plog_schema_entry(schema);
    return b;
}

void ail_plog_builder_free(AilPlogBuilder *b)
{
    if (!b)
        return;
    for (unsigned i = 0; i < DEPTH_MAX; i++) {
        ail_buf_clear(&b->level[i].bytes);
        g_free(b->level[i].key);
    }
    ail_buf_clear(&b->entry);
    ail_buf_clear(&b->scratch);
    g_free(b);
}

static void fail(AilPlogBuilder *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The first failure of a record is kept. */
static void fail(AilPlogBuilder *b, const char *format, ...)
{
    if (*b->error.text)
        return;
    va_list args;
    va_start(args, format);
    char *text = g_strdup_vprintf(format, args);
    va_end(args);
    ail_error_set(&b->error, "%s", text);
    g_free(text);
}

static Level *top_of(AilPlogBuilder *b)
{
    return &b->level[b->depth - 1];
}

/* key is copied. NULL: too deep, which was told. */
static Level *push(AilPlogBuilder *b, bool list, const AilPlogMessage *type,
                   const AilPlogField *field, const char *key)
{
    if (b->depth == DEPTH_MAX) {
        fail(b, "more than %d lists and objects in each other", DEPTH_MAX);
        return NULL;
    }
    Level *level = &b->level[b->depth++];
    g_free(level->key);
    *level = (Level){level->bytes, list, type, field, g_strdup(key)};
    level->bytes.len = 0;
    return level;
}

static void put_text(AilBuf *out, uint32_t number, const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);
    ail_wire_put_bytes(out, number, valid, strlen(valid));
    g_free(valid);
}

void ail_plog_builder_begin(AilPlogBuilder *b, const char *analysis)
{
    const AilPlogField *f = ail_plog_message_field(b->entry_type, analysis);
    b->other = !f || f->number < AIL_PLOG_RECORDS || f->repeated || !f->message;
    b->record = b->other ? (uint32_t)AIL_PLOG_OTHER : f->number;
    b->has_icount = b->has_first = false;
    b->depth = 0;
    b->entry.len = 0;
    b->error.text[0] = 0;
    Level *level = push(b, false, b->other ? NULL : f->message, NULL, NULL);
    if (b->other)
        put_text(&level->bytes, AIL_OTHER_ANALYSIS, analysis);
}

/* The value as field `number`, or, with number 0, without a key. text: made valid already. */
static void put_value(AilBuf *out, uint32_t number, const AilPlogValue *v)
{
    static const AilWireType types[] = {
        [AIL_PLOG_NUMBER] = AIL_WIRE_VARINT, [AIL_PLOG_SIGNED] = AIL_WIRE_VARINT,
        [AIL_PLOG_ADDRESS] = AIL_WIRE_64,    [AIL_PLOG_REAL] = AIL_WIRE_64,
        [AIL_PLOG_FLAG] = AIL_WIRE_VARINT,   [AIL_PLOG_TEXT] = AIL_WIRE_BYTES};
    uint64_t bits = v->number;
    if (number)
        ail_wire_put_key(out, number, types[v->kind]);
    if (v->kind == AIL_PLOG_TEXT) {
        ail_buf_varint(out, strlen(v->text));
        ail_buf_put(out, v->text, strlen(v->text));
        return;
    }
    if (v->kind == AIL_PLOG_SIGNED)
        bits = ail_zigzag(v->integer);
    if (v->kind == AIL_PLOG_REAL)
        memcpy(&bits, &v->real, sizeof bits);
    if (types[v->kind] == AIL_WIRE_64)
        ail_buf_le64(out, bits);
    else
        ail_buf_varint(out, bits);
}

static bool fits(const AilPlogField *f, const AilPlogValue *v)
{
    switch (v->kind) {
    case AIL_PLOG_NUMBER:
        return f->type == AIL_PROTO_UINT64 ||
               (f->type == AIL_PROTO_UINT32 && v->number <= UINT32_MAX);
    case AIL_PLOG_SIGNED:
        return f->type == AIL_PROTO_SINT64;
    case AIL_PLOG_ADDRESS:
        return f->type == AIL_PROTO_FIXED64;
    case AIL_PLOG_REAL:
        return f->type == AIL_PROTO_DOUBLE;
    case AIL_PLOG_FLAG:
        return f->type == AIL_PROTO_BOOL;
    case AIL_PLOG_TEXT:
        return f->type == AIL_PROTO_STRING;
    }
    return false;
}

/* A member of the record that is one of the entry's own: its field, or NULL. */
static const AilPlogField *entry_field(AilPlogBuilder *b, const char *key)
{
    const AilPlogField *f = key ? ail_plog_message_field(b->entry_type, key) : NULL;
    return f && f->number <= AIL_PLOG_PC && b->depth == 1 ? f : NULL;
}

/* Where a member of that name goes; NULL: nowhere, which is told. */
static const AilPlogField *field_of(AilPlogBuilder *b, const char *key)
{
    const Level *top = top_of(b);
    if (top->list)
        return top->field;
    const AilPlogField *f = key ? ail_plog_message_field(top->type, key) : NULL;
    if (!f)
        fail(b, "the message %s has no field %s: add it to the analysis's .plog",
             ail_plog_message_name(top->type), key ? key : "without a name");
    return f;
}

static void misfit(AilPlogBuilder *b, const AilPlogField *f)
{
    fail(b, "what is written to %s is of another type than the analysis's .plog says", f->name);
}

static void note_moment(AilPlogBuilder *b, const char *key, const AilPlogValue *v)
{
    if (b->depth != 1 || v->kind != AIL_PLOG_NUMBER || !key)
        return;
    b->has_icount |= !strcmp(key, "icount");
    if (!strcmp(key, "first_icount")) {
        b->has_first = true;
        b->first = v->number;
    }
}

static void put_typed(AilPlogBuilder *b, const char *key, const AilPlogValue *v)
{
    Level *top = top_of(b);
    const AilPlogField *f = entry_field(b, key);
    AilBuf *to = f ? &b->entry : &top->bytes;
    if (!f)
        f = field_of(b, key);
    if (!f)
        return;
    if (!fits(f, v) || f->repeated != top->list)
        misfit(b, f);
    else /* lists of anything but strings are packed */
        put_value(to, top->list && v->kind != AIL_PLOG_TEXT ? 0 : f->number, v);
}

/* Append b->scratch as a member to a record of AIL_PLOG_OTHER. */
static void put_member(AilPlogBuilder *b)
{
    ail_wire_put_bytes(&top_of(b)->bytes, b->depth == 1 ? AIL_OTHER_MEMBER : AIL_OTHER_ELEMENT,
                       b->scratch.data, b->scratch.len);
}

static void begin_member(AilPlogBuilder *b, const char *key)
{
    b->scratch.len = 0;
    if (key)
        put_text(&b->scratch, AIL_OTHER_KEY, key);
}

static void put_other(AilPlogBuilder *b, const char *key, const AilPlogValue *v)
{
    static const uint32_t numbers[] = {
        [AIL_PLOG_NUMBER] = AIL_OTHER_NUMBER,   [AIL_PLOG_SIGNED] = AIL_OTHER_SIGNED,
        [AIL_PLOG_ADDRESS] = AIL_OTHER_ADDRESS, [AIL_PLOG_REAL] = AIL_OTHER_REAL,
        [AIL_PLOG_FLAG] = AIL_OTHER_FLAG,       [AIL_PLOG_TEXT] = AIL_OTHER_TEXT};
    const AilPlogField *f = entry_field(b, key);
    if (f && fits(f, v)) {
        put_value(&b->entry, f->number, v);
        return;
    }
    begin_member(b, key);
    put_value(&b->scratch, numbers[v->kind], v);
    put_member(b);
}

void ail_plog_builder_put(AilPlogBuilder *b, const char *key, AilPlogValue value)
{
    char *valid = NULL;
    if (*b->error.text || !b->depth)
        return;
    if (value.kind == AIL_PLOG_TEXT)
        value.text = valid = g_utf8_make_valid(value.text, -1);
    note_moment(b, key, &value);
    if (b->other)
        put_other(b, key, &value);
    else
        put_typed(b, key, &value);
    g_free(valid);
}

void ail_plog_builder_open(AilPlogBuilder *b, const char *key, bool list)
{
    if (*b->error.text || !b->depth)
        return;
    if (b->other) {
        push(b, list, NULL, NULL, key);
        return;
    }
    bool in_list = top_of(b)->list;
    const AilPlogField *f = field_of(b, key);
    if (!f)
        return;
    if (f->repeated != (list || in_list) || (list && in_list) || (!list && !f->message))
        misfit(b, f);
    else
        push(b, list, list ? NULL : f->message, f, NULL);
}

static void close_typed(AilPlogBuilder *b, const Level *level)
{
    AilBuf *to = &top_of(b)->bytes;
    AilProtoType type = level->field->type;
    bool tagged = level->list && (type == AIL_PROTO_MESSAGE || type == AIL_PROTO_STRING);
    if (tagged)
        ail_buf_put(to, level->bytes.data, level->bytes.len);
    else if (!level->list || level->bytes.len)
        ail_wire_put_bytes(to, level->field->number, level->bytes.data, level->bytes.len);
}

void ail_plog_builder_close(AilPlogBuilder *b)
{
    if (*b->error.text || b->depth < 2)
        return;
    const Level *level = &b->level[--b->depth];
    if (!b->other) {
        close_typed(b, level);
        return;
    }
    begin_member(b, level->key);
    ail_wire_put_bytes(&b->scratch, level->list ? AIL_OTHER_LIST : AIL_OTHER_OBJECT,
                       level->bytes.data, level->bytes.len);
    put_member(b);
}

const AilBuf *ail_plog_builder_end(AilPlogBuilder *b, AilError *err)
{
    if (b->depth != 1)
        fail(b, "a record that ends within a list or object");
    if (*b->error.text) {
        ail_error_copy(err, &b->error, NULL);
        return NULL;
    }
    if (!b->has_icount && b->has_first) {
        ail_wire_put_key(&b->entry, AIL_PLOG_ICOUNT, AIL_WIRE_VARINT);
        ail_buf_varint(&b->entry, b->first);
    }
    ail_wire_put_bytes(&b->entry, b->record, b->level[0].bytes.data, b->level[0].bytes.len);
    return &b->entry;
}
