/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Following a kernel's tasks (replayer/osi/) in a made-up memory: what is told when tasks are
 * switched, run other programs, map, open. */
#include "formats/kallsyms.h"
#include "tests/osi_world.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <inttypes.h>
#include <string.h>

Test(osi, switches)
{
    World w = world_begin();
    world_take(&w);
    world_expect(&w, "task 0 0 0 swapper; switch 1000; ");
    ail_osi_switch(w.osi, BASE + 0x2000);
    world_expect(&w, "task 7 7 0 worker; switch 2000; ");
    ail_osi_switch(w.osi, BASE + 0x1000);
    ail_osi_switch(w.osi, BASE + 0x2000);
    world_expect(&w, "switch 1000; switch 2000; ");
    world_put_text(&w, BASE + 0x2000 + COMM, "sleeper");
    ail_osi_switch(w.osi, BASE + 0x2000);
    world_expect(&w, "task 7 7 0 sleeper; switch 2000; ");
    world_end(&w);
}

Test(osi, programs_maps_and_files)
{
    World w = world_begin();
    AilOsiUser user = {.pc = 0x400000, .space = 0x5000};
    world_take(&w);
    world_put_file(&w);
    world_put_program(&w, BASE + 0x4000);
    world_put(&w, BASE + 0x2000 + FILES, BASE + 0xa000);
    ail_osi_switch(w.osi, BASE + 0x2000);
    world_put(&w, BASE + 0x2000 + MM, BASE + 0x4000);
    world_put_text(&w, BASE + 0x2000 + COMM, "dog");
    g_string_truncate(w.told, 0);
    cr_assert(ail_osi_refresh(w.osi, &user));
    world_expect(&w, "task 7 7 0 dog; program /bin/dog [dog] [--big]; "
                     "maps 400000-402000 5 /bin/dog 7000-8000 3 ; file 1 /bin/dog; ");
    ail_osi_user(w.osi, &user);
    world_expect(&w, "task 7 7 0 dog; "); /* now its address space is known */
    AilOsiCall call = {.abi = AIL_ABI_X86_64, .number = 11, .args = {0x7000, 0x1000}};
    ail_osi_call(w.osi, &call); /* munmap */
    world_put(&w, BASE + 0x4100 + VMA_NEXT, 0);
    world_put(&w, BASE + 0xa208, 0); /* and somehow the file was closed */
    cr_assert(ail_osi_refresh(w.osi, &user));
    ail_osi_user(w.osi, &user);
    world_expect(&w, "call 11; maps; file 1 ; returns 0; ");
    world_end(&w);
}

Test(osi, fork)
{
    World w = world_begin();
    AilOsiUser user = {.pc = 0x400002, .space = 0x5000};
    world_take(&w);
    world_put_program(&w, BASE + 0x4000);
    world_put(&w, BASE + 0x2000 + MM, BASE + 0x4000);
    ail_osi_switch(w.osi, BASE + 0x2000);
    cr_assert(ail_osi_refresh(w.osi, &user));
    ail_osi_user(w.osi, &user);
    AilOsiCall call = {.abi = AIL_ABI_X86_64, .number = 57, .pc = 0x400000};
    ail_osi_call(w.osi, &call);
    world_put_task(&w, BASE + 0x3000, 8, BASE + 0x2000, "worker");
    world_put(&w, BASE + 0x3000 + MM, BASE + 0x4000);
    g_string_truncate(w.told, 0);
    ail_osi_fork(w.osi, BASE + 0x3000);
    ail_osi_switch(w.osi, BASE + 0x3000);
    world_expect(&w, "task 8 8 7 worker; switch 3000; ");
    ail_osi_user(w.osi, &user);
    world_expect(&w, "task 8 8 7 worker; returns 0; ");
    ail_osi_switch(w.osi, BASE + 0x2000);
    user.result = 8;
    ail_osi_user(w.osi, &user);
    world_expect(&w, "switch 2000; returns 8; ");
    world_end(&w);
}

