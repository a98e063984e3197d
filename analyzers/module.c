/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/module.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <glib.h>
#include <link.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

struct AilModule {
    void *handle;
    AilAnalysisOps ops;
};

typedef const AilAnalysisOps *(*Entry)(void);

AilStatus ail_ops_check(AilAnalysisOps *to, const AilAnalysisOps *from, AilError *err)
{
    if (from->abi != AIL_ANALYSIS_ABI || from->size < offsetof(AilAnalysisOps, prepare))
        return ail_error_set(err,
                             "an analysis was built for version %u of the interface, not %d: "
                             "build it again",
                             from->abi, AIL_ANALYSIS_ABI);
    *to = (AilAnalysisOps){0};
    memcpy(to, from, MIN(from->size, sizeof *to));
    bool mergeable = to->order == AIL_MERGEABLE;
    bool prepares = to->prepare && to->take && to->discard && !mergeable;
    bool whole = to->name && to->summary && to->create && to->finish && to->destroy;
    bool saves = to->save && to->load && mergeable;
    if (!whole || (mergeable && !to->merge) || ((to->save || to->load) && !saves) ||
        (!prepares && !to->chunk) || (to->prepare && !prepares))
        return ail_error_set(err, "analysis %s: its table of functions is not complete",
                             to->name ? to->name : "without a name");
    return AIL_OK;
}

/* A segment that lies beyond the end of the file would kill us when it is touched. */
static bool segments_fit(const char *bytes, gsize len)
{
    ElfW(Ehdr) head;
    if (len < sizeof head)
        return false;
    memcpy(&head, bytes, sizeof head);
    if (memcmp(head.e_ident, ELFMAG, SELFMAG) || head.e_phentsize != sizeof(ElfW(Phdr)) ||
        head.e_phoff > len || head.e_phnum > (len - head.e_phoff) / sizeof(ElfW(Phdr)))
        return false;
    for (unsigned i = 0; i < head.e_phnum; i++) {
        ElfW(Phdr) segment;
        memcpy(&segment, bytes + head.e_phoff + i * sizeof segment, sizeof segment);
        if (segment.p_offset > len || segment.p_filesz > len - segment.p_offset)
            return false;
    }
    return true;
}

static AilStatus check_file(const char *path, AilError *err)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return ail_error_set_errno(err, errno, "%s", path);
    GMappedFile *file = S_ISREG(st.st_mode) ? g_mapped_file_new(path, FALSE, NULL) : NULL;
    if (!file)
        return ail_error_set(err, "%s: not an analysis: not a file that can be read", path);
    bool fits = segments_fit(g_mapped_file_get_contents(file), g_mapped_file_get_length(file));
    g_mapped_file_unref(file);
    if (!fits)
        return ail_error_set(err, "%s: not an analysis: not a whole shared object", path);
    return AIL_OK;
}

/* The name is printed and typed. */
static bool name_is_good(const char *name)
{
    return *name && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(name);
}

static AilStatus take_ops(AilModule *module, const char *path, AilError *err)
{
    AilError why = {""};
    Entry entry;
    void *symbol = dlsym(module->handle, "ail_analysis_module");
    if (!symbol)
        return ail_error_set(err, "%s: not an analysis: it does not define ail_analysis_module",
                             path);
    memcpy(&entry, &symbol, sizeof entry); /* ISO C does not convert one into the other */
    const AilAnalysisOps *ops = entry();
    if (!ops)
        return ail_error_set(err, "%s: its ail_analysis_module returns nothing", path);
    if (ail_ops_check(&module->ops, ops, &why) != AIL_OK)
        return ail_error_copy(err, &why, path);
    if (!name_is_good(module->ops.name))
        return ail_error_set(err,
                             "%s: its analysis has a name with other characters than a-z, "
                             "0-9, - and _",
                             path);
    return AIL_OK;
}

AilModule *ail_module_open(const char *path, AilError *err)
{
    if (check_file(path, err) != AIL_OK)
        return NULL;
    AilModule *module = g_new0(AilModule, 1);
    /* All symbols now: one that is missing is told here and not in the middle of a trace. */
    module->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    AilStatus status = AIL_OK;
    if (!module->handle)
        status = ail_error_set(err, "cannot load %s", dlerror());
    if (status == AIL_OK)
        status = take_ops(module, path, err);
    if (status == AIL_OK)
        return module;
    ail_module_free(module);
    return NULL;
}

void ail_module_free(AilModule *module)
{
    if (module && module->handle)
        dlclose(module->handle);
    g_free(module);
}

const AilAnalysisOps *ail_module_ops(const AilModule *module)
{
    return &module->ops;
}
