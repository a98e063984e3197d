/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Following a kernel's tasks (replayer/osi/) in a made-up memory: what is told when tasks are
 * switched, run other programs, map, open; and that memory that makes no sense ends in nothing
 * worse than nothing told.
 */
#include "formats/kallsyms.h"
#include "replayer/osi/osi.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <inttypes.h>
#include <string.h>

enum { SIZE = 1 << 20 };
#define BASE 0xffff888000000000u

typedef struct World {
    uint8_t *memory; /* of [BASE, BASE + SIZE) */
    bool random;     /* all else reads as noise that points back into it */
    uint64_t reads;
    GString *told;
    uint32_t count[AIL_EVENT_COUNT];
    AilOsiProfile profile;
    AilOsi *osi;
} World;

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
    w->count[type]++;
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
    } else if (type == AIL_EVENT_FILE && pc == AIL_GUEST_ALL_FILES)
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

static void put(World *w, uint64_t addr, uint64_t value)
{
    ail_put_le64(w->memory + (addr - BASE), value);
}

static void put_text(World *w, uint64_t addr, const char *text)
{
    memcpy(w->memory + (addr - BASE), text, strlen(text) + 1);
}

/* Where things are in the made-up kernel. */
enum {
    PID = 0x10,
    TGID = 0x14,
    FLAGS = 0x18,
    COMM = 0x20,
    MM = 0x40,
    PARENT = 0x48,
    TASKS = 0x50,
    FILES = 0x60,
    START = 0x68,
};
enum { MM_PGD = 0, MM_MMAP = 8, MM_ARGS = 16, MM_ARGS_END = 24, MM_EXE = 32 };
enum { VMA_START, VMA_END = 8, VMA_NEXT = 16, VMA_FLAGS = 24, VMA_FILE = 32, VMA_PGOFF = 40 };
enum { FILE_MNT, FILE_DENTRY = 8 };
enum { DENTRY_PARENT, DENTRY_NAME = 8, DENTRY_INODE = 24 };

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

static void put_task(World *w, uint64_t key, uint32_t pid, uint64_t parent, const char *comm)
{
    put(w, key + PID, pid | (uint64_t)pid << 32);
    put_text(w, key + COMM, comm);
    put(w, key + PARENT, parent);
    put(w, key + START, pid);
    put(w, key + TASKS, BASE + 0x1000 + TASKS); /* a ring of its own */
}

static World begin(void)
{
    World w = {.memory = g_malloc0(SIZE), .told = g_string_new(NULL)};
    lay_out(&w.profile);
    put_task(&w, BASE + 0x1000, 0, BASE + 0x1000, "swapper");
    put_task(&w, BASE + 0x2000, 7, BASE + 0x1000, "worker");
    return w;
}

static void take(World *w)
{
    AilError err = {{0}};
    AilOsiHost host = {.user = w, .read = read_memory, .tell = tell};
    w->osi = ail_osi_new(&host, AIL_MACHINE_X86_64);
    cr_assert_eq(ail_osi_take_kernel(w->osi, &w->profile, NULL, &err), AIL_OK, "%s", err.text);
    ail_osi_begin(w->osi, BASE + 0x1000);
}

static void end(World *w)
{
    ail_osi_free(w->osi);
    g_string_free(w->told, TRUE);
    g_free(w->memory);
}

static void expect(World *w, const char *told)
{
    cr_expect_str_eq(w->told->str, told);
    g_string_truncate(w->told, 0);
}

