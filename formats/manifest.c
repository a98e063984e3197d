/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The manifest's keys are rows of tables (fields.h). */
#include "formats/manifest.h"

#include <string.h>

#include "formats/fields.h"

static const char *const net_names[] = {"none", "user", NULL};
static const char *const display_names[] = {"none", "vga", NULL};
static const char *const bus_names[] = {"virtio", "ide", "cdrom", NULL};
static const char *const member_names[AIL_MEMBER_COUNT] = {
    "snapshot.qcow2", "replay.log",  "kernel",      "initrd",      "firmware",
    "disk0.qcow2",    "disk1.qcow2", "disk2.qcow2", "disk3.qcow2", "disk4.qcow2",
    "disk5.qcow2",    "disk6.qcow2", "disk7.qcow2",
};

#define AT(member) offsetof(RECORD, member)

#define RECORD AilManifest
static const AilField manifest_fields[] = {
    {"format", AIL_FIELD_UNSIGNED, AT(format), 0, UINT32_MAX, NULL},
    {"tool", AIL_FIELD_TEXT, AT(tool), 1, 64, NULL},
    {"created", AIL_FIELD_TEXT, AT(created), 1, 32, NULL},
    {"qemu_version", AIL_FIELD_TEXT, AT(qemu_version), 1, 32, NULL},
    {"qemu_package", AIL_FIELD_TEXT, AT(qemu_package), 0, 128, NULL},
    {"log_version", AIL_FIELD_UINT, AT(log_version), 1, UINT32_MAX, NULL},
    {"instructions", AIL_FIELD_UINT, AT(instructions), 0, INT64_MAX, NULL},
    {"wall_ms", AIL_FIELD_UINT, AT(wall_ms), 0, INT64_MAX, NULL},
    {"end", AIL_FIELD_TEXT, AT(end), 1, 32, NULL},
    {NULL, 0, 0, 0, 0, NULL},
};
#undef RECORD

#define RECORD AilMachine
static const AilField machine_fields[] = {
    {"arch", AIL_FIELD_ENUM, AT(arch), 0, 0, ail_machine_arch_names},
    {"mem_mib", AIL_FIELD_UINT, AT(mem_mib), 1, AIL_MACHINE_MAX_MEM_MIB, NULL},
    {"cpu", AIL_FIELD_TEXT, AT(cpu), 1, 256, NULL},
    {"append", AIL_FIELD_TEXT, AT(append), 0, AIL_MACHINE_MAX_APPEND, NULL},
    {"net", AIL_FIELD_ENUM, AT(net), 0, 0, net_names},
    {"display", AIL_FIELD_ENUM, AT(display), 0, 0, display_names},
    {"rtc_base", AIL_FIELD_INT, AT(rtc_base), 0, INT32_MAX, NULL},
    {"shift", AIL_FIELD_UNSIGNED, AT(shift), 0, 10, NULL},
    {"kernel", AIL_FIELD_BOOL, AT(kernel), 0, 0, NULL},
    {"initrd", AIL_FIELD_BOOL, AT(initrd), 0, 0, NULL},
    {"firmware", AIL_FIELD_BOOL, AT(firmware), 0, 0, NULL},
    {NULL, 0, 0, 0, 0, NULL},
};
#undef RECORD

#define RECORD AilDisk
static const AilField disk_fields[] = {
    {"name", AIL_FIELD_TEXT, AT(path), 1, 255, NULL},
    {"size", AIL_FIELD_UINT, AT(size), 0, INT64_MAX, NULL},
    {"qcow2", AIL_FIELD_BOOL, AT(qcow2), 0, 0, NULL},
    {"bus", AIL_FIELD_ENUM, AT(bus), 0, 0, bus_names},
    {NULL, 0, 0, 0, 0, NULL},
};
#undef RECORD

#define RECORD AilMemberInfo
static const AilField member_fields[] = {
    {"size", AIL_FIELD_UINT, AT(size), 0, INT64_MAX, NULL},
    {"sha256", AIL_FIELD_TEXT, AT(sha256), 64, 64, NULL},
    {NULL, 0, 0, 0, 0, NULL},
};
#undef RECORD

const char *ail_member_name(AilMember member)
{
    return member_names[member];
}

bool ail_member_wanted(const AilMachine *m, AilMember member)
{
    switch (member) {
    case AIL_MEMBER_SNAPSHOT:
    case AIL_MEMBER_LOG:
        return true;
    case AIL_MEMBER_KERNEL:
        return m->kernel;
    case AIL_MEMBER_INITRD:
        return m->initrd;
    case AIL_MEMBER_FIRMWARE:
        return m->firmware;
    default:
        return member - AIL_MEMBER_DISK < m->n_disks;
    }
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
    if (ail_fields_read(machine_fields, object, m, "machine", others, err) != AIL_OK)
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
        if (ail_fields_read(disk_fields, disk, &m->disks[i], "disk", NULL, err) != AIL_OK)
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
        if (ail_fields_read(member_fields, object_of(member), info, member_names[i], NULL, err) !=
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
    for (int i = 0; i < AIL_MEMBER_COUNT; i++) {
        bool wanted = ail_member_wanted(&m->machine, (AilMember)i);
        if (wanted != m->members[i].present)
            return ail_error_set(err, "the manifest's machine %s '%s', its list of files %s",
                                 wanted ? "has" : "has no", member_names[i],
                                 wanted ? "does not" : "does");
    }
    return AIL_OK;
}

static AilStatus read_manifest(AilManifest *m, JsonNode *root, AilError *err)
{
    static const char *const others[] = {"machine", "members", NULL};
    JsonObject *object = object_of(root);
    if (!object)
        return ail_error_set(err, "the manifest is not an object");
    /* Before all else: a newer format may have other keys. */
    if (ail_field_read(&manifest_fields[0], json_object_get_member(object, "format"), &m->format,
                       "manifest", err) != AIL_OK)
        return AIL_ERR;
    if (m->format != AIL_MANIFEST_FORMAT)
        return ail_error_set(err,
                             "recording format %u, but this program reads format %d: use the "
                             "version of ailurus that made it",
                             m->format, AIL_MANIFEST_FORMAT);
    if (ail_fields_read(manifest_fields, object, m, "manifest", others, err) != AIL_OK ||
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

static void write_machine(const AilMachine *m, JsonBuilder *b)
{
    json_builder_begin_object(b);
    ail_fields_write(machine_fields, m, b);
    json_builder_set_member_name(b, "disks");
    json_builder_begin_array(b);
    for (unsigned i = 0; i < m->n_disks; i++) {
        AilDisk disk = m->disks[i];
        disk.path = g_path_get_basename(disk.path);
        json_builder_begin_object(b);
        ail_fields_write(disk_fields, &disk, b);
        g_free(disk.path);
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
        ail_fields_write(member_fields, &m->members[i], b);
        json_builder_end_object(b);
    }
    json_builder_end_object(b);
}

char *ail_manifest_to_json(const AilManifest *m)
{
    JsonBuilder *b = json_builder_new();
    json_builder_begin_object(b);
    ail_fields_write(manifest_fields, m, b);
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
