/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The manifest's keys are rows of tables that say type, place and bounds; reading and writing both
 * go by them, so that what is written is what is accepted.
 */
#include "formats/manifest.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "formats/bytes.h"

typedef enum { T_UINT, T_UNSIGNED, T_INT, T_BOOL, T_ENUM, T_TEXT } FieldType;

typedef struct Field {
    const char *key;
    FieldType type;
    size_t offset;            /* of the member in its struct */
    int64_t min, max;         /* of a number; of a text's length in bytes */
    const char *const *names; /* of an enumeration, ends with NULL */
} Field;

static const char *const net_names[] = {"none", "user", NULL};
static const char *const member_names[AIL_MEMBER_COUNT] = {
    "snapshot.qcow2", "replay.log", "kernel", "initrd", "firmware",
};

#define AT(member) offsetof(RECORD, member)

#define RECORD AilManifest
static const Field manifest_fields[] = {
    {"format", T_UNSIGNED, AT(format), 0, UINT32_MAX, NULL},
    {"tool", T_TEXT, AT(tool), 1, 64, NULL},
    {"created", T_TEXT, AT(created), 1, 32, NULL},
    {"qemu_version", T_TEXT, AT(qemu_version), 1, 32, NULL},
    {"qemu_package", T_TEXT, AT(qemu_package), 0, 128, NULL},
    {"log_version", T_UINT, AT(log_version), 1, UINT32_MAX, NULL},
    {"instructions", T_UINT, AT(instructions), 0, INT64_MAX, NULL},
    {"wall_ms", T_UINT, AT(wall_ms), 0, INT64_MAX, NULL},
    {"end", T_TEXT, AT(end), 1, 32, NULL},
    {NULL, 0, 0, 0, 0, NULL},
};
#undef RECORD

#define RECORD AilMachine
static const Field machine_fields[] = {
    {"arch", T_ENUM, AT(arch), 0, 0, ail_machine_arch_names},
    {"mem_mib", T_UINT, AT(mem_mib), 1, AIL_MACHINE_MAX_MEM_MIB, NULL},
    {"cpu", T_TEXT, AT(cpu), 1, 256, NULL},
    {"append", T_TEXT, AT(append), 0, AIL_MACHINE_MAX_APPEND, NULL},
    {"net", T_ENUM, AT(net), 0, 0, net_names},
    {"rtc_base", T_INT, AT(rtc_base), 0, INT32_MAX, NULL},
    {"shift", T_UNSIGNED, AT(shift), 0, 10, NULL},
    {"kernel", T_BOOL, AT(kernel), 0, 0, NULL},
    {"initrd", T_BOOL, AT(initrd), 0, 0, NULL},
    {"firmware", T_BOOL, AT(firmware), 0, 0, NULL},
    {NULL, 0, 0, 0, 0, NULL},
};
#undef RECORD

#define RECORD AilDisk
static const Field disk_fields[] = {
    {"path", T_TEXT, AT(path), 1, 1024, NULL},
    {"size", T_UINT, AT(size), 0, INT64_MAX, NULL},
    {"mtime_ns", T_INT, AT(mtime_ns), INT64_MIN, INT64_MAX, NULL},
    {"qcow2", T_BOOL, AT(qcow2), 0, 0, NULL},
    {NULL, 0, 0, 0, 0, NULL},
};
#undef RECORD

#define RECORD AilMemberInfo
static const Field member_fields[] = {
    {"size", T_UINT, AT(size), 0, INT64_MAX, NULL},
    {"sha256", T_TEXT, AT(sha256), 64, 64, NULL},
    {NULL, 0, 0, 0, 0, NULL},
};
#undef RECORD

static int name_index(const char *const *names, const char *name)
{
    for (int i = 0; names[i]; i++)
        if (!strcmp(names[i], name))
            return i;
    return -1;
}

const char *ail_member_name(AilMember member)
{
    return member_names[member];
}

AilManifest *ail_manifest_new(void)
{
    AilManifest *m = g_new0(AilManifest, 1);
    m->format = AIL_MANIFEST_FORMAT;
    return m;
}

void ail_manifest_free(AilManifest *m)
{
    if (!m)
        return;
    g_free(m->tool);
    g_free(m->created);
    g_free(m->qemu_version);
    g_free(m->qemu_package);
    g_free(m->end);
    for (int i = 0; i < AIL_MEMBER_COUNT; i++)
        g_free(m->members[i].sha256);
    ail_machine_clear(&m->machine);
    g_free(m);
}

static const char *type_name(FieldType type)
{
    switch (type) {
    case T_BOOL:
        return "true or false";
    case T_ENUM:
    case T_TEXT:
        return "a text";
    default:
        return "an integer";
    }
}

static AilStatus read_number(const Field *f, int64_t v, void *place, const char *where,
                             AilError *err)
{
    if (v < f->min || v > f->max)
        return ail_error_set(err, "%s.%s: %" G_GINT64_FORMAT " is out of range", where, f->key, v);
    if (f->type == T_UNSIGNED)
        *(unsigned *)place = (unsigned)v;
    else
        memcpy(place, &v, sizeof v);
    return AIL_OK;
}

