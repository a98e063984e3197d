/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syscalls: the system calls of the guest's programs, one a line, in the notation that strace made
 * known. It needs the event column only. What it keeps is bounded by the tasks that live.
 */
#include "analyzers/syscalls_state.h"

#include "analyzers/builtin.h"

#include <string.h>

static const AilOption options[] = {
    {"pid", "N", "calls of this process or thread only", AIL_OPTION_NUMBER, true, false},
    {"comm", "NAME", "calls of tasks of this name only", AIL_OPTION_TEXT, true, false},
    {"call", "NAME[,NAME]", "these calls only", AIL_OPTION_TEXT, true, false},
    {"path", "GLOB", "calls that name a matching file, or have it open, only", AIL_OPTION_TEXT,
     false, false},
    {"errors", NULL, "calls that failed only", AIL_OPTION_FLAG, false, false},
    {"count", NULL, "print a summary instead: calls, errors and instructions of each call",
     AIL_OPTION_FLAG, false, false},
    {"fds", NULL, "show what descriptors are", AIL_OPTION_FLAG, false, false},
    {"interleaved", NULL, "print a call when it is made, and go on when it returns",
     AIL_OPTION_FLAG, false, false},
    {"size", "N", "bytes shown of a buffer (default 32; up to 256 are known)", AIL_OPTION_NUMBER,
     false, false},
    {NULL, NULL, NULL, 0, false, false},
};

static bool known_call(const char *name)
{
    for (unsigned abi = 0; abi < AIL_ABI_COUNT; abi++)
        if (ail_syscall_number(abi, name) != AIL_SYSCALL_NONE)
            return true;
    for (uint64_t n = 1; ail_syscall_socketcall(n); n++)
        if (!strcmp(ail_syscall_socketcall(n)->name, name))
            return true;
    return false;
}

static AilStatus check(const AilOptions *o, AilError *err)
{
    if (ail_options_flag(o, "interleaved") &&
        (ail_options_flag(o, "errors") || ail_options_flag(o, "count")))
        return ail_error_set(err, "interleaved prints calls before it is known how they end: leave "
                                  "out errors and count");
    for (size_t i = 0; i < ail_options_count(o, "call"); i++) {
        char **names = g_strsplit(ail_options_text(o, "call", i), ",", -1);
        AilStatus status = AIL_OK;
        for (char **name = names; *name && status == AIL_OK; name++)
            if (!known_call(*name))
                status = ail_error_set(err,
                                       "call=%s: no system call of that name (open is often "
                                       "openat, stat newfstatat)",
                                       *name);
        g_strfreev(names);
        if (status != AIL_OK)
            return status;
    }
    return AIL_OK;
}

static GHashTable *names_of(const AilOptions *o, const char *key, const char *separator)
{
    size_t n = ail_options_count(o, key);
    if (!n)
        return NULL;
    GHashTable *set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < n; i++) {
        char **names = g_strsplit(ail_options_text(o, key, i), separator, -1);
        for (char **name = names; *name; name++)
            g_hash_table_add(set, g_strdup(*name));
        g_strfreev(names);
    }
    return set;
}

static void *create(const AilAnalysisEnv *env, const AilOptions *o, AilError *err)
{
    (void)err;
    Syscalls *s = syscalls_state_new();
    s->out = env->out;
    for (size_t i = 0; i < ail_options_count(o, "pid"); i++) {
        uint64_t pid = ail_options_number(o, "pid", i, 0);
        g_array_append_val(s->pids, pid);
    }
    s->comms = names_of(o, "comm", "\n"); /* no name has that */
    s->calls = names_of(o, "call", ",");
    s->path = g_strdup(ail_options_text(o, "path", 0));
    s->errors = ail_options_flag(o, "errors");
    s->count = ail_options_flag(o, "count");
    s->paths = ail_options_flag(o, "fds");
    s->interleaved = ail_options_flag(o, "interleaved") && ail_output_wants_text(s->out);
    s->max_string = (unsigned)MIN(ail_options_number(o, "size", 0, 32), 4096);
    return s;
}

static AilStatus chunk(void *self, const AilChunk *c, AilError *err)
{
    Syscalls *s = self;
    (void)err;
    s->asid = c->asid;
    for (uint32_t i = 0; i < c->n_events; i++) {
        const AilEvent *e = &c->events[i];
        if (e->type >= AIL_EVENT_COUNT)
            continue;
        if (e->type == AIL_EVENT_ASID)
            s->asid = e->value;
        else if (e->type >= AIL_EVENT_KERNEL)
            syscalls_event(s, e);
    }
    return AIL_OK;
}

static void print_notes(const Syscalls *s, AilOutput *out)
{
    if (!s->seen)
        ail_output_text(out,
                        "This trace tells of no system call. A replay writes them into the event "
                        "column: ailurus replay NAME.rr -o NAME.trace\n");
    else if (!s->shown && !s->count)
        ail_output_text(out, "No system call matches.\n");
    if (s->count && s->unfinished)
        ail_output_text(out,
                        "%" G_GUINT64_FORMAT " more had not returned when their task or the "
                        "trace ended.\n",
                        s->unfinished);
    if (s->forgotten)
        ail_output_text(out,
                        "More than %d tasks were alive: %" G_GUINT64_FORMAT
                        " events of others are left out.\n",
                        SYSCALLS_MAX_TASKS, s->forgotten);
    if (s->bad)
        ail_output_text(out, "%" G_GUINT64_FORMAT " events made no sense and are left out.\n",
                        s->bad);
}

static AilStatus finish(void *self, AilOutput *out, AilError *err)
{
    Syscalls *s = self;
    (void)err;
    syscalls_end(s);
    if (s->count && s->seen)
        syscalls_counts_print(s->counts, out);
    if (ail_output_wants_text(out))
        print_notes(s, out);
    return AIL_OK;
}

static void destroy(void *self)
{
    syscalls_state_free(self);
}

const AilAnalysisOps ail_syscalls_ops = {
    .abi = AIL_ANALYSIS_ABI,
    .size = sizeof(AilAnalysisOps),
    .name = "syscalls",
    .summary = "System calls of the guest's programs, with arguments and results",
    .needs = AIL_COL_EVENT,
    .order = AIL_SEQUENTIAL,
    .options = options,
    .check = check,
    .create = create,
    .chunk = chunk,
    .finish = finish,
    .destroy = destroy,
};
