/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "analyzers/lift/llvm.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef const AilLlvm *(*Entry)(void);

const AilLlvm *ail_llvm_load(const char *path, AilError *err)
{
    /* Never closed: LLVM leaves things behind that its code must be there for. */
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    Entry entry = NULL;
    if (handle)
        *(void **)&entry = dlsym(handle, AIL_LLVM_ENTRY);
    if (!entry) {
        ail_error_set(err, "LLVM cannot be used: %s", dlerror());
        return NULL;
    }
    const AilLlvm *llvm = entry();
    if (llvm->abi != AIL_LLVM_ABI) {
        ail_error_set(err, "%s: is of another version of Ailurus: build and install it again",
                      path);
        return NULL;
    }
    return llvm;
}

char *ail_llvm_find(void)
{
    static const char *const places[] = {"../lib/ailurus", "../" AIL_LIBDIR "/ailurus"};
    char program[PATH_MAX], path[PATH_MAX + 64];
    ssize_t n = readlink("/proc/self/exe", program, sizeof program);
    while (n > 0 && n < (ssize_t)sizeof program && program[n - 1] != '/')
        n--;
    if (n <= 0 || n >= (ssize_t)sizeof program)
        return NULL;
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(path, sizeof path, "%.*s%s/ailurus-llvm.so", (int)n, program, places[i]);
        if (!access(path, R_OK))
            return strdup(path);
    }
    return NULL;
}
