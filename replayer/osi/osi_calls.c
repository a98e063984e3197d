/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls, and what is looked at when one returns. A call belongs to the task that made it,
 * however long that waits; user code of that task going on is the call's return.
 */
#include "replayer/osi/osi_private.h"

#include "formats/syscalls_table.h"

AilOsiTask *ail_osi_running(AilOsi *o, uint64_t space)
{
    if (o->known && o->current)
        return ail_osi_task(o, o->current);
    AilOsiTask *t = g_hash_table_lookup(o->spaces, &space);
    if (t)
        return t;
    if (g_hash_table_size(o->spaces) >= AIL_OSI_MAX_TASKS)
        g_hash_table_remove_all(o->spaces);
    t = g_new0(AilOsiTask, 1);
    t->key = space;
    g_hash_table_insert(o->spaces, &t->key, t);
    return t;
}

/* What these calls may have changed when they return. */
static uint8_t find_changes(uint8_t abi, uint64_t number)
{
    static const struct {
        const char *name;
        uint8_t changes;
    } calls[] = {
        {"mmap", AIL_CHANGES_RANGE},
        {"mmap2", AIL_CHANGES_RANGE},
        {"mmap_pgoff", AIL_CHANGES_RANGE},
        {"munmap", AIL_CHANGES_ARGUMENT},
        {"mprotect", AIL_CHANGES_ARGUMENT},
        {"brk", AIL_CHANGES_MAPS},
        {"mremap", AIL_CHANGES_MAPS},
        {"shmat", AIL_CHANGES_MAPS},
        {"shmdt", AIL_CHANGES_MAPS},
        {"remap_file_pages", AIL_CHANGES_MAPS},
        {"pkey_mprotect", AIL_CHANGES_ARGUMENT},
        {"madvise", AIL_CHANGES_ARGUMENT},
        {"mlock", AIL_CHANGES_ARGUMENT},
        {"prctl", AIL_CHANGES_NAME},
        {"execve", AIL_CHANGES_NAME},
        {"execveat", AIL_CHANGES_NAME},
        {"write", 0},
        {"init_module", AIL_CHANGES_MODULES},
        {"finit_module", AIL_CHANGES_MODULES},
        {"delete_module", AIL_CHANGES_MODULES},
        {"bind", AIL_CHANGES_SOCKET},
        {"connect", AIL_CHANGES_SOCKET},
        {"listen", AIL_CHANGES_SOCKET},
        {"sendto", AIL_CHANGES_SOCKET}, /* binds what is not bound */
        {"sendmsg", AIL_CHANGES_SOCKET},
        {"sendmmsg", AIL_CHANGES_SOCKET},
        {"socketcall", AIL_CHANGES_SOCKETS},
    };
    const AilSyscall *call = ail_syscall_find(abi, number);
    for (size_t i = 0; call && i < G_N_ELEMENTS(calls); i++) {
        if (!strcmp(calls[i].name, call->name))
            return calls[i].changes;
    }
    return 0;
}

static uint8_t changes_of(AilOsi *o, const AilOsiCall *call)
{
    enum { LOOKED_UP = 128 };
    if (call->abi >= AIL_ABI_COUNT || call->number >= G_N_ELEMENTS(o->changes[0]))
        return 0;
    uint8_t *changes = &o->changes[call->abi][call->number];
    if (!*changes)
        *changes = LOOKED_UP | find_changes(call->abi, call->number);
    return *changes;
}

typedef struct Pieces {
    AilOsi *o;
    uint32_t n;
    AilBuf bytes; /* owned */
} Pieces;

static bool read_piece(void *user, uint64_t addr, void *to, size_t len)
{
    const Pieces *p = user;
    return ail_osi_read(p->o, addr, to, len);
}

static void put_piece(void *user, uint64_t addr, const void *bytes, size_t len)
{
    Pieces *p = user;
    ail_guest_put_piece(&p->bytes, &(AilGuestPiece){addr, bytes, (uint32_t)len});
    p->n++;
}

/* Whether something could not be read. */
static bool capture(Pieces *p, const AilOsiCall *c, int64_t result, bool at_return)
{
    return ail_syscall_capture(ail_syscall_captures(c->abi, c->number), c->abi, c->args, result,
                               at_return, read_piece, put_piece, p) &
           AIL_CAPTURE_MISSED;
}

