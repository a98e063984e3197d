/* SPDX-License-Identifier: GPL-2.0-or-later */
/* protobuf-c reads the descriptor, as a message of a type that it knows; what is kept of it are
 * tables to look fields up in. */
#include "formats/plog_schema.h"

#include "formats/wire.h"
#include "plog_descriptor.pb-c.h"

#include <glib.h>
#include <string.h>

enum { DEPTH_MAX = 16, FIELDS_MAX = 4096, NAME_LEN = 128 };

struct AilPlogMessage {
    char *name;     /* owned */
    GArray *fields; /* of AilPlogField, by number; owned */
    GHashTable *by_name;
};

struct AilPlogSchema {
    GHashTable *messages; /* name -> AilPlogMessage, owned */
    const AilPlogMessage *entry;
};

static void clear_field(gpointer p)
{
    g_free(((AilPlogField *)p)->name);
}

static void message_free(gpointer p)
{
    AilPlogMessage *m = p;
    g_hash_table_unref(m->by_name);
    g_array_unref(m->fields);
    g_free(m->name);
    g_free(m);
}

static AilPlogMessage *message_new(char *name)
{
    AilPlogMessage *m = g_new0(AilPlogMessage, 1);
    m->name = name;
    m->fields = g_array_new(FALSE, FALSE, sizeof(AilPlogField));
    g_array_set_clear_func(m->fields, clear_field);
    m->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    return m;
}

/* protobuf-c follows nested types with the C stack: FileSet.file 1, File.message_type 4,
 * Message.nested_type 3, and so on. */
static bool is_flat(AilCursor in, unsigned depth)
{
    uint32_t inner = depth == 0 ? 1 : depth == 1 ? 4 : 3;
    AilWire w;
    bool flat = depth < DEPTH_MAX;
    while (flat && ail_wire_next(&in, &w))
        if (w.number == inner && w.type == AIL_WIRE_BYTES)
            flat = is_flat(w.bytes, depth + 1);
    return flat && !in.bad;
}

/* Names are printed. */
static bool name_is_good(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return name && *name && !g_ascii_isdigit(*name) && strlen(name) < NAME_LEN &&
           strspn(name, letters) == strlen(name);
}

static bool package_is_good(const char *package)
{
    return strlen(package) < NAME_LEN && !strpbrk(package, "\n\r\t \033");
}

static bool type_is_good(int32_t type)
{
    return type >= AIL_PROTO_DOUBLE && type <= AIL_PROTO_SINT64 && type != 10; /* 10: groups */
}

static gint by_number(gconstpointer a, gconstpointer b)
{
    const AilPlogField *x = a, *y = b;
    return x->number < y->number ? -1 : x->number > y->number;
}

static AilStatus add_fields(AilPlogMessage *m, const AilPlog__Message *from, AilError *err)
{
    if (from->n_field > FIELDS_MAX)
        return ail_error_set(err, "%s has more than %d fields", m->name, FIELDS_MAX);
    for (size_t i = 0; i < from->n_field; i++) {
        const AilPlog__Field *f = from->field[i];
        if (!name_is_good(f->name) || f->number < 1 || f->number > 0x1fffffff ||
            !type_is_good(f->type) || f->label < 1 || f->label > 3)
            return ail_error_set(err, "an impossible field in %s", m->name);
        AilPlogField field = {.name = g_strdup(f->name),
                              .number = (uint32_t)f->number,
                              .type = (AilProtoType)f->type,
                              .repeated = f->label == 3};
        g_array_append_val(m->fields, field);
    }
    g_array_sort(m->fields, by_number);
    for (guint i = 0; i < m->fields->len; i++) {
        AilPlogField *f = &g_array_index(m->fields, AilPlogField, i);
        if ((i && f[-1].number == f->number) || !g_hash_table_insert(m->by_name, f->name, f))
            return ail_error_set(err, "two fields of %s are called %s or have the number %u",
                                 m->name, f->name, f->number);
    }
    return AIL_OK;
}

/* parent: "package" or "package.Outer"; may be empty. */
static AilStatus add_message(AilPlogSchema *s, const char *parent, const AilPlog__Message *from,
                             AilError *err)
{
    if (!name_is_good(from->name))
        return ail_error_set(err, "a message with an impossible name");
    char *name = g_strdup_printf("%s%s%s", parent, *parent ? "." : "", from->name);
    AilPlogMessage *m = message_new(name);
    if (g_hash_table_contains(s->messages, name)) {
        ail_error_set(err, "two messages are called %s", name);
        message_free(m);
        return AIL_ERR;
    }
    g_hash_table_insert(s->messages, m->name, m);
    AilStatus status = add_fields(m, from, err);
    for (size_t i = 0; i < from->n_nested_type && status == AIL_OK; i++)
        status = add_message(s, name, from->nested_type[i], err);
    return status;
}

