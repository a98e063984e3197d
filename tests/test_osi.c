/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Following a kernel's tasks (replayer/osi/) in a made-up memory: what is told when tasks are
 * switched, run other programs, map, open; and that memory that makes no sense ends in nothing
 * worse than nothing told.
 */
#include "tests/elf_builder.h"
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

/* Lists that go in circles, trees of nodes that hold themselves, directories in each other. */
Test(osi, circles, .timeout = 60)
{
    World w = world_begin();
    AilOsiUser user = {.pc = 0x400000, .space = 0x5000};
    world_put(&w, BASE + 0x1000 + TASKS, BASE + 0x2000 + TASKS);
    world_put(&w, BASE + 0x2000 + TASKS, BASE + 0x2000 + TASKS);
    world_take(&w);
    cr_expect(w.count[AIL_EVENT_TASK] == 2, "%u", w.count[AIL_EVENT_TASK]);
    world_put_file(&w);
    world_put_program(&w, BASE + 0x4000);
    world_put(&w, BASE + 0x4100 + VMA_NEXT, BASE + 0x4100);
    world_put(&w, BASE + 0x9000 + DENTRY_PARENT, BASE + 0x9200);
    world_put(&w, BASE + 0x8000, 0);
    world_put(&w, BASE + 0x2000 + MM, BASE + 0x4000);
    world_put(&w, BASE + 0x2000 + FILES, BASE + 0xa000);
    ail_osi_switch(w.osi, BASE + 0x2000);
    cr_expect(ail_osi_refresh(w.osi, &user));
    cr_expect(w.count[AIL_EVENT_MAPS] == 1);
    world_end(&w);
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
    World w = world_begin();
    AilOsiUser user = {.pc = 0x400000, .space = 0x5000, .stack = BASE + 0x100};
    AilOsiOffsets *o = &w.profile.off;
    if (trees) {
        o->mm_mm_mt = 8, o->maple_tree_root = 0;
        o->maple_range_64_pivot = 8, o->maple_range_64_pivot_size = 15 * 8;
        o->maple_range_64_slot = 128, o->maple_range_64_slot_size = 16 * 8;
        o->maple_arange_64_pivot = 8, o->maple_arange_64_pivot_size = 9 * 8;
        o->maple_arange_64_slot = 80, o->maple_arange_64_slot_size = 10 * 8;
    }
    world_take(&w);
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
    world_end(&w);
}

Test(osi, noise, .timeout = 120)
{
    expect_end(false);
}

Test(osi, noise_with_trees, .timeout = 120)
{
    expect_end(true);
}