static bool is_exec(const AilOsiCall *c)
{
    const AilSyscall *call = ail_syscall_find(c->abi, c->number);
    return call && !strncmp(call->name, "execve", 6);
}

void ail_osi_call(AilOsi *o, const AilOsiCall *call)
{
    AilOsiTask *t = ail_osi_running(o, call->space);
    Pieces p = {.o = o};
    t->call = *call;
    t->in_call = true;
    t->child = false;
    t->missed = capture(&p, call, 0, false);
    AilGuestSyscall s = {.abi = call->abi, .n_pieces = p.n};
    memcpy(s.args, call->args, sizeof s.args);
    ail_guest_put_syscall(&o->buf, &s);
    ail_buf_put(&o->buf, p.bytes.data, p.bytes.len);
    ail_osi_tell(o, AIL_EVENT_SYSCALL, call->number, call->pc);
    ail_buf_clear(&p.bytes);
}

static int64_t signed_result(uint8_t abi, uint64_t result)
{
    return abi == AIL_ABI_X86_64 || abi == AIL_ABI_ARM64 ? (int64_t)result
                                                         : (int32_t)(uint32_t)result;
}

/* Arguments as they lie in memory, one behind the other, each with a zero byte. */
static void put_args(AilOsi *o, const uint8_t *args, size_t len, uint32_t n)
{
    for (size_t i = 0, at = 0; i < n; i++) {
        const uint8_t *end = memchr(args + at, 0, len - at);
        size_t size = end ? (size_t)(end - args) - at : len - at;
        ail_guest_put_text(&o->buf, args + at, size);
        at += size + 1;
    }
}

static size_t read_args(AilOsi *o, uint64_t mm, uint8_t *args, size_t size, uint32_t *n)
{
    const AilOsiOffsets *off = &o->profile.off;
    *n = 0;
    if (off->mm_arg_start < 0 || off->mm_arg_end < 0)
        return 0;
    uint64_t from = ail_osi_pointer(o, mm + (uint64_t)off->mm_arg_start);
    uint64_t to = ail_osi_pointer(o, mm + (uint64_t)off->mm_arg_end);
    size_t len = to > from ? (size_t)MIN(to - from, (uint64_t)size) : 0;
    if (!len || !ail_osi_read(o, from, args, len))
        return 0;
    for (size_t i = 0; i < len; i++)
        *n += !args[i] || i + 1 == len;
    return len;
}

/* Told once for a process and each program that it runs. A child's own copy of its parent's
 * arguments may be out of reach until it looks at them. */
static void tell_program(AilOsi *o, const AilOsiTask *t)
{
    enum { MAX_ARGS = 16384 };
    const AilOsiOffsets *off = &o->profile.off;
    bool as_before = t->mm == t->first_mm;
    AilOsiFile f = {0};
    uint64_t exe =
        off->mm_exe_file < 0 ? 0 : ail_osi_pointer(o, t->mm + (uint64_t)off->mm_exe_file);
    if (!exe || !ail_osi_file(o, exe, &f))
        f.path[0] = 0;
    uint8_t args[MAX_ARGS];
    uint32_t n;
    size_t len = read_args(o, t->mm, args, sizeof args, &n);
    const AilOsiTask *parent = g_hash_table_lookup(o->tasks, &t->parent);
    GBytes *known = parent && as_before && !n ? g_hash_table_lookup(o->mms, &parent->mm) : NULL;
    if (known) {
        ail_buf_put(&o->buf, g_bytes_get_data(known, NULL), g_bytes_get_size(known));
    } else {
        AilGuestExec x = {.path = {f.path, (uint32_t)strlen(f.path)}, .n_args = n};
        ail_guest_put_exec(&o->buf, &x);
        put_args(o, args, len, n);
    }
    if (g_hash_table_size(o->mms) >= AIL_OSI_MAX_SPACES)
        g_hash_table_remove_all(o->mms);
    g_hash_table_replace(o->mms, g_memdup2(&t->mm, sizeof t->mm),
                         g_bytes_new(o->buf.data, o->buf.len));
    ail_osi_tell(o, AIL_EVENT_EXEC, t->key, as_before);
}

/* It has come to user code with a program that was not told. */
static void meet_program(AilOsi *o, AilOsiTask *t)
{
    bool thread = t->pid != t->tgid;
    t->shown_mm = t->mm;
    if (thread && g_hash_table_contains(o->mms, &t->mm))
        return;
    tell_program(o, t);
    ail_osi_tell_maps(o, t->mm, 0, UINT64_MAX);
}