/* A thread that begins a program is given the number of its process's first one. */
Test(osi, a_thread_begins_a_program)
{
    World w = world_begin();
    AilOsiUser user = {.pc = 0x400002, .space = 0x5000};
    world_take(&w);
    world_put_file(&w);
    world_put_program(&w, BASE + 0x4000);
    world_put_task(&w, BASE + 0x3000, 8, BASE + 0x1000, "second");
    world_put(&w, BASE + 0x3000 + PID, 8 | (uint64_t)7 << 32);
    ail_osi_switch(w.osi, BASE + 0x3000);
    AilOsiCall call = {.abi = AIL_ABI_X86_64, .number = 59, .pc = 0x400000};
    ail_osi_call(w.osi, &call);
    world_put(&w, BASE + 0x3000 + PID, 7 | (uint64_t)7 << 32);
    world_put(&w, BASE + 0x3000 + START, 7);
    world_put(&w, BASE + 0x3000 + MM, BASE + 0x4000);
    g_string_truncate(w.told, 0);
    cr_assert(ail_osi_refresh(w.osi, &user));
    world_expect(&w, "task 7 7 0 second; program /bin/dog [dog] [--big]; "
                     "maps 400000-402000 5 /bin/dog 7000-8000 3 ; ");
    ail_osi_user(w.osi, &user);
    world_expect(&w, "task 7 7 0 second; returns 0; ");
    world_end(&w);
}

/* Its children get another parent when a task exits, and sleep all the while. */
Test(osi, orphans)
{
    World w = world_begin();
    world_put_task(&w, BASE + 0x3000, 8, BASE + 0x2000, "child");
    world_put(&w, BASE + 0x1000 + TASKS, BASE + 0x2000 + TASKS);
    world_put(&w, BASE + 0x2000 + TASKS, BASE + 0x3000 + TASKS);
    world_take(&w);
    ail_osi_switch(w.osi, BASE + 0x2000);
    g_string_truncate(w.told, 0);
    ail_osi_exit(w.osi, 0);
    ail_osi_switch(w.osi, BASE + 0x1000); /* preempted before it got that far */
    ail_osi_switch(w.osi, BASE + 0x2000);
    world_put(&w, BASE + 0x3000 + PARENT, BASE + 0x1000);
    world_expect(&w, "switch 1000; switch 2000; ");
    ail_osi_switch(w.osi, BASE + 0x1000);
    world_expect(&w, "task 8 8 0 child; switch 1000; ");
    world_put_text(&w, BASE + 0x2000 + COMM, "junk"); /* where it was may be anything now */
    world_put(&w, BASE + 0x2000 + PARENT, BASE + 0x3000);
    ail_osi_switch(w.osi, BASE + 0x3000);
    ail_osi_exit(w.osi, 0);
    ail_osi_switch(w.osi, BASE + 0x1000);
    world_expect(&w, "switch 3000; switch 1000; ");
    world_end(&w);
}

/* The running task, whose table of open files is at BASE + 0xa000, has come to user code. */
static void use_files(World *w)
{
    AilOsiUser user = {.pc = 0x400000, .space = 0x5000};
    world_put(w, BASE + 0x2000 + FILES, BASE + 0xa000);
    world_put(w, BASE + 0x2000 + MM, BASE + 0x4000);
    ail_osi_switch(w->osi, BASE + 0x2000);
    cr_assert(ail_osi_refresh(w->osi, &user));
    ail_osi_user(w->osi, &user);
    g_string_truncate(w->told, 0);
}

static void make_call(World *w, uint64_t number)
{
    AilOsiUser user = {.pc = 0x400000, .space = 0x5000};
    AilOsiCall call = {.abi = AIL_ABI_X86_64, .number = number, .args = {1}};
    ail_osi_call(w->osi, &call);
    g_string_truncate(w->told, 0);
    cr_assert(ail_osi_refresh(w->osi, &user));
}