/* /bin/dog, which two mappings and descriptor 1 are of. */
static void put_file(World *w)
{
    const uint64_t mount = BASE + 0x8000, file = BASE + 0x8100;
    const char *const names[] = {"/", "bin", "dog"};
    for (unsigned i = 0; i < 3; i++) {
        uint64_t dentry = BASE + 0x9000 + i * 0x100;
        put(w, dentry + DENTRY_PARENT, i ? dentry - 0x100 : dentry);
        put(w, dentry + DENTRY_NAME + 8, dentry + 0x80);
        put_text(w, dentry + 0x80, names[i]);
    }
    put(w, mount, BASE + 0x9000);
    put(w, mount + 8, mount);
    put(w, file + FILE_MNT, mount);
    put(w, file + FILE_DENTRY, BASE + 0x9200);
    const uint64_t table = BASE + 0xa000;
    put(w, table, table + 0x100);
    put(w, table + 0x100, 4);
    put(w, table + 0x108, table + 0x200);
    put(w, table + 0x208, file);
}

static void put_program(World *w, uint64_t mm)
{
    put(w, mm + MM_MMAP, mm + 0x100);
    put(w, mm + 0x100 + VMA_START, 0x400000);
    put(w, mm + 0x100 + VMA_END, 0x402000);
    put(w, mm + 0x100 + VMA_NEXT, mm + 0x200);
    put(w, mm + 0x100 + VMA_FLAGS, 5);
    put(w, mm + 0x100 + VMA_FILE, BASE + 0x8100);
    put(w, mm + 0x200 + VMA_START, 0x7000);
    put(w, mm + 0x200 + VMA_END, 0x8000);
    put(w, mm + 0x200 + VMA_FLAGS, 3);
    put(w, mm + MM_ARGS, mm + 0x300);
    put(w, mm + MM_ARGS_END, mm + 0x300 + 9);
    memcpy(w->memory + (mm + 0x300 - BASE), "dog\0--big", 9);
    put(w, mm + MM_EXE, BASE + 0x8100);
}

Test(osi, switches)
{
    World w = begin();
    take(&w);
    expect(&w, "task 0 0 0 swapper; switch 1000; ");
    ail_osi_switch(w.osi, BASE + 0x2000);
    expect(&w, "task 7 7 0 worker; switch 2000; ");
    ail_osi_switch(w.osi, BASE + 0x1000);
    ail_osi_switch(w.osi, BASE + 0x2000);
    expect(&w, "switch 1000; switch 2000; ");
    put_text(&w, BASE + 0x2000 + COMM, "sleeper");
    ail_osi_switch(w.osi, BASE + 0x2000);
    expect(&w, "task 7 7 0 sleeper; switch 2000; ");
    end(&w);
}

Test(osi, programs_maps_and_files)
{
    World w = begin();
    AilOsiUser user = {.pc = 0x400000, .space = 0x5000};
    take(&w);
    put_file(&w);
    put_program(&w, BASE + 0x4000);
    put(&w, BASE + 0x2000 + FILES, BASE + 0xa000);
    ail_osi_switch(w.osi, BASE + 0x2000);
    put(&w, BASE + 0x2000 + MM, BASE + 0x4000);
    put_text(&w, BASE + 0x2000 + COMM, "dog");
    g_string_truncate(w.told, 0);
    cr_assert(ail_osi_refresh(w.osi, &user));
    expect(&w, "task 7 7 0 dog; program /bin/dog [dog] [--big]; "
               "maps 400000-402000 5 /bin/dog 7000-8000 3 ; file 1 /bin/dog; ");
    ail_osi_user(w.osi, &user);
    expect(&w, "task 7 7 0 dog; "); /* now its address space is known */
    AilOsiCall call = {.abi = AIL_ABI_X86_64, .number = 11, .args = {0x7000, 0x1000}};
    ail_osi_call(w.osi, &call); /* munmap */
    put(&w, BASE + 0x4100 + VMA_NEXT, 0);
    put(&w, BASE + 0xa208, 0); /* and somehow the file was closed */
    cr_assert(ail_osi_refresh(w.osi, &user));
    ail_osi_user(w.osi, &user);
    expect(&w, "call 11; maps; file 1 ; returns 0; ");
    end(&w);
}

