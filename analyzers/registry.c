/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/registry.h"

#include <glib.h>
#include <string.h>

#include "analyzers/builtin.h"
#include "analyzers/module.h"

const AilAnalysisOps *const ail_analyses[] = {
    &ail_asidstory_ops,     &ail_stringsearch_ops,
    &ail_callstack_ops,     &ail_hotblocks_ops,
    &ail_coverage_ops,      &ail_export_ops,
    &ail_export_stacks_ops, &ail_syscalls_ops,
    &ail_taint_ops,         NULL,
};

struct AilRegistry {
    GHashTable *modules; /* path -> AilModule, both owned */
    char **folders;      /* owned */
};

static char **module_folders(void)
{
    const char *list = g_getenv("AILURUS_ANALYSES");
    if (list)
        return g_strsplit(list, ":", -1);
    char **folders = g_new0(char *, 2);
    folders[0] = g_build_filename(g_get_home_dir(), ".local", "lib", "ailurus", NULL);
    return folders;
}

static void module_free(gpointer p)
{
    ail_module_free(p);
}

AilRegistry *ail_registry_new(void)
{
    AilRegistry *r = g_new0(AilRegistry, 1);
    r->modules = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, module_free);
    r->folders = module_folders();
    return r;
}

void ail_registry_free(AilRegistry *r)
{
    if (!r)
        return;
    g_hash_table_destroy(r->modules);
    g_strfreev(r->folders);
    g_free(r);
}

static const AilAnalysisOps *load(AilRegistry *r, const char *path, AilError *err)
{
    AilModule *module = g_hash_table_lookup(r->modules, path);
    if (!module) {
        module = ail_module_open(path, err);
        if (!module)
            return NULL;
        g_hash_table_insert(r->modules, g_strdup(path), module);
    }
    return ail_module_ops(module);
}

static const AilAnalysisOps *find_in_folders(AilRegistry *r, const char *name, AilError *err)
{
    for (char **folder = r->folders; *folder; folder++) {
        char *file = g_strconcat(name, ".so", NULL);
        char *path = g_build_filename(*folder, file, NULL);
        bool exists = **folder && g_file_test(path, G_FILE_TEST_EXISTS);
        const AilAnalysisOps *ops = exists ? load(r, path, err) : NULL;
        g_free(path);
        g_free(file);
        if (exists)
            return ops;
    }
    return NULL;
}

static void unknown(const AilRegistry *r, const char *name, AilError *err)
{
    GString *known = g_string_new(NULL);
    for (const AilAnalysisOps *const *a = ail_analyses; *a; a++)
        g_string_append_printf(known, "%s%s", known->len ? ", " : "", (*a)->name);
    for (char **folder = r ? r->folders : NULL; folder && *folder; folder++)
        g_string_append_printf(known, "%s%s", folder == r->folders ? ", and modules in " : ":",
                               *folder);
    ail_error_set(err, "there is no analysis \"%s\" (there are: %s)", name, known->str);
    g_string_free(known, TRUE);
}

const AilAnalysisOps *ail_registry_find(AilRegistry *r, const char *name, AilError *err)
{
    AilError why = {""};
    for (const AilAnalysisOps *const *a = ail_analyses; *a; a++)
        if (!strcmp((*a)->name, name))
            return *a;
    const AilAnalysisOps *ops = NULL;
    if (r)
        ops = strchr(name, '/') ? load(r, name, &why) : find_in_folders(r, name, &why);
    if (!ops && !why.text[0])
        unknown(r, name, &why);
    if (!ops)
        ail_error_copy(err, &why, NULL);
    return ops;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The paths of a folder's modules, sorted; owned by the caller, with what is in it. */
static GPtrArray *modules_in(const char *folder)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    GDir *dir = *folder ? g_dir_open(folder, 0, NULL) : NULL; /* none is no error */
    const char *name;
    while (dir && (name = g_dir_read_name(dir)))
        if (g_str_has_suffix(name, ".so"))
            g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
    if (dir)
        g_dir_close(dir);
    g_ptr_array_sort(paths, by_name);
    return paths;
}

void ail_registry_list(AilRegistry *r, AilRegistryVisitor fn, void *user)
{
    for (const AilAnalysisOps *const *a = ail_analyses; *a; a++)
        fn(user, *a, NULL, NULL);
    for (char **folder = r->folders; *folder; folder++) {
        GPtrArray *paths = modules_in(*folder);
        for (guint i = 0; i < paths->len; i++) {
            AilError err = {""};
            const char *path = paths->pdata[i];
            fn(user, load(r, path, &err), path, &err);
        }
        g_ptr_array_unref(paths);
    }
}

AilStatus ail_registry_parse(AilRegistry *r, const char *text, const AilAnalysisOps **ops,
                             AilOptions **options, AilError *err)
{
    const char *comma = strchr(text, ',');
    char *name = comma ? g_strndup(text, (gsize)(comma - text)) : g_strdup(text);
    const AilAnalysisOps *found = ail_registry_find(r, name, err);
    g_free(name);
    if (!found)
        return AIL_ERR;
    AilOptions *o = ail_options_new(found->name, found->options);
    if (comma && ail_options_parse(o, comma + 1, err) != AIL_OK) {
        ail_options_free(o);
        return AIL_ERR;
    }
    *ops = found;
    *options = o;
    return AIL_OK;
}

AilStatus ail_analysis_parse(const char *text, const AilAnalysisOps **ops, AilOptions **options,
                             AilError *err)
{
    return ail_registry_parse(NULL, text, ops, options, err);
}