/* What put_file made is a socket now, of the protocol of `family`. */
static void put_socket(World *w, uint16_t family, uint16_t type)
{
    const uint64_t dentry = BASE + 0x9200, socket = BASE + 0xb000, sk = BASE + 0xb100;
    world_put(w, dentry + DENTRY_INODE, BASE + 0xb200);
    world_put(w, BASE + 0xb200, 77);            /* its number */
    world_put(w, BASE + 0xb208, BASE + 0xb300); /* super block */
    world_put(w, BASE + 0xb300, BASE + 0xb400); /* type */
    world_put(w, BASE + 0xb400, BASE + 0xb500); /* its name */
    world_put_text(w, BASE + 0xb500, "sockfs");
    world_put(w, BASE + 0x8110, socket);
    world_put(w, socket, sk);
    world_put(w, socket + 8, type);
    world_put(w, sk, family);
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
    World w = world_begin();
    lay_out_sockets(&w.profile.off);
    world_put_file(&w);
    put_socket(&w, 2, 1);
    world_take(&w);
    use_files(&w);
    make_call(&w, CONNECT);
    world_expect(&w, "");
    world_put(&w, sk, 2 | 6 << 16 | 0xd431ull << 32 | 0x1600ull << 48);
    world_put(&w, sk + 8, 0x0f02000a | 0x0202000aull << 32);
    make_call(&w, READ);
    world_expect(&w, ""); /* not by such a call */
    make_call(&w, CONNECT);
    world_expect(&w, "file 1 socket:[77] is tcp 10.0.2.15:54321 -> 10.0.2.2:22; ");
    world_put(&w, sk, 10 | 6 << 16 | 10u << 24 | 22ull << 32);
    make_call(&w, LISTEN);
    world_expect(&w, "file 1 socket:[77] is tcp [::]:22 listens; ");
    world_put(&w, sk, 1);
    world_put(&w, sk + 48, BASE + 0xb600);
    world_put(&w, BASE + 0xb600, 11 | 1ull << 32);
    memcpy(w.memory + 0xb606, "/run/x\0yz", 9);
    make_call(&w, LISTEN);
    world_expect(&w, "file 1 socket:[77] is unix stream /run/x; ");
    world_put(&w, sk + 48, 0);
    world_put(&w, sk + 56, BASE + 0xb700); /* a peer with the name that is there */
    world_put(&w, BASE + 0xb700 + 48, BASE + 0xb600);
    memcpy(w.memory + 0xb606, "\0run\0x", 6);
    world_put(&w, BASE + 0xb600, 8 | 1ull << 32 | (uint64_t)'r' << 56);
    make_call(&w, CONNECT);
    world_expect(&w, "file 1 socket:[77] is unix stream -> @run@x; ");
    world_put(&w, sk, 16 | 15 << 16);
    world_put(&w, sk + 64, 4);
    make_call(&w, CONNECT);
    world_expect(&w, "file 1 socket:[77] is netlink kobject_uevent 4; ");
    world_put(&w, sk, 99);
    make_call(&w, CONNECT);
    world_expect(&w, "file 1 socket:[77] is family 99 stream; ");
    world_put(&w, BASE + 0xb000, 0x123); /* no sock */
    make_call(&w, CONNECT);
    world_expect(&w, "file 1 socket:[77]; ");
    world_end(&w);
}

/* With a thousand sockets, to look at all of them at each call would take long. */
Test(osi, sockets_of_calls)
{
    enum { CONNECT = 42 };
    const uint64_t sk = BASE + 0xb100, table = BASE + 0xa000;
    World w = world_begin();
    lay_out_sockets(&w.profile.off);
    world_put_file(&w);
    put_socket(&w, 99, 1);
    world_put(&w, table + 0x200, BASE + 0x8100 + 0x600);
    world_put(&w, table + 0x210, BASE + 0x8100); /* the same as descriptor 1 */
    world_take(&w);
    use_files(&w);
    world_put(&w, sk, 98);
    AilOsiUser user = {.pc = 0x400000, .space = 0x5000};
    ail_osi_call(w.osi, &(AilOsiCall){.abi = AIL_ABI_X86_64, .number = CONNECT});
    g_string_truncate(w.told, 0);
    cr_assert(ail_osi_refresh(w.osi, &user));
    world_expect(&w, ""); /* descriptor 0 is something else */
    make_call(&w, CONNECT);
    world_expect(&w, "file 1 socket:[77] is family 98 stream; "
                     "file 2 socket:[77] is family 98 stream; ");
    world_end(&w);
}

