/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Following tasks (replayer/osi/) in a memory that makes no sense: it ends in nothing worse than
 * nothing told, and soon. */
#include "tests/osi_world.h"

#include <criterion/criterion.h>
#include <glib.h>
#include <inttypes.h>
#include <string.h>

/* Lists that go in circles, trees of nodes that hold themselves, directories in each other. */
Test(osi_lies, circles, .timeout = 60)
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

Test(osi_lies, noise, .timeout = 120)
{
    expect_end(false);
}

Test(osi_lies, noise_with_trees, .timeout = 120)
{
    expect_end(true);
}

/* More tasks than there can be: those that were known are forgotten, the running one, too. */
Test(osi_lies, tasks_without_end)
{
    enum { FORK = 57, MOST = 1 << 16 };
    World w = world_begin();
    world_take(&w);
    ail_osi_switch(w.osi, BASE + 0x2000);
    for (uint64_t i = 2; i < MOST; i++)
        ail_osi_fork(w.osi, i << 16); /* where nothing is */
    AilOsiCall call = {.abi = AIL_ABI_X86_64, .number = FORK, .pc = 0x400000};
    ail_osi_call(w.osi, &call);
    world_put_task(&w, BASE + 0x3000, 8, BASE + 0x2000, "child");
    ail_osi_fork(w.osi, BASE + 0x3000);
    ail_osi_switch(w.osi, BASE + 0x3000);
    g_string_truncate(w.told, 0);
    ail_osi_user(w.osi, &(AilOsiUser){.pc = 0x400002, .space = 0x5000});
    world_expect(&w, "task 8 8 7 child; "); /* not that its parent's call returns */
    world_end(&w);
}

/* A mapping that is its own neighbour, of a file in a folder with a long name. */
Test(osi_lies, maps_without_end)
{
    enum { LEVELS = 16, LONG = 250 };
    World w = world_begin();
    world_put_file(&w);
    world_put_program(&w, BASE + 0x4000);
    world_put(&w, BASE + 0x4100 + VMA_NEXT, BASE + 0x4100);
    for (uint64_t i = 0; i < LEVELS; i++) {
        uint64_t dentry = BASE + 0x30000 + i * 0x200;
        world_put(&w, dentry + DENTRY_PARENT, i ? dentry - 0x200 : BASE + 0x9000);
        world_put(&w, dentry + DENTRY_NAME + 8, dentry + 0x40);
        memset(w.memory + (dentry + 0x40 - BASE), 'x', LONG);
    }
    world_put(&w, BASE + 0x8100 + FILE_DENTRY, BASE + 0x30000 + (LEVELS - 1) * 0x200);
    world_take(&w);
    world_put(&w, BASE + 0x2000 + MM, BASE + 0x4000);
    ail_osi_switch(w.osi, BASE + 0x2000);
    cr_expect(ail_osi_refresh(w.osi, &(AilOsiUser){.pc = 0x400000}));
    cr_expect(w.told->len > 1 << 20 && w.told->len < 16 << 20, "%zu bytes", w.told->len);
    world_end(&w);
}
