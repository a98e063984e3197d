/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tasks: what they are, which one runs. */
#include "replayer/osi/osi_private.h"

enum { PF_KTHREAD = 0x00200000 };

AilOsiTask *ail_osi_task(AilOsi *o, uint64_t key)
{
    AilOsiTask *t = g_hash_table_lookup(o->tasks, &key);
    if (t)
        return t;
    if (g_hash_table_size(o->tasks) >= AIL_OSI_MAX_TASKS)
        g_hash_table_remove_all(o->tasks);
    t = g_new0(AilOsiTask, 1);
    t->key = key;
    g_hash_table_insert(o->tasks, &t->key, t);
    return t;
}

void ail_osi_tell_task(AilOsi *o, AilOsiTask *t)
{
    AilGuestTask g = {.mm = t->mm,
                      .asid = t->asid,
                      .files = t->files,
                      .start_ns = t->start_ns,
                      .pid = t->pid,
                      .tgid = t->tgid,
                      .ppid = t->ppid,
                      .flags = t->flags,
                      .comm = {t->comm, (uint32_t)strnlen(t->comm, sizeof t->comm)}};
    ail_guest_put_task(&o->buf, &g);
    ail_osi_tell(o, AIL_EVENT_TASK, t->key, 0);
    t->told = true;
}

/* Member at this offset of the part of a task_struct that was read. */
static uint64_t member(const AilOsi *o, int32_t offset, unsigned size)
{
    return offset < 0 ? 0 : ail_osi_number(o->out.data + offset - o->task_at, size);
}

/* Another task may have come to be where this one was. */
static void be_another(AilOsiTask *t, uint32_t pid, uint64_t start_ns)
{
    uint64_t key = t->key;
    bool child = t->child;
    AilOsiCall call = t->call;
    *t = (AilOsiTask){.key = key, .pid = pid, .start_ns = start_ns, .child = child, .call = call};
}

bool ail_osi_look_at_task(AilOsi *o, AilOsiTask *t)
{
    const AilOsiOffsets *off = &o->profile.off;
    o->out.len = 0;
    ail_buf_reserve(&o->out, o->task_len);
    if (!ail_osi_read(o, t->key + o->task_at, o->out.data, o->task_len))
        return false;
    uint32_t pid = (uint32_t)member(o, off->task_pid, 4);
    int32_t start = off->task_start_boottime >= 0 ? off->task_start_boottime : off->task_start_time;
    uint64_t start_ns = member(o, start, 8);
    /* A thread that begins a program is given its process's number (fs/exec.c, de_thread). */
    bool leads = t->in_call && pid == t->tgid && pid != t->pid;
    if (t->told && (pid != t->pid || start_ns != t->start_ns) && !leads)
        be_another(t, pid, start_ns);
    AilOsiTask now = *t;
    now.pid = pid;
    now.start_ns = start_ns;
    now.tgid = (uint32_t)member(o, off->task_tgid, 4);
    now.mm = member(o, off->task_mm, o->pointer);
    now.files = member(o, off->task_files, o->pointer);
    now.parent = member(o, off->task_real_parent, o->pointer);
    now.flags = member(o, off->task_flags, 4) & PF_KTHREAD ? AIL_TASK_KERNEL : 0;
    memset(now.comm, 0, sizeof now.comm);
    memcpy(now.comm, o->out.data + off->task_comm - o->task_at, sizeof now.comm - 1);
    if (now.mm != t->mm)
        now.asid = 0;
    if (now.parent != t->parent || !t->told)
        now.ppid = ail_osi_u32(o, now.parent + (uint64_t)off->task_tgid);
    if (!t->told)
        now.first_mm = now.mm;
    bool changed = !t->told || memcmp(&now, t, sizeof now) != 0;
    *t = now;
    if (changed)
        ail_osi_tell_task(o, t);
    return true;
}

/* When a task exits, its children get another parent, without doing anything themselves. */
static void look_at_children(AilOsi *o, uint64_t parent)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, o->tasks);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        AilOsiTask *t = value;
        if (t->parent == parent && t->key != parent && t->told && !t->exited)
            ail_osi_look_at_task(o, t);
    }
}

static bool files_in_use(AilOsi *o, uint64_t files)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, o->tasks);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const AilOsiTask *t = value;
        if (t->files == files && !t->exited)
            return true;
    }
    return false;
}