Test(osi, many_files)
{
    const uint64_t table = BASE + 0xa000, fds = BASE + 0x20000;
    enum { N = 3000, CLOSE = 3 };
    World w = world_begin();
    w.profile.off.fdtable_open_fds = 16;
    world_put_file(&w);
    for (uint64_t i = 0; i < N; i++)
        world_put(&w, fds + i * 8, BASE + 0x8100);
    world_put(&w, table + 0x100, 1 << 16);
    world_put(&w, table + 0x108, fds);
    world_put(&w, table + 0x110, BASE + 0x40000);
    memset(w.memory + 0x40000, 0xff, N / 8);
    memset(w.memory + 0x20000 + N * 8, 0x55, 1 << 16); /* none is open there */
    world_take(&w);
    use_files(&w);
    cr_expect_eq(w.count[AIL_EVENT_FILE], 1024);
    make_call(&w, CLOSE);
    make_call(&w, CLOSE);
    make_call(&w, CLOSE);
    cr_expect_eq(w.count[AIL_EVENT_FILE], N);
    world_put(&w, fds + (N - 1) * 8, 0);
    memset(w.memory + 0x40000 + N / 8 - 1, 0, 1);
    make_call(&w, CLOSE);
    cr_expect_eq(w.count[AIL_EVENT_FILE], N + 8);
    cr_expect(g_str_has_suffix(w.told->str, "file 2998 ; file 2999 ; "), "%s", w.told->str);
    g_string_truncate(w.told, 0);
    ail_osi_exit(w.osi, 0);
    world_expect(&w, "files forgotten; ");
    world_end(&w);
}

/* Of more tables than are remembered, those that were not used for longest are told to be unknown.
 */
Test(osi, tables_are_forgotten)
{
    World w = world_begin();
    AilOsiUser user = {.pc = 0x400000, .space = 0x5000};
    world_put_file(&w);
    world_take(&w);
    world_put(&w, BASE + 0x2000 + MM, BASE + 0x4000);
    for (uint64_t i = 0; i <= 4096; i++) {
        uint64_t table = BASE + 0x20000 + i * 0x10;
        world_put(&w, table, BASE + 0xa100);
        world_put(&w, BASE + 0x2000 + FILES, table);
        ail_osi_switch(w.osi, BASE + 0x2000);
        g_string_truncate(w.told, 0);
        cr_assert(ail_osi_refresh(w.osi, &user));
        cr_expect(i == 0 || i == 4096 || !strcmp(w.told->str, "file 1 /bin/dog; "), "%s",
                  w.told->str);
    }
    world_expect(&w, "files forgotten; file 1 /bin/dog; ");
    world_end(&w);
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
    world_put(w, at, name | 2ull << 32 | (uint64_t)section << 48);
    world_put(w, at + 8, value);
}