/* Maps that the call may have changed, and those beside them, which may have become one with it. */
static void look_at_maps(AilOsi *o, const AilOsiTask *t, uint8_t changes, const AilOsiUser *user)
{
    uint64_t from = t->call.args[0], len = t->call.args[1];
    if (changes & AIL_CHANGES_RANGE) {
        int64_t result = user ? signed_result(t->call.abi, user->result) : 0;
        if (user && result < 0 && result >= -4095)
            return;
        from = user ? user->result : 0;
        if (o->pointer == 4)
            from = (uint32_t)from;
    }
    len = MIN(len, UINT64_MAX / 4) + 8192;
    bool all = changes & AIL_CHANGES_MAPS || from < 4096 || from > UINT64_MAX - len;
    ail_osi_tell_maps(o, t->mm, all ? 0 : from - 1, all ? UINT64_MAX : from + len);
}

/* For ail_osi_look_at_files: what the call may have bound or connected. */
static int64_t socket_of(const AilOsiCall *call, uint8_t changes)
{
    if (changes & AIL_CHANGES_SOCKETS)
        return AIL_OSI_ALL_SOCKETS;
    return changes & AIL_CHANGES_SOCKET ? (int64_t)(uint32_t)call->args[0] : AIL_OSI_NO_SOCKET;
}

bool ail_osi_refresh(AilOsi *o, const AilOsiUser *user)
{
    if (!o->known || !o->current)
        return true;
    o->symbols_now = 0;
    AilOsiTask *t = ail_osi_task(o, o->current);
    uint8_t bytes[8];
    if (!ail_osi_read(o, t->key + (uint64_t)o->profile.off.task_mm, bytes, o->pointer))
        return false;
    uint64_t mm = ail_osi_number(bytes, o->pointer);
    uint8_t changes = t->in_call ? changes_of(o, &t->call) : 0;
    if (mm != t->mm || !t->told || changes & AIL_CHANGES_NAME)
        ail_osi_look_at_task(o, t);
    if (t->mm && t->mm != t->shown_mm)
        meet_program(o, t);
    else if (t->mm && changes & (AIL_CHANGES_MAPS | AIL_CHANGES_RANGE | AIL_CHANGES_ARGUMENT))
        look_at_maps(o, t, changes, user);
    if (t->mm && t->mm == o->again_mm)
        ail_osi_wait_for_symbols(o, t->mm);
    if (changes & AIL_CHANGES_MODULES)
        ail_osi_look_at_modules(o);
    ail_osi_look_at_files(o, t->files, socket_of(&t->call, changes));
    return true;
}

void ail_osi_user(AilOsi *o, const AilOsiUser *user)
{
    AilOsiTask *t = ail_osi_running(o, user->space);
    if (o->known && t->key == o->current && t->told && t->asid != user->space) {
        t->asid = user->space;
        ail_osi_tell_task(o, t);
    }
    if (!t->in_call && !t->child) {
        t->in_handler = false;
        return;
    }
    const AilOsiCall *c = &t->call;
    AilOsiInterrupted was = {.result = user->result, .pc = user->pc};
    bool handler = t->in_handler && ail_osi_interrupted(o, t, user->stack, &was);
    int64_t result = signed_result(c->abi, was.result);
    AilGuestSysret r = {.number = c->number, .abi = c->abi};
    r.flags = (handler ? AIL_SYSRET_HANDLER : 0) | (was.pc == c->pc ? AIL_SYSRET_RESTART : 0);
    Pieces p = {.o = o};
    if (!(r.flags & AIL_SYSRET_RESTART) && !t->child)
        capture(&p, c, result, true);
    /* The kernel has brought in since what was not there; after an exec it is another program's. */
    if (t->missed && !t->child && !(result == 0 && is_exec(c)))
        capture(&p, c, result, false);
    r.n_pieces = p.n;
    ail_guest_put_sysret(&o->buf, &r);
    ail_buf_put(&o->buf, p.bytes.data, p.bytes.len);
    ail_osi_tell(o, AIL_EVENT_SYSRET, (uint64_t)result, user->pc);
    ail_buf_clear(&p.bytes);
    t->in_call = t->child = t->in_handler = false;
}
