/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's state as made-up events tell it. */
#include "analyzers/guest.h"
#include "tests/made_guest.h"

#include <criterion/criterion.h>
#include <glib.h>

enum { INIT = 0x1000, SHELL = 0x2000, LS = 0x3000, MM_INIT = 0x11, MM_SHELL = 0x22, MM_LS = 0x33 };

static void take(void *user, const AilEvent *e)
{
    ail_guest_take(user, e);
}

static GuestEvents begin(void)
{
    GuestEvents g = {.take = take, .user = ail_guest_new(), .icount = 100};
    guest_kernel(&g, "Linux version 6\n");
    guest_task(&g, INIT, 1, 0, MM_INIT, "init");
    guest_exec(&g, INIT, "/sbin/init", "/sbin/init splash");
    g.icount = 200;
    return g;
}

Test(guest_state, a_process_lives)
{
    GuestEvents g = begin();
    AilGuest *s = g.user;
    guest_task(&g, SHELL, 7, 1, MM_SHELL, "init");
    guest_exec(&g, SHELL, "/bin/sh", "sh -c ls");
    guest_task(&g, SHELL, 7, 1, MM_SHELL, "sh");
    cr_expect_null(ail_guest_running(s));
    guest_plain(&g, AIL_EVENT_SWITCH, SHELL, 0);
    const AilTask *t = ail_guest_running(s);
    cr_assert_not_null(t);
    cr_expect(t->id == 2 && t->key == SHELL && t->pid == 7 && t->tgid == 7 && t->parent == 1);
    cr_expect_str_eq(t->comm, "sh");
    cr_expect_str_eq(t->path, "/bin/sh");
    cr_expect_str_eq(t->args[2], "ls");
    cr_expect_null(t->args[3]);
    cr_expect(t->born == 200 && !t->was_there && t->died == UINT64_MAX);
    cr_expect(ail_guest_task_at(s, 0)->was_there);
    cr_expect_str_eq(ail_guest_banner(s), "Linux version 6");
    g.icount = 300;
    guest_plain(&g, AIL_EVENT_EXIT, SHELL, 5 << 8);
    guest_task(&g, SHELL, 7, 1, 0, "sh"); /* still itself, on its way out */
    cr_expect(t->died == 300 && t->exit_code == 5 << 8);
    cr_expect_eq(ail_guest_n_tasks(s), 2);
    cr_expect_eq(ail_guest_find_pid(s, 7), t);
    ail_guest_free(s);
}

Test(guest_state, keys_and_pids_are_used_again)
{
    GuestEvents g = begin();
    AilGuest *s = g.user;
    guest_task(&g, SHELL, 7, 1, MM_SHELL, "sh");
    guest_plain(&g, AIL_EVENT_EXIT, SHELL, 0);
    guest_task(&g, SHELL, 8, 1, MM_LS, "ls");
    guest_task(&g, LS, 7, 8, MM_SHELL, "cat");
    cr_assert_eq(ail_guest_n_tasks(s), 4);
    cr_expect_eq(ail_guest_find_task(s, SHELL)->id, 3);
    cr_expect_eq(ail_guest_find_pid(s, 7)->id, 4);
    cr_expect_eq(ail_guest_find_pid(s, 7)->parent, 3);
    cr_expect_str_eq(ail_guest_task_at(s, 1)->comm, "sh");
    cr_expect_eq(ail_guest_task_at(s, 2)->died, UINT64_MAX);
    guest_task(&g, LS, 9, 1, MM_SHELL, "dog"); /* of whose end nobody told */
    cr_expect_eq(ail_guest_task_at(s, 3)->died, 200);
    ail_guest_free(s);
}

Test(guest_state, threads_share_their_program)
{
    GuestEvents g = begin();
    AilGuest *s = g.user;
    guest_task(&g, SHELL, 7, 1, MM_SHELL, "sh");
    guest_thread(&g, LS, 8, 7, MM_SHELL, "worker");
    guest_exec(&g, LS, "/bin/db", "db");
    cr_expect_str_eq(ail_guest_find_pid(s, 7)->path, "/bin/db");
    cr_expect_str_eq(ail_guest_find_pid(s, 8)->path, "/bin/db");
    guest_thread(&g, LS + 1, 9, 7, MM_SHELL, "worker");
    cr_expect_str_eq(ail_guest_find_pid(s, 9)->args[0], "db");
    cr_expect_str_eq(ail_guest_find_pid(s, 1)->path, "/sbin/init");
    ail_guest_free(s);
}

