/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tasks and what events mean for them; what they have mapped and open: guest_spaces.c; the kernel
 * and its modules: guest_kernel.c. */
#include "analyzers/guest_private.h"

#include <string.h>

static void process_unref(gpointer p)
{
    GuestProcess *process = p;
    if (--process->refs)
        return;
    g_free(process->path);
    g_strfreev(process->args);
    g_free(process);
}

static void task_free(gpointer p)
{
    GuestTask *t = p;
    process_unref(t->process);
    g_free(t);
}

static void files_free(gpointer p)
{
    g_ptr_array_free(p, TRUE);
}

AilGuest *ail_guest_new(void)
{
    AilGuest *g = g_new0(AilGuest, 1);
    g->tasks = g_ptr_array_new_with_free_func(task_free);
    g->by_key = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    g->by_pid = g_hash_table_new(NULL, NULL);
    g->processes = g_hash_table_new_full(NULL, NULL, NULL, process_unref);
    g->spaces = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, ail_guest_space_free);
    g->mms = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    g->files = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, files_free);
    g->sockets = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    ail_guest_kernel_init(g);
    g->left = AIL_GUEST_MAX_BYTES;
    return g;
}

void ail_guest_free(AilGuest *g)
{
    if (!g)
        return;
    g_hash_table_destroy(g->by_key);
    g_hash_table_destroy(g->by_pid);
    g_hash_table_destroy(g->processes);
    g_hash_table_destroy(g->spaces);
    g_hash_table_destroy(g->mms);
    g_hash_table_destroy(g->files);
    g_hash_table_destroy(g->sockets);
    g_ptr_array_free(g->tasks, TRUE);
    ail_guest_kernel_clear(g);
    g_free(g);
}

bool ail_guest_afford(AilGuest *g, size_t bytes)
{
    g->full |= bytes > g->left;
    if (bytes > g->left)
        return false;
    g->left -= bytes;
    return true;
}

bool ail_guest_full(const AilGuest *g)
{
    return g->full;
}

char *ail_guest_text_dup(AilGuestText text)
{
    return text.len ? g_strndup(text.at, text.len) : g_strdup("");
}

/* --- programs --- */

/* The process of a task that was not there before. A leader begins one. */
static GuestProcess *process_of(AilGuest *g, const AilGuestTask *told)
{
    gpointer tgid = GUINT_TO_POINTER(told->tgid);
    GuestProcess *p = told->pid == told->tgid ? NULL : g_hash_table_lookup(g->processes, tgid);
    if (!p) {
        p = g_new0(GuestProcess, 1);
        p->refs = 1;
        g_hash_table_replace(g->processes, tgid, p);
    }
    p->refs++;
    return p;
}

static void take_exec(AilGuest *g, const AilEvent *e)
{
    AilGuestExec x;
    AilGuestText arg;
    GuestTask *t = g_hash_table_lookup(g->by_key, &e->value);
    if (!t || !ail_guest_exec(e, &x) || !ail_guest_afford(g, e->len + 64u))
        return;
    GuestProcess *p = t->process;
    size_t cost = e->len + 64u;
    GPtrArray *args = g_ptr_array_new_with_free_func(g_free);
    while (args->len < x.n_args && ail_guest_next_text(&x.args, &arg) &&
           ail_guest_afford(g, 32 + sizeof(char *))) {
        g_ptr_array_add(args, ail_guest_text_dup(arg));
        cost += 32 + sizeof(char *);
    }
    g->left += p->cost; /* of the program that it had */
    p->cost = cost;
    g_ptr_array_add(args, NULL);
    g_free(p->path);
    g_strfreev(p->args);
    p->path = ail_guest_text_dup(x.path);
    g_ptr_array_set_free_func(args, NULL);
    p->args = (char **)g_ptr_array_free(args, FALSE);
}

/* --- tasks --- */

static void use_space(AilGuest *g, uint64_t mm, int by)
{
    GuestSpace *s = mm ? ail_guest_space(g, mm, true) : NULL;
    if (s && by > 0 && !s->users)
        s->id = ++g->n_spaces;
    if (s && (by > 0 || s->users))
        s->users += (uint64_t)(int64_t)by;
}

