/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Made-up events of a guest's operating system, for whoever takes events in order. */
#ifndef AIL_TESTS_MADE_GUEST_H
#define AIL_TESTS_MADE_GUEST_H

#include "trace/guest.h"

/* A piece of memory; the list ends with bytes NULL. */
typedef struct Piece {
    uint64_t addr;
    const void *bytes;
    uint32_t len;
} Piece;

#define ARGS(...)   ((const uint64_t[6]){__VA_ARGS__})
#define PIECES(...) ((const Piece[]){__VA_ARGS__, {0, NULL, 0}})
#define TEXT_AT(addr, text)                                                                        \
    {                                                                                              \
        addr, text, sizeof(text)                                                                   \
    } /* with its zero byte */
#define BYTES_AT(addr, text)                                                                       \
    {                                                                                              \
        addr, text, sizeof(text) - 1                                                               \
    } /* without */
#define WORDS_AT(addr, ...)                                                                        \
    {                                                                                              \
        addr, ((const uint64_t[]){__VA_ARGS__}), sizeof((const uint64_t[]){__VA_ARGS__})           \
    }
#define WORDS32_AT(addr, ...)                                                                      \
    {                                                                                              \
        addr, ((const uint32_t[]){__VA_ARGS__}), sizeof((const uint32_t[]){__VA_ARGS__})           \
    }

/* Where events go; data is valid during the call. */
typedef struct GuestEvents {
    void (*take)(void *user, const AilEvent *e);
    void *user;
    uint64_t icount; /* of the next event */
} GuestEvents;

/* Addresses below are keys. */
void guest_kernel(GuestEvents *g, const char *banner);
/* pid is also the process's, start_ns; files is mm + 1, asid mm << 12. */
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
/* The task runs from here on; it ends with that code. */
void guest_switch(GuestEvents *g, uint64_t key);
void guest_exit(GuestEvents *g, uint64_t key, uint64_t code);
void guest_file(GuestEvents *g, uint64_t files, uint64_t fd, const char *path);
/* A system call and its return by the running task; pieces may be NULL. */
void guest_call(GuestEvents *g, unsigned abi, uint64_t number, const uint64_t args[6],
                const Piece *pieces);
void guest_return(GuestEvents *g, unsigned abi, uint64_t number, int64_t result,
                  const Piece *pieces);
void guest_return_flags(GuestEvents *g, unsigned abi, uint64_t number, int64_t result,
                        unsigned flags);
/* It takes a signal. */
void guest_signal(GuestEvents *g, uint64_t number, int code, uint64_t addr);
void guest_text(GuestEvents *g, AilEventType type, uint64_t value, uint64_t pc, const char *text);
/* A frame that eth0 sends: `head`, and `rest` bytes behind it, at these physical addresses. */
void guest_sent(GuestEvents *g, const char *head, uint32_t head_len, uint64_t head_phys,
                uint32_t rest, uint64_t rest_phys, uint64_t socket);
/* A part of a file that a call is going to move. */
void guest_file_pages(GuestEvents *g, const char *path, AilGuestPlace place);
/* Of the module at base: run at 0x20 in it, stop at 0x40, table at 0x80. */
void guest_module_symbols(GuestEvents *g, uint64_t base);

#endif
