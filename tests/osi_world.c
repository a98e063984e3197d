/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/osi_world.h"

#include "formats/kallsyms.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

static bool read_memory(void *user, uint64_t addr, void *to, size_t len)
{
    World *w = user;
    w->reads++;
    if (addr >= BASE && addr - BASE <= SIZE - len) {
        memcpy(to, w->memory + (addr - BASE), len);
        return true;
    }
    uint8_t *out = to;
    for (size_t i = 0; w->random && i < len; i++)
        out[i] = (uint8_t)((addr + i) * 0x9e3779b97f4a7c15u >> 56);
    return w->random;
}

static void append_symbols(GString *to, const void *bytes, size_t len)
{
    AilKallsyms *table;
    AilError err;
    cr_assert_eq(ail_kallsyms_load(bytes, len, "told", &table, &err), AIL_OK, "%s", err.text);
    g_string_append(to, "symbols");
    for (size_t i = 0; i < ail_kallsyms_count(table); i++) {
        AilKsym s = ail_kallsyms_get(table, i);
        g_string_append_printf(to, " %" PRIx64 " %c %s", s.address - BASE, s.type, s.name);
    }
    g_string_append(to, "; ");
    ail_kallsyms_free(table);
}

static void tell_symbols(World *w, AilGuestSymbols *all, uint64_t inode)
{
    AilGuestSymbol s;
    g_string_append_printf(w->told, "symbols of %" PRIu64, inode);
    while (ail_guest_next_symbol(all, &s))
        g_string_append_printf(w->told, " %" PRIx64 " %.*s", s.offset, (int)s.name.len, s.name.at);
    g_string_append_printf(w->told, "%s%s; ", all->flags & AIL_SYMBOLS_WHOLE ? "" : " (part)",
                           all->flags & AIL_SYMBOLS_ALL ? " (all)" : "");
}

static void append_place(GString *to, const AilGuestPlace *p)
{
    g_string_append_printf(to, " %" PRIu64 "+%u", p->offset, p->len);
    if (p->phys != AIL_PHYS_NONE)
        g_string_append_printf(to, "@%" PRIx64, p->phys);
}

/* Frames, and pages of files; false: it is another event. */
static bool tell_places(World *w, const AilEvent *e)
{
    AilGuestSent sent;
    AilGuestPages pages;
    AilGuestPlace place;
    if (ail_guest_sent(e, &sent)) {
        g_string_append_printf(w->told, "%.*s sends %" PRIu64, (int)sent.device.len, sent.device.at,
                               sent.len);
        if (sent.socket)
            g_string_append_printf(w->told, " of %" PRIu64, sent.socket);
        while (ail_guest_next_sent(&sent, &place))
            append_place(w->told, &place);
        g_string_append_printf(w->told, " \"%.*s\"; ", (int)sent.head.len, sent.head.at);
        return !sent.next.bad;
    }
    if (!ail_guest_file_pages(e, &pages))
        return false;
    g_string_append_printf(w->told, "pages of %.*s", (int)pages.path.len, pages.path.at);
    while (ail_guest_next_page(&pages, &place))
        append_place(w->told, &place);
    g_string_append(w->told, "; ");
    return true;
}