Test(osi, fork)
{
    World w = begin();
    AilOsiUser user = {.pc = 0x400002, .space = 0x5000};
    take(&w);
    put_program(&w, BASE + 0x4000);
    put(&w, BASE + 0x2000 + MM, BASE + 0x4000);
    ail_osi_switch(w.osi, BASE + 0x2000);
    cr_assert(ail_osi_refresh(w.osi, &user));
    ail_osi_user(w.osi, &user);
    AilOsiCall call = {.abi = AIL_ABI_X86_64, .number = 57, .pc = 0x400000};
    ail_osi_call(w.osi, &call);
    put_task(&w, BASE + 0x3000, 8, BASE + 0x2000, "worker");
    put(&w, BASE + 0x3000 + MM, BASE + 0x4000);
    g_string_truncate(w.told, 0);
    ail_osi_fork(w.osi, BASE + 0x3000);
    ail_osi_switch(w.osi, BASE + 0x3000);
    expect(&w, "task 8 8 7 worker; switch 3000; ");
    ail_osi_user(w.osi, &user);
    expect(&w, "task 8 8 7 worker; returns 0; ");
    ail_osi_switch(w.osi, BASE + 0x2000);
    user.result = 8;
    ail_osi_user(w.osi, &user);
    expect(&w, "switch 2000; returns 8; ");
    end(&w);
}

/* Its children get another parent when a task exits, and sleep all the while. */
Test(osi, orphans)
{
    World w = begin();
    put_task(&w, BASE + 0x3000, 8, BASE + 0x2000, "child");
    put(&w, BASE + 0x1000 + TASKS, BASE + 0x2000 + TASKS);
    put(&w, BASE + 0x2000 + TASKS, BASE + 0x3000 + TASKS);
    take(&w);
    ail_osi_switch(w.osi, BASE + 0x2000);
    g_string_truncate(w.told, 0);
    ail_osi_exit(w.osi, 0);
    ail_osi_switch(w.osi, BASE + 0x1000); /* preempted before it got that far */
    ail_osi_switch(w.osi, BASE + 0x2000);
    put(&w, BASE + 0x3000 + PARENT, BASE + 0x1000);
    expect(&w, "switch 1000; switch 2000; ");
    ail_osi_switch(w.osi, BASE + 0x1000);
    expect(&w, "task 8 8 0 child; switch 1000; ");
    put_text(&w, BASE + 0x2000 + COMM, "junk"); /* where it was may be anything now */
    put(&w, BASE + 0x2000 + PARENT, BASE + 0x3000);
    ail_osi_switch(w.osi, BASE + 0x3000);
    ail_osi_exit(w.osi, 0);
    ail_osi_switch(w.osi, BASE + 0x1000);
    expect(&w, "switch 3000; switch 1000; ");
    end(&w);
}

/* The running task, whose table of open files is at BASE + 0xa000, has come to user code. */
static void use_files(World *w)
{
    AilOsiUser user = {.pc = 0x400000, .space = 0x5000};
    put(w, BASE + 0x2000 + FILES, BASE + 0xa000);
    put(w, BASE + 0x2000 + MM, BASE + 0x4000);
    ail_osi_switch(w->osi, BASE + 0x2000);
    cr_assert(ail_osi_refresh(w->osi, &user));
    ail_osi_user(w->osi, &user);
    g_string_truncate(w->told, 0);
}

static void make_call(World *w, uint64_t number)
{
    AilOsiUser user = {.pc = 0x400000, .space = 0x5000};
    AilOsiCall call = {.abi = AIL_ABI_X86_64, .number = number};
    ail_osi_call(w->osi, &call);
    g_string_truncate(w->told, 0);
    cr_assert(ail_osi_refresh(w->osi, &user));
}