static AilStatus read_text(const Field *f, const char *v, void *place, const char *where,
                           AilError *err)
{
    size_t len = strlen(v);
    if (f->type == T_ENUM) {
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

static AilStatus read_field(const Field *f, JsonNode *node, void *place, const char *where,
                            AilError *err)
{
    bool text = f->type == T_TEXT || f->type == T_ENUM;
    GType want = f->type == T_BOOL ? G_TYPE_BOOLEAN : text ? G_TYPE_STRING : G_TYPE_INT64;
    if (!node)
        return ail_error_set(err, "%s.%s is missing", where, f->key);
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != want)
        return ail_error_set(err, "%s.%s is not %s", where, f->key, type_name(f->type));
    if (f->type == T_BOOL) {
        *(bool *)place = json_node_get_boolean(node);
        return AIL_OK;
    }
    if (text)
        return read_text(f, json_node_get_string(node), place, where, err);
    return read_number(f, json_node_get_int(node), place, where, err);
}

static const Field *find_field(const Field *fields, const char *key)
{
    for (; fields->key; fields++)
        if (!strcmp(fields->key, key))
            return fields;
    return NULL;
}

/* Read an object by its table. others: keys that the caller reads itself. */
static AilStatus read_object(const Field *fields, JsonObject *object, void *record,
                             const char *where, const char *const *others, AilError *err)
{
    for (const Field *f = fields; f->key; f++)
        if (read_field(f, json_object_get_member(object, f->key), (char *)record + f->offset, where,
                       err) != AIL_OK)
            return AIL_ERR;
    AilStatus s = AIL_OK;
    GList *keys = json_object_get_members(object);
    for (GList *k = keys; k && s == AIL_OK; k = k->next)
        if (!find_field(fields, k->data) && !(others && name_index(others, k->data) >= 0))
            s = ail_error_set(err, "%s: unknown key '%.64s'", where, (const char *)k->data);
    g_list_free(keys);
    return s;
}

static JsonObject *object_of(JsonNode *node)
{
    return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

static AilStatus read_machine(AilMachine *m, JsonNode *node, AilError *err)
{
    static const char *const others[] = {"disks", NULL};
    JsonObject *object = object_of(node);
    if (!object)
        return ail_error_set(err, "manifest.machine is not an object");
    if (read_object(machine_fields, object, m, "machine", others, err) != AIL_OK)
        return AIL_ERR;
    JsonNode *disks = json_object_get_member(object, "disks");
    if (!disks || !JSON_NODE_HOLDS_ARRAY(disks))
        return ail_error_set(err, "machine.disks is not a list");
    JsonArray *list = json_node_get_array(disks);
    unsigned n = json_array_get_length(list);
    if (n > AIL_MACHINE_MAX_DISKS)
        return ail_error_set(err, "machine.disks: %u disks, at most %d are possible", n,
                             AIL_MACHINE_MAX_DISKS);
    for (unsigned i = 0; i < n; i++) {
        JsonObject *disk = object_of(json_array_get_element(list, i));
        if (!disk)
            return ail_error_set(err, "machine.disks[%u] is not an object", i);
        m->n_disks = i + 1;
        if (read_object(disk_fields, disk, &m->disks[i], "disk", NULL, err) != AIL_OK)
            return AIL_ERR;
    }
    return ail_machine_check(m, err);
}

static AilStatus read_members(AilManifest *m, JsonNode *node, AilError *err)
{
    JsonObject *object = object_of(node);
    if (!object)
        return ail_error_set(err, "manifest.members is not an object");
    unsigned known = 0;
    for (int i = 0; i < AIL_MEMBER_COUNT; i++) {
        JsonNode *member = json_object_get_member(object, member_names[i]);
        if (!member)
            continue;
        known++;
        if (!object_of(member))
            return ail_error_set(err, "members.%s is not an object", member_names[i]);
        AilMemberInfo *info = &m->members[i];
        info->present = true;
        if (read_object(member_fields, object_of(member), info, member_names[i], NULL, err) !=
            AIL_OK)
            return AIL_ERR;
        if (strspn(info->sha256, "0123456789abcdef") != 64)
            return ail_error_set(err, "%s.sha256 is not a checksum", member_names[i]);
    }
    if (known != json_object_get_size(object))
        return ail_error_set(err, "manifest.members names an unknown file");
    return AIL_OK;
}

/* The machine and the list of files must agree. */
static AilStatus check_members(const AilManifest *m, AilError *err)
{
    const bool want[AIL_MEMBER_COUNT] = {true, true, m->machine.kernel, m->machine.initrd,
                                         m->machine.firmware};
    for (int i = 0; i < AIL_MEMBER_COUNT; i++)
        if (want[i] != m->members[i].present)
            return ail_error_set(err, "the manifest's machine %s '%s', its list of files %s",
                                 want[i] ? "has" : "has no", member_names[i],
                                 want[i] ? "does not" : "does");
    return AIL_OK;
}

static AilStatus read_manifest(AilManifest *m, JsonNode *root, AilError *err)
{
    static const char *const others[] = {"machine", "members", NULL};
    JsonObject *object = object_of(root);
    if (!object)
        return ail_error_set(err, "the manifest is not an object");
    /* Before all else: a newer format may have other keys. */
    if (read_field(&manifest_fields[0], json_object_get_member(object, "format"), &m->format,
                   "manifest", err) != AIL_OK)
        return AIL_ERR;
    if (m->format != AIL_MANIFEST_FORMAT)
        return ail_error_set(err,
                             "recording format %u, but this program reads format %d: use the "
                             "version of ailurus that made it",
                             m->format, AIL_MANIFEST_FORMAT);
    if (read_object(manifest_fields, object, m, "manifest", others, err) != AIL_OK ||
        read_machine(&m->machine, json_object_get_member(object, "machine"), err) != AIL_OK ||
        read_members(m, json_object_get_member(object, "members"), err) != AIL_OK)
        return AIL_ERR;
    return check_members(m, err);
}

/* json-glib's parser recurses: refuse nesting that a manifest never has. It also takes comments and
 * texts in single quotes, where quotes mean something else than here; JSON has neither. */
static bool nesting_is_sane(const char *json, size_t len)
{
    int depth = 0;
    bool text = false;
    for (size_t i = 0; i < len; i++) {
        if (text && json[i] == '\\')
            i++;
        else if (json[i] == '"')
            text = !text;
        else if (!text && (json[i] == '{' || json[i] == '['))
            depth++;
        else if (!text && (json[i] == '}' || json[i] == ']'))
            depth--;
        if (depth > 8 || (!text && (json[i] == '/' || json[i] == '\'')))
            return false;
    }
    return true;
}

AilStatus ail_manifest_from_json(const char *name, const char *json, size_t len,
                                 AilManifest **manifest, AilError *err)
{
    if (len > AIL_MANIFEST_MAX_SIZE || !g_utf8_validate(json, (gssize)len, NULL) ||
        !nesting_is_sane(json, len))
        return ail_error_set(err, "%s: the manifest is not one of a recording", name);
    AilError inner = {0};
    AilManifest *m = ail_manifest_new();
    JsonParser *parser = json_parser_new_immutable();
    GError *error = NULL;
    AilStatus s;
    if (!json_parser_load_from_data(parser, json, (gssize)len, &error))
        s = ail_error_set(err, "%s: the manifest is not JSON", name);
    else if ((s = read_manifest(m, json_parser_get_root(parser), &inner)) != AIL_OK)
        ail_error_copy(err, &inner, name);
    g_clear_error(&error);
    g_object_unref(parser);
    if (s == AIL_OK)
        *manifest = m;
    else
        ail_manifest_free(m);
    return s;
}

static void write_field(const Field *f, const void *place, JsonBuilder *b)
{
    int64_t number;
    json_builder_set_member_name(b, f->key);
    switch (f->type) {
    case T_UINT:
    case T_INT:
        memcpy(&number, place, sizeof number);
        json_builder_add_int_value(b, number);
        break;
    case T_UNSIGNED:
        json_builder_add_int_value(b, *(const unsigned *)place);
        break;
    case T_BOOL:
        json_builder_add_boolean_value(b, *(const bool *)place);
        break;
    case T_ENUM:
        json_builder_add_string_value(b, f->names[*(const int *)place]);
        break;
    case T_TEXT:
        json_builder_add_string_value(b, *(char *const *)place);
        break;
    }
}

static void write_fields(const Field *fields, const void *record, JsonBuilder *b)
{
    for (const Field *f = fields; f->key; f++)
        write_field(f, (const char *)record + f->offset, b);
}

static void write_machine(const AilMachine *m, JsonBuilder *b)
{
    json_builder_begin_object(b);
    write_fields(machine_fields, m, b);
    json_builder_set_member_name(b, "disks");
    json_builder_begin_array(b);
    for (unsigned i = 0; i < m->n_disks; i++) {
        json_builder_begin_object(b);
        write_fields(disk_fields, &m->disks[i], b);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    json_builder_end_object(b);
}

static void write_members(const AilManifest *m, JsonBuilder *b)
{
    json_builder_begin_object(b);
    for (int i = 0; i < AIL_MEMBER_COUNT; i++) {
        if (!m->members[i].present)
            continue;
        json_builder_set_member_name(b, member_names[i]);
        json_builder_begin_object(b);
        write_fields(member_fields, &m->members[i], b);
        json_builder_end_object(b);
    }
    json_builder_end_object(b);
}

char *ail_manifest_to_json(const AilManifest *m)
{
    JsonBuilder *b = json_builder_new();
    json_builder_begin_object(b);
    write_fields(manifest_fields, m, b);
    json_builder_set_member_name(b, "machine");
    write_machine(&m->machine, b);
    json_builder_set_member_name(b, "members");
    write_members(m, b);
    json_builder_end_object(b);
    JsonNode *root = json_builder_get_root(b);
    char *text = json_to_string(root, TRUE);
    char *line = g_strconcat(text, "\n", NULL);
    g_free(text);
    json_node_unref(root);
    g_object_unref(b);
    return line;
}