/* The kernel gives a thread that begins a program its process's number. */
Test(guest_state, a_thread_begins_a_program)
{
    GuestEvents g = begin();
    AilGuest *s = g.user;
    guest_task(&g, SHELL, 7, 1, MM_SHELL, "db");
    guest_thread(&g, LS, 8, 7, MM_SHELL, "worker");
    guest_switch(&g, LS);
    g.icount = 300;
    guest_plain(&g, AIL_EVENT_EXIT, SHELL, 0);
    cr_expect(ail_guest_process_lives(s, ail_guest_task_at(s, 1)), "the worker goes on");
    guest_task(&g, LS, 7, 1, MM_LS, "ls");
    guest_exec(&g, LS, "/bin/ls", "ls");
    cr_assert_eq(ail_guest_n_tasks(s), 3);
    const AilTask *t = ail_guest_running(s);
    cr_expect(t == ail_guest_task_at(s, 1) && t->key == LS && t->pid == 7);
    cr_expect(t->born == 200 && t->died == UINT64_MAX);
    cr_expect_str_eq(t->path, "/bin/ls");
    cr_expect_eq(ail_guest_task_at(s, 2)->died, 300);
    cr_expect_eq(ail_guest_find_pid(s, 7), t);
    guest_plain(&g, AIL_EVENT_EXIT, SHELL, 9); /* nobody has this key any more */
    cr_expect_eq(t->died, UINT64_MAX);
    guest_exit(&g, LS, 3 << 8);
    cr_expect(t->died == 300 && t->exit_code == 3 << 8);
    cr_expect(!ail_guest_process_lives(s, t));
    guest_task(&g, SHELL, 9, 1, MM_SHELL, "new");
    cr_expect_eq(ail_guest_n_tasks(s), 4);
    ail_guest_free(s);
}

/* "START-END OFFSET PATH" of each, in hexadecimal, with commas. */
static char *layout(const AilGuest *s, uint64_t mm)
{
    size_t n;
    const AilMapping *m = ail_guest_mappings(s, mm, &n);
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < n; i++)
        g_string_append_printf(text, "%s%x-%x %x %s", i ? ", " : "", (unsigned)m[i].start,
                               (unsigned)m[i].end, (unsigned)m[i].offset, m[i].path);
    return g_string_free(text, FALSE);
}

static void expect_layout(const AilGuest *s, uint64_t mm, const char *want)
{
    char *is = layout(s, mm);
    cr_expect_str_eq(is, want);
    g_free(is);
}

Test(guest_state, mappings_are_replaced)
{
    GuestEvents g = begin();
    AilGuest *s = g.user;
    guest_task(&g, SHELL, 7, 1, MM_SHELL, "sh");
    const AilGuestMap first[] = {guest_map(0x1000, 0x5000, 0, "/bin/sh"),
                                 guest_map(0x8000, 0x9000, 0x20000, "/lib/c")};
    guest_maps(&g, MM_SHELL, 0, UINT64_MAX, first, 2);
    expect_layout(s, MM_SHELL, "1000-5000 0 /bin/sh, 8000-9000 20000 /lib/c");
    guest_maps(&g, MM_SHELL, 0x2000, 0x3000, NULL, 0); /* a hole */
    expect_layout(s, MM_SHELL,
                  "1000-2000 0 /bin/sh, 3000-5000 2000 /bin/sh, 8000-9000 20000 /lib/c");
    const AilGuestMap wide[] = {guest_map(0x4000, 0x8800, 7, "/wide")}; /* whole, beyond the part */
    guest_maps(&g, MM_SHELL, 0x5000, 0x6000, wide, 1);
    expect_layout(s, MM_SHELL,
                  "1000-2000 0 /bin/sh, 3000-4000 2000 /bin/sh, 4000-8800 7 /wide, 8800-9000 20800 "
                  "/lib/c");
    cr_expect_str_eq(ail_guest_mapping(s, MM_SHELL, 0x87ff)->path, "/wide");
    cr_expect_null(ail_guest_mapping(s, MM_SHELL, 0x2000));
    cr_expect_null(ail_guest_mapping(s, MM_LS, 0x1000));
    const AilGuestMap wrong[] = {guest_map(0x3000, 0x5000, 0, "/a"),
                                 guest_map(0x4000, 0x6000, 0, "/overlaps"),
                                 guest_map(0x90000, 0x91000, 0, "/elsewhere")};
    guest_maps(&g, MM_SHELL, 0, 0x10000, wrong, 3);
    expect_layout(s, MM_SHELL, "3000-5000 0 /a");
    cr_expect_eq(ail_guest_mm_of(s, (uint64_t)MM_SHELL << 12), MM_SHELL);
    cr_expect_eq(ail_guest_mm_of(s, 0x9999), 0);
    ail_guest_free(s);
}