/* What put_file made is a socket now, of the protocol of `family`. */
static void put_socket(World *w, uint16_t family, uint16_t type)
{
    const uint64_t dentry = BASE + 0x9200, socket = BASE + 0xb000, sk = BASE + 0xb100;
    put(w, dentry + DENTRY_INODE, BASE + 0xb200);
    put(w, BASE + 0xb200, 77);            /* its number */
    put(w, BASE + 0xb208, BASE + 0xb300); /* super block */
    put(w, BASE + 0xb300, BASE + 0xb400); /* type */
    put(w, BASE + 0xb400, BASE + 0xb500); /* its name */
    put_text(w, BASE + 0xb500, "sockfs");
    put(w, BASE + 0x8110, socket);
    put(w, socket, sk);
    put(w, socket + 8, type);
    put(w, sk, family);
}

static void lay_out_sockets(AilOsiOffsets *o)
{
    o->inode_ino = 0, o->inode_sb = 8, o->sb_type = 0, o->fs_type_name = 0;
    o->file_private_data = 16, o->socket_sk = 0, o->socket_type = 8;
    o->sock_family = 0, o->sock_protocol = 2, o->sock_state = 3, o->sock_num = 4, o->sock_dport = 6;
    o->sock_rcv_saddr = 8, o->sock_daddr = 12, o->sock_v6_rcv_saddr = 16, o->sock_v6_daddr = 32;
    o->unix_addr = 48, o->unix_peer = 56, o->unix_address_len = 0, o->unix_address_name = 4;
    o->netlink_portid = 64;
}

Test(osi, sockets)
{
    enum { CONNECT = 42, LISTEN = 50, READ = 0 };
    const uint64_t sk = BASE + 0xb100;
    World w = begin();
    lay_out_sockets(&w.profile.off);
    put_file(&w);
    put_socket(&w, 2, 1);
    take(&w);
    use_files(&w);
    make_call(&w, CONNECT);
    expect(&w, "");
    put(&w, sk, 2 | 6 << 16 | 0xd431ull << 32 | 0x1600ull << 48);
    put(&w, sk + 8, 0x0f02000a | 0x0202000aull << 32);
    make_call(&w, READ);
    expect(&w, ""); /* not by such a call */
    make_call(&w, CONNECT);
    expect(&w, "file 1 socket:[77] is tcp 10.0.2.15:54321 -> 10.0.2.2:22; ");
    put(&w, sk, 10 | 6 << 16 | 10u << 24 | 22ull << 32);
    make_call(&w, LISTEN);
    expect(&w, "file 1 socket:[77] is tcp [::]:22 listens; ");
    put(&w, sk, 1);
    put(&w, sk + 48, BASE + 0xb600);
    put(&w, BASE + 0xb600, 11 | 1ull << 32);
    memcpy(w.memory + 0xb606, "/run/x\0yz", 9);
    make_call(&w, LISTEN);
    expect(&w, "file 1 socket:[77] is unix stream /run/x; ");
    put(&w, sk + 48, 0);
    put(&w, sk + 56, BASE + 0xb700); /* a peer with the name that is there */
    put(&w, BASE + 0xb700 + 48, BASE + 0xb600);
    memcpy(w.memory + 0xb606, "\0run\0x", 6);
    put(&w, BASE + 0xb600, 8 | 1ull << 32 | (uint64_t)'r' << 56);
    make_call(&w, CONNECT);
    expect(&w, "file 1 socket:[77] is unix stream -> @run@x; ");
    put(&w, sk, 16 | 15 << 16);
    put(&w, sk + 64, 4);
    make_call(&w, CONNECT);
    expect(&w, "file 1 socket:[77] is netlink kobject_uevent 4; ");
    put(&w, sk, 99);
    make_call(&w, CONNECT);
    expect(&w, "file 1 socket:[77] is family 99 stream; ");
    put(&w, BASE + 0xb000, 0x123); /* no sock */
    make_call(&w, CONNECT);
    expect(&w, "file 1 socket:[77]; ");
    end(&w);
}

