/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A made-up memory with a made-up kernel in it, and what is told of it. */
#ifndef AIL_TESTS_OSI_WORLD_H
#define AIL_TESTS_OSI_WORLD_H

#include "replayer/osi/osi.h"

#include <glib.h>

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

/* With tasks 0 and, at BASE + 0x2000, 7. Change the profile, then take it; end the world at last.
 */
World world_begin(void);
void world_take(World *w);
void world_end(World *w);

void world_put(World *w, uint64_t addr, uint64_t value);
void world_put_text(World *w, uint64_t addr, const char *text);
void world_put_task(World *w, uint64_t key, uint32_t pid, uint64_t parent, const char *comm);
/* /bin/dog, at BASE + 0x8100, which a mapping of each program and descriptor 1 of the table at
 * BASE + 0xa000 are of. */
void world_put_file(World *w);
void world_put_program(World *w, uint64_t mm);

/* This, and nothing else, was told since the last time. */
void world_expect(World *w, const char *told);

#endif