Test(guest_state, a_new_space_where_another_was_is_empty)
{
    GuestEvents g = begin();
    AilGuest *s = g.user;
    const AilGuestMap map = guest_map(0x1000, 0x2000, 0, "/bin/sh");
    guest_task(&g, SHELL, 7, 1, MM_SHELL, "sh");
    guest_maps(&g, MM_SHELL, 0, UINT64_MAX, &map, 1);
    guest_task(&g, LS, 8, 7, MM_SHELL, "sh"); /* shares it, as after vfork */
    expect_layout(s, MM_SHELL, "1000-2000 0 /bin/sh");
    guest_plain(&g, AIL_EVENT_EXIT, LS, 0);
    guest_plain(&g, AIL_EVENT_EXIT, SHELL, 0);
    guest_task(&g, LS, 9, 1, MM_SHELL, "new");
    expect_layout(s, MM_SHELL, "");
    guest_maps(&g, MM_LS, 0, UINT64_MAX, &map, 1); /* what exec has made, before it is had */
    guest_task(&g, LS, 9, 1, MM_LS, "ls");
    expect_layout(s, MM_LS, "1000-2000 0 /bin/sh");
    ail_guest_free(s);
}

Test(guest_state, files_and_modules)
{
    GuestEvents g = begin();
    AilGuest *s = g.user;
    guest_text(&g, AIL_EVENT_FILE, 5, 0, "/dev/console");
    guest_text(&g, AIL_EVENT_FILE, 5, 2, "socket:[12]");
    guest_text(&g, AIL_EVENT_FILE, 5, 1u << 30, "/too/many");
    cr_expect_eq(ail_guest_n_files(s, 5), 3);
    cr_expect_str_eq(ail_guest_file(s, 5, 2), "socket:[12]");
    cr_expect_null(ail_guest_file(s, 5, 1));
    cr_expect_null(ail_guest_file(s, 6, 0));
    cr_expect_null(ail_guest_socket(s, 5, 2));
    guest_plain(&g, AIL_EVENT_FILE, 5, 0);
    cr_expect_null(ail_guest_file(s, 5, 0));
    static const char socket[] = "socket:[13]\0udp 0.0.0.0:53";
    AilEvent e = {.type = AIL_EVENT_FILE,
                  .value = 5,
                  .pc = 1,
                  .data = (const uint8_t *)socket,
                  .len = sizeof socket - 1};
    ail_guest_take(s, &e);
    cr_expect_str_eq(ail_guest_file(s, 5, 1), "socket:[13]");
    cr_expect_str_eq(ail_guest_socket(s, 5, 1), "udp 0.0.0.0:53");
    static const char connected[] = "socket:[13]\0udp 0.0.0.0:53 -> 10.0.0.1:9";
    e = (AilEvent){.type = AIL_EVENT_FILE,
                   .value = 6,
                   .pc = 3,
                   .data = (const uint8_t *)connected,
                   .len = sizeof connected - 1};
    ail_guest_take(s, &e); /* another process connects what both have open */
    cr_expect_str_eq(ail_guest_socket(s, 5, 1), "udp 0.0.0.0:53 -> 10.0.0.1:9");
    cr_expect_str_eq(ail_guest_socket(s, 6, 3), "udp 0.0.0.0:53 -> 10.0.0.1:9");
    cr_expect_null(ail_guest_socket(s, 5, 2));
    guest_plain(&g, AIL_EVENT_FILE, 5, UINT64_MAX);
    cr_expect_eq(ail_guest_n_files(s, 5), 0, "nothing is known of them any more");
    guest_text(&g, AIL_EVENT_MODULE, 0xc0002000, 0x1000, "ext4");
    guest_text(&g, AIL_EVENT_MODULE, 0xc0000000, 0x1800, "virtio");
    size_t n;
    const AilModule *m = ail_guest_modules(s, &n);
    cr_assert_eq(n, 2);
    cr_expect_str_eq(m[0].name, "virtio");
    cr_expect_str_eq(ail_guest_module(s, 0xc0002fff)->name, "ext4");
    cr_expect_null(ail_guest_module(s, 0xc0001800));
    guest_text(&g, AIL_EVENT_MODULE, 0xc0002000, 0, "ext4");
    cr_expect_null(ail_guest_module(s, 0xc0002000));
    ail_guest_free(s);
}

Test(guest_state, another_kernel_begins_anew)
{
    GuestEvents g = begin();
    AilGuest *s = g.user;
    guest_plain(&g, AIL_EVENT_SWITCH, INIT, 0);
    g.icount = 900;
    guest_kernel(&g, "Linux version 7");
    cr_expect_null(ail_guest_running(s));
    cr_expect_null(ail_guest_find_pid(s, 1));
    cr_expect_eq(ail_guest_task_at(s, 0)->died, 900);
    guest_task(&g, INIT, 1, 0, MM_INIT, "init");
    cr_expect_eq(ail_guest_n_tasks(s), 2);
    cr_expect_str_eq(ail_guest_banner(s), "Linux version 7");
    cr_expect_null(ail_guest_kernel_symbols(s));
    ail_guest_free(s);
}
