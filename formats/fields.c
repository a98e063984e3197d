/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats/fields.h"

#include <stdbool.h>
#include <string.h>

static int name_index(const char *const *names, const char *name)
{
    for (int i = 0; names[i]; i++)
        if (!strcmp(names[i], name))
            return i;
    return -1;
}

static const char *type_name(AilFieldType type)
{
    switch (type) {
    case AIL_FIELD_BOOL:
        return "true or false";
    case AIL_FIELD_ENUM:
    case AIL_FIELD_TEXT:
        return "a text";
    default:
        return "an integer";
    }
}

static AilStatus read_number(const AilField *f, int64_t v, void *place, const char *where,
                             AilError *err)
{
    if (v < f->min || v > f->max)
        return ail_error_set(err, "%s.%s: %" G_GINT64_FORMAT " is out of range", where, f->key, v);
    if (f->type == AIL_FIELD_UNSIGNED)
        *(unsigned *)place = (unsigned)v;
    else
        memcpy(place, &v, sizeof v);
    return AIL_OK;
}

static AilStatus read_text(const AilField *f, const char *v, void *place, const char *where,
                           AilError *err)
{
    size_t len = strlen(v);
    if (f->type == AIL_FIELD_ENUM) {
        int i = name_index(f->names, v);
        if (i < 0)
            return ail_error_set(err, "%s.%s: unknown value '%.64s'", where, f->key, v);
        *(int *)place = i;
        return AIL_OK;
    }
    if ((int64_t)len < f->min || (int64_t)len > f->max)
        return ail_error_set(err, "%s.%s: %zu bytes is out of range", where, f->key, len);
    for (size_t i = 0; i < len; i++)
        if (g_ascii_iscntrl(v[i]))
            return ail_error_set(err, "%s.%s: control character", where, f->key);
    *(char **)place = g_strdup(v);
    return AIL_OK;
}

AilStatus ail_field_read(const AilField *f, JsonNode *node, void *place, const char *where,
                         AilError *err)
{
    bool text = f->type == AIL_FIELD_TEXT || f->type == AIL_FIELD_ENUM;
    GType want = f->type == AIL_FIELD_BOOL ? G_TYPE_BOOLEAN : text ? G_TYPE_STRING : G_TYPE_INT64;
    if (!node)
        return ail_error_set(err, "%s.%s is missing", where, f->key);
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != want)
        return ail_error_set(err, "%s.%s is not %s", where, f->key, type_name(f->type));
    if (f->type == AIL_FIELD_BOOL) {
        *(bool *)place = json_node_get_boolean(node);
        return AIL_OK;
    }
    if (text)
        return read_text(f, json_node_get_string(node), place, where, err);
    return read_number(f, json_node_get_int(node), place, where, err);
}

static const AilField *find_field(const AilField *fields, const char *key)
{
    for (; fields->key; fields++)
        if (!strcmp(fields->key, key))
            return fields;
    return NULL;
}

AilStatus ail_fields_read(const AilField *fields, JsonObject *object, void *record,
                          const char *where, const char *const *others, AilError *err)
{
    for (const AilField *f = fields; f->key; f++)
        if (ail_field_read(f, json_object_get_member(object, f->key), (char *)record + f->offset,
                           where, err) != AIL_OK)
            return AIL_ERR;
    AilStatus s = AIL_OK;
    GList *keys = json_object_get_members(object);
    for (GList *k = keys; k && s == AIL_OK; k = k->next)
        if (!find_field(fields, k->data) && !(others && name_index(others, k->data) >= 0))
            s = ail_error_set(err, "%s: unknown key '%.64s'", where, (const char *)k->data);
    g_list_free(keys);
    return s;
}

static void write_field(const AilField *f, const void *place, JsonBuilder *b)
{
    int64_t number;
    json_builder_set_member_name(b, f->key);
    switch (f->type) {
    case AIL_FIELD_UINT:
    case AIL_FIELD_INT:
        memcpy(&number, place, sizeof number);
        json_builder_add_int_value(b, number);
        break;
    case AIL_FIELD_UNSIGNED:
        json_builder_add_int_value(b, *(const unsigned *)place);
        break;
    case AIL_FIELD_BOOL:
        json_builder_add_boolean_value(b, *(const bool *)place);
        break;
    case AIL_FIELD_ENUM:
        json_builder_add_string_value(b, f->names[*(const int *)place]);
        break;
    case AIL_FIELD_TEXT:
        json_builder_add_string_value(b, *(char *const *)place);
        break;
    }
}

void ail_fields_write(const AilField *fields, const void *record, JsonBuilder *b)
{
    for (const AilField *f = fields; f->key; f++)
        write_field(f, (const char *)record + f->offset, b);
}