static void tell(void *user, AilEventType type, uint64_t value, uint64_t pc, const void *data,
                 size_t len)
{
    World *w = user;
    AilEvent e = {
        .type = (uint8_t)type, .value = value, .pc = pc, .data = data, .len = (uint32_t)len};
    AilGuestTask t;
    AilGuestMaps m;
    AilGuestMap map;
    AilGuestExec x;
    AilGuestText arg;
    AilGuestSymbols symbols;
    w->count[type]++;
    if (tell_places(w, &e))
        return;
    if (ail_guest_task(&e, &t))
        g_string_append_printf(w->told, "task %u %u %u %.*s; ", t.pid, t.tgid, t.ppid,
                               (int)t.comm.len, t.comm.at);
    else if (ail_guest_exec(&e, &x)) {
        g_string_append_printf(w->told, "program%s %.*s", pc ? " as before" : "", (int)x.path.len,
                               x.path.at);
        while (ail_guest_next_text(&x.args, &arg))
            g_string_append_printf(w->told, " [%.*s]", (int)arg.len, arg.at);
        g_string_append(w->told, "; ");
    } else if (ail_guest_maps(&e, &m)) {
        g_string_append(w->told, "maps");
        while (ail_guest_next_map(&m.next, &map))
            g_string_append_printf(w->told, " %" PRIx64 "-%" PRIx64 " %x %.*s", map.start, map.end,
                                   map.flags, (int)map.path.len, map.path.at);
        g_string_append(w->told, "; ");
    } else if (ail_guest_file_symbols(&e, &symbols))
        tell_symbols(w, &symbols, value);
    else if (type == AIL_EVENT_FILE && pc == AIL_GUEST_ALL_FILES)
        g_string_append(w->told, "files forgotten; ");
    else if (type == AIL_EVENT_FILE) {
        size_t path = len ? strnlen(data, len) : 0;
        g_string_append_printf(w->told, "file %" PRIu64 " %.*s", pc, (int)path, (const char *)data);
        if (path < len)
            g_string_append_printf(w->told, " is %.*s", (int)(len - path - 1),
                                   (const char *)data + path + 1);
        g_string_append(w->told, "; ");
    } else if (type == AIL_EVENT_MODULE)
        g_string_append_printf(w->told, "module %.*s %" PRIx64 "; ", (int)len, (const char *)data,
                               pc);
    else if (type == AIL_EVENT_MODULE_SYMBOLS)
        append_symbols(w->told, data, len);
    else if (type == AIL_EVENT_SWITCH)
        g_string_append_printf(w->told, "switch %" PRIx64 "; ", value - BASE);
    else if (type == AIL_EVENT_SYSRET)
        g_string_append_printf(w->told, "returns %" PRId64 "; ", (int64_t)value);
    else if (type == AIL_EVENT_SYSCALL)
        g_string_append_printf(w->told, "call %" PRIu64 "; ", value);
}

void world_put(World *w, uint64_t addr, uint64_t value)
{
    ail_put_le64(w->memory + (addr - BASE), value);
}

void world_put_text(World *w, uint64_t addr, const char *text)
{
    memcpy(w->memory + (addr - BASE), text, strlen(text) + 1);
}

static void lay_out(AilOsiProfile *p)
{
    ail_osi_profile_init(p);
    p->pointer_size = 8;
    p->arch = AIL_MACHINE_X86_64;
    p->sym.init_task = BASE + 0x1000;
    p->has_symbol[offsetof(AilOsiSymbols, init_task) / sizeof(uint64_t)] = 1;
    AilOsiOffsets *o = &p->off;
    o->task_pid = PID, o->task_tgid = TGID, o->task_comm = COMM, o->task_mm = MM;
    o->task_real_parent = PARENT, o->task_tasks = TASKS, o->task_files = FILES;
    o->task_flags = FLAGS, o->task_start_time = START;
    o->mm_pgd = MM_PGD, o->mm_mmap = MM_MMAP, o->mm_arg_start = MM_ARGS;
    o->mm_arg_end = MM_ARGS_END, o->mm_exe_file = MM_EXE;
    o->vma_vm_start = VMA_START, o->vma_vm_end = VMA_END, o->vma_vm_next = VMA_NEXT;
    o->vma_vm_flags = VMA_FLAGS, o->vma_vm_file = VMA_FILE, o->vma_vm_pgoff = VMA_PGOFF;
    o->file_path_mnt = FILE_MNT, o->file_path_dentry = FILE_DENTRY;
    o->dentry_parent = DENTRY_PARENT, o->dentry_name = DENTRY_NAME;
    o->dentry_inode = DENTRY_INODE, o->qstr_name = 8;
    o->vfsmount_root = 0, o->mount_parent = 8, o->mount_mountpoint = 16, o->mount_mnt = 0;
    o->files_fdt = 0, o->fdtable_max_fds = 0, o->fdtable_fd = 8;
}