Test(osi, many_files)
{
    const uint64_t table = BASE + 0xa000, fds = BASE + 0x20000;
    enum { N = 3000, CLOSE = 3 };
    World w = begin();
    w.profile.off.fdtable_open_fds = 16;
    put_file(&w);
    for (uint64_t i = 0; i < N; i++)
        put(&w, fds + i * 8, BASE + 0x8100);
    put(&w, table + 0x100, 1 << 16);
    put(&w, table + 0x108, fds);
    put(&w, table + 0x110, BASE + 0x40000);
    memset(w.memory + 0x40000, 0xff, N / 8);
    memset(w.memory + 0x20000 + N * 8, 0x55, 1 << 16); /* none is open there */
    take(&w);
    use_files(&w);
    cr_expect_eq(w.count[AIL_EVENT_FILE], 1024);
    make_call(&w, CLOSE);
    make_call(&w, CLOSE);
    make_call(&w, CLOSE);
    cr_expect_eq(w.count[AIL_EVENT_FILE], N);
    put(&w, fds + (N - 1) * 8, 0);
    memset(w.memory + 0x40000 + N / 8 - 1, 0, 1);
    make_call(&w, CLOSE);
    cr_expect_eq(w.count[AIL_EVENT_FILE], N + 8);
    cr_expect(g_str_has_suffix(w.told->str, "file 2998 ; file 2999 ; "), "%s", w.told->str);
    g_string_truncate(w.told, 0);
    ail_osi_exit(w.osi, 0);
    expect(&w, "files forgotten; ");
    end(&w);
}

/* Of more tables than are remembered, those that were not used for longest are told to be unknown.
 */
Test(osi, tables_are_forgotten)
{
    World w = begin();
    AilOsiUser user = {.pc = 0x400000, .space = 0x5000};
    put_file(&w);
    take(&w);
    put(&w, BASE + 0x2000 + MM, BASE + 0x4000);
    for (uint64_t i = 0; i <= 4096; i++) {
        uint64_t table = BASE + 0x20000 + i * 0x10;
        put(&w, table, BASE + 0xa100);
        put(&w, BASE + 0x2000 + FILES, table);
        ail_osi_switch(w.osi, BASE + 0x2000);
        g_string_truncate(w.told, 0);
        cr_assert(ail_osi_refresh(w.osi, &user));
        cr_expect(i == 0 || i == 4096 || !strcmp(w.told->str, "file 1 /bin/dog; "), "%s",
                  w.told->str);
    }
    expect(&w, "files forgotten; file 1 /bin/dog; ");
    end(&w);
}

enum {
    M_LIST = 0,
    M_NAME = 16,
    M_BASE = 80,
    M_SIZE = 88,
    M_SYMBOLS = 96,
    M_N = 104,
    M_NAMES = 112
};
enum { M_TYPES = 120, SYMBOL = 24 };

static void lay_out_modules(AilOsiOffsets *o)
{
    o->module_list = M_LIST, o->module_name = M_NAME, o->module_core = M_BASE;
    o->module_core_size = M_SIZE, o->module_symtab = M_SYMBOLS, o->module_num_symtab = M_N;
    o->module_strtab = M_NAMES, o->module_typetab = M_TYPES;
}

static void put_symbol(World *w, uint64_t at, uint32_t name, uint64_t value, uint16_t section)
{
    put(w, at, name | 2ull << 32 | (uint64_t)section << 48);
    put(w, at + 8, value);
}

/* A module in the list that begins at `head`, with a function and some that are not to be told. */
static void put_module(World *w, uint64_t at, uint64_t head)
{
    static const char names[] = "\0open_dog\0$x.1\0.L1\0elsewhere\0bad\1name";
    put(w, head, at + M_LIST);
    put(w, head + 8, at + M_LIST);
    put(w, at + M_LIST, head);
    put(w, at + M_LIST + 8, head);
    put_text(w, at + M_NAME, "dogs");
    put(w, at + M_BASE, BASE + 0x70000);
    put(w, at + M_SIZE, 0x1000);
    put(w, at + M_SYMBOLS, at + 0x100);
    put(w, at + M_N, 8);
    put(w, at + M_NAMES, at + 0x300);
    put(w, at + M_TYPES, at + 0x400);
    memcpy(w->memory + (at + 0x300 - BASE), names, sizeof names);
    memcpy(w->memory + (at + 0x400 - BASE), "?Tttttdt", 8);
    const struct {
        uint32_t name;
        uint16_t section;
    } symbols[] = {{0, 0}, {1, 1}, {10, 1}, {15, 1}, {19, 0}, {29, 1}, {1, 2}, {0x7fffffff, 1}};
    for (size_t i = 0; i < G_N_ELEMENTS(symbols); i++)
        put_symbol(w, at + 0x100 + i * SYMBOL, symbols[i].name, BASE + 0x70000 + i * 16,
                   symbols[i].section);
}