/* Types of fields are told by name, ".ailurus.CallStack.Frame". */
static AilStatus link_fields(const AilPlogSchema *s, AilPlogMessage *m,
                             const AilPlog__Message *from, AilError *err)
{
    for (size_t i = 0; i < from->n_field; i++) {
        AilPlogField *f = g_hash_table_lookup(m->by_name, from->field[i]->name);
        if (f->type != AIL_PROTO_MESSAGE)
            continue;
        const char *type = from->field[i]->type_name;
        f->message = type && *type == '.' ? g_hash_table_lookup(s->messages, type + 1) : NULL;
        if (!f->message)
            return ail_error_set(err, "the type of %s in %s is missing", f->name, m->name);
    }
    return AIL_OK;
}

static AilStatus link_message(const AilPlogSchema *s, const char *parent,
                              const AilPlog__Message *from, AilError *err)
{
    char *name = g_strdup_printf("%s%s%s", parent, *parent ? "." : "", from->name);
    AilStatus status = link_fields(s, g_hash_table_lookup(s->messages, name), from, err);
    for (size_t i = 0; i < from->n_nested_type && status == AIL_OK; i++)
        status = link_message(s, name, from->nested_type[i], err);
    g_free(name);
    return status;
}

static AilStatus take_files(AilPlogSchema *s, const AilPlog__FileSet *set, AilError *err)
{
    AilStatus status = AIL_OK;
    for (size_t i = 0; i < set->n_file && status == AIL_OK; i++) {
        const AilPlog__File *f = set->file[i];
        if (!package_is_good(f->package ? f->package : ""))
            status = ail_error_set(err, "a package with an impossible name");
        for (size_t k = 0; k < f->n_message_type && status == AIL_OK; k++)
            status = add_message(s, f->package ? f->package : "", f->message_type[k], err);
    }
    for (size_t i = 0; i < set->n_file && status == AIL_OK; i++) {
        const AilPlog__File *f = set->file[i];
        for (size_t k = 0; k < f->n_message_type && status == AIL_OK; k++)
            status = link_message(s, f->package ? f->package : "", f->message_type[k], err);
    }
    return status;
}

AilPlogSchema *ail_plog_schema_new(const uint8_t *bytes, size_t len, AilError *err)
{
    AilPlog__FileSet *set = NULL;
    if (len <= AIL_PLOG_SCHEMA_MAX && is_flat(ail_cursor(bytes, len), 0))
        set = ail_plog__file_set__unpack(NULL, len, bytes);
    if (!set) {
        ail_error_set(err, "no descriptor of protobuf's");
        return NULL;
    }
    AilPlogSchema *s = g_new0(AilPlogSchema, 1);
    s->messages = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, message_free);
    AilStatus status = take_files(s, set, err);
    ail_plog__file_set__free_unpacked(set, NULL);
    s->entry = g_hash_table_lookup(s->messages, AIL_PLOG_ENTRY_TYPE);
    if (status == AIL_OK && !s->entry)
        status = ail_error_set(err, "there is no %s", AIL_PLOG_ENTRY_TYPE);
    if (status == AIL_OK)
        return s;
    ail_plog_schema_free(s);
    return NULL;
}

void ail_plog_schema_free(AilPlogSchema *s)
{
    if (!s)
        return;
    g_hash_table_unref(s->messages);
    g_free(s);
}

const AilPlogMessage *ail_plog_schema_entry(const AilPlogSchema *s)
{
    return s->entry;
}

const AilPlogField *ail_plog_message_field(const AilPlogMessage *m, const char *name)
{
    return g_hash_table_lookup(m->by_name, name);
}

const AilPlogField *ail_plog_message_number(const AilPlogMessage *m, uint32_t number)
{
    guint low = 0, high = m->fields->len;
    while (low < high) {
        guint mid = low + (high - low) / 2;
        const AilPlogField *f = &g_array_index(m->fields, AilPlogField, mid);
        if (f->number == number)
            return f;
        if (f->number < number)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

const char *ail_plog_message_name(const AilPlogMessage *m)
{
    return m->name;
}

const AilPlogField *ail_plog_message_fields(const AilPlogMessage *m, size_t *n)
{
    *n = m->fields->len;
    return (const AilPlogField *)(void *)m->fields->data;
}