void world_put_task(World *w, uint64_t key, uint32_t pid, uint64_t parent, const char *comm)
{
    world_put(w, key + PID, pid | (uint64_t)pid << 32);
    world_put_text(w, key + COMM, comm);
    world_put(w, key + PARENT, parent);
    world_put(w, key + START, pid);
    world_put(w, key + TASKS, BASE + 0x1000 + TASKS); /* a ring of its own */
}

World world_begin(void)
{
    World w = {.memory = g_malloc0(SIZE), .told = g_string_new(NULL)};
    lay_out(&w.profile);
    world_put_task(&w, BASE + 0x1000, 0, BASE + 0x1000, "swapper");
    world_put_task(&w, BASE + 0x2000, 7, BASE + 0x1000, "worker");
    return w;
}

void world_take(World *w)
{
    AilError err = {{0}};
    AilOsiHost host = {.user = w, .read = read_memory, .tell = tell};
    w->osi = ail_osi_new(&host, AIL_MACHINE_X86_64);
    cr_assert_eq(ail_osi_take_kernel(w->osi, &w->profile, NULL, &err), AIL_OK, "%s", err.text);
    ail_osi_begin(w->osi, BASE + 0x1000);
}

void world_end(World *w)
{
    ail_osi_free(w->osi);
    g_string_free(w->told, TRUE);
    g_free(w->memory);
}

void world_expect(World *w, const char *told)
{
    cr_expect_str_eq(w->told->str, told);
    g_string_truncate(w->told, 0);
}

/* /bin/dog, which two mappings and descriptor 1 are of. */
void world_put_file(World *w)
{
    const uint64_t mount = BASE + 0x8000, file = BASE + 0x8100;
    const char *const names[] = {"/", "bin", "dog"};
    for (unsigned i = 0; i < 3; i++) {
        uint64_t dentry = BASE + 0x9000 + i * 0x100;
        world_put(w, dentry + DENTRY_PARENT, i ? dentry - 0x100 : dentry);
        world_put(w, dentry + DENTRY_NAME + 8, dentry + 0x80);
        world_put_text(w, dentry + 0x80, names[i]);
    }
    world_put(w, mount, BASE + 0x9000);
    world_put(w, mount + 8, mount);
    world_put(w, file + FILE_MNT, mount);
    world_put(w, file + FILE_DENTRY, BASE + 0x9200);
    const uint64_t table = BASE + 0xa000;
    world_put(w, table, table + 0x100);
    world_put(w, table + 0x100, 4);
    world_put(w, table + 0x108, table + 0x200);
    world_put(w, table + 0x208, file);
}

void world_put_program(World *w, uint64_t mm)
{
    world_put(w, mm + MM_MMAP, mm + 0x100);
    world_put(w, mm + 0x100 + VMA_START, 0x400000);
    world_put(w, mm + 0x100 + VMA_END, 0x402000);
    world_put(w, mm + 0x100 + VMA_NEXT, mm + 0x200);
    world_put(w, mm + 0x100 + VMA_FLAGS, 5);
    world_put(w, mm + 0x100 + VMA_FILE, BASE + 0x8100);
    world_put(w, mm + 0x200 + VMA_START, 0x7000);
    world_put(w, mm + 0x200 + VMA_END, 0x8000);
    world_put(w, mm + 0x200 + VMA_FLAGS, 3);
    world_put(w, mm + MM_ARGS, mm + 0x300);
    world_put(w, mm + MM_ARGS_END, mm + 0x300 + 9);
    memcpy(w->memory + (mm + 0x300 - BASE), "dog\0--big", 9);
    world_put(w, mm + MM_EXE, BASE + 0x8100);
}