#define DOGS "module dogs 1000; symbols 70010 t open_dog 70060 d open_dog; "

Test(osi, modules)
{
    const uint64_t head = BASE + 0x10000, at = BASE + 0x60000;
    World w = begin();
    lay_out_modules(&w.profile.off);
    w.profile.sym.modules = head;
    put_module(&w, at, head);
    put(&w, at + M_SYMBOLS, 0); /* not there yet */
    take(&w);
    expect(&w, "task 0 0 0 swapper; switch 1000; module dogs 1000; ");
    put(&w, at + M_SYMBOLS, at + 0x100);
    ail_osi_module(w.osi, at);
    expect(&w, "symbols 70010 t open_dog 70060 d open_dog; ");
    ail_osi_module(w.osi, at);
    expect(&w, "");
    put(&w, head, head);
    put(&w, head + 8, head);
    ail_osi_module(w.osi, at);
    expect(&w, "module dogs 0; ");
    put_module(&w, at, head);
    put(&w, at + M_N, UINT32_MAX);
    ail_osi_module(w.osi, at);
    expect(&w, "module dogs 1000; ");
    put(&w, at + M_N, 1 << 16); /* beyond what is there */
    put(&w, at + M_SYMBOLS, BASE + SIZE - 4096);
    put_symbol(&w, BASE + SIZE - 4096, 1, BASE + 0x70000, 1);
    ail_osi_module(w.osi, at);
    expect(&w, "symbols 70000 ? open_dog; ");
    end(&w);
}

/* A kernel that does not say where its list of modules is. */
static World begin_unnamed(void)
{
    const uint64_t head = BASE + 0x2ff8, at = BASE + 0x60000, other = at + 0x540;
    World w = begin();
    lay_out_modules(&w.profile.off);
    w.profile.sym.text = BASE;
    w.profile.sym.stext = 0x1111, w.profile.sym.etext = 0x2222;
    put(&w, BASE + 0x1400, 0x1111); /* init_mm: what it says ends the kernel's variables */
    put(&w, BASE + 0x1408, 0x2222);
    put(&w, BASE + 0x1418, BASE + 0x8000);
    put(&w, BASE + 0x1428, BASE + 0x9000);
    put_module(&w, at, head);      /* over the border of two pages */
    put(&w, BASE + 0x1800, other); /* a list of something else */
    put(&w, BASE + 0x1808, other);
    put(&w, other, BASE + 0x1800);
    put(&w, other + 8, BASE + 0x1800);
    return w;
}

Test(osi, modules_are_found)
{
    World w = begin_unnamed();
    take(&w);
    expect(&w, "task 0 0 0 swapper; switch 1000; " DOGS);
    end(&w);
}

/* What is no pointer to a module's struct is not followed: it might be a device's memory. */
Test(osi, modules_are_looked_for_with_care)
{
    World w = begin_unnamed();
    put(&w, BASE + 0x2ff8, BASE + 0x60008);
    put(&w, BASE + 0x3000, BASE + 0x60008);
    for (uint64_t i = 0; i < 0x1000; i += 8)
        put(&w, BASE + 0x4000 + i, BASE + 0x70000 + i * 0x1000 + 16);
    uint64_t before = w.reads;
    take(&w);
    cr_expect_eq(w.count[AIL_EVENT_MODULE], 0);
    cr_expect_lt(w.reads - before, 30, "%" PRIu64, w.reads - before);
    put_module(&w, BASE + 0x60000, BASE + 0x2ff8); /* the first one is loaded */
    g_string_truncate(w.told, 0);
    ail_osi_module(w.osi, BASE + 0x60000);
    expect(&w, DOGS);
    end(&w);
}