/* It was not told to have ended, but it is gone. */
static void end_task(AilGuest *g, GuestTask *t, uint64_t icount)
{
    if (t->is.died != UINT64_MAX)
        return;
    t->is.died = icount;
    t->process->living--;
    use_space(g, t->is.mm, -1);
}

static GuestTask *new_task(AilGuest *g, const AilEvent *e, const AilGuestTask *told)
{
    if (!ail_guest_afford(g, sizeof(GuestTask) + sizeof(GuestProcess) + 256))
        return NULL;
    GuestTask *before = g_hash_table_lookup(g->by_key, &e->value);
    if (before)
        end_task(g, before, e->icount);
    GuestTask *t = g_new0(GuestTask, 1);
    t->process = process_of(g, told);
    t->process->living++;
    g_ptr_array_add(g->tasks, t);
    t->is = (AilTask){.id = g->tasks->len,
                      .key = e->value,
                      .comm = t->comm,
                      .born = e->icount,
                      .was_there = g->banner && e->icount == g->kernel_found,
                      .died = UINT64_MAX};
    g_hash_table_replace(g->by_key, g_memdup2(&e->value, sizeof e->value), t);
    /* Its maps are told when it first runs; those there are were another's. */
    GuestSpace *s = told->mm ? ail_guest_space(g, told->mm, false) : NULL;
    if (s && !s->users)
        ail_guest_space_clear(g, s);
    return t;
}

/* Who leads the process with this pid, which is not t. */
static uint64_t leader(const AilGuest *g, uint32_t tgid, const GuestTask *t)
{
    const GuestTask *p = tgid ? g_hash_table_lookup(g->by_pid, GUINT_TO_POINTER(tgid)) : NULL;
    return p && p != t ? p->is.id : 0;
}

static void set_space(AilGuest *g, GuestTask *t, const AilGuestTask *told)
{
    if (t->is.mm != told->mm && t->is.died == UINT64_MAX) {
        use_space(g, told->mm, 1);
        use_space(g, t->is.mm, -1);
    }
    t->is.mm = told->mm;
    t->is.asid = told->asid;
    uint64_t *mm = g_hash_table_lookup(g->mms, &told->asid);
    if (mm && told->mm)
        *mm = told->mm;
    else if (told->mm && told->asid && ail_guest_afford(g, 64))
        g_hash_table_insert(g->mms, g_memdup2(&told->asid, sizeof told->asid),
                            g_memdup2(&told->mm, sizeof told->mm));
}

/* Another thread of a process than its first has begun a program: it is given the number of the
 * first, which has ended, and goes on as that one (Linux, fs/exec.c, de_thread). NULL: it is not
 * so. */
static GuestTask *take_over(AilGuest *g, GuestTask *t, const AilEvent *e, const AilGuestTask *told)
{
    GuestTask *first = g_hash_table_lookup(g->by_pid, GUINT_TO_POINTER(told->tgid));
    if (t->is.died != UINT64_MAX || told->pid != told->tgid || t->is.pid == told->pid || !first ||
        first->process != t->process)
        return NULL;
    end_task(g, t, e->icount);
    if (first->is.died != UINT64_MAX) {
        first->process->living++;
        use_space(g, first->is.mm, 1);
    }
    first->is.died = UINT64_MAX;
    first->is.exit_code = 0;
    g_hash_table_remove(g->by_key, &first->is.key);
    first->is.key = e->value;
    g_hash_table_replace(g->by_key, g_memdup2(&e->value, sizeof e->value), first);
    if (g->running == t)
        g->running = first;
    return first;
}