void ail_osi_switch(AilOsi *o, uint64_t next)
{
    if (!o->known || !next)
        return;
    const AilOsiTask *before = g_hash_table_lookup(o->tasks, &o->current);
    if (before && before->exited)
        look_at_children(o, before->key);
    AilOsiTask *t = ail_osi_task(o, next);
    o->current = next;
    ail_osi_look_at_task(o, t);
    ail_osi_tell(o, AIL_EVENT_SWITCH, next, 0);
}

void ail_osi_exit(AilOsi *o, uint64_t code)
{
    if (!o->known || !o->current)
        return;
    AilOsiTask *t = ail_osi_task(o, o->current);
    t->in_call = false;
    o->symbols_now = 0;
    if (o->n_partial && t->mm)
        ail_osi_look_again(o, t->mm);
    t->exited = true;
    ail_osi_tell(o, AIL_EVENT_EXIT, o->current, (uint32_t)code);
    if (t->files && !files_in_use(o, t->files))
        ail_osi_forget_files(o, t->files);
}

void ail_osi_fork(AilOsi *o, uint64_t child)
{
    if (!o->known || !child)
        return;
    AilOsiTask *t = ail_osi_task(o, child);
    const AilOsiTask *parent = g_hash_table_lookup(o->tasks, &o->current);
    *t = (AilOsiTask){.key = child};
    if (parent && parent->in_call) {
        t->child = true;
        t->call = parent->call;
    }
    ail_osi_look_at_task(o, t);
}

/* A task of the kernel's lists, and the other threads of its process. */
static void meet_threads(AilOsi *o, uint64_t leader, unsigned *left)
{
    const AilOsiOffsets *off = &o->profile.off;
    ail_osi_look_at_task(o, ail_osi_task(o, leader));
    if (off->task_signal < 0 || off->signal_thread_head < 0 || off->task_thread_node < 0)
        return;
    uint64_t signal = ail_osi_pointer(o, leader + (uint64_t)off->task_signal);
    uint64_t head = signal + (uint64_t)off->signal_thread_head;
    uint64_t at = signal ? ail_osi_pointer(o, head) : 0;
    for (; at && at != head && *left; at = ail_osi_pointer(o, at), --*left) {
        uint64_t task = at - (uint64_t)off->task_thread_node;
        if (task != leader)
            ail_osi_look_at_task(o, ail_osi_task(o, task));
    }
}

uint64_t ail_osi_find_current(AilOsi *o)
{
    const AilOsiSymbols *sym = &o->profile.sym;
    uint64_t base = sym->per_cpu_offset ? ail_osi_pointer(o, sym->per_cpu_offset) : 0;
    uint64_t pcpu_hot = AIL_OSI_HAS(&o->profile, pcpu_hot) ? sym->pcpu_hot : sym->const_pcpu_hot;
    if (AIL_OSI_HAS(&o->profile, current_task))
        return ail_osi_pointer(o, base + sym->current_task);
    if (o->profile.off.pcpu_hot_current_task >= 0)
        return ail_osi_pointer(o, base + pcpu_hot + (uint64_t)o->profile.off.pcpu_hot_current_task);
    return AIL_OSI_HAS(&o->profile, entry_task) ? ail_osi_pointer(o, base + sym->entry_task) : 0;
}

void ail_osi_begin(AilOsi *o, uint64_t current)
{
    const AilOsiOffsets *off = &o->profile.off;
    uint64_t first = o->profile.sym.init_task;
    if (!o->known || !first)
        return;
    unsigned left = AIL_OSI_MAX_TASKS;
    uint64_t tasks = (uint64_t)off->task_tasks, at = ail_osi_pointer(o, first + tasks);
    if (!ail_osi_look_at_task(o, ail_osi_task(o, first)))
        return;
    for (; at && at != first + tasks && left; left--) {
        meet_threads(o, at - tasks, &left);
        at = left ? ail_osi_pointer(o, at) : 0;
    }
    /* Early at boot nothing says so yet. */
    ail_osi_switch(o, g_hash_table_contains(o->tasks, &current) ? current : first);
    ail_osi_find_modules(o);
    ail_osi_look_at_modules(o);
}
