/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder/unsealed.h"

#include <glib/gstdio.h>
#include <string.h>

#define SUFFIX ".unsealed"
#define GROUP  "recording"

static char *path_of(const char *dir, const char *name)
{
    char *file = g_strconcat(name, SUFFIX, NULL), *path = g_build_filename(dir, file, NULL);
    g_free(file);
    return path;
}

/* Names of files may be no text; as URIs they are. */
static char *to_uri(const char *path)
{
    char *absolute = g_canonicalize_filename(path, NULL),
         *uri = g_filename_to_uri(absolute, NULL, NULL);
    g_free(absolute);
    return uri;
}

/* The manifest as JSON that ail_manifest_from_json takes. */
static char *to_json(const AilManifest *manifest)
{
    static char zeros[65];
    AilManifest m = *manifest;
    memset(zeros, '0', 64);
    if (!m.end)
        m.end = (char *)"host-error";
    for (int i = 0; i < AIL_MEMBER_COUNT; i++)
        m.members[i] = (AilMemberInfo){ail_member_wanted(&m.machine, (AilMember)i), 0, zeros};
    return ail_manifest_to_json(&m);
}

static void put_disks(GKeyFile *k, const AilMachine *m)
{
    for (unsigned i = 0; i < m->n_disks; i++) {
        char group[16];
        g_snprintf(group, sizeof group, "disk%u", i);
        char *uri = to_uri(m->disks[i].path);
        g_key_file_set_string(k, group, "path", uri);
        g_key_file_set_int64(k, group, "mtime_ns", m->disks[i].mtime_ns);
        g_free(uri);
    }
}

AilStatus ail_unsealed_write(const char *dir, const AilUnsealed *u, AilError *err)
{
    GKeyFile *k = g_key_file_new();
    char *uri = to_uri(u->output), *json = to_json(u->manifest), *path = path_of(dir, u->name);
    GError *error = NULL;
    g_key_file_set_string(k, GROUP, "output", uri);
    g_key_file_set_string(k, GROUP, "manifest", json);
    g_key_file_set_boolean(k, GROUP, "force", u->force);
    g_key_file_set_boolean(k, GROUP, "begun", u->begun);
    g_key_file_set_uint64(k, GROUP, "icount", u->at.icount);
    g_key_file_set_uint64(k, GROUP, "log_offset", u->at.log_offset);
    g_key_file_set_uint64(k, GROUP, "left", u->at.left);
    g_key_file_set_uint64(k, GROUP, "done", u->at.done);
    g_key_file_set_boolean(k, GROUP, "ended", u->ended);
    g_key_file_set_int64(k, GROUP, "cause", u->cause);
    put_disks(k, &u->manifest->machine);
    AilStatus s = g_key_file_save_to_file(k, path, &error)
                      ? AIL_OK
                      : ail_error_set(err, "%s", error->message);
    g_clear_error(&error);
    g_free(path);
    g_free(json);
    g_free(uri);
    g_key_file_unref(k);
    return s;
}

static char *get_path(GKeyFile *k, const char *group, const char *key)
{
    char *uri = g_key_file_get_string(k, group, key, NULL),
         *path = uri ? g_filename_from_uri(uri, NULL, NULL) : NULL;
    g_free(uri);
    return path;
}

static bool get_disks(GKeyFile *k, AilMachine *m)
{
    for (unsigned i = 0; i < m->n_disks; i++) {
        char group[16];
        g_snprintf(group, sizeof group, "disk%u", i);
        g_free(m->disks[i].path);
        m->disks[i].path = get_path(k, group, "path");
        m->disks[i].mtime_ns = g_key_file_get_int64(k, group, "mtime_ns", NULL);
        if (!m->disks[i].path)
            return false;
    }
    return true;
}

static bool get_all(GKeyFile *k, const char *path, AilUnsealed *u, AilError *err)
{
    char *json = g_key_file_get_string(k, GROUP, "manifest", NULL);
    u->output = get_path(k, GROUP, "output");
    u->force = g_key_file_get_boolean(k, GROUP, "force", NULL);
    u->begun = g_key_file_get_boolean(k, GROUP, "begun", NULL);
    u->at.icount = g_key_file_get_uint64(k, GROUP, "icount", NULL);
    u->at.log_offset = g_key_file_get_uint64(k, GROUP, "log_offset", NULL);
    u->at.left = (uint32_t)g_key_file_get_uint64(k, GROUP, "left", NULL);
    u->at.done = g_key_file_get_uint64(k, GROUP, "done", NULL);
    u->ended = g_key_file_get_boolean(k, GROUP, "ended", NULL);
    u->cause = g_key_file_get_int64(k, GROUP, "cause", NULL);
    bool good = u->output && json &&
                ail_manifest_from_json(path, json, strlen(json), &u->manifest, err) == AIL_OK &&
                get_disks(k, &u->manifest->machine);
    g_free(json);
    return good;
}

AilStatus ail_unsealed_read(const char *dir, const char *name, AilUnsealed *u, AilError *err)
{
    GKeyFile *k = g_key_file_new();
    char *path = path_of(dir, name);
    AilStatus s = AIL_OK;
    *u = (AilUnsealed){.name = g_strdup(name)};
    ail_error_set(err, "%s: not the description of a recording", path);
    if (!g_key_file_load_from_file(k, path, G_KEY_FILE_NONE, NULL) || !get_all(k, path, u, err)) {
        ail_unsealed_clear(u);
        s = AIL_ERR;
    }
    g_free(path);
    g_key_file_unref(k);
    return s;
}

void ail_unsealed_clear(AilUnsealed *u)
{
    g_free(u->name);
    g_free(u->output);
    ail_manifest_free(u->manifest);
    *u = (AilUnsealed){0};
}

void ail_unsealed_remove(const char *dir, const char *name)
{
    char *path = path_of(dir, name);
    g_unlink(path);
    g_free(path);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **ail_unsealed_list(const char *dir)
{
    GPtrArray *names = g_ptr_array_new();
    GDir *d = g_dir_open(dir, 0, NULL);
    const char *name;
    while (d && (name = g_dir_read_name(d)))
        if (g_str_has_suffix(name, SUFFIX))
            g_ptr_array_add(names, g_strndup(name, strlen(name) - strlen(SUFFIX)));
    if (d)
        g_dir_close(d);
    g_ptr_array_sort(names, by_name);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}