static void take_task(AilGuest *g, const AilEvent *e)
{
    AilGuestTask told;
    if (!ail_guest_task(e, &told))
        return;
    GuestTask *t = g_hash_table_lookup(g->by_key, &e->value);
    GuestTask *first = t ? take_over(g, t, e, &told) : NULL;
    if (first)
        t = first;
    else if (!t || t->is.pid != told.pid || t->is.start_ns != told.start_ns)
        t = new_task(g, e, &told);
    if (!t)
        return;
    if (t->is.ppid != told.ppid || !t->is.parent)
        t->is.parent = leader(g, told.ppid, t);
    set_space(g, t, &told);
    t->is.files = told.files;
    t->is.start_ns = told.start_ns;
    t->is.pid = told.pid;
    t->is.tgid = told.tgid;
    t->is.ppid = told.ppid;
    t->is.flags = told.flags;
    g_snprintf(t->comm, sizeof t->comm, "%.*s", (int)MIN(told.comm.len, sizeof t->comm - 1),
               told.comm.len ? told.comm.at : "");
    if (t->is.died == UINT64_MAX)
        g_hash_table_replace(g->by_pid, GUINT_TO_POINTER(told.pid), t);
}

static void take_exit(AilGuest *g, const AilEvent *e)
{
    GuestTask *t = g_hash_table_lookup(g->by_key, &e->value);
    if (!t || t->is.died != UINT64_MAX)
        return;
    end_task(g, t, e->icount);
    t->is.exit_code = (uint32_t)e->pc;
}

void ail_guest_forget(AilGuest *g, uint64_t icount)
{
    for (guint i = 0; i < g->tasks->len; i++)
        end_task(g, g->tasks->pdata[i], icount);
    g_hash_table_remove_all(g->by_key);
    g_hash_table_remove_all(g->by_pid);
    g_hash_table_remove_all(g->processes);
    g_hash_table_remove_all(g->spaces);
    g_hash_table_remove_all(g->mms);
    g_hash_table_remove_all(g->files);
    g_hash_table_remove_all(g->sockets);
    ail_guest_forget_modules(g);
    g->running = NULL;
}

void ail_guest_take(AilGuest *g, const AilEvent *e)
{
    switch (e->type) {
    case AIL_EVENT_KERNEL:
        ail_guest_take_kernel(g, e);
        break;
    case AIL_EVENT_TASK:
        take_task(g, e);
        break;
    case AIL_EVENT_SWITCH:
        g->running = g_hash_table_lookup(g->by_key, &e->value);
        break;
    case AIL_EVENT_EXIT:
        take_exit(g, e);
        break;
    case AIL_EVENT_EXEC:
        take_exec(g, e);
        break;
    case AIL_EVENT_MAPS:
        ail_guest_take_maps(g, e);
        break;
    case AIL_EVENT_MODULE:
        ail_guest_take_module(g, e);
        break;
    case AIL_EVENT_MODULE_SYMBOLS:
        ail_guest_take_module_symbols(g, e);
        break;
    case AIL_EVENT_FILE:
        ail_guest_take_file(g, e);
        break;
    default:
        break;
    }
}

/* --- questions --- */

/* A task with the program that its process has now. */
static const AilTask *shown(GuestTask *t)
{
    static const char *const no_args[] = {NULL};
    if (!t)
        return NULL;
    t->is.path = t->process->path ? t->process->path : "";
    t->is.args = t->process->args ? (const char *const *)t->process->args : no_args;
    return &t->is;
}

const AilTask *ail_guest_running(const AilGuest *g)
{
    return shown(g->running);
}

const AilTask *ail_guest_find_task(const AilGuest *g, uint64_t key)
{
    return shown(g_hash_table_lookup(g->by_key, &key));
}

const AilTask *ail_guest_find_pid(const AilGuest *g, uint32_t pid)
{
    return shown(g_hash_table_lookup(g->by_pid, GUINT_TO_POINTER(pid)));
}

bool ail_guest_process_lives(const AilGuest *g, const AilTask *task)
{
    const GuestTask *t = g->tasks->pdata[task->id - 1];
    return t->process->living;
}

size_t ail_guest_n_tasks(const AilGuest *g)
{
    return g->tasks->len;
}

const AilTask *ail_guest_task_at(const AilGuest *g, size_t i)
{
    return shown(g->tasks->pdata[i]);
}
