/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/registry.h"
#include "analyzers/builtin.h"

#include <glib.h>
#include <string.h>

const AilAnalysisOps *const ail_analyses[] = {
    &ail_asidstory_ops,
    &ail_stringsearch_ops,
    &ail_callstack_ops,
    NULL,
};

const AilAnalysisOps *ail_analysis_find(const char *name)
{
    for (const AilAnalysisOps *const *a = ail_analyses; *a; a++)
        if (!strcmp((*a)->name, name))
            return *a;
    return NULL;
}

static AilStatus unknown(const char *name, AilError *err)
{
    GString *known = g_string_new(NULL);
    for (const AilAnalysisOps *const *a = ail_analyses; *a; a++)
        g_string_append_printf(known, "%s%s", known->len ? ", " : "", (*a)->name);
    ail_error_set(err, "there is no analysis \"%s\" (there are: %s)", name, known->str);
    g_string_free(known, TRUE);
    return AIL_ERR;
}

AilStatus ail_analysis_parse(const char *text, const AilAnalysisOps **ops, AilOptions **options,
                             AilError *err)
{
    const char *comma = strchr(text, ',');
    char *name = comma ? g_strndup(text, (gsize)(comma - text)) : g_strdup(text);
    const AilAnalysisOps *found = ail_analysis_find(name);
    AilStatus status = found ? AIL_OK : unknown(name, err);
    g_free(name);
    if (!found)
        return status;
    AilOptions *o = ail_options_new(found->name, found->options);
    if (comma && ail_options_parse(o, comma + 1, err) != AIL_OK) {
        ail_options_free(o);
        return AIL_ERR;
    }
    *ops = found;
    *options = o;
    return AIL_OK;
}
