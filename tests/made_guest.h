/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Made-up events of a guest's operating system, for whoever takes events in order. */
#ifndef AIL_TESTS_MADE_GUEST_H
#define AIL_TESTS_MADE_GUEST_H

#include "trace/guest.h"

/* Where events go; data is valid during the call. */
typedef struct GuestEvents {
    void (*take)(void *user, const AilEvent *e);
    void *user;
    uint64_t icount; /* of the next event */
} GuestEvents;

/* Addresses below are keys. */
void guest_kernel(GuestEvents *g, const char *banner);
/* pid is also the process's, start_ns; mm, files and asid as told. */
void guest_task(GuestEvents *g, uint64_t key, uint32_t pid, uint32_t ppid, uint64_t mm,
                const char *comm);
void guest_thread(GuestEvents *g, uint64_t key, uint32_t tid, uint32_t pid, uint64_t mm,
                  const char *comm);
void guest_plain(GuestEvents *g, AilEventType type, uint64_t value, uint64_t pc);
/* args: words with a space between. */
void guest_exec(GuestEvents *g, uint64_t key, const char *path, const char *args);
/* n mappings in from..to. */
void guest_maps(GuestEvents *g, uint64_t mm, uint64_t from, uint64_t to, const AilGuestMap *maps,
                uint32_t n);
AilGuestMap guest_map(uint64_t start, uint64_t end, uint64_t offset, const char *path);
void guest_text(GuestEvents *g, AilEventType type, uint64_t value, uint64_t pc, const char *text);
/* Of the module at base: run at 0x20 in it, stop at 0x40, table at 0x80. */
void guest_module_symbols(GuestEvents *g, uint64_t base);

#endif