/* Lists that go in circles, trees of nodes that hold themselves, directories in each other. */
Test(osi, circles, .timeout = 60)
{
    World w = begin();
    AilOsiUser user = {.pc = 0x400000, .space = 0x5000};
    put(&w, BASE + 0x1000 + TASKS, BASE + 0x2000 + TASKS);
    put(&w, BASE + 0x2000 + TASKS, BASE + 0x2000 + TASKS);
    take(&w);
    cr_expect(w.count[AIL_EVENT_TASK] == 2, "%u", w.count[AIL_EVENT_TASK]);
    put_file(&w);
    put_program(&w, BASE + 0x4000);
    put(&w, BASE + 0x4100 + VMA_NEXT, BASE + 0x4100);
    put(&w, BASE + 0x9000 + DENTRY_PARENT, BASE + 0x9200);
    put(&w, BASE + 0x8000, 0);
    put(&w, BASE + 0x2000 + MM, BASE + 0x4000);
    put(&w, BASE + 0x2000 + FILES, BASE + 0xa000);
    ail_osi_switch(w.osi, BASE + 0x2000);
    cr_expect(ail_osi_refresh(w.osi, &user));
    cr_expect(w.count[AIL_EVENT_MAPS] == 1);
    end(&w);
}

static void fill_with_noise(World *w)
{
    for (uint64_t i = 0, x = 1; i < SIZE / 8; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        /* pointers, small numbers, nodes of trees */
        uint64_t v = i % 3 ? BASE + (x >> 44) : x >> 50;
        ail_put_le64(w->memory + i * 8, i % 7 ? v : v | 0x1e);
    }
}

/* Noise instead of a kernel, with mappings in lists or trees: it ends, and soon. */
static void expect_end(bool trees)
{
    World w = begin();
    AilOsiUser user = {.pc = 0x400000, .space = 0x5000, .stack = BASE + 0x100};
    AilOsiOffsets *o = &w.profile.off;
    if (trees) {
        o->mm_mm_mt = 8, o->maple_tree_root = 0;
        o->maple_range_64_pivot = 8, o->maple_range_64_pivot_size = 15 * 8;
        o->maple_range_64_slot = 128, o->maple_range_64_slot_size = 16 * 8;
        o->maple_arange_64_pivot = 8, o->maple_arange_64_pivot_size = 9 * 8;
        o->maple_arange_64_slot = 80, o->maple_arange_64_slot_size = 10 * 8;
    }
    take(&w);
    fill_with_noise(&w);
    w.random = true;
    for (uint64_t key = BASE; key < BASE + SIZE / 2; key += SIZE / 64) {
        AilOsiCall call = {.abi = AIL_ABI_X86_64, .number = key >> 14 & 511, .args = {key, 9}};
        ail_osi_switch(w.osi, key);
        ail_osi_call(w.osi, &call);
        ail_osi_refresh(w.osi, &user);
        ail_osi_user(w.osi, &user);
        ail_osi_signal(w.osi, key);
        ail_osi_fork(w.osi, key + 64);
        ail_osi_exit(w.osi, 1);
        g_string_truncate(w.told, 0);
    }
    cr_expect(w.count[AIL_EVENT_SWITCH] > 30);
    cr_expect(w.reads < 100000000, "%" PRIu64, w.reads);
    end(&w);
}

Test(osi, noise, .timeout = 120)
{
    expect_end(false);
}

Test(osi, noise_with_trees, .timeout = 120)
{
    expect_end(true);
}