/* A module in the list that begins at `head`, with a function and some that are not to be told. */
static void put_module(World *w, uint64_t at, uint64_t head)
{
    static const char names[] = "\0open_dog\0$x.1\0.L1\0elsewhere\0bad\1name";
    world_put(w, head, at + M_LIST);
    world_put(w, head + 8, at + M_LIST);
    world_put(w, at + M_LIST, head);
    world_put(w, at + M_LIST + 8, head);
    world_put_text(w, at + M_NAME, "dogs");
    world_put(w, at + M_BASE, BASE + 0x70000);
    world_put(w, at + M_SIZE, 0x1000);
    world_put(w, at + M_SYMBOLS, at + 0x100);
    world_put(w, at + M_N, 8);
    world_put(w, at + M_NAMES, at + 0x300);
    world_put(w, at + M_TYPES, at + 0x400);
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
    World w = world_begin();
    lay_out_modules(&w.profile.off);
    w.profile.sym.modules = head;
    put_module(&w, at, head);
    world_put(&w, at + M_SYMBOLS, 0); /* not there yet */
    world_take(&w);
    world_expect(&w, "task 0 0 0 swapper; switch 1000; module dogs 1000; ");
    world_put(&w, at + M_SYMBOLS, at + 0x100);
    ail_osi_module(w.osi, at);
    world_expect(&w, "symbols 70010 t open_dog 70060 d open_dog; ");
    ail_osi_module(w.osi, at);
    world_expect(&w, "");
    world_put(&w, head, head);
    world_put(&w, head + 8, head);
    ail_osi_module(w.osi, at);
    world_expect(&w, "module dogs 0; ");
    put_module(&w, at, head);
    world_put(&w, at + M_N, UINT32_MAX);
    ail_osi_module(w.osi, at);
    world_expect(&w, "module dogs 1000; ");
    world_put(&w, at + M_N, 1 << 16); /* beyond what is there */
    world_put(&w, at + M_SYMBOLS, BASE + SIZE - 4096);
    put_symbol(&w, BASE + SIZE - 4096, 1, BASE + 0x70000, 1);
    ail_osi_module(w.osi, at);
    world_expect(&w, "symbols 70000 ? open_dog; ");
    world_end(&w);
}

/* A kernel that does not say where its list of modules is. */
static World begin_unnamed(void)
{
    const uint64_t head = BASE + 0x2ff8, at = BASE + 0x60000, other = at + 0x540;
    World w = world_begin();
    lay_out_modules(&w.profile.off);
    w.profile.sym.text = BASE;
    w.profile.sym.stext = 0x1111, w.profile.sym.etext = 0x2222;
    world_put(&w, BASE + 0x1400, 0x1111); /* init_mm: what it says ends the kernel's variables */
    world_put(&w, BASE + 0x1408, 0x2222);
    world_put(&w, BASE + 0x1418, BASE + 0x8000);
    world_put(&w, BASE + 0x1428, BASE + 0x9000);
    put_module(&w, at, head);            /* over the border of two pages */
    world_put(&w, BASE + 0x1800, other); /* a list of something else */
    world_put(&w, BASE + 0x1808, other);
    world_put(&w, other, BASE + 0x1800);
    world_put(&w, other + 8, BASE + 0x1800);
    return w;
}

Test(osi, modules_are_found)
{
    World w = begin_unnamed();
    world_take(&w);
    world_expect(&w, "task 0 0 0 swapper; switch 1000; " DOGS);
    world_end(&w);
}

/* What is no pointer to a module's struct is not followed: it might be a device's memory. */
Test(osi, modules_are_looked_for_with_care)
{
    World w = begin_unnamed();
    world_put(&w, BASE + 0x2ff8, BASE + 0x60008);
    world_put(&w, BASE + 0x3000, BASE + 0x60008);
    for (uint64_t i = 0; i < 0x1000; i += 8)
        world_put(&w, BASE + 0x4000 + i, BASE + 0x70000 + i * 0x1000 + 16);
    uint64_t before = w.reads;
    world_take(&w);
    cr_expect_eq(w.count[AIL_EVENT_MODULE], 0);
    cr_expect_lt(w.reads - before, 30, "%" PRIu64, w.reads - before);
    put_module(&w, BASE + 0x60000, BASE + 0x2ff8); /* the first one is loaded */
    g_string_truncate(w.told, 0);
    ail_osi_module(w.osi, BASE + 0x60000);
    world_expect(&w, DOGS);
    world_end(&w);
}
